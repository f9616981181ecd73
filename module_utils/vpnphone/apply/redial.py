"""One session at a time with one device that may be lost: what reads is asked again in a new one, for a while."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar

from ..errors import DeviceRefused, DeviceUnreachable, VpnPhoneError
from ..refusal import refusal_of
from ..transport.asa_config import ConfigSession
from .role import check_role, role_now

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
# Another unit answers, or it does not let us in: asking again changes nothing.
_FINAL = frozenset(("standby_unit", "role_unsure", "login_refused", "enable_refused", "host_key_changed"))
_S = TypeVar("_S", bound=ConfigSession)
_T = TypeVar("_T")


class Clock(NamedTuple):
    """pause: seconds to wait; tick: seconds that only grow; now: the time of day, UTC."""

    pause: Callable[[float], None] = time.sleep
    tick: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class Redial(Generic[_S]):
    """The session, made when it is first needed, and made anew behind an error."""

    def __init__(self, name: str, dial: Callable[[], _S], patience: float, clock: Clock) -> None:
        """patience: seconds for which a device that is lost is tried again, before a question is given up."""
        self.name = name
        # Whether a mate could have taken over meanwhile; set by the first look.
        self.paired = False
        self._dial, self._patience, self._clock = dial, patience, clock
        self._session: _S | None = None

    def close(self) -> None:
        """End the session, if there is one."""
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(VpnPhoneError):
                session.__exit__(None, None, None)

    def read(self, question: Callable[[_S], _T]) -> _T:
        """Ask, in a new session where one was lost. VpnPhoneError once patience is over."""
        end = self._clock.tick() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return self.once(question)
            except VpnPhoneError as error:
                if not error.unreachable or error.code in _FINAL or self._clock.tick() >= end:
                    raise
            self._clock.pause(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def ask(self, command: str) -> str:
        """The answer of a show command. DeviceRefused state_unknown where it is refused."""
        answer = self.read(lambda session: session.run(command))
        refusal = refusal_of(answer)
        if refusal is not None:
            raise DeviceRefused(
                f"the device refused `{command}`: {refusal}.",
                where=self.name,
                todo="Allow it to the account (privilege 15), then run again.",
                code="state_unknown",
            )
        return answer

    def once(self, action: Callable[[_S], _T]) -> _T:
        """Do it, whatever comes of it; the session is closed behind an error."""
        if self._session is None:
            session = self._dial()
            self._session = session.__enter__()
        try:
            return action(self._session)
        except VpnPhoneError:
            # It may be waiting in the middle of something: the next one begins anew.
            self.close()
            raise
        except OSError as error:
            self.close()
            raise DeviceUnreachable(
                f"the session was lost: {error.strerror or 'the connection ended'}.",
                where=self.name,
                todo="Run again.",
                code="session_closed",
            ) from error

    def need_active(self, session: _S) -> None:
        """Nothing is ever typed into a unit that is not surely the active one."""
        if self.paired:
            check_role(role_now(session), self.name)
