"""Faults that strike a command: what is taken, what the session sees, and what a new session finds."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab import scenario
from lab.device import Device
from lab.scenario import NEEDS_COMMAND
from lab.shell import Shell
from lab.strikes import Drop
from lab.terminal import Terminal
from lab.testing import RunningLab, running_lab
from tests.unit.lab.lab_texts import answer

Talk = Callable[..., str]
Make = Callable[..., Device]
INTO = ("conf t", "tunnel-group TG webvpn-attributes")
LINE = " without-csd"


def run(device: Device, *lines: str) -> tuple[str, str]:
    """What a session printed, and how it stands when nothing more happens: left, cut, silent."""
    out: list[bytes] = []

    async def session() -> str:
        terminal = Terminal(out.append, device.width)
        head = ("enable", device.enable_secret, "terminal pager 0")
        terminal.feed("".join(f"{line}\n" for line in (*head, *lines)).encode())
        terminal.close()
        task = asyncio.create_task(Shell(device, terminal, device.spec.users[0]).run())
        # All input is there: whoever still waits after these turns waits for ever.
        for _ in range(500):
            await asyncio.sleep(0)
        if not task.done():
            task.cancel()
            return "silent"
        return "cut" if isinstance(task.exception(), Drop) else "left"

    how = asyncio.run(session())
    return b"".join(out).decode().replace("\r\n", "\n").split("terminal pager 0\n", 1)[1], how


def faulty(make: Make, kind: str, command: str = "^without-csd$", **keys: Any) -> Device:
    return make(faults=[{"kind": kind, "command": command, **keys}], failover={}, prompt="hostname priority state")


@pytest.mark.parametrize(
    ("kind", "taken", "how", "seen"),
    [
        ("refuse", False, "left", "ERROR: The command failed\n"),
        ("drop_before", False, "cut", None),
        ("drop_after", True, "cut", None),
        ("hang", False, "silent", None),
        ("hang_after", True, "silent", None),
        ("failover", True, "left", "\n\tSwitching to Standby\n"),
    ],
)
def test_what_is_taken_and_what_is_seen(make_device: Make, kind: str, taken: bool, how: str, seen: str | None) -> None:
    device = faulty(make_device, kind)
    text, ended = run(device, *INTO, "without-csd", "show clock")
    assert (LINE in device.snapshot()["running_config"], ended) == (taken, how)
    if seen is None:
        # The echo is the last that comes.
        assert text.endswith("(config-tunnel-webvpn)# without-csd\n")
    else:
        assert f"(config-tunnel-webvpn)# without-csd\n{seen}fw/pri/" in text
        assert re.search(r"show clock\n\d\d:", text)


def test_a_refusal_says_what_the_scenario_says_as_often_as_it_says(make_device: Make) -> None:
    device = faulty(make_device, "refuse", text="ERROR: % Out of memory", skip=1, count=1)
    text, _ = run(device, *INTO, "without-csd", "no without-csd", "without-csd", "without-csd")
    assert text.count("ERROR: % Out of memory\n") == 1
    assert LINE in device.snapshot()["running_config"]
    device = faulty(make_device, "refuse", skip=1, count=1)
    run(device, *INTO, "without-csd", "no without-csd", "without-csd")
    assert LINE not in device.snapshot()["running_config"]


@pytest.mark.parametrize("kind", ["drop_after", "hang_after"])
def test_the_answer_of_a_show_is_not_seen_either(make_device: Make, kind: str) -> None:
    text, _ = run(faulty(make_device, kind, "^show running-config ssl"), "sh run ssl")
    assert text.endswith("# sh run ssl\n")


@pytest.mark.parametrize(
    ("then", "prompt", "standby"), [("standby", "fw/pri/stby", True), ("active", "fw/sec/act", False)]
)
def test_a_failover_and_who_answers_then(make_device: Make, talk: Talk, then: str, prompt: str, standby: bool) -> None:
    device = faulty(make_device, "failover", then=then, count=1)
    text, _ = run(device, *INTO, "without-csd", "group-alias LATE enable", "end", "show failover", "conf t")
    assert "fw/pri/act(config-tunnel-webvpn)# without-csd\n" in text
    assert "fw/pri/stby(config-tunnel-webvpn)# group-alias" in text
    assert "\tThis host: Primary - Standby Ready \n" in text
    assert "\tOther host: Secondary - Active \n" in text
    assert "Configuration Replication is NOT performed" in text
    state = device.snapshot()
    assert (state["unit"]["standby"], state["commands_on_standby"]) == (standby, 4)
    # What was typed on the old unit after the switch is only on that unit.
    assert LINE in state["running_config"]
    assert (" group-alias LATE enable" in state["running_config"]) is standby
    again = talk(device, "show failover", "conf t")
    assert f"{prompt}# " in again
    assert ("NOT performed" in again) is standby
    assert f"This host: {'Primary - Standby Ready' if standby else 'Secondary - Active'} \n" in again


def test_other_sessions_of_the_unit_go_to_standby_too(make_device: Make) -> None:
    device = faulty(make_device, "failover", then="active")
    other = Shell(device, Terminal(lambda _: None, lambda: 80), device.spec.users[0])
    run(device, *INTO, "without-csd")
    assert other.prompt() == "fw/pri/stby> "


@pytest.mark.parametrize("command", ["write memory", "copy /noconfirm running-config startup-config"])
@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ({}, "%Error writing nvram:/startup-config (No space left on device)\n"),
        ({"text": "%Error writing flash (I/O error)"}, "%Error writing flash (I/O error)\n"),
    ],
)
def test_a_configuration_that_cannot_be_written(
    make_device: Make, command: str, keys: dict[str, str], line: str
) -> None:
    device = make_device(faults=[{"kind": "write_fails", "count": 1, **keys}])
    text, _ = run(device, *INTO, "without-csd", "end", command)
    assert answer(text, command) == f"Building configuration...\n{line}"
    state = device.snapshot()
    assert (LINE in state["running_config"], LINE in state["startup_config"]) == (True, False)
    assert "%Error" not in run(device, command)[0]
    assert LINE in device.snapshot()["startup_config"]


def test_copies_into_a_file_are_no_saving(make_device: Make) -> None:
    device = make_device(faults=[{"kind": "write_fails"}])
    assert "bytes copied" in run(device, "copy /noconfirm startup-config disk0:/b.cfg")[0]


@pytest.mark.parametrize("kind", NEEDS_COMMAND)
def test_a_fault_of_a_command_needs_one(kind: str) -> None:
    with pytest.raises(scenario.ScenarioError, match=rf"faults\[0\]\.command: a regex .* {kind} strikes"):
        scenario.from_data({"name": "t", "devices": [{"name": "fw", "failover": {}, "faults": [{"kind": kind}]}]})


@pytest.mark.parametrize("pair", [None, {"state": "standby"}, {"active_active": True}])
def test_only_an_active_unit_fails_over(pair: dict[str, Any] | None) -> None:
    fault = {"kind": "failover", "command": "x"}
    with pytest.raises(scenario.ScenarioError, match="active unit of a failover pair"):
        scenario.from_data({"name": "t", "devices": [{"name": "fw", "failover": pair, "faults": [fault]}]})


# --- over real SSH: who listens after a cut -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    site = {"name": "t", "devices": [{"name": "fw", "config": "hostname fw\nwebvpn\n port 443\n"}]}
    with running_lab(site, tmp_path_factory.mktemp("faults") / "lab") as running:
        yield running


@pytest.fixture
def fw(lab: RunningLab) -> Iterator[RunningLab]:
    lab.reset("fw")
    yield lab
    lab.reset("fw")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_nobody_listens_for_a_while_after_a_cut(fw: RunningLab) -> None:
    fw.add_fault("fw", kind="drop_after", command="^port", count=1)
    fw.add_fault("fw", kind="stay_down", seconds=0.05, count=1)
    port = fw.hosts["fw"].port
    with pytest.raises(Drop):
        fw.type("fw", "conf t", "webvpn", "port 8443")
    while not listens(port):
        pass
    assert " port 8443" in fw.state("fw")["running_config"]
    fw.reset("fw")
    assert " port 443" in fw.state("fw")["running_config"]
    assert fw.type("fw", "show clock")


def test_nobody_ever_listens_again(tmp_path: Path) -> None:
    faults = [{"kind": "drop_before", "command": "^port", "count": 1}, {"kind": "stay_down", "seconds": 0}]
    site = {"name": "t", "devices": [{"name": "fw", "config": "webvpn\n port 443\n", "faults": faults}]}
    with running_lab(site, tmp_path / "lab") as running:
        assert listens(running.hosts["fw"].port)
        with pytest.raises(Drop):
            running.type("fw", "conf t", "webvpn", "port 8443")
        assert not listens(running.hosts["fw"].port)
        assert " port 443" in running.state("fw")["running_config"]
    kinds = re.findall(r'"kind": "(\w+)"', (tmp_path / "lab" / "log").read_text())
    assert kinds in ([], ["drop_before", "stay_down"])
