"""VPN gateways, groups and profiles, and the Common Phone Profiles that name them (AXL)."""

from __future__ import annotations

from ...model import CommonPhoneProfile, GatewayCertificate, VpnGateway, VpnGroup, VpnProfile
from ...soap import children, first, shown, text
from .answer import Answers, Unknown, flag, number, objects, value_of


def parse_version(answers: Answers) -> str:
    """As getCCMVersion prints it: "14.0.1.13900-155"."""
    version = text(value_of(answers, "getCCMVersion"), "componentVersion", "version")
    if not version:
        raise Unknown("unreadable", "getCCMVersion names no version")
    return shown(version, 50)


def parse_gateways(answers: Answers) -> tuple[VpnGateway, ...]:
    """getVpnGateway, since listVpnGateway leaves the certificates out."""
    found = []
    for name, told in objects(answers, "listVpnGateway", "getVpnGateway", "vpnGateway"):
        for needed in ("url", "certificates"):
            # A gateway has both: an answer without them was asked for other fields.
            if not children(told, needed):
                raise Unknown("unreadable", f"getVpnGateway of {shown(name, 60)!r} tells no {needed}")
        members = children(first(told, "certificates"), "certificate")
        certificates = tuple(
            GatewayCertificate(issuer_name=text(member, "issuerName"), serial_number=text(member, "serialNumber"))
            for member in members
        )
        found.append(
            VpnGateway(
                name=name, url=text(told, "url"), certificates=certificates, description=text(told, "description")
            )
        )
    return tuple(found)


def parse_groups(answers: Answers) -> tuple[VpnGroup, ...]:
    """Members in the order of their priority, those without one last."""
    found = []
    for name, told in objects(answers, "listVpnGroup", "getVpnGroup", "vpnGroup"):
        members = children(first(told, "vpnGateways"), "vpnGateway")
        ordered = sorted(members, key=lambda member: _priority(number(member, "priority")))
        gateways = tuple(text(member, "vpnGatewayName") for member in ordered)
        if "" in gateways:
            raise Unknown("unreadable", f"getVpnGroup of {shown(name, 60)!r} has a member without a name")
        found.append(VpnGroup(name=name, gateways=gateways))
    return tuple(found)


def _priority(number: int | None) -> int:
    return 10**9 if number is None else number


def parse_profiles(answers: Answers) -> tuple[VpnProfile, ...]:
    """Fields are spelled as AXL spells them, wrong or not."""
    return tuple(
        VpnProfile(
            name=name,
            client_authentication=text(told, "clientAuthentication"),
            host_id_check=flag(told, "enableHostIdCheck"),
            auto_network_detection=flag(told, "autoNetworkDetection"),
            password_persistence=flag(told, "pwdPersistant"),
            mtu=number(told, "mtu"),
            fail_to_connect=number(told, "failToConnect"),
        )
        for name, told in objects(answers, "listVpnProfile", "getVpnProfile", "vpnProfile")
    )


def parse_common_profiles(answers: Answers) -> tuple[CommonPhoneProfile, ...]:
    return tuple(
        CommonPhoneProfile(name=name, vpn_group=text(told, "vpnGroupName"), vpn_profile=text(told, "vpnProfileName"))
        for name, told in objects(answers, "listCommonPhoneConfig", "getCommonPhoneConfig", "commonPhoneConfig")
    )
