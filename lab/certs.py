"""Real certificates for the simulated devices, made at start with validity relative to now."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from .scenario import CertificateSpec, ScenarioError, duration

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_EXPONENT = 65537
_CURVES: dict[str, type[ec.EllipticCurve]] = {"ec256": ec.SECP256R1, "ec384": ec.SECP384R1}
# Short names as an ASA prints them.
SHORT_NAMES = {
    NameOID.COMMON_NAME: "cn", NameOID.ORGANIZATION_NAME: "o", NameOID.ORGANIZATIONAL_UNIT_NAME: "ou",
    NameOID.LOCALITY_NAME: "l", NameOID.STATE_OR_PROVINCE_NAME: "st", NameOID.COUNTRY_NAME: "c",
    NameOID.EMAIL_ADDRESS: "ea", NameOID.DOMAIN_COMPONENT: "dc", NameOID.SERIAL_NUMBER: "serialNumber",
    NameOID.UNSTRUCTURED_NAME: "hostname",
}  # fmt: skip


@dataclass(frozen=True)
class Cert:
    """A certificate and, where the lab made it, its private key."""

    x509: x509.Certificate
    key: PrivateKey | None = field(default=None, repr=False, compare=False)

    @cached_property
    def der(self) -> bytes:
        return self.x509.public_bytes(Encoding.DER)

    @cached_property
    def pem(self) -> str:
        return self.x509.public_bytes(Encoding.PEM).decode()

    @cached_property
    def serial(self) -> str:
        """Hex as an ASA prints it: whole bytes, lower case."""
        text = f"{self.x509.serial_number:x}"
        return text.zfill(len(text) + len(text) % 2)

    @cached_property
    def sha1(self) -> str:
        return hashlib.sha1(self.der, usedforsecurity=False).hexdigest()  # the format of the phones' pin

    @property
    def is_ca(self) -> bool:
        try:
            return self.x509.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except x509.ExtensionNotFound:
            return self.x509.subject == self.x509.issuer


@dataclass
class TrustpointStore:
    """What a trustpoint of a running device holds; pending is a key whose certificate has yet to come."""

    identity: Cert | None = None
    ca: Cert | None = None


@lru_cache(maxsize=64)
def pooled_key(kind: str, slot: int | str) -> PrivateKey:
    """Keys are made once a process: every lab in it may use them, and none is worth anything outside."""
    return new_key(kind)


class _Moduli:
    """RSA keys out of few primes: every pair makes another one, and to find primes is what takes long.

    Whoever has two of them can compute the private keys of both. They are a lab's, and worth nothing outside.
    """

    def __init__(self) -> None:
        self._primes: dict[int, list[int]] = {}
        self._made: Counter[int] = Counter()
        self._lock = threading.Lock()

    def next(self, bits: int) -> rsa.RSAPrivateKey:
        with self._lock:
            number = self._made[bits]
            self._made[bits] += 1
            # Pairs in the order 1 0, 2 0, 2 1, 3 0: of n primes n * (n - 1) / 2 keys.
            high = (math.isqrt(8 * number + 1) + 1) // 2
            low = number - high * (high - 1) // 2
            primes = self._primes.setdefault(bits, [])
            while len(primes) <= high:
                found = rsa.generate_private_key(_EXPONENT, bits).private_numbers()
                primes += [found.p, found.q]
            p, q = sorted((primes[high], primes[low]), reverse=True)
        d = pow(_EXPONENT, -1, math.lcm(p - 1, q - 1))
        crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
        numbers = rsa.RSAPrivateNumbers(p, q, d, *crt, rsa.RSAPublicNumbers(_EXPONENT, p * q))
        return numbers.private_key(unsafe_skip_rsa_key_validation=True)


_moduli = _Moduli()


def new_key(kind: str) -> PrivateKey:
    """A key that nobody had before: rsa<bits> or ec<bits>."""
    if kind.startswith("ec"):
        return ec.generate_private_key(_CURVES[kind]())
    return _moduli.next(int(kind.removeprefix("rsa")))


def pem_of(key: PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def parse_name(text: str) -> x509.Name:
    """`CN=vpn.example.com,O=Example` (most significant part last, as on the ASA's command line). ValueError."""
    oids = {short.upper(): oid for oid, short in SHORT_NAMES.items()}
    parts = []
    for part in text.split(","):
        key, _, value = part.strip().partition("=")
        if key.strip().upper() not in oids or not value:
            raise ValueError(f"not a part of a name: {part.strip()!r}")
        parts.append(x509.NameAttribute(oids[key.strip().upper()], value.strip()))
    return x509.Name(reversed(parts))


def general_name(text: str) -> x509.GeneralName:
    """`DNS:vpn.example.com`, `IP:198.51.100.1`; without a prefix a DNS name."""
    kind, _, value = text.rpartition(":")
    return x509.IPAddress(ipaddress.ip_address(value)) if kind.upper() == "IP" else x509.DNSName(value)


def build(
    subject: x509.Name,
    key: PrivateKey,
    *,
    issuer: Cert | None = None,
    ca: bool = False,
    san: tuple[str, ...] = (),
    not_before: datetime,
    not_after: datetime,
    serial: int | None = None,
) -> Cert:
    """Make and sign one certificate; without issuer it signs itself."""
    signer = issuer.key if issuer else key
    if signer is None:
        raise ValueError("the issuer's private key is not in the lab")
    public = key.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.x509.subject if issuer else subject)
        .public_key(public)
        .serial_number(serial if serial is not None else x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if san:
        builder = builder.add_extension(x509.SubjectAlternativeName([general_name(n) for n in san]), critical=False)
    return Cert(builder.sign(signer, hashes.SHA256()), key)


def make_all(specs: Mapping[str, CertificateSpec], now: datetime | None = None) -> dict[str, Cert]:
    """Every certificate of a scenario. Raises ScenarioError."""
    moment = (now or datetime.now(UTC)).replace(microsecond=0)
    made: dict[str, Cert] = {}
    slots = {name: slot for slot, name in enumerate(sorted(specs))}

    def get(name: str) -> Cert:
        if name not in made:
            made[name] = make(name, specs[name])
        return made[name]

    def make(name: str, spec: CertificateSpec) -> Cert:
        try:
            if spec.pem_file:
                return Cert(x509.load_pem_x509_certificate(spec.pem_file.encode()))
            return build(
                parse_name(spec.subject),
                pooled_key(spec.key, slots[name]),
                issuer=get(spec.issuer) if spec.issuer else None,
                ca=spec.ca,
                san=spec.san,
                not_before=moment + duration(spec.valid_from),
                not_after=moment + duration(spec.valid_to),
                serial=int(spec.serial, 16) if spec.serial else None,
            )
        except ValueError as error:
            raise ScenarioError("scenario", f"certificates.{name}", f"usable values ({error})") from None

    for name in specs:
        get(name)
    return made


def self_signed(
    subject: x509.Name, key: PrivateKey, now: datetime, *, san: tuple[str, ...] = (), days: int = 3650
) -> Cert:
    """What `enrollment self` makes."""
    return build(subject, key, san=san, not_before=now, not_after=now + timedelta(days=days))
