"""diagnosis.html: one self-contained page with the timeline drawn. It loads nothing and needs no script.

Its content security policy allows exactly the one style in it, by hash; text of a log reaches it by Jinja's autoescape
alone, after diagnosis_view made it safe to show.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from jinja2 import Template
from markupsafe import Markup

from ..model.diagnosis import Confidence, Side
from .diagnosis_drawing import LANE, draw
from .diagnosis_timeline import timeline
from .diagnosis_view import (
    CONFIDENCE_WORDS,
    OUTCOME_WORDS,
    PAST,
    SIDE_WORDS,
    DiagnosisView,
    at,
    other_lines,
    phones_in_order,
    says,
    who,
)
from .page import policy, spoken, styles, template
from .text import cut
from .words import Words

MAX_TEXT = 400
MAX_PHONES = 500
MAX_SOURCES = 200
MAX_CIPHERS = 40
MAX_NOTES = 30
# The report's own colours.
CONFIDENCE_MARKS: dict[Confidence, str] = {"certain": "fail", "likely": "error", "indicated": "waived"}
OUTCOME_MARKS = {"connected": "pass", "failed": "fail", "unknown": "skipped"}
KIND_WORDS = {"bad": "✕ trouble", "good": "● success", "context": "○ context"}
KIND_MARKS = {"bad": "fail", "good": "pass", "context": "skipped"}


def render(view: DiagnosisView) -> str:
    """The page; the same diagnosis gives the same bytes."""
    words = view.words
    style = styles(words, "report.css", "diagnosis.css")
    shown = timeline(view)
    return _template().render(
        **_spoken(words),
        view=view,
        found=view.diagnosis,
        timeline=shown,
        drawing=draw(view.diagnosis, shown, words),
        drawn=[view.diagnosis.attempts[index] for index in shown.attempts],
        anchors={index: row.anchor for row in shown.rows for index in row.indexes},
        phones=phones_in_order(view.diagnosis),
        style=Markup(style),  # noqa: S704 - a file of this project
        policy=policy(style, ""),
        lane=LANE,
        past=words(PAST),
        unseen=r"\x1b, \u202e",
        against=any(label[-1].isalpha() for labels in view.labels.values() for label in labels),
        confidence_words=CONFIDENCE_WORDS,
        confidence_marks=CONFIDENCE_MARKS,
        outcome_words=OUTCOME_WORDS,
        outcome_marks=OUTCOME_MARKS,
        kind_words=KIND_WORDS,
        kind_marks=KIND_MARKS,
        limits={"phones": MAX_PHONES, "sources": MAX_SOURCES, "ciphers": MAX_CIPHERS, "notes": MAX_NOTES},
    )


@functools.cache
def _template() -> Template:
    return template("diagnosis.html.j2", at=at, other_lines=other_lines, short=lambda text: cut(text, MAX_TEXT))


def _spoken(words: Words) -> dict[str, Callable[..., object]]:
    """The functions by which the template takes its texts."""

    def side(one: Side | None) -> str:
        return words(SIDE_WORDS[one])

    def counted(one: str, several: str, number: int) -> Markup:
        return words.many_marked(one, several, number, f"{number:,}")

    return {
        **spoken(words),
        "called": words.called,
        "counted": counted,
        "meant": words.meant,
        "says": lambda event: says(event, words),
        "side": side,
        "who": lambda cause: who(cause, words),
    }
