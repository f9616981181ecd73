"""Does a cause still stand: what sessions of the same phone say, and how sure their order is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from ..model.diagnosis import LogEvent
from .cases import Case, weaker
from .streams import absolute, number_of, surely_before, time_of_day
from .view import View

Order = Literal["before", "after", "seems before", "seems after", "open", "same"]
# How far apart two lines of different clocks must be, so that one is later for certain. Seconds.
_CLEAR = 5.0
_FETCHED = ("status.file", "status.trust_updated")
# Sessions of a phone, and times of a cause, that are looked at: the newest.
MAX_LOOKED_AT = 60
_ORDER = "the lines carry no mark that proves their order, and a session of the same phone is among them"
_CLOCKS = (
    "the log of the other side has a session of this phone, and which was first is not known: no clocks to compare"
)


class Standing:
    """Remembers of each log whether its stamps never go backwards: then its own order is believed within a second."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._sound: dict[int, bool] = {}
        self._newest_first: dict[str, bool] = {}

    def judged(self, case: Case) -> Case:
        """The case with what speaks against it."""
        after: list[int] = []
        seems: list[int] = []
        before = unsure = False
        elsewhere = False
        for session, own in self._sessions(case):
            match self._order(session, case.at, own=own):
                case "after":
                    after.append(session)
                case "seems after":
                    seems.append(session)
                case "before":
                    before |= own
                case "seems before":
                    unsure |= own
                case "open":
                    elsewhere = True
        if after or seems:
            doubts = case.doubts if after else (*case.doubts, _ORDER)
            confidence = weaker(case.confidence, "likely")
            return case._replace(confidence=confidence, against=tuple((after or seems)[-2:]), past=True, doubts=doubts)
        if unsure:
            return case._replace(confidence=weaker(case.confidence, "likely"), doubts=(*case.doubts, _ORDER))
        if elsewhere and not before:
            return case._replace(confidence=weaker(case.confidence, "likely"), doubts=(*case.doubts, _CLOCKS))
        return case

    def _sessions(self, case: Case) -> Iterator[tuple[int, bool]]:
        """(event, of the same side) of what tells that the phone got in, or got its file."""
        view, at = self.view, self.view.events[case.at]
        if case.id in ("tftp", "trust_list"):
            for index in view.streams[view.stream_of[case.at]].events:
                event = view.events[index]
                if event.signature in _FETCHED and event.fields.get("phone", case.phone).upper() == case.phone:
                    yield index, True
            return
        for phone in [case.phone] if case.phone else sorted(case.explains) if len(case.explains) == 1 else []:
            for index in self._newest(phone):
                event = view.events[index]
                if case.id == "dtls_cipher_mismatch" and event.side == "asa":
                    # The ASA gives the session before DTLS fails.
                    continue
                if event.side == at.side == "asa" and event.device and at.device and event.device != at.device:
                    # Another ASA lets it in: that says nothing of this one.
                    continue
                yield index, event.side == at.side

    def _newest(self, phone: str) -> list[int]:
        """By their own stamps where they have them: a shuffled log must not hide the last one."""
        sides: dict[str, list[int]] = {}
        for index in self.view.sessions.get(phone, ()):
            sides.setdefault(self.view.events[index].side, []).append(index)
        return [
            index
            for found in sides.values()
            for index in sorted(found, key=lambda one: (_mark(self.view.events[one]), one))[-MAX_LOOKED_AT:]
        ]

    def _order(self, session: int, failure: int, *, own: bool) -> Order:
        view = self.view
        one, other = view.events[session], view.events[failure]
        if view.stream_of[session] == view.stream_of[failure]:
            if surely_before(one, other):
                return "seems before" if self._goes_back(one, other) else "before"
            if surely_before(other, one):
                return "seems after" if self._goes_back(other, one) else "after"
            if self.sound(view.stream_of[session]):
                return "before" if one.order < other.order else "after"
            return "seems before" if one.order < other.order else "seems after"
        if own:
            times = absolute(one), absolute(other)
            if times[0] is None or times[1] is None or abs(times[0] - times[1]) < _CLEAR:
                return "seems before"
            return "before" if times[0] < times[1] else "after"
        return self._across(session, failure)

    def _goes_back(self, first: LogEvent, then: LogEvent) -> bool:
        """The file has them the other way round: its clock was set (summer time ends), or its lines were mixed up."""
        return (
            first.side == "asa" and first.source == then.source and then.line < first.line and not self._turned(first)
        )

    def _turned(self, event: LogEvent) -> bool:
        """Its file has the newest line first throughout."""
        known = self._newest_first.get(event.source)
        if known is None:
            lines = [one.line for one in self.view.events if one.source == event.source]
            known = self._newest_first[event.source] = all(a >= b for a, b in pairwise(lines))
        return known

    def _across(self, session: int, failure: int) -> Order:
        """Of both sides: by the offset of their clocks, where pairs tell it."""
        view = self.view
        sides = {view.events[index].side: view.events[index] for index in (session, failure)}
        phone, asa = sides.get("phone"), sides.get("asa")
        known = phone is not None and asa is not None and self.clocks(phone.device, asa.device)
        ours, theirs = view.at[session], view.at[failure]
        if not known or ours is None or theirs is None:
            return "open"
        if abs(ours - theirs) < _CLEAR:
            return "same"
        return "before" if ours < theirs else "after"

    def clocks(self, phone: str, asa: str) -> bool:
        return any(one.phone == phone and one.asa == asa for one in self.view.offsets)

    def sound(self, stream: int) -> bool:
        """The ASA's own buffer; else where every line has a stamp or a number, none goes back, and none was sent."""
        if stream in self.view.in_order:
            return True
        known = self._sound.get(stream)
        if known is None:
            events = [self.view.events[index] for index in self.view.streams[stream].events]
            marks = [_mark(event) for event in events]
            known = all(mark >= 0 for mark in marks) and all(a <= b for a, b in pairwise(marks))
            self._sound[stream] = known and len(set(marks)) > 1 and stream not in self.view.relayed
        return self._sound[stream]


def _mark(event: LogEvent) -> float:
    for mark in (absolute(event), number_of(event), time_of_day(event)):
        if mark is not None:
            return float(mark)
    return -1.0
