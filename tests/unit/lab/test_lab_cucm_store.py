"""Stores of certificates, the rule of the same CN, and the envelopes of phones' files."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.cucm import signing
from lab.cucm.store import Held, Outcome, Store, read_pem
from tests.unit.lab.cucm_kit import certificate

NOW = datetime(2026, 5, 1, 12, 0, 7, tzinfo=UTC)
SIGNER = signing.signer("test-cluster")


@pytest.mark.parametrize(
    ("second", "outcome", "stays"),
    [
        ("-1d", "replaced", 1),
        ("-400d", "kept", 0),
        # As old as the one that is there: not newer, so it is not stored.
        ("-30d", "kept", 0),
    ],
)
def test_the_same_cn_goes_into_the_same_file(second: str, outcome: Outcome, stays: int) -> None:
    both = [
        certificate("CN=vpn.example.com,O=Lab"),
        certificate("CN=vpn.example.com,O=Other", valid_from=second),
    ]
    store = Store("Phone-VPN-trust")
    assert store.put(both[0]) == "stored"
    assert store.put(both[1]) == outcome
    assert [held.cert for held in store.files.values()] == [both[stays]]
    assert store.put(both[stays]) == "same"


def test_another_cn_has_a_file_of_its_own() -> None:
    store = Store("Phone-VPN-trust")
    names = ["CN=vpn.example.com", "CN=vpn2.example.com", "CN=Example Root CA/2,O=Lab", "O=No Name", "CN=*.example.com"]
    made = [certificate(name) for name in names]
    assert [store.put(cert) for cert in made] == ["stored"] * 5
    assert list(store.files) == [
        "vpn.example.com.pem", "vpn2.example.com.pem", "Example_Root_CA_2.pem", f"{made[3].serial}.pem",
        "*.example.com.pem",
    ]  # fmt: skip


def test_a_unit_of_the_cluster_has_one_file_with_its_own_name() -> None:
    store = Store("CAPF")
    store.put(certificate("CN=CAPF-1"))
    assert store.put(certificate("CN=CAPF-2", valid_from="-1d")) == "replaced"
    assert list(store.files) == ["CAPF.pem"]


def test_names_numbers_and_pins_are_those_of_the_certificate_table() -> None:
    cert = certificate("CN=vpn.example.com,O=Lab\\Inc,C=US", serial="0a1b2c")
    held = Held("f", cert)
    # RFC 2253: the most specific part first, which in the certificate stands last.
    assert held.subject == held.issuer == "CN=vpn.example.com,O=Lab\\\\Inc,C=US"
    assert cert.serial == "0a1b2c"
    assert held.pin == base64.b64encode(hashlib.sha1(cert.der, usedforsecurity=False).digest()).decode()
    assert len(held.pin) == 28


def test_a_certificate_is_found_by_issuer_and_serial_number_only() -> None:
    store = Store("Phone-VPN-trust")
    cert = certificate("CN=a", serial="0a")
    store.put(cert)
    found = store.find("CN=a", "0a")
    assert found is not None
    assert found.cert is cert
    assert store.find("CN=a", "0b") is None
    assert store.find("cn=a", "0a") is None


@pytest.mark.parametrize("text", ["", "x", "-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n", "\ud800"])
def test_what_is_no_certificate_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError):
        read_pem(text)


def test_a_pem_comes_back_as_it_was() -> None:
    cert = certificate("CN=a")
    assert read_pem(f"Subject: x\n{cert.pem}").der == cert.der


# --- envelopes ------------------------------------------------------------------------------------------------------


def test_a_signed_file_has_the_known_layout() -> None:
    data = signing.sign("SEP0.cnf.xml.sgn", b"<device/>", NOW, SIGNER)
    assert data[:5] == b"\x01\x00\x02\x01\x00"
    assert data[5:8] == b"\x02\x00\x02"
    length = int.from_bytes(data[8:10])
    assert data[length:] == b"<device/>"
    header = data[:length]
    # Tag 13 is one byte without a length; the file's name ends with a NUL; the time is four bytes.
    name = b"\x0d\x0e\x00\x11SEP0.cnf.xml.sgn\x00"
    assert header.endswith(name + b"\x0f\x00\x04" + int(NOW.timestamp()).to_bytes(4))


def test_a_phone_opens_what_the_cluster_signed() -> None:
    opened = signing.unwrap(signing.sign("SEP0.cnf.xml.sgn", b"<device/>", NOW, SIGNER), SIGNER)
    assert (opened.name, opened.built_at, opened.content) == ("SEP0.cnf.xml.sgn", NOW, b"<device/>")


@pytest.mark.parametrize("place", [0.3, 0.6, 0.99])
def test_a_changed_byte_breaks_the_signature(place: float) -> None:
    data = bytearray(signing.sign("SEP0.cnf.xml.sgn", b"<device>1</device>", NOW, SIGNER))
    data[int(len(data) * place)] ^= 1
    with pytest.raises((InvalidSignature, ValueError)):
        signing.unwrap(bytes(data), SIGNER)


def test_another_cluster_has_another_key() -> None:
    data = signing.sign("SEP0.cnf.xml.sgn", b"<device/>", NOW, SIGNER)
    with pytest.raises(InvalidSignature):
        signing.unwrap(data, signing.signer("another-cluster"))


@settings(deadline=None)
@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: b"\x01\x00\x02\x01\x00\x02\x00\x02" + tail))
def test_no_bytes_but_signed_ones_open(data: bytes) -> None:
    with pytest.raises((InvalidSignature, ValueError)):
        signing.unwrap(data, SIGNER)


def test_an_encrypted_file_shows_nothing_of_its_content() -> None:
    content = b"<device><certHash1>abc</certHash1></device>" * 9
    data = signing.encrypt("SEP0.cnf.xml.enc.sgn", content, NOW, SIGNER)
    assert b"SEP0.cnf.xml.enc.sgn\x00" in data
    assert b"certHash" not in data
    body = data[int.from_bytes(data[8:10]) :]
    assert len(body) == len(content) // 16 * 16 + 16
