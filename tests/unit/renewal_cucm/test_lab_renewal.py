"""The two modules against the lab's clusters over HTTPS and SSH: every way in, and faults where they hurt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.model.renewal import (
    AsaRenewal,
    CertificateNote,
    ClusterRenewal,
    GatewayNote,
    Journal,
    TargetStage,
)
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal
from ansible.module_utils.vpnphone.renewal.stages import target_stage
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.x509 import read_pem

from lab.certs import Cert, make_all
from lab.cucm.cluster import Cluster
from lab.scenario import CertificateSpec
from lab.testing import RunningLab, running_lab
from tests.plugins import load_module

CUT = {"kind": "axl_cut", "operation": "^updateVpnGateway$", "count": 1}
BUSY = {"kind": "axl_503", "operation": "^updateVpnGateway$"}
# Cluster: release and faults.
CLUSTERS: dict[str, dict[str, Any]] = {
    "rest": {},
    "cli": {"version": "12.5.1.11900-146"},
    "old": {"version": "11.5.1.12900-21", "faults": [{"kind": "delete_asks"}]},
    "cut": {"faults": [CUT, {"kind": "upload_cut", "count": 1}]},
    "refusing": {"faults": [{"kind": "upload_refused"}]},
    "busy": {"faults": [BUSY]},
    "same-cn": {},
    "overtaken": {},
    "older": {},
    "changed": {},
    "full": {"listed": 9},
    "unrestricted": {"export": "unrestricted"},
}
CERTS: dict[str, dict[str, Any]] = {
    "ca": {"subject": "CN=Issuing CA,O=Lab", "ca": True, "key": "ec256", "valid_from": "-900d"},
    "old": {"subject": "CN=vpn.example.com,O=Lab", "issuer": "ca", "key": "ec256", "valid_from": "-300d"},
    **{f"x{number}": {"subject": f"CN=x{number}.example.com", "key": "ec256"} for number in range(9)},
}  # fmt: skip
TRUST = "Phone-VPN-trust"


def _cluster(name: str, version: str = "14.0.1.13900-155", listed: int = 0, **keys: Any) -> dict[str, Any]:
    held = ["old", *(f"x{number}" for number in range(listed))]
    return {
        "name": name, "version": version, "nodes": [{"name": f"{name}-pub"}],
        "trust": {TRUST: held},
        "gateways": [{"name": "GW1", "url": "https://vpn.example.com/VPNPhone", "certificates": held}],
        "groups": [{"name": "G1", "gateways": ["GW1"]}], "profiles": [{"name": "P1"}],
        "common_profiles": [{"name": "Remote", "vpn_group": "G1", "vpn_profile": "P1"}], **keys,
    }  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    scenario = {
        "name": "renewal", "certificates": CERTS, "devices": [{"name": "fw"}],
        "cucm": [_cluster(name, **keys) for name, keys in CLUSTERS.items()],
    }  # fmt: skip
    with running_lab(scenario, tmp_path_factory.mktemp("renewal") / "lab") as lab:
        yield lab


class Work:
    """One cluster of the lab with a renewal of its own."""

    def __init__(self, site: RunningLab, name: str, directory: Path, new: Cert) -> None:
        self.site, self.name, self.directory = site, name, directory
        old = next(iter(self.cluster.stores[TRUST].files.values())).cert
        self.old, self.new = old, new
        ready = {"certificate": TargetStage(status="done"), "export": TargetStage(status="done")}
        asa = AsaRenewal(
            name="asa-1", interface="outside", old_trustpoint="O", new_trustpoint="N", old=note(old), new=note(new),
            stages=ready,
        )  # fmt: skip
        cluster = ClusterRenewal(name=name, gateways={"GW1": GatewayNote(name="GW1", url="https://vpn.example.com/")})
        book = Journal(
            renewal="r", created=datetime.now(UTC), asas={"asa-1": asa}, clusters={name: cluster},
            preflight=TargetStage(status="done"),
        )  # fmt: skip
        create_journal(directory, book)

    @property
    def cluster(self) -> Cluster:
        return self.site.cluster(self.name)

    def run(self, which: str, /, *, check: bool = False, **options: Any) -> dict[str, Any]:
        module = load_module(f"vpnphone_cucm_{which}")
        variables = self.site.inventory["_meta"]["hostvars"][self.name]
        params = {key: option.get("default") for key, option in module.ARGUMENT_SPEC.items()}
        params |= {
            option: variables[names[0]] for option, names in module.INVENTORY_VARIABLES.items() if names[0] in variables
        }
        (self.directory / "ssh_config").touch()
        params |= {
            "name": self.name, "renewal_dir": str(self.directory), "ssh_config": str(self.directory / "ssh_config")
        }  # fmt: skip
        result: dict[str, Any] = module.execute(params | options, check_mode=check)
        assert "rehearse" not in json.dumps(result)
        return result

    def approved(self, which: str, /, **options: Any) -> dict[str, Any]:
        token = self.run(which, check=True, **options)["token"]
        return self.run(which, approval=token, approved_by="J. Doe", **options)

    def refused(self, which: str, /, *, plan: bool = False, **options: Any) -> VpnPhoneError:
        """plan: already as it is planned."""
        approval = {} if plan else {"approval": self.run(which, check=True, **options)["token"], "approved_by": "J."}
        with pytest.raises(VpnPhoneError) as raised:
            self.run(which, check=plan, **approval, **options)
        assert "rehearse" not in str(raised.value)
        return raised.value

    @property
    def store(self) -> set[str]:
        return {held.cert.sha1 for held in self.cluster.stores[TRUST].files.values()}

    @property
    def pins(self) -> list[str]:
        return list(self.site.state(self.name)["gateways"]["GW1"]["pins"])

    def stage(self, name: Any) -> TargetStage:
        return target_stage(open_journal(self.directory), name, self.name)


def note(cert: Cert) -> CertificateNote:
    return note_of(read_pem(cert.pem))


def fresh(subject: str, **keys: Any) -> Cert:
    return make_all({"x": CertificateSpec(subject=subject, key="ec256", **keys)})["x"]


NEW = fresh("CN=vpn-2027.example.com,O=Lab", san=("DNS:vpn.example.com",), valid_from="-1d")


@pytest.fixture
def work(site: RunningLab, tmp_path: Path, request: pytest.FixtureRequest) -> Work:
    name, cert = getattr(request, "param", ("rest", NEW))
    return Work(site, name, tmp_path / "r", cert)


def cluster(name: str, cert: Cert = NEW) -> Any:
    return pytest.mark.parametrize("work", [(name, cert)], indirect=True, ids=[name])


@pytest.mark.parametrize(
    ("work", "command"),
    [(("rest", NEW), "POST trust/certificates"), (("cli", NEW), "set cert import"), (("old", NEW), "set cert import")],
    indirect=["work"],
    ids=["rest", "cli", "old"],
)
def test_in_and_out_again(work: Work, command: str) -> None:
    result = work.approved("trust")
    assert result["commands"][0].startswith(command)
    assert work.store == {work.old.sha1, work.new.sha1}
    assert work.approved("gateway")["outcome"] == "done"
    wanted = [held.pin for held in work.cluster.stores[TRUST].files.values()]
    assert work.pins == wanted
    assert len(wanted) == 2
    for which in ("gateway", "trust"):
        assert work.run(which)["changed"] is False
        assert work.approved(which, state="absent")["outcome"] == "rolled_back"
    assert work.store == {work.old.sha1}
    assert work.pins == wanted[:1]


@cluster("cut")
def test_answers_that_are_lost_after_the_change(work: Work) -> None:
    before = work.cluster.requests["updateVpnGateway"]
    assert work.approved("trust")["outcome"] == "done"
    assert work.approved("gateway")["outcome"] == "done"
    assert len(work.pins) == 2
    assert work.cluster.requests["updateVpnGateway"] == before + 1


@cluster("refusing")
def test_an_api_that_refuses_leaves_the_other_way(work: Work) -> None:
    error = work.refused("trust")
    assert error.code == "certificate_refused"
    assert "not managed here" in error.what
    assert work.stage("trust").status == "refused"
    assert work.approved("trust", method="cli")["outcome"] == "done"
    assert work.store == {work.old.sha1, work.new.sha1}


@cluster("busy")
def test_a_server_that_never_has_time(work: Work) -> None:
    work.approved("trust")
    pins = work.pins
    assert work.refused("gateway").code == "throttled"
    assert (work.pins, work.stage("gateway").status) == (pins, "running")


@cluster("same-cn", fresh("CN=vpn.example.com,O=Lab", valid_from="-1d"))
def test_the_same_common_name_is_never_sent(work: Work) -> None:
    assert work.refused("trust", plan=True).code == "same_cn_overwrites"
    assert work.store == {work.old.sha1}
    assert work.cluster.requests["POST trust/certificates"] == 0


@cluster("overtaken")
def test_somebody_overwrites_the_old_one_and_the_rollback_brings_it_back(work: Work) -> None:
    work.approved("trust")
    other = fresh("CN=vpn.example.com,O=Lab", valid_from="-2d")
    work.site.inside(lambda: work.cluster.upload(TRUST, other))
    error = work.refused("gateway", plan=True)
    assert error.code == "old_certificate_gone"
    assert "Apply no configuration" in error.todo
    # The other one is not ours to delete: a person does, as the message says; then the old one comes back.
    work.site.inside(lambda: work.cluster.delete(TRUST, "vpn.example.com.pem"))
    assert work.approved("trust", state="absent")["outcome"] == "rolled_back"
    assert work.store == {work.old.sha1}


@cluster("older", fresh("CN=late.example.com", san=("DNS:vpn.example.com",), valid_from="-50d"))
def test_an_older_one_is_dropped_between_plan_and_upload(work: Work) -> None:
    token = work.run("trust", check=True)["token"]
    newer = fresh("CN=late.example.com", valid_from="-2d")
    work.site.inside(lambda: work.cluster.upload(TRUST, newer))
    with pytest.raises(VpnPhoneError) as raised:
        work.run("trust", approval=token, approved_by="J. Doe", settle_timeout=0)
    assert raised.value.code == "same_cn_overwrites"
    assert work.store == {work.old.sha1, newer.sha1}


@cluster("full")
def test_ten_are_enough_and_eleven_too_many(work: Work) -> None:
    work.approved("trust")
    assert len(work.pins) == 10
    assert work.refused("gateway", plan=True).code == "gateway_full"
    assert len(work.pins) == 10


@cluster("changed")
def test_a_list_that_another_changed_after_the_approval(work: Work) -> None:
    work.approved("trust")
    token = work.run("gateway", check=True)["token"]
    other = fresh("CN=other.example.com")

    def change() -> None:
        work.cluster.upload(TRUST, other)
        work.cluster.gateways["GW1"].certificates += ("other.example.com.pem",)
        work.cluster.touch()

    work.site.inside(change)
    with pytest.raises(VpnPhoneError) as raised:
        work.run("gateway", approval=token, approved_by="J. Doe")
    assert raised.value.code == "plan_differs"
    assert len(work.pins) == 2


@cluster("unrestricted")
def test_an_unrestricted_cluster_is_not_changed(work: Work) -> None:
    assert work.refused("trust", plan=True).code == "gateways_unknown"
    assert work.store == {work.old.sha1}
