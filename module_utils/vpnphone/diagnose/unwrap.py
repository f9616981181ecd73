"""Messages that were wrapped on their way: by a terminal at 80 columns, or by whoever made a document of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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


def joined(pieces: Sequence[str]) -> Iterator[str]:
    """Ways to read the pieces as one text, the likelier first: broken at a blank, or in the middle of a word."""
    if len(pieces) == 1:
        yield pieces[0].strip()
        return
    breaks = [_glue(piece) for piece in pieces[:-1]]
    if len(breaks) > _TOLD_APART:
        for at in (0, 1):
            yield _text(pieces, [glue[at] for glue in breaks])
        return
    for choice in range(1 << len(breaks)):
        yield _text(pieces, [glue[choice >> at & 1] for at, glue in enumerate(breaks)])


def _glue(piece: str) -> tuple[str, str]:
    """A terminal breaks anywhere, and keeps the blank that it breaks at."""
    if piece.endswith(" "):
        return ("", " ")
    return ("", " ") if len(piece) == TERMINAL else (" ", "")


def _text(pieces: Sequence[str], glue: Sequence[str]) -> str:
    text = pieces[0].rstrip() if glue[0] == " " else pieces[0]
    for piece, before, after in zip(pieces[1:], glue, [*glue[1:], ""], strict=True):
        text += before + (piece.strip() if after == " " else piece.lstrip() if before == " " else piece)
        if len(text) > MAX_TEXT:
            break
    return text[:MAX_TEXT].strip()


def printable(text: str, limit: int = 1000) -> str:
    """For people: one line of characters that a terminal shows as they are."""
    text = text[:limit]
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)
