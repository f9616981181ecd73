"""A site of many ASAs, each with one fault of its own and one phone that dials it, as a scenario of the lab.

Everything is self-made after the facts of Cisco document 116162. Names end in .invalid: nothing of it exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

CLUSTER, DEAF = "cucm-main", "cucm-deaf"
NODES = ("node-a", "node-b")
# Suites of the lab's newer models that an EC certificate can sign.
EC_SUITES = "ECDHE-ECDSA-AES256-GCM-SHA384:AES256-SHA:AES128-SHA"
SHA = "AES256-SHA:AES128-SHA"
CIPHERS = (
    f'ssl cipher tlsv1 custom "{SHA}"',
    f'ssl cipher tlsv1.1 custom "{SHA}"',
    f'ssl cipher tlsv1.2 custom "{SHA}"',
    f'ssl cipher dtlsv1 custom "{SHA}"',
    f'ssl cipher dtlsv1.2 custom "{SHA}"',
)
WITH_EC = (*CIPHERS[:2], f'ssl cipher tlsv1.2 custom "{EC_SUITES}"', *CIPHERS[3:])
POLICY = (
    "vpn-simultaneous-logins 3",
    "vpn-filter none",
    "vpn-tunnel-protocol ssl-client",
    "group-lock value VPNPhone",
    "split-tunnel-policy tunnelall",
)
DAP_XML = (
    "<dapRecordList><dapRecord><dapName><value>VPNPhone</value></dapName>"
    "<dapViewsRelation><value>and</value></dapViewsRelation><dapBasicView><dapSelection>"
    "<dapPolicy><value>match-any</value></dapPolicy><attr><name>aaa.cisco.tunnelgroup</name>"
    "<value>VPNPhone</value><operation>EQ</operation><type>caseless</type></attr>"
    "</dapSelection></dapBasicView></dapRecord></dapRecordList>\n"
)
PC = {
    "user": "jdoe",
    "kind": "pc",
    "assigned_ip": "10.254.0.9",
    "tunnel_group": "Staff",
    "group_policy": "DfltGrpPolicy",
}


@dataclass(frozen=True)
class Fault:
    """One ASA and the phone that dials it. now and apply: the verdict and the step that a prediction must give.

    {host} and {url} in a text stand for this ASA's own; a name such as leaf stands for its own certificate.
    """

    id: str
    now: tuple[str, str] = ("CONNECTS", "pin")
    apply: tuple[str, str] | None = None
    # The phone.
    model: str = "7962G"
    phone: dict[str, Any] = field(default_factory=dict)
    # CUCM: the gateway's URLs and certificates, the profile, faults of this phone's files.
    urls: tuple[str, ...] = ("{url}",)
    pins: tuple[str, ...] = ("leaf",)
    profile: dict[str, Any] = field(default_factory=dict)
    files: tuple[dict[str, Any], ...] = ()
    cluster: str = CLUSTER
    common: dict[str, str] | None = None
    # The ASA.
    leaf: dict[str, Any] = field(default_factory=dict)
    trustpoints: dict[str, dict[str, str]] | None = None
    # Lines below `crypto ca trustpoint <name>`.
    points: dict[str, str] = field(default_factory=dict)
    ciphers: tuple[str, ...] = CIPHERS
    bound: tuple[str, ...] = ("ssl trust-point VPN outside",)
    webvpn: tuple[str, ...] = ("enable outside", "anyconnect enable")
    policy: tuple[str, ...] = POLICY
    tunnel: tuple[str, ...] = ("authentication certificate", "group-url {url} enable", "without-csd")
    lines: tuple[str, ...] = ()
    interface: tuple[str, ...] = ()
    device: dict[str, Any] = field(default_factory=dict)


TRUST: dict[str, dict[str, str]] = {
    "VPN": {"identity": "leaf", "ca": "issuing"},
    "ROOT": {"ca": "root"},
    "CAPF": {"ca": "capf"},
    "MFG": {"ca": "manufacturing"},
    "MFG2": {"ca": "manufacturing-sha2"},
}


def without(*names: str, **more: dict[str, str]) -> dict[str, dict[str, str]]:
    return {name: held for name, held in TRUST.items() if name not in names} | more


# --- the scenario -----------------------------------------------------------------------------------------------------

CERTIFICATES: dict[str, dict[str, Any]] = {
    "root": {"subject": "CN=Example Root CA,O=Example", "ca": True, "valid_from": "-900d", "valid_to": "+900d"},
    "issuing": {"subject": "CN=Example Issuing CA,O=Example", "ca": True, "issuer": "root", "valid_to": "+800d"},
    "other": {"subject": "CN=other.example.invalid,O=Example", "issuer": "issuing", "valid_to": "+300d"},
    "capf": {"subject": "CN=CAPF-18cf046e,O=Example", "ca": True, "valid_to": "+900d"},
    # The CAPF certificate of before: the same name, another key.
    "capf-old": {"subject": "CN=CAPF-18cf046e,O=Example", "ca": True, "valid_to": "+900d"},
    "manufacturing": {"subject": "CN=Lab Manufacturing CA,O=Example Phones", "ca": True, "valid_to": "+3000d"},
    "manufacturing-sha2": {
        "subject": "CN=Lab Manufacturing CA SHA2,O=Example Phones",
        "ca": True,
        "valid_to": "+3000d",
    },
}
CONFIG = """\
hostname {name}
domain-name example.invalid
ip local pool PHONES 10.{number}.0.10-10.{number}.0.250 mask 255.255.255.0
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address {address} 255.255.255.0
{interface}
dynamic-access-policy-record DfltAccessPolicy
 action terminate
dynamic-access-policy-record VPNPhone
 description "IP phones"
{trustpoints}
{lines}
{ssl}
webvpn
{webvpn}
group-policy GroupPolicy_VPNPhone internal
group-policy GroupPolicy_VPNPhone attributes
{policy}
tunnel-group VPNPhone type remote-access
tunnel-group VPNPhone general-attributes
 address-pool PHONES
 default-group-policy GroupPolicy_VPNPhone
 username-from-certificate CN
tunnel-group VPNPhone webvpn-attributes
{tunnel}
"""


class Place(NamedTuple):
    """What a fault's texts stand for."""

    number: int
    fault: Fault

    @property
    def name(self) -> str:
        return f"asa-{self.fault.id}"

    @property
    def phone(self) -> str:
        return f"SEP{self.number:012X}"

    @property
    def words(self) -> dict[str, str]:
        host = f"{self.fault.id}.example.invalid"
        return {
            "name": self.name,
            "number": str(self.number),
            "host": host,
            "url": f"https://{host}/VPNPhone",
            "address": f"198.51.100.{self.number}",
            "cluster": f"203.0.113.{self.number}",
            "user": f"CP-{self.fault.model}-{self.phone}",
        }

    def text(self, text: str) -> str:
        for word, value in self.words.items():
            text = text.replace(f"{{{word}}}", value)
        return text

    def certificate(self, name: str) -> str:
        return f"leaf-{self.fault.id}" if name == "leaf" else name

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(map(self.text, self.fault.urls))


def places(faults: Iterable[Fault]) -> tuple[Place, ...]:
    return tuple(Place(number, fault) for number, fault in enumerate(faults, 1))


def scenario(found: tuple[Place, ...]) -> dict[str, Any]:
    """The whole site: an ASA and a phone for each fault, and the clusters."""
    leafs = {place.certificate("leaf"): _leaf(place) for place in found}
    return {
        "name": "faults of phones",
        "certificates": CERTIFICATES | leafs,
        "devices": [_device(place) for place in found],
        "cucm": [_cluster(name, found) for name in (CLUSTER, DEAF)],
        "phones": [_phone(place) for place in found],
    }


def _leaf(place: Place) -> dict[str, Any]:
    host = place.words["host"]
    return {
        "subject": f"CN={host},O=Example",
        "san": [f"DNS:{host}"],
        "issuer": "issuing",
        "valid_to": "+300d",
        # Small keys are made quickly.
        "key": "rsa1024",
    } | place.fault.leaf


def _device(place: Place) -> dict[str, Any]:
    fault = place.fault
    held = TRUST if fault.trustpoints is None else fault.trustpoints
    blocks = [
        line
        for name in held
        for line in (f"crypto ca trustpoint {name}", " enrollment terminal", f" {fault.points.get(name, '')}")
    ]
    parts = {
        "interface": "\n".join(f" {line}" for line in fault.interface),
        "trustpoints": "\n".join(blocks),
        "lines": "\n".join(fault.lines),
        "ssl": "\n".join((*fault.ciphers, *fault.bound)),
        "webvpn": "\n".join(f" {line}" for line in fault.webvpn),
        "policy": "\n".join(f" {line}" for line in fault.policy),
        "tunnel": "\n".join(f" {line}" for line in fault.tunnel),
    }
    text = CONFIG
    for word, value in parts.items():
        text = text.replace(f"{{{word}}}", value)
    return {
        "name": place.name,
        "version": "9.16(4)85",
        "enable_secret": "rehearse-enable",
        "config": "".join(f"{line}\n" for line in place.text(text).splitlines() if line.strip()),
        "trustpoints": {
            name: {kind: place.certificate(one) for kind, one in certificates.items()}
            for name, certificates in held.items()
        },
        "flash": {"disk0:/dap.xml": DAP_XML},
        "vars": {"vpnphone_connect_timeout": 3, "vpnphone_command_timeout": 10},
    } | fault.device


def _cluster(name: str, found: tuple[Place, ...]) -> dict[str, Any]:
    mine = [place for place in found if place.fault.cluster == name]
    pins = dict.fromkeys(place.certificate(pin) for place in mine for pin in place.fault.pins)
    gateways, groups, profiles, commons, faults = [], [], [], [], []
    for place in mine:
        fault = place.fault
        names = [f"GW{order}-{fault.id}" for order, _ in enumerate(place.urls, 1)]
        certificates = [place.certificate(pin) for pin in fault.pins]
        gateways += [
            {"name": one, "url": url, "certificates": certificates} for one, url in zip(names, place.urls, strict=True)
        ]
        groups.append({"name": f"G-{fault.id}", "gateways": names})
        profiles.append({"name": f"P-{fault.id}"} | fault.profile)
        given = {"vpn_group": f"G-{fault.id}", "vpn_profile": f"P-{fault.id}"}
        commons.append({"name": f"C-{fault.id}"} | (given if fault.common is None else fault.common))
        faults += [{"phone": place.phone} | one for one in fault.files]
    return {
        "name": name,
        "nodes": [{"name": node} for node in NODES],
        "trust": {
            "Phone-VPN-trust": list(pins),
            "CAPF": ["capf"],
            "CAPF-trust": ["manufacturing", "manufacturing-sha2"],
        },
        "gateways": gateways,
        "groups": groups,
        "profiles": profiles,
        "common_profiles": commons,
        "faults": faults + ([{"kind": "ris_503"}] if name == DEAF else []),
    }


def _phone(place: Place) -> dict[str, Any]:
    return {
        "name": place.phone,
        "model": place.fault.model,
        "cucm": place.fault.cluster,
        "common_profile": f"C-{place.fault.id}",
        "issuer": "capf",
    } | place.fault.phone
