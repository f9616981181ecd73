"""What the phone makes of a handshake: the certificate shown, pins, host-ID, DTLS."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import AsaState, SslSuites, SslTrustPoint

from tests.unit.controls.builders import PHONE_SUITES, change, cipher_rules, edit, phone_model, version, without
from tests.unit.predict.builders import (
    CAPF,
    DAY,
    HOLDS,
    ISSUING,
    LEAF,
    MODEL,
    NEW_LEAF,
    ROOT,
    SITE,
    TEMPORARY,
    URL,
    Told,
    asa,
    ask,
    bind,
    cert,
    cucm,
    filed,
    handshake,
    hold,
    leaf,
    listed,
    probe,
    site,
    text,
    told,
    trusted,
    unit,
)
from tests.unit.predict.handshakes import blind, seen

EC_SUITES = ("ECDHE-ECDSA-AES256-GCM-SHA384", *PHONE_SUITES)
# A model that speaks TLS 1.2 and EC, as newer ones do; self-made.
EC_MODEL = phone_model(
    model="8841", tls_versions=("TLSv1", "TLSv1.2"), tls_suites=EC_SUITES, dtls_suites=EC_SUITES,
    dtls_versions=("DTLSv1", "DTLSv1.2"), ecdsa=True,
)  # fmt: skip
EC_LEAF = leaf(kind="ec", serial=0x0A0E, key_name="ec leaf")


# --- the certificate that is shown --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (bind(asa(), ("NEW", "outside")), "LOCKED OUT pin: the ASA shows a temporary self-signed certificate"),
        (bind(asa()), "LOCKED OUT pin: the ASA shows a temporary self-signed certificate, and every hash"),
        (
            bind(hold(asa(), *HOLDS, ("NEW", "identity", NEW_LEAF)), ("NEW", "outside")),
            "LOCKED OUT pin: the ASA shows v",
        ),
        (bind(asa(), ("VPN", "")), "CONNECTS"),
        (without(asa(), "certificate_chain"), "UNKNOWN pin: whether the file holds the hash of vpn.example.com"),
        (
            without(bind(hold(asa(), *HOLDS, ("NEW", "identity", NEW_LEAF)), ("NEW", "outside")), "certificate_chain"),
            "LOCKED OUT pin: the ASA shows vpn.example.com (serial 0a02), and every hash of the file is of another",
        ),
        (without(asa(), "certificates", "certificate_chain"), "UNKNOWN certificate: the key type of the certificate"),
        (
            edit(
                asa(),
                "ssl",
                trust_points=(
                    SslTrustPoint(trustpoint="VPN", interface="outside"),
                    SslTrustPoint(trustpoint="NONE", domain="vpn.example.com"),
                ),
            ),
            "UNKNOWN pin: which certificate is shown is not known",
        ),
    ],
)
def test_by_binding_and_chain(device: AsaState, expected: str) -> None:
    assert blind(device).startswith(expected)


def test_two_interfaces_with_other_certificates_are_told_apart_by_the_probe() -> None:
    device = bind(hold(asa(), *HOLDS, ("NEW", "identity", NEW_LEAF)), ("VPN", "outside"), ("NEW", "inside"))
    device = edit(device, "webvpn", enabled_interfaces=("outside", "inside"))
    assert blind(device).startswith("UNKNOWN pin: which certificate is shown is not known")
    assert seen(handshake(), device=device).startswith("CONNECTS")


def test_a_name_binding_is_met_by_a_client_that_names_the_host() -> None:
    """The probe may have sent the name, and the phone may not: both certificates must come out alike."""
    device = hold(asa(), *HOLDS, ("NEW", "identity", NEW_LEAF))
    lines = (
        SslTrustPoint(trustpoint="NEW", interface="outside"),
        SslTrustPoint(trustpoint="VPN", domain="vpn.example.com"),
    )
    named = edit(device, "ssl", trust_points=lines)
    assert seen(handshake(), device=named).startswith("UNKNOWN pin: which certificate is shown is not known")
    assert seen(handshake(), device=named, cert_hashes=(LEAF.pin, NEW_LEAF.pin)).startswith("CONNECTS")
    elsewhere = edit(
        device, "ssl", trust_points=(lines[0], msgspec.structs.replace(lines[1], domain="other.example.com"))
    )
    assert seen(handshake(MODEL, NEW_LEAF), device=elsewhere, cert_hashes=(NEW_LEAF.pin,)).startswith("CONNECTS")


def test_a_probe_and_a_configuration_that_differ_are_unknown() -> None:
    found = seen(handshake(MODEL, NEW_LEAF, ISSUING))
    assert found.startswith("UNKNOWN certificate: the probe was shown vpn.example.com (SHA-1")
    assert "its configuration binds vpn.example.com (SHA-1" in found


def test_the_probe_alone_is_enough_where_the_configuration_was_not_learned() -> None:
    bare = without(asa(), "certificate_chain")
    assert seen(handshake(), device=bare).startswith("CONNECTS")
    assert seen(handshake(MODEL, NEW_LEAF), device=bare).startswith("UNKNOWN certificate: ")


@pytest.mark.parametrize(
    ("release", "fixed", "shakes", "expected"),
    [
        ((9, 16, 4, 85), ("9.16(4)",), (), "CONNECTS"),
        ((9, 4, 1, 0), (), (), "LOCKED OUT pin: the ASA shows a temporary self-signed certificate"),
        ((9, 16, 4, 85), (), (), "UNKNOWN pin: which certificate is shown is not known"),
        ((9, 16, 4, 85), (), ((LEAF, ISSUING),), "CONNECTS"),
        (
            (9, 16, 4, 85),
            (),
            ((cert("ASA Temporary Self Signed Certificate"),),),
            "LOCKED OUT pin: the ASA shows ASA T",
        ),
    ],
)
def test_the_matrix_of_ec_suites(
    release: tuple[int, int, int, int], fixed: tuple[str, ...], shakes: tuple[Any, ...], expected: str
) -> None:
    """CSCuu02848: an RSA certificate is bound, and the phone can do EC. Whether the build is fixed may be unknown."""
    device = cipher_rules(asa(), tlsv1_2=EC_SUITES, dtlsv1_2=EC_SUITES, dtlsv1=PHONE_SUITES)
    device = change(device, version=version("x", release))
    cipher = "AES256-SHA" if shakes and shakes[0][0] is LEAF else EC_SUITES[0]
    answers = tuple(handshake(EC_MODEL, *chain, version="TLSv1.2", cipher=cipher) for chain in shakes)
    row = EC_MODEL if release != (9, 4, 1, 0) else msgspec.structs.replace(EC_MODEL, dtls_versions=("DTLSv1",))
    parameters = msgspec.structs.replace(SITE, phone_models=(row,), ecdsa_fixed_in=fixed)
    cluster = cucm(phones=(listed(model="Cisco 8841"),))
    one = unit(device, *((probe(*answers),) if answers else ()), parameters=parameters)
    found = told(ask(site(one, cluster=cluster, site=parameters)))
    assert text(found).startswith(expected)


def test_an_ec_certificate_does_not_fit_a_phone_without_ec() -> None:
    device = bind(hold(asa(), *HOLDS, ("EC", "identity", EC_LEAF)), ("EC", "outside"))
    assert blind(device, cert_hashes=(EC_LEAF.pin,)).startswith("LOCKED OUT pin: the ASA shows a temporary self-signed")


# --- pins --------------------------------------------------------------------------------------------------------

SHA256_PIN = base64.b64encode(bytes.fromhex(LEAF.sha256)).decode()


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ({"cert_hashes": (LEAF.pin,)}, "CONNECTS pin: the hash of vpn.example.com"),
        ({"cert_hashes": (ROOT.pin, LEAF.pin)}, "CONNECTS pin: the hash of vpn.example.com"),
        ({"cert_hashes": (ISSUING.pin,)}, "CONNECTS pin: the hash of Example Issuing CA"),
        ({"cert_hashes": (ROOT.pin,)}, "LOCKED OUT pin: the ASA shows vpn.example.com"),
        ({"cert_hashes": ()}, "LOCKED OUT pin: the file holds no certificate hash"),
        ({"cert_hashes": (LEAF.pin,), "hash_alg": 1}, "UNKNOWN pin: the hash of vpn.example.com"),
        ({"cert_hashes": (ROOT.pin,), "hash_alg": 1}, "UNKNOWN pin: hashAlg 1 is not proven"),
        ({"cert_hashes": (LEAF.pin,), "hash_alg": None}, "UNKNOWN pin: the hash of vpn.example.com"),
        ({"cert_hashes": (SHA256_PIN,)}, "UNKNOWN pin: 1 hashes of the file are no SHA-1"),
        ({"cert_hashes": ("not base64!", LEAF.pin)}, "CONNECTS"),
        ({"cert_hashes": (LEAF.pin.rstrip("="),)}, "UNKNOWN pin: 1 hashes of the file are no SHA-1"),
    ],
)
def test_pins(file: dict[str, Any], expected: str) -> None:
    assert seen(handshake(), **file).startswith(expected)


def test_an_issuer_counts_where_it_is_sent() -> None:
    assert seen(handshake(MODEL, LEAF), cert_hashes=(ISSUING.pin,)).startswith("LOCKED OUT pin")
    assert seen(handshake(MODEL, LEAF, ISSUING, ROOT), cert_hashes=(ROOT.pin,)).startswith("CONNECTS")
    # What did not sign it is no issuer, though it is sent.
    assert seen(handshake(MODEL, LEAF, CAPF), cert_hashes=(CAPF.pin,)).startswith("UNKNOWN pin")
    # By the configuration: the CA of the trustpoint itself is sent, that of another one may be.
    assert blind(asa(), cert_hashes=(ISSUING.pin,)).startswith("CONNECTS")
    found = blind(asa(), cert_hashes=(ROOT.pin,))
    assert found.startswith("UNKNOWN pin: Example Root CA")
    assert "whether it is sent behind vpn.example.com" in found
    assert blind(asa(), cert_hashes=(CAPF.pin,)).startswith("LOCKED OUT pin")


def test_a_hash_of_nobody_may_be_the_one_that_is_not_known() -> None:
    device = without(asa(), "certificate_chain")
    strange = base64.b64encode(bytes(20)).decode()
    assert blind(device, cert_hashes=(strange,)).startswith("UNKNOWN pin: hash 00000000… of the file is of no certific")
    found = told(ask(site(unit(bind(asa())), phones=(filed(cert_hashes=(strange,)),))))
    assert found.verdict == "UNKNOWN"


@pytest.mark.parametrize(
    ("presented", "wanted"),
    [
        (NEW_LEAF, "bind a certificate again whose hash the phones have"),
        (TEMPORARY, "bind a lasting identity certificate"),
    ],
)
def test_a_phone_without_the_hash_is_not_told_to_fetch_it(presented: Any, wanted: str) -> None:
    """It reaches no server; and the hash of a temporary certificate is good for nothing."""
    renewed = hold(asa(), *HOLDS, ("NEW_TP", "identity", NEW_LEAF))
    device = bind(renewed, ("NEW_TP", "outside")) if presented is NEW_LEAF else bind(asa())
    found = ask(site(unit(device, probe(handshake(MODEL, presented)))))
    fixes = [reason.fix for one in found.attempts for reason in one.reasons if reason.step == "pin"]
    assert fixes and wanted in fixes[0][0]
    assert not any("Apply Config" in line for line in fixes[0][:1])


def test_a_temporary_certificate_that_is_pinned_works_until_the_reload() -> None:
    device = bind(asa())
    shake = handshake(MODEL, TEMPORARY)
    whole = site(
        unit(change(device, startup_trust_points=()), probe(shake)),
        cluster=cucm(trust=(trusted(TEMPORARY), *cucm().trust)),
        phones=(filed(cert_hashes=(TEMPORARY.pin,), host_id_check=False),),
    )
    assert ask(whole).verdict == "CONNECTS"
    after = told(ask(whole, "reload"))
    assert after == Told(
        "LOCKED OUT",
        "pin",
        "after the reload it is another temporary self-signed certificate, which no file can hold",
    )


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (-DAY, timedelta(), "CONNECTS"),
        (timedelta(), DAY, "CONNECTS"),
        (-3 * DAY, -DAY, "UNKNOWN dates: vpn.example.com"),
        (DAY, 3 * DAY, "UNKNOWN dates: vpn.example.com"),
    ],
)
def test_dates(begins: timedelta, ends: timedelta, expected: str) -> None:
    """The phone compares hashes; whether it also looks at dates is not proven."""
    found = leaf(serial=0x0A0F, key_name="dated", begins=begins, ends=ends)
    device = hold(asa(), ("VPN", "identity", found), *HOLDS[1:])
    assert blind(device, cert_hashes=(found.pin,)).startswith(expected)


def test_show_ssl_ciphers_of_another_level_says_nothing() -> None:
    device = change(asa(), ssl_suites=(SslSuites(protocol="tlsv1", level="low", suites=PHONE_SUITES),))
    rules = cipher_rules(device, tlsv1="medium", dtlsv1=PHONE_SUITES)
    assert blind(change(rules, ssl_suites=device.ssl_suites)).startswith(
        "UNKNOWN cipher: what the ASA accepts on tlsv1"
    )


def test_the_url_is_the_one_of_the_site() -> None:
    assert URL in ask(site()).first
