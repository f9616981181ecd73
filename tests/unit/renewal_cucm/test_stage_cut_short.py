"""The stages in CUCM cut short: killed, refused, and resumed."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.model.renewal import GatewayNote

from tests.unit.renewal_cucm.bench import UPLOAD, Bench
from tests.unit.renewal_cucm.kit import CA, NEW, OLD, THIRD, FakeCluster, asa, done, journal, lost


class Killed(BaseException):
    """The controller is gone; nothing catches it."""


@pytest.mark.parametrize("when", ["on_upload", "after_upload"])
def test_killed_around_an_upload(bench: Bench, when: str) -> None:
    token = bench.run("trust", check=True)["token"]

    def kill() -> None:
        raise Killed

    setattr(bench.cluster, when, kill)
    with pytest.raises(Killed):
        bench.run("trust", approval=token, approved_by="J. Doe")
    assert bench.stage("trust").status == "running"
    assert bench.book.clusters["cucm-1"].uploaded == (NEW.x509.sha1,)
    setattr(bench.cluster, when, lambda: None)
    result = bench.run("trust")  # without a new approval
    assert result["outcome"] == "done"
    assert bench.stage("trust").done == (UPLOAD,)
    assert set(bench.cluster.files) == {"vpn.example.com.pem", "vpn-2027.example.com.pem"}
    assert len(bench.cluster.calls) == (2 if when == "on_upload" else 1)
    # What stood there before the first attempt is still known.
    assert [note.sha1 for note in bench.book.clusters["cucm-1"].held] == [OLD.x509.sha1]


def test_killed_between_two_lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path / "2027", monkeypatch)
    bench.cluster = FakeCluster(OLD, NEW, lists={"GW1": [OLD], "GW2": [OLD]})
    notes = {name: GatewayNote(name=name, url="https://vpn.example.com/x") for name in ("GW1", "GW2")}
    bench.open(journal(gateways=notes, stages=done("trust")))
    token = bench.run("gateway", check=True)["token"]
    left = [1]

    def kill() -> None:
        if not left:
            raise Killed
        left.pop()

    bench.cluster.on_update = kill
    with pytest.raises(Killed):
        bench.run("gateway", approval=token, approved_by="J. Doe")
    assert len(bench.stage("gateway").done) == 1
    bench.cluster.on_update = lambda: None
    result = bench.run("gateway")
    assert len(result["done"]) == 1
    assert bench.cluster.lists == {"GW1": [OLD.member, NEW.member], "GW2": [OLD.member, NEW.member]}
    assert len(bench.stage("gateway").done) == 2


def test_a_resumed_stage_does_not_touch_a_list_that_another_changed(bench: Bench) -> None:
    bench.approved("trust")
    token = bench.run("gateway", check=True)["token"]

    def kill() -> None:
        raise Killed

    bench.cluster.on_update = kill
    with pytest.raises(Killed):
        bench.run("gateway", approval=token, approved_by="J. Doe")
    bench.cluster.on_update = lambda: None
    bench.cluster.put(THIRD)
    bench.cluster.lists["GW1"].append(THIRD.member)
    assert bench.refused("gateway").code == "plan_differs"
    assert bench.cluster.lists["GW1"] == [OLD.member, THIRD.member]


def test_a_server_that_asks_for_patience_leaves_the_stage_open(bench: Bench) -> None:
    bench.approved("trust")
    token = bench.run("gateway", check=True)["token"]
    bench.cluster.on_update = lost("throttled")
    assert bench.refused("gateway", approval=token, approved_by="J. Doe").code == "throttled"
    assert bench.stage("gateway").status == "running"
    bench.cluster.on_update = lambda: None
    assert bench.run("gateway")["outcome"] == "done"


def test_a_refusal_ends_the_stage_and_spends_the_approval(bench: Bench) -> None:
    token = bench.run("trust", check=True)["token"]
    bench.cluster.on_upload = lost("certificate_refused")
    assert bench.refused("trust", approval=token, approved_by="J. Doe").code == "certificate_refused"
    assert bench.stage("trust").status == "refused"
    bench.cluster.on_upload = lambda: None
    assert bench.refused("trust", approval=token, approved_by="J. Doe").code == "approval_spent"
    assert bench.approved("trust", method="cli")["outcome"] == "done"


def test_what_was_done_before_an_error_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(tmp_path / "2027", monkeypatch)
    bench.cluster = FakeCluster(OLD, THIRD, lists={"GW1": [OLD, THIRD]})
    bench.open(journal(asa("asa-1"), asa("asa-2", old=THIRD, new=CA)))
    token = bench.run("trust", check=True)["token"]
    left = [1]

    def refuse() -> None:
        if not left:
            lost("certificate_refused")()
        left.pop()

    bench.cluster.on_upload = refuse
    error = bench.refused("trust", approval=token, approved_by="J. Doe")
    assert "Done before it, and standing: upload:" in error.what
    assert bench.stage("trust").done != ()
