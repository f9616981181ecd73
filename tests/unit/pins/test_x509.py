"""Certificates read from real DER, made here; and what is none."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from datetime import UTC, datetime, timedelta

import pytest
from ansible.module_utils.vpnphone.model import X509
from ansible.module_utils.vpnphone.x509 import MAX_DER, issued_by, read_der, read_pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import crypto

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, 12, 30, 1, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
RSA = rsa.generate_private_key(65537, 2048)
OTHER_RSA = rsa.generate_private_key(65537, 1024)  # noqa: S505 - old devices have such
EC = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()


def name(*parts: tuple[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(oid, value, _validate=False) for oid, value in parts])


ROOT = name((NameOID.ORGANIZATION_NAME, "Example"), (NameOID.COMMON_NAME, "Root, One"))
VPN = name((NameOID.ORGANIZATION_NAME, "Example"), (NameOID.COMMON_NAME, "vpn.example.com"))


def make(
    subject: x509.Name = VPN,
    issuer: x509.Name = ROOT,
    key: Key = RSA,
    signer: Key = RSA,
    *,
    serial: int = 0x0A0B0C,
    digest: hashes.HashAlgorithm | None = None,
    ca: bool | None = False,
    san: list[x509.GeneralName] | None = None,
) -> bytes:
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(START)
        .not_valid_after(END)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName(san), critical=False)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else digest or hashes.SHA256()
    return builder.sign(signer, algorithm).public_bytes(Encoding.DER)


def pem(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(der).decode()}-----END CERTIFICATE-----\n"


LEAF = make(
    san=[
        x509.DNSName("vpn.example.com"),
        x509.DNSName("*.phones.example.com"),
        x509.IPAddress(ipaddress.ip_address("192.0.2.1")),
        x509.RFC822Name("a@example.com"),
    ]
)


def test_everything_that_a_certificate_says() -> None:
    found = read_der(LEAF)
    assert found == X509(
        der=base64.b64encode(LEAF).decode(),
        sha1=hashlib.sha1(LEAF, usedforsecurity=False).hexdigest(),
        sha256=hashlib.sha256(LEAF).hexdigest(),
        subject="CN=vpn.example.com,O=Example",
        subject_cn="vpn.example.com",
        issuer="CN=Root\\, One,O=Example",
        issuer_cn="Root, One",
        serial="0a0b0c",
        not_before=START,
        not_after=END,
        key_type="RSA",
        key_bits=2048,
        signature_hash="SHA256",
        is_ca=False,
        san_dns=("vpn.example.com", "*.phones.example.com"),
        san_ip=("192.0.2.1",),
    )
    assert found.pin == base64.b64encode(hashlib.sha1(LEAF, usedforsecurity=False).digest()).decode()
    assert len(found.pin) == 28
    assert not found.self_issued
    assert read_pem(f"text before\n{pem(LEAF)}\ntext after") == found
    assert read_pem(pem(LEAF).replace("\n", "\r\n")) == found


@pytest.mark.parametrize(
    ("key", "kind", "bits"), [(RSA, "RSA", 2048), (OTHER_RSA, "RSA", 1024), (EC, "EC", 384), (ED, "other", 0)]
)
def test_keys(key: Key, kind: str, bits: int) -> None:
    found = read_der(make(key=key))
    assert (found.key_type, found.key_bits) == (kind, bits)


@pytest.mark.parametrize(
    ("signer", "digest", "told"),
    [
        (RSA, hashes.SHA512(), "SHA512"),
        (EC, hashes.SHA384(), "SHA384"),
        (ED, None, ""),
    ],
)
def test_signatures_by_every_kind_of_key(signer: Key, digest: hashes.HashAlgorithm | None, told: str) -> None:
    root = read_der(make(ROOT, ROOT, signer, signer, ca=True, digest=digest))
    leaf = read_der(make(signer=signer, digest=digest))
    assert (leaf.signature_hash, root.is_ca, root.self_issued) == (told, True, True)
    assert issued_by(leaf, root)
    assert issued_by(root, root)
    assert not issued_by(root, leaf)
    assert not issued_by(leaf, leaf)


@pytest.mark.parametrize(("signer", "digest"), [(RSA, "md5"), (RSA, "sha1"), (EC, "sha1")])
@pytest.mark.filterwarnings("ignore:X509.sign is deprecated")
def test_signatures_that_old_devices_make(signer: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, digest: str) -> None:
    """pyOpenSSL still makes them; cryptography itself neither makes nor follows them."""

    def old(der: bytes) -> X509:
        certificate = crypto.X509.from_cryptography(x509.load_der_x509_certificate(der))
        certificate.sign(crypto.PKey.from_cryptography_key(signer), digest)
        return read_der(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate))

    leaf, root = old(make(signer=signer)), read_der(make(ROOT, ROOT, signer, signer, ca=True))
    assert (leaf.signature_hash, issued_by(leaf, root)) == (digest.upper(), True)
    assert not issued_by(leaf, read_der(make(ROOT, ROOT, OTHER_RSA, OTHER_RSA, ca=True)))


def test_a_name_alone_issues_nothing() -> None:
    """Two CAs of one name: a renewed root, or somebody in between."""
    leaf, impostor = read_der(LEAF), read_der(make(ROOT, ROOT, OTHER_RSA, OTHER_RSA, ca=True))
    assert leaf.issuer == impostor.subject
    assert not issued_by(leaf, impostor)
    renamed = read_der(make(name((NameOID.COMMON_NAME, "Other")), ROOT, ca=True))
    assert not issued_by(leaf, renamed)


@pytest.mark.parametrize("ca", [True, False, None])
@pytest.mark.parametrize("subject", [ROOT, VPN], ids=["self-issued", "issued"])
def test_a_ca_says_so_unless_it_is_too_old_to(ca: bool | None, subject: x509.Name) -> None:
    expected = ca if ca is not None else subject is ROOT
    assert read_der(make(subject, ca=ca)).is_ca is expected


@pytest.mark.parametrize(
    ("serial", "text"), [(1, "01"), (0x7F, "7f"), (0x80, "80"), (0x100, "0100"), (2**158 + 5, "40" + "00" * 18 + "05")]
)
def test_serials_are_whole_bytes(serial: int, text: str) -> None:
    assert read_der(make(serial=serial)).serial == text


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_a_serial_that_no_ca_should_make() -> None:
    der = make(serial=0x0A0B0C)
    at = der.index(b"\x02\x03\x0a\x0b\x0c")
    negative = der[: at + 2] + b"\x80\x00\x01" + der[at + 5 :]
    assert read_der(negative).serial == "800001"


@pytest.mark.filterwarnings("ignore:Attribute's length")
def test_names_are_bounded_and_printable() -> None:
    found = read_der(make(name((NameOID.COMMON_NAME, "vpn.example.com\0.evil\x1b[2J\u202e"))))
    assert found.subject_cn == "vpn.example.com?.evil?[2J?"
    assert found.subject.isprintable()
    assert len(read_der(make(name((NameOID.COMMON_NAME, "x" * 10_000)))).subject) <= 2048


def test_a_subject_without_a_common_name_and_one_with_two() -> None:
    assert read_der(make(name((NameOID.ORGANIZATION_NAME, "O")))).subject_cn == ""
    two = name((NameOID.COMMON_NAME, "general"), (NameOID.COMMON_NAME, "specific"))
    assert read_der(make(two)).subject_cn == "specific"


@pytest.mark.parametrize(
    "der",
    [b"", b"\0", b"x" * 100, LEAF[:-1], LEAF + b"\0", LEAF[1:], b"\x30\x00", bytes(MAX_DER + 1)],
    ids=["empty", "byte", "text", "cut", "longer", "headless", "sequence", "too long"],
)
def test_what_is_no_certificate(der: bytes) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        read_der(der)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "here are none"),
        ("-----BEGIN CERTIFICATE-----\n", "here are none"),
        (pem(LEAF) * 2, "here are 2"),
        (pem(LEAF).replace("M", "", 1), "damaged|no X.509"),
        (pem(b"nothing"), "no X.509"),
        (pem(LEAF).replace("CERTIFICATE", "PRIVATE KEY"), "here are none"),
        ("-----BEGIN CERTIFICATE-----" * 9_000, "here are none"),
        ("A" * 400_000, "more than"),
    ],
)
def test_what_is_no_pem(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        read_pem(text)
    assert re.fullmatch(r"[^\n]{1,300}\.", str(caught.value))


@given(st.binary(max_size=60), st.integers(0, len(LEAF) - 1), st.integers(0, 60))
def test_damaged_bytes_give_a_certificate_or_an_error(noise: bytes, at: int, cut: int) -> None:
    der = LEAF[:at] + noise + LEAF[at + cut :]
    try:
        found = read_der(der)
    except ValueError as error:
        assert str(error).endswith(".")
        return
    assert base64.b64decode(found.der) == der
    assert found.subject.isprintable()
    assert isinstance(issued_by(found, read_der(LEAF)), bool)


def test_a_validity_in_the_far_future() -> None:
    key = RSA.public_key()
    builder = x509.CertificateBuilder().subject_name(VPN).issuer_name(ROOT).public_key(key).serial_number(1)
    late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    der = builder.not_valid_before(START).not_valid_after(late).sign(RSA, hashes.SHA256()).public_bytes(Encoding.DER)
    assert read_der(der).not_after == late
    assert read_der(der).not_after - START > timedelta(days=2_000_000)
