"""The order of what was read of one device: by what the lines carry (numbers, times), not by names and lists of files.

Copies of one line in several files count once. Nothing here knows what a message means.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from .tally import Found

_DAY = 86400.0
# [K] A clock that is set, and lines that overtake each other on their way, move times back by less.
_JITTER = 2.0
# Files without times: so many are compared with each other.
_COMPARED = 8
_ALIKE = 3
_FILE_NUMBER = re.compile(r"(?:^|[^A-Za-z0-9])log\.?([0-9]{1,9})(?![0-9])", re.IGNORECASE)
_ROTATED = re.compile(r"\.([0-9]{1,4})(?:\.gz)?$")
_DATED = re.compile(r"(?<![0-9])(20[0-9]{2})-?([0-9]{2})-?([0-9]{2})(?![0-9])")

Rank = tuple[int, int]


@dataclass
class Part:
    """Events of one source and one device, as the file has them. source: place among the inputs. rank: by the name.

    first, last: numbers of the phone's lines, also of those that mean nothing; None where there are none. began,
    ended: their times, in seconds of the day. piece: which stretch of its source it is. mixed: its lines are in no
    order.
    """

    source: int
    rank: Rank
    events: list[Found]
    piece: int = 0
    first: int | None = None
    last: int | None = None
    began: float | None = None
    ended: float | None = None
    mixed: bool = False


@dataclass
class Arranged:
    """events: (source, event), oldest first. copies: how many were dropped, by source. notes: sentences."""

    events: list[tuple[int, Found]]
    copies: Counter[int] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)


def file_rank(name: str, *, phone: bool) -> Rank:
    """Newer files have the greater one: log182 of a phone; asa.log, asa.log.1 and asa.log-20261124 of logrotate."""
    stem = name.replace("\\", "/").rpartition("/")[2]
    if phone:
        number = _FILE_NUMBER.search(stem)
        return (0, int(number[1])) if number else (-1, 0)
    date = _DATED.search(stem)
    rotated = _ROTATED.search(stem)
    return int("".join(date.groups())) if date else 99_999_999, -int(rotated[1]) if rotated else 0


def arrange(parts: Sequence[Part]) -> Arranged:
    """All parts of one side of one device."""
    parts = [part for part in parts if part.events or part.first is not None]
    notes: list[str] = []
    if any(part.first is not None for part in parts):
        ordered = _by_numbers(parts, notes)
    elif all(event.at is not None for part in parts for event in part.events[:1]):
        ordered = sorted((_forward(part, notes) for part in parts), key=lambda part: (_start(part), part.rank))
    else:
        ordered = _by_overlap(sorted(parts, key=lambda part: part.rank))
    found = Arranged([], notes=notes)
    _without_copies(ordered, found)
    if any(event.at is not None for _, event in found.events):
        found.events = _by_time(found.events)
    return found


# --- a phone's numbers ------------------------------------------------------------------------------------------------


def _by_numbers(parts: Sequence[Part], notes: list[str]) -> list[Part]:
    """By the numbers of the lines; a restart, where they begin anew, shows in the times and within a file."""
    for part in parts:
        if part.mixed:
            notes.append("the lines of a phone's log are in no order: they were ordered by their numbers")
            part.events.sort(key=lambda event: int(event.number or 0))
    numbered = sorted((part for part in parts if part.first is not None), key=lambda part: (part.first, part.last))
    others = [part for part in parts if part.first is None]
    joints = [
        at for at in range(1, len(numbered))
        if (numbered[at].first or 0) - (numbered[at - 1].last or 0) > 1
    ]  # fmt: skip
    turned = [numbered[at:] + numbered[:at] for at in (0, *joints)]
    best = min(turned, key=_breaches)
    if best is not turned[0]:
        notes.append("the numbers of a phone's lines begin anew: the phone has restarted in between")
    return [*others, *best]


def _breaches(parts: Sequence[Part]) -> int:
    """How often files contradict that order: stretches of one file the wrong way round, times that go back."""
    count = 0
    places = {(part.source, part.piece): at for at, part in enumerate(parts)}
    for (source, piece), at in places.items():
        count += places.get((source, piece + 1), at + 1) < at
    for part, following in pairwise(parts):
        if part.ended is not None and following.began is not None:
            count += (following.began - part.ended) % _DAY > _DAY / 2
    return count


# --- times ------------------------------------------------------------------------------------------------------------


def _start(part: Part) -> datetime:
    return next((event.at for event in part.events if event.at is not None), datetime.max)


def _forward(part: Part, notes: list[str]) -> Part:
    """Some exports have the newest line first."""
    times = [event.at for event in part.events if event.at is not None]
    steps = [(after - before).total_seconds() for before, after in pairwise(times)]
    if any(step < -_JITTER for step in steps):
        if not any(step > 0 for step in steps):
            part.events.reverse()
            notes.append("a log has its newest line first: it was turned round")
        else:
            notes.append("times go back in a log: its lines were ordered by their times, to the second")
    return part


def _by_time(events: list[tuple[int, Found]]) -> list[tuple[int, Found]]:
    """Stable: within one second the file's order stays; a line without a time stays behind the one before it."""
    keyed: list[tuple[datetime, int]] = []
    latest = datetime.min
    for place, (_, event) in enumerate(events):
        latest = event.at if event.at is not None else latest
        keyed.append((latest, place))
    return [events[place] for _, place in sorted(keyed)]


# --- copies -----------------------------------------------------------------------------------------------------------


def _mark(event: Found) -> tuple[Hashable, ...]:
    return event.number, event.at, event.seconds, event.text


def _timed(event: Found) -> bool:
    return event.at is not None or event.seconds is not None


def _without_copies(ordered: Sequence[Part], found: Arranged) -> None:
    """A timed line is a copy where other files have it as often; untimed ones where the end of one file is the
    beginning of the next."""
    seen: Counter[tuple[Hashable, ...]] = Counter()
    numbers: set[tuple[Hashable, ...]] = set()
    untimed: list[tuple[Hashable, ...]] = []
    for part in ordered:
        here: Counter[tuple[Hashable, ...]] = Counter()
        marks = [_mark(event) for event in part.events if not _timed(event)]
        skip = overlap(untimed, marks)
        untimed += marks[skip:]
        for event in part.events:
            mark = _mark(event)
            here[mark] += 1
            if not _timed(event):
                copy, skip = skip > 0, skip - 1
            elif part.first is not None:
                # No two lines of a phone have one number and one time.
                copy = mark in numbers
                numbers.add(mark)
            else:
                copy = here[mark] <= seen[mark]
            if copy:
                found.copies[part.source] += 1
            else:
                found.events.append((part.source, event))
        seen |= here


def overlap(before: Sequence[Hashable], after: Sequence[Hashable]) -> int:
    """How many of the first of `after` are the last of `before`, or all where it lies within. Linear.

    Few lines without a time may be alike by chance: an overlap counts from three on.
    """
    if not before or not after:
        return 0
    # Prefix function of `after`, then run over `before`.
    table = [0] * len(after)
    length = 0
    for at in range(1, len(after)):
        while length and after[at] != after[length]:
            length = table[length - 1]
        length += after[at] == after[length]
        table[at] = length
    length = 0
    whole = False
    for one in before:
        if length == len(after):
            length = table[length - 1]
        while length and one != after[length]:
            length = table[length - 1]
        length += one == after[length]
        whole = whole or length == len(after)
    length = len(after) if whole else length
    return length if length >= _ALIKE else 0


def _by_overlap(parts: list[Part]) -> list[Part]:
    """Files without times and numbers: where the end of one is the beginning of another, that tells their order."""
    if not 1 < len(parts) <= _COMPARED or len({part.rank for part in parts}) > 1:
        return parts
    marks = [[_mark(event) for event in part.events] for part in parts]
    waiting = deque(range(len(parts)))
    order: list[int] = []
    while waiting:
        one = waiting.popleft()
        place = next(
            (at for at, other in enumerate(order) if 0 < overlap(marks[one], marks[other]) < len(marks[other])),
            len(order),
        )
        order.insert(place, one)
    return [parts[at] for at in order]
