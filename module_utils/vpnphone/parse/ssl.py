"""show running-config [all] ssl, show ssl, show ssl ciphers to the model (F-010, F-011, F-015, F-051)."""

from __future__ import annotations

import re

from ..model import SslCipherRule, SslConfig, SslStatus, SslStatusTrustPoint, SslSuites, SslTrustPoint
from .answer import answer_lines, shown
from .blocks import Line
from .engine import forms
from .result import Parsed, Unreadable
from .sections import read_lines, words_of

# --- configuration --------------------------------------------------------------------------------------------------

_CONFIG = forms("""
ssl server-version {{ server_version | REST }}
ssl client-version {{ client_version | REST }}
ssl encryption {{ encryption | REST }}
ssl cipher {{ protocol }} {{ level | REST }}
ssl trust-point {{ trust_point | REST }}
ssl dh-group {{ dh_group }}
ssl ecdh-group {{ ecdh_group }}
ssl certificate-authentication {{ authentication | REST }}
""")


def parse_ssl(text: str, defaults_shown: bool = True) -> Parsed[SslConfig]:
    """Both syntaxes: `ssl encryption` (before 9.3(2)) and `ssl cipher` (after).

    defaults_shown: the text answers `show running-config all ssl`. That command always prints lines, so an empty
    answer is none (Unreadable). An empty plain answer means that all is default.
    """
    rows, unparsed = read_lines(_CONFIG, answer_lines(text, "show running-config ssl"))
    if defaults_shown and not rows and not unparsed:
        raise Unreadable("`show running-config all ssl` always prints lines, and here is none")
    if unparsed and not rows:
        raise Unreadable(f"no line begins with `ssl`; the first one is: {shown(unparsed[0].text)}")
    lists: dict[str, tuple[str, ...]] = {}
    names: dict[str, str] = {}
    ciphers: list[SslCipherRule] = []
    trust_points: list[SslTrustPoint] = []
    for line, row in rows:
        if "protocol" in row:
            rule = _cipher_rule(row["protocol"], row["level"])
            if rule is None:
                unparsed.append(line)
            else:
                ciphers.append(rule)
        elif "trust_point" in row:
            binding = _trust_point(words_of(row["trust_point"]))
            if binding is None:
                unparsed.append(line)
            else:
                trust_points.append(binding)
        else:
            names |= {key: row[key] for key in ("dh_group", "ecdh_group") if key in row}
            lists |= {
                key: tuple(row[key].split()) for key in ("server_version", "client_version", "encryption") if key in row
            }
    return Parsed(
        SslConfig(
            defaults_shown=defaults_shown,
            server_version=lists.get("server_version", ()),
            client_version=lists.get("client_version", ()),
            encryption=lists.get("encryption", ()),
            ciphers=tuple(ciphers),
            trust_points=tuple(trust_points),
            dh_group=names.get("dh_group", ""),
            ecdh_group=names.get("ecdh_group", ""),
        ),
        tuple(sorted(unparsed)),
    )


def _cipher_rule(protocol: str, rest: str) -> SslCipherRule | None:
    words = words_of(rest)
    if words[0] == "custom":
        suites = tuple(suite for suite in re.split(r"[:, ]", " ".join(words[1:])) if suite)
        return SslCipherRule(protocol=protocol, level="custom", suites=suites) if suites else None
    return SslCipherRule(protocol=protocol, level=words[0]) if len(words) == 1 else None


def parse_startup_trust_points(text: str) -> Parsed[tuple[SslTrustPoint, ...]]:
    """The lines `ssl trust-point ...` of the startup-config; none is a fact: after a reload nothing is bound."""
    found: list[SslTrustPoint] = []
    unparsed: list[Line] = []
    for line in answer_lines(text, "show startup-config"):
        words = words_of(line.text)
        binding = _trust_point(words[2:]) if words[:2] == ["ssl", "trust-point"] else None
        if binding is None:
            unparsed.append(line)
        else:
            found.append(binding)
    if unparsed and not found:
        raise Unreadable(f"no line is an `ssl trust-point ...`; the first one is: {shown(unparsed[0].text)}")
    return Parsed(tuple(found), tuple(unparsed))


def _trust_point(words: list[str]) -> SslTrustPoint | None:
    match words:
        case [name]:
            return SslTrustPoint(trustpoint=name)
        case [name, interface]:
            return SslTrustPoint(trustpoint=name, interface=interface)
        case [name, "domain", domain]:
            return SslTrustPoint(trustpoint=name, domain=domain)
        case [name, interface, "vpnlb-ip"]:
            return SslTrustPoint(trustpoint=name, interface=interface, vpnlb_ip=True)
    return None


# --- show ssl -------------------------------------------------------------------------------------------------------

# The forms with a capital `Interface`, `VPNLB interface`, `Domain`, `Default` are those of 9.3(2) and later [K].
_STATUS = forms(
    """
Accept connections {{ accept | REST }}
Start connections {{ start | REST }}
Enabled cipher order: {{ enabled | REST }}
Disabled ciphers: {{ disabled | REST }}
SSL DH Group: {{ group | REST }}
SSL ECDH Group: {{ group | REST }}
SSL {{ heading | HEADING }}
No SSL {{ heading | REST }}
Self-signed {{ self_signed | REST }}
Interface {{ interface | NAME }}: {{ trustpoint | REST }}
VPNLB interface {{ vpnlb | NAME }}: {{ trustpoint | REST }}
Domain {{ domain | NAME }}: {{ trustpoint | REST }}
Default: {{ fallback | REST }}
Default trustpoint: {{ fallback | REST }}
{{ interface | NAME }} interface: {{ trustpoint | REST }}
{{ vpnlb | NAME }} VPNLB interface: {{ trustpoint | REST }}
Certificate authentication {{ authentication | REST }}
""",
    HEADING="trust-points?:",
)
_KEY_TYPES = {"RSA": "RSA", "EC": "EC", "ECDSA": "EC", "ECC": "EC"}
_EMPTY_LISTS = ("enabled cipher order:", "disabled ciphers:")


def parse_ssl_status(text: str) -> Parsed[SslStatus]:
    """show ssl: what is in force, both forms. Unreadable without the line `Accept connections ...`."""
    rows, unparsed = read_lines(_STATUS, answer_lines(text, "show ssl"))
    values: dict[str, str] = {}
    trust_points: list[SslStatusTrustPoint] = []
    self_signed: list[str] = []
    authentication: list[str] = []
    for line, row in rows:
        named = row.get("trustpoint") or row.get("fallback")
        if named:
            trust_points.append(_status_trust_point(row, named))
        elif "self_signed" in row:
            self_signed.append(_key_type(row["self_signed"]))
        elif "authentication" in row:
            authentication.append(" ".join(line.words))
        elif "accept" in row:
            values["accept"] = " ".join(line.words)
        else:
            values |= row
    if "accept" not in values:
        raise Unreadable("`show ssl` has no line `Accept connections using ...`")
    return Parsed(
        SslStatus(
            enabled_ciphers=tuple(values.get("enabled", "").split()),
            disabled_ciphers=tuple(values.get("disabled", "").split()),
            trust_points=tuple(trust_points),
            self_signed=tuple(kind for kind in dict.fromkeys(self_signed) if kind),
            accept_line=values["accept"],
            certificate_authentication=tuple(authentication),
        ),
        tuple(line for line in unparsed if line.text.strip().lower() not in _EMPTY_LISTS),
    )


def _status_trust_point(row: dict[str, str], named: str) -> SslStatusTrustPoint:
    """`outside: VPN (RSA 2048 bits RSA-SHA256)`; interface "" is the global default unless a domain is named."""
    name, _bracket, details = named.partition("(")
    return SslStatusTrustPoint(
        interface=row.get("interface") or row.get("vpnlb", ""),
        trustpoint=" ".join(words_of(name)),
        key_type=_key_type(details),
        vpnlb="vpnlb" in row,
        domain=row.get("domain", ""),
    )


def _key_type(text: str) -> str:
    words = text.replace("(", " ").replace(")", " ").upper().split()
    return next((_KEY_TYPES[word] for word in words if word in _KEY_TYPES), "")


# --- show ssl ciphers -----------------------------------------------------------------------------------------------

_SUITES = forms(
    """
{{ protocol | PROTOCOL }} ({{ level | LEVEL }}):
{{ protocol | PROTOCOL }} ({{ level | LEVEL }}): {{ suites | REST }}
{{ protocol | PROTOCOL }} ({{ level | LEVEL }}: {{ custom | QUOTED }}):
{{ suite | SUITE }}
{{ suite | SUITE }} ({{ where | VERSIONS }})
""",
    PROTOCOL=r"default|d?tlsv[0-9.]{1,4}|sslv[23]",
    LEVEL="[a-z]{1,20}",
    SUITE="[A-Z][A-Z0-9_-]{2,80}",
    VERSIONS="[a-z0-9., ]+",
    QUOTED=r'"[^"\n]*"',
)
# Sentences around the lists, by their first word.
_SENTENCES = frozenset(("Current", "These", "supported"))


def parse_ssl_suites(text: str) -> Parsed[tuple[SslSuites, ...]]:
    """show ssl ciphers: `tlsv1.2 (custom):` or `(custom: "A:B"):` and below it one OpenSSL name a line [K].

    A heading that is not understood ends the list above it, so no suite is counted to another protocol. Unreadable
    without any such heading: a list that belongs to no protocol says nothing.
    """
    rows, unparsed = read_lines(_SUITES, answer_lines(text, "show ssl ciphers"), _SENTENCES)
    blocks: list[tuple[str, str, list[str]]] = []
    stray: list[Line] = list(unparsed)
    unknown: list[tuple[Line, dict[str, str]]] = [(line, {}) for line in unparsed if not line.indent]
    open_list: list[str] | None = None
    for line, row in sorted([*rows, *unknown], key=lambda item: item[0].number):
        if "protocol" in row:
            open_list = [suite for suite in re.split(r"[:, ]", row.get("suites", "")) if suite]
            blocks.append((row["protocol"], row["level"], open_list))
        elif not row:
            open_list = None
        elif open_list is not None:
            open_list.append(row["suite"])
        else:
            stray.append(line)
    if not blocks:
        raise Unreadable("`show ssl ciphers` has no heading such as `tlsv1.2 (medium):`")
    value = tuple(SslSuites(protocol=name, level=level, suites=tuple(suites)) for name, level, suites in blocks)
    return Parsed(value, tuple(sorted(stray)))
