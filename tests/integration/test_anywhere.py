"""The audit wherever it is started, whatever its hosts are called, whenever."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.integration.conftest import HANGS, ROOT, SCENARIOS, Play, Site, environment, program


@pytest.fixture
def captures(tmp_path: Path) -> Path:
    """One device without a device: the shortest run there is."""
    folder = tmp_path / "captures"
    folder.mkdir()
    config = (SCENARIOS / "bench.cfg").read_text(encoding="utf-8")
    (folder / "branch.cfg").write_text(f"hostname branch\n{config}: end\n", encoding="utf-8")
    return folder


def test_it_runs_from_any_directory_and_with_anybodys_configuration(tmp_path: Path, captures: Path) -> None:
    """A foreign ansible.cfg names none of our folders, and lets every play gather facts: from an ASA over SSH."""
    (tmp_path / "ansible.cfg").write_text("[defaults]\ngathering = implicit\n", encoding="utf-8")
    env = environment()
    del env["ANSIBLE_CONFIG"]
    words = ["-i", "localhost,", "-e", json.dumps({"vpnphone_saved_outputs": "captures", "vpnphone_run_id": "test",
                                                   "vpnphone_reports_dir": "my reports"})]  # fmt: skip
    ended = subprocess.run(
        [program("ansible-playbook"), str(ROOT / "playbooks" / "audit.yml"), *words],
        cwd=tmp_path, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        stdin=subprocess.DEVNULL, timeout=HANGS,
    )  # fmt: skip
    assert ended.returncode == 2, ended.stdout[-2000:]
    assert "Gathering Facts" not in ended.stdout
    assert json.loads((tmp_path / "my reports" / "test" / "summary.json").read_text())["exit_code"] == 3


# The first three read as patterns of hosts: an exclusion, a range, two hosts.
@pytest.mark.parametrize("name", ["!edge", "edge[0:3]", "edge one", "2001:db8::5", "naïve-ü"])
def test_a_lost_device_of_any_name_is_in_the_exit_code(play: Play, lab: Site, tmp_path: Path, name: str) -> None:
    gone = {"ansible_host": "127.0.0.1", "ansible_port": lab.port("asa-gone"), "ansible_user": "admin"}
    path = tmp_path / "hosts.json"
    path.write_text(json.dumps({"asa": {"hosts": [name]}, "_meta": {"hostvars": {name: gone}}}), encoding="utf-8")
    script = tmp_path / "hosts.sh"
    script.write_text(f"#!/bin/sh\ncat {path}\n", encoding="utf-8")
    script.chmod(0o700)
    played = play("-i", str(script))
    assert played.devices[name]["failure"]["code"] == "connection_refused"
    assert played.code == 4


def test_a_run_is_named_to_the_millisecond(play: Play, captures: Path, tmp_path: Path) -> None:
    """Two nightly jobs begin in the same second, and must not share a directory."""
    reports = tmp_path / "reports"
    play(
        "-i",
        "localhost,",
        vpnphone_saved_outputs=str(captures),
        vpnphone_run_id=None,
        vpnphone_reports_dir=str(reports),
    )
    (name,) = [entry.name for entry in reports.iterdir() if not entry.is_symlink()]
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z", name)
    assert json.loads((reports / name / "run.json").read_text())["run_id"] == name
