"""Is it known which tunnel-group (connection profile) the phones use, is it there, and can it carry them?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from ..model import Outcome, TunnelGroup
from ..profiles import DEFAULT_REMOTE_ACCESS, accepts_clients
from .base import Context, control
from .connection import CSD, ROOT_CONTROL, ROOT_SEVERITY, SET_TUNNEL_GROUPS, general_evidence, groups_or_unknown, quoted
from .facts import quote


def _candidates(context: Context) -> tuple[str, ...]:
    """The tunnel-groups that could be the phones', by name."""
    groups = context.state.tunnel_groups or ()
    return tuple(sorted(group.name for group in groups if accepts_clients(group)))


@control(
    ROOT_CONTROL,
    title="The phones' tunnel-group is known",
    severity=ROOT_SEVERITY,
    features=("F-025", "F-046"),
    section=CSD,
    rationale=(
        "Nearly every rule of the document is about the tunnel-group (connection profile) the phones arrive at. Judging"
        " the wrong one gives a green report and a dead phone."
    ),
    remediation=(
        "Set `vpnphone_tunnel_groups` to the name behind `tunnel-group` that the phones use.",
        "If the device serves no phones, take it out of the audited group.",
    ),
    needs=("tunnel_groups",),
)
def known(context: Context) -> Iterator[Outcome]:
    """given, sessions and likely are good enough to judge; a guess by name and nothing at all are not."""
    candidates = _candidates(context)
    shown = quote(context.state, "tunnel_groups", *(f"tunnel-group {quoted(name)}" for name in candidates))
    for profile in context.profiles:
        sure = profile.confidence != "guess"
        yield Outcome(
            status="pass" if sure else "error",
            subject=profile.tunnel_group,
            message=(
                f"the phones use tunnel-group {profile.tunnel_group}: {profile.reason}"
                if sure
                else f"UNKNOWN: tunnel-group {profile.tunnel_group} is only a guess: {profile.reason}"
            ),
            expected="a tunnel-group named by the site, used by phones, or with their lines",
            actual=f"{profile.confidence}: {profile.reason}",
            evidence=(shown,),
            fix=() if sure else (SET_TUNNEL_GROUPS,),
        )
    if not context.profiles:
        given = ", ".join(context.site.tunnel_groups)
        yield Outcome(
            status="error",
            message=(
                f"UNKNOWN: none of the tunnel-groups given is on this device: {given}"
                if given
                else "UNKNOWN: no tunnel-group is named for the phones, and none looks like theirs"
            ),
            expected="a tunnel-group of the phones",
            actual=f"remote-access tunnel-groups here: {', '.join(candidates) or 'none'}",
            evidence=(shown,),
            fix=(SET_TUNNEL_GROUPS, "PERSON: if no phones arrive at this device, take it out of the audited group."),
        )


def _not_given(context: Context) -> str:
    return "" if context.site.tunnel_groups else "no tunnel-group was given (vpnphone_tunnel_groups)"


@control(
    "VPNP-202",
    title="Every tunnel-group given for the phones exists",
    severity="critical",
    features=("F-025",),
    section=CSD,
    rationale="A tunnel-group that is not on the device cannot be reached: every phone sent there is locked out.",
    remediation=(
        "Correct the name in `vpnphone_tunnel_groups` (case counts), or create the tunnel-group as Cisco document"
        " 115785 shows.",
    ),
    needs=("tunnel_groups",),
    applies=_not_given,
)
def exists(context: Context) -> Iterator[Outcome]:
    """Each name of site.tunnel_groups against the configuration, case-exactly."""
    names = [group.name for group in context.state.tunnel_groups or ()]
    for wanted in dict.fromkeys(context.site.tunnel_groups):
        if wanted in names:
            yield Outcome(
                status="pass",
                subject=wanted,
                message=f"tunnel-group {wanted} is on the device",
                evidence=(quote(context.state, "tunnel_groups", f"tunnel-group {quoted(wanted)}"),),
            )
            continue
        near = _nearest(wanted, names)
        hint = f"; the nearest name here is {near}" if near else ""
        yield Outcome(
            status="fail",
            subject=wanted,
            message=f"tunnel-group {wanted} is not on the device{hint}",
            expected=f"tunnel-group {quoted(wanted)}",
            actual=f"tunnel-groups here: {', '.join(sorted(names)) or 'none'}",
            evidence=(
                quote(context.state, "tunnel_groups", *(f"tunnel-group {quoted(name)}" for name in sorted(names))),
            ),
            fix=(
                f"PERSON: correct vpnphone_tunnel_groups, or create tunnel-group {quoted(wanted)} (document 115785).",
            ),
        )


def _nearest(wanted: str, names: list[str]) -> str:
    """The name most like the wanted one, regardless of case; "" where none is near."""
    by_lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(wanted.lower(), list(by_lower), n=1)
    return by_lower[close[0]] if close else ""


@control(
    "VPNP-203",
    title="The phones' tunnel-group is of a remote-access type",
    severity="critical",
    features=("F-025",),
    section=CSD,
    rationale=(
        "Only a tunnel-group of type remote-access (webvpn in old releases) has webvpn-attributes: group-url,"
        " authentication certificate and without-csd live there."
    ),
    remediation=("Make a new tunnel-group of type remote-access for the phones; the type of one cannot be changed.",),
    needs=("tunnel_groups",),
)
def kind(context: Context) -> Iterator[Outcome]:
    """remote-access or webvpn; a type that was not printed is not known."""
    for group in groups_or_unknown(context):
        yield group if isinstance(group, Outcome) else _kind_of(context, group)


def _kind_of(context: Context, group: TunnelGroup) -> Outcome:
    evidence = (general_evidence(context, group),)
    expected = "type remote-access"
    if not group.kind and group.name not in DEFAULT_REMOTE_ACCESS:
        return Outcome(
            status="error",
            subject=group.name,
            message=f"UNKNOWN: the type of tunnel-group {group.name} was not printed",
            expected=expected,
            actual="no type line",
            evidence=evidence,
            fix=("PERSON: read `show running-config tunnel-group` at privilege 15 and audit again.",),
        )
    if accepts_clients(group):
        return Outcome(
            status="pass",
            subject=group.name,
            message=f"tunnel-group {group.name} is of type {group.kind or 'remote-access (its default)'}",
            evidence=evidence,
        )
    return Outcome(
        status="fail",
        subject=group.name,
        message=f"tunnel-group {group.name} is of type {group.kind}: a phone cannot use it",
        expected=expected,
        actual=f"type {group.kind}",
        evidence=evidence,
        fix=("PERSON: make a new tunnel-group of type remote-access for the phones (document 115785).",),
    )
