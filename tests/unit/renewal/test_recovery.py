"""What is opened for phones whose certificate has ended: agreed in words, typed by a person, and seen gone again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.renewal.checks import Check, PreflightPage
from ansible.module_utils.vpnphone.renewal.recovery import (
    GOOD,
    MAX_SOURCES,
    NAME,
    Opening,
    Shown,
    agrees,
    only_ended,
    opening,
    outcome,
    render,
    sentence,
    shown,
    steps,
)
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)
NODE = "10.0.0.11"


def wished(**changed: Any) -> Opening:
    words: dict[str, Any] = {
        "outside": "outside", "inside": "inside", "node": NODE, "sources": ["203.0.113.57", "198.51.100.0/28"],
        "until": "2026-11-24 22:30",
    }  # fmt: skip
    return opening("asa-1", now=NOW, **words | changed)


# --- what is wished for -----------------------------------------------------------------------------------------------


def test_what_is_wished_for_is_said_in_one_sentence() -> None:
    assert sentence(wished()) == (
        "OPEN 10.0.0.11 ON asa-1 TO 203.0.113.57/32 198.51.100.0/28 UNTIL 2026-11-24 22:30 UTC"
    )


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"node": "cucm-tftp1"}, "no address"),
        ({"node": "2001:db8::1"}, "IPv6"),
        ({"node": "10.0.0.11 any"}, "no address"),
        ({"sources": []}, "0 sources"),
        ({"sources": ["0.0.0.0/0"]}, "too much"),
        ({"sources": ["10.0.0.0/23"]}, "too much"),
        ({"sources": ["10.0.0.1/24"]}, "has host bits set"),
        ({"sources": ["2001:db8::/64"]}, "too much"),
        ({"sources": ["any"]}, "neither an address nor a network"),
        ({"sources": [f"192.0.2.{n}" for n in range(MAX_SOURCES + 1)]}, "51 sources"),
        ({"until": ""}, "no time between now"),
        ({"until": "2026-11-24 20:00"}, "no time between now"),
        ({"until": "2026-11-25 20:00:01"}, "no time between now"),
        ({"until": "tomorrow"}, "no time between now"),
        ({"inside": "inside) any"}, "no interface"),
        ({"outside": "out\nside"}, "no interface"),
    ],
)
def test_what_is_too_much_or_no_line_of_an_asa_is_refused(changed: dict[str, Any], word: str) -> None:
    with pytest.raises(BadInput, match="asa-1") as caught:
        wished(**changed)
    assert caught.value.code == "bad_recovery"
    assert word in caught.value.what
    assert caught.value.todo


def test_the_boundaries_are_good() -> None:
    assert wished(sources=["10.0.0.0/24"]).sources == ("10.0.0.0/24",)
    assert len(wished(sources=[f"192.0.2.{n}" for n in range(MAX_SOURCES)]).sources) == MAX_SOURCES
    assert wished(until="2026-11-25T20:00:00Z").until == NOW + timedelta(hours=24)
    assert wished(until="2026-11-24T21:00:00+00:30").until == NOW + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        (sentence(wished()), True),
        (f"  {sentence(wished()).replace(' ', '  ')} ", True),
        (sentence(wished()).lower(), False),
        (sentence(wished(until="2026-11-24 22:31")), False),
        ("yes", False),
        ("", False),
    ],
)
def test_nobody_agrees_to_anything_else(typed: str, good: bool) -> None:
    assert agrees(typed, wished()) is good


# --- what is typed ----------------------------------------------------------------------------------------------------


def test_steps_where_no_list_is_bound() -> None:
    found = steps(wished(), [], datetime(2026, 11, 24, 23, 30))
    assert found.open == (
        f"time-range {NAME}",
        " absolute end 23:30 24 November 2026",
        f"object network {NAME}",
        " host 10.0.0.11",
        " nat (inside,outside) static interface service udp tftp tftp",
        f"access-list {NAME} extended permit udp host 203.0.113.57 host 10.0.0.11 eq tftp time-range {NAME}",
        f"access-list {NAME} extended permit udp 198.51.100.0 255.255.255.240 host 10.0.0.11 eq tftp time-range {NAME}",
        f"access-group {NAME} in interface outside",
    )
    assert found.close[0] == f"no access-group {NAME} in interface outside"
    assert found.close[-2:] == (f"no object network {NAME}", f"no time-range {NAME}")


def test_steps_go_before_the_lines_of_a_list_that_is_bound() -> None:
    config = ["access-group OUTSIDE_IN in interface outside", "access-group DMZ_IN in interface dmz"]
    found = steps(wished(), config, NOW.replace(tzinfo=None))
    assert [line.split(" extended")[0] for line in found.open if line.startswith("access-list")] == [
        "access-list OUTSIDE_IN line 1",
        "access-list OUTSIDE_IN line 2",
    ]
    assert not [line for line in (*found.open, *found.close) if "access-group" in line]
    assert all(line.startswith("no access-list OUTSIDE_IN extended permit udp ") for line in found.close[:2])


def test_our_own_list_is_none_that_was_there_before() -> None:
    bound = [f"access-group {NAME} in interface outside"]
    assert steps(wished(), bound, NOW) == steps(wished(), [], NOW)


@pytest.mark.hypothesis
@given(st.lists(st.ip_addresses(v=4).map(str), min_size=1, max_size=8, unique=True))
def test_what_is_opened_is_seen_and_what_is_closed_is_gone(sources: list[str]) -> None:
    plan = steps(wished(sources=sources), [], NOW)
    before = [
        "hostname asa-1",
        "object network PHONES",
        " subnet 10.9.0.0 255.255.0.0",
        "access-list X extended deny ip any any",
    ]
    assert shown(before, NODE).gone
    after = [*before, *plan.open]
    assert len(shown(after, NODE).through) == 1
    closed = applied(after, plan.close)
    assert closed == before
    assert shown(closed, NODE).gone


def applied(lines: list[str], commands: Iterable[str]) -> list[str]:
    """The configuration after these `no` lines; a line goes with its block."""
    for command in commands:
        wanted, kept, inside = command.removeprefix("no "), [], False
        for line in lines:
            inside = line == wanted or (inside and line.startswith(" "))
            if not inside:
                kept.append(line)
        lines = kept
    return lines


# --- what stands ------------------------------------------------------------------------------------------------------

OBJECT = ["object network TFTP1", " host 10.0.0.11"]


@pytest.mark.parametrize(
    ("config", "open_"),
    [
        ([*OBJECT, " nat (inside,outside) static interface service udp tftp tftp"], True),
        ([*OBJECT, " nat (inside,outside) static interface service udp 69 69"], True),
        ([*OBJECT, " nat (inside,outside) static 198.51.100.7"], True),
        ([*OBJECT, " nat (inside,outside) static interface service tcp 6970 6970"], True),
        # Its block of the translation comes behind all objects, as an ASA prints it.
        ([*OBJECT, "access-list X extended permit ip any any", "object network TFTP1",
          " nat (inside,outside) static 198.51.100.7"], True),
        (["nat (inside,outside) source static TFTP1 interface service TFTP TFTP", *OBJECT], True),
        (["nat (inside,outside) source static 10.0.0.11 198.51.100.7"], True),
        (["static (inside,outside) udp interface tftp 10.0.0.11 tftp netmask 255.255.255.255"], True),
        (["static (inside,outside) 198.51.100.7 10.0.0.11 netmask 255.255.255.255"], True),
        # Nobody outside reaches it by these.
        ([*OBJECT, " nat (inside,outside) dynamic interface"], False),
        ([*OBJECT, " nat (inside,outside) static interface service tcp https https"], False),
        (["static (inside,outside) tcp interface https 10.0.0.11 https netmask 255.255.255.255"], False),
        (["nat (inside,outside) source static TFTP1 TFTP1 destination static VPN VPN", *OBJECT], False),
        (["object network WEB", " host 10.0.0.80", " nat (inside,outside) static interface service udp 69 69"], False),
        (["static (inside,outside) 198.51.100.7 10.0.0.111 netmask 255.255.255.255"], False),
        ([], False),
    ],
)  # fmt: skip
def test_whatever_lets_somebody_reach_the_node_counts(config: list[str], open_: bool) -> None:
    assert bool(shown(config, NODE).through) is open_


def test_what_is_left_of_ours_counts_too() -> None:
    found = shown([f"time-range {NAME}", " absolute end 22:00 24 November 2026"], NODE)
    assert (found.through, found.left, found.gone) == ((), (f"time-range {NAME}",), False)


@pytest.mark.hypothesis
@given(st.lists(st.text(max_size=60), max_size=20))
def test_hostile_configurations_are_read(lines: list[str]) -> None:
    found = shown(lines, NODE)
    assert found.gone == (not found.through and not found.left)
    steps(wished(), lines, NOW)


# --- how it goes on ---------------------------------------------------------------------------------------------------

GONE, THERE = Shown((), ()), Shown(("nat",), ())


@pytest.mark.parametrize(
    ("seen_before", "seen", "now", "word"),
    [
        (False, GONE, NOW, "agreed"),
        (False, THERE, NOW, "open"),
        (True, THERE, wished().until - timedelta(seconds=1), "open"),
        (True, THERE, wished().until, "overdue"),
        (False, THERE, wished().until + timedelta(days=3), "overdue"),
        (True, GONE, NOW, "closed"),
        # Nobody ever opened it.
        (False, GONE, wished().until, "closed"),
        (True, Shown((), ("time-range",)), NOW, "open"),
    ],
)
def test_outcomes(seen_before: bool, seen: Shown, now: datetime, word: str) -> None:
    kept = replace(wished(), by="J. Doe", agreed=NOW, seen=NOW if seen_before else None)
    assert outcome(kept, seen, now) == word


def test_what_was_closed_and_is_open_again_is_told() -> None:
    kept = replace(wished(), seen=NOW, closed=NOW)
    assert outcome(kept, GONE, NOW) == "closed"
    assert outcome(kept, THERE, NOW) == "open"


def test_only_what_leaves_nothing_to_do_is_good() -> None:
    assert {"none", "agreed", "closed"} == GOOD


def test_texts_say_what_to_type() -> None:
    plan = steps(wished(), [], NOW)
    asked = render(wished(), "asked", plan, GONE, NOW, 5)
    assert sentence(wished()) in asked
    assert all(line in asked for line in plan.open)
    assert "ATTENTION" not in asked
    assert "ATTENTION: it can be reached already" in render(wished(), "asked", plan, THERE, NOW, 5)
    overdue = render(wished(), "overdue", plan, THERE, NOW, 5)
    assert "PAST ITS TIME" in overdue
    assert all(line in overdue for line in plan.close)
    assert "for 2 h 30 min more" in render(wished(), "open", plan, THERE, NOW, 5)


def page(*stops: str) -> PreflightPage:
    checks = tuple(Check(id=name, title="", verdict="no-go") for name in stops)
    return PreflightPage(renewal="r", at=NOW, run="x", verdict="NO-GO", checks=checks)


@pytest.mark.parametrize(
    ("found", "only"),
    [
        (page("runway", "VPNP-114"), True),
        (page("runway"), True),
        (page("VPNP-114"), False),
        (page("runway", "VPNP-114", "same-cn"), False),
        (page(), False),
        (None, False),
    ],
)
def test_a_renewal_goes_on_only_where_nothing_else_stops_it(found: PreflightPage | None, only: bool) -> None:
    assert only_ended(found) is only
