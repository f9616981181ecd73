"""What the site's state knows of the things a log names: certificates by hash, phones, tunnel-groups, open findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..controls import facts
from ..controls.site_context import AsaUnit, SiteContext
from ..controls.site_facts import VPN_TRUST
from ..model import Finding, TrustedCertificate
from ..pins import hash_to_hex
from ..predict.files import good_files
from ..predict.identity import pins_of
from .streams import phone_of

_OPEN = ("fail", "waived")


class AsaNames(NamedTuple):
    """names: what its log may call it, in lower case. policies: tunnel-group -> its default group-policy.

    trustpoints: those bound where phones arrive.
    """

    device: str
    names: frozenset[str]
    tunnel_groups: tuple[str, ...] = ()
    policies: Mapping[str, str] = {}
    interfaces: tuple[str, ...] = ()
    trustpoints: tuple[str, ...] = ()


class PhoneNames(NamedTuple):
    """pins: SHA-1 (lower-case hex) of the hashes in the files that nodes serve it, None where none could be read.

    addresses: public ones of its sessions.
    """

    model: str = ""
    pins: frozenset[str] | None = None
    addresses: frozenset[str] = frozenset()


class SiteNames(NamedTuple):
    """certificates: SHA-1 -> where it is. trusted: of Phone-VPN-trust, None where not read. findings: open ones, by
    control, the devices they are of. hosts: of the URLs that phones dial.
    """

    certificates: Mapping[str, tuple[str, ...]] = {}
    phones: Mapping[str, PhoneNames] = {}
    asas: tuple[AsaNames, ...] = ()
    trusted: frozenset[str] | None = None
    findings: Mapping[str, tuple[str, ...]] = {}
    hosts: frozenset[str] = frozenset()

    def asa(self, device: str) -> AsaNames | None:
        """By its name in the inventory or its host name; the only one of a site where the log names none."""
        if not device:
            return self.asas[0] if len(self.asas) == 1 else None
        return next((one for one in self.asas if device.lower() in one.names), None)

    def is_phones_group(self, tunnel_group: str, device: str = "") -> bool | None:
        """None where the site does not know the ASA, or none of its groups."""
        known = [one for one in self.asas if not device or one is self.asa(device)]
        groups = [name for one in known for name in one.tunnel_groups]
        return tunnel_group in groups if groups else None

    def leaf(self, sha1: str, phone: str) -> dict[str, str]:
        """What is known of the certificate with that hash, as facts of a cause."""
        wanted = sha1.lower()
        found = {"leaf certificate": f"SHA-1 {wanted}"}
        where = self.certificates.get(wanted, ())
        if where:
            found["this certificate is"] = "; ".join(where[:6])
        elif self.certificates:
            found["this certificate is"] = "none that the gathered state knows"
        pins = self.phones[phone].pins if phone in self.phones else None
        if pins is not None:
            said = "has" if wanted in pins else "does NOT have"
            found["the phone's file"] = f"as it is served, it {said} this hash (an issuer's hash would do, too)"
        if self.trusted is not None:
            said = "has" if wanted in self.trusted else "does NOT have"
            found["Phone-VPN-trust"] = f"as it was gathered, it {said} this certificate"
        return found

    def explaining(self, controls: Iterable[str], asa: str = "") -> tuple[str, ...]:
        """Those of these controls that have an open finding, of this ASA where it is known."""
        known = self.asa(asa) if asa else None
        return tuple(
            name
            for name in controls
            if name in self.findings and (known is None or _concerns(self.findings[name], known, self.asas))
        )


def _concerns(devices: tuple[str, ...], asa: AsaNames, asas: tuple[AsaNames, ...]) -> bool:
    """Of this ASA, or of a device that is no ASA (a cluster)."""
    others = {one.device for one in asas if one is not asa}
    return any(device not in others for device in devices)


def site_names(
    sites: Iterable[SiteContext], units: Iterable[AsaUnit] = (), findings: Iterable[Finding] = ()
) -> SiteNames:
    """Of every cluster of a run, of ASAs that belong to none (units), and of what the audit found."""
    sites = tuple(sites)
    every = {unit.device: unit for unit in (*units, *(unit for site in sites for unit in site.asas))}
    certificates: dict[str, list[str]] = {}
    for unit in every.values():
        _certificates_of(unit, certificates)
    stored = [(entry, site.device) for site in sites for entry in site.cucm.trust or ()]
    for entry, cluster in stored:
        sha1 = _sha1(entry)
        if sha1:
            certificates.setdefault(sha1, []).append(f"{entry.subject_name} in {entry.store} of {cluster}")
    read = any(site.cucm.trust is not None for site in sites)
    trusted = frozenset(_sha1(entry) for entry, _ in stored if entry.store == VPN_TRUST) - {""}
    return SiteNames(
        certificates={sha1: tuple(dict.fromkeys(words)) for sha1, words in certificates.items()},
        phones=_phones(sites, every.values()),
        asas=tuple(_asa(unit) for unit in every.values()),
        trusted=trusted if read else None,
        findings=_open(findings),
        hosts=_hosts(sites, every.values()),
    )


def _certificates_of(unit: AsaUnit, found: dict[str, list[str]]) -> None:
    kinds = {"identity": "identity certificate", "ca": "CA certificate"}
    bound = {line.trustpoint.lower() for line in (unit.state.ssl.trust_points if unit.state.ssl else ())}
    for held in unit.state.certificate_chain or ():
        use = " (bound for SSL)" if held.kind == "identity" and held.trustpoint.lower() in bound else ""
        words = f"{held.x509.subject_cn or held.x509.subject}: {kinds[held.kind]} of trustpoint {held.trustpoint}"
        found.setdefault(held.x509.sha1, []).append(f"{words} on {unit.device}{use}")
    for probe in unit.probes:
        for shake in probe.handshakes:
            for place, certificate in enumerate(shake.chain):
                what = "presented" if place == 0 else "sent as an issuer"
                words = f"{certificate.subject_cn or certificate.subject}: {what} by {unit.device} when it was probed"
                found.setdefault(certificate.sha1, []).append(words)


def _sha1(entry: TrustedCertificate) -> str:
    if entry.x509 is not None:
        return entry.x509.sha1
    try:
        return hash_to_hex(entry.stored_hash)
    except ValueError:
        return ""


def _phones(sites: tuple[SiteContext, ...], units: Iterable[AsaUnit]) -> dict[str, PhoneNames]:
    addresses: dict[str, set[str]] = {}
    for unit in units:
        for session in unit.state.sessions or ():
            phone = phone_of(session.username)
            if phone and session.public_ip:
                addresses.setdefault(phone, set()).add(session.public_ip)
    models = {phone.name: phone.model for site in sites for phone in site.cucm.phones or ()}
    pins: dict[str, frozenset[str] | None] = {}
    for site in sites:
        for state in site.phones:
            files = [one.vpn for one in good_files(state)]
            # Several nodes may serve different files: every hash that the phone may have.
            pins[state.name] = frozenset(pin for vpn in files if vpn for pin in pins_of(vpn).sha1) if files else None
    return {
        name: PhoneNames(models.get(name, ""), pins.get(name), frozenset(addresses.get(name, ())))
        for name in {*addresses, *models, *pins}
    }


def _asa(unit: AsaUnit) -> AsaNames:
    state = unit.state
    groups = tuple(profile.tunnel_group for profile in unit.profiles)
    return AsaNames(
        device=unit.device,
        names=frozenset(name.lower() for name in (unit.device, state.hostname) if name),
        tunnel_groups=groups,
        policies={one.name: one.default_group_policy for one in state.tunnel_groups or () if one.default_group_policy},
        interfaces=facts.phone_interfaces(unit),
        trustpoints=tuple(dict.fromkeys(one.binding.trustpoint for one in facts.phone_identities(unit))),
    )


def _open(findings: Iterable[Finding]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for finding in findings:
        if finding.status in _OPEN or any(outcome.status in _OPEN for outcome in finding.outcomes):
            found.setdefault(finding.control, []).append(finding.device)
    return {control: tuple(dict.fromkeys(devices)) for control, devices in found.items()}


def _hosts(sites: tuple[SiteContext, ...], units: Iterable[AsaUnit]) -> frozenset[str]:
    gateways = (gateway.url for site in sites for gateway in site.cucm.gateways or ())
    files = (
        url for site in sites for phone in site.phones for one in good_files(phone) if one.vpn for url in one.vpn.urls
    )
    dialled = (url for unit in units for url in facts.phone_urls(unit))
    return frozenset(facts.url_host(url) for url in (*gateways, *files, *dialled)) - {""}
