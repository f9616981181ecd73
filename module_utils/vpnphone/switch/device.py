"""What the switch reads of the device, again and again: what is bound, who is connected, the dead man, the log."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..apply.readback import Reading, read_device, unsaved_lines
from ..apply.role import check_place, check_role, role_of
from ..controls.facts import release
from ..errors import DeviceRefused
from ..model import AsaState, Certificate, Session
from ..parse.certificates import parse_certificates
from ..parse.result import Parsed, Unreadable
from ..parse.sessions import parse_sessions
from ..parse.ssl import parse_ssl
from ..refusal import refusal_of
from ..renewal.dead_man import SHOW, Applet, parse_applet, stands, why_not
from ..renewal.switch_facts import Sight, at_interface
from ..renewal.switch_plan import MATE_SHOW
from ..renewal.switch_watch import LOG, phones_sessions, sessions_command
from .link import Link

_BINDINGS = "show running-config all ssl"
_T = TypeVar("_T")


class DeviceView:
    """One ASA, seen through a link. Every question is asked of the device, never of memory."""

    def __init__(self, link: Link, context: str) -> None:
        self.link = link
        self.groups: tuple[str, ...] = ()
        self._context = context
        self._state: AsaState | None = None

    @property
    def state(self) -> AsaState:
        """The last look."""
        if self._state is None:
            raise RuntimeError("nothing was looked at yet")
        return self._state

    def look(self) -> Sight:
        """All of it, and whether it may be changed at all. ChangeRefused: context_..., standby_unit, role_unsure,
        state_unknown.
        """
        name = self.link.name
        reading: Reading = self.link.read(lambda session: read_device(session, name))
        self._state = state = reading.state
        check_place(state, self._context, name)
        check_role(role_of(state.failover), name)
        self.link.paired = state.failover is not None and state.failover.enabled
        return Sight(
            state=state,
            unsaved=unsaved_lines(reading, name),
            applet=self.applet(reading.running),
            log=self.log(),
            running=reading.running,
        )

    def bound(self, interface: str) -> tuple[str, ...]:
        """The trustpoints bound to the interface at this moment."""
        return at_interface(self._parsed(_BINDINGS, lambda text: parse_ssl(text)).trust_points, interface)

    def sessions(self) -> tuple[Session, ...]:
        """Those of the phones."""
        found = self._parsed(sessions_command(release(self.state)), parse_sessions)
        return phones_sessions(found, self.groups)

    def applet(self, running: str = "") -> Applet | None:
        """The dead man; None where it does not stand, and where the device cannot have one.

        Where it is configured and not shown, or in words that are not known [K], it stands with nothing to rely upon.
        running: the configuration, where it was read just now.
        """
        if why_not(release(self.state), self.state.mode):
            return None
        answer = self.link.read(lambda session: session.run(SHOW))
        found = None if refusal_of(answer) is not None else parse_applet(answer)
        if found is None and stands(running or self.link.ask("show running-config")):
            return Applet()
        return found

    def log(self) -> str:
        """The log buffer; "" where the account may not see it."""
        answer = self.link.read(lambda session: session.run(LOG))
        return "" if refusal_of(answer) is not None else answer

    def unsaved(self) -> tuple[str, ...]:
        """How running-config and startup-config differ now."""
        running, startup = self.link.ask("show running-config"), self.link.ask("show startup-config")
        return unsaved_lines(Reading(self.state, None, running, startup), self.link.name)

    def mate_certificates(self) -> tuple[Certificate, ...]:
        return self._parsed(MATE_SHOW, parse_certificates)

    def _parsed(self, command: str, parse: Callable[[str], Parsed[_T]]) -> _T:
        try:
            return parse(self.link.ask(command)).value
        except Unreadable as error:
            raise DeviceRefused(
                f"the answer of `{command}` was not understood: {error}.",
                where=self.link.name,
                todo="Type it by hand; run again.",
                code="state_unknown",
            ) from error
