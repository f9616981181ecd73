"""The scope of a renewal, from what was gathered: ASAs with what they show now, gateways, phones. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..controls import facts
from ..controls.site_context import AsaUnit, SiteContext
from ..controls.site_facts import profile_of, vpn_profile
from ..controls.site_profile import AUTH_METHODS
from ..model import X509, CucmPhone, PhoneState
from ..model.renewal import AsaRenewal, ClusterRenewal, GatewayNote, Journal, PhoneRenewal
from ..predict.client import BY_CERTIFICATE
from ..predict.files import good_files
from ..predict.head import held
from ..predict.identity import is_same
from ..predict.reach import answering
from .gathered import Seen
from .store import note_of
from .wishes import Wish


def open_renewal(
    renewal: str,
    seen: Seen,
    wishes: Mapping[str, Wish],
    old: Mapping[str, str],
    *,
    options: tuple[str, ...],
    at: datetime,
) -> Journal:
    """The journal of a renewal of these; seen with what was foretold.

    old: the trustpoint to be renewed, by ASA, where a person names it.

    An ASA whose old trustpoint or interface is not plain is left out here: preflight says so and is a no-go.
    """
    asas = {}
    for unit in seen.units:
        wish = wishes.get(unit.device)
        found = _asa(unit, wish, old.get(unit.device, "")) if wish is not None else None
        if found is not None:
            asas[unit.device] = found
    clusters: dict[str, ClusterRenewal] = {}
    phones: dict[str, PhoneRenewal] = {}
    for context in seen.clusters:
        gateways = _gateways(context, asas)
        clusters[context.device] = ClusterRenewal(name=context.device, gateways=gateways)
        phones |= _phones(context, asas)
    return Journal(renewal=renewal, created=at, asas=asas, clusters=clusters, phones=phones, options=options)


def interface_of(unit: AsaUnit, wish: Wish) -> str:
    """Where phones arrive, as the ASA spells it; "" where that is not one interface."""
    if wish.interface:
        return wish.interface
    names = facts.phone_interfaces(unit)
    return names[0] if len(names) == 1 else ""


def _asa(unit: AsaUnit, wish: Wish, old: str) -> AsaRenewal | None:
    interface = interface_of(unit, wish)
    if not interface:
        return None
    bound = [line.trustpoint for line in facts.bound_trustpoints(unit.state, interface)]
    if old:
        bound = [name for name in bound if name.lower() == old.lower()]
    if len(bound) > 1:
        # From 9.4(1) on an RSA and an EC certificate may be bound together: the one of the new one's kind is renewed.
        alike = [name for name in bound if _kind(unit, name) == wish.key]
        bound = alike if len(alike) == 1 else bound
    if len(bound) != 1:
        return None
    certificate = _shown(unit, bound[0])
    return AsaRenewal(
        name=unit.device,
        interface=interface,
        old_trustpoint=bound[0],
        new_trustpoint=wish.trustpoint,
        old=note_of(certificate) if certificate is not None else None,
    )


def _kind(unit: AsaUnit, trustpoint: str) -> str:
    found = held(unit.state, trustpoint)
    if found is not None:
        return found.key_type
    shown = facts.identity_certificate(unit.state, trustpoint)
    return facts.key_kind(shown) if shown is not None else ""


def _shown(unit: AsaUnit, trustpoint: str) -> X509 | None:
    """The certificate itself: of the configuration, else what a probe was shown where show output says it is that."""
    found = held(unit.state, trustpoint)
    if found is not None:
        return found
    named = facts.identity_certificate(unit.state, trustpoint)
    leaves = (shake.chain[0] for probe in unit.probes for shake in probe.handshakes if shake.chain)
    return next((leaf for leaf in leaves if named is not None and is_same(named, leaf)), None)


def _gateways(context: SiteContext, asas: Mapping[str, AsaRenewal]) -> dict[str, GatewayNote]:
    """Gateways whose URL an ASA of the renewal answers, with their list as it is."""
    found = {}
    for gateway in context.cucm.gateways or ():
        names = tuple(unit.device for unit in answering(context.asas, gateway.url) if unit.device in asas)
        if names:
            before = tuple((one.issuer_name, one.serial_number) for one in gateway.certificates)
            found[gateway.name] = GatewayNote(name=gateway.name, url=gateway.url, asas=names, before=before)
    return found


# --- phones -----------------------------------------------------------------------------------------------------------


def _phones(context: SiteContext, asas: Mapping[str, AsaRenewal]) -> dict[str, PhoneRenewal]:
    """Every VPN phone whose file or VPN group leads to an ASA of the renewal.

    A phone of which neither tells where it goes may come to any of them, so it is in.
    """
    listed = {phone.name: phone for phone in context.cucm.phones or ()}
    states = {phone.name: phone for phone in context.phones}
    found = {}
    for one in context.predictions:
        phone, state = listed.get(one.phone), states.get(one.phone)
        urls = _urls(context, phone, state)
        names = {unit.device for url in urls for unit in answering(context.asas, url)} if urls else set(asas)
        mine = tuple(sorted(names & asas.keys()))
        if mine:
            found[one.phone] = PhoneRenewal(
                name=one.phone,
                cluster=context.device,
                asas=mine,
                certificate_login=_by_certificate(context, phone, state),
            )
    return found


def _urls(context: SiteContext, phone: CucmPhone | None, state: PhoneState | None) -> tuple[str, ...]:
    """Those of the files that nodes serve it, and those that its VPN group gives it with the next one."""
    urls = [url for found in (good_files(state) if state else ()) if found.vpn for url in found.vpn.urls]
    profile = profile_of(context, phone) if phone is not None else None
    group = next((one for one in context.cucm.groups or () if profile and one.name == profile.vpn_group), None)
    gateways = {gateway.name: gateway.url for gateway in context.cucm.gateways or ()}
    urls += [gateways[name] for name in (group.gateways if group else ()) if name in gateways]
    return tuple(dict.fromkeys(urls))


def _by_certificate(context: SiteContext, phone: CucmPhone | None, state: PhoneState | None) -> bool:
    """Its files say how it logs in, else its VPN profile; where neither does, a person is taken to be needed."""
    methods = {found.vpn.auth_method for found in (good_files(state) if state else ()) if found.vpn}
    if methods - {None}:
        return methods == {BY_CERTIFICATE}
    profile = profile_of(context, phone) if phone is not None else None
    chosen = vpn_profile(context, profile.vpn_profile) if profile is not None else None
    return chosen is not None and AUTH_METHODS.get(chosen.client_authentication, (None, ""))[0] == BY_CERTIFICATE
