"""The apply of the cleanup: behind the gateways' lists, before the trust store, and in one plan with both."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model.renewal import Journal, PhoneCleanup, TargetStage
from ansible.module_utils.vpnphone.renewal.gates import plan_hash
from ansible.module_utils.vpnphone.renewal.gateway import plan_cleanup
from ansible.module_utils.vpnphone.renewal.stages import needed_before, with_target_stage
from msgspec.structs import replace

from tests.unit.predict.builders import CLUSTER, LEAF, NEW_LEAF, NOW, bind
from tests.unit.renewal_apply.kit import NAMES, NEW, NODES, Bench, Killed, cluster_state, one_asa

A, B, C, D = NAMES[:4]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Every phone proven, both ASAs switched for good, the lists without the old certificate."""
    made = Bench(
        tmp_path / "2027", asas={"asa1": one_asa(bound="new", saved=True, switched_at=NOW - timedelta(days=8))}
    )
    made.approved()
    made.ground.told.clear()

    def switched(book: Journal) -> Journal:
        for stage, name in needed_before(book, "cleanup", CLUSTER):
            book = with_target_stage(book, stage, name, TargetStage(status="done", at=NOW))
        return book

    made.change(switched)
    made.device = bind(made.device, ("NEW", "outside"))
    made.probes = ()
    made.ground.pins = NEW
    made.state = cluster_state(NEW_LEAF)
    return made


def test_the_files_hold_the_new_one_alone(bench: Bench) -> None:
    result = bench.approved(cleanup=True)
    assert bench.told == [A, B, C, D]
    assert {phone.cleanup.proof for phone in bench.book.phones.values()} == {"proven"}
    # What stage apply proved stays as it was.
    assert set(bench.proofs.values()) == {"proven"}
    assert bench.stage("apply").status == "done"
    # The store still has the old one: that is another module's.
    assert result["outcome"] == "running"
    assert bench.stage("cleanup").status == "running"
    assert {pins for sim in bench.ground.sims.values() for pins, _ in sim.files.values()} == {NEW}


def test_its_plan_is_that_of_the_other_modules(bench: Bench) -> None:
    """Planned last by this one: with its waves in the journal all three make the same plan."""
    result = bench.run(cleanup=True, check=True)
    book = bench.book
    whole, _ = plan_cleanup(
        book, book.clusters[CLUSTER], bench.state, "", now=bench.ground.clock + timedelta(days=9), grace=timedelta(7)
    )
    assert plan_hash(whole) == result["plan"]["hash"]
    kinds = [action.id.partition(":")[0] for action in whole.actions]
    assert kinds == ["wave", "wave", "delete"]


def test_it_waits_for_the_lists(bench: Bench) -> None:
    bench.state = cluster_state(LEAF, NEW_LEAF)
    planned = bench.run(cleanup=True, check=True)
    assert [one.partition(":")[0] for one in planned["actions"]] == ["gateway", "wave", "wave", "delete"]
    result = bench.run(cleanup=True, approval=planned["token"], approved_by="J. Doe")
    assert (result["outcome"], bench.told) == ("waiting", [])
    assert "gateways still list" in result["message"]
    # The other module has done its part; the same command goes on.
    bench.state = cluster_state(NEW_LEAF)
    assert bench.run(cleanup=True)["outcome"] == "running"
    assert bench.told == [A, B, C, D]


def test_a_file_that_still_holds_the_old_one_stops_it(bench: Bench) -> None:
    for sim in bench.ground.sims.values():
        sim.stale = (NODES[0],)
    token = bench.run(cleanup=True, check=True)["token"]
    with pytest.raises(ChangeRefused) as raised:
        bench.run(cleanup=True, approval=token, approved_by="J. Doe")
    assert raised.value.code == "stale_file"
    assert "still holds the old" in raised.value.what
    assert bench.told == [A]
    assert bench.book.phones[A].cleanup.proof == "failed"
    assert bench.cards == [A]


def test_killed_and_gone_on_with(bench: Bench) -> None:
    token = bench.run(cleanup=True, check=True)["token"]

    def strike(name: str) -> None:
        if name == C:
            raise Killed

    bench.ground.on_tell = strike
    with pytest.raises(Killed):
        bench.run(cleanup=True, approval=token, approved_by="J. Doe")
    bench.ground.on_tell = lambda _name: None
    assert bench.run(cleanup=True)["outcome"] == "running"
    assert bench.told == [A, B, C, D]


def test_a_phone_that_was_waived_is_left_alone(bench: Bench) -> None:
    bench.change_phone(C, proof="waived", waived_by="J. Doe")
    result = bench.approved(cleanup=True)
    assert bench.told == [A, B, D]
    assert result["phones"] == {"proven": 3, "waived": 1}


def test_a_phone_that_was_off_line_then_and_is_now(bench: Bench) -> None:
    bench.ground[D].online = False
    bench.change_phone(D, cleanup=PhoneCleanup(proof="unproven"))
    bench.approved(cleanup=True)
    assert bench.book.phones[D].cleanup.proof == "offline"
    assert (bench.proofs[D], bench.cards) == ("proven", [D])


def test_too_early(tmp_path: Path) -> None:
    early = Bench(tmp_path / "r", asas={"asa1": one_asa(bound="new", saved=True, switched_at=NOW)})
    with pytest.raises(ChangeRefused) as raised:
        early.run(cleanup=True, check=True, grace_days=10000)
    assert raised.value.code == "cleanup_too_early"


def test_with_a_pinned_ca_no_phone_is_told_anything(bench: Bench) -> None:
    bench.change(lambda book: replace(book, pinned_ca=True))
    result = bench.run(cleanup=True)
    assert (result["outcome"], bench.told) == ("done", [])
