"""The plan of the switch, of its rollback, and what is left of one that was cut short. Pure.

arm, bind, probe, canary, watch, disarm, save, mate. The dead man goes before the configuration is saved, never after:
- cut short between the two, nothing is saved and nothing strikes: phones, who hold both hashes, meet the new
  certificate, a reload brings the old one, and the next run saves;
- the other way round the applet would lie in the startup configuration: a reload years later would count down and bind
  the old certificate, which no phone knows any more.
"""

from __future__ import annotations

from typing import NamedTuple

from ..controls.facts import release
from ..errors import ChangeRefused
from ..model.renewal import Action, AsaRenewal, Journal, StageName, StagePlan, TargetStage
from . import dead_man
from .dead_man import bind_line
from .stages import target_stage
from .switch_facts import (
    Pair,
    Sight,
    bound,
    bound_at_start,
    canary_of,
    is_one,
    is_ours,
    need_bound,
    need_certificate,
    need_mate,
    need_old_saved,
    need_saved,
    no_canary,
    other_bindings,
    unknown,
)
from .switch_probe import Before, Wanted, wanted_of
from .switch_watch import LOG, Limits, blind, phones_sessions, sessions_command

SWITCH: StageName = "switch"
ARM, BIND, PROBE, CANARY, WATCH, DISARM, SAVE, MATE = (
    "arm", "bind", "probe", "canary", "watch", "disarm", "save", "mate",
)  # fmt: skip
UNBIND = "bind-old"
MATE_SHOW = "failover exec mate show crypto ca certificates"
_WRITE = "write memory"
_LOGOFF = "vpn-sessiondb logoff name "


class Settings(NamedTuple):
    """How the switch is done; seconds.

    canary          the phone that is logged off, "" for the first one; canary_timeout: until it must be back
    soak            how long sessions and log are watched; poll: how often
    margin          what the dead man waits beyond canary_timeout and soak
    """

    canary: str = ""
    canary_timeout: int = 900
    soak: int = 600
    poll: int = 15
    limits: Limits = Limits(1, 3)
    margin: int = 300
    accept_no_dead_man: bool = False
    accept_no_canary: bool = False
    accept_unsaved: bool = False

    @property
    def countdown(self) -> int:
        return dead_man.countdown(self.canary_timeout, self.soak, self.margin)


# --- the whole plan -------------------------------------------------------------------------------------------------


def plan_switch(
    journal: Journal,
    asa: AsaRenewal,
    sight: Sight,
    pair: Pair,
    groups: tuple[str, ...],
    before: Before,
    settings: Settings,
) -> StagePlan:
    """From the old certificate bound and saved. ChangeRefused: as need_ready, and canary_not_connected."""
    state = sight.state
    facts = need_ready(asa, sight, pair, settings)
    unarmed = dead_man.why_not(release(state), state.mode)
    canary = _canary(journal, asa, sight, groups, settings)
    return StagePlan(
        stage=SWITCH,
        target=asa.name,
        actions=_actions(asa, sight, settings, before.wanted, canary, armed=not unarmed),
        facts=(
            f"bound to {asa.interface}: {asa.old_trustpoint}, also in the startup configuration",
            *facts,
            f"sessions of phones are those of tunnel-group {', '.join(groups)}",
        ),
        warnings=(
            *([f"nothing can be armed: {unarmed}. If this controller dies, a reload returns"] if unarmed else ()),
            *([] if canary else ["no phone is logged off and seen to come back: none is connected"]),
            *([blind(sight.log)] if blind(sight.log) else ()),
            *before.warnings,
            *other_bindings(state, asa),
            *(
                ["whether the mate has the private key too no command tells"]
                if state.failover is not None and state.failover.enabled
                else ()
            ),
        ),
    )  # fmt: skip


def need_ready(asa: AsaRenewal, sight: Sight, pair: Pair, settings: Settings) -> tuple[str, ...]:
    """How it is known that the device may be switched, in words. ChangeRefused: plan_differs, mate_lacks_certificate,
    unsaved_changes, no_dead_man, state_unknown.
    """
    need_bound(sight, asa)
    facts = holdings(sight, asa, pair)
    need_mate(sight.state, asa, pair.new)
    need_saved(sight, asa, accept=settings.accept_unsaved)
    need_old_saved(sight.state, asa)
    unarmed = dead_man.why_not(release(sight.state), sight.state.mode)
    if unarmed and not settings.accept_no_dead_man:
        raise no_dead_man(asa, unarmed)
    return facts


def holdings(sight: Sight, asa: AsaRenewal, pair: Pair) -> tuple[str, ...]:
    """How it is known that both trustpoints hold what the journal says. ChangeRefused plan_differs."""
    if asa.old is None or asa.new is None:  # pair_of() has looked
        return ()
    return (
        need_certificate(sight.state, asa.old_trustpoint, asa.old, pair.old, asa.name),
        need_certificate(sight.state, asa.new_trustpoint, asa.new, pair.new, asa.name),
    )


def no_dead_man(asa: AsaRenewal, why: str) -> ChangeRefused:
    return ChangeRefused(
        f"no dead man can be armed on this ASA: {why}. If the controller died after the switch, nobody would return.",
        where=asa.name,
        todo="With somebody at the console who can type"
        f" `{bind_line(asa.old_trustpoint, asa.interface)}`: vpnphone_accept_no_dead_man: true.",
        code="no_dead_man",
    )


def _canary(journal: Journal, asa: AsaRenewal, sight: Sight, groups: tuple[str, ...], settings: Settings) -> str | None:
    if sight.state.sessions is None:
        raise unknown(sight.state, sessions_command(release(sight.state)))
    found = canary_of(
        journal,
        asa.name,
        phones_sessions(sight.state.sessions, groups),
        named=settings.canary,
        kept=canary_in(target_stage(journal, SWITCH, asa.name).plan),
    )
    if found is None and (settings.canary or not settings.accept_no_canary):
        raise no_canary(asa.name, settings.canary)
    return found


def _actions(
    asa: AsaRenewal, sight: Sight, settings: Settings, wanted: tuple[Wanted, ...], canary: str | None, *, armed: bool
) -> tuple[Action, ...]:
    back = bind_line(asa.old_trustpoint, asa.interface)
    bind = bind_line(asa.new_trustpoint, asa.interface)
    seconds = settings.countdown
    actions = []
    if armed:
        actions.append(
            Action(
                id=ARM,
                text=f"arm the device to bind {asa.old_trustpoint} again by itself after {seconds} s",
                commands=dead_man.applet_lines(back, seconds),
                undo=(dead_man.DISARM,),
            )
        )
    actions += [
        Action(
            id=BIND,
            text=f"bind {asa.new_trustpoint} to {asa.interface} in place of {asa.old_trustpoint}",
            commands=(bind,),
            undo=(back,),
        ),
        Action(
            id=PROBE,
            text="see that every offer of a phone is shown exactly the new certificate, else return",
            commands=tuple(one.command() for one in wanted),
        ),
    ]
    if canary:
        text = f"log {canary} off and see it come back within {settings.canary_timeout} s, else return"
        actions.append(Action(id=CANARY, text=text, commands=(logoff(canary),)))
    limits = settings.limits
    actions.append(
        Action(
            id=WATCH,
            text=f"watch for {settings.soak} s; return when more than {limits.lost} sessions of phones are lost or more"
            f" than {limits.alerts} handshakes of theirs fail",
            commands=(sessions_command(release(sight.state)), LOG),
        )
    )
    if armed:
        actions.append(Action(id=DISARM, text="take the dead man away", commands=(dead_man.DISARM,)))
    actions.append(Action(id=SAVE, text="save the configuration", commands=(_WRITE,)))
    if sight.state.failover is not None and sight.state.failover.enabled:
        actions.append(
            Action(id=MATE, text="see that the failover mate holds the new certificate", commands=(MATE_SHOW,))
        )
    return tuple(actions)


def logoff(user: str) -> str:
    return f"{_LOGOFF}{user} noconfirm"


def canary_in(plan: StagePlan | None) -> str:
    """The user that a plan logs off; "" where it does not."""
    for action in plan.actions if plan is not None else ():
        if action.id == CANARY and action.commands:
            return action.commands[0].removeprefix(_LOGOFF).removesuffix(" noconfirm")
    return ""


def wanted_in(plan: StagePlan | None) -> tuple[Wanted, ...]:
    """The handshakes that a plan makes."""
    return wanted_of(line for action in plan.actions if action.id == PROBE for line in action.commands) if plan else ()


# --- cut short --------------------------------------------------------------------------------------------------------


def was_returned(asa: AsaRenewal, found: TargetStage, sight: Sight) -> bool:
    """The stage had bound the new one, proven, and the old one stands again: the dead man, a reload, a person, or a
    return that was cut short itself.
    """
    if found.status != "running" or asa.bound == "unknown" or asa.bound_at is None:
        return False
    return is_one(bound(sight.state, asa.interface), asa.old_trustpoint)


def is_under_way(asa: AsaRenewal, found: TargetStage, sight: Sight) -> bool:
    """The approved plan goes on behind its bind: the device has the new one bound."""
    return (
        found.status in ("running", "done")
        and found.plan is not None
        and is_one(bound(sight.state, asa.interface), asa.new_trustpoint)
    )


def plan_left(asa: AsaRenewal, found: TargetStage, sight: Sight, settings: Settings) -> StagePlan:
    """What is left of the approved plan, by what the device shows; the actions are those that were approved.

    Nothing is watched again once that was done; until then the handshakes are seen anew, and the dead man gets the
    time that is still needed.
    """
    approved = found.plan or StagePlan(stage=SWITCH, target=asa.name)
    watched = found.status == "done" or WATCH in found.done
    left: set[str] = set()
    if not watched:
        left |= {PROBE, WATCH, DISARM, SAVE, MATE} | ({CANARY} - set(found.done))
        if not is_armed(asa, sight, time_needed(found, settings)):
            left.add(ARM)
    if sight.applet is not None:
        left |= {DISARM, SAVE}
    saved = is_one(bound_at_start(sight.state, asa.interface), asa.new_trustpoint)
    if not saved or any(is_ours(line, asa) for line in sight.unsaved):
        left.add(SAVE)
    if found.status != "done" and MATE not in found.done:
        left.add(MATE)
    return StagePlan(
        stage=SWITCH,
        target=asa.name,
        actions=tuple(action for action in approved.actions if action.id in left),
        facts=(f"bound to {asa.interface}: {asa.new_trustpoint}", *approved.facts),
        warnings=approved.warnings,
    )


def time_needed(found: TargetStage, settings: Settings) -> int:
    """Seconds that everything may take that waits and is still to be done."""
    canary = 0 if CANARY in found.done else settings.canary_timeout
    return canary + settings.soak + settings.margin // 2


def is_armed(asa: AsaRenewal, sight: Sight, seconds: int) -> bool:
    return sight.applet is not None and sight.applet.runs(bind_line(asa.old_trustpoint, asa.interface), seconds)


# --- rollback ---------------------------------------------------------------------------------------------------------


def plan_back(asa: AsaRenewal, sight: Sight, pair: Pair, wanted: tuple[Wanted, ...]) -> StagePlan:
    """The old one bound again, proven, saved. ChangeRefused plan_differs: the old trustpoint is not what it was."""
    state = sight.state
    facts: tuple[str, ...] = ()
    names = bound(state, asa.interface)
    actions: list[Action] = []
    back, forth = bind_line(asa.old_trustpoint, asa.interface), bind_line(asa.new_trustpoint, asa.interface)
    if not is_one(names, asa.old_trustpoint):
        facts = holdings(sight, asa, pair)
        text = f"bind {asa.old_trustpoint} to {asa.interface} in place of {' and '.join(names) or 'nothing'}"
        actions.append(Action(id=UNBIND, text=text, commands=(back,), undo=(forth,)))
        text = "see that every offer of a phone is shown exactly the old certificate"
        actions.append(Action(id=PROBE, text=text, commands=tuple(one.command() for one in wanted)))
    if sight.applet is not None:
        actions.append(Action(id=DISARM, text="take the dead man away", commands=(dead_man.DISARM,)))
    if not is_one(bound_at_start(state, asa.interface), asa.old_trustpoint) or any(
        dead_man.is_ours(line) for line in sight.unsaved if line.startswith("-")
    ):
        actions.append(Action(id=SAVE, text="save the configuration", commands=(_WRITE,)))
    return StagePlan(
        stage=SWITCH,
        target=asa.name,
        actions=tuple(actions),
        facts=(f"bound to {asa.interface}: {' and '.join(names) or 'nothing'}", *facts),
        warnings=other_bindings(state, asa),
    )
