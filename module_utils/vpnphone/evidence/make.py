"""From what lies in a run's directory to its Remediation. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Literal

import msgspec

from .. import VERSION
from ..model import (
    NEEDS_APPROVAL,
    SEVERITY_ORDER,
    STATUS_ORDER,
    Area,
    ControlChange,
    DeviceOutcome,
    DeviceResult,
    Failure,
    Finding,
    LeftToDo,
    Plan,
    Remediation,
    Remedied,
    Status,
)
from ..redact import redact
from ..report.text import bare, clean, natural
from .read import Found

_BAD = ("fail", "error")
# Text of the device in a field of such a name; commands and steps are our own and stay as they are.
_DEVICE_TEXT = frozenset({"answer", "what", "todo", "warnings", "save_note", "why"})
_MAX_TEXT = 16_000
_MAX_REASONS = 3


def make_remediation(
    found: Iterable[Found], *, run_id: str, site: str, started: datetime, finished: datetime, check: bool
) -> Remediation:
    """Every text cleaned of control characters, texts of devices of secrets too; devices by name."""
    devices = [remedied(one) for one in sorted(found, key=lambda one: natural(one.told.name))]
    outcomes = Counter(device.outcome for device in devices)
    made = Remediation(
        tool_version=VERSION,
        run_id=run_id,
        site=site,
        started=started,
        finished=finished,
        check=check,
        exit_code=_exit_code(devices),
        counts=dict(sorted(outcomes.items())),
        devices=tuple(devices),
    )
    return msgspec.convert(_scrubbed(msgspec.to_builtins(made, builtin_types=(datetime,)), ""), Remediation)


def remedied(found: Found) -> Remedied:
    """One device."""
    told, change = found.told, found.change
    outcome, failure = _outcome(found), _failure(found)
    values: dict[str, Any] = {}
    if change is not None:
        values = {
            "plan_hash": change.plan.hash,
            "plan": change.plan.steps,
            "approved": _approved(change.plan),
            "sent": change.sent,
            "standing": change.standing,
            "saved": change.saved,
            "save_note": change.save_note,
            "backups": change.backups,
            "warnings": change.warnings,
        }
    now = found.after or found.before
    return Remedied(
        name=told.name,
        outcome=outcome,
        failure=failure,
        release=now.release if now else "",
        hostname=now.hostname if now else "",
        counts_before=_counts(found.before),
        counts_after=_counts(found.after),
        fixed=_changes(found, lambda before, after: before in _BAD and after == "pass"),
        worse=_changes(found, lambda before, after: before not in _BAD and after in _BAD),
        left=_left(outcome, change.plan if change else None, now),
        files=found.files,
        **values,
    )


def _outcome(found: Found) -> DeviceOutcome:
    told, change = found.told, found.change
    if told.course != "tried":
        return told.course
    if change is not None and change.outcome not in ("planned", "nothing_to_do"):
        return change.outcome
    if told.failure is not None:
        return "unreachable" if told.failure.unreachable else "refused"
    # A task that ended well has written its change; without one nothing is proven.
    return change.outcome if change is not None else "unknown"


def _failure(found: Found) -> Failure | None:
    """Of the task; else of the change itself; else that there is no record of it: silence is no good end."""
    told, change = found.told, found.change
    if told.failure is not None or told.course != "tried":
        return told.failure
    if change is None:
        return Failure(
            code="not_gathered",
            what="its task ended, and the run holds no record of the change.",
            todo="Look at the device itself and at the task's output.",
        )
    error = change.error
    return Failure(code=error["code"], what=error["what"], todo=error.get("todo", "")) if error else None


def _exit_code(devices: list[Remedied]) -> Literal[0, 2, 4]:
    """As ansible-playbook has it: a device that was not reached weighs more than one that failed."""
    if any(device.failure is not None and device.failure.unreachable for device in devices):
        return 4
    return 2 if any(device.failure is not None for device in devices) else 0


def _approved(plan: Plan) -> tuple[Area, ...]:
    areas: set[Area] = {step.area for step in plan.steps}
    if plan.dap_file is not None:
        areas.add("dap_xml")
    return tuple(area for area in NEEDS_APPROVAL if area in areas)


def _counts(device: DeviceResult | None) -> dict[str, int]:
    if device is None or device.failure is not None:
        return {}
    statuses = [finding.status for finding in device.findings]
    return {status: statuses.count(status) for status in STATUS_ORDER}


def _changes(found: Found, wanted: Callable[[Status, Status], bool]) -> tuple[ControlChange, ...]:
    if found.before is None or found.after is None:
        return ()
    old = {finding.control: finding for finding in found.before.findings}
    changes = [
        ControlChange(
            control=new.control,
            title=new.title,
            severity=new.severity,
            before=old[new.control].status,
            after=new.status,
        )
        for new in found.after.findings
        if new.control in old and wanted(old[new.control].status, new.status)
    ]
    return tuple(sorted(changes, key=lambda one: (SEVERITY_ORDER.index(one.severity), natural(one.control))))


def _left(outcome: DeviceOutcome, plan: Plan | None, now: DeviceResult | None) -> tuple[LeftToDo, ...]:
    """Approvals first, then what a plan never does, then findings that no step is for."""
    left: list[LeftToDo] = []
    covered: set[str] = set()
    if plan is not None:
        for area in plan.withheld:
            left.append(
                LeftToDo(
                    source="approval",
                    what=f"{area.area} is not approved, so its commands are withheld",
                    why=f"They concern {area.hits}." if area.hits else "",
                    steps=(
                        f"PERSON: Read the commands below; they are sent once {area.variable} is true for this host.",
                        *area.commands,
                    ),
                )
            )
        for manual in plan.manual:
            left.append(
                LeftToDo(
                    source="manual", what=manual.what, why=manual.why, steps=manual.steps, controls=manual.controls
                )
            )
            covered.update(manual.controls)
        if outcome == "planned":
            # What the plan is for is not yet green, and not a person's work either.
            covered.update(control for step in plan.steps for control in step.controls)
            covered.update(plan.dap_file.controls if plan.dap_file else ())
    findings = [item for item in now.findings if _open(item) and item.control not in covered] if now else []
    findings.sort(key=lambda item: (SEVERITY_ORDER.index(item.severity), natural(item.control)))
    return (*left, *(_finding(item) for item in findings))


def _open(finding: Finding) -> bool:
    return any(outcome.status in _BAD for outcome in finding.outcomes) or finding.status in _BAD


def _finding(finding: Finding) -> LeftToDo:
    outcomes = [outcome for outcome in finding.outcomes if outcome.status in _BAD]
    reasons = list(dict.fromkeys(bare(outcome.message) for outcome in outcomes))
    more = f"; and {len(reasons) - _MAX_REASONS} more" if len(reasons) > _MAX_REASONS else ""
    return LeftToDo(
        source="finding",
        what=f"{finding.control} {finding.title}",
        why="; ".join(reasons[:_MAX_REASONS]) + more,
        steps=tuple(dict.fromkeys(step for outcome in outcomes for step in outcome.fix)),
        controls=(finding.control,),
        severity=finding.severity,
        status="fail" if any(outcome.status == "fail" for outcome in outcomes) else "error",
    )


def _scrubbed(value: Any, field: str) -> Any:
    if isinstance(value, str):
        text = clean(value, _MAX_TEXT)
        return redact(text) if field in _DEVICE_TEXT else text
    if isinstance(value, dict):
        return {key: _scrubbed(item, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(item, field) for item in value]
    return value
