"""report.md: the summary for a merge request or a job page (GitHub and GitLab flavours).

Device text is shown as code, where no markup is read; the rest has every mark-up character escaped, and what would
notify a person or link an issue (@name, #12, !3) is broken by a zero-width space.
"""

from __future__ import annotations

import re

from ..model import SEVERITY_ORDER, Outcome
from .moments import MOMENTS
from .phones import Cause
from .text import bare, cut, one_line, pieces, steps
from .trend import render_markdown
from .view import STANDING_WORDS, STATUS_MARKS, STATUS_WORDS, DeviceView, FindingView, View, alike

# Comments of a merge request hold 65,536 characters (GitHub) and more (GitLab); the rest is in the HTML report.
MAX_SIZE = 60_000
_MAX_ROWS = 100
_MAX_ACTIONS = 40
_MAX_NAMES = 8
_MAX_NOTES = 20
_MAX_EVIDENCE = 12
_MAX_OUTCOMES = 5
_MAX_ALIKE = 12
# Characters of all causes, causes with their fix, and steps of one fix.
_CAUSES_SIZE = 15_000
_MAX_FIXED = 3
_MAX_STEPS = 4


def render(view: View) -> str:
    """The document, at most MAX_SIZE characters; what does not fit is counted and named with its file."""
    run = view.run
    parts = [
        f"# VPN phone audit of {prose(run.site)}\n",
        f"**{prose(view.verdict)}**\n",
        f"Run {code(run.run_id)} · {run.started:%Y-%m-%d %H:%M} UTC · exit code {run.exit_code} · "
        f"vpnphone {code(run.tool_version)}\n",
        _counts(view),
        *(f"> {prose(cut(note, 500))}\n" for note in run.notes[:_MAX_NOTES]),
        *_phones(view),
        _devices(view),
        *_actions(view),
        *(render_markdown(view.trend, prose, code) if view.trend else []),
    ]
    size = sum(len(part) + 1 for part in parts)
    details = [part for device in view.worst_first for part in _details(device)]
    kept: list[str] = []
    for part in details:
        # 200 characters are kept for the last sentence.
        if size + len(part) + 1 > MAX_SIZE - 200:
            break
        kept.append(part)
        size += len(part) + 1
    if kept:
        parts += ["## Details\n", *kept]
    left = len(details) - len(kept)
    if left:
        parts.append(f"{left} more {'block is' if left == 1 else 'blocks are'} in report.html.\n")
    return "\n".join(parts)


def prose(text: str) -> str:
    """One line of text that Markdown shows as it is; parts between backquotes become code."""
    line = "".join(code(part) if is_code else _escape(part) for is_code, part in pieces(one_line(text)))
    # What would begin a list, a rule or a heading where the text begins a line.
    return re.sub(r"^([0-9]{0,9})(?=[-=.])", r"\1\\", line)


def code(text: str) -> str:
    """An inline code span; a pipe is escaped, as the span may stand in a table."""
    text = one_line(text) or " "
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def block(text: str) -> str:
    """A fenced code block that its content cannot close."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{text}\n{fence}\n"


def _escape(text: str) -> str:
    text = re.sub(r"([@#!$~%&^:])(?=[\w/])|(?<=www)(\.)", lambda match: f"{match[0]}\u200b", text)
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", text)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _counts(view: View) -> str:
    found = [f"{number} {STATUS_WORDS[status]}" for status, number in view.finding_counts.items() if number]
    return f"Findings: {', '.join(found) or 'none'}.\n"


def _phones(view: View) -> list[str]:
    """Phones by moment and verdict, then the causes to act on: a line each, with what to do for the first ones."""
    if view.phones is None:
        return []
    rows = ["## Phones\n"]
    if view.run.what_if:
        rows.append(f"The change asked about: {prose(cut(view.run.what_if, 500))}\n")
    rows += ["| Phones | LOCKED OUT | UNKNOWN | CONNECTS | Against now |", "|---|--:|--:|--:|---|"]
    for one in view.phones.moments:
        numbers = " | ".join(str(number) for number in one.counts.values())
        rows.append(f"| {MOMENTS[one.moment]} | {numbers} | {'; '.join(one.changes) or '-'} |")
    causes = view.phones.urgent
    lines: list[str] = []
    room = _CAUSES_SIZE
    for number, cause in enumerate(causes):
        text = _cause(cause, view.phones.counted(cause.counts), with_fix=number < _MAX_FIXED)
        room -= len(text)
        if room < 0:
            break
        lines.append(text)
    left = len(causes) - len(lines)
    if left:
        lines.append(f"{left} more {'cause is' if left == 1 else 'causes are'} in report.html and phones.csv.\n")
    head = ["### Why phones do not connect\n"] if causes else []
    return ["\n".join(rows) + "\n", *head, *lines, "## Devices\n"]


def _cause(cause: Cause, when: str, *, with_fix: bool) -> str:
    names = ", ".join(code(cut(name, 60)) for name in cause.names[:_MAX_NAMES])
    left = len(cause.names) - _MAX_NAMES
    more = f" and {left} more" if left > 0 else ""
    where = f" at {code(cut(cause.where, 200))}" if cause.where else ""
    lines = [f"1. {cause.verdict} · {when} · **{prose(cut(cause.text, 500))}**{where}: {names}{more}\n"]
    for number, step in enumerate(steps(cause.fix)[:_MAX_STEPS] if with_fix else []):
        shown = cut(step.text, 1000)
        fix = prose(shown) if step.by_hand else block(shown)
        if not number:
            fix = f"Fix: {fix}" if step.by_hand else f"Fix:\n\n{fix}"
        # Indented, so that it belongs to the number above it.
        lines.append("\n".join(f"   {line}".rstrip() for line in fix.rstrip("\n").split("\n")) + "\n")
    return "\n".join(lines)


def _devices(view: View) -> str:
    rows = ["| Device | Standing | FAIL | UNKNOWN | WAIVED | PASS | SKIPPED |", "|---|---|--:|--:|--:|--:|--:|"]
    for device in view.worst_first[:_MAX_ROWS]:
        numbers = " | ".join(str(device.counts[status]) for status in ("fail", "error", "waived", "pass", "skipped"))
        rows.append(f"| {code(device.result.name)}{device.mark} | {STANDING_WORDS[device.standing]} | {numbers} |")
    left = len(view.worst_first) - _MAX_ROWS
    more = [f"\n{left} more devices are in report.html and findings.csv."] if left > 0 else []
    return "\n".join([*rows, *more]) + "\n"


def _actions(view: View) -> list[str]:
    """What to do first: a line a control. Every ASA that it concerns is counted, the first ones are named."""
    if not view.actions:
        return []
    lines = ["## What to do first\n"]
    for action in view.actions[:_MAX_ACTIONS]:
        finding = action.finding
        concerned = (*action.failed, *action.undecided)
        names = ", ".join(code(cut(device.result.name, 60)) for device in concerned[:_MAX_NAMES])
        left = len(concerned) - _MAX_NAMES
        more = f" and {left} more" if left > 0 else ""
        word = "FAIL" if action.failed else "UNKNOWN"
        lines.append(
            f"1. {word} · {finding.severity} · **{prose(finding.control)} {prose(finding.title)}**: {names}{more}"
        )
    left = len(view.actions) - _MAX_ACTIONS
    if left > 0:
        lines.append(f"\n{left} more controls are in report.html.")
    return ["\n".join(lines) + "\n"]


def _details(device: DeviceView) -> list[str]:
    """A collapsible block a device that needs action."""
    result = device.result
    body = []
    if result.failure:
        body.append(f"**Could not be read** ({code(result.failure.code)}): {prose(result.failure.what)}\n")
        if result.failure.todo:
            body.append(f"To do: {prose(result.failure.todo)}\n")
    for severity in SEVERITY_ORDER:
        body += [_finding(item) for item in device.matters if item.finding.severity == severity]
    if not body:
        return []
    name = one_line(result.name).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    head = f"<details><summary><code>{name}</code>{device.mark}: {STANDING_WORDS[device.standing]}</summary>\n"
    return ["\n".join([head, *body, "</details>\n"])]


def _finding(item: FindingView) -> str:
    finding = item.finding
    word = STATUS_WORDS["fail" if item.failed else finding.status]
    mark = STATUS_MARKS["fail" if item.failed else finding.status]
    lines = [f"#### {mark} {word} · {finding.severity} · {prose(finding.control)} {prose(finding.title)}\n"]
    shown = [outcome for outcome in finding.outcomes if outcome.status in ("fail", "error")]
    groups = alike(shown)
    lines += [_outcomes(group) for group in groups[:_MAX_OUTCOMES]]
    left = sum(len(group) for group in groups[_MAX_OUTCOMES:])
    if left:
        lines.append(f"{left} more outcomes are in report.html.\n")
    return "\n".join(lines)


def _outcomes(group: tuple[Outcome, ...]) -> str:
    lines = []
    for outcome in group[:_MAX_ALIKE]:
        subject = f"{code(outcome.subject)}: " if outcome.subject else ""
        lines.append(f"{STATUS_WORDS[outcome.status]} {subject}{prose(bare(outcome.message))}\n")
    if len(group) > _MAX_ALIKE:
        lines.append(f"{len(group) - _MAX_ALIKE} more like these are in report.html.\n")
    outcome = group[0]
    for word, value in (("Expected", outcome.expected), ("Actual", outcome.actual)):
        if value:
            lines.append(f"- {word}: {code(cut(value, 500))}")
    if outcome.expected or outcome.actual:
        lines.append("")
    for evidence in outcome.evidence:
        if evidence.lines:
            shown = [cut(line, 300) for line in evidence.lines[:_MAX_EVIDENCE]]
            lines += [f"Evidence of {code(evidence.command)}:\n", block("\n".join(shown))]
    for step in steps(outcome.fix):
        lines.append(f"Fix: {prose(step.text)}\n" if step.by_hand else f"Fix:\n\n{block(step.text)}")
    return "\n".join(lines)
