"""Cipher suites: names, levels, and what an ASA accepts on each protocol."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone import suites as tables
from ansible.module_utils.vpnphone.model import SslCipherRule, SslConfig, SslStatus, SslSuites
from hypothesis import given
from hypothesis import strategies as st

R80, R91, R931, R932 = (8, 0, 5, 0), (9, 1, 1, 0), (9, 3, 1, 0), (9, 3, 2, 0)
R941, R98, R910, R912, R916, R919 = (
    (9, 4, 1, 0),
    (9, 8, 4, 0),
    (9, 10, 1, 0),
    (9, 12, 1, 0),
    (9, 16, 4, 0),
    (9, 19, 1, 0),
)

PLAIN = frozenset({"AES256-SHA", "AES128-SHA"})
DHE = frozenset({"DHE-RSA-AES256-SHA", "DHE-RSA-AES128-SHA"})
SHA2_CBC = frozenset({"DHE-RSA-AES256-SHA256", "AES256-SHA256", "DHE-RSA-AES128-SHA256", "AES128-SHA256"})
SINCE_941 = frozenset(
    {
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "DHE-RSA-AES256-GCM-SHA384",
        "AES256-GCM-SHA384",
        "ECDHE-ECDSA-AES256-SHA384",
        "ECDHE-RSA-AES256-SHA384",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "DHE-RSA-AES128-GCM-SHA256",
        "AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES128-SHA256",
        "ECDHE-RSA-AES128-SHA256",
    }
)
T3DES = frozenset({"DES-CBC3-SHA"})
WEAK = frozenset({"RC4-SHA", "RC4-MD5", "DES-CBC-SHA"})
NULL = frozenset({"NULL-SHA"})


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "name"),
    [
        ("aes128-sha1", "AES128-SHA"),
        ("aes256-sha1", "AES256-SHA"),
        ("rc4-sha1", "RC4-SHA"),
        ("rc4-md5", "RC4-MD5"),
        ("3des-sha1", "DES-CBC3-SHA"),
        ("des-sha1", "DES-CBC-SHA"),
        ("dhe-aes128-sha1", "DHE-RSA-AES128-SHA"),
        ("dhe-aes256-sha1", "DHE-RSA-AES256-SHA"),
        ("null-sha1", "NULL-SHA"),
    ],
)
def test_tokens_and_names(token: str, name: str) -> None:
    assert tables.openssl_name(token) == tables.openssl_name(token.upper()) == tables.openssl_name(name.lower()) == name
    assert tables.old_token(name) == tables.old_token(token) == token


def test_every_token_is_in_the_table_above() -> None:
    assert len(tables.TOKENS) == 9
    assert tables.old_token("ECDHE-RSA-AES128-SHA256") == ""


@pytest.mark.parametrize(
    ("suite", "kind"),
    [
        *((name, "rsa") for name in sorted((*PLAIN, *DHE, *SHA2_CBC, *T3DES, *WEAK, *NULL))),
        ("AES128-GCM-SHA256", "rsa"),
        ("aes128-sha1", "rsa"),
        ("dhe-aes256-sha1", "rsa"),
        ("ECDHE-RSA-AES256-GCM-SHA384", "rsa"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "ec"),
        ("ecdhe-ecdsa-aes128-sha256", "ec"),
        ("ADH-AES128-SHA", "none"),
        ("AECDH-NULL-SHA", "none"),
        ("DHE-DSS-AES128-SHA", None),
        ("PSK-AES128-CBC-SHA", None),
        ("TLS_AES_256_GCM_SHA384", None),
        ("AES128-SHA-EXTRA", None),
        ("", None),
    ],
)
def test_authentication(suite: str, kind: str | None) -> None:
    assert tables.authentication(suite) == kind


def test_every_suite_of_the_repertoire_tells_its_authentication_and_source() -> None:
    assert all(tables.authentication(suite.name) in ("rsa", "ec") and suite.source for suite in tables.REPERTOIRE)
    assert len({suite.name for suite in tables.REPERTOIRE}) == len(tables.REPERTOIRE) == 25


@pytest.mark.parametrize(
    ("suite", "protocols"),
    [
        ("AES128-SHA", {"tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1", "dtlsv1.2"}),
        ("AES128-SHA256", {"tlsv1.2", "dtlsv1.2"}),
        ("ECDHE-ECDSA-AES256-SHA384", {"tlsv1.2", "dtlsv1.2"}),
        ("aes256-gcm-sha384", {"tlsv1.2", "dtlsv1.2"}),
        ("TLS_AES_128_GCM_SHA256", {"tlsv1.3"}),
    ],
)
def test_usable(suite: str, protocols: set[str]) -> None:
    assert {protocol for protocol in tables.PROTOCOLS if tables.usable(suite, protocol.upper())} == protocols


# --- version facts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feature", "release", "expected"),
    [
        ("ssl cipher", R931, False),
        ("ssl cipher", R932, True),
        ("tlsv1.2", R931, False),
        ("tlsv1.2", R932, True),
        ("ec", (9, 4, 0, 99), False),
        ("ec", R941, True),
        ("dtlsv1.2", (9, 9, 2, 85), False),
        ("dtlsv1.2", R910, True),
        ("dtlsv1", R80, True),
        ("ec", None, None),
    ],
)
def test_first_releases(feature: str, release: tables.Release | None, expected: bool | None) -> None:
    assert tables.has(feature, release) is expected


# --- levels ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "protocol", "release", "expected"),
    [
        ("all", "tlsv1.2", R941, PLAIN | DHE | SHA2_CBC | SINCE_941 | T3DES | WEAK | NULL),
        ("all", "tlsv1", R941, PLAIN | DHE | T3DES | WEAK | NULL),
        ("all", "tlsv1", R912, PLAIN | DHE | T3DES | WEAK),
        ("low", "tlsv1", R941, PLAIN | DHE | T3DES | WEAK),
        ("medium", "tlsv1.2", R932, PLAIN | DHE | SHA2_CBC | T3DES),
        ("medium", "tlsv1.2", R941, PLAIN | DHE | SHA2_CBC | SINCE_941 | T3DES),
        ("MEDIUM", "TLSv1.1", R916, PLAIN | DHE | T3DES),
        ("medium", "dtlsv1", R98, PLAIN | DHE | T3DES),
        ("fips", "tlsv1", R916, PLAIN | DHE),
        ("fips", "dtlsv1.2", R910, PLAIN | DHE | SHA2_CBC | SINCE_941),
        ("high", "tlsv1.2", R932, frozenset({"DHE-RSA-AES256-SHA256", "AES256-SHA256"})),
        (
            "high",
            "tlsv1.2",
            R941,
            frozenset(
                {
                    "DHE-RSA-AES256-SHA256",
                    "AES256-SHA256",
                    "ECDHE-ECDSA-AES256-GCM-SHA384",
                    "ECDHE-RSA-AES256-GCM-SHA384",
                    "DHE-RSA-AES256-GCM-SHA384",
                    "AES256-GCM-SHA384",
                    "ECDHE-ECDSA-AES256-SHA384",
                    "ECDHE-RSA-AES256-SHA384",
                }
            ),
        ),
        ("high", "tlsv1", R941, None),
        ("high", "dtlsv1.2", R916, None),
        ("medium", "dtlsv1", R910, None),
        ("medium", "tlsv1.3", R919, None),
        ("medium", "tlsv1.2", None, None),
        ("medium", "tlsv1", R931, None),
        ("custom", "tlsv1.2", R941, None),
        ("strong", "tlsv1.2", R941, None),
    ],
)
def test_levels(level: str, protocol: str, release: tables.Release | None, expected: frozenset[str] | None) -> None:
    assert tables.expand(level, protocol, release) == expected


def test_the_phones_suites_are_in_medium_and_fips_but_not_in_high() -> None:
    assert tables.expand("medium", "tlsv1.2", R941) >= PLAIN
    assert tables.expand("fips", "tlsv1.2", R941) >= PLAIN
    assert not tables.expand("high", "tlsv1.2", R941) & PLAIN


def test_every_level_carries_its_provenance() -> None:
    assert set(tables.LEVELS) == {"all", "low", "medium", "fips", "high"}
    assert all(level.source.startswith("[K]") for level in tables.LEVELS.values())


# --- what a device accepts ------------------------------------------------------------------------------------------


def config(*rules: tuple[str, str] | tuple[str, str, str], encryption: str = "", server: str = "") -> SslConfig:
    return SslConfig(
        defaults_shown=True,
        server_version=tuple(server.split()),
        encryption=tuple(encryption.split()),
        ciphers=tuple(
            SslCipherRule(protocol=rule[0], level=rule[1], suites=tuple(rule[2].split(":")) if len(rule) > 2 else ())
            for rule in rules
        ),
    )


def shown(protocol: str, level: str, *names: str) -> SslSuites:
    return SslSuites(protocol=protocol, level=level, suites=names)


REMEDY = "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA"
MIXED = "ECDHE-ECDSA-AES256-GCM-SHA384:AES128-SHA256:AES128-SHA"
OLD_SSL = config(encryption="rc4-sha1 aes128-sha1 aes256-sha1 3des-sha1")
OLD_SET = PLAIN | {"RC4-SHA"} | T3DES
DEFAULTS = config(*((name, "medium") for name in ("default", "tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1", "dtlsv1.2")))


@pytest.mark.parametrize(
    ("ssl", "status", "table", "protocol", "release", "expected"),
    [
        # The old syntax holds for every protocol the release has.
        (OLD_SSL, None, None, "tlsv1", R91, OLD_SET),
        (OLD_SSL, None, None, "dtlsv1", R91, OLD_SET),
        (OLD_SSL, None, None, "tlsv1", None, OLD_SET),
        (OLD_SSL, None, None, "tlsv1.2", R91, frozenset()),
        (OLD_SSL, None, None, "dtlsv1.2", R98, frozenset()),
        (config(encryption="aes128-sha1 quantum"), None, None, "tlsv1", R91, None),
        (config(), SslStatus(enabled_ciphers=("aes128-sha1", "rc4-md5")), None, "tlsv1", R91,
         {"AES128-SHA", "RC4-MD5"}),
        (OLD_SSL, SslStatus(enabled_ciphers=("des-sha1",)), None, "tlsv1", R91, OLD_SET),
        (config(), SslStatus(), None, "tlsv1", R91, None),
        (config(), None, None, "tlsv1", R80, None),
        # An explicit custom list wins over everything, and is filtered by the protocol.
        (config(("tlsv1.2", "custom", REMEDY)), None, None, "tlsv1.2", R941, PLAIN | DHE),
        (config(("tlsv1.2", "custom", REMEDY)), None, None, "tlsv1.2", None, PLAIN | DHE),
        (config(("TLSv1.2", "Custom", REMEDY)), None, (shown("tlsv1.2", "medium", "RC4-SHA"),), "tlsv1.2", R941,
         PLAIN | DHE),
        (config(("default", "custom", MIXED)), None, None, "tlsv1.2", R941, frozenset(MIXED.split(":"))),
        (config(("default", "custom", MIXED)), None, None, "tlsv1", R941, {"AES128-SHA"}),
        (config(("default", "custom", MIXED)), None, None, "dtlsv1", R916, {"AES128-SHA"}),
        (config(("dtlsv1", "custom", "AES128-SHA256")), None, None, "dtlsv1", R941, frozenset()),
        (config(("tlsv1", "custom", "HIGH:!aNULL")), None, None, "tlsv1", R941, None),
        (config(("tlsv1", "custom")), None, None, "tlsv1", R941, None),
        # The device's own list wins over the expansion of the same level.
        (config(("tlsv1", "medium")), None, (shown("TLSv1", "medium", "AES128-SHA", "AES128-SHA256"),), "tlsv1", R941,
         {"AES128-SHA"}),
        (config(("dtlsv1", "medium")), None, (shown("dtlsv1", "medium", "AES256-SHA"),), "dtlsv1", R916,
         {"AES256-SHA"}),
        (config(("tlsv1.2", "high")), None, (shown("tlsv1.2", "medium", "AES128-SHA"),), "tlsv1.2", R941, None),
        (config(), None, (shown("tlsv1", "medium", "AES128-SHA"),), "tlsv1", R941, {"AES128-SHA"}),
        (config(), None, (shown("default", "medium", "AES128-SHA", "AES128-SHA256"),), "tlsv1", R941, {"AES128-SHA"}),
        (config(("tlsv1", "strong")), None, (shown("tlsv1", "strong", "AES128-SHA"),), "tlsv1", R941, {"AES128-SHA"}),
        # Levels.
        (config(("tlsv1.2", "high"), ("default", "medium")), None, None, "tlsv1.2", R941,
         tables.expand("high", "tlsv1.2", R941)),
        (config(("tlsv1.2", "high"), ("default", "medium")), None, None, "tlsv1", R941, PLAIN | DHE | T3DES),
        (config(("tlsv1.2", "high"), ("default", "medium")), None, (), "dtlsv1", R941, PLAIN | DHE | T3DES),
        (DEFAULTS, None, None, "dtlsv1", R916, None),
        (DEFAULTS, None, None, "tlsv1.2", None, None),
        (DEFAULTS, None, None, "dtlsv1.2", R941, PLAIN | DHE | SHA2_CBC | SINCE_941 | T3DES),
        (config(("default", "strong")), None, None, "tlsv1", R941, None),
        # Nothing was said.
        (config(), None, None, "tlsv1", R941, None),
        (config(), None, None, "tlsv1", None, None),
        (config(("tlsv1.2", "medium")), None, None, "tlsv1", R941, None),
        # TLS 1.3 takes nothing from `default`.
        (config(("default", "custom", REMEDY)), None, None, "tlsv1.3", R919, None),
        (config(("tlsv1.3", "custom", "TLS_AES_128_GCM_SHA256")), None, None, "tlsv1.3", R919,
         {"TLS_AES_128_GCM_SHA256"}),
        (config(("default", "medium")), None, None, "tlsv1.3", R916, frozenset()),
        (OLD_SSL, None, None, "sslv3", R91, None),
    ],
)  # fmt: skip
def test_effective(ssl, status, table, protocol, release, expected) -> None:
    result = tables.effective(ssl, status, table, protocol, release)
    assert result.suites == expected
    assert tables.effective_suites(ssl, status, table, protocol.upper(), release) == expected
    assert result.reason


@pytest.mark.parametrize(
    ("server", "release", "expected"),
    [
        ("any", R91, {"tlsv1", "dtlsv1"}),
        ("sslv3", R91, {"dtlsv1"}),
        ("tlsv1-only", R80, {"tlsv1", "dtlsv1"}),
        ("sslv3-only", R91, {"dtlsv1"}),
        ("tlsv1", R932, {"tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1"}),
        ("tlsv1.2", R941, {"tlsv1.2", "dtlsv1"}),
        ("TLSv1.2 DTLSv1.2", R916, {"tlsv1.2", "dtlsv1.2"}),
        ("tlsv1.1 dtlsv1", R910, {"tlsv1.1", "tlsv1.2", "dtlsv1", "dtlsv1.2"}),
        ("tlsv1.2", R919, {"tlsv1.2", "tlsv1.3", "dtlsv1", "dtlsv1.2"}),
        ("any", R941, {"tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1"}),
        ("", R941, None),
        ("tlsv9", R941, None),
        ("tlsv1", None, None),
    ],
)
def test_accepted_protocols(server: str, release: tables.Release | None, expected: set[str] | None) -> None:
    assert tables.accepted_protocols(config(server=server), release) == expected


NAMES = st.one_of(st.sampled_from([suite.name for suite in tables.REPERTOIRE]), st.text(max_size=30))
WORDS = st.one_of(st.sampled_from([*tables.PROTOCOLS, "default", "custom", *tables.LEVELS]), st.text(max_size=8))
RULES = st.lists(st.builds(SslCipherRule, protocol=WORDS, level=WORDS, suites=st.lists(NAMES, max_size=4).map(tuple)))


@given(
    rules=RULES,
    encryption=st.lists(st.one_of(st.sampled_from(sorted(tables.TOKENS)), st.text(max_size=8)), max_size=3),
    protocol=WORDS,
    release=st.one_of(st.none(), st.tuples(*[st.integers(0, 20)] * 4)),
)
def test_whatever_is_configured_gives_usable_suites_or_unknown(rules, encryption, protocol, release) -> None:
    ssl = SslConfig(defaults_shown=True, ciphers=tuple(rules), encryption=tuple(encryption))
    found = tables.effective_suites(ssl, None, None, protocol, release)
    if protocol.lower() not in tables.PROTOCOLS:
        assert found is None
    assert all(tables.usable(name, protocol) for name in found or ())
