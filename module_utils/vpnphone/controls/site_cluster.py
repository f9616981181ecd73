"""The cluster itself: may it do VPN at all, are its VPN settings whole, are they within CUCM's limits."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import CommonPhoneProfile, Outcome, VpnGroup
from .base import site_control
from .site_context import SiteContext
from .site_facts import (
    CERTIFICATES,
    EXPORT,
    SETTINGS,
    count_of,
    names_of,
    no_vpn_phone,
    quote,
    vpn_phones,
)

# CUCM's own limits (VPN Gateway and VPN Group configuration).
MAX_GATEWAY_CERTIFICATES = 10
MAX_GROUP_GATEWAYS = 3
MAX_GROUP_CERTIFICATES = 10


@site_control(
    "VPNP-302",
    title="CUCM is the export restricted version",
    severity="critical",
    features=("F-005",),
    section=EXPORT,
    rationale="The export unrestricted version has no VPN for phones: signalling and media are not encrypted, and the"
    " pages for VPN profile, gateway, group and feature are not there.",
    remediation=("PERSON: rebuild the cluster with the restricted version; there is no upgrade from the other one.",),
    needs=("export_mode",),
)
def export_restricted(site: SiteContext) -> Iterator[Outcome]:
    """The words of the version; that nothing says "unrestricted" does not prove the restricted version."""
    found = site.cucm.export_mode
    if found is None:
        return
    shown = ", ".join(found.seen) or "nothing that tells"
    evidence = (quote(site, "export_mode", *found.seen),)
    if found.mode == "restricted":
        yield Outcome(status="pass", message=f"the restricted version: {shown}", evidence=evidence)
    elif found.mode == "unrestricted":
        yield Outcome(
            status="fail",
            message=f"the export unrestricted version has no VPN for phones: {shown}",
            expected="the export restricted version",
            actual="unrestricted",
            evidence=evidence,
            fix=("PERSON: plan a rebuild with the restricted version; CUCM cannot be upgraded to it.",),
        )
    else:
        yield Outcome(
            status="error",
            message="UNKNOWN: nothing that was read tells whether this is the restricted version",
            expected="a text that tells, such as the name of the installed ISO",
            actual=shown,
            evidence=evidence,
            fix=(
                "PERSON: look whether Advanced Features > VPN is in CUCM's menu, and at the version that Cisco Unified"
                " OS Administration shows; give the platform login so that `show version active` can be read.",
            ),
        )


@site_control(
    "VPNP-303",
    title="The VPN phones are given a VPN group, a VPN profile and gateways",
    severity="critical",
    features=("F-050",),
    section=SETTINGS,
    rationale="A phone gets its VPN settings by its Common Phone Profile, which must name a VPN group and a VPN"
    " profile; the group must name gateways. Where one of them is missing, the phone's file has no VPN in it.",
    remediation=(
        "PERSON: Device > Device Settings > Common Phone Profile: choose the VPN group and the VPN profile; then Apply"
        " Config.",
    ),
    needs=("phones", "common_profiles", "groups", "profiles", "gateways"),
    applies=no_vpn_phone,
)
def settings_whole(site: SiteContext) -> Iterator[Outcome]:
    """Each Common Phone Profile of VPN phones: group and profile are chosen and there, the group has its gateways."""
    used = {phone.common_profile for phone in vpn_phones(site)}
    for found in site.cucm.common_profiles or ():
        if found.name in used:
            yield _whole(site, found)


def _whole(site: SiteContext, found: CommonPhoneProfile) -> Outcome:
    names = [phone.name for phone in vpn_phones(site) if phone.common_profile == found.name]
    group = next((one for one in site.cucm.groups or () if one.name == found.vpn_group), None)
    gateways = {gateway.name for gateway in site.cucm.gateways or ()}
    lost = [name for name in group.gateways if name not in gateways] if group else []
    wrong = ""
    if not found.vpn_group:
        wrong = "it names no VPN group"
    elif not found.vpn_profile:
        wrong = "it names no VPN profile"
    elif group is None:
        wrong = f"its VPN group {found.vpn_group} is not there"
    elif not any(one.name == found.vpn_profile for one in site.cucm.profiles or ()):
        wrong = f"its VPN profile {found.vpn_profile} is not there"
    elif not group.gateways:
        wrong = f"its VPN group {group.name} has no gateway"
    elif lost:
        wrong = f"gateway {lost[0]} of its VPN group {group.name} is not there"
    shown = f"VPN group {found.vpn_group or '(none)'}, VPN profile {found.vpn_profile or '(none)'}"
    evidence = (
        quote(site, "common_profiles", f"{found.name}: {shown}"),
        quote(site, "groups", *((f"{group.name}: {', '.join(group.gateways) or 'no gateway'}",) if group else ())),
    )
    if not wrong:
        return Outcome(
            status="pass",
            subject=found.name,
            message=f"{found.name} gives {count_of(names)} {shown}",
            evidence=evidence,
        )
    return Outcome(
        status="fail",
        subject=found.name,
        message=f"Common Phone Profile {found.name}: {wrong}; {count_of(names)} of it: {names_of(names)}",
        expected="a VPN group with gateways, and a VPN profile",
        actual=shown,
        evidence=evidence,
        fix=(
            f"PERSON: Device > Device Settings > Common Phone Profile > {found.name}: choose the VPN group and the VPN"
            " profile; give the group its gateways (Advanced Features > VPN > VPN Group); then Apply Config.",
        ),
    )


@site_control(
    "VPNP-304",
    title="Gateways and groups are within CUCM's limits, with room for a renewal",
    severity="high",
    features=("F-014",),
    section=CERTIFICATES,
    rationale="CUCM takes 10 certificates a gateway, 3 gateways a group and 10 certificates a group. A renewal needs"
    " the old and the new certificate at once: where there is no room, the new one does not reach the phones.",
    remediation=(
        "PERSON: take certificates that no ASA presents any more out of the gateway (Advanced Features > VPN > VPN"
        " Gateway), or pin the issuing CA instead of each leaf.",
    ),
    needs=("gateways", "groups"),
)
def limits(site: SiteContext) -> Iterator[Outcome]:
    """10 certificates a gateway; 3 gateways and 10 certificates a group, with one place left for a new certificate."""
    counts = {gateway.name: len(gateway.certificates) for gateway in site.cucm.gateways or ()}
    for name, number in counts.items():
        yield _limit(site, "gateways", f"gateway {name}", number, MAX_GATEWAY_CERTIFICATES, "certificates")
    for group in site.cucm.groups or ():
        yield from _of_group(site, group, counts)
    if not counts and not site.cucm.groups:
        yield Outcome(
            status="skipped", message="CUCM has no VPN gateway and no VPN group", evidence=(quote(site, "gateways"),)
        )


def _of_group(site: SiteContext, group: VpnGroup, counts: dict[str, int]) -> Iterator[Outcome]:
    number = len(group.gateways)
    evidence = (quote(site, "groups", f"{group.name}: {', '.join(group.gateways)}"),)
    over = number > MAX_GROUP_GATEWAYS
    yield Outcome(
        status="fail" if over else "pass",
        subject=f"group {group.name}",
        message=f"VPN group {group.name} has {number} of {MAX_GROUP_GATEWAYS} gateways",
        expected=f"at most {MAX_GROUP_GATEWAYS}",
        actual=str(number),
        evidence=evidence,
        fix=(f"PERSON: take gateways out of VPN group {group.name}.",) if over else (),
    )
    total = sum(counts.get(name, 0) for name in group.gateways)
    yield _limit(site, "groups", f"certificates of group {group.name}", total, MAX_GROUP_CERTIFICATES, "certificates")


def _limit(site: SiteContext, section: str, subject: str, number: int, limit: int, what: str) -> Outcome:
    over, full = number > limit, number == limit
    note = ": no room for a new one beside the old" if full else ": more than CUCM takes" if over else ""
    return Outcome(
        status="fail" if over or full else "pass",
        subject=subject,
        message=f"{subject}: {number} of {limit} {what}{note}",
        expected=f"less than {limit}",
        actual=str(number),
        evidence=(quote(site, section, f"{subject}: {number} {what}"),),
        fix=(f"PERSON: take {what} that no ASA presents any more from {subject}.",) if over or full else (),
    )
