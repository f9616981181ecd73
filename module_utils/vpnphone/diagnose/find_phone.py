"""What a phone's own log shows: each line of it is about this phone."""

from __future__ import annotations

from collections.abc import Iterator

from ..model.diagnosis import Confidence
from . import kinds
from .cases import Case, case_of, cut
from .fold_phone import is_refusal
from .streams import gap, number_of
from .view import View

_SERVER_CERTIFICATE_ALERT = "37"
# Between the hash of a certificate and its refusal a phone writes a handful of lines, within a second or two.
_NEAR_LINES, _NEAR_SECONDS = 40, 30.0
# Lines that only a handshake, or what comes after it, leaves.
_ANSWERED = frozenset(
    f"phone.{name}"
    for name in (
        *("verify", "verify_error", "leaf_hash", "cipher_in_use", "alert", "tls_error", "login_answer", "login_code"),
        *("chain_refused", "host_id_failed", "redirection", "location", "redirect_url", "connected", "dtls_begins"),
    )
)


def cases(view: View) -> Iterator[Case]:
    for number, attempt in enumerate(view.attempts):
        if attempt.side == "phone":
            yield from _certificate(view, number)
            yield from _handshake(view, number)
            yield from _dtls(view, number)
            yield from _nobody(view, number)
            yield from _refused(view, number)
    yield from _redirected(view)


# --- the certificate --------------------------------------------------------------------------------------------------


def _certificate(view: View, number: int) -> Iterator[Case]:
    chain, host = view.has(number, "phone.chain_refused"), view.has(number, "phone.host_id_failed")
    alerts = [index for index in view.has(number, "phone.alert") if _is_unknown_ca(view, index)]
    around = view.has(
        number, "phone.verify", "phone.verify_error", "phone.leaf_hash", "phone.issuer_missing", "phone.notify_text"
    )
    for index in host:
        lines = [i for i in view.attempts[number].events if view.events[i].signature.startswith("phone.host_id")]
        yield case_of(view, number, "host_id", "certain", index, [*lines, *alerts], _host_facts(view, number))
    if chain:
        confidence, doubts = _after_redirection(view, number, chain[-1])
        if view.events[chain[-1]].fields.get("issuer") == "not trusted" and not alerts:
            # [K] The document has "not found"; by itself the other form proves nothing.
            confidence, doubts = "likely", (*doubts, "the form of the line is from memory, and no alert goes with it")
        facts = _leaf_facts(view, number, chain[-1])
        yield case_of(view, number, "hash_mismatch", confidence, chain[-1], [*around, *chain, *alerts], facts, doubts)
    elif alerts and not host:
        facts = _leaf_facts(view, number, alerts[-1])
        yield case_of(view, number, "hash_mismatch", "likely", alerts[-1], [*around, *alerts], facts)
    elif not host:
        told = [i for i in view.has(number, "phone.notify_code") if _is_certificate_code(view, i)]
        if told:
            doubt = ("only the notice to the user is there, not the lines that lead to it",)
            yield case_of(view, number, "hash_mismatch", "indicated", told[-1], [*around, *told], None, doubt)


def _is_unknown_ca(view: View, index: int) -> bool:
    fields = view.events[index].fields
    return (
        fields.get("protocol") == "SSL"
        and fields.get("direction") == "write"
        and fields.get("code") == kinds.UNKNOWN_CA_ALERT
    )


def _is_certificate_code(view: View, index: int) -> bool:
    return view.events[index].fields.get("code") == _SERVER_CERTIFICATE_ALERT


def _after_redirection(view: View, number: int, refusal: int) -> tuple[Confidence, tuple[str, ...]]:
    """A phone that was sent to another host sees another host's certificate: then that is the cause (F-030)."""
    sent = [index for index in view.has(number, "phone.redirect_url") if index < refusal]
    if sent and _changes_host(view, number, sent[-1]) is not False:
        return "likely", ("the phone was redirected before: the certificate may be another host's",)
    return "certain", ()


def _leaf_facts(view: View, number: int, refusal: int) -> dict[str, str]:
    """Which certificate was refused: certain only where the lines are in one piece, or the log has one hash only."""
    attempt, at = view.attempts[number], view.events[refusal]
    hashes = view.has(number, "phone.leaf_hash")
    every = view.marks[view.stream_of[refusal]].hashes
    if not hashes or not attempt.leaf:
        return {}
    before = [index for index in hashes if view.events[index].fields.get("sha1", "").lower() == attempt.leaf]
    line = view.events[before[-1]] if before else None
    near = line is not None and _near(number_of(line), number_of(at), gap(line, at))
    if len(every) == 1 or (attempt.whole and near and view.in_one_piece(before[-1], refusal)):
        return view.site.leaf(attempt.leaf, attempt.phone)
    return {"leaf certificate": f"one of {len(every)}; the lines are not in one piece, so which one is not certain"}


def _near(line_of: int | None, other: int | None, since: float | None) -> bool:
    """By the marks of the lines themselves; without any, an order that nobody can check is no proof."""
    if line_of is None or other is None:
        return since is not None and 0 <= since <= _NEAR_SECONDS
    return 0 <= other - line_of <= _NEAR_LINES and (since is None or 0 <= since <= _NEAR_SECONDS)


def _host_facts(view: View, number: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for index in view.has(number, "phone.host_id_third_level"):
        fields = view.events[index].fields
        found = {"host": cut(fields.get("host", "")), "name in the certificate": cut(fields.get("dns", ""))}
    return found


# --- the handshake ----------------------------------------------------------------------------------------------------


def _handshake(view: View, number: int) -> Iterator[Case]:
    """Alerts and errors of SSL that are not about the certificate's hash or host."""
    if view.has(number, "phone.chain_refused", "phone.host_id_failed"):
        return
    alerts = [
        index
        for index in view.has(number, "phone.alert")
        if is_refusal(view.events[index])
        and view.events[index].fields.get("protocol") == "SSL"
        and not _is_unknown_ca(view, index)
    ]
    if any(_is_unknown_ca(view, index) for index in view.has(number, "phone.alert")):
        return
    errors = [
        index for index in view.has(number, "phone.tls_error") if view.events[index].fields.get("protocol") == "SSL"
    ]
    if not alerts and not errors:
        return
    other = view.other(number)
    if other is not None and view.kinds[other] == kinds.NO_CIPHER:
        # find_asa.py has that case, with both lists.
        return
    fields = view.events[(alerts or errors)[-1]].fields
    told = {"write": "sent by the phone", "read": "sent by the ASA"}.get(fields.get("direction", ""), "")
    words = cut(fields.get("words", ""))
    alert = f"{words} ({fields['code']}), {told}" if fields.get("code") else f"{words} ({fields.get('error', '')})"
    facts = {"alert" if alerts else "error": alert}
    doubts: tuple[str, ...] = ()
    if fields.get("code") == kinds.HANDSHAKE_FAILURE:
        doubts = ("a handshake failure most often is that no cipher suite is shared; the ASA's log at level 7 tells",)
    yield case_of(view, number, "tls_failed", "likely", (alerts or errors)[-1], [*alerts, *errors], facts, doubts)


# --- DTLS -------------------------------------------------------------------------------------------------------------


def _dtls(view: View, number: int) -> Iterator[Case]:
    """F-016. C15: it proves a mismatch of the ciphers; ECDSA is a likely reason, which a probe must prove."""
    old = view.has(number, "phone.dtls_old_session")
    failed = view.has(number, "phone.dtls_failed")
    alerts = [index for index in view.has(number, "phone.alert") if view.events[index].fields.get("protocol") == "DTLS"]
    if not old and not failed:
        return
    at = (old or failed)[-1]
    lists = [
        index for index in view.has(number, "phone.cipher_list") if view.events[index].fields.get("channel") == "dtls"
    ]
    facts = {"the likely reason": "an ECDSA certificate on 9.4(1) and later; only a probe of the ASA proves it (C15)"}
    if lists:
        facts["DTLS suites that the phone offers"] = cut(view.events[lists[-1]].fields.get("ciphers", ""))
    evidence = [*view.has(number, "phone.dtls_begins"), *lists, *alerts, *old, *failed]
    if old:
        yield case_of(view, number, "dtls_cipher_mismatch", "certain", at, evidence, facts)
        return
    confidence: Confidence = "likely" if alerts else "indicated"
    doubt = ("DTLS failed, and no line says that the ASA took another cipher suite",)
    yield case_of(view, number, "dtls_cipher_mismatch", confidence, at, evidence, facts, doubt)


# --- load balancing ---------------------------------------------------------------------------------------------------


def _changes_host(view: View, number: int, index: int) -> bool | None:
    """The phone was sent to another host than it dialled; None where that cannot be told, or not for certain."""
    new = view.events[index].fields.get("host", "").lower()
    starts = [i for i in view.has(number, "phone.start") if i < index]
    if starts and view.attempts[number].whole and _is_one_login(view, number, starts[-1], index):
        return view.events[starts[-1]].fields.get("host", "").lower() != new
    if view.site.hosts:
        # A URL of the site may have led there all the same.
        return None if new in view.site.hosts else True
    return None


def _is_one_login(view: View, number: int, start: int, sent: int) -> bool:
    """From the dialling to the redirection: near, in one piece, and with no line that a login writes but once."""
    one, other = view.events[start], view.events[sent]
    once = ("phone.leaf_hash", "phone.login_answer", "phone.login_code", "phone.redirect_url")
    between = [view.events[index].signature for index in view.has(number, *once) if start < index <= sent]
    return (
        len(between) == len(set(between))
        and _near(number_of(one), number_of(other), gap(one, other))
        and view.in_one_piece(start, sent)
    )


def _dials_there(view: View, number: int, index: int) -> bool:
    """By the order of lines that carry no mark of their own, it was sent on to the host that it dialled."""
    new = view.events[index].fields.get("host", "").lower()
    starts = [i for i in view.has(number, "phone.start") if i < index]
    return bool(starts) and view.events[starts[-1]].fields.get("host", "").lower() == new


def _redirected(view: View) -> Iterator[Case]:
    """C14: a 302 is a sign; that the host changes is what proves it."""
    found: dict[int, list[tuple[int, int]]] = {}
    for number, attempt in enumerate(view.attempts):
        if attempt.side == "phone":
            for index in view.has(number, "phone.redirect_url"):
                found.setdefault(view.stream_of[index], []).append((number, index))
    seen_on = (
        {one.phone: _several_asas(view, one.phone) for one in view.attempts if one.side == "phone"} if found else {}
    )
    for members in found.values():
        hosts = list(dict.fromkeys(view.events[index].fields.get("host", "").lower() for _, index in members))
        for number, index in members:
            changed = _changes_host(view, number, index)
            if changed is False or (changed is None and _dials_there(view, number, index)):
                continue
            evidence = [i for i, event in view.lines(number) if event.signature in _REDIRECTION]
            facts = {"redirected to": cut(", ".join(hosts[:6]))}
            dialled = view.has(number, "phone.start")
            confidence: Confidence = "certain" if changed else "likely" if len(hosts) > 1 or dialled else "indicated"
            doubts: tuple[str, ...] = ()
            if confidence == "likely" and dialled:
                doubts = ("the lines carry neither number nor time: which login was redirected is not certain",)
            elif confidence == "likely":
                doubts = ("the host alternates, and so it does where two gateways of one file send a phone each on"
                          " to itself",)  # fmt: skip
            several = seen_on[view.attempts[number].phone]
            if several:
                facts["seen on"] = ", ".join(several)
            yield case_of(view, number, "load_balancing", confidence, index, evidence, facts, doubts)


_REDIRECTION = frozenset(
    f"phone.{name}" for name in ("start", "login_answer", "login_code", "redirection", "location", "redirect_url")
)


def _several_asas(view: View, phone: str) -> tuple[str, ...]:
    """F-031: the logs of more than one ASA name the phone."""
    if not phone:
        return ()
    names = {one.device for one in view.attempts if one.side == "asa" and one.phone == phone and one.device}
    return tuple(sorted(names)) if len(names) > 1 else ()


# --- nobody, and no ------------------------------------------------------------------------------------------------


def _nobody(view: View, number: int) -> Iterator[Case]:
    """It dials, and neither side tells of a handshake."""
    attempt = view.attempts[number]
    names = {event.signature for _, event in view.lines(number)}
    dialled = view.has(number, "phone.start", "phone.no_connection")
    if attempt.outcome != "failed" or names & _ANSWERED or not dialled or view.other(number) is not None:
        return
    if any(_is_certificate_code(view, index) for index in view.has(number, "phone.notify_code")):
        return
    refused = view.has(number, "phone.no_connection")
    at = (refused or list(attempt.events))[-1]
    doubts = []
    if not any(one.side == "asa" for one in view.attempts):
        doubts.append("no log of an ASA tells whether a handshake arrived there")
    if not attempt.whole:
        doubts.append("lines of this attempt are missing or mixed up")
    confidence: Confidence = "likely" if refused and attempt.whole else "indicated"
    yield case_of(view, number, "no_answer", confidence, at, list(attempt.events), None, tuple(doubts))


def _refused(view: View, number: int) -> Iterator[Case]:
    """judge.py drops it where the ASA's log says why."""
    lines = [index for index in view.attempts[number].events if kinds.refused(view.events[index])]
    if not lines:
        return
    fields = view.events[lines[-1]].fields
    facts = {"answer to the login": cut(f"{fields.get('code') or fields.get('status', '')} {fields.get('words', '')}")}
    asas = [one for one in view.attempts if one.side == "asa"]
    doubt = "the ASA's log names no reason for this phone" if asas else "no log of an ASA is at hand"
    yield case_of(view, number, "refused_by_policy", "indicated", lines[-1], lines, facts, (doubt,))
