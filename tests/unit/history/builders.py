"""Self-made runs for the tests of the history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ansible.module_utils.vpnphone.model import (
    DeviceResult,
    Expiry,
    Failure,
    Finding,
    Outcome,
    Run,
    Status,
    worst_status,
)
from ansible.module_utils.vpnphone.model.history import Item, Seen, Snapshot

FIRST = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)
# One outcome: control, subject, status.
Said = tuple[str, str, Status]


def night(number: int) -> datetime:
    return FIRST + timedelta(days=number)


def item(control: str, subject: str, status: Status, **fields: Any) -> Item:
    defaults: dict[str, Any] = {"severity": "high", "title": f"title of {control}", "message": f"{status} {subject}"}
    return Item(control=control, subject=subject, status=status, **(defaults | fields))


def seen(name: str = "asa1", *said: Said, controls: tuple[str, ...] = ("C1", "C2"), **fields: Any) -> Seen:
    """A device that was read; what no outcome is given for passed."""
    statuses = {
        control: worst_status([status for which, _, status in said if which == control] or ["pass"])
        for control in controls
    }
    defaults: dict[str, Any] = {
        "kind": "asa",
        "read": True,
        "status": worst_status([*statuses.values()] or ["pass"]),
        "hostname": f"{name}-calls-itself",
        "controls": statuses,
        "items": tuple(item(*one) for one in said),
    }
    return Seen(name=name, **(defaults | fields))


def unread(name: str = "asa1", failure: str = "timeout_connect") -> Seen:
    return Seen(name=name, kind="asa", read=False, status="error", failure=failure)


def snapshot(number: int, *devices: Seen, **fields: Any) -> Snapshot:
    """The run of a night, of one minute."""
    defaults: dict[str, Any] = {
        "site": "Lab",
        "run_id": f"night-{number}",
        "started": night(number),
        "finished": night(number) + timedelta(minutes=1),
        "exit_code": 2,
        "devices": devices,
    }
    return Snapshot(**(defaults | fields))


def ending(days: int, **fields: Any) -> Expiry:
    """A certificate that ends so many days after the first night."""
    defaults: dict[str, Any] = {"kind": "leaf", "name": "vpn.example.com", "device": "asa1", "serial": "0a01"}
    return Expiry(ends=night(days), **(defaults | fields))


def run_of(number: int, *devices: DeviceResult, **fields: Any) -> Run:
    """A run as the audit writes it."""
    defaults: dict[str, Any] = {
        "tool_version": "0",
        "run_id": f"night-{number}",
        "site": "Lab",
        "started": night(number),
        "finished": night(number) + timedelta(minutes=1),
        "exit_code": 2,
        "status": "fail",
        "counts": {},
        "devices": devices,
    }
    return Run(**(defaults | fields))


def result(name: str = "asa1", *said: Said, failure: Failure | None = None, **fields: Any) -> DeviceResult:
    """A device as the audit judged it."""
    by_control: dict[str, list[Outcome]] = {}
    for control, subject, status in said:
        by_control.setdefault(control, []).append(
            Outcome(status=status, message=f"{status} {subject}", subject=subject)
        )
    findings = tuple(
        Finding(
            device=name,
            control=control,
            title=f"title of {control}",
            severity="high",
            status=worst_status([one.status for one in outcomes]),
            outcomes=tuple(outcomes),
        )
        for control, outcomes in by_control.items()
    )
    status: Status = "error" if failure else worst_status([finding.status for finding in findings])
    return DeviceResult(name=name, status=status, findings=findings, failure=failure, **fields)
