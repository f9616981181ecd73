"""A stage on one target, from plan to end: proposed, let through the gate, each action noted, done and proven.

What a stage does is given as functions: this file knows no device. Whatever happens, what was done before is said.
"""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ..errors import BadInput, ChangeRefused, DeviceRefused, VpnPhoneError
from ..model.renewal import Action, Journal, StagePlan, StageStatus
from .gates import check_rollback, hashed, rollback_token, stage_token
from .journal import note, open_journal, operator_lock, update
from .progress import Change, acted, begin, end, propose, standing
from .stages import command, falls_away, target_stage
from .taken_back import forget

# The device's own no: the same action would be refused again.
_REFUSALS = frozenset(("soap_fault", "certificate_refused", "command_refused", "question_unknown"))
# Our own file, and no word of the device's: nothing was refused, and the stage goes on once it can be written again.
_OUR_FILE = frozenset(
    ("file_unwritable", "directory_unwritable", "journal_locked", "journal_missing", "journal_damaged")
)
# A person has to do something first; the stage stays as it is.
_WAITING = frozenset(("manual_step",))


class StageReturned(ChangeRefused):
    """The stage gave up, and what it changed is as before: it ends as returned, not as refused."""


class Work(NamedTuple):
    """What a stage is made of.

    plan     all that is left to be done to the target
    do       one action, proven by reading back; VpnPhoneError where that is not so
    intent   what the journal learns before an action is done, so that a killed controller knows its way back
    finish   what it learns with the end of the stage
    mine     whether an action is this module's; others of the plan are left to another one
    """

    plan: StagePlan
    do: Callable[[Action], None]
    intent: Callable[[Action], Change | None] = lambda _action: None
    finish: Change | None = None
    mine: Callable[[Action], bool] = lambda _action: True


def who(approved_by: str) -> str:
    """Whose name the journal writes: the approver's, else the user's who runs this."""
    if approved_by.strip():
        return approved_by.strip()[:200]
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown user"


def run_stage(
    directory: Path, make: Callable[[Journal], Work], stage_of: tuple[Any, str], *, approval: str, approved_by: str,
    check_mode: bool,
) -> dict[str, Any]:  # fmt: skip
    """Plan the stage and, outside of check mode, do what is approved. stage_of: (stage, target). The module's result.

    make reads the device and plans; what it raises ends a stage that was cut short as refused.
    """
    stage, target = stage_of
    by = who(approved_by)
    reason = falls_away(open_journal(directory), stage)
    if reason:
        plan = StagePlan(stage=stage, target=target)
        return _result(plan, open_journal(directory), outcome="not_needed", message=f"{stage} falls away: {reason}.")
    with operator_lock(directory, stage, by=by):
        work = _made(directory, make, stage, target, by)
        plan = hashed(work.plan)
        before = standing(directory, stage, target)
        if not plan.actions and before.status == "done":
            return _result(plan, open_journal(directory), outcome="done", message=f"{stage} is done on {target}.")
        journal = propose(directory, plan, by=by, approval=approval, check_mode=check_mode)
        if check_mode:
            return _planned(plan, journal)
        # Who merely runs this is no approver.
        name = approved_by if plan.actions and before.status != "running" else by
        allowed = begin(directory, plan, approval=approval, by=name)
        _found_done(directory, plan, work, by)
        done: list[str] = []
        begun = ""
        mine = [action for action in plan.actions if action.id in allowed and work.mine(action)]
        try:
            for action in mine:
                note(directory, stage, target, f"next: {action.text}", by)
                _learn(directory, work.intent(action), by)
                begun = action.id
                work.do(action)
                acted(directory, stage, target, action.id, by=by)
                done.append(action.id)
                begun = ""
        except VpnPhoneError as error:
            if error.code in _WAITING:
                note(directory, stage, target, f"waiting: {error.what}", by)
                text = f"{error.what} To do: {error.todo}"
                return _result(plan, open_journal(directory), outcome="waiting", message=text, done=done)
            raise _ended(directory, stage, target, error, done, by, begun) from None
        left = [action for action in plan.actions if not work.mine(action)]
        if left:
            _learn(directory, work.finish, by)
            text = f"{stage} goes on with: {'; '.join(action.text for action in left)}"
            return _result(plan, open_journal(directory), outcome="running", message=text, done=done)
        try:
            journal = end(directory, stage, target, "done", by=by, change=work.finish)
        except VpnPhoneError as error:
            raise _unwritten(error, done, "") from None
    return _result(plan, journal, outcome="done", message=f"{stage} is done on {target}.", done=done)


def run_rollback(
    directory: Path, make: Callable[[Journal], Work], stage_of: tuple[Any, str], *, approval: str, approved_by: str,
    check_mode: bool,
) -> dict[str, Any]:  # fmt: skip
    """Take the stage back from what the device shows; the module's result. Nothing of the approved plan is lost."""
    stage, target = stage_of
    by = who(approved_by)
    with operator_lock(directory, f"rollback {stage}", by=by):
        _need_in_renewal(open_journal(directory), target)
        plan = hashed((work := make(open_journal(directory))).plan)
        journal = open_journal(directory)
        untouched = target_stage(journal, stage, target).status in ("pending", "planned", "rolled_back")
        if untouched and not plan.actions:
            text = f"{stage} has nothing to take back on {target}."
            return _result(plan, journal, outcome="rolled_back", message=text)
        token = rollback_token(journal, stage)
        if check_mode:
            line = command(journal, "rollback", "-e", f"vpnphone_rollback={stage}", approval=token)
            text = f"{_steps(plan)} would take {stage} back on {target}. To do: {line}"
            return _result(plan, journal, outcome="planned", message=text, token=token)
        check_rollback(journal, stage, target, approval, approved_by)
        done: list[str] = []
        begun = ""
        try:
            for action in plan.actions:
                note(directory, stage, target, f"taking back: {action.text}", by)
                _learn(directory, work.intent(action), by)
                begun = action.id
                work.do(action)
                note(directory, stage, target, f"taken back: {action.id}", by)
                done.append(action.id)
                begun = ""
        except VpnPhoneError as error:
            if error.code in _OUR_FILE:
                raise _unwritten(error, done, begun) from None
            note(directory, stage, target, f"taking back stopped: {error.what} [{error.code}]", by)
            if error.code in _WAITING:
                text = f"{error.what} To do: {error.todo}"
                return _result(plan, open_journal(directory), outcome="waiting", message=text, done=done)
            raise _with_done(error, done) from None

        def change(now: Journal) -> Journal:
            return forget(work.finish(now) if work.finish is not None else now, stage, target)

        try:
            journal = end(directory, stage, target, "rolled_back", by=by, change=change)
        except VpnPhoneError as error:
            raise _unwritten(error, done, "") from None
    return _result(plan, journal, outcome="rolled_back", message=f"{stage} is taken back on {target}.", done=done)


# --- parts ------------------------------------------------------------------------------------------------------------


def _made(directory: Path, make: Callable[[Journal], Work], stage: Any, target: str, by: str) -> Work:
    journal = open_journal(directory)
    _need_in_renewal(journal, target)
    try:
        return make(journal)
    except ChangeRefused as error:
        if target_stage(journal, stage, target).status != "running":
            raise
        raise _written(directory, stage, target, error, by) from None


def _need_in_renewal(journal: Journal, target: str) -> None:
    if target not in {*journal.asas, *journal.clusters}:
        raise ChangeRefused(
            f"{target} is not part of renewal {journal.renewal}.",
            where=target,
            todo="Open the renewal with this device in scope (preflight), or leave it out with --limit.",
            code="not_in_renewal",
        )


def _learn(directory: Path, change: Change | None, by: str) -> None:
    if change is not None:
        update(directory, change, by=by)


def _found_done(directory: Path, plan: StagePlan, work: Work, by: str) -> None:
    """What was approved and is not left to do any more is done, whoever was killed before it could say so."""
    found = standing(directory, plan.stage, plan.target)
    left = {action.id for action in plan.actions}
    for action in found.plan.actions if found.plan is not None else ():
        if action.id not in left and action.id not in found.done and work.mine(action):
            acted(directory, plan.stage, plan.target, action.id, by=by)


def _ended(
    directory: Path, stage: Any, target: str, error: VpnPhoneError, done: list[str], by: str, begun: str
) -> VpnPhoneError:
    """The error to be raised; the stage is refused, or stays cut short where running it again may go on."""
    if error.code in _OUR_FILE:
        return _unwritten(error, done, begun)
    return _with_done(_written(directory, stage, target, error, by), done)


def _written(directory: Path, stage: Any, target: str, error: VpnPhoneError, by: str) -> VpnPhoneError:
    """The error, once the journal has it; what happened to the device is told where it cannot be written down, too."""
    try:
        if isinstance(error, ChangeRefused | BadInput) or error.code in _REFUSALS:
            end(directory, stage, target, _end_of(error), by=by, error=error)
        else:
            note(directory, stage, target, f"cut short: {error.what} [{error.code}]", by)
    except VpnPhoneError as own:
        what = f"{error.what} The journal does not know of it: {own.what}"
        return type(error)(what, where=error.where, todo=f"{own.todo} {error.todo}".strip(), code=error.code)
    return error


def _unwritten(error: VpnPhoneError, done: list[str], begun: str) -> VpnPhoneError:
    """The stage is cut short by our own disk: the next run reads from the device what came of it."""
    what = error.what
    if done:
        what += f" Done before it, and standing: {', '.join(done)}."
    if begun:
        what += f" Begun, and to be read from the device: {begun}."
    again = "" if "same command again" in error.todo else " Then run the same command again: it goes on from there."
    return VpnPhoneError(what, where=error.where, todo=f"{error.todo}{again}".strip(), code=error.code)


def _end_of(error: VpnPhoneError) -> StageStatus:
    return "returned" if isinstance(error, StageReturned) else "refused"


def _with_done(error: VpnPhoneError, done: list[str]) -> VpnPhoneError:
    # Of what was returned nothing stands.
    if not done or isinstance(error, StageReturned):
        return error
    kind = DeviceRefused if error.unreachable else ChangeRefused
    what = f"{error.what} Done before it, and standing: {', '.join(done)}."
    return kind(what, where=error.where, todo=error.todo, code=error.code)


def _planned(plan: StagePlan, journal: Journal) -> dict[str, Any]:
    found = target_stage(journal, plan.stage, plan.target)
    if not plan.actions:
        return _result(
            plan, journal, outcome="planned", message=f"{plan.stage} has nothing left to do on {plan.target}."
        )
    if found.status == "running":
        text = f"{plan.stage} was cut short and may go on: {command(journal, plan.stage)}"
        return _result(plan, journal, outcome="planned", message=text)
    token = stage_token(journal, plan.stage)
    line = command(journal, plan.stage, approval=token)
    text = f"Planned on {plan.target}: {_steps(plan)}. To do: {line}"
    return _result(plan, journal, outcome="planned", message=text, token=token)


def _steps(plan: StagePlan) -> str:
    return "1 step" if len(plan.actions) == 1 else f"{len(plan.actions)} steps"


def _result(
    plan: StagePlan, journal: Journal, *, outcome: str, message: str, done: Iterable[str] = (), token: str = ""
) -> dict[str, Any]:
    done = list(done)
    told = [action for action in plan.actions if outcome == "planned" or action.id in done]
    return {
        "changed": bool(told),
        "outcome": outcome,
        "message": message,
        "token": token,
        "plan": msgspec.to_builtins(plan),
        "actions": [action.id for action in plan.actions],
        "commands": [line for action in told for line in action.commands],
        "done": done,
        "warnings": list(plan.warnings),
    }
