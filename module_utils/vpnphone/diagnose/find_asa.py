"""What an ASA's log shows: lines that name a phone, and handshakes whose lines name an address alone."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.diagnosis import Confidence, LogEvent
from . import kinds
from .cases import Case, case_of, cut
from .ciphers import shared
from .fold_asa import ERRORS, address_of
from .streams import absolute, time_of_day
from .view import View

# F-051a: what the 7962G of the document offers, and no browser does.
_PHONE_OFFER = frozenset({"AES256-SHA", "AES128-SHA"})
# Handshakes of somebody unknown that fail where phones get in: fewer are a scanner's, or a browser's.
_MANY = 3
_OF_THE_LOGIN = ("asa.login", "asa.dap_attribute", "asa.dap_selected")
_SIMULTANEOUS, _PROTOCOL = (
    ("simultaneous",),
    ("svc not enabled", "tunnel protocol", "tunneling protocol", "protocol not"),
)
_CREDENTIALS = ("password", "user was not found", "unknown user", "account", "locked")


def cases(view: View) -> Iterator[Case]:
    for number, attempt in enumerate(view.attempts):
        if attempt.side != "asa":
            continue
        for index, event in view.lines(number):
            yield from _of_line(view, number, index, event)
        if attempt.outcome == "failed":
            yield from _handshake(view, number)


# --- lines that name a user -------------------------------------------------------------------------------------------


def _of_line(view: View, number: int, index: int, event: LogEvent) -> Iterator[Case]:
    """A user who is no phone by name is nobody's business here, unless a phone's own log has the same attempt."""
    phone, fields = view.attempts[number].phone, event.fields
    before = [i for i in view.has(number, *_OF_THE_LOGIN) if i < index][-6:]
    lines = [*before, index]
    if event.signature == "asa.session_limit":
        # Phones and PCs share the limit: whoever met it.
        confidence: Confidence = "likely" if phone else "indicated"
        facts = {"limit": fields.get("limit", "")}
        yield case_of(view, number, "session_limit", confidence, index, lines, facts, subject=fields.get("limit", ""))
        return
    if not phone:
        return
    match event.signature:
        case "asa.dap_terminated":
            named = view.attempts[number].by == "user"
            facts = {"DAP records": cut(fields.get("records", "")), "address": fields.get("address", "")}
            case = case_of(view, number, "dap_terminate", "certain" if named else "likely", index, lines, facts)
            record = fields.get("records", "").partition(",")[0].strip()
            yield case._replace(names={**case.names, "record": record})
        case "asa.login_rejected":
            yield case_of(view, number, "login_rejected", "likely", index, lines)
        case "asa.no_address":
            facts = {"tunnel-group": cut(fields.get("group", "")), "group-policy": cut(fields.get("policy", ""))}
            yield case_of(view, number, "no_address", "likely", index, lines, facts)
        case "asa.client_certificate_refused":
            facts = {
                "why": cut(fields.get("why", "")),
                "issuer of the phone's certificate": cut(fields.get("issuer", "")),
                "serial number": cut(fields.get("serial", "")),
            }
            yield case_of(view, number, "client_certificate", "likely", index, lines, facts)
        case "asa.policy_refused":
            yield case_of(
                view, number, _by_reason(fields.get("reason", "")), "likely", index, lines,
                {"reason": cut(fields.get("reason", ""))},
            )  # fmt: skip


def _by_reason(reason: str) -> str:
    """[K] The words of 113015."""
    said = reason.lower()
    for cause, words in (
        ("simultaneous_logins", _SIMULTANEOUS),
        ("tunnel_protocol", _PROTOCOL),
        ("login_rejected", _CREDENTIALS),
    ):
        if any(word in said for word in words):
            return cause
    return "refused_by_policy"


# --- handshakes -------------------------------------------------------------------------------------------------------


def _handshake(view: View, number: int) -> Iterator[Case]:
    attempt = view.attempts[number]
    errors = view.has(number, *ERRORS)
    failed = view.has(number, "asa.tls_failed")
    if not errors and not failed:
        return
    if not attempt.phone and _is_other(view, number):
        return
    lines = [i for i, event in view.lines(number) if event.signature.startswith("asa.tls") or i in errors]
    client = attempt.key or "a client that no line names"
    facts = {"client": client}
    kind = view.kinds[number]
    at = (errors or failed)[-1]
    if kind == kinds.NO_CIPHER:
        yield from _no_cipher(view, number, at, facts)
        return
    if kind == kinds.UNKNOWN_CA:
        yield from _unknown_ca(view, number, at, lines, facts)
        return
    if not errors and attempt.phone == "":
        return
    reasons = [view.events[index].fields.get("reason", "") for index in errors]
    facts["error"] = cut("; ".join(dict.fromkeys(reasons)) or "none was logged")
    if _is_dtls(view, number, reasons):
        doubt = ("only the ASA's side of the DTLS handshake is there; the phone's own log names the suite",)
        confidence: Confidence = "likely" if attempt.phone else "indicated"
        yield case_of(view, number, "dtls_cipher_mismatch", confidence, at, lines, facts, doubt, subject=facts["error"])
        return
    doubts = [] if attempt.whole else [_MIXED]
    doubts += [_address_doubt(view, number)] if attempt.phone else [NOBODY]
    confidence = "likely" if attempt.phone and attempt.whole else "indicated"
    yield case_of(view, number, "tls_failed", confidence, at, lines, facts, tuple(doubts), subject=facts["error"])


_MIXED = "lines of other handshakes lie between: the error may be another client's"
NOBODY = "no line says that this client is a phone"


def _address_doubt(view: View, number: int) -> str:
    by = view.attempts[number].by
    if by == "pair":
        return "the ASA's lines name nobody; they are this phone's by the comparison with its own log"
    return "the handshake names an address alone, and other devices may stand behind it"


def _is_other(view: View, number: int) -> bool:
    """Only users who are no phones log in from that address."""
    attempt = view.attempts[number]
    address = address_of(attempt, view.events)
    return bool(address) and bool(view.users.get((attempt.device, address)))


def _is_dtls(view: View, number: int, reasons: list[str]) -> bool:
    """[K] The ASA's side of F-016: a DTLS handshake that the client ends with illegal parameter."""
    return any("illegal parameter" in reason.lower() for reason in reasons) and (
        not view.has(number, "asa.tls_begins") or kinds.is_dtls(view.attempts[number], view.events)
    )


def _no_cipher(view: View, number: int, at: int, facts: dict[str, str]) -> Iterator[Case]:
    """Certain where both lists are whole and have nothing in common, and the error can be nobody else's."""
    attempt = view.attempts[number]
    lists = view.has(number, "asa.tls_supported", "asa.cipher", "asa.tls_proposed", "asa.tls_failed")
    both = shared(attempt.offered, attempt.supported)
    doubts: list[str] = []
    complete = attempt.whole and bool(attempt.offered) and bool(attempt.supported)
    if attempt.offered:
        facts["the client offers"] = cut(", ".join(attempt.offered))
    if attempt.supported:
        facts["the ASA admits"] = cut(", ".join(attempt.supported))
    confidence: Confidence = "certain"
    if both:
        confidence = "indicated"
        doubts.append(f"the lists share {', '.join(both[:3])}: they or the error are another client's, or of another"
                      " protocol version")  # fmt: skip
    elif not complete:
        confidence = "likely"
        doubts.append(_MIXED if not attempt.whole else "the lists of suites are not there, or not whole")
    elif not (_alone(view, number) or _unanimous(view, number)):
        confidence = "likely"
        doubts.append("other handshakes have the same time stamps: the error may be another client's")
    pair = view.paired.get(number)
    if attempt.phone:
        if confidence == "certain" and not (pair is not None and pair.certain):
            confidence = "likely"
        if confidence != "certain":
            doubts.append(_address_doubt(view, number))
    elif frozenset(attempt.offered) != _PHONE_OFFER or not attempt.key:
        # Nothing but the offer itself could tell that it was a phone.
        confidence = "indicated" if confidence != "certain" or _phones_get_in(view, number) else "likely"
        doubts.append(NOBODY)
    elif _phones_get_in(view, number):
        confidence = "indicated" if confidence != "certain" else "likely"
        doubts.append("phones get in on this ASA")
    yield case_of(
        view, number, "no_shared_cipher", confidence, at, [*lists, at], facts, tuple(doubts),
        subject=facts.get("the client offers", "?"),
    )  # fmt: skip


def _unknown_ca(view: View, number: int, at: int, lines: list[int], facts: dict[str, str]) -> Iterator[Case]:
    """find_phone.py has the proof; here it is a sign, since any client may send that alert."""
    attempt, other = view.attempts[number], view.other(number)
    if other is not None and view.has(other, "phone.host_id_failed"):
        # The phone's own log has what it sent that alert for.
        return
    doubts = [] if attempt.whole else [_MIXED]
    doubts += [_address_doubt(view, number)] if attempt.phone else [NOBODY]
    confidence: Confidence = "likely" if attempt.phone and attempt.whole else "indicated"
    yield case_of(view, number, "hash_mismatch", confidence, at, lines, facts, tuple(doubts), subject="unknown CA")


def _phones_get_in(view: View, number: int) -> bool:
    return view.stream_of[view.attempts[number].events[0]] in view.serving


def is_stray(view: View, case: Case) -> bool:
    """A failed handshake of nobody on an ASA where phones get in."""
    of = view.of.get(case.at)
    return (
        not case.phone
        and of is not None
        and view.attempts[of].side == "asa"
        and not view.attempts[of].user
        and case.id in ("no_shared_cipher", "hash_mismatch", "tls_failed", "dtls_cipher_mismatch")
        and case.confidence == "indicated"
        and _phones_get_in(view, of)
    )


def too_few(cases_of_one: int) -> bool:
    return cases_of_one < _MANY


# --- whose error is it ------------------------------------------------------------------------------------------------


def _window(view: View, number: int) -> frozenset[int]:
    """Other attempts of that log with lines whose stamps cannot be told from this one's: all, where there is no time.

    Lines of one second may have been mixed on their way (syslog over UDP), so their order proves nothing; in the ASA's
    own buffer none were.
    """
    mine = view.attempts[number]
    if view.stream_of[mine.events[0]] in view.in_order:
        return frozenset()
    marks = view.marks[view.stream_of[mine.events[0]]]
    for kind, mark in ((1, absolute), (2, time_of_day)):
        times = [at for index in mine.events if (at := mark(view.events[index])) is not None]
        if marks.complete(kind):
            return frozenset(marks.between(kind, min(times), max(times))) - {number, -1}
    return marks.attempts - {number}


def _alone(view: View, number: int) -> bool:
    return not _window(view, number)


def _unanimous(view: View, number: int) -> bool:
    """Every error of that time is "no shared cipher", and there are as many as handshakes that failed."""
    attempts = frozenset({number, *_window(view, number)})
    if attempts not in view.agreed:
        view.agreed[attempts] = _agree(view, attempts)
    return view.agreed[attempts]


def _agree(view: View, attempts: frozenset[int]) -> bool:
    errors = [index for one in attempts for index in view.has(one, *ERRORS)]
    if any(view.events[index].signature != "asa.no_shared_cipher" for index in errors):
        return False
    hands = [one for one in attempts if view.attempts[one].key and not view.has(one, "asa.tls_done", "asa.tls_chosen")]
    return len(hands) == len(errors) and all(view.attempts[one].outcome == "failed" for one in hands)
