"""The order of the stages: which targets each has, what must be done before, what stands, what to type next. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

import msgspec

from ..model.renewal import STAGES, Journal, StageName, StageStatus, TargetStage

Kind = Literal["site", "asa", "cluster", "both"]
# Whose each stage is. The journal's own page of go or no-go has no target but the site.
KINDS: dict[StageName, Kind] = {
    "preflight": "site",
    "certificate": "asa",
    "export": "asa",
    "trust": "cluster",
    "gateway": "cluster",
    "apply": "cluster",
    "switch": "asa",
    "cleanup": "both",
}
SITE = "site"
# With a pinned CA in the new chain, proven by hash (C13), CUCM and the phones stay as they are.
PHONE_STAGES: frozenset[StageName] = frozenset(("trust", "gateway", "apply"))
TITLES: dict[StageName, str] = {
    "preflight": "Go or no-go",
    "certificate": "New certificate on a trustpoint of its own",
    "export": "Exported and compared",
    "trust": "In Phone-VPN-trust beside the old one",
    "gateway": "In the VPN gateways' lists, behind the old one",
    "apply": "Applied to the phones, each proven",
    "switch": "Bound where phones arrive",
    "cleanup": "The old one taken away",
}
# Worst or most urgent first: what a stage is over its targets.
_LOUDEST: tuple[StageStatus, ...] = ("returned", "refused", "running", "rolled_back")
# The options of every playbook of a renewal.
RENEWAL, APPROVAL, APPROVED_BY = "vpnphone_renewal", "vpnphone_approval", "vpnphone_approved_by"
NAME = "YOUR NAME"
# Of the cleanup: a plan that was made with other days than these has them among its facts, and its commands too.
GRACE, GRACE_DAYS = "vpnphone_grace_days", 7
# Errors after which a device has not taken the action that was begun: nothing of it stands.
_NOT_TAKEN = ("soap_fault", "certificate_refused", "command_refused", "question_unknown", "plan_differs")


class Next(NamedTuple):
    """What to do now: one sentence, and the one command to type ("" where a person must do something first)."""

    stage: StageName | None
    text: str
    command: str = ""


class StageView(NamedTuple):
    """One stage over its targets. falls_away: the reason where it need not be done; "" otherwise."""

    stage: StageName
    status: StageStatus
    targets: tuple[tuple[str, TargetStage], ...]
    falls_away: str = ""

    @property
    def done(self) -> int:
        return sum(found.status == "done" for _, found in self.targets)


# --- targets ----------------------------------------------------------------------------------------------------------


def targets(journal: Journal, stage: StageName) -> tuple[str, ...]:
    """Names of what the stage is done to, in order."""
    asas, clusters = tuple(sorted(journal.asas)), tuple(sorted(journal.clusters))
    match KINDS[stage]:
        case "site":
            return (SITE,)
        case "asa":
            return asas
        case "cluster":
            return clusters
        case "both":
            # First no phone needs the old one any more, then no ASA.
            return (*clusters, *asas)


def target_stage(journal: Journal, stage: StageName, target: str) -> TargetStage:
    """How far the target is; KeyError for one that the renewal does not have."""
    if KINDS[stage] == "site":
        return journal.preflight
    place = journal.asas.get(target) if target in journal.asas else journal.clusters[target]
    return (place.stages if place is not None else {}).get(stage, TargetStage())


def with_target_stage(journal: Journal, stage: StageName, target: str, found: TargetStage) -> Journal:
    """The journal with this in its place; KeyError for a target that the renewal does not have."""
    replace = msgspec.structs.replace
    if KINDS[stage] == "site":
        return replace(journal, preflight=found)
    if target in journal.asas:
        asa = journal.asas[target]
        return replace(journal, asas=journal.asas | {target: replace(asa, stages=asa.stages | {stage: found})})
    cluster = journal.clusters[target]
    changed = replace(cluster, stages=cluster.stages | {stage: found})
    return replace(journal, clusters=journal.clusters | {target: changed})


def asas_of(journal: Journal, cluster: str) -> tuple[str, ...]:
    """The ASAs that phones of this cluster dial; all of them where no phone tells."""
    found = {asa for phone in journal.phones.values() if phone.cluster == cluster for asa in phone.asas}
    return tuple(sorted(found & journal.asas.keys())) or tuple(sorted(journal.asas))


def clusters_of(journal: Journal, asa: str) -> tuple[str, ...]:
    """The clusters whose phones dial this ASA; all of them where no phone tells."""
    found = {phone.cluster for phone in journal.phones.values() if asa in phone.asas}
    return tuple(sorted(found & journal.clusters.keys())) or tuple(sorted(journal.clusters))


# --- order ------------------------------------------------------------------------------------------------------------


def falls_away(journal: Journal, stage: StageName) -> str:
    """Why the stage need not be done; "" where it must."""
    if journal.pinned_ca and stage in PHONE_STAGES:
        return "the phones pin a CA that the new certificate is sent with (proven by hash): they need nothing new"
    return ""


def needed_before(journal: Journal, stage: StageName, target: str) -> tuple[tuple[StageName, str], ...]:
    """Every (stage, target) that must be done before this one may be, in order."""
    if stage == "preflight":
        return ()
    is_asa = target in journal.asas
    asas = (target,) if is_asa else asas_of(journal, target)
    clusters = clusters_of(journal, target) if is_asa else (target,)
    wanted: list[tuple[StageName, str]] = []
    for earlier in STAGES[: STAGES.index(stage)]:
        if falls_away(journal, earlier):
            continue
        match KINDS[earlier]:
            case "site":
                wanted.append((earlier, SITE))
            case "asa":
                wanted += [(earlier, name) for name in asas]
            case _:
                wanted += [(earlier, name) for name in clusters]
    if stage == "cleanup" and is_asa and not journal.pinned_ca:
        wanted += [("cleanup", name) for name in clusters]
    return tuple(wanted)


def first_missing(journal: Journal, stage: StageName, target: str) -> tuple[StageName, str] | None:
    """The first of needed_before that is not done; None where all are."""
    wanted = needed_before(journal, stage, target)
    return next((one for one in wanted if target_stage(journal, *one).status != "done"), None)


def later_done(journal: Journal, stage: StageName, target: str) -> tuple[StageName, str] | None:
    """The last later stage that stands, in whole or in part, and rests on this one here; None where none does."""
    found = [
        (later, name)
        for later in STAGES[STAGES.index(stage) + 1 :]
        # What was exported is only read, and what the phones fetched they keep: neither is taken back.
        if later not in ("export", "apply")
        for name in targets(journal, later)
        if stands(journal, later, name) and (stage, target) in needed_before(journal, later, name)
    ]
    return found[-1] if found else None


def stands(journal: Journal, stage: StageName, target: str) -> bool:
    """The stage has changed something of the target that was not taken back, as far as the journal tells.

    One that was refused half-way and then planned anew has forgotten what it did: the story has not.
    """
    status = target_stage(journal, stage, target).status
    if status not in ("refused", "planned"):
        return status in ("running", "done")
    found = begun = False
    for event in journal.events:
        if (event.stage, event.target) != (stage, target):
            continue
        word, _, rest = event.what.partition(": ")
        if word in ("rolled back", "returned"):
            found = begun = False
        elif word == "next":
            begun = True
        elif word == "done":
            found = found or bool(rest)
            begun = False
        elif word == "refused":
            found = found or (begun and not rest.endswith(tuple(f"[{code}]" for code in _NOT_TAKEN)))
            begun = False
    return found or begun


def is_named(by: str) -> bool:
    """A person's name stands there, and not the blank of the command that was shown."""
    return by.strip() not in ("", NAME)


# --- what stands ------------------------------------------------------------------------------------------------------


def stage_view(journal: Journal, stage: StageName) -> StageView:
    found = tuple((name, target_stage(journal, stage, name)) for name in targets(journal, stage))
    return StageView(stage, _over([one.status for _, one in found]), found, falls_away(journal, stage))


def _over(statuses: list[StageStatus]) -> StageStatus:
    """One word for all targets; planned only where nothing is left to plan."""
    loud = next((word for word in _LOUDEST if word in statuses), None)
    if loud is not None:
        return loud
    if "pending" in statuses or not statuses:
        return "pending"
    return "planned" if "planned" in statuses else "done"


def views(journal: Journal) -> tuple[StageView, ...]:
    return tuple(stage_view(journal, stage) for stage in STAGES)


def current(journal: Journal) -> StageView | None:
    """The first stage that is neither done nor falls away; None where the renewal is at its end."""
    return next((view for view in views(journal) if not view.falls_away and view.status != "done"), None)


# --- what to type -----------------------------------------------------------------------------------------------------


def command(
    journal: Journal, playbook: str, *words: str, approval: str = "", blanks: Mapping[str, str] | None = None
) -> str:
    """The command line for a playbook of this renewal, to be typed. blanks: variables that a person fills in."""
    asks = dict(blanks or {})
    line = ["ansible-playbook", f"playbooks/renewal/{playbook}.yml", *(journal.options or ("-i", "INVENTORY"))]
    line += ["-e", f"{RENEWAL}={journal.renewal}", *words]
    if playbook == "cleanup":
        line += _grace_of(journal)
    text = shlex.join(_extra(before, word) for before, word in pairwise(["", *line]))
    if approval:
        text += f" -e {APPROVAL}={approval}"
        # The name stays a blank to be filled in: nobody approves by pasting alone.
        asks[APPROVED_BY] = NAME
    return text + "".join(f" -e {asked(name, value)}" for name, value in asks.items())


def said_grace(grace: timedelta) -> tuple[str, ...]:
    """The fact of a cleanup's plan that an approver is to see: other days of grace than usual."""
    return () if grace.days == GRACE_DAYS else (f"{GRACE}={grace.days}",)


def _grace_of(journal: Journal) -> list[str]:
    """Without them the very same line would be too early."""
    plans = [found.plan for _, found in stage_view(journal, "cleanup").targets if found.plan is not None]
    facts = dict.fromkeys(fact for plan in plans for fact in plan.facts if fact.startswith(f"{GRACE}="))
    return [word for fact in facts for word in ("-e", fact)]


def asked(variable: str, value: str) -> str:
    """`"variable='value'"`: Ansible cuts what follows -e at blanks, and would take the first word of a name for all."""
    return f"\"{variable}='{value}'\""


def _extra(before: str, word: str) -> str:
    """A word behind -e whose value has blanks, in the form that Ansible does not cut."""
    name, equals, value = word.partition("=")
    if before in ("-e", "--extra-vars") and equals and name.isidentifier() and len(value.split()) > 1:
        return json.dumps({name: value})
    return word
