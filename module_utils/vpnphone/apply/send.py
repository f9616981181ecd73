"""What goes to the device: each command is kept before it is sent, and judged by its own answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol, Self

from msgspec.structs import replace

from ..errors import VpnPhoneError
from ..gather import Session
from ..model import AsaState, Change, Plan, Sent
from ..transport.asa_config import ModeRefused
from .judge import judge, told
from .readback import Reading

Purpose = Literal["change", "rollback", "backup", "save", "file"]
_BY_HAND = "Type that command by hand to see what the device wants; correct vpnphone_profile, and plan anew."


class ChangingSession(Session, Protocol):
    """What a change needs of a session (transport.asa_config.ConfigSession)."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *trouble: object) -> None: ...

    def configure(self, mode: tuple[str, ...], command: str) -> str: ...

    def end_configuration(self) -> None: ...

    def save(self) -> str: ...

    def copy(self, source: str, target: str) -> str: ...

    def delete(self, path: str) -> str: ...

    def put_file(self, path: str, data: bytes) -> None: ...


class Planner(NamedTuple):
    """The pure part: plan/make.py with what is desired and approved.

    plan        (state, raw dap.xml or None) -> Plan; BadInput or ChangeRefused where it cannot be made
    state_hash  (state, raw dap.xml or None) -> what a rollback must come back to
    plan_hash   a plan's own hash, after it was changed here
    """

    plan: Callable[[AsaState, str | None], Plan]
    state_hash: Callable[[AsaState, str | None], str]
    plan_hash: Callable[[Plan], str]


class CommandRefused(VpnPhoneError):
    """The device said no to one command, in a session that is whole: what was applied before can be undone in it."""

    code = "configuration_refused"


class Sender:
    """All that was sent, in order. keep is called before a command goes out, so that a run that dies has told it."""

    def __init__(self, device: str, keep: Callable[[], None]) -> None:
        self.device = device
        self.sent: list[Sent] = []
        self.warnings: list[str] = []
        self._keep = keep

    def send(
        self,
        command: str,
        action: Callable[[], str],
        *,
        purpose: Purpose = "change",
        mode: tuple[str, ...] = (),
        wants: str = "",
    ) -> str:
        """Do it, and judge the answer. CommandRefused for a refusal; errors of the session leave the command doubtful.

        wants  what the answer must say, where silence is no consent
        """
        self.sent.append(Sent(command=command, mode=mode, purpose=purpose, verdict="doubtful"))
        self._keep()
        try:
            answer = action()
        except (ModeRefused, CommandRefused) as error:
            raise self._refused(error.what, error.what, error.code, error.todo) from error
        except VpnPhoneError as error:
            self.sent[-1] = replace(self.sent[-1], answer=told(error.what))
            raise
        judged = judge(answer)
        self.warnings += [f"`{command}`: {line}" for line in judged.warnings]
        if judged.refusal is not None:
            raise self._refused(f"the device refused `{command}`: {judged.refusal}.", answer)
        if wants not in answer:
            raise self._refused(f"the device did not say {wants!r} to `{command}`.", answer)
        self.sent[-1] = replace(self.sent[-1], verdict="accepted", answer=told(answer))
        return answer

    def _refused(self, what: str, answer: str, code: str = "", todo: str = "") -> CommandRefused:
        self.sent[-1] = replace(self.sent[-1], verdict="refused", answer=told(answer))
        return CommandRefused(what, where=self.device, todo=todo or _BY_HAND, code=code)


class Keeper(Protocol):
    """Where evidence goes while a change runs (keep.RunFiles)."""

    def before(self, reading: Reading) -> None: ...

    def after(self, reading: Reading) -> None: ...

    def plan(self, plan: Plan, reading: Reading) -> None: ...

    def change(self, change: Change) -> None: ...
