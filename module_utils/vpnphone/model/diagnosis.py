"""What the log doctor read, how lines of both sides belong together, and the cause it found."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from .base import Model

Side = Literal["asa", "debug", "phone", "status"]
# certain: the lines prove it. likely: they fit it best, something is not proven. indicated: one sign among others.
Confidence = Literal["certain", "likely", "indicated"]
CONFIDENCE_ORDER: tuple[Confidence, ...] = ("certain", "likely", "indicated")


class LogSource(Model, frozen=True, kw_only=True):
    """One file (or the part of one) as it was read. device: ASA or phone (SEP<MAC>), "" where nothing says so.

    lines and size (bytes) count everything; recognised: lines that a signature knows; foreign: lines of no form that
    is known here. forms: grammars that were met ("rfc3164", "show logging", "stamped", "unstamped", ...).
    cut: why not everything of it was used, "" where it was.
    """

    name: str
    side: Side | None
    device: str = ""
    lines: int = 0
    size: int = 0
    recognised: int = 0
    foreign: int = 0
    forms: tuple[str, ...] = ()
    cut: str = ""


class LogEvent(Model, frozen=True, kw_only=True):
    """One message that a signature knows, unwrapped.

    signature: its id. source, line: the file and the number of its first line (from 1). order: place among the events
    of its side and device, oldest first, as far as the log tells. at: date and time by that side's own clock, without
    a zone; seconds: time of day by the same clock; None where the line has none. number: ASA message number or the
    phone's own line number. text: bounded and printable. fields: what the signature took out of it. after_gap: by the
    phone's numbers, lines are missing between the last known one and this.
    """

    signature: str
    side: Side
    source: str
    line: int
    order: int
    text: str
    device: str = ""
    at: datetime | None = None
    seconds: float | None = None
    number: str = ""
    level: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    after_gap: bool = False


class Attempt(Model, frozen=True, kw_only=True):
    """One try to connect, as one side tells it. events: indexes into Diagnosis.events, in order.

    key: "<interface>:<address>/<port>" on an ASA, "" on a phone. phone: SEP<MAC> where it is known, by: how.
    offered, supported: cipher lists, reassembled. whole: nothing of another attempt lay between its lines, so that what
    has no address of its own (cipher lists, library errors) is certainly its own.
    """

    side: Side
    device: str
    events: tuple[int, ...]
    key: str = ""
    user: str = ""
    phone: str = ""
    by: str = ""
    outcome: Literal["connected", "failed", "unknown"] = "unknown"
    offered: tuple[str, ...] = ()
    supported: tuple[str, ...] = ()
    chosen: str = ""
    leaf: str = ""
    whole: bool = True


class Pair(Model, frozen=True, kw_only=True):
    """Attempts (indexes) of an ASA and of a phone that are one. offset: phone's clock minus ASA's, in seconds."""

    asa: int
    phone: int
    reasons: tuple[str, ...]
    offset: float | None = None
    certain: bool = False


class ClockOffset(Model, frozen=True, kw_only=True):
    """phone's clock minus the ASA's (seconds), from so many pairs; spread: between the farthest of them."""

    phone: str
    asa: str
    seconds: float
    pairs: int
    spread: float


class Cause(Model, frozen=True, kw_only=True):
    """Why phones do not connect. id, title, meaning: of diagnose/causes.py. phone: SEP<MAC>, "" where it is not told.

    evidence and against are indexes into Diagnosis.events: lines that show it, lines that speak against it.
    doubts: why it is not certain, in sentences. confirm: what would settle it. next_steps: exact commands or what a
    person does, in order. facts: what was taken from the lines or the site's state ("leaf certificate": "...").
    sources: F-numbers. controls: ids of the audit that look at the same thing. past: it was so until a later line (in
    against).
    """

    id: str
    title: str
    confidence: Confidence
    meaning: str = ""
    phone: str = ""
    asa: str = ""
    user: str = ""
    evidence: tuple[int, ...] = ()
    against: tuple[int, ...] = ()
    doubts: tuple[str, ...] = ()
    confirm: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    controls: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    count: int = 1
    past: bool = False


class PhoneStory(Model, frozen=True, kw_only=True):
    """What the logs say of one phone: how it stands at their end."""

    phone: str
    last: Literal["connected", "failed", "unknown"]
    attempts: int
    failed: int
    asas: tuple[str, ...] = ()


class Diagnosis(Model, frozen=True, kw_only=True):
    """verdict: cause (at least one stands), healthy (phones connected, nothing wrong), nothing (no line was known).

    open: known lines that neither tell of a failure nor of a session. Events are ordered as on one clock (the ASA's).
    notes: what a reader must know of the input (files cut, clocks, what was left out).
    """

    verdict: Literal["cause", "healthy", "open", "nothing"]
    causes: tuple[Cause, ...] = ()
    sources: tuple[LogSource, ...] = ()
    events: tuple[LogEvent, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    pairs: tuple[Pair, ...] = ()
    offsets: tuple[ClockOffset, ...] = ()
    phones: tuple[PhoneStory, ...] = ()
    notes: tuple[str, ...] = ()
    created: datetime | None = None
    schema: str = "1.0"
