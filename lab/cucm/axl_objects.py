"""The objects of the VPN feature and phones as AXL shows them, and what of them can be changed.

Names of elements are those of the schema, with its spellings (autoNetworkDetection, pwdPersistant). What list gives
beside names is assumed [K], but for gateways, whose list is known to leave the certificates out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from . import soap
from .cluster import Cluster
from .objects import AUTHENTICATION, CommonProfile, Gateway, Group, Item, Phone, Profile
from .soap import Fault, boolean, children, local, node, text_of, value_of
from .spec import MAX_GATEWAY_CERTIFICATES, VPN_TRUST

# (cluster, object, element of the request): raises Fault.
Setter = Callable[[Cluster, Any, Element], None]


def uuid(item: Item) -> str:
    return f"{{{item.pkid.upper()}}}"


def not_found(label: str) -> Fault:
    return Fault(f"Item not valid: The specified {label} was not found", 5007)


# --- what the objects show ------------------------------------------------------------------------------------------


def _link(name: str, item: Item | None) -> Element:
    """A reference by name, with the key of what it refers to; empty where there is none."""
    return node(name) if item is None else node(name, item.name, uuid=uuid(item))


def _named(item: Item) -> list[Element]:
    return [node("name", item.name), node("description", item.description)]


def _gateway(cluster: Cluster, item: Gateway) -> list[Element]:
    members = [
        node(
            "certificate",
            node("issuerName", held.issuer),
            node("serialNumber", held.cert.serial),
            uuid=f"{{{held.pkid.upper()}}}",
        )
        for held in cluster.certificates_of(item)
    ]
    return [*_named(item), node("url", item.url), node("certificates", *members)]


def _group(cluster: Cluster, item: Group) -> list[Element]:
    members = [
        node("vpnGateway", _link("vpnGatewayName", cluster.gateways[name]), node("priority", str(place)))
        for place, name in enumerate(item.gateways)
    ]
    return [*_named(item), node("vpnGateways", *members)]


def _profile(cluster: Cluster, item: Profile) -> list[Element]:
    return [
        *_named(item),
        node("autoNetworkDetection", boolean(item.auto_network_detection)),
        node("mtu", str(item.mtu)),
        node("failToConnect", str(item.fail_to_connect)),
        node("clientAuthentication", item.client_authentication),
        node("pwdPersistant", boolean(item.password_persistence)),
        node("enableHostIdCheck", boolean(item.host_id_check)),
    ]


def _common(cluster: Cluster, item: CommonProfile) -> list[Element]:
    return [
        *_named(item),
        _link("vpnGroupName", cluster.groups.get(item.vpn_group)),
        _link("vpnProfileName", cluster.profiles.get(item.vpn_profile)),
    ]


def _phone(cluster: Cluster, item: Phone) -> list[Element]:
    return [
        *_named(item),
        node("product", item.product),
        node("model", item.product),
        node("class", "Phone"),
        node("protocol", "SIP"),
        _link("commonPhoneConfigName", cluster.common_profiles[item.common_profile]),
        node("certificateOperation", "No Pending Operation"),
        node("certificateStatus", item.lsc_status),
        node("vendorConfig", node("webAccess", "0" if item.web else "1")),
    ]


# --- what update changes --------------------------------------------------------------------------------------------


def _bool(element: Element) -> bool:
    text = text_of(element).lower()
    if text not in ("true", "t", "1", "false", "f", "0"):
        raise Fault(f"The value '{text[:40]}' of {local(element)} is not a boolean.", client=True)
    return text in ("true", "t", "1")


def _number(element: Element, low: int, high: int) -> int:
    text = text_of(element)
    if not re.fullmatch(r"\d{1,6}", text) or not low <= int(text) <= high:
        raise Fault(f"The value '{text[:40]}' of {local(element)} is not from {low} to {high}.", client=True)
    return int(text)


def _plain(field: str, longest: int) -> Setter:
    def put(cluster: Cluster, item: Item, element: Element) -> None:
        text = text_of(element)
        if len(text) > longest:
            raise Fault(f"{local(element)} is longer than {longest} characters.", client=True)
        setattr(item, field, text)

    return put


def _put_certificates(cluster: Cluster, item: Gateway, element: Element) -> None:
    """The list as a whole takes the place of the old one."""
    asked = children(element, "certificate")
    if not 1 <= len(asked) <= MAX_GATEWAY_CERTIFICATES:
        raise Fault(f"A VPN gateway has 1 to {MAX_GATEWAY_CERTIFICATES} certificates, not {len(asked)}.", client=True)
    files = []
    for member in asked:
        held = cluster.stores[VPN_TRUST].find(value_of(member, "issuerName"), value_of(member, "serialNumber"))
        if held is None:
            raise not_found("Certificate")
        files.append(held.file)
    item.certificates = tuple(dict.fromkeys(files))


def _put_reference(field: str, table: str, label: str, *, nillable: bool = True) -> Setter:
    def put(cluster: Cluster, item: Item, element: Element) -> None:
        name = "" if soap.is_nil(element) else text_of(element)
        if (name or not nillable) and name not in getattr(cluster, table):
            raise not_found(label)
        setattr(item, field, name)

    return put


def _put_authentication(cluster: Cluster, item: Profile, element: Element) -> None:
    text = text_of(element)
    if text not in AUTHENTICATION:
        raise Fault(
            f"The value '{text[:40]}' of clientAuthentication is none of {', '.join(AUTHENTICATION)}.", client=True
        )
    item.client_authentication = text


def _put_web(cluster: Cluster, item: Phone, element: Element) -> None:
    access = value_of(element, "webAccess")
    if access:
        item.web = access == "0"


def _put_bool(field: str) -> Setter:
    return lambda cluster, item, element: setattr(item, field, _bool(element))


def _put_number(field: str, low: int, high: int) -> Setter:
    return lambda cluster, item, element: setattr(item, field, _number(element, low, high))


# --- kinds of objects -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kind:
    """Suffix of the operations, element, name in faults, attribute of the cluster; what can be read, listed and set."""

    suffix: str
    tag: str
    label: str
    table: str
    fields: Callable[[Cluster, Any], list[Element]]
    listed: frozenset[str]
    setters: Mapping[str, Setter]

    def all(self, cluster: Cluster) -> dict[str, Item]:
        table: dict[str, Item] = getattr(cluster, self.table)
        return table

    def find(self, cluster: Cluster, element: Element) -> Item:
        """By name or by uuid. Raises Fault."""
        name, key = value_of(element, "name"), value_of(element, "uuid").strip("{}").lower()
        found = next((i for i in self.all(cluster).values() if i.name == name or (key and i.pkid == key)), None)
        if found is None:
            raise not_found(self.label)
        return found


_DESCRIPTION = {"description": _plain("description", 255)}
GATEWAY = Kind(
    "VpnGateway", "vpnGateway", "VPN Gateway", "gateways", _gateway, frozenset(("name", "description", "url")),
    {**_DESCRIPTION, "url": _plain("url", 255), "certificates": _put_certificates},
)  # fmt: skip
GROUP = Kind("VpnGroup", "vpnGroup", "VPN Group", "groups", _group, frozenset(("name", "description")), {})
PROFILE = Kind(
    "VpnProfile", "vpnProfile", "VPN Profile", "profiles", _profile,
    frozenset((
        "name", "description", "autoNetworkDetection", "mtu", "failToConnect", "clientAuthentication", "pwdPersistant",
        "enableHostIdCheck",
    )),
    {
        **_DESCRIPTION,
        "autoNetworkDetection": _put_bool("auto_network_detection"),
        "mtu": _put_number("mtu", 256, 1406),
        "failToConnect": _put_number("fail_to_connect", 0, 600),
        "clientAuthentication": _put_authentication,
        "pwdPersistant": _put_bool("password_persistence"),
        "enableHostIdCheck": _put_bool("host_id_check"),
    },
)  # fmt: skip
COMMON = Kind(
    "CommonPhoneConfig", "commonPhoneConfig", "Common Phone Profile", "common_profiles", _common,
    frozenset(("name", "description", "vpnGroupName", "vpnProfileName")),
    {
        **_DESCRIPTION,
        "vpnGroupName": _put_reference("vpn_group", "groups", "VPN Group"),
        "vpnProfileName": _put_reference("vpn_profile", "profiles", "VPN Profile"),
    },
)  # fmt: skip
PHONE = Kind(
    "Phone", "phone", "Phone", "phones", _phone,
    frozenset(("name", "description", "product", "model", "class", "protocol", "commonPhoneConfigName")),
    {
        **_DESCRIPTION,
        "commonPhoneConfigName": _put_reference(
            "common_profile", "common_profiles", "Common Phone Profile", nillable=False
        ),
        "vendorConfig": _put_web,
    },
)  # fmt: skip
