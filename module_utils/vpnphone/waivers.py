"""Recorded risk acceptances: are they whole, which finding do they cover, and since when no more."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from fnmatch import fnmatchcase

import msgspec

from .errors import BadInput
from .model import Finding, Outcome, Waiver, worst_status

# What a waiver covers: a finding that says no, and one that could not say.
WAIVABLE = ("fail", "error")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def last_day(waiver: Waiver) -> date | None:
    """The last good day; None where `expires` is no date YYYY-MM-DD."""
    if not _DATE.fullmatch(waiver.expires):
        return None
    try:
        return date.fromisoformat(waiver.expires)
    except ValueError:
        return None


def described(waiver: Waiver) -> str:
    """A waiver in a few words, for messages."""
    return f"waiver of {waiver.control} for device {waiver.device}, subject {waiver.subject}"


def check(waivers: Iterable[Waiver], known: Collection[str], nearest: Callable[[str, Iterable[str]], str]) -> None:
    """BadInput for the first waiver that nobody signed, that says no reason or date, or names no control.

    nearest(entry, known) says what an unknown control may have meant.
    """
    for waiver in waivers:
        wrong = ""
        todo = "Correct vpnphone_waivers: control, reason, approved_by, expires (the last good day)."
        if waiver.control not in known:
            todo = nearest(waiver.control, known)
            wrong = f"there is no control {waiver.control!r}"
        elif not waiver.approved_by.strip():
            wrong = "approved_by is empty"
        elif not waiver.reason.strip():
            wrong = "reason is empty"
        elif last_day(waiver) is None:
            wrong = f"expires is no date YYYY-MM-DD: {waiver.expires!r}"
        if wrong:
            raise BadInput(f"a waiver cannot be used: {wrong}.", where=described(waiver), todo=todo)


def covers(waiver: Waiver, finding: Finding, outcome: Outcome) -> bool:
    """The waiver is about this outcome (expired or not). A fault of the tool cannot be waived."""
    return (
        not finding.fault
        and waiver.control == finding.control
        and fnmatchcase(finding.device, waiver.device)
        and fnmatchcase(outcome.subject, waiver.subject)
    )


def apply(finding: Finding, waivers: tuple[Waiver, ...], today: date) -> Finding:
    """The finding with its covered outcomes waived, or failed where the waiver has expired; status rolled up anew."""
    outcomes: list[Outcome] = []
    used: list[Waiver] = []
    for outcome in finding.outcomes:
        matching = [w for w in waivers if outcome.status in WAIVABLE and covers(w, finding, outcome)]
        good = next((w for w in matching if (last_day(w) or date.min) >= today), None)
        if good:
            used.insert(0, good)
            note = f"waived by {good.approved_by} until {good.expires}: {good.reason}"
            outcomes.append(msgspec.structs.replace(outcome, status="waived", message=f"{outcome.message} ({note})"))
        elif matching:
            old = max(matching, key=lambda w: w.expires)
            used.append(old)
            note = f"the waiver by {old.approved_by} expired after {old.expires}"
            outcomes.append(msgspec.structs.replace(outcome, status="fail", message=f"{outcome.message} ({note})"))
        else:
            outcomes.append(outcome)
    if not used:
        return finding
    status = worst_status([outcome.status for outcome in outcomes])
    return msgspec.structs.replace(finding, outcomes=tuple(outcomes), status=status, waiver=used[0])


def unused(waivers: Iterable[Waiver], findings: Collection[Finding]) -> tuple[Waiver, ...]:
    """The waivers that no outcome needs: nothing to waive, or patterns that match nothing. After apply()."""
    return tuple(
        waiver
        for waiver in waivers
        if not any(
            outcome.status in (*WAIVABLE, "waived") and covers(waiver, finding, outcome)
            for finding in findings
            if finding.control == waiver.control
            for outcome in finding.outcomes
        )
    )
