"""Local usernames that overrule the phones' group-policy, since what a username says wins (VPNP-248)."""

from __future__ import annotations

from ..controls import policy_verdict
from ..model import AsaState, DesiredGroupPolicy, ManualStep, TunnelGroup, UserAttributes
from ..policy import explicit
from ..profiles import is_phone_user

CONTROL = "VPNP-248"


def override_steps(
    state: AsaState, group: TunnelGroup, policy_name: str, wanted: DesiredGroupPolicy
) -> tuple[ManualStep, ...]:
    """One step a phone's username whose own lines would still keep it out, or give it another policy.

    Phones by their name alone: who is connected at the moment must not change a plan.
    """
    found = []
    for user in state.usernames or ():
        # The form of a phone's name also makes it safe to type.
        lines = _against(user, group.name, policy_name, wanted) if is_phone_user(user.name) else ()
        if lines:
            found.append(
                ManualStep(
                    what=f"username {user.name} no longer overrules group-policy {policy_name}",
                    why=f"what a username says wins over the group-policy: {', '.join(lines)}",
                    steps=(
                        "configure terminal",
                        f"username {user.name} attributes",
                        *(f" no {line}" for line in lines),
                        "end",
                        "write memory",
                    ),
                    controls=(CONTROL,),
                )
            )
    return tuple(found)


def _against(user: UserAttributes, tunnel_group: str, policy_name: str, wanted: DesiredGroupPolicy) -> tuple[str, ...]:
    """The attributes of a user, as spelled, that phones cannot do with."""
    reviewed = (wanted.vpn_filter,) if wanted.vpn_filter else ()
    judged = {
        "vpn-simultaneous-logins": policy_verdict.logins,
        "vpn-tunnel-protocol": policy_verdict.protocol,
        "group-lock": lambda value: policy_verdict.group_lock(value, tunnel_group),
        "vpn-filter": lambda value: policy_verdict.vpn_filter(value, reviewed),
        "split-tunnel-policy": policy_verdict.split_tunnel,
    }
    lines = []
    for attribute, judge in judged.items():
        line = explicit(user.values, attribute)
        if line is not None and judge(line[1]).status != "pass":
            lines.append(line[0])
    own = user.values.get("vpn-group-policy", policy_name)
    return (*lines, *(("vpn-group-policy",) if own.strip('"') != policy_name else ()))
