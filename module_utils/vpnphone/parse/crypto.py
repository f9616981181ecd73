"""show running-config crypto ca trustpoint to the model (F-010, F-092)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..model import Trustpoint
from .blocks import Line
from .engine import forms
from .result import Parsed
from .sections import config_blocks, read_lines, unquote, without_nested

# Certificate chains follow the trustpoints in a whole configuration: blocks of their own, whose lines are passed over.
_HEADER = re.compile(r"crypto\s+ca\s+(?:trustpoint|certificate\s+chain)\s")
_TRUSTPOINT = forms("""
crypto ca trustpoint {{ name | NAME }}
crypto ca certificate chain {{ certificates | NAME }}
""")
_LINES = forms("""
enrollment {{ enrollment | REST }}
keypair {{ keypair | NAME }}
auto-enroll
auto-enroll {{ auto_enroll | REST }}
""")
# Ways of enrolment; other `enrollment` lines (retry, interface) only tune one.
_WAYS = ("terminal", "self", "url", "protocol")
_WITHHELD = frozenset(("password", "key"))
_SHAPE = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


def parse_trustpoints(text: str) -> Parsed[tuple[Trustpoint, ...]]:
    """Trustpoints with enrolment, key pair and automatic renewal. No password of an enrolment is kept.

    An ACME enrolment (9.23(1) and later [K]) renews by itself, with or without `auto-enroll`.
    """
    blocks, unparsed = config_blocks(text, "show running-config crypto ca trustpoint", _HEADER)
    headers = {line.number: row for line, row in read_lines(_TRUSTPOINT, (block.header for block in blocks))[0]}
    trustpoints: list[Trustpoint] = []
    for block in blocks:
        row = headers.get(block.header.number)
        if row is None:
            unparsed += [block.header, *block.body]
        elif "name" in row:
            trustpoints.append(_trustpoint(unquote(row["name"]), block.body, unparsed))
        else:
            unparsed += _behind_quit(block.body)
    return Parsed(tuple(trustpoints), tuple(sorted(unparsed)))


def _trustpoint(name: str, body: Iterable[Line], unparsed: list[Line]) -> Trustpoint:
    lines = without_nested(body, frozenset(("crl",)))
    values: dict[str, str] = {}
    for line in lines:
        words = line.words
        if not _SHAPE.fullmatch(words[0]):
            unparsed.append(line)
        elif words[0] == "no":
            values[" ".join(words)] = ""
        elif words[0] not in _WITHHELD:
            # `enrollment url ...` and `enrollment retry count 5` are attributes of their own.
            count = 2 if words[0] == "enrollment" and len(words) > 2 else 1
            key, value = " ".join(words[:count]), " ".join(words[count:])
            values[key] = f"{values[key]}\n{value}" if key in values else value
    enrollment = keypair = auto_enroll = acme = ""
    for line, row in read_lines(_LINES, lines)[0]:
        literal = " ".join(line.words)
        if "enrollment" in row:
            way = row["enrollment"]
            enrollment = way if way.split()[0] in _WAYS else enrollment
            acme = literal if way.split()[:2] == ["protocol", "acme"] else acme
        elif "keypair" in row:
            keypair = unquote(row["keypair"])
        else:
            auto_enroll = literal
    return Trustpoint(
        name=name, enrollment=enrollment, keypair=keypair, auto_renewal=auto_enroll or acme, values=values
    )


def _behind_quit(body: Iterable[Line]) -> list[Line]:
    """Lines of a certificate chain that belong to no certificate (` certificate ca 0a...`, hex, `quit`)."""
    outside: list[Line] = []
    reading = False
    for line in body:
        words = line.words
        if reading:
            reading = words != ["quit"]
        elif words[0] == "certificate":
            reading = True
        else:
            outside.append(line)
    return outside
