"""The clocks: how far a phone's is from an ASA's, and every line on one time axis (the ASAs')."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from statistics import median

from ..model.diagnosis import Attempt, ClockOffset, LogEvent, Pair
from .streams import DAY, Stream, absolute, time_of_day, wrapped

# A time of day that goes back by more than this is the next day.
_BACK = DAY / 4
_NEVER = float("inf")


def offsets_of(attempts: Sequence[Attempt], pairs: Sequence[Pair]) -> tuple[ClockOffset, ...]:
    """One for each phone and ASA that have pairs with times on both sides."""
    found: dict[tuple[str, str], list[float]] = {}
    for pair in pairs:
        if pair.offset is not None and attempts[pair.phone].phone:
            found.setdefault((attempts[pair.phone].phone, attempts[pair.asa].device), []).append(pair.offset)
    return tuple(_offset(phone, asa, values) for (phone, asa), values in sorted(found.items()))


def _offset(phone: str, asa: str, values: list[float]) -> ClockOffset:
    """Round midnight, offsets lie on either side of half a day: they are compared with the first."""
    near = [values[0] + wrapped(value - values[0]) for value in values]
    return ClockOffset(
        phone=phone,
        asa=asa,
        seconds=round(wrapped(median(near)), 3),
        pairs=len(values),
        spread=round(max(near) - min(near), 3),
    )


def unrolled(stream: Stream, events: Sequence[LogEvent]) -> list[float | None]:
    """Seconds for each event of a stream, never backwards: with its date, else counted on from its first midnight."""
    found: list[float | None] = []
    day, last, before = 0.0, None, None
    for index in stream.events:
        at = absolute(events[index])
        if at is None:
            clock = time_of_day(events[index])
            if clock is not None:
                if before is not None and before - clock > _BACK:
                    day += DAY
                before = clock
                at = day + clock
        if at is not None:
            last = at if last is None else max(last, at)
        found.append(last)
    return found


def ordered(
    events: Sequence[LogEvent],
    parts: Sequence[Stream],
    attempts: Sequence[Attempt],
    pairs: Sequence[Pair],
    offsets: Sequence[ClockOffset],
) -> tuple[tuple[int, float | None], ...]:
    """(index, seconds) of all events as on one clock; each stream keeps its own order, one without times comes last."""
    times = [unrolled(part, events) for part in parts]
    dated = [any(events[index].at is not None for index in part.events) for part in parts]
    ends = [next((at for at in reversed(found) if at is not None), None) for found in times]
    last = max((end for end, has in zip(ends, dated, strict=True) if has and end is not None), default=None)
    by_event = {
        index: at
        for part, found in zip(parts, times, strict=True)
        for index, at in zip(part.events, found, strict=True)
    }
    queues: list[Iterator[tuple[float, int, int, int]]] = []
    for number, part in enumerate(parts):
        shift = 0.0
        end = ends[number]
        if not dated[number] and end is not None:
            shift = _shift(part, end, last, events, attempts, pairs, offsets, by_event)
        queues.append(_queue(number, part, times[number], shift))
    return tuple((index, None if at == _NEVER else at) for at, _, _, index in heapq.merge(*queues))


def _queue(
    number: int, part: Stream, times: Sequence[float | None], shift: float
) -> Iterator[tuple[float, int, int, int]]:
    known = next((at for at in times if at is not None), None)
    for place, (index, at) in enumerate(zip(part.events, times, strict=True)):
        yield (_NEVER if known is None else (known if at is None else at) + shift), number, place, index


def _shift(
    part: Stream,
    end: float,
    last: float | None,
    events: Sequence[LogEvent],
    attempts: Sequence[Attempt],
    pairs: Sequence[Pair],
    offsets: Sequence[ClockOffset],
    by_event: dict[int, float | None],
) -> float:
    """What a stream without dates is moved by: its offset, and whole days so that pairs meet, else the ends of logs."""
    mine = [one for one in offsets if part.side in ("phone", "status") and one.phone == part.device]
    known = max(mine, key=lambda one: one.pairs, default=None)
    seconds = -known.seconds if known is not None else 0.0
    members = set(part.events)
    days = []
    for pair in pairs:
        ours, theirs = by_event.get(attempts[pair.phone].events[0]), by_event.get(attempts[pair.asa].events[0])
        if attempts[pair.phone].events[0] in members and ours is not None and theirs is not None:
            days.append(round((theirs - ours - seconds) / DAY))
    if days:
        return seconds + DAY * max(days)
    if last is None:
        return seconds
    return seconds + DAY * round((last - end - seconds) / DAY)
