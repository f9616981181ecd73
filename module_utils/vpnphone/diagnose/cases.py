"""One time that a cause shows: what the finders give, before the times of one phone are put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..model.diagnosis import Cause, Confidence
from .view import View

# Of a cause that names no phone: the fact that tells which ones it may be about, at most so many.
MAYBE, MAX_MAYBE = "perhaps of", 6
# A user, a subject or a URL in a fact: nobody reads more of it.
_LONGEST = 200
# Of the other side, what is shown behind the lines of an attempt.
_OF_THE_PHONE = ("phone.alert", "phone.login_answer", "phone.login_code", "phone.login_failed", "phone.tls_error")
_OF_THE_ASA = tuple(
    f"asa.{name}"
    for name in (
        *("tls_chosen", "unknown_ca", "no_shared_cipher", "tls_error", "tls_failed", "assigned", "login"),
        *("dap_terminated", "policy_refused", "login_rejected", "no_address", "session_limit"),
    )
)


class Case(NamedTuple):
    """at: the event that decides (its time and its log are the case's). names: for the templates of the steps.

    subject: what two cases without a phone must share to be one ("" nothing). explains: phones that it may be about,
    by the order of lines alone.
    """

    id: str
    confidence: Confidence
    at: int
    phone: str = ""
    asa: str = ""
    user: str = ""
    evidence: tuple[int, ...] = ()
    against: tuple[int, ...] = ()
    doubts: tuple[str, ...] = ()
    facts: Mapping[str, str] = {}
    names: Mapping[str, str] = {}
    subject: str = ""
    explains: frozenset[str] = frozenset()
    past: bool = False


def case_of(
    view: View,
    number: int,
    cause: str,
    confidence: Confidence,
    at: int,
    evidence: list[int],
    facts: Mapping[str, str] | None = None,
    doubts: tuple[str, ...] = (),
    subject: str = "",
) -> Case:
    """Of an attempt of one side, with the lines that the other side has of the same attempt behind its own."""
    attempt, other = view.attempts[number], view.other(number)
    on_asa, theirs = attempt.side == "asa", list[int]()
    known = dict(facts or {})
    asa = attempt if on_asa else None
    if other is not None:
        theirs = view.has(other, *(_OF_THE_PHONE if on_asa else _OF_THE_ASA))
        if not on_asa:
            asa = view.attempts[other]
            if asa.key:
                known["client"] = asa.key
        known["the same on the phone" if on_asa else "the same on the ASA"] = "; ".join(view.paired[number].reasons)
    if not on_asa and not attempt.phone:
        subject = view.source(number)
    return Case(
        id=cause,
        confidence=confidence,
        at=at,
        phone=attempt.phone,
        asa=asa.device if asa is not None else "",
        user=asa.user if asa is not None else "",
        evidence=tuple(sorted({*some(evidence), *some(theirs, 6)})),
        doubts=doubts,
        facts=known,
        names=names_of_asa(view, number) if on_asa else names_of_phone(view, number),
        subject=subject,
    )


def maybe_of(cause: Cause) -> list[str]:
    """Phones that a cause which names none may be about."""
    return cause.facts.get(MAYBE, "").split(", ")


def weaker(confidence: Confidence, limit: Confidence) -> Confidence:
    """Not more than the limit."""
    order: tuple[Confidence, ...] = ("certain", "likely", "indicated")
    return order[max(order.index(confidence), order.index(limit))]


def cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def some(indexes: Iterable[int], limit: int = 12) -> tuple[int, ...]:
    """The newest of them, in order, each once."""
    return tuple(sorted(set(indexes))[-limit:])


def names_of_asa(view: View, attempt: int) -> dict[str, str]:
    """Names that the lines of an ASA's attempt tell, and what the site adds where it leaves no choice.

    716038's group is never taken: it is DfltGrpPolicy whatever comes of it (F-045).
    """
    one = view.attempts[attempt]
    found = {"user": one.user, "phone": one.phone}
    if one.key:
        found["interface"] = one.key.partition(":")[0]
    for _, event in view.lines(attempt):
        fields = event.fields
        if event.signature == "asa.dap_attribute":
            kind = {"aaa.cisco.tunnelgroup": "tunnel_group", "aaa.cisco.grouppolicy": "group_policy"}
            if fields.get("name", "").lower() in kind:
                found[kind[fields["name"].lower()]] = fields.get("value", "")
        elif event.signature in ("asa.csd_absent", "asa.no_address", "asa.group_locked"):
            found["tunnel_group"] = fields.get("group", "")
            if fields.get("policy"):
                found["group_policy"] = fields["policy"]
        elif event.signature == "asa.trustpoint":
            found["trustpoint"] = fields.get("trustpoint", "")
    return with_site(view, {name: text for name, text in found.items() if text}, one.device)


def with_site(view: View, names: dict[str, str], device: str) -> dict[str, str]:
    """What the lines do not tell and the site knows, where there is one of it only."""
    asa = view.site.asa(device)
    if asa is None:
        return names
    if len(asa.tunnel_groups) == 1:
        names.setdefault("tunnel_group", asa.tunnel_groups[0])
    if names.get("tunnel_group") in asa.policies:
        names.setdefault("group_policy", asa.policies[names["tunnel_group"]])
    if len(asa.interfaces) == 1:
        names.setdefault("interface", asa.interfaces[0])
    if len(asa.trustpoints) == 1:
        names.setdefault("trustpoint", asa.trustpoints[0])
    return names


def names_of_phone(view: View, attempt: int) -> dict[str, str]:
    """Of a phone's attempt, with those of the ASA's attempt that is the same one."""
    other = view.other(attempt)
    found = names_of_asa(view, other) if other is not None else with_site(view, {}, "")
    found["phone"] = view.attempts[attempt].phone
    for _, event in view.lines(attempt):
        if event.signature == "phone.start":
            found["url"] = event.fields.get("url", "")
            found.setdefault("host", event.fields.get("host", ""))
        elif event.signature == "phone.host_id_third_level":
            found["host"] = event.fields.get("host", "")
    return {name: text for name, text in found.items() if text}
