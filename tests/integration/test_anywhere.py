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
from typing import Any, NamedTuple

import pytest

from tests.integration.conftest import (
    HANGS,
    LAB_INVENTORY,
    ROOT,
    SCENARIOS,
    Play,
    Played,
    Site,
    closed_port,
    derived,
    environment,
    inventory,
    program,
    running_site,
)


class Elsewhere(NamedTuple):
    """A run from a directory of no project: its exit code, what it printed, and its directory."""

    code: int
    output: str
    reports: Path


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Elsewhere:
    """One device without a device: the shortest run there is."""
    folder = tmp_path_factory.mktemp("elsewhere")
    config = (SCENARIOS / "bench.cfg").read_text(encoding="utf-8")
    (folder / "captures").mkdir()
    (folder / "captures" / "branch.cfg").write_text(f"hostname branch\n{config}: end\n", encoding="utf-8")
    (folder / "ansible.cfg").write_text("[defaults]\ngathering = implicit\n", encoding="utf-8")
    env = environment()
    del env["ANSIBLE_CONFIG"]
    given = {"vpnphone_saved_outputs": "captures", "vpnphone_reports_dir": "my reports"}
    ended = subprocess.run(
        [program("ansible-playbook"), f"{ROOT}/playbooks/audit.yml", "-i", "localhost,", "-e", json.dumps(given)],
        cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        stdin=subprocess.DEVNULL, timeout=HANGS,
    )  # fmt: skip
    assert "Traceback" not in ended.stdout, ended.stdout[-4000:]
    (reports,) = [path for path in (folder / "my reports").iterdir() if path.is_dir() and not path.is_symlink()]
    return Elsewhere(ended.returncode, ended.stdout, reports)


def test_it_runs_from_any_directory_and_with_anybodys_configuration(elsewhere: Elsewhere) -> None:
    """A foreign ansible.cfg names none of our folders, and lets every play gather facts: from an ASA over SSH."""
    assert elsewhere.code == 2, elsewhere.output[-2000:]
    assert "Gathering Facts" not in elsewhere.output
    assert json.loads((elsewhere.reports / "summary.json").read_text())["exit_code"] == 3


def test_a_run_is_named_to_the_millisecond(elsewhere: Elsewhere) -> None:
    """Two nightly jobs begin in the same second, and must not share a directory."""
    assert re.fullmatch(r"\d{8}T\d{6}\.\d{3}Z", elsewhere.reports.name)
    assert json.loads((elsewhere.reports / "run.json").read_text())["run_id"] == elsewhere.reports.name


# --- devices of which none is reached -------------------------------------------------------------------------------

# The first three read as patterns of hosts: two hosts, an exclusion, a range. The first is a run of its own: among
# others a comma may stand behind it, and then Ansible does not take it apart.
NAMES = (("edge one",), ("!edge", "edge[0:3]", "2001:db8::5", "naïve-ü"))


def lose(play: Play, folder: Path, names: tuple[str, ...]) -> Played:
    """Hosts of a script; nobody listens where they are said to be."""
    path, script = folder / "hosts.json", folder / "hosts.sh"
    script.write_text(f"#!/bin/sh\ncat {path}\n", encoding="utf-8")
    script.chmod(0o700)
    with closed_port() as port:
        gone = {"ansible_host": "127.0.0.1", "ansible_port": port, "ansible_user": "admin"}
        content = {"asa": {"hosts": names}, "_meta": {"hostvars": dict.fromkeys(names, gone)}}
        path.write_text(json.dumps(content), encoding="utf-8")
        return play("-i", str(script))


@pytest.fixture(scope="module")
def lost(play: Play, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Played]:
    """By name, the run that it was in."""
    runs = {names: lose(play, tmp_path_factory.mktemp("lost"), names) for names in NAMES}
    return {name: played for names, played in runs.items() for name in names}


@pytest.mark.parametrize("name", [name for names in NAMES for name in names])
def test_a_lost_device_of_any_name_is_in_the_exit_code(lost: dict[str, Played], name: str) -> None:
    played = lost[name]
    assert played.devices[name]["failure"]["code"] == "connection_refused"
    assert played.code == 4
    # This one, too: Ansible's exit code is made of these counts.
    (counts,) = re.findall(rf"^{re.escape(name)} +: (ok=.*)$", played.output.partition("PLAY RECAP")[2], re.MULTILINE)
    assert re.search(r" unreachable=1 +failed=0 ", counts), counts


def test_a_lost_device_alone_has_a_report(lost: dict[str, Played]) -> None:
    played = lost["edge one"]
    assert set(played.devices) == {"edge one"}
    assert (played.reports / "report.html").exists()


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
