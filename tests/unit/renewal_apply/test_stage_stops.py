"""What stops stage apply: phones that fail, nodes that keep the old file, and what CUCM says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError

from tests.unit.renewal_apply.kit import NAMES, NODES, OLD, Bench, lost, refusal, refused

A, B, C, D = NAMES[:4]


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
