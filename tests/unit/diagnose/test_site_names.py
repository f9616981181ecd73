"""What the site's state knows of the things that a log names."""

from __future__ import annotations

from typing import Literal

import pytest
from ansible.module_utils.vpnphone.diagnose.site import SiteNames, site_names
from ansible.module_utils.vpnphone.model import Finding, Outcome, Session

from tests.unit.predict import builders as b

FOUND = b.site(b.unit(b.asa(hostname="FW-Outside"), b.probe()))
NAMES = site_names([FOUND])


def test_a_certificate_is_named_in_every_place() -> None:
    places = NAMES.certificates[b.LEAF.sha1]
    assert places[0] == "vpn.example.com: identity certificate of trustpoint VPN on asa1 (bound for SSL)"
    assert "vpn.example.com: presented by asa1 when it was probed" in places
    assert any(place.endswith("in Phone-VPN-trust of cucm1") for place in places)
    assert any("CA certificate of trustpoint CAPF on asa1" in place for place in NAMES.certificates[b.CAPF.sha1])
    assert NAMES.trusted == {b.LEAF.sha1}


def test_an_entry_of_the_store_counts_by_its_hash_alone() -> None:
    cluster = b.cucm(trust=(b.trusted(b.LEAF, x509=None),))
    assert site_names([b.site(cluster=cluster)]).trusted == {b.LEAF.sha1}
    cluster = b.cucm(trust=(b.trusted(b.LEAF, x509=None, stored_hash="?"),))
    assert site_names([b.site(cluster=cluster)]).trusted == frozenset()
    assert site_names([b.site(cluster=b.cucm(trust=None))]).trusted is None


def test_phones_have_their_files_and_addresses() -> None:
    known = NAMES.phones[b.PHONE]
    assert known.pins == {b.LEAF.sha1}
    assert known.model == "Cisco 7962"
    sessions = (
        Session(username=f"CP-7962G-{b.PHONE}", public_ip="203.0.113.21"),
        Session(username="jdoe", public_ip="198.51.100.7"),
    )
    names = site_names([b.site(b.unit(b.asa(sessions=sessions)))])
    assert names.phones[b.PHONE].addresses == {"203.0.113.21"}
    assert "jdoe" not in names.phones


def test_a_phone_without_a_readable_file_has_no_pins_and_not_none_of_them() -> None:
    assert site_names([b.site(phones=(b.phone(b.served(status="encrypted", vpn=None)),))]).phones[b.PHONE].pins is None
    assert "the phone's file" not in site_names([b.site(phones=())]).leaf(b.LEAF.sha1, b.PHONE)


def test_an_asa_is_known_by_its_host_name_too() -> None:
    for device in ("asa1", "fw-outside", "FW-OUTSIDE", ""):
        asa = NAMES.asa(device)
        assert asa is not None and asa.device == "asa1"
        assert (asa.tunnel_groups, asa.interfaces, asa.trustpoints) == (("VPNPhone",), ("outside",), ("VPN",))
    assert NAMES.asa("asa2") is None
    two = site_names([b.site(b.unit(), b.unit(b.asa(device="asa2")))])
    assert two.asa("") is None


def test_the_facts_of_a_leaf() -> None:
    facts = NAMES.leaf(b.LEAF.sha1.upper(), b.PHONE)
    assert facts["the phone's file"].startswith("as it is served, it has this hash")
    facts = NAMES.leaf("00" * 20, b.PHONE)
    assert facts["this certificate is"] == "none that the gathered state knows"
    assert "does NOT have" in facts["the phone's file"] and "does NOT have" in facts["Phone-VPN-trust"]
    assert SiteNames().leaf("00" * 20, b.PHONE) == {"leaf certificate": f"SHA-1 {'00' * 20}"}


@pytest.mark.parametrize(("status", "is_open"), [("fail", True), ("waived", True), ("pass", False), ("error", False)])
def test_open_findings(status: Literal["fail", "waived", "pass", "error"], is_open: bool) -> None:
    finding = Finding(
        device="asa1", control="VPNP-221", title="x", severity="high", status=status,
        outcomes=(Outcome(status=status, message="x"),),
    )  # fmt: skip
    names = site_names([FOUND], findings=[finding])
    assert names.explaining(("VPNP-221", "VPNP-102"), "asa1") == (("VPNP-221",) if is_open else ())


def test_hosts_are_those_that_phones_dial() -> None:
    assert NAMES.hosts == {"vpn.example.com"}


def test_tunnel_groups() -> None:
    assert NAMES.is_phones_group("VPNPhone", "asa1") is True
    assert NAMES.is_phones_group("PC", "asa1") is False
    assert NAMES.is_phones_group("VPNPhone", "elsewhere") is None
    assert SiteNames().is_phones_group("VPNPhone") is None
