"""From the text of a device to the verdict: parsers and controls agree on spelling. The text is self-made."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.assess import assess_device
from ansible.module_utils.vpnphone.commands import BY_SECTION
from ansible.module_utils.vpnphone.model import DeviceResult
from ansible.module_utils.vpnphone.parse.state import Answer, build_state

from tests.unit.controls.builders import NOW, site

GOOD: dict[str, str] = {
    "version": "Cisco Adaptive Security Appliance Software Version 9.8(4)15\n\nasa1 up 10 days\n",
    "webvpn": "webvpn\n enable outside\n csd enable\n anyconnect enable\n",
    "tunnel_groups": """\
tunnel-group "VPN Phones" type remote-access
tunnel-group "VPN Phones" general-attributes
 address-pool PHONES
 default-group-policy "GP Phones"
tunnel-group "VPN Phones" webvpn-attributes
 authentication certificate
 group-url https://vpn.example.com/phones enable
 without-csd anyconnect
""",
    "group_policies": """\
group-policy DfltGrpPolicy attributes
 vpn-simultaneous-logins 0
 group-lock value Staff
group-policy "GP Phones" internal
group-policy "GP Phones" attributes
 vpn-simultaneous-logins 3
 vpn-filter none
 vpn-tunnel-protocol ssl-client
 group-lock value "VPN Phones"
 split-tunnel-policy tunnelall
 webvpn
  anyconnect mtu 1290
""",
    "default_group_policy": """\
group-policy DfltGrpPolicy internal
group-policy DfltGrpPolicy attributes
 vpn-access-hours none
 vpn-simultaneous-logins 0
 vpn-session-timeout none
 vpn-session-timeout alert-interval 1
 vpn-filter none
 vpn-tunnel-protocol ikev1 ssl-clientless
 group-lock value Staff
 split-tunnel-policy tunnelall
 webvpn
  anyconnect mtu 1406
""",
    "usernames": "username kim password ***** encrypted privilege 15\n",
    "dap_records": """\
dynamic-access-policy-record DfltAccessPolicy
 action terminate
dynamic-access-policy-record Phones
 priority 5
""",
    "dap_xml": """\
<dapRecordList><dapRecord><dapName><value>Phones</value></dapName>
<dapViewsRelation><value>and</value></dapViewsRelation>
<dapBasicView><dapSelection><dapPolicy><value>match-any</value></dapPolicy>
<attr><name>aaa.cisco.tunnelgroup</name><value>VPN Phones</value><operation>EQ</operation></attr>
</dapSelection></dapBasicView></dapRecord></dapRecordList>
""",
    "load_balancing": "",
    "certificates": """\
CA Certificate
  Status: Available
  Certificate Serial Number: 18cf046e
  Certificate Usage: General Purpose
  Public Key Type: RSA (2048 bits)
  Signature Algorithm: SHA256 with RSA Encryption
  Issuer Name:
    cn=CAPF-18cf046e
    o=Example
  Subject Name:
    cn=CAPF-18cf046e
    o=Example
  Validity Date:
    start date: 00:00:00 UTC Jan 1 2024
    end   date: 00:00:00 UTC Jan 1 2034
  Associated Trustpoints: CAPF
""",
    "sessions": "",
}


def audited(changes: dict[str, str | None]) -> DeviceResult:
    texts = {section: text for section, text in (GOOD | changes).items() if text is not None}
    answers = {
        section: Answer(command=BY_SECTION[section].text, status="ok", text=text) for section, text in texts.items()
    }
    state = build_state("asa1", "live", answers, NOW)
    assert [line.text for line in state.unparsed] == []
    return assess_device(state, site(tunnel_groups=("VPN Phones",)), NOW)


def bad(changes: dict[str, str | None]) -> dict[str, str]:
    found = audited(changes).findings
    ours = [item for item in found if item.control.startswith("VPNP-2")]
    assert len(ours) > 25
    return {item.control: item.status for item in ours if item.status in ("fail", "error")}


def edited(section: str, old: str, new: str) -> dict[str, Any]:
    assert old in GOOD[section]
    return {section: GOOD[section].replace(old, new)}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        (edited("tunnel_groups", " without-csd anyconnect\n", ""), {"VPNP-221": "fail"}),
        (edited("tunnel_groups", "phones enable", "phones disable"), {"VPNP-211": "fail", "VPNP-222": "fail"}),
        (edited("tunnel_groups", " certificate", " aaa certificate"), {"VPNP-251": "error", "VPNP-252": "fail"}),
        (edited("tunnel_groups", ' default-group-policy "GP Phones"\n', ""), {
            "VPNP-242": "fail", "VPNP-243": "fail", "VPNP-244": "fail", "VPNP-247": "fail",
        }),
        (edited("group_policies", " vpn-simultaneous-logins 3\n", ""), {"VPNP-242": "fail", "VPNP-247": "fail"}),
        (edited("group_policies", ' group-lock value "VPN Phones"\n', ""), {"VPNP-244": "fail", "VPNP-247": "fail"}),
        (edited("group_policies", " vpn-filter none\n", ""), {"VPNP-247": "fail"}),
        (edited("group_policies", "vpn-filter none", "vpn-filter value ACL"), {"VPNP-245": "error"}),
        (edited("group_policies", "mtu 1290", "mtu 1500"), {"VPNP-249": "fail"}),
        (edited("group_policies", "tunnelall", "tunnelspecified"), {"VPNP-246": "fail"}),
        (edited("webvpn", "anyconnect enable", "dtls port 444"), {"VPNP-216": "fail", "VPNP-217": "fail"}),
        (edited("webvpn", "csd enable", "hostscan enable"), {}),
        (edited("webvpn", "anyconnect enable\n", "anyconnect enable\n certificate-group-map M 10 Staff\n"), {
            "VPNP-219": "error",
        }),
        (edited("dap_xml", "<value>VPN Phones", "<value>Staff"), {"VPNP-231": "fail"}),
        (edited("dap_xml", "Phones</value></dapName>", "X</value></dapName>"), {
            # What a record that only dap.xml has does to a phone is not said anywhere.
            "VPNP-231": "error", "VPNP-234": "fail",
        }),
        ({"dap_xml": None}, {"VPNP-231": "error", "VPNP-234": "error"}),
        ({"load_balancing": "vpn load-balancing\n cluster ip address 192.0.2.9\n participate\n"}, {
            "VPNP-214": "error", "VPNP-215": "fail",
        }),
        ({"certificates": None}, {"VPNP-254": "error", "VPNP-255": "error", "VPNP-256": "error"}),
        (edited("certificates", "2034", "2020"), {"VPNP-254": "fail"}),
        ({
            "usernames": "username CP-8841-SEP001122334455 password ***** encrypted\n"
            "username CP-8841-SEP001122334455 attributes\n vpn-group-policy DfltGrpPolicy\n",
        }, {"VPNP-248": "fail"}),
    ],
)  # fmt: skip
def test_a_change_of_the_text_changes_these_verdicts_and_no_other(
    changes: dict[str, str | None], expected: dict[str, str]
) -> None:
    assert bad(changes) == expected


def test_fixes_quote_names_with_spaces() -> None:
    found = audited(edited("group_policies", " vpn-simultaneous-logins 3\n", ""))
    (finding,) = [item for item in found.findings if item.control == "VPNP-242"]
    assert finding.outcomes[0].fix == ('group-policy "GP Phones" attributes', " vpn-simultaneous-logins 3")
