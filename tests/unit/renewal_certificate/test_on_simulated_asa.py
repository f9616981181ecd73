"""Stages certificate and export on a simulated ASA: real keys, requests and a CA, and every wrong certificate."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.renewal.pem import read_certificates
from ansible.module_utils.vpnphone.x509 import read_pem

from lab.testing import RunningLab
from tests.unit.renewal_certificate.kit import NEW, URL, Renewal, error, untouched

ONCE = "Once4Canary"


# --- the good ways ----------------------------------------------------------------------------------------------------


def test_a_request_a_signature_an_import_an_export(renewal: Renewal) -> None:
    planned = renewal.run(check=True)
    assert planned["actions"] == ["key", "trustpoint", "csr", "save", "import"]
    assert renewal.state["trustpoints"].keys() == {"VPN_TP"}
    waiting = renewal.run(approval=planned["token"])
    assert waiting["outcome"] == "waiting"
    assert waiting["done"] == ["key", "trustpoint", "csr", "save"]
    assert "fw.csr" in waiting["message"]
    assert "DNS:vpn.example.com" in waiting["message"]
    assert renewal.asa.csr == (renewal.directory / "files" / "fw.csr").read_text()
    assert f"crypto ca trustpoint {NEW}" in renewal.state["startup_config"]
    # Run again before the CA has answered, it waits on, without another approval.
    again = renewal.run(by="")
    assert (again["outcome"], again["done"]) == ("waiting", [])

    leaf = read_certificates(renewal.signed().read_bytes(), "")[0]
    planned = renewal.run(check=True)
    root, issuing = (read_pem(text).sha1 for text in reversed(renewal.site.chain()))
    assert planned["actions"] == [f"ca:{issuing}", f"chain:{root}", f"import:{leaf.sha1}", "save"]
    done = renewal.run(approval=planned["token"])
    assert done["outcome"] == "done"
    assert done["done"] == planned["actions"]
    assert done["warnings"] == planned["warnings"]
    stores = renewal.state["trustpoints"]
    assert stores[NEW]["identity"]["sha1"] == leaf.sha1
    assert stores[NEW]["ca"]["sha1"] == issuing
    assert stores[f"{NEW}-CA-{root[:8]}"]["ca"]["sha1"] == root
    assert renewal.asa.new is not None
    assert renewal.asa.new.sha1 == leaf.sha1
    untouched(renewal)
    assert renewal.run(by="")["outcome"] == "done"

    exported = renewal.approve(stage="export")
    assert exported["outcome"] == "done"
    assert [note.sha1 for note in renewal.asa.chain] == [issuing]
    assert read_pem((renewal.directory / "files" / "fw-exported.pem").read_text()).sha256 == leaf.sha256
    assert not renewal.journal.pinned_ca
    assert renewal.run(stage="export", by="")["outcome"] == "done"


def test_a_self_signed_certificate(renewal: Renewal) -> None:
    done = renewal.approve(method="self_signed")
    assert done["done"] == ["key", "trustpoint", "self_signed", "save"]
    new = renewal.asa.new
    assert new is not None
    assert new.cn == "vpn-2027.example.com"
    assert renewal.state["trustpoints"][NEW]["identity"]["sha1"] == new.sha1
    assert renewal.run(method="self_signed", by="")["outcome"] == "done"
    assert renewal.approve(stage="export", method="self_signed")["outcome"] == "done"
    untouched(renewal)


def pkcs12(renewal: Renewal, tmp_path: Path, **changes: Any) -> dict[str, Any]:
    path = tmp_path / "new.p12"
    changes = {"subject": "CN=vpn-2027.example.com,O=Lab", "san": ["DNS:vpn.example.com"]} | changes
    path.write_bytes(renewal.site.pkcs12(ONCE, **changes))
    return {"method": "pkcs12", "pkcs12_file": str(path)}


@pytest.mark.parametrize("way", ["option", "environment"])
def test_a_pkcs12_with_a_passphrase_for_once(
    renewal: Renewal, tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = pkcs12(renewal, tmp_path)
    if way == "option":
        options["pkcs12_passphrase"] = ONCE
    else:
        monkeypatch.setenv("VPNPHONE_PKCS12_PASSPHRASE", ONCE)
    planned = renewal.run(check=True, **options)
    assert any("accounting" in line for line in planned["warnings"])
    done = renewal.run(approval=planned["token"], **options)
    assert done["outcome"] == "done"
    stores = renewal.state["trustpoints"]
    assert stores[NEW]["identity"] is not None
    # The issuer comes with the file; the root gets a trustpoint of its own.
    assert len(stores) == 3
    untouched(renewal)
    kept = (renewal.directory / "journal.json").read_text()
    assert "accounting may keep it" in kept
    assert ONCE not in kept + str(planned) + str(done)
    assert renewal.run(by="", **options)["outcome"] == "done"


def test_the_mate_is_asked(site: RunningLab, tmp_path: Path) -> None:
    renewal = Renewal(site, tmp_path, "pair")
    fault = site.add_fault("pair", kind="mate_lacks", command=f"^{NEW}$")
    done = renewal.approve(method="self_signed")
    assert done["outcome"] == "done"
    assert any("write standby" in line for line in done["warnings"])
    assert any("mate does not hold it" in event.what for event in renewal.journal.events)
    site.inside(lambda: site.device("pair").faults.remove(fault))
    site.type("pair", "write standby")
    assert not any("write standby" in line for line in renewal.run(method="self_signed", by="")["warnings"])


def test_phones_that_pin_the_ca_need_nothing_new(renewal: Renewal) -> None:
    issuing = read_pem(renewal.site.chain()[0])
    renewal.gathered(renewal.old, pins=issuing)
    # Even the old name is good then, as nothing is uploaded.
    renewal.wish["cn"] = "vpn.example.com"
    renewal.approve()
    renewal.signed()
    renewal.approve()
    renewal.approve(stage="export")
    assert renewal.journal.pinned_ca


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ca": "issuing", "key": "rsa2048"}, "key_mismatch"),
        ({"san": ["DNS:other.example.com"]}, "host_id"),
        ({"wildcard": True}, "host_id"),
        ({"drop_cn": True, "san": []}, "host_id"),
        ({"valid_from": "-40d", "valid_to": "-1d"}, "certificate_not_valid"),
        ({"valid_from": "+2d", "valid_to": "+400d"}, "certificate_not_valid"),
    ],
    ids=["another key", "another name", "wildcard", "no name", "expired", "not yet valid"],
)
def test_a_wrong_signature(renewal: Renewal, changes: dict[str, Any], code: str) -> None:
    renewal.approve()
    renewal.signed(**changes)
    assert error(renewal, check=True).code == code
    assert renewal.state["trustpoints"][NEW] == {}
    # The right one makes it good: by another plan, under another approval.
    renewal.signed()
    assert renewal.approve()["outcome"] == "done"


def test_a_wrong_clock_of_the_asa(renewal: Renewal) -> None:
    renewal.approve()
    renewal.signed(valid_from="-1h", valid_to="+5d")
    device = renewal.site.device("fw")
    renewal.site.type("fw", "configure terminal", "clock timezone NOWHERE 9")
    assert device.now().utcoffset() is not None
    planned = renewal.run(check=True, accept_unsaved=True)
    # A zone that nobody knows: valid at one end of what it can mean, not at the other.
    assert any("depends on a zone" in line for line in planned["warnings"])


@pytest.mark.parametrize("ca", ["impostor", "only the leaf", "without the root"])
def test_a_chain_that_is_not_whole(renewal: Renewal, ca: str) -> None:
    renewal.approve()
    path = renewal.signed()
    leaf = path.read_text().partition("-----END CERTIFICATE-----\n")
    text = leaf[0] + leaf[1]
    if ca == "impostor":
        # The name of the CA that signed, and another key: the one on the device signed, so its own chain is taken.
        path.write_text(renewal.site.sign((renewal.directory / "files" / "fw.csr").read_text(), "impostor"))
    elif ca == "only the leaf":
        path.write_text(text)
    else:
        path.write_text(text + renewal.site.chain()[0])
    found = error(renewal, check=True)
    assert found.code == "chain_incomplete"
    assert ("another CA" in found.what) == (ca == "impostor")


def test_an_ec_key_for_old_phones_is_refused_before_it_is_made(renewal: Renewal) -> None:
    renewal.wish |= {"key": "EC", "bits": 256}
    found = error(renewal, check=True, models_in_use=["7962G"])
    assert found.code == "certificate_unfit"
    assert renewal.state["trustpoints"].keys() == {"VPN_TP"}


@pytest.mark.parametrize("gathered", [True, False])
def test_a_common_name_that_phone_vpn_trust_has(renewal: Renewal, gathered: bool) -> None:
    renewal.wish["cn"] = "vpn.example.com"
    if gathered:
        renewal.gathered(renewal.old, pins=renewal.old)
    found = error(renewal, check=True)
    assert found.code == "same_cn_overwrites"
    assert "pin: ca" in found.todo
    # The second way out.
    renewal.wish["pin"] = "ca"
    assert renewal.run(check=True)["outcome"] == "planned"


def test_nothing_is_done_without_an_approval(renewal: Renewal) -> None:
    assert error(renewal).code == "approval_missing"
    token = renewal.run(check=True)["token"]
    assert error(renewal, approval="0" * 12).code == "approval_wrong"
    assert error(renewal, approval=token, by="").code == "approver_missing"
    assert renewal.state["trustpoints"].keys() == {"VPN_TP"}


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([f"crypto ca trustpoint {NEW}", "enrollment terminal", "subject-name CN=other"], "trustpoint_differs"),
        ([f"crypto key generate rsa label {NEW} modulus 1024 noconfirm"], "key_taken"),
        (["crypto ca trustpoint OTHER", f"keypair {NEW}", "exit",
          f"crypto key generate rsa label {NEW} modulus 2048 noconfirm"], "key_taken"),
        ([f"no crypto ca trustpoint {NEW}"], ""),
    ],
    ids=["other lines", "another key", "a key of another trustpoint", "free"],
)  # fmt: skip
def test_a_trustpoint_or_key_of_others(renewal: Renewal, lines: list[str], code: str) -> None:
    renewal.site.type("fw", "configure terminal", *lines, "end", "write memory")
    if code:
        assert error(renewal, check=True).code == code
    else:
        assert renewal.run(check=True)["outcome"] == "planned"


def test_a_trustpoint_that_holds_another_certificate(renewal: Renewal, tmp_path: Path) -> None:
    text = base64.encodebytes(renewal.site.pkcs12(ONCE, subject="CN=somebody")).decode().splitlines()
    renewal.site.type("fw", "configure terminal", f"crypto ca import {NEW} pkcs12 {ONCE}", *text, "quit",
                      "end", "write memory")  # fmt: skip
    assert error(renewal, check=True).code == "trustpoint_taken"
    assert error(renewal, check=True, **pkcs12(renewal, tmp_path), pkcs12_passphrase=ONCE).code == "trustpoint_taken"


def test_unsaved_changes_of_others(renewal: Renewal) -> None:
    renewal.site.type("fw", "configure terminal", "group-policy GP_PHONES attributes", "vpn-simultaneous-logins 9")
    found = error(renewal, check=True)
    assert found.code == "unsaved_changes"
    assert "vpn-simultaneous-logins 9" in found.what
    assert renewal.run(check=True, accept_unsaved=True)["actions"][-2:] == ["save", "import"]
    assert "save" not in renewal.run(check=True, save="never")["actions"]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"trustpoint": "ELSE"}, "bad_wish"),
        ({"key": "DSA"}, "bad_wish"),
        ({"bits": 512}, "bad_wish"),
        ({"cn": ""}, "bad_wish"),
        ({"cn": "*.example.com"}, "bad_wish"),
        ({"names": ["*.example.com"]}, "bad_wish"),
        ({"names": [{"a": 1}]}, "bad_wish"),
        ({"cn": "vpn\nno ssl trust-point VPN_TP outside"}, "bad_wish"),
        ({"pin": "both"}, "bad_wish"),
    ],
)
def test_a_wish_that_cannot_be(renewal: Renewal, wish: dict[str, Any], code: str) -> None:
    renewal.wish |= wish
    found = error(renewal, check=True)
    assert isinstance(found, BadInput)
    assert found.code == code


def test_a_pkcs12_that_cannot_be_used(renewal: Renewal, tmp_path: Path) -> None:
    options = pkcs12(renewal, tmp_path)
    assert error(renewal, check=True, **options).code == "passphrase"
    for odd in ("with blank", "what?", "ü", "x" * 65):
        found = error(renewal, check=True, **options, pkcs12_passphrase=odd)
        assert found.code == "passphrase"
        assert odd not in str(found)
    found = error(renewal, check=True, **options, pkcs12_passphrase=ONCE[::-1])
    assert found.code == "pkcs12_file"
    assert ONCE[::-1] not in str(found)
    wrong = pkcs12(renewal, tmp_path, san=["DNS:other.example.com"])
    assert error(renewal, check=True, **wrong, pkcs12_passphrase=ONCE).code == "host_id"
    assert renewal.state["trustpoints"].keys() == {"VPN_TP"}


def test_what_was_imported_is_gone_before_the_export(renewal: Renewal) -> None:
    renewal.approve(method="self_signed")
    renewal.site.type("fw", "configure terminal", f"no crypto ca trustpoint {NEW}", "yes", "end", "write memory")
    assert error(renewal, check=True, stage="export").code == "certificate_gone"


def test_urls_of_other_asas_do_not_count(renewal: Renewal) -> None:
    assert renewal.journal.clusters["cucm-1"].gateways["GW1"].url == URL
    renewal.wish["names"] = ["elsewhere.example.com"]
    assert error(renewal, check=True).code == "host_id"
    assert renewal.run(check=True, host_id_check=False)["outcome"] == "planned"
