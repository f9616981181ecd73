"""report.md: the summary for a merge request or a job page (GitHub and GitLab flavours).

Device text is shown as code, where no markup is read; the rest has every mark-up character escaped, and what would
notify a person or link an issue (@name, #12, !3) is broken by a zero-width space.
"""

from __future__ import annotations

import re

from ..model import SEVERITY_ORDER, Outcome
from .text import bare, cut, one_line, pieces, steps
from .view import STANDING_WORDS, STATUS_MARKS, STATUS_WORDS, DeviceView, FindingView, View

# Comments of a merge request hold 65,536 characters (GitHub) and more (GitLab); the rest is in the HTML report.
MAX_SIZE = 60_000
_MAX_ROWS = 100
_MAX_ACTIONS = 40
_MAX_NAMES = 8
_MAX_NOTES = 20
_MAX_EVIDENCE = 12
_MAX_OUTCOMES = 5


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
        _devices(view),
        *_actions(view),
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
    return "".join(code(part) if is_code else _escape(part) for is_code, part in pieces(one_line(text)))


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


def _devices(view: View) -> str:
    rows = ["| Device | Standing | FAIL | UNKNOWN | WAIVED | PASS | SKIPPED |", "|---|---|--:|--:|--:|--:|--:|"]
    for device in view.worst_first[:_MAX_ROWS]:
        numbers = " | ".join(str(device.counts[status]) for status in ("fail", "error", "waived", "pass", "skipped"))
        rows.append(f"| {code(device.result.name)} | {STANDING_WORDS[device.standing]} | {numbers} |")
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
    head = f"<details><summary><code>{name}</code>: {STANDING_WORDS[device.standing]}</summary>\n"
    return ["\n".join([head, *body, "</details>\n"])]


def _finding(item: FindingView) -> str:
    finding = item.finding
    word = STATUS_WORDS["fail" if item.failed else finding.status]
    mark = STATUS_MARKS["fail" if item.failed else finding.status]
    lines = [f"#### {mark} {word} · {finding.severity} · {prose(finding.control)} {prose(finding.title)}\n"]
    shown = [outcome for outcome in finding.outcomes if outcome.status in ("fail", "error")]
    lines += [_outcome(outcome) for outcome in shown[:_MAX_OUTCOMES]]
    if len(shown) > _MAX_OUTCOMES:
        lines.append(f"{len(shown) - _MAX_OUTCOMES} more outcomes are in report.html.\n")
    return "\n".join(lines)


def _outcome(outcome: Outcome) -> str:
    subject = f"{code(outcome.subject)}: " if outcome.subject else ""
    lines = [f"{STATUS_WORDS[outcome.status]} {subject}{prose(bare(outcome.message))}\n"]
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
