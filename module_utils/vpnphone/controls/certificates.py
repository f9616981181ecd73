"""The certificate phones are shown: its kind, its binding, its chain, its renewal (F-010..F-012, F-092)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import AsaState, Evidence, Outcome, Status
from . import facts
from .base import Context, control
from .chain import Chain, chain_of, is_self_signed
from .facts import PhoneIdentity, no_identity, quote_certificates

SECTION = "Certificates to use on the ASA"
# Subject of the certificate an ASA makes for itself where nothing is bound (document, screenshot; C18).
TEMPORARY = "asa temporary self signed certificate"
# RSA and EC side by side came with EC support; before that one certificate an interface (C10).
PAIR_RELEASE = (9, 4, 1)

PICK_TRUSTED = (
    "PERSON: find the certificate whose hash the phones already have (CUCM: VPN gateway) and bind only that one;"
    " any other locks every phone out."
)


def _bindings(state: AsaState, identity: PhoneIdentity) -> Evidence:
    return facts.quote(state, "ssl", facts.binding_line(identity.binding))


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
                evidence=(_bindings(state, identity), quote_certificates(state, found)),
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
            evidence=(_bindings(state, identity), quote_certificates(state, found)),
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
        here = [identity for identity in identities if identity.interface == interface]
        empty = [identity for identity in here if identity.certificate is None]
        if empty:
            yield from (_empty(state, identity) for identity in empty)
        else:
            yield _count(state, interface, here)
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
        fix=(PICK_TRUSTED, f"ssl trust-point {choice[0]} {interface}") if len(choice) == 1 else (PICK_TRUSTED, known),
    )


def _empty(state: AsaState, identity: PhoneIdentity) -> Outcome:
    name = identity.binding.trustpoint
    pending = any(found.kind == "pending" and facts.is_associated(found, name) for found in state.certificates or ())
    return Outcome(
        status="fail",
        subject=identity.subject,
        message=f"trustpoint {name} is bound to {identity.interface} but holds no identity certificate"
        + (", its enrolment is pending" if pending else ""),
        expected=f"an identity certificate associated with {name}",
        actual="pending" if pending else "none",
        evidence=(_bindings(state, identity), facts.quote(state, "certificates")),
        fix=("PERSON: have the pending request signed by the CA.", f"crypto ca import {name} certificate")
        if pending
        else (PICK_TRUSTED,),
    )


def _count(state: AsaState, interface: str, identities: list[PhoneIdentity]) -> Outcome:
    """One certificate, or from 9.4(1) one RSA and one EC (C10)."""
    names = [identity.binding.trustpoint for identity in identities]
    lines = [facts.binding_line(identity.binding) for identity in identities]
    held = [identity.certificate for identity in identities if identity.certificate]
    kinds = [facts.key_kind(certificate) for certificate in held]
    pair = facts.release_at_least(facts.release(state), PAIR_RELEASE)
    status: Status = "pass"
    message, fix = f"{interface} presents {' and '.join(names)}", ""
    if len(names) > 1:
        if pair is None:
            status, why = "error", "whether this release may have two is not known"
            fix = "PERSON: read the release notes of this build."
        elif not pair:
            status, why, fix = "fail", "before 9.4(1) an interface has one certificate", PICK_TRUSTED
        elif "" in kinds:
            status, why = "error", "the key type of one is not printed"
            fix = f"PERSON: read `show crypto ca certificates {names[kinds.index('')]}`."
        elif len(set(kinds)) < len(kinds):
            status, fix = "fail", PICK_TRUSTED
            why = "two of one key type: which one phones are shown cannot be told"
        else:
            why = "one RSA and one EC"
        message = f"{'UNKNOWN: ' if status == 'error' else ''}{message}: {why}"
    return Outcome(
        status=status,
        subject=interface,
        message=message,
        expected="one identity certificate (from 9.4(1): or one RSA and one EC)",
        actual=", ".join(lines),
        evidence=(facts.quote(state, "ssl", *lines), quote_certificates(state, *held)),
        fix=(fix,) if fix else (),
    )


@control(
    "VPNP-113",
    title="The whole chain of the phones' certificate is on the ASA",
    severity="high",
    features=("F-012",),
    section=SECTION,
    rationale="Phones that trust the CA instead of the certificate need its certificate in the handshake. An ASA sends"
    " only issuers it holds: with one missing, those phones do not find what they know and hang up.",
    remediation=(
        "crypto ca trustpoint <name>",
        " enrollment terminal",
        "crypto ca authenticate <name> nointeractive",
    ),
    needs=("ssl", "webvpn", "certificates", "tunnel_groups"),
    applies=facts.no_phone_interface,
)
def chain_complete(context: Context) -> Iterator[Outcome]:
    state = context.state
    identities = [identity for identity in facts.phone_identities(context) if identity.certificate]
    if not identities:
        yield no_identity(state)
    for identity in identities:
        if identity.certificate:
            yield _chain_outcome(state, identity.subject, chain_of(state, identity.certificate))


def _chain_outcome(state: AsaState, subject: str, chain: Chain) -> Outcome:
    """Names are all that show output has (no key identifiers, no signature): even a pass says "by name"."""
    leaf, path = chain.certificates[0], [found.subject_cn or found.subject for found in chain.certificates]
    loose = [found.subject for found in chain.certificates[1:] if not found.trustpoints]
    status: Status = "pass"
    fix: tuple[str, ...] = ()
    if not leaf.subject or not leaf.issuer:
        status, message = "error", "UNKNOWN: the certificate's subject or issuer is not printed"
        fix = ("PERSON: read `show crypto ca certificates`.",)
    elif chain.missing:
        new = _new_trustpoint(state, leaf.trustpoints[0])
        status, message = "fail", f"the chain is broken: no CA certificate on the ASA is named {chain.missing}"
        fix = (
            f"PERSON: get the certificate of {chain.missing} from the CA.",
            f"crypto ca trustpoint {new}",
            " enrollment terminal",
            f"crypto ca authenticate {new} nointeractive",
        )
    elif chain.loop:
        status, message = "error", "UNKNOWN: the issuers' names run in a circle, no self-signed root is reached"
        fix = ("PERSON: compare the certificates by key, with the chain the ASA sends.",)
    elif loose:
        status, message = "error", f"UNKNOWN: {loose[0]} is printed without an associated trustpoint"
        fix = ("PERSON: read `show crypto ca certificates` and `show crypto ca trustpoints`.",)
    elif len(path) == 1:
        message = "self-signed, it is its own chain"
    else:
        twins = f"; {len(chain.twins)} of the names belong to more than one certificate" if chain.twins else ""
        message = f"complete by name up to the root: {' < '.join(path)}{twins}"
    return Outcome(
        status=status,
        subject=subject,
        message=message,
        expected="every issuer up to a self-signed root, each in a trustpoint (compared by name only)",
        actual=" < ".join(path),
        evidence=(quote_certificates(state, *chain.certificates),),
        fix=fix,
    )


def _new_trustpoint(state: AsaState, base: str) -> str:
    """A name that no trustpoint has yet: VPN-CA1, VPN-CA2, ..."""
    used = {found.name.lower() for found in state.trustpoints or ()}
    used |= {name.lower() for found in state.certificates or () for name in found.trustpoints}
    return next(name for name in (f"{base}-CA{n}" for n in range(1, len(used) + 2)) if name.lower() not in used)


@control(
    "VPNP-116",
    title="The phones' certificate does not renew itself",
    severity="high",
    features=("F-092",),
    section="ASA SSL certificate renewal",
    rationale="A certificate that renews itself gets a new hash one night. Phones that know the old one lose the ASA,"
    " and the new one cannot reach them any more.",
    remediation=("crypto ca trustpoint <trustpoint>", " no auto-enroll"),
    needs=("ssl", "webvpn", "trustpoints", "tunnel_groups"),
    applies=facts.no_phone_interface,
)
def no_auto_renewal(context: Context) -> Iterator[Outcome]:
    state = context.state
    names = dict.fromkeys(identity.binding.trustpoint for identity in facts.phone_identities(context))
    if not names:
        yield no_identity(state)
    for name in names:
        found = facts.trustpoint(state, name)
        armed = found.auto_renewal if found else ""
        quoted = (f"crypto ca trustpoint {name}", *((f" {armed}",) if armed else ())) if found else ()
        remove: tuple[str, ...] = (
            (f"crypto ca trustpoint {name}", " no auto-enroll")
            if armed.startswith("auto-enroll")
            else (f"PERSON: take `{armed}` out of trustpoint {name} and renew by hand, in stages.",)
        )
        if found is None:
            status: Status = "error"
            message = f"UNKNOWN: trustpoint {name} is bound but not in the configuration that was read"
            remove = (f"Gather again with an account that may see `crypto ca trustpoint {name}`.",)
        elif armed:
            status = "fail"
            message = f"trustpoint {name} renews itself ({armed}): phones that know its hash are locked out that day"
        else:
            status, message, remove = "pass", f"trustpoint {name} does not renew itself", ()
        yield Outcome(
            status=status,
            subject=name,
            message=message,
            expected="no automatic renewal",
            actual=armed or ("none" if found else "not known"),
            evidence=(facts.quote(state, "trustpoints", *quoted),),
            fix=remove,
        )
