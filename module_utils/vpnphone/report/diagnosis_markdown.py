"""diagnosis.md: the diagnosis for a ticket or a merge request (GitHub and GitLab flavours).

Lines of a log are shown as code, where no markup is read; everything else is escaped as in report.md.
"""

from __future__ import annotations

from .diagnosis_timeline import Row, timeline
from .diagnosis_view import (
    CONFIDENCE_WORDS,
    OUTCOME_WORDS,
    PAST,
    SIDE_WORDS,
    CauseView,
    DiagnosisView,
    Line,
    at,
    counted,
    other_lines,
    phones_in_order,
    says,
    who,
)
from .markdown import MAX_SIZE, block, code, prose
from .text import cut, steps

_MAX_LINE = 300
_MAX_CAUSES = 20
_MAX_FACTS = 20
_MAX_SENTENCES = 8
_MAX_STEPS = 12
_MAX_ALIKE = 12
_MAX_ROWS = 100
_MAX_NOTES = 20
# Characters kept for what is said of the rest.
_RESERVE = 400


def render(view: DiagnosisView) -> str:
    """The document, at most MAX_SIZE characters; what does not fit is counted, and is in the other files."""
    found = view.diagnosis
    made = f" · {found.created:%Y-%m-%d %H:%M} UTC" if found.created else ""
    read = f"{counted(view.lines_read, 'line', 'lines')} of {counted(len(found.sources), 'log', 'logs')} read"
    messages = counted(len(found.events), "message", "messages")
    parts = [
        "# Log diagnosis of VPN phones\n",
        f"**{prose(cut(view.headline, 500))}** {prose(view.rest)}\n",
        f"{read}, {messages} known{made}\n",
        *(f"> {prose(cut(note, 500))}\n" for note in found.notes[:_MAX_NOTES]),
    ]
    left = len(found.notes) - _MAX_NOTES
    if left > 0:
        parts.append(f"{counted(left, 'more note is', 'more notes are')} in diagnosis.json.\n")
    blocks = [_cause(view, cause) for cause in view.causes[:_MAX_CAUSES]]
    rest = max(len(view.causes) - _MAX_CAUSES, 0) + view.more
    if rest:
        blocks.append(f"{counted(rest, 'more cause is', 'more causes are')} in diagnosis.json.\n")
    blocks += [*_timeline(view), *_phones(view), *_sources(view)]
    size = sum(len(part) + 1 for part in parts)
    dropped = 0
    for one in blocks:
        if size + len(one) + 1 > MAX_SIZE - _RESERVE:
            dropped += 1
        else:
            parts.append(one)
            size += len(one) + 1
    if dropped:
        parts.append(f"{counted(dropped, 'more part is', 'more parts are')} in diagnosis.html.\n")
    return "\n".join(parts)


def _cause(view: DiagnosisView, one: CauseView) -> str:
    cause = one.cause
    times = f", seen {cause.count} times" if cause.count > 1 else ""
    lines = [
        f"## {one.number}. {prose(cut(cause.title, 300))}\n",
        f"**{cause.confidence.upper()}**: {CONFIDENCE_WORDS[cause.confidence]}. {prose(cut(who(cause), 300))}{times}\n",
    ]
    if cause.past:
        lines.append(f"{PAST}\n")
    if cause.meaning:
        lines.append(f"{prose(cut(cause.meaning, 600))}\n")
    for title, cited, more in (
        ("What shows it", one.lead.evidence, one.lead.more),
        ("What speaks against it", one.lead.against, one.lead.more_against),
    ):
        if cited:
            lines += [f"{title}:\n", *(_cited(line) for line in cited), ""]
        if more:
            lines.append(f"{counted(more, 'more line is', 'more lines are')} in diagnosis.json.\n")
    facts = list(cause.facts.items())[:_MAX_FACTS]
    if facts:
        lines += ["Known of it:\n", *(f"- {prose(cut(k, 100))}: {code(cut(v, _MAX_LINE))}" for k, v in facts), ""]
    settle = "How to confirm it" if cause.confidence == "certain" else "What would settle it"
    for title, texts in (("Why it is not certain", cause.doubts), (settle, cause.confirm)):
        if texts:
            lines += [f"{title}:\n", *(f"- {prose(cut(text, 600))}" for text in texts[:_MAX_SENTENCES]), ""]
    if cause.next_steps:
        lines.append("Next:\n")
        for step in steps(cause.next_steps)[:_MAX_STEPS]:
            shown = cut(step.text, 1000)
            lines.append(f"{prose(shown)}\n" if step.by_hand else block(shown))
    if one.others:
        names = ", ".join(
            code(cut(other.cause.phone or other.cause.user or "?", 60)) for other in one.alike[:_MAX_ALIKE]
        )
        rest = one.others - len(one.alike[:_MAX_ALIKE])
        lines.append(f"The same of {names}{f' and {rest} more' if rest else ''}.\n")
    pages = [f"docs/controls/{control}.md" for control in cause.controls]
    known = [*pages, *([f"document 116162: {' '.join(cause.sources)}"] if cause.sources else [])]
    if known:
        lines.append(f"See {prose(' · '.join(known))}\n")
    return "\n".join(lines)


def _cited(line: Line) -> str:
    said = says(line.event)
    about = f" {prose(said)}" if said else ""
    return f"- **{line.label}** {code(at(line.event))} {code(cut(line.event.text, _MAX_LINE))}{about}"


def _timeline(view: DiagnosisView) -> list[str]:
    """The newest rows, and every row that a cause cites."""
    shown = timeline(view)
    if not shown.rows:
        return []
    spare = _MAX_ROWS - sum(bool(row.labels) for row in shown.rows)
    plain = [row.number for row in shown.rows if not row.labels]
    kept = set(plain[max(len(plain) - spare, 0) :])
    rows = [_row(row) for row in shown.rows if row.labels or row.number in kept]
    head = ["## Timeline\n", *(f"{prose(clock)}\n" for clock in shown.clocks)]
    if shown.left or len(rows) < len(shown.rows):
        head.append(prose(shown.left) + "\n" if shown.left else "The rest is in diagnosis.html.\n")
    table = ["| Time | Where | Message | Shows |", "|---|---|---|---|", *rows]
    return ["\n".join([*head, *table]) + "\n"]


def _row(row: Row) -> str:
    when = "no time" if row.when is None else row.when.text
    device = f"{code(cut(row.event.device, 60))} " if row.event.device else ""
    shows = ", ".join(row.labels)
    return f"| {when} | {device}{code(cut(row.place, 120))} | {code(cut(row.words, 120))} | {shows} |"


def _phones(view: DiagnosisView) -> list[str]:
    phones = phones_in_order(view.diagnosis)
    if not phones:
        return []
    rows = ["## Phones\n", "| Phone | Last | Attempts | Failed |", "|---|---|--:|--:|"]
    rows += [
        f"| {code(cut(one.phone, 60))} | {OUTCOME_WORDS[one.last]} | {one.attempts} | {one.failed} |"
        for one in phones[:_MAX_ROWS]
    ]
    left = len(phones) - _MAX_ROWS
    more = [f"\n{counted(left, 'more phone is', 'more phones are')} in diagnosis.html."] if left > 0 else []
    return ["\n".join([*rows, *more]) + "\n"]


def _sources(view: DiagnosisView) -> list[str]:
    sources = view.diagnosis.sources
    if not sources:
        return []
    rows = [
        "## What was read\n",
        "| Log | Of | Lines | Known | Other | Foreign | Left out |",
        "|---|---|--:|--:|--:|--:|---|",
    ]
    for source in sources[:_MAX_ROWS]:
        device = f" {code(cut(source.device, 60))}" if source.device else ""
        numbers = f"{source.lines} | {source.recognised} | {other_lines(source)} | {source.foreign}"
        left_out = prose(cut(source.cut, 200)) if source.cut else "nothing"
        rows.append(f"| {code(cut(source.name, 120))} | {SIDE_WORDS[source.side]}{device} | {numbers} | {left_out} |")
    left = len(sources) - _MAX_ROWS
    more = [f"\n{counted(left, 'more log is', 'more logs are')} in diagnosis.html."] if left > 0 else []
    return ["\n".join([*rows, *more]) + "\n"]
