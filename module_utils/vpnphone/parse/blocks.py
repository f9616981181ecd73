"""Text of a device to numbered lines: the one door through which parsers get it."""

from __future__ import annotations

from typing import NamedTuple

from ..redact import redact

# A configuration of a large ASA has some 10^5 lines; beyond these a text is refused, not read.
MAX_TEXT = 32 * 1024 * 1024
MAX_LINE = 8192


class Unreadable(ValueError):
    """The text is not what this command answers; the message says what was missed."""


class Line(NamedTuple):
    """number is 1-based in the text that was split; text is without its line end and without secrets."""

    number: int
    text: str

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip(" \t"))

    @property
    def words(self) -> list[str]:
        """The words, never none: a line is not blank."""
        return self.text.split()


def lines_of(text: str) -> list[Line]:
    """Numbered lines, secrets redacted, without CR, NUL, trailing blanks, blank lines, `!` and `:` comment lines.

    Every parser gets its lines here, so no password can enter the state or a list of unparsed lines. Unreadable
    where the text or one of its lines is longer than any that an ASA prints.
    """
    if len(text) > MAX_TEXT:
        raise Unreadable(f"the text is longer than {MAX_TEXT} characters")
    found = []
    for number, raw in enumerate(redact(text).split("\n"), 1):
        line = raw.rstrip()
        if line and not line.startswith(":") and not line.lstrip(" \t").startswith("!"):
            if len(line) > MAX_LINE:
                raise Unreadable(f"line {number} is longer than {MAX_LINE} characters")
            found.append(Line(number, line))
    return found
