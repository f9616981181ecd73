"""Stage apply over simulated phones: wave by wave, with everything that stops it, killed anywhere, and gone on with."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused, VpnPhoneError
from msgspec.structs import replace

from tests.unit.predict.builders import LEAF, NEW_LEAF
from tests.unit.renewal_apply.kit import BOTH, NAMES, NODES, OLD, Bench, Killed, cluster_state, lost, refusal

A, B, C, D = NAMES[:4]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "2027")


def refused(bench: Bench, **options: Any) -> VpnPhoneError:
    with pytest.raises(VpnPhoneError) as raised:
        bench.approved(**options)
    return raised.value


# --- the good run -----------------------------------------------------------------------------------------------------


def test_planning_tells_nobody_anything(bench: Bench) -> None:
    result = bench.run(check=True)
    assert (result["outcome"], result["changed"], result["done"]) == ("planned", True, [])
    assert [wave["phones"] for wave in result["waves"]] == [[A], [B, C, D]]
    assert result["commands"] == [f"AXL applyPhone {name}" for name in (A, B, C, D)]
    assert "vpnphone_approval=" in result["message"]
    assert bench.told == []
    assert set(bench.proofs.values()) == {"unproven"}


def test_every_phone_is_told_once_and_proven(bench: Bench) -> None:
    result = bench.approved()
    assert (result["outcome"], result["changed"]) == ("done", True)
    assert bench.told == [A, B, C, D]
    assert set(bench.proofs.values()) == {"proven"}
    assert len(result["done"]) == 2
    assert (result["phones"], result["not_ready"], result["cards"]) == ({"proven": 4}, [], [])
    assert result["before"] == [f"{name}: unproven" for name in (A, B, C, D)]
    assert result["after"] == [f"{name}: proven" for name in (A, B, C, D)]
    assert bench.stage().status == "done"
    for number, name in ((1, A), (2, B)):
        phone = bench.book.phones[name]
        assert (phone.wave, phone.applied_at is not None, phone.proven_at is not None) == (number, True, True)
        assert "the hash of" in phone.reason


def test_a_wave_begins_once_the_one_before_it_is_proven(bench: Bench) -> None:
    seen: list[tuple[str, dict[str, str]]] = []
    bench.ground.on_tell = lambda name: seen.append((name, bench.proofs))
    bench.approved(batch_size=1)
    for place, (name, proofs) in enumerate(seen):
        before = [told for told, _ in seen[:place]]
        assert all(proofs[one] == "proven" for one in before), name
        # The intent is in the journal before the word is sent.
        assert proofs[name] == "applied"


def test_again_is_nothing(bench: Bench) -> None:
    bench.approved()
    for check in (True, False):
        result = bench.run(check=check)
        assert (result["outcome"], result["changed"], result["actions"]) == ("done", False, [])
    assert len(bench.told) == 4


def test_nobody_is_asked_what_cannot_have_changed(bench: Bench) -> None:
    """Files and pages before the apply, files behind it, pages once it is back; else its registration alone."""
    bench.ground[A].delay = 600
    bench.approved()
    assert sum(A in names for names in bench.ground.looks) == 2
    assert sum(A in names for names in bench.ground.read) == 2


def test_phones_that_somebody_else_applied_are_not_told(bench: Bench) -> None:
    for name in (A, B):
        sim = bench.ground[name]
        sim.files = dict.fromkeys(NODES, (BOTH, bench.ground.clock - timedelta(minutes=5)))
        sim.fetched = sim.since = bench.ground.clock - timedelta(minutes=4)
    result = bench.approved()
    assert result["outcome"] == "done"
    assert bench.told == [C, D]


@pytest.mark.parametrize("mode", ["apply", "reset", "restart"])
def test_the_word_is_the_one_that_was_approved(bench: Bench, mode: str) -> None:
    bench.approved(mode=mode)
    assert {word for word, _ in bench.ground.told} == {mode}


def test_with_a_pinned_ca_in_the_new_chain_it_falls_away(bench: Bench) -> None:
    bench.change(lambda book: replace(book, pinned_ca=True))
    result = bench.run()
    assert (result["outcome"], bench.told) == ("not_needed", [])


# --- gates ------------------------------------------------------------------------------------------------------------


def test_without_approval_nobody_is_told(bench: Bench) -> None:
    for options, code in (
        ({}, "approval_missing"),
        ({"approval": "0123456789ab", "approved_by": "J. Doe"}, "approval_wrong"),
    ):
        with pytest.raises(ChangeRefused) as raised:
            bench.run(**options)
        assert raised.value.code == code
    assert bench.told == []


@pytest.mark.parametrize("options", [{"mode": "reset"}, {"batch_size": 2}, {"canaries": [B]}, {"max_failures": 3}])
def test_other_choices_are_another_plan(bench: Bench, options: dict[str, Any]) -> None:
    token = bench.run(check=True)["token"]
    with pytest.raises(ChangeRefused) as raised:
        bench.run(approval=token, approved_by="J. Doe", **options)
    assert raised.value.code == "plan_differs"
    assert bench.told == []


def test_a_phone_that_goes_or_comes_is_no_other_plan(bench: Bench) -> None:
    bench.ground[D].online = False
    token = bench.run(check=True)["token"]
    bench.ground[C].online = False
    bench.ground.come_back(bench.ground[D])
    result = bench.run(approval=token, approved_by="J. Doe")
    assert result["outcome"] == "done"
    assert bench.told == [A, B]
    assert bench.proofs == {A: "proven", B: "proven", C: "offline", D: "offline"}


def test_lists_that_changed_since_stage_gateway(bench: Bench) -> None:
    for members, code in (((LEAF,), "gateway_differs"), ((NEW_LEAF,), "gateway_without_old")):
        bench.state = cluster_state(*members)
        with pytest.raises(ChangeRefused) as raised:
            bench.run(check=True)
        assert raised.value.code == code
    assert bench.told == []


def test_asas_that_were_not_seen_just_now(bench: Bench) -> None:
    for changes in ({"gathered_at": bench.ground.clock - timedelta(hours=2)}, {"certificate_chain": ()}):
        kept, bench.device = bench.device, replace(bench.device, **changes)
        with pytest.raises(ChangeRefused) as raised:
            bench.run(check=True)
        assert raised.value.code == "asa_not_seen"
        bench.device = kept


def test_a_canary_that_is_no_phone(bench: Bench) -> None:
    with pytest.raises(BadInput):
        bench.run(check=True, canaries=["SEPFFFFFFFFFFFF"])


# --- phones that are not there ----------------------------------------------------------------------------------------


def test_an_off_line_phone_is_set_aside_with_a_card(bench: Bench) -> None:
    bench.ground[C].online = False
    result = bench.approved()
    assert result["outcome"] == "done"
    assert any(C in warning for warning in result["warnings"])
    assert bench.proofs[C] == "offline"
    assert bench.cards == [C]
    assert [one["name"] for one in result["not_ready"]] == [C]
    # It comes back: the next plan is about it alone, and its card goes.
    bench.ground.come_back(bench.ground[C])
    result = bench.approved()
    assert [wave["phones"] for wave in result["waves"]] == [[C]]
    assert (bench.proofs[C], bench.cards) == ("proven", [])


def test_nobody_there_is_a_stage_without_waves(bench: Bench) -> None:
    for name in (A, B, C, D):
        bench.ground[name].online = False
    result = bench.run()
    assert (result["outcome"], result["changed"]) == ("done", False)
    assert set(bench.proofs.values()) == {"offline"}
    assert len(bench.cards) == 4


def test_a_phone_that_went_a_moment_ago_is_waited_for(bench: Bench) -> None:
    token = bench.run(check=True)["token"]
    sim = bench.ground[C]
    sim.online, sim.since = False, bench.ground.clock
    bench.ground.later(60, lambda: bench.ground.come_back(sim))
    assert bench.run(approval=token, approved_by="J. Doe")["outcome"] == "done"
    assert bench.proofs[C] == "proven"


def test_a_canary_that_is_off_line_stops_before_anybody_is_told(bench: Bench) -> None:
    token = bench.run(check=True)["token"]
    bench.ground[A].online = False
    with pytest.raises(ChangeRefused) as raised:
        bench.run(approval=token, approved_by="J. Doe")
    assert raised.value.code == "wave_failed"
    assert A in raised.value.what
    assert bench.told == []
    assert (bench.proofs[A], bench.cards) == ("offline", [A])


def test_a_phone_that_prompts_is_told_by_name_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "r")
    bench.change_phone(B, certificate_login=False)
    result = bench.approved()
    assert (result["outcome"], bench.told) == ("done", [A, C, D])
    assert bench.proofs[B] == "unproven"
    assert "vpnphone_include_aaa" in bench.book.phones[B].reason


# --- what stops it ----------------------------------------------------------------------------------------------------


def test_a_canary_that_ignores_the_apply_ends_the_stage(bench: Bench) -> None:
    bench.ground[A].ignores = True
    error = refused(bench)
    assert error.code == "wave_failed"
    assert "a canary failed" in error.what
    assert A in error.what
    assert bench.told == [A]
    assert bench.proofs == {A: "failed", B: "unproven", C: "unproven", D: "unproven"}
    assert bench.cards == [A]
    assert (bench.stage().status, bench.stage().error["code"]) == ("refused", "wave_failed")
    # Fifteen minutes were given to it.
    applied = bench.book.phones[A].applied_at
    assert applied is not None
    assert bench.ground.clock - applied >= timedelta(seconds=900)


def test_a_fetch_right_before_the_apply_does_not_count(bench: Bench) -> None:
    """Lines and clocks have whole seconds: the fetch of a moment ago could be taken for that of the apply."""
    bench.ground[A].ignores = True
    bench.ground[A].fetched = bench.ground.clock
    bench.ground[A].since = bench.ground.clock
    error = refused(bench)
    assert (error.code, bench.proofs[A]) == ("wave_failed", "failed")
    applied = bench.book.phones[A].applied_at
    assert applied is not None
    assert applied - bench.ground[A].fetched >= timedelta(seconds=3)


@pytest.mark.parametrize(("allowed", "code"), [(0, "wave_failed"), (1, ""), (2, "")])
def test_so_many_failures_and_no_more(bench: Bench, allowed: int, code: str) -> None:
    bench.ground[B].ignores = True
    if code:
        error = refused(bench, max_failures=allowed, batch_size=2)
        assert (error.code, bench.told) == (code, [A, B, C])
        assert bench.proofs == {A: "proven", B: "failed", C: "proven", D: "unproven"}
        return
    result = bench.approved(max_failures=allowed, batch_size=2)
    assert (result["outcome"], bench.told) == ("done", [A, B, C, D])
    assert bench.proofs == {A: "proven", B: "failed", C: "proven", D: "proven"}
    assert bench.cards == [B]
    assert "wave" not in bench.book.phones[B].reason


def test_a_phone_that_does_not_come_back_has_failed(bench: Bench) -> None:
    bench.ground[C].delay = None
    error = refused(bench)
    assert error.code == "wave_failed"
    assert "not registered since" in bench.book.phones[C].reason
    assert bench.proofs == {A: "proven", B: "proven", C: "failed", D: "proven"}


def test_a_proven_phone_that_goes_again_has_failed(bench: Bench) -> None:
    """B is proven after half a minute; it goes while D is still waited for, and stays away."""
    bench.ground[D].delay = 300

    def go() -> None:
        bench.ground[B].online, bench.ground[B].since = False, bench.ground.clock

    bench.ground.on_tell = lambda name: bench.ground.later(100, go) if name == B else None
    error = refused(bench)
    assert error.code == "wave_failed"
    assert bench.proofs == {A: "proven", B: "failed", C: "proven", D: "proven"}
    assert "did not come back" in bench.book.phones[B].reason


def test_one_that_goes_and_comes_back_is_waited_for(bench: Bench) -> None:
    bench.ground[D].delay = 300

    def go() -> None:
        bench.ground[B].online, bench.ground[B].since = False, bench.ground.clock
        bench.ground.later(400, lambda: bench.ground.come_back(bench.ground[B]))

    bench.ground.on_tell = lambda name: bench.ground.later(100, go) if name == B else None
    assert bench.approved()["outcome"] == "done"


def test_a_node_that_keeps_the_old_file_stops_before_others_are_told(bench: Bench) -> None:
    for name in (B, C, D):
        bench.ground[name].stale = (NODES[1],)
    error = refused(bench)
    assert error.code == "stale_file"
    assert NODES[1] in error.what
    assert NODES[0] not in error.what
    assert bench.told == [A, B]
    assert bench.proofs == {A: "proven", B: "failed", C: "unproven", D: "unproven"}
    assert f"on {NODES[1]} lacks" in bench.book.phones[B].reason
    assert bench.stage().status == "refused"


def test_a_node_that_the_phones_do_not_ask_may_keep_what_it_has(bench: Bench) -> None:
    for sim in bench.ground.sims.values():
        sim.stale, sim.asks = (NODES[1],), NODES[:1]
        # Longer than a node has time: it is known before the apply which ones it asks.
        sim.delay = 400
    assert bench.approved()["outcome"] == "done"


def test_a_node_that_is_late_is_waited_for(bench: Bench) -> None:
    for name in (A, B, C, D):
        bench.ground[name].node_delay = 40
        bench.ground[name].delay = 60
    assert bench.approved()["outcome"] == "done"


def test_a_node_that_keeps_one_later_file_is_named_too(bench: Bench) -> None:
    bench.ground[D].stale = (NODES[0],)
    error = refused(bench)
    assert (error.code, NODES[0] in error.what) == ("stale_file", True)
    assert bench.told == [A, B, C, D]
    assert bench.proofs[D] == "failed"


def test_old_files_before_the_first_apply_are_no_fault(bench: Bench) -> None:
    assert all(pins == OLD for sim in bench.ground.sims.values() for pins, _ in sim.files.values())
    assert bench.approved()["outcome"] == "done"


def test_a_phone_without_pages_is_not_proven(bench: Bench) -> None:
    bench.ground[A].pages = False
    assert refused(bench).code == "wave_failed"
    assert "web" in bench.book.phones[A].reason


# --- what CUCM says ---------------------------------------------------------------------------------------------------


def test_a_phone_that_cucm_does_not_know_has_failed(bench: Bench) -> None:
    bench.ground.errors[C] = refusal("Item not valid: The specified phone was not found")
    error = refused(bench)
    assert (error.code, bench.told) == ("wave_failed", [A, B, D])
    assert "was not found" in bench.book.phones[C].reason
    assert bench.proofs == {A: "proven", B: "proven", C: "failed", D: "proven"}


def test_the_first_of_a_batch_that_is_refused_leaves_the_next_to_be_the_first(bench: Bench) -> None:
    bench.ground.errors[B] = refusal()
    bench.approved(max_failures=1)
    assert bench.told == [A, C, D]
    assert bench.proofs == {A: "proven", B: "failed", C: "proven", D: "proven"}


def test_an_answer_that_is_lost_is_decided_by_the_phone(bench: Bench) -> None:
    bench.ground.errors[C] = lost("session_closed")
    assert bench.approved()["outcome"] == "done"
    assert bench.proofs[C] == "proven"


@pytest.mark.parametrize("code", ["connection_refused", "http_unauthorized", "throttled", "timeout_connect"])
def test_a_cluster_that_cannot_be_asked_leaves_the_stage_open(bench: Bench, code: str) -> None:
    bench.ground.errors[C] = lost(code)
    error = refused(bench)
    assert error.code == code
    assert bench.stage().status == "running"
    # B was told; of C and D that is certain not to be so.
    assert bench.proofs == {A: "proven", B: "applied", C: "unproven", D: "unproven"}
    bench.ground.errors.clear()
    assert bench.run()["outcome"] == "done"
    assert bench.told == [A, B, C, D]


def test_registrations_that_fail_for_a_while_cost_nothing(bench: Bench) -> None:
    token = bench.run(check=True)["token"]
    # The plan and the first look are well; then the service asks for patience, twice.
    bench.ground.trouble = [None, None, lost("http_failed"), lost("http_failed")]
    assert bench.run(approval=token, approved_by="J. Doe")["outcome"] == "done"


def test_registrations_that_fail_for_good_are_no_fault_of_a_phone(bench: Bench) -> None:
    token = bench.run(check=True)["token"]
    bench.ground.trouble = [None, None, *(lost("http_failed") for _ in range(200))]
    with pytest.raises(VpnPhoneError) as raised:
        bench.run(approval=token, approved_by="J. Doe")
    assert raised.value.code == "http_failed"
    assert (bench.stage().status, bench.proofs[A]) == ("running", "applied")
    bench.ground.trouble = []
    assert bench.run()["outcome"] == "done"
    assert bench.told == [A, B, C, D]


def test_a_login_that_is_refused_is_not_tried_again(bench: Bench) -> None:
    token = bench.run(check=True)["token"]
    bench.ground.trouble = [None, None, lost("http_unauthorized")]
    with pytest.raises(VpnPhoneError):
        bench.run(approval=token, approved_by="J. Doe")
    assert bench.ground.trouble == []


# --- killed -----------------------------------------------------------------------------------------------------------


def kill() -> None:
    raise Killed


@pytest.mark.parametrize("victim", [A, B, C, D])
def test_killed_while_one_is_told(bench: Bench, victim: str) -> None:
    def strike(name: str) -> None:
        if name == victim:
            raise Killed

    token = bench.run(check=True)["token"]
    bench.ground.on_tell = strike
    with pytest.raises(Killed):
        bench.run(approval=token, approved_by="J. Doe")
    told = list(bench.told)
    assert bench.proofs[victim] == "applied"
    assert bench.stage().status == "running"
    bench.ground.on_tell = lambda _name: None
    result = bench.run()  # without a new approval
    assert result["outcome"] == "done"
    assert set(bench.proofs.values()) == {"proven"}
    # Nobody who had been told was told again.
    assert bench.told == told + [name for name in (A, B, C, D) if name not in told]


@pytest.mark.parametrize("place", range(6))
def test_killed_at_any_wait(bench: Bench, place: int) -> None:
    token = bench.run(check=True)["token"]
    left = [None] * place

    def strike() -> None:
        if not left:
            raise Killed
        left.pop()

    bench.ground.on_sleep = strike
    with pytest.raises(Killed):
        bench.run(approval=token, approved_by="J. Doe")
    bench.ground.on_sleep = lambda: None
    assert bench.run()["outcome"] == "done"
    assert sorted(bench.told) == [A, B, C, D]
    assert set(bench.proofs.values()) == {"proven"}


def test_a_phone_that_was_told_long_ago_is_told_again(bench: Bench) -> None:
    token = bench.run(check=True)["token"]
    bench.ground[A].ignores = True
    bench.ground.on_sleep = kill
    with pytest.raises(Killed):
        bench.run(approval=token, approved_by="J. Doe")
    assert bench.told == [A]
    bench.ground.on_sleep = lambda: None
    bench.ground.clock += timedelta(hours=2)
    bench.device = replace(bench.device, gathered_at=bench.ground.clock)
    bench.ground[A].ignores = False
    assert bench.run()["outcome"] == "done"
    assert bench.told == [A, A, B, C, D]


def test_what_is_approved_is_what_goes_on(bench: Bench) -> None:
    token = bench.run(check=True)["token"]
    bench.ground.on_sleep = kill
    with pytest.raises(Killed):
        bench.run(approval=token, approved_by="J. Doe")
    bench.ground.on_sleep = lambda: None
    with pytest.raises(ChangeRefused) as raised:
        bench.run(mode="reset")
    assert raised.value.code == "plan_differs"
    assert {word for word, _ in bench.ground.told} == {"apply"}


def test_a_stage_that_was_refused_is_planned_anew_without_the_proven(bench: Bench) -> None:
    bench.ground[C].ignores = True
    refused(bench)
    bench.ground[C].ignores = False
    result = bench.approved()
    assert [wave["phones"] for wave in result["waves"]] == [[C]]
    assert result["outcome"] == "done"
    assert bench.told == [A, B, C, D, C]
    assert bench.cards == []


def test_a_waiver_while_it_was_cut_short(bench: Bench) -> None:
    token = bench.run(check=True, batch_size=1)["token"]
    bench.ground.on_tell = lambda name: kill() if name == B else None
    with pytest.raises(Killed):
        bench.run(approval=token, approved_by="J. Doe", batch_size=1)
    bench.ground.on_tell = lambda _name: None
    bench.change_phone(C, proof="waived", waived_by="J. Doe")
    assert bench.run(batch_size=1)["outcome"] == "done"
    assert bench.told == [A, B, D]
