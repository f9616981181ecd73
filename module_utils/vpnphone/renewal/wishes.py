"""The certificate wished for, made for trial: so the controls and the prediction judge it before anybody signs it."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ..controls.site_context import AsaUnit
from ..errors import BadInput
from ..model import X509, Certificate, DeviceTime, HeldCertificate, SslTrustPoint
from ..x509 import read_der

# What the trial is signed with does not count: the hash that a CA will use is judged by its name.
HASHES = ("SHA1", "SHA256", "SHA384", "SHA512")
CURVES: dict[int, type[ec.EllipticCurve]] = {256: ec.SECP256R1, 384: ec.SECP384R1, 521: ec.SECP521R1}
RSA_BITS = (1024, 2048, 3072, 4096)


class Wish(NamedTuple):
    """What is to be bound in place of the old certificate.

    cn "" and names (): not told yet, so nothing that depends on them is known. pin: what phones are to pin, the
    certificate itself or the CA that signs it (the second way out of C12); ca_cn: the common name of that CA.
    """

    asa: str
    interface: str
    trustpoint: str
    cn: str = ""
    names: tuple[str, ...] = ()
    key: Literal["RSA", "EC"] = "RSA"
    bits: int = 2048
    signature: str = "SHA256"
    pin: Literal["leaf", "ca"] = "leaf"
    ca_cn: str = ""


def check_wish(wish: Wish) -> None:
    """BadInput bad_wish for a key, a hash or a name that cannot be."""
    wrong = ""
    if wish.key == "RSA" and wish.bits not in RSA_BITS:
        wrong = f"an RSA key has {', '.join(map(str, RSA_BITS))} bits, not {wish.bits}"
    elif wish.key == "EC" and wish.bits not in CURVES:
        wrong = f"an EC key has {', '.join(map(str, CURVES))} bits, not {wish.bits}"
    elif wish.signature not in HASHES:
        wrong = f"the signature's hash is one of {', '.join(HASHES)}, not {wish.signature!r}"
    elif len(wish.cn) > 64:
        wrong = f"a common name has at most 64 characters, not {len(wish.cn)}"
    elif bad := next((name for name in (wish.cn, *wish.names) if not name.isascii() or not name.isprintable()), ""):
        wrong = f"a name has printable ASCII alone, not {bad!r}"
    elif not wish.trustpoint:
        wrong = "the new trustpoint has no name"
    if wrong:
        raise BadInput(
            f"the new certificate that is wished for cannot be: {wrong}.",
            where=wish.asa,
            todo="Correct vpnphone_new_certificate of this ASA (docs/inventory.md).",
            code="bad_wish",
        )


@lru_cache(maxsize=16)
def _key(kind: str, bits: int) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    """One trial key a kind: it never leaves this process and protects nothing."""
    if kind == "EC":
        return ec.generate_private_key(CURVES[bits]())
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def trial(wish: Wish, unit: AsaUnit) -> X509:
    """A certificate with that key and those names, valid from now on, signed by nobody who matters."""
    key = _key(wish.key, wish.bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, wish.cn)] if wish.cn else [])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(unit.now - timedelta(days=1))
        .not_valid_after(unit.now + timedelta(days=397))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    if wish.names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(one) for one in wish.names]), False)
    return read_der(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER))


def printed(wish: Wish, certificate: X509) -> Certificate:
    """The same as `show crypto ca certificates` would print it."""
    return Certificate(
        kind="identity",
        status="Available",
        serial=certificate.serial,
        subject=f"cn={wish.cn}",
        subject_cn=wish.cn,
        issuer=f"cn={wish.cn}",
        issuer_cn=wish.cn,
        key_type=wish.key,
        key_bits=wish.bits,
        signature_algorithm=f"{wish.signature} with {wish.key} Encryption",
        not_before=DeviceTime(text="", utc=certificate.not_before),
        not_after=DeviceTime(text="", utc=certificate.not_after),
        trustpoints=(wish.trustpoint,),
    )


def with_certificate(unit: AsaUnit, wish: Wish, certificate: X509, old: str) -> AsaUnit:
    """The ASA with that certificate on the new trustpoint, bound where phones arrive in the place of `old`.

    What probes showed is of the old one, so they are left out.
    """
    state, new = unit.state, wish.trustpoint.lower()
    held = tuple(found for found in state.certificate_chain or () if found.trustpoint.lower() != new)
    shown = tuple(found for found in state.certificates or () if new not in {one.lower() for one in found.trustpoints})
    changes: dict[str, object] = {
        "certificate_chain": (*held, HeldCertificate(trustpoint=wish.trustpoint, kind="identity", x509=certificate)),
        "certificates": None if state.certificates is None else (*shown, printed(wish, certificate)),
    }
    if state.ssl is not None:
        bound = SslTrustPoint(trustpoint=wish.trustpoint, interface=wish.interface)
        kept = tuple(line for line in state.ssl.trust_points if not _is_old(line, wish.interface, old))
        changes["ssl"] = msgspec.structs.replace(state.ssl, trust_points=(*kept, bound))
    return unit._replace(state=msgspec.structs.replace(state, **changes), probes=())


def _is_old(line: SslTrustPoint, interface: str, old: str) -> bool:
    """The line is the one that the new binding takes the place of; without a name any of that interface is."""
    if line.vpnlb_ip or line.domain or line.interface.lower() != interface.lower():
        return False
    return not old or line.trustpoint.lower() == old.lower()
