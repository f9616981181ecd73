"""The files of the evidence: by their schema, private, in a manifest that sha256sum accepts; what is read of a run."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.evidence.read import Told, read_found
from ansible.module_utils.vpnphone.evidence.write import manifest_of, write_evidence
from ansible.module_utils.vpnphone.model import Change
from ansible.module_utils.vpnphone.report import schema

from tests.unit.evidence.builders import change, full, plan
from tests.unit.modules.test_documentation import load
from tests.unit.report.builders import HOSTILE

ROOT = Path(__file__).resolve().parents[3]
COMMITTED = ROOT / "docs" / "schema" / "remediation-1.0.json"


def test_the_committed_schema_is_current() -> None:
    assert COMMITTED.name == schema.file_name("remediation")
    assert COMMITTED.read_text(encoding="utf-8") == schema.text("remediation"), "see the head of report/schema.py"
    jsonschema.Draft202012Validator.check_schema(json.loads(COMMITTED.read_text(encoding="utf-8")))


@pytest.mark.parametrize("text", ["the text", *HOSTILE])
def test_what_is_written_validates(tmp_path: Path, text: str) -> None:
    paths = write_evidence(full(text), tmp_path / "run")
    data = json.loads(paths["json"].read_text(encoding="utf-8"))
    assert [error.message for error in validator().iter_errors(data)] == []


@pytest.mark.parametrize(
    "wrong",
    [{"exit_code": 3}, {"schema_version": "2.0"}, {"surprise": 1}, {"devices": [{"name": "asa1"}]}, {"check": None}],
)
def test_what_is_wrong_does_not_validate(tmp_path: Path, wrong: dict[str, Any]) -> None:
    data = json.loads(write_evidence(full(), tmp_path / "run")["json"].read_text(encoding="utf-8"))
    assert list(validator().iter_errors(data | wrong))


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(COMMITTED.read_text(encoding="utf-8")))


def test_the_hashes_are_extra_variables_of_every_plan(tmp_path: Path) -> None:
    paths = write_evidence(full(), tmp_path / "run")
    given = json.loads(paths["plan_hashes"].read_text(encoding="utf-8"))
    # Also of a device with nothing to do: drift since would give it something.
    assert set(given["vpnphone_plan_hash"]) == {"asa1", "asa2", "asa3", "asa4", "asa9", "asa10"}
    assert set(given) == {"vpnphone_plan_hash"}


def test_the_manifest_is_accepted_and_sees_a_change(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "before" / "states").mkdir(parents=True, mode=0o700)
    folder.chmod(0o700)
    (folder / "before" / "states" / "asa 1%2F.json").write_text("{}")
    (folder / "ansible.log").write_text("grows")
    (folder / "elsewhere").symlink_to("/etc/hostname")
    write_evidence(full(), folder)
    assert "ansible.log" not in (folder / "manifest.sha256").read_text()
    assert "elsewhere" not in (folder / "manifest.sha256").read_text()
    assert checked(folder) == 0
    (folder / "before" / "states" / "asa 1%2F.json").write_text("{ }")
    assert checked(folder) == 1


def test_odd_names_are_escaped_as_sha256sum_has_it(tmp_path: Path) -> None:
    (tmp_path / "a\\b\nc").write_text("x")
    (tmp_path / "manifest.sha256").write_text(manifest_of(tmp_path))
    assert checked(tmp_path) == 0


def checked(folder: Path) -> int:
    command = ["sha256sum", "--strict", "--quiet", "-c", "manifest.sha256"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode


def test_everything_is_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        paths = write_evidence(full(), tmp_path / "run")
    finally:
        os.umask(old)
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths.values()} == {0o600}
    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


# --- reading --------------------------------------------------------------------------------------------------------


def keep(folder: Path, made: Change, name: str = "asa1") -> Path:
    path = folder / "changes" / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(made))
    return path


def test_a_change_is_read_with_the_files_of_its_device_alone(tmp_path: Path) -> None:
    keep(tmp_path, change())
    keep(tmp_path, change(device="asa10"), "asa10")
    (tmp_path / "changes" / "asa1.running-before.txt").write_text("x")
    found = read_found(tmp_path, [Told("asa1")])[0]
    assert found.change == change()
    assert found.files == ("changes/asa1.json", "changes/asa1.running-before.txt")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", msgspec.json.encode(change(device="other"))])
def test_a_record_that_cannot_be_read_is_no_evidence(tmp_path: Path, content: bytes) -> None:
    keep(tmp_path, change()).write_bytes(content)
    with pytest.raises(BadInput) as caught:
        read_found(tmp_path, [Told("asa1")])
    assert "changes/asa1.json" in caught.value.where


def test_what_was_not_tried_has_no_files(tmp_path: Path) -> None:
    keep(tmp_path, change())
    found = read_found(tmp_path, [Told("asa1", "untouched"), Told("asa2", "no_profile"), Told("asa3")])
    assert [one.change for one in found] == [None, None, None]


# --- the module -----------------------------------------------------------------------------------------------------


def test_the_module_takes_results_as_ansible_registers_them(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "r"
    for made in (change("applied", saved=True), change("rolled_back", "asa2", plan=plan("asa2"))):
        keep(folder, made, made.device)
    module = load(ROOT / "library" / "vpnphone_evidence.py")
    error = {"code": "configuration_refused", "what": "the device said no.", "todo": "Look.", "where": "asa2"}
    result = module.execute(
        {
            "run_dir": str(folder),
            "devices": ["asa1", "asa2", "asa3", "asa4", "asa5", "asa6"],
            "results": {
                "asa1": {"changed": True, "failed": False},
                "asa2": {"changed": False, "failed": True, "msg": "long", "error": error},
                "asa3": {"skipped": True, "changed": False},
                "asa4": {"unreachable": True, "msg": "gone", "error": {**error, "code": "no_route"}},
                "asa5": {"failed": True, "msg": "vpnphone_asa_profile: missing required arguments: profile"},
            },
            "no_profile": ["asa6"],
            "site": "Lab",
            "started": "2026-03-01T02:00:00Z",
            "check": False,
            "language": "en",
            "width": 100,
        }
    )
    assert result["exit_code"] == 4
    assert result["not_ok"] == [
        {"name": "asa2", "unreachable": False,
         "message": "failed, and as it was before: the device said no. [configuration_refused]"},
        {"name": "asa4", "unreachable": True,
         "message": "not reached, nothing changed: the device said no. [no_route]"},
        {"name": "asa5", "unreachable": False,
         "message": "refused, nothing changed: vpnphone_asa_profile: missing required arguments: profile [bad_input]"},
    ]  # fmt: skip
    written = json.loads(Path(result["files"]["json"]).read_text(encoding="utf-8"))
    assert written["started"] == "2026-03-01T02:00:00Z"
    assert {device["name"]: device["outcome"] for device in written["devices"]} == {
        "asa1": "applied", "asa2": "rolled_back", "asa3": "untouched", "asa4": "unreachable", "asa5": "refused",
        "asa6": "no_profile",
    }  # fmt: skip
    assert (folder.parent / "latest-remediation").readlink() == Path("r")
    assert result["changed"] is False
