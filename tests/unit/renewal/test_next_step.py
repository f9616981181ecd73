"""What stands and the one command to type, at every point of a renewal."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused
from ansible.module_utils.vpnphone.model.renewal import STAGES, Event, Journal, StageName
from ansible.module_utils.vpnphone.renewal.gates import check_gate, check_rollback, rollback_token, stage_token
from ansible.module_utils.vpnphone.renewal.journal import Holder
from ansible.module_utils.vpnphone.renewal.next_step import next_step, take_back
from ansible.module_utils.vpnphone.renewal.stages import targets
from ansible.module_utils.vpnphone.renewal.status_text import phone_counts, render_status, render_take_back
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.renewal.switch_gate import PhoneGate, SwitchGate
from ansible.module_utils.vpnphone.renewal.waive import unwaive, waive

from tests.unit.predict.builders import leaf
from tests.unit.renewal.builders import NOW, SITE, asa, journal, phone, plan, put

ERROR = {"code": "probe_differs", "what": "the probe shows another certificate.", "where": "asa-1", "todo": "Look."}


def until(stage: StageName) -> Journal:
    """Everything before the stage is done, and all of its targets are pending."""
    found = journal(options=("-i", "inventories/mine"))
    for earlier in STAGES[: STAGES.index(stage)]:
        for name in targets(found, earlier):
            found = put(found, earlier, name, "done", plan=plan(earlier, name, "act"), done=("act",))
    return found


# --- what to type -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", STAGES[1:-1])
def test_a_stage_is_planned_first(stage: StageName) -> None:
    step = next_step(until(stage))
    assert step.stage == stage
    assert f"playbooks/renewal/{stage}.yml" in step.command and step.command.endswith("--check")
    assert "-i inventories/mine" in step.command and "vpnphone_renewal=spring" in step.command


@pytest.mark.parametrize("stage", STAGES[1:-1])
def test_then_approved_with_the_token_of_all_its_plans(stage: StageName) -> None:
    found = until(stage)
    for name in targets(found, stage):
        found = put(found, stage, name, "planned", plan=plan(stage, name, "act"))
    step = next_step(found)
    assert f"vpnphone_approval={stage_token(found, stage)}" in step.command
    assert "--check" not in step.command


def test_one_target_without_a_plan_is_planned_before_any_is_approved() -> None:
    found = put(until("switch"), "switch", "asa-1", "planned", plan=plan("switch", "asa-1", "bind"))
    assert next_step(found).command.endswith("--check")


def test_a_plan_with_nothing_to_do_needs_no_approval() -> None:
    found = until("trust")
    step = next_step(put(found, "trust", "cucm-1", "planned", plan=plan("trust", "cucm-1")))
    assert "vpnphone_approval" not in step.command and "--check" not in step.command


def test_what_was_cut_short_goes_on_without_an_approval() -> None:
    step = next_step(put(until("switch"), "switch", "asa-1", "running", plan=plan("switch", "asa-1", "bind")))
    assert "cut short" in step.text
    assert "vpnphone_approval" not in step.command


def test_a_request_waits_for_its_ca() -> None:
    found = until("certificate")
    asas = found.asas | {"asa-1": asa("asa-1", csr="-----BEGIN CERTIFICATE REQUEST-----")}
    step = next_step(put(msgspec.structs.replace(found, asas=asas), "certificate", "asa-1", "running"))
    assert "asa-1 signed" in step.text and "files/<ASA>.pem" in step.text


@pytest.mark.parametrize("status", ["refused", "returned", "rolled_back"])
def test_what_went_wrong_is_told_and_planned_anew(status: str) -> None:
    found = put(until("switch"), "switch", "asa-1", status, plan=plan("switch", "asa-1", "bind"), error=ERROR)
    step = next_step(found)
    assert "the probe shows another certificate" in step.text and "Look." in step.text
    assert step.command.endswith("--check")


def test_preflight_is_first_and_again_after_a_no_go() -> None:
    for status, word in (("pending", "First"), ("refused", "no go")):
        step = next_step(put(journal(), "preflight", SITE, status))
        assert word in step.text and "playbooks/renewal/preflight.yml" in step.command


def test_the_clean_up_of_a_cluster_is_approved_before_that_of_its_asas_can_be_planned() -> None:
    found = put(until("cleanup"), "cleanup", "cucm-1", "planned", plan=plan("cleanup", "cucm-1", "act"))
    assert f"vpnphone_approval={stage_token(found, 'cleanup')}" in next_step(found).command
    with pytest.raises(ChangeRefused) as caught:
        check_gate(found, "cleanup", "cucm-1", plan("cleanup", "cucm-1", "act"), "", "bob")
    assert stage_token(found, "cleanup") in caught.value.todo


def test_asas_are_cleaned_behind_their_clusters() -> None:
    """In one run with them: no phone is proven where an ASA that it dials was not gathered."""
    found = until("cleanup")
    assert next_step(found).command.endswith("--check")
    assert next_step(put(found, "cleanup", "cucm-1", "done")).command.endswith("--check")


def test_at_the_end_it_is_closed() -> None:
    found = until("cleanup")
    for name in targets(found, "cleanup"):
        found = put(found, "cleanup", name, "done")
    assert "playbooks/renewal/close.yml" in next_step(found).command
    assert next_step(msgspec.structs.replace(found, closed=NOW)).command == ""


def test_every_point_of_a_renewal_has_something_to_do() -> None:
    """Any status of any one target: a sentence, and a command wherever the renewal is not closed."""
    for stage in STAGES:
        for name in targets(journal(), stage):
            for status in ("pending", "planned", "running", "refused", "returned", "rolled_back"):
                step = next_step(put(until(stage), stage, name, status))
                assert step.text and step.command, (stage, name, status)


# --- the screen -------------------------------------------------------------------------------------------------------


def test_the_screen_counts_phones_and_tells_the_time_left() -> None:
    phones = {
        "SEP1": phone("SEP1", proof="proven"),
        "SEP2": phone("SEP2", proof="offline"),
        "SEP3": phone("SEP3", proof="proven"),
    }
    armed = asa("asa-1", old=note_of(leaf()), armed=True, deadline=NOW + timedelta(minutes=14, seconds=5), bound="new")
    found = msgspec.structs.replace(until("switch"), phones=phones)
    found = msgspec.structs.replace(found, asas=found.asas | {"asa-1": armed})
    found = put(found, "switch", "asa-1", "running", plan=plan("switch", "asa-1", "arm", "bind"), done=("arm",))
    held = Holder(host="ops", pid=7, started="1", by="bob", stage="switch", since=NOW)
    text = render_status(found, now=NOW, held=held)
    assert "3 phones in scope: 1 off-line, 2 proven" in text
    assert "asa-1 returns to OLD by itself at 02:14:05 UTC: in 14 min 05 s" in text
    assert "In use by bob on ops (process 7), stage switch, since 2026-11-24 02:00:00 UTC" in text
    assert "     asa-1: running, 1 of 2 steps, now: Do bind" in text
    assert text.splitlines()[-1] == next_step(found).command
    assert phone_counts(found) == {
        "phones": 3, "unproven": 0, "applied": 0, "proven": 2, "offline": 1, "failed": 0, "waived": 0,
    }  # fmt: skip


def test_the_screen_says_what_a_reload_would_do() -> None:
    found = until("cleanup")
    asas = {"asa-1": asa("asa-1", bound="new"), "asa-2": asa("asa-2", bound="unknown")}
    text = render_status(msgspec.structs.replace(found, asas=asas), now=NOW)
    assert "asa-1 shows the new certificate and is not saved: a reload takes it back" in text
    assert "asa-2: what is bound is not known" in text


def test_the_screen_says_how_to_take_back_what_stands() -> None:
    line = "playbooks/renewal/rollback.yml"
    assert line not in render_status(journal(), now=NOW)
    found = until("trust")
    text = render_status(found, now=NOW).splitlines()
    assert sum(line in row for row in text) == 1
    # The last line is the one to type next.
    assert text[-1] == next_step(found).command and line not in text[-1]
    assert line not in render_status(msgspec.structs.replace(found, closed=NOW), now=NOW)


@pytest.mark.parametrize(
    ("proof", "told"), [("offline", True), ("unproven", True), ("proven", False), ("waived", False)]
)
def test_before_the_switch_it_names_the_phones_that_keep_it_closed(proof: str, told: bool) -> None:
    found = until("switch")
    names = list(found.phones)
    phones = {name: phone(name, proof="proven") for name in names} | {names[0]: phone(names[0], proof=proof)}
    step = next_step(msgspec.structs.replace(found, phones=phones))
    assert (names[0] in step.text) == told and names[1] not in step.text
    assert "playbooks/renewal/switch.yml" in step.command
    assert names[0] not in next_step(msgspec.structs.replace(found, phones=phones, pinned_ca=True)).text


def test_the_columns_stand_under_each_other() -> None:
    rows = [
        row for row in render_status(until("gateway"), now=NOW).splitlines() if row[:1].isdigit() and row[1:3] == "  "
    ]
    assert len(rows) == len(STAGES)
    assert len({row.index(word) for row, word in ((row, row[3:].split()[0]) for row in rows)}) == 1
    assert all(row[16:].split()[0] in ("done", "pending", "planned", "running") for row in rows)


def test_with_a_pinned_ca_the_screen_says_what_falls_away() -> None:
    text = render_status(msgspec.structs.replace(until("switch"), pinned_ca=True), now=NOW)
    assert "falls away" in text and "need nothing new" in text


def test_the_screen_stays_one_screen_with_many_devices() -> None:
    found = journal(asas={f"asa-{number}": asa(f"asa-{number}") for number in range(60)})
    for name in found.asas:
        found = put(found, "certificate", name, "refused", error=ERROR)
    assert len(render_status(found, now=NOW).splitlines()) <= 40


# --- taking back ------------------------------------------------------------------------------------------------------


def test_what_stands_is_taken_back_from_its_end() -> None:
    steps = take_back(until("cleanup"))
    assert [step.stage for step in steps] == ["switch", "gateway", "trust", "certificate"]
    assert [step.first for step in steps] == [True, False, False, False]
    assert steps[0].commands == ("asa-1: no do act", "asa-2: no do act")


@pytest.mark.parametrize("status", ["refused", "planned"])
def test_a_cleanup_that_began_has_no_line_to_type(status: str) -> None:
    """No playbook takes it back, and nothing before it is taken back without locking phones out."""
    event = Event(at=NOW, by="bob", stage="cleanup", target="cucm-1", what="done: act")
    found = msgspec.structs.replace(until("cleanup"), events=(event,))
    steps = take_back(put(found, "cleanup", "cucm-1", status, plan=plan("cleanup", "cucm-1", "act")))
    assert (steps[0].stage, steps[0].line, steps[1].stage, steps[1].first) == ("cleanup", "", "switch", False)
    text = render_take_back(steps)
    assert "vpnphone_rollback=cleanup" not in text and "locking them out" in text


def test_only_what_is_proven_done_is_undone_last_first() -> None:
    found = put(
        until("switch"), "switch", "asa-1", "running", plan=plan("switch", "asa-1", "a", "b", "c"), done=("a", "b")
    )
    assert take_back(found)[0].commands == ("asa-1: no do b", "asa-1: no do a")


def test_the_line_to_type_opens_the_gate_of_the_rollback() -> None:
    found = until("cleanup")
    step = take_back(found)[0]
    token = rollback_token(found, "switch")
    assert f"vpnphone_approval={token}" in step.line and "vpnphone_rollback=switch" in step.line
    for name in step.targets:
        check_rollback(found, step.stage, name, token, "bob")
    text = render_take_back(take_back(found))
    assert step.line in text.splitlines()


def test_the_key_that_goes_with_a_certificate_is_named() -> None:
    """The plan that stands is that of the import; the key was made by the one before."""
    found = put(until("export"), "certificate", "asa-1", "done", plan=plan("certificate", "asa-1", "import:ab"))
    mine = msgspec.structs.replace(found.asas["asa-1"], made=("key:NEW", "trustpoint:NEW"))
    found = msgspec.structs.replace(found, asas=found.asas | {"asa-1": mine})
    assert take_back(found)[0].commands[-1] == "asa-1: destroy the key NEW"


def test_long_lines_of_what_would_be_taken_back_keep_their_place() -> None:
    found = take_back(until("cleanup"))[0]
    text = render_take_back((found._replace(commands=("asa-1: short", f"asa-1: {'long ' * 60}")),))
    assert [line for line in text.splitlines() if "asa-1: " in line and not line.startswith("     asa-1: ")] == []


def test_nothing_done_is_nothing_to_take_back() -> None:
    assert take_back(journal()) == ()
    assert "nothing to take back" in render_take_back(())


# --- waivers ----------------------------------------------------------------------------------------------------------

ONE = "SEP001122334401"


def test_a_waiver_is_by_name_with_a_reason() -> None:
    found = waive(journal(), [ONE, ONE], reason=" On leave until May. ", by="J. Doe", at=NOW)
    one = found.phones[ONE]
    assert (one.proof, one.waived_by, one.reason) == ("waived", "J. Doe", "On leave until May.")
    assert found.events[-1].what == f"waived: {ONE}: On leave until May."
    assert sum(phone.proof == "waived" for phone in found.phones.values()) == 1
    back = unwaive(found, [ONE], by="J. Doe", at=NOW)
    assert (back.phones[ONE].proof, back.phones[ONE].waived_by) == ("unproven", "")


def test_what_is_proven_needs_no_waiver() -> None:
    found = journal(phones={ONE: phone(ONE, proof="proven")})
    assert waive(found, [ONE], reason="x", by="J. Doe", at=NOW) == found
    assert unwaive(found, [ONE], by="J. Doe", at=NOW) == found


@pytest.mark.parametrize(
    ("names", "reason", "by", "code"),
    [
        ([], "x", "J. Doe", "unknown_phone"),
        ([" "], "x", "J. Doe", "unknown_phone"),
        (["*"], "x", "J. Doe", "unknown_phone"),
        (["SEP00000000DEAD"], "x", "J. Doe", "unknown_phone"),
        ([ONE], " ", "J. Doe", "waiver_reason"),
        ([ONE], "x" * 501, "J. Doe", "waiver_reason"),
        ([ONE], "x", " ", "approver_missing"),
        # The line was pasted as it was shown.
        ([ONE], "WHY", "J. Doe", "waiver_reason"),
        ([ONE], "x", "YOUR NAME", "approver_missing"),
    ],
)
def test_a_waiver_that_is_none(names: list[str], reason: str, by: str, code: str) -> None:
    with pytest.raises((BadInput, ChangeRefused)) as caught:
        waive(journal(), names, reason=reason, by=by, at=NOW)
    assert caught.value.code == code


def test_a_closed_renewal_takes_no_waiver() -> None:
    with pytest.raises(ChangeRefused) as caught:
        waive(journal(closed=NOW), [ONE], reason="x", by="J. Doe", at=NOW)
    assert caught.value.code == "renewal_closed"


def test_a_phone_that_came_since_is_waived_by_the_gate_that_named_it() -> None:
    one = PhoneGate(
        phone="SEP00000000BEEF", cluster="cucm-1", asa="asa-2", word="unproven", now="CONNECTS", after="UNKNOWN",
        proof="unproven",
    )  # fmt: skip
    gate = SwitchGate(renewal="spring", at=NOW, run="r", phones=(one,))
    found = waive(journal(), ["SEP00000000BEEF"], reason="new", by="J. Doe", at=NOW, gate=gate).phones[
        "SEP00000000BEEF"
    ]
    assert (found.cluster, found.asas, found.proof) == ("cucm-1", ("asa-2",), "waived")
