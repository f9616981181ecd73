"""What became of a change, for the person who must know what stands on the device now."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Change, ChangeOutcome, Plan, Sent, Standing, Step
from ..redact import redact
from ..report.text import clean
from .lines import undo_lines
from .wording import file_back, heading, listed, one, paragraph, said

# Lines of one answer that are shown; a refusal is short.
MAX_ANSWER_LINES = 12

OUTCOMES: dict[ChangeOutcome, str] = {
    "nothing_to_do": "Nothing was sent: the device is as the profile wants it{but}.",
    "planned": "Planned only: nothing was sent, the device is as it was.",
    "applied": "Applied: the device was read again, and everything that was sent stands.",
    "rolled_back": "FAILED AND UNDONE: the device was read again, and it is as it was before.",
    "partial": "FAILED, AND PART OF IT STANDS: what stands is told below, command by command.",
    "unknown": "FAILED, AND WHAT STANDS IS NOT KNOWN: the device was not read again.",
}
_BUT = ", but for what is still to do below"
_STANDS = {True: "stands", False: "does not stand", None: "not known"}
_PURPOSES = {
    "change": "Sent",
    "rollback": "Sent to undo it",
    "backup": "Backups made first",
    "save": "Sent to save it",
    "file": "The file dap.xml",
}
_VERDICTS = {"refused": "REFUSED", "doubtful": "NO WHOLE ANSWER: it may stand or not"}


def change_text(change: Change) -> str:
    """What one run did to one ASA, ending in a newline. Answers of the device are redacted and cleaned."""
    but = _BUT if _still_to_do(change.plan) else ""
    lines = [*heading(f"{change.device}: {change.outcome.replace('_', ' ')}")]
    lines += paragraph(OUTCOMES[change.outcome].format(but=but))
    lines += _saved(change)
    lines.append("")
    lines += _error(change)
    lines += _standing(change)
    lines += _sent(change.sent)
    lines += _backups(change)
    if change.warnings:
        lines += ["Warnings:", *listed(_safe(text) for text in change.warnings), ""]
    lines += _left(change)
    lines.append(f"Plan {one(change.plan.hash)}")
    return "\n".join(lines) + "\n"


def _saved(change: Change) -> list[str]:
    if change.saved is None:
        return paragraph(change.save_note)
    if change.saved:
        return ["Saved: `write memory` said [OK]."]
    note = f" ({change.save_note})" if change.save_note else ""
    save = ["To save it: `write memory`."] if change.outcome == "applied" else []
    return [*paragraph(f"NOT SAVED{note}."), *save]


def _error(change: Change) -> list[str]:
    if not change.error:
        return []
    error = {name: _safe(text) for name, text in change.error.items()}
    where = f"{error['where']}: " if error.get("where") else ""
    lines = said("Why", [f"{where}{error.get('what', '')} [{error.get('code', 'error')}]"], "")
    lines += said("To do", [error["todo"]] if error.get("todo") else [], "")
    return [*lines, ""]


def _standing(change: Change) -> list[str]:
    """After a failure: each command, whether it stands, and how a person undoes what does."""
    if not change.standing:
        return []
    lines = ["What stands on the device now:"]
    lines += [f"  {_STANDS[item.stands]:<16}{_place(item)}" for item in change.standing]
    left = [step for step in change.plan.steps if _stands(change.standing, step) is True]
    if left and change.outcome in ("partial", "unknown"):
        lines += ["", "To undo what stands, by hand:", "  configure terminal"]
        lines += [f"  {one(line)}" for line in undo_lines(left)]
    doubtful = [step for step in change.plan.steps if _stands(change.standing, step) is None]
    if doubtful:
        lines += ["", "Look first whether these stand; then, for those that do:"]
        lines += [f"  {one(line)}" for line in undo_lines(doubtful)]
    file = change.plan.dap_file
    if file is not None and any(item.command == file.path and item.stands is not False for item in change.standing):
        lines += ["", *paragraph(f"The file: {file_back(file)}.")]
    return [*lines, ""]


def _stands(standing: Iterable[Standing], step: Step) -> bool | None:
    """Of a command that nothing is said of: it was never sent."""
    return next((item.stands for item in standing if (item.mode, item.command) == (step.mode, step.command)), False)


def _place(item: Standing | Sent) -> str:
    """A command with the block it was typed in: `group-policy X attributes / vpn-filter none`."""
    return " / ".join(one(line) for line in (*item.mode, item.command))


def _sent(sent: tuple[Sent, ...]) -> list[str]:
    lines: list[str] = []
    purpose = ""
    for item in sent:
        if item.purpose != purpose:
            purpose = item.purpose
            lines.append(f"{_PURPOSES[item.purpose]}, in order:")
        mark = _VERDICTS.get(item.verdict, "")
        lines.append(f"  {_place(item)}" + (f"   <- {mark}" if mark else ""))
        lines += _answer(item.answer)
    return [*lines, ""] if lines else []


def _answer(text: str) -> list[str]:
    found = [line.rstrip() for line in _safe(text).splitlines() if line.strip()]
    more = [f"... {len(found) - MAX_ANSWER_LINES} more lines"] if len(found) > MAX_ANSWER_LINES else []
    return [f"    ! {line}" for line in (*found[:MAX_ANSWER_LINES], *more)]


def _safe(text: str) -> str:
    """Cleaned first: an escape must not hide the word that names a secret."""
    return redact(clean(text))


def _backups(change: Change) -> list[str]:
    if not change.backups:
        return []
    return [
        "On the device's flash, as it was before (they hold the whole configuration; delete them when all is well):",
        *(f"  {one(path)}" for path in change.backups),
        "",
    ]


def _left(change: Change) -> list[str]:
    left = _still_to_do(change.plan)
    return ["Still to do (the exact steps: remediation.md of the run, or the plan):", *listed(left), ""] if left else []


def _still_to_do(plan: Plan) -> tuple[str, ...]:
    """What the plan does not send or leaves to a person."""
    held = (f"{item.area} was not sent: approve it with {item.variable}" for item in plan.withheld)
    return (*held, *(f"by a person: {step.what}" for step in plan.manual))
