"""An attempt while its lines are still being gathered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from ..model.diagnosis import Attempt, LogEvent
from .ciphers import Collector
from .streams import Stream, duplicate_key, goes_on, phone_of

Outcome = Literal["connected", "failed", "unknown"]
# An attempt is not cut out of more lines than these: what else claims to belong to it is a forgery or a loop.
MAX_LINES = 1000


@dataclass
class Building:
    """lines: (place in its stream, index of the event). open: a handshake that neither came about nor failed yet.

    loose: places of lines that name no client; they are its own only where the attempt is whole. last: the last line
    of the handshake, as a place; what follows names its user.
    """

    key: str = ""
    user: str = ""
    address: str = ""
    phone: str = ""
    by: str = ""
    outcome: Outcome = "unknown"
    chosen: str = ""
    leaf: str = ""
    whole: bool = True
    open: bool = False
    ended: bool = False
    last: int = -1
    lines: list[tuple[int, int]] = field(default_factory=list)
    loose: list[int] = field(default_factory=list)
    offered: Collector | None = None
    supported: Collector | None = None
    names: tuple[str, ...] = ()
    said: set[tuple[object, ...]] = field(default_factory=set)

    def add(self, place: int, index: int, event: LogEvent) -> None:
        if len(self.lines) >= MAX_LINES:
            self.whole = False
            return
        self.lines.append((place, index))
        key = duplicate_key(event)
        if key is not None:
            self.said.add(key)

    def has(self, event: LogEvent) -> bool:
        """A copy of a line that is there already."""
        key = duplicate_key(event)
        return key is not None and key in self.said

    def named(self, user: str, by: str = "user") -> None:
        self.user = user
        phone = phone_of(user)
        if phone:
            self.phone, self.by = phone, by


class Folder:
    """Folds one stream. owner: which attempt each place of the stream went to, -1 none."""

    def __init__(self, stream: Stream, events: Sequence[LogEvent]) -> None:
        self.stream, self.events = stream, events
        self.made: list[Building] = []
        self.owner: dict[int, Building] = {}
        self.place = 0

    def new(self, key: str = "", address: str = "") -> Building:
        made = Building(key=key, address=address)
        self.made.append(made)
        return made

    def give(self, building: Building, index: int) -> None:
        """The line at hand is this attempt's."""
        building.add(self.place, index, self.events[index])
        self.owner[self.place] = building

    def finished(self) -> list[Attempt]:
        return [self._finished(one) for one in self.made if one.lines]

    def _finished(self, one: Building) -> Attempt:
        one.lines.sort()
        indexes = tuple(index for _, index in one.lines)
        found = [self.events[index] for index in indexes]
        whole = one.whole and all(goes_on(a, b) for a, b in pairwise(found))
        if one.loose:
            first, last = min(one.loose), max(*one.loose, one.last)
            whole &= all(self.owner.get(place, one) is one for place in range(first, last + 1))
        lists = [made.result() for made in (one.offered, one.supported) if made is not None]
        return Attempt(
            side=self.stream.side,
            device=self.stream.device,
            events=indexes,
            key=one.key,
            user=one.user,
            phone=one.phone,
            by=one.by,
            outcome=one.outcome,
            offered=one.offered.result().names if one.offered is not None else one.names,
            supported=one.supported.result().names if one.supported is not None else (),
            chosen=one.chosen,
            leaf=one.leaf,
            whole=whole and all(found.complete for found in lists),
        )
