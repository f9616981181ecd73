"""What the ASA accepts, what a phone offers, and what both share: facts for the controls on ciphers."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .. import matrix, suites
from ..model import AsaState, Evidence, SslCipherRule
from . import facts
from .phone_table import Phone


def accepted(state: AsaState, protocol: str) -> suites.Effective:
    """What the ASA accepts on a protocol, with the reason; UNKNOWN where its configuration was not learned."""
    if state.ssl is None:
        return suites.Effective(None, "`ssl` was not read")
    return suites.effective(state.ssl, state.ssl_status, state.ssl_suites, protocol, facts.release(state))


def rule_lines(state: AsaState) -> tuple[str, ...]:
    """The configuration lines on versions and ciphers."""
    if state.ssl is None:
        return ()
    lines = [f"ssl server-version {' '.join(state.ssl.server_version)}"] if state.ssl.server_version else []
    lines += [f"ssl encryption {' '.join(state.ssl.encryption)}"] if state.ssl.encryption else []
    lines += [_rule_line(rule) for rule in state.ssl.ciphers]
    return tuple(lines)


def _rule_line(rule: SslCipherRule) -> str:
    custom = f' "{":".join(rule.suites)}"' if rule.level.lower() == "custom" else ""
    return f"ssl cipher {rule.protocol} {rule.level}{custom}"


def cipher_evidence(state: AsaState, *found: suites.Effective) -> tuple[Evidence, ...]:
    """The configuration, and the show commands that what is accepted was read from."""
    quoted = [facts.quote(state, "ssl", *rule_lines(state))]
    reasons = " ".join(offered.reason for offered in found)
    if "`show ssl ciphers`" in reasons and state.ssl_suites:
        blocks = (f"{block.protocol} ({block.level}): {' '.join(block.suites)}" for block in state.ssl_suites)
        quoted.append(facts.quote(state, "ssl_suites", *blocks))
    if "`show ssl`" in reasons and state.ssl_status:
        enabled = " ".join(state.ssl_status.enabled_ciphers)
        quoted.append(facts.quote(state, "ssl_status", f"Enabled cipher order: {enabled}"))
    return tuple(quoted)


class Shared(NamedTuple):
    """suites both sides have on the TLS version they settle on; None where unknown, reason then says why."""

    protocol: str
    suites: frozenset[str] | None
    accepted: suites.Effective


def tls_protocol(state: AsaState, phone: Phone) -> str | None:
    """The highest TLS version that phone and release both have; None where the table or the release does not tell.

    `ssl server-version` is left to VPNP-125: a minimum shuts a phone out, it does not change what is negotiated.
    """
    version = facts.release(state)
    spoken = {name.lower() for name in phone.row.tls_versions} if phone.row else set()
    common = [name for name in suites.PROTOCOLS if name in spoken and suites.has(name, version)]
    return common[-1] if common and version else None


def dtls_protocol(state: AsaState, phone: Phone) -> str | None:
    """The highest DTLS version both have. A model without TLS 1.2 has DTLS 1.0; for others the table must tell."""
    version = facts.release(state)
    if phone.row is None or version is None:
        return None
    spoken = {name.lower() for name in phone.row.dtls_versions}
    if not spoken and "tlsv1.2" not in {name.lower() for name in phone.row.tls_versions}:
        spoken = {"dtlsv1"}
    common = [name for name in ("dtlsv1", "dtlsv1.2") if name in spoken and suites.has(name, version)]
    return common[-1] if common else None


def shared_tls(state: AsaState, phone: Phone, offer: tuple[str, ...]) -> Shared | None:
    """None where no TLS version can be told."""
    protocol = tls_protocol(state, phone)
    if protocol is None:
        return None
    found = accepted(state, protocol)
    wanted = {suites.openssl_name(name) for name in offer if suites.usable(name, protocol)}
    return Shared(protocol, None if found.suites is None else found.suites & wanted, found)


class PhoneOffer(NamedTuple):
    """The row of the matrix for a model, after the ASA's limits ("none": no shared cipher); None where not known.

    untold: what the phone table does not tell. unread: why the ASA's side is not known.
    """

    row: matrix.Offer | Literal["none"] | None
    untold: str = ""
    unread: str = ""


def phone_offer(state: AsaState, phone: Phone) -> PhoneOffer:
    """From the model's cipher list; without one, from what the table says of EC (the document: newer models do)."""
    if phone.row is None or (not phone.row.tls_suites and phone.row.ecdsa is None):
        return PhoneOffer(None, untold="the cipher list")
    if phone.row.tls_suites:
        common = shared_tls(state, phone, phone.row.tls_suites)
        if common is None:
            return PhoneOffer(None, untold="a TLS version of this release")
        if common.suites is None:
            return PhoneOffer(None, unread=f"what the ASA accepts on {common.protocol}: {common.accepted.reason}")
        row = matrix.offer_of(common.suites)
        return PhoneOffer(row, untold="" if row else "the authentication of each suite")
    if not phone.row.ecdsa:
        return PhoneOffer("rsa")
    # A model with EC has RSA suites too: the document's row "both", as long as the ASA lets EC in.
    ec = accepted(state, "tlsv1.2")
    if ec.suites is None:
        return PhoneOffer(None, unread=f"what the ASA accepts on tlsv1.2: {ec.reason}")
    return PhoneOffer("both" if matrix.offer_of(ec.suites) in ("ec", "both", None) else "rsa")
