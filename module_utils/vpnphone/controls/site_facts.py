"""What the controls of a cluster share: its phones and their profiles, its stores, what ASAs present, and quoting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..model import (
    X509,
    CommonPhoneProfile,
    CucmPhone,
    Evidence,
    GatewayCertificate,
    TrustedCertificate,
    VpnGateway,
    VpnGroupConfig,
    VpnProfile,
)
from ..predict.files import good_files
from ..predict.head import held
from ..predict.identity import same_name, serial_key
from ..predict.negotiate import probes_of
from ..predict.reach import answering
from . import facts
from .base import ASKED_BY
from .site_context import AsaUnit, SiteContext

VPN_TRUST = "Phone-VPN-trust"
BROWSER = "browser"
# Sections of Cisco document 116162 by their English titles.
EXPORT = "Export Restricted and Export Unrestricted CUCM"
CERTIFICATES = "Certificates to use on the ASA"
SETTINGS = "VPN Phone Settings in CUCM"
METHOD = "Certificate Authentication Method"
HOST_ID = "Host ID Check"
TFTP = "TFTP and the Phone's Status Messages"
RENEWAL = "ASA SSL certificate renewal"
# Names shown of many; the rest is a number.
SHOWN = 3


def names_of(names: Iterable[str]) -> str:
    """ "SEP1, SEP2, SEP3 and 12 more", in the order of the names."""
    found = sorted(set(names))
    more = len(found) - SHOWN
    return ", ".join(found[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def count_of(names: Iterable[str], noun: str = "phone") -> str:
    """ "1 phone", "15 phones"."""
    number = len(set(names))
    return f"{number} {noun}{'' if number == 1 else 's'}"


def quote(site: SiteContext, section: str, *lines: str) -> Evidence:
    """The question of a section of the cluster, and what of its answer a verdict rests on."""
    source = site.cucm.sources.get(section)
    return Evidence(command=source.command if source else ASKED_BY[section], lines=lines)


# --- phones and what they are given -----------------------------------------------------------------------------------


def profile_of(site: SiteContext, phone: CucmPhone) -> CommonPhoneProfile | None:
    return next((one for one in site.cucm.common_profiles or () if one.name == phone.common_profile), None)


def vpn_profile(site: SiteContext, name: str) -> VpnProfile | None:
    return next((one for one in site.cucm.profiles or () if one.name == name), None)


def vpn_phones(site: SiteContext) -> tuple[CucmPhone, ...]:
    """Phones whose Common Phone Profile names a VPN group or profile."""
    with_vpn = {one.name for one in site.cucm.common_profiles or () if one.vpn_group or one.vpn_profile}
    return tuple(phone for phone in site.cucm.phones or () if phone.common_profile in with_vpn)


def no_vpn_phone(site: SiteContext) -> str:
    """For `applies`: the reason where no phone of the cluster is set up for VPN; "" where one is, or it is unknown."""
    if site.cucm.phones is None or site.cucm.common_profiles is None or vpn_phones(site):
        return ""
    return "no phone of the cluster has a Common Phone Profile with a VPN group or profile"


def no_gateway(site: SiteContext) -> str:
    """For `applies`: the reason where CUCM has no VPN gateway at all."""
    return "CUCM has no VPN gateway" if site.cucm.gateways == () else ""


class Config(NamedTuple):
    """One vpnGroup as nodes serve it, and the phones that are served it."""

    vpn: VpnGroupConfig
    phones: tuple[str, ...]


def configs(site: SiteContext) -> tuple[Config, ...]:
    """Every vpnGroup that is served, each once; a phone is named at each one that a node has for it."""
    found: dict[VpnGroupConfig, list[str]] = {}
    for phone in site.phones:
        for vpn in dict.fromkeys(one.vpn for one in good_files(phone) if one.vpn is not None):
            found.setdefault(vpn, []).append(phone.name)
    return tuple(Config(vpn, tuple(names)) for vpn, names in found.items())


# --- stores -----------------------------------------------------------------------------------------------------------


def in_store(site: SiteContext, store: str = VPN_TRUST) -> tuple[TrustedCertificate, ...]:
    return tuple(found for found in site.cucm.trust or () if found.store == store)


def has_pin(found: TrustedCertificate, certificate: X509) -> bool:
    """The entry is this certificate: by its content, else by the hash that CUCM keeps of it."""
    return found.x509.sha256 == certificate.sha256 if found.x509 is not None else found.stored_hash == certificate.pin


def entry_of(site: SiteContext, member: GatewayCertificate) -> TrustedCertificate | None:
    """The certificate in Phone-VPN-trust that a gateway's member means; issuer and serial number are all it has."""
    return next(
        (
            found
            for found in in_store(site)
            if serial_key(found.serial_number) == serial_key(member.serial_number)
            and same_name(found.issuer_name, member.issuer_name)
        ),
        None,
    )


def means(site: SiteContext, member: GatewayCertificate, certificate: X509) -> bool:
    """A gateway's member is this certificate; where the store does not have it, by issuer and serial alone."""
    entry = entry_of(site, member)
    if entry is not None:
        return has_pin(entry, certificate)
    return serial_key(member.serial_number) == serial_key(certificate.serial) and same_name(
        member.issuer_name, certificate.issuer
    )


# --- what ASAs present ------------------------------------------------------------------------------------------------


class Presented(NamedTuple):
    """What one ASA presents for one URL. chain: the leaf, then the issuers sent; () where it is not known.

    how: what says so.
    """

    unit: AsaUnit
    url: str
    chain: tuple[X509, ...]
    how: str

    @property
    def subject(self) -> str:
        return f"{self.unit.device}: {self.url}"


def urls(site: SiteContext) -> tuple[str, ...]:
    """Every URL that phones of the cluster dial or will dial: of the gateways, then of the files."""
    gateways = [gateway.url for gateway in site.cucm.gateways or ()]
    return tuple(dict.fromkeys([*gateways, *(url for config in configs(site) for url in config.vpn.urls)]))


def presented(site: SiteContext, wanted: Iterable[str] | None = None) -> Iterator[Presented]:
    """For each URL (of those wanted, else of all) and each ASA that answers it: what phones are shown.

    By the probes with phones' offers; without one, by what is bound where phones arrive, with the issuer in the same
    trustpoint. The same certificate for several offers is there once.
    """
    for url in urls(site) if wanted is None else wanted:
        for unit in answering(site.asas, url):
            yield from _presented(unit, url)


def _presented(unit: AsaUnit, url: str) -> Iterator[Presented]:
    shakes = [shake for probe in probes_of(unit.probes, url) for shake in probe.handshakes]
    seen = [shake.chain for shake in shakes if shake.status == "ok" and shake.offer != BROWSER and shake.chain]
    if seen:
        for chain in dict.fromkeys(seen):
            yield Presented(unit, url, chain, "TLS probe")
        return
    chains: list[tuple[X509, ...]] = []
    for identity in facts.phone_identities(unit):
        name = identity.binding.trustpoint
        leaf, issuer = held(unit.state, name), held(unit.state, name, "ca")
        chains.append(() if leaf is None else (leaf, issuer) if issuer is not None else (leaf,))
    for chain in dict.fromkeys(chains or [()]):
        yield Presented(unit, url, chain, "configuration")


def gateways_of(site: SiteContext, url: str) -> tuple[VpnGateway, ...]:
    return tuple(gateway for gateway in site.cucm.gateways or () if gateway.url == url)
