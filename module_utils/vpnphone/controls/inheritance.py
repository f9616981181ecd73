"""Values that a phone gets from somewhere else than its own group-policy: inherited, or by a username (F-046)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..model import Evidence, Outcome, Status, TunnelGroup, UserAttributes, worst_status
from ..policy import DEFAULT_POLICY, Effective, effective, explicit, policy
from ..profiles import is_phone_user
from .base import Context, control
from .connection import (
    INHERITED,
    general_evidence,
    groups_or_unknown,
    no_profile,
    policy_name,
    quoted,
    typed,
)
from .facts import phone_tunnel_groups, quote
from .grouppolicy import APPROVE_FILTER, LOGINS, lock_line, policy_fix, protocol_line
from .policy_verdict import Verdict, group_lock, logins, protocol, split_tunnel, vpn_filter

# The four of the document, and the one phones need besides (F-049d).
ATTRIBUTES = ("vpn-simultaneous-logins", "vpn-tunnel-protocol", "group-lock", "vpn-filter", "split-tunnel-policy")


def verdict_of(context: Context, attribute: str, value: str, tunnel_group: str) -> Verdict:
    """What a value of one of ATTRIBUTES means for a phone of that tunnel-group."""
    match attribute:
        case "vpn-simultaneous-logins":
            return logins(value)
        case "vpn-tunnel-protocol":
            return protocol(value)
        case "group-lock":
            return group_lock(value, tunnel_group)
        case "vpn-filter":
            return vpn_filter(value, context.site.reviewed_vpn_filters)
        case "split-tunnel-policy":
            return split_tunnel(value)
    return Verdict("error", f"{attribute} is not judged")


@control(
    "VPNP-247",
    title="The phones' group-policy sets its values itself",
    severity="medium",
    features=("F-046", "F-049c"),
    section=INHERITED,
    rationale=(
        "What the phones' policy does not say comes from DfltGrpPolicy. The next change there, made for PC users, locks"
        " every phone out, although nobody touched the phones' policy. So a good inherited value is a finding too."
    ),
    remediation=(
        "Write the values into the phones' own group-policy: vpn-simultaneous-logins, vpn-tunnel-protocol, group-lock,"
        " vpn-filter, split-tunnel-policy.",
    ),
    needs=("tunnel_groups", "group_policies"),
)
def inherited(context: Context) -> Iterator[Outcome]:
    """Each of ATTRIBUTES is an explicit line of the phones' policy, which is not DfltGrpPolicy itself."""
    for group in groups_or_unknown(context):
        yield group if isinstance(group, Outcome) else _judge_group(context, group)


def _judge_group(context: Context, group: TunnelGroup) -> Outcome:
    name = policy_name(group)
    found = {attribute: effective(context.state, name, attribute) for attribute in ATTRIBUTES}
    standing = policy(context.state, name)
    lines = [f" {typed(f.spelled)} {f.value}" for f in found.values() if f.origin == "explicit"]
    shown = [f"group-policy {quoted(name)} attributes", *lines] if standing else []
    evidence = (general_evidence(context, group), quote(context.state, "group_policies", *shown))
    expected = f"explicit: {', '.join(ATTRIBUTES)}"
    if name != DEFAULT_POLICY and (standing is None or standing.kind == "external"):
        return Outcome(
            status="error",
            subject=group.name,
            message=f"UNKNOWN: {found[ATTRIBUTES[0]].reason} (see VPNP-241)",
            expected=expected,
            actual="the policy's lines are not known",
            evidence=evidence,
            fix=("PERSON: remedy VPNP-241 first.",),
        )
    own = name != DEFAULT_POLICY
    missing = {attribute: value for attribute, value in found.items() if not (own and value.own)}
    if not missing:
        return Outcome(
            status="pass",
            subject=group.name,
            message=f"group-policy {name} sets all of {', '.join(ATTRIBUTES)} itself",
            evidence=evidence,
        )
    listed = "; ".join(f"{attribute} = {value}" for attribute, value in missing.items())
    return Outcome(
        status="fail",
        subject=group.name,
        message=(
            f"group-policy {name} does not set itself: {', '.join(missing)}"
            if own
            else f"tunnel-group {group.name} has no group-policy of its own but uses {DEFAULT_POLICY}"
        ),
        expected=expected,
        actual=listed,
        evidence=evidence,
        fix=_block(context, group, missing),
    )


def _block(context: Context, group: TunnelGroup, missing: Mapping[str, Effective]) -> tuple[str, ...]:
    """The block of the document with today's good values, and the phones' ones where a value is bad or not known."""
    lines: list[str] = []
    approval: tuple[str, ...] = ()
    for attribute, found in missing.items():
        good = found.known and verdict_of(context, attribute, found.value or "", group.name).status == "pass"
        if attribute == "vpn-simultaneous-logins":
            lines.append(f"{attribute} {found.value if good else LOGINS}")
        elif attribute == "vpn-tunnel-protocol":
            lines.append(protocol_line(context, found))
        elif attribute == "group-lock":
            lines.append(lock_line(context, group))
        elif attribute == "vpn-filter":
            lines.append(f"{attribute} {found.value if good else 'none'}")
            approval = () if good else (APPROVE_FILTER,)
        else:
            lines.append(f"{attribute} tunnelall")
    return (*approval, *policy_fix(context, group, *lines))


@control(
    "VPNP-248",
    title="No username overrides the phones' group-policy",
    severity="high",
    features=("F-046", "F-047", "F-048", "F-049", "F-049b"),
    section=INHERITED,
    rationale=(
        "`username X attributes` wins over every group-policy. A lock, a filter or another policy there breaks a single"
        " phone while all others work."
    ),
    remediation=("Take the attribute from the user: `username X attributes` / `no <attribute>`.",),
    needs=("usernames", "tunnel_groups", "group_policies"),
)
def usernames(context: Context) -> Iterator[Outcome]:
    """Users that are phones by name or by a session, and, where phones log in by LOCAL AAA, any other as UNKNOWN."""
    groups = phone_tunnel_groups(context)
    if not groups:
        yield no_profile(context)
        return
    names = {group.name for group in groups}
    connected = {session.username for session in context.state.sessions or () if session.tunnel_group in names}
    local = any(_asks_local(group) for group in groups)
    judged = 0
    for user in context.state.usernames or ():
        if not any(explicit(user.values, attribute) for attribute in (*ATTRIBUTES, "vpn-group-policy")):
            continue
        phone = is_phone_user(user.name) or user.name in connected
        if not (phone or local):
            continue
        outcome = _judge_user(context, user, groups, phone)
        if phone or outcome.status != "pass":
            judged += 1
            yield outcome
    if not judged:
        yield Outcome(
            status="pass",
            message="no username of a phone has attributes that override the group-policy",
            evidence=(quote(context.state, "usernames"),),
        )


def _asks_local(group: TunnelGroup) -> bool:
    """The tunnel-group authenticates by AAA against the local usernames, which is the default."""
    servers = [server.upper() for server in group.authentication_server_groups]
    return (not group.authentication or "aaa" in group.authentication) and (not servers or "LOCAL" in servers)


def _judge_user(context: Context, user: UserAttributes, groups: tuple[TunnelGroup, ...], phone: bool) -> Outcome:
    # A user locked to one of the phones' tunnel-groups is judged there, not at the others.
    own = tuple(g for g in groups if group_lock(user.values.get("group-lock", "none"), g.name).status == "pass")
    bad: list[str] = []
    statuses: list[Status] = []
    remove: list[str] = []
    for group in own or groups:
        for attribute in ATTRIBUTES:
            found = effective(context.state, policy_name(group), attribute, user.name)
            same = effective(context.state, policy_name(group), attribute)
            if found == same:
                # Not the user's doing: the control of that attribute judges it.
                continue
            verdict = (
                verdict_of(context, attribute, found.value or "", group.name)
                if found.known
                else Verdict("error", found.reason)
            )
            if verdict.status != "pass":
                statuses.append(verdict.status)
                bad.append(f"{attribute} {found}: {verdict.text}")
                line = explicit(user.values, attribute)
                remove.append(f"no {line[0]}" if line else "no vpn-group-policy")
    status = worst_status(statuses) if statuses else "pass"
    if not phone and status == "fail":
        status = "error"
    evidence = (_user_evidence(context, user), general_evidence(context, (own or groups)[0]))
    if status == "pass":
        return Outcome(
            status="pass",
            subject=user.name,
            message=f"what username {user.name} overrides still lets the phone work",
            evidence=evidence,
        )
    text = "; ".join(dict.fromkeys(bad))
    return Outcome(
        status=status,
        subject=user.name,
        message=(
            f"{'UNKNOWN: ' if status == 'error' else ''}username {user.name} overrides the phones' group-policy: {text}"
            if phone
            else f"UNKNOWN: whether a phone logs in as {user.name}, which overrides the group-policy: {text}"
        ),
        expected="no override, or one that lets phones work",
        actual=text,
        evidence=evidence,
        fix=(
            *(() if phone else (f"PERSON: if {user.name} is no phone's user, waive this; else:",)),
            f"username {quoted(user.name)} attributes",
            *(f" {line}" for line in dict.fromkeys(remove)),
        ),
    )


def _user_evidence(context: Context, user: UserAttributes) -> Evidence:
    """The user's lines that matter; nothing else of a user is quoted."""
    lines = []
    for attribute in ("vpn-group-policy", *ATTRIBUTES):
        line = explicit(user.values, attribute)
        if line:
            lines.append(f" {line[0]} {line[1]}")
    return quote(context.state, "usernames", f"username {quoted(user.name)} attributes", *lines)
