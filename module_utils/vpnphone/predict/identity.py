"""Names, pins and hosts: what two ends compare. Pure text and hashes."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ..addresses import is_address
from ..model import X509, Certificate, Connection, VpnGroupConfig
from ..pins import hash_to_hex

# Serial numbers come as "0A01", "a01" or "0a:01" by their printer.
_NOT_HEX = re.compile(r"[^0-9a-f]")


# --- pins ---------------------------------------------------------------------------------------------------------


class Pins(NamedTuple):
    """The hashes of a file. sha1: lower-case hex of those with 20 bytes; odd: those that are none, as printed.

    doubt: why a comparison with them is not proven to be the phone's own ("" where it is): hashAlg 0 alone is known.
    """

    sha1: frozenset[str]
    odd: tuple[str, ...]
    doubt: str


def pins_of(vpn: VpnGroupConfig) -> Pins:
    """F-023, F-024: base64 of the raw SHA-1; another length or hashAlg is not proven to mean anything."""
    read = {text: _sha1(text) for text in vpn.cert_hashes}
    good = frozenset(found for found in read.values() if found)
    odd = tuple(text for text, found in read.items() if not found)
    doubt = ""
    if vpn.hash_alg is None:
        doubt = "the file does not say its hashAlg"
    elif vpn.hash_alg != 0:
        doubt = f"hashAlg {vpn.hash_alg} is not proven to be any known hash (0 is SHA-1)"
    return Pins(good, odd, doubt)


def _sha1(text: str) -> str:
    """Lower-case hex of a certHash; "" where it is no SHA-1."""
    try:
        return hash_to_hex(text)
    except ValueError:
        return ""


# --- names --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
def name_key(text: str) -> tuple[str, ...]:
    """A distinguished name for comparison: its parts without order, case and spacing ("cn=A, o=B" equals "O=B,CN=A").

    ASA, CUCM and RFC 4514 print the parts in different orders. "" gives ().
    """
    parts = (re.sub(r"\s*=\s*", "=", " ".join(part.split()), count=1) for part in re.split(r"(?<!\\)[,+]", text))
    return tuple(sorted(part.casefold() for part in parts if part))


def same_name(left: str, right: str) -> bool:
    """Two distinguished names, or a distinguished name and a bare common name; an empty one equals nothing."""
    if not left.strip() or not right.strip():
        return False
    bare = [text for text in (left, right) if "=" not in text]
    if len(bare) == 1:
        full = right if bare[0] is left else left
        return f"cn={' '.join(bare[0].split()).casefold()}" in name_key(full)
    return name_key(left) == name_key(right)


def serial_key(text: str) -> str:
    """A serial number for comparison: hex without separators and leading zeros."""
    return _NOT_HEX.sub("", text.lower()).lstrip("0")


def is_same(one: Certificate | X509, other: Certificate | X509) -> bool:
    """Two accounts of one certificate: serial and issuer name it (RFC 5280).

    The issuer's common name is enough: an ASA and RFC 4514 have other words for the rarer parts of a name.
    """
    serial = serial_key(one.serial)
    if not serial or serial != serial_key(other.serial):
        return False
    names = one.issuer_cn.strip().casefold(), other.issuer_cn.strip().casefold()
    return names[0] == names[1] if all(names) else same_name(one.issuer, other.issuer)


def public_key(certificate: X509) -> bytes | None:
    """SubjectPublicKeyInfo; None where its kind is not understood here."""
    try:
        loaded = x509.load_der_x509_certificate(base64.b64decode(certificate.der))
        return loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None


def same_key(one: X509, other: X509) -> bool | None:
    """Both certificates carry one public key; None where one of the keys cannot be read."""
    keys = public_key(one), public_key(other)
    return None if None in keys else keys[0] == keys[1]


def title(certificate: X509) -> str:
    """A certificate in a few words: its common name and the start of its SHA-1, as a person compares it."""
    return f"{certificate.subject_cn or certificate.subject or '(no subject)'} (SHA-1 {certificate.sha1[:8]}…)"


# --- host-ID ------------------------------------------------------------------------------------------------------


class HostId(NamedTuple):
    """Would the phone's own check let this certificate through for this host; text says what it compared."""

    verdict: Connection
    text: str


def typed_host(url: str) -> str:
    """The host of a URL as it is typed, with its case; "" where it has none."""
    try:
        place = urlsplit(url.strip()).netloc.rpartition("@")[2]
    except ValueError:
        return ""
    return place.partition("]")[0].removeprefix("[") if place.startswith("[") else place.partition(":")[0]


def host_id(host: str, certificate: X509 | None) -> HostId:
    """F-058, F-059: the host against the DNS names of subjectAltName, else against the common name.

    Wildcards are refused by the phone ("Generic third level wildcards are not allowed"), and an IP literal matches
    nothing. Where a subjectAltName is there and lacks the host while the common name has it, the log shows that the
    phone goes on to the subject, and no source says that this is enough.
    """
    if not host:
        return HostId("LOCKED OUT", "the URL has no host to compare")
    if is_address(host):
        return HostId("LOCKED OUT", f"{host} is an address, which the phone's host-ID check never matches")
    if certificate is None:
        return HostId("UNKNOWN", "the names in the certificate are not known")
    names = certificate.san_dns or ((certificate.subject_cn,) if certificate.subject_cn else ())
    if host in names:
        return HostId("CONNECTS", f"{host} is in the certificate")
    cased = _cased(host, names)
    if cased:
        return HostId("UNKNOWN", f"the certificate has {cased}, and whether the phone minds the case is not proven")
    shown = ", ".join(names) or "no name at all"
    if certificate.san_dns and _cased(host, (certificate.subject_cn,)):
        return HostId("UNKNOWN", f"{host} is the common name, but the subjectAltName has only {shown}")
    star = next((name for name in names if name.startswith("*")), "")
    if star:
        return HostId("LOCKED OUT", f"the certificate has {star} for {host}: the phone refuses wildcards")
    return HostId("LOCKED OUT", f"the certificate has {shown}, not {host}")


def _cased(host: str, names: Iterable[str]) -> str:
    return next((name for name in names if name and name.lower() == host.lower()), "")
