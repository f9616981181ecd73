"""Times as an ASA prints them: `20:00:00 EDT Sep 12 2017` (certificates), `07:29:00.123 UTC Mon May 6 2019` (clock).

A zone is the name an administrator chose (`clock timezone EDT -5`), so only UTC, GMT and Z are taken at their word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ..model import DeviceTime

UTC_ZONES = frozenset({"UTC", "GMT", "Z"})
# No zone on earth is further from UTC than +14 h (and none further than -12 h): a conservative rule for unknown names.
WIDEST_OFFSET = timedelta(hours=14)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME_OF_DAY = re.compile(r"([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?")
_NUMBER = re.compile(r"[0-9]{1,4}")
_LONGEST = 100


class Stamp(NamedTuple):
    """A printed time: local without zone, and the zone's name ("" where none is printed)."""

    local: datetime
    zone: str


def read_stamp(text: str) -> Stamp | None:
    """`HH:MM:SS[.fff] [ZONE] [Mon] May 6 2019`; None where the text is anything else."""
    words = text.split() if len(text) <= _LONGEST else []
    if not 4 <= len(words) <= 6:
        return None
    month, day, year = words[-3:]
    between = words[1:-3]
    if between and between[-1].lower() in _WEEKDAYS:
        between = between[:-1]
    clock = _TIME_OF_DAY.fullmatch(words[0])
    numbers = _NUMBER.fullmatch(day) and _NUMBER.fullmatch(year)
    if clock is None or len(between) > 1 or month.lower() not in _MONTHS or not numbers:
        return None
    hour, minute, second, fraction = clock.groups()
    try:
        local = datetime(
            int(year),
            _MONTHS.index(month.lower()) + 1,
            int(day),
            int(hour),
            int(minute),
            int(second),
            int((fraction or "0").ljust(6, "0")),
        )
    except ValueError:
        return None
    return Stamp(local, between[0] if between else "")


def read_time(text: str) -> DeviceTime:
    """The time as printed; utc only where its zone is UTC, GMT or Z."""
    text = " ".join(text.split())
    return resolve(DeviceTime(text=text), {})


def resolve(time: DeviceTime, zone_offsets: Mapping[str, timedelta]) -> DeviceTime:
    """utc filled in where the zone is known: zone_offsets maps a name (any case) to local time minus UTC."""
    stamp = read_stamp(time.text)
    if time.utc is not None or stamp is None:
        return time
    offsets = {zone.upper(): timedelta() for zone in UTC_ZONES}
    offsets.update({zone.upper(): offset for zone, offset in zone_offsets.items()})
    offset = offsets.get(stamp.zone.upper())
    if offset is None:
        return time
    try:
        return DeviceTime(text=time.text, utc=stamp.local.replace(tzinfo=UTC) - offset)
    except OverflowError:
        return time


def bounds(time: DeviceTime) -> tuple[datetime, datetime] | None:
    """The earliest and the latest instant (UTC) that a printed time can mean; None where it is no time at all.

    Both are the same where utc is known. Else the zone may be any: local time +-14 h. A rule that comes out alike at
    both ends is decided; where it does not, the answer is UNKNOWN.
    """
    if time.utc is not None:
        return time.utc, time.utc
    stamp = read_stamp(time.text)
    if stamp is None:
        return None
    local = stamp.local.replace(tzinfo=UTC)
    return _shifted(local, -WIDEST_OFFSET), _shifted(local, WIDEST_OFFSET)


def _shifted(moment: datetime, by: timedelta) -> datetime:
    """moment + by, held within what a datetime can say (year 9999 is a usual end date)."""
    try:
        return moment + by
    except OverflowError:
        return (datetime.max if by > timedelta() else datetime.min).replace(tzinfo=UTC)
