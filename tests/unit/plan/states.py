"""Small device states for the tests of a plan's areas. Self-made."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, DeviceRefused
from ansible.module_utils.vpnphone.model import (
    AsaState,
    GroupPolicy,
    LoadBalancing,
    Plan,
    Step,
    TunnelGroup,
    WebvpnConfig,
)

from tests.unit.controls.builders import state, version
from tests.unit.plan.desk import plan_of

PHONE = "CP-7962G-SEP8CB64F576113"
DEFAULTS = {"vpn-tunnel-protocol": "ikev1 ssl-clientless", "split-tunnel-policy": "tunnelall"}


def group(**fields: Any) -> TunnelGroup:
    return TunnelGroup(**({"name": "VPNPhone", "kind": "remote-access", "default_group_policy": "GP"} | fields))


def policy(name: str = "GP", **values: str) -> GroupPolicy:
    """Underscores of the keywords stand for hyphens."""
    return GroupPolicy(name=name, kind="internal", values={key.replace("_", "-"): text for key, text in values.items()})


def asa(*groups: TunnelGroup, policies: tuple[GroupPolicy, ...] = (), **sections: Any) -> AsaState:
    """A device whose phones use tunnel-group VPNPhone with group-policy GP, which says nothing."""
    given: dict[str, Any] = {
        "version": version(),
        "tunnel_groups": groups or (group(),),
        "group_policies": policies or (policy(),),
        "default_group_policy": GroupPolicy(name="DfltGrpPolicy", kind="internal", values=DEFAULTS),
        "usernames": (),
        "webvpn": WebvpnConfig(configured=True, csd_line="csd enable"),
        "load_balancing": LoadBalancing(participate=False),
    }
    return state(**(given | sections))


def wanted(tunnel_group: dict[str, Any] | None = None, **group_policy: Any) -> dict[str, Any]:
    return {"tunnel_group": {"name": "VPNPhone", **(tunnel_group or {})}, "group_policy": group_policy}


def plan(device: AsaState, tunnel_group: dict[str, Any] | None = None, **group_policy: Any) -> Plan:
    return plan_of(device, wanted(tunnel_group, **group_policy))


def only(device: AsaState, tunnel_group: dict[str, Any] | None = None, **group_policy: Any) -> Step:
    (step,) = plan(device, tunnel_group, **group_policy).steps
    return step


def refusal(device: AsaState, tunnel_group: dict[str, Any] | None = None, **group_policy: Any) -> str:
    with pytest.raises((BadInput, DeviceRefused)) as caught:
        plan(device, tunnel_group, **group_policy)
    assert caught.value.todo
    assert str(caught.value).isprintable()
    return caught.value.code
