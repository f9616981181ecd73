"""group-lock (F-049): 113040 names a tunnel-group and no user."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.diagnosis import Confidence
from .cases import MAX_MAYBE, MAYBE, Case, cut, names_of_asa, some, with_site
from .find_asa import NOBODY
from .streams import stamp_of
from .view import View

# How far before it the login lies that it ends: seconds, and lines.
_SECONDS, _LINES = 3.0, 40


def cases(view: View) -> Iterator[Case]:
    """Who it may have been is by the lines before it alone."""
    seen = _phones_groups(view)
    for number, attempt in enumerate(view.attempts):
        for index in view.has(number, "asa.group_locked") if attempt.side == "asa" else ():
            fields = view.events[index].fields
            group = fields.get("group", "")
            likely = _logins_before(view, index)
            phones = frozenset(view.attempts[one].phone for one in likely)
            paired = view.attempts[number].phone
            known = True if (attempt.device, group) in seen else view.site.is_phones_group(group, attempt.device)
            facts = {"tunnel-group": cut(group), "locked to": cut(fields.get("lock", ""))}
            lines = [index]
            names = {"tunnel_group": group}
            if likely and "" not in phones:
                facts[MAYBE] = ", ".join(sorted(phones)[:MAX_MAYBE])
                lines += [_last_of_user(view, one) for one in likely[-3:]]
            confidence: Confidence = "certain"
            doubts: tuple[str, ...] = ()
            if "" in phones or known is False:
                # Somebody else was logging in, or it is no tunnel-group of phones.
                if not known:
                    continue
                confidence, doubts = "indicated", (NOBODY,)
            elif not known:
                confidence = "likely" if phones or not view.phones else "indicated"
                doubts = ("113040 names no user, and no line or state says that phones use this tunnel-group",)
            elif not phones and view.stream_of[index] in view.serving:
                confidence, doubts = "likely", ("113040 names no user, and phones get in on this ASA",)
            for one in likely[-1:]:
                names = {**names_of_asa(view, one), **names}
            names.pop("phone", None)
            names.pop("user", None)
            yield Case(
                id="group_lock",
                confidence=confidence,
                at=index,
                asa=attempt.device,
                evidence=some(lines),
                doubts=doubts,
                facts=facts,
                names=with_site(view, names, attempt.device),
                subject=f"{group}: {fields.get('lock', '')}",
                explains=(phones | {paired}) - {""},
            )


def _last_of_user(view: View, attempt: int) -> int:
    """The last of its lines that names who it is."""
    lines = view.lines(attempt)
    return next((index for index, event in reversed(lines) if event.fields.get("user")), lines[-1][0])


def _logins_before(view: View, index: int) -> list[int]:
    """Attempts that were logging in, and had not ended, when this line was written: within seconds, or lines."""
    stream = view.streams[view.stream_of[index]]
    place = view.place(index)
    at = stamp_of(view.events[index])
    found: dict[int, None] = {}
    for other in reversed(stream.events[max(0, place - _LINES) : place]):
        of = view.of.get(other)
        then = stamp_of(view.events[other])
        if of is None or (at is not None and then is not None and abs(at - then) > _SECONDS):
            continue
        if view.attempts[of].user and view.attempts[of].outcome == "unknown":
            found.setdefault(of)
    return list(reversed(found))


def _phones_groups(view: View) -> set[tuple[str, str]]:
    """(ASA, tunnel-group) that DAP saw a phone in."""
    return {
        (one.device, event.fields.get("value", ""))
        for one in view.attempts
        if one.side == "asa" and one.by == "user" and one.phone
        for event in (view.events[index] for index in one.events)
        if event.signature == "asa.dap_attribute" and event.fields.get("name", "").lower() == "aaa.cisco.tunnelgroup"
    }
