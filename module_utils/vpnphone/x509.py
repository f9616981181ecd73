"""A certificate's DER or PEM to the model, and whether one really signed another. Nothing is trusted here."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import warnings
from functools import lru_cache
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import NameOID, PublicKeyAlgorithmOID

from .model import X509

# The largest certificate that anybody was seen to use is some KiB; a DER beyond this is refused unread.
MAX_DER = 64 * 1024
MAX_NAME = 2048
MAX_SAN = 1000
# Old certificates break today's rules (serial numbers, lengths of names); nobody can act on the library's note of it.
warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning, module=__name__)
warnings.filterwarnings("ignore", message="Attribute's length", category=UserWarning)

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(?P<body>[A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----")


def read_der(der: bytes) -> X509:
    """The certificate of exactly these bytes. ValueError with one sentence for what is none."""
    if not der:
        raise ValueError("there is no certificate: no byte.")
    if len(der) > MAX_DER:
        raise ValueError(f"a certificate of more than {MAX_DER // 1024} KiB is not read.")
    try:
        return _read(bytes(der))
    except _UNREADABLE as error:
        raise ValueError(f"this is no X.509 certificate in DER form ({_sentence(error)}).") from error


def read_pem(text: str) -> X509:
    """The one certificate in PEM form that a text holds. ValueError for none, for several, and for a damaged one."""
    if len(text) > 4 * MAX_DER:
        raise ValueError(f"a text of more than {4 * MAX_DER // 1024} KiB is no certificate in PEM form.")
    found = _PEM.findall(text)
    if len(found) != 1:
        raise ValueError(f"one certificate in PEM form was expected; here are {len(found) or 'none'}.")
    try:
        der = base64.b64decode("".join(found[0].split()), validate=True)
    except binascii.Error as error:
        raise ValueError(f"the certificate in PEM form is damaged ({_sentence(error)}).") from error
    return read_der(der)


@lru_cache(maxsize=4096)
def _signed_by(child: str, issuer: str) -> bool:
    try:
        loaded = [x509.load_der_x509_certificate(base64.b64decode(der)) for der in (child, issuer)]
        _verify(*loaded)
    except (InvalidSignature, *_UNREADABLE):
        return False
    return True


def _verify(child: x509.Certificate, issuer: x509.Certificate) -> None:
    """Not verify_directly_issued_by(): that refuses SHA-1, with which phones, CAPF and old ASAs sign."""
    if child.issuer != issuer.subject:
        raise ValueError("another issuer's name")
    key, signature, signed = issuer.public_key(), child.signature, child.tbs_certificate_bytes
    algorithm, parameters = child.signature_hash_algorithm, child.signature_algorithm_parameters
    if isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signature, signed)
    elif isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
        scheme = parameters if isinstance(parameters, padding.PSS) else padding.PKCS1v15()
        key.verify(signature, signed, scheme, algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
        key.verify(signature, signed, ec.ECDSA(algorithm))
    else:
        raise TypeError("another kind of key")


def issued_by(child: X509, issuer: X509) -> bool:
    """The issuer's name is the one in the child, and its key verifies the child's signature.

    False also where it cannot be verified (an unknown kind of key): what is not proven is not so. SHA-1 and MD5 count,
    for a phone counts them. Dates, and whether the issuer may issue (is_ca), are left to the caller.
    """
    return _signed_by(child.der, issuer.der)


_UNREADABLE = (ValueError, TypeError, OverflowError, UnsupportedAlgorithm, x509.DuplicateExtension)


def _read(der: bytes) -> X509:
    certificate = x509.load_der_x509_certificate(der)
    if certificate.public_bytes(Encoding.DER) != der:
        raise ValueError("its bytes are no DER")
    key_type, key_bits = _key(certificate)
    san_dns, san_ip = _alternative_names(certificate)
    return X509(
        der=base64.b64encode(der).decode(),
        sha1=hashlib.sha1(der, usedforsecurity=False).hexdigest(),  # the format of the phones' pin
        sha256=hashlib.sha256(der).hexdigest(),
        subject=_clean(certificate.subject.rfc4514_string()),
        subject_cn=_common_name(certificate.subject),
        issuer=_clean(certificate.issuer.rfc4514_string()),
        issuer_cn=_common_name(certificate.issuer),
        serial=_serial(certificate.serial_number),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key_type=key_type,
        key_bits=key_bits,
        signature_hash=_signature_hash(certificate),
        is_ca=_is_ca(certificate),
        san_dns=san_dns,
        san_ip=san_ip,
    )


def _serial(number: int) -> str:
    """Whole bytes. A negative one (no CA should make it) as its bytes stand in the certificate."""
    size = max(1, (number.bit_length() + 7) // 8) if number >= 0 else (number + 1).bit_length() // 8 + 1
    return number.to_bytes(size, "big", signed=number < 0).hex()


def _key(certificate: x509.Certificate) -> tuple[Literal["RSA", "EC", "other"], int]:
    """Kind and bits; 0 bits where the key itself cannot be read."""
    try:
        key = certificate.public_key()
    except _UNREADABLE:
        key = None
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.key_size
    match certificate.public_key_algorithm_oid:
        case PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5:
            return "RSA", 0
        case PublicKeyAlgorithmOID.EC_PUBLIC_KEY:
            return "EC", 0
    return "other", 0


def _signature_hash(certificate: x509.Certificate) -> str:
    """SHA1, SHA256, ... as in the phone table; "" for a signature without one (Ed25519) or an unknown one."""
    try:
        algorithm = certificate.signature_hash_algorithm
    except _UNREADABLE:
        return ""
    return algorithm.name.upper().replace("-", "") if algorithm is not None else ""


def _is_ca(certificate: x509.Certificate) -> bool:
    """Basic constraints; a certificate without them (X.509 v1) is a CA only where it names itself as its issuer."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return certificate.subject == certificate.issuer
    except _UNREADABLE:
        return False


def _alternative_names(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        dns = names.get_values_for_type(x509.DNSName)
        ips = names.get_values_for_type(x509.IPAddress)
    except (x509.ExtensionNotFound, x509.UnsupportedGeneralNameType, *_UNREADABLE):
        return (), ()
    return tuple(_clean(name) for name in dns[:MAX_SAN]), tuple(_clean(str(ip)) for ip in ips[:MAX_SAN])


def _common_name(name: x509.Name) -> str:
    """The most specific CN, "" without one."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return _clean(str(found[-1].value)) if found else ""


def _clean(text: str) -> str:
    """Printable, and not endless: names come from outside and end in reports. A `?` stands in no host name, so no name
    becomes one that a phone would accept."""
    text = text[:MAX_NAME]
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def _sentence(error: Exception) -> str:
    return _clean(str(error) or type(error).__name__).rstrip(".")[:200]
