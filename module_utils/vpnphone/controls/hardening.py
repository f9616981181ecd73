"""Weak ciphers and protocol versions, and a minimum version above what phones speak (F-051c)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .. import suites
from ..model import AsaState, Outcome, Status
from . import facts
from .base import Context, control
from .ciphers import CIPHERS, GLOBAL
from .negotiation import accepted, rule_lines
from .phone_table import Phone, no_phones, not_told, phones

# All that a 7962G offers [doc].
PHONE_SUITES = ("AES256-SHA", "AES128-SHA")
# OpenSSL names of suites that no phone needs: RC4, single and triple DES, no encryption at all.
_WEAK = re.compile(r"RC4|3DES|DES-CBC|NULL", re.IGNORECASE)
# `ssl server-version` words that let SSLv2 or SSLv3 in.
_OLD_SSL = frozenset({"any", "sslv3", "sslv3-only"})
# The part of show ssl's first line that counts; the part before it is about the form of the hello.
_NEGOTIATE = re.compile(r"negotiate to (.{1,200})", re.IGNORECASE)

# The words of releases before 9.3(2): a choice, not a minimum. [K] for the -only forms.
_OLD_WORDS: dict[str, frozenset[str]] = {
    "any": frozenset({"tlsv1"}),
    "sslv3": frozenset(),
    "sslv3-only": frozenset(),
    "tlsv1": frozenset({"tlsv1"}),
    "tlsv1-only": frozenset({"tlsv1"}),
}


def _protocols(state: AsaState) -> list[str]:
    release = facts.release(state)
    return [name for name in suites.PROTOCOLS if suites.has(name, release) is not False]


@control(
    "VPNP-124",
    title="No weak cipher or SSL version is enabled",
    severity="low",
    features=("F-051c",),
    section=CIPHERS,
    rationale="Phones need AES only. RC4, DES, 3DES, NULL, SSLv2 and SSLv3 serve nobody but an attacker; they do not"
    " keep phones out, so there is no hurry, and what is taken away must not be AES128-SHA or AES256-SHA.",
    remediation=(GLOBAL, "PERSON: take the weak names out of the list and leave every other one in its place."),
    needs=("version", "ssl", "ssl_status"),
)
def nothing_weak(context: Context) -> Iterator[Outcome]:
    yield from _weak_ciphers(context.state)
    yield _old_versions(context.state)


def _weak_ciphers(state: AsaState) -> Iterator[Outcome]:
    found: dict[str, list[str]] = {}
    unknown: list[str] = []
    for protocol in _protocols(state):
        offered = accepted(state, protocol)
        if offered.suites is None:
            unknown.append(f"{protocol} ({offered.reason})")
        weak = sorted(name for name in offered.suites or () if _WEAK.search(name))
        if weak:
            found[protocol] = weak
    lines = rule_lines(state)
    evidence = (facts.quote(state, "ssl", *lines), facts.quote(state, "ssl_status", *_certificate_lines(state)))
    expected = "no RC4, DES, 3DES or NULL"
    if found:
        names = sorted({name for weak in found.values() for name in weak})
        yield Outcome(
            status="fail",
            subject="ciphers",
            message=f"weak ciphers are enabled: {' '.join(names)}",
            expected=expected,
            actual="; ".join(f"{protocol}: {' '.join(weak)}" for protocol, weak in found.items()),
            evidence=evidence,
            fix=(GLOBAL, *_removal(state, list(found))),
        )
    elif unknown:
        yield Outcome(
            status="error",
            subject="ciphers",
            message=f"UNKNOWN: what the ASA accepts is not known for {'; '.join(unknown)}",
            expected=expected,
            actual="not known",
            evidence=evidence,
            fix=("Gather `show ssl ciphers`.",),
        )
    else:
        yield Outcome(
            status="pass",
            subject="ciphers",
            message="no weak cipher is enabled" + _no_fault(state),
            expected=expected,
            actual="none",
            evidence=evidence,
        )


def _certificate_lines(state: AsaState) -> tuple[str, ...]:
    return state.ssl_status.certificate_authentication if state.ssl_status else ()


def _no_fault(state: AsaState) -> str:
    """The line of show ssl that is often taken for the reason why certificate sign-in fails."""
    if not any("not enabled" in line.lower() for line in _certificate_lines(state)):
        return ""
    return "; `Certificate authentication is not enabled` is no fault, phones sign in by their tunnel-group"


def _removal(state: AsaState, protocols: list[str]) -> tuple[str, ...]:
    """The lists in use without their weak names, in the same order, and never without a suite that phones know."""
    if state.ssl is None:
        return ()
    if suites.has("ssl cipher", facts.release(state)) is False or not state.ssl.ciphers:
        kept = _for_phones(suites.openssl_name(token) for token in state.ssl.encryption)
        if kept:
            return (f"ssl encryption {' '.join(suites.old_token(name) or name.lower() for name in kept)}",)
        return ("PERSON: choose strong ciphers first (aes256-sha1 aes128-sha1 for phones), then set them.",)
    commands = []
    rules = {rule.protocol.lower(): rule for rule in state.ssl.ciphers}
    for name in dict.fromkeys(name if name in rules else "default" for name in protocols):
        rule = rules.get(name)
        kept = _for_phones(rule.suites if rule else ())
        if kept:
            commands.append(f'ssl cipher {name} custom "{":".join(kept)}"')
        else:
            level = rule.level if rule else "not known"
            commands.append(
                f"PERSON: choose strong ciphers for {name} (level {level}); phones need AES256-SHA:AES128-SHA."
            )
    return tuple(commands)


def _for_phones(names: Iterable[str]) -> list[str]:
    """The strong ones; where phones know none of them, the phones' two before: VPNP-123 asks for these (F-051a)."""
    kept = [name for name in names if not _WEAK.search(name)]
    return kept if not kept or set(PHONE_SUITES) & {name.upper() for name in kept} else [*PHONE_SUITES, *kept]


def _old_versions(state: AsaState) -> Outcome:
    words = [word.lower() for word in (state.ssl.server_version if state.ssl else ())]
    line = state.ssl_status.accept_line if state.ssl_status else ""
    spoken = _NEGOTIATE.search(line)
    shown = (spoken[1] if spoken else line).lower()
    bad = [word for word in words if word in _OLD_SSL]
    status: Status = "pass"
    message, fix = "neither SSLv2 nor SSLv3 is accepted", ""
    if bad or "sslv" in shown:
        new = suites.has("ssl cipher", facts.release(state))
        status, message = "fail", "SSLv2 or SSLv3 is accepted"
        fix = "ssl server-version tlsv1" if new else "ssl server-version tlsv1-only"
    elif not words and not line:
        status, message = "error", "UNKNOWN: neither `ssl server-version` nor the first line of `show ssl` was seen"
        fix = "Gather `show running-config all ssl` and `show ssl`."
    return Outcome(
        status=status,
        subject="versions",
        message=message,
        expected="TLSv1 or later only",
        actual=" ".join(words) or line or "not printed",
        evidence=(
            facts.quote(state, "ssl", *(line for line in rule_lines(state) if line.startswith("ssl server-version"))),
            facts.quote(state, "ssl_status", *((line,) if line else ())),
        ),
        fix=(GLOBAL, fix) if status == "fail" else (fix,) if fix else (),
    )


# --- a minimum above the phones -----------------------------------------------------------------------------------


def allowed_versions(state: AsaState) -> frozenset[str] | None:
    """TLS and DTLS versions that `ssl server-version` lets in, of those the release has; None where not known.

    A DTLS minimum that is not named follows the release's default, DTLSv1 [K].
    """
    release = facts.release(state)
    words = [word.lower() for word in (state.ssl.server_version if state.ssl else ())]
    if release is None or not words:
        return None
    if suites.has("ssl cipher", release) is False:
        choice = _OLD_WORDS.get(words[0])
        return None if choice is None else choice | {"dtlsv1"}
    minimum: dict[bool, int] = {False: -1, True: 0}
    for word in words:
        datagram = word.startswith("dtls")
        order = suites.DTLS if datagram else suites.TLS
        if word in ("any", "sslv3"):
            minimum[False] = 0
        elif word in order:
            minimum[datagram] = order.index(word)
        else:
            return None
    if minimum[False] < 0:
        return None
    names = (*suites.TLS[minimum[False] :], *suites.DTLS[minimum[True] :])
    return frozenset(name for name in names if suites.has(name, release))


@control(
    "VPNP-125",
    title="The minimum TLS and DTLS version lets every phone in",
    severity="critical",
    features=("F-051a", "F-051c"),
    section=CIPHERS,
    rationale="Phones of the 7900 and 9900 era end at TLS 1.0. A hardening template that sets TLS 1.2 as minimum is"
    " harmless for PCs and shuts every such phone out.",
    remediation=(GLOBAL, "ssl server-version tlsv1 dtlsv1"),
    needs=("version", "ssl"),
)
def minimum_version(context: Context) -> Iterator[Outcome]:
    models = phones(context.site)
    if not models:
        yield no_phones()
    for phone in models:
        yield _lets_in(context.state, phone)


def _lets_in(state: AsaState, phone: Phone) -> Outcome:
    spoken = {name.lower() for name in phone.row.tls_versions} if phone.row else set()
    allowed = allowed_versions(state)
    if phone.row is None or not spoken:
        return not_told(phone, phone.name, "the TLS versions")
    datagrams = {name.lower() for name in phone.row.dtls_versions}
    if not datagrams and "tlsv1.2" not in spoken:
        datagrams = {"dtlsv1"}
    words = " ".join(state.ssl.server_version) if state.ssl else ""
    evidence = (facts.quote(state, "ssl", *((f"ssl server-version {words}",) if words else ())), phone.evidence)
    status: Status = "pass"
    fix: tuple[str, ...] = ()
    if allowed is None:
        status, fix = "error", ("Gather `show running-config all ssl` (`all` prints the default).",)
        message = f"UNKNOWN: what `ssl server-version {words or '(not printed)'}` lets in on this release is not known"
    elif not spoken & allowed:
        status, fix = "fail", (GLOBAL, _lower(state))
        message = f"{phone.name} speaks {', '.join(phone.row.tls_versions)}, and the ASA does not accept that"
    elif datagrams and not datagrams & allowed:
        status, fix = "fail", (GLOBAL, _lower(state))
        message = f"{phone.name} speaks {', '.join(sorted(datagrams))}, and the ASA does not accept that: TLS only"
    elif not datagrams and "dtlsv1" not in allowed:
        return not_told(phone, phone.name, "the DTLS versions")
    else:
        message = f"{phone.name} is let in with {', '.join(sorted((spoken | datagrams) & allowed))}"
    return Outcome(
        status=status,
        subject=phone.name,
        message=message,
        expected=f"one of {', '.join(phone.row.tls_versions)}, and its DTLS",
        actual=f"ssl server-version {words}" if words else "not printed",
        evidence=evidence,
        fix=fix,
    )


def _lower(state: AsaState) -> str:
    release = facts.release(state)
    if not suites.has("ssl cipher", release):
        return "ssl server-version tlsv1-only"
    return "ssl server-version tlsv1" + (" dtlsv1" if suites.has("dtlsv1.2", release) else "")
