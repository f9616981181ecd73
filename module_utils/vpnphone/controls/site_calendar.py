"""What ends when: the certificates that phones, CUCM and ASAs rely on for VPN, in one calendar (F-093)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from ..model import Evidence, Outcome
from .base import site_control
from .site_context import SiteContext
from .site_facts import RENEWAL, VPN_TRUST, count_of, names_of, presented, vpn_phones

Kind = Literal["presented", "CAPF", "LSC", "Phone-VPN-trust"]
_STAGES = "PERSON: renew it in stages: every phone must have the new hash before it is bound."
_WHAT_TO_DO: dict[Kind, str] = {
    "presented": _STAGES,
    "CAPF": "PERSON: plan the new CAPF certificate: import it into every ASA before the first LSC is signed by it.",
    "LSC": "PERSON: renew the LSCs (Bulk Administration > Phones > Update, CAPF), while the phones are on VPN.",
    "Phone-VPN-trust": "PERSON: take it out of gateway and store once no ASA presents it any more, or renew it.",
}


class Entry(NamedTuple):
    """One thing that ends. kind: a key of _WHAT_TO_DO; names: the phones, where it is theirs."""

    kind: Kind
    name: str
    ends: datetime
    names: tuple[str, ...] = ()
    serial: str = ""
    sha256: str = ""

    @property
    def title(self) -> str:
        return f"{self.name} of {count_of(self.names)}" if self.names else self.name


def calendar(site: SiteContext) -> list[Entry]:
    """Every certificate once: presented with its chain, CAPF and its trust, Phone-VPN-trust; LSCs by their day."""
    found: dict[str, Entry] = {}
    for one in presented(site):
        for position, certificate in enumerate(one.chain):
            what = "issuer" if position else "certificate"
            name = f"{what} {certificate.subject_cn or certificate.subject} of {one.unit.device}"
            found.setdefault(certificate.sha256, Entry("presented", name, certificate.not_after))
    lscs: list[Entry] = []
    for entry in of_cluster(site):
        if entry.sha256:
            found.setdefault(entry.sha256, entry)
        else:
            lscs.append(entry)
    return sorted([*found.values(), *lscs], key=lambda entry: entry.ends)


def of_cluster(site: SiteContext) -> list[Entry]:
    """What the cluster itself tells: each certificate of its stores once, and the LSCs of VPN phones by their day."""
    found: dict[str, Entry] = {}
    for entry in site.cucm.trust or ():
        if entry.x509 is None or entry.store not in ("CAPF", "CAPF-trust", VPN_TRUST):
            continue
        kind: Kind = "Phone-VPN-trust" if entry.store == VPN_TRUST else "CAPF"
        name = f"{entry.x509.subject_cn or entry.subject_name} in {entry.store}"
        known = entry.x509
        found.setdefault(known.sha256, Entry(kind, name, known.not_after, serial=known.serial, sha256=known.sha256))
    days: dict[str, list[tuple[str, datetime]]] = {}
    for phone in vpn_phones(site):
        if phone.certificate == "lsc" and phone.lsc_valid_until is not None:
            day = f"{phone.lsc_valid_until:%Y-%m-%d}"
            days.setdefault(day, []).append((phone.name, phone.lsc_valid_until))
    lscs = [
        Entry("LSC", f"LSC until {day}", min(end for _, end in phones), tuple(name for name, _ in phones))
        for day, phones in days.items()
    ]
    return [*found.values(), *lscs]


def _lscs_as_one(entries: list[Entry]) -> list[Entry]:
    """The LSCs of all days as one entry: what has ended is remedied for all of them alike."""
    lscs = [entry for entry in entries if entry.kind == "LSC"]
    names = tuple(name for entry in lscs for name in entry.names)
    return [
        *(entry for entry in entries if entry.kind != "LSC"),
        *([Entry("LSC", "LSC", lscs[0].ends, names)] if lscs else []),
    ]


def _quoted(entries: list[Entry]) -> Evidence:
    return Evidence(command="calendar", lines=tuple(f"{one.ends:%Y-%m-%d} {one.title}" for one in entries[:20]))


def _empty() -> Outcome:
    return Outcome(
        status="error",
        message="UNKNOWN: no certificate of this site has a date that was learned",
        expected="a presented certificate, or a store of CUCM",
        actual="none",
        evidence=(_quoted([]),),
        fix=("PERSON: gather CUCM's certificates (AXL), and let the audit probe the ASAs.",),
    )


@site_control(
    "VPNP-341",
    title="Nothing that phones and ASAs rely on has expired",
    severity="high",
    features=("F-093",),
    section=RENEWAL,
    rationale="An expired CAPF certificate or LSC is refused by the ASA, an expired ASA certificate needs the recovery"
    " by hand. Old entries of Phone-VPN-trust are not carried over by an upgrade of CUCM.",
    remediation=(_STAGES, _WHAT_TO_DO["LSC"]),
    needs=("trust",),
)
def not_expired(site: SiteContext) -> Iterator[Outcome]:
    """Each entry of the calendar by the controller's clock; the last day itself is still good."""
    entries = calendar(site)
    if not entries:
        yield _empty()
        return
    past = [entry for entry in entries if entry.ends < site.now]
    for entry in _lscs_as_one(past):
        names = f": {names_of(entry.names)}" if entry.names else ""
        yield Outcome(
            status="fail",
            subject=entry.name,
            message=f"{entry.title} has expired, {'the first ' if entry.names else ''}on {entry.ends:%Y-%m-%d}{names}",
            expected=f"valid on {site.now:%Y-%m-%d}",
            actual=f"until {entry.ends:%Y-%m-%d}",
            evidence=(_quoted([entry]),),
            fix=(_WHAT_TO_DO[entry.kind],),
        )
    if len(past) < len(entries):
        left = [entry for entry in entries if entry not in past]
        yield Outcome(
            status="pass",
            message=f"{len(left)} entries of the calendar are valid, the first one ends on {left[0].ends:%Y-%m-%d}:"
            f" {left[0].title}",
            evidence=(_quoted(left),),
        )


@site_control(
    "VPNP-342",
    title="Nothing that phones and ASAs rely on ends soon",
    severity="medium",
    features=("F-093",),
    section=RENEWAL,
    rationale="A renewal takes weeks, since every phone must fetch something while its tunnel still works. The calendar"
    " is the time that is left for it.",
    remediation=(_STAGES, _WHAT_TO_DO["CAPF"], _WHAT_TO_DO["LSC"]),
    needs=("trust",),
)
def not_soon(site: SiteContext) -> Iterator[Outcome]:
    """expiry_days_warning days; what has expired already is VPNP-341's."""
    entries = [entry for entry in calendar(site) if entry.ends >= site.now]
    limit = timedelta(days=site.site.expiry_days_warning)
    if not entries:
        yield _empty()
        return
    soon = [entry for entry in entries if entry.ends - site.now <= limit]
    for entry in soon:
        days = (entry.ends - site.now).days
        names = f": {names_of(entry.names)}" if entry.names else ""
        yield Outcome(
            status="fail",
            subject=entry.name,
            message=f"{entry.title} ends on {entry.ends:%Y-%m-%d}, in {days} days{names}",
            expected=f"more than {limit.days} days left",
            actual=f"{days} days left",
            evidence=(_quoted([entry]),),
            fix=(_WHAT_TO_DO[entry.kind],),
        )
    if len(soon) < len(entries):
        later = [entry for entry in entries if entry not in soon]
        yield Outcome(
            status="pass",
            message=f"{len(later)} entries of the calendar end later than {limit.days} days from now",
            evidence=(_quoted(later),),
        )
