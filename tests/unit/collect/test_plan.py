"""Every prior state of the settings: what is typed, what takes it back, and that nothing of it is left."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from ansible.module_utils.vpnphone.collect.plan import (
    CollectPlan,
    Wish,
    differing,
    plan_back,
    plan_collection,
    unmet,
)
from ansible.module_utils.vpnphone.collect.settings import Present, Settings, parse_settings

BOTH = Wish(logging=True, debug=True, max_sessions=20)
STATES = {
    "enable": ("", "logging enable"),
    "timestamp": ("", "logging timestamp", "logging timestamp rfc5424"),
    "buffer-size": ("", "logging buffer-size 65536", "logging buffer-size 1048576", "logging buffer-size 4194304"),
    "buffered": ("", "logging buffered errors", "logging buffered VPN_ONLY", "logging buffered 7",
                 "logging buffered debugging"),
    "debug-trace": ("", "logging debug-trace", "logging debug-trace persistent"),
}  # fmt: skip
PRIOR = [tuple(line for line in lines if line) for lines in product(*STATES.values())]


def present(*lines: str, sessions: int | None = 3, **more: Any) -> Present:
    return Present(settings=parse_settings("".join(f"{line}\n" for line in lines)), sessions=sessions, **more)


def typed(settings: Settings, commands: tuple[str, ...]) -> Settings:
    """What a device makes of these lines; other words than those of the code under test."""
    lines = {"logging " + line.split()[1]: line for line in settings.lines.values()}
    for command in commands:
        words = command.removeprefix("no ").split()
        lines.pop(" ".join(words[:2]), None)
        if not command.startswith("no "):
            lines[" ".join(words[:2])] = command
    return parse_settings("".join(f"{line}\n" for line in (*lines.values(), *settings.others)))


@pytest.mark.parametrize("lines", PRIOR, ids=lambda lines: ",".join(lines) or "none")
def test_there_and_back(lines: tuple[str, ...]) -> None:
    before = present(*lines)
    plan = plan_collection(before, BOTH)
    assert plan.debug == "debug webvpn anyconnect 255"
    on = typed(before.settings, tuple(step.command for step in plan.steps))
    assert on.level == 7
    assert on.size >= 1048576
    assert on.line("timestamp")
    assert on.line("enable")
    assert not on.line("debug-trace")
    assert unmet(plan, on) == ()
    # Nothing is typed that stands already.
    assert all(before.settings.line(step.key) != step.line for step in plan.steps)
    back = plan_back(plan.steps, on)
    assert back.foreign == ()
    assert [step.inverse for step in back.steps] == list(plan.inverses[1:])
    assert differing(before.settings, typed(on, tuple(step.inverse for step in back.steps))) == ()


@pytest.mark.parametrize("count", range(6))
def test_back_from_wherever_it_stops(count: int) -> None:
    before = present("logging buffered errors", "logging debug-trace")
    plan = plan_collection(before, BOTH)
    assert len(plan.steps) == 5
    now = typed(before.settings, tuple(step.command for step in plan.steps[:count]))
    back = plan_back(plan.steps, now)
    assert len(back.steps) == count
    assert differing(before.settings, typed(now, tuple(step.inverse for step in back.steps))) == ()


@pytest.mark.parametrize("line", ["logging buffered warnings", ""])
def test_what_somebody_else_set_is_not_ours(line: str) -> None:
    before = present("logging enable", "logging buffered errors")
    plan = plan_collection(before, Wish(logging=True))
    on = typed(before.settings, tuple(step.command for step in plan.steps))
    back = plan_back(plan.steps, typed(on, (line or "no logging buffered",)))
    assert "buffered" not in [step.key for step in back.steps]
    assert len(back.foreign) == 1


def test_enable_is_last_on_and_first_off() -> None:
    plan = plan_collection(present(), BOTH)
    assert plan.steps[-1].command == "logging enable"
    assert plan.inverses[:2] == ("no debug webvpn anyconnect", "no logging enable")


def test_below_8_4_the_debug_has_another_word() -> None:
    plan = plan_collection(present(svc=True), BOTH)
    assert (plan.debug, plan.undebug) == ("debug webvpn svc 255", "no debug webvpn svc")


@pytest.mark.parametrize(
    ("sessions", "most", "on"), [(0, 0, True), (1, 0, False), (20, 20, True), (21, 20, False), (None, 1000, False)]
)
def test_the_limit_of_sessions(sessions: int | None, most: int, on: bool) -> None:
    plan = plan_collection(present(sessions=sessions), Wish(debug=True, max_sessions=most))
    assert bool(plan.debug) is on
    assert [one.what for one in plan.withheld] == ([] if on else ["debug"])


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"debugs": None, "untold": "of `show debug` nothing"}, "not known: of `show debug` nothing"),
        ({"debugs": ("webvpn anyconnect",)}, "somebody else has debug on (webvpn anyconnect)"),
        ({"debugs": ("icmp trace",)}, "somebody else has debug on (icmp trace)"),
    ],
)
def test_why_there_is_no_debug(more: dict[str, Any], why: str) -> None:
    plan = plan_collection(present("logging debug-trace", **more), BOTH)
    assert (plan.debug, plan.undebug) == ("", "")
    assert why in plan.withheld[0].why
    # Where no debug comes, its way is left alone.
    assert "debug-trace" not in [step.key for step in plan.steps]


def test_a_trace_is_a_line_of_the_configuration() -> None:
    plan = plan_collection(present("logging debug-trace"), Wish(debug=True, max_sessions=9))
    assert plan.commands == ()
    assert "sends the lines" in plan.withheld[0].why


def test_nobody_connected_says_nothing_of_how_many_try() -> None:
    assert "not known" in plan_collection(present(sessions=0, none_now=True), BOTH).warnings[-1]


@pytest.mark.parametrize(
    ("lines", "harmful"),
    [
        (("logging console debugging",), True),
        (("logging enable", "logging console debugging"), False),
        (("logging flash-bufferwrap",), True),
        (("logging enable", "logging buffered errors", "logging flash-bufferwrap"), True),
        (("logging enable", "logging ftp-bufferwrap"), True),
        (("logging enable", "logging buffered debugging", "logging flash-bufferwrap"), False),
        (("logging asdm informational",), False),
        (("logging trap informational",), False),
    ],
)
def test_what_would_be_set_going_along_with_it(lines: tuple[str, ...], harmful: bool) -> None:
    plan = plan_collection(present(*lines), Wish(logging=True))
    assert bool(plan.withheld) is harmful
    assert bool(plan.steps) is not harmful


def test_what_begins_as_well_is_told() -> None:
    lines = ("logging host inside 10.0.0.9", "logging trap informational")
    plan = plan_collection(present(*lines), Wish(logging=True))
    assert "these begin as well: logging host inside 10.0.0.9, logging trap informational" in plan.warnings[0]
    assert not any("begin" in text for text in plan_collection(present("logging enable", *lines), BOTH).warnings)


def test_messages_that_are_switched_off_are_told() -> None:
    wish = Wish(logging=True, numbers=frozenset(("725012",)))
    plan = plan_collection(present("no logging message 725012", "no logging message 106015"), wish)
    assert any(text.endswith("in the log: 725012") for text in plan.warnings)


def test_nothing_is_wished_for() -> None:
    assert plan_collection(present(), Wish()) == CollectPlan()
