"""A few phones of one cluster, again and again: told to fetch their files, then looked at until they are proven.

Joins transport and parse, as gather_cucm.py and gather_phones.py do. Each look has a session of its own: stage apply
lasts for hours, and no session's patience does.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from .errors import DeviceRefused, VpnPhoneError
from .gather_phones import Node, Via, ask_phones
from .model import PhoneState, PhoneWeb, Registration
from .parse.cucm.answer import Unknown, of_envelope
from .parse.cucm.ris import parse_registrations
from .phone_places import page_addresses
from .questions import BY_KEY
from .soap import shown
from .transport.axl_write import PhoneAction, act_on_phone
from .transport.cluster import ClusterSession
from .transport.node_files import FileLimits

_RIS = "selectCmDeviceExt"
# A server that still throttles behind all patience of a session is left alone for so long, so often (seconds).
THROTTLE_PAUSE = 20.0
THROTTLE_TRIES = 3

Sessions = Callable[[], contextlib.AbstractContextManager[ClusterSession]]


class ClusterGround:
    """One cluster and its phones, as stage apply sees them. addresses: `host:port` of phones' pages, by name."""

    def __init__(
        self,
        name: str,
        sessions: Sessions,
        nodes: Sequence[Node],
        *,
        via: Via,
        parallel: int,
        limits: FileLimits,
        addresses: Mapping[str, Any],
    ) -> None:
        self._name, self._sessions, self._nodes = name, sessions, nodes
        self._via: Via = via
        self._parallel, self._limits, self._addresses = parallel, limits, addresses

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def registrations(self, names: Sequence[str]) -> dict[str, Registration]:
        """The newest entry of each; a phone that CUCM knows nothing of is missing. VpnPhoneError, not told by all."""
        if not names:
            return {}
        with self._sessions() as session:
            answers = [
                of_envelope(BY_KEY[_RIS], told.envelope, told.raw, str(number))
                for number, told in enumerate(session.ris.pages(names), 1)
            ]
        try:
            return {found.name: found for found in parse_registrations({_RIS: answers})}
        except Unknown as unknown:
            raise DeviceRefused(
                f"which phones are registered was not told: {shown(str(unknown))}.",
                where=f"{self._name} (RisPort70)",
                todo="Look at Cisco RIS Data Collector on every node; then run the same command again.",
                code="registrations_unknown",
            ) from None

    def files(self, names: Sequence[str]) -> dict[str, PhoneState]:
        """The files of these from every node, concurrently. Never an exception for what a node does."""
        asked = ask_phones(self._name, names, self._nodes, via=self._via, parallel=self._parallel, limits=self._limits)
        return {phone.name: phone for phone in asked.phones}

    def pages(self, names: Sequence[str], registered: Mapping[str, Registration]) -> dict[str, PhoneWeb]:
        """The web pages of these where they are registered now, concurrently; without an address there are none."""
        web = page_addresses(self._addresses, registered.values(), names)
        asked = ask_phones(self._name, names, (), via=self._via, parallel=self._parallel, web=web)
        return {phone.name: phone.web for phone in asked.phones if phone.web is not None}

    def act(self, names: Sequence[str], mode: PhoneAction) -> Iterator[tuple[str, VpnPhoneError | None]]:
        """Tell each in turn, once; with each name the error that came, if one did. VpnPhoneError: AXL is not there."""
        waiting = list(names)
        tries = THROTTLE_TRIES
        while waiting:
            with self._sessions() as session:
                session.axl.negotiate()
                while waiting:
                    error = _tell(session, waiting[0], mode, self._name)
                    if error is not None and error.code == "throttled" and tries:
                        tries -= 1
                        break
                    yield waiting.pop(0), error
            if waiting:
                self.sleep(THROTTLE_PAUSE)


def _tell(session: ClusterSession, phone: str, mode: PhoneAction, where: str) -> VpnPhoneError | None:
    try:
        act_on_phone(session.axl, phone, mode, where=where)
    except VpnPhoneError as error:
        return error
    return None
