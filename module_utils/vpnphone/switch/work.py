"""Stage switch of a renewal on one ASA, its rollback, and the ASA's part of the cleanup: plans joined to the steps that
do them. What is approved, noted and ended is renewal/flow.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from ..errors import ChangeRefused, VpnPhoneError
from ..model.renewal import Action, AsaRenewal, Journal, TargetStage
from ..plan.names import check_name
from ..renewal import old_trustpoint
from ..renewal.flow import StageReturned, Work
from ..renewal.journal import update
from ..renewal.old_trustpoint import REMOVE
from ..renewal.pages import read_switch_gate
from ..renewal.stages import target_stage
from ..renewal.switch_facts import (
    Pair,
    Sight,
    bound,
    bound_at_start,
    gateway_urls,
    is_one,
    pair_of,
    phone_groups,
)
from ..renewal.switch_gate import require_open
from ..renewal.switch_plan import (
    SWITCH,
    Settings,
    is_under_way,
    need_ready,
    plan_back,
    plan_left,
    plan_switch,
    wanted_in,
    was_returned,
)
from ..renewal.switch_probe import Wanted, before_switch, ca_pins, problems
from .device import DeviceView
from .link import Clock, Link
from .steps import Prober, Steps

_WRITE = "write memory"


class Site(NamedTuple):
    """What the inventory says of this ASA: gateway URLs and tunnel-groups of the phones; untold: models in use whose
    offer the phone table does not tell.
    """

    urls: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


_NO_SITE, _CLOCK = Site(), Clock()


class BindingWork:
    """One ASA. by: who stands in the journal for what is done; check: nothing of the device is changed."""

    def __init__(
        self, link: Link, name: str, directory: Path, settings: Settings, prober: Prober, *, site: Site = _NO_SITE,
        context: str = "", by: str = "", check: bool = False, clock: Clock = _CLOCK, grace_days: int = 7,
    ) -> None:  # fmt: skip
        self._view = DeviceView(link, context)
        self._name, self._directory, self._settings, self._site = name, directory, settings, site
        self._prober, self._clock, self._by, self._check = prober, clock, by, check
        self._grace = timedelta(days=grace_days)
        self._before: tuple[str, ...] = ()
        self._old_stands = False

    # --- plans --------------------------------------------------------------------------------------------------------

    def switch(self, journal: Journal) -> Work:
        """Stage switch, from wherever it stands."""
        found = target_stage(journal, SWITCH, self._name)
        try:
            return self._switch(journal, found)
        except StageReturned:
            raise
        except ChangeRefused as error:
            if found.status != "running" or self._old_stands:
                raise
            # As no refusal: the new one may be bound, and the next run must know that it is to go on from there.
            raise VpnPhoneError(error.what, where=error.where, todo=error.todo, code=error.code) from error

    def _switch(self, journal: Journal, found: TargetStage) -> Work:
        asa, pair, sight = self._look(journal)
        urls = gateway_urls(journal, self._name, sight.state, self._site.urls)
        self._view.groups = groups = phone_groups(sight.state, urls, self._site.groups)
        if was_returned(asa, found, sight):
            self._close(asa, pair, wanted_in(found.plan))
        asa = self._told(asa, sight)
        if is_under_way(asa, found, sight):
            plan = plan_left(asa, found, sight, self._settings)
            steps = self._steps(asa, pair, wanted_in(found.plan))
            return Work(plan, steps.do, finish=_switched(self._name, self._clock.now()))
        need_ready(asa, sight, pair, self._settings)
        require_open(read_switch_gate(self._directory), journal, self._name, self._clock.now())
        if asa.old is None:
            raise _incomplete(asa)
        before = before_switch(self._prober(urls), asa.old, self._name)
        untold = tuple(
            f"not proven by a handshake: the phone table does not tell the offer of {model}"
            for model in self._site.untold
        )
        before = before._replace(warnings=(*before.warnings, *untold))
        plan = plan_switch(journal, asa, sight, pair, groups, before, self._settings)
        steps = self._steps(asa, pair, before.wanted)
        return Work(plan, steps.do, finish=_switched(self._name, self._clock.now()))

    def give_back(self, journal: Journal) -> Work:
        """The switch taken back."""
        asa, pair, sight = self._look(journal)
        urls = gateway_urls(journal, self._name, sight.state, self._site.urls)
        self._view.groups = phone_groups(sight.state, urls, self._site.groups)
        asa = self._told(asa, sight)
        wanted = wanted_in(target_stage(journal, SWITCH, self._name).plan)
        steps = self._steps(asa, pair, wanted)
        return Work(plan_back(asa, sight, pair, wanted), steps.do, finish=_returned(self._name))

    def cleanup(self, journal: Journal) -> Work:
        """The old trustpoint away; handshakes must show the new certificate before."""
        asa, pair, sight = self._look(journal)
        plan = old_trustpoint.plan_cleanup(
            asa, sight, pair, _WRITE, now=self._clock.now(), grace=self._grace,
            accept_unsaved=self._settings.accept_unsaved,
        )  # fmt: skip
        steps = self._steps(asa, pair, ())
        if any(action.id == REMOVE for action in plan.actions):
            self._need_new_shown(journal, asa, sight)

        def do(action: Action) -> None:
            if action.id != REMOVE:
                self._save_cleanup()
                return
            self._view.link.remove_trustpoint(action.commands[0])
            left = self._view.link.ask("show running-config crypto ca trustpoint").lower().split("\n")
            if f"crypto ca trustpoint {asa.old_trustpoint}".lower() in (line.strip() for line in left):
                raise ChangeRefused(
                    f"the device still has trustpoint {asa.old_trustpoint}.",
                    where=self._name,
                    todo=f"Type `{action.commands[0]}` by hand to see why.",
                    code="trustpoint_in_use",
                )
            names = self._view.bound(asa.interface)
            if not is_one(names, asa.new_trustpoint):
                steps.learn(bound="unknown")
                raise VpnPhoneError(
                    f"bound to {asa.interface} is {' and '.join(names) or 'nothing'} after the old trustpoint went.",
                    where=self._name,
                    todo=f"Type `ssl trust-point {asa.new_trustpoint} {asa.interface}`.",
                    code="binding_differs",
                )

        return Work(plan, do)

    # --- parts --------------------------------------------------------------------------------------------------------

    def _look(self, journal: Journal) -> tuple[AsaRenewal, Pair, Sight]:
        asa = journal.asas[self._name]
        for text, kind in (
            (asa.old_trustpoint, "trustpoint"), (asa.new_trustpoint, "trustpoint"), (asa.interface, "interface")
        ):  # fmt: skip
            check_name(text, kind, self._name)
        pair = pair_of(asa)
        sight = self._view.look()
        self._old_stands = is_one(bound(sight.state, asa.interface), asa.old_trustpoint)
        self._before = self._lines(asa, sight)
        return asa, pair, sight

    def _steps(self, asa: AsaRenewal, pair: Pair, wanted: tuple[Wanted, ...]) -> Steps:
        return Steps(
            self._view, self._directory, asa, self._by, self._settings, self._prober, self._clock, pair, wanted
        )

    def _told(self, asa: AsaRenewal, sight: Sight) -> AsaRenewal:
        """What is bound the device says, whatever the journal has from a run that was killed or refused."""
        names = bound(sight.state, asa.interface)
        now: Literal["old", "new", "unknown"] = "unknown"
        if is_one(names, asa.old_trustpoint):
            now = "old"
        elif is_one(names, asa.new_trustpoint):
            now = "new"
        if self._check or asa.bound == now or now == "unknown":
            return asa
        since = None if now == "old" else asa.bound_at
        return self._update(lambda known: msgspec.structs.replace(known, bound=now, bound_at=since))

    def _close(self, asa: AsaRenewal, pair: Pair, wanted: tuple[Wanted, ...]) -> None:
        """The device has returned without us: what is left of that is done, and the stage ends as returned."""
        if self._check:
            raise ChangeRefused(
                f"{asa.old_trustpoint} was found bound again: the dead man struck, the unit was reloaded, or a person"
                " did it. Nothing was done yet.",
                where=self._name,
                todo="Run the switch without --check: it proves the return and closes it; then plan it anew.",
                code="dead_man_struck",
            )
        self._steps(asa, pair, wanted).struck()

    def _need_new_shown(self, journal: Journal, asa: AsaRenewal, sight: Sight) -> None:
        if asa.new is None:
            raise _incomplete(asa)
        wanted = wanted_in(target_stage(journal, SWITCH, self._name).plan)
        urls = dict.fromkeys(one.url for one in wanted) or gateway_urls(
            journal, self._name, sight.state, self._site.urls
        )
        probes = self._prober(urls)
        found = problems(probes, wanted, asa.new, ca_pins(journal, asa, probes))
        if found or not probes:
            raise ChangeRefused(
                f"it is not proven that phones are shown the new certificate: {'; '.join(found[:3]) or 'no URL'}.",
                where=self._name,
                todo="Look at `show ssl`; the old trustpoint stays until that is right.",
                code="probe_differs",
            )

    def _save_cleanup(self) -> None:
        answer = self._view.link.save()
        if "[OK]" not in answer:
            raise VpnPhoneError(
                "`write memory` did not say [OK]: the old trustpoint is gone, and a reload would bring it back.",
                where=self._name,
                todo="Look at the flash (`dir disk0:/`), then run the same command again.",
                code="not_saved",
            )

    def _update(self, change: Callable[[AsaRenewal], AsaRenewal]) -> AsaRenewal:
        return update(self._directory, _of(self._name, change), by=self._by).asas[self._name]

    # --- for the result -----------------------------------------------------------------------------------------------

    def shown(self, journal: Journal, result: Mapping[str, Any]) -> dict[str, Any]:
        """before, after: bindings of the interface and the dead man; after as planned where nothing was done."""
        asa = journal.asas[self._name]
        after = list(self._before)
        if result["done"]:
            try:
                after = list(self._lines(asa, self._view.look()))
            except VpnPhoneError as error:
                after = [f"not read again: {error.what} [{error.code}]"]
        elif result["outcome"] == "planned":
            after = _planned(asa, after, result["actions"])
        header = f"{self._name}: what is bound to {asa.interface}"
        diff = {
            "before_header": f"{header} (before)",
            "after_header": f"{header} (after)",
            "before": "".join(f"{line}\n" for line in self._before),
            "after": "".join(f"{line}\n" for line in after),
        }
        return {"before": list(self._before), "after": after, "diff": diff}

    def _lines(self, asa: AsaRenewal, sight: Sight) -> tuple[str, ...]:
        found = [f"ssl trust-point {name} {asa.interface}" for name in bound(sight.state, asa.interface)]
        found += [f"startup-config: ssl trust-point {name} {asa.interface}" for name in _at_start(sight, asa)]
        found += [
            f"crypto ca trustpoint {one.name}"
            for one in sight.state.trustpoints or ()
            if one.name.lower() in (asa.old_trustpoint.lower(), asa.new_trustpoint.lower())
        ]
        return (*found, *(["the dead man is armed"] if sight.applet is not None else []))


def _at_start(sight: Sight, asa: AsaRenewal) -> tuple[str, ...]:
    return bound_at_start(sight.state, asa.interface) if sight.state.startup_trust_points is not None else ()


def _planned(asa: AsaRenewal, lines: Iterable[str], actions: Iterable[str]) -> list[str]:
    """What the lines would be after those actions."""
    ids = set(actions)
    found = [line for line in lines if not (REMOVE in ids and line == f"crypto ca trustpoint {asa.old_trustpoint}")]
    for action, name in (("bind", asa.new_trustpoint), ("bind-old", asa.old_trustpoint)):
        if action in ids:
            mine, start = f"ssl trust-point {name} {asa.interface}", "startup-config: "
            rest = [line for line in found if not line.removeprefix(start).startswith("ssl trust-point ")]
            found = [mine, f"{start}{mine}", *rest]
    return [line for line in found if not ("disarm" in ids and line == "the dead man is armed")]


def _of(name: str, change: Callable[[AsaRenewal], AsaRenewal]) -> Callable[[Journal], Journal]:
    return lambda journal: msgspec.structs.replace(journal, asas=journal.asas | {name: change(journal.asas[name])})


def _switched(name: str, now: datetime) -> Callable[[Journal], Journal]:
    def change(asa: AsaRenewal) -> AsaRenewal:
        # Where it was saved by a controller that was killed over it, the time of the bind is known still.
        since = asa.switched_at or asa.bound_at or now
        return msgspec.structs.replace(asa, bound="new", armed=False, deadline=None, saved=True, switched_at=since)

    return _of(name, change)


def _returned(name: str) -> Callable[[Journal], Journal]:
    return _of(
        name,
        lambda asa: msgspec.structs.replace(
            asa, bound="old", armed=False, deadline=None, saved=False, switched_at=None, bound_at=None
        ),
    )


def _incomplete(asa: AsaRenewal) -> ChangeRefused:
    return ChangeRefused(
        "the journal does not hold both certificates of this ASA.",
        where=asa.name,
        todo="The old one comes with preflight, the new one with the stages certificate and export.",
        code="journal_incomplete",
    )
