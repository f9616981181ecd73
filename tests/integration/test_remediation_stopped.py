"""playbooks/remediate.yml that somebody stops in the middle of a change: the device is as before, or as desired.

What stands is asked of the simulator.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.integration.conftest import HANGS, ROOT, Play, Site, derived, environment, program, running_site
from tests.waiting import until

ASA = "asa-new"
# Ansible's own for Ctrl-C; a process that a signal ended.
CODES = {signal.SIGINT: 99, signal.SIGTERM: -signal.SIGTERM, signal.SIGKILL: -signal.SIGKILL}


def slow(data: dict[str, Any]) -> None:
    """One ASA that takes its time for each command."""
    (device,) = (device for device in data["devices"] if device["name"] == ASA)
    device["latency_ms"] = 60
    data["devices"], data["cucm"], data["phones"] = [device], [], []


class Stopped(NamedTuple):
    """code of ansible-playbook, and the record and the words that its run left."""

    site: Site
    code: int
    change: dict[str, Any]
    words: str
    folder: Path


def stopped(site: Site, folder: Path, number: signal.Signals) -> Stopped:
    """Send the signal to ansible-playbook once half of the commands are typed; wait until its worker has ended, too."""
    variables = {"vpnphone_run_id": "stopped", "vpnphone_reports_dir": str(folder / "reports"),
                 "vpnphone_lock_dir": str(folder / "locks")}  # fmt: skip
    command = [program("ansible-playbook"), "playbooks/remediate.yml", "-e", json.dumps(variables)]
    played = subprocess.Popen(
        command, cwd=ROOT, env=environment(VPNPHONE_LAB_DIR=str(site.folder)), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: " without-csd" in site.state(ASA)["running_config"] or played.poll() is not None)
    assert played.poll() is None
    # As a terminal does it: to the whole group, of which the workers are no part.
    os.killpg(played.pid, number)
    code = played.wait(HANGS)
    # Its worker outlives it where nobody waits for it; the record is written before the session ends.
    until(lambda: site.state(ASA)["sessions"] == 0)
    changes = folder / "reports" / "stopped" / "changes"
    change = json.loads((changes / f"{ASA}.json").read_text(encoding="utf-8"))
    return Stopped(site, code, change, (changes / f"{ASA}.txt").read_text(encoding="utf-8"), folder)


@pytest.fixture(params=[signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def told_to_stop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stopped]:
    for site in running_site(tmp_path / "lab", derived("remediation.yml", tmp_path, slow)):
        yield stopped(site, tmp_path, request.param)


def test_what_was_sent_is_undone_before_the_run_ends(told_to_stop: Stopped, play: Play) -> None:
    site, change = told_to_stop.site, told_to_stop.change
    assert told_to_stop.code in (CODES[signal.SIGINT], CODES[signal.SIGTERM])
    before, now = site.before[ASA], site.state(ASA)
    assert now["running_config"] == now["startup_config"] == before["running_config"]
    assert (change["outcome"], change["error"]["code"]) == ("rolled_back", "interrupted")
    sent = [item["command"] for item in change["sent"] if item["purpose"] == "change"]
    assert "without-csd" in sent
    assert len(sent) < len(change["plan"]["steps"])
    assert "FAILED AND UNDONE" in told_to_stop.words
    assert "the run was told to stop" in told_to_stop.words
    # The next run finds nothing that would keep it from the whole change.
    locks = str(told_to_stop.folder / "locks")
    again = play(lab=site, playbook="remediate.yml", vpnphone_lock_dir=locks)
    assert again.code == 0
    assert site.state(ASA)["running_config"] == site.state(ASA)["startup_config"]
    assert " without-csd" in site.state(ASA)["startup_config"]


def test_the_worker_of_a_run_that_is_killed_does_it_to_the_end(tmp_path: Path, play: Play) -> None:
    """Nobody is left who could tell it to stop: what was begun is done, proven and saved."""
    for site in running_site(tmp_path / "lab", derived("remediation.yml", tmp_path, slow)):
        killed = stopped(site, tmp_path, signal.SIGKILL)
        assert killed.code == CODES[signal.SIGKILL]
        assert (killed.change["outcome"], killed.change["saved"]) == ("applied", True)
        state = site.state(ASA)
        assert state["running_config"] == state["startup_config"] != site.before[ASA]["running_config"]
        again = play(lab=site, playbook="remediate.yml", vpnphone_lock_dir=str(tmp_path / "locks"))
        assert again.code == 0
        assert again.recap()[ASA]["changed"] == 0
