"""Which attempt of an ASA is which attempt of a phone.

By the phone's name in the user, its address, the same end on both sides, the cipher, and equal gaps between attempts;
never by the time alone: the clocks are not known, and phone lines have no date.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from ..model.diagnosis import Attempt, LogEvent, Pair
from . import kinds
from .streams import DAY, is_phone, time_of_day, wrapped

# Attempts of one phone, and of clients without a name, that are compared: the newest.
MAX_ATTEMPTS = 150
# Both sides write of one attempt within this time of each other, once the offset is known. Seconds.
TOLERANCE = 4.0
# Two gaps that agree by chance are as rare as their ends are many.
_ENOUGH = 2
_ANCHORS = {
    kinds.UNKNOWN_CA: (
        "asa.unknown_ca",
        "asa.tls_failed",
        "phone.alert",
        "phone.chain_refused",
        "phone.host_id_failed",
    ),
    kinds.NO_CIPHER: ("asa.no_shared_cipher", "asa.tls_failed", "phone.alert"),
    kinds.TLS: ("asa.tls_error", "asa.tls_failed", "phone.alert", "phone.tls_error"),
    kinds.CONNECTED: ("asa.assigned", "phone.connected", "phone.dtls_begins"),
    kinds.DTLS: ("phone.dtls_begins", "phone.dtls_old_session", "phone.dtls_failed"),
    kinds.REFUSED: ("phone.login_code", "phone.login_answer"),
}


class Known(NamedTuple):
    """An attempt as it is compared. place: its index. at: time of day of the line that both sides have."""

    place: int
    attempt: Attempt
    kind: str
    at: float | None


class _Match(NamedTuple):
    """Pairs (phone, asa) that one offset explains, None where no clocks were there; alone: no other offset does."""

    pairs: tuple[tuple[Known, Known], ...]
    offset: float | None
    alone: bool


def pairs_of(events: Sequence[LogEvent], attempts: Sequence[Attempt]) -> tuple[Pair, ...]:
    """Each attempt is in one pair at most."""
    known = [_known(index, attempt, events) for index, attempt in enumerate(attempts)]
    phones: dict[str, list[Known]] = {}
    asas: dict[str, list[Known]] = {}
    for one in known:
        if one.attempt.side == "phone":
            # A log that names no phone is one phone's all the same.
            name = one.attempt.phone if is_phone(one.attempt.phone) else f"log {events[one.attempt.events[0]].source}"
            phones.setdefault(name, []).append(one)
        elif one.attempt.side == "asa" and not kinds.is_dtls(one.attempt, events):
            asas.setdefault(one.attempt.device, []).append(one)
    found: list[Pair] = []
    taken: set[int] = set()
    for asa in asas.values():
        named: dict[str, list[Known]] = {}
        for one in asa:
            if one.attempt.phone in phones and one.kind != kinds.OPEN:
                named.setdefault(one.attempt.phone, []).append(one)
        for phone, theirs in named.items():
            match = _matched(phones[phone], theirs)
            found += _pairs(match, _single(phones[phone], theirs), events, taken)
    for phone, mine in phones.items():
        for asa in asas.values():
            free = [one for one in asa if not one.attempt.phone and one.place not in taken and one.kind in _BARE]
            rest = [one for one in mine if one.place not in taken and one.kind in _BARE]
            match = _matched(rest, free)
            alone = _single(rest, free) and _only(phone, phones, rest)
            if alone or _gaps(match):
                found += _pairs(match, alone, events, taken)
    return tuple(sorted(found, key=lambda pair: (pair.asa, pair.phone)))


# Without a name a pair needs an end that both sides tell of alike.
_BARE = frozenset({kinds.UNKNOWN_CA, kinds.NO_CIPHER, kinds.TLS, kinds.REFUSED})


def _known(index: int, attempt: Attempt, events: Sequence[LogEvent]) -> Known:
    kind = kinds.kind_of(attempt, events)
    lines = [events[at] for at in attempt.events]
    wanted = _ANCHORS.get(kind, ())
    anchors = [line for name in wanted for line in lines if line.signature == name]
    line = next((one for one in (*anchors, *reversed(lines)) if time_of_day(one) is not None), None)
    return Known(index, attempt, kind, time_of_day(line) if line else None)


def _may_be(phone: Known, asa: Known) -> bool:
    if asa.kind not in kinds.SAME.get(phone.kind, frozenset()):
        return False
    ours, theirs = phone.attempt.chosen, asa.attempt.chosen
    return not (ours and theirs and ours != theirs)


def _single(phones: Sequence[Known], asas: Sequence[Known]) -> bool:
    """There is one attempt on either side that may be one, and no second."""
    fits = [(a, b) for a in phones[-MAX_ATTEMPTS:] for b in asas[-MAX_ATTEMPTS:] if _may_be(a, b)]
    return len(fits) == 1


def _only(phone: str, phones: dict[str, list[Known]], rest: Sequence[Known]) -> bool:
    """No other phone's log has an attempt that ended so."""
    ends = {one.kind for one in rest}
    return not any(one.kind in ends for name, theirs in phones.items() if name != phone for one in theirs)


# --- by the gaps between attempts -------------------------------------------------------------------------------------


def _matched(phones: Sequence[Known], asas: Sequence[Known]) -> _Match:
    mine, theirs = list(phones[-MAX_ATTEMPTS:]), list(asas[-MAX_ATTEMPTS:])
    both = [(a, b) for a in mine for b in theirs if _may_be(a, b)]
    timed = [(wrapped(a.at - b.at), a, b) for a, b in both if a.at is not None and b.at is not None]
    if timed:
        return _by_clock(timed)
    # Without clocks the order is all there is: the last with the last, as long as the ends agree.
    found = []
    for a, b in zip(reversed(mine), reversed(theirs), strict=False):
        if not _may_be(a, b):
            break
        found.append((a, b))
    return _Match(tuple(reversed(found)), None, len(both) == 1)


def _by_clock(timed: list[tuple[float, Known, Known]]) -> _Match:
    """The offset that explains most pairs; of several that explain as many, the smallest."""
    near = [(offset + DAY, a, b) for offset, a, b in timed if offset < TOLERANCE - DAY / 2]
    ordered = sorted([*timed, *near], key=lambda one: one[0])
    windows: list[list[tuple[float, Known, Known]]] = []
    end = 0
    for start in range(len(ordered)):
        while end < len(ordered) and ordered[end][0] - ordered[start][0] <= TOLERANCE:
            end += 1
        windows.append(ordered[start:end])
    found: list[_Match] = []
    # The fullest first: a window of fewer than the best one's pairs cannot win.
    for window in sorted(windows, key=len, reverse=True):
        if found and len(window) < len(found[-1].pairs):
            break
        match = _Match(_one_to_one([(a, b) for _, a, b in window]), window[0][0], True)
        if not found or len(match.pairs) >= len(found[-1].pairs):
            found.append(match)
    most = max(len(match.pairs) for match in found)
    best = min((match for match in found if len(match.pairs) == most), key=lambda match: abs(match.offset or 0.0))
    rivals = [
        match
        for match in found
        if len(match.pairs) == most and abs(wrapped((match.offset or 0.0) - (best.offset or 0.0))) > TOLERANCE
    ]
    return best._replace(alone=not rivals)


def _one_to_one(both: list[tuple[Known, Known]]) -> tuple[tuple[Known, Known], ...]:
    """Each attempt once, and in the order of both sides; of several the newest."""
    found: list[tuple[Known, Known]] = []
    phone, asa = None, None
    for a, b in sorted(both, key=lambda pair: (-pair[0].place, -pair[1].place)):
        if (phone is None or a.place < phone) and (asa is None or b.place < asa):
            found.append((a, b))
            phone, asa = a.place, b.place
    return tuple(reversed(found))


def _gaps(match: _Match) -> int:
    """How many of its attempts lie so far apart that equal gaps say something; 0 where they are too few to.

    What lies closer than the tolerance fits any other two that do.
    """
    if match.offset is None or not match.alone:
        return 0
    found, last = 0, None
    for _, asa in match.pairs:
        if asa.at is not None and (last is None or abs(wrapped(asa.at - last)) > TOLERANCE):
            found, last = found + 1, asa.at
    return found if found >= _ENOUGH else 0


# --- what is said of a pair -------------------------------------------------------------------------------------------


def _pairs(match: _Match, single: bool, events: Sequence[LogEvent], taken: set[int]) -> list[Pair]:
    found = []
    for phone, asa in match.pairs:
        if phone.place in taken or asa.place in taken:
            continue
        taken |= {phone.place, asa.place}
        many = _gaps(match)
        named = asa.attempt.by in ("user", "certificate")
        reasons = tuple(_reasons(phone, asa, single=single, gaps=many))
        offset = None if phone.at is None or asa.at is None else round(wrapped(phone.at - asa.at), 3)
        found.append(
            Pair(
                asa=asa.place, phone=phone.place, reasons=reasons, offset=offset,
                certain=(named and (many > 0 or single)) or (bool(asa.attempt.phone) and many > 0),
            )
        )  # fmt: skip
    return found


def _reasons(phone: Known, asa: Known, *, single: bool, gaps: int) -> Iterable[str]:
    if asa.attempt.by == "user":
        yield f"the ASA names the user {asa.attempt.user}"
    elif asa.attempt.by == "certificate":
        yield "the certificate that the ASA refuses is this phone's"
    elif asa.attempt.by == "address":
        yield "only this phone logs in from that address"
    if phone.kind in (kinds.UNKNOWN_CA, kinds.NO_CIPHER):
        yield f"both sides tell of the same alert ({phone.kind})"
    elif phone.kind == kinds.DTLS:
        yield "the ASA gave the session that the phone's DTLS failed in"
    else:
        yield f"it ended alike on both sides ({phone.kind})"
    if phone.attempt.chosen and phone.attempt.chosen == asa.attempt.chosen:
        yield f"both name the cipher {phone.attempt.chosen}"
    if gaps:
        yield f"{gaps} attempts follow each other with the same gaps on both sides"
    if single:
        yield "there is no other attempt of that kind on either side"
    if not gaps and not single:
        yield "it is the same place in the order of attempts"


def with_phones(attempts: Sequence[Attempt], pairs: Sequence[Pair]) -> tuple[Attempt, ...]:
    """An attempt of an ASA that names nobody is the phone's that it was paired with."""
    found = list(attempts)
    for pair in pairs:
        if not found[pair.asa].phone and found[pair.phone].phone:
            found[pair.asa] = msgspec.structs.replace(found[pair.asa], phone=found[pair.phone].phone, by="pair")
    return tuple(found)
