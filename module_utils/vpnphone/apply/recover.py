"""Back to what was: in the session that is open, or, where it was lost, in new ones that read first what stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from ..errors import VpnPhoneError
from ..model import Plan, Standing, Step
from . import dap_file
from .readback import Reading, read_device
from .role import check_role, role_now, role_of
from .send import ChangingSession, CommandRefused, Sender

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 15.0
# The account let the change in, so a refusal may be a server's that is away; more of them could lock it.
_MAX_REFUSED_LOGINS = 2
_LOGIN = frozenset({"login_refused", "enable_refused"})


class Recovery:
    """How long it is tried, and what it came to.

    last  the newest reading, None where nothing could be read since the last command
    note  why it stopped short of the whole way back, "" where it did not
    """

    def __init__(
        self,
        seconds: float,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.last: Reading | None = None
        self.note = ""
        self._seconds, self._pause, self._clock = seconds, pause, clock

    # --- one session --------------------------------------------------------------------------------------------------

    def undo(
        self,
        session: ChangingSession,
        sender: Sender,
        plan: Plan,
        steps: Sequence[Step],
        file: bool,
        check: Callable[[ChangingSession], None],
    ) -> None:
        """The inverse of each step, the last one first, after dap.xml. Errors of the session pass through.

        check  raises where the unit must not be written to; asked before each command
        A refused inverse leaves the rest of its area as it is, since a later step of it may need the earlier ones.
        """
        if file and plan.dap_file is not None:
            check(session)
            self.last = None
            try:
                dap_file.restore(session, sender, plan, plan.dap_file)
            except CommandRefused as error:
                self.note = f"{error.what}"
        stuck: set[str] = set()
        for step in reversed(steps):
            if step.area in stuck:
                continue
            for command in step.inverse:
                check(session)
                self.last = None
                try:
                    action = partial(session.configure, step.mode, command)
                    sender.send(command, action, purpose="rollback", mode=step.mode)
                except CommandRefused as error:
                    stuck.add(step.area)
                    self.note = f"{error.what}"
                    break

    # --- new sessions -------------------------------------------------------------------------------------------------

    def run(
        self,
        dial: Callable[[], ChangingSession],
        sender: Sender,
        plan: Plan,
        device: str,
        file: bool,
        *,
        is_as_before: Callable[[Reading], bool],
        standing: Callable[[Reading], tuple[Standing, ...]],
    ) -> None:
        """Dial until the device could be read and brought back, or the time is over; pauses grow.

        It ends early where the login is refused again: the account is needed by whoever comes next.
        """
        end = self._clock() + self._seconds
        pause = _FIRST_PAUSE
        refused = 0
        while True:
            self._pause(min(pause, max(end - self._clock(), 0.0)))
            pause = min(2 * pause, _LONGEST_PAUSE)
            self.note = ""
            try:
                with dial() as session:
                    if self._back(session, sender, plan, device, file, is_as_before, standing):
                        return
            except VpnPhoneError as error:
                self.note = f"Last: {error.what}"
                refused += error.code in _LOGIN
            if self._clock() >= end or refused >= _MAX_REFUSED_LOGINS:
                return

    def _back(
        self,
        session: ChangingSession,
        sender: Sender,
        plan: Plan,
        device: str,
        file: bool,
        is_as_before: Callable[[Reading], bool],
        standing: Callable[[Reading], tuple[Standing, ...]],
    ) -> bool:
        """Read, undo what stands, read again. True where there is nothing more to be tried."""
        self.last = now = read_device(session, device)
        role = role_of(now.state.failover)
        if role == "standby":
            # Nothing is ever sent there; what its mate has is to be seen on its mate.
            self.note = "This is the standby unit now: nothing was undone. Its mate may have other lines: look there."
            return True
        check_role(role, device)
        if is_as_before(now) and not file:
            return True
        stands = {(item.mode, item.command) for item in standing(now) if item.stands}
        steps = [step for step in plan.steps if (step.mode, step.command) in stands]
        paired = now.state.failover is not None and now.state.failover.enabled

        def check(at: ChangingSession) -> None:
            if paired:
                check_role(role_now(at), device)

        self.undo(session, sender, plan, steps, file, check)
        session.end_configuration()
        self.last = read_device(session, device)
        return True
