"""No secret survives, no parse changes."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.parse.config import sections_of
from ansible.module_utils.vpnphone.parse.table import PARSERS
from ansible.module_utils.vpnphone.redact import _MARKS, _OPENERS, _SECRET, HIDDEN, _hide, _hide_openers, redact
from hypothesis import example, given
from hypothesis import strategies as st

from tests.unit.texts import CONFIG


# A mark too few would let a secret out: whatever an opener fits has one.
@pytest.mark.parametrize("opener", ["enable +(?:password|secret)", *_OPENERS])
@given(data=st.data())
def test_each_opener_has_a_mark(opener: str, data: st.DataObject) -> None:
    # hypothesis has no words for a look ahead, and throws most of its own away.
    opener = opener.replace("(?= )", "")
    line = data.draw(st.from_regex(rf"(?:{opener}) x", fullmatch=True))
    assert any(mark in line for mark in _MARKS)


# fmt: off
WORDS = [
    "key", "password", "secret", "auth", "community", "snmp-server user u g v3", "username b", "enable", " no", "x",
]
# fmt: on


@given(st.lists(st.sampled_from([*WORDS, "\n", "\n ", '"', "encrypted", "Activation Key:"]), max_size=40))
def test_only_lines_with_a_mark_need_a_look(words: list[str]) -> None:
    text = " ".join(words).replace(" \n", "\n").replace("\n ", "\n")
    assert _hide_openers(text) == _SECRET.sub(_hide, text)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("enable password CANARY encrypted", "enable password <removed> encrypted"),
        ("enable password CANARY level 5 pbkdf2", "enable password <removed> level 5 pbkdf2"),
        ("passwd CANARY encrypted", "passwd <removed> encrypted"),
        (
            "username bob password CANARY encrypted privilege 15",
            "username bob password <removed> encrypted privilege 15",
        ),
        ('username "b c" password "CANARY x" privilege 2', 'username "b c" password <removed> privilege 2'),
        ("username bob password privilege privilege 1", "username bob password <removed> privilege 1"),
        ("username bob encrypted-password CANARY", "username bob encrypted-password <removed>"),
        ("vpdn username isp password CANARY store-local", "vpdn username isp password <removed>"),
        (
            "group-policy E external server-group R password CANARY",
            "group-policy E external server-group R password <removed>",
        ),
        (" pre-shared-key CANARY", " pre-shared-key <removed>"),
        (" ikev1 pre-shared-key CANARY", " ikev1 pre-shared-key <removed>"),
        (" ikev2 remote-authentication pre-shared-key CANARY", " ikev2 remote-authentication pre-shared-key <removed>"),
        (
            " ikev2 local-authentication pre-shared-key hex CANARY",
            " ikev2 local-authentication pre-shared-key <removed>",
        ),
        ("isakmp key CANARY address 192.0.2.1 netmask 255.255.255.255", "isakmp key <removed>"),
        (" key CANARY", " key <removed>"),
        (" key 7 CANARY", " key <removed>"),
        ("key config-key password-encryption CANARY OLD", "key config-key password-encryption <removed>"),
        (" ldap-login-password CANARY", " ldap-login-password <removed>"),
        (" radius-common-pw CANARY", " radius-common-pw <removed>"),
        ("  policy-server-secret CANARY", "  policy-server-secret <removed>"),
        (" cluster key CANARY", " cluster key <removed>"),
        ("failover key CANARY", "failover key <removed>"),
        ("failover ipsec pre-shared-key 8 CANARY", "failover ipsec pre-shared-key <removed>"),
        ("snmp-server community CANARY", "snmp-server community <removed>"),
        ("snmp-server community 8 CANARY", "snmp-server community <removed>"),
        (
            "snmp-server host inside 10.0.0.9 community CANARY version 2c",
            "snmp-server host inside 10.0.0.9 community <removed>",
        ),
        (
            "snmp-server host inside 10.0.0.9 poll community CANARY",
            "snmp-server host inside 10.0.0.9 poll community <removed>",
        ),
        ("snmp-server user u g v3 auth sha CANARY priv aes 128 CANARY", "snmp-server user u g v3 auth <removed>"),
        ("ntp authentication-key 1 md5 CANARY", "ntp authentication-key 1 md5 <removed>"),
        (" ospf message-digest-key 1 md5 CANARY", " ospf message-digest-key 1 md5 <removed>"),
        (" authentication key eigrp 1 CANARY key-id 1", " authentication key eigrp 1 <removed>"),
        ("  storage-key value CANARY", "  storage-key value <removed>"),
        (" http-proxy 10.0.0.1 80 username u password CANARY", " http-proxy 10.0.0.1 80 username u password <removed>"),
        (
            "aaa-server T (inside) host 10.0.0.1 CANARY timeout 5",
            "aaa-server T (inside) host 10.0.0.1 <removed> timeout 5",
        ),
        ("license smart register idtoken CANARY", "license smart register idtoken <removed>"),
        ("crypto ca import T pkcs12 CANARY", "crypto ca import T pkcs12 <removed>"),
        ("Running Permanent Activation Key: 0x12 0x34", "Running Permanent Activation Key: <removed>"),
        ("Set-Cookie: webvpn=CANARY@1; path=/", "Set-Cookie: webvpn=<removed>; path=/"),
        ("auto-update server https://u:CANARY@10.0.0.1/x", "auto-update server https://u:<removed>@10.0.0.1/x"),
        ("any $sha512$5000$CANARY==$CANARY== here", "any <removed> here"),
        ("some thing CANARY/hash.12 encrypted", "some thing <removed> encrypted"),
    ],
)
def test_secrets(line: str, expected: str) -> None:
    found = redact(f"before\n{line}\nafter\n")
    assert "CANARY" not in found
    assert found == f"before\n{expected}\nafter\n"
    assert redact(found) == found


@pytest.mark.parametrize(
    "line",
    [
        "tunnel-group password type remote-access",
        "group-policy password internal",
        "group-policy key attributes",
        "username password attributes",
        "username bob nopassword privilege 15",
        "ssl trust-point password outside",
        " enable password",
        " enable password tls-only",
        " group-lock value password",
        " default-group-policy pre-shared-key",
        " authentication-server-group key LOCAL",
        " password-storage enable",
        " password-management password-expire-in-days 14",
        " username-from-certificate CN",
        " keypair VPN-KEY",
        "aaa-server R (inside) host 10.0.0.5 timeout 5",
        "snmp-server host inside 10.0.0.9 version 2c",
        "Signature Algorithm: SHA256 with RSA Encryption",
        "Username     : password               Index        : 5",
        "https://vpn.example.com:8443/VPNPhone",
    ],
)
def test_what_only_looks_like_a_secret_stays(line: str) -> None:
    assert redact(line) == line


def test_private_keys_lose_their_lines_but_not_their_number() -> None:
    text = """\
before
-----BEGIN ENCRYPTED PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED

Q0FOQVJZQ0FOQVJZ
Q0FOQQ==
-----END ENCRYPTED PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
Q0FOQVJZQ0FOQVJZ
-----END CERTIFICATE-----
-----BEGIN PKCS12-----
Q0FOQVJZ
interface GigabitEthernet0/0
 nameif outside
"""
    found = redact(text)
    assert found.splitlines()[1:8] == [
        "-----BEGIN ENCRYPTED PRIVATE KEY-----",
        HIDDEN,
        "",
        HIDDEN,
        HIDDEN,
        "-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----",
    ]
    # A certificate is public; a bag that does not end hides no configuration.
    assert found.splitlines()[8:] == [
        "Q0FOQVJZQ0FOQVJZ",
        "-----END CERTIFICATE-----",
        "-----BEGIN PKCS12-----",
        HIDDEN,
        "interface GigabitEthernet0/0",
        " nameif outside",
    ]
    assert redact(found) == found


def test_a_whole_configuration() -> None:
    assert CONFIG.count("CANARY") == 16
    found = redact(CONFIG)
    assert "CANARY" not in found
    assert len(found.splitlines()) == len(CONFIG.splitlines())


@pytest.mark.parametrize("section", sorted(sections_of(CONFIG)))
def test_no_secret_enters_the_state(section: str) -> None:
    text = sections_of(CONFIG)[section]
    parsed = PARSERS[section](text)
    assert "CANARY" not in repr(parsed)
    assert parsed == PARSERS[section](redact(text))


SECRET = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters='"'), min_size=8, max_size=40)


def users(secret: str, privilege: int) -> str:
    return (
        f"username bob password {secret} encrypted privilege {privilege}\n"
        f"username bob attributes\n vpn-filter none\n password {secret}\nusername eve password {secret}\n"
    )


@given(SECRET, st.integers(0, 15))
@example("password", 15)
@example(HIDDEN, 0)
def test_whatever_the_password_is_the_user_parses_the_same(secret: str, privilege: int) -> None:
    text = users(secret, privilege)
    found = redact(text)
    assert found == users(HIDDEN, privilege)
    parsed = PARSERS["usernames"](text)
    assert parsed == PARSERS["usernames"](found)
    assert (parsed.value[0].privilege, parsed.value[0].values, parsed.unparsed) == (
        privilege,
        {"vpn-filter": "none"},
        (),
    )


def vpn_group(key: str) -> str:
    return (
        f"tunnel-group A type remote-access\ntunnel-group A ipsec-attributes\n ikev1 pre-shared-key {key}\n"
        "tunnel-group A webvpn-attributes\n without-csd\n"
    )


@given(SECRET)
@example("webvpn-attributes")
def test_whatever_the_key_is_the_group_parses_the_same(secret: str) -> None:
    text = vpn_group(secret)
    found = redact(text)
    assert found == vpn_group(HIDDEN)
    parsed = PARSERS["tunnel_groups"](text)
    assert parsed == PARSERS["tunnel_groups"](found)
    assert (parsed.value[0].without_csd, parsed.unparsed) == ("without-csd", ())
