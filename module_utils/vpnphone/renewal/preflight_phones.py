"""What of a cluster and its phones stops a renewal: names in the store, room in lists, who pins what, who is off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..controls.site_cluster import MAX_GATEWAY_CERTIFICATES, MAX_GROUP_CERTIFICATES
from ..controls.site_context import SiteContext
from ..controls.site_facts import VPN_TRUST, count_of, in_store, names_of, presented
from ..model import Connection, PhoneState, Prediction
from ..model.renewal import Journal, PhoneRenewal
from ..predict.files import good_files
from ..predict.identity import pins_of
from .checks import Check, Word
from .gathered import Seen
from .store import cn_of, describe, file_key
from .wishes import Wish

# Certificates named of many.
_SHOWN = 3
TWO_WAYS = (
    "PERSON: give the new certificate another common name, with the host of the URL in its subjectAltName (cn and names"
    " of vpnphone_new_certificate).",
    "PERSON: or let the phones pin the CA that signs it (pin: ca), whose own name is another one.",
)


def cluster_checks(context: SiteContext, journal: Journal, wishes: Mapping[str, Wish]) -> list[Check]:
    """wishes of the ASAs in scope; those that this cluster's phones dial count."""
    mine = [wish for name, wish in wishes.items() if name in journal.asas]
    pins = _pins(context, journal)
    only_ca = bool(pins.ca) and not pins.leaf
    return [_same_name(context, mine, only_ca=only_ca), _room(context, journal, mine), pins.check]


# --- names and room ---------------------------------------------------------------------------------------------------


def _same_name(context: SiteContext, wishes: list[Wish], *, only_ca: bool) -> Check:
    """CUCM keeps one certificate a common name: the new one would take the place of the old (F-071)."""
    title = f"The new certificate finds a place beside the old one in {VPN_TRUST}"

    def check(verdict: Word, what: str, *todo: str) -> Check:
        return Check(
            id="same-cn", title=title, verdict=verdict, subject=context.device, what=what, todo=todo, blocks=True
        )

    if context.cucm.trust is None:
        return check("unknown", f"what {VPN_TRUST} holds was not learned")
    told = {wish.asa: (wish.ca_cn if wish.pin == "ca" else wish.cn) for wish in wishes}
    silent = [asa for asa, name in told.items() if not name]
    if silent:
        what = f"the common name of what phones are to pin for {names_of(silent)} is not told"
        return check("unknown", what, "PERSON: give cn, or with pin: ca ca_cn, in vpnphone_new_certificate.")
    own = [name for wish in wishes if wish.pin == "leaf" for name in (file_key(wish.cn),)]
    twice = next((name for name in own if own.count(name) > 1), "")
    if twice:
        both = [wish.asa for wish in wishes if wish.pin == "leaf" and file_key(wish.cn) == twice]
        what = f"{' and '.join(both)} would have the same common name: the second one would overwrite the first"
        return check("no-go", what, *TWO_WAYS)
    rows = [row for row in in_store(context) if file_key(cn_of(row)) in {file_key(name) for name in told.values()}]
    if not rows:
        return check("go", f"no certificate there has the common name {' or '.join(dict.fromkeys(told.values()))}")
    found = " and ".join(describe(row) for row in rows[:_SHOWN])
    found += f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    is_are = "has" if len(rows) == 1 else "have"
    if all(wish.pin == "ca" for wish in wishes):
        what = f"{found} is there: good where it is the very CA that signs, else it would be overwritten"
        return check("warn", what, "PERSON: compare it with the CA; stage trust compares them by hash.")
    if only_ca:
        what = f"{found} would be overwritten; it need not go there while the phones pin a CA that stays"
        return check("warn", what, "PERSON: stage export proves by hash whether it does.")
    return check(
        "no-go",
        f"{found} {is_are} the same common name and would be overwritten: phones then pin the new one alone",
        *TWO_WAYS,
    )


def _room(context: SiteContext, journal: Journal, wishes: list[Wish]) -> Check:
    """Old and new must be there at once: in each gateway, and over the gateways of each group."""
    title = "Old and new fit into the VPN gateways and groups together"

    def check(verdict: Word, what: str, *todo: str) -> Check:
        return Check(id="room", title=title, verdict=verdict, subject=context.device, what=what, todo=todo, blocks=True)

    if context.cucm.gateways is None or context.cucm.groups is None:
        return check("unknown", "the VPN gateways or groups were not learned")
    notes = journal.clusters[context.device].gateways
    if not notes:
        return check("no-go", "no VPN gateway of this cluster leads to an ASA of this renewal")
    # ASAs that will pin one CA take one place together.
    keys = {wish.asa: (wish.ca_cn if wish.pin == "ca" else f"leaf of {wish.asa}") for wish in wishes}
    more = {name: len({keys[asa] for asa in note.asas if asa in keys}) for name, note in notes.items()}
    sizes = {gateway.name: len(gateway.certificates) + more.get(gateway.name, 0) for gateway in context.cucm.gateways}
    full = [
        f"gateway {name} would have {size} of {MAX_GATEWAY_CERTIFICATES} certificates"
        for name, size in sizes.items()
        if name in more and size > MAX_GATEWAY_CERTIFICATES
    ]
    for group in context.cucm.groups:
        total = sum(sizes.get(name, 0) for name in group.gateways)
        if total > MAX_GROUP_CERTIFICATES and any(name in more for name in group.gateways):
            full.append(f"group {group.name} would have {total} of {MAX_GROUP_CERTIFICATES} certificates")
    if full:
        fix = "PERSON: take certificates that no ASA presents any more out of the gateways first."
        return check("no-go", "; ".join(full), fix)
    return check(
        "go", f"{count_of(more, 'gateway')} {'gets' if len(more) == 1 else 'get'} one certificate or more each"
    )


# --- who pins what ----------------------------------------------------------------------------------------------------


class _Pins(NamedTuple):
    """Phones by what their files pin of what the ASAs present."""

    leaf: frozenset[str]
    ca: frozenset[str]
    check: Check


def _pins(context: SiteContext, journal: Journal) -> _Pins:
    leaves, issuers = set(), set()
    for one in presented(context):
        if one.unit.device in journal.asas and one.chain:
            leaves.add(one.chain[0].sha1)
            issuers |= {found.sha1 for found in one.chain[1:]}
    leaf: set[str] = set()
    ca: set[str] = set()
    for phone in context.phones:
        if phone.name not in journal.phones:
            continue
        pins = _pinned(phone)
        for kind, known in ((leaf, leaves), (ca, issuers)):
            if pins & known:
                kind.add(phone.name)
    title = "Who pins what"
    unread = sorted({name for name, one in journal.phones.items() if one.cluster == context.device} - leaf - ca)
    parts = [f"{count_of(leaf)} {'pins' if len(leaf) == 1 else 'pin'} the certificate itself"]
    parts.append(f"{count_of(ca)} a CA of its chain")
    if unread:
        parts.append(f"{count_of(unread)} neither, or not known")
    what = ", ".join(parts)
    if ca and not leaf and not unread:
        what += ": where the new chain has the same CA the phone steps fall away, which stage export proves by hash"
    verdict: Word = "warn" if unread else "go"
    found = Check(id="pins", title=title, verdict=verdict, subject=context.device, what=what, names=tuple(unread))
    return _Pins(frozenset(leaf), frozenset(ca), found)


def _pinned(phone: PhoneState) -> set[str]:
    """What every file that it is served pins."""
    found = [pins_of(one.vpn).sha1 for one in good_files(phone) if one.vpn is not None]
    return set(frozenset.intersection(*found)) if found else set()


# --- phones -----------------------------------------------------------------------------------------------------------


class Told(NamedTuple):
    """The lines about phones, and their numbers."""

    checks: tuple[Check, ...]
    counts: dict[str, int]


def phone_checks(seen: Seen, journal: Journal) -> Told:
    """Over all clusters: who is away, at whom a person must type, who is locked out already, who can be proven."""
    foretold: dict[str, Prediction] = {}
    registered: set[str] = set()
    proving: set[str] = set()
    unknown: list[str] = []
    for context in seen.clusters:
        foretold |= {one.phone: one for one in context.predictions if one.moment == "now"}
        if context.cucm.registrations is None:
            unknown.append(context.device)
        registered |= {
            one.name for one in context.cucm.registrations or () if one.status.strip().lower() == "registered"
        }
        proving |= {one.name for one in context.phones if one.web is not None and one.web.status_messages is not None}
    phones = journal.phones
    connected = {name for name, one in foretold.items() if one.connected}
    unseen = sorted(phones.keys() - registered - connected)
    people = sorted(name for name, one in phones.items() if not one.certificate_login)
    verdicts: dict[Connection, list[str]] = {"CONNECTS": [], "UNKNOWN": [], "LOCKED OUT": []}
    for name in sorted(phones):
        verdicts[foretold[name].verdict if name in foretold else "UNKNOWN"].append(name)
    silent = sorted(name for name in phones if name not in proving and name not in unseen)
    checks = [
        _registered(unknown, unseen, phones),
        _people(people, phones),
        _locked_out(verdicts["LOCKED OUT"], foretold),
        _provable(silent, phones),
    ]
    counts = {
        "phones": len(phones),
        "seen": len(phones) - len(unseen),
        "not seen": len(unseen),
        "by certificate": len(phones) - len(people),
        "by a person": len(people),
        "connect now": len(verdicts["CONNECTS"]),
        "locked out now": len(verdicts["LOCKED OUT"]),
        "not known now": len(verdicts["UNKNOWN"]),
    }
    return Told(tuple(checks), counts)


def _line(
    id: str, title: str, verdict: Word, what: str, names: Iterable[str] = (), *todo: str, blocks: bool = False
) -> Check:
    return Check(id=id, title=title, verdict=verdict, what=what, names=tuple(names), todo=todo, blocks=blocks)


def _registered(unknown: list[str], unseen: list[str], phones: Mapping[str, PhoneRenewal]) -> Check:
    title = "Every phone is there to take its new file"
    if unknown:
        what = f"{names_of(unknown)} did not tell which phones are registered"
        todo = "PERSON: let the AXL user read RisPort70 (docs/cucm-access.md), then gather again."
        return _line("seen", title, "unknown", what, (), todo, blocks=True)
    if not unseen:
        return _line("seen", title, "go", f"all {len(phones)} are registered or connected")
    what = f"{count_of(unseen)} of {len(phones)} not seen: {names_of(unseen)}"
    todo = "PERSON: find them before the switch: each must be proven, or waived by name and locked out."
    return _line("seen", title, "warn", what, unseen, todo)


def _people(people: list[str], phones: Mapping[str, PhoneRenewal]) -> Check:
    title = "Phones come back without a person"
    if not people:
        return _line("people", title, "go", f"all {len(phones)} log in by certificate alone")
    what = f"{count_of(people)} will ask for a password, or may: {names_of(people)}"
    todo = "PERSON: tell their users, or take them by name in a time of their own; they are left out of the waves."
    return _line("people", title, "warn", what, people, todo)


def _locked_out(names: list[str], foretold: Mapping[str, Prediction]) -> Check:
    title = "No phone is locked out already"
    if not names:
        return _line("locked-out", title, "go", "none is, as far as that can be foretold")
    what = f"{count_of(names)} locked out now: {names_of(names)} ({foretold[names[0]].first})"
    todo = "PERSON: a phone that is locked out fetches nothing: bring it back first, or waive it by name."
    return _line("locked-out", title, "warn", what, names, todo)


def _provable(silent: list[str], phones: Mapping[str, PhoneRenewal]) -> Check:
    """Without its status messages no phone can be proven to have fetched its file (F-067)."""
    title = "Phones show what they fetched"
    if not silent:
        return _line("provable", title, "go", "the status messages of all phones that are there were read")
    what = f"the status messages of {count_of(silent)} were not read: {names_of(silent)}"
    todo = "PERSON: set vpnphone_phone_web, and Web Access of these phones; without it each needs a waiver by name."
    every = len(silent) == len(phones)
    return _line("provable", title, "no-go" if every else "warn", what, silent, todo)
