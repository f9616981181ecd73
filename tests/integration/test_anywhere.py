"""The audit wherever it is started, whatever its hosts are called, and however it ends."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import (
    HANGS,
    LAB_INVENTORY,
    ROOT,
    SCENARIOS,
    Play,
    Site,
    derived,
    environment,
    inventory,
    program,
    running_site,
)


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


def test_an_inventory_made_for_other_playbooks_serves(play: Play, lab: Site, tmp_path: Path) -> None:
    """cisco.asa wants a connection and a way to become privileged that are no part of ansible-core."""
    variables = {
        "ansible_connection": "ansible.netcommon.network_cli",
        "ansible_network_os": "cisco.asa.asa",
        "ansible_become": True,
        "ansible_become_method": "ansible.netcommon.enable",
    }
    path = inventory(tmp_path / "others.yml", {"asa-healthy": {}}, **variables)
    played = play("-i", LAB_INVENTORY, "-i", path, "--limit", "asa-healthy", lab=lab)
    assert played.code == 0, played.output[-2000:]
    assert set(played.devices) == {"asa-healthy"}


@pytest.mark.parametrize("seed", [0, 4])
def test_the_asas_stand_first_whatever_the_order(
    play: Play, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first host's variables say how all are judged; they must not be another's by chance."""
    monkeypatch.setenv("PYTHONHASHSEED", str(seed))
    lost = {"ansible_host": "127.0.0.1", "ansible_user": "me", "ansible_password": "x", "vpnphone_connect_timeout": 1}
    content = {
        "cucm": {"hosts": {"cluster": lost | {"vpnphone_axl_port": 9}}},
        "asa": {"hosts": {"firewall": lost | {"ansible_port": 9}}, "vars": {"vpnphone_site": "Ours"}},
    }
    path = tmp_path / "hosts.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert play("-i", str(path)).json("run.json")["site"] == "Ours"


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
    (name,) = [entry.name for entry in reports.iterdir() if entry.is_dir() and not entry.is_symlink()]
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z", name)
    assert json.loads((reports / name / "run.json").read_text())["run_id"] == name


# --- make audit -----------------------------------------------------------------------------------------------------


def start_audit(reports: Path, inventory: str, **more: str) -> subprocess.Popen[str]:
    """tools/audit.py, as `make audit` calls it, in a process group of its own."""
    command = [sys.executable, "-m", "tools.audit", "--inventory", inventory, "--reports", str(reports)]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(**more),
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def test_the_reports_may_lie_behind_a_blank(tmp_path: Path) -> None:
    lost = {"ansible_host": "127.0.0.1", "ansible_port": 9, "ansible_password": "c4nary-plain"}
    nobody = inventory(tmp_path / "nobody.yml", {"lost": lost})
    audit = start_audit(tmp_path / "my reports", nobody)
    output, _ = audit.communicate(timeout=HANGS)
    assert audit.returncode == 0, output
    assert "Traceback" not in output
    (report,) = re.findall(r"^HTML report   (.*)$", output, re.MULTILINE)
    assert Path(report).is_relative_to(tmp_path / "my reports")
    # Ansible's own output lies in a log; this of it is shown.
    assert f"Warning: ansible_password is in plain text in {nobody}. " in output
    assert "c4nary-plain" not in output
    # The next command is one that can be typed.
    assert f"/ansible-playbook playbooks/audit.yml -i {nobody} --limit lost" in output
    assert Path(report).exists()


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two devices that fall silent in the middle."""

    def change(data: dict[str, Any]) -> None:
        data["devices"] = [{"name": "silent-{n}", "repeat": 2, "faults": [{"kind": "hang", "command": "^show ssl"}]}]

    folder = tmp_path_factory.mktemp("silent")
    yield from running_site(folder / "lab", derived("faults.yml", folder, change))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_audit_that_is_ended_leaves_no_process_and_no_session(
    silent: Site, tmp_path: Path, number: signal.Signals
) -> None:
    seen = len(silent.log())
    audit = start_audit(tmp_path, LAB_INVENTORY, VPNPHONE_LAB_DIR=str(silent.folder))
    try:
        for _ in range(HANGS * 10):
            if {item["device"] for item in silent.log()[seen:] if item["event"] == "fault"} == set(silent.names):
                break
            time.sleep(0.1)
        else:
            pytest.fail("the devices were not asked")
        audit.send_signal(number)
        output, _ = audit.communicate(timeout=HANGS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(audit.pid, signal.SIGKILL)
    assert audit.returncode == 128 + number
    assert "Traceback" not in output
    assert "nothing was judged" in output
    assert not silent.open_sessions()
