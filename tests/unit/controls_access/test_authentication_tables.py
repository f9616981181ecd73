"""Controls on how phones log in and on the CAs of their certificates (VPNP-251 to VPNP-256)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from ansible.module_utils.vpnphone.controls import authentication, phone_certificates
from ansible.module_utils.vpnphone.controls.phone_certificates import issuer_kind
from ansible.module_utils.vpnphone.model import AaaServer, AsaState, Certificate, DeviceTime, Trustpoint

from tests.unit.controls.builders import NOW, at, change, finding, outcomes, site, without
from tests.unit.controls_access.devices import brief, ca, good, group

ASA = good()
AAA = group(ASA, authentication=("aaa",), authentication_server_groups=("RADIUS",))
LSC = ca("CAPF-18cf046e")
MIC = ca("Cisco Manufacturing CA")
SHA2 = ca("Cisco Manufacturing CA SHA2")
CERTIFICATE_FIX = ("tunnel-group VPNPhone webvpn-attributes", " authentication certificate")
assert authentication and phone_certificates


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (
            ("certificate",),
            "pass",
            "`authentication certificate`: the VPN profile in CUCM must say Client Authentication Method = Certificate",
        ),
        (
            ("aaa",),
            "pass",
            "`authentication aaa`: the VPN profile in CUCM must say Client Authentication Method ="
            " User and Password, or Password Only",
        ),
        (
            (),
            "pass",
            "`authentication aaa` (no line: the default): the VPN profile in CUCM must say Client Authentication Method"
            " = User and Password, or Password Only",
        ),
        (
            ("aaa", "certificate"),
            "error",
            "UNKNOWN: whether the phones can do `authentication aaa certificate`: certificate and password together",
        ),
        (("saml",), "fail", "a phone cannot do `authentication saml`"),
        (("saml", "certificate"), "fail", "a phone cannot do `authentication saml certificate`"),
        (("multiple-certificate",), "fail", "a phone cannot do `authentication multiple-certificate`"),
    ],
)
def test_method(words: tuple[str, ...], status: str, message: str) -> None:
    (found,) = outcomes("VPNP-251", group(ASA, authentication=words))
    assert (found.status, found.message) == (status, message)
    assert status == "pass" or found.fix[1:] == CERTIFICATE_FIX


@pytest.mark.parametrize(
    ("words", "status"),
    [(("certificate",), "pass"), (("aaa",), "fail"), ((), "fail"), (("aaa", "certificate"), "fail")],
)
def test_unattended(words: tuple[str, ...], status: str) -> None:
    (found,) = outcomes("VPNP-252", group(ASA, authentication=words))
    assert (found.status, found.subject) == (status, "VPNPhone")


def server(status: str, name: str = "RADIUS", address: str = "192.0.2.50") -> AaaServer:
    return AaaServer(group=name, protocol="radius", address=address, status=status)


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (ASA, [("skipped", "VPNPhone")]),
        (group(ASA, authentication=()), [("pass", "VPNPhone: LOCAL")]),
        (group(ASA, authentication=("aaa",), authentication_server_groups=("LOCAL",)), [("pass", "VPNPhone: LOCAL")]),
        (change(AAA, aaa_servers=(server("ACTIVE"),)), [("pass", "VPNPhone: RADIUS")]),
        (change(AAA, aaa_servers=(server("FAILED"),)), [("fail", "VPNPhone: RADIUS")]),
        (
            change(AAA, aaa_servers=(server("ACTIVE"), server("FAILED", address="192.0.2.51"))),
            [("fail", "VPNPhone: RADIUS")],
        ),
        (change(AAA, aaa_servers=(server("FAILED", "LDAP"),)), [("error", "VPNPhone: RADIUS")]),
        (change(AAA, aaa_servers=(server(""),)), [("error", "VPNPhone: RADIUS")]),
        (change(AAA, aaa_servers=()), [("error", "VPNPhone: RADIUS")]),
        (without(AAA, "aaa_servers"), [("error", "VPNPhone: RADIUS")]),
        (without(ASA, "aaa_servers"), [("skipped", "VPNPhone")]),
        (
            change(group(AAA, authentication_server_groups=("RADIUS", "LOCAL")), aaa_servers=(server("Active, up"),)),
            [("pass", "VPNPhone: RADIUS"), ("pass", "VPNPhone: LOCAL")],
        ),
    ],
)
def test_servers(device: AsaState, expected: list[tuple[str, str]]) -> None:
    assert brief(outcomes("VPNP-253", device)) == expected


@pytest.mark.parametrize(
    ("certificate", "kind"),
    [
        (LSC, "LSC"),
        (ca("capf-18CF046E"), "LSC"),
        (MIC, "MIC"),
        (SHA2, "MIC SHA2"),
        (ca("Cisco Manufacturing CA III"), "MIC SHA2"),
        (ca("Cisco Root CA M2"), "MIC SHA2"),
        (ca("Cisco Root CA 2048"), "MIC"),
        (ca("CAP-RTP-001"), "MIC"),
        (ca("My CAPF-1"), ""),
        (ca("Example Root CA"), ""),
        (ca("CAPF-1", kind="identity"), ""),
        (ca(""), ""),
    ],
)
def test_issuer_kind(certificate: Certificate, kind: str) -> None:
    assert issuer_kind(certificate) == kind


def holding(*certificates: Certificate) -> AsaState:
    return change(ASA, certificates=(ca("Example Root CA"), *certificates))


EXPIRED: dict[str, Any] = {"not_after": at(NOW - timedelta(seconds=1))}


@pytest.mark.parametrize(
    ("device", "status"),
    [
        (holding(LSC), "pass"),
        (holding(MIC), "pass"),
        (holding(SHA2), "pass"),
        (holding(), "error"),
        (change(ASA, certificates=()), "fail"),
        (change(ASA, certificates=(ca("CAPF-1", kind="identity"),)), "fail"),
        (holding(ca("CAPF-1", **EXPIRED)), "fail"),
        (holding(ca("CAPF-1", **EXPIRED), LSC), "pass"),
        (holding(ca("CAPF-1", not_after=at(NOW))), "pass"),
        # An end in a zone that cannot be resolved is not taken for past.
        (holding(ca("CAPF-1", not_after=DeviceTime(text="20:00:00 KST Sep 12 2017"))), "pass"),
        (holding(ca("CAPF-1", not_after=None)), "pass"),
        (group(holding(), authentication=("aaa",)), "skipped"),
        (group(holding(LSC), authentication=("aaa", "certificate")), "pass"),
        (without(ASA, "certificates"), "error"),
    ],
)
def test_issuers(device: AsaState, status: str) -> None:
    assert finding("VPNP-254", device).status == status


@pytest.mark.parametrize(
    ("values", "status", "fix"),
    [
        ({}, "pass", ()),
        ({"validation-usage": "ipsec-client ssl-client"}, "pass", ()),
        ({"client-types": "ssl"}, "pass", ()),
        (
            {"validation-usage": "ipsec-client"},
            "fail",
            ("crypto ca trustpoint CAPF-18cf046e", " validation-usage ipsec-client ssl-client"),
        ),
        ({"client-types": "ipsec"}, "fail", ()),
        ({"no validation-usage": ""}, "fail", ()),
    ],
)
def test_an_issuer_that_may_not_verify_clients(values: dict[str, str], status: str, fix: tuple[str, ...]) -> None:
    device = change(holding(LSC), trustpoints=(Trustpoint(name="CAPF-18cf046e", values=values),))
    (found,) = outcomes("VPNP-254", device)
    assert (found.status, found.fix[1:]) == (status, fix)
    assert status == "pass" or "CAPF-18cf046e" in found.message
    assert finding("VPNP-254", change(device, certificates=(*(device.certificates or ()), MIC))).status == "pass"


def test_issuers_are_named() -> None:
    (found,) = outcomes("VPNP-254", holding(LSC, SHA2))
    assert found.message == (
        "CAs of phone certificates here: CAPF-18cf046e (LSC, trustpoint CAPF-18cf046e);"
        " Cisco Manufacturing CA SHA2 (MIC SHA2, trustpoint Cisco-Manufacturing-CA-SHA2);"
        " each phone's own issuer must be among them"
    )


@pytest.mark.parametrize(
    ("device", "status", "fix"),
    [
        (holding(LSC), "pass", ()),
        (holding(LSC, MIC), "fail", ("no crypto ca trustpoint Cisco-Manufacturing-CA",)),
        (
            holding(MIC, SHA2),
            "fail",
            ("no crypto ca trustpoint Cisco-Manufacturing-CA", "no crypto ca trustpoint Cisco-Manufacturing-CA-SHA2"),
        ),
        (group(holding(MIC), authentication=("aaa",)), "skipped", ()),
    ],
)
def test_mic(device: AsaState, status: str, fix: tuple[str, ...]) -> None:
    (found,) = outcomes("VPNP-255", device)
    assert (found.status, found.fix[1:]) == (status, fix)


@pytest.mark.parametrize(
    ("device", "models", "status"),
    [
        (holding(MIC, SHA2), ("CP-8841",), "pass"),
        (holding(MIC), ("CP-8841",), "fail"),
        (holding(MIC), ("7962G", "8861"), "fail"),
        (holding(MIC), ("7962G",), "skipped"),
        (holding(MIC), (), "error"),
        (holding(MIC, LSC), ("CP-8841",), "skipped"),
        (holding(MIC, ca("CAPF-1", **EXPIRED)), ("CP-8841",), "fail"),
        (holding(), ("CP-8841",), "skipped"),
        (holding(ca("Cisco Manufacturing CA SHA2", **EXPIRED), MIC), ("8811",), "fail"),
        (without(ASA, "certificates"), ("8811",), "error"),
    ],
)
def test_sha2_maker(device: AsaState, models: tuple[str, ...], status: str) -> None:
    assert finding("VPNP-256", device, site(models_in_use=models)).status == status


@pytest.mark.parametrize("number", range(251, 257))
def test_no_tunnel_group_and_no_answer(number: int) -> None:
    assert finding(f"VPNP-{number}", ASA, profiles=()).status == "skipped"
    assert finding(f"VPNP-{number}", ASA, site(exclude=("VPNP-201",)), profiles=()).status == "error"
    assert finding(f"VPNP-{number}", without(ASA, "tunnel_groups")).status == "error"
