"""The plan of stage apply on one cluster, and of the same step within the cleanup. Pure.

A plan outlives that a phone comes or goes: who is off-line when its wave begins is set aside then. What an operator
chose, who is in scope and what the gateways list are of the plan; a change of these is another plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from msgspec.structs import replace

from ..controls.site_facts import names_of
from ..errors import ChangeRefused
from ..model import CucmState
from ..model.renewal import Action, ClusterRenewal, Journal, StagePlan, TargetStage
from ..soap import shown
from .gates import hashed
from .gateway import GATEWAY, members_of, plan_gateway, said
from .stages import command, target_stage
from .waves import WAVE, Aside, Options, Step, WavePlan, names_in, of_cluster, plan_waves, wave_of, waves_left

_WHY = {
    "offline": "not registered, so left as they are (recovery cards tell what to do at the phone)",
    "aaa": "prompting their users for a password, and not named in vpnphone_include_aaa",
}


class ApplyPlan(NamedTuple):
    """The plan, and the phones that are in none of its waves."""

    plan: StagePlan
    aside: tuple[Aside, ...]


def plan_apply(
    journal: Journal,
    cluster: ClusterRenewal,
    state: CucmState,
    online: Collection[str],
    options: Options,
    max_failures: int,
) -> ApplyPlan:
    """Stage apply. ChangeRefused gateway_differs where the lists are not as stage gateway leaves them, and as that."""
    gateways, changes = plan_gateway(journal, cluster, state)
    if changes:
        raise ChangeRefused(
            "the gateways' lists are not as stage gateway left them, and phones would get files without what they need:"
            f" {'; '.join(action.text for action in gateways.actions)}.",
            where=cluster.name,
            todo="Apply no configuration to any phone. Find out who changed them; then run"
            f" {command(journal, 'gateway', '--check')}",
            code="gateway_differs",
        )
    facts = (*_choices(options, max_failures), *_lists(cluster, state))

    def made(names: Collection[str]) -> ApplyPlan:
        found = plan_waves(of_cluster(journal, cluster.name), names.__contains__, options)
        actions = tuple(wave.action() for wave in found.waves)
        plan = StagePlan(
            stage="apply", target=cluster.name, actions=actions, facts=facts, warnings=tuple(_warnings(found))
        )
        return ApplyPlan(plan, found.aside)

    recorded = target_stage(journal, "apply", cluster.name)
    left = waves_left(journal, cluster, "apply")
    if _goes_on(recorded, left, options):
        return _rest(left, made(names_in(left)))
    fresh = made(online)
    if recorded.plan is not None and recorded.status == "planned":
        same = made(names_in(left))
        if hashed(same.plan).hash == recorded.plan.hash:
            return same
    return fresh


def plan_cleanup_apply(
    journal: Journal, cluster: ClusterRenewal, whole: StagePlan, online: Collection[str], options: Options
) -> ApplyPlan:
    """whole: the cluster's cleanup as the other modules plan it; the same with its waves as they would be now.

    The waves stand behind the changes of lists and before the deletions, which wait for them.
    """
    step = Step(cleanup=True)

    def made(names: Collection[str]) -> WavePlan:
        return plan_waves(of_cluster(journal, cluster.name), names.__contains__, options, step)

    recorded = target_stage(journal, "cleanup", cluster.name)
    left = waves_left(journal, cluster, "cleanup")
    if _goes_on(recorded, left, options):
        found = made(names_in(left))
        return _rest(left, ApplyPlan(whole, found.aside))
    found = made(online)
    if recorded.status == "planned" and left:
        same = made(names_in(left))
        found = same if tuple(wave.action() for wave in same.waves) == left else found
    return ApplyPlan(_with_waves(whole, tuple(wave.action() for wave in found.waves)), found.aside)


def lists_left(plan: StagePlan) -> tuple[Action, ...]:
    """Changes of gateways' lists that the plan still has: no phone is applied before they are done."""
    return tuple(action for action in plan.actions if action.id.startswith(GATEWAY))


# --- parts ------------------------------------------------------------------------------------------------------------


def _goes_on(recorded: TargetStage, left: Iterable[Action], options: Options) -> bool:
    """It was cut short, its plan had waves, and the phones are still to be told in that very way."""
    approved = recorded.plan.actions if recorded.plan is not None and recorded.status == "running" else ()
    same = all(wave.mode == options.mode for one in left if (wave := wave_of(one)) is not None)
    return same and any(one.id.startswith(WAVE) for one in approved)


def _rest(left: tuple[Action, ...], now: ApplyPlan) -> ApplyPlan:
    """What is left of the approved waves, exactly as they were approved."""
    inside = names_in(left)
    aside = tuple(one for one in now.aside if one.phone not in inside)
    return ApplyPlan(_with_waves(now.plan, left), aside)


def _with_waves(plan: StagePlan, waves: tuple[Action, ...]) -> StagePlan:
    others = [action for action in plan.actions if not action.id.startswith(WAVE)]
    lists = [action for action in others if action.id.startswith(GATEWAY)]
    rest = [action for action in others if not action.id.startswith(GATEWAY)]
    return replace(plan, actions=(*lists, *waves, *rest))


def _choices(options: Options, max_failures: int) -> Iterable[str]:
    named = f", canaries {', '.join(options.canaries)}" if options.canaries else ""
    yield f"{options.mode}Phone, batches of {options.batch_size}{named}"
    yield f"a wave with more than {max_failures} failed phones, or with a failed canary, is the last one"


def _lists(cluster: ClusterRenewal, state: CucmState) -> Iterable[str]:
    for gateway in state.gateways or ():
        if gateway.name in cluster.gateways:
            yield f"gateway {shown(gateway.name, 60)}"
            yield from (f"  lists {said(member)}" for member in members_of(gateway))


def _warnings(found: WavePlan) -> Iterable[str]:
    for why, words in _WHY.items():
        names = [one.phone for one in found.aside if one.why == why]
        if names:
            yield f"{len(names)} phones are {words}: {names_of(names)}"
    if found.without:
        yield f"no canary dials {', '.join(found.without)}"
    if not found.waves and not found.aside:
        yield "no phone of this renewal is on this cluster"
