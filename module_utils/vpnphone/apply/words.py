"""The words in which a change that failed is told. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ChangeRefused, VpnPhoneError
from ..model import ChangeOutcome, DapFile, Plan, Standing
from ..plan import lines
from . import dap_file

SHOWN = 5


def told(
    error: VpnPhoneError, outcome: ChangeOutcome, standing: tuple[Standing, ...], plan: Plan, more: str, paired: bool
) -> dict[str, str]:
    """The error as a Change keeps it: what happened first, then what stands now."""
    base = error.as_dict()
    reload = f"Nothing was saved: {reload_words('what stands', paired=paired, file=_open_file(plan, standing))}"
    if outcome == "planned":
        return base | {"what": f"{error.what} Nothing was changed."}
    if outcome == "rolled_back":
        return base | {"what": f"{error.what} Everything was undone: read again, the device is as before."}
    if outcome == "unknown":
        return base | {
            "what": f"{error.what} Which commands stand is not known, since the device could not be read again. {more}",
            "todo": "Reach the device (console) and look at each command in `standing`. " + reload + ".",
        }
    if outcome == "partial":
        count = sum(item.stands is True for item in standing)
        undo = undo_lines(plan, standing)
        return base | {
            "what": f"{error.what} Not all was undone: {count} of {len(standing)} commands stand. {more}",
            "todo": f"See `standing`. {reload}."
            + (f" By hand: {' / '.join(line.strip() for line in undo)}" if undo else ""),
        }
    return base


def reload_words(what: str, *, paired: bool, file: DapFile | None) -> str:
    """What a reload without a save does to it. file: the new dap.xml where it may stand; no reload takes it back."""
    if paired:
        words = f"the mate of the pair has it too, so only a reload of both units at once undoes {what}"
    else:
        words = f"a reload undoes {what}"
    return words + (f", all but {file.path}" if file is not None else "")


def both(first: VpnPhoneError, then: VpnPhoneError) -> VpnPhoneError:
    """A failure, and the one that came while it was undone."""
    return ChangeRefused(
        f"{first.what} While it was undone: {then.what}", where=first.where, todo=first.todo, code=first.code
    )


def few(lines: Sequence[str]) -> str:
    """The first lines, quoted, and how many more there are."""
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    return ", ".join(f"`{line[:120]}`" for line in lines[:SHOWN]) + more


def _open_file(plan: Plan, standing: Sequence[Standing]) -> DapFile | None:
    """The new dap.xml, where it stands or may stand."""
    paths = {item.command for item in standing if item.stands is not False and not item.mode}
    return plan.dap_file if plan.dap_file is not None and plan.dap_file.path in paths else None


def undo_lines(plan: Plan, standing: Sequence[Standing]) -> list[str]:
    """What a person types to undo the commands that stand, or may stand, in order, with the lines of their blocks."""
    open_still = {(item.mode, item.command) for item in standing if item.stands is not False}
    file = _open_file(plan, standing)
    steps = [step for step in plan.steps if (step.mode, step.command) in open_still]
    return [*(dap_file.undo_lines(plan, file) if file else ()), *lines.undo_lines(steps)]
