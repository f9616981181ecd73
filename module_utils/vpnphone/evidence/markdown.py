"""remediation.md: what happened to each device and what is left, for the ticket of the change.

Device text is shown as code or escaped, as in report.md.
"""

from __future__ import annotations

import re

from ..model import LeftToDo, Remediation, Remedied, Sent
from ..plan.lines import typed, typed_lines, undo_lines
from ..report.markdown import block, code, prose
from ..report.text import clean, cut, steps
from .words import headline, left_words, movement, outcome_words, saved_words, worst_first

_MAX_ANSWER = 2000
# Of a whole list of commands: nothing of it is left out.
_LONGEST = 10_000_000
_COPIED = re.compile(r"\b(?:https?:/|disk[0-9]:)/[^\s`]{1,300}(?<![.,;:)])")
_PURPOSES = {
    "change": "Commands sent",
    "rollback": "Rolled back with",
    "backup": "Backups made with",
    "file": "dap.xml changed with",
    "save": "Saved with",
}


def render_markdown(run: Remediation) -> str:
    """The document."""
    parts = [
        f"# Remediation of {prose(run.site)}\n",
        f"**{prose(headline(run))}**\n",
        f"Run {code(run.run_id)} · {run.started:%Y-%m-%d %H:%M} UTC · exit code {run.exit_code} · "
        f"vpnphone {code(run.tool_version)}\n",
        _devices(run),
        *(part for device in worst_first(run) for part in _device(device)),
    ]
    return "\n".join(parts)


def _devices(run: Remediation) -> str:
    rows = ["| Device | Outcome | Commands | Findings | Left to do |", "|---|---|--:|---|--:|"]
    for device in worst_first(run):
        number = sum(one.purpose == "change" for one in device.sent) or len(device.plan)
        rows.append(
            f"| {code(device.name)} | {prose(outcome_words(device))} | {number or '-'}"
            f" | {movement(device) or '-'} | {len(device.left) or '-'} |"
        )
    return "\n".join(rows) + "\n"


def _device(device: Remedied) -> list[str]:
    if device.outcome == "no_profile":
        return []
    parts = [f"## {prose(device.name)}: {prose(outcome_words(device))}\n"]
    if device.release:
        parts.append(f"ASA {code(device.release)}, hostname {code(device.hostname)}\n")
    if device.failure:
        parts.append(f"**{prose(device.failure.what)}** ({code(device.failure.code)})\n")
        if device.failure.todo:
            parts.append(f"To do: {prose(device.failure.todo)}\n")
    parts += _standing(device)
    facts = [f"Plan hash: {code(device.plan_hash)}"] if device.plan_hash else []
    if device.approved:
        facts.append(f"Approved: {', '.join(code(area) for area in device.approved)}")
    if words := saved_words(device):
        facts.append(f"Startup configuration: {prose(words)}")
    if device.backups:
        facts.append(f"Backups on the device's flash: {', '.join(code(path) for path in device.backups)}")
    if text := movement(device):
        facts.append(f"Findings: {text}")
    if device.files:
        facts.append(f"Files: {', '.join(code(path) for path in device.files)}")
    parts.append("".join(f"- {fact}\n" for fact in facts))
    parts += _commands(device)
    if device.warnings:
        parts += ["### The device warned\n", "".join(f"- {prose(text)}\n" for text in device.warnings)]
    if device.fixed:
        rows = ["| Control | Severity | Before | After |", "|---|---|---|---|"]
        rows += [
            f"| {prose(one.control)} {prose(one.title)} | {one.severity} | {_status(one.before)} | {one.after} |"
            for one in device.fixed
        ]
        parts += ["### Now right\n", "\n".join(rows) + "\n"]
    if device.worse:
        parts += [
            "### Worse than before\n",
            "".join(
                f"- {prose(one.control)} {prose(one.title)}: {_status(one.before)} before, {_status(one.after)} now\n"
                for one in device.worse
            ),
        ]
    if device.left:
        parts += ["### Left to a person\n", *(_left(number, item) for number, item in enumerate(device.left, 1))]
    return [part for part in parts if part]


def _status(status: str) -> str:
    return {"error": "UNKNOWN", "fail": "FAIL"}.get(status, status)


def _standing(device: Remedied) -> list[str]:
    """Command by command what stands now, where a change was left half done."""
    if not device.standing:
        return []
    words = {True: "stands", False: "does not stand", None: "NOT KNOWN: look at the device"}
    rows = ["| Command | In | Now |", "|---|---|---|"]
    rows += [
        f"| {code(one.command)} | {code(' / '.join(one.mode)) if one.mode else 'global'} | {words[one.stands]} |"
        for one in device.standing
    ]
    return ["### What stands on the device\n", "\n".join(rows) + "\n"]


def _commands(device: Remedied) -> list[str]:
    """What was sent in its order, by purpose; before anything was sent: the plan with its way back."""
    if not device.sent:
        if not device.plan:
            return []
        return [
            "### Commands of the plan\n",
            block(clean("\n".join(typed_lines(device.plan)), _LONGEST)),
            "The way back:\n",
            block(clean("\n".join(undo_lines(device.plan)), _LONGEST)),
        ]
    parts: list[str] = []
    group: list[Sent] = []
    for one in device.sent:
        if group and group[-1].purpose != one.purpose:
            parts += _sent(group)
            group = []
        group.append(one)
    return parts + _sent(group)


def _sent(group: list[Sent]) -> list[str]:
    lines: list[str] = []
    for one, shown in zip(group, typed([(one.mode, one.command) for one in group]), strict=True):
        lines += shown
        lines += [f"    ! {text}" for text in map(str.rstrip, cut(one.answer, _MAX_ANSWER).splitlines()) if text]
        if one.verdict != "accepted":
            lines.append(f"    ! ^ {one.verdict.upper()}")
    return [f"### {_PURPOSES[group[0].purpose]}\n", block(clean("\n".join(lines), _LONGEST))]


def _left(number: int, item: LeftToDo) -> str:
    severity = f" · {item.severity}" if item.severity else ""
    controls = "" if item.source == "finding" or not item.controls else f" ({', '.join(item.controls)})"
    lines = [f"#### {number}. {left_words(item)}{severity} · {_text(item.what + controls)}\n"]
    if item.why:
        lines.append(f"{_text(item.why)}\n")
    if item.source == "manual" and item.steps:
        # Sentences and commands in one order, with paths and URLs to copy: as they are.
        lines.append(block(clean("\n".join(item.steps), _LONGEST)))
    else:
        lines += [f"{_text(step.text)}\n" if step.by_hand else block(clean(step.text)) for step in steps(item.steps)]
    if not item.steps:
        lines.append("No command is known for it; its page in docs/controls says more.\n")
    return "\n".join(lines)


def _text(text: str) -> str:
    """As prose(), but what a person copies (a URL, a path on the flash) becomes code, which nothing is put into."""
    return prose(text if "`" in text else _COPIED.sub(r"`\g<0>`", text))
