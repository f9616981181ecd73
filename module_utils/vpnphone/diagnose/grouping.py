"""The times that one cause shows, put together: one entry a phone, and one for the many beyond a bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from ..controls.site_facts import names_of
from ..model.diagnosis import CONFIDENCE_ORDER, Cause
from .cases import Case
from .causes import BY_ID, CAUSES
from .standing import MAX_LOOKED_AT, Standing
from .steps import fill
from .view import View

# Phones that have an entry of their own for one cause on one ASA; the rest share one.
MAX_PHONES = 10
MAX_EVIDENCE = 24
# What a login that was refused may be explained by, beside the controls of the cause itself.
_REFUSING = (
    *("VPNP-103", "VPNP-203", "VPNP-219", "VPNP-221", "VPNP-222", "VPNP-231", "VPNP-232", "VPNP-241", "VPNP-242"),
    *("VPNP-243", "VPNP-244", "VPNP-248", "VPNP-254", "VPNP-331"),
)
_PLACE = {rule.id: place for place, rule in enumerate(CAUSES)}


def grouped(view: View, cases: Sequence[Case]) -> tuple[Cause, ...]:
    """What stands before what is past, then by confidence, then by how often it was seen."""
    standing = Standing(view)
    groups: dict[tuple[str, str, str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault(_key(case), []).append(case)
    groups = _joined(groups)
    causes = [_cause(view, standing, members) for members in groups.values()]
    return tuple(sorted(_bounded(causes), key=_rank))


def _rank(cause: Cause) -> tuple[bool, int, int, int, str, str]:
    order = CONFIDENCE_ORDER.index(cause.confidence)
    return cause.past, order, -cause.count, _PLACE[cause.id], cause.phone, cause.asa


def _key(case: Case) -> tuple[str, str, str, str]:
    return case.id, case.phone, case.asa, "" if case.phone else case.subject


def _joined(groups: dict[tuple[str, str, str, str], list[Case]]) -> dict[tuple[str, str, str, str], list[Case]]:
    """A phone's own log does not name the ASA: its cases go to the one ASA that tells of the same."""
    found = dict(groups)
    for key in list(found):
        cause, phone, asa, _ = key
        if phone and not asa:
            named = [other for other in found if other[:2] == (cause, phone) and other[2]]
            if len(named) == 1:
                found[named[0]] = [*found[named[0]], *found.pop(key)]
    return found


def _cause(view: View, standing: Standing, members: Sequence[Case]) -> Cause:
    ordered = sorted(members, key=lambda case: case.at)
    judged = [(standing.judged(case), case.confidence) for case in ordered[-MAX_LOOKED_AT:]]
    left = [(case, before) for case, before in judged if not case.past] or judged
    # The newest of the best: what a person looks at first. Of what is past, the best by what it was.
    ranks = [
        (-CONFIDENCE_ORDER.index(case.confidence), -CONFIDENCE_ORDER.index(before), case.at) for case, before in left
    ]
    best = left[ranks.index(max(ranks))][0]
    stands = [case for case, _ in left]
    more = next((case for case in reversed(stands) if view.side(case.at) != view.side(best.at)), None)
    rule = BY_ID[best.id]
    names = {**(more.names if more is not None else {}), **best.names}
    facts = {**(more.facts if more is not None else {}), **best.facts}
    controls = (*rule.controls, *(_REFUSING if best.id == "refused_by_policy" else ()))
    explaining = view.site.explaining(controls, best.asa or _only_asa(view, best.phone))
    if explaining:
        facts["open findings"] = "; ".join(f"{name} ({', '.join(view.site.findings[name][:4])})" for name in explaining)
    certain = best.confidence == "certain"
    clients = list(dict.fromkeys(case.facts["client"] for case in ordered if case.facts.get("client")))
    if len(clients) > 1:
        facts["clients"] = ", ".join(clients[:6]) + (f" and {len(clients) - 6} more" if len(clients) > 6 else "")
        facts.pop("client", None)
    return Cause(
        id=best.id,
        title=rule.title,
        meaning=rule.meaning,
        confidence=best.confidence,
        phone=best.phone,
        asa=best.asa or next((case.asa for case in reversed(ordered) if case.asa), ""),
        user=best.user,
        evidence=tuple(sorted({*best.evidence, *(more.evidence if more is not None else ())}))[-MAX_EVIDENCE:],
        against=best.against,
        doubts=() if certain else tuple(dict.fromkeys((*best.doubts, *(() if best.past else (rule.doubt,))))),
        confirm=tuple(fill(text, names) for text in rule.confirm),
        next_steps=tuple(fill(text, names) for text in rule.steps),
        facts=dict(facts),
        controls=explaining if explaining and best.id == "refused_by_policy" else rule.controls,
        sources=rule.sources,
        count=_count(view, ordered),
        past=best.past,
    )


def _only_asa(view: View, phone: str) -> str:
    """The one whose log names the phone; "" where there are several, or none."""
    found = {one.device for one in view.attempts if one.side == "asa" and one.phone == phone and phone}
    return found.pop() if len(found) == 1 else ""


def _count(view: View, cases: Sequence[Case]) -> int:
    """Attempts, each once though both sides tell of it."""
    if cases[0].id == "dtls_cipher_mismatch":
        # The ASA tells of the handshake alone, which is in no pair.
        return max(Counter(view.side(case.at) for case in cases).values())
    seen: set[int] = set()
    for case in cases:
        of = view.of.get(case.at)
        if of is None:
            seen.add(-1 - case.at)
            continue
        pair = view.paired.get(of)
        seen.add(min(pair.asa, pair.phone) if pair is not None else of)
    return len(seen)


def _bounded(causes: Sequence[Cause]) -> list[Cause]:
    """Of many phones with the same, the first by rank have entries of their own; the rest are counted in one."""
    alike: dict[tuple[object, ...], list[Cause]] = {}
    for cause in sorted(causes, key=_rank):
        alike.setdefault((cause.id, cause.asa, cause.confidence, cause.past, bool(cause.phone)), []).append(cause)
    found: list[Cause] = []
    for members in alike.values():
        shown, rest = members[:MAX_PHONES], members[MAX_PHONES:]
        found += shown
        if len(rest) == 1:
            found += rest
        elif rest:
            found.append(_many(rest))
    return found


def _many(rest: Sequence[Cause]) -> Cause:
    """One entry without a phone: its facts are those that all share."""
    first = rest[0]
    rule = BY_ID[first.id]
    shared = {name: text for name, text in first.facts.items() if all(one.facts.get(name) == text for one in rest)}
    whose = {"phones": names_of(one.phone for one in rest)} if first.phone else {}
    return msgspec.structs.replace(
        first,
        phone="",
        user="",
        evidence=tuple(sorted({index for one in rest[:4] for index in one.evidence}))[-MAX_EVIDENCE:],
        against=tuple(sorted({index for one in rest[:4] for index in one.against}))[-4:],
        facts={**shared, **whose, "more of the same": f"{len(rest)}"},
        confirm=tuple(fill(text, {}) for text in rule.confirm),
        next_steps=tuple(fill(text, {}) for text in rule.steps),
        count=sum(one.count for one in rest),
    )
