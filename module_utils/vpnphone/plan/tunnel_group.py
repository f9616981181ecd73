"""The phones' connection profile: without-csd, group-url, authentication (F-025, F-036, F-057)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..controls.authentication import methods
from ..controls.csd import WITHOUT_CSD_SINCE
from ..controls.facts import release_at_least
from ..errors import BadInput
from ..model import AsaState, Desired, DesiredTunnelGroup, ManualStep, Step, TunnelGroup
from .area import AreaPlan
from .judged import by_hand, judged
from .learned import require, required_release
from .names import check_url, check_words


def tunnel_group_plan(state: AsaState, desired: Desired) -> AreaPlan:
    """Steps below `tunnel-group X webvpn-attributes`; lines that are not desired stay as they are.

    BadInput: tunnel_group_missing; group_url_taken where another connection profile answers the URL; name_refused.
    DeviceRefused (state_unknown). `without-csd` on a release below 8.2 is no step: never.py tells what a person can do.
    """
    group = phones_group(state, desired)
    wanted = desired.tunnel_group
    if wanted is None:
        return AreaPlan()
    login = tuple(_authentication(group, wanted))
    steps = (*_csd(state, group, wanted), *_url(state, group, wanted), *login)
    return AreaPlan(steps=steps, manual=(*(_issuers(state, group) if login else ()), *_in_cucm(steps)))


def phones_group(state: AsaState, desired: Desired) -> TunnelGroup:
    """The tunnel-group of the profile. A connection profile is never made: its users and addresses are a person's."""
    require(state, "tunnel_groups")
    groups = state.tunnel_groups or ()
    name = desired.tunnel_group_name
    for group in groups:
        if group.name == name:
            return group
    near = next((group.name for group in groups if group.name.lower() == name.lower()), "")
    raise BadInput(
        f"tunnel-group {name} is not on the device" + (f", but {near!a} is (case counts)." if near else "."),
        where=f"{state.device}: profile.tunnel_group.name",
        todo=f"Correct the name, or make the connection profile first: `tunnel-group {name} type remote-access`, its"
        " address pool and its group-policy.",
        code="tunnel_group_missing",
    )


def webvpn_mode(group: TunnelGroup) -> tuple[str, ...]:
    """The block that the steps are typed in."""
    return (f"tunnel-group {group.name} webvpn-attributes",)


def _csd(state: AsaState, group: TunnelGroup, wanted: DesiredTunnelGroup) -> Iterator[Step]:
    """Both forms of the line count (`without-csd anyconnect`)."""
    if not wanted.without_csd or group.without_csd:
        return
    if release_at_least(required_release(state), WITHOUT_CSD_SINCE) is False:
        return
    yield Step(
        area="tunnel_group",
        mode=webvpn_mode(group),
        command="without-csd",
        inverse=("no without-csd",),
        controls=("VPNP-221",),
        hits=(
            f"PC users who arrive by a group-url of {group.name}: their machines are no longer checked"
            if state.webvpn is None or state.webvpn.csd_line
            else ""
        ),
    )


def _url(state: AsaState, group: TunnelGroup, wanted: DesiredTunnelGroup) -> Iterator[Step]:
    url = wanted.group_url
    if not url:
        return
    standing = next((found for found in group.group_urls if found.url == url), None)
    if standing is not None and standing.enabled:
        return
    _refuse_taken(state, group, url)
    yield Step(
        area="tunnel_group",
        mode=webvpn_mode(group),
        command=f"group-url {check_url(url, state.device)} enable",
        inverse=(f"group-url {url} disable" if standing else f"no group-url {url}",),
        controls=("VPNP-211", *(("VPNP-222",) if group.without_csd or wanted.without_csd else ())),
    )


def _refuse_taken(state: AsaState, group: TunnelGroup, url: str) -> None:
    """An ASA answers a URL for one connection profile only [K]."""
    for other in state.tunnel_groups or ():
        if other.name != group.name and any(found.url.lower() == url.lower() for found in other.group_urls):
            raise BadInput(
                f"group-url {url} belongs to tunnel-group {other.name!a} already.",
                where=f"{state.device}: profile.tunnel_group.group_url",
                todo="Give the phones a URL of their own, or take it from the other connection profile first.",
                code="group_url_taken",
            )


def _authentication(group: TunnelGroup, wanted: DesiredTunnelGroup) -> Iterator[Step]:
    """The command replaces the whole line; where the line has `aaa certificate`, AAA is dropped, as desired."""
    standing = methods(group)
    if not wanted.authentication or standing == ("certificate",):
        return
    line = " ".join(group.authentication)
    yield Step(
        area="tunnel_group",
        mode=webvpn_mode(group),
        command="authentication certificate",
        # No line means the default, aaa. [K] Taking the new line away brings that back.
        inverse=(
            f"authentication {check_words(line, 'authentication method', f'tunnel-group {group.name}')}"
            if line
            else "no authentication certificate",
        ),
        controls=(
            *(() if standing == ("aaa",) else ("VPNP-251",)),
            *(("VPNP-252",) if "aaa" in standing else ()),
        ),
        hits=f"everyone who logs in to {group.name} with a password: from then on only a certificate counts",
    )


def _issuers(state: AsaState, group: TunnelGroup) -> Iterator[ManualStep]:
    """What is wrong with the CAs of the phones' certificates, as soon as certificates alone count (VPNP-254)."""
    after = msgspec.structs.replace(group, authentication=("certificate",))
    groups = tuple(after if found is group else found for found in state.tunnel_groups or ())
    # Without its time: what expires overnight must not make another plan of it; the findings tell that.
    to_come = msgspec.structs.replace(state, tunnel_groups=groups, gathered_at=None)
    step = by_hand(judged("VPNP-254", to_come, group.name))
    if step is not None:
        yield msgspec.structs.replace(step, what="Before the change: this ASA can verify the phones' certificates")


def _in_cucm(steps: tuple[Step, ...]) -> Iterator[ManualStep]:
    """The other half of a step, which is CUCM's: until it is done, the phones stay as they are or stay out."""
    for step in steps:
        if step.command.startswith("group-url "):
            url = step.command.split()[1]
            yield ManualStep(
                what="CUCM's VPN gateway has exactly this group-url",
                why=f"a phone dials the URL that CUCM gives it, and it must equal {url} letter by letter",
                steps=(
                    "CUCM: Advanced Features > VPN > VPN Gateway: look at VPN Gateway URL.",
                    f"If it is another one, type {url} there; then Apply Config while the phones can reach CUCM.",
                ),
                controls=("VPNP-212",),
            )
        elif step.command == "authentication certificate":
            yield ManualStep(
                what="CUCM's VPN profile says Certificate, and each phone has one that this ASA trusts",
                why="a phone that asks its user for a password is refused where the tunnel-group wants a certificate",
                steps=(
                    "CUCM: Advanced Features > VPN > VPN Profile: Client Authentication Method = Certificate.",
                    "`show crypto ca trustpoints` on the ASA: the CA of the phones' LSCs (CAPF) or MICs is there.",
                    "Do both before the change; phones that are away keep their old setting until they come back.",
                ),
                controls=("VPNP-251", "VPNP-254"),
            )
