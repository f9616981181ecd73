"""Logs of both sides, from files or texts, to the messages that mean something, in order.

Whose a log is: what the caller says, then what its lines say, then its path. Files are read one after the other, so
that memory holds one block and the events that are kept.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath
from typing import NamedTuple

from ..model.diagnosis import LogEvent, LogSource, Side
from .arrange import Arranged, Part, arrange, file_rank
from .one_asa import Key, Parts, one_asa
from .sources import Source, read_file, read_text
from .tally import MAX_EVENTS, Found

__all__ = ["MAX_EVENTS", "Input", "Reading", "read_logs", "read_texts"]

_PHONE = re.compile(r"SEP[0-9A-Fa-f]{12}(?![0-9A-Za-z])")
# A part of a path that is the name of an ASA: asa-1, fw02-ctx, vpn1.example.net, asa-hq; `asa` alone may be a kind.
_ASA = re.compile(
    r"(?i)(?=[a-z-]{0,40}[0-9])[a-z0-9-]{0,40}?(?:asa|ftd|fw|vpn)[a-z0-9-]{0,40}"
    r"|(?:asa|ftd)(?:-[a-z]{2,15}){1,3}|(?:[a-z]{2,15}-){1,3}(?:asa|ftd)"
)
_KIND = re.compile(
    r"(?i)[-_.](?:logs?|syslog|messages|buffer|logging|debug|20[0-9]{2}-?[0-9]{2}-?[0-9]{2})(?![a-z0-9]).*"
)


class Input(NamedTuple):
    """A file to read. device, side: what the caller knows; else taken from the content, then from the path."""

    path: Path
    device: str = ""
    side: Side | None = None


class Reading(NamedTuple):
    """sources: as given. events: by side and device, oldest first, `order` counts them. notes: what a reader must know.

    A line that several files hold is one event, of the file that tells its order first.
    """

    sources: tuple[LogSource, ...]
    events: tuple[LogEvent, ...]
    notes: tuple[str, ...] = ()


class _Read(NamedTuple):
    source: Source
    device: str
    given: bool


def read_logs(inputs: Sequence[Input]) -> Reading:
    """BadInput logs_missing for a path that is not there, is no file, or cannot be opened."""
    found = _Collection()
    for one in inputs:
        found.add(read_file(one.path, one.side), one.device)
    return found.reading()


def read_texts(texts: Mapping[str, str | bytes], device: str = "", side: Side | None = None) -> Reading:
    """The same of texts by name; device and side as in Input, for all of them."""
    found = _Collection()
    for name, text in texts.items():
        data = text.encode("utf-8", "replace") if isinstance(text, str) else text
        found.add(read_text(name, data, side), device)
    return found.reading()


class _Collection:
    """What was read so far. Never more than twice MAX_EVENTS events."""

    def __init__(self) -> None:
        self._read: list[_Read] = []
        self._dropped: Counter[int] = Counter()

    def add(self, source: Source, device: str) -> None:
        self._read.append(_Read(source, device or _device(source), bool(device)))
        if sum(len(one.source.tally.events) for one in self._read) > 2 * MAX_EVENTS:
            self._cut(self._arranged()[0].values())

    def reading(self) -> Reading:
        groups, notes = self._arranged()
        if sum(len(group.events) for group in groups.values()) > MAX_EVENTS:
            self._cut(groups.values())
            groups, notes = self._arranged()
        copies: Counter[int] = Counter()
        events: list[LogEvent] = []
        for (side, device, _), group in sorted(groups.items()):
            copies += group.copies
            events += [
                self._event(found, side, device, self._read[at].source.name, order)
                for order, (at, found) in enumerate(group.events)
            ]
        sources = tuple(self._told(at, one, copies[at]) for at, one in enumerate(self._read))
        return Reading(sources, tuple(events), tuple(dict.fromkeys(notes)))

    # --- by side and device -------------------------------------------------------------------------------------------

    def _arranged(self) -> tuple[dict[Key, Arranged], list[str]]:
        """The events of each side and device in order. The third part of a key parts what names no device."""
        parts: Parts = defaultdict(dict)
        for at, one in enumerate(self._read):
            source = one.source
            phone = source.side == "phone"
            rank = file_rank(source.name, phone=phone)
            place = str(PurePath(source.name).parent)
            if phone:
                for piece, stretch in enumerate(source.stretches):
                    parts["phone", one.device, "" if one.device else place][at, piece] = Part(
                        at, rank, [], piece, stretch.first, stretch.last, stretch.began, stretch.ended, source.mixed
                    )
            for found in source.tally.events:
                device = one.device if one.given or not found.host else found.host
                apart = "" if device else place if phone else source.name
                of_device = parts[found.side, device, apart]
                of_device.setdefault((at, found.piece), Part(at, rank, [])).events.append(found)
        notes: list[str] = []
        groups: dict[Key, Arranged] = {}
        for key, of_device in one_asa(parts, notes).items():
            group = arrange(list(of_device.values()))
            notes += [f"{key[1] or key[2]}: {note}" for note in group.notes]
            groups[key] = group
        return groups, notes

    # --- bounds -------------------------------------------------------------------------------------------------------

    def _cut(self, groups: Iterable[Arranged]) -> None:
        """Of the devices with most events the oldest go."""
        groups = list(groups)
        limit = _level([len(group.events) for group in groups], MAX_EVENTS)
        kept: dict[int, list[Found]] = defaultdict(list)
        for group in groups:
            for at, found in group.events[-limit:]:
                kept[at].append(found)
            for at, _ in group.events[:-limit]:
                self._dropped[at] += 1
        for at, one in enumerate(self._read):
            one.source.tally.events.clear()
            one.source.tally.events.extend(kept[at])

    # --- what is told -------------------------------------------------------------------------------------------------

    def _event(self, found: Found, side: Side, device: str, source: str, order: int) -> LogEvent:
        return LogEvent(
            signature=found.signature, side=side, source=source, line=found.line, order=order, text=found.text,
            device=device, at=found.at, seconds=found.seconds, number=found.number, level=found.level,
            fields=found.fields, after_gap=found.after_gap,
        )  # fmt: skip

    def _told(self, at: int, one: _Read, copies: int) -> LogSource:
        source, tally = one.source, one.source.tally
        cut = list(source.cut)
        if self._dropped[at]:
            cut.append(f"{self._dropped[at]} of its known lines are left out: there are newer ones in these logs")
        if copies:
            which = "all" if copies == len(tally.events) else str(copies)
            cut.append(f"{which} of its known lines are in other files too, and count once")
        return LogSource(
            name=source.name, side=source.side, device=one.device, lines=tally.lines, size=tally.size,
            recognised=tally.recognised, foreign=tally.foreign, forms=tuple(tally.forms), cut="; ".join(cut),
        )  # fmt: skip


def _level(sizes: Sequence[int], room: int) -> int:
    """The greatest number (at least 1) so that all fit into the room when none has more."""
    left, waiting = room, sorted(sizes)
    while waiting:
        share = left // len(waiting)
        if waiting[0] > share:
            return max(1, share)
        left -= waiting.pop(0)
    return max(1, room)


def _device(source: Source) -> str:
    """Whose the file is, by its content and then its path; "" where neither says so, or they name several."""
    if source.side in ("phone", "status"):
        owners = set(source.tally.owners)
        if len(owners) == 1:
            return owners.pop()
        named = _in_path(source.name)
        if named or owners:
            return named
        return next(iter(source.phones)) if len(source.phones) == 1 else ""
    if source.side in ("asa", "debug"):
        hosts = list(source.tally.hosts)
        return hosts[0] if len(hosts) == 1 else "" if hosts else _asa_in_path(source.name)
    return _in_path(source.name)


def _in_path(name: str) -> str:
    """The phone of the innermost part of a path that names one alone."""
    for part in reversed(name.replace("\\", "/").split("/")):
        phones = {phone.upper() for phone in _PHONE.findall(part)}
        if phones:
            return phones.pop() if len(phones) == 1 else ""
    return ""


def _asa_in_path(name: str) -> str:
    for part in reversed(name.replace("\\", "/").split("/")[-2:]):
        stem = _KIND.sub("", part[:120])
        if _ASA.fullmatch(stem):
            return stem
    return ""
