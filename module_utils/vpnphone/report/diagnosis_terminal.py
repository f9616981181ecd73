"""What a person sees at the end of the playbook: at most a screen, and not one control character but newlines."""

from __future__ import annotations

from pathlib import Path

from ..model.diagnosis import Diagnosis
from .diagnosis_view import (
    CauseView,
    DiagnosisView,
    Line,
    at,
    most_telling,
    other_lines,
    phones_in_order,
    view,
    who,
)
from .text import fit, one_line, pad, steps, width
from .words import words

MIN_WIDTH, MAX_WIDTH = 80, 160
MAX_SCREEN = 40
# Of a cause told in full: lines that show it, that speak against it, sentences of each sort, lines of commands.
LINES, AGAINST, SENTENCES, STEPS = 3, 2, 2, 6
# Lines of one sentence.
FOLDS = 2
# Room for the rest: causes in one line each, and the last lines.
FULL = 2
MAX_BRIEF = 6
MAX_SOURCES = 6
MAX_NOTES = 2
_INDENT = 14
# Of a title, beside whose cause it is.
_SHORTEST = 20


def terminal_text(diagnosis: Diagnosis, *, page: str | Path = "", columns: int = 100, language: str = "en") -> str:
    """The verdict and its causes as text without a final newline.

    page: where diagnosis.html is, told in the last line. columns are taken between 80 and 160.
    """
    shown = view(diagnosis, words(language))
    return _Screen(shown, max(MIN_WIDTH, min(columns, MAX_WIDTH))).text(str(page))


class _Screen:
    def __init__(self, shown: DiagnosisView, columns: int) -> None:
        self.view = shown
        self.words = shown.words
        self.columns = columns

    def text(self, page: str) -> str:
        head = [*self._wrapped(self.view.headline)[:3], *self._wrapped(self.view.rest)[:3]]
        foot = self._foot(page)
        room = MAX_SCREEN - len(head) - len(foot)
        body = self._causes(room) if self.view.causes else self._read(room)
        return "\n".join(line.rstrip() for line in [*head, *body, *foot])

    def _causes(self, room: int) -> list[str]:
        """The first ones in full, then as many as fit in a line each, then a count."""
        lines: list[str] = []
        causes = self.view.causes
        told = 0
        for cause in causes[:FULL]:
            rest = len(causes) - told - 1 + self.view.more
            # A blank line before the brief ones, at most MAX_BRIEF of them, and the count.
            kept = min(rest, MAX_BRIEF + 1) + 1 if rest else 0
            full = ["", *self._full(cause)]
            if len(lines) + len(full) + kept > room:
                if told:
                    break
                full = full[: max(room - kept, 4)]
            lines += full
            told += 1
        brief = causes[told:]
        if brief or self.view.more:
            lines.append("")
            shown = brief[: max(min(MAX_BRIEF, room - len(lines) - 1), 0)]
            lines += [self._brief(cause) for cause in shown]
            left = len(brief) - len(shown) + self.view.more
            if left:
                lines.append(self.words.counted("and {0} more cause", "and {0} more causes", left))
        return lines

    def _title(self, one: CauseView, room: int = 0) -> str:
        """room: columns that it may have (0: any); rather the title than whose it is loses its end."""
        words = self.words
        others = words.counted(" and {0} other phone", " and {0} other phones", one.others) if one.others else ""
        past = words("PAST, ") if one.cause.past else ""
        start = f"{one.number}. {past}{words.called('confidence', one.cause.confidence).upper()}: "
        whose = f"({who(one.cause, words)}{others})"
        if not room:
            return f"{start}{one.cause.title} {whose}"
        whose = fit(whose, room - width(start) - _SHORTEST)
        return f"{start}{fit(one.cause.title, room - width(start) - width(whose) - 1)} {whose}"

    def _full(self, one: CauseView) -> list[str]:
        cause, lead, words = one.cause, one.lead, self.words
        lines = self._wrapped(self._title(one), hanging=3)[:3]
        lines += self._lines(words("shown by"), lead.evidence, LINES, len(cause.evidence))
        lines += self._lines(words("against it"), lead.against, AGAINST, len(cause.against))
        for word, texts in ((words("doubt"), cause.doubts), (words("confirm by"), cause.confirm)):
            lines += self._sentences(word, texts)
        commands = [(step.by_hand, line) for step in steps(cause.next_steps) for line in step.lines]
        for place, (by_hand, line) in enumerate(commands[:STEPS]):
            head = self._head(words("next") if not place else "")
            # A command is whole or not at all: cut, it would be another one.
            whole = one_line(line)
            if by_hand:
                for number, part in enumerate(self._folded(f"- {whole}")):
                    lines.append(f"{' ' * _INDENT if number else head}{part}")
            elif width(whole) <= self.columns - _INDENT:
                lines.append(f"{head}{whole}")
            else:
                lines.append(head + words("(a command too long for this line: see diagnosis.html)"))
        if len(commands) > STEPS:
            lines.append(
                " " * _INDENT + words.counted("and {0} more line", "and {0} more lines", len(commands) - STEPS)
            )
        return lines

    def _head(self, word: str) -> str:
        """What stands before a line: the word, or nothing."""
        return "   " + pad(word, _INDENT - 3)

    def _brief(self, one: CauseView) -> str:
        """With its first line where there is room for it: the page has it anyway."""
        first = f" [{one_line(at(one.lead.evidence[0].event))}]" if one.lead.evidence else ""
        whole = one_line(self._title(one))
        return f"{whole}{first}" if width(whole) + width(first) <= self.columns else self._title(one, self.columns)

    def _lines(self, word: str, cited: tuple[Line, ...], limit: int, total: int) -> list[str]:
        lines = []
        for place, line in enumerate(most_telling(cited, limit)):
            head = self._head("" if place else word)
            text = self._folded(f"{fit(at(line.event), self.columns // 2)}: {line.event.text}")
            lines += [f"{' ' * _INDENT if number else head}{part}" for number, part in enumerate(text)]
        if lines and total > limit:
            lines.append(" " * _INDENT + self.words.counted("and {0} more line", "and {0} more lines", total - limit))
        return lines

    def _sentences(self, word: str, texts: tuple[str, ...]) -> list[str]:
        lines: list[str] = []
        for text in texts[:SENTENCES]:
            for part in self._folded(text):
                lines.append(self._head("" if lines else word) + part)
        return lines

    def _read(self, room: int) -> list[str]:
        """What was read, where no cause is told: how each phone stands, or why nothing is known."""
        lines: list[str] = []
        words = self.words
        phones = phones_in_order(self.view.diagnosis)
        if phones:
            names = ", ".join(f"{one.phone} {words.called('last', one.last)}" for one in phones[:20])
            more = words(" and {0} more", len(phones) - 20) if len(phones) > 20 else ""
            lines += ["", *self._wrapped(words("Phones: {0}", names + more), hanging=3)[:3]]
        sources = self.view.diagnosis.sources
        if sources:
            lines.append("")
        for source in sources[:MAX_SOURCES]:
            read = words.counted("{0} line", "{0} lines", source.lines)
            numbers = [f"{number:,}" for number in (source.recognised, other_lines(source), source.foreign)]
            why = f"; {source.cut}" if source.cut else ""
            tail = fit(words("{0}: {1} known, {2} other, {3} foreign", read, *numbers) + why, self.columns - 26)
            lines.append(f"{fit(source.name, self.columns - width(tail) - 2)}  {tail}")
        if len(sources) > MAX_SOURCES:
            lines.append(words.counted("and {0} more log", "and {0} more logs", len(sources) - MAX_SOURCES))
        return lines[:room]

    def _foot(self, page: str) -> list[str]:
        notes = self.view.diagnosis.notes
        told = [self.words("Note: {0}", note) for note in notes[:MAX_NOTES]]
        lines = [line for note in told for line in self._wrapped(note, hanging=3)[:FOLDS]]
        left = len(notes) - MAX_NOTES
        if left > 0:
            lines.append(self.words.counted("and {0} more note", "and {0} more notes", left))
        if page:
            # Never cut: it is there to be copied.
            lines.append(self.words("Timeline and every line: {0}", one_line(page)))
        return ["", *lines] if lines else []

    def _folded(self, text: str) -> list[str]:
        """At most FOLDS lines for behind the indent, an ellipsis where the text goes on."""
        lines = [line.strip() for line in self._wrapped(text, columns=self.columns - _INDENT)]
        return (
            lines
            if len(lines) <= FOLDS
            else [*lines[: FOLDS - 1], fit(" ".join(lines[FOLDS - 1 :]), self.columns - _INDENT)]
        )

    def _wrapped(self, text: str, *, hanging: int = 0, columns: int = 0) -> list[str]:
        columns = columns or self.columns
        lines = [""]
        for word in one_line(text).split(" "):
            room = columns - (hanging if len(lines) > 1 else 0)
            word = fit(word, columns - hanging)
            if lines[-1] and width(lines[-1]) + 1 + width(word) > room:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
        return [lines[0], *(" " * hanging + line for line in lines[1:])]
