"""The controls' own judgement, asked for a state: that of today, or the one a plan would make."""

from __future__ import annotations

from datetime import UTC, datetime

from ..controls.base import Context, judge
from ..controls.catalogue import all_controls
from ..controls.site import Site
from ..model import AsaState, Finding, ManualStep, Profile

_RULES = {rule.id: rule for rule in all_controls("asa")}
# Of a state without a time: nothing in it has expired.
_NEVER = datetime.min.replace(tzinfo=UTC)
BAD = ("fail", "error")


def judged(control: str, state: AsaState, tunnel_group: str, site: Site | None = None) -> Finding:
    """What one control says of a device whose phones use that tunnel-group."""
    profile = Profile(tunnel_group=tunnel_group, confidence="given", reason="named by the profile")
    return judge(_RULES[control], Context(state, site or Site(), (profile,), state.gathered_at or _NEVER))


def by_hand(finding: Finding) -> ManualStep | None:
    """What a person must do about a finding, with the control's own exact steps; None where nothing is wrong."""
    bad = [one for one in finding.outcomes if one.status in BAD]
    if not bad:
        return None
    return ManualStep(
        what=f"See to it by hand: {finding.title}",
        why=". ".join(dict.fromkeys(one.message for one in bad)),
        steps=tuple(dict.fromkeys(line.removeprefix("PERSON: ") for one in bad for line in one.fix)),
        controls=(finding.control,),
    )
