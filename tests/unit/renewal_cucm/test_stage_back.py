"""The stages in CUCM taken back, and what they clean up after the switch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import ChangeRefused
from ansible.module_utils.vpnphone.model.renewal import Journal, TargetStage
from ansible.module_utils.vpnphone.renewal.stages import with_target_stage
from msgspec.structs import replace

from tests.unit.renewal_cucm.bench import Bench
from tests.unit.renewal_cucm.kit import NEW, OLD


def back(bench: Bench, name: str) -> dict[str, Any]:
    token = bench.run(name, check=True, state="absent")["token"]
    return bench.run(name, state="absent", approval=token, approved_by="J. Doe")


def test_back_again_in_order(bench: Bench) -> None:
    bench.approved("trust")
    bench.approved("gateway")
    with pytest.raises(ChangeRefused, match="is in the list of GW1"):
        bench.run("trust", state="absent")
    assert back(bench, "gateway")["outcome"] == "rolled_back"
    assert bench.cluster.lists["GW1"] == [OLD.member]
    assert back(bench, "trust")["outcome"] == "rolled_back"
    assert set(bench.cluster.files) == {"vpn.example.com.pem"}
    assert back_is_nothing(bench)


def back_is_nothing(bench: Bench) -> bool:
    return all(bench.run(name, state="absent")["changed"] is False for name in ("gateway", "trust"))


def test_trust_is_not_taken_back_while_gateway_stands(bench: Bench) -> None:
    bench.approved("trust")
    bench.approved("gateway")
    bench.cluster.lists["GW1"] = [OLD.member]  # by hand
    token = bench.run("trust", check=True, state="absent")["token"]
    error = bench.refused("trust", state="absent", approval=token, approved_by="J. Doe")
    assert error.code == "rollback_out_of_order"


def test_taking_back_needs_its_own_approval(bench: Bench) -> None:
    bench.approved("trust")
    assert bench.refused("trust", state="absent").code == "approval_missing"
    used = bench.book.approvals[-1].token
    assert bench.refused("trust", state="absent", approval=used, approved_by="J. Doe").code == "approval_wrong"
    assert len(bench.cluster.calls) == 1


def after_switch(bench: Bench, days: int) -> None:
    """The new certificate is trusted, listed, proven, and bound since so many days."""
    bench.approved("trust")
    bench.approved("gateway")
    at = datetime.now(UTC) - timedelta(days=days)

    def change(book: Journal) -> Journal:
        book = with_target_stage(book, "apply", "cucm-1", TargetStage(status="done", at=at))
        book = with_target_stage(book, "switch", "asa-1", TargetStage(status="done", at=at))
        one = replace(book.asas["asa-1"], bound="new", saved=True, switched_at=at)
        return replace(book, asas=book.asas | {"asa-1": one})

    bench.change(change)


def test_cleanup_in_two_steps_by_one_approval(bench: Bench) -> None:
    after_switch(bench, 8)
    old = {"state": "absent", "certificate": "old"}
    token = bench.run("gateway", check=True, **old)["token"]
    waiting = bench.run("trust", approval=token, approved_by="J. Doe", **old)
    assert (waiting["outcome"], waiting["changed"]) == ("waiting", False)
    assert set(bench.cluster.files) == {"vpn.example.com.pem", "vpn-2027.example.com.pem"}
    first = bench.run("gateway", approval=token, approved_by="J. Doe", **old)
    assert (first["outcome"], len(first["done"])) == ("running", 1)
    assert bench.cluster.lists["GW1"] == [NEW.member]
    assert bench.stage("cleanup").status == "running"
    second = bench.run("trust", **old)
    assert (second["outcome"], second["done"]) == ("done", [f"delete:{OLD.x509.sha1}"])
    assert set(bench.cluster.files) == {"vpn-2027.example.com.pem"}
    assert bench.stage("cleanup").status == "done"
    assert len(bench.stage("cleanup").done) == 2


@pytest.mark.parametrize("days", [0, 6])
def test_cleanup_waits(bench: Bench, days: int) -> None:
    after_switch(bench, days)
    for name in ("gateway", "trust"):
        error = bench.refused(name, check=True, state="absent", certificate="old")
        assert error.code == "cleanup_too_early"
    assert bench.run("gateway", check=True, state="absent", certificate="old", grace_days=days)["actions"]


def test_a_list_that_is_taken_up_again_before_the_deletion_stops_it(bench: Bench) -> None:
    after_switch(bench, 8)
    old = {"state": "absent", "certificate": "old"}
    bench.approved("gateway", **old)
    bench.cluster.lists["GW9"] = [OLD.member]
    assert bench.refused("trust", **old).code == "certificate_in_use"
    assert "vpn.example.com.pem" in bench.cluster.files


def test_a_list_that_takes_it_up_between_plan_and_deletion_stops_it(bench: Bench) -> None:
    after_switch(bench, 8)
    old = {"state": "absent", "certificate": "old"}
    bench.approved("gateway", **old)
    calls, reads = len(bench.cluster.calls), []

    def read() -> None:
        # The plan asks for gateways and groups; what comes after is asked just before the deletion.
        reads.append(1)
        if len(reads) == 3:
            bench.cluster.lists["GW9"] = [OLD.member]

    bench.cluster.on_read = read
    assert bench.refused("trust", **old).code == "certificate_in_use"
    assert len(bench.cluster.calls) == calls
