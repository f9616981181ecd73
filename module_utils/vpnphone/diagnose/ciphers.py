"""Cipher lists of a log, put together again (F-051b), and what two of them share. Names as OpenSSL spells them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..suites import openssl_name

# No client and no ASA has so many; a header that says more is not believed.
MAX_CIPHERS = 256


class CipherList(NamedTuple):
    """names in the order of their indexes. complete: as many as the header announced, each index once."""

    names: tuple[str, ...]
    complete: bool


class Collector:
    """Takes the lines `Cipher[n] : X` that follow a header which announced count of them ("" or no number: not known).

    Lines that come twice do no harm; a gap, a contradiction or a wrong number leaves the list incomplete.
    """

    def __init__(self, count: str) -> None:
        self._count = int(count) if count.isascii() and count.isdigit() and len(count) < 6 else None
        self._names: dict[int, str] = {}
        self._broken = False

    @property
    def full(self) -> bool:
        return self._count is not None and len(self._names) >= self._count

    def add(self, index: str, name: str) -> bool:
        """False where the line cannot belong to this list."""
        place = int(index) if index.isascii() and index.isdigit() and len(index) < 6 else 0
        known = self._names.get(place)
        if known is not None:
            self._broken |= known != openssl_name(name)
            return known == openssl_name(name)
        if not 0 < place <= (MAX_CIPHERS if self._count is None else min(self._count, MAX_CIPHERS)):
            self._broken = True
            return False
        self._names[place] = openssl_name(name)
        return True

    def result(self) -> CipherList:
        names = tuple(self._names[place] for place in sorted(self._names))
        whole = sorted(self._names) == list(range(1, len(self._names) + 1)) and len(self._names) == self._count
        return CipherList(names, whole and not self._broken)


def shared(one: Iterable[str], other: Iterable[str]) -> tuple[str, ...]:
    """The suites of both, in the order of the first."""
    theirs = {openssl_name(name) for name in other}
    return tuple(dict.fromkeys(name for name in map(openssl_name, one) if name in theirs))


def split_list(text: str) -> tuple[str, ...]:
    """ "AES256-SHA:AES128-SHA" as a phone prints it."""
    return tuple(openssl_name(name) for name in text.split(":")[:MAX_CIPHERS] if name.strip())
