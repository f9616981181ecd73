"""The gates: exactly what was approved, by somebody, in its turn."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model.renewal import Action, Event, Journal, StageName, StagePlan
from ansible.module_utils.vpnphone.renewal.gates import (
    check_gate,
    check_rollback,
    plan_hash,
    rollback_token,
    stage_token,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.renewal.builders import NOW, journal, plan, put, ready_for

PLAN = plan("switch", "asa-1", "arm", "bind", "save")
OTHER = plan("switch", "asa-2", "arm", "bind", "save")


def planned(**changes: object) -> Journal:
    """The switch of both ASAs is planned, and everything before it is done."""
    found = put(ready_for("switch", "asa-1"), "export", "asa-2", "done")
    found = put(found, "certificate", "asa-2", "done")
    found = put(found, "switch", "asa-1", "planned", plan=PLAN)
    return msgspec.structs.replace(put(found, "switch", "asa-2", "planned", plan=OTHER), **changes)


def refused(found: Journal, asked: StagePlan = PLAN, approval: str = "", by: str = "bob") -> ChangeRefused:
    with pytest.raises(ChangeRefused) as caught:
        check_gate(found, "switch", "asa-1", asked, approval, by)
    assert not caught.value.unreachable
    return caught.value


# --- hashes and tokens ------------------------------------------------------------------------------------------------


def test_the_hash_leaves_itself_out() -> None:
    assert plan_hash(PLAN) == plan_hash(msgspec.structs.replace(PLAN, hash="")) == PLAN.hash
    assert len(PLAN.hash) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "cleanup"},
        {"target": "asa-2"},
        {"actions": PLAN.actions[:2]},
        {"actions": PLAN.actions[::-1]},
        {"actions": (*PLAN.actions[:2], msgspec.structs.replace(PLAN.actions[2], text="Save it"))},
        {"actions": (*PLAN.actions[:2], msgspec.structs.replace(PLAN.actions[2], commands=("write",)))},
        {"actions": (*PLAN.actions[:2], msgspec.structs.replace(PLAN.actions[2], undo=()))},
        {"facts": ("bound: NEW",)},
        {"warnings": ("one phone is off-line",)},
    ],
)
def test_whatever_an_approver_saw_is_in_the_hash(change: dict[str, object]) -> None:
    assert plan_hash(msgspec.structs.replace(PLAN, **change)) != PLAN.hash


TEXTS = st.text(max_size=8)


@given(st.lists(TEXTS, max_size=4), st.lists(TEXTS, max_size=4))
def test_two_plans_have_one_hash_only_where_they_are_one(one: list[str], other: list[str]) -> None:
    """No text of a device can make one plan look like another: nothing is joined."""
    first = StagePlan(stage="switch", target="asa-1", actions=(Action(id="a", text="", commands=tuple(one)),))
    second = StagePlan(stage="switch", target="asa-1", actions=(Action(id="a", text="", commands=tuple(other)),))
    assert (plan_hash(first) == plan_hash(second)) == (one == other)


def test_the_token_is_what_the_contract_says() -> None:
    text = f"spring|switch|asa-1:{PLAN.hash}|asa-2:{OTHER.hash}"
    assert stage_token(planned(), "switch") == hashlib.sha256(text.encode()).hexdigest()[:12]


def test_the_token_is_bound_to_renewal_stage_and_plans() -> None:
    tokens = {
        stage_token(planned(), "switch"),
        stage_token(planned(renewal="autumn"), "switch"),
        stage_token(put(planned(), "switch", "asa-2", "pending"), "switch"),
        stage_token(put(planned(), "switch", "asa-2", "planned", plan=plan("switch", "asa-2", "arm")), "switch"),
        rollback_token(planned(), "switch"),
    }
    assert len(tokens) == 5


@pytest.mark.parametrize("status", ["running", "done", "refused", "returned"])
def test_the_token_stays_while_the_stage_goes_on(status: str) -> None:
    assert stage_token(put(planned(), "switch", "asa-2", status, plan=OTHER), "switch") == stage_token(
        planned(), "switch"
    )


def test_nothing_planned_has_no_token() -> None:
    assert stage_token(journal(), "switch") == rollback_token(journal(), "switch") == ""


# --- the gate ---------------------------------------------------------------------------------------------------------


def test_the_right_token_and_a_name_open_it() -> None:
    found = planned()
    token = stage_token(found, "switch")
    assert check_gate(found, "switch", "asa-1", PLAN, token, "bob") == ("arm", "bind", "save")
    # As a person pastes it.
    assert check_gate(found, "switch", "asa-1", PLAN, f" {token.upper()}\n", "bob") == ("arm", "bind", "save")


def test_without_a_token_the_message_has_it_and_what_to_type() -> None:
    error = refused(planned())
    token = stage_token(planned(), "switch")
    assert error.code == "approval_missing"
    assert token in error.what
    assert "ansible-playbook playbooks/renewal/switch.yml" in error.todo
    assert f"vpnphone_approval={token}" in error.todo


def test_without_all_plans_the_message_says_to_plan() -> None:
    error = refused(put(planned(), "switch", "asa-2", "pending"))
    assert error.code == "approval_missing"
    assert "asa-2" in error.what and "--check" in error.todo and "vpnphone_approval" not in error.todo


@pytest.mark.parametrize("approval", ["0123456789ab", "x", "é", "token"])
def test_a_wrong_token_does_not_open_it(approval: str) -> None:
    error = refused(planned(), approval=approval)
    assert error.code == "approval_wrong"
    assert stage_token(planned(), "switch") not in str(error)


def test_the_token_of_another_stage_or_of_a_rollback_does_not_open_it() -> None:
    found = put(planned(), "apply", "cucm-1", "done", plan=plan("apply", "cucm-1", "wave-1"))
    assert refused(found, approval=stage_token(found, "apply")).code == "approval_wrong"
    assert refused(found, approval=rollback_token(found, "switch")).code == "approval_wrong"


def test_no_token_is_no_approval_of_nothing() -> None:
    """Where nothing is planned the token is empty, and an empty approval is none."""
    error = refused(put(put(planned(), "switch", "asa-1", "pending"), "switch", "asa-2", "pending"))
    assert error.code == "approval_missing"


@pytest.mark.parametrize("by", ["", "  ", "YOUR NAME", " YOUR NAME "])
def test_nobody_cannot_approve(by: str) -> None:
    assert refused(planned(), approval=stage_token(planned(), "switch"), by=by).code == "approver_missing"


def test_a_device_that_drifted_is_not_touched() -> None:
    drifted = plan("switch", "asa-1", "arm", "bind", "save", facts=("bound: SOMETHING",))
    error = refused(planned(), drifted, stage_token(planned(), "switch"))
    assert error.code == "plan_differs"
    assert "--check" in error.todo


def test_the_hash_of_a_plan_is_not_taken_from_the_plan() -> None:
    forged = msgspec.structs.replace(plan("switch", "asa-1", "erase"), hash=PLAN.hash)
    assert refused(planned(), forged, stage_token(planned(), "switch")).code == "plan_differs"


def test_nothing_to_do_needs_no_approval() -> None:
    assert check_gate(planned(), "switch", "asa-1", plan("switch", "asa-1"), "", "") == ()


@pytest.mark.parametrize("status", ["refused", "returned", "rolled_back", "done"])
def test_an_approval_is_good_once(status: str) -> None:
    found = put(planned(), "switch", "asa-1", status, plan=PLAN)
    # Nobody has planned since, so that a device that is another now has not drifted from anything.
    drifted = plan("switch", "asa-1", "arm", "bind", "save", facts=("bound: SOMETHING",))
    for asked in (PLAN, drifted):
        error = refused(found, asked, approval=stage_token(found, "switch"))
        assert error.code == "approval_spent"
        assert status.replace("_", " ") in error.what


def test_out_of_order_says_what_to_run() -> None:
    found = put(planned(), "apply", "cucm-1", "running")
    error = refused(found, approval=stage_token(found, "switch"))
    assert error.code == "stage_out_of_order"
    assert "apply" in error.what and "playbooks/renewal/apply.yml" in error.todo


def test_a_device_out_of_scope_is_not_touched() -> None:
    with pytest.raises(ChangeRefused) as caught:
        check_gate(planned(), "switch", "asa-9", PLAN, "", "bob")
    assert caught.value.code == "not_in_renewal"


# --- a stage that was cut short ---------------------------------------------------------------------------------------


def running(*done: str) -> Journal:
    return put(planned(), "switch", "asa-1", "running", plan=PLAN, done=done)


@pytest.mark.parametrize("left", [("bind", "save"), ("save",), ("arm", "bind", "save"), ()])
def test_it_goes_on_without_a_new_approval(left: tuple[str, ...]) -> None:
    # What it is made from has moved on, so its facts and its hash are others.
    rest = plan("switch", "asa-1", *left, facts=("bound: NEW",))
    assert check_gate(running("arm"), "switch", "asa-1", rest, "", "") == left


@pytest.mark.parametrize(
    "asked",
    [
        plan("switch", "asa-1", "bind", "erase"),
        plan("switch", "asa-1", "erase"),
        StagePlan(stage="switch", target="asa-1", actions=(Action(id="bind", text="Do bind", commands=("erase",)),)),
        StagePlan(stage="switch", target="asa-1", actions=(Action(id="bind", text="Do bind"),)),
    ],
)
def test_it_does_nothing_that_was_not_approved(asked: StagePlan) -> None:
    found = running("arm")
    for approval in ("", stage_token(found, "switch")):
        assert refused(found, asked, approval).code == "plan_differs"


# --- taking back ------------------------------------------------------------------------------------------------------


def test_a_rollback_needs_its_own_token_and_a_name() -> None:
    found = put(planned(), "switch", "asa-1", "done", plan=PLAN)
    token = rollback_token(found, "switch")
    with pytest.raises(ChangeRefused) as caught:
        check_rollback(found, "switch", "asa-1", "", "bob")
    assert caught.value.code == "approval_missing"
    assert f"vpnphone_rollback=switch -e vpnphone_approval={token}" in caught.value.todo
    for approval, by, code in (
        (stage_token(found, "switch"), "bob", "approval_wrong"),
        (token, " ", "approver_missing"),
    ):
        with pytest.raises(ChangeRefused) as caught:
            check_rollback(found, "switch", "asa-1", approval, by)
        assert caught.value.code == code
    check_rollback(found, "switch", "asa-1", token, "bob")


def test_what_a_later_stage_stands_on_is_not_taken_back() -> None:
    found = put(planned(), "switch", "asa-1", "done", plan=PLAN)
    found = put(found, "gateway", "cucm-1", "done", plan=plan("gateway", "cucm-1", "GW1"))
    with pytest.raises(ChangeRefused) as caught:
        check_rollback(found, "gateway", "cucm-1", rollback_token(found, "gateway"), "bob")
    assert caught.value.code == "rollback_out_of_order"
    assert "vpnphone_rollback=switch" in caught.value.todo


@pytest.mark.parametrize("stage", ["switch", "gateway"])
def test_behind_a_cleanup_that_was_refused_half_way_nothing_is_taken_back(stage: StageName) -> None:
    """Phones may hold the new certificate alone: the old one bound again would lock them out."""
    story = ("next: gateway GW1", "done: gateway:A", "next: wave 1", "refused: 1 of 2 phones failed [wave_failed]")
    events = tuple(Event(at=NOW, by="bob", stage="cleanup", target="cucm-1", what=what) for what in story)
    target = "asa-1" if stage == "switch" else "cucm-1"
    for status in ("refused", "planned"):
        found = put(planned(events=events), stage, target, "done", plan=plan(stage, target, "a"))
        found = put(found, "cleanup", "cucm-1", status, plan=plan("cleanup", "cucm-1", "wave:1"))
        with pytest.raises(ChangeRefused) as caught:
            check_rollback(found, stage, target, rollback_token(found, stage), "bob")
        assert caught.value.code == "rollback_out_of_order"
        assert "playbooks/renewal/cleanup.yml" in caught.value.todo and "rollback.yml" not in caught.value.todo


def test_what_was_never_planned_has_nothing_to_take_back() -> None:
    with pytest.raises(ChangeRefused) as caught:
        check_rollback(journal(), "trust", "cucm-1", "x", "bob")
    assert caught.value.code == "approval_wrong"
