"""CUCM's VPN profile against the ASA its phones dial: the login method, and the host-ID check (F-057 to F-059)."""

from __future__ import annotations

from collections.abc import Iterator

from ..addresses import is_address
from ..model import Evidence, Outcome, VpnProfile
from ..predict.identity import host_id, typed_host
from ..predict.reach import answering
from .authentication import methods
from .base import site_control
from .connection import webvpn_block, webvpn_evidence
from .site_context import SiteContext
from .site_facts import (
    HOST_ID,
    METHOD,
    configs,
    count_of,
    names_of,
    presented,
    profile_of,
    quote,
    vpn_phones,
    vpn_profile,
)
from .site_gateway import groups_with
from .site_hash import file_evidence

# What the words of a VPN profile are called in the phone's file (authMethod), and what the ASA must ask for.
AUTH_METHODS: dict[str, tuple[int, str]] = {
    "User and Password": (0, "aaa"),
    "Password Only": (1, "aaa"),
    "Certificate": (2, "certificate"),
}


def _profiles(site: SiteContext) -> dict[str, list[str]]:
    """VPN profiles in use, with the phones of each."""
    found: dict[str, list[str]] = {}
    for phone in vpn_phones(site):
        profile = profile_of(site, phone)
        if profile is not None and profile.vpn_profile:
            found.setdefault(profile.vpn_profile, []).append(phone.name)
    return found


def _urls_of(site: SiteContext, profile: str) -> tuple[str, ...]:
    """The gateway URLs that phones of a VPN profile dial."""
    groups = {one.vpn_group for one in site.cucm.common_profiles or () if one.vpn_profile == profile}
    names = {name for group in site.cucm.groups or () if group.name in groups for name in group.gateways}
    return tuple(gateway.url for gateway in site.cucm.gateways or () if gateway.name in names)


def _phones_at(site: SiteContext, profile: str, url: str) -> list[str]:
    """The phones of a VPN profile that dial this URL."""
    gateways = {gateway.name for gateway in site.cucm.gateways or () if gateway.url == url}
    groups = {group.name for group in site.cucm.groups or () if gateways & set(group.gateways)}
    commons = {
        one.name for one in site.cucm.common_profiles or () if one.vpn_profile == profile and one.vpn_group in groups
    }
    return [phone.name for phone in vpn_phones(site) if phone.common_profile in commons]


def _absent(site: SiteContext, name: str) -> Outcome:
    return Outcome(
        status="skipped",
        subject=name,
        message=f"VPN profile {name} is not there: see VPNP-303",
        evidence=(quote(site, "profiles"),),
    )


def _no_profile(site: SiteContext) -> str:
    if site.cucm.phones is None or site.cucm.common_profiles is None or _profiles(site):
        return ""
    return "no phone of the cluster has a VPN profile"


@site_control(
    "VPNP-334",
    title="CUCM's VPN profile and the ASA want the same login",
    severity="critical",
    features=("F-057",),
    section=METHOD,
    rationale="The VPN profile tells the phone to show a certificate or to ask for a password, the tunnel-group tells"
    " the ASA what to ask for. One without the other never connects.",
    remediation=(
        "PERSON: Advanced Features > VPN > VPN Profile: Client Authentication Method = Certificate; then Apply Config.",
        "`authentication certificate` below `tunnel-group <TG> webvpn-attributes`.",
    ),
    needs=("profiles", "common_profiles", "groups", "gateways", "phones"),
    applies=_no_profile,
)
def same_method(site: SiteContext) -> Iterator[Outcome]:
    """Each VPN profile in use against the tunnel-group of each URL its phones dial, and against their files."""
    for name, phones in _profiles(site).items():
        profile = vpn_profile(site, name)
        if profile is None:
            yield _absent(site, name)
            continue
        yield from _method_of(site, profile, phones)


def _method_of(site: SiteContext, profile: VpnProfile, phones: list[str]) -> Iterator[Outcome]:
    text = profile.client_authentication
    shown = quote(site, "profiles", f"{profile.name}: clientAuthentication {text or '(none)'}")
    if text not in AUTH_METHODS:
        yield Outcome(
            status="error",
            subject=profile.name,
            message=f"UNKNOWN: what Client Authentication Method {text or '(none)'} of VPN profile {profile.name} is",
            expected=", ".join(AUTH_METHODS),
            actual=text or "none",
            evidence=(shown,),
            fix=("PERSON: read it in Advanced Features > VPN > VPN Profile.",),
        )
        return
    number, word = AUTH_METHODS[text]
    for url in _urls_of(site, profile.name):
        for unit in answering(site.asas, url):
            for group in groups_with(unit, url):
                words = methods(group)
                good = words == (word,)
                yield Outcome(
                    status="pass" if good else "fail",
                    subject=f"{profile.name}: {unit.device} {group.name}",
                    message=f"VPN profile {profile.name} says {text}, {unit.device} `authentication {' '.join(words)}`"
                    + ("" if good else f": {count_of(_phones_at(site, profile.name, url))} cannot log in"),
                    expected=f"authentication {word}",
                    actual=f"authentication {' '.join(words)}",
                    evidence=(shown, webvpn_evidence(unit, group)),
                    fix=()
                    if good
                    else (
                        "PERSON: decide which of the two is meant; for the profile's:",
                        *webvpn_block(group, f"authentication {word}"),
                    ),
                )
    mine = set(phones)
    stale = [config for config in configs(site) if config.vpn.auth_method != number and mine & set(config.phones)]
    names = [name for config in stale for name in config.phones if name in mine]
    yield Outcome(
        status="fail" if names else "pass",
        subject=f"{profile.name}: files",
        message=f"authMethod of {count_of(names)} is not the {number} of VPN profile {profile.name}: {names_of(names)}"
        if names
        else f"no file that could be read has another authMethod than VPN profile {profile.name}",
        expected=f"authMethod {number}",
        actual=", ".join(sorted({str(config.vpn.auth_method) for config in stale})) or str(number),
        evidence=(shown, *(file_evidence(config) for config in stale[:3])),
        fix=("PERSON: Apply Config; where the file stays as it is, restart the TFTP service of that node.",)
        if names
        else (),
    )


@site_control(
    "VPNP-335",
    title="The certificate has the host of the gateway URL, where the host-ID check is on",
    severity="critical",
    features=("F-058", "F-059"),
    section=HOST_ID,
    rationale="With Enable Host ID Check, which is the default, a phone compares the host of the URL with the names in"
    " the certificate. It refuses wildcards and addresses, although a browser takes them.",
    remediation=(
        "PERSON: give the ASA a certificate with the host of the URL as a DNS name, in stages (renewal).",
        "PERSON: or switch Enable Host ID Check off in the VPN profile; the phones must fetch their file before the"
        " certificate changes.",
    ),
    needs=("profiles", "common_profiles", "groups", "gateways", "phones"),
    applies=_no_profile,
)
def host_fits(site: SiteContext) -> Iterator[Outcome]:
    """Each VPN profile with the check on, against what each ASA presents at each URL its phones dial."""
    for name in _profiles(site):
        profile = vpn_profile(site, name)
        if profile is None:
            yield _absent(site, name)
            continue
        shown = quote(site, "profiles", f"{name}: enableHostIdCheck {profile.host_id_check}")
        if profile.host_id_check is False:
            yield Outcome(
                status="pass",
                subject=name,
                message=f"VPN profile {name} has no host-ID check: the hash alone decides",
                evidence=(shown,),
            )
            continue
        yield from _host_of(site, profile, shown)


def _host_of(site: SiteContext, profile: VpnProfile, shown: Evidence) -> Iterator[Outcome]:
    found = list(presented(site, _urls_of(site, profile.name)))
    if not found:
        yield Outcome(
            status="skipped",
            subject=profile.name,
            message=f"no ASA that was read answers a gateway URL of VPN profile {profile.name}: see VPNP-316",
            evidence=(shown,),
        )
    for one in found:
        host = typed_host(one.url)
        answer = host_id(host, one.chain[0] if one.chain else None)
        sure = profile.host_id_check is True
        phones = _phones_at(site, profile.name, one.url)
        text = f"{answer.text} ({count_of(phones)} of VPN profile {profile.name} dial this URL)"
        evidence = (
            shown,
            Evidence(
                command=f"{one.how}: {one.subject}",
                lines=(f"CN {one.chain[0].subject_cn}", *(f"DNS:{name}" for name in one.chain[0].san_dns))
                if one.chain
                else (),
            ),
        )
        if answer.verdict == "CONNECTS":
            yield Outcome(
                status="pass", subject=f"{profile.name}: {one.subject}", message=answer.text, evidence=evidence
            )
            continue
        failed = answer.verdict == "LOCKED OUT" and sure
        yield Outcome(
            status="fail" if failed else "error",
            subject=f"{profile.name}: {one.subject}",
            message=text if failed else f"UNKNOWN: {text}",
            expected=f"a DNS name {host}" if not is_address(host) else "a host name in the URL",
            actual=answer.text,
            evidence=evidence,
            fix=(
                "PERSON: renew in stages with the host as a DNS name, or switch the check off in the VPN profile and"
                " Apply Config before the certificate changes.",
            ),
        )
