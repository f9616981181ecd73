"""From what was read to the diagnosis. Pure: no network, no files.

One line that says it whole may make a cause certain. What rests on the order of lines is certain only where the lines
themselves prove it; what no line names is blamed on no phone; and what a later session contradicts is past.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..model.diagnosis import Cause, Diagnosis, PhoneStory
from . import find_asa, find_csd, find_lock, find_phone, find_status, kinds
from .cases import Case
from .grouping import grouped
from .read import Reading
from .site import SiteNames
from .standing import Standing
from .view import View, view_of

# Causes that an ASA logs, and that tell why a phone's login was refused.
_WHY = frozenset(
    {
        *("dap_terminate", "login_rejected", "simultaneous_logins", "tunnel_protocol", "no_address", "session_limit"),
        *("client_certificate", "csd", "group_lock"),
    }
)
# A clock that is off by more is told. Seconds.
_CLOCK_NOTE = 30.0


def diagnose(reading: Reading, site: SiteNames | None = None) -> Diagnosis:
    """What the logs prove, what they show, what speaks against it; never a cause that no line shows."""
    view = view_of(reading.events, site or SiteNames(), reading.sources)
    cases, notes = _cases(view)
    causes = grouped(view, cases)
    stories = _stories(view)
    return Diagnosis(
        verdict=_verdict(reading, causes, stories),
        causes=causes,
        sources=reading.sources,
        events=view.events,
        attempts=view.attempts,
        pairs=view.pairs,
        offsets=view.offsets,
        phones=stories,
        notes=(*reading.notes, *notes, *_clock_notes(view)),
    )


def _verdict(
    reading: Reading, causes: Sequence[Cause], stories: Sequence[PhoneStory]
) -> Literal["cause", "healthy", "open", "nothing"]:
    if not reading.events:
        return "nothing"
    if any(not cause.past for cause in causes):
        return "cause"
    lasts = {story.last for story in stories}
    return "healthy" if "connected" in lasts and "failed" not in lasts else "open"


# --- what is left of the cases ----------------------------------------------------------------------------------------


def _cases(view: View) -> tuple[list[Case], list[str]]:
    found = [
        *find_phone.cases(view),
        *find_asa.cases(view),
        *find_lock.cases(view),
        *find_csd.cases(view),
        *find_status.cases(view),
    ]
    explained = {phone for case in found if case.id in _WHY for phone in (case.phone, *case.explains) if phone}
    found = [
        case
        for case in found
        if not (case.id == "refused_by_policy" and view.side(case.at) == "phone" and case.phone in explained)
    ]
    told = {(case.id, view.of.get(case.at)) for case in found if view.side(case.at) == "phone"}
    # The phone's own lines say it, with the ASA's behind them.
    found = [case for case in found if case.phone or (case.id, _other(view, case)) not in told]
    return _without_strays(view, found)


def _other(view: View, case: Case) -> int:
    """The attempt of the phone that an ASA's case is about; -1 where it has none."""
    of = view.of.get(case.at)
    other = view.other(of) if of is not None and view.attempts[of].side == "asa" else None
    return -1 if other is None else other


def _without_strays(view: View, cases: list[Case]) -> tuple[list[Case], list[str]]:
    """Single failed handshakes of nobody, where phones get in, are scanners and browsers: a note, no cause."""
    strays: dict[tuple[str, str, str], list[Case]] = {}
    for case in cases:
        if find_asa.is_stray(view, case):
            strays.setdefault((case.id, case.asa, case.subject), []).append(case)
    few = {id(case) for found in strays.values() if find_asa.too_few(len(found)) for case in found}
    notes = []
    if few:
        notes.append(
            f"Left out: {_counted(len(few), 'failed handshake')} of clients that no line names a phone; phones get in"
            " on that ASA, and scanners and browsers fail so, too."
        )
    others = {
        one.user
        for one in view.attempts
        if one.side == "asa" and one.user and not one.phone and one.outcome == "failed"
    }
    if others:
        notes.append(
            f"Refusals of {_counted(len(others), 'user')} by no phone's name (CP-<model>-SEP<MAC>) are no causes here."
        )
    return [case for case in cases if id(case) not in few], notes


# --- how each phone stands --------------------------------------------------------------------------------------------


def _stories(view: View) -> tuple[PhoneStory, ...]:
    standing = Standing(view)
    members: dict[str, list[int]] = {}
    for number, attempt in enumerate(view.attempts):
        if attempt.phone:
            members.setdefault(attempt.phone, []).append(number)
    return tuple(_story(view, standing, phone, members[phone]) for phone in sorted(members))


def _story(view: View, standing: Standing, phone: str, numbers: list[int]) -> PhoneStory:
    """An attempt that both sides tell of counts once, as the phone tells it."""
    doubled = {pair.asa for number in numbers if (pair := view.paired.get(number)) and pair.phone in numbers}
    own = any(view.attempts[number].side == "phone" for number in numbers)
    dtls = {number for number in numbers if kinds.is_dtls(view.attempts[number], view.events)}
    counted = [
        number
        for number in numbers
        if number not in doubled | dtls and (view.attempts[number].side == "phone" or _is_dial(view, number, own=own))
    ]
    failed = sum(_outcome(view, number) == "failed" for number in counted)
    if not own:
        # A login of its own each, which the ASA gave.
        failed = min(failed + sum(_outcome(view, number) == "failed" for number in dtls), len(counted))
    return PhoneStory(
        phone=phone,
        last=_last(view, standing, phone, numbers),
        attempts=len(counted),
        failed=failed,
        asas=tuple(sorted({view.attempts[n].device for n in numbers if view.attempts[n].side == "asa"} - {""})),
    )


def _is_dial(view: View, number: int, *, own: bool) -> bool:
    """What has no end, and no name of its own or the phone's log beside it, is most often part of another attempt."""
    attempt = view.attempts[number]
    return attempt.outcome != "unknown" or (not own and bool(attempt.user))


def _outcome(view: View, number: int) -> Literal["connected", "failed", "unknown"]:
    """A session that ended again is none at the end."""
    attempt = view.attempts[number]
    return "unknown" if attempt.outcome == "connected" and view.has(number, "asa.disconnected") else attempt.outcome


def _last(view: View, standing: Standing, phone: str, numbers: list[int]) -> Literal["connected", "failed", "unknown"]:
    ends: dict[str, int] = {}
    for number in numbers:
        side = view.attempts[number].side
        if view.attempts[number].outcome != "unknown":
            known = ends.get(side)
            if known is None or view.attempts[number].events[-1] > view.attempts[known].events[-1]:
                ends[side] = number
    own, asa = ends.get("phone"), ends.get("asa")
    if own is None or asa is None:
        only = own if own is not None else asa
        return _outcome(view, only) if only is not None else "unknown"
    ours, theirs = _outcome(view, own), _outcome(view, asa)
    if ours == theirs or view.other(own) == asa:
        return ours
    if view.kinds[own] == kinds.DTLS and view.attempts[asa].outcome == "connected":
        # The ASA gives a session to each dialling whose DTLS then fails.
        return ours
    if standing.clocks(phone, view.attempts[asa].device):
        return ours if view.attempts[own].events[-1] > view.attempts[asa].events[-1] else theirs
    return "unknown"


def _counted(number: int, noun: str) -> str:
    return f"one {noun}" if number == 1 else f"{number} {noun}s"


def _clock_notes(view: View) -> list[str]:
    found = [
        f"The clock of {one.phone} is {abs(one.seconds):.0f} seconds {'ahead of' if one.seconds > 0 else 'behind'} that"
        f" of {one.asa or 'the ASA'} ({_counted(one.pairs, 'attempt')} compared)."
        for one in view.offsets
        if abs(one.seconds) > _CLOCK_NOTE
    ]
    timeless = sorted(
        {
            part.device or part.source
            for part in view.streams
            if part.side != "debug" and all(view.at[index] is None for index in part.events)
        }
    )
    if timeless:
        found.append(
            f"No times in the log of {', '.join(timeless[:6])}: its lines stand behind the others, in their order."
        )
    return found
