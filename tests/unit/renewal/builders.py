"""A small renewal: two ASAs, one cluster, three phones; tests change one thing of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.model.renewal import (
    Action,
    AsaRenewal,
    ClusterRenewal,
    Journal,
    PhoneRenewal,
    StageName,
    StagePlan,
    TargetStage,
)
from ansible.module_utils.vpnphone.renewal.gates import hashed
from ansible.module_utils.vpnphone.renewal.stages import SITE, needed_before, with_target_stage

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def asa(name: str, **changes: Any) -> AsaRenewal:
    values = {"name": name, "interface": "outside", "old_trustpoint": "OLD", "new_trustpoint": "NEW"}
    return AsaRenewal(**(values | changes))


def phone(name: str, **changes: Any) -> PhoneRenewal:
    return PhoneRenewal(**({"name": name, "cluster": "cucm-1", "asas": ("asa-1", "asa-2")} | changes))


def journal(**changes: Any) -> Journal:
    found = Journal(
        renewal="spring",
        created=NOW,
        asas={name: asa(name) for name in ("asa-1", "asa-2")},
        clusters={"cucm-1": ClusterRenewal(name="cucm-1")},
        phones={name: phone(name) for name in ("SEP001122334401", "SEP001122334402", "SEP001122334403")},
        preflight=TargetStage(status="done", at=NOW),
    )
    return msgspec.structs.replace(found, **changes)


def plan(stage: StageName, target: str, *ids: str, **changes: Any) -> StagePlan:
    actions = tuple(Action(id=one, text=f"Do {one}", commands=(f"do {one}",), undo=(f"no do {one}",)) for one in ids)
    return hashed(StagePlan(**({"stage": stage, "target": target, "actions": actions} | changes)))


def put(found: Journal, stage: StageName, target: str, status: str, **changes: Any) -> Journal:
    """The journal with that stage of that target at that status."""
    return with_target_stage(found, stage, target, TargetStage(**({"status": status, "at": NOW} | changes)))


def ready_for(stage: StageName, target: str, **changes: Any) -> Journal:
    """Everything before the stage is done for that target."""
    found = journal(**changes)
    for earlier, name in needed_before(found, stage, target):
        found = put(found, earlier, name, "done")
    return found


__all__ = ["NOW", "SITE", "asa", "journal", "phone", "plan", "put", "ready_for"]
