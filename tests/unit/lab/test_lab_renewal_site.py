"""The shipped site of a renewal, and a renewal by hand from the key to the binding: nobody is locked out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from lab import scenario
from lab.certs import Cert
from lab.scenario import ScenarioError
from lab.testing import RunningLab, running_lab
from tests.waiting import until

SITE = Path(scenario.__file__).parent / "scenarios" / "renewal.yml"
NAME = "vpn-{}.example.com"
ASAS = ("north", "south")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[RunningLab]:
    with running_lab(scenario.load(SITE, 15), tmp_path / "lab") as found:
        yield found


def certificate(site: RunningLab, side: str) -> Cert:
    """Key, request, signature, chain, import, on a trustpoint of its own."""
    asa, fqdn = f"asa-{side}", NAME.format(side)
    cn = f"vpn-{side}-2027.example.com"
    domain = ("yes",)  # the name of the request is not the ASA's own
    text = site.type(
        asa, "configure terminal", "crypto key generate rsa label VPN_2027 modulus 2048 noconfirm",
        "crypto ca trustpoint VPN_2027", "enrollment terminal", f"fqdn {fqdn}", f"subject-name CN={cn},O=Example Corp",
        "keypair VPN_2027", "exit", "crypto ca enroll VPN_2027 noconfirm",
    )  # fmt: skip
    found = re.search(r"-----BEGIN CERTIFICATE REQUEST-----.*?-----END CERTIFICATE REQUEST-----", text, re.S)
    assert found is not None
    pem = site.sign(found[0], "issuing")
    text = site.type(
        asa, "configure terminal", "crypto ca authenticate VPN_2027 nointeractive",
        *site.chain("issuing")[0].splitlines(), "quit",
        "crypto ca import VPN_2027 certificate", *domain, *pem.splitlines(), "quit",
    )  # fmt: skip
    assert "INFO: Certificate successfully imported" in text
    return Cert(x509.load_pem_x509_certificate(pem.encode()))


def roll_out(site: RunningLab, side: str, cert: Cert) -> None:
    """CUCM has both certificates, and every phone that is on fetches a file with both hashes."""
    cluster = site.cluster("lab-cucm")

    def change() -> None:
        assert cluster.upload("Phone-VPN-trust", cert) == "stored"
        file = cluster.stores["Phone-VPN-trust"].file_of(cert)
        for name, gateway in cluster.gateways.items():
            if name.startswith(f"GW-{side.upper()}"):
                gateway.certificates = (*gateway.certificates, file)
        for phone in cluster.phones:
            cluster.apply(phone)

    site.inside(change)
    site.settle()


def test_all_that_are_on_connect_at_the_start(site: RunningLab) -> None:
    outcomes = site.outcomes()
    assert Counter(one.reason for one in outcomes.values()) == {"ok": 13, "offline": 2}
    assert Counter(one.asa for one in outcomes.values()) == {"asa-north": 7, "asa-south": 6, "": 2}
    assert site.lockouts()["totals"] == {
        "phones": 15, "connected": 13, "locked_out": 0, "lockouts": 0, "failed_connects": 0,
    }  # fmt: skip
    # Both units of the pair have what is presented.
    text = site.type("asa-north", "show failover", "failover exec mate show crypto ca certificates VPN_TP")
    assert "Primary - Active" in text
    assert "cn=vpn-north.example.com" in text


def test_a_renewal_in_order_locks_nobody_out(site: RunningLab) -> None:
    for side in ASAS:
        cert = certificate(site, side)
        roll_out(site, side, cert)
        asa = f"asa-{side}"
        site.type(asa, "configure terminal", "ssl trust-point VPN_2027 outside")
        site.type(asa, "vpn-sessiondb logoff all noconfirm", "write memory")
        site.settle()
        assert cert.pem in site.type(asa, "configure terminal", "crypto ca export VPN_2027 identity-certificate")
    site.failover("asa-north")
    site.reload("asa-south")
    site.settle()
    totals = site.lockouts()["totals"]
    assert (totals["connected"], totals["lockouts"], totals["failed_connects"]) == (13, 0, 0)
    # Those that were switched off have the old hash alone, and nobody heals them from afar.
    away = [name for name, one in site.outcomes().items() if one.reason == "offline"]
    assert {one.reason for one in site.power(away, on=True).values()} == {"pin"}
    assert site.lockouts()["totals"]["locked_out"] == 2


def test_a_binding_before_the_phones_know_is_counted_and_taken_back_by_the_device_itself(site: RunningLab) -> None:
    certificate(site, "south")
    # In one breath: what takes long would leave nothing of the second.
    site.type(
        "asa-south", "configure terminal", "event manager applet VPNPHONE-BACK",
        'action 1 cli command "ssl trust-point VPN_TP outside"', "event timer countdown time 1", "exit",
        "ssl trust-point VPN_2027 outside",
    )  # fmt: skip
    until(lambda: site.lockouts()["totals"]["lockouts"])
    until(lambda: not site.lockouts()["totals"]["locked_out"])
    assert "ssl trust-point VPN_TP outside" in site.state("asa-south")["running_config"]
    assert site.lockouts()["totals"]["lockouts"] == 6


@pytest.mark.parametrize("phones", [4, 3, -1])
def test_fewer_phones_than_single_ones_are_refused(phones: int) -> None:
    with pytest.raises(ScenarioError, match=rf"renewal.yml: phones: entries with repeat that can make {phones} phones"):
        scenario.load(SITE, phones)


@pytest.mark.parametrize("phones", [5, 9, 200])
def test_how_many_phones(phones: int) -> None:
    assert len(scenario.load(SITE, phones).phones) == phones


def test_a_site_without_a_repeat_has_no_number_of_phones() -> None:
    with pytest.raises(ScenarioError, match="entries with repeat"):
        scenario.load(SITE.with_name("default.yml"), 20)
