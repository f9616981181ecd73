"""How a stage writes its way into the journal: planned, begun, each action done, ended. Safe from several workers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..errors import VpnPhoneError
from ..model.renewal import Approval, Event, Journal, StageName, StagePlan, StageStatus, TargetStage
from .gates import check_gate, hashed, is_part, stage_token
from .journal import open_journal, operator_lock, update
from .stages import target_stage, with_target_stage

Change = Callable[[Journal], Journal]


def propose(
    directory: Path, plan: StagePlan, *, by: str, approval: str = "", check_mode: bool, at: datetime | None = None
) -> Journal:
    """Record what the stage would do to a target. The journal afterwards; stage_token() of it is what approves.

    Where an approval is given, the recorded plan is what it is measured by, and stays. An approved plan that was cut
    short stays too while it covers what is left; a planning run (check mode) replaces it where it does not.
    """
    plan, moment = hashed(plan), at or datetime.now(UTC)

    def change(journal: Journal) -> Journal:
        found = target_stage(journal, plan.stage, plan.target)
        if found.plan is not None:
            covered = found.status == "running" and is_part(plan, found.plan)
            if covered or (not check_mode and (approval or found.status == "running")):
                return journal
            if found.status == "planned" and found.plan.hash == plan.hash:
                return journal
        if found.status == "done" and not plan.actions:
            return journal
        return with_target_stage(journal, plan.stage, plan.target, TargetStage(status="planned", plan=plan, at=moment))

    with operator_lock(directory, plan.stage, by=by):
        return update(directory, change, by=by, at=moment)


def begin(directory: Path, plan: StagePlan, *, approval: str, by: str, at: datetime | None = None) -> tuple[str, ...]:
    """Open the gate and mark the target as running: ids of the actions that may be done now. ChangeRefused else.

    To be called with the operator's lock held.
    """
    moment = at or datetime.now(UTC)
    allowed: list[tuple[str, ...]] = []

    def change(journal: Journal) -> Journal:
        found = target_stage(journal, plan.stage, plan.target)
        allowed.append(check_gate(journal, plan.stage, plan.target, plan, approval, by))
        resumed = found.status == "running" and found.plan is not None
        if not resumed:
            found = TargetStage(status="running", plan=hashed(plan), at=moment)
        if allowed[-1] and not resumed:
            token = stage_token(journal, plan.stage)
            approved = Approval(stage=plan.stage, token=token, by=by, at=moment)
            known = any((one.stage, one.token, one.by) == (plan.stage, token, by) for one in journal.approvals)
            if not known:
                journal = msgspec.structs.replace(journal, approvals=(*journal.approvals, approved))
        word = "goes on" if resumed else "begins"
        event = Event(at=moment, by=by, stage=plan.stage, target=plan.target, what=f"{word}: {_counted(plan)}")
        journal = msgspec.structs.replace(journal, events=(*journal.events, event))
        return with_target_stage(journal, plan.stage, plan.target, found)

    update(directory, change, by=by, at=moment)
    return allowed[-1]


def acted(
    directory: Path,
    stage: StageName,
    target: str,
    action: str,
    *,
    by: str,
    change: Change | None = None,
    at: datetime | None = None,
) -> Journal:
    """An action is proven done. `change`: what else it makes of the journal, in the same write."""
    moment = at or datetime.now(UTC)

    def write(journal: Journal) -> Journal:
        journal = change(journal) if change is not None else journal
        found = target_stage(journal, stage, target)
        if action in found.done:
            return journal
        event = Event(at=moment, by=by, stage=stage, target=target, what=f"done: {action}")
        journal = msgspec.structs.replace(journal, events=(*journal.events, event))
        done = msgspec.structs.replace(found, done=(*found.done, action), at=moment)
        return with_target_stage(journal, stage, target, done)

    return update(directory, write, by=by, at=moment)


def end(
    directory: Path,
    stage: StageName,
    target: str,
    status: StageStatus,
    *,
    by: str,
    error: VpnPhoneError | None = None,
    change: Change | None = None,
    at: datetime | None = None,
) -> Journal:
    """The stage is done on this target, or ended otherwise; plan and what was done stay for the evidence."""
    moment = at or datetime.now(UTC)

    def write(journal: Journal) -> Journal:
        journal = change(journal) if change is not None else journal
        found = target_stage(journal, stage, target)
        ended = msgspec.structs.replace(found, status=status, error=error.as_dict() if error else {}, at=moment)
        word = status.replace("_", " ")
        what = f"{word}: {error.what} [{error.code}]" if error else word
        event = Event(at=moment, by=by, stage=stage, target=target, what=what)
        journal = msgspec.structs.replace(journal, events=(*journal.events, event))
        return with_target_stage(journal, stage, target, ended)

    return update(directory, write, by=by, at=moment)


def standing(directory: Path, stage: StageName, target: str) -> TargetStage:
    """How far the target is now."""
    return target_stage(open_journal(directory), stage, target)


def _counted(plan: StagePlan) -> str:
    return ", ".join(action.id for action in plan.actions) or "nothing is left to do"
