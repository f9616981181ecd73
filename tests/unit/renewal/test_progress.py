"""A stage's way into the journal: planned, begun, done, cut short, gone on, ended."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model.renewal import Journal
from ansible.module_utils.vpnphone.renewal.flow import Work, run_rollback
from ansible.module_utils.vpnphone.renewal.gates import stage_token
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal
from ansible.module_utils.vpnphone.renewal.progress import acted, begin, end, propose, standing

from tests.unit.renewal.builders import NOW, plan, ready_for

PLAN = plan("switch", "asa-1", "arm", "bind", "save")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    create_journal(tmp_path / "spring", ready_for("switch", "asa-1"))
    return tmp_path / "spring"


def approved(place: Path) -> str:
    propose(place, PLAN, by="bob", check_mode=True)
    return stage_token(open_journal(place), "switch")


def test_the_whole_way(place: Path) -> None:
    token = approved(place)
    assert standing(place, "switch", "asa-1").status == "planned"
    propose(place, PLAN, by="bob", approval=token, check_mode=False)
    assert begin(place, PLAN, approval=token, by="bob", at=NOW) == ("arm", "bind", "save")
    for action in ("arm", "bind", "save"):
        acted(place, "switch", "asa-1", action, by="bob", at=NOW)
    end(place, "switch", "asa-1", "done", by="bob", at=NOW)
    found = standing(place, "switch", "asa-1")
    assert (found.status, found.done, found.error) == ("done", ("arm", "bind", "save"), {})
    assert found.plan == PLAN
    journal = open_journal(place)
    assert [(one.stage, one.token, one.by, one.at) for one in journal.approvals] == [("switch", token, "bob", NOW)]
    assert [event.what for event in journal.events] == [
        "begins: arm, bind, save",
        "done: arm",
        "done: bind",
        "done: save",
        "done",
    ]


def test_planning_again_replaces_a_plan(place: Path) -> None:
    propose(place, PLAN, by="bob", check_mode=True)
    other = plan("switch", "asa-1", "bind")
    for check_mode in (True, False):
        propose(place, PLAN, by="bob", check_mode=check_mode)
        propose(place, other, by="bob", check_mode=check_mode)
        assert standing(place, "switch", "asa-1").plan == other


def test_an_acting_run_does_not_move_what_it_is_measured_by(place: Path) -> None:
    token = approved(place)
    drifted = plan("switch", "asa-1", "bind", facts=("somebody was here",))
    propose(place, drifted, by="bob", approval=token, check_mode=False)
    assert standing(place, "switch", "asa-1").plan == PLAN
    with pytest.raises(ChangeRefused) as caught:
        begin(place, drifted, approval=token, by="bob")
    assert caught.value.code == "plan_differs"
    assert standing(place, "switch", "asa-1").status == "planned"


def test_a_refused_gate_leaves_the_journal_as_it_was(place: Path) -> None:
    approved(place)
    before = open_journal(place)
    with pytest.raises(ChangeRefused):
        begin(place, PLAN, approval="0123456789ab", by="bob")
    assert open_journal(place) == before


def cut_short(place: Path) -> None:
    begin(place, PLAN, approval=approved(place), by="bob")
    acted(place, "switch", "asa-1", "arm", by="bob")


@pytest.mark.parametrize("check_mode", [True, False])
def test_what_was_cut_short_keeps_its_approved_plan(place: Path, check_mode: bool) -> None:
    cut_short(place)
    rest = plan("switch", "asa-1", "bind", "save", facts=("armed",))
    propose(place, rest, by="eve", check_mode=check_mode)
    found = standing(place, "switch", "asa-1")
    assert (found.status, found.plan, found.done) == ("running", PLAN, ("arm",))
    assert begin(place, rest, approval="", by="eve") == ("bind", "save")
    found = standing(place, "switch", "asa-1")
    assert (found.status, found.plan, found.done) == ("running", PLAN, ("arm",))
    assert len(open_journal(place).approvals) == 1


def test_what_was_cut_short_and_needs_more_is_planned_anew_by_planning_only(place: Path) -> None:
    cut_short(place)
    more = plan("switch", "asa-1", "erase")
    propose(place, more, by="eve", check_mode=False)
    assert standing(place, "switch", "asa-1").status == "running"
    with pytest.raises(ChangeRefused):
        begin(place, more, approval="", by="eve")
    propose(place, more, by="eve", check_mode=True)
    found = standing(place, "switch", "asa-1")
    assert (found.status, found.plan, found.done) == ("planned", more, ())


def test_the_same_plan_after_the_stage_was_done_is_a_new_one(place: Path) -> None:
    """Somebody put the old trustpoint back: the plan is the one of the first time, to the letter."""
    token = approved(place)
    begin(place, PLAN, approval=token, by="bob")
    end(place, "switch", "asa-1", "done", by="bob")
    with pytest.raises(ChangeRefused) as caught:
        begin(place, PLAN, approval=token, by="bob")
    assert caught.value.code == "approval_spent"
    propose(place, PLAN, by="bob", check_mode=True)
    assert standing(place, "switch", "asa-1").status == "planned"
    assert begin(place, PLAN, approval=token, by="bob") == ("arm", "bind", "save")


@pytest.mark.parametrize("check_mode", [True, False])
def test_done_stays_done_where_nothing_is_to_be_done(place: Path, check_mode: bool) -> None:
    begin(place, PLAN, approval=approved(place), by="bob")
    end(place, "switch", "asa-1", "done", by="bob")
    propose(place, plan("switch", "asa-1"), by="bob", check_mode=check_mode)
    found = standing(place, "switch", "asa-1")
    assert (found.status, found.plan) == ("done", PLAN)


def test_an_end_with_an_error_keeps_it(place: Path) -> None:
    begin(place, PLAN, approval=approved(place), by="bob")
    error = ChangeRefused("the probe shows another certificate.", where="asa-1", todo="Look.", code="probe_differs")
    end(place, "switch", "asa-1", "returned", by="bob", error=error)
    found = standing(place, "switch", "asa-1")
    assert (found.status, found.error) == ("returned", error.as_dict())
    assert open_journal(place).events[-1].what == "returned: the probe shows another certificate. [probe_differs]"


def test_what_an_action_makes_of_the_journal_is_one_write_with_it(place: Path) -> None:
    begin(place, PLAN, approval=approved(place), by="bob")

    def bound(found: Journal) -> Journal:
        return msgspec.structs.replace(
            found, asas=found.asas | {"asa-1": msgspec.structs.replace(found.asas["asa-1"], bound="new")}
        )

    def broken(found: Journal) -> Journal:
        raise ChangeRefused("no")

    acted(place, "switch", "asa-1", "bind", by="bob", change=bound)
    found = open_journal(place)
    assert found.asas["asa-1"].bound == "new"
    assert found.asas["asa-1"].stages["switch"].done == ("bind",)
    with pytest.raises(ChangeRefused):
        acted(place, "switch", "asa-1", "save", by="bob", change=broken)
    assert open_journal(place) == found


def test_a_device_out_of_scope_is_not_taken_back(place: Path) -> None:
    def never(_journal: Journal) -> Work:
        raise AssertionError("it was looked at")

    for check_mode in (True, False):
        with pytest.raises(ChangeRefused) as caught:
            run_rollback(place, never, ("switch", "asa-9"), approval="x", approved_by="bob", check_mode=check_mode)
        assert caught.value.code == "not_in_renewal"


def test_an_action_told_twice_stands_once(place: Path) -> None:
    begin(place, PLAN, approval=approved(place), by="bob")
    for _ in range(2):
        acted(place, "switch", "asa-1", "arm", by="bob")
    assert standing(place, "switch", "asa-1").done == ("arm",)
    assert [event.what for event in open_journal(place).events].count("done: arm") == 1
