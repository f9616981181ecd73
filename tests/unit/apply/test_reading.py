"""Answers judged, configurations compared, roles read: tables, and properties for what comes from outside."""

from __future__ import annotations

from typing import Literal

import pytest
from ansible.module_utils.vpnphone.apply.dap_file import same_file
from ansible.module_utils.vpnphone.apply.judge import judge, told
from ansible.module_utils.vpnphone.apply.readback import Reading, changed_outside, unsaved_lines
from ansible.module_utils.vpnphone.apply.role import check_place, check_role, role_of
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model import AsaState, Desired, Failover, Plan, Step
from hypothesis import given
from hypothesis import strategies as st

GROUP = ("tunnel-group VPNPhone webvpn-attributes",)
IN_USE = "Removing group-policy X not allowed, it is being used."
MISSING = "Removing object-group (X) failed; it does not exist"


# --- answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        ("", None),
        ("INFO: all right\n", None),
        ("ERROR: % Invalid input detected at '^' marker.\n", "ERROR: % Invalid input detected at '^' marker."),
        ("   ^\nERROR: % Incomplete command\n", "ERROR: % Incomplete command"),
        ("Command authorization failed\n", "Command authorization failed"),
        (f"{IN_USE}\n", IN_USE),
        (f"{MISSING}\n", MISSING),
        # Behind a warning that is longer than any refusal.
        ("WARNING: a\n" * 20 + "ERROR: no\n", "ERROR: no"),
        # Words that only look like one.
        ("the ERROR: was yesterday\n", None),
        ("description of Removing nothing\n", None),
    ],
)
def test_refusals(answer: str, refusal: str | None) -> None:
    assert judge(answer).refusal == refusal


def test_warnings() -> None:
    found = judge("WARNING: one\n  detail\nINFO: password SECRET\nNOTICE: three\nWARNINGS are no warning\n")
    assert found.refusal is None
    assert found.warnings == ("WARNING: one", "INFO: password SECRET", "NOTICE: three")
    assert len(judge("WARNING: x\n" * 999).warnings) == 20


@given(st.text(max_size=3000))
def test_any_answer_can_be_told(answer: str) -> None:
    judged = judge(answer)
    assert len(told(answer)) <= 2000
    assert all(line.isprintable() for line in judged.warnings)
    assert judged.refusal is None or (judged.refusal.isprintable() and len(judged.refusal) <= 200)


def test_no_secret_is_told() -> None:
    assert "hunter2" not in told("enable password hunter2 encrypted\n")


# --- configurations -------------------------------------------------------------------------------------------------


def reading(running: str, startup: str | None = None) -> Reading:
    return Reading(AsaState(device="fw", origin="live"), None, running, startup)


def plan(*steps: Step) -> Plan:
    return Plan(device="fw", desired=Desired(tunnel_group_name="VPNPhone"), state_hash="0", steps=steps)


CONFIG = """\
: Saved
:
ASA Version 9.16(4)
!
hostname fw
interface GigabitEthernet0/0
 nameif outside
!
ssl cipher tlsv1 medium
group-policy GP internal
group-policy GP attributes
 vpn-simultaneous-logins 0
 vpn-filter value ACL
tunnel-group VPNPhone webvpn-attributes
 group-alias P enable
Cryptochecksum:00000000
: end
"""
STEPS = (
    Step(area="group_policy", mode=("group-policy GP attributes",), command="vpn-simultaneous-logins 3"),
    Step(area="tunnel_group", mode=GROUP, command="without-csd"),
    Step(area="ssl", command='ssl cipher tlsv1 custom "AES256-SHA"'),
    Step(area="group_policy", command="group-policy NEW internal"),
)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("", "", ()),
        (" vpn-simultaneous-logins 0\n", " vpn-simultaneous-logins 3\n", ()),
        (" group-alias P enable\n", " group-alias P enable\n without-csd\n", ()),
        ("ssl cipher tlsv1 medium\n", 'ssl cipher tlsv1 custom "AES256-SHA"\n', ()),
        (
            "group-policy GP internal\n",
            "group-policy NEW internal\ngroup-policy NEW attributes\n a b\ngroup-policy GP internal\n",
            (),
        ),
        ("Cryptochecksum:00000000", "Cryptochecksum:12345678", ()),
        (": Saved", ": Saved\n: Written by x at y", ()),
        ("hostname fw\n", "hostname fx\n", ("- hostname fw", "+ hostname fx")),
        (
            " nameif outside\n",
            " nameif dmz\n",
            ("- interface GigabitEthernet0/0 / nameif outside", "+ interface GigabitEthernet0/0 / nameif dmz"),
        ),
        # In a block of the plan, but not by it.
        (" vpn-filter value ACL\n", "", ("- group-policy GP attributes / vpn-filter value ACL",)),
        (
            " group-alias P enable\n",
            " group-alias P enable\n group-url https://x enable\n",
            ("+ tunnel-group VPNPhone webvpn-attributes / group-url https://x enable",),
        ),
        ("hostname fw\n", "hostname fw\nenable password hunter2\n", ("+ enable password <removed>",)),
        # Below a header, too; and nothing that a terminal would obey.
        (
            " group-alias P enable\n",
            " group-alias P enable\n ikev1 pre-shared-key hunter2\n",
            ("+ tunnel-group VPNPhone webvpn-attributes / ikev1 pre-shared-key <removed>",),
        ),
        ("hostname fw\n", "hostname fw\x1b[2J\x07\n", ("- hostname fw", "+ hostname fw?[2J?")),
    ],
)
def test_what_no_command_explains(old: str, new: str, found: tuple[str, ...]) -> None:
    assert old in CONFIG
    after = CONFIG.replace(old, new, 1) if old else CONFIG
    assert changed_outside(reading(CONFIG), reading(after), plan(*STEPS)) == found


def test_a_header_that_entering_a_block_makes_is_no_change_of_others() -> None:
    bare = CONFIG.replace("tunnel-group VPNPhone webvpn-attributes\n group-alias P enable\n", "")
    after = bare.replace("Crypto", "tunnel-group VPNPhone webvpn-attributes\n without-csd\nCrypto")
    assert changed_outside(reading(bare), reading(after), plan(*STEPS)) == ()


def test_unsaved_lines() -> None:
    assert unsaved_lines(reading(CONFIG, CONFIG.replace(": Saved", ": Saved\n: Written by enable_15")), "fw") == ()
    startup = CONFIG.replace(" nameif outside\n", "").replace("hostname fw", "hostname old")
    assert unsaved_lines(reading(CONFIG, startup), "fw") == (
        "- hostname old",
        "+ hostname fw",
        "+ interface GigabitEthernet0/0 / nameif outside",
    )
    # The two print a secret in different ways.
    with_key = CONFIG + "enable password AAAA encrypted\n"
    assert unsaved_lines(reading(with_key, with_key.replace("AAAA", "*****")), "fw") == ()
    with pytest.raises(ChangeRefused) as caught:
        unsaved_lines(reading(CONFIG), "fw")
    assert caught.value.code == "state_unknown"


@given(st.text(alphabet="ab: !\n", max_size=300), st.text(alphabet="ab: !\n", max_size=300))
def test_comparing_any_texts(one: str, other: str) -> None:
    assert unsaved_lines(reading(one, one), "fw") == ()
    there, back = unsaved_lines(reading(other, one), "fw"), unsaved_lines(reading(one, other), "fw")
    assert sorted(line[2:] for line in there) == sorted(line[2:] for line in back)
    assert (there == ()) == (back == ())


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (None, None, True),
        (None, "", False),
        ("<a/>", "<a/>\n", True),
        ("<a>\r\n</a>", "<a>\n</a>", True),
        ("<a/>", "<a />", False),
        (" <a/>", "<a/>", False),
    ],
)
def test_files_as_a_terminal_shows_them(one: str | None, other: str | None, same: bool) -> None:
    assert same_file(one, other) is same


# --- roles ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failover", "role"),
    [
        (None, "unsure"),
        (Failover(enabled=False), "active"),
        (Failover(enabled=False, this_state="pseudo-Standby"), "standby"),
        (Failover(enabled=True, this_state="Active"), "active"),
        (Failover(enabled=True, this_state="Standby Ready"), "standby"),
        (Failover(enabled=True, this_state="Cold Standby"), "unsure"),
        (Failover(enabled=True, this_state="Negotiation"), "unsure"),
        (Failover(enabled=True, this_state="Failed"), "unsure"),
        (Failover(enabled=True, this_state=""), "unsure"),
        (Failover(enabled=True, this_state="mixed: group 1 Active, group 2 Standby Ready"), "unsure"),
    ],
)
def test_roles(failover: Failover | None, role: str) -> None:
    found = role_of(failover)
    assert found == role
    if found == "active":
        check_role(found, "fw")
        return
    with pytest.raises(ChangeRefused) as caught:
        check_role(found, "fw")
    assert caught.value.code == ("standby_unit" if found == "standby" else "role_unsure")


@pytest.mark.parametrize(
    ("mode", "context", "code"),
    [
        ("single", "", ""),
        ("multiple", "VPN", ""),
        ("multiple", "", "context_missing"),
        ("multiple", "system", "context_system"),
        (None, "", "state_unknown"),
    ],
)
def test_places(mode: Literal["single", "multiple"] | None, context: str, code: str) -> None:
    state = AsaState(device="fw", origin="live", mode=mode)
    if not code:
        check_place(state, context, "fw")
        return
    with pytest.raises(ChangeRefused) as caught:
        check_place(state, context, "fw")
    assert caught.value.code == code
