"""One URL of a phone's file on one ASA: every step, in the order a phone meets them, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from ..controls.site import PhoneModel
from ..model import X509, Attempt, Connection, Reason, VpnGroupConfig
from .admission import Demand, access_policy, balance, desktop, dtls_is_on, landing, licence, policies
from .client import BY_CERTIFICATE, client_certificate, method
from .head import Head
from .negotiate import DTLS, Settled, dtls, hello
from .phones import PhoneKind
from .presented import Shown, presentation
from .reach import REACH, door
from .trust import dates, host_check, key, pin, worst

# In the order of a phone's way in; an unknown step is never skipped: what comes behind it may still lock out.
ORDER = (
    "file",
    REACH,
    "cipher",
    "certificate",
    "pin",
    "dates",
    "key",
    "host-id",
    "balance",
    "group-url",
    "client-certificate",
    "authentication",
    "csd",
    "licence",
    "dap",
    "group-policy",
    DTLS,
)


class World(NamedTuple):
    """What all attempts of one prediction share. pinned: every certificate known anywhere, by its SHA-1."""

    pinned: Mapping[str, X509]
    demand: Mapping[str, Demand]


def attempt(world: World, head: Head, url: str, vpn: VpnGroupConfig, kind: PhoneKind) -> Attempt:
    """The verdict of the model's rows in the phone table: what holds for each of them, else UNKNOWN."""
    if not kind.rows:
        text = f"the phone table has no row for model {kind.model or '(not told)'}, so what it offers is not known"
        fix = ("PERSON: give the model a row in phone_models.",)
        known = _steps(world, head, url, vpn, kind, None)
        return _attempt(head, url, (*known, Reason(step="cipher", verdict="UNKNOWN", text=text, fix=fix)))
    found = [_attempt(head, url, _steps(world, head, url, vpn, kind, row)) for row in kind.rows]
    verdict = worst(one.verdict for one in found)
    alike = [one for one in found if one.verdict == verdict]
    if alike:
        return alike[0]
    text = f"the rows of {kind.model} in the phone table come out differently: its firmware decides"
    reasons = tuple(reason for one in found for reason in one.reasons if reason.verdict != "CONNECTS")
    loose = tuple(dict.fromkeys(msgspec.structs.replace(reason, verdict="UNKNOWN") for reason in reasons))
    return _attempt(head, url, (Reason(step="cipher", verdict="UNKNOWN", text=text), *loose))


def _attempt(head: Head, url: str, reasons: tuple[Reason, ...]) -> Attempt:
    """What locks out first, then what is unknown, each in the order of the steps; a way in keeps what proves it."""
    ordered = sorted(dict.fromkeys(reasons), key=lambda reason: ORDER.index(reason.step))
    for verdict in ("LOCKED OUT", "UNKNOWN"):
        if any(reason.verdict == verdict for reason in ordered):
            bad = [reason for wanted in ("LOCKED OUT", "UNKNOWN") for reason in ordered if reason.verdict == wanted]
            return Attempt(url=url, asa=head.name, verdict=verdict, reasons=tuple(bad))
    if not ordered:
        # No step said anything: nothing is proven.
        return Attempt(url=url, asa=head.name, verdict="UNKNOWN")
    return Attempt(url=url, asa=head.name, verdict="CONNECTS", reasons=tuple(ordered))


def _steps(
    world: World, head: Head, url: str, vpn: VpnGroupConfig, kind: PhoneKind, row: PhoneModel | None
) -> tuple[Reason, ...]:
    """Every reason of one row, in no order. The pin's own reason is there for a way in too: it proves it."""
    reasons: list[Reason] = []
    if head.unknown:
        reasons.append(Reason(step=REACH, verdict="UNKNOWN", text=head.unknown, features=("F-090",)))
    entry = door(head, url)
    reasons += entry.reasons
    reasons += _admission(world, head, url, vpn, kind, entry.interfaces)
    # Where it is not known what becomes of the ASA, what it shows is not known either.
    if row is not None and entry.interfaces and not head.unknown:
        reasons += _handshake(world, head, url, vpn, row, entry.interfaces)
    return tuple(reasons)


def _handshake(
    world: World, head: Head, url: str, vpn: VpnGroupConfig, row: PhoneModel, interfaces: tuple[str, ...]
) -> list[Reason]:
    answer = hello(head, url, row)
    reasons = list(answer.reasons)
    if answer.settled is None:
        return reasons
    found = presentation(head, url, answer, interfaces)
    reasons += found.reasons
    if not found.shown:
        return reasons
    reasons.append(pin(head, vpn, found.shown, world.pinned))
    reasons += dates(found.shown, head.unit.now)
    reasons += key(row, found.shown)
    reasons += host_check(vpn, url, found.shown)
    reasons += dtls(head, row, _narrowed(answer.settled, found.shown))
    return reasons


def _narrowed(settled: Settled, shown: tuple[Shown, ...]) -> Settled:
    """The suites that are left once the certificate is known: one signed by the other kind of key is none of them."""
    return settled._replace(suites=frozenset().union(*(one.suites for one in shown)) or settled.suites)


def _admission(
    world: World, head: Head, url: str, vpn: VpnGroupConfig, kind: PhoneKind, interfaces: tuple[str, ...]
) -> list[Reason]:
    reasons = list(balance(head, url))
    place = landing(head, url)
    reasons += place.reasons
    reasons += licence(head, world.demand.get(head.name, Demand(0, frozenset())))
    group = place.group
    if group is None:
        return reasons
    if vpn.auth_method in (None, BY_CERTIFICATE) and "certificate" in group.authentication:
        reasons += client_certificate(head, kind.client)
    reasons += method(head, group, vpn)
    reasons += desktop(head, group)
    reasons += access_policy(head, group)
    reasons += policies(head, group, kind.user)
    reasons += dtls_is_on(head, url, group, interfaces, kind.user)
    return reasons


def decides(found: Attempt) -> str:
    """The reason that decides an attempt, with where it was."""
    wanted: Connection = found.verdict
    reason = next((one for one in found.reasons if one.verdict == wanted), None)
    where = f"{found.url} on {found.asa}" if found.asa else found.url
    return f"{where}: {reason.text if reason else 'nothing is proven'}"
