"""Does the ASA let the phone in after the handshake: tunnel-group, CSD, licence, DAP, group-policy (F-025 to F-049)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from ..controls import csd, licences, loadbalancing, policy_verdict
from ..controls import dap as dap_controls
from ..controls.authentication import LOCAL
from ..controls.base import REGISTRY, Context, judge
from ..controls.connection import policy_name, quoted, webvpn_block
from ..controls.webvpn import DTLS as DTLS_ATTRIBUTE
from ..controls.webvpn import OLD_DTLS
from ..model import Connection, Profile, Reason, TunnelGroup
from ..policy import effective
from ..profiles import REMOTE_ACCESS_KINDS, accepts_clients
from .head import Head
from .negotiate import DTLS, place_of
from .phones import mac_name

# The rules whose verdict is taken over are registered by these modules.
_RULES = (csd, licences, loadbalancing)
BALANCE, GROUP_URL, CSD, LICENCE, DAP, POLICY = "balance", "group-url", "csd", "licence", "dap", "group-policy"
PHONE_PORT = 443


def _by_rule(control: str, context: Context, step: str) -> tuple[Reason, ...]:
    """What a control of the ASA says, as reasons: fail locks out, error is unknown; a pass says nothing."""
    rule = REGISTRY[control]
    verdicts: dict[str, Connection] = {"fail": "LOCKED OUT", "error": "UNKNOWN"}
    return tuple(
        Reason(
            step=step,
            verdict=verdicts[outcome.status],
            text=outcome.message.removeprefix("UNKNOWN: "),
            features=rule.features,
            fix=outcome.fix,
        )
        for outcome in judge(rule, context).outcomes
        if outcome.status in verdicts
    )


def _for(head: Head, group: TunnelGroup) -> Context:
    """The ASA with this tunnel-group as the phones' only one, and no other URL declared."""
    profile = Profile(tunnel_group=group.name, confidence="given", reason="the URL of the phone's file")
    return head.unit._replace(profiles=(profile,))


# --- which tunnel-group ---------------------------------------------------------------------------------------------


class Landing(NamedTuple):
    """The tunnel-group a URL leads to; None where it leads to none or that is not known."""

    group: TunnelGroup | None
    reasons: tuple[Reason, ...] = ()


def landing(head: Head, url: str) -> Landing:
    """The tunnel-group with exactly this enabled group-url (F-025); a certificate map may come before it."""
    if head.state.tunnel_groups is None:
        return Landing(None, (_reason(GROUP_URL, "UNKNOWN", "`tunnel-group` of the ASA was not learned", "F-025"),))
    found = [
        group for group in head.state.tunnel_groups if any(one.enabled and one.url == url for one in group.group_urls)
    ]
    if not found:
        return Landing(None, (_no_group(head, url),))
    if len(found) > 1:
        names = " and ".join(group.name for group in found)
        return Landing(None, (_reason(GROUP_URL, "UNKNOWN", f"{url} is a group-url of {names}", "F-025"),))
    group = found[0]
    reasons: list[Reason] = []
    if not accepts_clients(group):
        text = f"tunnel-group {group.name} is of type {group.kind}, which takes no AnyConnect client"
        reasons.append(_reason(GROUP_URL, "LOCKED OUT", text, "F-025"))
    elif group.kind not in REMOTE_ACCESS_KINDS and not group.name.startswith("Default"):
        text = f"the type of tunnel-group {group.name} was not printed"
        reasons.append(_reason(GROUP_URL, "UNKNOWN", text, "F-025"))
    maps = head.state.webvpn.certificate_maps if head.state.webvpn else ()
    elsewhere = [entry for entry in maps if entry.tunnel_group != group.name]
    if elsewhere and head.state.webvpn and not head.state.webvpn.group_url_preferred:
        text = f"a certificate map may take the phone to {elsewhere[0].tunnel_group} (VPNP-219)"
        reasons.append(_reason(GROUP_URL, "UNKNOWN", text, "F-025"))
    return Landing(group, tuple(reasons))


def _no_group(head: Head, url: str) -> Reason:
    """No enabled group-url: what is nearly one, as a person looks for it."""
    groups = head.state.tunnel_groups or ()
    off = next((group for group in groups for one in group.group_urls if one.url == url and not one.enabled), None)
    near = next(
        ((group, one.url) for group in groups for one in group.group_urls if one.url.lower() == url.lower()), None
    )
    if off is not None:
        text = f"group-url {url} of tunnel-group {off.name} is disabled"
        fix = webvpn_block(off, f"group-url {url} enable")
    elif near is not None:
        text = f"the file has {url}, tunnel-group {near[0].name} has {near[1]}: case counts"
        fix = (f"PERSON: type {near[1]} as the URL of the VPN gateway in CUCM; or add CUCM's URL here:",)
        fix += webvpn_block(near[0], f"group-url {url} enable")
    else:
        text = f"no tunnel-group of the ASA has the group-url {url}"
        fix = ("PERSON: add it to the phones' tunnel-group, or correct the URL of the VPN gateway in CUCM:",)
        fix += (f" group-url {url} enable",) if url.isprintable() and "?" not in url else ()
    return Reason(step=GROUP_URL, verdict="LOCKED OUT", text=text, features=("F-025",), fix=fix)


# --- what stands in the way -----------------------------------------------------------------------------------------


def balance(head: Head, url: str) -> tuple[Reason, ...]:
    """A cluster redirects a phone to a box whose hash it may lack (F-030): the host decides (VPNP-214)."""
    site = msgspec.structs.replace(head.unit.site, gateway_urls=(url,))
    return _by_rule("VPNP-214", head.unit._replace(site=site), BALANCE)


def desktop(head: Head, group: TunnelGroup) -> tuple[Reason, ...]:
    """CSD or HostScan without `without-csd` (VPNP-221)."""
    return _by_rule("VPNP-221", _for(head, group), CSD)


class Demand(NamedTuple):
    """How many phones may come to an ASA, and the names (SEP<MAC>) of all phones that are counted in it."""

    phones: int
    names: frozenset[str]


def licence(head: Head, demand: Demand) -> tuple[Reason, ...]:
    """Release, phone licence, Essentials (VPNP-101, 102, 105), and a peer for each phone that may come."""
    # A licence that ends soon is none of today's reasons.
    context = head.unit._replace(site=msgspec.structs.replace(head.unit.site, expiry_days_warning=-1))
    found = [
        reason for control in ("VPNP-101", "VPNP-102", "VPNP-105") for reason in _by_rule(control, context, LICENCE)
    ]
    return (*found, *_peers(head, demand))


def _peers(head: Head, demand: Demand) -> tuple[Reason, ...]:
    """Sessions of others, and the phones that may come: they share one number of peers."""
    if head.state.version is None:
        return ()
    allowed = licences.peers(head.state)
    if not isinstance(allowed, tuple):
        return (_reason(LICENCE, "UNKNOWN", allowed.message.removeprefix("UNKNOWN: "), "F-002"),)
    limit, row = allowed
    others, phones = _other_sessions(head, demand.names), demand.phones
    if others is None:
        return (_reason(LICENCE, "UNKNOWN", "how many AnyConnect sessions there are was not learned", "F-002"),)
    if others + phones <= limit:
        return ()
    told = f"{row.name} : {limit}, {others} sessions of other clients"
    fix = f"PERSON: buy sessions: at least {others + phones} are needed."
    if others >= limit:
        return (_reason(LICENCE, "LOCKED OUT", f"no peer is left: {told}", "F-002", fix),)
    text = f"not all of {phones} phones find a peer: {told}"
    return (_reason(LICENCE, "UNKNOWN", text, "F-002", fix),)


def _other_sessions(head: Head, names: frozenset[str]) -> int | None:
    """AnyConnect sessions less those of the phones counted; None where the number of sessions was not learned.

    The list alone is not enough: it leaves out kinds of sessions that take a peer as well.
    """
    sessions, summary = head.state.sessions, head.state.session_summary
    if summary is None or summary.active is None:
        return None
    own = sum(mac_name(session.username) in names for session in sessions or ())
    return max(summary.active, len(sessions or ())) - own


def access_policy(head: Head, group: TunnelGroup) -> tuple[Reason, ...]:
    """DAP ends the session (VPNP-231), or puts it into quarantine, where a phone's fate is not proven."""
    context = _for(head, group)
    reasons = _by_rule("VPNP-231", context, DAP)
    if reasons or dap_controls.decision_for(context, group).action != "quarantine":
        return reasons
    return (
        _reason(DAP, "UNKNOWN", "DAP puts the phone into quarantine, and what then happens is not proven", "F-042"),
    )


# --- the group-policy -----------------------------------------------------------------------------------------------

_ATTRIBUTES = ("vpn-simultaneous-logins", "vpn-tunnel-protocol", "group-lock", "vpn-access-hours")


def policies(head: Head, group: TunnelGroup, user: str) -> tuple[Reason, ...]:
    """The value that this phone gets of each attribute that can shut it out, and where it gets an address from."""
    state, name = head.state, policy_name(group)
    if state.usernames is None:
        text = "`username` of the ASA was not learned: a phone's own attributes go before its group-policy's"
        return (_reason(POLICY, "UNKNOWN", text, "F-046"), *_lines(head, group, None))
    own = user if any(found.name == user for found in state.usernames) else None
    servers = [name for name in group.authorization_server_groups if name.upper() != LOCAL]
    pools = effective(state, name, "address-pools", own)
    reasons = _lines(head, group, own)
    if servers:
        text = (
            f"{servers[0]} authorizes phones of tunnel-group {group.name}: it may refuse one, or give it another policy"
        )
        reasons = (*reasons, _reason(POLICY, "UNKNOWN", text, "F-046"))
    if not group.address_pools and (pools.value or "none") == "none":
        text = f"neither tunnel-group {group.name} nor its policy names an address pool; whether DHCP does is not known"
        reasons = (*reasons, _reason(POLICY, "UNKNOWN", text, "F-046"))
    return reasons


def _lines(head: Head, group: TunnelGroup, own: str | None) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    name = policy_name(group)
    for attribute in _ATTRIBUTES:
        found = effective(head.state, name, attribute, own)
        if found.value is None:
            reasons.append(_reason(POLICY, "UNKNOWN", f"{attribute} of {name}: {found.reason}", "F-046"))
            continue
        verdict = _judge(attribute, found.value, group.name)
        if verdict.status == "pass":
            continue
        sure = verdict.status == "fail" and attribute != "vpn-access-hours"
        text = f"{attribute} of {name} ({found.origin}): {verdict.text}"
        fix = f"PERSON: see VPNP-242 to VPNP-249 of {head.name} for group-policy {quoted(name)}."
        reasons.append(_reason(POLICY, "LOCKED OUT" if sure else "UNKNOWN", text, "F-046", fix))
    return tuple(reasons)


def _judge(attribute: str, value: str, group: str) -> policy_verdict.Verdict:
    match attribute:
        case "vpn-simultaneous-logins":
            return policy_verdict.logins(value)
        case "vpn-tunnel-protocol":
            return policy_verdict.protocol(value)
        case "group-lock":
            return policy_verdict.group_lock(value, group)
    return policy_verdict.access_hours(value)


# --- DTLS is on at all ----------------------------------------------------------------------------------------------


def dtls_is_on(head: Head, url: str, group: TunnelGroup, interfaces: Iterable[str], user: str) -> tuple[Reason, ...]:
    """F-097: without DTLS, or on another port, phones are said to go on with TLS alone [K]; so that is not proven."""
    state = head.state
    found = state.webvpn
    if found is None:
        return ()
    bare = {name.lower() for name in found.tls_only_interfaces}
    off = next((name for name in interfaces if name.lower() in bare), "")
    place = place_of(url)
    ports = {found.port, found.dtls_port, place[1] if place else PHONE_PORT} - {PHONE_PORT}
    own = user if any(one.name == user for one in state.usernames or ()) else None
    values = [effective(state, policy_name(group), name, own) for name in (DTLS_ATTRIBUTE, OLD_DTLS)]
    known = [value.value for value in values if value.value is not None]
    text = ""
    if off:
        text = f"DTLS is off on {off} (`tls-only`)"
    elif "none" in known:
        text = f"DTLS is off by group-policy {policy_name(group)}"
    elif ports:
        text = f"DTLS is not on port {PHONE_PORT} ({', '.join(map(str, sorted(ports)))})"
    elif not known:
        text = f"whether group-policy {policy_name(group)} has DTLS on is not known"
    if not text:
        return ()
    return (_reason(DTLS, "UNKNOWN", f"{text}: whether the phone goes on with TLS alone is not proven", "F-097"),)


def _reason(step: str, verdict: Connection, text: str, feature: str, *fix: str) -> Reason:
    return Reason(step=step, verdict=verdict, text=text, features=(feature,), fix=fix)
