"""Cipher suites: names, authentication, what a level holds, and what an ASA really accepts.

Provenance of each row: [doc] Cisco document 116162; [notes] ASA release notes as listed in the document inventory
(F-015, section 2); [rfc] the TLS standards; [K] general knowledge without a confirmed source. Levels are [K]
throughout, so the device's own `show ssl ciphers` always wins over them.
"""

from __future__ import annotations

import functools
import re
from typing import Literal, NamedTuple

from .model import SslConfig, SslStatus, SslSuites

Release = tuple[int, int, int, int]
Authentication = Literal["rsa", "ec", "none"]

# --- version facts --------------------------------------------------------------------------------------------------


class Since(NamedTuple):
    """The first release that has a feature, and where that is known from."""

    release: Release
    source: str


FIRST_RELEASE: dict[str, Since] = {
    "ssl cipher": Since((9, 3, 2, 0), "[notes] replaces `ssl encryption`"),
    "tlsv1": Since((7, 0, 0, 0), "[K]"),
    "dtlsv1": Since((8, 0, 0, 0), "[K] AnyConnect came with 8.0"),
    "tlsv1.1": Since((9, 3, 2, 0), "[K] came together with TLS 1.2"),
    "tlsv1.2": Since((9, 3, 2, 0), "[notes]"),
    "ec": Since((9, 4, 1, 0), "[doc] 'ASA presents an ECDSA certificate'"),
    "dtlsv1.2": Since((9, 10, 1, 0), "[notes] the same release removes some DTLS suites"),
    "tlsv1.3": Since((9, 19, 1, 0), "[K]"),
    "no null-sha": Since((9, 12, 1, 0), "[notes]"),
}
PROTOCOLS = ("tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3", "dtlsv1", "dtlsv1.2")
# Older than TLS 1.2: neither GCM nor a SHA-2 MAC exists there [rfc 5246, 5288, 6347].
_NO_SHA2 = frozenset({"sslv3", "tlsv1", "tlsv1.1", "dtlsv1"})


def has(feature: str, release: Release | None) -> bool | None:
    """Does that release know the feature; None where the release is not known."""
    return None if release is None else release >= FIRST_RELEASE[feature].release


# --- names ----------------------------------------------------------------------------------------------------------

# Tokens of `ssl encryption` (before 9.3(2)) and OpenSSL names [doc: show ssl; the log's 725011 lines].
TOKENS: dict[str, str] = {
    "rc4-md5": "RC4-MD5",
    "rc4-sha1": "RC4-SHA",
    "des-sha1": "DES-CBC-SHA",
    "3des-sha1": "DES-CBC3-SHA",
    "aes128-sha1": "AES128-SHA",
    "aes256-sha1": "AES256-SHA",
    "dhe-aes128-sha1": "DHE-RSA-AES128-SHA",
    "dhe-aes256-sha1": "DHE-RSA-AES256-SHA",
    "null-sha1": "NULL-SHA",
}
_OPENSSL_TO_TOKEN = {name: token for token, name in TOKENS.items()}


def openssl_name(name: str) -> str:
    """`aes128-sha1` -> `AES128-SHA`; a name that is no old token comes back in upper case."""
    return TOKENS.get(name.lower(), name.upper())


def old_token(name: str) -> str:
    """`AES128-SHA` -> `aes128-sha1`; "" where `ssl encryption` has no word for it."""
    return _OPENSSL_TO_TOKEN.get(openssl_name(name), "")


# OpenSSL names by what signs the key exchange; the rest (AES128-SHA, RC4-SHA, NULL-SHA ...) is RSA key exchange.
_EC_SIGNED = ("ECDHE-ECDSA-", "ECDH-ECDSA-")
_RSA_SIGNED = ("ECDHE-RSA-", "DHE-RSA-", "EDH-RSA-")
_ANONYMOUS = ("ADH-", "AECDH-")
_PLAIN_RSA = re.compile(
    r"(?:AES(?:128|256)-(?:GCM-)?SHA(?:256|384)?|RC4-(?:SHA|MD5)|DES-CBC3?-SHA|NULL-(?:SHA(?:256)?|MD5))"
)


def authentication(suite: str) -> Authentication | None:
    """The key type of the certificate that a suite needs.

    "ec" ECDHE-ECDSA alone: ECDHE-RSA is an elliptic-curve key exchange signed by the RSA certificate. "none" an
    anonymous suite. None where the name does not tell: TLS 1.3 names leave it open, others are not known here.
    """
    name = openssl_name(suite)
    if name.startswith(_EC_SIGNED):
        return "ec"
    if name.startswith(_ANONYMOUS):
        return "none"
    if name.startswith(_RSA_SIGNED) or _PLAIN_RSA.fullmatch(name):
        return "rsa"
    return None


def usable(suite: str, protocol: str) -> bool:
    """Can a suite be negotiated on a protocol at all, listed there or not.

    GCM and SHA-2 suites need TLS 1.2 or DTLS 1.2; TLS 1.3 has suites of its own (`TLS_...`) and no other.
    """
    name = openssl_name(suite)
    if (protocol.lower() == "tlsv1.3") != name.startswith("TLS_"):
        return False
    return protocol.lower() not in _NO_SHA2 or not re.search(r"GCM|SHA256|SHA384|CHACHA20", name)


# --- levels ---------------------------------------------------------------------------------------------------------


class Suite(NamedTuple):
    """A suite of the ASA's own repertoire; until is the first release without it."""

    name: str
    since: Release
    source: str
    until: Release | None = None


_FIRST = FIRST_RELEASE["ssl cipher"].release
_EC = FIRST_RELEASE["ec"].release

REPERTOIRE: tuple[Suite, ...] = (
    *(
        Suite(name, _EC, "[K] release notes of 9.4(1), TLS 1.2 only")
        for name in (
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
        )
    ),
    *(
        Suite(name, _FIRST, "[K] TLS 1.2 of 9.3(2)")
        for name in ("DHE-RSA-AES256-SHA256", "AES256-SHA256", "DHE-RSA-AES128-SHA256", "AES128-SHA256")
    ),
    *(
        Suite(name, _FIRST, "[doc] names of the document's `ssl cipher` line")
        for name in ("AES256-SHA", "AES128-SHA", "DHE-RSA-AES256-SHA", "DHE-RSA-AES128-SHA")
    ),
    *(
        Suite(name, _FIRST, "[doc] `show ssl`, old tokens")
        for name in ("DES-CBC3-SHA", "RC4-SHA", "RC4-MD5", "DES-CBC-SHA")
    ),
    Suite("NULL-SHA", _FIRST, "[doc] `show ssl`; gone [notes]", until=FIRST_RELEASE["no null-sha"].release),
)


class Level(NamedTuple):
    """One level of `ssl cipher`: everything but `without`, or only what `only` matches; on which protocols."""

    name: str
    without: frozenset[str]
    only: str
    protocols: tuple[str, ...]
    source: str


_BELOW_TLS13 = ("tlsv1", "tlsv1.1", "tlsv1.2", "dtlsv1", "dtlsv1.2")
_WEAK = frozenset({"NULL-SHA", "DES-CBC-SHA", "RC4-SHA", "RC4-MD5"})
_COMMAND = "[K] command reference, `ssl cipher`"

LEVELS: dict[str, Level] = {
    level.name: level
    for level in (
        Level("all", frozenset(), "", _BELOW_TLS13, f"{_COMMAND}: all ciphers"),
        Level("low", frozenset({"NULL-SHA"}), "", _BELOW_TLS13, f"{_COMMAND}: all but NULL-SHA"),
        Level("medium", _WEAK, "", _BELOW_TLS13, f"{_COMMAND}: all but NULL, DES and RC4; the default level"),
        Level("fips", _WEAK | {"DES-CBC3-SHA"}, "", _BELOW_TLS13, f"{_COMMAND}: as medium, also without 3DES"),
        Level("high", frozenset(), r"AES256-(?:GCM-)?SHA(?:256|384)$", ("tlsv1.2",), f"{_COMMAND}: AES-256 with SHA-2"),
    )
}


def expand(level: str, protocol: str, release: Release | None) -> frozenset[str] | None:
    """What a level holds for a protocol on a release, by the [K] rows above; None where no row says it.

    Not known: any level of TLS 1.3; `high` outside TLS 1.2; dtlsv1 from 9.10(1) on, which dropped DTLS suites that no
    source names; a release that is not known.
    """
    row = LEVELS.get(level.lower())
    protocol = protocol.lower()
    if row is None or release is None or release < _FIRST or protocol not in row.protocols:
        return None
    if protocol == "dtlsv1" and has("dtlsv1.2", release):
        return None
    return frozenset(
        suite.name
        for suite in REPERTOIRE
        if suite.since <= release
        and (suite.until is None or release < suite.until)
        and suite.name not in row.without
        and (not row.only or re.search(row.only, suite.name))
        and usable(suite.name, protocol)
    )


# --- what a device accepts ------------------------------------------------------------------------------------------


class Effective(NamedTuple):
    """suites of one protocol, None where UNKNOWN; reason says what that rests on, or what is missing."""

    suites: frozenset[str] | None
    reason: str


# A custom list may only hold names; operators and classes of OpenSSL's own language are not evaluated here.
_SUITE_NAME = re.compile(r"[A-Z0-9]+(?:[-_][A-Z0-9]+)+")


def effective(
    ssl: SslConfig,
    status: SslStatus | None,
    suites: tuple[SslSuites, ...] | None,
    protocol: str,
    release: Release | None,
) -> Effective:
    """The suites an ASA accepts on a protocol, whether or not `ssl server-version` lets that protocol in.

    Order of belief: a protocol the release does not have holds nothing; an explicit `custom` list; the device's own
    `show ssl ciphers`; the [K] expansion of the level. `default` stands in for a protocol without a rule of its own.
    `ssl encryption` and `show ssl` of releases before 9.3(2) hold for every protocol alike.
    """
    protocol = protocol.lower()
    if protocol not in PROTOCOLS:
        return Effective(None, f"{protocol} is not a protocol known here")
    rule = next((row for row in ssl.ciphers if row.protocol.lower() == protocol), None)
    if rule is None and has(protocol, release) is False:
        return Effective(frozenset(), f"{protocol} came with a later release")
    if rule is None and protocol != "tlsv1.3":
        # A list of older names cannot stand in for TLS 1.3, what a level means there is not known.
        rule = next((row for row in ssl.ciphers if row.protocol.lower() == "default"), None)
    if rule is None and (ssl.encryption or has("ssl cipher", release) is False):
        return _of_tokens(ssl, status, protocol)
    if rule is not None and rule.level.lower() == "custom":
        return _of_names(rule.suites, protocol, f"`ssl cipher {rule.protocol} custom`")
    shown = _shown(suites, protocol)
    level = rule.level.lower() if rule is not None else ""
    if shown is not None:
        if level and shown.level.lower() != level:
            return Effective(None, f"`show ssl ciphers` says {shown.level} for {protocol}, the configuration {level}")
        return _of_names(shown.suites, protocol, "`show ssl ciphers`")
    if rule is None:
        return Effective(None, f"no `ssl cipher` rule for {protocol} was seen, and no `show ssl ciphers`")
    expanded = expand(level, protocol, release)
    if expanded is None:
        return Effective(None, f"level {level} for {protocol} cannot be expanded on this release")
    return Effective(expanded, f"level {level}, {LEVELS[level].source}")


def effective_suites(
    ssl: SslConfig,
    status: SslStatus | None,
    suites: tuple[SslSuites, ...] | None,
    protocol: str,
    release: Release | None,
) -> frozenset[str] | None:
    """effective() without its reason: OpenSSL names, None where UNKNOWN."""
    return effective(ssl, status, suites, protocol, release).suites


def _shown(suites: tuple[SslSuites, ...] | None, protocol: str) -> SslSuites | None:
    blocks = {block.protocol.lower(): block for block in suites or ()}
    return blocks.get(protocol) or (blocks.get("default") if protocol != "tlsv1.3" else None)


def _of_tokens(ssl: SslConfig, status: SslStatus | None, protocol: str) -> Effective:
    tokens = ssl.encryption or (status.enabled_ciphers if status is not None else ())
    source = "`ssl encryption`" if ssl.encryption else "`show ssl`"
    if not tokens:
        return Effective(None, "neither `ssl encryption` nor the enabled ciphers of `show ssl` were seen")
    return _of_names(tokens, protocol, source)


# The same few lists on every device of a fleet, asked by many controls.
@functools.lru_cache(maxsize=1 << 10)
def _of_names(names: tuple[str, ...], protocol: str, source: str) -> Effective:
    """Names or tokens to the usable OpenSSL names; UNKNOWN where one of them is no suite's name."""
    found = [openssl_name(name) for name in names]
    strange = next((name for name in found if not _SUITE_NAME.fullmatch(name)), None)
    if strange is not None or not found:
        return Effective(None, f"{source} holds {'nothing' if strange is None else repr(strange[:40])}")
    return Effective(frozenset(name for name in found if usable(name, protocol)), source)


# --- which protocols are let in -------------------------------------------------------------------------------------

# What a minimum of 9.3(2) and later lets in, lowest first.
TLS = ("tlsv1", "tlsv1.1", "tlsv1.2", "tlsv1.3")
DTLS = ("dtlsv1", "dtlsv1.2")


def accepted_protocols(ssl: SslConfig, release: Release | None) -> frozenset[str] | None:
    """What `ssl server-version` lets in, of the protocols here (SSLv3 is none of them); None where UNKNOWN.

    Before 9.3(2): any, tlsv1 and tlsv1-only give TLS 1.0 [doc]; sslv3 and sslv3-only settle on SSLv3 alone [K], so
    nothing here; DTLS 1.0 is always there [K].
    Later the words are the lowest TLS and DTLS version; without a DTLS word that is DTLS 1.0 [K].
    """
    words = {word.lower() for word in ssl.server_version}
    if release is None or not words or not words <= {*TLS, *DTLS, "any", "sslv3", "sslv3-only", "tlsv1-only"}:
        return None
    if not has("ssl cipher", release):
        return frozenset({"dtlsv1"} if words <= {"sslv3", "sslv3-only"} else {"tlsv1", "dtlsv1"})
    lowest_tls = next((at for at, word in enumerate(TLS) if word in words), 0)
    lowest_dtls = next((at for at, word in enumerate(DTLS) if word in words), 0)
    accepted = {*TLS[lowest_tls:], *DTLS[lowest_dtls:]}
    return frozenset(protocol for protocol in accepted if has(protocol, release))
