"""The return: the old certificate bound again, proven, the dead man gone, and who of the phones is not back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import msgspec

from ..errors import VpnPhoneError
from ..renewal.dead_man import bind_line
from ..renewal.flow import StageReturned
from ..renewal.journal import note, open_journal
from ..renewal.switch_facts import foreign, is_one, is_ours
from ..renewal.switch_plan import SWITCH
from ..renewal.switch_watch import Trouble, lost

if TYPE_CHECKING:
    from .steps import Steps

_TRIES, _PAUSE = 3, 2.0
_RETURNING = "returning: "


class GiveBack:
    """Of one switch. Whatever goes wrong here, the dead man is still armed: the device comes back without us."""

    def __init__(self, steps: Steps) -> None:
        self._steps = steps
        # Why the journal does not know of it: phones come first, and what cannot be written down is told.
        self._unwritten = ""

    def now(self, trouble: Trouble) -> NoReturn:
        """Raises StageReturned, or VpnPhoneError return_unproven where it is not proven that the old one is bound."""
        steps = self._steps
        try:
            note(steps.directory, SWITCH, steps.asa.name, f"{_RETURNING}{trouble.why} [{trouble.code}]", steps.by)
        except VpnPhoneError as error:
            self._unwritten = error.what
        try:
            self.bind_old()
        except VpnPhoneError as error:
            raise self._unproven(trouble.why, error) from error
        self._end(trouble)

    def found(self) -> NoReturn:
        """The old one was found bound again: by a return that was cut short, or by somebody else."""
        self._end(self._begun())

    def _begun(self) -> Trouble:
        """Why of the return that this run of the stage began; else of one that nobody here did."""
        steps = self._steps
        for event in reversed(open_journal(steps.directory).events):
            if (event.stage, event.target) != (SWITCH, steps.asa.name):
                continue
            if event.what.startswith(_RETURNING):
                why, _bracket, code = event.what.removeprefix(_RETURNING).rpartition(" [")
                return Trouble(code.rstrip("]"), why)
            if event.what.startswith("begins: "):
                break
        return Trouble(
            code="dead_man_struck",
            why=f"{steps.asa.old_trustpoint} was found bound again: the dead man struck, the unit was reloaded, or"
            " a person did it.",
        )

    def bind_old(self) -> None:
        """VpnPhoneError where it is not proven in the end."""
        steps = self._steps
        asa, view = steps.asa, steps.view
        back = bind_line(asa.old_trustpoint, asa.interface)
        names: tuple[str, ...] = ()
        refusal = ""
        for attempt in range(_TRIES):
            if attempt:
                steps.clock.pause(_PAUSE)
            try:
                refusal = view.link.type(back)
            except VpnPhoneError as error:
                # What stands is read, whatever became of the line.
                refusal = error.what
            names = view.bound(asa.interface)
            if len(names) > 1 and any(is_one((name,), asa.new_trustpoint) for name in names):
                # [K] Two key types stand beside one another.
                refusal = view.link.type(f"no {bind_line(asa.new_trustpoint, asa.interface)}")
                names = view.bound(asa.interface)
            if is_one(names, asa.old_trustpoint):
                self._learn(bound="old", switched_at=None)
                return
        raise VpnPhoneError(
            f"bound to {asa.interface} is {' and '.join(names) or 'nothing'}, and `{back}` did not change that"
            + (f": {refusal}" if refusal else "."),
            where=asa.name,
            todo=f"Type `{back}` at the console.",
            code="return_unproven",
        )

    def _end(self, trouble: Trouble) -> NoReturn:
        """What comes after the old one is bound: nothing of it can undo that, so what fails here is only told."""
        steps = self._steps
        asa = steps.asa
        self._learn(bound="old", saved=False, switched_at=None)
        told = [f"{asa.old_trustpoint} is bound to {asa.interface} again, read back."]
        for part in (self._proof, self._disarmed, self._startup):
            try:
                told += part()
            except VpnPhoneError as error:
                told.append(f"{error.what} [{error.code}]")
        try:
            missing = self._not_back()
            told.append(
                f"Not back: {', '.join(missing)}."
                if missing
                else "Every phone that was connected before has a session."
            )
        except VpnPhoneError as error:
            told.append(f"Who is back is not known: {error.what}")
        # Until here a run that is cut short is known as one that was returning.
        self._learn(bound_at=None)
        if self._unwritten:
            told.append(f"The journal does not know all of it: {self._unwritten}")
        raise StageReturned(
            " ".join((trouble.why, *told)),
            where=asa.name,
            todo="See what the phones met (their console logs, `show logging`), then plan and approve the switch anew.",
            code=trouble.code,
        )

    def _learn(self, **changes: Any) -> None:
        """What is bound on the device is so, whether or not it can be written down."""
        steps = self._steps
        try:
            steps.learn(**changes)
        except VpnPhoneError as error:
            self._unwritten = error.what
            steps.asa = msgspec.structs.replace(steps.asa, **changes)

    def _proof(self) -> list[str]:
        found = self._steps.shown() if self._steps.wanted else ()
        if found:
            return [f"Handshakes show otherwise: {'; '.join(found[:3])}."]
        return ["Phones are shown the old certificate."]

    def _disarmed(self) -> list[str]:
        why = self._steps.take_away()
        return [f"The dead man still stands ({why}): take it away before anybody saves."] if why else []

    def _startup(self) -> list[str]:
        """Somebody may have saved in the meantime: then a reload would bring the new one, or the dead man, back."""
        steps = self._steps
        lines = steps.view.unsaved()
        if not any(is_ours(line, steps.asa) for line in lines):
            return []
        if foreign(lines, steps.asa) and not steps.settings.accept_unsaved:
            return ["The startup configuration has lines of the switch, and others' changes are unsaved: save by hand."]
        steps.save()
        return ["The startup configuration had lines of the switch; it was saved anew."]

    def _not_back(self) -> tuple[str, ...]:
        steps = self._steps
        end = steps.clock.tick() + steps.settings.canary_timeout
        while True:
            missing = lost(steps.asa.sessions_before, steps.view.sessions())
            left = end - steps.clock.tick()
            if not missing or left <= 0:
                return missing
            steps.clock.pause(min(steps.settings.poll, left))

    def _unproven(self, why: str, error: VpnPhoneError) -> VpnPhoneError:
        return VpnPhoneError(
            f"{why} The return is not proven: {error.what}", where=self._steps.asa.name, todo=error.todo,
            code="return_unproven",
        )  # fmt: skip
