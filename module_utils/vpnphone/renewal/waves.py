"""Which phones are applied together, in which order, and which are left alone with their reason. Pure.

First canaries, of each ASA one; then batches of phones that log in by certificate; phones at which a person must type
come last, and only those that were named (F-064).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from msgspec.structs import replace

from ..errors import BadInput
from ..model import Registration
from ..model.renewal import Action, ClusterRenewal, Journal, PhoneCleanup, PhoneRenewal
from .stages import target_stage

WAVE = "wave:"
Mode = Literal["apply", "reset", "restart"]
Why = Literal["proven", "waived", "aaa", "offline"]
# Of a plan's text: so many phones are named, the rest is in its commands.
_NAMED = 5


class Options(NamedTuple):
    """What an operator chooses. include_aaa, canaries: names of phones."""

    mode: Mode = "apply"
    batch_size: int = 25
    canaries: tuple[str, ...] = ()
    include_aaa: tuple[str, ...] = ()


class Wave(NamedTuple):
    """Phones that are applied one behind the other, and then proven, before the next wave begins."""

    number: int
    mode: Mode
    canary: bool
    phones: tuple[str, ...]

    @property
    def id(self) -> str:
        """Of exactly these phones, told exactly this."""
        told = json.dumps([self.mode, self.canary, self.phones]).encode()
        kind = "canary" if self.canary else "batch"
        return f"{WAVE}{self.number}:{kind}:{hashlib.sha256(told).hexdigest()[:12]}"

    def action(self) -> Action:
        more = len(self.phones) - _NAMED
        named = ", ".join(self.phones[:_NAMED]) + (f" and {more} more" if more > 0 else "")
        one, several = ("canary", "canaries") if self.canary else ("phone", "phones")
        kind = one if len(self.phones) == 1 else several
        return Action(
            id=self.id,
            text=f"wave {self.number}: {self.mode} to {len(self.phones)} {kind} ({named})",
            commands=tuple(f"AXL {self.mode}Phone {name}" for name in self.phones),
        )


class Aside(NamedTuple):
    """A phone that is not applied, and why not."""

    phone: str
    why: Why
    reason: str


class WavePlan(NamedTuple):
    """Every phone of the cluster is in exactly one wave, or set aside. without: ASAs that no canary dials."""

    waves: tuple[Wave, ...]
    aside: tuple[Aside, ...]
    without: tuple[str, ...] = ()


# --- what stands ------------------------------------------------------------------------------------------------------


def of_cluster(journal: Journal, cluster: str) -> tuple[PhoneRenewal, ...]:
    """The phones of the renewal that this cluster has, by name."""
    return tuple(phone for _, phone in sorted(journal.phones.items()) if phone.cluster == cluster)


class Step(NamedTuple):
    """Where a phone of the journal keeps what is being done to it: stage apply, or the apply of the cleanup."""

    cleanup: bool = False

    @property
    def stage(self) -> Literal["apply", "cleanup"]:
        return "cleanup" if self.cleanup else "apply"

    def of(self, phone: PhoneRenewal) -> PhoneRenewal | PhoneCleanup:
        return phone.cleanup if self.cleanup else phone

    def put(self, phone: PhoneRenewal, **changes: Any) -> PhoneRenewal:
        """Fields that both have: wave, proof, reason, applied_at, proven_at."""
        if self.cleanup:
            return replace(phone, cleanup=replace(phone.cleanup, **changes))
        return replace(phone, **changes)


APPLY = Step()


def is_registered(found: Registration | None) -> bool:
    return found is not None and found.status.strip().lower() == "registered"


def is_offline(found: Registration | None, now: datetime, after: timedelta) -> bool:
    """Not registered, and for so long already; one that CUCM knows nothing of is off-line too."""
    if is_registered(found):
        return False
    return found is None or found.since is None or now - found.since >= after


# --- the plan ---------------------------------------------------------------------------------------------------------


def plan_waves(
    phones: Sequence[PhoneRenewal], online: Callable[[str], bool], options: Options, step: Step = APPLY
) -> WavePlan:
    """Waves over these phones, which are one cluster's. BadInput for a canary that cannot be one, an unknown name."""
    _check_names(phones, options, step)
    aside: list[Aside] = []
    ready: list[PhoneRenewal] = []
    for phone in phones:
        why = _aside(phone, online, options, step)
        if why is not None:
            aside.append(why)
        else:
            ready.append(phone)
    canaries, without = _canaries(ready, options, step)
    chosen = {phone.name for phone in canaries}
    rest = [phone for phone in ready if phone.name not in chosen]
    groups = [[phone.name for phone in canaries]] if canaries else []
    for by_certificate in (True, False):
        names = [phone.name for phone in rest if phone.certificate_login == by_certificate]
        groups += [names[at : at + options.batch_size] for at in range(0, len(names), options.batch_size)]
    waves = tuple(
        Wave(number, options.mode, bool(canaries) and number == 1, tuple(names))
        for number, names in enumerate(groups, 1)
    )
    return WavePlan(waves, tuple(aside), without)


def _check_names(phones: Sequence[PhoneRenewal], options: Options, step: Step) -> None:
    known = {phone.name: phone for phone in phones}
    for option, names in (("vpnphone_apply_canaries", options.canaries), ("vpnphone_include_aaa", options.include_aaa)):
        strange = sorted(set(names) - known.keys())
        if strange:
            raise BadInput(
                f"{strange[0][:40]!r} is no phone that this renewal has on this cluster.",
                where=option,
                todo="Give names of phones in scope (playbooks/renewal/status.yml lists them).",
                code="unknown_phone",
            )
    asking = [name for name in options.canaries if not known[name].certificate_login]
    unasked = sorted(set(asking) - set(options.include_aaa))
    if unasked:
        raise BadInput(
            f"canary {unasked[0]} prompts its user for a password.",
            where="vpnphone_apply_canaries",
            todo="Name a phone that logs in by certificate, or name this one in vpnphone_include_aaa too, once its user"
            " knows.",
        )
    if options.batch_size < 1:
        raise BadInput(f"batches of {options.batch_size} phones are none.", todo="Correct vpnphone_batch_size.")


def _aside(phone: PhoneRenewal, online: Callable[[str], bool], options: Options, step: Step) -> Aside | None:
    if step.of(phone).proof == "proven":
        return Aside(phone.name, "proven", "it is proven already")
    if phone.proof == "waived":
        return Aside(phone.name, "waived", f"{phone.waived_by} answers for it")
    if not phone.certificate_login and phone.name not in options.include_aaa:
        return Aside(phone.name, "aaa", "it prompts its user for a password, and was not named in vpnphone_include_aaa")
    if not online(phone.name):
        return Aside(phone.name, "offline", "it is not registered")
    return None


def _canaries(
    ready: Sequence[PhoneRenewal], options: Options, step: Step
) -> tuple[list[PhoneRenewal], tuple[str, ...]]:
    """Those that were named; else, of each ASA, the first phone. And the ASAs that are left without one.

    A phone that failed before, or prompts its user, is taken only where there is no better one.
    """
    asas = sorted({asa for phone in ready for asa in phone.asas})
    named = [phone for phone in ready if phone.name in options.canaries]
    if options.canaries:
        reached = {asa for phone in named for asa in phone.asas}
        return named, tuple(asa for asa in asas if asa not in reached)
    ranked = sorted(ready, key=lambda one: (not one.certificate_login, step.of(one).proof == "failed", one.name))
    chosen = {next(phone.name for phone in ranked if asa in phone.asas) for asa in asas}
    if not chosen and ranked:
        chosen = {ranked[0].name}
    return [phone for phone in ready if phone.name in chosen], ()


# --- as the journal keeps it ------------------------------------------------------------------------------------------


def wave_of(action: Action) -> Wave | None:
    """The wave that an approved action is; None where it is none."""
    if not action.id.startswith(WAVE):
        return None
    _, number, kind, _ = action.id.split(":")
    words = [line.split(" ", 2) for line in action.commands]
    modes: Mapping[str, Mode] = {"applyPhone": "apply", "resetPhone": "reset", "restartPhone": "restart"}
    return Wave(int(number), modes[words[0][1]], kind == "canary", tuple(word[2] for word in words))


def waves_left(journal: Journal, cluster: ClusterRenewal, stage: Literal["apply", "cleanup"]) -> tuple[Action, ...]:
    """The waves that the journal's plan of this stage has, without those that are done."""
    found = target_stage(journal, stage, cluster.name)
    actions = found.plan.actions if found.plan is not None and found.status in ("planned", "running") else ()
    return tuple(one for one in actions if one.id.startswith(WAVE) and one.id not in found.done)


def names_in(actions: Iterable[Action]) -> frozenset[str]:
    """Phones of these waves."""
    return frozenset(name for one in actions if (wave := wave_of(one)) is not None for name in wave.phones)
