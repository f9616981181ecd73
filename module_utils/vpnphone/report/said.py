"""English texts of the code said in another language: known by their templates, filled with what stood in the holes.

A template is "{0} has no {1}"; "{0:n}" holds a number, "{is|are}" is either word. Literals are found one after the
other, never by a pattern, and one text costs a bounded number of looks, so hostile text costs no more than its length.
What no template fits, or two as well as each other, stays as it is.
"""

from __future__ import annotations

import functools
import itertools
import re

from .said_template import JOINTS, SURE, Template, filled, fitted, half_said, misread, of_spelling, spellings

# Longer texts were cut (report/text.py) and are no whole sentence any more.
MAX_SAID = 4000
# Texts that are looked for in one text: itself, those in its holes, those that it joins.
_MAX_LOOKS = 200
# A hole may hold a text that has a hole that holds a text.
_DEPTH = 6
# Stand before a text and are no part of it; reports look for them.
PREFIXES = ("UNKNOWN: ", "PERSON: ")
# By which names and texts are joined in one hole.
_LISTS = (", ", " and ", " or ")
# Of an error, behind its sentence.
_CODE = re.compile(r" \[[a-z_]{1,40}\]\Z")
# How a text begins that was put behind another one.
_TAILS = (": ", "; ", ", ", " (", " but ", " and ")


def bare_of_prefix(text: str) -> tuple[str, str]:
    """The prefix that reports look for, and the rest."""
    prefix = next((one for one in PREFIXES if text.startswith(one)), "")
    return prefix, text[len(prefix) :]


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
            for literals in spellings(msgid):
                if len(literals) == 1:
                    self.fixed[literals[0]] = translation
                elif (made := of_spelling(msgid, literals, translation)) is not None:
                    self._add(made)
        self.say = functools.lru_cache(maxsize=1 << 14)(self._say)

    def _add(self, made: Template) -> None:
        if len(made.literals[0]) > 1:
            self._by_start.setdefault(made.literals[0][:2], []).append(made)
        else:
            self._by_hole.append(made)

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
            for reading, values in enumerate(readings):
                said = [
                    value if number in template.verbatim else self.hole(value, depth - 1)
                    for number, value in enumerate(values)
                ]
                half = sum(
                    half_said(value, one) or misread(template, value, one)
                    for number, (literal, value, one) in enumerate(zip(template.literals, values, said, strict=False))
                    # What stands in code is code.
                    if not literal.endswith("`") and number not in template.others
                )
                if not half or (template.letters >= SURE and template.ordered):
                    left = sum(map(str.__eq__, values, said))
                    ranked.append((half, reading, left, filled(template.translation, said)))
            if ranked and (template.ordered or len(ranked) == 1):
                weight = template.weight
                half, _, left, chosen = min(ranked)
                best[chosen] = min((half, left), best.get(chosen, (half, left)))
        least = min(best.values(), default=(0, 0))
        known = [chosen for chosen, rank in best.items() if rank == least]
        return (known[0], least[0]) if len(known) == 1 else ("", 0)

    def _joined(self, text: str, depth: int) -> str:
        """Texts and names that are joined to one; "" where none of them is known, or English would be left."""
        code = _CODE.search(text) if text.endswith("]") else None
        end = code[0] if code else "." if text.endswith(".") else ""
        if end and (said := self.whole(text.removesuffix(end), depth - 1)) and not half_said("", said):
            return said + end
        for word, joint in self.sayings.joints.items():
            before, found, after = text.partition(word)
            parts = [self.whole(part, depth - 1) for part in (before, after)] if found else [""]
            if all(parts):
                return joint.join(parts)
        tailed = self._tailed(text, depth)
        if tailed and not half_said("", tailed[0]):
            return "".join(tailed)
        if text.endswith(")") and " (" in text:
            before, _, inside = text[:-1].rpartition(" (")
            if both := self._both(before, inside, depth):
                return f"{both[0]} ({both[1]})"
        for joint in JOINTS:
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
        return None if any(map(half_said, (before, after), said)) else said

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
