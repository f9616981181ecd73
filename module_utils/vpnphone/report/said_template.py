"""A template of a built text: how it is spelled, what may stand in its holes, and how it is filled.

Literals are found one after the other, never by a pattern: what a device put into a text costs no more than its length.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# A translation marks what holds the words of others: `v` as they are, `o` maybe a text of ours, which is then said.
_HOLE = re.compile(r"\{([0-9]{1,2})(:[nvo])?\}")
_FORMS = re.compile(r"\{([^{}|]{0,20})\|([^{}|]{0,20})\}")
_NUMBER = re.compile(r"[0-9][0-9,.]{0,20}")
# Between two texts that are one.
JOINTS = (". ", "; ", ": ")
# Letters of a template's literals: with fewer it is not known by them, with these it is, whatever is in its holes.
MIN_LETTERS = 2
SURE = 12
# With fewer ("{0} of {1}") its holes hold names, not words.
_MIN_WORDS = 4
# Korean: behind a vowel, behind a consonant.
_PARTICLES = {"이(가)": ("가", "이"), "은(는)": ("는", "은"), "을(를)": ("를", "을"), "과(와)": ("와", "과")}
# By one of them a text of three words is English, not names or a command.
_ENGLISH = frozenset(
    {"a", "an", "are", "be", "by", "has", "have", "in", "is", "it", "its", "no", "not", "of", "on", "that", "the", "to"}
    | {"was", "will", "whether", "which"}
)


class Template(NamedTuple):
    """The text between the holes, one hole between two neighbours, and the holes that hold numbers.

    weight: length of the literals; letters: how many of it are letters. ordered: the other language keeps the order of
    the holes. longest: of the literals, to be looked for first. verbatim, others: the holes with words of others.
    """

    literals: tuple[str, ...]
    numbers: frozenset[int]
    translation: str
    weight: int
    letters: int
    ordered: bool
    longest: str
    verbatim: frozenset[int] = frozenset()
    others: frozenset[int] = frozenset()


def of_spelling(msgid: str, literals: tuple[str, ...], translation: str) -> Template | None:
    """The template of one spelling; None where its literals say too little to be known by."""
    text = "".join(literals)
    letters = sum(map(str.isalpha, text))
    if letters < MIN_LETTERS:
        return None
    order = holes(translation)
    return Template(
        literals=literals,
        numbers=_marked(msgid, ":n"),
        translation=translation,
        weight=len(text),
        letters=letters,
        ordered=list(order) == sorted(order),
        longest=max(literals, key=len),
        verbatim=_marked(translation, ":v"),
        others=_marked(translation, ":v", ":o"),
    )


def _marked(text: str, *marks: str) -> frozenset[int]:
    return frozenset(int(number) for number, mark in _HOLE.findall(text) if mark in marks)


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
    strict = template.letters >= SURE or not template.ordered
    if strict and any(joint in value and not any(joint in one for one in template.literals) for joint in JOINTS):
        return True
    words = [word for word in value.split() if word.isalpha()]
    return template.letters < _MIN_WORDS and said == value and len(words) > 1 and any(map(str.islower, words))


def half_said(value: str, said: str) -> bool:
    """English is left in it, or only a part of what is joined in it is known."""
    return is_english(said) or (said != value and " and " in said) or not _closed(said)


def _closed(text: str) -> bool:
    """Each parenthesis is closed, none before it is open."""
    depth = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0


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
        # No word goes on in a hole: `connect{1}` is not how `connection` begins.
        # Code ends with the first backquote.
        and not any(
            (literal[-1:].isalpha() and value[:1].isalpha()) or (literal.endswith("`") and "`" in value)
            for literal, value in zip(literals, one, strict=False)
        )
    ]


def _turned(found: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if found is None else tuple(value[::-1] for value in reversed(found))


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


def filled(translation: str, said: Sequence[str]) -> str:
    """The translation with its holes filled; a particle of two forms takes the one that fits what stands before it."""
    text = ""
    end = 0
    for match in _HOLE.finditer(translation):
        text += translation[end : match.start()] + said[int(match[1])]
        end = match.end()
        for both, forms in _PARTICLES.items():
            if translation.startswith(both, end) and (closed := _ends_closed(text)) is not None:
                text += forms[closed]
                end += len(both)
    return text + translation[end:]


def _ends_closed(text: str) -> bool | None:
    """Whether its last syllable ends with a consonant; None where a Latin letter or a sign leaves that open."""
    last = text[-1:]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28 != 0
    return last in "013678" if last.isascii() and last.isdigit() else None
