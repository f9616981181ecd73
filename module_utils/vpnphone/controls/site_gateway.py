"""CUCM's gateway URL on both its ways: at the ASA as a group-url, in the phones' files as it is typed (F-025)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Evidence, Outcome, TunnelGroup
from ..predict.reach import answering
from . import facts
from .base import site_control
from .connection import HASH, webvpn_block, webvpn_evidence
from .site_context import AsaUnit, SiteContext
from .site_facts import (
    configs,
    count_of,
    names_of,
    no_gateway,
    profile_of,
    quote,
    vpn_phones,
)


def groups_with(unit: AsaUnit, url: str) -> tuple[TunnelGroup, ...]:
    """The tunnel-groups of an ASA that have this enabled group-url, case-exactly."""
    return tuple(
        group
        for group in unit.state.tunnel_groups or ()
        if any(one.enabled and one.url == url for one in group.group_urls)
    )


@site_control(
    "VPNP-316",
    title="Each gateway URL is a group-url of an ASA",
    severity="critical",
    features=("F-025",),
    section=HASH,
    rationale="The URL typed in CUCM must equal an enabled group-url letter by letter. With another case, port or final"
    " slash the phone lands in the default tunnel-group, where it fails.",
    remediation=(
        "`group-url <URL of the gateway> enable` below `tunnel-group <TG> webvpn-attributes`.",
        "Or PERSON: correct the URL in Advanced Features > VPN > VPN Gateway; then Apply Config.",
    ),
    needs=("gateways",),
    applies=no_gateway,
)
def is_group_url(site: SiteContext) -> Iterator[Outcome]:
    """The first half: CUCM's gateway against every ASA that the URL leads to."""
    for gateway in site.cucm.gateways or ():
        units = answering(site.asas, gateway.url)
        shown = quote(site, "gateways", f"{gateway.name}: {gateway.url}")
        if not units:
            yield Outcome(
                status="error",
                subject=gateway.name,
                message=f"UNKNOWN: no ASA that was read answers {gateway.url} of gateway {gateway.name}",
                expected="an ASA of the run behind each gateway",
                actual=f"ASAs read: {', '.join(unit.device for unit in site.asas) or 'none'}",
                evidence=(shown,),
                fix=("PERSON: add the ASA behind it to the inventory, or correct the URL of the gateway in CUCM.",),
            )
        for unit in units:
            yield _group_url(unit, gateway.name, gateway.url, shown)


def _group_url(unit: AsaUnit, gateway: str, url: str, shown: Evidence) -> Outcome:
    subject = f"{gateway}: {unit.device}"
    if unit.state.tunnel_groups is None:
        return Outcome(
            status="error",
            subject=subject,
            message=f"UNKNOWN: the group-urls of {unit.device}",
            expected=f"group-url {url} enable",
            actual="not learned",
            evidence=(shown, facts.quote(unit.state, "tunnel_groups")),
            fix=(f"PERSON: gather {unit.device} again with an account that may read its tunnel-groups.",),
        )
    found = groups_with(unit, url)
    if found:
        return Outcome(
            status="pass",
            subject=subject,
            message=f"{url} is an enabled group-url of tunnel-group {found[0].name}",
            evidence=(shown, webvpn_evidence(unit, found[0])),
        )
    near = [
        (group, one)
        for group in unit.state.tunnel_groups
        for one in group.group_urls
        if one.url.lower().rstrip("/") == url.lower().rstrip("/")
    ]
    what = f"; nearest: {near[0][1].url}{'' if near[0][1].enabled else ' (disabled)'}" if near else ""
    phones = facts.phone_tunnel_groups(unit)
    target = near[0][0] if near else phones[0] if phones else None
    typable = url.isprintable() and "?" not in url and not any(char.isspace() for char in url)
    return Outcome(
        status="fail",
        subject=subject,
        message=f"{url} of gateway {gateway} is no enabled group-url of {unit.device}{what}",
        expected=f"group-url {url} enable",
        actual=f"group-urls: {', '.join(one.url for group in phones for one in group.group_urls) or 'none'}",
        evidence=(shown, *(webvpn_evidence(unit, group) for group in phones)),
        fix=(
            "PERSON: correct the URL of the gateway in CUCM, or add CUCM's URL here:",
            *(webvpn_block(target, f"group-url {url} enable") if target is not None and typable else ()),
        ),
    )


@site_control(
    "VPNP-317",
    title="The phones' files carry the gateways' URLs as they are typed",
    severity="critical",
    features=("F-025", "F-023"),
    section=HASH,
    rationale="A phone dials what its file says. A file from before the URL was corrected sends it to the old place,"
    " and a node that was not told keeps such files.",
    remediation=("PERSON: Apply Config to the phones' profile; look that every TFTP node serves the new file.",),
    needs=("gateways", "groups", "common_profiles", "phones"),
    applies=lambda site: "" if configs(site) else "no file with VPN settings could be read: see VPNP-321",
)
def urls_in_files(site: SiteContext) -> Iterator[Outcome]:
    """The second half: url1 to url3 of each file against the gateways of the phone's own VPN group, case-exactly."""
    typed = {gateway.name: gateway.url for gateway in site.cucm.gateways or ()}
    groups = {group.name: group for group in site.cucm.groups or ()}
    wanted: dict[str, tuple[str, ...]] = {}
    for phone in vpn_phones(site):
        profile = profile_of(site, phone)
        group = groups.get(profile.vpn_group) if profile is not None else None
        if group is not None:
            wanted[phone.name] = tuple(typed[name] for name in group.gateways if name in typed)
    causes: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    good: list[str] = []
    for config in configs(site):
        for name in config.phones:
            expected = wanted.get(name)
            if expected is None:
                continue
            if set(config.vpn.urls) == set(expected):
                good.append(name)
            else:
                causes.setdefault((config.vpn.urls, expected), []).append(name)
    for (found, expected), names in causes.items():
        yield Outcome(
            status="fail",
            subject=", ".join(found) or "no URL",
            message=f"the files of {count_of(names)} have {', '.join(found) or 'no URL'}, their VPN group has"
            f" {', '.join(expected) or 'no gateway'}: {names_of(names)}",
            expected=", ".join(expected) or "the URLs of the group's gateways",
            actual=", ".join(found) or "none",
            evidence=(quote(site, "gateways", *(f"{name}: {url}" for name, url in typed.items())),),
            fix=("PERSON: Apply Config; where the file stays as it is, restart the TFTP service of that node.",),
        )
    if good:
        yield Outcome(
            status="pass",
            message=f"the files of {count_of(good)} have the URLs of their gateways",
            evidence=(quote(site, "gateways", *(f"{name}: {url}" for name, url in typed.items())),),
        )
    if not good and not causes:
        yield Outcome(
            status="skipped",
            message="no file that could be read belongs to a phone whose VPN group is known",
            evidence=(quote(site, "groups"),),
        )
