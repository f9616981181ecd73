"""Small pure facts that several controls share: releases, the phones' interfaces, what is bound there, and quoting.

A fact that cannot be told is None or an empty tuple, as each docstring says; the control then decides what that means.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

from ..commands import BY_SECTION
from ..model import AsaState, Certificate, Evidence, Interface, Outcome, SslTrustPoint, Trustpoint, TunnelGroup
from .base import Context

# Engineering builds such as 201.3(11)24 have no place in the order of the released trains.
_LAST_MAJOR = 99

_RELEASE = re.compile(r"([0-9]{1,3})\.([0-9]{1,3})\(([0-9]{1,3})\)([0-9]{0,4})")

# Kinds of key an identity certificate may have, as C10 counts them.
RSA, EC = "RSA", "EC"


# --- release ------------------------------------------------------------------------------------------------------


def release(state: AsaState) -> tuple[int, int, int, int] | None:
    """(9, 6, 4, 8) for 9.6(4)8; None where it was not learned or is an engineering build."""
    known = state.version.release if state.version else None
    return known if known is not None and known[0] <= _LAST_MAJOR else None


def release_at_least(version: tuple[int, ...] | None, wanted: tuple[int, ...]) -> bool | None:
    """version >= wanted, compared over the numbers that wanted has; None where version is not known."""
    if version is None or version[0] > _LAST_MAJOR:
        return None
    return version[: len(wanted)] >= wanted


def release_text(version: tuple[int, int, int, int]) -> str:
    """(9, 6, 4, 8) -> "9.6(4)8"; an interim of 0 is not printed, as on the device."""
    major, minor, maintenance, interim = version
    return f"{major}.{minor}({maintenance}){interim or ''}"


def read_release(text: str) -> tuple[int, int, int, int] | None:
    """ "9.4(2)8" -> (9, 4, 2, 8), as release_text writes it; None for anything else."""
    found = _RELEASE.fullmatch(text.strip())
    return (int(found[1]), int(found[2]), int(found[3]), int(found[4] or 0)) if found else None


# --- where the phones arrive --------------------------------------------------------------------------------------


def phone_tunnel_groups(context: Context) -> tuple[TunnelGroup, ...]:
    """The tunnel-groups of context.profiles that exist on the device; () where none is known."""
    wanted = {profile.tunnel_group for profile in context.profiles}
    return tuple(group for group in context.state.tunnel_groups or () if group.name in wanted)


def phone_urls(context: Context) -> tuple[str, ...]:
    """The URLs phones dial: those typed in CUCM where the site tells them, else the enabled group-urls."""
    if context.site.gateway_urls:
        return context.site.gateway_urls
    groups = phone_tunnel_groups(context)
    return tuple(dict.fromkeys(url.url for group in groups for url in group.group_urls if url.enabled))


@lru_cache(maxsize=4096)
def url_host(url: str) -> str:
    """Host of a URL in lower case, "" where it has none or is no URL at all."""
    try:
        return urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""


def interface_of_address(state: AsaState, address: str) -> Interface | None:
    """The interface that holds this IP literal; None for a name, for an address behind NAT, or where none has it."""
    try:
        wanted = ipaddress.ip_address(address)
    except ValueError:
        return None
    for interface in state.interfaces or ():
        try:
            if interface.nameif and ipaddress.ip_address(interface.ip) == wanted:
                return interface
        except ValueError:
            continue
    return None


class Arrival(NamedTuple):
    """interfaces: nameifs where phones may arrive. sure: phones are known to arrive at each one of them."""

    interfaces: tuple[str, ...]
    sure: bool


def arrival(context: Context) -> Arrival:
    """The interfaces the site gives, else those with webvpn `enable`, as spelled there; () where that is unknown.

    Narrowed only where every URL's host is the IP literal of one of them; a name or an address behind NAT may lead
    to any of them.
    """
    if context.site.phone_interfaces:
        return Arrival(context.site.phone_interfaces, True)
    enabled = context.state.webvpn.enabled_interfaces if context.state.webvpn else ()
    urls = phone_urls(context)
    named = [interface_of_address(context.state, url_host(url)) for url in urls]
    found = {interface.nameif.lower() for interface in named if interface}
    if not urls or None in named or not found <= {name.lower() for name in enabled}:
        return Arrival(enabled, len(enabled) == 1)
    return Arrival(tuple(name for name in enabled if name.lower() in found), True)


def phone_interfaces(context: Context) -> tuple[str, ...]:
    """arrival(context).interfaces"""
    return arrival(context).interfaces


def no_phone_interface(context: Context) -> str:
    """For `applies`: the reason where the device is known to serve no interface; "" where it does or is unknown."""
    if phone_interfaces(context) or not is_known(context.state, "webvpn"):
        return ""
    return "webvpn is enabled on no interface, so no phone arrives here"


# --- what is bound there ------------------------------------------------------------------------------------------


def bound_trustpoints(state: AsaState, interface: str) -> tuple[SslTrustPoint, ...]:
    """The bindings that serve an interface's own address: its own lines, else the global default, else ().

    `vpnlb-ip` lines serve the cluster address and `domain` lines a client that sends that name (SNI); neither counts.
    """
    plain = [line for line in (state.ssl.trust_points if state.ssl else ()) if not line.vpnlb_ip and not line.domain]
    own = tuple(line for line in plain if line.interface.lower() == interface.lower())
    return own or tuple(line for line in plain if not line.interface)


def domain_trustpoints(context: Context) -> tuple[SslTrustPoint, ...]:
    """`ssl trust-point X domain Y` lines whose Y is the host of a URL that phones dial."""
    hosts = {url_host(url) for url in phone_urls(context)}
    lines = context.state.ssl.trust_points if context.state.ssl else ()
    return tuple(line for line in lines if line.domain and line.domain.lower() in hosts)


def is_associated(certificate: Certificate, trustpoint: str) -> bool:
    """The certificate's `Associated Trustpoints` names this trustpoint (case of names is not trusted)."""
    return any(name.lower() == trustpoint.lower() for name in certificate.trustpoints)


def identity_certificate(state: AsaState, trustpoint: str) -> Certificate | None:
    """The granted identity certificate of a trustpoint; None where it holds none or certificates are unknown."""
    return next(
        (
            certificate
            for certificate in state.certificates or ()
            if certificate.kind == "identity" and is_associated(certificate, trustpoint)
        ),
        None,
    )


def trustpoint(state: AsaState, name: str) -> Trustpoint | None:
    """The configuration of a trustpoint; None where it is not there or trustpoints are unknown."""
    return next((found for found in state.trustpoints or () if found.name.lower() == name.lower()), None)


def key_kind(certificate: Certificate) -> str:
    """ "RSA", "EC", or "" where the type of the key is not printed or not one of the two."""
    printed = certificate.key_type.upper()
    if printed.startswith("RSA"):
        return RSA
    return EC if printed.startswith("EC") else ""


class PhoneIdentity(NamedTuple):
    """A binding that serves a phones' interface, and the certificate it holds (None: none)."""

    interface: str
    binding: SslTrustPoint
    certificate: Certificate | None

    @property
    def subject(self) -> str:
        return f"{self.interface}: {self.binding.trustpoint}"


def phone_identities(context: Context) -> tuple[PhoneIdentity, ...]:
    """Every binding of every interface where phones arrive; () where nothing is bound or known."""
    return tuple(
        PhoneIdentity(name, binding, identity_certificate(context.state, binding.trustpoint))
        for name in phone_interfaces(context)
        for binding in bound_trustpoints(context.state, name)
    )


# --- quoting ------------------------------------------------------------------------------------------------------


def command_of(state: AsaState, section: str) -> str:
    """The command whose answer filled a section, else the one that would."""
    source = state.sources.get(section)
    return source.command if source else BY_SECTION[section].text


def quote(state: AsaState, section: str, *lines: str) -> Evidence:
    """The command of a section and the lines of it that a verdict rests on (reconstructed from the state)."""
    return Evidence(command=command_of(state, section), lines=lines)


def is_known(state: AsaState, section: str) -> bool:
    """The section says something that can be judged."""
    source = state.sources.get(section)
    return source is not None and source.known


def binding_line(binding: SslTrustPoint) -> str:
    """The configuration line of a binding."""
    tail = f" domain {binding.domain}" if binding.domain else f" {binding.interface}" if binding.interface else ""
    return f"ssl trust-point {binding.trustpoint}{tail}{' vpnlb-ip' if binding.vpnlb_ip else ''}"


def certificate_lines(certificate: Certificate) -> tuple[str, ...]:
    """The lines of show crypto ca certificates that tell which certificate is meant."""
    title = {"identity": "Certificate", "ca": "CA Certificate", "ra": "RA Certificate"}
    lines = [
        title.get(certificate.kind, "Certificate (pending)"),
        f"  Certificate Serial Number: {certificate.serial}",
        f"  Issuer Name: {certificate.issuer}",
        f"  Subject Name: {certificate.subject}",
    ]
    if certificate.key_type:
        bits = f" ({certificate.key_bits} bits)" if certificate.key_bits else ""
        lines.append(f"  Public Key Type: {certificate.key_type}{bits}")
    if certificate.signature_algorithm:
        lines.append(f"  Signature Algorithm: {certificate.signature_algorithm}")
    if certificate.not_after:
        lines.append(f"  end date: {certificate.not_after.text}")
    lines.append(f"  Associated Trustpoints: {' '.join(certificate.trustpoints)}")
    return tuple(lines)


def quote_certificates(state: AsaState, *certificates: Certificate) -> Evidence:
    """The lines that name these certificates."""
    return quote(state, "certificates", *(line for found in certificates for line in certificate_lines(found)))


def no_identity(state: AsaState) -> Outcome:
    """For rules about the bound certificate where none is bound: VPNP-112 is the one that says so."""
    return Outcome(
        status="skipped",
        message="No identity certificate is bound where phones arrive: see VPNP-112",
        evidence=(quote(state, "ssl"), quote(state, "certificates")),
    )
