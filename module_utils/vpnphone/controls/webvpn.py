"""webvpn itself: on where phones arrive, at port 443, with DTLS, and no certificate map in the way (F-025, F-097)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import AsaState, Evidence, Interface, Outcome
from ..policy import effective
from .access import PHONE_PORT
from .base import Context, control
from .connection import (
    HASH,
    client_word,
    effective_evidence,
    general_evidence,
    policy_name,
    quoted,
    typed,
)
from .facts import arrival, interface_of_address, phone_interfaces, phone_tunnel_groups, phone_urls, quote, url_host
from .grouppolicy import policy_fix

DTLS = "webvpn anyconnect ssl dtls"
# The attribute as releases before 8.4 spell it.
OLD_DTLS = "webvpn svc dtls"


@control(
    "VPNP-216",
    title="webvpn is enabled where phones arrive and AnyConnect is on",
    severity="critical",
    features=("F-025",),
    section="Background Information",
    rationale="Without `enable <interface>` and `anyconnect enable` below webvpn the device takes no SSL VPN client.",
    remediation=("`webvpn` / `enable <interface>` / `anyconnect enable` (`svc enable` before 8.4).",),
    needs=("webvpn",),
)
def webvpn_on(context: Context) -> Iterator[Outcome]:
    """The phones' interface is among enabled_interfaces and not shut down, and anyconnect_enabled."""
    webvpn = context.state.webvpn
    if webvpn is None:
        return
    interfaces, client = webvpn.enabled_interfaces, webvpn.anyconnect_enabled
    word = client_word(context)
    lines = [f" enable {name}" for name in interfaces] + ([f" {word} enable"] if client else [])
    evidence = quote(context.state, "webvpn", *(["webvpn", *lines] if webvpn.configured else []))
    if interfaces and client:
        wrong = (*_not_enabled(context, evidence), *_shut_down(context, evidence))
        yield from wrong
        if not wrong:
            yield Outcome(
                status="pass",
                message=f"webvpn is enabled on {', '.join(interfaces)} and {word} is on",
                evidence=(evidence,),
            )
        return
    missing = ([] if interfaces else ["enable <interface>"]) + ([] if client else [f"{word} enable"])
    fix: tuple[str, ...] = ("webvpn", f" {word} enable") if interfaces else ()
    if not interfaces:
        fix = (
            "PERSON: choose the interface the phones arrive at; this opens it to every SSL VPN client:",
            "webvpn",
            "PERSON: ` enable <interface>`",
            *(() if client else (f" {word} enable",)),
        )
    yield Outcome(
        status="fail",
        message=f"SSL VPN is not on: {', '.join(missing)} is missing below webvpn",
        expected=f"enable <interface>, {word} enable",
        actual=", ".join(line.strip() for line in lines) or "neither line",
        evidence=(evidence,),
        fix=fix,
    )


def _not_enabled(context: Context, evidence: Evidence) -> Iterator[Outcome]:
    """Interfaces that the site names, or whose address a phone's URL is, and that webvpn is not enabled on."""
    dialled = [interface_of_address(context.state, url_host(url)) for url in phone_urls(context)]
    named = (*(found.nameif for found in dialled if found), *context.site.phone_interfaces)
    enabled = context.state.webvpn.enabled_interfaces if context.state.webvpn else ()
    known = {name.lower() for name in enabled}
    for name in {name.lower(): name for name in named if name.lower() not in known}.values():
        yield Outcome(
            status="fail",
            subject=name,
            message=f"phones arrive at {name}, and webvpn is enabled on {', '.join(enabled)} only",
            expected=f"enable {name}",
            actual=", ".join(f"enable {other}" for other in enabled),
            evidence=(evidence,),
            fix=(
                "PERSON: if that is not the phones' interface, correct phone_interfaces or the URL; if it is, approve"
                " first: this opens it to every SSL VPN client:",
                "webvpn",
                f" enable {name}",
            ),
        )


def _shut_down(context: Context, evidence: Evidence) -> Iterator[Outcome]:
    """Interfaces where phones arrive, or all of those where they may, that are administratively down."""
    where = arrival(context)
    down = [found for name in where.interfaces if (found := _interface(context.state, name)) and found.shutdown]
    if not where.sure and len(down) < len(where.interfaces):
        return
    for found in down:
        yield Outcome(
            status="fail",
            subject=found.nameif,
            message=f"phones arrive at {found.nameif} ({found.name}), which is shut down",
            expected="no shutdown",
            actual="shutdown",
            evidence=(
                evidence,
                quote(context.state, "interfaces", f"interface {found.name}", f" nameif {found.nameif}", " shutdown"),
            ),
            fix=(
                "PERSON: find out first why it was shut down; then:",
                f"interface {found.name}",
                " no shutdown",
            ),
        )


def _interface(state: AsaState, nameif: str) -> Interface | None:
    return next((found for found in state.interfaces or () if found.nameif.lower() == nameif.lower()), None)


@control(
    "VPNP-217",
    title="TLS and DTLS are on at port 443",
    severity="high",
    features=("F-097",),
    section="Background Information",
    rationale=(
        "Phones send DTLS only to port 443; on another port, or where DTLS is off, they fall back to TLS, and the calls"
        " suffer, or do not connect at all."
    ),
    remediation=(
        "`webvpn` / `port 443` / `dtls port 443`; this cuts every SSL VPN session: approval.",
        "`webvpn` / `enable <interface>` without `tls-only`; `anyconnect ssl dtls enable` in the phones' group-policy.",
    ),
    needs=("webvpn",),
)
def ports(context: Context) -> Iterator[Outcome]:
    """`port` and `dtls port` below webvpn (absent lines mean 443); neither `tls-only` nor a policy without DTLS."""
    webvpn = context.state.webvpn
    if webvpn is None:
        return
    for subject, command, port in (("TLS", "port", webvpn.port), ("DTLS", "dtls port", webvpn.dtls_port)):
        if port == PHONE_PORT:
            yield Outcome(
                status="pass",
                subject=subject,
                message=f"{subject} listens on port {port}",
                evidence=(quote(context.state, "webvpn", "webvpn"),),
            )
            continue
        yield Outcome(
            status="fail",
            subject=subject,
            message=f"{subject} listens on port {port}, phones need {PHONE_PORT}",
            expected=f"{command} {PHONE_PORT}",
            actual=f"{command} {port}",
            evidence=(quote(context.state, "webvpn", "webvpn", f" {command} {port}"),),
            fix=(
                "PERSON: approve first: every SSL VPN session ends, webvpn may have to be off on the interface for the"
                " change, and ASDM must not hold port 443 there.",
                "webvpn",
                f" {command} {PHONE_PORT}",
            ),
        )
    yield from _tls_only(context, webvpn.tls_only_interfaces)
    yield from _dtls_off(context)


def _tls_only(context: Context, tls_only: tuple[str, ...]) -> Iterator[Outcome]:
    phones = {name.lower() for name in phone_interfaces(context)}
    for name in (name for name in tls_only if name.lower() in phones):
        yield Outcome(
            status="fail",
            subject=f"DTLS {name}",
            message=f"DTLS is off on {name} (`enable {name} tls-only`): phones that arrive there have TLS alone",
            expected=f"enable {name}",
            actual=f"enable {name} tls-only",
            evidence=(quote(context.state, "webvpn", "webvpn", f" enable {name} tls-only"),),
            fix=(
                "PERSON: approve first: every SSL VPN session on this interface may end with the change.",
                "webvpn",
                f" enable {name}",
            ),
        )


def _dtls_off(context: Context) -> Iterator[Outcome]:
    """A group-policy that says `none`; what it does not say is on by default [K], so nothing else is reported."""
    for group in phone_tunnel_groups(context):
        for attribute in (DTLS, OLD_DTLS):
            found = effective(context.state, policy_name(group), attribute)
            if not found.known or found.value != "none":
                continue
            line = f"{typed(found.spelled)} none"
            yield Outcome(
                status="fail",
                subject=f"DTLS {group.name}",
                message=f"DTLS is off by group-policy {found.via[-1]}: `{line}` ({found.origin})",
                expected=f"{typed(found.spelled)} enable",
                actual=line,
                evidence=effective_evidence(context, group, found),
                fix=policy_fix(context, group, f"{found.spelled} enable"),
            )


@control(
    "VPNP-219",
    title="No certificate map takes the phones to another tunnel-group",
    severity="low",
    features=("F-025", "F-037"),
    section=HASH,
    rationale=(
        "`certificate-group-map` chooses the tunnel-group by the client's certificate before the group-url does. A map"
        " that fits the phones' certificates (LSC or MIC) takes them away from their own tunnel-group."
    ),
    remediation=(
        "`webvpn` / `tunnel-group-preference group-url` lets the group-url decide first.",
        "Or read `show running-config crypto ca certificate map`: no rule may fit the subject or issuer of a phone's"
        " certificate, unless it leads to the phones' tunnel-group.",
        "Record the result as a waiver of this control.",
    ),
    needs=("webvpn", "tunnel_groups"),
)
def certificate_maps(context: Context) -> Iterator[Outcome]:
    """The rules of the maps are not gathered: a map that leads elsewhere needs a person.

    One that leads to the phones passes, and so does any where `tunnel-group-preference group-url` is set.
    """
    if context.state.webvpn is None:
        return
    maps = context.state.webvpn.certificate_maps
    if not maps:
        yield Outcome(
            status="pass",
            message="no certificate-group-map below webvpn",
            evidence=(quote(context.state, "webvpn", "webvpn"),),
        )
        return
    wanted = {profile.tunnel_group for profile in context.profiles}
    for entry in maps:
        line = f"certificate-group-map {entry.map_name} {entry.sequence} {quoted(entry.tunnel_group)}"
        evidence = (
            quote(context.state, "webvpn", "webvpn", f" {line}"),
            *(general_evidence(context, group) for group in phone_tunnel_groups(context)),
        )
        subject = f"{entry.map_name} {entry.sequence}"
        if entry.tunnel_group in wanted or context.state.webvpn.group_url_preferred:
            own = f"`{line}` leads to the phones' own tunnel-group"
            yield Outcome(
                status="pass",
                subject=subject,
                message=own
                if entry.tunnel_group in wanted
                else f"`tunnel-group-preference group-url` lets the group-url decide before `{line}`",
                evidence=evidence,
            )
            continue
        yield Outcome(
            status="error",
            subject=subject,
            message=f"UNKNOWN: whether `{line}` fits a phone's certificate; a person must read the map",
            expected="no map that fits phones and leads elsewhere",
            actual=line,
            evidence=evidence,
            fix=(
                f"PERSON: read `show running-config crypto ca certificate map {entry.map_name}`; if no rule fits the"
                " phones' certificates, waive this finding; if one does, change it, or let the group-url decide first"
                " (for every client of the device):",
                "webvpn",
                " tunnel-group-preference group-url",
            ),
        )
