"""Where each part of the timeline's drawing stands. Time runs downwards, the ASA is left, phones are right.

Pixels: y from the top, x from the axis in the middle (the page decides where that is, so the drawing fits any width).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from ..model.diagnosis import Diagnosis
from .diagnosis_timeline import Row, Timeline
from .diagnosis_view import attempt_title
from .text import cut, fit, width
from .words import ENGLISH, Words

# The lanes' distance from the axis; bars stand between lane and axis, in so many columns.
LANE = 64
TRACKS, TRACK = 4, 7
BAR = 5
# Head of the lanes; a row; what a longer step adds at most; a gap.
TOP, PITCH, STRETCH, GAP = 46, 24, 14, 34
MAX_WORDS = 44
MAX_HEAD = 22


class Mark(NamedTuple):
    """A row: side is -1 (ASA) or 1 (phone), and turns x outwards."""

    row: Row
    side: int
    x: int
    y: int
    words: str


class Bar(NamedTuple):
    """An attempt."""

    x: int
    y: int
    height: int
    outcome: str
    title: str


class Band(NamedTuple):
    """A pair: the outline between its two bars, and the line through the middle."""

    outline: tuple[tuple[int, int], ...]
    middle: tuple[int, int]
    certain: bool
    title: str

    @property
    def path(self) -> str:
        return "M" + "L".join(f"{x} {y}" for x, y in self.outline) + "Z"


class Break(NamedTuple):
    """A gap of both lanes, with what it says."""

    y: int
    words: str
    half: int


class Drawing(NamedTuple):
    """lanes: (y1, y2) of each piece of a lane between two gaps; heads: names over ASA and phone lane."""

    height: int
    marks: tuple[Mark, ...]
    bars: tuple[Bar, ...]
    bands: tuple[Band, ...]
    breaks: tuple[Break, ...]
    lanes: tuple[tuple[int, int], ...]
    heads: tuple[str, str]


def draw(diagnosis: Diagnosis, shown: Timeline, words: Words = ENGLISH) -> Drawing:
    """Places of everything; pure, and the same for the same timeline."""
    marks: list[Mark] = []
    breaks: list[Break] = []
    lanes: list[tuple[int, int]] = []
    y, start = TOP, TOP - 14
    heads = (_head(shown, "asa"), _head(shown, "phone"))
    for row in shown.rows:
        if row.gap and not marks:
            y += 8
            breaks.append(Break(y - 12, row.gap, _half(row.gap)))
            y += 16
            start = y - 12
        elif row.gap:
            lanes.append((start, y - 8))
            breaks.append(Break(y + GAP // 2 - 8, row.gap, _half(row.gap)))
            y += GAP + 6
            start = y - 14
        elif marks:
            y += min(STRETCH, round(4 * math.log2(1 + row.step)))
        side = -1 if row.lane == "asa" else 1
        several = heads[0 if row.lane == "asa" else 1] == ""
        said = f"{row.event.device} {row.words}" if several and row.event.device else row.words
        marks.append(Mark(row, side, side * LANE, y, fit(said, MAX_WORDS)))
        y += PITCH
    lanes.append((start, y - 8))
    bars, places = _bars(diagnosis, shown, marks, words)
    return Drawing(
        height=y + 4,
        marks=tuple(marks),
        bars=bars,
        bands=_bands(diagnosis, places, words),
        breaks=tuple(breaks),
        lanes=tuple(lanes),
        heads=heads,
    )


def _half(words: str) -> int:
    """Half the room that the words of a gap take, about."""
    return 10 + round(width(words) * 3.3)


def _head(shown: Timeline, lane: str) -> str:
    """The one device of a lane; "" where there are several, and each mark names its own."""
    names = {row.event.device for row in shown.rows if row.lane == lane}
    return fit(names.pop(), MAX_HEAD) if len(names) == 1 else ""


def _bars(
    diagnosis: Diagnosis, shown: Timeline, marks: list[Mark], words: Words
) -> tuple[tuple[Bar, ...], dict[int, Bar]]:
    """A bar an attempt, beside those that run at the same time; more than fit share the innermost place."""
    at = {index: mark for mark in marks for index in mark.row.indexes}
    spans: list[tuple[int, int, int, int]] = []
    for number in shown.attempts:
        own = [at[index] for index in diagnosis.attempts[number].events if index in at]
        if own:
            spans.append((min(mark.y for mark in own) - 6, max(mark.y for mark in own) + 6, number, own[0].side))
    ends: dict[int, list[int]] = {-1: [-1] * TRACKS, 1: [-1] * TRACKS}
    places: dict[int, Bar] = {}
    for top, bottom, number, side in sorted(spans):
        free = [track for track in range(TRACKS) if ends[side][track] < top]
        track = free[0] if free else TRACKS - 1
        ends[side][track] = max(bottom, ends[side][track])
        one = diagnosis.attempts[number]
        x = side * (LANE - 12 - track * TRACK) - BAR // 2
        places[number] = Bar(x, top, bottom - top, one.outcome, cut(attempt_title(one, words), 120))
    return tuple(places.values()), places


def _bands(diagnosis: Diagnosis, places: dict[int, Bar], words: Words) -> tuple[Band, ...]:
    found = []
    for pair in diagnosis.pairs:
        left, right = places.get(pair.asa), places.get(pair.phone)
        if left is None or right is None:
            continue
        x1, x2 = left.x + BAR, right.x
        outline = ((x1, left.y), (x2, right.y), (x2, right.y + right.height), (x1, left.y + left.height))
        middle = (left.y + left.height // 2, right.y + right.height // 2)
        why = "; ".join(map(words.diagnosed, pair.reasons))
        said = words("One attempt: {0}", why) if pair.certain else words("One attempt, probably: {0}", why)
        found.append(Band(outline, middle, pair.certain, cut(said, 200)))
    return tuple(found)
