"""Attempts of one phone, out of its own log: from the dialling to the failed login or the standing tunnel."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.diagnosis import Attempt, LogEvent
from ..suites import openssl_name
from .building import Building, Folder
from .ciphers import split_list
from .streams import Stream, gap, goes_on, is_phone, number_of

_TRYING = frozenset({"trying", "loggingin"})
_FAILED = frozenset({"failed", "loginfailed"})
_IDLE = frozenset({"idle"})
# They follow the end of an attempt and belong to it.
_TRAIL = frozenset({"phone.notify_code", "phone.notify_text", "phone.login_failed", "phone.login_state"})
_DTLS = frozenset({"phone.dtls_begins", "phone.dtls_old_session", "phone.dtls_failed"})
# What stands fast once it was said: the attempt has failed, more lines of it may come.
REFUSALS = frozenset(
    f"phone.{name}"
    for name in ("chain_refused", "host_id_failed", "alert", "tls_error", "dtls_old_session", "dtls_failed")
)
_GAP_SECONDS = 300.0
# Alerts that end nothing: close_notify, user_canceled, no_renegotiation (RFC 5246).
_HARMLESS = frozenset({"0", "90", "100"})


def is_refusal(event: LogEvent) -> bool:
    return event.signature in REFUSALS and not (
        event.signature == "phone.alert" and event.fields.get("code", "") in _HARMLESS
    )


def fold(stream: Stream, events: Sequence[LogEvent]) -> list[Attempt]:
    folder = _Phone(stream, events)
    for place, index in enumerate(stream.events):
        folder.place = place
        folder.take(index, events[index])
    return folder.finished()


class _Phone(Folder):
    def __init__(self, stream: Stream, events: Sequence[LogEvent]) -> None:
        super().__init__(stream, events)
        self.now: Building | None = None
        self.before: LogEvent | None = None
        self.seen: dict[tuple[object, ...], Building] = {}

    def take(self, index: int, event: LogEvent) -> None:
        copied = self._copied(event)
        if copied is not None:
            self.give(copied, index)
            return
        if self.now is None or self._anew(self.now, event):
            self.now = self.new()
            if is_phone(self.stream.device):
                self.now.phone, self.now.by = self.stream.device, "own log"
        self.give(self.now, index)
        self.seen[self._mark(event)] = self.now
        self.before = event
        self._learn(self.now, event)

    def _mark(self, event: LogEvent) -> tuple[object, ...]:
        return event.number, event.seconds, event.signature, event.text

    def _copied(self, event: LogEvent) -> Building | None:
        """A numbered or stamped line that was there before; the files of a phone overlap where they are saved twice."""
        if number_of(event) is None and event.seconds is None:
            return None
        return self.seen.get(self._mark(event))

    def _anew(self, now: Building, event: LogEvent) -> bool:
        name = event.signature
        if self.before is not None:
            if not goes_on(self.before, event):
                # A restart of the phone, or a log that was mixed up.
                now.whole = False
                return True
            since = gap(self.before, event)
            if since is not None and since > _GAP_SECONDS:
                return True
        if name == "phone.start":
            return True
        after = event.fields.get("after", "").lower()
        if name == "phone.login_state" and after in _TRYING:
            return now.ended or now.outcome != "unknown" or self._has_progress(now)
        if now.outcome == "connected":
            return name not in _DTLS and not self._is_dtls(event) and after not in _IDLE
        return now.ended and name not in _TRAIL

    def _has_progress(self, now: Building) -> bool:
        return any(self.events[index].signature not in ("phone.start", "phone.login_state") for _, index in now.lines)

    def _is_dtls(self, event: LogEvent) -> bool:
        return "dtls" in (event.fields.get("protocol", "").lower(), event.fields.get("channel", "").lower())

    def _learn(self, now: Building, event: LogEvent) -> None:
        name, fields = event.signature, event.fields
        after = fields.get("after", "").lower()
        if name == "phone.leaf_hash":
            if now.outcome != "failed":
                now.leaf = fields.get("sha1", "").lower()
        elif name == "phone.cipher_list":
            if not self._is_dtls(event):
                now.names = split_list(fields.get("ciphers", "").replace(",", ":"))
        elif name == "phone.cipher_in_use":
            now.chosen = openssl_name(fields.get("cipher", ""))
        elif name == "phone.connected":
            now.outcome = "connected"
        elif (
            is_refusal(event)
            or name == "phone.no_connection"
            or (name == "phone.login_code" and fields.get("code", "") not in ("200", "302"))
        ):
            now.outcome = "failed"
        elif name == "phone.login_failed" or (name == "phone.login_state" and after in _FAILED):
            now.outcome, now.ended = "failed", True
        elif name == "phone.login_state" and after in _IDLE:
            # [K] The tunnel did not come about; where it stood, this is its end.
            now.outcome, now.ended = "unknown" if now.outcome == "connected" else "failed", True
