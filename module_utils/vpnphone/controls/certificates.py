"""The certificate phones are shown: its kind, its binding, its chain, its renewal, its fitness (F-010..F-012, F-092, F-094)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import AsaState, Certificate, Evidence, Outcome
from . import facts
from .base import Context, control
from .chain import Chain, chain_of, is_self_signed
from .facts import PhoneIdentity
from .phones import Phone, no_phones, not_told, phones

SECTION = "Certificates to use on the ASA"
# Subject of the certificate an ASA makes for itself where nothing is bound (document, screenshot; C18).
TEMPORARY = "asa temporary self signed certificate"
# RSA and EC side by side came with EC support; before that one certificate an interface (C10).
PAIR_RELEASE = (9, 4, 1)

_HASH = re.compile(r"(MD5|SHA)-?(\d{0,3})", re.IGNORECASE)

PICK_TRUSTED = (
    "PERSON: find the certificate whose hash the phones already have (CUCM: VPN gateway) and bind only that one;"
    " any other locks every phone out."
)


def _bindings(state: AsaState, identity: PhoneIdentity) -> Evidence:
    return facts.quote(state, "ssl", facts.binding_line(identity.binding))


def _certificate(state: AsaState, *certificates: Certificate) -> Evidence:
    return facts.quote(
        state, "certificates", *(line for found in certificates for line in facts.certificate_lines(found))
    )


def _unbound(context: Context) -> Iterator[tuple[str, bool]]:
    """Interfaces where phones may arrive and nothing is bound, and whether phones are sure to meet that.

    Not sure: another interface is bound, and no URL tells at which of them phones arrive.
    """
    where = facts.arrival(context)
    bare = [name for name in where.interfaces if not facts.bound_trustpoints(context.state, name)]
    sure = where.sure or len(bare) == len(where.interfaces)
    yield from ((name, sure) for name in bare)


def _perhaps(context: Context, interface: str) -> Outcome:
    return Outcome(
        status="error",
        subject=interface,
        message=f"UNKNOWN: webvpn is enabled on {interface} without a certificate, and whether phones arrive there is"
        " not known",
        expected="the interface where phones arrive",
        actual=", ".join(facts.phone_interfaces(context)),
        evidence=(facts.quote(context.state, "webvpn", "webvpn", f" enable {interface}"),),
        fix=("PERSON: name the phones' interface in phone_interfaces.",),
    )


@control(
    "VPNP-111",
    title="Phones are shown a lasting certificate",
    severity="critical",
    features=("F-010",),
    section=SECTION,
    rationale="Phones know the ASA by the hash of its certificate. A temporary self-signed one is made anew at every"
    " reload: the hash changes, and every phone is locked out after the next power cut.",
    remediation=(PICK_TRUSTED, "ssl trust-point <trustpoint> <interface>"),
    needs=("ssl", "webvpn", "certificates", "tunnel_groups"),
    applies=facts.no_phone_interface,
)
def certificate_kind(context: Context) -> Iterator[Outcome]:
    state = context.state
    for interface, sure in _unbound(context):
        yield _temporary(state, interface, "nothing is bound to it") if sure else _perhaps(context, interface)
    for identity in facts.phone_identities(context):
        found, name = identity.certificate, identity.binding.trustpoint
        if found is None:
            yield _temporary(state, identity.subject, f"trustpoint {name} holds no identity certificate")
            continue
        if TEMPORARY in found.subject.casefold():
            yield _temporary(state, identity.subject, f"trustpoint {name} holds a temporary one")
            continue
        if is_self_signed(found):
            kind = "self-signed certificate"
        elif not found.subject or not found.issuer:
            yield Outcome(
                status="error",
                subject=identity.subject,
                message=f"UNKNOWN: subject or issuer of the certificate of {name} is not printed",
                expected="a subject and an issuer",
                actual=f"subject {found.subject!r}, issuer {found.issuer!r}",
                evidence=(_bindings(state, identity), _certificate(state, found)),
                fix=(f"PERSON: read `show crypto ca certificates {name}`.",),
            )
            continue
        else:
            kind = f"certificate issued by {found.issuer_cn or found.issuer}"
        wildcard = "wildcard " if found.subject_cn.startswith("*") else ""
        yield Outcome(
            status="pass",
            subject=identity.subject,
            message=f"{wildcard}{kind}",
            expected="self-signed, third party or wildcard, but not temporary",
            actual=f"{wildcard}{kind}",
            evidence=(_bindings(state, identity), _certificate(state, found)),
        )


def _temporary(state: AsaState, subject: str, why: str) -> Outcome:
    return Outcome(
        status="fail",
        subject=subject,
        message=f"phones are shown the temporary self-signed certificate of the ASA ({why}); it changes at reload",
        expected="self-signed, third party or wildcard, but not temporary",
        actual="temporary self-signed",
        evidence=(facts.quote(state, "ssl"), facts.quote(state, "certificates")),
        fix=(PICK_TRUSTED,),
    )


@control(
    "VPNP-112",
    title="The phones' interface has its own identity certificate",
    severity="critical",
    features=("F-011",),
    section=SECTION,
    rationale="Only the certificate bound to the interface is shown to phones. With no `ssl trust-point` there, or with"
    " a trustpoint that holds no identity certificate, phones get one they have never heard of and hang up.",
    remediation=(PICK_TRUSTED, "ssl trust-point <trustpoint> <interface>"),
    needs=("version", "ssl", "webvpn", "certificates", "tunnel_groups"),
    applies=facts.no_phone_interface,
)
def bound_certificate(context: Context) -> Iterator[Outcome]:
    state = context.state
    for interface, sure in _unbound(context):
        yield _nothing_bound(state, interface) if sure else _perhaps(context, interface)
    identities = facts.phone_identities(context)
    for interface in dict.fromkeys(identity.interface for identity in identities):
        yield _count(state, interface, [identity for identity in identities if identity.interface == interface])
    for identity in identities:
        if identity.certificate is None:
            yield _empty(state, identity)
    names = {identity.binding.trustpoint.lower() for identity in identities}
    for line in facts.domain_trustpoints(context):
        if line.trustpoint.lower() not in names:
            yield Outcome(
                status="error",
                subject=line.domain,
                message=f"UNKNOWN: {line.trustpoint} is bound to domain {line.domain}, and whether phones send that"
                " name (SNI) is not known",
                expected="the interface's own certificate",
                actual=facts.binding_line(line),
                evidence=(facts.quote(state, "ssl", facts.binding_line(line)),),
                fix=("PERSON: look which certificate the phones' cipher list is shown, with a TLS probe.",),
            )


def _nothing_bound(state: AsaState, interface: str) -> Outcome:
    holders = {
        name
        for found in state.certificates or ()
        if found.kind == "identity" and TEMPORARY not in found.subject.casefold()
        for name in found.trustpoints
    }
    choice = sorted(holders)
    known = f"PERSON: trustpoints that hold an identity certificate: {', '.join(choice) or 'none'}."
    return Outcome(
        status="fail",
        subject=interface,
        message=f"no trustpoint is bound to {interface}: phones are shown a certificate they do not know",
        expected=f"ssl trust-point <trustpoint> {interface}",
        actual="no such line",
        evidence=(facts.quote(state, "ssl"),),
        fix=(PICK_TRUSTED, f"ssl trust-point {choice[0]} {interface}")
        if len(choice) == 1
        else (PICK_TRUSTED, known),
    )


def _count(state: AsaState, interface: str, identities: list[PhoneIdentity]) -> Outcome:
    """One certificate, or from 9.4(1) one RSA and one EC."""
    names = [identity.binding.trustpoint for identity in identities]
    lines = [facts.binding_line(identity.binding) for identity in identities]
    kinds = [facts.key_kind(identity.certificate) for identity in identities if identity.certificate]
    pair = facts.release_at_least(facts.release(state), PAIR_RELEASE)
    one = "one identity certificate" if pair is False else "one identity certificate, or one RSA and one EC"
    held = f"{interface} presents {' and '.join(names)}"
    evidence = [facts.quote(state, "ssl", *lines)]
    evidence += [_certificate(state, identity.certificate) for identity in identities if identity.certificate]
    status, message, fix = "pass", held, ""
    if len(kinds) < len(identities):
        status, message = "fail", f"{held}, but not each of them holds an identity certificate"
        fix = "PERSON: see the outcome of the empty trustpoint."
    elif len(names) > 1 and pair is None:
        status, message = "error", f"UNKNOWN: {held}, and whether this release may have two is not known"
        fix = "PERSON: read the release notes of this build."
    elif len(names) > 1 and not pair:
        status, message = "fail", f"{held}, but before 9.4(1) an interface has one certificate"
        fix = PICK_TRUSTED
    elif len(names) > 1 and "" in kinds:
        status, message = "error", f"UNKNOWN: {held}, and the key type of one is not printed"
        fix = f"PERSON: read `show crypto ca certificates {names[kinds.index('')]}`."
    elif len(set(kinds)) < len(kinds):
        status, message = "fail", f"{held}, two of one key type: which one phones are shown is left to chance"
        fix = PICK_TRUSTED
    return Outcome(
        status="pass" if status == "pass" else "error" if status == "error" else "fail",
        subject=interface,
        message=message,
        expected=one,
        actual=", ".join(lines),
        evidence=tuple(evidence),
        fix=(fix,) if fix else (),
    )
