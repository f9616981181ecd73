"""The group-policy of the phones: the values a phone really gets, and where they come from (F-046 to F-049d, F-098)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ..model import Outcome, TunnelGroup
from ..policy import DEFAULT_POLICY, Effective, effective, policy
from .base import Context, control
from .connection import (
    INHERITED,
    effective_evidence,
    general_evidence,
    groups_or_unknown,
    policy_name,
    protocol_word,
    quoted,
    typed,
)
from .facts import phone_tunnel_groups, quote
from .policy_verdict import (
    PHONE_PROTOCOLS,
    Verdict,
    access_hours,
    group_lock,
    logins,
    mtu,
    protocol,
    session_timeout,
    split_tunnel,
    vpn_filter,
)

ANYCONNECT_MTU = "webvpn anyconnect mtu"
# What the document's own fix sets; kept where a person must choose nothing.
LOGINS = "3"
APPROVE_FILTER = (
    "PERSON: approve first: `vpn-filter none` takes the access-list from every session of this policy; it must let"
    " CUCM, TFTP (69, 6970) and media through if it stays."
)


def target_policy(group: TunnelGroup) -> str:
    """The policy a fix goes into: the phones' own, and a new one where they use DfltGrpPolicy, which stays as it is."""
    name = policy_name(group)
    return f"GroupPolicy_{group.name}" if name == DEFAULT_POLICY else name


def others_of(context: Context, group: TunnelGroup) -> tuple[str, ...]:
    """Other tunnel-groups that use the policy a fix goes into, which changes it for them too."""
    name = target_policy(group)
    return tuple(
        other.name
        for other in context.state.tunnel_groups or ()
        if other.name != group.name and policy_name(other) == name
    )


def policy_fix(context: Context, group: TunnelGroup, *lines: str) -> tuple[str, ...]:
    """Commands that put lines into the phones' policy, in order; `internal` first where it is missing (F-049c).

    Lines that start with `webvpn ` go into its nested webvpn block. DfltGrpPolicy is never touched, and an external
    policy takes no lines.
    """
    name = target_policy(group)
    standing = policy(context.state, name)
    if standing and standing.kind == "external":
        return ("PERSON: remedy VPNP-241 first: an external group-policy has no lines on the device.",)
    nested = [typed(line) for line in lines if line.startswith("webvpn ")]
    plain = [line for line in lines if not line.startswith("webvpn ")]
    shared = others_of(context, group)
    warning = f"PERSON: group-policy {name} also serves tunnel-group {', '.join(shared)}: this changes it there too."
    return (
        *((warning,) if shared else ()),
        *(() if standing else (f"group-policy {quoted(name)} internal",)),
        f"group-policy {quoted(name)} attributes",
        *(f" {line}" for line in plain),
        *((" webvpn", *(f"  {line}" for line in nested)) if nested else ()),
        *_point_to(group, name),
    )


def _point_to(group: TunnelGroup, name: str) -> tuple[str, ...]:
    """The tunnel-group's line for a policy that it does not use yet."""
    if policy_name(group) == name:
        return ()
    return (f"tunnel-group {quoted(group.name)} general-attributes", f" default-group-policy {quoted(name)}")


def protocol_line(context: Context, found: Effective) -> str:
    """vpn-tunnel-protocol with every token that is there today, and the phones' one; the command replaces the list."""
    tokens = (found.value or "").split()
    if not any(token.lower() in PHONE_PROTOCOLS for token in tokens):
        tokens.append(protocol_word(context))
    return f"vpn-tunnel-protocol {' '.join(tokens)}"


def judge_attribute(
    context: Context,
    attribute: str,
    expected: str,
    decide: Callable[[TunnelGroup, Effective], Verdict],
    fix: Callable[[TunnelGroup, Effective], tuple[str, ...]],
) -> Iterator[Outcome]:
    """One outcome for each of the phones' tunnel-groups: the effective value, its origin, and the verdict."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
            continue
        found = effective(context.state, policy_name(group), attribute)
        shown = typed(found.spelled or attribute)
        verdict = decide(group, found) if found.known else Verdict("error", found.reason)
        unknown = "UNKNOWN: " if verdict.status == "error" else ""
        origin = f" ({found.origin})" if found.known else ""
        yield Outcome(
            status=verdict.status,
            subject=group.name,
            message=f"{unknown}{shown} of {policy_name(group)}{origin}: {verdict.text}",
            expected=expected,
            actual=f"{shown} {found}",
            evidence=effective_evidence(context, group, found),
            fix=() if verdict.status == "pass" else fix(group, found),
        )


@control(
    "VPNP-241",
    title="The phones' group-policy is on the device",
    severity="high",
    features=("F-046",),
    section=INHERITED,
    rationale=(
        "Every value a phone gets comes from the group-policy of its tunnel-group. A policy that is missing, or whose"
        " attributes live on an AAA server, cannot be judged from the configuration."
    ),
    remediation=("Point `default-group-policy` of the phones' tunnel-group to an internal group-policy of their own.",),
    needs=("tunnel_groups", "group_policies"),
)
def exists(context: Context) -> Iterator[Outcome]:
    """default-group-policy names an internal policy; none at all means DfltGrpPolicy (see VPNP-247)."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
            continue
        name = policy_name(group)
        found = policy(context.state, name)
        kind = found.kind if found else ""
        header = [f"group-policy {quoted(name)} {kind}".rstrip()] if found else []
        evidence = (general_evidence(context, group), quote(context.state, "group_policies", *header))
        if name == DEFAULT_POLICY or (found and kind != "external"):
            yield Outcome(
                status="pass",
                subject=group.name,
                message=f"tunnel-group {group.name} uses group-policy {name}",
                evidence=evidence,
            )
            continue
        external = kind == "external"
        yield Outcome(
            status="error" if external else "fail",
            subject=group.name,
            message=(
                f"UNKNOWN: group-policy {name} is external: its attributes are on an AAA server"
                if external
                else f"group-policy {name} of tunnel-group {group.name} is not on the device"
            ),
            expected=f"group-policy {quoted(name)} internal",
            actual="external" if external else "no such group-policy",
            evidence=evidence,
            fix=(
                ("PERSON: judge the policy on the AAA server, or give the phones an internal group-policy.",)
                if external
                else (f"group-policy {quoted(name)} internal",)
            ),
        )


@control(
    "VPNP-242",
    title="vpn-simultaneous-logins lets phones in",
    severity="critical",
    features=("F-047", "F-046", "F-049c"),
    section=INHERITED,
    rationale="DfltGrpPolicy often has 0, so that nobody connects by accident; a phone's policy inherits it.",
    remediation=("`vpn-simultaneous-logins 3` in the phones' own group-policy, never in DfltGrpPolicy.",),
    needs=("tunnel_groups", "group_policies"),
)
def simultaneous_logins(context: Context) -> Iterator[Outcome]:
    """The effective value is a number above 0."""
    yield from judge_attribute(
        context,
        "vpn-simultaneous-logins",
        "1 or more",
        lambda group, found: logins(found.value or ""),
        lambda group, found: policy_fix(context, group, f"vpn-simultaneous-logins {LOGINS}"),
    )


@control(
    "VPNP-243",
    title="vpn-tunnel-protocol allows the AnyConnect client",
    severity="critical",
    features=("F-048", "F-046", "F-049c"),
    section=INHERITED,
    rationale="A phone is an SSL VPN client: without ssl-client (svc before 8.4) its session is refused.",
    remediation=(
        "`vpn-tunnel-protocol <the tokens of today> ssl-client` in the phones' own group-policy; the command replaces"
        " the whole list.",
    ),
    needs=("tunnel_groups", "group_policies"),
)
def tunnel_protocol(context: Context) -> Iterator[Outcome]:
    """The effective list has ssl-client or svc."""
    yield from judge_attribute(
        context,
        "vpn-tunnel-protocol",
        f"a list with {' or '.join(PHONE_PROTOCOLS)}",
        lambda group, found: protocol(found.value or ""),
        lambda group, found: policy_fix(context, group, protocol_line(context, found)),
    )


@control(
    "VPNP-244",
    title="group-lock does not keep the phones out",
    severity="critical",
    features=("F-049", "F-046", "F-049c"),
    section=INHERITED,
    rationale=(
        "A policy that is locked to another tunnel-group refuses every phone (113040). The value is often inherited."
    ),
    remediation=("`group-lock value <the phones' tunnel-group>` in the phones' own group-policy.",),
    needs=("tunnel_groups", "group_policies"),
)
def lock(context: Context) -> Iterator[Outcome]:
    """none, or the phones' own tunnel-group; a policy shared by tunnel-groups can only have none."""
    yield from judge_attribute(
        context,
        "group-lock",
        "none, or the phones' tunnel-group",
        lambda group, found: group_lock(found.value or "", group.name),
        lambda group, found: policy_fix(context, group, lock_line(context, group)),
    )


def lock_line(context: Context, group: TunnelGroup) -> str:
    """A lock to the phones' tunnel-group; none where the policy also serves others, which a lock would keep out."""
    return "group-lock none" if others_of(context, group) else f"group-lock value {quoted(group.name)}"


@control(
    "VPNP-245",
    title="vpn-filter lets the phones' traffic through",
    severity="high",
    features=("F-049b", "F-046", "F-049c"),
    section=INHERITED,
    rationale=(
        "An access-list inherited from DfltGrpPolicy was written for PC users: the phone connects, and then reaches"
        " neither CUCM, TFTP (69, 6970) nor the media of a call."
    ),
    remediation=(
        "`vpn-filter none` in the phones' own group-policy, after approval; or read the ACL and name it in"
        " `vpnphone_reviewed_vpn_filters`.",
    ),
    needs=("tunnel_groups", "group_policies"),
)
def filtered(context: Context) -> Iterator[Outcome]:
    """none or a reviewed ACL passes; an inherited ACL fails; an ACL of the policy's own needs a person."""

    def decide(group: TunnelGroup, found: Effective) -> Verdict:
        verdict = vpn_filter(found.value or "", context.site.reviewed_vpn_filters)
        readable = (found.value or "").startswith("value ")
        if verdict.status == "error" and readable and not found.own:
            return Verdict("fail", f"`{found.value}` is inherited, and nobody reviewed it for phones")
        return verdict

    yield from judge_attribute(
        context,
        "vpn-filter",
        "none, or an ACL named in vpnphone_reviewed_vpn_filters",
        decide,
        lambda group, found: (
            "PERSON: read the ACL; if it lets CUCM, TFTP and media through, name it in vpnphone_reviewed_vpn_filters."
            " If not:",
            APPROVE_FILTER,
            *policy_fix(context, group, "vpn-filter none"),
        ),
    )


@control(
    "VPNP-246",
    title="The phones' traffic is not split",
    severity="high",
    features=("F-049d", "F-046"),
    section=INHERITED,
    rationale="Phones do not support split tunnelling: all of their traffic must go into the tunnel.",
    remediation=("`split-tunnel-policy tunnelall` in the phones' own group-policy.",),
    needs=("tunnel_groups", "group_policies"),
)
def split(context: Context) -> Iterator[Outcome]:
    """The effective split-tunnel-policy is tunnelall."""
    yield from judge_attribute(
        context,
        "split-tunnel-policy",
        "tunnelall",
        lambda group, found: split_tunnel(found.value or ""),
        lambda group, found: policy_fix(context, group, "split-tunnel-policy tunnelall"),
    )


@control(
    "VPNP-249",
    title="The MTU of the tunnel suits phones",
    severity="low",
    features=("F-098",),
    section=INHERITED,
    rationale="Phones take an MTU of 256 to 1406; beyond that packets are lost on the way, and calls are choppy.",
    remediation=("`anyconnect mtu 1290` (`svc mtu` before 8.4) below webvpn of the phones' own group-policy.",),
    needs=("tunnel_groups", "group_policies"),
)
def tunnel_mtu(context: Context) -> Iterator[Outcome]:
    """The effective anyconnect mtu (svc mtu) is within the range."""
    yield from judge_attribute(
        context,
        ANYCONNECT_MTU,
        "256 to 1406",
        lambda group, found: mtu(found.value or ""),
        lambda group, found: policy_fix(context, group, found.spelled + " 1290" if found.spelled else _mtu(context)),
    )


def _mtu(context: Context) -> str:
    return f"webvpn {'svc' if protocol_word(context) == 'svc' else 'anyconnect'} mtu 1290"


@control(
    "VPNP-250",
    title="No timer or time-range cuts the phones off",
    severity="low",
    features=("F-046",),
    section=INHERITED,
    rationale=(
        "vpn-session-timeout ends a call in the middle; vpn-access-hours keeps phones out at night. Both are often set"
        " in DfltGrpPolicy for PC users."
    ),
    remediation=("`vpn-session-timeout none` and `vpn-access-hours none` in the phones' own group-policy.",),
    needs=("tunnel_groups", "group_policies"),
)
def timers(context: Context) -> Iterator[Outcome]:
    """vpn-session-timeout and vpn-access-hours are none."""
    yield from judge_attribute(
        context,
        "vpn-session-timeout",
        "none",
        lambda group, found: session_timeout(found.value or ""),
        lambda group, found: policy_fix(context, group, "vpn-session-timeout none"),
    )
    if phone_tunnel_groups(context):
        yield from judge_attribute(
            context,
            "vpn-access-hours",
            "none",
            lambda group, found: access_hours(found.value or ""),
            lambda group, found: policy_fix(context, group, "vpn-access-hours none"),
        )
