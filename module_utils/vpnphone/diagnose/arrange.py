"""The order of what was read of one device: by what the lines carry (numbers, times), not by names and lists of files.

Copies of one line in several files count once. Nothing here knows what a message means.
"""

from __future__ import annotations

import re
from collections import Counter
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

# With more stretches than these it is not asked where the phone restarted.
_CLUSTERS = 64

Rank = tuple[int, int]
Run = list[tuple[int, Found]]
Mark = tuple[Hashable, ...]


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
    found = Arranged([])
    numbered = any(part.first is not None for part in parts)
    if numbered:
        runs = _by_numbers(parts, found.notes)
    else:
        if all(event.at is not None for part in parts for event in part.events[:1]):
            parts = sorted((_forward(part, found.notes) for part in parts), key=lambda part: (_start(part), part.rank))
        else:
            parts = _by_overlap(sorted(parts, key=lambda part: part.rank))
        runs = [[(part.source, event) for event in part.events] for part in parts]
    _without_copies(runs, found, numbered=numbered)
    if any(event.at is not None for _, event in found.events):
        found.events = _by_time(found.events)
    if numbered:
        found.events = _with_seams(found.events)
    return found


# --- a phone's numbers ------------------------------------------------------------------------------------------------


def _by_numbers(parts: Sequence[Part], notes: list[str]) -> list[Run]:
    """By the numbers of the lines. Where they begin anew, the phone has restarted: times and files tell when."""
    clusters: list[list[Part]] = []
    for part in sorted((part for part in parts if part.first is not None), key=_numbers):
        if clusters and _one_stretch(clusters[-1], part):
            clusters[-1].append(part)
        else:
            clusters.append([part])
    if any(part.mixed for part in parts) or any(
        len({part.source for part in cluster}) < len(cluster) for cluster in clusters
    ):
        notes.append("the lines of a phone's log are in no order: they were ordered by their numbers")
    ordered = min(_orders(clusters), key=_breaches)
    if any(_first(after) < _last(before) for before, after in pairwise(ordered)):
        notes.append("the numbers of a phone's lines begin anew: the phone has restarted in between")
    rest: list[Run] = [[(part.source, event) for event in part.events] for part in parts if part.first is None]
    return [*rest, *(_by_number(cluster) for cluster in ordered)]


def _with_seams(events: Run) -> Run:
    """Where one file ends and another begins, only numbers that follow each other tell that nothing is missing."""
    for at in range(1, len(events)):
        (before, last), (source, event) = events[at - 1], events[at]
        if before != source and int(event.number or 0) != int(last.number or 0) + 1:
            events[at] = source, event._replace(after_gap=True)
    return events


def _by_number(cluster: Sequence[Part]) -> Run:
    run = [(part.source, event) for part in cluster for event in part.events]
    return sorted(run, key=lambda one: int(one[1].number or 0)) if len(cluster) > 1 or cluster[0].mixed else run


def _numbers(part: Part) -> tuple[int, int]:
    return part.first or 0, part.last or 0


def _first(cluster: Sequence[Part]) -> int:
    return min(part.first or 0 for part in cluster)


def _last(cluster: Sequence[Part]) -> int:
    return max(part.last or 0 for part in cluster)


def _one_stretch(cluster: Sequence[Part], part: Part) -> bool:
    """Copies of the same lines, or lines that were mixed: their numbers overlap, and so do their times."""
    if (part.first or 0) > _last(cluster):
        return False
    return not any(_before(one, part) or _before(part, one) for one in cluster)


def _before(one: Part, other: Part) -> bool:
    """One ended before the other began, less than half a day later."""
    return one.ended is not None and other.began is not None and (other.began - one.ended) % _DAY < _DAY / 2


def _orders(clusters: list[list[Part]]) -> list[list[list[Part]]]:
    """Orders that are possible, the likelier first: by number, from any break in the numbers on; by time."""
    if len(clusters) > _CLUSTERS:
        return [clusters]
    breaks = [at for at in range(1, len(clusters)) if _first(clusters[at]) > _last(clusters[at - 1]) + 1]
    timed = sorted(clusters, key=lambda cluster: min(part.began or 0.0 for part in cluster))
    return [
        *(clusters[at:] + clusters[:at] for at in (0, *breaks)),
        *(timed[at:] + timed[:at] for at in range(len(timed))),
    ]


def _breaches(clusters: Sequence[Sequence[Part]]) -> int:
    """How often files contradict that order: stretches of one file the wrong way round, times that go back."""
    places = {(part.source, part.piece): at for at, cluster in enumerate(clusters) for part in cluster}
    count = sum(places.get((source, piece + 1), at) < at for (source, piece), at in places.items())
    for cluster, following in pairwise(clusters):
        count += not any(_before(one, other) for one in cluster for other in following[:1] if one.ended is not None)
    return count


# --- times ------------------------------------------------------------------------------------------------------------


def _start(part: Part) -> datetime:
    return next((event.at for event in part.events if event.at is not None), datetime.max)


def _forward(part: Part, notes: list[str]) -> Part:
    """Some exports have the newest line first. One step back alone may be a clock that was set."""
    times = [event.at for event in part.events if event.at is not None]
    steps = [(after - before).total_seconds() for before, after in pairwise(times)]
    if sum(steps) < -_JITTER and not any(step > 0 for step in steps) and sum(step < 0 for step in steps) > 1:
        part.events.reverse()
        notes.append("a log has its newest line first: it was turned round")
    elif any(step < -_JITTER for step in steps):
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


def _mark(event: Found) -> Mark:
    return event.number, event.at, event.seconds, event.text


def _timed(event: Found) -> bool:
    return event.at is not None or event.seconds is not None


def _without_copies(runs: Sequence[Run], found: Arranged, *, numbered: bool) -> None:
    """A timed line is a copy where other files have it as often; one without a time, where the end of one file is the
    beginning of the next. No two lines of a phone have one number and one time."""
    seen: Counter[Mark] = Counter()
    untimed: list[Mark] = []
    for run in runs:
        here: Counter[Mark] = Counter()
        marks = [_mark(event) for _, event in run if not _timed(event)]
        skip = overlap(untimed, marks)
        untimed += marks[skip:]
        for source, event in run:
            mark = _mark(event)
            here[mark] += 1
            if not _timed(event):
                copy, skip = skip > 0, skip - 1
            else:
                copy = here[mark] > 1 or seen[mark] > 0 if numbered and event.number else here[mark] <= seen[mark]
            if copy:
                found.copies[source] += 1
            else:
                found.events.append((source, event))
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
    places = range(len(parts))
    before = {
        at: {one for one in places if one != at and 0 < overlap(marks[one], marks[at]) < len(marks[at])}
        for at in places
    }
    order: list[int] = []
    while len(order) < len(parts):
        waiting = [at for at in places if at not in order]
        free = [at for at in waiting if not before[at] - set(order)]
        # Rather what continues the last one than what comes next in the list.
        after = [at for at in free if order and order[-1] in before[at]]
        order.append((after or free or waiting)[0])
    return [parts[at] for at in order]
