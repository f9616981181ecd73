"""report.html: one self-contained page. It loads nothing, and reads and prints without JavaScript.

Its content security policy allows exactly the one style and the one script in it, by hash. Device text reaches the
page through Jinja's autoescape alone; no script block and no attribute handler holds any data.
"""

from __future__ import annotations

import functools
import json
from typing import Any, NamedTuple

from jinja2 import Template
from markupsafe import Markup

from ..model import SEVERITY_ORDER, Connection, Severity, Status, Waiver
from ..model.history import Trend
from . import trend as told
from .moments import MOMENTS, MomentView
from .page import asset, policy, spoken, styles, template
from .phones import AS_STATUS, Phones, in_order
from .text import Step, bare, cut, natural, steps
from .view import STANDING_WORDS, STATUS_MARKS, STATUS_WORDS, DeviceView, FindingView, Standing, View, alike
from .words import Words

# What one place of the page shows at most; run.json has the rest, and the page says how much that is.
MAX_EVIDENCE = 30
MAX_EVIDENCE_LINE = 300
MAX_OUTCOMES = 30
MAX_UNPARSED = 40
MAX_NAMES = 24
# Controls listed before the rest is folded away.
MAX_ACTIONS = 10
# Causes on the first screen, and places of each; causes and cases with their attempts; what one case shows.
MAX_LEAD = 3
MAX_PLACES = 4
MAX_CAUSES = 120
MAX_CASES = 30
MAX_ATTEMPTS = 8
MAX_REASONS = 20
# Names in one group of a case; phones.csv has the rest.
MAX_PHONES = 2000
# Up to this many devices, those that need action stand open when the page is loaded.
OPEN_DEVICES = 6

_AS_STANDING: dict[Connection, Standing] = {"LOCKED OUT": "lockout", "UNKNOWN": "undecided", "CONNECTS": "ready"}

# Texts of report.js and phones.js, each between two double quotes there.
SCRIPT_TEXTS = (
    " of ", " results on ", "ASAs", "Copy", "Copy these commands", "Copied", "Select it", "No phone fits.", ", under ",
    " cause", " causes",
)  # fmt: skip

EXIT_WORDS = {
    0: "all good",
    1: "a fault of the tool",
    2: "findings",
    3: "could not decide or reach",
}


class Bar(NamedTuple):
    """One part of the bar below the verdict; start and size in permille of all devices."""

    standing: Standing
    start: int
    size: int
    number: int


class MomentRow(NamedTuple):
    """A moment of the table: its bar in permille of the phones, and the first cause of each verdict."""

    one: MomentView
    bars: tuple[Bar, ...]
    first: dict[Connection, str]


class WaiverRow(NamedTuple):
    """A waiver and the finding that it covers, or covered until it expired."""

    device: DeviceView
    item: FindingView
    waiver: Waiver


def render(view: View) -> str:
    """The page; the same run gives the same bytes."""
    sheets, script = ["report.css"], asset("report.js")
    if view.phones:
        sheets.append("phones.css")
        script += asset("phones.js")
    if view.trend:
        sheets.append("trend.css")
    style = styles(view.words, *sheets)
    script = in_language(script, view.words)
    return _template().render(
        **spoken(view.words),
        view=view,
        run=view.run,
        style=Markup(style),  # noqa: S704 - a file of this project
        script=Markup(script),  # noqa: S704 - a file of this project
        policy=policy(style, script),
        bars=_bars(view),
        severities=_open_by_severity(view),
        waivers=_waivers(view),
        open_all=len(view.devices) <= OPEN_DEVICES,
        exit_words=EXIT_WORDS[view.run.exit_code],
        status_words=STATUS_WORDS,
        status_marks=STATUS_MARKS,
        standing_words=STANDING_WORDS,
        severity_order=SEVERITY_ORDER,
        limits={
            "outcomes": MAX_OUTCOMES,
            "unparsed": MAX_UNPARSED,
            "names": MAX_NAMES,
            "actions": MAX_ACTIONS,
            "evidence": MAX_EVIDENCE,
            "lead": MAX_LEAD,
            "places": MAX_PLACES,
            "causes": MAX_CAUSES,
            "cases": MAX_CASES,
            "attempts": MAX_ATTEMPTS,
            "reasons": MAX_REASONS,
            "phones": MAX_PHONES,
        },
        **(_of_phones(view.phones) if view.phones else {}),
        **(_of_trend(view.trend) if view.trend else {}),
    )


@functools.cache
def _template() -> Template:
    return template(
        "report.html.j2",
        steps=steps,
        bare=bare,
        short=lambda text: cut(text, MAX_EVIDENCE_LINE),
        shown_as=shown_as,
        alike=alike,
        first_steps=first_steps,
        alone=lambda found: [(one, "") for one in found],
        standing=lambda found: [(one.finding, one.why) for one in found],
        capitalize_first=lambda text: text[:1].upper() + text[1:],
    )


def in_language(script: str, words: Words) -> str:
    """The script with its texts in the report's language."""
    for text in () if words.english else SCRIPT_TEXTS:
        script = script.replace(f'"{text}"', json.dumps(words(text), ensure_ascii=False))
    return script


def shown_as(item: FindingView) -> Status:
    """The status that a finding is shown with: a certain fail is never hidden behind an unknown beside it."""
    return "fail" if item.failed else item.finding.status


def _of_phones(phones: Phones) -> dict[str, Any]:
    """What the phones' part of the page needs: filters carry numbers, never a name, in their attributes."""
    models = in_order(row.model for cause in phones.causes for case in cause.cases for row in case.phones)
    return {
        "as_status": AS_STATUS,
        "moment_words": MOMENTS,
        "shapes": [_moment_row(phones, one) for one in phones.moments],
        "numbers": {
            "models": {model: f"m{number}" for number, model in enumerate(models)},
            "asas": {asa: f"a{number}" for number, asa in enumerate(phones.asas)},
        },
        "asas_in": lambda attempts: dict.fromkeys(attempt.asa for attempt in attempts if attempt.asa),
    }


def _of_trend(trend: Trend) -> dict[str, Any]:
    """What the part on the history needs."""
    return {
        "trend": trend,
        "told": told,
        "columns": told.columns(trend.points),
        "box": told.BOX,
        "by_change": {change: told.changed(trend, change) for change in told.CHANGE_WORDS},
    }


def _moment_row(phones: Phones, one: MomentView) -> MomentRow:
    first: dict[Connection, str] = {}
    for cause in phones.causes:
        if one.moment in cause.counts:
            first.setdefault(cause.verdict, cause.anchor)
    return MomentRow(one, tuple(_shares({_AS_STANDING[key]: number for key, number in one.counts.items()})), first)


def first_steps(fix: tuple[str, ...]) -> list[Step]:
    """What to begin with: the first step, with the one that it announces."""
    found = steps(fix)
    return found[: 2 if found and found[0].text.endswith(":") else 1]


def _bars(view: View) -> list[Bar]:
    return _shares(view.standings)


def _shares(numbers: dict[Standing, int]) -> list[Bar]:
    total = sum(numbers.values())
    bars = []
    seen = 0
    for standing, count in numbers.items():
        if count:
            start, end = 1000 * seen // total, 1000 * (seen + count) // total
            bars.append(Bar(standing, start, end - start, count))
            seen += count
    return bars


def _open_by_severity(view: View) -> list[tuple[Severity, int]]:
    found = [item.finding.severity for device in view.devices for item in device.matters]
    return [(severity, found.count(severity)) for severity in SEVERITY_ORDER if severity in found]


def _waivers(view: View) -> list[WaiverRow]:
    rows = [
        WaiverRow(device, item, waiver)
        for device in view.devices
        for item in device.findings
        if (waiver := item.finding.waiver)
    ]
    return sorted(
        rows, key=lambda row: (row.waiver.expires, natural(row.device.result.name), natural(row.item.finding.control))
    )
