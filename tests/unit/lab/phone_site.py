"""Sites of many ASAs with one phone each: every case is an ASA of its own, so that one lab serves all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

CERTIFICATES: dict[str, dict[str, Any]] = {
    "root": {"subject": "CN=Root,O=Lab", "ca": True},
    "issuing": {"subject": "CN=Issuing,O=Lab", "ca": True, "issuer": "root"},
    "vpn": {"subject": "CN=vpn.example.com,O=Lab", "issuer": "issuing", "san": ["DNS:vpn.example.com"]},
    "renewed": {"subject": "CN=renewed.example.com,O=Lab", "issuer": "issuing"},
    "elliptic": {"subject": "CN=ec.example.com,O=Lab", "issuer": "issuing", "key": "ec256"},
    "wildcard": {"subject": "CN=wild,O=Lab", "issuer": "issuing", "san": ["DNS:*.example.com"]},
    "capf": {"subject": "CN=CAPF,O=Lab", "ca": True},
    "capf-expired": {"subject": "CN=CAPF old,O=Lab", "ca": True, "valid_from": "-900d", "valid_to": "-1d"},
    "stranger": {"subject": "CN=Stranger,O=Lab", "ca": True},
}
PINNED = ("vpn", "elliptic", "wildcard")


@dataclass(frozen=True)
class Case:
    """One ASA with one phone. Lines replace the good ones; extra: lines at the end; phone, device: further keys.

    url: of the gateway, "" for the usual one; pins: its certificates. @ stands for the ASA's own address in URLs, for
    the phone's name in extra.
    """

    reason: str = "ok"
    ssl: tuple[str, ...] = ("ssl trust-point VPN outside",)
    webvpn: tuple[str, ...] = ("enable outside", "anyconnect enable")
    policy: tuple[str, ...] = ("vpn-tunnel-protocol ssl-client",)
    general: tuple[str, ...] = ("address-pool PHONES", "default-group-policy GP")
    group: tuple[str, ...] = ("authentication certificate",)
    group_url: str = ""
    url: str = ""
    extra: str = ""
    pins: tuple[str, ...] = ("vpn",)
    profile: dict[str, Any] = field(default_factory=dict)
    device: dict[str, Any] = field(default_factory=dict)
    phone: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Any] = field(default_factory=dict)
    grouped: bool = True


def number_of(cases: dict[str, Case], name: str) -> int:
    return list(cases).index(name) + 1


def phone_of(cases: dict[str, Case], name: str) -> str:
    return f"SEP8CB64F57{number_of(cases, name):04X}"


def address_of(cases: dict[str, Case], name: str) -> str:
    return f"198.51.100.{number_of(cases, name)}"


def url_of(name: str) -> str:
    return f"https://{name}.example.com/Phones"


def _config(name: str, case: Case, address: str, phone: str) -> str:
    def below(lines: tuple[str, ...]) -> str:
        return "".join(f" {line}\n" for line in lines)

    url = case.group_url.replace("@", address) or f"group-url {url_of(name)} enable"
    lines = "".join(f"{line}\n" for line in case.ssl)
    extra = case.extra.replace("@", phone)
    return f"""\
domain-name example.com
ip local pool PHONES 10.10.10.10-10.10.10.11 mask 255.255.255.0
interface GigabitEthernet0/0
 nameif outside
 ip address {address} 255.255.255.0
logging enable
logging buffer-size 1048576
logging buffered debugging
crypto ca trustpoint VPN
crypto ca trustpoint RENEWED
crypto ca trustpoint EC
crypto ca trustpoint WILD
crypto ca trustpoint ROOT
crypto ca trustpoint CAPF
crypto ca trustpoint CAPF-OLD
{lines}webvpn
{below(case.webvpn)}group-policy GP internal
group-policy GP attributes
{below(case.policy)}tunnel-group Phones type remote-access
tunnel-group Phones general-attributes
{below(case.general)}tunnel-group Phones webvpn-attributes
{below(case.group)} {url}
{extra}"""


TRUSTPOINTS = {
    "VPN": {"identity": "vpn", "ca": "issuing"},
    "RENEWED": {"identity": "renewed", "ca": "issuing"},
    "EC": {"identity": "elliptic", "ca": "issuing"},
    "WILD": {"identity": "wildcard", "ca": "issuing"},
    "ROOT": {"ca": "root"},
    "CAPF": {"ca": "capf"},
    "CAPF-OLD": {"ca": "capf-expired"},
}


def scenario(cases: dict[str, Case], **keys: Any) -> dict[str, Any]:
    """The whole site. keys: further top-level keys."""
    devices, phones, gateways, groups, profiles, common, faults = [], [], [], [], [], [], []
    for name, case in cases.items():
        address, phone = address_of(cases, name), phone_of(cases, name)
        devices.append(
            {"name": name, "config": _config(name, case, address, phone), "trustpoints": TRUSTPOINTS, **case.device}
        )
        url = case.url.replace("@", address) or url_of(name)
        gateways.append({"name": name, "url": url, "certificates": list(case.pins)})
        groups.append({"name": name, "gateways": [name]})
        profiles.append({"name": name, "host_id_check": False, **case.profile})
        given = {"vpn_group": name, "vpn_profile": name} if case.grouped else {}
        common.append({"name": name, **given})
        phones.append(
            {"name": phone, "cucm": "cucm", "common_profile": name, "issuer": "capf",
             "public_ip": f"203.0.113.{number_of(cases, name)}", **case.phone}
        )  # fmt: skip
        if case.fault:
            faults.append({**case.fault, "phone": phone})
    trusted = dict.fromkeys(pin for case in cases.values() for pin in case.pins)
    cucm = {
        "name": "cucm", "nodes": [{"name": "pub"}, {"name": "sub"}],
        "trust": {"Phone-VPN-trust": list(trusted)},
        "gateways": gateways, "groups": groups, "profiles": profiles, "common_profiles": common, "faults": faults,
    }  # fmt: skip
    return {
        "name": "phones", "certificates": CERTIFICATES, "devices": devices, "cucm": [cucm], "phones": phones, **keys,
    }  # fmt: skip
