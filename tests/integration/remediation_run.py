"""One run of playbooks/remediate.yml, and what every run leaves."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema

from tests.integration.conftest import ROOT, Play, Played, Site, modes

SCHEMA = ROOT / "docs" / "schema" / "remediation-1.0.json"
REMEDIATE = "remediate.yml"
# Words that begin a command which changes nothing.
READS = ("show ", "more ", "dir ", "terminal ", "enable", "changeto ", "exit", "failover exec mate show")


class Remedied(NamedTuple):
    """One run; devices by name, as remediation.json has them."""

    played: Played

    @property
    def devices(self) -> dict[str, dict[str, Any]]:
        return {device["name"]: device for device in self.evidence["devices"]}

    @property
    def evidence(self) -> dict[str, Any]:
        evidence: dict[str, Any] = self.played.json("remediation.json")
        return evidence

    def outcomes(self) -> dict[str, str]:
        return {name: device["outcome"] for name, device in self.devices.items()}

    def judged(self, part: str, device: str) -> dict[str, str]:
        """Status of each control, before/ or after/."""
        found = next(one for one in self.played.json(f"{part}/run.json")["devices"] if one["name"] == device)
        return {finding["control"]: finding["status"] for finding in found["findings"]}


def remediated(play: Play, lab: Path, *words: str, **extra: Any) -> Remedied:
    """Never with the locks of the user who runs the tests."""
    extra = {"vpnphone_lock_dir": str(lab.parent / "locks")} | extra
    return Remedied(play(*words, lab=Site(lab), playbook=REMEDIATE, **extra))


def commands(log: list[dict[str, Any]], device: str) -> list[str]:
    return [item["command"] for item in log if item["device"] == device and item["event"] == "command"]


def changing(log: list[dict[str, Any]], device: str) -> list[str]:
    """Commands that do more than show."""
    return [text for text in commands(log, device) if not text.startswith(READS)]


def config(state: dict[str, Any], which: str = "running_config") -> str:
    """A configuration of the simulator as text, with a newline before and behind each line."""
    return "\n" + "\n".join(state[which]) + "\n"


def whole(run: Remedied) -> None:
    """What every run leaves: evidence by its schema, private, and a manifest that sha256sum accepts."""
    folder = run.played.reports
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(run.evidence)
    checked = subprocess.run(
        ["sha256sum", "--strict", "--quiet", "-c", "manifest.sha256"],  # noqa: S607 - found on PATH
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout + checked.stderr
    listed = {line.split("  ", 1)[1] for line in (folder / "manifest.sha256").read_text().splitlines()}
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert listed == files - {"manifest.sha256"}
    assert {mode for path, mode in modes(folder).items() if (folder / path).is_dir()} == {0o700}
    assert {mode for path, mode in modes(folder).items() if (folder / path).is_file()} == {0o600}
