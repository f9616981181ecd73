"""show crypto ca certificates to the model; `failover exec mate show crypto ca certificates` prints the same.

Shapes seen: CA only; identity and CA; with OCSP AIA and CRL distribution points; 8.2 without a signature algorithm.
Requests (`Status: Pending`), registration authorities and the spelling of EC keys are assumed [K].
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Literal, NamedTuple

import msgspec

from ..model import Certificate
from .answer import answer_lines, shown, understood
from .blocks import Line
from .engine import forms
from .result import Parsed, Unreadable
from .times import read_time, resolve

_FIELDS = forms("""
Status: {{ status | REST }}
Certificate Serial Number: {{ serial | REST }}
Certificate Usage: {{ usage | REST }}
Key Usage: {{ usage | REST }}
Public Key Type: {{ key | REST }}
Signature Algorithm: {{ signature_algorithm | REST }}
Storage: {{ storage | REST }}
Associated Trustpoints: {{ trustpoints | REST }}
Associated Trustpoint: {{ trustpoints | REST }}
""")

_HEADER = re.compile(r"(?:(CA|RA(?: [A-Za-z]+){0,2}) )?Certificate")
# Keys whose value is the lines below them, keys with their value behind them, and keys that no control reads.
_NAMES = {"subject name": "subject", "issuer name": "issuer"}
_VALIDITY = "validity date"
_ONE_LINE = frozenset(
    {
        "status",
        "certificate serial number",
        "certificate usage",
        "key usage",
        "public key type",
        "signature algorithm",
        "storage",
        "associated trustpoints",
        "associated trustpoint",
    }
)
_SKIPPED = ("ocsp aia", "crl distribution point", "fingerprint")
_DATE = re.compile(r"(start|end|renew) +date: *(\S.*)")
_NO_CERTIFICATE = re.compile(r"%|INFO:|There (?:are|is) no |No (?:\S+ )?certificates?\b", re.IGNORECASE)
_BITS = re.compile(r"([0-9]{1,6}) bits?\)")
_EC_KEYS = ("EC", "ECDSA", "ECC")


class _Raw(NamedTuple):
    """One block: its header, its one-line fields, and the lines below each key that has some."""

    header: Line
    kind: str
    fields: list[Line]
    below: dict[str, list[Line]]


def parse_certificates(text: str) -> Parsed[tuple[Certificate, ...]]:
    """Every certificate block, in printed order; () where the device says, or shows by silence, that it has none.

    Names are the lines of their block joined by ", ", serials lower-case hex without 0x, key types RSA, EC or as
    printed. Times carry utc only where their zone says so itself: see resolve_times and times.bounds. Unreadable
    where there is text and none of it is a certificate block, or where a block says nothing of its status.
    """
    lines = answer_lines(text, "show crypto ca certificates")
    blocks, unparsed = _blocks(lines)
    if not blocks:
        strange = next((line for line in unparsed if not _NO_CERTIFICATE.match(line.text.strip())), None)
        if strange is not None:
            raise Unreadable(f"`show crypto ca certificates` has no certificate block: {shown(strange.text)}")
        return Parsed(())
    unparsed = [line for line in unparsed if not line.text.lstrip().startswith(("%", "INFO:"))]
    rows: dict[int, dict[str, str]] = {}
    for line, row in understood(_FIELDS, (line for block in blocks for line in block.fields)):
        rows[line.number] = row
    certificates = tuple(_certificate(block, rows, unparsed) for block in blocks)
    return Parsed(certificates, tuple(sorted(set(unparsed))))


def resolve_times(
    certificates: tuple[Certificate, ...], zone_offsets: Mapping[str, timedelta]
) -> tuple[Certificate, ...]:
    """The same certificates with utc filled in for zones the caller knows: {"EDT": timedelta(hours=-4)}."""
    return tuple(
        msgspec.structs.replace(
            certificate,
            not_before=resolve(certificate.not_before, zone_offsets) if certificate.not_before else None,
            not_after=resolve(certificate.not_after, zone_offsets) if certificate.not_after else None,
        )
        for certificate in certificates
    )


def _blocks(lines: list[Line]) -> tuple[list[_Raw], list[Line]]:
    """Blocks and the lines that fit nowhere.

    A key stands at the indentation of its block's first line, what belongs to it is deeper: so text within a
    subject can never pass for a field. Copies that lost their indentation are told apart by the known keys alone.
    """
    # Multi-line values of any depth, with hostile text in them: linear code, ttp then reads the one-line fields.
    blocks: list[_Raw] = []
    stray: list[Line] = []
    base: int | None = None
    target: list[Line] = stray
    for line in lines:
        header = _HEADER.fullmatch(line.text) if line.indent == 0 else None
        if header is not None:
            blocks.append(_Raw(line, (header[1] or "")[:2].lower(), [], {}))
            base, target = None, stray
            continue
        if not blocks:
            stray.append(line)
            continue
        base = line.indent if base is None else base
        if line.indent > base:
            target.append(line)
            continue
        target = _place(line, blocks[-1], base == 0, target, stray)
    return blocks, stray


def _place(line: Line, block: _Raw, flat: bool, target: list[Line], stray: list[Line]) -> list[Line]:
    """Put a line at key depth where it belongs; gives the list that takes the deeper lines after it."""
    key, colon, rest = line.text.strip().partition(":")
    key = " ".join(key.lower().split())
    name = _NAMES.get(key, "")
    if colon and (name or key == _VALIDITY):
        below = block.below.setdefault(name or key, [])
        if rest.strip():
            below.append(Line(line.number, rest.strip()))
        return below
    if colon and key.startswith(_SKIPPED):
        return block.below.setdefault("skipped", [])
    if colon and key in _ONE_LINE:
        block.fields.append(line)
        return stray
    if flat and target is not stray:
        target.append(line)
        return target
    stray.append(line)
    return stray


def _certificate(block: _Raw, rows: dict[int, dict[str, str]], unparsed: list[Line]) -> Certificate:
    fields: dict[str, str] = {}
    for line in block.fields:
        row = rows.get(line.number)
        # An empty `Storage:` or a second `Status:` is as little understood as a strange line.
        if row is None or not fields.keys().isdisjoint(row):
            unparsed.append(line)
            continue
        fields.update(row)
    if "status" not in fields:
        raise Unreadable(f"the certificate block at line {block.header.number} says nothing of its status")
    dates: dict[str, str] = {}
    for line in block.below.get(_VALIDITY, ()):
        found = _DATE.fullmatch(line.text.strip()[:200])
        if found is None:
            unparsed.append(line)
        else:
            dates.setdefault(found[1], found[2])
    kind = _kind(block.kind, fields["status"])
    if kind != "pending" and ("serial" not in fields or "end" not in dates):
        unparsed.append(block.header)
    subject, subject_cn = _name(block.below.get("subject", []))
    issuer, issuer_cn = _name(block.below.get("issuer", []))
    key_type, key_bits = _key(fields.get("key", ""))
    return Certificate(
        kind=kind,
        status=fields["status"],
        serial=_serial(fields.get("serial", "")),
        subject=subject,
        subject_cn=subject_cn,
        issuer=issuer,
        issuer_cn=issuer_cn,
        key_type=key_type,
        key_bits=key_bits,
        signature_algorithm=fields.get("signature_algorithm", ""),
        usage=fields.get("usage", ""),
        not_before=read_time(dates["start"]) if "start" in dates else None,
        not_after=read_time(dates["end"]) if "end" in dates else None,
        trustpoints=tuple(fields.get("trustpoints", "").split()),
        storage=fields.get("storage", ""),
    )


def _kind(prefix: str, status: str) -> Literal["identity", "ca", "ra", "pending"]:
    if status.lower().startswith("pending"):
        return "pending"
    if prefix == "ca":
        return "ca"
    return "ra" if prefix == "ra" else "identity"


def _name(lines: list[Line]) -> tuple[str, str]:
    """(the whole name, its first common name); the name's parts stay in printed order."""
    parts = [" ".join(line.text.split()) for line in lines]
    common = next((part[3:].strip() for part in parts if part[:3].lower() == "cn="), "")
    return ", ".join(parts), common


def _key(text: str) -> tuple[str, int | None]:
    """`RSA (2048 bits)` -> ("RSA", 2048); the names of elliptic-curve keys become "EC", others stay as printed."""
    kind, _, size = text.partition("(")
    bits = _BITS.fullmatch(size)
    kind = kind.strip()
    return "EC" if kind.upper() in _EC_KEYS else kind, int(bits[1]) if bits else None


def _serial(text: str) -> str:
    """Lower-case hex without 0x, colons and blanks; what is no hex number at all stays as printed."""
    digits = re.sub(r"[:\s]", "", text.lower()).removeprefix("0x")
    return digits if re.fullmatch("[0-9a-f]+", digits) else text
