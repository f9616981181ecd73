"""Messages that were wrapped on their way: by a terminal at 80 columns, or by whoever made a document of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

MAX_PIECES = 6
MAX_TEXT = 2048
TERMINAL = 80
# A file with longer lines than any terminal or page is not wrapped, so that none of its lines go on in the next.
WIDEST_WRAPPED = 132
# Word wrap: the next word would have gone beyond this.
_MARGIN = 76
# Two breaks have four readings; more of them are rarely told apart, and are all read alike.
_TOLD_APART = 3


def goes_on(length: int, line: str) -> bool:
    """May a line be the rest of the one before, which has that length?"""
    word = line.strip().partition(" ")[0]
    return length >= TERMINAL or (length >= _MARGIN // 2 and length + 1 + len(word) >= _MARGIN)


class Piece(NamedTuple):
    """What a line adds to a message. length: of the whole line as it stood in the file."""

    text: str
    length: int


def joined(pieces: Sequence[Piece], widest: int) -> Iterator[str]:
    """Ways to read the pieces as one text, the likelier first: broken at a blank, or in the middle of a word.

    widest: length of the longest line of the file that begins a message.
    """
    if len(pieces) == 1:
        yield pieces[0].text.strip()
        return
    breaks = [_glue(piece, widest) for piece in pieces[:-1]]
    if len(breaks) > _TOLD_APART:
        for at in (0, -1):
            yield _text(pieces, [glue[at] for glue in breaks])
        return
    for glue in product(*breaks):
        yield _text(pieces, glue)


def _glue(piece: Piece, widest: int) -> tuple[str, ...]:
    """What stood between this piece and the next.

    A terminal breaks anywhere, and keeps the blank that it breaks at; a document breaks at blanks, and within a word
    only behind its punctuation. A blank too many would make another name of a name.
    """
    text = piece.text
    if text.endswith(" "):
        return ("",)
    if piece.length in (TERMINAL, widest) or (text[-2:-1].isalnum() and text.endswith("-")):
        return "", " "
    return (" ", "") if text[-1:] in (":", "/", "_") else (" ",)


def _text(pieces: Sequence[Piece], glue: Sequence[str]) -> str:
    """A blank at the beginning of a piece is the text's own only where a terminal broke it."""
    text = pieces[0].text
    for piece, between in zip(pieces[1:], glue, strict=True):
        text = f"{text.rstrip()} {piece.text.lstrip()}" if between else text + piece.text
        if len(text) > MAX_TEXT:
            break
    return text[:MAX_TEXT].strip()


def printable(text: str, limit: int = 1000) -> str:
    """For people: one line of characters that a terminal shows as they are."""
    text = text[:limit]
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)
