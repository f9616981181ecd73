"""Configuration text to blocks by indentation, before any template sees it (a ttp group swallows the next block)."""

from __future__ import annotations

from typing import NamedTuple

# A configuration of a large ASA has some 10^5 lines; beyond these a text is refused, not read.
MAX_TEXT = 32 * 1024 * 1024
MAX_LINE = 8192


class Line(NamedTuple):
    """number is 1-based in the text that was split; text is without its line end."""

    number: int
    text: str

    @property
    def indent(self) -> int:
        return len(self.text) - len(self.text.lstrip(" \t"))


class Block(NamedTuple):
    """A column-0 line and the indented lines below it."""

    header: Line
    body: tuple[Line, ...]

    @property
    def text(self) -> str:
        """Header and body as one text, line ends normalised, one final newline."""
        return "\n".join([self.header.text, *(line.text for line in self.body)]) + "\n"


def lines_of(text: str) -> list[Line]:
    """Numbered lines without CR, NUL, trailing blanks, blank lines, `!` and `:` comment lines."""
    found = []
    for number, raw in enumerate(text.replace("\0", "").split("\n"), 1):
        line = raw.replace("\r", "").rstrip()
        if line and not line.startswith(("!", ":")):
            found.append(Line(number, line[:MAX_LINE]))
    return found


def split_blocks(text: str) -> list[Block]:
    """Every column-0 line opens a block; indented lines before the first one open a block with an empty header."""
    blocks: list[Block] = []
    header = Line(0, "")
    body: list[Line] = []
    for line in lines_of(text):
        if line.indent:
            body.append(line)
            continue
        if header.number or body:
            blocks.append(Block(header, tuple(body)))
        header, body = line, []
    if header.number or body:
        blocks.append(Block(header, tuple(body)))
    return blocks
