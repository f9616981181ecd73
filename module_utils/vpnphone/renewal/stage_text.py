"""What a stage would do to one target, or did to it, as a person reads it before approving: pure text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from ..report.text import clean, fit, one_line

COLUMNS = 100
# Of each: a plan for a thousand phones is read in its file.
MAX_ACTIONS, MAX_COMMANDS, MAX_FACTS = 40, 30, 12
# What was done stood in the plan already.
MAX_DONE_COMMANDS = 6
# What the module says of the stage, and how a person is told.
WORDS = {
    "planned": "planned",
    "done": "done",
    "waiting": "WAITS FOR A PERSON",
    "running": "on its way",
    "not_needed": "not needed",
    "refused": "REFUSED",
    "returned": "RETURNED to the old certificate",
    "rolled_back": "taken back",
    "failed": "FAILED",
    "unreachable": "NOT REACHED",
}
_GOOD = frozenset(("planned", "done", "running", "not_needed"))


def render_stage(result: Mapping[str, Any], target: str, *, width: int = COLUMNS) -> str:
    """The result of a stage's module on one target, without a final newline.

    A plan shows every command before it is sent; what was done shows what was sent.
    """
    plan, error = _mapping(result.get("plan")), _mapping(result.get("error"))
    outcome = outcome_of(result)
    lines = [fit(f"{target}: {WORDS.get(outcome, outcome)}{_counted(plan, result, outcome)}", width)]
    if error or outcome in ("failed", "unreachable"):
        lines += _error(error, str(result.get("msg") or ""), width)
    else:
        lines += _steps(plan, result, outcome, width)
        if outcome == "planned" and plan.get("actions"):
            lines += _list("Know:", result.get("warnings"), width)
            lines += _list("From:", plan.get("facts"), width)
        lines += _list("Cards, for the person at each phone:", result.get("cards"), width)
        if outcome not in ("planned", "done"):
            lines += _wrapped(str(result.get("message") or ""), width, "  ")
    return "\n".join(line.rstrip() for line in lines)


def outcome_of(result: Mapping[str, Any]) -> str:
    """One word; a failure without an outcome of its own is `failed`."""
    if result.get("unreachable"):
        return "unreachable"
    outcome = str(result.get("outcome") or "")
    if result.get("error") or result.get("failed") or not outcome:
        return outcome if outcome in ("refused", "returned", "rolled_back") else "failed"
    return outcome


def verdict_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Whether the stage may go on behind this target: {ok, message, unreachable}.

    What waits for a person, or was taken back, is not ok: nobody goes on over it by an exit code of 0.
    """
    outcome = outcome_of(result)
    error = _mapping(result.get("error"))
    # What to do stands in the text of the stage already.
    text = str(error.get("what") or result.get("message") or result.get("msg") or "").partition(" To do: ")[0]
    code = f" [{error['code']}]" if error.get("code") else ""
    return {
        "ok": outcome in _GOOD or (outcome == "rolled_back" and not error and not result.get("failed")),
        "message": one_line(f"{WORDS.get(outcome, outcome)}: {text}{code}"),
        "unreachable": outcome == "unreachable",
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _counted(plan: Mapping[str, Any], result: Mapping[str, Any], outcome: str) -> str:
    if outcome == "planned":
        number = len(plan.get("actions") or ())
        return f", {number} step{'' if number == 1 else 's'}" if number else ", nothing is left to do"
    if outcome == "done":
        return "" if result.get("done") else ", nothing was left to do"
    return ""


def _steps(plan: Mapping[str, Any], result: Mapping[str, Any], outcome: str, width: int) -> list[str]:
    done = set(result.get("done") or ())
    actions = [one for one in plan.get("actions") or () if outcome == "planned" or one.get("id") in done]
    lines: list[str] = []
    for number, action in enumerate(actions[:MAX_ACTIONS], 1):
        lines += _wrapped(str(action.get("text") or action.get("id")), width, f"{number:>3}  ")
        lines += _commands(
            action.get("commands"), "       ", MAX_COMMANDS if outcome == "planned" else MAX_DONE_COMMANDS
        )
        if outcome == "planned" and action.get("undo"):
            lines.append("     and to take it back")
            lines += _commands(action.get("undo"), "       ", MAX_COMMANDS)
    if len(actions) > MAX_ACTIONS:
        lines.append(f"     and {len(actions) - MAX_ACTIONS} more steps")
    return lines


def _commands(commands: Any, head: str, most: int) -> list[str]:
    """As they are typed: never folded, since they are read letter by letter."""
    told = [line for command in commands or () for line in clean(str(command)).splitlines()]
    more = [f"{head}and {len(told) - most} more lines"] if len(told) > most else []
    return [f"{head}{line}" for line in told[:most]] + more


def _list(head: str, texts: Any, width: int) -> list[str]:
    found: Iterable[str] = [str(text) for text in texts or ()]
    lines: list[str] = []
    for text in list(found)[:MAX_FACTS]:
        lines += _wrapped(text, width, f"  {head} " if not lines else " " * (len(head) + 3))
    return lines


def _error(error: Mapping[str, Any], message: str, width: int) -> list[str]:
    if not error:
        return _wrapped(message or "its task failed without a reason.", width, "  ")
    where = f"{error['where']}: " if error.get("where") else ""
    lines = _wrapped(f"{where}{error.get('what', '')} [{error.get('code', '')}]", width, "  ")
    todo = str(error.get("todo") or "")
    if todo:
        lines += _wrapped(f"To do: {todo}", width, "  ")
    return lines


def _wrapped(text: str, width: int, head: str) -> list[str]:
    """Folded at blanks; a command line in it stays whole, so that it can be typed."""
    text = one_line(text)
    before, found, line = text.partition("ansible-playbook ")
    rows = textwrap.wrap(before, width, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False)
    return [*rows, f"{' ' * len(head)}{found}{line}"] if found else rows
