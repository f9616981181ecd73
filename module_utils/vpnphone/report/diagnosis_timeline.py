"""The rows of the timeline: the same for its drawing, its table and its Markdown.

Hundreds of attempts do not fit into a drawing that anybody reads: what a cause cites comes first, then the attempts
around it, then the newest; the rest is counted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from datetime import date, timedelta
from typing import Literal, NamedTuple

from ..diagnose.signatures import Kind
from ..model.diagnosis import ClockOffset, Diagnosis, LogEvent
from .diagnosis_view import AGREES, DiagnosisView, at, duration, in_words, kind_of, offset_words
from .words import Words

# Rows drawn; cited lines (MAX_NUMBERED of the view) are always among them.
MAX_ROWS = 120
# Rows of one attempt: its beginning and its end.
MAX_BEGIN, MAX_END = 8, 24
# A longer silence than this (seconds) is drawn as a gap.
MAX_STEP = 20.0
# Phones whose clock is told in words, one sentence each.
MAX_CLOCKS = 8

Lane = Literal["asa", "phone"]
_DAY = 86400.0


class Moment(NamedTuple):
    """When, by the clock it is shown by. day: None where the log has no date; seconds: of the day.

    clock: "" the ASA's, the name of a phone where only its own is known. fine: the line has fractions of a second.
    """

    clock: str
    day: date | None
    seconds: float
    fine: bool

    @property
    def text(self) -> str:
        """10:19:27, with a tenth where the line has as much."""
        tenths = int(self.seconds * 10)
        hours, rest = divmod(tenths // 10, 3600)
        whole = f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
        return f"{whole}.{tenths % 10}" if self.fine else whole


class Row(NamedTuple):
    """A mark: one line, or several alike that follow each other. gap: what lies between it and the row before.

    own: the time that the line itself has, where it is another than the one it is drawn at. place: where its first line
    is, and how many more are meant.
    """

    number: int
    indexes: tuple[int, ...]
    event: LogEvent
    lane: Lane
    kind: Kind
    when: Moment | None
    own: str
    words: str
    labels: tuple[str, ...]
    gap: str
    step: float
    place: str

    @property
    def anchor(self) -> str:
        return f"e{self.indexes[0]}"


class Timeline(NamedTuple):
    """rows in order; attempts drawn (indexes of Diagnosis.attempts); intro, clocks, left (not drawn): in words."""

    rows: tuple[Row, ...]
    intro: str
    attempts: tuple[int, ...]
    clocks: tuple[str, ...]
    left: str
    undated: int


def lane_of(event: LogEvent) -> Lane:
    return "asa" if event.side in ("asa", "debug") else "phone"


def timeline(view: DiagnosisView) -> Timeline:
    """What is drawn of it, and what is said instead of the rest."""
    diagnosis, words = view.diagnosis, view.words
    attempts, chosen = _choose(diagnosis, view.labels)
    runs = _runs(diagnosis, chosen, view.labels)
    shifts = _shifts(diagnosis)
    fine = {event.source for event in diagnosis.events if _fraction(event)}
    rows: list[Row] = []
    day: date | None = None
    for number, run in enumerate(runs, 1):
        event = diagnosis.events[run[0]]
        when, own = moment(event, shifts, fine=event.source in fine)
        said = in_words(event, words)
        if len(run) > 1:
            said = f"{said.partition(':')[0]} ×{len(run)}"  # noqa: RUF001 - the sign of multiplication is meant
        before = rows[-1].indexes[0] if rows else -1
        # Some of what stands between two rows may be drawn with the one before.
        hidden = run[0] - before - 1 - (bisect_left(chosen, run[0]) - bisect_right(chosen, before))
        gap, step = _between(rows[-1] if rows else None, when, day, hidden, words)
        day = when.day if when and when.day else day
        rows.append(
            Row(
                number=number,
                indexes=tuple(run),
                event=event,
                lane=lane_of(event),
                kind=kind_of(event),
                when=when,
                own=own,
                words=said,
                labels=view.labels.get(run[0], ()),
                gap=gap,
                step=step,
                place=_place(event, len(run) - 1, words),
            )
        )
    return Timeline(
        rows=tuple(rows),
        intro=_intro(rows, words),
        attempts=tuple(sorted(attempts, key=lambda number: diagnosis.attempts[number].events)),
        clocks=_clocks(diagnosis, rows, words),
        left=_left(diagnosis, attempts, chosen, words),
        undated=sum(row.when is None for row in rows),
    )


def _choose(diagnosis: Diagnosis, cited: dict[int, tuple[str, ...]]) -> tuple[list[int], list[int]]:
    """Attempts and events (sorted) that are drawn."""
    known = range(len(diagnosis.events))
    events = [tuple(index for index in one.events if index in known) for one in diagnosis.attempts]
    of = {index: number for number, own in enumerate(events) for index in own}
    partners: dict[int, list[int]] = {}
    for pair in diagnosis.pairs:
        partners.setdefault(pair.asa, []).append(pair.phone)
        partners.setdefault(pair.phone, []).append(pair.asa)
    first = list(dict.fromkeys(of[index] for index in cited if index in of))
    newest = sorted(range(len(events)), key=lambda number: max(events[number], default=-1), reverse=True)
    # One that has a cited line is drawn for the line's sake; its partner shows the other side of it.
    wanted = dict.fromkeys(
        number
        for start in (*first, *newest)
        for number in (start, *partners.get(start, ()))
        if 0 <= number < len(events) and events[number]
    )
    chosen = set(cited)
    attempts = []
    for number in wanted:
        own = events[number]
        kept = own if len(own) <= MAX_BEGIN + MAX_END else (*own[:MAX_BEGIN], *own[-MAX_END:])
        if len(_runs(diagnosis, sorted(chosen.union(kept)), cited)) > MAX_ROWS:
            break
        chosen.update(kept)
        attempts.append(number)
    # Of the others that have a cited line, the line alone is drawn.
    attempts += [number for number in first if number not in attempts]
    room = MAX_ROWS - len(_runs(diagnosis, sorted(chosen), cited))
    loose = [index for index in reversed(known) if index not in of and index not in chosen]
    return attempts, sorted(chosen.union(loose[: max(room, 0)]))


def _runs(diagnosis: Diagnosis, indexes: list[int], cited: dict[int, tuple[str, ...]]) -> list[list[int]]:
    """Lines of context that are alike and follow each other in their log (the ciphers of a list) are one row."""
    runs: list[list[int]] = []
    last: dict[str, list[int]] = {}
    for index in indexes:
        event = diagnosis.events[index]
        run = last.get(event.source)
        if (
            run is not None
            and kind_of(event) == "context"
            and event.signature == diagnosis.events[run[-1]].signature
            and event.device == diagnosis.events[run[-1]].device
            and index not in cited
            and run[-1] not in cited
        ):
            run.append(index)
        else:
            last[event.source] = run = [index]
            runs.append(run)
    return runs


def _shifts(diagnosis: Diagnosis) -> dict[str, float]:
    """Seconds to take from a phone's clock: by the ASA with which most pairs of it were found."""
    best: dict[str, tuple[int, float]] = {}
    for one in diagnosis.offsets:
        if one.pairs > best.get(one.phone, (-1, 0.0))[0]:
            best[one.phone] = (one.pairs, one.seconds)
    return {phone: seconds for phone, (_, seconds) in best.items()}


def moment(event: LogEvent, shifts: dict[str, float], *, fine: bool) -> tuple[Moment | None, str]:
    """When a line is drawn, and the time that it has itself where that is another. fine: its log has fractions."""
    if event.at is None and event.seconds is None:
        return None, ""
    shift = shifts.get(event.device) if lane_of(event) == "phone" else 0.0
    clock = "" if shift is not None else event.device or event.source
    if event.at is not None:
        try:
            moved = event.at - timedelta(seconds=shift or 0.0)
        except (OverflowError, ValueError):
            # A date at the end of the calendar, or an offset that is none.
            moved = event.at
        day, seconds = moved.date(), _of_day(moved.hour, moved.minute, moved.second, moved.microsecond)
        own_seconds = _of_day(event.at.hour, event.at.minute, event.at.second, event.at.microsecond)
    else:
        own_seconds = (event.seconds or 0.0) % _DAY
        day, seconds = None, (own_seconds - (shift or 0.0)) % _DAY
    found = Moment(clock, day, seconds, fine)
    own = Moment(clock, day, own_seconds, fine).text if shift else ""
    return found, own if own != found.text else ""


def _fraction(event: LogEvent) -> bool:
    return bool(event.at.microsecond if event.at is not None else (event.seconds or 0.0) % 1)


def _of_day(hours: int, minutes: int, seconds: int, microseconds: int) -> float:
    return hours * 3600 + minutes * 60 + seconds + microseconds / 1e6


def _place(event: LogEvent, more: int, words: Words) -> str:
    return at(event) + (words(" and {0} more", more) if more else "")


def _between(before: Row | None, when: Moment | None, day: date | None, hidden: int, words: Words) -> tuple[str, float]:
    """Words for what lies between a row and the line that is drawn next, and the seconds between them.

    day: the last one that was told; many lines have none. hidden: lines between them that are not drawn.
    """
    parts = []
    step = 0.0
    if when and before and before.when and when.clock == before.when.clock:
        step = when.seconds - before.when.seconds
        if when.day and before.when.day:
            step += (when.day - before.when.day).days * _DAY
        elif step < -_DAY / 2:
            # No date, and the clock went past midnight.
            step += _DAY
        # Their order is what counts: the times of two files need not agree with it to the second.
        step = max(step, 0.0)
        if step > MAX_STEP:
            parts.append(duration(step, words))
    if when and when.day and when.day != day:
        parts.append(f"{when.day:%Y-%m-%d}")
    if hidden:
        parts.append(words.counted("{0} line not drawn", "{0} lines not drawn", hidden))
    return ", ".join(parts), step


def _intro(rows: list[Row], words: Words) -> str:
    """Which sides there are, and by which clock."""
    lanes = {row.lane for row in rows}
    whose = (
        words("Both sides") if len(lanes) == 2
        else words("The ASA's side alone") if lanes == {"asa"} else words("The phones' side alone")
    )  # fmt: skip
    clocks = {row.when.clock for row in rows if row.when}
    if not clocks:
        return words("{0}, in the order of the lines; time runs downwards.", whose)
    if len(lanes) == 2 and clocks == {""}:
        whose = words("Both sides on one clock, that of the ASA")
    return words("{0}; time runs downwards, and a silence is drawn short.", whose)


def _clocks(diagnosis: Diagnosis, rows: list[Row], words: Words) -> tuple[str, ...]:
    """How each drawn phone's clock stands to the ASA's, and what is drawn by order alone."""
    drawn = dict.fromkeys(row.event.device for row in rows if row.lane == "phone" and row.when)
    known = {one.phone: one for one in sorted(diagnosis.offsets, key=lambda one: one.pairs)}
    agreeing = [phone for phone in drawn if phone in known and abs(known[phone].seconds) < AGREES]
    unknown = [phone for phone in drawn if phone not in known]
    said = [
        _clock(known[phone], words) for phone in drawn
        if phone in known and not (phone in agreeing and len(agreeing) > 1)
    ]  # fmt: skip
    left = len(said) - MAX_CLOCKS
    if left > 0:
        more = words.counted("{0} more clock is in diagnosis.json.", "{0} more clocks are in diagnosis.json.", left)
        said = [*said[:MAX_CLOCKS], more]
    if len(agreeing) > 1:
        said.append(words("The clocks of {0} phones agree with the ASA's.", len(agreeing)))
    if unknown and any(row.lane == "asa" and row.when for row in rows):
        said.append(_not_known(unknown, words))
    if undated := sum(row.when is None for row in rows):
        said.append(
            words.counted(
                "{0} mark has no time in the log: drawn hollow, in the order of the lines alone.",
                "{0} marks have no time in the log: drawn hollow, in the order of the lines alone.",
                undated,
            )
        )
    return tuple(said)


def _clock(one: ClockOffset, words: Words) -> str:
    known = words.counted("from {0} pair of attempts", "from {0} pairs of attempts", one.pairs)
    if one.pairs > 1:
        known = words("{0}, which differ by {1} at most", known, duration(one.spread, words))
    said = words("{0} ({1}).", offset_words(one.phone, one.asa, one.seconds, words), known)
    moved = [words("Its lines are drawn by the ASA's clock.")] if abs(one.seconds) >= AGREES else []
    return " ".join([said, *moved])


def _not_known(phones: list[str], words: Words) -> str:
    if len(phones) == 1:
        how = words(
            "How the clock of {0} stands to the ASA's is not known: no attempt was found on both sides.",
            phones[0] or words("a phone without a name"),
        )
    else:
        how = words(
            "How the clocks of {0} phones stand to the ASA's is not known: no attempt was found on both sides.",
            len(phones),
        )
    return " ".join([how, words("Such lines have their own time, and their place between the ASA's is a guess.")])


def _left(diagnosis: Diagnosis, attempts: list[int], chosen: list[int], words: Words) -> str:
    """What is not drawn, counted; two attempts of a pair are one."""
    lines = len(diagnosis.events) - len(chosen)
    if not lines:
        return ""
    twice = {pair.phone for pair in diagnosis.pairs if not {pair.asa, pair.phone} & set(attempts)}
    hidden = set(range(len(diagnosis.attempts))) - set(attempts) - twice
    left = words.counted("{0} line", "{0} lines", lines)
    if not hidden:
        return words.many(
            "{0} is not drawn; diagnosis.json has everything.",
            "{0} are not drawn; diagnosis.json has everything.",
            lines, left,
        )  # fmt: skip
    outcomes = Counter(diagnosis.attempts[number].outcome for number in hidden)
    sorts = (
        (outcomes["failed"], "{0} failed"),
        (outcomes["connected"], "{0} connected"),
        (outcomes["unknown"], "{0} with an end that was not seen"),
    )
    ends = ", ".join(words(text, f"{number:,}") for number, text in sorts if number)
    tries = words.counted("{0} attempt", "{0} attempts", len(hidden))
    return words("{0} ({1}) and {2} are not drawn; diagnosis.json has everything.", tries, ends, left)
