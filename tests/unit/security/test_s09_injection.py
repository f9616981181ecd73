"""S9: no text becomes a command that nobody meant: names go through an alphabet, lines through one last look."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model import AsaState, Plan
from ansible.module_utils.vpnphone.plan.desired import desired_of
from ansible.module_utils.vpnphone.renewal import recovery
from ansible.module_utils.vpnphone.transport import cucm_os, cucm_os_write
from ansible.module_utils.vpnphone.transport.asa import AsaSession
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plan.desk import PROFILE, device, plan_of, read
from tests.unit.security.instances import NOW
from tests.unit.security.product import SOURCES, calls, short

BREAKS = re.compile(r"[^ -~]|[?;|]")
PIECES = st.sampled_from(
    ["\n", "\r", "?", "\x03", "\x1a", "\x1b[A", ";", "|", " ", '"', "\u2028", "\x85", "\0", "write erase"]
)
ANY = st.one_of(
    st.text(st.characters(exclude_categories=()), max_size=20),
    st.lists(st.one_of(PIECES, st.just("VPN")), min_size=1, max_size=4).map("".join),
)
FULL: dict[str, Any] = PROFILE | {
    "ssl": {"ciphers": {"tlsv1.2": ["AES256-SHA", "AES128-SHA"]}},
    "dap": {"record": "VPNPhone", "action": "continue", "priority": 5},
}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths of all texts below a profile, those of keys that a person chooses included (None at the end)."""
    if isinstance(value, dict):
        found = [place for key, one in value.items() for place in leaves(one, (*path, key))]
        return [*found, (*path, None)] if path[-1:] == ("ciphers",) else found
    if isinstance(value, list):
        return [place for number, one in enumerate(value) for place in leaves(one, (*path, number))]
    return [path] if isinstance(value, str) else []


def put(value: Any, path: tuple[Any, ...], text: str) -> Any:
    head, *rest = path
    if head is None:
        return {text: next(iter(value.values()))}
    if isinstance(value, list):
        return [put(one, tuple(rest), text) if rest else text if at == head else one for at, one in enumerate(value)]
    return {key: (put(one, tuple(rest), text) if rest else text) if key == head else one for key, one in value.items()}


LEAVES = leaves(FULL)
BLOCKS = "group-policy GroupPolicy_VPNPhone internal\ntunnel-group VPNPhone type remote-access\n"
STATE: AsaState = read(device(BLOCKS))[0]


def commands(plan: Plan) -> list[str]:
    steps = plan.steps
    return [line for step in steps for line in (*step.mode, step.command, *step.inverse)] + [
        line for held in plan.withheld for line in held.commands
    ]


def test_s09_every_text_of_a_profile_is_tried() -> None:
    assert len(LEAVES) >= 11
    assert commands(plan_of(STATE, FULL))


@given(st.sampled_from(LEAVES), ANY)
def test_s09_any_wish_is_refused_or_typed_safely(path: tuple[Any, ...], text: str) -> None:
    try:
        plan = plan_of(STATE, put(FULL, path, text))
    except VpnPhoneError:
        return
    assert not [line for line in commands(plan) if BREAKS.search(line)]


def test_s09_a_wish_is_refused_with_one_error() -> None:
    with pytest.raises(VpnPhoneError) as caught:
        desired_of(put(FULL, ("tunnel_group", "name"), "VPN\nwrite erase"))
    assert "\n" not in str(caught.value)


@given(ANY, st.sampled_from(["outside", "inside", "node", "sources"]))
def test_s09_any_wish_for_a_recovery_is_refused_or_typed_safely(text: str, place: str) -> None:
    given: dict[str, Any] = {"outside": "outside", "inside": "inside", "node": "10.0.0.11", "sources": ["203.0.113.5"]}
    given[place] = [text] if place == "sources" else text
    try:
        one = recovery.opening("asa1", **given, until="2026-11-24 20:00", now=NOW)
    except VpnPhoneError:
        return
    made = recovery.steps(one, [], NOW)
    assert not [line for line in (*made.open, *made.close) if BREAKS.search(line)]


@given(ANY, ANY)
def test_s09_any_name_at_the_platforms_command_line(unit: str, file: str) -> None:
    for form, word in ((cucm_os_write.UNIT, unit), (cucm_os_write.FILE, file)):
        assert not form.fullmatch(word) or not re.search(r"[^!-~]|[?;|]", word)


class _Wire:
    """Stands in for the shell of a session."""

    def __init__(self) -> None:
        self.sent = b""

    def sendall(self, data: bytes) -> None:
        self.sent += data


@given(ANY)
def test_s09_the_last_look_is_at_the_wire(text: str) -> None:
    """Whatever got that far: one line, no control character; else nothing is sent and the line is not quoted."""
    session, wire = AsaSession.__new__(AsaSession), _Wire()
    session.remote_conn, session.name = wire, "asa1"
    try:
        session._write(text)
    except VpnPhoneError as error:
        assert wire.sent == b""
        assert error.code == "name_refused"
        assert not text.strip() or text not in str(error)
    except UnicodeEncodeError:
        assert wire.sent == b""
    else:
        assert not re.search(rb"[\x00-\x1f\x7f]", wire.sent[:-1])
        assert wire.sent.endswith(b"\n")


@pytest.mark.parametrize("way", ["run", "converse"])
def test_s09_the_same_at_the_platforms_wire(way: str) -> None:
    cli = cucm_os.PlatformCli.__new__(cucm_os.PlatformCli)
    cli._name = "cucm"
    more = (re.compile("x"), "") if way == "converse" else ()
    with pytest.raises(VpnPhoneError, match="name_refused"):
        getattr(cli, way)("show version\nutils system restart", *more)


def test_s09_nobody_else_writes_to_a_shell() -> None:
    senders = {
        short(path) for path in SOURCES for name, _ in calls(path) if re.search(r"\.(?:sendall|send_command)$", name)
    }
    assert senders <= {"module_utils/vpnphone/transport/asa.py", "module_utils/vpnphone/transport/cucm_os.py"}
