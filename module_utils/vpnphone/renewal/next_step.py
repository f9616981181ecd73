"""What to do now: one sentence and the one command to type. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..controls.site_facts import names_of
from ..model.renewal import STAGES, Journal, StageName, StagePlan
from .gates import rollback_token, stage_token
from .stages import (
    Next,
    StageView,
    command,
    current,
    first_missing,
    later_done,
    stands,
    target_stage,
    targets,
)

CLOSE = "close"


def next_step(journal: Journal) -> Next:
    """Over all targets: the first stage that is not done decides."""
    if journal.closed is not None:
        return Next(None, f"This renewal is closed since {journal.closed:%Y-%m-%d %H:%M} UTC.")
    view = current(journal)
    if view is None:
        return Next(None, "Every stage is done: close the renewal, which writes its evidence.", command(journal, CLOSE))
    stage = view.stage
    if stage == "preflight":
        again = "It was no go: put right what it names, then" if view.status == "refused" else "First"
        return Next(stage, f"{again} look whether the renewal can go.", command(journal, stage))
    match view.status:
        case "returned" | "refused" | "rolled_back":
            return _ended(journal, view)
        case "running":
            return _running(journal, view)
        case "planned":
            return _planned(journal, view)
        case _:
            return _pending(journal, view)


def _ended(journal: Journal, view: StageView) -> Next:
    word = view.status.replace("_", " ")
    names = [name for name, found in view.targets if found.status == view.status]
    error = next((found.error for _, found in view.targets if found.status == view.status and found.error), {})
    why = f": {error.get('what', '')}" if error else "."
    todo = f" To do: {error['todo']}" if error.get("todo") else ""
    text = f"{view.stage} is {word} on {names_of(names)}{why}{todo} Then plan it again, which changes nothing:"
    return Next(view.stage, text, command(journal, view.stage, "--check"))


def _running(journal: Journal, view: StageView) -> Next:
    names = [name for name, found in view.targets if found.status == "running"]
    unsigned = [name for name in names if name in journal.asas and _waits_for_ca(journal, name)]
    if view.stage == "certificate" and unsigned:
        text = (
            f"Have the requests of {names_of(unsigned)} signed (files/<ASA>.csr in the renewal's directory), put each"
            " certificate there as files/<ASA>.pem, with its chain, then:"
        )
        return Next(view.stage, text, command(journal, view.stage))
    text = f"{view.stage} is on its way on {names_of(names)}, or was cut short there. It goes on with what is left:"
    return Next(view.stage, text, command(journal, view.stage))


def _waits_for_ca(journal: Journal, name: str) -> bool:
    asa = journal.asas[name]
    return bool(asa.csr) and asa.new is None


def _planned(journal: Journal, view: StageView) -> Next:
    plans = [found.plan for _, found in view.targets if found.status == "planned" and found.plan is not None]
    number = sum(len(plan.actions) for plan in plans)
    if not number:
        text = f"{view.stage} finds nothing left to do; let it say so:"
        return Next(view.stage, text, command(journal, view.stage))
    steps = f"{number} step{'' if number == 1 else 's'}"
    text = f"{view.stage} is planned: {steps}. Look at the plan, then approve it with your name:"
    return Next(view.stage, text, command(journal, view.stage, approval=stage_token(journal, view.stage)))


def _pending(journal: Journal, view: StageView) -> Next:
    ready = [
        name
        for name, found in view.targets
        if found.status == "pending" and first_missing(journal, view.stage, name) is None
    ]
    if not ready and any(found.status == "planned" for _, found in view.targets):
        # In clean-up the ASAs come behind their clusters, and cannot be planned before.
        return _planned(journal, view)
    text = f"Plan {view.stage}, which changes nothing:"
    if view.stage == "switch" and not journal.pinned_ca:
        unready = [name for name, phone in sorted(journal.phones.items()) if phone.proof not in ("proven", "waived")]
        if unready:
            # Else a gate that stays closed is all that this line leads to.
            text = (
                f"{len(unready)} of {len(journal.phones)} phones not proven: {names_of(unready)}. The switch stays"
                " closed until each is (apply again, once it is there), or is waived by name (waive). " + text
            )
    # Never on some of the hosts alone: phones are judged by all that is gathered in the same run.
    return Next(view.stage, text, command(journal, view.stage, "--check"))


# --- taking back ------------------------------------------------------------------------------------------------------


class TakeBack(NamedTuple):
    """One stage that can be taken back, the last one first. first: it is this one's turn.

    line: what to type; "" where no playbook does it.
    """

    stage: StageName
    targets: tuple[str, ...]
    commands: tuple[str, ...]
    note: str
    line: str
    first: bool


_NOTES: dict[StageName, str] = {
    "switch": "The old trustpoint is bound again: phones that hold its hash come back by themselves.",
    "gateway": "The gateways have their old list again; phones hold the new one until Apply Config.",
    "trust": "What this renewal put into Phone-VPN-trust goes; the old certificate stays.",
    "certificate": "The new trustpoint and its key go; the bound one is not touched.",
    "cleanup": "No playbook puts back what was taken away, and phones may hold the new certificate alone: nothing"
    " before it can be taken back without locking them out. Go on to its end.",
}


def take_back(journal: Journal) -> tuple[TakeBack, ...]:
    """Every stage that stands in whole or part and can be taken back, in the order in which that must be done."""
    found = []
    for stage in reversed(STAGES):
        if stage not in _NOTES:
            continue
        standing = [
            (name, one)
            for name in targets(journal, stage)
            if (one := target_stage(journal, stage, name)).status in ("refused", "returned")
            or stands(journal, stage, name)
        ]
        if not standing:
            continue
        names = tuple(name for name, _ in standing)
        undo = [line for name, one in standing if one.plan is not None for line in _undo(name, one.plan, one.done)]
        if stage == "certificate":
            undo += _keys(journal, names)
        free = all(later_done(journal, stage, name) is None for name in names)
        line = ""
        if stage != "cleanup":
            token = rollback_token(journal, stage)
            line = command(journal, "rollback", "-e", f"vpnphone_rollback={stage}", approval=token)
        found.append(TakeBack(stage, names, tuple(undo), _NOTES[stage], line, free))
    return tuple(found)


def _keys(journal: Journal, names: Iterable[str]) -> list[str]:
    """Of a plan of their own, which that of the import has taken the place of."""
    made = [(name, one) for name in names if name in journal.asas for one in journal.asas[name].made]
    return [f"{name}: destroy the key {one.removeprefix('key:')}" for name, one in made if one.startswith("key:")]


def _undo(name: str, plan: StagePlan, done: tuple[str, ...]) -> list[str]:
    """The inverse of what is proven done, last first; of a stage without such a proof, of all of it."""
    actions = [action for action in plan.actions if action.id in done] or list(plan.actions)
    return [f"{name}: {line}" for action in reversed(actions) for line in action.undo]
