"""The way to the device during a switch: minutes of waiting, in which a session may be lost.

What only reads is asked again in a new session, for a while. What changes the device is sent once: whether it was taken
is for the caller to read.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from ..apply.judge import judge
from ..apply.role import check_role, role_now
from ..errors import DeviceRefused, DeviceUnreachable, VpnPhoneError
from ..refusal import refusal_of
from ..transport.asa_config import ModeRefused
from ..transport.asa_dialogue import DialogueSession

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
# Another unit answers, or it does not let us in: asking again changes nothing.
_FINAL = frozenset(("standby_unit", "role_unsure", "login_refused", "enable_refused", "host_key_changed"))
_T = TypeVar("_T")


class Clock(NamedTuple):
    """pause: seconds to wait; tick: seconds that only grow; now: the time of day, UTC."""

    pause: Callable[[float], None] = time.sleep
    tick: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class Link:
    """One session at a time with one device."""

    def __init__(self, name: str, dial: Callable[[], DialogueSession], patience: float, clock: Clock) -> None:
        """patience: seconds for which a device that is lost is tried again, before a question is given up."""
        self.name = name
        # Whether a mate could have taken over meanwhile; set by the first look.
        self.paired = False
        self._dial, self._patience, self._clock = dial, patience, clock
        self._session: DialogueSession | None = None

    def close(self) -> None:
        """End the session, if there is one."""
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(VpnPhoneError):
                session.__exit__(None, None, None)

    # --- questions ----------------------------------------------------------------------------------------------------

    def read(self, question: Callable[[DialogueSession], _T]) -> _T:
        """Ask, in a new session where one was lost. VpnPhoneError once patience is over."""
        end = self._clock.tick() + self._patience
        pause = _FIRST_PAUSE
        while True:
            try:
                return self._once(question)
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

    # --- changes ------------------------------------------------------------------------------------------------------

    def type(self, command: str, mode: tuple[str, ...] = ()) -> str:
        """One line of the configuration, once; why the device refused it, "" where it was taken.

        Any error leaves open whether it stands.
        """

        def typed(session: DialogueSession) -> str:
            self._need_active(session)
            answer = session.configure(mode, command)
            session.end_configuration()
            return answer

        try:
            return judge(self._once(typed)).refusal or ""
        except ModeRefused as error:
            return error.what

    def exec(self, command: str) -> str:
        """A command of the EXEC mode that changes something, once; its answer."""

        def typed(session: DialogueSession) -> str:
            self._need_active(session)
            session.end_configuration()
            return session.run(command)

        return self._once(typed)

    def save(self) -> str:
        """`write memory`; its answer."""

        def typed(session: DialogueSession) -> str:
            self._need_active(session)
            return session.save()

        return self._once(typed)

    def remove_trustpoint(self, command: str) -> None:
        """`no crypto ca trustpoint TP`, with its question answered."""

        def typed(session: DialogueSession) -> None:
            self._need_active(session)
            session.remove_trustpoint(command)
            session.end_configuration()

        self._once(typed)

    def _need_active(self, session: DialogueSession) -> None:
        """Nothing is ever typed into a unit that is not surely the active one."""
        if self.paired:
            check_role(role_now(session), self.name)

    def _once(self, action: Callable[[DialogueSession], _T]) -> _T:
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
