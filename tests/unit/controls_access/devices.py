"""Devices for the tests of what a phone meets when it connects; every value here is self-made."""

from __future__ import annotations

from typing import Any

import msgspec
from ansible.module_utils.vpnphone.model import AsaState, Certificate, GroupPolicy, GroupUrl, Outcome, UserAttributes

from tests.unit.controls.builders import DEFAULT_POLICY_VALUES, certificate, change, healthy

URL = "https://vpn.example.com/VPNPhone"
PHONE_USER = "CP-7962G-SEP001122334455"


def ca(common_name: str, **fields: Any) -> Certificate:
    """A CA certificate of that common name, in a trustpoint named like it."""
    return certificate(
        **{
            "kind": "ca",
            "serial": "0d04",
            "subject": f"cn={common_name}",
            "subject_cn": common_name,
            "issuer": f"cn={common_name}",
            "issuer_cn": common_name,
            "trustpoints": (common_name.replace(" ", "-"),),
        }
        | fields
    )


def good() -> AsaState:
    """The healthy ASA with the CA of the phones' LSCs and every default of DfltGrpPolicy that matters."""
    base = healthy()
    values = DEFAULT_POLICY_VALUES | {
        "webvpn anyconnect mtu": "1406",
        "vpn-session-timeout": "none",
        "vpn-access-hours": "none",
    }
    return change(
        base,
        certificates=(*(base.certificates or ()), ca("CAPF-18cf046e")),
        default_group_policy=GroupPolicy(name="DfltGrpPolicy", kind="internal", values=values),
    )


def group(device: AsaState, **fields: Any) -> AsaState:
    """The device with some fields of tunnel-group VPNPhone replaced."""
    return change(
        device,
        tunnel_groups=tuple(
            msgspec.structs.replace(found, **fields) if found.name == "VPNPhone" else found
            for found in device.tunnel_groups or ()
        ),
    )


def urls(device: AsaState, *texts: str) -> AsaState:
    """The device with these group-urls; one that starts with `-` is disabled."""
    return group(
        device,
        group_urls=tuple(GroupUrl(url=text.removeprefix("-"), enabled=not text.startswith("-")) for text in texts),
    )


def own_policy(device: AsaState, *remove: str, kind: str = "internal", **values: str) -> AsaState:
    """The device with lines of GroupPolicy_VPNPhone removed and set; `_` in a keyword stands for `-`."""
    changed = {name.replace("_", "-"): value for name, value in values.items()}

    def edited(found: GroupPolicy) -> GroupPolicy:
        if found.name != "GroupPolicy_VPNPhone":
            return found
        kept = {name: value for name, value in found.values.items() if name not in remove}
        return msgspec.structs.replace(found, kind=kind, values=kept | changed)

    return change(device, group_policies=tuple(edited(found) for found in device.group_policies or ()))


def default_policy(device: AsaState, **values: str) -> AsaState:
    """The device with explicit lines in DfltGrpPolicy, which `show running-config all` then shows too."""
    changed = {name.replace("_", "-"): value for name, value in values.items()}
    base = device.default_group_policy
    return change(
        device,
        group_policies=tuple(
            msgspec.structs.replace(found, values=found.values | changed) if found.name == "DfltGrpPolicy" else found
            for found in device.group_policies or ()
        ),
        **({"default_group_policy": msgspec.structs.replace(base, values=base.values | changed)} if base else {}),
    )


def user(name: str = PHONE_USER, **values: str) -> UserAttributes:
    return UserAttributes(name=name, values={key.replace("_", "-"): value for key, value in values.items()})


def brief(outcomes: tuple[Outcome, ...]) -> list[tuple[str, str]]:
    """(status, subject) of each outcome."""
    return [(outcome.status, outcome.subject) for outcome in outcomes]
