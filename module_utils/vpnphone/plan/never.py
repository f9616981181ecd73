"""What keeps phones out and is never changed automatically, since all other users depend on it: a person's work."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..controls.connection import policy_name
from ..controls.csd import WITHOUT_CSD_SINCE
from ..controls.facts import release, release_at_least
from ..controls.site import Site
from ..model import AsaState, Desired, DesiredGroupPolicy, GroupPolicy, ManualStep
from ..policy import DEFAULT_POLICY, INHERITED, effective, policy
from .area import AreaPlan
from .judged import BAD, by_hand, judged

# Attribute, the control that judges its value, and the profile's option that makes it the phones' own ("": none does).
_INHERITABLE: tuple[tuple[str, str, str], ...] = (
    ("vpn-simultaneous-logins", "VPNP-242", "simultaneous_logins"),
    ("vpn-tunnel-protocol", "VPNP-243", "ssl_client"),
    ("group-lock", "VPNP-244", "group_lock"),
    ("vpn-filter", "VPNP-245", "vpn_filter"),
    ("split-tunnel-policy", "VPNP-246", "split_tunnel_policy"),
    ("vpn-session-timeout", "VPNP-250", ""),
    ("vpn-access-hours", "VPNP-250", ""),
)


def never_plan(state: AsaState, desired: Desired) -> AreaPlan:
    """Manual steps alone: load balancing, CSD before 8.2, and what phones would still inherit from DfltGrpPolicy."""
    return AreaPlan(
        manual=(
            *_load_balancing(state, desired),
            *_csd(state, desired),
            *_inherited(_with_policy(state, desired), desired),
        )
    )


def _load_balancing(state: AsaState, desired: Desired) -> Iterator[ManualStep]:
    """The URL that the phones dial must be the box's own (VPNP-214); the cluster stays as it is."""
    url = desired.tunnel_group.group_url if desired.tunnel_group else ""
    step = by_hand(judged("VPNP-214", state, desired.tunnel_group_name, Site(gateway_urls=(url,) if url else ())))
    if step is not None:
        yield step


def _csd(state: AsaState, desired: Desired) -> Iterator[ManualStep]:
    """Before 8.2 no tunnel-group can be left out of CSD: it is on for everybody, or off (F-036)."""
    if release_at_least(release(state), WITHOUT_CSD_SINCE) is not False or state.webvpn is None:
        return
    step = by_hand(judged("VPNP-221", state, desired.tunnel_group_name))
    if step is None:
        return
    line = state.webvpn.csd_line or "csd enable"
    yield msgspec.structs.replace(
        step,
        what="Upgrade to 8.2 or later, where `without-csd` leaves phones out of CSD, or switch CSD off for everybody",
        steps=(
            "approve first: from then on no PC user of this ASA is checked, a loss of security",
            "configure terminal",
            "webvpn",
            f" no {line}",
            "end",
            "gather again: VPNP-221 must pass; then: write memory",
            f"the way back: configure terminal, webvpn, {line}, end",
        ),
    )


# --- DfltGrpPolicy --------------------------------------------------------------------------------------------------


def _with_policy(state: AsaState, desired: Desired) -> AsaState:
    """The state with the group-policy that the profile gives to the phones, without its lines."""
    wanted = desired.group_policy.name if desired.group_policy else ""
    if not wanted or state.tunnel_groups is None or state.group_policies is None:
        return state
    groups = tuple(
        msgspec.structs.replace(group, default_group_policy=wanted)
        if group.name == desired.tunnel_group_name
        else group
        for group in state.tunnel_groups
    )
    made = () if policy(state, wanted) else (GroupPolicy(name=wanted, kind="internal"),)
    return msgspec.structs.replace(state, tunnel_groups=groups, group_policies=(*state.group_policies, *made))


def _inherited(state: AsaState, desired: Desired) -> Iterator[ManualStep]:
    """Values of DfltGrpPolicy that keep phones out, where the phones get them and the profile leaves them alone."""
    group = next((found for found in state.tunnel_groups or () if found.name == desired.tunnel_group_name), None)
    if group is None:
        return
    name = policy_name(group)
    wanted = desired.group_policy or DesiredGroupPolicy()
    for attribute, control, option in _INHERITABLE:
        own = bool(option) and getattr(wanted, option) not in (None, "")
        found = effective(state, name, attribute)
        if own or not found.known or not (name == DEFAULT_POLICY or found.origin == INHERITED):
            continue
        finding = judged(control, state, group.name)
        # One control may judge several attributes.
        bad = tuple(one for one in finding.outcomes if one.status in BAD and one.actual.startswith(f"{attribute} "))
        step = by_hand(msgspec.structs.replace(finding, outcomes=bad))
        if step is None:
            continue
        better = f"set profile.group_policy.{option} and run again; or " if option else ""
        yield msgspec.structs.replace(
            step,
            what=f"Give the phones' own group-policy its {attribute}; {DEFAULT_POLICY} stays as it is",
            why=f"{step.why}. {DEFAULT_POLICY} holds for everybody and is never changed here",
            steps=(f"{better}type it yourself:", *step.steps),
        )
