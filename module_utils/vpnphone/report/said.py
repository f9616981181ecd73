"""English texts of the code said in another language: known by their templates, filled with what stood in the holes.

A template is "{0} has no {1}"; "{0:n}" holds a number, "{is|are}" is either word. Literals are found one after the
other, never by a pattern, and one text costs a bounded number of looks, so hostile text costs no more than its length.
What no template fits, or two as well as each other, stays as it is.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

# Longer texts were cut (report/text.py) and are no whole sentence any more.
MAX_SAID = 4000
# Texts that are looked for in one text: itself, those in its holes, those that it joins.
_MAX_LOOKS = 200
# A hole may hold a text that has a hole that holds a text.
_DEPTH = 6
# Stand before a text and are no part of it; reports look for them.
PREFIXES = ("UNKNOWN: ", "PERSON: ")
_HOLE = re.compile(r"\{([0-9]{1,2})(:n)?\}")
_FORMS = re.compile(r"\{([^{}|]{0,20})\|([^{}|]{0,20})\}")
_NUMBER = re.compile(r"[0-9][0-9,.]{0,20}")
# By which texts are joined: to one another, and in a hole also names and texts.
_JOINTS = (". ", "; ", ": ")
_LISTS = (", ", " and ", " or ")
# How a text begins that was put behind another one.
_TAILS = (": ", "; ", ", ", " (", " but ", " and ")
# Letters of a template's literals: with fewer it is not known by them, with these it is, whatever is in its holes.
_MIN_LETTERS = 2
_SURE = 12
# With fewer ("{0} of {1}") its holes hold names, not words.
_MIN_WORDS = 4
# By one of them a text of three words is English, not names or a command.
_ENGLISH = frozenset(
    {"a", "an", "are", "be", "by", "has", "have", "in", "is", "it", "its", "no", "not", "of", "on", "that", "the", "to"}
    | {"was", "will", "whether", "which"}
)


class Template(NamedTuple):
    """The text between the holes, one hole between two neighbours, and the holes that hold numbers.

    weight: length of the literals; letters: how many of it are letters. ordered: the other language keeps the order of
    the holes. longest: of the literals, to be looked for first.
    """

    literals: tuple[str, ...]
    numbers: frozenset[int]
    translation: str
    weight: int
    letters: int
    ordered: bool
    longest: str


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
        yield tuple(_HOLE.split("".join(chosen))[::3])


def holes(msgid: str) -> tuple[int, ...]:
    """The numbers of its holes, in order of appearance."""
    return tuple(int(number) for number, _ in _HOLE.findall(msgid))


def is_english(text: str) -> bool:
    """It reads as a phrase of English, so it is no name, list of names or command."""
    words = " ".join(text.split("`")[::2]).split()
    return "not" in words or (len(words) > 2 and not _ENGLISH.isdisjoint(words))


def misread(template: Template, value: str, said: str) -> bool:
    """The hole took in what it can hardly hold: a text with another one behind it, or words where a name belongs."""
    strict = template.letters >= _SURE or not template.ordered
    if strict and any(joint in value and not any(joint in one for one in template.literals) for joint in _JOINTS):
        return True
    words = [word for word in value.split() if word.isalpha()]
    return template.letters < _MIN_WORDS and said == value and len(words) > 1 and any(map(str.islower, words))


def _closed(text: str) -> bool:
    """Each parenthesis is closed, none before it is open."""
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0


class Sayings:
    """The templates of one language, by how they begin."""

    def __init__(self, translations: dict[str, str], words: dict[str, str] | None = None) -> None:
        # Between two texts of ours.
        self.joints = {"; or ": f"; {translations.get('; or ', 'or').strip(' ;')} ", " and ": ", ", " or ": " / "}
        # Single words of ours that may stand in a hole; all others are names.
        self.words = words or {}
        self.translations = translations
        self.fixed: dict[str, str] = {}
        self._by_start: dict[str, list[Template]] = {}
        self._by_hole: list[Template] = []
        for msgid, translation in translations.items():
            numbers = frozenset(int(number) for number, kind in _HOLE.findall(msgid) if kind)
            for literals in spellings(msgid):
                self._add(literals, numbers, translation)
        self.say = functools.lru_cache(maxsize=1 << 14)(self._say)

    def _add(self, literals: tuple[str, ...], numbers: frozenset[int], translation: str) -> None:
        if len(literals) == 1:
            self.fixed[literals[0]] = translation
            return
        text = "".join(literals)
        letters = sum(map(str.isalpha, text))
        if letters < _MIN_LETTERS:
            return
        order = holes(translation)
        template = Template(
            literals, numbers, translation, len(text), letters, list(order) == sorted(order), max(literals, key=len)
        )
        if len(literals[0]) > 1:
            self._by_start.setdefault(literals[0][:2], []).append(template)
        else:
            self._by_hole.append(template)

    def _say(self, text: str) -> str:
        """The text in the other language, whole or not at all."""
        return _Look(self).whole(text, _DEPTH) or text

    def fits(self, text: str) -> list[tuple[Template, list[tuple[str, ...]]]]:
        """Every template that fits with the readings of its holes, the one that says most first."""
        candidates = itertools.chain(self._by_start.get(text[:2], ()), self._by_hole)
        found = [
            (template, readings)
            for template in candidates
            if template.longest in text and (readings := fitted(template, text))
        ]
        return sorted(found, key=lambda pair: -pair[0].weight)


class _Look:
    """One text that is being said."""

    def __init__(self, sayings: Sayings) -> None:
        self.sayings = sayings
        self.looks = _MAX_LOOKS
        # What was looked for, with the depth to which it was, and what was found.
        self.known: dict[str, tuple[int, str]] = {}

    def whole(self, text: str, depth: int) -> str:
        """The translation, "" where it is not known."""
        looked, said = self.known.get(text, (0, ""))
        if not said and depth > looked:
            said = self._whole(text, depth)
            self.known[text] = (depth, said)
        return said

    def _whole(self, text: str, depth: int) -> str:
        if depth <= 0 or self.looks < 0 or len(text) > MAX_SAID:
            return ""
        prefix, rest = bare_of_prefix(text)
        if not rest:
            return ""
        said = self.sayings.fixed.get(rest, "")
        if not said:
            said, half = self._fitted(rest, depth)
            said = (self._joined(rest, depth) if half or not said else "") or said
        return prefix + said if said else ""

    def _fitted(self, text: str, depth: int, start: str = "") -> tuple[str, int]:
        """By the template that says most; of several that say as much, the one that leaves least unsaid. And how many
        of its holes are not fully said."""
        self.looks -= 1
        if depth <= 0 or self.looks < 0:
            return "", 0
        best: dict[str, tuple[int, int]] = {}
        weight = 0
        for template, readings in self.sayings.fits(text):
            if template.weight < weight:
                break
            if not template.literals[0].startswith(start):
                continue
            ranked = []
            for number, values in enumerate(readings):
                said = [self.hole(value, depth - 1) for value in values]
                half = sum(
                    self._half_said(value, one) or misread(template, value, one)
                    for literal, value, one in zip(template.literals, values, said, strict=False)
                    # What stands in code is code.
                    if not literal.endswith("`")
                )
                if not half or (template.letters >= _SURE and template.ordered):
                    left = sum(map(str.__eq__, values, said))
                    ranked.append((half, number, left, _filled(template.translation, said)))
            if ranked and (template.ordered or len(ranked) == 1):
                weight = template.weight
                half, _, left, filled = min(ranked)
                best[filled] = min((half, left), best.get(filled, (half, left)))
        least = min(best.values(), default=(0, 0))
        known = [filled for filled, rank in best.items() if rank == least]
        return (known[0], least[0]) if len(known) == 1 else ("", 0)

    def _half_said(self, value: str, said: str) -> bool:
        """English is left in it, or only a part of what is joined in it is known."""
        return is_english(said) or (said != value and " and " in said) or not _closed(said)

    def _joined(self, text: str, depth: int) -> str:
        """Texts and names that are joined to one; "" where none of them is known, or English would be left."""
        if text.endswith("."):
            said = self.whole(text[:-1], depth - 1)
            return f"{said}." if said else ""
        for word, joint in self.sayings.joints.items():
            before, found, after = text.partition(word)
            parts = [self.whole(part, depth - 1) for part in (before, after)] if found else [""]
            if all(parts):
                return joint.join(parts)
        tailed = self._tailed(text, depth)
        if tailed and not self._half_said("", tailed[0]):
            return "".join(tailed)
        if text.endswith(")") and " (" in text:
            before, _, inside = text[:-1].rpartition(" (")
            if both := self._both(before, inside, depth):
                return f"{both[0]} ({both[1]})"
        for joint in _JOINTS:
            # The first one, else the last one: the others may belong to either text.
            for before, found, after in (text.partition(joint), text.rpartition(joint)):
                if found and (both := self._both(before, after, depth)):
                    return joint.join(both)
        return ""

    def _tailed(self, text: str, depth: int) -> tuple[str, str] | None:
        """A text or name, and a text of ours that begins as one that was put behind another."""
        for tail in _TAILS:
            before, found, after = text.partition(tail)
            behind = found + after
            said = self.sayings.fixed.get(behind) or (found and self._fitted(behind, depth - 1, found)[0])
            if said and depth > 0:
                return self.hole(before, depth - 1), said
        return None

    def _both(self, before: str, after: str, depth: int) -> tuple[str, str] | None:
        said = (self.hole(before, depth - 1), self.hole(after, depth - 1))
        if said == (before, after):
            return None
        return None if any(map(self._half_said, (before, after), said)) else said

    def hole(self, text: str, depth: int) -> str:
        """What stands in a hole: names stay, texts of the code (also a list of them) are translated."""
        bare = text.strip()
        if " " not in bare:
            return self.sayings.words.get(text, text)
        if said := self.whole(text, depth):
            return said
        if bare != text and (said := self.whole(bare, depth)):
            return text.replace(bare, said, 1)
        if tailed := self._tailed(text, depth):
            return "".join(tailed)
        for joint in _LISTS:
            if joint in text:
                parts = text.split(joint)
                said_parts = [self.whole(part, depth - 1) if " " in part else "" for part in parts]
                if any(said_parts):
                    return joint.join(said or part for said, part in zip(said_parts, parts, strict=True))
        return text


def fitted(template: Template, text: str) -> list[tuple[str, ...]]:
    """What may stand in the holes, the likeliest reading first: from the left, its last literal from the right, all of
    them from the right.

    Where they differ and the other language has another order, what belongs where must be seen by what is in them.
    """
    literals = template.literals
    first = _scan(literals, text)
    if first is None:
        return []
    readings = [first]
    if len(literals) > 2:
        backwards = tuple(literal[::-1] for literal in reversed(literals))
        last = _turned(_scan(backwards, text[::-1]))
        end = text.rfind(literals[-2], 0, len(text) - len(literals[-1])) if literals[-2] else -1
        before = _scan((*literals[:-2], ""), text[:end]) if end >= 0 else None
        mixed = (*before, text[end + len(literals[-2]) : len(text) - len(literals[-1])]) if before else None
        readings = list(dict.fromkeys(one for one in (first, mixed, last) if one is not None))
    return [
        one
        for one in readings
        if all(_NUMBER.fullmatch(one[number]) for number in template.numbers)
        # Code ends with the first backquote.
        and not any(literal.endswith("`") and "`" in value for literal, value in zip(literals, one, strict=False))
    ]


def _turned(found: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(value[::-1] for value in reversed(found))


def _filled(translation: str, said: list[str]) -> str:
    return _HOLE.sub(lambda match: said[int(match[1])], translation)


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
