"""Predictions ready to be shown: phones counted at each moment, and grouped by the reason that decides.

A thousand phones have a few causes. A cause is one sentence (its line in every report); its cases are the phones whose
attempts are word for word the same, so that nothing is shown twice and nothing goes missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

import msgspec

from ..model import Attempt, Connection, Prediction, Reason, Run, Status
from ..model.prediction import Moment
from .moments import MOMENTS, URGENCY, WEIGHT, MomentView, count_moments, sentences
from .text import natural, one_line
from .words import ENGLISH, Words

# A prediction wears the colour and the mark of the status that weighs the same.
AS_STATUS: dict[Connection, Status] = {"LOCKED OUT": "fail", "UNKNOWN": "error", "CONNECTS": "pass"}

_ORDER = {moment: number for number, moment in enumerate(MOMENTS)}
_NAME = re.compile(r"SEP[0-9A-F]{12}", re.IGNORECASE)
# Stands for the name of each phone where a sentence holds for many.
ANY_PHONE = "PHONE"
_NO_REASON: dict[Connection, str] = {
    "LOCKED OUT": "locked out; no reason was recorded",
    "UNKNOWN": "could not be decided; no reason was recorded",
    "CONNECTS": "connects",
}


class Decided(NamedTuple):
    """What decides of one prediction. attempt and reason are None where the prediction names none."""

    attempt: Attempt | None
    reason: Reason | None
    text: str

    @property
    def fix(self) -> tuple[str, ...]:
        """What to do about the reason; where that is not told, about the next one of the same attempt that weighs as
        much."""
        if self.attempt is None or self.reason is None:
            return ()
        alike = (one.fix for one in self.attempt.reasons if one.verdict == self.reason.verdict and one.fix)
        return self.reason.fix or next(alike, ())


class Names(NamedTuple):
    """Phones of one model. connected: they had a session on an ASA during the audit."""

    model: str
    connected: bool
    names: tuple[str, ...]


class Case(NamedTuple):
    """Phones of one cause whose attempts are the same, with the moments at which they are."""

    moments: tuple[Moment, ...]
    attempts: tuple[Attempt, ...]
    phones: tuple[Names, ...]
    size: int


class Place(NamedTuple):
    """Where a phone tried to connect; asa "" where no ASA is known for the URL, both "" for the phone's file."""

    url: str
    asa: str


class Cause(NamedTuple):
    """One verdict with one first reason and what to do about it, wherever it decides.

    counts: phones at each moment at which it does, in order. news: it is so now, or will be for a phone that is better
    off now.
    """

    anchor: str
    verdict: Connection
    text: str
    step: str
    fix: tuple[str, ...]
    places: tuple[Place, ...]
    counts: dict[Moment, int]
    news: bool
    names: tuple[str, ...]
    # Phones of it that had a session on an ASA during the audit.
    connected: int
    cases: tuple[Case, ...]

    @property
    def status(self) -> Status:
        return AS_STATUS[self.verdict]

    @property
    def moment(self) -> Moment:
        """The most urgent moment at which it decides."""
        return min(self.counts, key=URGENCY.index)

    @property
    def asas(self) -> tuple[str, ...]:
        return in_order(place.asa for place in self.places if place.asa)

    @property
    def urls(self) -> tuple[str, ...]:
        return in_order(place.url for place in self.places if place.url)

    @property
    def where(self) -> str:
        """The ASAs in a few words, else the URLs; "" for what is not of one."""
        names = self.asas or self.urls
        return ", ".join(names) if len(names) < 3 else f"{len(names)} {'ASAs' if self.asas else 'URLs'}"

    @property
    def number(self) -> int:
        """Phones at its most urgent moment: the number that it is known by."""
        return self.counts[self.moment]


class Phones(NamedTuple):
    """The predictions of a run; causes in the order in which to act."""

    moments: tuple[MomentView, ...]
    causes: tuple[Cause, ...]
    models: tuple[str, ...]
    asas: tuple[str, ...]
    headline: str
    rest: str

    @property
    def total(self) -> int:
        return max(moment.total for moment in self.moments)

    def when(self, moments: Collection[Moment], words: Words = ENGLISH) -> str:
        """Moments in words."""
        if len(moments) == len(self.moments) > 1:
            return words("at every moment")
        return ", ".join(words(MOMENTS[moment]) for moment in moments)

    def counted(self, counts: dict[Moment, int], words: Words = ENGLISH) -> str:
        """How many phones at each moment, in words."""
        if len(set(counts.values())) == 1 and len(counts) > 1:
            parts = [(next(iter(counts.values())), self.when(counts, words))]
        else:
            parts = [(number, words(MOMENTS[moment])) for moment, number in counts.items()]
        return ", ".join(words.meant("moment", "{0} {1}", f"{number:,}", when) for number, when in parts)

    @property
    def urgent(self) -> tuple[Cause, ...]:
        """Causes to act on: what locks phones out, then what is unknown."""
        return tuple(cause for cause in self.causes if cause.verdict != "CONNECTS")


def phones(run: Run) -> Phones | None:
    """The phones of a run that is canonical() already; None where nothing was predicted."""
    if not run.predictions:
        return None
    moments = count_moments(run.predictions)
    headline, rest = sentences(moments)
    return Phones(
        moments=moments,
        causes=_causes(run.predictions),
        models=in_order(one.model for one in run.predictions if one.model),
        asas=in_order(attempt.asa for one in run.predictions for attempt in one.attempts if attempt.asa),
        headline=headline,
        rest=rest,
    )


def order(prediction: Prediction) -> tuple[object, ...]:
    """Sort key by phone and moment, which no two different predictions share."""
    return (by_name(prediction.phone), _ORDER[prediction.moment], msgspec.json.encode(prediction))


def by_name(phone: str) -> tuple[object, ...]:
    """Sort key of phones: a MAC address is hexadecimal, so its digits are no numbers to count by."""
    return (0, phone.upper(), phone) if _NAME.fullmatch(phone) else (1, natural(phone))


def decided(prediction: Prediction) -> Decided:
    """The attempt and the reason that `first` speaks of, and its sentence.

    `first` may begin with the place of the reason; a sentence that is of no single reason stands as it is.
    """
    attempts = tuple(one for one in prediction.attempts if one.verdict == prediction.verdict)
    # A phone connects by its first attempt that does, whatever stopped the ones before it.
    attempts = attempts if prediction.verdict == "CONNECTS" else (*attempts, *prediction.attempts)
    pairs = [(one, reason) for one in attempts for reason in one.reasons if reason.verdict == prediction.verdict]
    first = prediction.first
    for attempt, reason in pairs:
        if not first or first == reason.text or first == f"{_place(attempt)}: {reason.text}":
            return Decided(attempt, reason, one_line(reason.text) or _NO_REASON[prediction.verdict])
    attempt_of_it = next(iter(attempts or prediction.attempts), None)
    text = one_line(first)
    if not text and prediction.verdict == "CONNECTS" and attempt_of_it and attempt_of_it.asa:
        text = f"connects at {one_line(attempt_of_it.asa)}"
    return Decided(attempt_of_it, None, text or _NO_REASON[prediction.verdict])


def _place(attempt: Attempt) -> str:
    return f"{attempt.url} on {attempt.asa}" if attempt.asa else attempt.url


def masked(text: str, phone: str) -> str:
    """The text with the phone's own name taken out, so that it can be the same for many."""
    return text.replace(phone, ANY_PHONE) if phone in text and _NAME.fullmatch(phone) else text


Members = list[tuple[Prediction, Decided]]


def _causes(predictions: tuple[Prediction, ...]) -> tuple[Cause, ...]:
    grouped: dict[tuple[Connection, str, tuple[str, ...]], Members] = {}
    for prediction in predictions:
        why = decided(prediction)
        fix = tuple(masked(line, prediction.phone) for line in why.fix)
        key = (prediction.verdict, masked(why.text, prediction.phone), fix)
        grouped.setdefault(key, []).append((prediction, why))
    now: dict[str, int] = {}
    for one in predictions:
        if one.moment == "now":
            now[one.phone] = min(WEIGHT[one.verdict], now.get(one.phone, len(WEIGHT)))
    causes = [_cause(verdict, text, fix, members, now) for (verdict, text, fix), members in grouped.items()]
    causes.sort(key=_urgency)
    return tuple(cause._replace(anchor=f"c{number}") for number, cause in enumerate(causes, 1))


def _urgency(cause: Cause) -> tuple[object, ...]:
    last = cause.verdict == "CONNECTS"
    weight = (WEIGHT[cause.verdict], URGENCY.index(cause.moment), -cause.number)
    return (last, not cause.news, weight, natural(cause.text), cause.fix)


def _cause(verdict: Connection, text: str, fix: tuple[str, ...], members: Members, now: dict[str, int]) -> Cause:
    counted = Counter(prediction.moment for prediction, _ in members)
    names = tuple(sorted({prediction.phone for prediction, _ in members}, key=by_name))
    alone = len(names) == 1
    places = {Place(why.attempt.url, why.attempt.asa) for _, why in members if why.attempt}
    return Cause(
        anchor="",
        verdict=verdict,
        text=members[0][1].text if alone else text,
        step=min(why.reason.step if why.reason else "" for _, why in members),
        fix=members[0][1].fix if alone else fix,
        places=tuple(sorted(places, key=lambda place: (natural(place.url), natural(place.asa)))),
        counts={moment: counted[moment] for moment in MOMENTS if moment in counted},
        news="now" in counted or any(now.get(phone, len(WEIGHT)) > WEIGHT[verdict] for phone in names),
        names=names,
        connected=len({prediction.phone for prediction, _ in members if prediction.connected}),
        cases=_cases([prediction for prediction, _ in members], alone),
    )


def _cases(predictions: list[Prediction], alone: bool) -> tuple[Case, ...]:
    """Phones with the same attempts at the same moments, the largest case first."""
    seen: dict[tuple[tuple[Attempt, ...], tuple[str, str, bool]], set[Moment]] = {}
    for prediction in predictions:
        attempts = prediction.attempts if alone else _masked_attempts(prediction)
        phone = (prediction.phone, prediction.model, prediction.connected)
        seen.setdefault((attempts, phone), set()).add(prediction.moment)
    grouped: dict[tuple[tuple[Attempt, ...], tuple[Moment, ...]], list[tuple[str, str, bool]]] = {}
    for (attempts, phone), moments in seen.items():
        grouped.setdefault((attempts, tuple(sorted(moments, key=_ORDER.__getitem__))), []).append(phone)
    cases = [
        Case(moments, attempts, _names(members), len({name for name, _, _ in members}))
        for (attempts, moments), members in grouped.items()
    ]
    return tuple(
        sorted(
            cases,
            key=lambda case: (
                -case.size,
                [_ORDER[moment] for moment in case.moments],
                by_name(case.phones[0].names[0]),
                msgspec.json.encode(case.attempts),
            ),
        )
    )


def _masked_attempts(prediction: Prediction) -> tuple[Attempt, ...]:
    phone = prediction.phone
    if not _NAME.fullmatch(phone) or phone not in repr(prediction.attempts):
        return prediction.attempts
    return tuple(
        msgspec.structs.replace(
            attempt,
            reasons=tuple(
                msgspec.structs.replace(
                    reason, text=masked(reason.text, phone), fix=tuple(masked(line, phone) for line in reason.fix)
                )
                for reason in attempt.reasons
            ),
        )
        for attempt in prediction.attempts
    )


def _names(members: list[tuple[str, str, bool]]) -> tuple[Names, ...]:
    rows: dict[tuple[str, bool], list[str]] = {}
    for name, model, connected in members:
        rows.setdefault((model, connected), []).append(name)
    kinds = sorted(rows, key=lambda kind: (natural(kind[0]), not kind[1]))
    return tuple(
        Names(model, connected, tuple(sorted(set(rows[model, connected]), key=by_name))) for model, connected in kinds
    )


def in_order(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, in natural order."""
    return tuple(sorted(set(texts), key=natural))
