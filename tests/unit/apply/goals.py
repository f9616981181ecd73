"""What both plans of the engine's tests lead to, and whether a change told the truth."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.vpnphone.model import Change

from tests.unit.apply.kit import FRESH, PROFILE, Asa, change, planner

PAIR: dict[str, Any] = {"failover": {"unit": "primary", "state": "active"}}


def planned(profile: dict[str, Any], **more: Any) -> Change:
    return change(Asa(**more), planned=planner(profile), check=True)


# Made once: the commands of both plans, and the configuration that they lead to.
COUNT = {name: len(planned(profile).plan.steps) for name, profile in (("broken", PROFILE), ("fresh", FRESH))}
EVERY = [(name, index) for name, count in COUNT.items() for index in range(count)]
PROFILES = {"broken": PROFILE, "fresh": FRESH}


def goal(name: str) -> list[str]:
    asa = Asa()
    assert change(asa, planned=planner(PROFILES[name])).outcome == "applied"
    return asa.running


GOALS = {name: goal(name) for name in PROFILES}
OLD = Asa().running


def verdicts(made: Change, purpose: str) -> list[str]:
    return [item.verdict for item in made.sent if item.purpose == purpose]


def truth(asa: Asa, made: Change, name: str) -> None:
    """What the change says stands is what the device holds."""
    if made.outcome == "rolled_back":
        assert asa.running == OLD
    elif made.outcome in ("applied", "nothing_to_do"):
        assert asa.running == GOALS[name]
    else:
        asa.on_dial = []
        left = change(asa, planned=planner(PROFILES[name]), check=True).plan
        missing = {(step.mode, step.command) for step in left.steps}
        for item in made.standing:
            assert item.stands in (None, (item.mode, item.command) not in missing), item
