"""What became of findings and devices with one more run. Pure: what was known and a run in, what is known out.

A finding is device, control and subject. It is fixed only where the same control judged the same device and came to a
verdict on that subject: what was not looked at, or came out UNKNOWN, is neither fixed nor new.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from ..model import Status
from ..model.history import (
    ChangedDevice,
    ChangedFinding,
    DeviceChange,
    DeviceRecord,
    Episode,
    FindingChange,
    Item,
    Seen,
    Snapshot,
    Standing,
)

Key = tuple[str, str, str]
# Of two outcomes on one subject the first of these counts: what is certain before what is not.
_RANK: tuple[Status, ...] = ("fail", "error", "waived", "pass", "skipped")


def key_of(episode: Episode) -> Key:
    return episode.device, episode.control, episode.subject


class Known(NamedTuple):
    """What is known of a site: its findings that stand, and its devices by name."""

    episodes: Mapping[Key, Episode]
    devices: Mapping[str, DeviceRecord]


class Comparison(NamedTuple):
    """What a run changed.

    known     what is known after it
    changes   what became of findings; of those that ended the finding as it stood
    devices   what became of devices
    late      devices of which a newer run told already: what this run says of them counts no more
    """

    known: Known
    changes: tuple[ChangedFinding, ...]
    devices: tuple[ChangedDevice, ...]
    late: tuple[str, ...]


def compare(known: Known, run: Snapshot) -> Comparison:
    """Take a run in. Runs may come in any order and have any part of the site."""
    return _Comparison(known, run).result()


class _Comparison:
    def __init__(self, known: Known, run: Snapshot) -> None:
        self.run = run
        self.devices = dict(known.devices)
        self.of_device: dict[str, dict[tuple[str, str], Episode]] = defaultdict(dict)
        for (device, control, subject), episode in known.episodes.items():
            self.of_device[device][control, subject] = episode
        self.changes: list[ChangedFinding] = []
        self.told: list[ChangedDevice] = []
        self.late: list[str] = []

    def result(self) -> Comparison:
        self._inventory()
        for seen in self.run.devices:
            self._device(seen)
        episodes = {key_of(one): one for found in self.of_device.values() for one in found.values()}
        return Comparison(Known(episodes, self.devices), tuple(self.changes), tuple(self.told), tuple(self.late))

    # --- devices ------------------------------------------------------------------------------------------------------

    def _inventory(self) -> None:
        """Devices that the inventory has no more: renamed where exactly one new device calls itself the same."""
        here = {seen.name for seen in self.run.devices}
        if not self.run.inventory:
            return
        kept = here | set(self.run.inventory)
        missing = [one for one in self.devices.values() if one.name not in kept and one.last < self.run.finished]
        for old, new in _renamed(missing, [seen for seen in self.run.devices if seen.name not in self.devices]):
            self._rename(old, new)
        for one in missing:
            if one.name in self.devices and one.gone_since is None:
                self.devices[one.name] = replace(one, gone_since=self.run.finished)
                self._tell("vanished", one.name)

    def _rename(self, old: str, new: str) -> None:
        record = self.devices.pop(old)
        self.devices[new] = replace(record, name=new, gone_since=None)
        moved = self.of_device.pop(old, {})
        self.of_device[new] = {key: replace(episode, device=new) for key, episode in moved.items()}
        self.told.append(ChangedDevice(change="renamed", name=new, was=old, findings=len(moved)))

    def _tell(self, change: DeviceChange, name: str, since: datetime | None = None) -> None:
        number = len(self.of_device.get(name, ()))
        self.told.append(ChangedDevice(change=change, name=name, findings=number, since=since))

    def _device(self, seen: Seen) -> None:
        before = self.devices.get(seen.name)
        if before is not None and before.last >= self.run.finished:
            self.late.append(seen.name)
            return
        if before is None:
            self._tell("first_seen", seen.name)
        elif before.gone_since is not None:
            self._tell("returned", seen.name, before.gone_since)
        unread = before.unread_since if before else None
        if seen.read and unread is not None:
            self._tell("read_again", seen.name, unread)
        elif not seen.read and unread is None:
            unread = self.run.started
            self._tell("unread", seen.name)
        self.devices[seen.name] = DeviceRecord(
            name=seen.name,
            kind=seen.kind,
            status=seen.status,
            first=before.first if before else self.run.started,
            last=self.run.finished,
            last_run=self.run.run_id,
            hostname=seen.hostname or (before.hostname if before else ""),
            failure=seen.failure,
            controls=tuple(sorted(seen.controls)) if seen.read else (),
            unread_since=None if seen.read else unread,
        )
        if seen.read:
            self._findings(seen)

    # --- findings -----------------------------------------------------------------------------------------------------

    def _findings(self, seen: Seen) -> None:
        said: dict[str, dict[str, Item]] = defaultdict(dict)
        for item in seen.items:
            other = said[item.control].get(item.subject)
            if other is None or _RANK.index(item.status) < _RANK.index(other.status):
                said[item.control][item.subject] = item
        standing = self.of_device[seen.name]
        for (control, subject), episode in list(standing.items()):
            if self.run.catalogue and control not in self.run.catalogue:
                self._end("gone", episode)
            elif control in seen.controls:
                self._look_again(episode, seen.controls[control], said.get(control, {}), subject)
        for items in said.values():
            for item in items.values():
                if item.status in ("fail", "waived") and (item.control, item.subject) not in standing:
                    self._begin(seen.name, item)

    def _look_again(self, episode: Episode, judged: Status, items: Mapping[str, Item], subject: str) -> None:
        """What this run says of a finding that stands."""
        item = items.get(subject)
        verdict = item.status if item else _by_others(judged, items, subject)
        if verdict == "pass":
            self._end("fixed", episode)
        elif verdict == "skipped":
            self._end("gone", episode)
        elif verdict == "error":
            self._stand(episode, "undecided", "undecided")
        elif item is not None:
            now: Standing = "open" if verdict == "fail" else "waived"
            change: FindingChange = "waived" if now == "waived" else _OPEN_AGAIN[episode.standing]
            told = replace(
                episode, message=item.message, severity=item.severity, title=item.title, seen=self.run.finished
            )
            self._stand(told, now, change)

    def _begin(self, device: str, item: Item) -> None:
        accepted = item.status == "waived"
        episode = Episode(
            device=device,
            control=item.control,
            subject=item.subject,
            severity=item.severity,
            title=item.title,
            message=item.message,
            standing="waived" if accepted else "open",
            since=self.run.started,
            since_run=self.run.run_id,
            seen=self.run.finished,
        )
        self.of_device[device][item.control, item.subject] = episode
        self.changes.append(ChangedFinding(change="waived" if accepted else "new", finding=episode))

    def _stand(self, episode: Episode, standing: Standing, change: FindingChange) -> None:
        now = replace(episode, standing=standing)
        self.of_device[episode.device][episode.control, episode.subject] = now
        if standing != episode.standing:
            self.changes.append(ChangedFinding(change=change, finding=now))

    def _end(self, change: FindingChange, episode: Episode) -> None:
        del self.of_device[episode.device][episode.control, episode.subject]
        self.changes.append(ChangedFinding(change=change, finding=episode))


# What it is called when a finding fails again, by how it stood.
_OPEN_AGAIN: dict[Standing, FindingChange] = {"undecided": "decided", "waived": "waiver_ended", "open": "new"}


def _by_others(judged: Status, items: Mapping[str, Item], subject: str) -> Status:
    """What a control says of a subject that has no outcome of its own.

    It may be one of several that passed alike ("7942G TLS, 7945G TLS"). Else, where some outcome is unknown, it may
    be the one that could not be told.
    """
    together = f", {subject}, "
    for item in items.values():
        if subject and item.status in ("pass", "skipped") and together in f", {item.subject}, ":
            return item.status
    if judged == "error" or any(item.status == "error" for item in items.values()):
        return "error"
    return "skipped" if judged == "skipped" else "pass"


def _renamed(missing: Iterable[DeviceRecord], fresh: Iterable[Seen]) -> list[tuple[str, str]]:
    """(old name, new name) of devices that call themselves the same, where there is one of each alone."""
    old: dict[tuple[str, str], list[str]] = defaultdict(list)
    new: dict[tuple[str, str], list[str]] = defaultdict(list)
    for record in missing:
        old[record.kind, record.hostname.casefold()].append(record.name)
    for seen in fresh:
        new[seen.kind, seen.hostname.casefold()].append(seen.name)
    return [(names[0], new[key][0]) for key, names in old.items() if key[1] and len(names) == 1 and len(new[key]) == 1]
