"""What a plan does to a simulated ASA: the second plan is empty, and the inverses bring every line back."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.plan.make import state_hash
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.plan.desk import URL, configure, device, plan_for, read, running, undo

BARE = "tunnel-group VPNPhone type remote-access\n"
OWN = "group-policy GroupPolicy_VPNPhone internal\n"
POINTS = "tunnel-group VPNPhone general-attributes\n default-group-policy GroupPolicy_VPNPhone\n"
ATTRIBUTES = "group-policy GroupPolicy_VPNPhone attributes\n"
WEBVPN = "tunnel-group VPNPhone webvpn-attributes\n"

DEVICES: dict[str, tuple[str, str]] = {
    "nothing but the tunnel-group": (BARE, "9.16(4)85"),
    "the policy stands, without lines": (OWN + BARE + POINTS, "9.16(4)85"),
    "the policy stands, the tunnel-group names another": (
        OWN
        + "group-policy Old internal\n"
        + BARE
        + "tunnel-group VPNPhone general-attributes\n default-group-policy Old\n",
        "9.4(1)",
    ),
    "every line says something else": (
        OWN
        + ATTRIBUTES
        + " vpn-simultaneous-logins 0\n vpn-tunnel-protocol ikev1 ssl-clientless\n group-lock value Staff\n"
        " vpn-filter value PHONES\n split-tunnel-policy tunnelspecified\n dns-server value 10.0.0.53\n"
        + "tunnel-group Staff type remote-access\n"
        + BARE
        + POINTS
        + WEBVPN
        + f" authentication aaa certificate\n group-url {URL} disable\n group-url https://other.example.com/x enable\n",
        "9.12(4)",
    ),
    "DfltGrpPolicy locks everybody out": (
        "group-policy DfltGrpPolicy attributes\n vpn-simultaneous-logins 0\n vpn-filter value PHONES\n"
        " vpn-tunnel-protocol ikev1 ikev2\n group-lock value DefaultWEBVPNGroup\n" + BARE,
        "9.4(1)",
    ),
    "a release with the old words": (
        OWN + ATTRIBUTES + " vpn-tunnel-protocol IPSec webvpn\n" + BARE + POINTS + WEBVPN + " authentication aaa\n",
        "8.2(5)",
    ),
}


@pytest.mark.parametrize("name", DEVICES)
def test_a_second_plan_is_empty_and_the_way_back_brings_every_line_back(name: str) -> None:
    config, version = DEVICES[name]
    asa = device(config, version)
    before, (state, dap_text) = running(asa), read(asa)
    plan = plan_for(asa)
    assert plan.steps
    assert all(step.inverse for step in plan.steps)
    configure(asa, plan.steps)
    assert plan_for(asa).steps == ()
    undo(asa, plan.steps)
    assert running(asa) == before
    assert state_hash(read(asa)[0], dap_text) == state_hash(state, dap_text)


def test_what_a_part_of_the_steps_did_is_undone_too() -> None:
    config, version = DEVICES["every line says something else"]
    asa = device(config, version)
    before, plan = running(asa), plan_for(asa)
    for count in range(len(plan.steps)):
        configure(asa, plan.steps[:count])
        undo(asa, plan.steps[:count])
        assert running(asa) == before, count


def lines(*values: str) -> st.SearchStrategy[str]:
    """One of these lines, or none."""
    return st.sampled_from(("", *(f" {value}\n" for value in values)))


@st.composite
def configs(draw: st.DrawFn) -> str:
    """Self-made: any mixture of what may stand of the lines that a profile sets."""
    own = "".join(
        draw(choice)
        for choice in (
            lines("vpn-simultaneous-logins 0", "vpn-simultaneous-logins 3", "vpn-simultaneous-logins 50"),
            lines("vpn-filter none", "vpn-filter value PHONES"),
            lines("vpn-tunnel-protocol ikev1", "vpn-tunnel-protocol ikev2 l2tp-ipsec ssl-client ssl-clientless"),
            lines("group-lock none", "group-lock value VPNPhone", "group-lock value Staff"),
            lines("split-tunnel-policy tunnelall", "split-tunnel-policy excludespecified"),
        )
    )
    default = draw(lines("vpn-simultaneous-logins 0")) + draw(lines("vpn-tunnel-protocol ikev1"))
    webvpn = "".join(
        draw(choice)
        for choice in (
            lines("authentication aaa", "authentication certificate", "authentication aaa certificate"),
            lines(f"group-url {URL} enable", f"group-url {URL} disable"),
            lines("without-csd", "without-csd anyconnect"),
        )
    )
    exists = draw(st.booleans())
    text = f"group-policy DfltGrpPolicy attributes\n{default}" if default else ""
    text += OWN + (ATTRIBUTES + own if own else "") if exists else ""
    text += "tunnel-group Staff type remote-access\n" + BARE
    text += POINTS if exists and draw(st.booleans()) else ""
    return text + (WEBVPN + webvpn if webvpn else "")


WANTED = {
    "tunnel_group": st.fixed_dictionaries(
        {"name": st.just("VPNPhone")},
        optional={
            "without_csd": st.just(True),
            "group_url": st.just(URL),
            "authentication": st.just("certificate"),
        },
    ),
    "group_policy": st.fixed_dictionaries(
        # What decides whether phones get in is always desired: else the move to a policy may be refused.
        {
            "name": st.just("GroupPolicy_VPNPhone"),
            "simultaneous_logins": st.integers(1, 2147483647),
            "ssl_client": st.just(True),
            "group_lock": st.sampled_from(("none", "VPNPhone")),
        },
        optional={
            "vpn_filter": st.sampled_from(("none", "PHONES")),
            "split_tunnel_policy": st.just("tunnelall"),
        },
    ),
}


@settings(max_examples=25, deadline=None)
@given(config=configs(), profile=st.fixed_dictionaries(WANTED))
def test_whatever_stood_there_comes_back(config: str, profile: dict[str, Any]) -> None:
    asa = device(config)
    before, plan = running(asa), plan_for(asa, profile)
    configure(asa, plan.steps)
    assert plan_for(asa, profile).steps == ()
    undo(asa, plan.steps)
    assert running(asa) == before


def test_lines_that_the_profile_does_not_name_stay() -> None:
    config, version = DEVICES["every line says something else"]
    asa = device(config, version)
    before = running(asa)
    configure(asa, plan_for(asa).steps)
    after = running(asa)
    assert " dns-server value 10.0.0.53" in after
    assert " group-url https://other.example.com/x enable" in after
    assert set(before) - set(after) == {
        " vpn-simultaneous-logins 0",
        " vpn-filter value PHONES",
        " vpn-tunnel-protocol ikev1 ssl-clientless",
        " group-lock value Staff",
        " split-tunnel-policy tunnelspecified",
        " authentication aaa certificate",
        f" group-url {URL} disable",
    }
