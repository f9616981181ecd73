"""What a history keeps of runs (Snapshot in, Episode and DeviceRecord kept) and what it tells of them (Trend)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from .base import Model
from .expiry import Expiry
from .verdict import Failure, Severity, Status

TREND_SCHEMA_VERSION = "1.0"
# open: it failed when it was judged last; undecided: it failed, and since then it was UNKNOWN; waived: accepted.
Standing = Literal["open", "undecided", "waived"]
# waiver_ended: it is open again, without its waiver. gone: the rule does not concern the device any more.
FindingChange = Literal["new", "fixed", "gone", "waived", "waiver_ended", "undecided", "decided"]
DeviceChange = Literal["first_seen", "renamed", "vanished", "returned", "unread", "read_again"]


# --- in -----------------------------------------------------------------------------------------------------------


class Item(Model, frozen=True, kw_only=True):
    """One outcome that says more than that all is well: it failed, is unknown or waived.

    Where one outcome of a control is unknown its passed and skipped ones are here too: without them nobody could tell
    whether the other subjects were looked at.
    """

    control: str
    subject: str
    status: Status
    severity: Severity
    title: str
    message: str = ""


class Seen(Model, frozen=True, kw_only=True):
    """One device of a run. read: something was learned of it. controls: those that judged it, by their status."""

    name: str
    kind: Literal["asa", "cucm"]
    read: bool
    status: Status
    hostname: str = ""
    failure: str = ""
    controls: dict[str, Status] = field(default_factory=dict)
    items: tuple[Item, ...] = ()


class Snapshot(Model, frozen=True, kw_only=True):
    """What a history takes of a run.

    inventory: every device that the inventory has, also those that --limit left out; () where that is not known.
    catalogue: every control that there is; () where that is not known.
    phones: phones by their verdict now (CONNECTS, LOCKED OUT, UNKNOWN); empty where none was predicted.
    """

    site: str
    run_id: str
    started: datetime
    finished: datetime
    exit_code: int
    devices: tuple[Seen, ...]
    inventory: tuple[str, ...] = ()
    catalogue: tuple[str, ...] = ()
    phones: dict[str, int] = field(default_factory=dict)
    expiry: tuple[Expiry, ...] = ()


# --- kept ---------------------------------------------------------------------------------------------------------


class Episode(Model, frozen=True, kw_only=True):
    """A finding from the run that first saw it on; a finding is device, control and subject.

    since: start of that run. seen: end of the last run that saw it fail or waived. message: what it said then.
    """

    device: str
    control: str
    subject: str
    severity: Severity
    title: str
    message: str
    standing: Standing
    since: datetime
    since_run: str
    seen: datetime


class DeviceRecord(Model, frozen=True, kw_only=True):
    """A device of a site. last: end of the newest run that had it; older runs say nothing new of it.

    unread_since: start of the first run of those, up to the last one, that could not read it. gone_since: end of the
    run whose inventory did not have it any more.
    """

    name: str
    kind: Literal["asa", "cucm"]
    status: Status
    first: datetime
    last: datetime
    last_run: str
    hostname: str = ""
    failure: str = ""
    controls: tuple[str, ...] = ()
    unread_since: datetime | None = None
    gone_since: datetime | None = None


# --- told ---------------------------------------------------------------------------------------------------------


class ChangedFinding(Model, frozen=True, kw_only=True):
    """What became of a finding in one run."""

    change: FindingChange
    finding: Episode


class ChangedDevice(Model, frozen=True, kw_only=True):
    """What became of a device in one run. was: its former name. findings: how many of its findings that concerns."""

    change: DeviceChange
    name: str
    was: str = ""
    findings: int = 0
    since: datetime | None = None


class Still(Model, frozen=True, kw_only=True):
    """A finding that stands. why: why this run says nothing of it ("" where it does)."""

    finding: Episode
    why: str = ""


class Point(Model, frozen=True, kw_only=True):
    """A run in the drawing: what stood of the whole site after it, and what it changed."""

    run_id: str
    started: datetime
    exit_code: int
    devices: int
    open: int
    undecided: int
    waived: int
    new: int
    fixed: int


class Due(Model, frozen=True, kw_only=True):
    """A line of the calendar. places: the devices that told of the same certificate, the first ones by name.

    within: the smallest threshold in days that it falls under; 0 expired already, None later than all of them.
    """

    entry: Expiry
    days: int
    within: int | None
    places: tuple[str, ...]
    number: int


class Trend(Model, frozen=True, kw_only=True):
    """What changed with a run, against what was known before it, and what stands of its site.

    Lists are cut; totals (findings by how they stand) and changed (changes of the run by their kind) are whole.
    failure: why the run is not in the history; there is nothing else then.
    """

    schema_version: str = TREND_SCHEMA_VERSION
    site: str
    run_id: str
    started: datetime
    runs: int = 0
    first_run: datetime | None = None
    previous_run: str = ""
    previous_started: datetime | None = None
    # Devices of the inventory that were not in the run; None where the inventory is not known.
    left_out: int | None = None
    totals: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    changes: tuple[ChangedFinding, ...] = ()
    devices: tuple[ChangedDevice, ...] = ()
    still: tuple[Still, ...] = ()
    waived: tuple[Still, ...] = ()
    unread: tuple[DeviceRecord, ...] = ()
    drift: tuple[Still, ...] = ()
    calendar: tuple[Due, ...] = ()
    thresholds: tuple[int, ...] = ()
    points: tuple[Point, ...] = ()
    failure: Failure | None = None
