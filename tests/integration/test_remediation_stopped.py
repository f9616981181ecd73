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

from tests.integration.conftest import HANGS, ROOT, Play, Played, Site, derived, environment, program, running_site
from tests.waiting import until

# Device: the signal that ends the run on it.
SIGNALS = {"asa-ctrl-c": signal.SIGINT, "asa-sigterm": signal.SIGTERM, "asa-killed": signal.SIGKILL}
# Ansible's own for Ctrl-C; a process that a signal ended.
CODES = {signal.SIGINT: 99, signal.SIGTERM: -signal.SIGTERM, signal.SIGKILL: -signal.SIGKILL}


def slow(data: dict[str, Any]) -> None:
    """ASAs that take their time for each command."""
    (device,) = (device for device in data["devices"] if device["name"] == "asa-new")
    device["latency_ms"] = 60
    data["devices"], data["cucm"], data["phones"] = [device | {"name": name} for name in SIGNALS], [], []


class Stopped(NamedTuple):
    """code of ansible-playbook; the record and the words that its run left; what then stood on the device."""

    code: int
    change: dict[str, Any]
    words: str
    state: dict[str, Any]


class Ended(NamedTuple):
    """The run that was stopped, by device, and the one after that, on all of them."""

    site: Site
    stopped: dict[str, Stopped]
    again: Played


def stopped(site: Site, folder: Path, name: str) -> Stopped:
    """Send the signal to ansible-playbook once half of the commands are typed; wait until its worker has ended, too."""
    variables = {"vpnphone_run_id": name, "vpnphone_reports_dir": str(folder / "reports"),
                 "vpnphone_lock_dir": str(folder / "locks")}  # fmt: skip
    command = [program("ansible-playbook"), "playbooks/remediate.yml", "--limit", name, "-e", json.dumps(variables)]
    played = subprocess.Popen(
        command, cwd=ROOT, env=environment(VPNPHONE_LAB_DIR=str(site.folder)), start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: " without-csd" in site.state(name)["running_config"] or played.poll() is not None)
    assert played.poll() is None
    # As a terminal does it: to the whole group, of which the workers are no part.
    os.killpg(played.pid, SIGNALS[name])
    code = played.wait(HANGS)
    # Its worker outlives it where nobody waits for it; the record is written before the session ends.
    until(lambda: site.state(name)["sessions"] == 0)
    changes = folder / "reports" / name / "changes"
    change = json.loads((changes / f"{name}.json").read_text(encoding="utf-8"))
    return Stopped(code, change, (changes / f"{name}.txt").read_text(encoding="utf-8"), site.state(name))


@pytest.fixture(scope="module")
def ended(play: Play, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ended]:
    folder = tmp_path_factory.mktemp("stopped")
    for site in running_site(folder / "lab", derived("remediation.yml", folder, slow)):
        first = {name: stopped(site, folder, name) for name in SIGNALS}
        again = play(
            lab=site, playbook="remediate.yml", vpnphone_lock_dir=str(folder / "locks"), vpnphone_serial="100%"
        )
        yield Ended(site, first, again)


@pytest.mark.parametrize("name", ["asa-ctrl-c", "asa-sigterm"])
def test_what_was_sent_is_undone_before_the_run_ends(ended: Ended, name: str) -> None:
    was, change = ended.stopped[name], ended.stopped[name].change
    assert was.code in (CODES[signal.SIGINT], CODES[signal.SIGTERM])
    assert was.state["running_config"] == was.state["startup_config"] == ended.site.before[name]["running_config"]
    assert (change["outcome"], change["error"]["code"]) == ("rolled_back", "interrupted")
    sent = [item["command"] for item in change["sent"] if item["purpose"] == "change"]
    assert "without-csd" in sent
    assert len(sent) < len(change["plan"]["steps"])
    assert "FAILED AND UNDONE" in was.words
    assert "the run was told to stop" in was.words
    # The next run finds nothing that would keep it from the whole change.
    assert ended.again.code == 0
    assert ended.again.recap()[name]["changed"] == 1
    now = ended.site.state(name)
    assert now["running_config"] == now["startup_config"]
    assert " without-csd" in now["startup_config"]


def test_the_worker_of_a_run_that_is_killed_does_it_to_the_end(ended: Ended) -> None:
    """Nobody is left who could tell it to stop: what was begun is done, proven and saved."""
    name = "asa-killed"
    killed = ended.stopped[name]
    assert killed.code == CODES[signal.SIGKILL]
    assert (killed.change["outcome"], killed.change["saved"]) == ("applied", True)
    state = killed.state
    assert state["running_config"] == state["startup_config"] != ended.site.before[name]["running_config"]
    assert ended.again.code == 0
    assert ended.again.recap()[name]["changed"] == 0
