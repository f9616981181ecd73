"""The phones' group-policy: explicit values of its own, made where it is missing (F-046 to F-049d).

DfltGrpPolicy is never changed. A good value that is inherited is written down too: the next change of DfltGrpPolicy,
made for PC users, would else lock the phones out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..controls import policy_verdict
from ..controls.connection import policy_name
from ..controls.facts import release_at_least
from ..errors import BadInput, DeviceRefused
from ..model import AsaState, Desired, DesiredGroupPolicy, Step, TunnelGroup
from ..policy import DEFAULT_POLICY, Effective, effective, explicit, policy
from .area import AreaPlan
from .learned import require, required_release
from .names import check_name, check_words
from .tunnel_group import phones_group
from .usernames import override_steps

OWN_VALUES = "VPNP-247"
# Attribute -> control, in the order in which the lines are typed.
CONTROLS: dict[str, str] = {
    "vpn-simultaneous-logins": "VPNP-242",
    "vpn-tunnel-protocol": "VPNP-243",
    "group-lock": "VPNP-244",
    "vpn-filter": "VPNP-245",
    "split-tunnel-policy": "VPNP-246",
}
_NAMED = 5


class _Target(NamedTuple):
    """The policy that the values go into. moves: the tunnel-group names another one today."""

    name: str
    exists: bool
    moves: bool


def group_policy_plan(state: AsaState, desired: Desired) -> AreaPlan:
    """`group-policy X internal` where missing, its lines, and last the tunnel-group's line that names it.

    BadInput: group_policy_missing, group_policy_external, group_policy_shared, group_policy_locks_phones_out,
    name_refused. DeviceRefused: state_unknown.
    """
    wanted = desired.group_policy
    if wanted is None:
        return AreaPlan()
    require(state, "group_policies", "usernames")
    group = phones_group(state, desired)
    target = _target(state, group, wanted)
    hits = _hits(state, group, target)
    if wanted.group_lock not in ("", "none"):
        _refuse_shared_lock(state, group, target)
    lines = tuple(_line(state, target, attribute, value, hits) for attribute, value in _values(state, target, wanted))
    steps = (
        *_create(target),
        *(step for step in lines if step is not None),
        *_point(state, group, target, wanted),
    )
    return AreaPlan(steps=steps, manual=override_steps(state, group, target.name, wanted))


def _target(state: AsaState, group: TunnelGroup, wanted: DesiredGroupPolicy) -> _Target:
    name = wanted.name or policy_name(group)
    if name == DEFAULT_POLICY:
        raise BadInput(
            f"tunnel-group {group.name} uses {DEFAULT_POLICY}, which holds for everybody and is never changed.",
            where=f"{state.device}: profile.group_policy.name",
            todo=f"Name a group-policy of the phones' own, e.g. GroupPolicy_{group.name}; it is made where missing.",
            code="group_policy_missing",
        )
    check_name(name, "group-policy", state.device)
    standing = policy(state, name)
    if standing is not None and standing.kind == "external":
        raise BadInput(
            f"group-policy {name} is external: its attributes are on an AAA server, not on this device.",
            where=f"{state.device}: profile.group_policy.name",
            todo="Change it on the AAA server, or name an internal group-policy of the phones' own.",
            code="group_policy_external",
        )
    return _Target(name, standing is not None, policy_name(group) != name)


# --- who else uses it -----------------------------------------------------------------------------------------------


def _others(state: AsaState, group: TunnelGroup, target: _Target) -> tuple[str, ...]:
    """Other tunnel-groups with this policy, and local users who have it by vpn-group-policy."""
    groups = (
        f"tunnel-group {other.name}"
        for other in state.tunnel_groups or ()
        if other.name != group.name and policy_name(other) == target.name
    )
    users = (
        f"username {user.name}" for user in state.usernames or () if user.values.get("vpn-group-policy") == target.name
    )
    return (*groups, *users)


def _hits(state: AsaState, group: TunnelGroup, target: _Target) -> str:
    others = _others(state, group, target)
    if not others:
        return ""
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    return f"everyone else who gets group-policy {target.name}: {', '.join(others[:_NAMED])}{more}"


def _refuse_shared_lock(state: AsaState, group: TunnelGroup, target: _Target) -> None:
    groups = [name for name in _others(state, group, target) if name.startswith("tunnel-group ")]
    if groups:
        raise BadInput(
            f"a group-lock to {group.name} would refuse all who use group-policy {target.name} by {groups[0]!a}.",
            where=f"{state.device}: profile.group_policy.group_lock",
            todo="Set group_lock to none, or give the phones a group-policy of their own (profile.group_policy.name).",
            code="group_policy_shared",
        )


# --- lines ----------------------------------------------------------------------------------------------------------


def _values(state: AsaState, target: _Target, wanted: DesiredGroupPolicy) -> Iterator[tuple[str, str]]:
    """(attribute, value that its line must have), in the order in which they are typed."""
    if wanted.simultaneous_logins is not None:
        yield "vpn-simultaneous-logins", str(wanted.simultaneous_logins)
    if wanted.ssl_client:
        yield "vpn-tunnel-protocol", _protocols(state, target)
    for attribute, name in (("group-lock", wanted.group_lock), ("vpn-filter", wanted.vpn_filter)):
        if name:
            yield attribute, name if name == "none" else f"value {name}"
    if wanted.split_tunnel_policy:
        yield "split-tunnel-policy", wanted.split_tunnel_policy


def _protocols(state: AsaState, target: _Target) -> str:
    """The tokens that hold today with the phones' one: the command replaces the whole list."""
    found = _today(state, target, "vpn-tunnel-protocol")
    if found.value is None:
        raise DeviceRefused(
            f"which protocols hold today is not known, so none can be added: {found.reason}.",
            where=state.device,
            todo=f"Gather `show running-config all group-policy {DEFAULT_POLICY}`.",
            code="state_unknown",
        )
    tokens = found.value.split()
    if not any(token.lower() in policy_verdict.PHONE_PROTOCOLS for token in tokens):
        # ssl-client since 8.4; before, the word was svc.
        tokens.append("svc" if release_at_least(required_release(state), (8, 4)) is False else "ssl-client")
    return check_words(" ".join(tokens), "protocol", f"{state.device}: group-policy {target.name}")


def _today(state: AsaState, target: _Target, attribute: str) -> Effective:
    """What holds for sessions of the policy; one that is missing will inherit everything."""
    return effective(state, target.name if target.exists else DEFAULT_POLICY, attribute)


def _line(state: AsaState, target: _Target, attribute: str, value: str, hits: str) -> Step | None:
    """One line of the policy, None where it stands already; a value that is only inherited does not count."""
    standing = policy(state, target.name)
    own = explicit(standing.values, attribute) if standing is not None else None
    if own is not None and _same(own[1], value):
        return None
    today = _today(state, target, attribute)
    inverse = f"no {attribute}"
    if own is not None:
        inverse = f"{attribute} {check_words(own[1], attribute, f'{state.device}: group-policy {target.name}')}"
    same = today.value is not None and _same(today.value, value)
    return Step(
        area="group_policy",
        mode=(f"group-policy {target.name} attributes",),
        command=f"{attribute} {value}",
        inverse=(inverse,),
        controls=(*(() if same else (CONTROLS[attribute],)), *(() if own else (OWN_VALUES,))),
        hits="" if same else hits,
    )


def _same(standing: str, value: str) -> bool:
    return standing.replace('"', "") == value


def _create(target: _Target) -> Iterator[Step]:
    if not target.exists:
        yield Step(
            area="group_policy",
            command=f"group-policy {target.name} internal",
            inverse=(f"no group-policy {target.name}",),
            controls=("VPNP-241", OWN_VALUES),
        )


# --- the tunnel-group's line ----------------------------------------------------------------------------------------


def _point(state: AsaState, group: TunnelGroup, target: _Target, wanted: DesiredGroupPolicy) -> Iterator[Step]:
    """Last, so that phones never get a policy that is half made."""
    if not target.moves:
        return
    _refuse_lockout(state, group, target, wanted)
    old = group.default_group_policy
    lost = _lost(state, old, target)
    yield Step(
        area="group_policy",
        mode=(f"tunnel-group {group.name} general-attributes",),
        command=f"default-group-policy {target.name}",
        inverse=(
            f"default-group-policy {check_name(old, 'group-policy', state.device)}"
            if old
            else "no default-group-policy",
        ),
        controls=("VPNP-241", OWN_VALUES) if policy_name(group) == DEFAULT_POLICY else ("VPNP-241",),
        hits=f"the phones themselves: what {old} says of {', '.join(lost)} no longer holds for them" if lost else "",
    )


def _refuse_lockout(state: AsaState, group: TunnelGroup, target: _Target, wanted: DesiredGroupPolicy) -> None:
    """BadInput where what the profile leaves open would refuse every phone in the policy that they are moved to."""
    judges: dict[str, tuple[bool, Callable[[str], policy_verdict.Verdict]]] = {
        "vpn-simultaneous-logins": (wanted.simultaneous_logins is None, policy_verdict.logins),
        "vpn-tunnel-protocol": (not wanted.ssl_client, policy_verdict.protocol),
        "group-lock": (not wanted.group_lock, lambda value: policy_verdict.group_lock(value, group.name)),
    }
    for attribute, (is_open, judge) in judges.items():
        found = _today(state, target, attribute)
        if not is_open or found.value is None:
            continue
        verdict = judge(found.value)
        if verdict.status == "fail":
            raise BadInput(
                f"in group-policy {target.name} no phone would get in: {attribute} {found.value!a} ({found.origin}),"
                f" {verdict.text!a}.",
                where=f"{state.device}: profile.group_policy",
                todo="Give simultaneous_logins, ssl_client and group_lock in the profile, so that they are the policy's"
                " own.",
                code="group_policy_locks_phones_out",
            )


def _lost(state: AsaState, old: str, target: _Target) -> tuple[str, ...]:
    """Attributes that the policy of today says itself and the new one does not."""
    before = policy(state, old) if old and old != DEFAULT_POLICY else None
    after = policy(state, target.name)
    kept = after.values if after is not None else {}
    return tuple(sorted(name for name in before.values if name not in kept and name not in CONTROLS)) if before else ()
