"""What stands and is never changed automatically: it is told with the exact steps, and never a command is sent."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.model import (
    AsaState,
    Desired,
    DesiredGroupPolicy,
    DesiredTunnelGroup,
    LoadBalancing,
    ManualStep,
)
from ansible.module_utils.vpnphone.plan.never import never_plan

from tests.unit.controls.builders import change, edit, on, without
from tests.unit.controls_access.devices import default_policy, good, group, own_policy

NOTHING = Desired(tunnel_group_name="VPNPhone")


def manual(state: AsaState, wanted: Desired = NOTHING) -> tuple[ManualStep, ...]:
    found = never_plan(state, wanted)
    assert found.steps == () and found.dap_file is None
    for step in found.manual:
        assert step.what and step.why and step.steps and step.controls
    return found.manual


def policy(**fields: Any) -> Desired:
    return Desired(tunnel_group_name="VPNPhone", group_policy=DesiredGroupPolicy(**fields))


def test_where_nothing_stands_nothing_is_said() -> None:
    assert manual(good()) == ()


# --- load balancing -------------------------------------------------------------------------------------------------


def cluster(*addresses: str) -> AsaState:
    return change(good(), load_balancing=LoadBalancing(participate=True, cluster_addresses=addresses))


def test_phones_that_dial_the_cluster() -> None:
    [step] = manual(cluster("vpn.example.com"))
    assert step.controls == ("VPNP-214",) and "leave load balancing on" in step.steps[-1]
    assert not [line for line in step.steps if line.startswith(("no ", "vpn load-balancing"))]


def test_the_url_that_will_be_set_counts() -> None:
    state = cluster("203.0.113.9")
    url = DesiredTunnelGroup(group_url="https://203.0.113.9/VPNPhone")
    [step] = manual(state, Desired(tunnel_group_name="VPNPhone", tunnel_group=url))
    assert "203.0.113.9" in step.why
    own = DesiredTunnelGroup(group_url="https://192.0.2.1/VPNPhone")
    assert manual(state, Desired(tunnel_group_name="VPNPhone", tunnel_group=own)) == ()


def test_a_cluster_that_was_not_learned_is_unknown() -> None:
    [step] = manual(without(good(), "load_balancing"))
    assert "UNKNOWN" in step.why and "vpn load-balancing" in step.why


# --- CSD before 8.2 -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "release", "told"),
    [
        ("8.0(4)", (8, 0, 4, 0), True),
        ("8.1(2)", (8, 1, 2, 0), True),
        ("8.2(1)", (8, 2, 1, 0), False),
        ("9.16(4)", (9, 16, 4, 0), False),
        ("unknown", None, False),
    ],
)
def test_csd_before_8_2_is_on_or_off_for_everybody(text: str, release: Any, told: bool) -> None:
    state = on(text, release, group(edit(good(), "webvpn", csd_line="csd enable"), without_csd=""))
    steps = manual(state)
    assert bool(steps) == told
    if told:
        assert steps[0].steps[1:5] == ("configure terminal", "webvpn", " no csd enable", "end")
        assert "approve first" in steps[0].steps[0] and "way back" in steps[0].steps[-1]
        assert steps[0].controls == ("VPNP-221",)


def test_csd_that_is_off_is_not_told() -> None:
    state = on("8.0(4)", (8, 0, 4, 0), group(good(), without_csd=""))
    assert manual(state) == () and manual(without(state, "webvpn")) == ()


# --- DfltGrpPolicy --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attribute", "value", "control", "option"),
    [
        ("vpn-simultaneous-logins", "0", "VPNP-242", {"simultaneous_logins": 3}),
        ("vpn-tunnel-protocol", "ikev1", "VPNP-243", {"ssl_client": True}),
        ("group-lock", "value Staff", "VPNP-244", {"group_lock": "none"}),
        ("vpn-filter", "value STAFF", "VPNP-245", {"vpn_filter": "none"}),
        ("split-tunnel-policy", "tunnelspecified", "VPNP-246", {"split_tunnel_policy": "tunnelall"}),
    ],
)
def test_what_phones_inherit_is_told_unless_the_profile_sets_it(
    attribute: str, value: str, control: str, option: dict[str, Any]
) -> None:
    key = attribute.replace("-", "_")
    inherits = own_policy(default_policy(good(), **{key: value}), attribute)
    [step] = manual(inherits)
    assert step.controls == (control,) and attribute in step.what and "DfltGrpPolicy" in step.why
    assert f"profile.group_policy.{next(iter(option))}" in step.steps[0]
    assert "group-policy GroupPolicy_VPNPhone attributes" in step.steps
    assert not [line for line in step.steps if "DfltGrpPolicy attributes" in line]
    assert manual(inherits, policy(**option)) == ()
    # A value of the phones' own hides it.
    assert manual(default_policy(good(), **{key: value})) == ()


@pytest.mark.parametrize(("attribute", "value"), [("vpn-session-timeout", "60"), ("vpn-access-hours", "value OFFICE")])
def test_timers_that_no_option_sets_are_told_one_by_one(attribute: str, value: str) -> None:
    [step] = manual(default_policy(good(), **{attribute.replace("-", "_"): value}))
    assert attribute in step.what and step.controls == ("VPNP-250",)
    assert step.steps[0] == "type it yourself:" and f" {attribute} none" in step.steps


def test_phones_on_dflt_grp_policy_itself() -> None:
    state = default_policy(group(good(), default_group_policy=""), vpn_simultaneous_logins="0")
    steps = [step for step in manual(state) if step.controls == ("VPNP-242",)]
    assert len(steps) == 1
    assert "group-policy GroupPolicy_VPNPhone attributes" in steps[0].steps


def test_a_policy_that_is_yet_to_be_made_inherits_everything() -> None:
    state = default_policy(good(), vpn_simultaneous_logins="0", group_lock="value Staff")
    assert manual(state) == ()
    [lock] = manual(state, policy(name="Phones", simultaneous_logins=3, ssl_client=True))
    assert lock.controls == ("VPNP-244",) and "group-policy Phones attributes" in lock.steps
    # The plan itself makes it.
    assert "group-policy Phones internal" not in lock.steps


@pytest.mark.parametrize("section", ["tunnel_groups", "group_policies", "default_group_policy", "version"])
def test_what_was_not_learned_ends_in_no_traceback(section: str) -> None:
    manual(without(good(), section))
    manual(without(good(), section), policy(name="Phones", simultaneous_logins=3))
