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
    other_lines,
    phones_in_order,
    says,
    who,
)
from .markdown import MAX_SIZE, block, code, prose
from .text import cut, steps
from .words import Words

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
    found, words = view.diagnosis, view.words
    made = f" · {found.created:%Y-%m-%d %H:%M} UTC" if found.created else ""
    lines = words.counted("{0} line", "{0} lines", view.lines_read)
    logs = words.counted("{0} log", "{0} logs", len(found.sources))
    messages = words.counted("{0} message", "{0} messages", len(found.events))
    parts = [
        "# " + words("Log diagnosis of VPN phones") + "\n",
        f"**{prose(cut(view.headline, 500))}** {prose(view.rest)}\n",
        words("{0} of {1} read, {2} known", lines, logs, messages) + f"{made}\n",
        *(f"> {prose(cut(note, 500))}\n" for note in found.notes[:_MAX_NOTES]),
    ]
    left = len(found.notes) - _MAX_NOTES
    if left > 0:
        parts.append(
            words.counted("{0} more note is in diagnosis.json.", "{0} more notes are in diagnosis.json.", left) + "\n"
        )
    blocks = [_cause(view, cause) for cause in view.causes[:_MAX_CAUSES]]
    rest = max(len(view.causes) - _MAX_CAUSES, 0) + view.more
    if rest:
        blocks.append(
            words.counted("{0} more cause is in diagnosis.json.", "{0} more causes are in diagnosis.json.", rest) + "\n"
        )
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
        parts.append(
            words.counted("{0} more part is in diagnosis.html.", "{0} more parts are in diagnosis.html.", dropped)
            + "\n"
        )
    return "\n".join(parts)


def _cause(view: DiagnosisView, one: CauseView) -> str:
    cause, words = one.cause, view.words
    times = words(", seen {0} times", cause.count) if cause.count > 1 else ""
    confidence = (
        f"**{words.called('confidence', cause.confidence).upper()}**: {words(CONFIDENCE_WORDS[cause.confidence])}."
    )
    lines = [
        f"## {one.number}. {prose(cut(cause.title, 300))}\n",
        f"{confidence} {prose(cut(who(cause, words), 300))}{times}\n",
    ]
    if cause.past:
        lines.append(f"{words(PAST)}\n")
    if cause.meaning:
        lines.append(f"{prose(cut(cause.meaning, 600))}\n")
    for title, cited, more in (
        (words("What shows it"), one.lead.evidence, one.lead.more),
        (words("What speaks against it"), one.lead.against, one.lead.more_against),
    ):
        if cited:
            lines += [f"{title}:\n", *(_cited(line, words) for line in cited), ""]
        if more:
            lines.append(
                words.counted("{0} more line is in diagnosis.json.", "{0} more lines are in diagnosis.json.", more)
                + "\n"
            )
    facts = list(cause.facts.items())[:_MAX_FACTS]
    if facts:
        known = (f"- {prose(cut(k, 100))}: {code(cut(v, _MAX_LINE))}" for k, v in facts)
        lines += [f"{words('Known of it')}:\n", *known, ""]
    settle = words("How to confirm it") if cause.confidence == "certain" else words("What would settle it")
    for title, texts in ((words("Why it is not certain"), cause.doubts), (settle, cause.confirm)):
        if texts:
            lines += [f"{title}:\n", *(f"- {prose(cut(text, 600))}" for text in texts[:_MAX_SENTENCES]), ""]
    if cause.next_steps:
        lines.append(f"{words('Next')}:\n")
        for step in steps(cause.next_steps)[:_MAX_STEPS]:
            shown = cut(step.text, 1000)
            lines.append(f"{prose(shown)}\n" if step.by_hand else block(shown))
    if one.others:
        names = ", ".join(
            code(cut(other.cause.phone or other.cause.user or "?", 60)) for other in one.alike[:_MAX_ALIKE]
        )
        rest = one.others - len(one.alike[:_MAX_ALIKE])
        names += words(" and {0} more", rest) if rest else ""
        lines.append(words("The same of {0}.", names) + "\n")
    pages = [f"docs/controls/{control}.md" for control in cause.controls]
    sources = [words("Cisco document 116162: {0}", " ".join(cause.sources))] if cause.sources else []
    if pages or sources:
        lines.append(words("See {0}", prose(" · ".join([*pages, *sources]))) + "\n")
    return "\n".join(lines)


def _cited(line: Line, words: Words) -> str:
    said = says(line.event, words)
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
    words = view.words
    rows = [_row(row, words) for row in shown.rows if row.labels or row.number in kept]
    head = ["## " + words("Timeline") + "\n", *(f"{prose(clock)}\n" for clock in shown.clocks)]
    if shown.left or len(rows) < len(shown.rows):
        head.append((prose(shown.left) if shown.left else words("The rest is in diagnosis.html.")) + "\n")
    heads = (words("Time"), words("Where"), words("Message"), words("Shows"))
    table = [f"| {' | '.join(heads)} |", "|---|---|---|---|", *rows]
    return ["\n".join([*head, *table]) + "\n"]


def _row(row: Row, words: Words) -> str:
    when = words("no time") if row.when is None else row.when.text
    device = f"{code(cut(row.event.device, 60))} " if row.event.device else ""
    shows = ", ".join(row.labels)
    return f"| {when} | {device}{code(cut(row.place, 120))} | {code(cut(row.words, 120))} | {shows} |"


def _phones(view: DiagnosisView) -> list[str]:
    phones, words = phones_in_order(view.diagnosis), view.words
    if not phones:
        return []
    heads = (words("Phone"), words.meant("log", "Last"), words("Attempts"), words("Failed"))
    rows = ["## " + words("Phones") + "\n", f"| {' | '.join(heads)} |", "|---|---|--:|--:|"]
    rows += [
        f"| {code(cut(one.phone, 60))} | {words(OUTCOME_WORDS[one.last])} | {one.attempts} | {one.failed} |"
        for one in phones[:_MAX_ROWS]
    ]
    left = len(phones) - _MAX_ROWS
    told = words.counted("{0} more phone is in diagnosis.html.", "{0} more phones are in diagnosis.html.", left)
    more = [f"\n{told}"] if left > 0 else []
    return ["\n".join([*rows, *more]) + "\n"]


def _sources(view: DiagnosisView) -> list[str]:
    sources, words = view.diagnosis.sources, view.words
    if not sources:
        return []
    heads = (
        *(words("Log"), words.meant("log", "Of"), words("Lines"), words.meant("log", "Known")),
        *(words.meant("log", "Other"), words("Foreign"), words("Left out")),
    )
    rows = [
        "## " + words("What was read") + "\n",
        f"| {' | '.join(heads)} |",
        "|---|---|--:|--:|--:|--:|---|",
    ]
    for source in sources[:_MAX_ROWS]:
        device = f" {code(cut(source.device, 60))}" if source.device else ""
        numbers = f"{source.lines} | {source.recognised} | {other_lines(source)} | {source.foreign}"
        left_out = prose(cut(source.cut, 200)) if source.cut else words("nothing")
        side = words(SIDE_WORDS[source.side])
        rows.append(f"| {code(cut(source.name, 120))} | {side}{device} | {numbers} | {left_out} |")
    left = len(sources) - _MAX_ROWS
    told = words.counted("{0} more log is in diagnosis.html.", "{0} more logs are in diagnosis.html.", left)
    more = [f"\n{told}"] if left > 0 else []
    return ["\n".join([*rows, *more]) + "\n"]
