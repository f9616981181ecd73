"""show running-config group-policy, username, tunnel-group."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.model import GroupPolicy, GroupUrl, TunnelGroup, UserAttributes
from ansible.module_utils.vpnphone.parse.policies import (
    parse_default_group_policy,
    parse_group_policies,
    parse_tunnel_groups,
    parse_usernames,
)
from ansible.module_utils.vpnphone.parse.result import Unreadable

# Document 116162, "Inherited Values from DfltGrpPolicy or Other Groups".
DOCUMENT_INHERITED = """\
group-policy DfltGrpPolicy attributes
  vpn-simultaneous-logins 0
  vpn-tunnel-protocol ikev1 ikev2 l2tp-ipsec ssl-clientless
  group-lock value DefaultWEBVPNGroup
  vpn-filter value NO-TRAFFIC

group-policy GroupPolicy_VPNPhone attributes
wins-server none
dns-server value 10.198.29.20
default-domain value cisco.com
"""
DOCUMENT_FIXED = """\
group-policy GroupPolicy_VPNPhone internal
group-policy GroupPolicy_VPNPhone attributes
wins-server none
dns-server value 10.198.29.20
  vpn-simultaneous-logins 3
  vpn-tunnel-protocol ssl-client
  group-lock value VPNPhone
  vpn-filter none
  default-domain value cisco.com
"""
DOCUMENT_ALL = """\
group-policy DfltGrpPolicy internal
group-policy DfltGrpPolicy attributes
banner none
wins-server none
dns-server value 10.198.29.20 10.198.29.21
dhcp-network-scope none
vpn-access-hours none
vpn-simultaneous-logins 3
vpn-idle-timeout 30
vpn-idle-timeout alert-interval 1
vpn-session-timeout none
vpn-session-timeout alert-interval 1
vpn-filter none
ipv6-vpn-filter none
vpn-tunnel-protocol ikev1 ikev2 l2tp-ipsec ssl-client ssl-clientless
"""
# Document 116162, "ASA Debugs" of CSD.
DOCUMENT_GROUP = """\
tunnel-group VPNPhone webvpn-attributes
authentication certificate
group-url https://asa5520-c.cisco.com/VPNPhone enable
without-csd
"""


def test_the_documents_inherited_values() -> None:
    parsed = parse_group_policies(DOCUMENT_INHERITED)
    assert parsed.unparsed == ()
    assert parsed.value == (
        GroupPolicy(
            name="DfltGrpPolicy",
            values={
                "vpn-simultaneous-logins": "0",
                "vpn-tunnel-protocol": "ikev1 ikev2 l2tp-ipsec ssl-clientless",
                "group-lock": "value DefaultWEBVPNGroup",
                "vpn-filter": "value NO-TRAFFIC",
            },
        ),
        GroupPolicy(
            name="GroupPolicy_VPNPhone",
            values={
                "wins-server": "none",
                "dns-server": "value 10.198.29.20",
                "default-domain": "value cisco.com",
            },
        ),
    )


def test_the_documents_fixed_policy() -> None:
    parsed = parse_group_policies(DOCUMENT_FIXED)
    assert parsed.unparsed == ()
    (policy,) = parsed.value
    assert policy.kind == "internal"
    assert policy.values == {
        "wins-server": "none",
        "dns-server": "value 10.198.29.20",
        "vpn-simultaneous-logins": "3",
        "vpn-tunnel-protocol": "ssl-client",
        "group-lock": "value VPNPhone",
        "vpn-filter": "none",
        "default-domain": "value cisco.com",
    }


def test_the_documents_defaults() -> None:
    parsed = parse_default_group_policy(DOCUMENT_ALL)
    assert parsed.unparsed == ()
    assert (parsed.value.name, parsed.value.kind) == ("DfltGrpPolicy", "internal")
    assert parsed.value.values["vpn-idle-timeout"] == "30"
    assert parsed.value.values["vpn-idle-timeout alert-interval"] == "1"
    assert parsed.value.values["vpn-session-timeout"] == "none"
    assert parsed.value.values["dns-server"] == "value 10.198.29.20 10.198.29.21"
    assert len(parsed.value.values) == 13


@pytest.mark.parametrize(
    "text",
    ["", DOCUMENT_FIXED, "group-policy DfltGrpPolicy internal\n", "ERROR: % Incomplete command\n"],
)
def test_the_default_policy_is_always_printed(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_default_group_policy(text)


WEBVPN = """\
group-policy P internal from DfltGrpPolicy
group-policy P attributes
 banner value first line
 banner value second line
 vpn-filter none
 webvpn
  anyconnect ssl dtls enable
  anyconnect mtu 1290
  anyconnect dpd-interval client 30
  anyconnect dpd-interval gateway none
  anyconnect ask none default webvpn
  anyconnect modules value vpngina,dart
  customization value Phones
 address-pools value PHONES
 no vpn-session-timeout
"""


def test_the_nested_webvpn_block() -> None:
    parsed = parse_group_policies(WEBVPN)
    assert parsed.unparsed == ()
    assert parsed.value == (
        GroupPolicy(
            name="P",
            kind="internal",
            inherits_from="DfltGrpPolicy",
            values={
                "banner": "value first line\nvalue second line",
                "vpn-filter": "none",
                "webvpn anyconnect ssl dtls": "enable",
                "webvpn anyconnect mtu": "1290",
                "webvpn anyconnect dpd-interval client": "30",
                "webvpn anyconnect dpd-interval gateway": "none",
                "webvpn anyconnect ask": "none default webvpn",
                "webvpn anyconnect modules": "value vpngina,dart",
                "webvpn customization": "value Phones",
                "address-pools": "value PHONES",
                "no vpn-session-timeout": "",
            },
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"      {line}\n" for line in WEBVPN.splitlines()),
        "".join(f"{line.strip()}\n" for line in WEBVPN.splitlines()),
        WEBVPN.replace("\n", " \r\n"),
        WEBVPN.replace("  ", "\t\t"),
    ],
    ids=["indented", "flat", "crlf", "tabs"],
)
def test_indent_makes_no_difference(text: str) -> None:
    assert parse_group_policies(text).value == parse_group_policies(WEBVPN).value


def test_svc_is_kept_as_spelled() -> None:
    nested = " webvpn\n  svc dtls enable\n  svc mtu 1406\n  svc rekey time none\n"
    text = f"group-policy P attributes\n vpn-tunnel-protocol svc\n{nested}"
    assert parse_group_policies(text).value[0].values == {
        "vpn-tunnel-protocol": "svc",
        "webvpn svc dtls": "enable",
        "webvpn svc mtu": "1406",
        "webvpn svc rekey time": "none",
    }


def test_a_username_never_lends_its_lines_to_a_policy() -> None:
    parsed = parse_group_policies(
        "group-policy GP attributes\n dns-server none\nusername bob attributes\n vpn-filter value BOB\n"
    )
    assert parsed.value == (GroupPolicy(name="GP", values={"dns-server": "none"}),)
    assert [line.number for line in parsed.unparsed] == [3, 4]


def test_names_with_blanks_and_external_policies() -> None:
    parsed = parse_group_policies(
        'group-policy "VPN Phone" internal\ngroup-policy E external server-group RADIUS password hunter2\n'
    )
    assert parsed.unparsed == ()
    assert parsed.value == (GroupPolicy(name="VPN Phone", kind="internal"), GroupPolicy(name="E", kind="external"))


def test_a_value_that_stands_twice_is_reported() -> None:
    parsed = parse_group_policies(
        "group-policy P attributes\n vpn-filter value A\n vpn-filter none\n vpn-filter none\n"
    )
    assert parsed.value[0].values == {"vpn-filter": "none"}
    assert [line.number for line in parsed.unparsed] == [2, 3]


@pytest.mark.parametrize("line", ["<--- More --->", "%ASA-5-111008: User", "*** note", "(config)#"])
def test_noise_is_reported(line: str) -> None:
    parsed = parse_group_policies(f"group-policy P attributes\n vpn-filter none\n{line}\n")
    assert parsed.value[0].values == {"vpn-filter": "none"}
    assert [found.text for found in parsed.unparsed] == [line]


def test_a_header_of_another_form_takes_its_lines_along() -> None:
    parsed = parse_group_policies(
        "group-policy P attributes\n vpn-filter none\ngroup-policy P oddities\n vpn-filter value A\n"
    )
    assert parsed.value[0].values == {"vpn-filter": "none"}
    assert [found.number for found in parsed.unparsed] == [3, 4]


@pytest.mark.parametrize("parser", [parse_group_policies, parse_usernames, parse_tunnel_groups])
def test_an_empty_answer_is_a_fact(parser: object) -> None:
    assert callable(parser)
    assert parser("").value == parser("!\n\n").value == ()


@pytest.mark.parametrize("parser", [parse_group_policies, parse_usernames, parse_tunnel_groups])
@pytest.mark.parametrize("text", ["something else\n", " vpn-filter none\n", "Command authorization failed\n"])
def test_another_text_is_unreadable(parser: object, text: str) -> None:
    assert callable(parser)
    with pytest.raises(Unreadable):
        parser(text)


# --- username -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "name", "privilege"),
    [
        ("username admin password CANARY.Hash1234 encrypted privilege 15", "admin", 15),
        ("username admin password $sha512$5000$CANARY==$CANARY== pbkdf2 privilege 3", "admin", 3),
        ("username admin password $sha512$5000$CANARY==$CANARY== pbkdf2", "admin", None),
        ("username admin password CANARY nt-encrypted privilege 0", "admin", 0),
        ('username "a b" password "CANARY x" encrypted', "a b", None),
        ("username phone nopassword", "phone", None),
        ("username phone nopassword privilege 2", "phone", 2),
        ("username CP-7962G-SEP8CB64F576113 attributes", "CP-7962G-SEP8CB64F576113", None),
        # A user whose name is a word of the syntax.
        ("username password password CANARY encrypted", "password", None),
        ("username attributes attributes", "attributes", None),
    ],
)
def test_users(line: str, name: str, privilege: int | None) -> None:
    parsed = parse_usernames(line)
    assert parsed == ((UserAttributes(name=name, privilege=privilege),), ())


def test_attributes_of_a_user() -> None:
    parsed = parse_usernames("""\
username bob password CANARYhash1 encrypted privilege 15
username bob attributes
 vpn-group-policy GroupPolicy_VPNPhone
 vpn-filter value BOB
 group-lock value Other
 service-type remote-access
 password-storage enable
 password CANARYplain
 ssh authentication publickey CANARYkey hashed
 webvpn
  url-list value CANDY
username eve nopassword
""")
    assert parsed.unparsed == ()
    assert parsed.value == (
        UserAttributes(
            name="bob",
            privilege=15,
            values={
                "vpn-group-policy": "GroupPolicy_VPNPhone",
                "vpn-filter": "value BOB",
                "group-lock": "value Other",
                "service-type": "remote-access",
                "password-storage": "enable",
                "webvpn url-list": "value CANDY",
            },
        ),
        UserAttributes(name="eve"),
    )


def test_a_line_of_another_form_is_reported_without_what_may_be_a_secret() -> None:
    parsed = parse_usernames("username bob nopassword\nusername bob passwort CANARY\n")
    assert parsed.value == (UserAttributes(name="bob"),)
    assert [line.text for line in parsed.unparsed] == ["username bob ..."]


# --- tunnel-group ---------------------------------------------------------------------------------------------------


def test_the_documents_tunnel_group() -> None:
    parsed = parse_tunnel_groups(DOCUMENT_GROUP)
    assert parsed.unparsed == ()
    assert parsed.value == (
        TunnelGroup(
            name="VPNPhone",
            authentication=("certificate",),
            group_urls=(GroupUrl(url="https://asa5520-c.cisco.com/VPNPhone", enabled=True),),
            without_csd="without-csd",
        ),
    )


GROUP = """\
tunnel-group "VPN Phone" type remote-access
tunnel-group "VPN Phone" general-attributes
 address-pool PHONES
 address-pool (outside) MORE PHONES
 authentication-server-group RADIUS LOCAL
 authentication-server-group (inside) LDAP
 accounting-server-group RADIUS
 default-group-policy GroupPolicy_VPNPhone
 scep-enrollment enable
tunnel-group "VPN Phone" webvpn-attributes
 customization Phones
 authentication aaa certificate
 pre-fill-username ssl-client
 group-alias Phones enable
 group-alias aj disable
 group-url https://vpn.example.com/VPNPhone enable
 group-url https://192.0.2.1/VPNPhone disable
 without-csd anyconnect
tunnel-group "VPN Phone" ipsec-attributes
 ikev1 pre-shared-key CANARY
 ikev1 user-authentication none
tunnel-group "VPN Phone" ppp-attributes
 authentication ms-chap-v2
tunnel-group DefaultWEBVPNGroup webvpn-attributes
 authentication saml
 saml identity-provider https://idp.example.com
"""
EXPECTED = (
    TunnelGroup(
        name="VPN Phone",
        kind="remote-access",
        default_group_policy="GroupPolicy_VPNPhone",
        authentication_server_groups=("RADIUS", "LOCAL", "LDAP"),
        address_pools=("PHONES", "MORE"),
        authentication=("aaa", "certificate"),
        group_urls=(
            GroupUrl(url="https://vpn.example.com/VPNPhone", enabled=True),
            GroupUrl(url="https://192.0.2.1/VPNPhone", enabled=False),
        ),
        group_aliases=("Phones",),
        without_csd="without-csd anyconnect",
    ),
    TunnelGroup(name="DefaultWEBVPNGroup", authentication=("saml",)),
)


@pytest.mark.parametrize(
    "text",
    [
        GROUP,
        "".join(f"     {line}\n" for line in GROUP.splitlines()),
        "".join(f"{line.strip()}\n" for line in GROUP.splitlines()),
        # `without-csd anyconnect ` ends in a blank on real devices.
        GROUP.replace("\n", " \r\n"),
    ],
    ids=["plain", "indented", "flat", "crlf"],
)
def test_tunnel_groups(text: str) -> None:
    parsed = parse_tunnel_groups(text)
    assert parsed.unparsed == ()
    assert parsed.value == EXPECTED


@pytest.mark.parametrize(
    ("line", "tokens"),
    [
        ("authentication aaa", ("aaa",)),
        ("authentication certificate", ("certificate",)),
        ("authentication multiple-certificate", ("multiple-certificate",)),
        ("authentication aaa multiple-certificate", ("aaa", "multiple-certificate")),
        ("authentication saml", ("saml",)),
    ],
)
def test_authentication(line: str, tokens: tuple[str, ...]) -> None:
    parsed = parse_tunnel_groups(f"tunnel-group T webvpn-attributes\n {line}\n")
    assert (parsed.value[0].authentication, parsed.unparsed) == (tokens, ())


@pytest.mark.parametrize(
    "line", ["without-csdx", "without-csd phone", "group-url", "group-url https://a on", "novelty"]
)
def test_what_is_not_understood_in_a_group_is_reported(line: str) -> None:
    parsed = parse_tunnel_groups(f"tunnel-group T webvpn-attributes\n {line}\n")
    assert parsed.value == (TunnelGroup(name="T"),)
    assert [found.text for found in parsed.unparsed] == [f" {line}"]
