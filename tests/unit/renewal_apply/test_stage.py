"""Stage apply over simulated phones: wave by wave, its gates, and phones that are not there."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused
from msgspec.structs import replace

from tests.unit.predict.builders import LEAF, NEW_LEAF
from tests.unit.renewal_apply.kit import BOTH, NAMES, NODES, Bench, cluster_state

A, B, C, D = NAMES[:4]


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
