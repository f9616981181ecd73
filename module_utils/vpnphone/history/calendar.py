"""The expiry calendar of a run: every certificate that phones, CUCM and ASAs rely on for VPN (F-093). Pure.

A certificate whose end is not printed, or is no time, is not in it: VPNP-114 and VPNP-115 say so.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..controls import facts
from ..controls.chain import chain_of
from ..controls.phone_certificates import issuer_kind
from ..controls.site_calendar import of_cluster
from ..controls.site_context import AsaUnit, SiteContext
from ..controls.site_facts import BROWSER
from ..controls.validity import zone_offsets
from ..model import X509, Certificate, Expiry
from ..model.expiry import EXPIRY_KINDS, ExpiryKind
from ..parse.times import bounds, resolve
from ..predict.identity import is_same, serial_key


def calendar(units: Iterable[AsaUnit], clusters: Iterable[SiteContext]) -> tuple[Expiry, ...]:
    """The calendar of these ASAs and clusters, the first to end first."""
    found = [entry for unit in units for entry in _of_asa(unit)]
    found += [entry for site in clusters for entry in _of_cluster(site)]
    return tuple(sorted(found, key=order))


def order(entry: Expiry) -> tuple[datetime, int, str, str, str]:
    """Sort key: by end, then by kind and name."""
    return (entry.ends, EXPIRY_KINDS.index(entry.kind), entry.name, entry.device, entry.serial)


def _of_asa(unit: AsaUnit) -> list[Expiry]:
    """What is bound where phones arrive with its issuers, what probes were shown, and the CAs of phones."""
    found: dict[tuple[str, str], Expiry] = {}

    def add(kind: ExpiryKind, certificate: Certificate | X509) -> None:
        serial = serial_key(certificate.serial)
        ends = _ends(unit, certificate)
        # A CA may sign both the shown certificate and the phones': it is told once, by what it was met as first.
        key = (serial, certificate.issuer_cn.casefold())
        if ends is None or (serial and key in found):
            return
        found[key if serial else (serial, f"{kind} {certificate.subject} {len(found)}")] = Expiry(
            kind=kind,
            name=certificate.subject_cn or certificate.subject or "(no subject)",
            device=unit.device,
            ends=ends[0],
            about=ends[0] != ends[1],
            serial=serial,
        )

    for identity in facts.phone_identities(unit):
        chain = chain_of(unit.state, identity.certificate).certificates if identity.certificate else ()
        for position, certificate in enumerate(chain):
            add("chain" if position else "leaf", certificate)
    for probe in unit.probes:
        for shake in probe.handshakes:
            if shake.status == "ok" and shake.offer != BROWSER:
                for position, sent in enumerate(shake.chain):
                    add("chain" if position else "leaf", sent)
    for certificate in unit.state.certificates or ():
        if issuer_kind(certificate):
            add("phone-ca", certificate)
    return list(found.values())


def _ends(unit: AsaUnit, certificate: Certificate | X509) -> tuple[datetime, datetime] | None:
    """The earliest and the latest end; from the certificate itself where the ASA's configuration has it."""
    if isinstance(certificate, X509):
        return certificate.not_after, certificate.not_after
    exact = next((one.x509 for one in unit.state.certificate_chain or () if is_same(one.x509, certificate)), None)
    if exact is not None:
        return exact.not_after, exact.not_after
    if certificate.not_after is None:
        return None
    return bounds(resolve(certificate.not_after, zone_offsets(unit.site)))


def _of_cluster(site: SiteContext) -> list[Expiry]:
    return [
        Expiry(
            kind=entry.kind,
            name=entry.name,
            device=site.device,
            ends=entry.ends,
            phones=len(entry.names),
            serial=serial_key(entry.serial),
        )
        for entry in of_cluster(site)
        if entry.kind != "presented"
    ]
