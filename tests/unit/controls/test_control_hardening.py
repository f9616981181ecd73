"""VPNP-124 and 125: weak ciphers and versions, and a minimum version above what phones speak."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.controls.ciphers import GLOBAL
from ansible.module_utils.vpnphone.controls.hardening import allowed_versions
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.model import AsaState, SslConfig, SslStatus

from tests.unit.controls.builders import PHONE_SUITES, change, edit, healthy, phone_model, site, state, version, without
from tests.unit.controls.builders import cipher_rules as rules
from tests.unit.controls.table import Case, check, table

NO_FAULT = "; `Certificate authentication is not enabled` is no fault, phones sign in by their tunnel-group"
CLEAN = ("pass", "ciphers", "no weak cipher is enabled" + NO_FAULT)
VERSIONS = ("pass", "versions", "neither SSLv2 nor SSLv3 is accepted")
SSL_IN = ("fail", "versions", "SSLv2 or SSLv3 is accepted")


def old(*tokens: str, words: tuple[str, ...] = ("tlsv1-only",), line: str = "") -> AsaState:
    """ASA 9.1(1)."""
    return state(
        version=version("9.1(1)", (9, 1, 1, 0)),
        ssl=SslConfig(defaults_shown=True, server_version=words, encryption=tokens),
        ssl_status=SslStatus(accept_line=line),
    )


def weak(*names: str) -> tuple[str, str, str]:
    return ("fail", "ciphers", f"weak ciphers are enabled: {' '.join(names)}")


DOCUMENT_LINE = "Accept connections using SSLv2, SSLv3 or TLSv1 and negotiate to SSLv3 or TLSv1"
OLD_CLEAN = ("pass", "ciphers", "no weak cipher is enabled")


@table(
    Case("clean", healthy(), "pass", (CLEAN, VERSIONS)),
    Case(
        "the document's sample",
        old("rc4-sha1", "aes128-sha1", "aes256-sha1", "3des-sha1", words=("any",), line=DOCUMENT_LINE),
        "fail",
        (weak("DES-CBC3-SHA", "RC4-SHA"), SSL_IN),
        fix=(GLOBAL, "ssl encryption aes128-sha1 aes256-sha1"),
    ),
    Case(
        "nothing strong is left",
        old("rc4-md5", "des-sha1", "null-sha1"),
        "fail",
        (weak("DES-CBC-SHA", "NULL-SHA", "RC4-MD5"), VERSIONS),
        fix=(GLOBAL, "PERSON: choose strong ciphers first (aes256-sha1 aes128-sha1 for phones), then set them."),
    ),
    Case(
        "what is left has no suite of a phone, so its two come first",
        old("rc4-sha1", "dhe-aes128-sha1"),
        "fail",
        (weak("RC4-SHA"), VERSIONS),
        fix=(GLOBAL, "ssl encryption aes256-sha1 aes128-sha1 dhe-aes128-sha1"),
    ),
    Case("old and clean", old("aes128-sha1"), "pass", (OLD_CLEAN, VERSIONS)),
    Case(
        "custom lists",
        rules(default=(*PHONE_SUITES, "RC4-SHA"), dtlsv1=("DES-CBC3-SHA", "AES128-SHA")),
        "fail",
        (weak("DES-CBC3-SHA", "RC4-SHA"), VERSIONS),
        fix=(
            GLOBAL,
            'ssl cipher default custom "AES256-SHA:AES128-SHA"',
            'ssl cipher dtlsv1 custom "AES128-SHA"',
        ),
    ),
    Case(
        "level low",
        rules(default=PHONE_SUITES, tlsv1="low"),
        "fail",
        (weak("DES-CBC-SHA", "DES-CBC3-SHA", "RC4-MD5", "RC4-SHA"), VERSIONS),
        fix=(GLOBAL, "PERSON: choose strong ciphers for tlsv1 (level low); phones need AES256-SHA:AES128-SHA."),
    ),
    Case(
        "what is weak outweighs what is not known",
        rules(default=PHONE_SUITES, tlsv1=("RC4-SHA",), tlsv1_2="secret"),
        "fail",
        (weak("RC4-SHA"), VERSIONS),
    ),
    Case(
        "not known",
        rules(default=PHONE_SUITES, tlsv1_2="secret"),
        "error",
        (
            (
                "error",
                "ciphers",
                "UNKNOWN: what the ASA accepts is not known for tlsv1.2"
                " (level secret for tlsv1.2 cannot be expanded on this release)",
            ),
            VERSIONS,
        ),
    ),
    Case("SSLv3 by its word", old("aes128-sha1", words=("sslv3",)), "fail", (OLD_CLEAN, SSL_IN)),
    Case(
        "SSLv3 by show ssl",
        old("aes128-sha1", words=("tlsv1",), line="Accept connections using SSLv3 and negotiate to SSLv3 or TLSv1"),
        "fail",
        (OLD_CLEAN, SSL_IN),
    ),
    Case(
        "an SSLv2 hello that ends in TLS",
        old("aes128-sha1", words=("tlsv1",), line="Accept connections using SSLv2 or greater and negotiate to TLSv1"),
        "pass",
        (OLD_CLEAN, VERSIONS),
    ),
    Case(
        "no version seen",
        old("aes128-sha1", words=()),
        "error",
        (
            OLD_CLEAN,
            ("error", "versions", "UNKNOWN: neither `ssl server-version` nor the first line of `show ssl` was seen"),
        ),
    ),
    Case(
        "show ssl not read",
        without(healthy(), "ssl_status"),
        "error",
        (("error", "", "UNKNOWN: `show ssl` is missing"),),
    ),
)
def test_weak(case: Case) -> None:
    check("VPNP-124", case)


@pytest.mark.parametrize(
    ("device", "command"),
    [(old("aes128-sha1", words=("any",)), "tlsv1-only"), (edit(healthy(), "ssl", server_version=("any",)), "tlsv1")],
)
def test_the_command_against_sslv3_follows_the_release(device: AsaState, command: str) -> None:
    case = Case("", device, "fail", (OLD_CLEAN if command == "tlsv1-only" else CLEAN, SSL_IN))
    assert check("VPNP-124", case)[1].fix == (GLOBAL, f"ssl server-version {command}")


def minimum(*words: str, base: AsaState | None = None) -> AsaState:
    return edit(base or healthy(), "ssl", server_version=words)


def one(status: str, message: str, subject: str = "7962G") -> tuple[tuple[str, str, str], ...]:
    return ((status, subject, message),)


def models(**fields: Any) -> Site:
    return site(phone_models=(phone_model(**fields),))


OUT = "7962G speaks TLSv1, and the ASA does not accept that"
LOWER = (GLOBAL, "ssl server-version tlsv1 dtlsv1")


@table(
    Case("lowest", healthy(), "pass", one("pass", "7962G is let in with dtlsv1, tlsv1")),
    Case("the STIG line", minimum("tlsv1.2", "dtlsv1.2"), "fail", one("fail", OUT), fix=LOWER),
    Case("TLS 1.1", minimum("tlsv1.1"), "fail", one("fail", OUT)),
    Case(
        "DTLS 1.2",
        minimum("tlsv1", "dtlsv1.2"),
        "fail",
        one("fail", "7962G speaks dtlsv1, and the ASA does not accept that: TLS only"),
        fix=LOWER,
    ),
    Case("TLS alone", minimum("tlsv1"), "pass", one("pass", "7962G is let in with dtlsv1, tlsv1")),
    Case(
        "TLS 1.2 on a release without DTLS 1.2",
        change(minimum("tlsv1.2"), version=version("9.8(4)", (9, 8, 4, 0))),
        "fail",
        one("fail", OUT),
        fix=(GLOBAL, "ssl server-version tlsv1"),
    ),
    Case("old any", old("aes128-sha1", words=("any",)), "pass", one("pass", "7962G is let in with dtlsv1, tlsv1")),
    Case("old tlsv1-only", old("aes128-sha1"), "pass", one("pass", "7962G is let in with dtlsv1, tlsv1")),
    Case(
        "old sslv3-only",
        old("aes128-sha1", words=("sslv3-only",)),
        "fail",
        one("fail", OUT),
        fix=(GLOBAL, "ssl server-version tlsv1-only"),
    ),
    Case(
        "not printed",
        minimum(),
        "error",
        one("error", "UNKNOWN: what `ssl server-version (not printed)` lets in on this release is not known"),
    ),
    Case(
        "a strange word",
        minimum("tlsv9"),
        "error",
        one("error", "UNKNOWN: what `ssl server-version tlsv9` lets in on this release is not known"),
    ),
    Case(
        "a newer phone and TLS 1.2",
        minimum("tlsv1.2", "dtlsv1.2"),
        "pass",
        one("pass", "7962G is let in with dtlsv1.2, tlsv1.2"),
        site=models(tls_versions=("TLSv1", "TLSv1.2"), dtls_versions=("DTLSv1.2",)),
    ),
    Case(
        "a newer phone whose DTLS is not known",
        minimum("tlsv1.2", "dtlsv1.2"),
        "error",
        one("error", "UNKNOWN: phone_models does not tell the DTLS versions for model 7962G"),
        site=models(tls_versions=("TLSv1.2",)),
    ),
    Case(
        "versions not in the table",
        healthy(),
        "error",
        one("error", "UNKNOWN: phone_models does not tell the TLS versions for model 7962G"),
        site=models(tls_versions=()),
    ),
    Case(
        "empty table",
        healthy(),
        "error",
        one("error", "UNKNOWN: phone_models is empty, so what phones offer is not known", ""),
        site=Site(),
    ),
    Case(
        "not read",
        without(healthy(), "version"),
        "error",
        one("error", "UNKNOWN: `show version` is missing", ""),
    ),
)
def test_minimum(case: Case) -> None:
    check("VPNP-125", case)


ALL_NEW = {"tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1", "dtlsv1.2"}


@pytest.mark.parametrize(
    ("text", "release", "words", "expected"),
    [
        ("9.16(4)", (9, 16, 4, 0), ("tlsv1",), ALL_NEW),
        ("9.16(4)", (9, 16, 4, 0), ("any",), ALL_NEW),
        ("9.16(4)", (9, 16, 4, 0), ("TLSv1.2", "DTLSv1.2"), {"tlsv1.2", "dtlsv1.2"}),
        ("9.20(2)", (9, 20, 2, 0), ("tlsv1.2",), {"tlsv1.2", "tlsv1.3", "dtlsv1", "dtlsv1.2"}),
        ("9.16(4)", (9, 16, 4, 0), ("dtlsv1",), None),
        ("9.3(2)", (9, 3, 2, 0), ("tlsv1.1",), {"tlsv1.1", "tlsv1.2", "dtlsv1"}),
        ("9.3(1)", (9, 3, 1, 0), ("tlsv1",), {"tlsv1", "dtlsv1"}),
        ("9.3(1)", (9, 3, 1, 0), ("tlsv1.1",), None),
        ("strange", None, ("tlsv1",), None),
        ("9.16(4)", (9, 16, 4, 0), (), None),
    ],
)
def test_allowed_versions(text: str, release: Any, words: tuple[str, ...], expected: set[str] | None) -> None:
    device = change(minimum(*words), version=version(text, release))
    assert allowed_versions(device) == expected
