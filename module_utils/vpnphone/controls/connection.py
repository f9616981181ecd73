"""What the controls on a phones' tunnel-group share: which groups, their lines as evidence, and blocks of commands."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Evidence, Outcome, Severity, TunnelGroup
from ..policy import DEFAULT_POLICY, Effective
from .base import Context
from .facts import phone_tunnel_groups, quote, release, release_at_least

# Sections of Cisco document 116162 by their English titles.
CSD = "CSD and IP Phones"
DAP = "DAP Rules"
INHERITED = "Inherited Values from DfltGrpPolicy or Other Groups"
LOAD_BALANCING = "VPN Load-Balancing and IP Phones"
HASH = "Certificate Hash Matches Between ASA Certificate and VPN Phone Trust List"
EXTERNAL_DATABASE = "External Database for Authentication of IP Phone Users"
CERTIFICATE_METHOD = "Certificate Authentication Method"
CHANGES = "Change IP Phone Configuration While Connected by VPN"

SET_TUNNEL_GROUPS = "PERSON: name the phones' tunnel-group in vpnphone_tunnel_groups and audit again."


# Says which tunnel-group the phones use; the other controls lean on it instead of repeating it.
ROOT_CONTROL = "VPNP-201"
ROOT_SEVERITY: Severity = "high"


def no_profile(context: Context) -> Outcome:
    """The verdict where nobody knows which tunnel-group the phones use: never pass.

    VPNP-201 is then the one error of the device, and the others are skipped; where it is not selected, each is an
    error of its own.
    """
    names = tuple(f"tunnel-group {quoted(group.name)}" for group in context.state.tunnel_groups or ())
    evidence = (quote(context.state, "tunnel_groups", *names),)
    what = "which tunnel-group the phones use is not known"
    if _is_selected(context, ROOT_CONTROL, ROOT_SEVERITY):
        return Outcome(status="skipped", message=f"{what} (see {ROOT_CONTROL})", evidence=evidence)
    return Outcome(
        status="error",
        message=f"UNKNOWN: {what}",
        expected="a tunnel-group of the phones",
        actual="none known",
        evidence=evidence,
        fix=(SET_TUNNEL_GROUPS,),
    )


def _is_selected(context: Context, *names: str) -> bool:
    """A control with this id and severity is judged in this run."""
    include, exclude = context.site.include, context.site.exclude
    return (not include or not set(names).isdisjoint(include)) and set(names).isdisjoint(exclude)


def groups_or_unknown(context: Context) -> Iterator[TunnelGroup | Outcome]:
    """Each of the phones' tunnel-groups, or the one outcome that says that there is none to judge."""
    groups = phone_tunnel_groups(context)
    if groups:
        yield from groups
    else:
        yield no_profile(context)


def quoted(name: str) -> str:
    """A name as it must be typed: with quotes where it holds a space."""
    return f'"{name}"' if " " in name and not name.startswith('"') else name


def policy_name(group: TunnelGroup) -> str:
    """The group-policy of a tunnel-group; without a line of its own that is DfltGrpPolicy."""
    return group.default_group_policy or DEFAULT_POLICY


def webvpn_block(group: TunnelGroup, *lines: str) -> tuple[str, ...]:
    """The commands that put lines below `tunnel-group X webvpn-attributes`."""
    return (f"tunnel-group {quoted(group.name)} webvpn-attributes", *(f" {line}" for line in lines))


def webvpn_evidence(context: Context, group: TunnelGroup) -> Evidence:
    """The webvpn-attributes of a tunnel-group."""
    lines = []
    if group.authentication:
        lines.append(f"authentication {' '.join(group.authentication)}")
    lines += [f"group-alias {alias} enable" for alias in group.group_aliases]
    lines += [f"group-url {url.url} {'enable' if url.enabled else 'disable'}" for url in group.group_urls]
    if group.without_csd:
        lines.append(group.without_csd)
    return quote(context.state, "tunnel_groups", *webvpn_block(group, *lines))


def general_evidence(context: Context, group: TunnelGroup) -> Evidence:
    """Type and general-attributes of a tunnel-group."""
    name = quoted(group.name)
    lines = [f"tunnel-group {name} type {group.kind}"] if group.kind else []
    lines.append(f"tunnel-group {name} general-attributes")
    lines += [f" authentication-server-group {server}" for server in group.authentication_server_groups]
    if group.default_group_policy:
        lines.append(f" default-group-policy {quoted(group.default_group_policy)}")
    return quote(context.state, "tunnel_groups", *lines)


def effective_evidence(context: Context, group: TunnelGroup, found: Effective) -> tuple[Evidence, ...]:
    """The tunnel-group's policy, and the line that holds the value (or the block that has no such line)."""
    holder = found.via[-1] if found.via else policy_name(group)
    header = f"group-policy {quoted(holder)} attributes"
    if found.origin.startswith("username "):
        header = f"{found.origin} attributes"
    line = (f" {typed(found.spelled)} {found.value}",) if found.section else ()
    return (general_evidence(context, group), quote(context.state, found.section or "group_policies", header, *line))


def typed(attribute: str) -> str:
    """An attribute of the nested webvpn block without that word."""
    return attribute.removeprefix("webvpn ")


def client_word(context: Context) -> str:
    """`anyconnect`, or `svc` where the release is older than 8.4."""
    return "svc" if release_at_least(release(context.state), (8, 4)) is False else "anyconnect"


def protocol_word(context: Context) -> str:
    """The token of vpn-tunnel-protocol that phones need: `ssl-client`, or `svc` where the release is older than 8.4."""
    return "svc" if release_at_least(release(context.state), (8, 4)) is False else "ssl-client"
