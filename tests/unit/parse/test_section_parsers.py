"""Trustpoints, load balancing, interfaces, NTP, AAA servers."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.model import AaaServer, Interface, LoadBalancing, Trustpoint
from ansible.module_utils.vpnphone.parse.basics import (
    parse_aaa_servers,
    parse_interfaces,
    parse_load_balancing,
    parse_ntp_servers,
)
from ansible.module_utils.vpnphone.parse.crypto import parse_trustpoints
from ansible.module_utils.vpnphone.parse.result import Unreadable

CONFIG_PARSERS = [parse_trustpoints, parse_load_balancing, parse_interfaces, parse_ntp_servers, parse_aaa_servers]


@pytest.mark.parametrize("parser", CONFIG_PARSERS)
@pytest.mark.parametrize(
    "text", ["something else\n", " indented\n", "ERROR: % Invalid input detected at '^' marker.\n"]
)
def test_another_text_is_unreadable(parser: object, text: str) -> None:
    assert callable(parser)
    with pytest.raises(Unreadable):
        parser(text)


@pytest.mark.parametrize(
    ("parser", "fact"),
    [
        (parse_trustpoints, ()),
        (parse_load_balancing, LoadBalancing(participate=False)),
        (parse_interfaces, ()),
        (parse_ntp_servers, ()),
        (parse_aaa_servers, ()),
    ],
)
def test_an_empty_answer_is_a_fact(parser: object, fact: object) -> None:
    assert callable(parser)
    assert parser("") == parser("\n!\n") == (fact, ())


# --- trustpoints ----------------------------------------------------------------------------------------------------

TRUSTPOINTS = """\
crypto ca trustpoint VPN-2024
 enrollment terminal
 fqdn vpn.example.com
 subject-name CN=vpn.example.com,O=Example Inc
 keypair VPN-KEY
 id-usage ssl-ipsec
 no client-types
 crl configure
  no protocol http
crypto ca trustpoint SCEP
 enrollment url http://ca.example.com:80/certsrv/mscep.dll
 enrollment retry count 5
 password CANARY
 auto-enroll 80 regenerate
 crl configure
crypto ca trustpoint ACME
 keypair ACME-KEY
 enrollment protocol acme url https://acme.example.com/directory
crypto ca trustpoint SELF
 enrollment self
 auto-enroll
crypto ca trustpoint EST
 enrollment protocol est url https://est.example.com
crypto ca trustpoint EMPTY
crypto ca certificate chain VPN-2024
 certificate 0a01
    308203a4 3082028c a0030201 02020900
    webvpn
  quit
 certificate ca 0b02
    30820370
  quit
"""


@pytest.mark.parametrize(
    "text",
    [
        TRUSTPOINTS,
        TRUSTPOINTS.replace("\n", " \r\n"),
        "".join(f"        {line}\n" for line in TRUSTPOINTS.splitlines()),
    ],
    ids=["plain", "crlf", "indented"],
)
def test_trustpoints(text: str) -> None:
    parsed = parse_trustpoints(text)
    assert parsed.unparsed == ()
    assert parsed.value == (
        Trustpoint(
            name="VPN-2024",
            enrollment="terminal",
            keypair="VPN-KEY",
            values={
                "enrollment": "terminal",
                "fqdn": "vpn.example.com",
                "subject-name": "CN=vpn.example.com,O=Example Inc",
                "keypair": "VPN-KEY",
                "id-usage": "ssl-ipsec",
                "no client-types": "",
                "crl": "configure",
            },
        ),
        Trustpoint(
            name="SCEP",
            enrollment="url http://ca.example.com:80/certsrv/mscep.dll",
            auto_renewal="auto-enroll 80 regenerate",
            values={
                "enrollment url": "http://ca.example.com:80/certsrv/mscep.dll",
                "enrollment retry": "count 5",
                "auto-enroll": "80 regenerate",
                "crl": "configure",
            },
        ),
        Trustpoint(
            name="ACME",
            enrollment="protocol acme url https://acme.example.com/directory",
            keypair="ACME-KEY",
            auto_renewal="enrollment protocol acme url https://acme.example.com/directory",
            values={
                "keypair": "ACME-KEY",
                "enrollment protocol": "acme url https://acme.example.com/directory",
            },
        ),
        Trustpoint(
            name="SELF", enrollment="self", auto_renewal="auto-enroll", values={"enrollment": "self", "auto-enroll": ""}
        ),
        Trustpoint(
            name="EST",
            enrollment="protocol est url https://est.example.com",
            values={"enrollment protocol": "est url https://est.example.com"},
        ),
        Trustpoint(name="EMPTY"),
    )


def test_a_trustpoint_reports_noise() -> None:
    parsed = parse_trustpoints("crypto ca trustpoint A\n enrollment self\n<--- More --->\ncrypto ca trustpoint\n")
    assert parsed.value == (Trustpoint(name="A", enrollment="self", values={"enrollment": "self"}),)
    assert [line.number for line in parsed.unparsed] == [3, 4]


def test_what_follows_a_chain_is_reported() -> None:
    parsed = parse_trustpoints("crypto ca certificate chain A\n certificate 01\n  3082\n  quit\nstray\n")
    assert [line.text for line in parsed.unparsed] == ["stray"]


# --- load balancing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "participate", "addresses"),
    [
        ([], False, ()),
        (["participate"], True, ()),
        (["no participate"], False, ()),
        (
            [
                "redirect-fqdn enable",
                "cluster key CANARY",
                "cluster ip address 192.0.2.10",
                "cluster name vpn.example.com",
                "cluster port 9023",
                "cluster encryption",
                "priority 10",
                "interface lbpublic outside",
                "nat 192.0.2.11",
                "participate",
            ],
            True,
            ("192.0.2.10", "vpn.example.com"),
        ),
    ],
)
def test_load_balancing(lines: list[str], participate: bool, addresses: tuple[str, ...]) -> None:
    parsed = parse_load_balancing("vpn load-balancing\n" + "".join(f" {line}\n" for line in lines))
    assert parsed == (LoadBalancing(participate=participate, cluster_addresses=addresses), ())


def test_load_balancing_reports_what_is_not_understood() -> None:
    parsed = parse_load_balancing("vpn load-balancing\n participate maybe\n")
    assert parsed.value.participate is False
    assert [line.text for line in parsed.unparsed] == [" participate maybe"]


# --- interfaces -----------------------------------------------------------------------------------------------------

INTERFACES = """\
interface GigabitEthernet0/0
 description to the provider
 speed 100
 nameif Outside-DMZ
 security-level 0
 ip address 192.0.2.1 255.255.255.0 standby 192.0.2.2
 ospf cost 10
!
interface GigabitEthernet0/1
 nameif inside
 cts manual
  policy static sgt disabled trusted
 ip address dhcp setroute
!
interface Management0/0
 management-only
 shutdown
 no nameif
 no security-level
 no ip address
!
interface Vlan 2
 nameif dsl
 pppoe client vpdn group ISP
 ip address pppoe
interface Port-channel1.100
 nameif pool
 ip address 10.0.0.1 255.255.255.0 cluster-pool POOL
 no shutdown
"""


@pytest.mark.parametrize(
    "text",
    [INTERFACES, INTERFACES.replace("\n", "\r\n"), "".join(f"   {line}\n" for line in INTERFACES.splitlines())],
    ids=["plain", "crlf", "indented"],
)
def test_interfaces(text: str) -> None:
    parsed = parse_interfaces(text)
    assert parsed.unparsed == ()
    assert parsed.value == (
        Interface(
            name="GigabitEthernet0/0",
            nameif="Outside-DMZ",
            ip="192.0.2.1",
            mask="255.255.255.0",
            standby_ip="192.0.2.2",
        ),
        Interface(name="GigabitEthernet0/1", nameif="inside", method="dhcp"),
        Interface(name="Management0/0", shutdown=True),
        Interface(name="Vlan 2", nameif="dsl", method="pppoe"),
        Interface(name="Port-channel1.100", nameif="pool", ip="10.0.0.1", mask="255.255.255.0"),
    )


@pytest.mark.parametrize("line", ["ip address somewhere", "ip address 1.2.3.4", "nameif", "novelty"])
def test_an_interface_reports_what_is_not_understood(line: str) -> None:
    parsed = parse_interfaces(f"interface GigabitEthernet0/0\n {line}\n")
    assert parsed.value == (Interface(name="GigabitEthernet0/0"),)
    assert [found.text for found in parsed.unparsed] == [f" {line}"]


# --- ntp, aaa -------------------------------------------------------------------------------------------------------


def test_ntp_servers() -> None:
    parsed = parse_ntp_servers("""\
ntp authentication-key 1 md5 CANARY
ntp authenticate
ntp trusted-key 1
ntp server 10.0.0.1 key 1 source inside prefer
ntp server time.example.com
ntp server 10.0.0.1
ntp novelty
""")
    assert parsed.value == ("10.0.0.1", "time.example.com")
    assert [line.text for line in parsed.unparsed] == ["ntp novelty"]


def test_ntp_without_servers() -> None:
    assert parse_ntp_servers("ntp authenticate\n").value == ()


def test_aaa_servers() -> None:
    parsed = parse_aaa_servers("""\
Server Group:    LOCAL
Server Protocol: Local database
Server Address:  None
Server port:     None
Server status:   ACTIVE, Last transaction at 13:39:26 UTC Wed May 8 2024
Number of pending requests              0
Average round trip time                 0ms
Number of authentication requests       12

Server Group:    RADIUS
Server Protocol: radius
Server Address:  10.0.0.5
Server port:     1645(authentication), 1646(accounting)
Server status:   FAILED, Server disabled at 13:39:26 UTC Wed May 8 2024
Server Address:  10.0.0.6
Server status:   ACTIVE. Last transaction (success) at 11:10:08 UTC Fri Aug 22
Server Group :   EMPTY
Server Protocol: ldap
something
""")
    assert parsed.value == (
        AaaServer(group="LOCAL", protocol="Local database", address="None", status="ACTIVE"),
        AaaServer(group="RADIUS", protocol="radius", address="10.0.0.5", status="FAILED"),
        AaaServer(group="RADIUS", protocol="radius", address="10.0.0.6", status="ACTIVE"),
        AaaServer(group="EMPTY", protocol="ldap"),
    )
    assert [line.text for line in parsed.unparsed] == ["something"]


def test_aaa_fields_above_every_group_are_reported() -> None:
    parsed = parse_aaa_servers("Server status: ACTIVE\nServer Group: A\n")
    assert parsed.value == (AaaServer(group="A"),)
    assert [line.number for line in parsed.unparsed] == [1]
