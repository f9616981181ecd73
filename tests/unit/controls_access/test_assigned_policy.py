"""VPNP-257: what an AAA server may give phones at login, and what their sessions show."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.model import AsaState, GroupPolicy, Session

from tests.unit.controls.builders import change, finding, outcomes, site, without
from tests.unit.controls_access.devices import PHONE_USER, good, group, user

OWN = "GroupPolicy_VPNPhone"
ASA = change(good(), sessions=(), usernames=())
GOOD = {
    "vpn-simultaneous-logins": "3",
    "vpn-tunnel-protocol": "ssl-client",
    "group-lock": "value VPNPhone",
    "vpn-filter": "none",
    "split-tunnel-policy": "tunnelall",
}
AAA: dict[str, Any] = {"authentication": ("aaa",), "authentication_server_groups": ("RADIUS", "LOCAL")}
CERTIFICATE: dict[str, Any] = {"authentication": ("certificate",)}


def phones(device: AsaState, *policies: str, tunnel_group: str = "VPNPhone", username: str = PHONE_USER) -> AsaState:
    found = [Session(username=username, group_policy=name, tunnel_group=tunnel_group) for name in policies]
    return change(device, sessions=tuple(found))


def policies(device: AsaState, **more: dict[str, str]) -> AsaState:
    added = [GroupPolicy(name=name, kind="internal", values=values) for name, values in more.items()]
    return change(device, group_policies=(*(device.group_policies or ()), *added))


@pytest.mark.parametrize(
    ("device", "status", "words"),
    [
        pytest.param(group(ASA, **CERTIFICATE), "pass", "no AAA server takes part", id="certificates only"),
        pytest.param(
            group(ASA, authentication=("aaa",), authentication_server_groups=("LOCAL",)),
            "pass",
            "no AAA server takes part",
            id="users of the device",
        ),
        pytest.param(
            group(ASA, authentication=("aaa",), authentication_server_groups=()),
            "pass",
            "no AAA server takes part",
            id="the default is LOCAL",
        ),
        pytest.param(
            group(ASA, **AAA), "error", "UNKNOWN: whether RADIUS gives phones another", id="RADIUS and nobody connected"
        ),
        pytest.param(
            group(ASA, **CERTIFICATE, authorization_server_groups=("ISE",)),
            "error",
            "UNKNOWN: whether ISE gives phones another",
            id="certificates, authorized by ISE",
        ),
        pytest.param(
            group(ASA, **CERTIFICATE, authentication_server_groups=("RADIUS",)),
            "pass",
            "no AAA server takes part",
            id="a server that certificates do not ask",
        ),
        pytest.param(
            without(group(ASA, **AAA), "sessions"), "error", "the sessions were not learned", id="no sessions"
        ),
        pytest.param(phones(group(ASA, **AAA), OWN, OWN), "pass", "2 connected phones have it", id="as configured"),
        pytest.param(
            phones(group(ASA, **AAA), "OTHER", tunnel_group="Staff"), "error", "no phone is connected", id="of others"
        ),
        pytest.param(
            phones(group(ASA, **AAA), "OTHER", username="jdoe"),
            "error",
            "no phone is connected",
            id="of a person",
        ),
        pytest.param(
            phones(policies(group(ASA, **AAA), OTHER=GOOD), OWN, "OTHER"),
            "pass",
            "1 connected phones have group-policy OTHER, not GroupPolicy_VPNPhone: its values let phones work too",
            id="another one that is good",
        ),
        pytest.param(
            phones(policies(group(ASA, **AAA), OTHER=GOOD | {"vpn-simultaneous-logins": "0"}), "OTHER"),
            "fail",
            "OTHER: vpn-simultaneous-logins 0 (explicit)",
            id="another one that is bad",
        ),
        pytest.param(
            phones(group(ASA, **AAA), "GONE"),
            "error",
            "UNKNOWN: 1 connected phones have group-policy GONE",
            id="gone",
        ),
        pytest.param(
            phones(policies(group(ASA, **CERTIFICATE), OTHER=GOOD), "OTHER"),
            "pass",
            "have group-policy OTHER",
            id="from before a change",
        ),
        pytest.param(
            change(phones(group(ASA, **CERTIFICATE), "OTHER"), usernames=(user(PHONE_USER, vpn_group_policy="OTHER"),)),
            "pass",
            "1 connected phones have it",
            id="by its local username, which VPNP-248 judges",
        ),
    ],
)
def test_assigned(device: AsaState, status: str, words: str) -> None:
    (found,) = outcomes("VPNP-257", device, site(tunnel_groups=("VPNPhone",)))
    assert found.status == status, found.message
    assert words in found.message
    assert found.subject == "VPNPhone"
    assert bool(found.fix) == (status != "pass")


@pytest.mark.parametrize("section", ["tunnel_groups", "group_policies"])
def test_without_what_it_needs(section: str) -> None:
    assert finding("VPNP-257", without(ASA, section)).status == "error"
