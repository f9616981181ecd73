"""Which ASA answers a URL, and at which of its interfaces (F-014, F-025, F-030)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..addresses import is_address
from ..controls import facts
from ..controls.base import in_system_context
from ..controls.site_context import AsaUnit
from ..model import Interface, Reason
from .head import Head
from .negotiate import place_of, probes_of

REACH = "reach"
# The answers of a probe that prove that somebody speaks TLS there.
_ANSWERED = ("ok", "alert")


def answering(units: Iterable[AsaUnit], url: str) -> tuple[AsaUnit, ...]:
    """The ASAs that the URL leads to, as far as that can be told without a name server.

    Those that name the URL's host themselves (a group-url, an interface, the load-balancing cluster), else those
    where a probe of that place was answered. Several: each may be the one, e.g. at two sites behind one name.
    """
    place = place_of(url)
    if place is None:
        return ()
    units = tuple(units)
    named = tuple(unit for unit in units if _names(unit, place[0]))
    return named or tuple(unit for unit in units if _answered(unit, url))


def _names(unit: AsaUnit, host: str) -> bool:
    state = unit.state
    if is_address(host) and facts.interface_of_address(state, host) is not None:
        return True
    if state.load_balancing and host in {address.lower() for address in state.load_balancing.cluster_addresses}:
        return True
    urls = (url.url for group in state.tunnel_groups or () for url in group.group_urls)
    return any(facts.url_host(url) == host for url in urls)


def _answered(unit: AsaUnit, url: str) -> bool:
    shakes = (shake for probe in probes_of(unit.probes, url) for shake in probe.handshakes)
    return any(shake.status in _ANSWERED for shake in shakes)


class Door(NamedTuple):
    """interfaces where a phone that dials the URL may arrive; () where none is open or known, reasons say why."""

    interfaces: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()


def door(head: Head, url: str) -> Door:
    """webvpn must be on where the phone arrives, and AnyConnect with it (VPNP-216)."""
    state, place = head.state, place_of(url)
    if place is None:
        return Door((), (_unknown(f"{url or 'an empty URL'} is no https URL: what a phone does with it is open"),))
    if in_system_context(state):
        return Door((), (_unknown("the system context was read; phones arrive in a user context"),))
    if state.webvpn is None:
        return Door((), (_unknown("`webvpn` of the ASA was not learned"),))
    enabled = state.webvpn.enabled_interfaces
    if not enabled:
        return Door((), (_closed(head, url, "webvpn is enabled on no interface"),))
    reasons: list[Reason] = []
    if not state.webvpn.anyconnect_enabled:
        reasons.append(_locked(head, "AnyConnect is not enabled below webvpn"))
    if place[1] != state.webvpn.port and not _answered(head.unit, url):
        text = f"the URL leads to port {place[1]}, webvpn listens on {state.webvpn.port}"
        reasons.append(_unknown(f"{text}, and whether a translation lies between is not known"))
    found = _interfaces(head, url, place[0], enabled)
    open_ones = tuple(name for name in found.interfaces if not _is_down(state.interfaces, name))
    if found.interfaces and not open_ones:
        reasons.append(_closed(head, url, f"{' and '.join(found.interfaces)} is shut down"))
    return Door(open_ones, (*reasons, *found.reasons))


def _interfaces(head: Head, url: str, host: str, enabled: tuple[str, ...]) -> Door:
    """Narrowed to the interface with that address, or to those the site names; else each enabled one."""
    state = head.state
    on = {name.lower() for name in enabled}
    named = facts.interface_of_address(state, host)
    if named is not None:
        if named.nameif.lower() in on:
            return Door((named.nameif,))
        return Door((), (_closed(head, url, f"webvpn is not enabled on {named.nameif}, the interface with {host}"),))
    if head.unit.site.phone_interfaces:
        wanted = tuple(name for name in head.unit.site.phone_interfaces if name.lower() in on)
        if wanted:
            return Door(wanted)
        return Door((), (_unknown("webvpn is not enabled on the interfaces that the site names for phones"),))
    if is_address(host) and state.interfaces is None:
        return Door(
            enabled, (_unknown("the addresses of the interfaces were not learned"),) if len(enabled) > 1 else ()
        )
    return Door(enabled)


def _is_down(interfaces: tuple[Interface, ...] | None, nameif: str) -> bool:
    return any(found.shutdown for found in interfaces or () if found.nameif.lower() == nameif.lower())


def _closed(head: Head, url: str, text: str) -> Reason:
    """By the configuration nobody listens; where a probe was answered all the same, something is not understood."""
    if _answered(head.unit, url):
        return _unknown(f"{text}, and yet a probe was answered")
    return _locked(head, text)


def _locked(head: Head, text: str) -> Reason:
    return Reason(
        step=REACH,
        verdict="LOCKED OUT",
        text=f"{text}: nobody answers the phone",
        features=("F-025",),
        fix=(f"PERSON: see VPNP-216 of {head.name}.",),
    )


def _unknown(text: str) -> Reason:
    return Reason(step=REACH, verdict="UNKNOWN", text=text, features=("F-025",))
