"""What the parsers of configuration sections share: blocks by their header lines, and lines by their forms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from .answer import answer_lines, shown, understood
from .blocks import Line, Unreadable
from .engine import Template

Row = dict[str, str]


def word_set(text: str) -> frozenset[str]:
    """The words of a text, for tables of first words."""
    return frozenset(text.split())


# First words of lines that no section read here has below its headers. Where one stands at column 0, another part of
# a configuration begins: what follows must not be taken for lines of the block above.
_FOREIGN = word_set("""
    aaa-server access-group access-list arp class-map dynamic-access-policy-record group-policy hostname interface
    logging nat ntp object object-group policy-map route service-policy snmp-server ssh ssl telnet tunnel-group username
""")
_FOREIGN_PAIRS = frozenset(("crypto ca", "crypto map", "ip local", "vpn load-balancing"))

_WORD = re.compile(r'"[^"]*"|\S+')


class Block(NamedTuple):
    """A header line and the lines below it."""

    header: Line
    body: tuple[Line, ...]


def config_blocks(text: str, command: str, header: re.Pattern[str]) -> tuple[list[Block], list[Line]]:
    """The blocks of one section, and the lines that belong to none of them.

    A line whose text (without indent) matches `header` opens a block, at any indent: captures are found indented as a
    whole, and pasted ones have lost the indent of some lines (document 116162 shows such). Every other line belongs to
    the block above it, unless another part of a configuration begins there. No line at all is a fact: ([], []).
    Unreadable where there are lines and none is a header.
    """
    blocks: list[tuple[Line, list[Line]]] = []
    stray: list[Line] = []
    target = stray
    lines = answer_lines(text, command)
    for line in lines:
        if header.match(line.text.lstrip(" \t")):
            target = []
            blocks.append((line, target))
            continue
        if _is_foreign(line):
            target = stray
        target.append(line)
    if lines and not blocks:
        raise Unreadable(f"this is no answer of `{command}`; its first line is: {shown(lines[0].text)}")
    return [Block(opened, tuple(body)) for opened, body in blocks], stray


def _is_foreign(line: Line) -> bool:
    words = line.words
    return not line.indent and (words[0] in _FOREIGN or " ".join(words[:2]) in _FOREIGN_PAIRS)


def without_nested(lines: Iterable[Line], openers: frozenset[str]) -> list[Line]:
    """Lines less those that are indented deeper than an opener (a first word) above them."""
    kept: list[Line] = []
    limit: int | None = None
    for line in lines:
        if limit is not None and line.indent > limit:
            continue
        limit = line.indent if line.words[0] in openers else None
        kept.append(line)
    return kept


def read_lines(
    template: Template, lines: Iterable[Line], known: frozenset[str] = frozenset()
) -> tuple[list[tuple[Line, Row]], list[Line]]:
    """The lines that a form matches, with their fields, and those that neither a form nor `known` takes.

    known holds first words (behind a `no`) of lines that decide nothing for a phone.
    """
    wanted = list(lines)
    rows = list(understood(template, wanted))
    taken = {line.number for line, _row in rows}
    return rows, [line for line in wanted if line.number not in taken and first_word(line) not in known]


def first_word(line: Line) -> str:
    """The first word, or the one behind a leading `no`."""
    words = line.words
    return words[1] if words[0] == "no" and len(words) > 1 else words[0]


def words_of(text: str) -> list[str]:
    """Words, a quoted name being one, without its quotes."""
    return [unquote(word) for word in _WORD.findall(text)]


def unquote(word: str) -> str:
    """`"VPN Phone"` -> `VPN Phone`: the ASA quotes a name only because of its blanks [K]."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word


def small_int(digits: str) -> int | None:
    """A number as large as the ASA has any (32 bits), else None."""
    return int(digits) if re.fullmatch("[0-9]{1,10}", digits) else None
