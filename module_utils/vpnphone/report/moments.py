"""Phones counted at each moment, and what that is in words."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from ..model import CONNECTION_ORDER, Connection, Prediction
from ..model.prediction import Moment

# In the order in which an operator asks for them, and as the end of a sentence.
MOMENTS: dict[Moment, str] = {
    "now": "now",
    "apply": "after Apply Config",
    "failover": "after a failover",
    "reload": "after a reload",
    "change": "after the change",
}
# What happens at once, what somebody is about to do, and what may happen some day.
URGENCY: tuple[Moment, ...] = ("now", "change", "apply", "failover", "reload")
# What is worst has the smallest number.
WEIGHT = {verdict: number for number, verdict in enumerate(CONNECTION_ORDER)}


class MomentView(NamedTuple):
    """All phones at one moment.

    lost: connect now and are LOCKED OUT then; doubtful: connect now and are UNKNOWN then; regained: connect then, and
    do not, or may not, now.
    """

    moment: Moment
    counts: dict[Connection, int]
    lost: int
    doubtful: int
    regained: int

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def changes(self) -> tuple[str, ...]:
        """What is different from now, in words."""
        parts = (
            (self.lost, f"{self.lost:,} that {_connect(self.lost)} now would be locked out"),
            (self.doubtful, f"{self.doubtful:,} that {_connect(self.doubtful)} now might be locked out"),
            (self.regained, f"{self.regained:,} more would connect"),
        )
        return tuple(words for number, words in parts if number)


def count_moments(predictions: tuple[Prediction, ...]) -> tuple[MomentView, ...]:
    """Every moment that was predicted, in order."""
    # Two clusters may know one phone (a migration); compared with now, its worst verdict counts.
    worst: dict[Moment, dict[str, Connection]] = {}
    for one in predictions:
        seen = worst.setdefault(one.moment, {})
        seen[one.phone] = min(one.verdict, seen.get(one.phone, one.verdict), key=WEIGHT.__getitem__)
    now = worst.get("now", {})
    found = []
    for moment in (moment for moment in MOMENTS if moment in worst):
        counted = Counter(one.verdict for one in predictions if one.moment == moment)
        turns = Counter((now.get(phone), verdict) for phone, verdict in worst[moment].items())
        regained = turns["LOCKED OUT", "CONNECTS"] + turns["UNKNOWN", "CONNECTS"]
        found.append(
            MomentView(
                moment=moment,
                counts={verdict: counted[verdict] for verdict in CONNECTION_ORDER},
                lost=turns["CONNECTS", "LOCKED OUT"],
                doubtful=turns["CONNECTS", "UNKNOWN"],
                regained=regained,
            )
        )
    return tuple(found)


def sentences(moments: tuple[MomentView, ...]) -> tuple[str, str]:
    """Headline of the first moment there is, and the rest: the others of it, then what each later moment changes.

    A change that would lock phones out, while none is, comes first: somebody is about to make it.
    """
    first, *later = moments
    when = "" if first.moment == "now" else f" {MOMENTS[first.moment]}"
    out, unknown, good = (first.counts[verdict] for verdict in CONNECTION_ORDER)
    total = first.total
    rest = []
    if out:
        headline = f"{_of(out, total)} {_be(out)} locked out{when}."
        parts = [f"{unknown:,} may be too"] if unknown else []
        rest += _joined([*parts, *([f"{good:,} {_connect(good)}"] if good else [])])
    elif unknown:
        headline = f"{_of(unknown, total)} may be locked out{when}: nothing proves that {_they(unknown)}."
        rest += _joined([f"{good:,} {_connect(good)}"] if good else [])
    else:
        headline = f"{_of(good, total)} {_connect(good)}{when}."
    change = next((moment for moment in later if moment.moment == "change" and moment.lost), None)
    if change and not out:
        rest = [headline, *rest]
        several = _of(change.lost, total)
        headline = f"The change would lock out {several[0].lower()}{several[1:]}."
        later = [moment._replace(lost=0) if moment is change else moment for moment in later]
    for moment in later:
        rest += _changes(moment)
    return headline, " ".join(rest)


def _of(number: int, total: int) -> str:
    if number < total:
        return f"{number:,} of {total:,} phones"
    if total == 1:
        return "The phone"
    return "Both phones" if total == 2 else f"All {total:,} phones"


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _they(number: int) -> str:
    return "it connects" if number == 1 else "they connect"


def _joined(parts: list[str]) -> list[str]:
    return [f"{' and '.join(parts)}."] if parts else []


def _changes(moment: MomentView) -> list[str]:
    """What is different from now, as one sentence; nothing where nothing is."""
    when = MOMENTS[moment.moment]
    return [f"{when[0].upper()}{when[1:]} {sentence}" for sentence in _joined(list(moment.changes))]


def _connect(number: int) -> str:
    return "connects" if number == 1 else "connect"
