"""CSD (F-038, F-039). C16: 724002 is a sign; the debug's line proves it, a session behind it speaks against it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..model.diagnosis import Confidence
from . import kinds
from .cases import MAX_MAYBE, MAYBE, Case, cut, names_of_asa, some
from .streams import stamp_of
from .view import View

# Lines of the debug that are told of: the newest.
_MAX_DEBUGS = 50
# A session so soon after 724002 is the one that it belongs to. Seconds.
_SAME_LOGIN = 120.0
# A log that goes on so long without a session has none. Seconds.
_LONG_ENOUGH = 30.0


def cases(view: View) -> Iterator[Case]:
    """One case for what both tell of: where no line proves it of a phone, the debug proves it of its tunnel-group."""
    debugs = _debugs(view)
    told = list(_told(view, debugs))
    if any(case.confidence == "certain" for case in told):
        yield from told
        return
    yield from (case for case in told if not any(debug.group and _is_same(case, debug) for debug in debugs))
    for debug in debugs:
        same = [case for case in told if _is_same(case, debug)]
        if debug.group or not same:
            yield _asked(view, debug, same)


class _Debug(NamedTuple):
    """One `CSD data not sent from client`. group: the tunnel-group of the line before it."""

    at: int
    device: str
    group: str


def _debugs(view: View) -> list[_Debug]:
    found = []
    for number, attempt in enumerate(view.attempts):
        if attempt.side == "debug":
            groups = [view.events[i].fields.get("group", "") for i in view.has(number, "debug.cert_auth_ok")]
            for index in view.has(number, "debug.csd_not_sent"):
                found.append(_Debug(index, attempt.device, groups[0] if groups else ""))
    return found[-_MAX_DEBUGS:]


def _is_same(case: Case, debug: _Debug) -> bool:
    return _same(case.asa, debug.device) and case.facts.get("tunnel-group") in (debug.group, "")


def _told(view: View, debugs: list[_Debug]) -> Iterator[Case]:
    for number, attempt in enumerate(view.attempts):
        if attempt.side != "asa":
            continue
        told = view.has(number, "asa.csd_absent")
        for index in told:
            group = view.events[index].fields.get("group", "")
            if attempt.phone and _gets_in(view, number, index):
                continue
            if not attempt.phone and (view.phones or attempt.outcome == "connected"):
                # Not a phone by its name, in a log that has phones.
                continue
            proof = [at for at, device, of in debugs if _same(attempt.device, device) and of == group]
            stays_out = attempt.phone != "" and _stays_out(view, number, index)
            confidence: Confidence = (
                "certain" if proof and stays_out else "likely" if proof or stays_out else "indicated"
            )
            doubts = []
            if not proof:
                doubts.append("no debug of the same tunnel-group says that CSD data was asked for")
            if not stays_out:
                doubts.append("the log does not go on long enough to say that no session followed")
            facts = {"tunnel-group": cut(group)}
            case = Case(
                id="csd", confidence=confidence, at=index, phone=attempt.phone, asa=attempt.device, user=attempt.user,
                evidence=some([*told, *proof[-3:]]), doubts=() if confidence == "certain" else tuple(doubts),
                facts=facts, names=names_of_asa(view, number), subject=group,
            )  # fmt: skip
            # The document's own sample: no phone by its name, with the debug of the same tunnel-group (F-039).
            if not attempt.phone and proof:
                case = case._replace(confidence="certain", doubts=(), names={**case.names, "tunnel_group": group})
            yield case


def _asked(view: View, debug: _Debug, same: list[Case]) -> Case:
    """Of a client of that tunnel-group, which the debug does not name; same: 724002 of that group."""
    phones = frozenset(case.phone for case in same) - {""}
    facts = {"tunnel-group": cut(debug.group)} if debug.group else {}
    if phones:
        facts[MAYBE] = ", ".join(sorted(phones)[:MAX_MAYBE])
    return Case(
        id="csd",
        confidence="certain" if same else "likely",
        at=debug.at,
        asa=debug.device,
        evidence=some([*view.attempts[view.of[debug.at]].events, *(case.at for case in same)]),
        doubts=() if same else ("the debug names no client, so whether it was a phone is not said",),
        facts=facts,
        names={"tunnel_group": debug.group} if debug.group else {},
        subject=debug.group,
        explains=phones,
    )


def _same(one: str, other: str) -> bool:
    """Of one ASA, as far as the logs name it."""
    return not one or not other or one == other


def _gets_in(view: View, number: int, index: int) -> bool:
    """A session of the same phone follows so closely that CSD did not stop it."""
    at = stamp_of(view.events[index])
    for session in view.sessions.get(view.attempts[number].phone, ()):
        event = view.events[session]
        then = stamp_of(event)
        if view.stream_of[session] != view.stream_of[index]:
            continue
        if at is None or then is None:
            if event.order > view.events[index].order:
                return True
        elif 0 <= then - at <= _SAME_LOGIN:
            return True
    return False


def _stays_out(view: View, number: int, index: int) -> bool:
    """The phone's own log has the same login refused; or it tried again, or the log went on, and no session came."""
    phone, stream = view.attempts[number].phone, view.stream_of[index]
    if any(view.stream_of[session] == stream for session in view.sessions.get(phone, ())):
        return False
    other = view.other(number)
    if other is not None and view.kinds[other] == kinds.REFUSED:
        return True
    at = stamp_of(view.events[index])
    if at is None:
        return False
    for later in view.streams[stream].events[view.place(index) + 1 :]:
        event = view.events[later]
        then = stamp_of(event)
        of = view.of.get(later)
        if then is not None and then - at >= _LONG_ENOUGH:
            return True
        again = of is not None and of != number and view.attempts[of].phone == phone
        if again and event.signature == "asa.login" and then is not None and then > at:
            return True
    return False
