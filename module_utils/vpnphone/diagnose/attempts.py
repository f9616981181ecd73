"""Events of both sides to attempts to connect: who tried, how it ended, and which lines tell of it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..model.diagnosis import Attempt, LogEvent
from . import fold_asa, fold_phone
from .building import Folder
from .streams import Stream, gap, phone_of, streams

# A phone that is seen with a user's name behind an address is taken to be there within this time. Seconds.
_HELD = 12 * 3600.0


def attempts_of(events: Sequence[LogEvent]) -> tuple[Attempt, ...]:
    """Attempt.events are indexes into these events. Status messages tell of no attempt."""
    found: list[Attempt] = []
    for stream in streams(events):
        if stream.side == "asa":
            found += _with_addresses(fold_asa.fold(stream, events), events)
        elif stream.side == "phone":
            found += fold_phone.fold(stream, events)
        elif stream.side == "debug":
            found += _debug(stream, events)
    return tuple(found)


def _debug(stream: Stream, events: Sequence[LogEvent]) -> list[Attempt]:
    """Each `Client Cert Auth Success` begins one; no line of them names a client."""
    folder, now = Folder(stream, events), None
    for place, index in enumerate(stream.events):
        folder.place = place
        if now is None or events[index].signature == "debug.cert_auth_ok":
            now = folder.new()
        if events[index].signature == "debug.csd_not_sent":
            now.outcome = "failed"
        folder.give(now, index)
    return folder.finished()


def _with_addresses(attempts: list[Attempt], events: Sequence[LogEvent]) -> list[Attempt]:
    """A handshake without a login is a phone's where that phone alone logged in from the address at about that time."""
    users: dict[str, dict[str, list[LogEvent]]] = {}
    for attempt in attempts:
        address = fold_asa.address_of(attempt, events)
        if attempt.user and address:
            users.setdefault(address, {}).setdefault(attempt.user, []).append(events[attempt.events[-1]])
    return [attempt if attempt.user else _addressed(attempt, events, users) for attempt in attempts]


def _addressed(attempt: Attempt, events: Sequence[LogEvent], users: dict[str, dict[str, list[LogEvent]]]) -> Attempt:
    if not attempt.key:
        return attempt
    at = events[attempt.events[0]]
    there = users.get(fold_asa.address_of(attempt, events), {})
    names = {name for name, seen in there.items() if any(_near(one, at) for one in seen)}
    phone = phone_of(next(iter(names))) if len(names) == 1 else ""
    if not phone:
        return attempt
    return msgspec.structs.replace(attempt, phone=phone, by="address")


def _near(one: LogEvent, other: LogEvent) -> bool:
    since = gap(one, other)
    return since is None or abs(since) <= _HELD
