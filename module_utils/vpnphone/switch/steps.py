"""The steps of the switch on one ASA, each proven by reading the device; at the first doubt behind the bind: back.

The journal learns before each step what the device may be like after it, so that whoever comes after a killed
controller knows where to look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from ..errors import ChangeRefused, DeviceUnreachable, VpnPhoneError
from ..model import Probe
from ..model.renewal import Action, AsaRenewal
from ..predict.identity import is_same
from ..refusal import refusal_of
from ..renewal import dead_man
from ..renewal.dead_man import bind_line
from ..renewal.flow import StageReturned
from ..renewal.journal import open_journal, update
from ..renewal.stages import target_stage
from ..renewal.switch_facts import Pair, foreign, is_one, is_ours
from ..renewal.switch_plan import (
    ARM,
    BIND,
    CANARY,
    DISARM,
    MATE,
    PROBE,
    SAVE,
    SWITCH,
    UNBIND,
    WATCH,
    Settings,
    logoff,
    time_needed,
)
from ..renewal.switch_probe import Wanted, ca_pins, problems, wanted_of
from ..renewal.switch_watch import Trouble, alerts, called, log_mark, log_since, lost, noted, too_much
from .device import DeviceView
from .giveback import GiveBack
from .link import Clock

Prober = Callable[[Iterable[str]], tuple[Probe, ...]]
# The device may need a moment until it presents what was bound.
_PROBES, _PROBE_PAUSE = 3, 2.0


class Steps:
    """settings and pair as approved; wanted: the handshakes that count."""

    def __init__(
        self, view: DeviceView, directory: Path, asa: AsaRenewal, by: str, settings: Settings, prober: Prober,
        clock: Clock, pair: Pair, wanted: tuple[Wanted, ...],
    ) -> None:  # fmt: skip
        self.asa, self.pair, self.settings, self.clock, self.view = asa, pair, settings, clock, view
        self.directory, self.by = directory, by
        self.wanted, self._prober = wanted, prober
        self._back = GiveBack(self)
        self._steps: dict[str, Callable[[Action], None]] = {
            ARM: self._arm, BIND: self._bind, PROBE: self._probe, CANARY: self._canary, WATCH: self._watch,
            DISARM: self._disarm, SAVE: self._save, MATE: self._mate, UNBIND: self._unbind,
        }  # fmt: skip

    def do(self, action: Action) -> None:
        """StageReturned: the old one is bound again. Any other error behind the bind leaves the stage cut short."""
        try:
            self._steps[action.id](action)
        except StageReturned:
            raise
        except VpnPhoneError as error:
            if self.asa.bound == "old":
                raise
            raise self._cut_short(error) from error

    def learn(self, **changes: Any) -> None:
        """What the journal says of this ASA."""

        def change(journal: Any) -> Any:
            known = msgspec.structs.replace(journal.asas[self.asa.name], **changes)
            return msgspec.structs.replace(journal, asas=journal.asas | {self.asa.name: known})

        self.asa = update(self.directory, change, by=self.by).asas[self.asa.name]

    def give_back(self, *, code: str, why: str) -> NoReturn:
        self._back.now(Trouble(code=code, why=why))

    def struck(self) -> NoReturn:
        """The old one is bound again, and nobody here did it."""
        self._back.found()

    def _cut_short(self, error: VpnPhoneError) -> VpnPhoneError:
        """As no refusal: the stage goes on with the next run, or the device returns by itself."""
        when = self.asa.deadline
        late = (
            f" At {when:%Y-%m-%d %H:%M} UTC the device binds the old one by itself." if self.asa.armed and when else ""
        )
        kind = DeviceUnreachable if error.unreachable else VpnPhoneError
        todo = f"{error.todo} Run the same command again: it reads the device and goes on, or returns.{late}".strip()
        return kind(error.what, where=error.where, todo=todo, code=error.code)

    # --- the dead man -------------------------------------------------------------------------------------------------

    def _arm(self, action: Action) -> None:
        """Never without one behind the bind: what stands is typed over, which begins the countdown anew [K]."""
        seconds, back = self.settings.countdown, bind_line(self.asa.old_trustpoint, self.asa.interface)
        standing = self.view.applet()
        behind = self.asa.bound != "old"
        if standing is not None and standing.commands != (back,) and not behind:
            self.view.link.type(dead_man.DISARM)
        self.learn(armed=True, deadline=self.clock.now() + timedelta(seconds=seconds))
        header, *lines = action.commands
        refusal = ""
        for line in lines:
            refusal = refusal or self.view.link.type(line, (header,))
        standing = self.view.applet()
        if not refusal and standing is not None and standing.runs(back, self._time_needed()):
            return
        why = refusal or (
            "it does not stand in `show event manager`"
            if standing is None
            else f"it would do {', '.join(standing.commands)}, in {standing.left} seconds"
            if standing.commands
            else "it is configured, and `show event manager` does not tell what it does"
        )
        if behind:
            self.give_back(code="dead_man_not_armed", why=f"The dead man cannot be armed anew: {why}.")
        if standing is not None:
            self.view.link.type(dead_man.DISARM)
        self.learn(armed=False, deadline=None)
        if not self.settings.accept_no_dead_man:
            raise ChangeRefused(
                f"the dead man was not armed: {why}. Nothing else was changed.",
                where=self.asa.name,
                todo="Type `event manager applet X` by hand to see why. With somebody at the console:"
                " vpnphone_accept_no_dead_man: true.",
                code="dead_man_not_armed",
            )

    def _disarm(self, _action: Action) -> None:
        why = self.take_away()
        if why:
            # It would strike anyway; so now, and with everybody's knowledge.
            if self.asa.bound == "old":
                raise VpnPhoneError(
                    f"the dead man cannot be taken away: {why}.", where=self.asa.name,
                    todo=f"`{dead_man.DISARM}` by hand, then `write memory`.", code="dead_man_stays",
                )  # fmt: skip
            self.give_back(code="dead_man_stays", why=f"The dead man cannot be taken away: {why}.")
        if self.asa.bound == "new" and is_one(self.view.bound(self.asa.interface), self.asa.old_trustpoint):
            self.struck()

    def take_away(self) -> str:
        """Why the applet still stands; "" where it is gone."""
        if self.view.applet() is not None:
            refusal = self.view.link.type(dead_man.DISARM)
            if self.view.applet() is not None:
                return refusal or "the device still shows it"
        self.learn(armed=False, deadline=None)
        return ""

    # --- bind ---------------------------------------------------------------------------------------------------------

    def _bind(self, action: Action) -> None:
        asa, view = self.asa, self.view
        if asa.armed:
            self._need_armed()
        self.learn(
            bound="unknown",
            bound_at=self.clock.now(),
            sessions_before=noted(view.sessions()),
            log_mark=log_mark(view.log()),
            saved=False,
        )
        try:
            refusal = view.link.type(action.commands[0])
        except VpnPhoneError as error:
            # Whether it was taken is for the device to say.
            if not is_one(view.bound(asa.interface), asa.new_trustpoint):
                raise
            refusal = error.what
        names = view.bound(asa.interface)
        if is_one(names, asa.new_trustpoint):
            self.learn(bound="new")
        elif is_one(names, asa.old_trustpoint):
            self.take_away()
            self.learn(bound="old", bound_at=None)
            raise ChangeRefused(
                f"the device did not bind {asa.new_trustpoint}: {refusal or 'the old one is still bound'}. Nothing has"
                " changed, and the dead man is gone.",
                where=asa.name,
                todo=f"Type `{action.commands[0]}` by hand to see what the device wants.",
                code="configuration_refused",
            )
        else:
            self.give_back(
                code="binding_differs", why=f"Bound to {asa.interface} was {' and '.join(names) or 'nothing'}."
            )

    def _need_armed(self) -> None:
        standing, asa = self.view.applet(), self.asa
        back = bind_line(asa.old_trustpoint, asa.interface)
        if standing is None or not standing.runs(back, self._time_needed()):
            self.take_away()
            raise ChangeRefused(
                "the dead man does not run as it was armed: nothing was bound.",
                where=asa.name,
                todo="Somebody took it away, or too much time has passed. Plan and approve the switch anew.",
                code="dead_man_not_armed",
            )

    def _time_needed(self) -> int:
        found = target_stage(open_journal(self.directory), SWITCH, self.asa.name)
        return time_needed(found, self.settings)

    def _unbind(self, _action: Action) -> None:
        """Of a rollback."""
        self._back.bind_old()

    # --- proof --------------------------------------------------------------------------------------------------------

    def _probe(self, action: Action) -> None:
        """Behind the bind to the new certificate, in a rollback to the old one."""
        self.wanted = wanted_of(action.commands)
        found = self.shown()
        if not found:
            return
        what = f"Phones are not shown what was bound: {'; '.join(found[:5])}."
        if self.asa.bound == "old":
            raise VpnPhoneError(what, where=self.asa.name, todo="Look at `show ssl`.", code="probe_differs")
        self.give_back(code="probe_differs", why=what)

    def shown(self) -> tuple[str, ...]:
        """What handshakes show otherwise than bound; () where all is right."""
        found: tuple[str, ...] = ()
        old = self.asa.bound == "old"
        leaf = self.asa.old if old else self.asa.new
        if leaf is None:  # the plan was made from both
            return ("the journal does not hold the certificate",)
        for attempt in range(_PROBES):
            if attempt:
                self.clock.pause(_PROBE_PAUSE)
            probes = self._prober(dict.fromkeys(one.url for one in self.wanted))
            pins = None if old else ca_pins(open_journal(self.directory), self.asa, probes)
            found = problems(probes, self.wanted, leaf, pins)
            if not found:
                break
        return found

    def _canary(self, action: Action) -> None:
        user = action.commands[0].split()[3]
        view, settings = self.view, self.settings
        before = {one.index for one in view.sessions() if one.username == user}
        gone = not before
        if before:
            # Where it is gone already, an earlier run logged it off: it is only waited for.
            refusal = refusal_of(view.link.exec(logoff(user)))
            if refusal is not None:
                self.give_back(code="canary_refused", why=f"The device refused to log {user} off: {refusal}.")
        end = self.clock.tick() + settings.canary_timeout
        while True:
            now = {one.index for one in view.sessions() if one.username == user}
            gone = gone or not now
            if now and (gone or now - before - {None}):
                return
            left = end - self.clock.tick()
            if left <= 0:
                self.give_back(
                    code="canary_not_back",
                    why=f"{called(user)} did not come back within {settings.canary_timeout} s after it was logged off.",
                )
            self._look_for_trouble(besides=user)
            self.clock.pause(min(settings.poll, left))

    def _watch(self, _action: Action) -> None:
        end = self.clock.tick() + self.settings.soak
        while True:
            left = end - self.clock.tick()
            # The last look comes after the whole time.
            self._look_for_trouble()
            if left <= 0:
                return
            self.clock.pause(min(self.settings.poll, left))

    def _look_for_trouble(self, besides: str = "") -> None:
        asa, view = self.asa, self.view
        names = view.bound(asa.interface)
        if is_one(names, asa.old_trustpoint):
            self.struck()
        if not is_one(names, asa.new_trustpoint):
            self.give_back(
                code="binding_differs", why=f"Bound to {asa.interface} was {' and '.join(names) or 'nothing'}."
            )
        before = [one for one in asa.sessions_before if one.username != besides]
        addresses = {one.address for one in asa.sessions_before} - {""}
        found = too_much(
            lost(before, view.sessions()),
            alerts(log_since(view.log(), asa.log_mark), addresses),
            self.settings.limits,
        )
        if found is not None:
            self.give_back(code=found.code, why=found.why)

    # --- for good -----------------------------------------------------------------------------------------------------

    def _save(self, _action: Action) -> None:
        self.save()
        if self.asa.bound == "old":
            self.learn(saved=False, switched_at=None)
        else:
            self.learn(saved=True, switched_at=self.asa.bound_at or self.clock.now())

    def save(self) -> None:
        """VpnPhoneError unsaved_changes, not_saved: the binding stands, and it is not in the startup configuration."""
        lines = self.view.unsaved()
        if any(line.startswith("+") and dead_man.is_ours(line) for line in lines):
            # In the startup configuration it would strike behind every reload, and bind what phones do not know.
            raise VpnPhoneError(
                "not saved: the dead man still stands.", where=self.asa.name,
                todo=f"`{dead_man.DISARM}` by hand, then `write memory`.", code="dead_man_stays",
            )  # fmt: skip
        others = foreign(lines, self.asa)
        if others and not self.settings.accept_unsaved:
            raise VpnPhoneError(
                f"not saved: somebody else changed the configuration meanwhile (`{others[0][:100]}`), and saving ours"
                " would save that.",
                where=self.asa.name,
                todo="Save by hand (`write memory`) once that is right, or set vpnphone_accept_unsaved: true.",
                code="unsaved_changes",
            )
        answer = self.view.link.save()
        left = [line for line in self.view.unsaved() if is_ours(line, self.asa)] if "[OK]" in answer else []
        if "[OK]" not in answer or left:
            raise VpnPhoneError(
                "`write memory` did not save: " + (f"`{left[0]}` is left." if left else "it did not say [OK]."),
                where=self.asa.name,
                todo="The binding stands; a reload would undo it. Look at the flash (`dir disk0:/`).",
                code="not_saved",
            )

    def _mate(self, _action: Action) -> None:
        if not any(is_same(one, self.pair.new) for one in self.view.mate_certificates()):
            raise VpnPhoneError(
                "the failover mate does not show the new certificate: after a failover phones would meet another one.",
                where=self.asa.name,
                todo="`write standby` on the active unit, and look again with `failover exec mate show crypto ca"
                " certificates`.",
                code="mate_lacks_certificate",
            )
