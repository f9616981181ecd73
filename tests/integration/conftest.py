"""The lab, and ansible-playbook as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Played(NamedTuple):
    """One run of a playbook: its exit code, what it printed, and the directory of its reports."""

    code: int
    output: str
    reports: Path

    def json(self, name: str) -> Any:
        return json.loads((self.reports / name).read_text(encoding="utf-8"))

    def device(self, name: str) -> dict[str, Any]:
        return next(device for device in self.json("run.json")["devices"] if device["name"] == name)


def environment(**more: str) -> dict[str, str]:
    """A clean environment: no ANSIBLE_* of the caller."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "VPNPHONE_"))}
    return clean | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"} | more


def start_lab(folder: Path, scenario: Path | None = None) -> Path:
    command = [sys.executable, "-m", "lab", "start", "--dir", str(folder)]
    command += ["--scenario", str(scenario)] if scenario else []
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


def stop_lab(folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "lab", "stop", "--dir", str(folder)], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The default site, running; its directory."""
    folder = start_lab(tmp_path_factory.mktemp("site") / "lab")
    yield folder
    stop_lab(folder)


@pytest.fixture(scope="session")
def faulty_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Devices that each break in a way of their own (lab/scenarios/faults.yml)."""
    folder = start_lab(tmp_path_factory.mktemp("faults") / "lab", ROOT / "lab" / "scenarios" / "faults.yml")
    yield folder
    stop_lab(folder)


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., Played]:
    """Run a playbook; further words go to ansible-playbook."""

    def run(*words: str, playbook: str = "audit.yml", lab: Path | None = None, **extra: Any) -> Played:
        reports = tmp_path / "reports"
        variables = {"vpnphone_run_id": "test", "vpnphone_reports_dir": str(reports)} | extra
        command = [str(Path(sys.executable).with_name("ansible-playbook")), f"playbooks/{playbook}"]
        command += ["-e", json.dumps(variables), *words]
        ended = subprocess.run(
            command,
            cwd=ROOT,
            env=environment(**({"VPNPHONE_LAB_DIR": str(lab)} if lab else {})),
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Played(ended.returncode, ended.stdout + ended.stderr, reports / "test")

    return run
