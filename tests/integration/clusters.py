"""A scenario of clusters: every version, every fault, and what is expected of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

CERTIFICATES = {
    "root": {"subject": "CN=Example Root CA,O=Example Corp", "ca": True},
    "vpn": {"subject": "CN=vpn.example.com,O=Example Corp", "san": ["DNS:vpn.example.com"], "issuer": "root"},
    "vpn-old": {"subject": "CN=old.example.com,O=Example Corp", "san": ["DNS:vpn.example.com"]},
    "capf": {"subject": "CN=CAPF-1,O=Example Corp", "ca": True},
    "manufacturing": {"subject": "CN=Lab Manufacturing CA,O=Example Phones", "ca": True},
}
VERSIONS = {
    "v11-0": "11.0.1.20000-2",
    "v11-5": "11.5.1.12900-21",
    "v12-0": "12.0.1.21000-26",
    "v12-5": "12.5.1.11900-146",
    "v14": "14.0.1.13900-155",
    "v15": "15.0.1.11900-23",
}
# Cluster: its fault (or variables), code of docs/errors.md, what happened, what to do.
UNREACHABLE: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "axl-401": ({"kind": "axl_401"}, "http_unauthorized", "refused the user name or the password", "ansible_user"),
    "axl-503": ({"kind": "axl_503"}, "throttled", "asks to be left alone", "Run again later"),
    "axl-throttle": ({"kind": "axl_throttle"}, "throttled", "Maximum AXL Memory Allocation", "Run again later"),
    "axl-garbage": ({"kind": "axl_garbage"}, "answer_unreadable", "not well-formed XML", "is it CUCM"),
    "axl-bomb": ({"kind": "axl_bomb"}, "answer_unreadable", "document type or entities", "is it CUCM"),
    "axl-endless": (
        {"kind": "axl_endless"},
        "answer_too_long",
        "longer than 32768 KiB",
        "nothing of the answer was used",
    ),
    "axl-redirect": ({"kind": "axl_redirect"}, "http_redirect", "other-cucm.example.net:8443", "answers itself"),
    "axl-hang": ({"kind": "axl_hang"}, "timeout_command", "sent nothing for 1 s", "vpnphone_command_timeout"),
    "tls-expired": ({"kind": "tls_expired"}, "tls_expired", "not valid now", "a pin accepts"),
    "tls-wrong-host": ({"kind": "tls_wrong_host"}, "tls_wrong_host", "for another name", "ansible_host"),
    "untrusted": ({"vpnphone_cucm_ca_file": ""}, "tls_untrusted", "not trusted", "vpnphone_cucm_ca_file"),
    "wrong-pin": ({"vpnphone_cucm_pin": "ab" * 32}, "tls_pin_differs", "its SHA-256 is", "vpnphone_cucm_pin"),
    "wrong-password": ({"ansible_password": "c4nary-s3cret"}, "http_unauthorized", "(401)", "It was tried once"),
    "gone": ({"vpnphone_axl_port": 1}, "connection_refused", "refuses the connection", "vpnphone_axl_port"),
    "no-such-name": ({"ansible_host": "cucm..invalid"}, "name_unknown", "does not resolve", "DNS"),
    "wrong-port": ({"axl_port_of": "os"}, "tls_failed", "does not speak TLS", "port"),
}
BAD_INPUT: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "no-password": ({"ansible_password": ""}, "login_missing", "no password for AXL", "ansible_password"),
    "bad-pin": ({"vpnphone_cucm_pin": "12:34"}, "bad_pin", "64 hex digits", "openssl x509"),
    "no-ca-file": ({"vpnphone_cucm_ca_file": "/nonexistent/ca.pem"}, "file_missing", "does not exist", "PEM"),
    "bad-address": ({"ansible_host": "https://cucm/"}, "bad_input", "neither a host name", "without scheme"),
}
# Cluster: its fault or variables, the sections that are unknown, the status and a part of the reason.
GAPS: dict[str, tuple[dict[str, Any], set[str], str, str]] = {
    "ris-503": ({"kind": "ris_503"}, {"registrations"}, "refused", "[throttled]"),
    "group-throttled": (
        {"kind": "axl_throttle", "operation": "VpnGroup"}, {"groups"}, "refused", "Maximum AXL Memory Allocation",
    ),
    "group-busy": ({"kind": "axl_503", "operation": "getVpnGroup"}, {"groups"}, "refused", "left alone"),
    "profile-garbage": (
        {"kind": "axl_garbage", "operation": "getVpnProfile"}, {"profiles"}, "unreadable", "not well-formed",
    ),
    "profile-bomb": (
        {"kind": "axl_bomb", "operation": "listVpnProfile"}, {"profiles"}, "unreadable", "document type or entities",
    ),
    "gateway-endless": (
        {"kind": "axl_endless", "operation": "getVpnGateway"}, {"gateways"}, "incomplete", "longer than 32768 KiB",
    ),
    "phones-refused": (
        {"kind": "axl_garbage", "operation": "listPhone"}, {"phones", "registrations"}, "", "",
    ),
    "os-password": (
        {"vpnphone_os_password": "c4nary-s3cret"}, {"trust_files"}, "refused", "[login_refused]",
    ),
    "os-host-key": ({"vpnphone_known_hosts": "EMPTY"}, {"trust_files"}, "refused", "[host_key_unknown]"),
    "os-port": ({"vpnphone_os_port": 1}, {"trust_files"}, "refused", "[connection_refused]"),
    "os-none": ({"vpnphone_os_user": "", "vpnphone_os_password": ""}, {"trust_files"}, "missing", "vpnphone_os_user"),
    "unrestricted": ({"export": "unrestricted"}, {"gateways", "groups", "profiles"}, "refused", "not available"),
}  # fmt: skip
# What passes, and costs nothing.
UNHARMED: dict[str, dict[str, Any]] = {
    "busy-once": {"kind": "axl_503", "count": 2},
    "version-599": {"kind": "axl_version_599"},
    "row-limit": {"row_limit": 2},
    "by-pin": {"vpnphone_cucm_pin": "PIN"},
    "pin-of-expired": {"kind": "tls_expired", "vpnphone_cucm_pin": "PIN"},
    "given-mode": {"vpnphone_cucm_export_mode": "restricted"},
    # The first phone still stands under another node, 30 days old.
    "ghost": {"kind": "ris_ghost", "node": "cucm-tftp2", "phone": "FIRST"},
}
SECTIONS = {
    "version", "gateways", "groups", "profiles", "common_profiles", "phones", "trust", "registrations", "tftp_nodes",
    "export_mode", "trust_files", "phone_certificates",
}  # fmt: skip
PHONES = [
    {"model": "7962G", "certificate": "lsc", "issuer": "capf", "onsite": True},
    {"model": "7962G", "certificate": "mic", "issuer": "manufacturing", "onsite": True},
    {"model": "7962G", "certificate": "lsc", "issuer": "capf", "online": False},
]


def cluster(name: str, version: str, fault: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": name,
        "version": version,
        "nodes": [{"name": "cucm-pub"}, {"name": "cucm-tftp2"}, {"name": "cucm-sub", "tftp": False}],
        "trust": {"Phone-VPN-trust": ["vpn", "vpn-old", "root"], "CAPF": ["capf"], "CAPF-trust": ["manufacturing"]},
        "gateways": [
            {"name": "GW1", "url": "https://vpn.example.com/VPNPhone", "certificates": ["vpn", "vpn-old"]},
            {"name": "GW & <2>", "url": "https://vpn2.example.com/VPNPhone", "certificates": ["root"]},
        ],
        "groups": [{"name": "G1", "gateways": ["GW & <2>", "GW1"]}, {"name": "Empty", "gateways": []}],
        "profiles": [{"name": "P1", "host_id_check": False, "mtu": 1200}],
        "common_profiles": [{"name": "Standard"}, {"name": "Remote", "vpn_group": "G1", "vpn_profile": "P1"}],
        "vars": {"vpnphone_connect_timeout": 5, "vpnphone_command_timeout": 1 if "hang" in name else 20},
    }
    spec = {key: value for key, value in fault.items() if key in ("kind", "operation", "count", "node", "phone")}
    made["faults"] = [spec] if spec else []
    made |= {key: value for key, value in fault.items() if key in ("export", "row_limit")}
    made["vars"] |= {key: value for key, value in fault.items() if key.startswith(("vpnphone_", "ansible_"))}
    return made


def scenario(folder: Path) -> Path:
    clusters = [cluster(name, version, {}) for name, version in VERSIONS.items()]
    faults = {
        **{name: row[0] for table in (UNREACHABLE, BAD_INPUT, GAPS) for name, row in table.items()}, **UNHARMED
    }  # fmt: skip
    clusters += [cluster(name, VERSIONS["v14"], fault) for name, fault in faults.items()]
    for index, made in enumerate(clusters):
        for fault in made["faults"]:
            if fault.get("phone") == "FIRST":
                fault["phone"] = f"SEP{index:08X}0000"
    user = {"name": "admin", "password": "rehearse", "privilege": 15}
    data = {
        "name": "clusters",
        "certificates": CERTIFICATES,
        "devices": [{"name": "asa", "version": "9.16(4)", "hardware": "ASA5525", "users": [user]}],
        "cucm": clusters,
        "phones": [
            {"name": f"SEP{index:08X}{number:04X}", "cucm": made["name"], "common_profile": "Remote", **phone}
            for index, made in enumerate(clusters)
            for number, phone in enumerate(PHONES)
        ],
    }
    path = folder / "clusters.yml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path
