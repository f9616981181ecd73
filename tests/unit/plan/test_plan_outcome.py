"""What became of a change, in plain words: what was sent, what stands, what is saved, what is still to do."""

from __future__ import annotations

import unicodedata
from typing import Any, get_args

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import (
    Change,
    ChangeOutcome,
    ManualStep,
    Sent,
    Standing,
    Step,
    Withheld,
)
from ansible.module_utils.vpnphone.plan.render import change_text
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plan.desk import plan_of
from tests.unit.plan.states import asa
from tests.unit.plan.test_plan_make import whole

PLAN = plan_of(
    asa(),
    {
        "tunnel_group": {"name": "VPNPhone", "without_csd": True},
        "group_policy": {"simultaneous_logins": 9, "vpn_filter": "none"},
    },
)


def sent(step: Step, **fields: Any) -> Sent:
    return Sent(command=step.command, mode=step.mode, **fields)


def stands(*values: bool | None) -> tuple[Standing, ...]:
    pairs = zip(PLAN.steps, values, strict=True)
    return tuple(Standing(command=step.command, mode=step.mode, stands=value) for step, value in pairs)


def text_of(outcome: ChangeOutcome, **fields: Any) -> str:
    return change_text(Change(device="asa1", outcome=outcome, plan=fields.pop("plan", PLAN), **fields))


@pytest.mark.parametrize("outcome", get_args(ChangeOutcome))
def test_every_outcome_has_plain_words(outcome: ChangeOutcome) -> None:
    text = text_of(outcome)
    assert text.startswith(f"asa1: {outcome.replace('_', ' ')}\n=====")
    assert f"Plan {PLAN.hash}" in text
    bad = outcome in ("rolled_back", "partial", "unknown")
    assert ("FAILED" in text) == bad


def test_an_applied_change() -> None:
    text = text_of(
        "applied",
        sent=(
            Sent(command="copy /noconfirm running-config disk0:/vpnphone-1-running.cfg", purpose="backup"),
            *(sent(step) for step in PLAN.steps),
            Sent(command="write memory", purpose="save", answer="Building configuration...\n[OK]"),
        ),
        saved=True,
        backups=("disk0:/vpnphone-1-running.cfg",),
    )
    assert "Saved: `write memory` said [OK]." in text
    assert "Backups made first, in order:\n  copy /noconfirm running-config" in text
    assert "Sent, in order:\n  group-policy GP attributes / vpn-simultaneous-logins 9\n" in text
    assert "Sent to save it, in order:\n  write memory\n    ! Building configuration...\n    ! [OK]\n" in text
    assert "  disk0:/vpnphone-1-running.cfg\n" in text
    assert "What stands" not in text


def test_what_is_not_approved_does_not_pass_for_done() -> None:
    words = "the device is as the profile wants it"
    bare = msgspec.structs.replace(PLAN, manual=())
    assert f"{words}." in text_of("nothing_to_do", plan=bare)
    held = msgspec.structs.replace(
        bare, withheld=(Withheld(area="ssl", commands=(), hits="", variable="vpnphone_approve_ssl"),)
    )
    by_hand = msgspec.structs.replace(bare, manual=(ManualStep(what="put the file there", why="", steps=()),))
    for plan, left in ((held, "approve it with vpnphone_approve_ssl"), (by_hand, "by a person: put the file there")):
        text = text_of("nothing_to_do", plan=plan)
        assert f"{words}, but for what is still to do below." in text
        assert left in text
        # An applied change proves what was sent, and no more.
        assert words not in text_of("applied", plan=plan)


def test_what_is_not_saved_says_what_that_means() -> None:
    text = text_of("applied", saved=False, save_note="`write memory` did not say [OK]")
    assert "NOT SAVED (`write memory` did not say [OK])." in text
    assert "To save it: `write memory`." in text
    # A half change is not to be saved.
    assert "To save it" not in text_of("partial", saved=False)


@pytest.mark.parametrize("note", ["", "vpnphone_save is never"])
def test_where_nothing_is_to_be_saved_the_note_alone_is_said(note: str) -> None:
    text = text_of("planned", save_note=note)
    assert "SAVED" not in text
    assert "Saved" not in text
    assert note in text


def test_a_half_change_is_told_command_by_command_with_the_way_back() -> None:
    text = text_of(
        "partial",
        sent=(sent(PLAN.steps[0]), sent(PLAN.steps[1], verdict="refused", answer="ERROR: no")),
        standing=stands(True, None, False),
        error={"code": "command_refused", "what": "`vpn-filter none` was refused.", "where": "asa1", "todo": "Look."},
    )
    assert "Why   asa1: `vpn-filter none` was refused. [command_refused]\nTo do Look.\n" in text
    assert (
        "  stands          group-policy GP attributes / vpn-simultaneous-logins 9\n"
        "  not known       group-policy GP attributes / vpn-filter none\n"
        "  does not stand  tunnel-group VPNPhone webvpn-attributes / without-csd\n"
    ) in text
    assert (
        "To undo what stands, by hand:\n  configure terminal\n  group-policy GP attributes\n"
        "   no vpn-simultaneous-logins\n"
    ) in text
    assert (
        "Look first whether these stand; then, for those that do:\n  group-policy GP attributes\n   no vpn-filter\n"
    ) in text
    assert "vpn-filter none   <- REFUSED\n    ! ERROR: no\n" in text


def test_where_all_is_undone_nothing_is_to_be_undone() -> None:
    text = text_of("rolled_back", standing=stands(False, False, False))
    assert "To undo" not in text
    assert "Look first" not in text


def test_an_answer_that_did_not_come_is_no_yes() -> None:
    assert "<- NO WHOLE ANSWER" in text_of("unknown", sent=(sent(PLAN.steps[0], verdict="doubtful"),))


@pytest.mark.parametrize(("standing", "told"), [(True, True), (None, True), (False, False)])
def test_the_file_has_a_way_back_of_its_own(standing: bool | None, told: bool) -> None:
    plan = whole(None, "ssl", "dap_xml")
    text = text_of("partial", plan=plan, standing=(Standing(command="disk0:/dap.xml", stands=standing),))
    assert ("copy its backup back over disk0:/dap.xml" in text) == told


def test_what_the_plan_left_is_named_again() -> None:
    plan = whole()
    text = text_of("applied", plan=plan)
    assert "ssl was not sent: approve it with vpnphone_approve_ssl" in text
    assert "Put the new disk0:/dap.xml on the ASA" in text


def test_secrets_and_escapes_in_an_answer_are_not_passed_on() -> None:
    # A made-up secret; the escape stands within the word that tells of it.
    answer = "tunnel-group X ipsec-attributes\n ikev1 pre-shared-\x1b[0mkey hunter2canary\n\x1b]0;evil\x07x"
    text = text_of(
        "rolled_back",
        sent=(sent(PLAN.steps[0], answer=answer),),
        warnings=("enable password hunter2canary encrypted\x1b[2J",),
        error={"code": "x", "what": "snmp-server community hunter2canary", "where": "", "todo": ""},
    )
    assert "hunter2canary" not in text
    assert "\x1b" not in text
    assert "evil" not in text


HOSTILE = st.text() | st.text(alphabet="a \n\r\t\x00\x1b[2J\x07\u202e\u2028\x9b]0;x\x07")


@given(text=HOSTILE)
def test_no_text_of_a_device_reaches_a_terminal_as_more_than_text(text: str) -> None:
    found = text_of(
        "partial",
        sent=(Sent(command=text, mode=(text,), answer=text),),
        standing=(Standing(command=text, mode=(text,)),),
        saved=False,
        save_note=text,
        backups=(text,),
        warnings=(text,),
        error={"code": text, "what": text, "where": text, "todo": text},
    )
    for line in found.split("\n"):
        assert not [char for char in line if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char != "\t"]


def test_a_long_answer_is_cut_and_says_so() -> None:
    text = text_of("applied", sent=(sent(PLAN.steps[0], answer="line\n" * 40),))
    assert text.count("    ! line") == 12
    assert "    ! ... 28 more lines" in text
