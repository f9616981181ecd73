"""Attempts of one ASA: the handshake by interface, address and port, then the login by user and address.

725010, 725011 and 725014 name no client: they go to whoever spoke last, and the attempt is whole only where nothing of
another one lay between, and no other handshake was under way.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..model.diagnosis import Attempt, LogEvent
from ..suites import openssl_name
from .building import Building, Folder
from .ciphers import Collector
from .streams import Stream, gap

ADDRESSED = frozenset(
    f"asa.{name}"
    for name in ("tls_begins", "tls_proposed", "tls_chosen", "tls_done", "tls_failed", "tls_ended", "trustpoint")
)
ERRORS = frozenset({"asa.unknown_ca", "asa.no_shared_cipher", "asa.tls_error"})
# What a login ends with; a second one without a new login in between is another attempt.
ENDS = {
    "asa.assigned": "connected",
    "asa.dap_terminated": "failed",
    "asa.login_rejected": "failed",
    "asa.policy_refused": "failed",
    "asa.no_address": "failed",
    "asa.session_limit": "failed",
}
_STARTS = frozenset({"asa.login", "asa.login_rejected"})
# Lines that say nothing of how a login went on: they may follow its end.
_ASIDE = frozenset({"asa.dap_attribute", "asa.dap_selected", "asa.mapping", "asa.disconnected", "asa.csd_absent"})
# Where a handshake has not ended after so long, its end was not logged. Seconds, and lines where there is no clock.
_STALE_SECONDS = 60.0
_STALE_LINES = 400
# A login follows its handshake within this time.
_LOGIN_SECONDS = 120.0
_COMMON_NAME = re.compile(r"(?:^|[,/+\s])CN ?= ?(CP-[A-Za-z0-9+-]{1,24}-SEP[0-9A-Fa-f]{12})(?=$|[,/+\s])")


def fold(stream: Stream, events: Sequence[LogEvent]) -> list[Attempt]:
    folder = _Asa(stream, events)
    for place, index in enumerate(stream.events):
        folder.place = place
        folder.take(index, events[index])
    return folder.finished()


def client_of(event: LogEvent) -> str:
    """ "outside:172.16.250.9/52684"; "" where the line names none."""
    fields = event.fields
    if event.signature not in ADDRESSED or not fields.get("address"):
        return ""
    return f"{fields.get('interface', '')}:{fields['address']}/{fields.get('port', '')}"


def address_of(attempt: Attempt, events: Sequence[LogEvent]) -> str:
    """The client's address as the ASA sees it; "" where no line tells."""
    return next((found for index in attempt.events if (found := events[index].fields.get("address"))), "")


def subject_user(subject: str) -> str:
    """The phone's user in a certificate's subject, where exactly one part of it is a phone's name."""
    found = {match[1] for match in _COMMON_NAME.finditer(subject[:1024])}
    return found.pop() if len(found) == 1 else ""


class _Asa(Folder):
    def __init__(self, stream: Stream, events: Sequence[LogEvent]) -> None:
        super().__init__(stream, events)
        self.clients: dict[str, Building] = {}
        self.under_way: dict[str, Building] = {}
        self.logins: dict[tuple[str, str], Building] = {}
        self.of_user: dict[str, Building] = {}
        self.done: dict[str, list[Building]] = {}
        self.last: Building | None = None
        # The list that Cipher[n] lines go to now, and a supported one that no client has claimed yet.
        self.list: Collector | None = None
        self.unclaimed: Building | None = None

    def take(self, index: int, event: LogEvent) -> None:
        name = event.signature
        if name in ADDRESSED:
            self._addressed(index, event)
        elif name == "asa.tls_supported":
            self._supported(index, event)
        elif name == "asa.cipher":
            self._cipher(index, event)
        elif name in ERRORS:
            self._error(index, event)
        elif name == "asa.client_certificate_refused":
            refused = self.new()
            refused.named(subject_user(event.fields.get("subject", "")), "certificate")
            refused.outcome = "failed"
            self.give(refused, index)
        elif name == "asa.group_locked":
            # It names no user: an attempt of its own, of nobody.
            locked = self.new()
            locked.outcome = "failed"
            self.give(locked, index)
        elif event.fields.get("user"):
            self._login(index, event)

    # --- the handshake ------------------------------------------------------------------------------------------------

    def _addressed(self, index: int, event: LogEvent) -> None:
        key, name = client_of(event), event.signature
        if not key:
            return
        known = self.clients.get(key)
        again = known is not None and known.has(event)
        if known is None or (not again and self._anew(known, event)):
            known = self._client(key, event)
        self.give(known, index)
        self.last = known
        if not known.user:
            known.last = self.place
        if name == "asa.tls_proposed":
            self._proposed(known, event, again=again)
        if again:
            return
        if name == "asa.tls_chosen":
            known.chosen = openssl_name(event.fields.get("cipher", ""))
        elif name == "asa.tls_failed":
            known.outcome, known.ended = "failed", True
            self._closed(key, known)
        elif name == "asa.tls_done":
            # An error that was taken for its own cannot have been: the handshake came about.
            known.whole &= known.outcome != "failed"
            known.outcome, known.ended = "unknown", True
            self._closed(key, known)
            self.done.setdefault(known.address, []).append(known)
        elif name == "asa.tls_ended":
            self._closed(key, known)

    def _anew(self, known: Building, event: LogEvent) -> bool:
        """The port was used again: a new beginning, or a line that cannot follow the end."""
        if event.signature == "asa.tls_begins":
            return True
        return known.ended and event.signature != "asa.tls_ended"

    def _client(self, key: str, event: LogEvent) -> Building:
        made = self.new(key=key, address=event.fields["address"])
        made.open = True
        self.clients[key] = self.under_way[key] = made
        return made

    def _closed(self, key: str, known: Building) -> None:
        known.open = False
        if self.under_way.get(key) is known:
            del self.under_way[key]

    def _others(self, mine: Building, event: LogEvent) -> bool:
        """Another handshake is under way, so that a line without a client may be its own."""
        for key, other in list(self.under_way.items()):
            if other is mine or not other.lines:
                continue
            place, index = other.lines[-1]
            since = gap(self.events[index], event)
            stale = since > _STALE_SECONDS if since is not None else self.place - place > _STALE_LINES
            if stale:
                del self.under_way[key]
            else:
                return True
        return False

    # --- lines that name no client ------------------------------------------------------------------------------------

    def _loose(self, building: Building, index: int, event: LogEvent) -> None:
        self.give(building, index)
        building.loose.append(self.place)
        building.whole &= not self._others(building, event)

    def _supported(self, index: int, event: LogEvent) -> None:
        """It comes before the line that names the client: until then it is nobody's."""
        before = self.unclaimed
        if before is not None and before.has(event) and before.lines[-1][0] == self.place - 1:
            # The same line twice.
            self.give(before, index)
            return
        self.unclaimed = self.new()
        self.unclaimed.supported = self.list = Collector(event.fields.get("count", ""))
        self.give(self.unclaimed, index)
        self.unclaimed.loose.append(self.place)

    def _proposed(self, known: Building, event: LogEvent, *, again: bool) -> None:
        claimed, self.unclaimed = self.unclaimed, None
        if claimed is not None and claimed.supported is not None and known.supported is None:
            known.supported = claimed.supported
            for place, index in claimed.lines:
                known.add(place, index, self.events[index])
                known.loose.append(place)
                self.owner[place] = known
            claimed.lines = []
            known.whole &= not self._others(known, event)
        if known.offered is None or not again:
            known.offered = Collector(event.fields.get("count", ""))
        self.list = known.offered

    def _cipher(self, index: int, event: LogEvent) -> None:
        """It follows whichever header came last."""
        owner = next((one for one in (self.unclaimed, self.last) if one and self._fills(one)), None)
        if self.list is None or owner is None:
            return
        self.list.add(event.fields.get("index", ""), event.fields.get("cipher", ""))
        self._loose(owner, index, event)

    def _fills(self, one: Building) -> bool:
        return self.list is not None and (one.supported is self.list or one.offered is self.list)

    def _error(self, index: int, event: LogEvent) -> None:
        """It belongs to the one handshake that is under way; else to who spoke last, which is then not certain."""
        last = self.last if self.last is not None and self.last.open else None
        if last is None and len(self.under_way) == 1:
            last = next(iter(self.under_way.values()))
        if last is None or (self.unclaimed is not None and last.offered is not None):
            last = self.unclaimed or self.new()
            last.whole = False
        self.unclaimed = None
        self._loose(last, index, event)
        last.last = self.place
        last.outcome = "failed"

    # --- the login ----------------------------------------------------------------------------------------------------

    def _login(self, index: int, event: LogEvent) -> None:
        name, user = event.signature, event.fields["user"]
        address = event.fields.get("address", "")
        known = self.logins.get((user, address)) if address else self.of_user.get(user)
        if known is None and address:
            # Its first lines may have named the user alone.
            newest = self.of_user.get(user)
            known = newest if newest is not None and not newest.address else None
        again = known is not None and known.has(event)
        if known is None or (not again and self._another(known, event)):
            known = self._begun(user, address)
        self.give(known, index)
        self.of_user[user] = known
        if address:
            self.logins[user, address] = known
            known.address = known.address or address
        end = ENDS.get(name)
        if end is not None and not again:
            known.outcome = "connected" if end == "connected" else "failed"
            known.ended = True

    def _another(self, known: Building, event: LogEvent) -> bool:
        """The line begins a new attempt of that user, or cannot follow the end of the last one."""
        if event.signature in _STARTS:
            # The handshake that was taken for this login may have had none so far.
            return any(self.events[index].fields.get("user") == known.user for _, index in known.lines)
        if event.signature in _ASIDE:
            return event.signature == "asa.csd_absent" and known.outcome == "connected"
        return known.outcome != "unknown"

    def _begun(self, user: str, address: str) -> Building:
        """Behind the one finished handshake from that address that has no user yet; else an attempt without one."""
        now = self.events[self.stream.events[self.place]]
        waiting = []
        for one in self.done.get(address, [])[-8:]:
            since = gap(self.events[one.lines[-1][1]], now)
            if not one.user and one.outcome == "unknown" and (since is None or 0 <= since <= _LOGIN_SECONDS):
                waiting.append(one)
        found = waiting[0] if len(waiting) == 1 else self.new(address=address)
        found.named(user)
        found.ended = False
        return found
