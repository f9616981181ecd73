"""What stands behind an exception, and its words in one line. Without paramiko, which HTTP has no use for."""

from __future__ import annotations


def causes(error: BaseException) -> list[BaseException]:
    """The error and what it was raised from or while handling: netmiko wraps paramiko's reasons."""
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain and len(chain) < 10:
        chain.append(current)
        current = current.__cause__ or current.__context__
    return chain


def short(error: BaseException) -> str:
    text = " ".join(str(error)[:2000].split()).rstrip(".") or type(error).__name__
    # A peer's own words may be in it: nothing that moves a terminal's cursor.
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])
