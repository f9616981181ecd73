"""One ASA under two names: its own in its buffer, its address in the file of a syslog server."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable

from ..model.diagnosis import Side
from .arrange import Part

_ADDRESS = re.compile(r"[0-9.]+|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*")
# So many lines of one second, with one client's port, no two ASAs have in common.
_ONE = 2

# Side, device, and what parts the files that name no device; then source and piece.
Key = tuple[Side, str, str]
Parts = dict[Key, dict[tuple[int, int], Part]]


def one_asa(parts: Parts, notes: list[str]) -> Parts:
    """The same parts, names of one ASA made one where lines are the same."""
    names = _names(parts, notes)
    found: Parts = defaultdict(dict)
    for key, of_device in parts.items():
        side, device, apart = key
        if side in ("asa", "debug"):
            _, device, apart = names.get(("asa", device, apart), key)
        for place, part in of_device.items():
            known = found[side, device, apart].setdefault(place, part)
            if known is not part:
                known.events = sorted([*known.events, *part.events], key=lambda event: event.line)
    return found


def _names(parts: Parts, notes: list[str]) -> dict[Key, Key]:
    """The name to take in place of another."""
    first: dict[Hashable, Key] = {}
    common: Counter[tuple[Key, Key]] = Counter()
    for key, of_device in parts.items():
        if key[0] == "asa":
            for mark in set(_marks(of_device.values())):
                other = first.setdefault(mark, key)
                if other != key:
                    common[other, key] += 1
    names: dict[Key, Key] = {}
    for pair, count in common.items():
        if count < _ONE:
            continue
        one, other = (names.get(key, key) for key in pair)
        best = min(one, other, key=_rank)
        if one[1] and other[1] and one != other:
            notes.append(f"{one[1]} and {other[1]} are one ASA: they have the same lines")
        names |= {key: best for key, name in names.items() if name in (one, other)} | {one: best, other: best}
    return names


def _rank(key: Key) -> tuple[bool, bool, Key]:
    """A name goes before an address, and that before none."""
    return not key[1], _ADDRESS.fullmatch(key[1]) is not None, key


def _marks(parts: Iterable[Part]) -> Iterable[Hashable]:
    for part in parts:
        for event in part.events:
            if "port" in event.fields and (event.at is not None or event.seconds is not None):
                yield event.at, event.seconds, event.text
