"""Where a renewal stands, on one screen: stages and targets, phones counted, time left, the one command to type."""

from __future__ import annotations

import textwrap
from collections import Counter
from datetime import datetime, timedelta
from typing import get_args

from ..controls.site_facts import names_of
from ..model.renewal import Journal, PhoneProof, TargetStage
from ..report.text import fit, one_line
from .gates import ROLLBACK
from .journal import Holder
from .next_step import TakeBack, next_step, take_back
from .stages import TITLES, StageView, command, views

COLUMNS = 100
_MAX_TARGETS = 6
_INDENT = " " * 5
PROOFS: tuple[PhoneProof, ...] = get_args(PhoneProof)
# What needs a look is told before what is good.
_PROOF_ORDER: tuple[PhoneProof, ...] = ("failed", "offline", "unproven", "applied", "waived", "proven")


def phone_counts(journal: Journal) -> dict[str, int]:
    """Phones by their proof, all words; and in all."""
    found = Counter(phone.proof for phone in journal.phones.values())
    return {"phones": len(journal.phones)} | {word: found[word] for word in PROOFS}


def render_status(journal: Journal, *, now: datetime, held: Holder | None = None, width: int = COLUMNS) -> str:
    """The screen, without a final newline; the command is whole on the last line."""
    lines = [fit(f"Renewal {journal.renewal}, opened {journal.created:%Y-%m-%d %H:%M} UTC", width)]
    lines += [fit(line, width) for line in (_phones(journal), *_time_left(journal, now))]
    if held is not None:
        who = f"In use by {held.by} on {held.host} (process {held.pid}), stage {held.stage},"
        lines.append(fit(f"{who} since {held.since:%Y-%m-%d %H:%M:%S} UTC", width))
    lines.append("")
    for number, view in enumerate(views(journal), 1):
        lines += [_row(head, text, width) for head, text in _stage(number, view)]
    if journal.closed is None and take_back(journal):
        # What stands can be undone; which of it first, and with which token, that playbook says.
        lines += ["", f"To take something back, begin with this, which changes nothing: {command(journal, ROLLBACK)}"]
    step = next_step(journal)
    lines += ["", *textwrap.wrap(f"Next: {one_line(step.text)}", width)]
    if step.command:
        lines.append(step.command)
    return "\n".join(lines)


def _phones(journal: Journal) -> str:
    counts = phone_counts(journal)
    if journal.pinned_ca:
        return f"{counts['phones']} phones in scope, which need nothing new: they pin a CA that stays"
    parts = [f"{counts[word]} {word.replace('offline', 'off-line')}" for word in _PROOF_ORDER if counts[word]]
    return f"{counts['phones']} phones in scope: {', '.join(parts) or 'none'}"


def _time_left(journal: Journal, now: datetime) -> list[str]:
    lines = []
    ends = [(asa.old.not_after, name) for name, asa in journal.asas.items() if asa.old and asa.old.not_after]
    if ends and not all(asa.bound == "new" for asa in journal.asas.values()):
        end, name = min(ends)
        left = f"in {(end - now).days} days" if end > now else "IT HAS ENDED"
        lines.append(f"The old certificate of {name} ends {end:%Y-%m-%d %H:%M} UTC: {left}")
    for name, asa in sorted(journal.asas.items()):
        if asa.armed and asa.deadline is not None:
            left = f"in {_span(asa.deadline - now)}" if asa.deadline > now else "its time has come"
            lines.append(f"{name} returns to {asa.old_trustpoint} by itself at {asa.deadline:%H:%M:%S} UTC: {left}")
        elif asa.bound == "new" and not asa.saved:
            lines.append(f"{name} shows the new certificate and is not saved: a reload takes it back")
        elif asa.bound == "unknown":
            lines.append(f"{name}: what is bound is not known, look at `show running-config ssl`")
    return lines


def _span(left: timedelta) -> str:
    minutes, seconds = divmod(max(int(left.total_seconds()), 0), 60)
    return f"{minutes} min {seconds:02} s"


def _row(head: str, text: str, width: int) -> str:
    """Blanks of the head stay, as columns stand on them."""
    return (head + fit(text, max(width - len(head), 20))).rstrip()


def _stage(number: int, view: StageView) -> list[tuple[str, str]]:
    word = "falls away" if view.falls_away else view.status.replace("_", " ")
    title = view.falls_away or TITLES[view.stage]
    rows = [(f"{number}  {view.stage:<12} {word:<11} ", title)]
    if view.stage == "preflight" or view.falls_away or (view.status == "pending" and not _begun(view)):
        return rows
    loud = [(name, one) for name, one in view.targets if one.status not in ("done", "pending") or one.error]
    for name, one in loud[:_MAX_TARGETS]:
        rows.append((_INDENT, f"{name}: {_target(one)}"))
    if len(loud) > _MAX_TARGETS:
        rows.append((_INDENT, f"and {len(loud) - _MAX_TARGETS} more"))
    quiet = [name for name, one in view.targets if (name, one) not in loud and one.status == "done"]
    if loud and quiet:
        rows.append((_INDENT, f"done: {names_of(quiet)}"))
    return rows


def _begun(view: StageView) -> bool:
    return any(one.status != "pending" for _, one in view.targets)


def _target(one: TargetStage) -> str:
    steps = one.plan.actions if one.plan is not None else ()
    parts = [one.status.replace("_", " ")]
    if steps:
        done = sum(action.id in one.done for action in steps)
        left = next((action.text for action in steps if action.id not in one.done), "")
        parts.append(f"{done} of {len(steps)} steps")
        if one.status == "running" and left:
            parts.append(f"now: {one_line(left)}")
    if one.error:
        parts.append(f"{one_line(one.error.get('what', ''))} [{one.error.get('code', '')}]")
    return ", ".join(parts)


def render_take_back(steps: tuple[TakeBack, ...], *, width: int = COLUMNS) -> str:
    """What can be taken back, in order, each with the line to type once it is its turn."""
    if not steps:
        return "Nothing of this renewal stands: there is nothing to take back."
    lines: list[str] = []
    for number, step in enumerate(steps, 1):
        turn = "" if step.first else " (after the one above)"
        lines.append(_row(f"{number}  ", f"{step.stage} on {', '.join(step.targets)}{turn}", width))
        lines += textwrap.wrap(step.note, width, initial_indent="     ", subsequent_indent="     ")
        lines += [f"     {fit(line, width) if len(line) > width else one_line(line)}" for line in step.commands]
        lines += [step.line, ""] if step.line else [""]
    return "\n".join(lines[:-1])
