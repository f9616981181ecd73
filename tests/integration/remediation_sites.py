"""The sites of test_remediation.py, made from the shipped scenarios."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# Planted in the configurations and accounts; none may be seen anywhere afterwards. An ASA hides keys itself; what it
# prints as it is are the last two.
CANARIES = {
    "login": "canary-login-4711",
    "enable": "canary-enable-4712",
    "tunnel": "canary-preshared-4713",
    "radius": "canary-radius-4715",
    "cluster": "canary-cluster-4716",
    "ldap": "canary-ldap-4717",
    "user": "canaryHash.4714x",
    "snmp": "canary-snmp-4719",
}


def broken(data: dict[str, Any]) -> None:
    """The default site with approvals for `ssl`, secrets of its own, and something desired of asa-gone too."""
    data["defaults"]["users"] = [{"name": "admin", "password": CANARIES["login"], "privilege": 15}]
    data["defaults"]["enable_secret"] = CANARIES["enable"]
    data["cucm"], data["phones"] = [], []
    devices = {device["name"]: device for device in data["devices"]}
    faulty, classic, gone = (devices[name] for name in ("asa-faulty", "asa-classic", "asa-gone"))
    for device in (faulty, classic):
        device["vars"]["vpnphone_approve_ssl"] = True
    faulty["config"] = (
        faulty["config"].replace("lab-radius-key", CANARIES["radius"]).replace("lab-cluster-key", CANARIES["cluster"])
        + f"username keeper password {CANARIES['user']} encrypted\n"
        + f"snmp-server user watcher watchers v3 auth sha {CANARIES['snmp']}\n"
        + f"tunnel-group Contractors ipsec-attributes\n ikev1 pre-shared-key {CANARIES['tunnel']}\n"
        + f"aaa-server LDAP protocol ldap\naaa-server LDAP (inside) host 10.1.0.61\n"
        f" ldap-login-password {CANARIES['ldap']}\n"
    )
    gone["vars"] = {"vpnphone_profile": {"tunnel_group": {"name": "VPNPhone", "without_csd": True}}}


HOSTILE = 'evil";reload'
# The device's own words in a refusal.
REFUSAL = "ERROR: % no memory left, try again"


def mixed(data: dict[str, Any]) -> None:
    """Units of pairs, and what goes wrong at each: standby, locked by another run, a hostile name, a refusal."""
    devices = {device["name"]: device for device in data["devices"]}
    names = ("pair-standby", "pair-active", "pair-mate-failed", "pair-mate-without-certificate")
    standby, locked, hostile, refuses = (devices[name] for name in names)
    # What the profile leaves to the device is its own policy's name, and that is sent back to it.
    config = Path(hostile.pop("config_file")).read_text(encoding="utf-8")
    hostile["config"] = config.replace("GroupPolicy_VPNPhone", HOSTILE)
    refuses["faults"] = [{"kind": "refuse", "command": "^group-url ", "text": REFUSAL}]
    for device in (standby, locked, hostile, refuses):
        device["vars"] = {
            "vpnphone_profile": {
                "tunnel_group": {"name": "VPNPhone", "group_url": "https://vpn.example.com/new"},
                "group_policy": {"simultaneous_logins": 5},
            }
        }
    data["devices"] = [standby, locked, hostile, refuses]
