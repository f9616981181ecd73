"""The short table at the end of an audit: who is worst, what matters, what to type next."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..model import Run, Status
from ..rundir import FILE_NAMES
from .moments import MOMENTS
from .phones import Phones
from .text import bare, fit, one_line, pad, width
from .translate import translated
from .view import STANDING_WORDS, STATUS_WORDS, DeviceView, FindingView, View, view
from .words import words

MIN_WIDTH, MAX_WIDTH = 80, 160
# Devices named one by one, worst first; a table of a thousand is no table.
MAX_DEVICES = 25
FINDINGS = 3
CAUSES = 3
# Devices that get lines below theirs; the others have their row alone.
MAX_DETAILED = 8
# Lines of what happened, and as many of what to do, for a device that could not be read.
MAX_LINES = 3
MAX_NOTES = 3

_ORDER: tuple[Status, ...] = ("fail", "error", "waived", "pass", "skipped")
# Columns of a row beside the name: two blanks, the status word, the numbers; and of the standing behind them.
_FIXED = 10 + sum(len(STATUS_WORDS[status]) + 1 for status in _ORDER) - 1
_STANDING = 2 + max(len(words) for words in STANDING_WORDS.values())
_COLOURS: dict[Status, str] = {"error": "33", "fail": "31", "waived": "36", "pass": "32", "skipped": "90"}


def render_terminal(run: Run | View, *, width: int = 100, colour: bool = False, language: str = "en") -> str:
    """The table as text without a final newline.

    width is in columns, taken between 80 and 160. Without `colour` there is not one control character but newlines.
    """
    shown = translated(run if isinstance(run, View) else view(run), words(language))
    return _Table(shown, max(MIN_WIDTH, min(width, MAX_WIDTH)), colour).text()


class _Table:
    def __init__(self, shown: View, columns: int, colour: bool) -> None:
        self.view = shown
        self.words = shown.words
        self.columns = columns
        self.colour = colour
        names = [width(device.result.name + device.mark) for device in shown.worst_first[:MAX_DEVICES]]
        self.name_width = max(6, min(max(names, default=0), columns - _FIXED))
        # The standing is the first thing to go where names are long; the sentence above the table says it too.
        self.standing = self.name_width + _FIXED + _STANDING <= columns

    def text(self) -> str:
        devices = self.view.worst_first
        lines = self._wrapped(f"{self.view.run.site}: {self.view.verdict}")
        if self.view.phones:
            lines += ["", *self._phones(self.view.phones)]
        if devices:
            lines.append("")
            heads = " ".join(STATUS_WORDS[status] for status in _ORDER)
            lines.append(f"{'DEVICE':<{self.name_width}}  {'STATUS':<8}{heads}{'  STANDING' if self.standing else ''}")
        for index, device in enumerate(devices[:MAX_DEVICES]):
            lines += [self._row(device), *(self._below(device) if index < MAX_DETAILED else [])]
        left = devices[MAX_DEVICES:]
        if left:
            statuses = [device.result.status for device in left]
            parts = [f"{statuses.count(status)} {STATUS_WORDS[status]}" for status in _ORDER if status in statuses]
            lines.append(self.words("and {0} more devices: {1}", len(left), ", ".join(parts)))
        for note in self.view.run.notes[:MAX_NOTES]:
            lines += ["", *self._wrapped(self.words("Note: {0}", note))[:MAX_LINES]]
        return "\n".join(line.rstrip() for line in [*lines, *self._next()])

    def _phones(self, phones: Phones) -> list[str]:
        """One line of counts, then the causes that matter most, each with its phones."""
        first = phones.moments[0]
        counts = ", ".join(f"{number:,} {verdict}" for verdict, number in first.counts.items() if number)
        lines = [f"PHONES  {self.words(MOMENTS[first.moment])}: {counts}"]
        shown = phones.urgent[:CAUSES]
        digits = max((len(f"{cause.number:,}") for cause in shown), default=0)
        for cause in shown:
            word = self._paint(f"{cause.verdict:<10}", cause.status)
            when = "" if cause.moment == first.moment else f"{self.words(MOMENTS[cause.moment])}: "
            where = f"{cause.where}: " if cause.where else ""
            # 4 of indent, 10 of the verdict, a blank and two before and behind the number.
            room = self.columns - 17 - digits
            lines.append(f"    {word} {cause.number:>{digits},}  {fit(when + where + bare(cause.text), room)}")
        if len(phones.urgent) > CAUSES:
            lines.append(self._indented(self.words("and {0} more causes", len(phones.urgent) - CAUSES)))
        return lines

    def _row(self, device: DeviceView) -> str:
        name = pad(fit(device.result.name + device.mark, self.name_width), self.name_width)
        status = device.result.status
        numbers = " ".join(f"{device.counts[key] or '.':>{len(STATUS_WORDS[key])}}" for key in _ORDER)
        standing = f"  {self.words(STANDING_WORDS[device.standing])}" if self.standing else ""
        return f"{name}  {self._paint(f'{STATUS_WORDS[status]:<8}', status)}{numbers}{standing}"

    def _below(self, device: DeviceView) -> list[str]:
        """The reason of a device that could not be read, or its few findings that matter most."""
        failure = device.result.failure
        lines = []
        if failure:
            lines += self._wrapped(f"{failure.what} [{failure.code}]", indent=4)[:MAX_LINES]
            if failure.todo:
                lines += self._wrapped(self.words("To do: {0}", failure.todo), indent=4)[:MAX_LINES]
        items = device.matters
        for item in items[:FINDINGS]:
            lines.append(self._finding(item))
        if len(items) > FINDINGS:
            lines.append(self._indented(self.words("and {0} more", len(items) - FINDINGS)))
        return lines

    def _finding(self, item: FindingView) -> str:
        finding = item.finding
        status: Status = "fail" if item.failed else finding.status
        word = self._paint(f"{STATUS_WORDS[status]:<8}", status)
        head = f"{finding.severity:<9}{finding.control}  "
        # The message says what is wrong here; the title only what should be.
        text = bare(item.message) or finding.title
        # 4 of indent, 8 of the status word: the rest of the line is left for the text.
        room = self.columns - 12 - width(head)
        return f"    {word}{head}{fit(text, max(room, 20))}"

    def _next(self) -> list[str]:
        """What to type next: names of phones, the page of the first control, another audit of whom it did not reach."""
        lines = []
        for cause in self.view.phones.urgent[:1] if self.view.phones else ():
            lines.append(f"""grep '"{cause.moment}","{cause.verdict}"' reports/latest/{FILE_NAMES["phones"]}""")
        for action in self.view.actions[:1]:
            control = action.finding.control
            if re.fullmatch(r"[A-Z]{1,8}-[0-9]{1,6}", control):
                lines.append(f"less docs/controls/{control}.md")
        failures = [(device.result.name, device.result.failure) for device in self.view.devices]
        # Those of saved outputs are no hosts of an inventory.
        unread = [name for name, failure in failures if failure and not failure.code.startswith("saved_outputs_")]
        if unread:
            command = "ansible-playbook playbooks/audit.yml -i INVENTORY --limit "
            lines.append(command + _limit(unread, self.columns - 5 - len(command)))
        return ["", *(f"{'Next' if not index else '':<5}{line}" for index, line in enumerate(lines))] if lines else []

    def _wrapped(self, text: str, indent: int = 0) -> list[str]:
        lines = [""]
        room = self.columns - indent
        for word in one_line(text).split(" "):
            word = fit(word, room)
            if lines[-1] and width(lines[-1]) + 1 + width(word) > room:
                lines.append(word)
            else:
                lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
        return [" " * indent + line for line in lines]

    def _indented(self, text: str) -> str:
        return "    " + fit(text, self.columns - 4)

    def _paint(self, text: str, status: Status) -> str:
        return f"\x1b[{_COLOURS[status]}m{text}\x1b[0m" if self.colour else text


def _limit(names: Sequence[str], room: int) -> str:
    """An Ansible pattern of the names, or a word in its place where it would not be one line to type."""
    plain = all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name) for name in names)
    text = ",".join(names)
    return text if plain and len(text) <= room else "DEVICES"
