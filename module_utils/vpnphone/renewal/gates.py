"""The gates: a stage acts only on exactly what a person approved, and only in its turn. Pure.

A plan has a hash; a stage's token is over the plans of all its targets; an approval is that token with a name.
"""

from __future__ import annotations

import hashlib
import hmac

import msgspec

from ..errors import ChangeRefused
from ..model.renewal import Journal, StageName, StagePlan
from .stages import (
    APPROVED_BY,
    NAME,
    SITE,
    asked,
    command,
    first_missing,
    is_named,
    later_done,
    stage_view,
    target_stage,
)

TOKEN_LENGTH = 12
ROLLBACK = "rollback"


def plan_hash(plan: StagePlan) -> str:
    """SHA-256 (hex) over everything of the plan but its hash."""
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(plan, hash=""))).hexdigest()


def hashed(plan: StagePlan) -> StagePlan:
    """The plan with its hash in it."""
    return msgspec.structs.replace(plan, hash=plan_hash(plan))


def stage_token(journal: Journal, stage: StageName) -> str:
    """What approves the plans of the stage that the journal holds, whatever became of them; "" where it holds none."""
    return _token(journal, stage, stage)


def rollback_token(journal: Journal, stage: StageName) -> str:
    """What approves to take the stage back; another word than the stage's own, so neither does for the other."""
    return _token(journal, stage, f"{ROLLBACK} {stage}")


def _token(journal: Journal, stage: StageName, word: str) -> str:
    planned = [(name, found.plan) for name, found in stage_view(journal, stage).targets if found.plan is not None]
    if not planned:
        return ""
    lines = sorted(f"{name}:{plan.hash}" for name, plan in planned)
    return hashlib.sha256("|".join((journal.renewal, word, *lines)).encode()).hexdigest()[:TOKEN_LENGTH]


def check_turn(journal: Journal, stage: StageName, target: str) -> None:
    """ChangeRefused: renewal_closed, not_in_renewal, stage_out_of_order."""
    if journal.closed is not None:
        raise ChangeRefused(
            f"renewal {journal.renewal} was closed at {journal.closed:%Y-%m-%d %H:%M} UTC.",
            where=target,
            todo="Open another one (preflight); what this one did is in its evidence.",
            code="renewal_closed",
        )
    if target not in {SITE, *journal.asas, *journal.clusters}:
        raise ChangeRefused(
            f"{target} is not part of renewal {journal.renewal}.",
            where=target,
            todo="Open the renewal with this device in scope (preflight), or leave it out with --limit.",
            code="not_in_renewal",
        )
    missing = first_missing(journal, stage, target)
    if missing is None:
        return
    earlier, name = missing
    status = target_stage(journal, earlier, name).status
    raise ChangeRefused(
        f"{stage} comes after {earlier}, which is {status.replace('_', ' ')} on {name}.",
        where=target,
        todo=f"Run {command(journal, earlier)}",
        code="stage_out_of_order",
    )


def check_gate(
    journal: Journal, stage: StageName, target: str, plan: StagePlan, approval: str, by: str
) -> tuple[str, ...]:
    """Ids of the actions that may be done now, in the order of the plan; a plan without actions needs no approval.

    A stage that was cut short goes on without a new approval with what was approved. ChangeRefused: as check_turn,
    approval_missing, approval_wrong, approval_spent, approver_missing, plan_differs.
    """
    check_turn(journal, stage, target)
    found = target_stage(journal, stage, target)
    ids = tuple(action.id for action in plan.actions)
    if not ids:
        return ids
    if found.status == "running" and found.plan is not None:
        if not is_part(plan, found.plan):
            raise _differs(journal, stage, target)
        return ids
    if not approval:
        raise _missing(journal, stage, target)
    if not _same(approval, stage_token(journal, stage)):
        raise ChangeRefused(
            f"the approval is not that of what {stage} would do: its plans have changed, or it is of another stage.",
            where=target,
            todo=f"Plan it again, look at the plan, and approve that: {command(journal, stage, '--check')}",
            code="approval_wrong",
        )
    _named(target, by)
    if found.plan is None:
        raise _missing(journal, stage, target)
    if found.status != "planned":
        # Its plan and its token stay: what was done or went wrong once is not done again by pasting the line again,
        # and a device that differs from it now differs because nobody has planned since.
        raise ChangeRefused(
            f"the approval was used, and {stage} ended as {found.status.replace('_', ' ')} on {target}.",
            where=target,
            todo=f"See why (status), then plan and approve it again: {command(journal, stage, '--check')}",
            code="approval_spent",
        )
    if found.plan.hash != plan_hash(plan):
        raise _differs(journal, stage, target)
    return ids


def check_rollback(journal: Journal, stage: StageName, target: str, approval: str, by: str) -> None:
    """ChangeRefused: rollback_out_of_order, approval_missing, approval_wrong, approver_missing."""
    later = later_done(journal, stage, target)
    if later is not None and later[0] == "cleanup":
        raise ChangeRefused(
            f"the cleanup has begun on {later[1]}: phones may hold the new certificate alone, and would be locked out"
            f" if {stage} were taken back.",
            where=target,
            todo=f"Go on to its end: {command(journal, 'cleanup', '--check')}. To have another certificate than the new"
            " one, open another renewal (preflight).",
            code="rollback_out_of_order",
        )
    if later is not None:
        raise ChangeRefused(
            f"{stage} cannot be taken back before {later[0]}, which stands on {later[1]}.",
            where=target,
            todo=f"First run {command(journal, 'rollback', '-e', f'vpnphone_rollback={later[0]}')}",
            code="rollback_out_of_order",
        )
    token = rollback_token(journal, stage)
    line = command(journal, "rollback", "-e", f"vpnphone_rollback={stage}", approval=token)
    if not approval:
        raise ChangeRefused(
            f"taking {stage} back is not approved; its token is {token or 'not there: nothing was planned'}.",
            where=target,
            todo=f"Run {line}",
            code="approval_missing",
        )
    if not token or not _same(approval, token):
        raise ChangeRefused(
            f"the approval is not that of taking {stage} back.",
            where=target,
            todo=f"See what it would take back, and its token: {command(journal, 'status')}",
            code="approval_wrong",
        )
    _named(target, by)


def is_part(plan: StagePlan, approved: StagePlan) -> bool:
    """Every action of the plan is one of the approved ones, with the very same commands."""
    known = {action.id: action.commands for action in approved.actions}
    return all(known.get(action.id) == action.commands for action in plan.actions)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.strip().lower().encode(), wanted.encode())


def _named(target: str, by: str) -> None:
    if not is_named(by):
        raise ChangeRefused(
            "the approval has no name.",
            where=target,
            todo=f"Give the name of the person who approves: -e {asked(APPROVED_BY, NAME)}",
            code="approver_missing",
        )


def _missing(journal: Journal, stage: StageName, target: str) -> ChangeRefused:
    view = stage_view(journal, stage)
    # In clean-up the ASAs come behind their clusters, and cannot be planned before.
    unplanned = [
        name for name, found in view.targets if found.plan is None and first_missing(journal, stage, name) is None
    ]
    if unplanned:
        return ChangeRefused(
            f"{stage} is not approved, and not planned yet on {', '.join(unplanned)}.",
            where=target,
            todo=f"Plan it, which changes nothing: {command(journal, stage, '--check')}",
            code="approval_missing",
        )
    token = stage_token(journal, stage)
    return ChangeRefused(
        f"{stage} is not approved; the token of its plans is {token}.",
        where=target,
        todo=f"Look at the plans, then run {command(journal, stage, approval=token)}",
        code="approval_missing",
    )


def _differs(journal: Journal, stage: StageName, target: str) -> ChangeRefused:
    return ChangeRefused(
        f"what {stage} would do now on {target} is not what was approved: the device has changed since.",
        where=target,
        todo=f"Find out who changed it, then plan and approve it again: {command(journal, stage, '--check')}",
        code="plan_differs",
    )
