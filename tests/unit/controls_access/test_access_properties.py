"""What holds for every control on the phones' way in, whatever the device is like."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.controls import catalogue
from ansible.module_utils.vpnphone.controls.base import REGISTRY, judge
from ansible.module_utils.vpnphone.controls.inheritance import ATTRIBUTES as ATTRIBUTES_OF_POLICY
from ansible.module_utils.vpnphone.model import (
    AaaServer,
    AsaState,
    CertificateMap,
    DapAttribute,
    DapRecord,
    DapSelection,
    DapXmlRecord,
    Finding,
    GroupPolicy,
    GroupUrl,
    LoadBalancing,
    Session,
    TunnelGroup,
    UserAttributes,
    WebvpnConfig,
)
from ansible.module_utils.vpnphone.profiles import detect
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import context, site, state, version, without
from tests.unit.controls_access.devices import PHONE_USER, ca, default_policy, good, group, own_policy, urls

assert catalogue
CONTROLS = sorted(name for name in REGISTRY if name.startswith("VPNP-2"))
SECTIONS = sorted({section for name in CONTROLS for section in REGISTRY[name].needs} | {
    "dap_xml", "default_group_policy", "aaa_servers", "sessions", "interfaces", "version",
})  # fmt: skip

TEXT = st.text(max_size=12)
NAMES = st.sampled_from(["VPNPhone", "Employees", "a b", "", "P", "Q", "DfltGrpPolicy"])
VALUES = (
    st.sampled_from(["none", "value VPNPhone", "value X", "0", "3", "ikev1", "ssl-client", "tunnelall", "1406"]) | TEXT
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        [
            *ATTRIBUTES_OF_POLICY,
            "webvpn svc mtu",
            "webvpn anyconnect mtu",
            "vpn-session-timeout",
            "vpn-access-hours",
            "vpn-group-policy",
        ]
    ),
    VALUES,
    max_size=5,
)


def several(strategy: st.SearchStrategy[Any], most: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(strategy, max_size=most).map(tuple)


GROUPS = several(
    st.builds(
        TunnelGroup,
        name=NAMES,
        kind=st.sampled_from(["remote-access", "webvpn", "ipsec-l2l", ""]),
        default_group_policy=NAMES,
        authentication_server_groups=several(st.sampled_from(["LOCAL", "RADIUS"]), 2),
        authentication=several(st.sampled_from(["aaa", "certificate", "saml"]), 2),
        group_urls=several(
            st.builds(
                GroupUrl,
                url=st.sampled_from(["https://vpn.example.com/VPNPhone", "http://x", "https://192.0.2.9/x"]) | TEXT,
                enabled=st.booleans(),
            )
        ),
        without_csd=st.sampled_from(["", "without-csd", "without-csd anyconnect"]),
    )
)
POLICIES = several(
    st.builds(
        GroupPolicy,
        name=NAMES,
        kind=st.sampled_from(["internal", "external", ""]),
        inherits_from=NAMES,
        values=ATTRIBUTES,
    ),
    4,
)
XML = several(
    st.builds(
        DapXmlRecord,
        name=NAMES,
        relation=st.sampled_from(["and", "or", "x"]),
        selections=several(
            st.builds(
                DapSelection,
                match=st.sampled_from(["match-any", "match-all", "match-none", ""]),
                attributes=several(
                    st.builds(
                        DapAttribute,
                        name=st.sampled_from(["aaa.cisco.tunnelgroup", "endpoint.os"]) | TEXT,
                        operation=st.sampled_from(["EQ", "NE", "?"]),
                        value=NAMES,
                    )
                ),
            )
        ),
        advanced=st.booleans(),
    )
)
STATES = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from([version(), version("8.0(5)", (8, 0, 5, 0)), version("?", None)]),
        "webvpn": st.builds(
            WebvpnConfig,
            configured=st.booleans(),
            enabled_interfaces=several(st.sampled_from(["outside", "inside"]), 2),
            port=st.integers(1, 65535),
            dtls_port=st.integers(1, 65535),
            csd_line=st.sampled_from(["", "csd enable", "hostscan enable"]),
            anyconnect_enabled=st.booleans(),
            certificate_maps=several(
                st.builds(CertificateMap, map_name=NAMES, sequence=st.just(1), tunnel_group=NAMES)
            ),
            group_url_preferred=st.booleans(),
        ),
        "tunnel_groups": GROUPS,
        "group_policies": POLICIES,
        "default_group_policy": st.builds(GroupPolicy, name=st.just("DfltGrpPolicy"), values=ATTRIBUTES),
        "usernames": several(
            st.builds(UserAttributes, name=st.sampled_from([PHONE_USER, "kim", "a b"]), values=ATTRIBUTES)
        ),
        "dap_records": several(
            st.builds(
                DapRecord,
                name=NAMES | st.just("DfltAccessPolicy"),
                action=st.sampled_from(["continue", "terminate", "quarantine", ""]),
            )
        ),
        "dap_xml": XML,
        "load_balancing": st.builds(
            LoadBalancing,
            participate=st.booleans(),
            cluster_addresses=several(st.sampled_from(["192.0.2.9", "vpn.example.com", "x"]), 2),
        ),
        "certificates": several(
            st.sampled_from([ca("CAPF-1"), ca("Cisco Manufacturing CA"), ca("Cisco Manufacturing CA SHA2"), ca("X")])
        ),
        "aaa_servers": several(
            st.builds(
                AaaServer, group=st.sampled_from(["RADIUS", "X"]), status=st.sampled_from(["ACTIVE", "FAILED", ""])
            )
        ),
        "sessions": several(st.builds(Session, username=st.sampled_from([PHONE_USER, "kim"]), tunnel_group=NAMES)),
    },
).map(lambda sections: state(**sections))
SITES = st.builds(
    site,
    tunnel_groups=several(NAMES, 2),
    gateway_urls=several(st.sampled_from(["https://vpn.example.com/VPNPhone", "https://192.0.2.9/x"]), 2),
    reviewed_vpn_filters=several(st.just("X"), 1),
    models_in_use=several(st.sampled_from(["8841", "7962G"]), 1),
)


def judged(device: AsaState, parameters: Any) -> dict[str, Finding]:
    profiles = detect(device, parameters)
    return {name: judge(REGISTRY[name], context(device, parameters, profiles=profiles)) for name in CONTROLS}


def assert_owed_to_the_reader(found: Finding) -> None:
    for outcome in found.outcomes:
        assert outcome.message.startswith("UNKNOWN: ") == (outcome.status == "error"), outcome
        if outcome.status in ("fail", "error"):
            assert outcome.expected and outcome.actual and outcome.fix, outcome
        if outcome.status in ("pass", "fail", "error"):
            assert outcome.evidence, outcome
        if outcome.status == "pass":
            assert not outcome.fix, outcome


def never_changes_the_default_policy(found: Finding) -> bool:
    """No command of a fix goes into DfltGrpPolicy."""
    commands = [step for outcome in found.outcomes for step in outcome.fix if not step.startswith("PERSON: ")]
    return not [step for step in commands if step.startswith("group-policy DfltGrpPolicy")]


@given(device=STATES, parameters=SITES)
def test_every_device_gets_a_whole_verdict(device: AsaState, parameters: Any) -> None:
    for found in judged(device, parameters).values():
        assert found.outcomes
        assert_owed_to_the_reader(found)
        assert never_changes_the_default_policy(found)


@given(device=STATES, parameters=SITES)
def test_a_needed_section_that_is_missing_is_never_pass(device: AsaState, parameters: Any) -> None:
    for name, found in judged(device, parameters).items():
        missing = [section for section in REGISTRY[name].needs if not device.sources[section].known]
        if missing:
            assert found.status in ("error", "skipped"), (name, missing)


# Devices on which the controls fail, each in its own way.
BROKEN = {
    "good": good(),
    "csd": group(good(), without_csd=""),
    "no url": urls(good()),
    "locked out": default_policy(
        own_policy(good(), "vpn-simultaneous-logins", "vpn-tunnel-protocol", "group-lock", "vpn-filter"),
        vpn_simultaneous_logins="0",
        vpn_tunnel_protocol="ikev1",
        group_lock="value DefaultWEBVPNGroup",
        vpn_filter="value NO-TRAFFIC",
        split_tunnel_policy="tunnelspecified",
    ),
    "aaa": group(good(), authentication=("aaa",), authentication_server_groups=("RADIUS",)),
}


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("name", BROKEN)
def test_learning_less_never_makes_a_finding_pass(name: str, section: str) -> None:
    device = BROKEN[name]
    parameters = site(tunnel_groups=("VPNPhone",))
    before, after = judged(device, parameters), judged(without(device, section), parameters)
    for control in CONTROLS:
        assert_owed_to_the_reader(before[control])
        assert_owed_to_the_reader(after[control])
        if before[control].status in ("fail", "error"):
            assert after[control].status != "pass", control


def test_the_good_device_is_good() -> None:
    found = judged(good(), site(tunnel_groups=("VPNPhone",), gateway_urls=("https://vpn.example.com/VPNPhone",)))
    assert {name: item.status for name, item in found.items() if item.status not in ("pass", "skipped")} == {}
    assert sorted(name for name, item in found.items() if item.status == "skipped") == [
        "VPNP-222",
        "VPNP-253",
        "VPNP-256",
    ]
