"""show running-config crypto ca certificate chain to the model: the certificates themselves, byte for byte (F-013)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from ..model import HeldCertificate
from ..x509 import read_der
from .answer import shown
from .blocks import Line
from .result import Parsed, Unreadable
from .sections import config_blocks, words_of

# More than any ASA holds; a certificate costs a tenth of a millisecond.
MAX_CERTIFICATES = 1000

# Trustpoints come before the chains in the answer of `show running-config crypto ca`: passed over.
_HEADER = re.compile(r"crypto\s+ca\s+(?:trustpoint|trustpool|certificate\s+chain)\s")
_HEX = re.compile("(?:[0-9A-Fa-f]{2})+")
# [K] `certificate self-signed` as IOS writes it; `ra-...` are a CA's helpers at enrolment, presented to nobody.
_KINDS: dict[str, Literal["identity", "ca"]] = {"": "identity", "self-signed": "identity", "ca": "ca"}


class _Dump(NamedTuple):
    """`certificate [KIND] SERIAL`, and the hex digits below it up to `quit`."""

    header: Line
    kind: str
    digits: str


def parse_certificate_chain(text: str) -> Parsed[tuple[HeldCertificate, ...]]:
    """The certificates of each trustpoint, in the order of the configuration; none is a fact.

    Unreadable where one of them is damaged, cut off or withheld: what is left of a chain would tell of another chain.
    """
    blocks, unparsed = config_blocks(text, "show running-config crypto ca certificate chain", _HEADER)
    found: list[HeldCertificate] = []
    for block in blocks:
        words = words_of(block.header.text)
        if words[2] in ("trustpoint", "trustpool"):
            continue
        if len(words) != 5:
            raise Unreadable(f"this names no trustpoint: {shown(block.header.text)}")
        for dump in _dumps(block.body, words[4], unparsed):
            kind = _KINDS.get(dump.kind)
            if kind is not None:
                found.append(_certificate(dump, words[4], kind))
            elif not dump.kind.startswith("ra-"):
                unparsed.append(dump.header)
    if len(found) > MAX_CERTIFICATES:
        raise Unreadable(f"there are more than {MAX_CERTIFICATES} certificates")
    return Parsed(tuple(found), tuple(sorted(unparsed)))


def _dumps(body: Iterable[Line], trustpoint: str, unparsed: list[Line]) -> Iterator[_Dump]:
    header: Line | None = None
    digits: list[str] = []
    for line in body:
        words = line.words
        if header is None and words[0] == "certificate":
            header, digits = line, []
        elif header is None:
            unparsed.append(line)
        elif words == ["quit"]:
            yield _Dump(header, " ".join(header.words[1:-1]), "".join(digits))
            header = None
        else:
            digits += words
    if header is not None:
        raise Unreadable(f"a certificate of {shown(trustpoint)} is cut off: no `quit` below line {header.number}")


def _certificate(dump: _Dump, trustpoint: str, kind: Literal["identity", "ca"]) -> HeldCertificate:
    place = f"the certificate of {shown(trustpoint)} in line {dump.header.number}"
    if not _HEX.fullmatch(dump.digits):
        raise Unreadable(f"{place} is no hex dump")
    try:
        return HeldCertificate(trustpoint=trustpoint, kind=kind, x509=read_der(bytes.fromhex(dump.digits)))
    except ValueError as error:
        raise Unreadable(f"{place} cannot be read: {error}") from error
