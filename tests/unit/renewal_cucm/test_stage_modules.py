"""The two modules over a cluster without sockets: planned, approved, done, resumed, taken back, cleaned up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused, VpnPhoneError
from ansible.module_utils.vpnphone.model.renewal import GatewayNote, Journal, TargetStage
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal, update
from ansible.module_utils.vpnphone.renewal.stages import target_stage, with_target_stage
from msgspec.structs import replace

from tests.plugins import load_module
from tests.unit.renewal_cucm.kit import CA, NEW, OLD, SAME_CN, THIRD, FakeCluster, asa, done, journal, lost

CANARY = "c4nary-s3cret"
UPLOAD = f"upload:{NEW.x509.sha1}"


class Bench:
    """A renewal's directory and its cluster."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory = directory
        self.cluster = FakeCluster(OLD)
        self.modules = {name: load_module(f"vpnphone_cucm_{name}") for name in ("trust", "gateway")}
        for module in self.modules.values():
            monkeypatch.setattr(module, "ClusterSession", lambda _options, name: self.cluster)

    def open(self, book: Journal) -> None:
        create_journal(self.directory, book)

    def run(self, which: str, /, *, check: bool = False, **options: Any) -> dict[str, Any]:
        module = self.modules[which]
        params = {key: option.get("default") for key, option in module.ARGUMENT_SPEC.items()}
        own = {"name": "cucm-1", "host": "192.0.2.1", "username": "axl", "password": CANARY, "os_username": "os",
               "os_password": CANARY, "renewal_dir": str(self.directory), "settle_timeout": 10}  # fmt: skip
        given = {key: value for key, value in (own | options).items() if key in module.ARGUMENT_SPEC}
        result: dict[str, Any] = module.execute(params | given, check_mode=check)
        assert CANARY not in json.dumps(result)
        return result

    def approved(self, which: str, /, **options: Any) -> dict[str, Any]:
        token = self.run(which, check=True, **options)["token"]
        return self.run(which, approval=token, approved_by="J. Doe", **options)

    def refused(self, which: str, /, **options: Any) -> VpnPhoneError:
        with pytest.raises(VpnPhoneError) as raised:
            self.run(which, **options)
        assert CANARY not in str(raised.value)
        return raised.value

    @property
    def book(self) -> Journal:
        return open_journal(self.directory)

    def stage(self, name: Any) -> TargetStage:
        return target_stage(self.book, name, "cucm-1")

    def change(self, change: Callable[[Journal], Journal]) -> None:
        update(self.directory, change, by="test")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(tmp_path / "2027", monkeypatch)
    made.open(journal())
    return made


# --- the good run -----------------------------------------------------------------------------------------------------


def test_planning_changes_nothing_and_says_what_to_type(bench: Bench) -> None:
    result = bench.run("trust", check=True)
    assert (result["outcome"], result["changed"], result["done"]) == ("planned", True, [])
    assert result["actions"] == [UPLOAD]
    assert result["commands"] == [f"POST trust/certificates service=phone-vpn SHA-1 {NEW.x509.sha1}"]
    assert f"vpnphone_approval={result['token']}" in result["message"]
    assert (len(result["before"]), len(result["after"])) == (1, 2)
    assert result["diff"]["after"].count("\n") == 2
    assert bench.cluster.calls == []
    assert bench.stage("trust").status == "planned"


def test_trust_then_gateway(bench: Bench) -> None:
    result = bench.approved("trust")
    assert (result["outcome"], result["changed"], result["done"]) == ("done", True, [UPLOAD])
    assert bench.cluster.calls == ["upload phone-vpn"]
    place = bench.book.clusters["cucm-1"]
    assert place.uploaded == (NEW.x509.sha1,)
    assert [note.sha1 for note in place.held] == [OLD.x509.sha1]
    assert (bench.stage("trust").status, bench.stage("trust").done) == ("done", (UPLOAD,))
    result = bench.approved("gateway")
    assert bench.cluster.lists["GW1"] == [OLD.member, NEW.member]
    assert [line.rpartition(" ")[2] for line in result["after"]] == [OLD.member[1], NEW.member[1]]
    note = bench.book.clusters["cucm-1"].gateways["GW1"]
    assert (note.before, note.after) == ((OLD.member,), (OLD.member, NEW.member))
    assert {one.by for one in bench.book.approvals} == {"J. Doe"}
    assert any(event.what.startswith("next: put vpn-2027") for event in bench.book.events)


@pytest.mark.parametrize("name", ["trust", "gateway"])
def test_again_is_nothing(bench: Bench, name: str) -> None:
    bench.approved("trust")
    if name == "gateway":
        bench.approved("gateway")
    calls = list(bench.cluster.calls)
    for check in (True, False):
        result = bench.run(name, check=check)
        assert (result["outcome"], result["changed"], result["actions"]) == ("done", False, [])
    assert bench.cluster.calls == calls


def test_what_is_there_already_needs_no_approval(bench: Bench) -> None:
    bench.cluster.put(NEW)
    result = bench.run("trust")
    assert (result["outcome"], result["changed"]) == ("done", False)
    assert bench.stage("trust").status == "done"


def test_with_a_pinned_ca_in_the_new_chain_both_fall_away(bench: Bench) -> None:
    bench.change(lambda book: replace(book, pinned_ca=True))
    for name in ("trust", "gateway"):
        result = bench.run(name)
        assert (result["outcome"], result["changed"]) == ("not_needed", False)


# --- gates ------------------------------------------------------------------------------------------------------------


def test_without_approval_nothing_is_sent(bench: Bench) -> None:
    assert bench.refused("trust").code == "approval_missing"
    assert bench.refused("trust", approval="0123456789ab", approved_by="J. Doe").code == "approval_wrong"
    token = bench.run("trust", check=True)["token"]
    assert bench.refused("trust", approval=token).code == "approver_missing"
    assert bench.cluster.calls == []


def test_gateway_waits_for_trust(bench: Bench) -> None:
    assert bench.refused("gateway").code == "not_in_trust"
    bench.cluster.put(NEW)
    token = bench.run("gateway", check=True)["token"]
    assert bench.refused("gateway", approval=token, approved_by="J. Doe").code == "stage_out_of_order"
    assert bench.cluster.calls == []


def test_a_plan_that_no_longer_holds_is_not_done(bench: Bench) -> None:
    bench.approved("trust")
    token = bench.run("gateway", check=True)["token"]
    bench.cluster.put(THIRD)
    bench.cluster.lists["GW1"].append(THIRD.member)
    assert bench.refused("gateway", approval=token, approved_by="J. Doe").code == "plan_differs"
    assert bench.cluster.calls == ["upload phone-vpn"]


def test_another_way_than_the_approved_one_is_another_plan(bench: Bench) -> None:
    token = bench.run("trust", check=True)["token"]
    error = bench.refused("trust", approval=token, approved_by="J. Doe", method="cli")
    assert error.code == "plan_differs"


def test_a_cluster_that_is_not_in_the_renewal(bench: Bench) -> None:
    assert bench.refused("trust", name="cucm-9").code == "not_in_renewal"


@pytest.mark.parametrize(
    "options", [{"state": "present", "certificate": "old"}, {"grace_days": -1}, {"name": "", "host": ""}]
)
def test_options_that_make_no_sense(bench: Bench, options: dict[str, Any]) -> None:
    assert isinstance(bench.refused("gateway", **options), BadInput)


# --- the same common name ---------------------------------------------------------------------------------------------


@pytest.fixture
def same_cn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    made = Bench(tmp_path / "2027", monkeypatch)
    made.open(journal(asa(new=SAME_CN)))
    return made


def test_the_same_common_name_is_refused_before_anything(same_cn: Bench) -> None:
    for check in (True, False):
        assert same_cn.refused("trust", check=check).code == "same_cn_overwrites"
    assert same_cn.cluster.calls == []


def test_the_ca_in_place_of_it_goes_all_the_way(same_cn: Bench, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(CA.note.pem)
    pins = {"pin_ca_files": [str(file)]}
    result = same_cn.approved("trust", **pins)
    assert result["done"] == [f"upload:{CA.x509.sha1}"]
    assert same_cn.book.asas["asa-1"].pin == CA.note
    same_cn.approved("gateway")
    assert same_cn.cluster.lists["GW1"] == [OLD.member, CA.member]


@pytest.mark.parametrize(("content", "code"), [(None, "file_missing"), ("no certificate", "pin_ca"), (OLD, "pin_ca")])
def test_a_ca_file_that_is_none(same_cn: Bench, tmp_path: Path, content: Any, code: str) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content if isinstance(content, str) else content.note.pem)
    assert same_cn.refused("trust", pin_ca_files=[str(file)]).code == code


def test_an_overwrite_behind_our_back_ends_the_stage_and_can_be_taken_back(bench: Bench) -> None:
    token = bench.run("trust", check=True)["token"]
    bench.cluster.on_upload = lambda: bench.cluster.put(SAME_CN)
    error = bench.refused("trust", approval=token, approved_by="J. Doe")
    assert error.code == "old_certificate_gone"
    assert bench.stage("trust").status == "refused"
    assert bench.stage("trust").error["code"] == "old_certificate_gone"
    # Somebody else's certificate is not ours to delete: it is said, and the old one comes back once it is gone.
    bench.cluster.on_upload = lambda: None
    bench.cluster.files.pop("vpn.example.com.pem")
    bench.cluster.lists["GW1"] = [OLD.member]
    planned = bench.run("trust", check=True, state="absent")
    assert planned["actions"] == [f"delete:{NEW.x509.sha1}", f"upload:{OLD.x509.sha1}"]
    result = bench.run("trust", state="absent", approval=planned["token"], approved_by="J. Doe")
    assert result["outcome"] == "rolled_back"
    assert set(bench.cluster.files) == {"vpn.example.com.pem"}
    assert bench.cluster.files["vpn.example.com.pem"] is OLD
    assert (bench.stage("trust").status, bench.book.clusters["cucm-1"].uploaded) == ("rolled_back", ())


# --- cut short --------------------------------------------------------------------------------------------------------


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


# --- a person uploads -------------------------------------------------------------------------------------------------


def test_by_hand(bench: Bench) -> None:
    bench.cluster.has_platform_login = False
    planned = bench.run("trust", check=True)
    file = bench.directory / "files" / f"phone-vpn-trust-{NEW.x509.sha1}.pem"
    assert file.read_text() == NEW.note.pem
    assert planned["commands"][0].startswith("Cisco Unified OS Administration")
    waiting = bench.run("trust", approval=planned["token"], approved_by="J. Doe")
    assert (waiting["outcome"], waiting["changed"]) == ("waiting", False)
    assert "Upload Certificate" in waiting["message"]
    assert bench.run("trust")["outcome"] == "waiting"
    bench.cluster.put(NEW)
    assert bench.run("trust")["outcome"] == "done"
    assert bench.stage("trust").done == (UPLOAD,)


# --- rollback and cleanup ---------------------------------------------------------------------------------------------


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
    at = datetime.now(UTC) - timedelta(days=days)

    def change(book: Journal) -> Journal:
        book = with_target_stage(book, "apply", "cucm-1", TargetStage(status="done", at=at))
        book = with_target_stage(book, "switch", "asa-1", TargetStage(status="done", at=at))
        one = replace(book.asas["asa-1"], bound="new", saved=True, switched_at=at)
        return replace(book, asas=book.asas | {"asa-1": one})

    bench.change(change)


def test_cleanup_in_two_steps_by_one_approval(bench: Bench) -> None:
    bench.approved("trust")
    bench.approved("gateway")
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
    bench.approved("trust")
    bench.approved("gateway")
    after_switch(bench, days)
    for name in ("gateway", "trust"):
        error = bench.refused(name, check=True, state="absent", certificate="old")
        assert error.code == "cleanup_too_early"
    assert bench.run("gateway", check=True, state="absent", certificate="old", grace_days=days)["actions"]


def test_a_list_that_is_taken_up_again_before_the_deletion_stops_it(bench: Bench) -> None:
    bench.approved("trust")
    bench.approved("gateway")
    after_switch(bench, 8)
    old = {"state": "absent", "certificate": "old"}
    bench.approved("gateway", **old)
    bench.cluster.lists["GW9"] = [OLD.member]
    assert bench.refused("trust", **old).code == "certificate_in_use"
    assert "vpn.example.com.pem" in bench.cluster.files


def test_a_list_that_takes_it_up_between_plan_and_deletion_stops_it(bench: Bench) -> None:
    bench.approved("trust")
    bench.approved("gateway")
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
