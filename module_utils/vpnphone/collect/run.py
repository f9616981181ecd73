"""One collection from one ASA: look, plan, keep what stood, switch on, listen, put back, prove it.

Whatever happens in between (a refusal, Ctrl-C, a lost session), the way back is gone, in new sessions where one was
lost, and told as far as the device itself shows it. Nothing is ever saved: a reload would bring the old settings, too.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from ..apply.judge import told
from ..apply.redial import Clock, Redial
from ..apply.role import check_role, role_now
from ..apply.send import CommandRefused, Purpose, Sender
from ..apply.stop import Stop
from ..errors import ChangeRefused, DeviceRefused, DeviceUnreachable, VpnPhoneError
from ..gather_logs import fetch_asa
from ..transport.asa_debug import DebugSession
from .heard import debug_lines, merged
from .kept import CollectFiles, Kept
from .look import DEBUGS, look, read_debugs, read_saved, read_settings
from .outcome import Collected, Outcome, collected_text
from .plan import CollectPlan, Step, Wish, as_read, differing, plan_back, plan_collection, unmet
from .settings import Present, Settings, is_on

Say = Callable[[str], None]


class Job(NamedTuple):
    """What is to be done. by: who approved it, "" nobody; missing: what has not been approved, in words."""

    device: str
    address: str
    run: str
    seconds: float
    wish: Wish
    context: str = ""
    by: str = ""
    missing: str = ""
    check: bool = False


class Tools(NamedTuple):
    """What a run is given: the way to the device, time, who may stop it, who is told."""

    link: Redial[DebugSession]
    clock: Clock
    stop: Stop
    say: Say = lambda text: None


def collect(job: Job, tools: Tools, files: CollectFiles) -> Collected:
    """VpnPhoneError where nothing was sent; what went wrong later is in the result."""
    try:
        return _Run(job, tools, files).run()
    finally:
        tools.link.close()


def put_back(kept: Kept, job: Job, tools: Tools, files: CollectFiles) -> Collected:
    """What a run that was killed left: as kept by it. VpnPhoneError where the device cannot be looked at."""
    try:
        return _Run(job, tools, files).put_back(kept)
    finally:
        tools.link.close()


class _Run:
    def __init__(self, job: Job, tools: Tools, files: CollectFiles) -> None:
        self._job, self._tools, self._files, self._link = job, tools, files, tools.link
        self._sender = Sender(job.device, self._keep)
        self._before = Present(settings=Settings())
        self._plan = CollectPlan()
        self._kept: Kept | None = None
        # The session that has the debug on; it keeps what it heard when it is lost, too.
        self._listener: DebugSession | None = None
        self._debugging = self._log_is_last = False
        self._first_log = ""
        self._now: Settings | None = None
        self._debugs: tuple[str, ...] | None = ()
        self._saved: tuple[str, ...] | None = None
        self._notes: list[str] = []

    # --- the way ------------------------------------------------------------------------------------------------------

    def run(self) -> Collected:
        job = self._job
        with ExitStack() as held:
            self._look()
            self._plan = plan = plan_collection(self._before, job.wish)
            if job.check:
                return self._end("planned")
            refused = self._refusal()
            if refused is not None:
                return self._end("planned", refused)
            self._take_first_log()
            self._kept = Kept(
                device=job.device, address=job.address, run=job.run, by=job.by, at=self._tools.clock.now(), plan=plan,
                before=self._before,
            )  # fmt: skip
            if plan.commands:
                self._files.keep(self._kept)
            held.enter_context(self._tools.stop)
            try:
                trouble = self._link.once(self._forward)
            except VpnPhoneError as error:
                trouble = error
            return self._go_back(trouble)

    def put_back(self, kept: Kept) -> Collected:
        self._kept, self._plan, self._before = kept, kept.plan, kept.before
        self._sender.sent = list(kept.sent)
        self._look(before=False)
        # What the killed run kept of the buffer: what is in it now goes behind that.
        self._first_log = self._files.old_log()
        if self._job.check:
            back = plan_back(self._plan.steps, self._settings_now())
            self._notes += back.foreign
            return self._end("planned", back=back.steps)
        with self._tools.stop:
            return self._go_back(None, restoring=True)

    def _look(self, *, before: bool = True) -> None:
        seen = self._link.once(lambda session: look(session, self._job.device, self._job.context))
        self._link.paired = seen.paired
        if before:
            self._before = seen.present
        self._now, self._debugs = seen.present.settings, seen.present.debugs

    def _settings_now(self) -> Settings:
        return self._now if self._now is not None else Settings()

    def _refusal(self) -> VpnPhoneError | None:
        """Why nothing is to be sent."""
        device, plan, wish = self._job.device, self._plan, self._job.wish
        if plan.commands and self._job.missing:
            return ChangeRefused(
                "settings of the device would be changed, and nobody has approved it.",
                where=device,
                todo=self._job.missing,
                code="collection_not_approved",
            )
        asked = {what for what, on in (("logging", wish.logging), ("debug", wish.debug)) if on}
        withheld = {one.what for one in plan.withheld}
        if withheld and asked <= withheld:
            first = plan.withheld[0]
            return ChangeRefused(
                f"{first.what} is not switched on: {first.why}.", where=device, todo=first.todo,
                code="collection_withheld",
            )  # fmt: skip
        return None

    def _take_first_log(self) -> None:
        """What is in the buffer now, which a new size may empty."""
        fetched = self._link.once(lambda session: fetch_asa(session, self._job.device))
        self._first_log = fetched.files[0][1]
        self._files.log(self._first_log)

    # --- forward ------------------------------------------------------------------------------------------------------

    def _forward(self, session: DebugSession) -> VpnPhoneError | None:
        """CommandRefused is given back: the session is whole. Other errors of it pass through."""
        try:
            self._switch_on(session)
            self._wait(session)
        except CommandRefused as error:
            return error
        return None

    def _switch_on(self, session: DebugSession) -> None:
        plan, device = self._plan, self._job.device
        for step in plan.steps:
            self._check_stop()
            self._link.need_active(session)
            self._sender.send(step.command, partial(session.configure, (), step.command))
        session.end_configuration()
        if plan.steps:
            now = read_settings(session, device)
            self._remember(as_read(plan.steps, now))
            wanting = unmet(plan, now)
            if wanting:
                raise CommandRefused(
                    f"the device took every command, and read again it still wants {', '.join(wanting)}.",
                    where=device,
                    todo="Type these by hand and look at what the device makes of them.",
                    code="readback_differs",
                )
        if plan.debug:
            self._check_stop()
            self._link.need_active(session)
            self._listener, self._debugging = session, True
            self._sender.send(plan.debug, partial(session.amid, plan.debug))
            if not is_on(session.amid(DEBUGS), self._before.debug_name):
                raise CommandRefused(
                    f"the device took `{plan.debug}`, and `{DEBUGS}` does not tell of it.",
                    where=device,
                    todo="Type both by hand and look at what the device makes of them.",
                    code="readback_differs",
                )

    def _remember(self, steps: tuple[Step, ...]) -> None:
        self._plan = replace(self._plan, steps=steps)
        if self._kept is not None:
            self._kept = replace(self._kept, plan=self._plan)

    def _wait(self, session: DebugSession) -> None:
        what = " and ".join(word for word in ("logging" if self._plan.steps else "", self._plan.debug) if word)
        self._tools.say(
            f"{f'{what}: switched on' if what else 'nothing had to be switched on'}. Let the phone connect now; "
            f"it is collected for {self._job.seconds:.0f} s"
        )
        session.listen(self._job.seconds, lambda: self._tools.stop.wished)
        self._check_stop()

    def _check_stop(self) -> None:
        if self._tools.stop.wished:
            raise CommandRefused(
                "the run was told to stop (Ctrl-C, SIGTERM).",
                where=self._job.device,
                todo="Run again when it may go through.",
                code="interrupted",
            )

    # --- back ---------------------------------------------------------------------------------------------------------

    def _go_back(self, trouble: VpnPhoneError | None, *, restoring: bool = False) -> Collected:
        """Until the device shows what stood before, or patience is over; what came is kept in any case."""
        self._now = None
        lost: VpnPhoneError | None = None
        try:
            self._link.read(self._restore)
        except VpnPhoneError as error:
            lost = error
        self._keep_debug()
        if lost is not None:
            return self._end("unknown" if self._now is None else "left", _both(trouble, lost))
        stands = self._standing()
        if stands:
            self._notes += stands
            return self._end("left", trouble or self._not_back(stands))
        if restoring:
            return self._end("restored")
        return self._end("collected" if trouble is None else "restored", trouble)

    def _restore(self, session: DebugSession) -> None:
        """Asked again in a new session where it was cut short: it reads first what stands."""
        self._quiet(session)
        session.end_configuration()
        self._check_role(session)
        if not self._log_is_last:
            self._take_log(session)
        device = self._job.device
        self._now = now = read_settings(session, device)
        for step in plan_back(self._sent_steps(), now).steps:
            self._link.need_active(session)
            self._send_back(step.inverse, partial(session.configure, (), step.inverse))
        session.end_configuration()
        self._now = read_settings(session, device)
        self._debugs, _untold = read_debugs(session)
        name = self._before.debug_name
        if self._was_sent(self._plan.debug) and self._debugs and name in self._debugs and session is not self._listener:
            # A session of ours that is dead may still have it.
            self._send_back(self._plan.undebug, partial(session.run, self._plan.undebug))
            self._debugs, _untold = read_debugs(session)
        self._saved = read_saved(session)

    def _quiet(self, session: DebugSession) -> None:
        """Debug off, in the session that has it on; where it is not, the session is given up, and the debug with it."""
        if not (self._debugging and session is self._listener):
            return
        self._debugging = False
        self._send_back(self._plan.undebug, partial(session.amid, self._plan.undebug))
        if is_on(session.amid(DEBUGS), self._before.debug_name):
            raise DeviceUnreachable(
                f"`{self._plan.undebug}` did not end the debug; the session was ended instead.",
                where=self._job.device,
                code="session_closed",
            )

    def _check_role(self, session: DebugSession) -> None:
        """Which unit this is may be unsure for a while after a failover: it is asked again."""
        if not self._link.paired:
            return
        role = role_now(session)
        if role == "unsure":
            raise DeviceUnreachable(
                "it is not sure that this unit is the active one.", where=self._job.device, code="role_changed",
                todo="Wait until `show failover` is stable.",
            )  # fmt: skip
        check_role(role, self._job.device)

    def _take_log(self, session: DebugSession) -> None:
        """Before the size of the buffer goes back."""
        try:
            fetched = fetch_asa(session, self._job.device)
        except DeviceRefused as error:
            if error.code != "command_refused":
                raise
            self._notes.append(error.what)
        else:
            self._files.log(merged(self._first_log, fetched.files[0][1]))
        self._log_is_last = True

    def _send_back(self, command: str, action: Callable[[], str]) -> None:
        purpose: Purpose = "rollback"
        try:
            self._sender.send(command, action, purpose=purpose)
        except CommandRefused as error:
            self._notes.append(error.what)

    def _sent_steps(self) -> tuple[Step, ...]:
        return tuple(step for step in self._plan.steps if self._was_sent(step.command))

    def _was_sent(self, command: str) -> bool:
        return any(item.command == command and item.purpose == "change" for item in self._sender.sent)

    def _standing(self) -> tuple[str, ...]:
        """What is not as before; () is the proof that all of it is."""
        found = list(differing(self._before.settings, self._settings_now()))
        if self._was_sent(self._plan.debug):
            if self._debugs is None:
                found.append("whether the debug has ended is not known")
            elif self._before.debug_name in self._debugs:
                found.append(f"`debug {self._before.debug_name}` is on, in another session")
        return tuple(found)

    def _not_back(self, stands: tuple[str, ...]) -> VpnPhoneError:
        foreign = plan_back(self._sent_steps(), self._settings_now()).foreign
        return ChangeRefused(
            f"not everything is as before: {', '.join(stands[:6])}."
            + (f" Somebody else changed it meanwhile, so it was left alone: {', '.join(foreign)}." if foreign else ""),
            where=self._job.device,
            todo="Compare `show running-config logging` and `show debug` with what stood before, and set it by hand.",
            code="collection_left",
        )

    # --- the record ---------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Called before each command: whoever is killed behind it has told it."""
        if self._kept is not None:
            self._kept = replace(self._kept, sent=tuple(self._sender.sent), state="open")
            self._files.keep(self._kept)

    def _keep_debug(self) -> None:
        if self._listener is None:
            return
        typed = (self._plan.debug, self._plan.undebug, DEBUGS)
        lines = debug_lines(self._listener.heard(), self._listener.base, typed)
        lines = tuple(line for line in lines if not is_on(line, self._before.debug_name))
        if self._listener.full:
            self._notes.append("the debug printed more than is kept; its end is missing")
        self._files.debug("".join(f"{line}\n" for line in lines))

    def _end(
        self, outcome: Outcome, error: VpnPhoneError | None = None, *, back: tuple[Step, ...] | None = None
    ) -> Collected:
        if self._before.saved != self._saved is not None and self._before.saved is not None:
            self._notes.append(
                "somebody saved the configuration meanwhile: `write memory` would save what stands now in its place"
            )
        made = Collected(
            device=self._job.device,
            outcome=outcome,
            plan=self._plan,
            back=tuple(step.inverse for step in back) if back is not None else self._plan.inverses,
            before=self._before,
            after=self._now if outcome != "planned" else None,
            sent=tuple(replace(item, answer=told(item.answer)) for item in self._sender.sent),
            notes=tuple(dict.fromkeys(self._notes)),
            run_dir=str(self._files.run_dir),
            files=tuple(file.path for file in self._files.files),
            kept_file=str(self._files.kept_file) if self._kept is not None else "",
            error=error.as_dict() if error is not None else {},
        )
        if outcome != "planned" and self._kept is not None:
            if self._plan.commands:
                state = "back" if outcome in ("collected", "restored") else "left"
                self._files.keep(replace(self._kept, sent=made.sent, state=state))
            self._files.gathered()
            # Whoever is told to stop by a signal reads it there: nobody takes its result.
            self._files.words(collected_text(made))
        return made


def _both(first: VpnPhoneError | None, then: VpnPhoneError) -> VpnPhoneError:
    """What stands is to be put right by a later run."""
    what = then.what if first is None else f"{first.what} While it was put back: {then.what}"
    return ChangeRefused(
        what,
        where=then.where,
        todo=f"{then.todo or 'Reach the device.'} Then -e vpnphone_collect=restore puts back what stood before.",
        code=(first or then).code,
    )
