"""The two modules over a cluster without sockets: planned, approved, done, by hand too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from msgspec.structs import replace

from tests.unit.renewal_cucm.bench import UPLOAD, Bench
from tests.unit.renewal_cucm.kit import CA, NEW, OLD, SAME_CN, THIRD, asa, journal

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
