"""playbooks/diagnose/: what is switched on for a while on an ASA, and what a person switches on for a phone, and back.

What stands is asked of the simulator.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import debug
from lab.testing import RunningLab, running_lab
from tests.integration.conftest import HANGS, ROOT, environment, program, run
from tests.integration.terminal import Ended, at_a_terminal
from tests.unit.collect.kit import ASA, GOOD, NO_CSD, OLD, scenario
from tests.waiting import until

NAME = "Jane Doe"
CLUSTER = "lab-cucm"
APPROVED = {"vpnphone_logging_approved_by": NAME, "vpnphone_allow_logging": True, "vpnphone_allow_debug": True}
CONNECT_NOW = "Let the phone connect now"


class Guided:
    """The playbooks on one site; each run has an id, so that a later one can name it."""

    def __init__(self, site: RunningLab, folder: Path) -> None:
        self.site, self.folder = site, folder
        self.env = environment(VPNPHONE_LAB_DIR=str(site.directory))

    def command(self, playbook: str, run_id: str, **given: Any) -> list[str]:
        variables = {"vpnphone_run_id": run_id, "vpnphone_reports_dir": str(self.folder / "reports"),
                     "vpnphone_lock_dir": str(self.folder / "locks"), "vpnphone_poll_seconds": 1} | given  # fmt: skip
        return [program("ansible-playbook"), f"playbooks/diagnose/{playbook}.yml", "-e", json.dumps(variables)]

    def play(self, playbook: str, run_id: str, *words: str, **given: Any) -> Ended:
        return Ended(*run([*self.command(playbook, run_id, **given), *words], self.env))

    def file(self, run_id: str, name: str) -> Path:
        return self.folder / "reports" / run_id / name

    def as_before(self) -> bool:
        state = self.site.state(ASA)
        lines = [[line for line in state[which] if line.startswith("logging ")] for which in CONFIGS]
        return sorted(lines[0]) == sorted(lines[1]) == sorted(OLD) and not self.debugs()

    def debugs(self) -> list[tuple[str, int]]:
        return self.site.inside(lambda: debug.active(self.site.device(ASA).contexts[""]))

    def web(self, on: bool) -> None:
        """What the person does in CUCM."""
        cluster = self.site.cluster(CLUSTER)
        self.site.inside(lambda: setattr(cluster.phones[GOOD], "web", on))
        self.site.inside(lambda: cluster.apply(GOOD))
        self.site.settle()


CONFIGS = ("running_config", "startup_config")


@pytest.fixture(scope="module")
def guided(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guided]:
    folder = tmp_path_factory.mktemp("guided")
    with running_lab(scenario(), folder / "lab") as site:
        yield Guided(site, folder)


# --- an ASA -----------------------------------------------------------------------------------------------------------


def test_without_approval_nothing_is_sent_and_both_ways_are_shown(guided: Guided) -> None:
    ended = guided.play("collect_asa", "asked")
    assert ended.code == 2
    assert "collection_not_approved" in ended.output
    assert re.search(r"on:\n.*logging buffer-size 1048576[^\0]*back:\n +no debug webvpn anyconnect", ended.output)
    assert guided.as_before()


def test_a_check_shows_them_too(guided: Guided) -> None:
    ended = guided.play("collect_asa", "checked", "--check", "--diff")
    assert ended.code == 0
    assert "+logging buffered debugging" in ended.output
    assert guided.as_before()


def test_it_collects_what_proves_the_cause_and_puts_everything_back(guided: Guided) -> None:
    command = guided.command("collect_asa", "collected", **APPROVED, vpnphone_collect_seconds=10)
    played = subprocess.Popen(
        command, cwd=ROOT, env=guided.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    until(lambda: guided.debugs() or played.poll() is not None)
    guided.site.connect_phones([NO_CSD])
    output, _ = played.communicate(timeout=HANGS)
    assert played.returncode == 0, output
    assert guided.as_before()
    assert CONNECT_NOW in output
    debugged = guided.file("collected", "logs/asa/hq-asa.debug.log").read_text()
    assert "WebVPN: CSD data not sent from client\n" in debugged
    causes = json.loads(guided.file("collected", "diagnosis.json").read_text())["causes"]
    # The debug's own line proves it, and names no phone.
    assert ("csd", "certain") in {(one["id"], one["confidence"]) for one in causes}


def test_sigterm_in_the_middle_puts_everything_back(guided: Guided) -> None:
    command = guided.command("collect_asa", "stopped", **APPROVED, vpnphone_collect_seconds=900)
    played = subprocess.Popen(
        command, cwd=ROOT, env=guided.env, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    until(lambda: guided.debugs() or played.poll() is not None)
    assert played.poll() is None
    os.killpg(played.pid, signal.SIGTERM)
    played.wait(HANGS)
    # Its worker outlives it where nobody waits for it.
    until(lambda: guided.site.state(ASA)["sessions"] == 0)
    assert guided.as_before()
    until(guided.file("stopped", "logging/hq-asa.txt").is_file)
    assert "the run was told to stop" in guided.file("stopped", "logging/hq-asa.txt").read_text()


def test_what_a_dead_controller_left_is_restored(guided: Guided) -> None:
    command = guided.command("collect_asa", "killed", **APPROVED, vpnphone_collect_seconds=900)
    assert at_a_terminal(command, guided.env, [], kill_when=CONNECT_NOW).code == -signal.SIGKILL
    until(lambda: guided.site.state(ASA)["sessions"] == 0)
    # The debug ended with its session; the settings stand.
    assert guided.debugs() == []
    assert "logging buffered debugging" in guided.site.state(ASA)["running_config"]
    refused = guided.play("collect_asa", "again", **APPROVED)
    assert refused.code == 2
    assert "collection_open" in refused.output
    restored = guided.play("collect_asa", "restored", vpnphone_collect="restore")
    assert restored.code == 0, restored.output
    assert guided.as_before()


# --- phones -----------------------------------------------------------------------------------------------------------


def test_web_access_is_led_through_at_a_terminal(guided: Guided) -> None:
    guided.web(False)
    record = guided.file("web", "guide/web-lab-cucm.json")

    def begun(_asked: re.Match[str]) -> str:
        threading.Thread(target=act, daemon=True).start()
        return NAME

    def act() -> None:
        guided.web(True)
        until(lambda: guided.file("web", f"logs/phones/{GOOD}").is_dir())
        guided.web(False)

    command = guided.command("phone_web", "web", vpnphone_phones=GOOD)
    ended = at_a_terminal(command, guided.env, [("Your name, once you have begun", begun)])
    assert ended.code == 0, ended.output
    assert f"{GOOD}: its page is closed again" in ended.output
    (phone,) = json.loads(record.read_text())["phones"]
    assert phone["opened"] < phone["closed"]


def test_web_access_that_stays_on_is_told(guided: Guided) -> None:
    guided.web(False)
    given = {"vpnphone_phones": GOOD, "vpnphone_guided_by": NAME, "vpnphone_guide_seconds": 20}
    opening = threading.Thread(
        target=lambda: (until(guided.file("left", "guide/web-lab-cucm.json").is_file), guided.web(True))
    )
    opening.start()
    ended = guided.play("phone_web", "left", **given | {"vpnphone_guide_seconds": 5})
    opening.join()
    assert ended.code == 2, ended.output
    assert "page_still_open" in ended.output
    guided.web(False)
    closed = guided.play("phone_web", "left", **given, vpnphone_guide="close")
    assert closed.code == 0, closed.output


def test_without_a_terminal_and_a_name_web_access_is_refused(guided: Guided) -> None:
    guided.web(False)
    ended = guided.play("phone_web", "nobody", vpnphone_phones=GOOD)
    assert ended.code == 2
    assert "approver_missing" in ended.output


def test_span_is_led_through_at_a_terminal(guided: Guided) -> None:
    answers = [
        (r"To agree, type: (SPAN ON .* UTC)", lambda asked: " ".join(asked[1].split())),
        ("Your name, for the record", lambda _asked: NAME),
        (r"Once it is switched off in CUCM, type: (SPAN OFF SEP\w+)", lambda asked: asked[1]),
    ]
    ended = at_a_terminal(guided.command("span", "span", vpnphone_phones=GOOD), guided.env, answers)
    assert ended.code == 0, ended.output
    assert "PRIVACY" in ended.output
    assert f"{GOOD}: Span to PC Port is off, says {NAME}" in ended.output


def test_without_a_terminal_span_says_what_to_type(guided: Guided) -> None:
    ended = guided.play("span", "unsaid", vpnphone_phones=GOOD)
    assert ended.code == 2
    found = re.search(r"SPAN ON \w+ UNTIL \d\d:\d\d UTC", ended.output)
    assert found is not None
    given = {"vpnphone_phones": GOOD, "vpnphone_guided_by": NAME}
    on = guided.play("span", "unsaid", **given, vpnphone_span_confirm=found[0])
    assert (on.code, "span_on" in on.output) == (2, True)
    off = guided.play("span", "unsaid", **given, vpnphone_guide="off", vpnphone_span_off_confirm=f"SPAN OFF {GOOD}")
    assert off.code == 0, off.output
