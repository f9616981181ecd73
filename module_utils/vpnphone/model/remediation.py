"""What a remediation run leaves as evidence: the content of remediation.json."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from .base import Model
from .plan import Area, Sent, Standing, Step
from .verdict import Failure, Severity, Status

REMEDIATION_SCHEMA_VERSION = "1.0"
# Those of a Change, and four of a device that no change was made for.
DeviceOutcome = Literal[
    "nothing_to_do",
    "planned",
    "applied",
    "rolled_back",
    "partial",
    "unknown",
    "refused",  # one clear error before anything was changed
    "unreachable",  # nothing could be read, nothing was changed
    "untouched",  # an earlier device failed, so the run ended before this one
    "no_profile",  # the inventory desires nothing of it
]


class ControlChange(Model, frozen=True, kw_only=True):
    """A control whose verdict is another one after the change."""

    control: str
    title: str
    severity: Severity
    before: Status
    after: Status


class LeftToDo(Model, frozen=True, kw_only=True):
    """What a person must do, with the exact steps in their order: commands, and sentences where one must decide.

    source  manual (the plan never does it), approval (the plan does it once its variable is set), finding (a control
            that the profile does not concern)
    """

    source: Literal["manual", "approval", "finding"]
    what: str
    why: str = ""
    steps: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    severity: Severity | None = None
    # FAIL or UNKNOWN of a finding.
    status: Literal["fail", "error"] | None = None


class Remedied(Model, frozen=True, kw_only=True):
    """One device of the run.

    plan         steps in their order, each with its inverse; sent: what really went to the device, with its answers
    approved     areas of the plan that an approval lets it send
    saved        True `write memory` said [OK]; False not saved (save_note says why); None nothing to save
    counts       findings by status, before and after; empty where nothing was judged
    """

    name: str
    outcome: DeviceOutcome
    failure: Failure | None = None
    release: str = ""
    hostname: str = ""
    plan_hash: str = ""
    plan: tuple[Step, ...] = ()
    approved: tuple[Area, ...] = ()
    sent: tuple[Sent, ...] = ()
    standing: tuple[Standing, ...] = ()
    saved: bool | None = None
    save_note: str = ""
    backups: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    counts_before: dict[str, int] = field(default_factory=dict)
    counts_after: dict[str, int] = field(default_factory=dict)
    # From fail or UNKNOWN to pass; and what was not wrong before and is so now.
    fixed: tuple[ControlChange, ...] = ()
    worse: tuple[ControlChange, ...] = ()
    left: tuple[LeftToDo, ...] = ()
    # Files of the run that hold the whole: the change, the running configuration before and after, dap.xml.
    files: tuple[str, ...] = ()


class Remediation(Model, frozen=True, kw_only=True):
    """One remediation run: the content of remediation.json, from which remediation.md is made."""

    schema_version: str = REMEDIATION_SCHEMA_VERSION
    tool_version: str
    run_id: str
    site: str
    started: datetime
    finished: datetime
    # Nothing was to be sent: plans only.
    check: bool
    # 0 applied, planned or nothing to do; 2 failed, refused or partly done; 4 a device could not be reached.
    exit_code: Literal[0, 2, 4]
    counts: dict[str, int]
    devices: tuple[Remedied, ...]
