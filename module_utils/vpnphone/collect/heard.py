"""What an ASA printed by itself between two commands, to the lines of its debug. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from ..transport.framing import clean, parse_prompt

# A debug line is short; a longer one is kept in part.
MAX_LINE = 1000


def debug_lines(text: str, base: str, typed: Iterable[str]) -> tuple[str, ...]:
    """Without prompts (base: theirs), echoes of what was typed, notices of the command itself and blank lines."""
    echoes = set(typed)
    found: list[str] = []
    for row in clean(text).split("\n"):
        line = without_prompt(row, base).rstrip()
        if line.strip() and line.strip() not in echoes and not line.startswith("INFO: "):
            found.append("".join(char if _plain(char) else "?" for char in line[:MAX_LINE]))
    return tuple(found)


def without_prompt(row: str, base: str) -> str:
    """The row behind the prompts that it begins with: a line comes where the cursor stands."""
    while True:
        ends = [place for mark in "#>" if (place := row.find(mark, 0, 300)) >= 0]
        prompt = next((found for end in sorted(ends) if (found := parse_prompt(row[: end + 1]))), None)
        if prompt is None or prompt.base != base:
            return row
        row = row.lstrip()[len(prompt.text) :].lstrip(" ")


def merged(before: str, after: str) -> str:
    """Two readings of one buffer as one: what the later one does not show any more, then the later one.

    An overlap is looked for line by line; the first line of the later reading may be cut, and stands for its whole.
    """
    _settings, old = _parts(before)
    head, new = _parts(after)
    for skipped in (0, 1):
        length = _overlap(old, new[skipped:])
        if length:
            kept = old[: len(old) - length]
            # A cut line is the end of the one before.
            cut = [] if kept and new[0] and kept[-1].endswith(new[0]) else new[:skipped]
            return _joined([*head, *kept, *cut, *new[skipped:]])
    return _joined([*head, *old, *new])


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _parts(text: str) -> tuple[list[str], list[str]]:
    """The head with the settings, and the lines of the buffer."""
    lines = text.removesuffix("\n").split("\n") if text else []
    first = next((place for place, line in enumerate(lines) if "%ASA-" in line), len(lines))
    return lines[:first], lines[first:]


def _overlap(old: Sequence[str], new: Sequence[str]) -> int:
    """The longest end of `old` that `new` begins with (Knuth, Morris, Pratt)."""
    if not new:
        return 0
    table = [0] * len(new)
    length = 0
    for place in range(1, len(new)):
        while length and new[place] != new[length]:
            length = table[length - 1]
        length += new[place] == new[length]
        table[place] = length
    length = 0
    for line in old:
        while length and (length == len(new) or line != new[length]):
            length = table[length - 1]
        length += line == new[length]
    return length


def _plain(char: str) -> bool:
    return unicodedata.category(char)[0] != "C" or char == "\t"
