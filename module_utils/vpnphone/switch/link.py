"""The way to the device during a switch: minutes of waiting, in which a session may be lost.

What only reads is asked again in a new session, for a while. What changes the device is sent once: whether it was taken
is for the caller to read.
"""

from __future__ import annotations

from ..apply.judge import judge
from ..apply.redial import Clock, Redial
from ..transport.asa_config import ModeRefused
from ..transport.asa_dialogue import DialogueSession

__all__ = ["Clock", "Link"]


class Link(Redial[DialogueSession]):
    """One session at a time with one device."""

    def type(self, command: str, mode: tuple[str, ...] = ()) -> str:
        """One line of the configuration, once; why the device refused it, "" where it was taken.

        Any error leaves open whether it stands.
        """

        def typed(session: DialogueSession) -> str:
            self.need_active(session)
            answer = session.configure(mode, command)
            session.end_configuration()
            return answer

        try:
            return judge(self.once(typed)).refusal or ""
        except ModeRefused as error:
            return error.what

    def exec(self, command: str) -> str:
        """A command of the EXEC mode that changes something, once; its answer."""

        def typed(session: DialogueSession) -> str:
            self.need_active(session)
            session.end_configuration()
            return session.run(command)

        return self.once(typed)

    def save(self) -> str:
        """`write memory`; its answer."""

        def typed(session: DialogueSession) -> str:
            self.need_active(session)
            return session.save()

        return self.once(typed)

    def remove_trustpoint(self, command: str) -> None:
        """`no crypto ca trustpoint TP`, with its question answered."""

        def typed(session: DialogueSession) -> None:
            self.need_active(session)
            session.remove_trustpoint(command)
            session.end_configuration()

        self.once(typed)
