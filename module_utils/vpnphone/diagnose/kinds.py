"""How an attempt ended, in a word that both sides have in common."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.diagnosis import Attempt, LogEvent
from .fold_asa import ERRORS
from .fold_phone import is_refusal

UNKNOWN_CA, NO_CIPHER, TLS, REFUSED, CONNECTED, DTLS, OPEN = (
    "unknown CA", "no shared cipher", "tls", "refused", "connected", "dtls", "",
)  # fmt: skip
# What the other side may tell of the same attempt. DTLS fails when the ASA has long given the session.
SAME: dict[str, frozenset[str]] = {
    UNKNOWN_CA: frozenset({UNKNOWN_CA}),
    NO_CIPHER: frozenset({NO_CIPHER}),
    TLS: frozenset({TLS}),
    REFUSED: frozenset({REFUSED}),
    CONNECTED: frozenset({CONNECTED}),
    DTLS: frozenset({CONNECTED}),
}
_REFUSALS = frozenset(
    f"asa.{name}"
    for name in (
        *("login_rejected", "dap_terminated", "policy_refused", "no_address", "session_limit"),
        *("client_certificate_refused", "csd_absent", "group_locked"),
    )
)
GOOD_CODES = frozenset({"200", "302"})
UNKNOWN_CA_ALERT, HANDSHAKE_FAILURE = "48", "40"


def is_dtls(attempt: Attempt, events: Sequence[LogEvent]) -> bool:
    """The handshake of a DTLS channel, which an ASA logs beside the login that it belongs to."""
    return any(events[at].signature == "asa.tls_begins" and " for DTLS" in events[at].text for at in attempt.events)


def kind_of(attempt: Attempt, events: Sequence[LogEvent]) -> str:
    found = [events[index] for index in attempt.events]
    return _of_asa(attempt, found) if attempt.side == "asa" else _of_phone(attempt, found)


def _of_asa(attempt: Attempt, found: list[LogEvent]) -> str:
    names = {event.signature for event in found}
    if attempt.outcome == "connected":
        return CONNECTED
    if names & _REFUSALS:
        return REFUSED
    if attempt.outcome != "failed":
        return OPEN
    errors = names & ERRORS
    if len(errors) > 1:
        return TLS
    return {"asa.unknown_ca": UNKNOWN_CA, "asa.no_shared_cipher": NO_CIPHER}.get(next(iter(errors), ""), TLS)


def _of_phone(attempt: Attempt, found: list[LogEvent]) -> str:
    names = {event.signature for event in found}
    if names & {"phone.dtls_old_session", "phone.dtls_failed"}:
        return DTLS
    if attempt.outcome == "connected":
        return CONNECTED
    if names & {"phone.chain_refused", "phone.host_id_failed"}:
        return UNKNOWN_CA
    alerts = [event.fields for event in found if event.signature == "phone.alert" and is_refusal(event)]
    for alert in alerts:
        code, way = alert.get("code"), alert.get("direction")
        if code == UNKNOWN_CA_ALERT and way == "write":
            return UNKNOWN_CA
        if code == HANDSHAKE_FAILURE and way == "read":
            return NO_CIPHER
    if alerts or "phone.tls_error" in names:
        return TLS
    if attempt.outcome == "failed" and any(refused(event) or _logged_in(event) for event in found):
        return REFUSED
    return OPEN


def refused(event: LogEvent) -> bool:
    """The ASA's answer to the login is neither good nor another place to go."""
    if event.signature == "phone.login_code":
        return event.fields.get("code", "") not in GOOD_CODES
    return event.signature == "phone.login_answer" and event.fields.get("status", "") not in GOOD_CODES


def _logged_in(event: LogEvent) -> bool:
    return event.signature == "phone.login_state" and event.fields.get("after", "").lower() in ("success", "loggedin")
