"""One change of one device, from the first look to the saved configuration, or back.

read -> may it be changed -> plan -> approved? -> back up -> send, one command at a time -> read back -> save. At the
first refusal what was applied is undone in reverse; where the session is lost a new one finds out by reading what
stands, and undoes it there (recover.py). Whatever happens, the Change says what became of it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Literal, NamedTuple

from msgspec.structs import replace

from ..errors import ChangeRefused, VpnPhoneError
from ..model import Change, ChangeOutcome, Plan, Standing
from . import dap_file, stands
from .backup import back_up
from .readback import Reading, changed_outside, read_device, unsaved_lines
from .recover import Recovery
from .role import check_place, check_role, role_now, role_of
from .send import ChangingSession, CommandRefused, Keeper, Planner, Sender
from .stop import Never, Stop
from .words import SHOWN, both, few, reload_words, told


class Settings(NamedTuple):
    """How one device is to be changed.

    context           security context of the session, "" for none
    plan_hash         the plan that a person approved; None: whatever the plan is
    check             plan only
    save              after_verify: `write memory` once the read-back is right; never: a reload undoes the change
    accept_unsaved    save others' unsaved changes along with ours
    recovery_seconds  how long a device that was lost in the middle is tried again
    """

    device: str
    context: str = ""
    plan_hash: str | None = None
    check: bool = False
    save: Literal["after_verify", "never"] = "after_verify"
    accept_unsaved: bool = False
    recovery_seconds: float = 120


def apply_plan(
    dial: Callable[[], ChangingSession],
    planner: Planner,
    keeper: Keeper,
    settings: Settings,
    *,
    recovery: Recovery | None = None,
    stop: Stop | None = None,
) -> Change:
    """Change the device as planned; the last Change was given to the keeper, too.

    stop  asked before each command: a change that is told to end is undone

    Raises VpnPhoneError where nothing was sent (unreachable, standby unit, another plan than approved ...); after a
    plan was made, the keeper has a Change with that error all the same.
    """
    return _Run(dial, planner, keeper, settings, recovery or Recovery(settings.recovery_seconds), stop or Never()).run()


class _Run:
    def __init__(
        self,
        dial: Callable[[], ChangingSession],
        planner: Planner,
        keeper: Keeper,
        settings: Settings,
        recovery: Recovery,
        stop: Stop,
    ) -> None:
        self._dial, self._planner, self._keeper, self._settings = dial, planner, keeper, settings
        self._recovery, self._stop = recovery, stop
        self._sender = Sender(settings.device, self._keep)
        self._backups: list[str] = []
        # Set by _look: what everything is compared with.
        self._before: Reading
        self._plan: Plan
        # True once a command went out that changes the configuration or dap.xml.
        self._touched = False

    # --- the way ------------------------------------------------------------------------------------------------------

    def run(self) -> Change:
        # Of two: what stops the change is held back until its way back is done, in whatever session.
        with ExitStack() as held:
            with self._dial() as session:
                self._look(session)
                if self._plan.empty:
                    return self._end("nothing_to_do", note=self._others_unsaved())
                if self._settings.check:
                    return self._end("planned")
                held.enter_context(self._stop)
                trouble = self._change(session)
                if trouble is None:
                    return self._save(session)
                if isinstance(trouble, CommandRefused):
                    # The session is whole: what was applied can be undone in it.
                    lost = self._undo_here(session)
                    if lost is None:
                        return self._judged(trouble)
                    trouble = both(trouble, lost)
            return self._recover(trouble)

    def _look(self, session: ChangingSession) -> None:
        """Read and plan; the reasons not to change anything."""
        device, settings = self._settings.device, self._settings
        self._before = before = read_device(session, device)
        self._keeper.before(before)
        check_place(before.state, settings.context, device)
        check_role(role_of(before.state.failover), device)
        self._plan = self._planned(before)
        self._keeper.plan(self._plan, before)
        try:
            self._check_approved()
            if not self._plan.empty and settings.save == "after_verify":
                self._check_unsaved()
        except VpnPhoneError as error:
            self._end("planned", error=error)
            raise

    def _planned(self, reading: Reading) -> Plan:
        plan = self._planner.plan(reading.state, reading.dap_text)
        possible = dap_file.without_upload(plan, reading)
        if possible is plan:
            return plan
        return replace(possible, hash=self._planner.plan_hash(replace(possible, hash="")))

    def _check_approved(self) -> None:
        wanted, plan = self._settings.plan_hash, self._plan
        if wanted is None or plan.empty or wanted == plan.hash:
            return
        raise ChangeRefused(
            f"the plan is not the one that was approved: it is {plan.hash}, and "
            + (f"{wanted[:64]!a} was approved." if wanted else "none was approved for this device."),
            where=self._settings.device,
            todo="The device, the profile or an approval (vpnphone_approve_...) changed since. "
            "Run with --check, look at the plan, and approve its hash.",
            code="plan_differs",
        )

    def _check_unsaved(self) -> None:
        """A refusal in earnest; a check foretells it."""
        try:
            self._refuse_unsaved()
        except ChangeRefused as error:
            if self._settings.accept_unsaved:
                self._sender.warnings.append(f"saved along with ours, as vpnphone_accept_unsaved has it: {error.what}")
            elif self._settings.check:
                self._sender.warnings.append(f"in earnest this would be refused: {error.what} To do: {error.todo}")
            else:
                raise

    def _refuse_unsaved(self) -> None:
        lines = unsaved_lines(self._before, self._settings.device)
        if lines:
            raise ChangeRefused(
                f"the running configuration has unsaved changes that this run did not make ({few(lines)}), and saving "
                "ours would save them.",
                where=self._settings.device,
                todo="Save or take them back by hand, or set vpnphone_accept_unsaved: true or vpnphone_save: never.",
                code="unsaved_changes",
            )

    def _others_unsaved(self) -> str:
        """For a device with nothing to do: an earlier run, or a person, may not have saved."""
        try:
            lines = unsaved_lines(self._before, self._settings.device)
        except ChangeRefused:
            return ""
        return f"the running configuration is not saved ({few(lines)}): `write memory` keeps it" if lines else ""

    # --- forward ------------------------------------------------------------------------------------------------------

    def _change(self, session: ChangingSession) -> VpnPhoneError | None:
        """Back up, send, read back. CommandRefused: the session is whole. Anything else: it is not to be used again."""
        try:
            back_up(session, self._sender, self._plan, self._before, self._backups)
        except VpnPhoneError as error:
            self._end("planned", error=error)
            raise
        try:
            for step in self._plan.steps:
                self._check_stop()
                self._check_role(session)
                self._touched = True
                action = partial(session.configure, step.mode, step.command)
                self._sender.send(step.command, action, mode=step.mode)
            if self._plan.dap_file is not None:
                self._check_stop()
                self._check_role(session)
                session.end_configuration()
                self._touched = True
                dap_file.put(session, self._sender, self._plan, self._plan.dap_file, self._before.dap_text)
            session.end_configuration()
            after = read_device(session, self._settings.device)
            self._keeper.after(after)
            check_role(role_of(after.state.failover), self._settings.device)
            self._verify(after)
            if self._plan.dap_file is not None and self._is_paired:
                dap_file.look_at_mate(session, self._sender, self._plan.dap_file)
            self._check_stop()
        except VpnPhoneError as error:
            return error
        return None

    @property
    def _is_paired(self) -> bool:
        failover = self._before.state.failover
        return failover is not None and failover.enabled

    def _check_stop(self) -> None:
        if self._stop.wished:
            raise CommandRefused(
                "the run was told to stop (Ctrl-C, SIGTERM).",
                where=self._settings.device,
                todo="Run again when it may go through.",
                code="interrupted",
            )

    def _check_role(self, session: ChangingSession) -> None:
        """The prompt need not tell a failover, so the unit is asked before each command."""
        if self._is_paired:
            check_role(role_now(session), self._settings.device)

    def _verify(self, after: Reading) -> None:
        """CommandRefused where the device is not as planned, or something else changed with it."""
        left = self._planned(after)
        if not left.empty:
            wanting = [step.command for step in left.steps] or [f"{left.dap_file.path if left.dap_file else ''}"]
            raise CommandRefused(
                f"the device took every command, and read again it still wants {few(wanting)}.",
                where=self._settings.device,
                todo="Type these by hand and look at what the device makes of them.",
                code="readback_differs",
            )
        foreign = changed_outside(self._before, after, self._plan)
        if foreign:
            raise CommandRefused(
                f"something changed that no command of the plan explains: {few(foreign)}.",
                where=self._settings.device,
                todo="Find out whether somebody else was at work or the device did it, then run again.",
                code="outside_changed",
            )

    def _save(self, session: ChangingSession) -> Change:
        if self._settings.save == "never":
            return self._end("applied", saved=False, note=f"vpnphone_save is never: {self._reload}")
        try:
            self._sender.send("write memory", session.save, purpose="save", wants="[OK]")
        except VpnPhoneError as error:
            sure = "it is not saved" if isinstance(error, CommandRefused) else "whether it is saved is not known"
            failed = ChangeRefused(
                f"the change stands and is verified, but {sure}: {error.what}",
                where=self._settings.device,
                todo=f"`write memory` by hand and look for [OK]; until then {self._reload}.",
                code="not_saved",
            )
            return self._end("applied", saved=False, note=error.what, error=failed)
        return self._end("applied", saved=True)

    @property
    def _reload(self) -> str:
        return reload_words("the change", paired=self._is_paired, file=self._plan.dap_file)

    # --- back ---------------------------------------------------------------------------------------------------------

    def _undo_here(self, session: ChangingSession) -> VpnPhoneError | None:
        """Undo what was accepted, in this session, and read; the error that ended it, None where it could be read."""
        sent = [item for item in self._sender.sent if item.purpose == "change" and item.verdict == "accepted"]
        accepted = {(item.mode, item.command) for item in sent}
        steps = [step for step in self._plan.steps if (step.mode, step.command) in accepted]
        try:
            self._recovery.undo(session, self._sender, self._plan, steps, self._file_at_risk, self._check_role)
            session.end_configuration()
            self._recovery.last = read_device(session, self._settings.device)
        except VpnPhoneError as error:
            return error
        return None

    @property
    def _file_at_risk(self) -> bool:
        return stands.file_at_risk(self._plan, self._sender.sent)

    def _recover(self, trouble: VpnPhoneError) -> Change:
        if not self._touched:
            # Not one command of the plan went out.
            self._end("planned", error=trouble)
            raise trouble
        self._recovery.run(
            self._dial, self._sender, self._plan, self._settings.device, self._file_at_risk,
            is_as_before=self._is_as_before, standing=self._standing,
        )  # fmt: skip
        return self._judged(trouble)

    def _is_as_before(self, reading: Reading) -> bool:
        return self._planner.state_hash(reading.state, reading.dap_text) == self._plan.state_hash

    def _standing(self, reading: Reading) -> tuple[Standing, ...]:
        """Raises what making a new plan raises."""
        return stands.by_reading(self._plan, self._sender.sent, self._planned(reading), reading.dap_text)

    def _judged(self, trouble: VpnPhoneError) -> Change:
        """The end of a change that failed, by what was read last."""
        last = self._recovery.last
        note = self._recovery.note
        self._sender.warnings += [
            f"{name} may still be on the flash: `delete /noconfirm {name}`"
            for name in dap_file.left_behind(self._sender.sent)
        ]
        if last is None:
            return self._end(
                "unknown", standing=stands.unknown(self._plan, self._sender.sent), error=trouble, more=note
            )
        self._keeper.after(last)
        if self._is_as_before(last) and not stands.old_selection_is_lost(self._plan, self._sender.sent):
            self._sender.warnings += [
                f"after the rollback the configuration differs in: {line}"
                for line in changed_outside(self._before, last, self._plan)[:SHOWN]
            ]
            return self._end("rolled_back", error=trouble)
        try:
            standing = self._standing(last)
        except VpnPhoneError as error:
            return self._end(
                "unknown", standing=stands.unknown(self._plan, self._sender.sent), error=trouble, more=error.what
            )
        return self._end("partial", standing=standing, error=trouble, more=note)

    # --- the record ---------------------------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Called before each command: should this process die, that is what is known."""
        died = ChangeRefused(
            "the run ended in the middle of the change; what stands is told as far as the device had answered.",
            where=self._settings.device,
            todo="Run again with --check: it reads what stands and plans the rest. To go on needs "
            "vpnphone_accept_unsaved: true, since what this run left is not saved.",
            code="interrupted",
        )
        self._keeper.change(
            self._made("unknown", standing=stands.by_answers(self._plan, self._sender.sent), error=died.as_dict())
        )

    def _end(
        self,
        outcome: ChangeOutcome,
        *,
        standing: tuple[Standing, ...] = (),
        saved: bool | None = None,
        note: str = "",
        error: VpnPhoneError | None = None,
        more: str = "",
    ) -> Change:
        told_error = told(error, outcome, standing, self._plan, more, self._is_paired) if error is not None else {}
        change = self._made(outcome, standing=standing, saved=saved, note=note, error=told_error)
        self._keeper.change(change)
        return change

    def _made(
        self,
        outcome: ChangeOutcome,
        *,
        standing: tuple[Standing, ...] = (),
        saved: bool | None = None,
        note: str = "",
        error: dict[str, str],
    ) -> Change:
        return Change(
            device=self._settings.device,
            outcome=outcome,
            plan=self._plan,
            sent=tuple(self._sender.sent),
            standing=standing,
            saved=saved,
            save_note=note,
            backups=tuple(self._backups),
            warnings=tuple(dict.fromkeys(self._sender.warnings)),
            error=error,
        )
