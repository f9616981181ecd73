"""report.md: the summary for a merge request or a job page (GitHub and GitLab flavours).

Device text is shown as code, where no markup is read; the rest has every mark-up character escaped, and what would
notify a person or link an issue (@name, #12, !3) is broken by a zero-width space.
"""

from __future__ import annotations

import re

from ..model import SEVERITY_ORDER, Outcome, Status
from .moments import MOMENTS
from .phones import Cause
from .text import bare, cut, one_line, pieces, steps
from .trend import render_markdown
from .view import STANDING_WORDS, STATUS_MARKS, STATUS_WORDS, DeviceView, FindingView, View, alike
from .words import Words

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
    run, words = view.run, view.words
    parts = [
        "# " + words("VPN phone audit of {0}", prose(run.site)) + "\n",
        f"**{prose(view.verdict)}**\n",
        words(
            "Run {0} · {1} UTC · exit code {2} · vpnphone {3}",
            code(run.run_id),
            f"{run.started:%Y-%m-%d %H:%M}",
            run.exit_code,
            code(run.tool_version),
        )
        + "\n",
        _counts(view),
        *(f"> {prose(cut(note, 500))}\n" for note in run.notes[:_MAX_NOTES]),
        *_phones(view),
        _devices(view),
        *_actions(view),
        *(render_markdown(view.trend, prose, code, words) if view.trend else []),
    ]
    size = sum(len(part) + 1 for part in parts)
    details = [part for device in view.worst_first for part in _details(device, words)]
    kept: list[str] = []
    for part in details:
        # 200 characters are kept for the last sentence.
        if size + len(part) + 1 > MAX_SIZE - 200:
            break
        kept.append(part)
        size += len(part) + 1
    if kept:
        parts += ["## " + words("Details") + "\n", *kept]
    left = len(details) - len(kept)
    if left:
        parts.append(
            words.many("{0} more block is in report.html.", "{0} more blocks are in report.html.", left) + "\n"
        )
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
    found = [f"{number} {view.words(STATUS_WORDS[status])}" for status, number in view.finding_counts.items() if number]
    return view.words("Findings: {0}.", ", ".join(found) or view.words("none")) + "\n"


def _phones(view: View) -> list[str]:
    """Phones by moment and verdict, then the causes to act on: a line each, with what to do for the first ones."""
    if view.phones is None:
        return []
    words = view.words
    rows = ["## " + words("Phones") + "\n"]
    if view.run.what_if:
        rows.append(words("The change asked about:") + f" {prose(cut(view.run.what_if, 500))}\n")
    heads = ("Phones", "LOCKED OUT", "UNKNOWN", "CONNECTS", "Against now")
    rows += [f"| {' | '.join(map(words, heads))} |", "|---|--:|--:|--:|---|"]
    for one in view.phones.moments:
        numbers = " | ".join(str(number) for number in one.counts.values())
        rows.append(f"| {words(MOMENTS[one.moment])} | {numbers} | {'; '.join(map(words.say, one.changes)) or '-'} |")
    causes = view.phones.urgent
    lines: list[str] = []
    room = _CAUSES_SIZE
    for number, cause in enumerate(causes):
        text = _cause(cause, view.phones.counted(cause.counts, words), words, with_fix=number < _MAX_FIXED)
        room -= len(text)
        if room < 0:
            break
        lines.append(text)
    left = len(causes) - len(lines)
    if left:
        lines.append(
            words.many(
                "{0} more cause is in report.html and phones.csv.",
                "{0} more causes are in report.html and phones.csv.",
                left,
            )
            + "\n"
        )
    head = ["### " + words("Why phones do not connect") + "\n"] if causes else []
    return ["\n".join(rows) + "\n", *head, *lines, "## " + words("Devices") + "\n"]


def _cause(cause: Cause, when: str, words: Words, *, with_fix: bool) -> str:
    names = ", ".join(code(cut(name, 60)) for name in cause.names[:_MAX_NAMES])
    left = len(cause.names) - _MAX_NAMES
    more = words(" and {0} more", left) if left > 0 else ""
    where = words(" at {0}", code(cut(cause.where, 200))) if cause.where else ""
    lines = [f"1. {words(cause.verdict)} · {when} · **{prose(cut(cause.text, 500))}**{where}: {names}{more}\n"]
    for number, step in enumerate(steps(cause.fix)[:_MAX_STEPS] if with_fix else []):
        shown = cut(step.text, 1000)
        fix = prose(shown) if step.by_hand else block(shown)
        if not number:
            fix = words("Fix:") + (f" {fix}" if step.by_hand else f"\n\n{fix}")
        # Indented, so that it belongs to the number above it.
        lines.append("\n".join(f"   {line}".rstrip() for line in fix.rstrip("\n").split("\n")) + "\n")
    return "\n".join(lines)


def _devices(view: View) -> str:
    words = view.words
    heads = ("Device", "Standing", "FAIL", "UNKNOWN", "WAIVED", "PASS", "SKIPPED")
    rows = [f"| {' | '.join(map(words, heads))} |", "|---|---|--:|--:|--:|--:|--:|"]
    for device in view.worst_first[:_MAX_ROWS]:
        numbers = " | ".join(str(device.counts[status]) for status in ("fail", "error", "waived", "pass", "skipped"))
        rows.append(
            f"| {code(device.result.name)}{device.mark} | {words(STANDING_WORDS[device.standing])} | {numbers} |"
        )
    left = len(view.worst_first) - _MAX_ROWS
    more = ["\n" + words("{0} more devices are in report.html and findings.csv.", left)] if left > 0 else []
    return "\n".join([*rows, *more]) + "\n"


def _actions(view: View) -> list[str]:
    """What to do first: a line a control. Every ASA that it concerns is counted, the first ones are named."""
    if not view.actions:
        return []
    words = view.words
    lines = ["## " + words("What to do first") + "\n"]
    for action in view.actions[:_MAX_ACTIONS]:
        finding = action.finding
        concerned = (*action.failed, *action.undecided)
        names = ", ".join(code(cut(device.result.name, 60)) for device in concerned[:_MAX_NAMES])
        left = len(concerned) - _MAX_NAMES
        more = words(" and {0} more", left) if left > 0 else ""
        word = "FAIL" if action.failed else "UNKNOWN"
        lines.append(
            f"1. {words(word)} · {words(finding.severity)} · "
            f"**{prose(finding.control)} {prose(finding.title)}**: {names}{more}"
        )
    left = len(view.actions) - _MAX_ACTIONS
    if left > 0:
        lines.append("\n" + words("{0} more controls are in report.html.", left))
    return ["\n".join(lines) + "\n"]


def _details(device: DeviceView, words: Words) -> list[str]:
    """A collapsible block a device that needs action."""
    result = device.result
    body = []
    if result.failure:
        body.append(
            words("**Could not be read** ({0}): {1}", code(result.failure.code), prose(result.failure.what)) + "\n"
        )
        if result.failure.todo:
            body.append(words("To do: {0}", prose(result.failure.todo)) + "\n")
    for severity in SEVERITY_ORDER:
        body += [_finding(item, words) for item in device.matters if item.finding.severity == severity]
    if not body:
        return []
    name = one_line(result.name).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    head = f"<details><summary><code>{name}</code>{device.mark}: {words(STANDING_WORDS[device.standing])}</summary>\n"
    return ["\n".join([head, *body, "</details>\n"])]


def _finding(item: FindingView, words: Words) -> str:
    finding = item.finding
    status: Status = "fail" if item.failed else finding.status
    mark, word = STATUS_MARKS[status], words(STATUS_WORDS[status])
    lines = [f"#### {mark} {word} · {words(finding.severity)} · {prose(finding.control)} {prose(finding.title)}\n"]
    shown = [outcome for outcome in finding.outcomes if outcome.status in ("fail", "error")]
    groups = alike(shown)
    lines += [_outcomes(group, words) for group in groups[:_MAX_OUTCOMES]]
    left = sum(len(group) for group in groups[_MAX_OUTCOMES:])
    if left:
        lines.append(words("{0} more outcomes are in report.html.", left) + "\n")
    return "\n".join(lines)


def _outcomes(group: tuple[Outcome, ...], words: Words) -> str:
    lines = []
    for outcome in group[:_MAX_ALIKE]:
        subject = f"{code(outcome.subject)}: " if outcome.subject else ""
        lines.append(f"{words(STATUS_WORDS[outcome.status])} {subject}{prose(bare(outcome.message))}\n")
    if len(group) > _MAX_ALIKE:
        lines.append(words("{0} more like these are in report.html.", len(group) - _MAX_ALIKE) + "\n")
    outcome = group[0]
    for word, value in ((words("Expected"), outcome.expected), (words("Actual"), outcome.actual)):
        if value:
            lines.append(f"- {word}: {code(cut(value, 500))}")
    if outcome.expected or outcome.actual:
        lines.append("")
    for evidence in outcome.evidence:
        if evidence.lines:
            shown = [cut(line, 300) for line in evidence.lines[:_MAX_EVIDENCE]]
            lines += [words("Evidence of {0}:", code(evidence.command)) + "\n", block("\n".join(shown))]
    for step in steps(outcome.fix):
        shown_step = f" {prose(step.text)}\n" if step.by_hand else f"\n\n{block(step.text)}"
        lines.append(words("Fix:") + shown_step)
    return "\n".join(lines)
