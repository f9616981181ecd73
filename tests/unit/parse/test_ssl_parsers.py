"""show running-config [all] ssl, show ssl, show ssl ciphers: both syntaxes, and what must not pass for them."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.model import (
    SslCipherRule,
    SslConfig,
    SslStatus,
    SslStatusTrustPoint,
    SslSuites,
    SslTrustPoint,
)
from ansible.module_utils.vpnphone.parse.result import Unreadable
from ansible.module_utils.vpnphone.parse.ssl import parse_ssl, parse_ssl_status, parse_ssl_suites

# Document 116162, "Supported Ciphers".
DOCUMENT_CONFIG = """\
ssl server-version any
ssl client-version any
ssl encryption rc4-sha1 aes128-sha1 aes256-sha1 3des-sha1
ssl trust-point SSL outside
"""
DOCUMENT_STATUS = """\
Accept connections using SSLv2, SSLv3 or TLSv1 and negotiate to SSLv3 or TLSv1
Start connections using SSLv3 and negotiate to SSLv3 or TLSv1
Enabled cipher order: rc4-sha1 aes128-sha1 aes256-sha1 3des-sha1
Disabled ciphers: des-sha1 rc4-md5 dhe-aes128-sha1 dhe-aes256-sha1 null-sha1
SSL trust-points:
outside interface: SSL
Certificate authentication is not enabled
"""
DOCUMENT_RULE = 'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA"'


def test_the_documents_configuration() -> None:
    parsed = parse_ssl(DOCUMENT_CONFIG)
    assert parsed.unparsed == ()
    assert parsed.value == SslConfig(
        defaults_shown=True,
        server_version=("any",),
        client_version=("any",),
        encryption=("rc4-sha1", "aes128-sha1", "aes256-sha1", "3des-sha1"),
        trust_points=(SslTrustPoint(trustpoint="SSL", interface="outside"),),
    )


def test_the_documents_cipher_rule() -> None:
    assert parse_ssl(DOCUMENT_RULE).value.ciphers == (
        SslCipherRule(
            protocol="tlsv1.2",
            level="custom",
            suites=("AES256-SHA", "AES128-SHA", "DHE-RSA-AES256-SHA", "DHE-RSA-AES128-SHA"),
        ),
    )


@pytest.mark.parametrize("indent", ["", " ", "        ", "\t"])
def test_a_configuration_of_a_later_release(indent: str) -> None:
    text = """\
ssl server-version tlsv1.2 dtlsv1.2
ssl client-version tlsv1.2
ssl cipher default medium
ssl cipher tlsv1 medium
ssl cipher dtlsv1.2 fips
ssl dh-group group14
ssl ecdh-group group19
ssl certificate-authentication fca-timeout 2
"""
    parsed = parse_ssl("".join(f"{indent}{line}\r\n" for line in text.splitlines()))
    assert parsed.unparsed == ()
    assert parsed.value == SslConfig(
        defaults_shown=True,
        server_version=("tlsv1.2", "dtlsv1.2"),
        client_version=("tlsv1.2",),
        ciphers=(
            SslCipherRule(protocol="default", level="medium"),
            SslCipherRule(protocol="tlsv1", level="medium"),
            SslCipherRule(protocol="dtlsv1.2", level="fips"),
        ),
        dh_group="group14",
        ecdh_group="group19",
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ssl trust-point SSL", SslTrustPoint(trustpoint="SSL")),
        (
            "ssl trust-point vpn.example.com-2017 Outside-DMZ",
            SslTrustPoint(trustpoint="vpn.example.com-2017", interface="Outside-DMZ"),
        ),
        ("ssl trust-point SSL outside vpnlb-ip", SslTrustPoint(trustpoint="SSL", interface="outside", vpnlb_ip=True)),
        ("ssl trust-point SSL domain a.example.com", SslTrustPoint(trustpoint="SSL", domain="a.example.com")),
        # Two words: an interface may have any name.
        ("ssl trust-point SSL domain", SslTrustPoint(trustpoint="SSL", interface="domain")),
        ('ssl trust-point "my tp" outside ', SslTrustPoint(trustpoint="my tp", interface="outside")),
    ],
)
def test_trust_points(line: str, expected: SslTrustPoint) -> None:
    parsed = parse_ssl(line)
    assert (parsed.value.trust_points, parsed.unparsed) == ((expected,), ())


@pytest.mark.parametrize(
    "line",
    [
        "ssl trust-point",
        "ssl trust-point SSL outside something",
        "ssl trust-point SSL outside vpnlb-ip more",
        "ssl cipher tlsv1.2 medium high",
        'ssl cipher tlsv1.2 custom ""',
        "ssl something new",
    ],
)
def test_a_form_that_is_not_known_is_reported(line: str) -> None:
    parsed = parse_ssl(f"ssl client-version any\n{line}\n")
    assert [(found.number, found.text) for found in parsed.unparsed] == [(2, line)]
    assert parsed.value == SslConfig(defaults_shown=True, client_version=("any",))


@pytest.mark.parametrize("text", ["", "\n", "\r\n", "!\n: Saved\n"])
def test_no_line_shows_no_defaults(text: str) -> None:
    assert parse_ssl(text, defaults_shown=False).value == SslConfig(defaults_shown=False)
    # With `all` an ASA always prints lines: such an answer must not count as "nothing is bound".
    with pytest.raises(Unreadable, match="always prints lines"):
        parse_ssl(text, defaults_shown=True)


def test_a_plain_answer_shows_no_defaults() -> None:
    assert parse_ssl("ssl trust-point SSL outside", defaults_shown=False).value.defaults_shown is False


@pytest.mark.parametrize(
    "text", ["webvpn\n enable outside\n", "ERROR: % Invalid input detected at '^' marker.\n", "ssl\n"]
)
def test_another_text_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_ssl(text)


def test_the_documents_status() -> None:
    parsed = parse_ssl_status(DOCUMENT_STATUS)
    assert parsed.unparsed == ()
    assert parsed.value == SslStatus(
        enabled_ciphers=("rc4-sha1", "aes128-sha1", "aes256-sha1", "3des-sha1"),
        disabled_ciphers=("des-sha1", "rc4-md5", "dhe-aes128-sha1", "dhe-aes256-sha1", "null-sha1"),
        trust_points=(SslStatusTrustPoint(interface="outside", trustpoint="SSL"),),
        accept_line="Accept connections using SSLv2, SSLv3 or TLSv1 and negotiate to SSLv3 or TLSv1",
        certificate_authentication=("Certificate authentication is not enabled",),
    )


def test_a_status_of_a_later_release() -> None:
    parsed = parse_ssl_status("""\
Accept connections using SSLv3 or greater and negotiate to TLSv1 or greater
Start connections using TLSv1 and negotiate to TLSv1 or greater
SSL DH Group: group14 (2048-bit modulus, FIPS)
SSL ECDH Group: group19 (256-bit EC)

SSL trust-points:
  Self-signed (RSA 2048 bits RSA-SHA256) certificate available
  Self-signed (EC 256 bits ecdsa-with-SHA256) certificate available
  Default: GLOBAL (RSA 2048 bits RSA-SHA256)
  Interface outside: VPN-2024 (RSA 2048 bits RSA-SHA256)
  Interface Outside-DMZ: VPN-EC (EC 256 bits ecdsa-with-SHA256)
  VPNLB interface outside: LB (RSA 2048 bits RSA-SHA256)
  Domain a.example.com: SNI (RSA 4096 bits RSA-SHA256)
Certificate authentication is not enabled
""")
    assert parsed.unparsed == ()
    assert parsed.value.enabled_ciphers == ()
    assert parsed.value.self_signed == ("RSA", "EC")
    assert parsed.value.trust_points == (
        SslStatusTrustPoint(interface="", trustpoint="GLOBAL", key_type="RSA"),
        SslStatusTrustPoint(interface="outside", trustpoint="VPN-2024", key_type="RSA"),
        SslStatusTrustPoint(interface="Outside-DMZ", trustpoint="VPN-EC", key_type="EC"),
        SslStatusTrustPoint(interface="outside", trustpoint="LB", key_type="RSA", vpnlb=True),
        SslStatusTrustPoint(interface="", trustpoint="SNI", key_type="RSA", domain="a.example.com"),
    )


def test_a_status_without_trust_points_and_with_empty_lists() -> None:
    parsed = parse_ssl_status("""\
Accept connections using SSLv2 or greater and negotiate to TLSv1
Enabled cipher order: aes128-sha1
Disabled ciphers:
No SSL trust-points configured.
Certificate authentication is not enabled
something else
""")
    assert parsed.value.trust_points == ()
    assert parsed.value.disabled_ciphers == ()
    assert [line.text for line in parsed.unparsed] == ["something else"]


@pytest.mark.parametrize("text", ["", "SSL trust-points:\n", "ERROR: % Invalid input detected at '^' marker.\n"])
def test_a_status_without_its_first_line_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_ssl_status(text)


def test_suites() -> None:
    parsed = parse_ssl_suites("""\
Current cipher configuration:
default (medium):
  ECDHE-ECDSA-AES256-GCM-SHA384
  DHE-RSA-AES256-SHA256 (tlsv1.2)
tlsv1 (custom):
  AES256-SHA
  AES128-SHA
tlsv1.2 (custom): AES256-SHA:AES128-SHA
dtlsv1 (low):
  what is this
""")
    assert parsed.value == (
        SslSuites(
            protocol="default", level="medium", suites=("ECDHE-ECDSA-AES256-GCM-SHA384", "DHE-RSA-AES256-SHA256")
        ),
        SslSuites(protocol="tlsv1", level="custom", suites=("AES256-SHA", "AES128-SHA")),
        SslSuites(protocol="tlsv1.2", level="custom", suites=("AES256-SHA", "AES128-SHA")),
        SslSuites(protocol="dtlsv1", level="low", suites=()),
    )
    assert [line.text.strip() for line in parsed.unparsed] == ["what is this"]


def test_a_heading_may_hold_the_custom_text() -> None:
    parsed = parse_ssl_suites('tlsv1 (custom: "AES256-SHA:AES128-SHA"):\n  AES256-SHA\n  AES128-SHA\n')
    assert parsed.value == (SslSuites(protocol="tlsv1", level="custom", suites=("AES256-SHA", "AES128-SHA")),)
    assert parsed.unparsed == ()


def test_suites_below_an_unknown_heading_belong_to_no_protocol() -> None:
    parsed = parse_ssl_suites(
        "tlsv1 (medium):\n  AES128-SHA\nquicv9 {new}:\n  AES256-SHA\ndtlsv1 (low):\n  DES-CBC-SHA\n"
    )
    assert parsed.value == (
        SslSuites(protocol="tlsv1", level="medium", suites=("AES128-SHA",)),
        SslSuites(protocol="dtlsv1", level="low", suites=("DES-CBC-SHA",)),
    )
    assert [line.text.strip() for line in parsed.unparsed] == ["quicv9 {new}:", "AES256-SHA"]


def test_a_suite_above_every_heading_is_reported() -> None:
    parsed = parse_ssl_suites("AES256-SHA\ntlsv1 (medium):\n AES128-SHA\n")
    assert [line.text for line in parsed.unparsed] == ["AES256-SHA"]
    assert parsed.value == (SslSuites(protocol="tlsv1", level="medium", suites=("AES128-SHA",)),)


@pytest.mark.parametrize("text", ["", "AES256-SHA\nAES128-SHA\n", "ERROR: % Invalid input detected at '^' marker.\n"])
def test_suites_of_no_protocol_are_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_ssl_suites(text)
