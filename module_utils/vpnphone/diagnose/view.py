"""The events of a reading with all that was made of them, as the finders look at it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from ..model.diagnosis import Attempt, ClockOffset, LogEvent, LogSource, Pair, Side
from . import attempts as folded
from . import correlate, kinds, offset
from .fold_asa import address_of
from .forms import RELAYED, is_own_order
from .site import SiteNames
from .streams import Stream, absolute, number_of, phone_of, streams, time_of_day

SESSIONS = frozenset({"asa.assigned", "asa.mapping", "phone.connected"})


class Marks:
    """The lines of one stream by what they carry themselves: numbers (0), dates (1), times of day (2).

    of: event -> attempt. hashes: of the certificates that the log names.
    """

    def __init__(self, stream: Stream, events: Sequence[LogEvent], of: Mapping[int, int]) -> None:
        self.places = {index: place for place, index in enumerate(stream.events)}
        self.attempts = frozenset(of[index] for index in stream.events if index in of)
        self.hashes = frozenset(
            events[index].fields.get("sha1", "").lower()
            for index in stream.events
            if events[index].signature == "phone.leaf_hash"
        )
        self._sorted = [
            sorted((at, of.get(index, -1)) for index in stream.events if (at := mark(events[index])) is not None)
            for mark in (number_of, absolute, time_of_day)
        ]

    def between(self, kind: int, low: float, high: float) -> set[int]:
        """The attempts of the lines with such a mark from low to high, both included; -1 for lines of none."""
        found = self._sorted[kind]
        return {of for _, of in found[bisect_left(found, (low, -1)) : bisect_left(found, (high, 1 << 60))]}

    def complete(self, kind: int) -> bool:
        """Every line has such a mark."""
        return len(self._sorted[kind]) == len(self.places)


@dataclass(frozen=True)
class View:
    """Indexes of events and attempts are those of the tuples here; events are in the order of one clock.

    at: seconds of each event on that clock, None where its log has no times. kinds: of each attempt. users: by ASA and
    address, who logged in from there. paired: attempt -> the pair it is in.
    """

    events: tuple[LogEvent, ...]
    streams: tuple[Stream, ...]
    attempts: tuple[Attempt, ...]
    kinds: tuple[str, ...]
    pairs: tuple[Pair, ...]
    offsets: tuple[ClockOffset, ...]
    at: tuple[float | None, ...]
    site: SiteNames
    users: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    paired: Mapping[int, Pair] = field(default_factory=dict)
    # Of each event: the attempt it belongs to, and the number of its stream.
    of: Mapping[int, int] = field(default_factory=dict)
    stream_of: Mapping[int, int] = field(default_factory=dict)
    # Of each stream.
    marks: tuple[Marks, ...] = ()
    # Phones that a log names, and sessions (events) by phone.
    phones: frozenset[str] = frozenset()
    sessions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    # ASA logs (numbers of streams) in which a phone is seen to have a session.
    serving: frozenset[int] = frozenset()
    # Streams (numbers) whose lines stand as their ASA wrote them, and those with lines that a server received.
    in_order: frozenset[int] = frozenset()
    relayed: frozenset[int] = frozenset()
    # What find_asa.py found out of attempts at one time, since many ask it.
    agreed: dict[frozenset[int], bool] = field(default_factory=dict)

    def lines(self, attempt: int) -> list[tuple[int, LogEvent]]:
        return [(index, self.events[index]) for index in self.attempts[attempt].events]

    def has(self, attempt: int, *names: str) -> list[int]:
        """Its lines with one of these signatures, oldest first."""
        return [index for index in self.attempts[attempt].events if self.events[index].signature in names]

    def other(self, attempt: int) -> int | None:
        """The attempt of the other side that is the same one."""
        pair = self.paired.get(attempt)
        if pair is None:
            return None
        return pair.phone if pair.asa == attempt else pair.asa

    def in_one_piece(self, first: int, last: int) -> bool:
        """By the marks of the lines (numbers, else times) nothing of another attempt lay between these two.

        What is missing between them may have been another's.
        """
        events = self.streams[self.stream_of[first]].events
        if any(self.events[at].after_gap for at in events[self.place(first) + 1 : self.place(last) + 1]):
            return False
        for kind, mark in enumerate((number_of, absolute, time_of_day)):
            low, high = mark(self.events[first]), mark(self.events[last])
            if low is None or high is None:
                continue
            inside = self.marks[self.stream_of[first]].between(kind, low, high)
            return low <= high and inside <= {self.of.get(first, -1)}
        return False

    def place(self, index: int) -> int:
        """Where an event stands in its stream."""
        return self.marks[self.stream_of[index]].places[index]

    def side(self, index: int) -> Side:
        """Whose log has the event."""
        return self.events[index].side

    def source(self, attempt: int) -> str:
        return self.events[self.attempts[attempt].events[0]].source


def view_of(given: Sequence[LogEvent], site: SiteNames, sources: Sequence[LogSource] = ()) -> View:
    """Attempts, pairs and clocks are made of the events as they were read; then all is put on one clock."""
    attempts = _known_to_site(folded.attempts_of(given), given, site)
    pairs = correlate.pairs_of(given, attempts)
    attempts = correlate.with_phones(attempts, pairs)
    offsets = offset.offsets_of(attempts, pairs)
    order = offset.ordered(given, streams(given), attempts, pairs, offsets)
    where = {old: new for new, (old, _) in enumerate(order)}
    events = tuple(given[old] for old, _ in order)
    attempts = tuple(
        msgspec.structs.replace(one, events=tuple(where[index] for index in one.events)) for one in attempts
    )
    parts = tuple(part._replace(events=tuple(where[index] for index in part.events)) for part in streams(given))
    stream_of = {index: number for number, part in enumerate(parts) for index in part.events}
    sessions = _sessions(events)
    own = {one.name for one in sources if is_own_order(one.forms)}
    relayed = {one.name for one in sources if RELAYED & set(one.forms)}
    of = {index: number for number, one in enumerate(attempts) for index in one.events}
    return View(
        events=events,
        streams=parts,
        attempts=attempts,
        kinds=tuple(kinds.kind_of(one, events) for one in attempts),
        pairs=pairs,
        offsets=offsets,
        at=tuple(at for _, at in order),
        site=site,
        users=_users(attempts, events),
        paired={index: pair for pair in pairs for index in (pair.asa, pair.phone)},
        of=of,
        stream_of=stream_of,
        marks=tuple(Marks(part, events, of) for part in parts),
        phones=_phones(events, attempts),
        sessions=sessions,
        serving=frozenset(
            stream_of[index] for found in sessions.values() for index in found if events[index].side == "asa"
        ),
        in_order=frozenset(number for number, part in enumerate(parts) if _in_order(part, events, own)),
        relayed=frozenset(stream_of[index] for index, event in enumerate(events) if event.source in relayed),
    )


def _in_order(part: Stream, events: Sequence[LogEvent], own: Set[str]) -> bool:
    """All of one such file, and nothing had to be put elsewhere."""
    lines = [events[index] for index in part.events]
    return (
        part.side == "asa"
        and len({line.source for line in lines}) == 1
        and lines[0].source in own
        and all(one.line <= other.line for one, other in pairwise(lines))
    )


def phone_of_event(event: LogEvent) -> str:
    """The phone that a line names by itself: its user, or the log it stands in."""
    if event.side in ("phone", "status"):
        return event.device or event.fields.get("phone", "").upper()
    return phone_of(event.fields.get("user", ""))


def _known_to_site(attempts: Iterable[Attempt], events: Sequence[LogEvent], site: SiteNames) -> tuple[Attempt, ...]:
    """A handshake of nobody is a phone's where the gathered sessions have that phone, and no other, at its address."""
    at: dict[str, set[str]] = {}
    for name, known in site.phones.items():
        for address in known.addresses:
            at.setdefault(address, set()).add(name)
    attempts = tuple(attempts)
    users = {address for (_, address) in _users(attempts, events)}
    found = []
    for one in attempts:
        address = address_of(one, events) if one.side == "asa" and one.key and not one.phone and not one.user else ""
        names = at.get(address, set()) if address and address not in users else set()
        found.append(msgspec.structs.replace(one, phone=min(names), by="site") if len(names) == 1 else one)
    return tuple(found)


def _users(attempts: Iterable[Attempt], events: Sequence[LogEvent]) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for one in attempts:
        if one.side == "asa" and one.user:
            found.setdefault((one.device, address_of(one, events)), set()).add(one.user)
    return {place: frozenset(users) for place, users in found.items()}


def _phones(events: Iterable[LogEvent], attempts: Iterable[Attempt]) -> frozenset[str]:
    named = {phone_of_event(event) for event in events}
    return frozenset(named | {one.phone for one in attempts if one.by in ("user", "certificate", "own log")}) - {""}


def _sessions(events: Sequence[LogEvent]) -> dict[str, tuple[int, ...]]:
    found: dict[str, list[int]] = {}
    for index, event in enumerate(events):
        if event.signature in SESSIONS and phone_of_event(event):
            found.setdefault(phone_of_event(event), []).append(index)
    return {phone: tuple(indexes) for phone, indexes in found.items()}
