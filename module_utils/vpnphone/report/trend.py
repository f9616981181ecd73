"""What changed since the run before, in words: for a terminal and for report.md, and as a drawing for report.html.

A run that is not in the history has a trend with the reason alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from ..model import SEVERITY_ORDER, Severity
from ..model.history import ChangedDevice, DeviceRecord, Due, Episode, FindingChange, Point, Still, Trend
from .text import bare, fit, pad, width
from .words import ENGLISH, Words
from .words import words as words_of

MIN_WIDTH, MAX_WIDTH = 80, 160
# Lines of one list at a terminal and in Markdown; trend.json has more, and the page shows PAGE_LINES.
LINES = 12
MARKDOWN_LINES = 10
PAGE_LINES = 60
# Columns that a finding needs beside what is told of it.
_LEAST = 32

# What became of findings, in the order in which it is told.
CHANGE_WORDS: dict[FindingChange, str] = {
    "new": "New",
    "waiver_ended": "Open again, the waiver has ended",
    "decided": "Open again after UNKNOWN",
    "undecided": "Could not be judged any more",
    "waived": "Accepted by a waiver",
    "fixed": "Fixed",
    "gone": "Does not apply any more",
}
KIND_WORDS = {
    "leaf": "ASA certificate",
    "chain": "its issuer",
    "phone-ca": "CA of phones",
    "CAPF": "CAPF",
    "LSC": "LSC",
    "Phone-VPN-trust": "Phone-VPN-trust",
}


def headline(trend: Trend) -> str:
    """The trend in one sentence."""
    if trend.failure is not None:
        return "This run is not in the history, so what changed is not known."
    if trend.previous_started is None:
        return f"This is the first recorded run of {trend.site}: {trend.totals.get('open', 0)} findings are open."
    changed = trend.changed
    new, fixed = changed.get("new", 0), changed.get("fixed", 0)
    still = trend.totals.get("open", 0) + trend.totals.get("undecided", 0) - new
    return f"Since {stamp(trend.previous_started)}: {new} new, {fixed} fixed, {still} still open."


def about(trend: Trend) -> str:
    """How many runs there are."""
    if trend.first_run is None:
        return ""
    return "1 run." if trend.runs == 1 else f"{trend.runs} runs since {trend.first_run:%Y-%m-%d}."


def left_out(trend: Trend) -> str:
    """What a run of a part of the site says of the rest; "" where it was whole, or nobody knows."""
    if not trend.left_out:
        return ""
    devices = "1 device of the inventory was" if trend.left_out == 1 else f"{trend.left_out} devices were"
    return f"{devices} not in this run (--limit): nothing there counts as fixed."


def stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def age(since: datetime, now: datetime) -> str:
    """ "since 2026-11-01 (23 days)"; the day alone where it is less than one."""
    days = (now - since).days
    return f"since {since:%Y-%m-%d}" + (f" ({days} day{'' if days == 1 else 's'})" if days > 0 else "")


def subject(finding: Episode) -> str:
    """Where: the device, and what on it."""
    return f"{finding.device} {finding.subject}".strip()


def device_words(one: ChangedDevice) -> str:
    """What became of a device, in a sentence."""
    findings = f", with {one.findings} finding{'' if one.findings == 1 else 's'}" if one.findings else ""
    match one.change:
        case "first_seen":
            return f"{one.name} is new"
        case "renamed":
            return f"{one.was} is now called {one.name}{findings}"
        case "vanished":
            return f"{one.name} is not in the inventory any more{findings}: these are not fixed"
        case "returned":
            return f"{one.name} is in the inventory again{findings}"
        case "unread":
            return f"{one.name} could not be read{findings}: nothing is known of them now"
        case _:
            return f"{one.name} could be read again" + (f", after {stamp(one.since)}" if one.since else "")


def due_words(due: Due) -> str:
    """When something ends, and how soon."""
    day = f"{'about ' if due.entry.about else ''}{due.entry.ends:%Y-%m-%d}"
    if due.within == 0:
        return f"{day}, ended"
    return f"{day}, in {due.days} day{'' if due.days == 1 else 's'}"


def due_severity(due: Due, thresholds: Sequence[int]) -> Severity:
    """How urgent: ended, within the smallest threshold, within another one, later."""
    if due.within is None:
        return "info"
    if due.within == 0:
        return "critical"
    return "high" if due.within == min(thresholds) else "medium"


def places(due: Due) -> str:
    """Who told of it, and of how many phones it is."""
    left = due.number - len(due.places)
    names = ", ".join(due.places) + (f" and {left} more" if left > 0 else "")
    phones = due.entry.phones
    return f"{names}, {phones} phone{'' if phones == 1 else 's'}" if phones else names


def changed(trend: Trend, change: FindingChange) -> list[Episode]:
    """The findings of which this became, the most severe first."""
    found = [one.finding for one in trend.changes if one.change == change]
    return sorted(found, key=lambda one: SEVERITY_ORDER.index(one.severity))


def together(found: Iterable[Still]) -> list[tuple[Still, int]]:
    """Findings of one control on one device that are known as long, as the first of them and their number."""
    groups: dict[object, tuple[Still, int]] = {}
    for still in found:
        one = still.finding
        key = (one.device, one.control, f"{one.since:%Y-%m-%d}", still.why)
        first, number = groups.get(key, (still, 0))
        groups[key] = (first, number + 1)
    return list(groups.values())


def imminent(trend: Trend) -> tuple[Due, ...]:
    """The lines of the calendar that fall under a threshold."""
    return tuple(due for due in trend.calendar if due.within is not None)


# --- terminal -------------------------------------------------------------------------------------------------------


def render_trend(trend: Trend, *, width: int = 100, language: str = "en") -> str:
    """The trend as text without a final newline; width in columns, taken between 80 and 160."""
    table = _Table(trend, max(MIN_WIDTH, min(width, MAX_WIDTH)), words_of(language))
    return "\n".join(line.rstrip() for line in table.lines())


def also(sites: Sequence[str], words: Words) -> str:
    """The other sites of the history."""
    return words("Also in this history: {0} (make trend SITE=NAME)", ", ".join(sites))


class _Table:
    def __init__(self, trend: Trend, columns: int, words: Words) -> None:
        self.trend = trend
        self.columns = columns
        self.words = words
        self.say = words.say

    def lines(self) -> list[str]:
        trend, words, say = self.trend, self.words, self.say
        run = words("Run {0} of {1}.", trend.run_id, stamp(trend.started))
        head = [
            fit(f"{trend.site}: {say(headline(trend))}", self.columns),
            fit(f"{run} {say(about(trend))}", self.columns),
            *filter(None, [fit(say(left_out(trend)), self.columns)]),
        ]
        if trend.failure is not None:
            todo = words("To do: {0}", say(trend.failure.todo))
            return [*head, *self._part(words("WHY"), [say(trend.failure.what), todo], 0)]
        for change, became in CHANGE_WORDS.items():
            found = [Still(finding=one) for one in changed(trend, change)]
            head += self._findings(words(became).upper(), found, trend.changed.get(change, 0))
        still = trend.totals.get("open", 0) + trend.totals.get("undecided", 0) - trend.changed.get("new", 0)
        return [
            *head,
            *self._findings(words("STILL OPEN"), trend.still, still),
            *self._findings(words("ACCEPTED RISKS"), trend.waived, trend.totals.get("waived", 0)),
            *self._part(words("DEVICES"), [say(device_words(one)) for one in trend.devices], len(trend.devices)),
            *self._part(words("COULD NOT BE READ"), map(self._unread, trend.unread), len(trend.unread)),
            *self._drift(),
            *self._calendar(),
        ]

    def _part(self, title: str, lines: Iterable[str], number: int) -> list[str]:
        """A list under its title, which has the whole number (0: none is told); its lines are cut to the width."""
        shown = [f"    {fit(line, self.columns - 4)}" for line in lines]
        left = len(shown) - LINES
        more = ["    " + self.words("and {0} more lines", left)] if left > 0 else []
        return ["", f"{title} ({number})" if number else title, *shown[:LINES], *more] if shown else []

    def _findings(self, title: str, found: Sequence[Still], number: int) -> list[str]:
        groups = together(found)
        if not groups:
            return []
        shown = [f"    {line}" for group in groups[:LINES] for line in self._finding(*group)]
        left = number - sum(count for _, count in groups[:LINES])
        more = ["    " + self.words("and {0} more", left)] if left > 0 else []
        return ["", f"{title} ({number})", *shown, *more]

    def _finding(self, still: Still, number: int) -> list[str]:
        """One line; what does not fit behind it stands below it."""
        one = still.finding
        when = self.say(age(one.since, self.trend.started)) if one.since < self.trend.started else ""
        others = self.words("and {0} like it", number - 1) if number > 1 else ""
        tail = "  ".join(filter(None, (others, when, f"[{self.say(still.why)}]" if still.why else "")))
        severity = pad(self.words(one.severity), 9)
        head, text = f"{severity}{one.control}  ", f"{subject(one)}: {bare(self.say(one.message))}"
        room = self.columns - 4 - width(head)
        beside = room - width(tail) - 2 if tail else room
        if beside >= _LEAST:
            return [head + fit(text, beside) + (f"  {tail}" if tail else "")]
        return [head + fit(text, room), f"    {fit(tail, self.columns - 8)}"]

    def _unread(self, one: DeviceRecord) -> str:
        since = f" {self.say(age(one.unread_since, self.trend.started))}" if one.unread_since else ""
        return f"{one.name} [{one.failure}]{since}"

    def _drift(self) -> list[str]:
        """The binding that runs against the saved one; told also where it is the same, since that was asked."""
        if not self.trend.drift:
            return ["", self.words("BINDING  what runs is what is saved, wherever it was judged")]
        number = len(self.trend.drift)
        return self._findings(self.words("BINDING DIFFERS BETWEEN RUNNING AND STARTUP"), self.trend.drift, number)

    def _calendar(self) -> list[str]:
        calendar, soon = self.trend.calendar, imminent(self.trend)
        if not calendar:
            return ["", self.words("EXPIRY CALENDAR  no certificate has an end that was learned")]
        limit = max(self.trend.thresholds, default=0)
        ends, none = self.words("ENDS WITHIN {0} DAYS", limit), self.words("NOTHING ENDS WITHIN {0} DAYS; NEXT", limit)
        title = ends if soon else none
        shown = (soon or calendar[:3])[:LINES]
        left = len(soon) - LINES
        more = ["    " + self.words("and {0} more", left)] if left > 0 else []
        return ["", f"{title} ({len(soon)})" if soon else title, *map(self._due, shown), *more]

    def _due(self, due: Due) -> str:
        kind = pad(self.words(KIND_WORDS[due.entry.kind]), 16)
        head = f"    {pad(self.say(due_words(due)), 26)}  {kind}  "
        return head + fit(f"{due.entry.name} ({self.say(places(due))})", max(self.columns - width(head), 20))


# --- Markdown -------------------------------------------------------------------------------------------------------


def render_markdown(
    trend: Trend, prose: Callable[[str], str], code: Callable[[str], str], words: Words = ENGLISH
) -> list[str]:
    """Blocks for report.md; prose and code escape its text."""
    told = filter(None, (headline(trend), about(trend), left_out(trend)))
    blocks = ["## " + words("Since the run before") + "\n", prose(" ".join(map(words.say, told))) + "\n"]
    if trend.failure is not None:
        todo = words("To do: {0}", prose(words.say(trend.failure.todo)))
        return [*blocks, f"{prose(words.say(trend.failure.what))} {todo}\n"]

    def part(title: str, lines: Sequence[str], number: int, shown: int) -> None:
        left = number - shown
        if lines:
            more = ["- " + words("and {0} more", left)] if left > 0 else []
            blocks.append("\n".join([f"**{title} ({number})**\n", *lines, *more]) + "\n")

    def findings(title: str, found: Sequence[Still], number: int) -> None:
        groups = together(found)[:MARKDOWN_LINES]
        part(title, [line(*group) for group in groups], number, sum(count for _, count in groups))

    def line(still: Still, number: int) -> str:
        one = still.finding
        others = words(", and {0} like it", number - 1) if number > 1 else ""
        message = prose(bare(words.say(one.message)))
        head = f"- {words(one.severity)} · {prose(one.control)} · {code(subject(one))}: {message}"
        return f"{head} · {words.say(age(one.since, trend.started))}{others}"

    for change, became in CHANGE_WORDS.items():
        found = [Still(finding=one) for one in changed(trend, change)]
        findings(words(became), found, trend.changed.get(change, 0))
    lines = [f"- {prose(words.say(device_words(one)))}" for one in trend.devices[:MARKDOWN_LINES]]
    part(words("Devices"), lines, len(trend.devices), len(lines))
    findings(words("Binding differs between running and startup"), trend.drift, len(trend.drift))
    soon = imminent(trend)
    lines = [
        f"- {words.say(due_words(due))} · {words(KIND_WORDS[due.entry.kind])} · {code(due.entry.name)}"
        f" ({prose(words.say(places(due)))})"
        for due in soon[:MARKDOWN_LINES]
    ]
    part(words("Ends within {0} days", max(trend.thresholds, default=0)), lines, len(soon), len(lines))
    return blocks


# --- drawing --------------------------------------------------------------------------------------------------------


class Column(NamedTuple):
    """A run in the drawing, in units of its box: where it stands, and the heights of its parts from below."""

    point: Point
    x: int
    width: int
    parts: tuple[tuple[str, int, int], ...]


BOX = (1000, 200)
_GAP = 2
_PARTS = (("fail", "open"), ("error", "undecided"), ("waived", "waived"))


def columns(points: Sequence[Point]) -> tuple[Column, ...]:
    """Stacked columns over the whole box; the highest one fills it. (class, y, height) of each part."""
    across, high = BOX
    top = max((one.open + one.undecided + one.waived for one in points), default=0) or 1
    made = []
    for number, point in enumerate(points):
        x, end = across * number // len(points), across * (number + 1) // len(points)
        parts, below = [], 0
        for name, field in _PARTS:
            amount = getattr(point, field)
            low, up = high * below // top, high * (below + amount) // top
            if amount:
                parts.append((name, high - up, max(up - low, 1)))
            below += amount
        made.append(Column(point, x, max(end - x - _GAP, 1), tuple(parts)))
    return tuple(made)
