"""Which commands of a plan stand on the device: by what it answered, or by what is read of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from ..model import Plan, Sent, Standing
from . import dap_file

# The lines of a block, and the command typed in it.
_Place = tuple[tuple[str, ...], str]


def by_reading(plan: Plan, sent: Sequence[Sent], left: Plan, dap_text: str | None) -> tuple[Standing, ...]:
    """What was sent, and what a plan made anew (`left`) no longer wants, stands. dap_text: the file as it was read."""
    wanted = {(step.mode, step.command) for step in left.steps}
    went = _steps(sent)
    found = [
        Standing(command=step.command, mode=step.mode, stands=place in went and place not in wanted)
        for step in plan.steps
        for place in [(step.mode, step.command)]
    ]
    if plan.dap_file is not None:
        is_new = dap_file.same_file(dap_text, plan.dap_file.text)
        known = is_new or not old_selection_is_lost(plan, sent)
        found.append(Standing(command=plan.dap_file.path, stands=is_new if known else None))
    return tuple(found)


def unknown(plan: Plan, sent: Sequence[Sent]) -> tuple[Standing, ...]:
    """A command that was never sent does not stand; of the others nobody can say."""
    went = _steps(sent)
    found = [
        Standing(command=step.command, mode=step.mode, stands=None if (step.mode, step.command) in went else False)
        for step in plan.steps
    ]
    if plan.dap_file is not None:
        found.append(Standing(command=plan.dap_file.path, stands=None if file_at_risk(plan, sent) else False))
    return tuple(found)


def by_answers(plan: Plan, sent: Sequence[Sent]) -> tuple[Standing, ...]:
    """By the answers alone, up to the first command of the way back; from there on as unknown()."""
    found = unknown(plan, sent)
    if any(item.purpose == "rollback" for item in sent):
        return found
    answered = {
        (item.mode, item.command): item.verdict == "accepted"
        for item in sent
        if item.purpose == "change" and item.verdict != "doubtful"
    }
    return tuple(replace(item, stands=answered.get((item.mode, item.command), item.stands)) for item in found)


def file_at_risk(plan: Plan, sent: Iterable[Sent]) -> bool:
    """The command that writes dap.xml was sent."""
    path = plan.dap_file.path if plan.dap_file else ""
    return any(item.purpose == "file" and item.command.endswith(f" {path}") for item in sent)


def old_selection_is_lost(plan: Plan, sent: Iterable[Sent]) -> bool:
    """The old dap.xml may be back while the selection of the new one is still in force."""
    return plan.dap_file is not None and dap_file.in_force(sent, plan.dap_file)


def _steps(sent: Iterable[Sent]) -> set[_Place]:
    """Every step that went out, whatever came of it."""
    return {(item.mode, item.command) for item in sent if item.purpose == "change"}
