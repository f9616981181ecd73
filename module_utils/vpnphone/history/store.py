"""What a history keeps of runs, and how it is read back. Text of devices reaches SQL as a parameter, never as SQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from ..errors import BadInput
from ..model import SEVERITY_ORDER, Expiry
from ..model.history import ChangedDevice, ChangedFinding, DeviceRecord, Episode, Point, Snapshot
from .compare import Known, compare, key_of
from .database import reading, writing

T = TypeVar("T")
# Newest runs in the drawing; lines of each list. Totals are always whole.
MAX_POINTS = 60
MAX_LINES = 500
# Standings of findings on devices that the inventory still has.
_HERE = "NOT EXISTS (SELECT 1 FROM devices d WHERE d.site = f.site AND d.name = f.device AND d.gone)"
_BY_SEVERITY = "CASE f.severity " + " ".join(f"WHEN '{one}' THEN {n}" for n, one in enumerate(SEVERITY_ORDER)) + " END"


class Pruned(NamedTuple):
    """How much was deleted: runs, devices that are gone or were not seen for so long, and their open findings."""

    runs: int = 0
    devices: int = 0
    findings: int = 0


class Recorded(NamedTuple):
    """new: False where the history had this run already. late: devices of which a newer run told already."""

    new: bool
    late: tuple[str, ...]
    pruned: Pruned
    record: RunRecord


class RunRecord(NamedTuple):
    """One row of runs."""

    number: int
    site: str
    run_id: str
    started: datetime
    finished: datetime
    left_out: int | None
    phones: dict[str, int]
    point: Point


class Content(NamedTuple):
    """All that a trend is made of: a run, and what stands of its site. Lists are cut to MAX_LINES, numbers are not.

    totals: findings by how they stand; changed: changes of the run by their kind; by_severity: findings by severity
    and standing; oldest: since when the oldest open one of a severity is; records: devices of the inventory.
    """

    run: RunRecord
    previous: RunRecord | None
    runs: int
    first: datetime
    totals: dict[str, int]
    changed: dict[str, int]
    by_severity: dict[tuple[str, str], int]
    oldest: dict[str, datetime]
    changes: tuple[ChangedFinding, ...]
    devices: tuple[ChangedDevice, ...]
    open: tuple[Episode, ...]
    waived: tuple[Episode, ...]
    drift: tuple[Episode, ...]
    records: dict[str, DeviceRecord]
    expiry: tuple[Expiry, ...]
    points: tuple[Point, ...]


def record(path: Path, run: Snapshot, *, keep_days: int = 0) -> Recorded:
    """Take a run in; once: the same site, id and start is the same run. keep_days 0 prunes nothing.

    BadInput where the file cannot be had, is not ours or is damaged; nothing of the run is in it then.
    """
    with writing(path) as database:
        known = _run_of(database, run.site, run.run_id, run.started)
        if known is not None:
            return Recorded(False, (), Pruned(), known)
        late = _take_in(database, run)
        made = _run_of(database, run.site, run.run_id, run.started)
        if made is None:
            raise sqlite3.DatabaseError("a run that was written cannot be read back")
        pruned = _prune(database, run.finished - timedelta(days=keep_days)) if keep_days else Pruned()
        return Recorded(True, late, pruned, made)


def prune(path: Path, before: datetime, *, pretend: bool = False) -> Pruned:
    """Delete runs that ended before that, but the newest of each site; and devices that were last seen before it."""
    with writing(path) as database:
        database.execute("SAVEPOINT pruning")
        pruned = _prune(database, before)
        if pretend:
            database.execute("ROLLBACK TO pruning")
        return pruned


def sites(path: Path) -> tuple[str, ...]:
    """The sites of a history, the one with the newest run first."""
    with reading(path) as database:
        return _sites(database)


def content(path: Path, site: str = "", number: int = 0) -> Content:
    """What there is to tell of a run (else of the newest one) of a site (else of the site with the newest run)."""
    with reading(path) as database:
        found = _sites(database)
        if not found or (site and site not in found):
            raise BadInput(
                f"no run of site {site!a} is recorded; there is {', '.join(map(ascii, found[:20])) or 'none'}.",
                where=str(path),
                todo="Name one of these in vpnphone_site, or run its audit first.",
                code="history_missing",
            )
        return _content(database, site or found[0], number)


# --- in -----------------------------------------------------------------------------------------------------------


def _take_in(database: sqlite3.Connection, run: Snapshot) -> tuple[str, ...]:
    known = _known(database, run)
    after = compare(known, run)
    site = run.site
    old = set(known.episodes) - set(after.known.episodes)
    database.executemany(
        "DELETE FROM findings WHERE site = ? AND device = ? AND control = ? AND subject = ?", [(site, *k) for k in old]
    )
    database.executemany(
        "INSERT OR REPLACE INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (site, *key_of(one), one.severity, one.standing, _stamp(one.since), msgspec.json.encode(one))
            for key, one in after.known.episodes.items()
            if known.episodes.get(key) != one
        ],
    )
    for name in set(known.devices) - set(after.known.devices):
        database.execute("DELETE FROM devices WHERE site = ? AND name = ?", (site, name))
        database.execute("DELETE FROM expiry WHERE site = ? AND device = ?", (site, name))
    database.executemany(
        "INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?, ?)",
        [
            (site, name, _stamp(one.last), one.gone_since is not None, msgspec.json.encode(one))
            for name, one in after.known.devices.items()
            if known.devices.get(name) != one
        ],
    )
    _take_expiry(database, run, {seen.name for seen in run.devices if seen.read} - set(after.late))
    _take_run(database, run, after.changes, after.devices)
    return after.late


def _take_expiry(database: sqlite3.Connection, run: Snapshot, read: set[str]) -> None:
    """The calendar of what was read now in place of what it told before."""
    database.executemany("DELETE FROM expiry WHERE site = ? AND device = ?", [(run.site, name) for name in read])
    database.executemany(
        "INSERT INTO expiry VALUES (?, ?, ?, ?)",
        [
            (run.site, entry.device, place, msgspec.json.encode(entry))
            for place, entry in enumerate(run.expiry)
            if entry.device in read
        ],
    )


def _take_run(
    database: sqlite3.Connection,
    run: Snapshot,
    changes: Iterable[ChangedFinding],
    devices: Iterable[ChangedDevice],
) -> None:
    findings = list(changes)
    kinds = [one.change for one in findings]
    stands = _totals(database, run.site)
    left_out = len(set(run.inventory) - {seen.name for seen in run.devices}) if run.inventory else None
    number = database.execute(
        "INSERT INTO runs VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            run.site, run.run_id, _stamp(run.started), _stamp(run.finished), run.exit_code, len(run.devices), left_out,
            msgspec.json.encode(run.phones), *(stands.get(name, 0) for name in ("open", "undecided", "waived")),
            kinds.count("new"), kinds.count("fixed"),
        ),
    ).lastrowid  # fmt: skip
    rows: list[tuple[int, str, ChangedFinding | ChangedDevice]] = [
        *((1, one.change, one) for one in devices),
        *((0, one.change, one) for one in findings),
    ]
    database.executemany(
        "INSERT INTO changes VALUES (?, ?, ?, ?, ?)",
        [
            (number, place, device, change, msgspec.json.encode(what))
            for place, (device, change, what) in enumerate(rows)
        ],
    )


def _known(database: sqlite3.Connection, run: Snapshot) -> Known:
    """All devices of the site, and the findings of those that the run can say anything of."""
    records = _records(database, run.site)
    concerned = {seen.name for seen in run.devices}
    if run.inventory:
        concerned |= records.keys() - set(run.inventory)
    episodes = {
        key_of(one): one
        for name in concerned
        for one in _decoded(
            database.execute("SELECT what FROM findings WHERE site = ? AND device = ?", (run.site, name)), Episode
        )
    }
    return Known(episodes, records)


def _prune(database: sqlite3.Connection, before: datetime) -> Pruned:
    limit = _stamp(before)
    runs = database.execute(
        "DELETE FROM runs WHERE finished < ? AND number NOT IN (SELECT max(number) FROM runs GROUP BY site)", (limit,)
    ).rowcount
    old = database.execute("SELECT site, name FROM devices WHERE last < ?", (limit,)).fetchall()
    findings = 0
    for device in old:
        findings += database.execute("DELETE FROM findings WHERE site = ? AND device = ?", device).rowcount
        database.execute("DELETE FROM expiry WHERE site = ? AND device = ?", device)
        database.execute("DELETE FROM devices WHERE site = ? AND name = ?", device)
    return Pruned(runs, len(old), findings)


# --- out ----------------------------------------------------------------------------------------------------------


def _content(database: sqlite3.Connection, site: str, number: int) -> Content:
    run = _row(database, "site = ? AND number = ?", (site, number)) if number else _row(database, "site = ?", (site,))
    if run is None:
        raise BadInput("that run is not in the history any more.", todo="Name a newer one.", code="history_missing")
    runs, first = database.execute(
        "SELECT count(*), min(started) FROM runs WHERE site = ? AND number <= ?", (site, run.number)
    ).fetchone()
    changes = database.execute(
        "SELECT what FROM changes WHERE run = ? AND device = 0 ORDER BY place LIMIT ?", (run.number, MAX_LINES)
    )
    devices = database.execute(
        "SELECT what FROM changes WHERE run = ? AND device = 1 ORDER BY place LIMIT ?", (run.number, MAX_LINES)
    )
    told = database.execute("SELECT change, count(*) FROM changes WHERE run = ? GROUP BY change", (run.number,))
    severities = database.execute(
        f"SELECT severity, standing, count(*), min(since) FROM findings f WHERE site = ? AND {_HERE}"  # noqa: S608
        " GROUP BY severity, standing",
        (site,),
    ).fetchall()
    records = {name: one for name, one in _records(database, site).items() if one.gone_since is None}
    expiry = [
        entry
        for entry in _decoded(database.execute("SELECT what FROM expiry WHERE site = ?", (site,)), Expiry)
        if entry.device in records
    ]
    return Content(
        run=run,
        previous=_row(database, "site = ? AND number < ?", (site, run.number)),
        runs=runs,
        first=_time(first),
        totals=_totals(database, site),
        changed=dict(told.fetchall()),
        by_severity={(severity, standing): count for severity, standing, count, _ in severities},
        oldest={severity: _time(since) for severity, standing, _, since in severities if standing == "open"},
        changes=_decoded(changes, ChangedFinding),
        devices=_decoded(devices, ChangedDevice),
        open=_standing(database, site, "f.standing <> 'waived'"),
        waived=_standing(database, site, "f.standing = 'waived'"),
        drift=_standing(database, site, "f.control = 'VPNP-119' AND f.standing <> 'waived'"),
        records=records,
        expiry=tuple(expiry),
        points=_points(database, site, run.number),
    )


def _standing(database: sqlite3.Connection, site: str, which: str) -> tuple[Episode, ...]:
    """Findings that stand, the most severe first, of those the oldest."""
    return _decoded(
        database.execute(
            f"SELECT f.what FROM findings f WHERE f.site = ? AND {which} AND {_HERE}"  # noqa: S608 - words of ours
            f" ORDER BY {_BY_SEVERITY}, f.since, f.device, f.control, f.subject LIMIT ?",
            (site, MAX_LINES),
        ),
        Episode,
    )


def _points(database: sqlite3.Connection, site: str, number: int) -> tuple[Point, ...]:
    rows = database.execute(
        "SELECT * FROM runs WHERE site = ? AND number <= ? ORDER BY number DESC LIMIT ?", (site, number, MAX_POINTS)
    )
    return tuple(_record(row).point for row in reversed(rows.fetchall()))


def _totals(database: sqlite3.Connection, site: str) -> dict[str, int]:
    """How many findings stand how, on devices that the inventory has."""
    rows = database.execute(
        f"SELECT standing, count(*) FROM findings f WHERE site = ? AND {_HERE} GROUP BY standing",  # noqa: S608
        (site,),
    )
    return {"open": 0, "undecided": 0, "waived": 0} | {f"{name}": count for name, count in rows}


def _records(database: sqlite3.Connection, site: str) -> dict[str, DeviceRecord]:
    rows = database.execute("SELECT what FROM devices WHERE site = ? ORDER BY name", (site,))
    return {one.name: one for one in _decoded(rows, DeviceRecord)}


def _sites(database: sqlite3.Connection) -> tuple[str, ...]:
    rows = database.execute("SELECT site FROM runs GROUP BY site ORDER BY max(number) DESC")
    return tuple(site for (site,) in rows)


def _run_of(database: sqlite3.Connection, site: str, run_id: str, started: datetime) -> RunRecord | None:
    return _row(database, "site = ? AND run_id = ? AND started = ?", (site, run_id, _stamp(started)))


def _row(database: sqlite3.Connection, which: str, values: tuple[Any, ...]) -> RunRecord | None:
    """The newest run of which that holds."""
    query = f"SELECT * FROM runs WHERE {which} ORDER BY number DESC LIMIT 1"  # noqa: S608 - words of ours
    row = database.execute(query, values).fetchone()
    return _record(row) if row else None


def _record(row: tuple[Any, ...]) -> RunRecord:
    number, site, run_id, started, finished, exit_code, devices, left_out, phones, *numbers = row
    stands, undecided, waived, new, fixed = numbers
    begun = _time(started)
    point = Point(
        run_id=run_id, started=begun, exit_code=exit_code, devices=devices, open=stands, undecided=undecided,
        waived=waived, new=new, fixed=fixed,
    )  # fmt: skip
    return RunRecord(
        number, site, run_id, begun, _time(finished), left_out, msgspec.json.decode(phones, type=dict[str, int]), point
    )


def _decoded(rows: Iterable[tuple[bytes]], kind: type[T]) -> tuple[T, ...]:
    decoder = msgspec.json.Decoder(kind)
    return tuple(decoder.decode(what) for (what,) in rows)


def _stamp(moment: datetime) -> str:
    """UTC, ISO 8601, always of one width: so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _time(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise sqlite3.DatabaseError("a time in it is none") from error
