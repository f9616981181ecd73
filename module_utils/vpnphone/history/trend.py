"""From what a history holds to what it tells: what stands and why, what ends when. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..errors import BadInput
from ..model import Expiry
from ..model.history import DeviceRecord, Due, Episode, Still, Trend
from .calendar import order
from .store import MAX_LINES, Content

# Devices that are named at one certificate; the rest is a number.
MAX_PLACES = 4
_OPTION = "vpnphone_expiry_days"


def thresholds(values: Sequence[int]) -> tuple[int, ...]:
    """Days before an end, the largest first. BadInput where they make no sense."""
    if not 1 <= len(set(values)) <= 10 or not all(1 <= value <= 3650 for value in values):
        raise BadInput(
            f"{list(values)!a:.100} are no thresholds: one to ten numbers of days, each from 1 to 3650.",
            where=_OPTION,
            todo="For example [90, 30, 7].",
        )
    return tuple(sorted(set(values), reverse=True))


def trend(content: Content, days: Sequence[int], now: datetime) -> Trend:
    """What there is to tell of a run. days: see thresholds()."""
    run = content.run
    limits = thresholds(days)
    fresh = {
        (one.finding.device, one.finding.control, one.finding.subject) for one in content.changes if one.change == "new"
    }
    still = [_still(one, content.records, run.run_id) for one in content.open if _key(one) not in fresh]
    return Trend(
        site=run.site,
        run_id=run.run_id,
        started=run.started,
        runs=content.runs,
        first_run=content.first,
        previous_run=content.previous.run_id if content.previous else "",
        previous_started=content.previous.started if content.previous else None,
        left_out=run.left_out,
        totals=content.totals,
        changed=content.changed,
        changes=content.changes,
        devices=content.devices,
        still=tuple(still),
        waived=tuple(_still(one, content.records, run.run_id) for one in content.waived),
        unread=tuple(one for one in content.records.values() if one.unread_since is not None)[:MAX_LINES],
        drift=tuple(_still(one, content.records, run.run_id) for one in content.drift),
        calendar=due(content.expiry, limits, now)[:MAX_LINES],
        thresholds=limits,
        points=content.points,
    )


def _key(one: Episode) -> tuple[str, str, str]:
    return one.device, one.control, one.subject


def _still(one: Episode, records: dict[str, DeviceRecord], run_id: str) -> Still:
    """With the reason why the run says nothing of it."""
    record = records.get(one.device)
    why = ""
    if record is None or record.last_run != run_id:
        why = "the device was not in this run"
    elif record.unread_since is not None:
        why = "the device could not be read"
    elif one.control not in record.controls:
        why = "this run did not judge by this control"
    elif one.standing == "undecided":
        why = "UNKNOWN in this run"
    return Still(finding=one, why=why)


def due(entries: Iterable[Expiry], limits: Sequence[int], now: datetime) -> tuple[Due, ...]:
    """The calendar, the first to end first; the same certificate on several devices is one line."""
    groups: dict[object, list[Expiry]] = {}
    for entry in sorted(entries, key=order):
        # Without a serial number, and LSCs, nothing says that two are the same.
        alone = not entry.serial or entry.kind == "LSC"
        key = (entry.kind, entry.name, entry.serial, entry.ends, entry.device if alone else "")
        groups.setdefault(key, []).append(entry)
    return tuple(_due(group, limits, now) for group in groups.values())


def _due(group: list[Expiry], limits: Sequence[int], now: datetime) -> Due:
    first = group[0]
    left = first.ends - now
    names = tuple(dict.fromkeys(entry.device for entry in group))
    passed = [limit for limit in limits if left <= timedelta(days=limit)]
    within = 0 if left < timedelta() else min(passed, default=None)
    return Due(entry=first, days=left.days, within=within, places=names[:MAX_PLACES], number=len(names))
