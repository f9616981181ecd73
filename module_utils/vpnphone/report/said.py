"""English texts of the code said in another language: known by their templates, filled with what stood in the holes.

A template is "{0} has no {1}"; "{is|are}" is either word. Literals are found one after the other, never by a pattern,
so hostile text costs no more than its length. What no template fits, or two with other holes, stays as it is.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

# Longer texts were cut (report/text.py) and are no whole sentence any more.
MAX_SAID = 4000
# A hole may hold a text that has a hole that holds a text.
_DEPTH = 4
# Stand before a text and are no part of it; reports look for them.
PREFIXES = ("UNKNOWN: ", "PERSON: ")
_HOLE = re.compile(r"\{([0-9]{1,2})\}")
_FORMS = re.compile(r"\{([^{}|]{0,20})\|([^{}|]{0,20})\}")
# By which a list of texts is joined in one hole.
_JOINTS = ("; ", ", ", " and ", " or ")
# Letters of a template's literals without which it says too little to be known by.
_MIN_LETTERS = 4


class Template(NamedTuple):
    """The text between the holes; one hole between two neighbours. ordered: the other language keeps their order."""

    literals: tuple[str, ...]
    translation: str
    weight: int
    ordered: bool


def bare_of_prefix(text: str) -> tuple[str, str]:
    """The prefix that reports look for, and the rest."""
    prefix = next((one for one in PREFIXES if text.startswith(one)), "")
    return prefix, text[len(prefix) :]


def spellings(msgid: str) -> Iterator[tuple[str, ...]]:
    """The literals of a template, once for each choice of forms."""
    parts = _FORMS.split(msgid)
    choices: list[tuple[str, ...]] = [(parts[0],)]
    for first, second, after in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        choices += [(first, second), (after,)]
    for chosen in itertools.product(*choices):
        yield tuple(_HOLE.split("".join(chosen))[::2])


def holes(msgid: str) -> tuple[int, ...]:
    """The numbers of its holes, in order of appearance."""
    return tuple(int(number) for number in _HOLE.findall(msgid))


class Sayings:
    """The templates of one language, by how they begin."""

    def __init__(self, translations: dict[str, str]) -> None:
        self._fixed: dict[str, str] = {}
        self._by_start: dict[str, list[Template]] = {}
        self._by_hole: list[Template] = []
        for msgid, translation in translations.items():
            for literals in spellings(msgid):
                self._add(literals, translation)
        self.say = functools.lru_cache(maxsize=1 << 14)(self._say)

    def _add(self, literals: tuple[str, ...], translation: str) -> None:
        if len(literals) == 1:
            self._fixed[literals[0]] = translation
            return
        text = "".join(literals)
        if sum(letter.isalpha() for letter in text) < _MIN_LETTERS:
            return
        numbers = holes(translation)
        template = Template(literals, translation, len(text), list(numbers) == sorted(numbers))
        if len(literals[0]) > 1:
            self._by_start.setdefault(literals[0][:2], []).append(template)
        else:
            self._by_hole.append(template)

    def _say(self, text: str) -> str:
        """The text in the other language, whole or not at all."""
        return self._whole(text, _DEPTH) or text

    def _whole(self, text: str, depth: int) -> str:
        """The translation, "" where it is not known."""
        if len(text) > MAX_SAID:
            return ""
        prefix, rest = bare_of_prefix(text)
        if not rest:
            return ""
        said = self._fixed.get(rest) or self._fitted(rest, depth)
        return prefix + said if said else ""

    def _fitted(self, text: str, depth: int) -> str:
        best: list[tuple[Template, tuple[str, ...]]] = []
        weight = 0
        for template in itertools.chain(self._by_start.get(text[:2], ()), self._by_hole):
            if template.weight < weight:
                continue
            found = fitted(template, text)
            if found is not None:
                best = [(template, found)] if template.weight > weight else [*best, (template, found)]
                weight = template.weight
        filled = {self._filled(template, found, depth) for template, found in best}
        return filled.pop() if len(filled) == 1 else ""

    def _filled(self, template: Template, found: tuple[str, ...], depth: int) -> str:
        values = [self._hole(value, depth - 1) for value in found]
        return _HOLE.sub(lambda match: values[int(match[1])], template.translation)

    def _hole(self, text: str, depth: int) -> str:
        """What stands in a hole: names stay, texts of the code (also a list of them) are translated."""
        if depth <= 0 or " " not in text.strip():
            return text
        if said := self._whole(text, depth):
            return said
        for joint in _JOINTS:
            if joint in text:
                parts = text.split(joint)
                said_parts = [self._whole(part, depth - 1) if " " in part.strip() else "" for part in parts]
                if any(said_parts):
                    return joint.join(said or part for said, part in zip(said_parts, parts, strict=True))
        return text


def fitted(template: Template, text: str) -> tuple[str, ...] | None:
    """What stands in the holes; None where it does not fit, or does so in several ways that another order would mix."""
    first = _scan(template.literals, text)
    if first is None or template.ordered:
        return first
    backwards = _scan(tuple(literal[::-1] for literal in reversed(template.literals)), text[::-1])
    last = tuple(value[::-1] for value in reversed(backwards)) if backwards is not None else None
    return first if first == last else None


def _scan(literals: tuple[str, ...], text: str) -> tuple[str, ...] | None:
    head, *middle, tail = literals
    end = len(text) - len(tail)
    if len(head) > end or not text.startswith(head) or not text.endswith(tail):
        return None
    position = len(head)
    found = []
    for literal in middle:
        at = text.find(literal, position, end)
        if at < 0:
            return None
        found.append(text[position:at])
        position = at + len(literal)
    found.append(text[position:end])
    return tuple(found)
