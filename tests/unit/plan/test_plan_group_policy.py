"""The group-policy: which lines are typed, which are not, and what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls.catalogue import all_controls
from ansible.module_utils.vpnphone.errors import DeviceRefused
from ansible.module_utils.vpnphone.model import AsaState, GroupPolicy, UserAttributes

from tests.unit.controls.builders import version, without
from tests.unit.plan.desk import PROFILE, plan_of
from tests.unit.plan.states import DEFAULTS, PHONE, asa, group, only, plan, policy, refusal

ATTRIBUTES = ("group-policy GP attributes",)


@pytest.mark.parametrize(
    ("values", "desired", "command", "inverse", "controls"),
    [
        # What DfltGrpPolicy says counts for why, never for whether.
        (
            {},
            {"simultaneous_logins": 3},
            "vpn-simultaneous-logins 3",
            "no vpn-simultaneous-logins",
            ("VPNP-247",),
        ),
        (
            {},
            {"simultaneous_logins": 9},
            "vpn-simultaneous-logins 9",
            "no vpn-simultaneous-logins",
            ("VPNP-242", "VPNP-247"),
        ),
        (
            {"vpn_simultaneous_logins": "0"},
            {"simultaneous_logins": 3},
            "vpn-simultaneous-logins 3",
            "vpn-simultaneous-logins 0",
            ("VPNP-242",),
        ),
        (
            {},
            {"ssl_client": True},
            "vpn-tunnel-protocol ikev1 ssl-clientless ssl-client",
            "no vpn-tunnel-protocol",
            ("VPNP-243", "VPNP-247"),
        ),
        (
            {"vpn_tunnel_protocol": "l2tp-ipsec"},
            {"ssl_client": True},
            "vpn-tunnel-protocol l2tp-ipsec ssl-client",
            "vpn-tunnel-protocol l2tp-ipsec",
            ("VPNP-243",),
        ),
        ({}, {"group_lock": "none"}, "group-lock none", "no group-lock", ("VPNP-247",)),
        ({}, {"group_lock": "VPNPhone"}, "group-lock value VPNPhone", "no group-lock", ("VPNP-244", "VPNP-247")),
        (
            {"group_lock": "value Staff"},
            {"group_lock": "none"},
            "group-lock none",
            "group-lock value Staff",
            ("VPNP-244",),
        ),
        ({}, {"vpn_filter": "none"}, "vpn-filter none", "no vpn-filter", ("VPNP-247",)),
        (
            {"vpn_filter": "none"},
            {"vpn_filter": "PHONES"},
            "vpn-filter value PHONES",
            "vpn-filter none",
            ("VPNP-245",),
        ),
        (
            {},
            {"split_tunnel_policy": "tunnelall"},
            "split-tunnel-policy tunnelall",
            "no split-tunnel-policy",
            ("VPNP-247",),
        ),
        (
            {"split_tunnel_policy": "tunnelspecified"},
            {"split_tunnel_policy": "tunnelall"},
            "split-tunnel-policy tunnelall",
            "split-tunnel-policy tunnelspecified",
            ("VPNP-246",),
        ),
    ],
)
def test_a_line_of_the_group_policy(
    values: dict[str, str], desired: dict[str, Any], command: str, inverse: str, controls: tuple[str, ...]
) -> None:
    step = only(asa(policies=(policy(**values),)), None, **desired)
    assert (step.mode, step.command, step.inverse, step.controls) == (ATTRIBUTES, command, (inverse,), controls)
    assert step.hits == ""


@pytest.mark.parametrize(
    ("values", "desired"),
    [
        ({"vpn_simultaneous_logins": "3"}, {"simultaneous_logins": 3}),
        ({"vpn_tunnel_protocol": "ssl-client"}, {"ssl_client": True}),
        ({"vpn_tunnel_protocol": "svc webvpn"}, {"ssl_client": True}),
        ({"group_lock": "none"}, {"group_lock": "none"}),
        ({"group_lock": "value VPNPhone"}, {"group_lock": "VPNPhone"}),
        ({"group_lock": 'value "VPNPhone"'}, {"group_lock": "VPNPhone"}),
        ({"vpn_filter": "value PHONES"}, {"vpn_filter": "PHONES"}),
        ({"split_tunnel_policy": "tunnelall"}, {"split_tunnel_policy": "tunnelall"}),
        ({"vpn_simultaneous_logins": "0"}, {}),
    ],
)
def test_an_explicit_line_is_not_typed_again(values: dict[str, str], desired: dict[str, Any]) -> None:
    assert plan(asa(policies=(policy(**values),)), None, **desired).empty


def test_a_value_from_a_policy_that_it_was_made_of_is_not_its_own() -> None:
    base = policy("Base", vpn_filter="none")
    made = msgspec.structs.replace(policy(), inherits_from="Base")
    assert only(asa(policies=(made, base)), None, vpn_filter="none").controls == ("VPNP-247",)


@pytest.mark.parametrize(
    ("release", "word"), [((8, 3, 2, 0), "svc"), ((8, 4, 1, 0), "ssl-client"), ((9, 16, 4, 0), "ssl-client")]
)
def test_the_word_of_the_release(release: tuple[int, int, int, int], word: str) -> None:
    device = asa(version=version("", release), policies=(policy(vpn_tunnel_protocol="IPSec webvpn"),))
    assert only(device, None, ssl_client=True).command == f"vpn-tunnel-protocol IPSec webvpn {word}"


def test_a_policy_is_made_filled_and_only_then_given_to_the_phones() -> None:
    device = asa(group(default_group_policy=""))
    found = plan_of(device, PROFILE)
    assert [(step.mode, step.command) for step in found.steps][:7] == [
        ((), "group-policy GroupPolicy_VPNPhone internal"),
        *(
            (("group-policy GroupPolicy_VPNPhone attributes",), line)
            for line in (
                "vpn-simultaneous-logins 3",
                "vpn-tunnel-protocol ikev1 ssl-clientless ssl-client",
                "group-lock value VPNPhone",
                "vpn-filter none",
                "split-tunnel-policy tunnelall",
            )
        ),
        (("tunnel-group VPNPhone general-attributes",), "default-group-policy GroupPolicy_VPNPhone"),
    ]
    assert found.steps[0].inverse == ("no group-policy GroupPolicy_VPNPhone",)
    assert found.steps[6].inverse == ("no default-group-policy",)
    assert {step.area for step in found.steps[:7]} == {"group_policy"}


def test_the_phones_move_and_what_they_lose_is_told() -> None:
    old = policy("Old", dns_server="value 10.0.0.53", address_pools="value PHONES", vpn_filter="none")
    device = asa(group(default_group_policy="Old"), policies=(old, policy(address_pools="value PHONES")))
    steps = plan(device, None, name="GP", ssl_client=True).steps
    assert steps[-1].command == "default-group-policy GP"
    assert steps[-1].inverse == ("default-group-policy Old",)
    assert steps[-1].hits == "the phones themselves: what Old says of dns-server no longer holds for them"


def test_a_name_that_the_tunnel_group_has_already_moves_nobody() -> None:
    assert plan(asa(), None, name="GP").empty


def test_who_else_gets_the_policy() -> None:
    others = (group(name=f"Staff{number}") for number in range(6))
    user = UserAttributes(name="jdoe", values={"vpn-group-policy": "GP"})
    step = only(asa(group(), *others, usernames=(user,)), None, simultaneous_logins=5)
    assert step.hits == (
        "everyone else who gets group-policy GP: tunnel-group Staff0, tunnel-group Staff1, tunnel-group Staff2,"
        " tunnel-group Staff3, tunnel-group Staff4 and 2 more"
    )
    # Who has that value today anyway is not hit.
    assert only(asa(group(), group(name="Staff")), None, simultaneous_logins=3).hits == ""


LOCKED = GroupPolicy(name="DfltGrpPolicy", kind="internal", values={**DEFAULTS, "group-lock": "value Staff"})
CLOSED = GroupPolicy(name="DfltGrpPolicy", kind="internal", values={**DEFAULTS, "vpn-simultaneous-logins": "0"})
UNTOLD = GroupPolicy(name="DfltGrpPolicy", kind="internal", values={"dns-server": "none"})


@pytest.mark.parametrize(
    ("device", "desired", "code"),
    [
        (asa(group(default_group_policy="")), {"vpn_filter": "none"}, "group_policy_missing"),
        (asa(group(default_group_policy="DfltGrpPolicy")), {"vpn_filter": "none"}, "group_policy_missing"),
        (asa(policies=(GroupPolicy(name="GP", kind="external"),)), {"vpn_filter": "none"}, "group_policy_external"),
        (asa(group(), group(name="Staff")), {"group_lock": "VPNPhone"}, "group_policy_shared"),
        (without(asa(), "group_policies"), {"vpn_filter": "none"}, "state_unknown"),
        (without(asa(), "usernames"), {"vpn_filter": "none"}, "state_unknown"),
        (asa(default_group_policy=None), {"ssl_client": True}, "state_unknown"),
        (asa(default_group_policy=UNTOLD), {"ssl_client": True}, "state_unknown"),
        (without(asa(), "version"), {"ssl_client": True}, "state_unknown"),
        # Hostile names and values of the device.
        (asa(group(default_group_policy="GP\nreload")), {"vpn_filter": "none"}, "name_refused"),
        (asa(group(default_group_policy="My Policy")), {"vpn_filter": "none"}, "name_refused"),
        (asa(policies=(policy(vpn_filter="value a|b"),)), {"vpn_filter": "none"}, "name_refused"),
        (asa(policies=(policy(vpn_tunnel_protocol="ikev1 a;b"),)), {"ssl_client": True}, "name_refused"),
        (asa(group(default_group_policy="a b")), {"name": "GP", "ssl_client": True}, "name_refused"),
        # The phones would be moved to where nobody gets in.
        (asa(group(default_group_policy="")), {"name": "GP"}, "group_policy_locks_phones_out"),
        (
            asa(group(default_group_policy=""), group_policies=(policy(), LOCKED)),
            {"name": "New", "ssl_client": True},
            "group_policy_locks_phones_out",
        ),
        (
            asa(group(default_group_policy=""), group_policies=(policy(), CLOSED)),
            {"name": "New", "ssl_client": True},
            "group_policy_locks_phones_out",
        ),
    ],
)
def test_what_a_group_policy_refuses(device: AsaState, desired: dict[str, Any], code: str) -> None:
    assert refusal(device, None, **desired) == code


def test_the_error_names_the_command_that_is_missing() -> None:
    with pytest.raises(DeviceRefused, match="show running-config all group-policy DfltGrpPolicy"):
        plan(asa(default_group_policy=None), None, ssl_client=True)
    with pytest.raises(DeviceRefused, match="`show running-config username`"):
        plan(without(asa(), "usernames"), None, vpn_filter="none")


def test_dflt_grp_policy_is_never_typed() -> None:
    device = asa(group(default_group_policy=""), group_policies=(CLOSED,))
    for step in plan_of(device, PROFILE).steps:
        assert not any("DfltGrpPolicy" in line for line in (*step.mode, step.command))


# --- usernames ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        ({}, ()),
        ({"vpn-filter": "none", "group-lock": "value VPNPhone"}, ()),
        ({"service-type": "remote-access"}, ()),
        ({"vpn-simultaneous-logins": "0"}, (" no vpn-simultaneous-logins",)),
        ({"vpn-filter": "value X", "group-lock": "value Staff"}, (" no group-lock", " no vpn-filter")),
        ({"vpn-group-policy": "Other"}, (" no vpn-group-policy",)),
        ({"vpn-group-policy": "GP"}, ()),
    ],
)
def test_what_a_phones_username_overrules_is_for_a_person(values: dict[str, str], lines: tuple[str, ...]) -> None:
    device = asa(usernames=(UserAttributes(name=PHONE, values=values), UserAttributes(name="jdoe", values=values)))
    manual = [step for step in plan(device, None, vpn_filter="none").manual if "VPNP-248" in step.controls]
    assert len(manual) == bool(lines)
    for step in manual:
        assert tuple(line for line in step.steps if line.startswith(" ")) == lines
        assert f"username {PHONE} attributes" in step.steps
    assert not any("username" in step.command for step in plan(device, None, vpn_filter="none").steps)


def test_a_filter_that_is_desired_counts_as_reviewed() -> None:
    user = UserAttributes(name=PHONE, values={"vpn-filter": "value PHONES"})
    manual = plan(asa(usernames=(user,)), None, vpn_filter="PHONES").manual
    assert not [step for step in manual if "VPNP-248" in step.controls]


# --- all of them ----------------------------------------------------------------------------------------------------


def test_every_step_says_why_by_a_control_that_exists() -> None:
    ids = {control.id for control in all_controls()}
    found = plan_of(asa(group(default_group_policy="", authentication=("aaa", "certificate"))), PROFILE)
    for step in found.steps:
        assert step.controls
        assert set(step.controls) <= ids
    for manual in found.manual:
        assert set(manual.controls) <= ids
