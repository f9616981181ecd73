"""What was judged: Outcome, Finding, DeviceResult, Run, and the words of a verdict with their order."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from .base import Model
from .expiry import Expiry
from .prediction import Prediction
from .state import Source, UnparsedLine

Status = Literal["pass", "fail", "error", "skipped", "waived"]
Severity = Literal["critical", "high", "medium", "low", "info"]

SCHEMA_VERSION = "1.2"
# Worst first: the total order of every roll-up.
STATUS_ORDER: tuple[Status, ...] = ("error", "fail", "waived", "pass", "skipped")
SEVERITY_ORDER: tuple[Severity, ...] = ("critical", "high", "medium", "low", "info")


class Evidence(Model, frozen=True, kw_only=True):
    """The command and the lines of its answer that a verdict rests on."""

    command: str
    lines: tuple[str, ...] = ()


class Outcome(Model, frozen=True, kw_only=True):
    """The verdict of one control on one subject (a tunnel-group, an interface, a trustpoint; "" the device)."""

    status: Status
    message: str
    subject: str = ""
    expected: str = ""
    actual: str = ""
    evidence: tuple[Evidence, ...] = ()
    # What to do, in order: exact commands with the user's own names, or a sentence where a person must act.
    fix: tuple[str, ...] = ()


class Waiver(Model, frozen=True, kw_only=True):
    """A recorded risk acceptance. device and subject are shell patterns; expires is the last good day (YYYY-MM-DD)."""

    control: str
    reason: str
    approved_by: str
    expires: str
    device: str = "*"
    subject: str = "*"


class Finding(Model, frozen=True, kw_only=True):
    """What one control says of one device; status is the roll-up of its outcomes."""

    device: str
    control: str
    title: str
    severity: Severity
    status: Status
    # F-numbers of the inventory and the section of Cisco document 116162 the control comes from.
    features: tuple[str, ...] = ()
    section: str = ""
    outcomes: tuple[Outcome, ...] = ()
    waiver: Waiver | None = None
    # Class of the exception where the control itself broke (a fault of the tool); such a finding cannot be waived.
    fault: str = ""


class Profile(Model, frozen=True, kw_only=True):
    """A tunnel-group taken for the phones' one, and how sure that is.

    confidence: given (by the site's parameters), sessions (phones are connected through it), likely (its own lines
    point to phones), guess (a name only).
    """

    tunnel_group: str
    confidence: Literal["given", "sessions", "likely", "guess"]
    reason: str


class Failure(Model, frozen=True, kw_only=True):
    """Why nothing could be learned of a device."""

    code: str
    what: str
    todo: str = ""
    unreachable: bool = False


class DeviceResult(Model, frozen=True, kw_only=True):
    """One device of a run: an ASA, or a CUCM cluster with its phones (kind cucm; release is CUCM's version)."""

    name: str
    status: Status
    kind: Literal["asa", "cucm"] = "asa"
    release: str = ""
    hostname: str = ""
    origin: Literal["live", "saved", "none"] = "none"
    gathered_at: datetime | None = None
    failure: Failure | None = None
    profiles: tuple[Profile, ...] = ()
    sources: dict[str, Source] = field(default_factory=dict)
    unparsed: tuple[UnparsedLine, ...] = ()
    findings: tuple[Finding, ...] = ()


class Run(Model, frozen=True, kw_only=True):
    """One audit: the content of run.json, from which every report is made."""

    schema_version: str = SCHEMA_VERSION
    tool_version: str
    run_id: str
    site: str
    started: datetime
    finished: datetime
    # 0 all good, 2 findings, 3 could not decide or reach, 1 a fault of the tool.
    exit_code: Literal[0, 1, 2, 3]
    status: Status
    counts: dict[str, int]
    devices: tuple[DeviceResult, ...]
    # What a reader should know of the run itself, e.g. a waiver that matched nothing.
    notes: tuple[str, ...] = ()
    # Whether each phone connects, at each moment; empty where no cluster was audited.
    predictions: tuple[Prediction, ...] = ()
    # The change that the predictions of the moment "change" are about, as it was asked for; "" without one.
    what_if: str = ""
    # What ends when, the first to end first: see history/calendar.py.
    expiry: tuple[Expiry, ...] = ()


def worst_status(statuses: list[Status] | tuple[Status, ...]) -> Status:
    """Roll up: error > fail > waived > pass > skipped; nothing at all is skipped."""
    return min(statuses, key=STATUS_ORDER.index, default="skipped")
