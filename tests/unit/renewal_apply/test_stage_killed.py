"""Stage apply killed anywhere, and gone on with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible.module_utils.vpnphone.errors import ChangeRefused
from msgspec.structs import replace

from tests.unit.renewal_apply.kit import NAMES, Bench, Killed, refused

A, B, C, D = NAMES[:4]


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
