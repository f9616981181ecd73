"""What rested on a stage that was taken back, and is read or proven anew after it was done again. Pure."""

from __future__ import annotations

import msgspec

from ..model.renewal import STAGES, Journal, PhoneCleanup, PhoneRenewal, StageName, TargetStage
from .stages import needed_before, target_stage, targets, with_target_stage

# These are not taken back themselves: the one only reads, and phones keep what they fetched.
_RESTING: tuple[StageName, ...] = ("export", "apply")


def forget(journal: Journal, stage: StageName, target: str) -> Journal:
    """Export and apply that rested on it are pending again, and no phone of theirs is proven; waivers stay.

    A certificate made anew has another hash: what was compared and proven for the one before says nothing of it.
    """
    for later in _RESTING:
        if STAGES.index(later) <= STAGES.index(stage):
            continue
        for name in targets(journal, later):
            if (stage, target) not in needed_before(journal, later, name):
                continue
            if target_stage(journal, later, name).status != "pending":
                journal = with_target_stage(journal, later, name, TargetStage())
            if later == "apply":
                phones = {key: _anew(one) if one.cluster == name else one for key, one in journal.phones.items()}
                journal = msgspec.structs.replace(journal, phones=phones)
    return journal


def _anew(phone: PhoneRenewal) -> PhoneRenewal:
    changed: dict[str, object] = {"wave": None, "applied_at": None, "proven_at": None, "cleanup": PhoneCleanup()}
    if phone.proof != "waived":
        changed |= {"proof": "unproven", "reason": ""}
    return msgspec.structs.replace(phone, **changed)
