"""The lab's CA: what it signs is what was asked for, and wrong where a test wants it so."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509.oid import NameOID

from lab import __main__ as command
from lab import authority, certs, control, daemon, scenario
from lab.authority import Authority, CannotSign

SPECS: dict[str, dict[str, Any]] = {
    "root": {"subject": "CN=Root,O=Lab", "ca": True},
    "issuing": {"subject": "CN=Issuing,O=Lab", "ca": True, "issuer": "root"},
    "elliptic": {"subject": "CN=EC CA,O=Lab", "ca": True, "key": "ec256"},
    "leaf": {"subject": "CN=leaf,O=Lab", "issuer": "issuing"},
}
SITE = scenario.from_data({"name": "t", "certificates": SPECS, "devices": [{"name": "fw"}]})
MADE = certs.make_all(SITE.certificates)
KEY = certs.pooled_key("rsa2048", "test")


def request(names: tuple[str, ...] = ("DNS:vpn.example.com",), key: Any = KEY) -> str:
    builder = x509.CertificateSigningRequestBuilder().subject_name(certs.parse_name("CN=vpn-2027.example.com,O=Lab"))
    if names:
        found = x509.SubjectAlternativeName([certs.general_name(name) for name in names])
        builder = builder.add_extension(found, critical=False)
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(Encoding.PEM).decode()


def sign(text: str = "", ca: str = "issuing", **changes: Any) -> x509.Certificate:
    return Authority(MADE).sign(text or request(), ca, authority.changes(changes)).x509


def names_of(cert: x509.Certificate) -> list[str]:
    try:
        found = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return found.get_values_for_type(x509.DNSName)


def test_a_certificate_as_it_was_asked_for() -> None:
    cert = sign()
    assert cert.public_key() == KEY.public_key()
    assert cert.subject == certs.parse_name("CN=vpn-2027.example.com,O=Lab")
    assert names_of(cert) == ["vpn.example.com"]
    cert.verify_directly_issued_by(MADE["issuing"].x509)
    now = datetime.now(UTC)
    assert cert.not_valid_before_utc < now < now + timedelta(days=364) < cert.not_valid_after_utc
    usage = cert.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_encipherment, usage.key_cert_sign) == (True, True, False)
    assert not cert.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert sign().serial_number != cert.serial_number


def test_what_is_signed_otherwise() -> None:
    sign(ca="elliptic").verify_directly_issued_by(MADE["elliptic"].x509)
    assert isinstance(sign(key="ec256").public_key(), ec.EllipticCurvePublicKey)
    assert sign(drop_cn=True).subject == certs.parse_name("O=Lab")
    starred = sign(wildcard=True)
    assert names_of(starred) == ["*.example.com"]
    assert starred.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "*.example.com"
    past = sign(valid_from="-400d", valid_to="-30d")
    assert past.not_valid_after_utc < datetime.now(UTC)
    future = sign(valid_from="+10d", valid_to="+20d")
    assert future.not_valid_before_utc > datetime.now(UTC)
    other = sign(subject="CN=other,O=Lab", san=[])
    assert (other.subject, names_of(other)) == (certs.parse_name("CN=other,O=Lab"), [])
    assert names_of(sign(request(()))) == []


def test_a_key_of_the_request_decides_its_usage() -> None:
    cert = sign(request(key=certs.new_key("ec256")))
    assert not cert.extensions.get_extension_for_class(x509.KeyUsage).value.key_encipherment


@pytest.mark.parametrize(
    ("text", "ca", "changes", "expected"),
    [
        ("nonsense", "issuing", {}, "not a certificate signing request in PEM"),
        ("x" * 40000, "issuing", {}, "the request is too large"),
        ("", "nobody", {}, "no certificate of the scenario is named nobody"),
        ("", "issuing", {"valid_to": "-2h"}, "valid_to -2h is not behind valid_from -1h"),
        ("", "issuing", {"valid_to": "soon"}, "not a span of time: 'soon'"),
        ("", "issuing", {"subject": "vpn"}, "not a part of a name: 'vpn'"),
        ("", "issuing", {"san": ["IP:vpn"]}, "does not appear to be an IPv4 or IPv6 address"),
        ("", "issuing", {"key": "dsa"}, "Invalid enum value"),
        ("", "issuing", {"days": 3}, "unknown field `days`"),
        (request(key=ed25519.Ed25519PrivateKey.generate()), "issuing", {}, "neither an RSA nor an EC key"),
    ],
)
def test_what_cannot_be_signed(text: str, ca: str, changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(CannotSign, match=expected):
        sign(text, ca, **changes)


def test_a_request_that_was_tampered_with() -> None:
    der = bytearray(x509.load_pem_x509_csr(request().encode()).public_bytes(Encoding.DER))
    at = bytes(der).index(b"vpn-2027")
    der[at] = ord("x")
    forged = x509.load_der_x509_csr(bytes(der)).public_bytes(Encoding.PEM).decode()
    with pytest.raises(CannotSign, match="not signed by its own key"):
        sign(forged)


def test_a_ca_without_its_key_cannot_sign() -> None:
    made = {**MADE, "issuing": certs.Cert(MADE["issuing"].x509)}
    with pytest.raises(CannotSign, match="the lab has no private key of issuing"):
        Authority(made).sign(request(), "issuing", authority.Changes())


def test_pkcs12_has_key_leaf_and_chain() -> None:
    maker = Authority(MADE)
    how = authority.changes({"subject": "CN=vpn,O=Lab", "san": ["vpn.example.com"]})
    key, leaf, above = pkcs12.load_key_and_certificates(maker.pkcs12("pass-canary", "issuing", how), b"pass-canary")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert leaf is not None
    assert leaf.public_key() == key.public_key()
    assert names_of(leaf) == ["vpn.example.com"]
    assert above == [MADE["issuing"].x509, MADE["root"].x509]
    with pytest.raises(CannotSign, match="a subject is needed"):
        maker.pkcs12("pass-canary", "issuing", authority.Changes())


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def ask(directory: Path, question: dict[str, Any], seconds: float) -> dict[str, Any]:
        return control._signed(Authority(MADE), question)

    folder = str(tmp_path / "lab")
    monkeypatch.setattr("sys.stdin", io.StringIO(request()))
    assert command.main(["sign", "--dir", folder]) == 3
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(daemon, "running_pid", lambda directory: 1)
    monkeypatch.setattr(daemon, "ask", ask)
    assert command.main(["sign", "--dir", folder, "--ca", "root", "--valid-from=-9d", "--san", "DNS:a.example"]) == 0
    cert = x509.load_pem_x509_certificate(capsys.readouterr().out.encode())
    cert.verify_directly_issued_by(MADE["root"].x509)
    assert names_of(cert) == ["a.example"]
    assert cert.not_valid_before_utc < datetime.now(UTC) - timedelta(days=8)
    assert command.main(["chain", "--dir", folder]) == 0
    assert capsys.readouterr().out == MADE["issuing"].pem + MADE["root"].pem
    assert command.main(["chain", "--dir", folder, "--ca", "none"]) == 1
    assert capsys.readouterr().err == "lab: no certificate of the scenario is named none\n"
