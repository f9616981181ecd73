"""The lab's certificate authority: the scenario's CA certificates sign requests, on demand also wrongly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from . import certs
from .certs import Cert, PrivateKey
from .headend.choice import chain_of
from .scenario import duration
from .spec import Spec

PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
MAX_REQUEST = 32768


class CannotSign(Exception):
    """What a person is told."""


class Changes(Spec, frozen=True, kw_only=True):
    """What is done otherwise than the request says; tests make certificates that no phone or no ASA takes.

    valid_from, valid_to: relative to now. subject, san: in place of the request's. drop_cn: the subject without its CN.
    wildcard: the first label of every name is *. key: a key of the authority's own, so that the request's does not fit.
    """

    valid_from: str = "-1h"
    valid_to: str = "+365d"
    subject: str = ""
    san: tuple[str, ...] | None = None
    drop_cn: bool = False
    wildcard: bool = False
    key: Literal["", "rsa1024", "rsa2048", "rsa3072", "rsa4096", "ec256", "ec384"] = ""


def changes(given: Mapping[str, object]) -> Changes:
    """Raises CannotSign for a key or a value that there is not."""
    try:
        return msgspec.convert(dict(given), Changes)
    except msgspec.ValidationError as error:
        raise CannotSign(f"{error}") from None


class Authority:
    """certificates: those of the scenario; the ones with a private key can sign."""

    def __init__(self, certificates: Mapping[str, Cert]) -> None:
        self._certificates = certificates

    def certificate(self, name: str) -> Cert:
        if name not in self._certificates:
            raise CannotSign(f"no certificate of the scenario is named {name}")
        return self._certificates[name]

    def chain(self, name: str) -> tuple[Cert, ...]:
        """The certificate and what leads up from it, as far as the scenario goes."""
        return chain_of(self.certificate(name), (cert for cert in self._certificates.values() if cert.is_ca))

    def sign(self, request: str, ca: str, how: Changes) -> Cert:
        """A certificate for a request in PEM. Raises CannotSign."""
        if len(request) > MAX_REQUEST:
            raise CannotSign("the request is too large")
        try:
            asked = x509.load_pem_x509_csr(request.encode())
            good = asked.is_signature_valid
        except (ValueError, TypeError) as error:
            raise CannotSign(f"not a certificate signing request in PEM ({error})") from None
        if not good:
            raise CannotSign("the request is not signed by its own key")
        try:
            names = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            names = x509.SubjectAlternativeName([])
        key = certs.new_key(how.key) if how.key else None
        public = key.public_key() if key is not None else asked.public_key()
        if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
            raise CannotSign("neither an RSA nor an EC key is in the request")
        return self._make(public, asked.subject, names, ca, how)

    def pkcs12(self, passphrase: str, ca: str, how: Changes) -> bytes:
        """A new key with its certificate and the chain above it (DER). Raises CannotSign."""
        key = certs.new_key(how.key or "rsa2048")
        if not how.subject:
            raise CannotSign("a subject is needed where there is no request")
        cert = self._make(key.public_key(), x509.Name([]), x509.SubjectAlternativeName([]), ca, how)
        above = [one.x509 for one in self.chain(ca)]
        return pkcs12.serialize_key_and_certificates(
            b"vpn", key, cert.x509, above, serialization.BestAvailableEncryption(passphrase.encode())
        )

    def _make(
        self, public: PublicKey, subject: x509.Name, names: Iterable[x509.GeneralName], ca: str, how: Changes
    ) -> Cert:
        issuer = self.certificate(ca)
        if issuer.key is None:
            raise CannotSign(f"the lab has no private key of {ca}")
        now = datetime.now(UTC).replace(microsecond=0)
        try:
            subject = certs.parse_name(how.subject) if how.subject else subject
            names = [certs.general_name(text) for text in how.san] if how.san is not None else list(names)
            begin, end = now + duration(how.valid_from), now + duration(how.valid_to)
        except ValueError as error:
            raise CannotSign(str(error)) from None
        if end <= begin:
            raise CannotSign(f"valid_to {how.valid_to} is not behind valid_from {how.valid_from}")
        if how.drop_cn:
            subject = x509.Name(part for part in subject if part.oid != NameOID.COMMON_NAME)
        if how.wildcard:
            subject = x509.Name(_starred(part) for part in subject)
            names = [x509.DNSName(_star(name.value)) if isinstance(name, x509.DNSName) else name for name in names]
        return Cert(_signed(public, subject, names, issuer.x509, issuer.key, (begin, end)))


def _signed(
    public: PublicKey,
    subject: x509.Name,
    names: list[x509.GeneralName],
    issuer: x509.Certificate,
    key: PrivateKey,
    valid: tuple[datetime, datetime],
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=True, key_encipherment=isinstance(public, rsa.RSAPublicKey), content_commitment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid[0])
        .not_valid_after(valid[1])
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(key, hashes.SHA256())


def _starred(part: x509.NameAttribute[str | bytes]) -> x509.NameAttribute[str | bytes]:
    if part.oid != NameOID.COMMON_NAME:
        return part
    return x509.NameAttribute(part.oid, _star(str(part.value)))


def _star(name: str) -> str:
    """vpn.example.com becomes *.example.com."""
    _, dot, rest = name.partition(".")
    return f"*.{rest}" if dot else "*"
