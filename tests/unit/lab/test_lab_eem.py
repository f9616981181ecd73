"""The embedded event manager: its lines, and that its timers really act."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab.device import Device
from lab.testing import RunningLab, running_lab
from tests.unit.lab.phone_site import Case, scenario
from tests.waiting import until

Talk = Callable[..., str]
Make = Callable[..., Device]

BACK = (
    "event manager applet BACK", "description return", "event timer countdown time 604800",
    'action 2 cli command "logging enable"', 'action 1 cli command "ssl trust-point TP Outside"', "output none",
)  # fmt: skip


def test_the_lines_of_an_applet(make_device: Make, talk: Talk) -> None:
    device = make_device()
    text = talk(device, "conf t", *BACK, "event timer countdown time 60", "end", "show running-config event manager")
    assert text.endswith(
        "event manager applet BACK\n description return\n event timer countdown time 60\n"
        ' action 2 cli command "logging enable"\n action 1 cli command "ssl trust-point TP Outside"\n output none\nfw# '
    )
    assert "fw(config-applet)# " in text
    assert "event manager applet BACK" in device.snapshot()["running_config"]
    shown = talk(device, "show event manager")
    assert "event manager applet BACK, hits 0\n" in shown
    assert " event countdown 60 secs, left 60 secs, hits 0\n" in shown
    assert ' action 1 cli command "ssl trust-point TP Outside", hits 0\n' in shown
    talk(device, "conf t", "no event manager applet BACK")
    assert "BACK" not in talk(device, "show running-config", "show event manager").replace("fw# ", "")


@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (("event manager applet",), "ERROR: % Incomplete command\n"),
        (("event manager applet X", "event timer countdown 60"), "ERROR: % Invalid input detected at '^' marker.\n"),
        (("event manager applet X", "event timer countdown time 604801"), "ERROR: % Invalid input detected"),
        (("event manager applet X", "action 1 cli command write memory"), "ERROR: % Invalid input detected"),
        (("event manager applet X", 'action 1 cli command "a" b'), "ERROR: % Invalid input detected"),
        (("event manager run X",), "ERROR: Event manager applet X does not exist\n"),
        (("event manager applet X", "event manager run X"), "is not configured with event none\n"),
    ],
)
def test_what_is_refused(make_device: Make, talk: Talk, lines: tuple[str, ...], answer: str) -> None:
    device = make_device()
    assert answer in talk(device, "conf t", *lines)
    assert not any("action" in line or "timer" in line for line in device.snapshot()["running_config"])


@pytest.mark.parametrize(("version", "known"), [("9.1(7)", False), ("9.2(1)", True)])
def test_releases_that_have_it(make_device: Make, talk: Talk, version: str, known: bool) -> None:
    device = make_device(version=version)
    text = talk(device, "conf t", "event manager applet X", "end", "show event manager")
    assert ("Invalid input" not in text) == known
    assert ("event manager applet X" in device.snapshot()["running_config"]) == known


def test_multiple_mode_has_none(make_device: Make, talk: Talk) -> None:
    contexts = [{"name": "admin", "admin": True}, {"name": "VPN"}]
    device = make_device(config="", trustpoints={}, contexts=contexts)
    text = talk(device, "conf t", "event manager applet X", "end", "show event manager")
    assert text.count("ERROR: % Invalid input detected") == 2


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(scenario({"one": Case()}), tmp_path_factory.mktemp("eem") / "lab") as found:
        yield found


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "site" in request.fixturenames:
        request.getfixturevalue("site").reset("one")


def lines(site: RunningLab) -> list[str]:
    return [line.strip() for line in site.state("one")["running_config"]]


def arm(site: RunningLab, *applet: str) -> None:
    site.type("one", "configure terminal", "event manager applet BACK", *applet)


def test_a_countdown_acts_once_and_says_so(site: RunningLab) -> None:
    site.type("one", "configure terminal", "ssl trust-point RENEWED outside")
    arm(
        site, 'action 2 cli command "domain-name after.example"', 'action 1 cli command "ssl trust-point VPN outside"',
        "output file append eem.log", "event timer countdown time 1",
    )  # fmt: skip
    assert "ssl trust-point RENEWED outside" in lines(site)
    until(lambda: "ssl trust-point VPN outside" in lines(site))
    until(lambda: "disk0:/eem.log" in site.state("one")["flash"])
    text = site.type("one", "show event manager")
    assert "event manager applet BACK, hits 1, last 20" in text
    assert " event countdown 1 secs, left 0 secs, hits 1, last 20" in text
    # It stays in the configuration, and is nothing that was saved.
    assert "event timer countdown time 1" in lines(site)
    assert site.state("one")["startup_config"] != site.state("one")["running_config"]


def test_an_applet_that_is_removed_does_nothing(site: RunningLab) -> None:
    arm(site, 'action 1 cli command "hostname struck"', "event timer countdown time 1")
    site.type("one", "configure terminal", "no event manager applet BACK")
    # Another one that starts later strikes, and the first has not.
    site.type(
        "one", "configure terminal", "event manager applet LATER", 'action 1 cli command "domain-name later.example"',
        "event timer countdown time 2",
    )  # fmt: skip
    until(lambda: "domain-name later.example" in lines(site))
    assert "hostname struck" not in lines(site)


def test_a_timer_that_is_entered_again_begins_again(site: RunningLab) -> None:
    arm(site, 'action 1 cli command "hostname struck"', "event timer countdown time 500")

    def due() -> float:
        return site.device("one").system.applets["BACK"].due["event timer countdown time 500"]

    before = site.inside(due)
    arm(site, "event timer countdown time 500")
    assert site.inside(due) > before
    arm(site, "no event timer countdown time 500")
    assert site.device("one").system.applets["BACK"].due == {}


def test_a_watchdog_strikes_again_and_again(site: RunningLab) -> None:
    arm(site, 'action 1 cli command "hostname struck"', "event timer watchdog time 1")
    until(lambda: site.device("one").system.applets["BACK"].total.count >= 2)
    assert "hostname struck" in lines(site)


def test_an_applet_run_by_hand_answers_no_question(site: RunningLab) -> None:
    arm(
        site, "event none", 'action 1 cli command "crypto key zeroize rsa"', 'action 2 cli command "nonsense"',
        'action 3 cli command "hostname struck"', "output file overwrite disk0:/run.log",
    )  # fmt: skip
    site.type("one", "event manager run BACK")
    until(lambda: "disk0:/run.log" in site.state("one")["flash"])
    log = site.device("one").flash["disk0:/run.log"].decode()
    assert "Do you really want to remove these keys?" in log
    assert "Invalid input detected" in log
    assert "hostname struck" in lines(site)
    assert site.device("one").system.keys


def test_the_end_of_a_lab_ends_its_timers(tmp_path: Path) -> None:
    with running_lab(scenario({"one": Case()}), tmp_path / "lab") as other:
        arm(other, 'action 1 cli command "hostname struck"', "event timer watchdog time 1")
    assert not other.lab._events[0]._running
