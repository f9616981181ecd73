"""Events by who wrote them, and what can be said of their order: the lines' own marks count, not the file's alone.

A stream is the log of one side of one device. Lines may come shuffled (UDP, merged files), so "before" and "after" are
sure only where the lines say so themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from ..model.diagnosis import LogEvent, Side

DAY = 24 * 3600.0
_EPOCH = datetime(1970, 1, 1)
# F-045: what a phone calls itself by certificate; nothing else is taken for a phone's name.
_PHONE_USER = re.compile(r"CP-[A-Za-z0-9+-]{1,24}-(SEP[0-9A-Fa-f]{12})")
_PHONE = re.compile(r"SEP[0-9A-Fa-f]{12}")


class Stream(NamedTuple):
    """events: indexes, oldest first as far as the log tells. source: the file, where no device is known."""

    side: Side
    device: str
    source: str
    events: tuple[int, ...]


def streams(events: Sequence[LogEvent]) -> tuple[Stream, ...]:
    """One for each side and device; what names no device stays with its file."""
    found: dict[tuple[Side, str, str], list[int]] = {}
    for index, event in enumerate(events):
        found.setdefault((event.side, event.device, "" if event.device else event.source), []).append(index)
    return tuple(
        Stream(side, device, source, tuple(sorted(indexes, key=lambda at: (events[at].order, at))))
        for (side, device, source), indexes in sorted(found.items())
    )


def phone_of(user: str) -> str:
    """ "CP-7962G-SEP8CB64F576113" -> "SEP8CB64F576113"; "" for anything else."""
    found = _PHONE_USER.fullmatch(user)
    return found[1].upper() if found else ""


def is_phone(name: str) -> bool:
    return _PHONE.fullmatch(name) is not None


# --- clocks and order -------------------------------------------------------------------------------------------------


def absolute(event: LogEvent) -> float | None:
    """Seconds by the side's own calendar; None where the line has no date."""
    return None if event.at is None else (event.at.replace(tzinfo=None) - _EPOCH).total_seconds()


def time_of_day(event: LogEvent) -> float | None:
    """Seconds since midnight by the side's own clock; None where the line has no time."""
    if event.seconds is not None:
        return event.seconds
    found = absolute(event)
    return None if found is None else found % DAY


def number_of(event: LogEvent) -> int | None:
    """The number that a phone gives each line; an ASA's message number is none."""
    if event.side != "phone" or not event.number.isascii() or not event.number.isdigit():
        return None
    return int(event.number[:18])


def stamp_of(event: LogEvent) -> float | None:
    """Seconds with the date where there is one, else those of the day."""
    found = absolute(event)
    return found if found is not None else time_of_day(event)


def wrapped(seconds: float) -> float:
    """A difference of two times of day, the shorter way round midnight: in (-43200, 43200]."""
    left = seconds % DAY
    return left - DAY if left > DAY / 2 else left


def surely_before(one: LogEvent, other: LogEvent) -> bool:
    """Both of one stream: one came first, by what the lines carry. False where it did not, or nothing proves it."""
    if one.at is not None and other.at is not None:
        return one.at.replace(tzinfo=None) < other.at.replace(tzinfo=None)
    numbers = number_of(one), number_of(other)
    if numbers[0] is not None and numbers[1] is not None:
        return one.order < other.order and numbers[0] < numbers[1]
    times = time_of_day(one), time_of_day(other)
    if times[0] is not None and times[1] is not None:
        return one.order < other.order and times[0] < times[1]
    return False


def goes_on(one: LogEvent, other: LogEvent) -> bool:
    """other may follow one in a log that nobody shuffled: neither numbers nor times go backwards."""
    if one.at is not None and other.at is not None:
        return one.at.replace(tzinfo=None) <= other.at.replace(tzinfo=None)
    numbers = number_of(one), number_of(other)
    if numbers[0] is not None and numbers[1] is not None:
        return numbers[0] <= numbers[1]
    times = time_of_day(one), time_of_day(other)
    # Backwards by half a day and more is midnight.
    return times[0] is None or times[1] is None or wrapped(times[1] - times[0]) >= 0


def gap(one: LogEvent, other: LogEvent) -> float | None:
    """Seconds from one to the other in one stream; None where a line has no time."""
    both = absolute(one), absolute(other)
    if both[0] is not None and both[1] is not None:
        return both[1] - both[0]
    times = time_of_day(one), time_of_day(other)
    return None if times[0] is None or times[1] is None else wrapped(times[1] - times[0])


def duplicate_key(event: LogEvent) -> tuple[object, ...] | None:
    """What two copies of one line have in common; None where a line has no mark of its own to tell it from a repeat."""
    if event.at is None and event.seconds is None and number_of(event) is None:
        return None
    return event.signature, event.at, event.seconds, event.number, event.text
