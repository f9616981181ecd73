"""Certificates of the tables, made once a process, and what an ASA holds of them. Self-made."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible.module_utils.vpnphone.controls.site import PhoneModel, Site
from ansible.module_utils.vpnphone.model import X509, AsaState, HeldCertificate, SslTrustPoint, Trustpoint
from ansible.module_utils.vpnphone.model.renewal import AsaRenewal
from ansible.module_utils.vpnphone.parse.keys import KeyPair
from ansible.module_utils.vpnphone.renewal.certificate import Order
from ansible.module_utils.vpnphone.renewal.certificate_checks import Scene
from ansible.module_utils.vpnphone.renewal.standing import Standing
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.x509 import read_der
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from tests.unit.predict.builders import asa as asa_state

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOST = "vpn.example.com"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def key(name: str, bits: int = 2048) -> Key:
    """Made once a process: one of a name and size."""
    return _key(name, bits)


@functools.cache
def _key(_name: str, bits: int) -> Key:
    return ec.generate_private_key(ec.SECP256R1()) if bits == 256 else rsa.generate_private_key(65537, bits)


def spki(name: str, bits: int = 2048) -> bytes:
    return key(name, bits).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@functools.cache
def cert(
    cn: str,
    signer: str = "",
    names: tuple[str, ...] = (),
    *,
    ca: bool = False,
    days: tuple[int, int] = (-10, 400),
    bits: int = 2048,
    own: str = "",
    digest: str = "sha256",
    issuer_cn: str = "",
) -> X509:
    """signer: whose key signs, and whose name is the issuer's unless issuer_cn says otherwise; own: its own key's."""
    mine = key(own or cn, bits)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, cn)] if cn else [])
    issuer_name = issuer_cn or signer
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer_name)]) if issuer_name else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(mine.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in names]), False)
    algorithm: Any = {"sha256": hashes.SHA256(), "sha512": hashes.SHA512()}[digest]
    return read_der(builder.sign(key(signer) if signer else mine, algorithm).public_bytes(Encoding.DER))


ROOT = cert("Root", ca=True, days=(-900, 3000))
ISSUING = cert("Issuing", "Root", ca=True, days=(-900, 2000))
OLD = cert(HOST, "Issuing", (HOST,), days=(-300, 40))
NEW = cert("vpn-2027.example.com", "Issuing", (HOST,))
ROW = PhoneModel(
    model="7962G", firmware="9.1(1)", tls_versions=("TLSv1",), tls_suites=("AES256-SHA",), dtls_suites=("AES256-SHA",),
    max_rsa_bits=2048, ecdsa=False, signature_hashes=("SHA1", "SHA256"), source="[test]",
)  # fmt: skip
SITE = Site(phone_models=(ROW,), models_in_use=("7962G",))


def state(**changes: Any) -> AsaState:
    """The predictions' ASA, with OLD_TP bound where phones arrive."""
    found = asa_state()
    assert found.ssl is not None
    bound = (SslTrustPoint(trustpoint="OLD_TP", interface="outside"),)
    return replace(found, ssl=replace(found.ssl, trust_points=bound), **changes)


def renewal(**changes: Any) -> AsaRenewal:
    base: dict[str, Any] = {
        "name": "asa1", "interface": "outside", "old_trustpoint": "OLD_TP", "new_trustpoint": "NEW_TP",
        "old": note_of(OLD),
    }  # fmt: skip
    return AsaRenewal(**base | changes)


def scene(**changes: Any) -> Scene:
    base = Scene(
        asa=renewal(), state=state(), hosts=(HOST,), stores={}, site=SITE, clock=(NOW, NOW), controller=NOW
    )  # fmt: skip
    return base._replace(**changes)


def order(**changes: Any) -> Order:
    base = Order(
        asa=renewal(**changes.pop("asa", {})), method="csr", subject="CN=vpn-2027.example.com,O=Lab", fqdn=HOST
    )  # fmt: skip
    return base._replace(**changes)


BLOCK = {"enrollment": "terminal", "keypair": "NEW_TP", "fqdn": HOST, "subject-name": "CN=vpn-2027.example.com,O=Lab"}


def block(name: str = "NEW_TP", **values: str) -> Trustpoint:
    told = {**BLOCK, **{first.replace("_", "-"): rest for first, rest in values.items()}}
    told = {first: rest for first, rest in told.items() if rest}
    return Trustpoint(name=name, enrollment=told.get("enrollment", ""), keypair=told.get("keypair", ""), values=told)


def held(trustpoint: str, certificate: X509, kind: str = "identity") -> HeldCertificate:
    return HeldCertificate(trustpoint=trustpoint, kind="ca" if kind == "ca" else "identity", x509=certificate)


def pair(label: str = "NEW_TP", bits: int = 2048, own: str = "vpn-2027.example.com") -> KeyPair:
    return KeyPair(label, "EC" if bits == 256 else "RSA", bits, spki(own, bits))


OLD_BLOCK = Trustpoint(name="OLD_TP", keypair="OLD_TP")


def standing(*more: HeldCertificate, **changes: Any) -> Standing:
    """OLD_TP is bound, with its CA; more: what else is held."""
    base = Standing(
        trustpoints=(OLD_BLOCK,),
        held=(held("OLD_TP", OLD), held("OLD_TP", ISSUING, "ca"), *more),
        keys=(KeyPair("OLD_TP", "RSA", 2048, spki(HOST)),),
        bound=frozenset({"old_tp"}),
    )
    return base._replace(**changes)


def request(own: str = "vpn-2027.example.com") -> str:
    """A request with that key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "vpn-2027.example.com")])
    made = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key(own), hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()
