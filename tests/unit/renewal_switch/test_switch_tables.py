"""The pure parts of the switch: the applet, sessions, the log, handshakes, what is left of a plan."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused
from ansible.module_utils.vpnphone.model import Handshake, Probe, Session
from ansible.module_utils.vpnphone.model.renewal import (
    AsaRenewal,
    ClusterRenewal,
    GatewayNote,
    Journal,
    PhoneRenewal,
    SessionNote,
)
from ansible.module_utils.vpnphone.renewal import dead_man
from ansible.module_utils.vpnphone.renewal.dead_man import APPLET, Applet, applet_lines, parse_applet, why_not
from ansible.module_utils.vpnphone.renewal.switch_facts import canary_of, is_ours
from ansible.module_utils.vpnphone.renewal.switch_probe import Wanted, before_switch, ca_pins, problems, wanted_of
from ansible.module_utils.vpnphone.renewal.switch_watch import (
    Limits,
    alerts,
    blind,
    log_lines,
    log_mark,
    log_since,
    lost,
    phone_of,
    sessions_command,
    too_much,
)
from ansible.module_utils.vpnphone.x509 import read_pem
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.renewal_switch.kit import MADE, NOTES

BACK = "ssl trust-point OLD outside"
MINE = f"event manager applet {APPLET}"
# Self-made after Cisco's command reference.
SHOWN = f"""\
event manager applet OTHER, hits 1, last 2026/11/24 02:00:00
 event countdown 5 secs, left 0 secs, hits 1, last 2026/11/24 02:00:00
 action 1 cli command "reload", hits 1, last 2026/11/24 02:00:00
event manager applet {APPLET}, hits 0
 last file disk0:/eem.log
 event countdown 1800 secs, left 1799 secs, hits 0
 action 1 cli command "{BACK}", hits 0
event manager applet LATER, hits 0
 event none, hits 0
 action 1 cli command "show clock", hits 0
"""


# --- the dead man -----------------------------------------------------------------------------------------------------


def test_the_applet_as_it_is_shown() -> None:
    assert parse_applet(SHOWN) == Applet((BACK,), 1799, 0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("event manager applet OTHER, hits 0\n event countdown 5 secs, left 3 secs\n", None),
        (f"event manager applet {APPLET}2, hits 0\n", None),
        (f"event manager applet {APPLET}\n", Applet()),
        (f"{MINE}, hits 0\n event countdown 9 secs, left 0 secs, hits 1, last x\n", Applet((), 0, 1)),
        (f'{MINE}, hits 0\n action 1 cli command "a", hits 0\n action 2 cli command "b", hits 0\n',
         Applet(("a", "b"))),
        ("ERROR: % Invalid input detected at '^' marker.\n", None),
    ],
)  # fmt: skip
def test_other_answers(text: str, found: Applet | None) -> None:
    assert parse_applet(text) == found


@pytest.mark.parametrize(
    ("applet", "seconds", "runs"),
    [
        (Applet((BACK,), 100), 100, True),
        (Applet((BACK,), 99), 100, False),
        (Applet((BACK,), 0, 1), 0, False),
        (Applet((BACK,), None), 0, False),
        (Applet((), 100), 0, False),
        (Applet((BACK, "write memory"), 100), 0, False),
        (Applet(("ssl trust-point OTHER outside",), 100), 0, False),
    ],
)
def test_whether_it_runs(applet: Applet, seconds: int, runs: bool) -> None:
    assert applet.runs(BACK, seconds) is runs


def test_the_timer_is_typed_last() -> None:
    lines = applet_lines(BACK, 60)
    assert lines[0] == f"event manager applet {APPLET}"
    assert lines[-1] == "event timer countdown time 60"
    assert sum("timer" in line for line in lines) == 1


@pytest.mark.parametrize(
    ("release", "mode", "can"),
    [
        ((9, 2, 1, 0), "single", True),
        ((9, 16, 4, 85), "single", True),
        ((9, 1, 7, 0), "single", False),
        ((8, 4, 1, 0), "single", False),
        ((9, 16, 4, 0), "multiple", False),
        ((9, 16, 4, 0), None, False),
        (None, "single", False),
    ],
)
def test_where_it_can_be_armed(release: tuple[int, ...] | None, mode: str | None, can: bool) -> None:
    assert (why_not(release, mode) == "") is can


def test_the_longest_countdown() -> None:
    assert dead_man.countdown(604000, 500, 300) == 604800
    with pytest.raises(BadInput):
        dead_man.countdown(604000, 501, 300)


@given(st.text(max_size=2000) | st.lists(st.sampled_from(SHOWN.split("\n"))).map("\n".join))
def test_any_answer_has_an_end(text: str) -> None:
    found = parse_applet(text)
    assert found is None or APPLET in text


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("+ ssl trust-point NEW outside", True),
        ("- ssl trust-point OLD outside", True),
        ("+ ssl trust-point NEW Outside", True),
        ("+ ssl trust-point NEW inside", False),
        ("+ ssl trust-point OTHER outside", False),
        (f"+ event manager applet {APPLET}", True),
        (f"- event manager applet {APPLET} / output none", True),
        (f"+ event manager applet {APPLET}2", False),
        ("+ event manager applet OTHER", False),
    ],
)
def test_whose_line_of_difference(line: str, ours: bool) -> None:
    asa = AsaRenewal(name="fw", interface="outside", old_trustpoint="OLD", new_trustpoint="NEW")
    assert is_ours(line, asa) is ours


# --- sessions -------------------------------------------------------------------------------------------------------


def session(user: str, address: str = "203.0.113.1", index: int | None = 1) -> Session:
    return Session(username=user, index=index, public_ip=address, tunnel_group="VPNPhone")


def notes(*users: str) -> tuple[SessionNote, ...]:
    return tuple(SessionNote(username=user) for user in users)


A, B = "CP-7962G-SEP8CB64F000001", "CP-8841-SEP8CB64F000002"


@pytest.mark.parametrize(
    ("before", "now", "gone"),
    [
        ((A, B), (A, B), ()),
        ((A, B), (B,), ("SEP8CB64F000001",)),
        ((A,), (B,), ("SEP8CB64F000001",)),  # a newcomer does not stand in
        ((A, A), (A,), ("SEP8CB64F000001",)),
        ((A,), (A, A, B), ()),
        (("jdoe",), (), ("jdoe",)),
        ((), (A,), ()),
        ((A,), ("cp-7962g-sep8cb64f000001",), ()),
    ],
)
def test_who_is_lost(before: tuple[str, ...], now: tuple[str, ...], gone: tuple[str, ...]) -> None:
    assert lost(notes(*before), [session(user) for user in now]) == gone


def test_names_of_phones() -> None:
    assert phone_of(A) == "SEP8CB64F000001"
    assert phone_of("sep8cb64f00000a") == "SEP8CB64F00000A"
    assert phone_of("reception") == ""


@pytest.mark.parametrize(
    ("gone", "alerted", "code"),
    [(0, 0, ""), (1, 3, ""), (2, 0, "sessions_lost"), (0, 4, "handshakes_fail"), (2, 4, "sessions_lost")],
)
def test_the_thresholds(gone: int, alerted: int, code: str) -> None:
    found = too_much([f"SEP{number}" for number in range(gone)], alerted, Limits(1, 3))
    assert (found.code if found is not None else "") == code


def test_many_lost_are_counted() -> None:
    found = too_much([f"SEP{number}" for number in range(12)], 0, Limits(0, 0))
    assert found is not None
    assert "12 are lost" in found.why
    assert "and 2 more" in found.why


def test_how_sessions_are_asked_for() -> None:
    assert sessions_command((8, 3, 2, 0)) == "show vpn-sessiondb svc"
    assert sessions_command((8, 4, 1, 0)) == sessions_command(None) == "show vpn-sessiondb anyconnect"


def phone(name: str, **keys: Any) -> PhoneRenewal:
    return PhoneRenewal(**{"name": name, "cluster": "c", "asas": ("fw",), "proof": "proven", **keys})


@pytest.mark.parametrize(
    ("phones", "named", "kept", "user"),
    [
        ({}, "", "", None),
        ({"SEP8CB64F000001": {}}, "", "", A),
        ({"SEP8CB64F000001": {}, "SEP8CB64F000002": {}}, "", "", A),
        ({"SEP8CB64F000001": {"proof": "waived"}, "SEP8CB64F000002": {}}, "", "", B),
        ({"SEP8CB64F000001": {"proof": "waived"}}, "", "", A),
        ({"SEP8CB64F000001": {}, "SEP8CB64F000002": {}}, "", B, B),
        ({"SEP8CB64F000001": {}, "SEP8CB64F000002": {}}, "", "someone", A),
        ({"SEP8CB64F000001": {}, "SEP8CB64F000002": {}}, "SEP8CB64F000002", A, B),
        ({"SEP8CB64F000001": {}}, "SEP8CB64F000002", "", None),
        ({"SEP8CB64F000001": {"certificate_login": False}}, "", "", None),
        ({"SEP8CB64F000001": {"asas": ("other",)}}, "", "", None),
    ],
)
def test_which_phone_is_the_canary(phones: dict[str, Any], named: str, kept: str, user: str | None) -> None:
    journal = Journal(
        renewal="r", created=datetime.now(UTC), phones={name: phone(name, **keys) for name, keys in phones.items()}
    )
    assert canary_of(journal, "fw", [session(B), session(A)], named=named, kept=kept) == user


def test_a_name_that_cannot_be_typed_is_no_canary() -> None:
    journal = Journal(renewal="r", created=datetime.now(UTC), phones={"SEP8CB64F000001": phone("SEP8CB64F000001")})
    hostile = [session('SEP8CB64F000001" noconfirm'), session("SEP8CB64F000001;reload"), session("SEP8CB64F000001 x")]
    assert canary_of(journal, "fw", hostile) is None


# --- the log --------------------------------------------------------------------------------------------------------

HEAD = "Syslog logging: enabled\n    Facility: 20\n    Buffer logging: level debugging, 9 messages logged\n"
FAILED = "%ASA-6-725006: Device failed SSL handshake with client outside:{}/5000"
UNKNOWN_CA = "Nov 24 2026 02:00:00: %ASA-7-725014: SSL lib error. Function: X Reason: tlsv1 alert unknown ca"
PHONE_IPS = {"203.0.113.1", "203.0.113.2"}


def log(*lines: str) -> str:
    return HEAD + "".join(f"{line}\n" for line in lines)


def numbered(first: int, last: int) -> list[str]:
    return [f"%ASA-6-302013: Built connection {number}" for number in range(first, last)]


@pytest.mark.parametrize(
    ("before", "after", "new"),
    [
        (numbered(0, 20), numbered(0, 25), numbered(20, 25)),
        (numbered(0, 20), numbered(0, 20), []),
        (numbered(0, 3), numbered(0, 5), numbered(3, 5)),
        ([], numbered(0, 3), numbered(0, 3)),
        # The buffer has gone round: all that is left is new, for all that is known.
        (numbered(0, 20), numbered(30, 40), numbered(30, 40)),
        # Some of the lines that marked the place are gone.
        (numbered(0, 20), numbered(15, 25), numbered(15, 25)),
    ],
)
def test_what_is_new_in_the_log(before: list[str], after: list[str], new: list[str]) -> None:
    assert log_since(log(*after), log_mark(log(*before))) == new


def test_a_damaged_mark_hides_nothing() -> None:
    for mark in ("x", "3:", ":", "999:abc", "0:abc", "-1:abc"):
        assert log_since(log(*numbered(0, 3)), mark) == numbered(0, 3)


@given(st.lists(st.sampled_from(["a", "b"]), max_size=30), st.lists(st.sampled_from(["a", "b"]), max_size=30))
def test_nothing_that_came_later_is_passed_over(before: list[str], later: list[str]) -> None:
    old = [f"%ASA-6-302013: {word}" for word in before]
    new = [f"%ASA-6-725006: {word}" for word in later]
    found = log_since(log(*old, *new), log_mark(log(*old)))
    assert found[len(found) - len(new) :] == new


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([], 0),
        ([FAILED.format("203.0.113.1")], 1),
        ([FAILED.format("203.0.113.9")], 0),
        ([UNKNOWN_CA, FAILED.format("203.0.113.1")], 1),
        ([UNKNOWN_CA, FAILED.format("203.0.113.9")], 0),  # somebody else's browser
        ([UNKNOWN_CA], 1),
        ([UNKNOWN_CA, UNKNOWN_CA], 2),
        ([UNKNOWN_CA, "%ASA-6-302013: Built", FAILED.format("203.0.113.2")], 1),
        (["%ASA-7-725014: SSL lib error. Function: X Reason: no shared cipher"], 0),
        ([FAILED.format("203.0.113.1"), FAILED.format("203.0.113.2"), FAILED.format("203.0.113.1")], 3),
        (["%ASA-6-725006: Device failed SSL handshake with remote device outside:203.0.113.1/5000"], 0),
    ],
)
def test_alerts(lines: list[str], count: int) -> None:
    assert alerts(log_lines(log(*lines)), PHONE_IPS) == count


@given(st.lists(st.text(max_size=200) | st.sampled_from([UNKNOWN_CA, FAILED.format("203.0.113.1")]), max_size=50))
def test_any_log_is_counted(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert 0 <= alerts(log_since(text, log_mark(text)), PHONE_IPS) <= len(text)
    blind(text)


@pytest.mark.parametrize(
    ("head", "word"),
    [
        (HEAD, ""),
        (HEAD.replace("debugging", "informational"), "725014"),
        (HEAD.replace("level debugging, 9 messages logged", "disabled"), "725006"),
        (HEAD.replace("debugging", "critical"), "725006"),
        (HEAD.replace("enabled", "disabled"), "logging is off"),
        ("", "logging is off"),
    ],
)
def test_what_the_log_cannot_tell(head: str, word: str) -> None:
    found = blind(head)
    assert word in found
    assert bool(found) == bool(word)


# --- handshakes -----------------------------------------------------------------------------------------------------

URL = "https://vpn.example.com/VPNPhone"


def probes(**shown: tuple[str, ...]) -> tuple[Probe, ...]:
    """offer -> names of the certificates of the chain."""
    shakes = tuple(
        Handshake(
            offer=offer, suites=(), versions=(), status="ok" if chain else "alert",
            detail="" if chain else "handshake failure", chain=tuple(read_pem(MADE[name].pem) for name in chain),
        )
        for offer, chain in shown.items()
    )  # fmt: skip
    return (Probe(device="fw", url=URL, address="x:443", probed_at=datetime.now(UTC), handshakes=shakes),)


WANTED = (Wanted(URL, "a"), Wanted(URL, "b"))


def test_before_the_switch() -> None:
    found = before_switch(probes(a=("old", "issuing"), b=()), NOTES["old"], "fw")
    assert found.wanted == (Wanted(URL, "a"),)
    assert "as b shows no certificate (alert)" in found.warnings[0]
    assert wanted_of([one.command() for one in WANTED]) == WANTED
    assert wanted_of(["ssl trust-point NEW outside", "TLS https://x"]) == ()


@pytest.mark.parametrize(
    ("shown", "code"),
    [({"a": ("old",), "b": ("other",)}, "probe_differs"), ({"a": ()}, "probe_impossible"), ({}, "probe_impossible")],
)
def test_before_the_switch_refused(shown: dict[str, Any], code: str) -> None:
    with pytest.raises(ChangeRefused) as caught:
        before_switch(probes(**shown), NOTES["old"], "fw")
    assert caught.value.code == code


ISSUING = frozenset({NOTES["issuing"].sha1})


@pytest.mark.parametrize(
    ("shown", "pins", "count"),
    [
        ({"a": ("new",), "b": ("new",)}, None, 0),
        ({"a": ("new",), "b": ("old",)}, None, 1),
        ({"a": ("new",), "b": ()}, None, 1),
        ({"a": ("new",)}, None, 1),
        ({"a": (), "b": ()}, None, 2),
        # An offer that was not answered before need not be now; where it is, it counts.
        ({"a": ("new",), "b": ("new",), "c": ()}, None, 0),
        ({"a": ("new",), "b": ("new",), "c": ("other",)}, None, 1),
        ({"a": ("new", "issuing"), "b": ("new", "issuing", "root")}, ISSUING, 0),
        ({"a": ("new", "issuing"), "b": ("new",)}, ISSUING, 1),
        ({"a": ("new", "root"), "b": ("new", "issuing")}, ISSUING, 1),
        ({"a": ("new", "issuing"), "b": ("new", "issuing")}, frozenset(), 2),
    ],
)
def test_behind_the_switch(shown: dict[str, Any], pins: frozenset[str] | None, count: int) -> None:
    assert len(problems(probes(**shown), WANTED, NOTES["new"], pins)) == count


def test_which_ca_phones_pin() -> None:
    asa = AsaRenewal(name="fw", interface="outside", old_trustpoint="OLD", new_trustpoint="NEW")
    seen = probes(a=("new", "issuing", "root"))
    ca = NOTES["issuing"]
    gateway = GatewayNote(name="GW", url=URL, before=((ca.issuer, ca.serial.upper()),))
    clusters = {"c": ClusterRenewal(name="c", gateways={"GW": gateway})}
    journal = Journal(renewal="r", created=datetime.now(UTC), clusters=clusters)
    assert ca_pins(journal, asa, seen) is None
    pinned = Journal(renewal="r", created=datetime.now(UTC), clusters=clusters, pinned_ca=True)
    assert ca_pins(pinned, asa, seen) == {ca.sha1}
    assert ca_pins(pinned, asa, probes(a=("new", "root"))) == frozenset()
    with_pin = AsaRenewal(name="fw", interface="outside", old_trustpoint="O", new_trustpoint="N", pin=NOTES["root"])
    assert ca_pins(journal, with_pin, seen) == {NOTES["root"].sha1}
