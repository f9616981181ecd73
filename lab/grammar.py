"""Matching of command lines: abbreviations, the caret, incomplete and ambiguous commands.

A command is written as a pattern, for example ``ssl trust-point / <word> *<if> [*vpnlb-ip] -> mode {9.3.2-}``:

    word            a keyword, may be shortened as far as it stays unique
    a|b|c           one of these keywords; ``a|b|c+`` one or more of them
    none|<...>      that keyword, or an argument of the kind
    <word>          one argument, or a text in double quotes
    <1-65535>       a number of that range
    <if>            the name of an interface that exists (checked by the caller)
    <...>           the rest of the line
    [ ... ]         may be left out
    /               ends the key: two lines with the same key replace each other; without it the whole line is the key
    *               behind the key: this word belongs to the key too
    -> mode         opens that sub-mode
    {9.3.2-}        known from that release on; {-9.3.1} up to that one
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from . import release as rel

Token = tuple[str, int]

_KNOWN_LINES = 8192
_TOKEN = re.compile(r'"[^"]*"?|\S+')
_VERSIONS = re.compile(r"\{([\d.]*)-([\d.]*)\}")
_RANGE = re.compile(r"(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a pattern. kind: words, word (an argument), int, if, rest."""

    kind: str
    words: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    keyed: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern; name is what the handler is found by (its keywords, or what the table said)."""

    name: str
    elements: tuple[Element, ...]
    key_length: int
    mode: str
    since: rel.Release
    until: rel.Release

    @property
    def starred(self) -> bool:
        return any(element.keyed for element in self.elements)


@dataclass(frozen=True, slots=True)
class Match:
    """values are the words with every keyword spelled out; starts are their columns in the line."""

    pattern: Pattern
    values: tuple[str, ...]
    starts: tuple[int, ...]
    complete: bool = True

    @property
    def text(self) -> str:
        return " ".join(self.values)

    @property
    def key(self) -> tuple[str, ...]:
        """What a line of the same meaning must share to be replaced by this one (names count without case)."""
        length = self.pattern.key_length
        tail = zip(self.values[length:], self.pattern.elements[length:], strict=False)
        return (*self.values[:length], *(value.lower() for value, element in tail if element.keyed))


class NoMatch(Exception):
    """kind: invalid, incomplete, ambiguous; column of the offending word in the line."""

    def __init__(self, kind: str, column: int, word: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.column = column
        self.word = word


def tokens(line: str) -> list[Token]:
    """The words of a line with their columns; a text in double quotes is one word."""
    return [(found.group(), found.start()) for found in _TOKEN.finditer(line)]


def _element(word: str) -> Element:
    keyed = word.startswith("*")
    word = word.removeprefix("*")
    many = word.endswith("+")
    word = word.removesuffix("+")
    if not word.startswith("<"):
        return Element("words", tuple(word.split("|")), keyed=keyed, many=many)
    inner = word.strip("<>")
    numbers = _RANGE.fullmatch(inner)
    if numbers:
        return Element("int", low=int(numbers[1]), high=int(numbers[2]), keyed=keyed, many=many)
    return Element({"...": "rest", "if": "if"}.get(inner, "word"), keyed=keyed, many=many)


def _expand(words: Sequence[str]) -> list[list[str]]:
    """Every way to read a pattern with its [ ... ] parts taken or left out, the longest first."""
    if "[" not in words:
        return [list(words)]
    start = words.index("[")
    depth = 0
    for end in range(start, len(words)):
        depth += {"[": 1, "]": -1}.get(words[end], 0)
        if depth == 0:
            break
    inner, head, tail = words[start + 1 : end], list(words[:start]), list(words[end + 1 :])
    return [head + more for more in [*_expand([*inner, *tail]), *_expand(tail)]]


def _version(text: str, default: rel.Release) -> rel.Release:
    parts = [int(part) for part in text.split(".") if part]
    return (*parts, *(0,) * 4)[:4] if parts else default  # type: ignore[return-value] # sliced to four above


def compile_line(line: str, name: str = "") -> list[Pattern]:
    """The patterns that one line of a table stands for."""
    if "none|<" in line:
        either = (line.replace("none|<", "<"), re.sub(r"none\|<[^>]*>", "none", line))
        return [pattern for one in either for pattern in compile_line(one, name)]
    since, until = (0, 0, 0, 0), rel.NEVER
    found = _VERSIONS.search(line)
    if found:
        since = _version(found[1], since)
        # {-9.3.1} means up to and with every interim build of 9.3(1).
        until = (*_version(found[2], until)[:3], 9999) if found[2] else until
        line = line[: found.start()]
    body, _, mode = line.partition("->")
    words = re.sub(r"([\[\]])", r" \1 ", body).split()
    versions = _expand(words)
    shortest = [_element(word) for word in versions[-1] if word != "/"]
    label = name or " ".join(e.words[0] for e in shortest if e.kind == "words" and len(e.words) == 1)
    patterns = []
    for version in versions:
        key_length = version.index("/") if "/" in version else len(version)
        elements = tuple(_element(word) for word in version if word != "/")
        patterns.append(Pattern(label, elements, key_length, mode.strip(), since, until))
    return patterns


class Table:
    """Patterns that are looked through together, and what lines were found to mean (the same for every device)."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)
        self.known: dict[tuple[str, bool], Match | NoMatch] = {}

    def for_release(self, release: rel.Release) -> Table:
        return Table(pattern for pattern in self.patterns if pattern.since <= release <= pattern.until)


def compile_table(table: str) -> Table:
    """Patterns, one a line; blank lines and those that begin with # are left out."""
    lines = (line.strip() for line in table.splitlines())
    return Table(pattern for line in lines if line and not line.startswith("#") for pattern in compile_line(line))


def _at(pattern: Pattern, index: int) -> Element | None:
    if index < len(pattern.elements):
        return pattern.elements[index]
    last = pattern.elements[-1]
    return last if last.many else None


def _fits(element: Element, word: str) -> bool:
    if element.kind == "int":
        return word.isdecimal() and len(word) < 12 and element.low <= int(word) <= element.high
    return element.kind in ("word", "if", "rest")


def match(table: Table, line: str, partial: bool = False) -> Match:
    """The pattern that the line means. partial: the line may stop early, as behind `no`. Raises NoMatch."""
    known = table.known.get((line, partial))
    if known is None:
        try:
            known = _match(table.patterns, line, partial)
        except NoMatch as problem:
            known = problem
        if len(table.known) >= _KNOWN_LINES:
            table.known.clear()
        table.known[line, partial] = known
    if isinstance(known, NoMatch):
        raise NoMatch(known.kind, known.column, known.word)
    return known


def _match(patterns: tuple[Pattern, ...], line: str, partial: bool) -> Match:
    words = tokens(line)
    live: list[Pattern] = list(patterns)
    values: list[str] = []
    starts: list[int] = []
    for index, (word, column) in enumerate(words):
        lowered = word.lower()
        keywords: dict[str, list[Pattern]] = {}
        arguments: list[Pattern] = []
        for pattern in live:
            element = _at(pattern, index)
            if element is None:
                continue
            if element.kind == "words":
                for keyword in element.words:
                    if keyword.lower().startswith(lowered):
                        keywords.setdefault(keyword, []).append(pattern)
            elif _fits(element, word):
                arguments.append(pattern)
        starts.append(column)
        exact = next((keyword for keyword in keywords if keyword.lower() == lowered), None)
        chosen = exact or next(iter(keywords), None)
        if chosen is not None and exact is None and len(keywords) > 1:
            raise NoMatch("ambiguous", column, line[: column + len(word)])
        if chosen is not None:
            values.append(chosen)
            live = keywords[chosen]
        elif arguments:
            rest = next((p for p in arguments if _at(p, index).kind == "rest"), None)  # type: ignore[union-attr] # fits
            if rest is not None and arguments[0] is rest:
                return Match(rest, (*values, line[column:].rstrip()), tuple(starts))
            values.append(word)
            live = arguments
        else:
            raise NoMatch("invalid", column, word)
    count = len(values)
    for pattern in live:
        if count == len(pattern.elements) or (count > len(pattern.elements) and pattern.elements[-1].many):
            return Match(pattern, tuple(values), tuple(starts))
    if partial and values:
        for pattern in live:
            named = any(element.kind != "words" for element in pattern.elements[:count])
            if pattern.key_length <= count or named:
                return Match(replace(pattern, mode=""), tuple(values), tuple(starts), complete=False)
    raise NoMatch("incomplete", len(line))
