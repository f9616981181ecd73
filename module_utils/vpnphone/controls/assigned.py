"""The group-policy that phones get at login, where something beside the configuration may choose it (F-046, F-019)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Evidence, Outcome, Session, TunnelGroup, worst_status
from ..policy import effective, user_values
from ..profiles import is_phone_session
from .authentication import LOCAL, methods, server_groups
from .base import Context, control
from .connection import INHERITED, general_evidence, groups_or_unknown, policy_name
from .facts import quote
from .inheritance import ATTRIBUTES, verdict_of
from .policy_verdict import Verdict


@control(
    "VPNP-257",
    title="Phones get the group-policy that was judged",
    severity="medium",
    features=("F-046", "F-019"),
    section=INHERITED,
    rationale=(
        "A RADIUS or LDAP server may name another group-policy at login (attribute 25, Class), and that one counts, not"
        " the tunnel-group's. The configuration does not show it; the sessions of connected phones do."
    ),
    remediation=(
        "Compare `show vpn-sessiondb anyconnect` (Group Policy) with the tunnel-group's default-group-policy, and see"
        " what the AAA server returns for phones.",
    ),
    needs=("tunnel_groups", "group_policies"),
)
def assigned(context: Context) -> Iterator[Outcome]:
    """Another policy that connected phones show is judged by its own values; without a phone to show it, UNKNOWN."""
    for group in groups_or_unknown(context):
        yield group if isinstance(group, Outcome) else _judge(context, group)


def _judge(context: Context, group: TunnelGroup) -> Outcome:
    expected = f"group-policy {policy_name(group)}"
    phones = [
        session
        for session in context.state.sessions or ()
        if session.tunnel_group == group.name and session.group_policy and is_phone_session(session)
    ]
    others = [session for session in phones if session.group_policy != _configured(context, group, session)]
    evidence = (general_evidence(context, group), _shown(context, others or phones[:1]))
    if others:
        return _of_others(context, group, others, expected, evidence)
    if phones:
        return Outcome(
            status="pass",
            subject=group.name,
            message=f"{len(phones)} connected phones have it: {expected}",
            expected=expected,
            evidence=evidence,
        )
    servers = _choosers(group)
    if not servers:
        return Outcome(
            status="pass",
            subject=group.name,
            message=f"no AAA server takes part in the login of phones, so {expected} is theirs",
            expected=expected,
            evidence=evidence[:1],
        )
    seen = "no phone is connected" if context.state.sessions is not None else "the sessions were not learned"
    return Outcome(
        status="error",
        subject=group.name,
        message=f"UNKNOWN: whether {' or '.join(servers)} gives phones another group-policy at login; {seen}",
        expected=expected,
        actual="not shown by any session",
        evidence=evidence[:1],
        fix=("PERSON: see what the AAA server returns for phones (attribute 25, Class), or audit with one connected.",),
    )


def _configured(context: Context, group: TunnelGroup, session: Session) -> str:
    """The policy by the configuration alone; a local username's own one is judged by VPNP-248."""
    return user_values(context.state, session.username).get("vpn-group-policy") or policy_name(group)


def _choosers(group: TunnelGroup) -> tuple[str, ...]:
    """AAA server groups that are asked at the login and may answer with a policy; the local database is in sight."""
    asked = server_groups(group) if "aaa" in methods(group) else ()
    return tuple(name for name in dict.fromkeys((*asked, *group.authorization_server_groups)) if name.upper() != LOCAL)


def _shown(context: Context, sessions: list[Session]) -> Evidence:
    lines = [
        f"Username: {session.username}  Group Policy: {session.group_policy}  Tunnel Group: {session.tunnel_group}"
        for session in sessions[:5]
    ]
    return quote(context.state, "sessions", *lines)


def _of_others(
    context: Context, group: TunnelGroup, sessions: list[Session], expected: str, evidence: tuple[Evidence, ...]
) -> Outcome:
    names = sorted({session.group_policy for session in sessions})
    bad: list[str] = []
    verdicts: list[Verdict] = []
    for name in names:
        for attribute in ATTRIBUTES:
            found = effective(context.state, name, attribute)
            verdict = (
                verdict_of(context, attribute, found.value or "", group.name)
                if found.known
                else Verdict("error", found.reason)
            )
            if verdict.status != "pass":
                verdicts.append(verdict)
                bad.append(f"{name}: {attribute} {found}: {verdict.text}")
    status = worst_status([verdict.status for verdict in verdicts]) if verdicts else "pass"
    # By an AAA server; or the tunnel-group was changed since they logged in.
    text = f"{len(sessions)} connected phones have group-policy {', '.join(names)}, not {policy_name(group)}"
    judged = "; ".join(dict.fromkeys(bad)) or "its values let phones work too"
    return Outcome(
        status=status,
        subject=group.name,
        message=f"{'UNKNOWN: ' if status == 'error' else ''}{text}: {judged}",
        expected=f"{expected}, or another one that lets phones work",
        actual=", ".join(names),
        evidence=evidence,
        fix=()
        if status == "pass"
        else ("PERSON: let the AAA server return the phones' own group-policy, or correct the one it returns.",),
    )
