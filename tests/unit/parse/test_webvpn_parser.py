"""show running-config webvpn: the document's sample, later releases, indents."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.model import CertificateMap, WebvpnConfig
from ansible.module_utils.vpnphone.parse.result import Unreadable
from ansible.module_utils.vpnphone.parse.webvpn import parse_webvpn

# Document 116162, "CSD and IP Phones": two lines have lost their indent.
DOCUMENT = """\
webvpn
enable outside
  csd image disk0:/csd_3.6.6210-k9.pkg
csd enable
anyconnect image disk0:/anyconnect-win-3.1.00495-k9.pkg 1
anyconnect enable
"""
LATER = """\
webvpn
 port 8443
 dtls port 8443
 enable outside tls-only
 enable Inside-DMZ
 http-headers
  hsts-server
   enable
   max-age 31536000
   include-sub-domains
   no preload
 csd hostscan image disk0:/hostscan_3.1.pkg
 hostscan image disk0:/hostscan_4.10.pkg
 hostscan enable
 anyconnect-essentials
 anyconnect image disk0:/anyconnect-win-4.10.pkg 1
 anyconnect profiles Phones disk0:/phones.xml
 anyconnect enable
 saml idp https://idp.example.com
  url sign-in https://idp.example.com/in
  trustpoint idp IDP
 tunnel-group-list enable
 tunnel-group-preference group-url
 certificate-group-map CERTS 10 VPNPhone
 certificate-group-map CERTS 20 "Other Group"
 cache
  disable
 error-recovery disable
 keepout "Service out temporarily."
"""
EXPECTED = WebvpnConfig(
    configured=True,
    enabled_interfaces=("outside", "Inside-DMZ"),
    tls_only_interfaces=("outside",),
    port=8443,
    dtls_port=8443,
    csd_line="hostscan enable",
    anyconnect_enabled=True,
    anyconnect_essentials=True,
    tunnel_group_list=True,
    certificate_maps=(
        CertificateMap(map_name="CERTS", sequence=10, tunnel_group="VPNPhone"),
        CertificateMap(map_name="CERTS", sequence=20, tunnel_group="Other Group"),
    ),
    group_url_preferred=True,
)


def test_the_documents_sample() -> None:
    parsed = parse_webvpn(DOCUMENT)
    assert parsed.unparsed == ()
    assert parsed.value == WebvpnConfig(
        configured=True, enabled_interfaces=("outside",), csd_line="csd enable", anyconnect_enabled=True
    )


@pytest.mark.parametrize(
    "text",
    [
        LATER,
        LATER.replace("\n", "\r\n"),
        "".join(f"        {line}\n" for line in LATER.splitlines()),
        # All indent lost.
        "".join(f"{line.strip()}\n" for line in LATER.splitlines()),
        "".join(f"{line}   \n" for line in LATER.splitlines()),
    ],
    ids=["plain", "crlf", "indented", "flat", "trailing"],
)
def test_a_later_release(text: str) -> None:
    parsed = parse_webvpn(text)
    assert parsed.unparsed == ()
    assert parsed.value == EXPECTED


@pytest.mark.parametrize("text", ["", "\n\n", "!\n"])
def test_no_block_is_a_fact(text: str) -> None:
    assert parse_webvpn(text).value == WebvpnConfig(configured=False)


def test_a_bare_block() -> None:
    assert parse_webvpn("webvpn\n").value == WebvpnConfig(configured=True)


@pytest.mark.parametrize(
    "line",
    [
        "csd image disk0:/csd.pkg",
        "no csd enable",
        "no tunnel-group-list enable",
        "svc image disk0:/svc.pkg 1",
        "no error-recovery disable",
    ],
)
def test_lines_that_switch_nothing_on(line: str) -> None:
    parsed = parse_webvpn(f"webvpn\n {line}\n")
    assert (parsed.value, parsed.unparsed) == (WebvpnConfig(configured=True), ())


def test_essentials_refused_is_not_essentials_unsaid() -> None:
    parsed = parse_webvpn("webvpn\n no anyconnect-essentials\n")
    assert (parsed.value, parsed.unparsed) == (WebvpnConfig(configured=True, essentials_refused=True), ())


def test_svc_is_the_old_anyconnect() -> None:
    assert parse_webvpn("webvpn\n svc enable\n").value.anyconnect_enabled is True


@pytest.mark.parametrize(
    "line",
    [
        "csd enabled",
        "xcsd enable",
        "port 0",
        "port 65536",
        "port 99999999999999999999",
        "brand-new thing",
        "enable a b c",
    ],
)
def test_what_is_not_understood_is_reported(line: str) -> None:
    parsed = parse_webvpn(f"webvpn\n enable outside\n {line}\n")
    assert [found.text for found in parsed.unparsed] == [f" {line}"]
    assert parsed.value == WebvpnConfig(configured=True, enabled_interfaces=("outside",))


def test_the_enable_of_a_header_is_no_interface() -> None:
    assert parse_webvpn("webvpn\n http-headers\n  hsts-server\n   enable\n").value.enabled_interfaces == ()


def test_lines_of_another_part_are_not_webvpns() -> None:
    parsed = parse_webvpn("webvpn\n enable outside\ninterface GigabitEthernet0/0\n csd enable\n")
    assert parsed.value.csd_line == ""
    assert [line.number for line in parsed.unparsed] == [3, 4]


@pytest.mark.parametrize("text", ["enable outside\n", "ssl trust-point A outside\n", "Command authorization failed\n"])
def test_another_text_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_webvpn(text)
