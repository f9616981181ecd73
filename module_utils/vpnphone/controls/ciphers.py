"""Ciphers: what phone and ASA share on TLS and DTLS, and which certificate follows (F-015, F-017, F-018, F-051a)."""

from __future__ import annotations

from collections.abc import Iterator

from .. import matrix, suites
from ..model import AsaState, Evidence, Outcome, Status
from . import facts
from .base import Context, control
from .negotiation import (
    PhoneOffer,
    Shared,
    accepted,
    cipher_evidence,
    dtls_protocol,
    phone_offer,
    rule_lines,
    shared_tls,
)
from .phone_table import Phone, no_phones, not_told, phones

ECDSA = "ASA presents an ECDSA self-signed certificate instead of the configured RSA certificate"
CIPHERS = "Supported encryption ciphers"
# From this release on the ASA has EC suites, and with them the fault of CSCuu02848.
EC_RELEASE = (9, 4, 1)
# The document's line, to the letter.
DOCUMENT_LINE = 'ssl cipher tlsv1.2 custom "AES256-SHA:AES128-SHA:DHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA"'
GLOBAL = (
    "PERSON: approve first: `ssl` lines hold for every TLS client of this ASA (PCs and ASDM too, on all interfaces)."
)


def is_fixed(context: Context) -> bool | None:
    """Does this build carry the fix of CSCuu02848: a build the site lists or a later one of its train.

    False only for 9.4(1) itself, where the document describes the fault; None for all others: it names no build.
    """
    version = facts.release(context.state)
    if version is None:
        return None
    for text in context.site.ecdsa_fixed_in:
        listed = facts.read_release(text)
        if listed and listed[:2] == version[:2] and version >= listed:
            return True
    return False if version == (9, 4, 1, 0) else None


def before_ec(context: Context) -> str:
    """For `applies`: the reason where the release is known to have no EC suites, or no phone arrives at all."""
    version = facts.release(context.state)
    if version and version < EC_RELEASE:
        return f"ASA {facts.release_text(version)} has no EC suites (they came with 9.4(1))"
    return facts.no_phone_interface(context)


def _configured(context: Context, interface: str) -> matrix.Configured | None:
    """The column of the matrix: key types bound to the interface; None where one is not printed."""
    held = [identity for identity in facts.phone_identities(context) if identity.interface == interface]
    kinds = {facts.key_kind(identity.certificate) for identity in held if identity.certificate}
    if "" in kinds:
        return None
    if len(kinds) == 2:
        return "both"
    return "rsa" if facts.RSA in kinds else "ec" if facts.EC in kinds else "none"


def _bound_evidence(context: Context, interface: str) -> tuple[Evidence, ...]:
    """The ciphers, and what is bound to the interface."""
    here = [identity for identity in facts.phone_identities(context) if identity.interface == interface]
    held = [identity.certificate for identity in here if identity.certificate]
    lines = rule_lines(context.state) + tuple(facts.binding_line(identity.binding) for identity in here)
    return facts.quote(context.state, "ssl", *lines), facts.quote_certificates(context.state, *held)


# --- ECDSA instead of RSA -----------------------------------------------------------------------------------------


@control(
    "VPNP-121",
    title="EC suites do not replace the configured RSA certificate",
    severity="high",
    features=("F-015", "F-018"),
    section=ECDSA,
    rationale="From 9.4(1) on, an ASA without the fix of CSCuu02848 shows newer phones a self-signed EC certificate"
    " in place of the RSA one. Old phones work, new ones do not, and a look with a browser misleads.",
    remediation=(
        GLOBAL,
        "PERSON: better, where possible: upgrade to a build with the fix of CSCuu02848.",
        DOCUMENT_LINE,
    ),
    needs=("version", "ssl", "webvpn", "certificates", "tunnel_groups"),
    applies=before_ec,
)
def rsa_is_presented(context: Context) -> Iterator[Outcome]:
    state, offered = context.state, accepted(context.state, "tlsv1.2")
    fixed, version = is_fixed(context), facts.release(context.state)
    ec = None if offered.suites is None else matrix.offer_of(offered.suites) in ("ec", "both", None)
    text = facts.release_text(version) if version else state.version.text if state.version else ""
    for interface in facts.phone_interfaces(context):
        column = _configured(context, interface)
        status: Status = "pass"
        fix: tuple[str, ...] = ()
        if column == "none":
            yield Outcome(
                status="skipped",
                subject=interface,
                message="No identity certificate is bound where phones arrive: see VPNP-112",
                evidence=cipher_evidence(state, offered),
            )
            continue
        if column is None:
            status, message = "error", "UNKNOWN: the key type of the bound certificate is not printed"
            fix = ("PERSON: read `show crypto ca certificates`.",)
        elif column != "rsa":
            message = "an EC certificate is bound, so the ASA has no need of a self-signed one"
        elif version is None:
            status, message = "error", f"UNKNOWN: whether release {text} has EC suites is not known"
            fix = ("PERSON: look at the certificate shown to an EC client with a TLS probe.",)
        elif ec is None:
            status, message = "error", f"UNKNOWN: the suites of TLS 1.2 are not known ({offered.reason})"
            fix = ("Gather `show ssl ciphers`.",)
        elif not ec:
            message = "no EC suite is enabled for TLS 1.2, so the RSA certificate is the one that is shown"
        elif fixed:
            message = f"ASA {text} carries the fix of CSCuu02848: the configured certificate always wins"
        else:
            status = "error" if fixed is None else "fail"
            message = (
                f"UNKNOWN: EC suites are enabled beside an RSA certificate, and whether ASA {text} carries the fix of"
                " CSCuu02848 is not known"
                if fixed is None
                else f"ASA {text} shows EC-capable phones a self-signed EC certificate instead of the RSA one"
            )
            fix = (
                "PERSON: show with a TLS probe which certificate an EC client gets; if it is the RSA one, list this"
                " build in ecdsa_fixed_in.",
                GLOBAL,
                DOCUMENT_LINE,
            )
        yield Outcome(
            status=status,
            subject=interface,
            message=message,
            expected="the configured RSA certificate for every client",
            actual=f"{column or 'unknown'} bound, EC suites {'unknown' if ec is None else 'on' if ec else 'off'}",
            evidence=cipher_evidence(state, offered),
            fix=fix,
        )


# --- the certificate that follows -------------------------------------------------------------------------------


@control(
    "VPNP-122",
    title="Each kind of phone is shown a configured certificate",
    severity="critical",
    features=("F-017", "F-018"),
    section=ECDSA,
    rationale="Which certificate the ASA shows depends on what the phone offers. Any self-signed one in its place is"
    " unknown to the phone and locks that model out, while others connect.",
    remediation=("PERSON: bind the kind of certificate that the phones' ciphers need, or limit the ciphers.", GLOBAL),
    needs=("version", "ssl", "webvpn", "certificates", "tunnel_groups"),
    applies=facts.no_phone_interface,
)
def presented_to_phones(context: Context) -> Iterator[Outcome]:
    state, models = context.state, phones(context.site)
    if not models:
        yield no_phones()
        return
    classes: dict[PhoneOffer, list[Phone]] = {}
    for phone in models:
        classes.setdefault(phone_offer(state, phone), []).append(phone)
    for offer, members in classes.items():
        names = ", ".join(dict.fromkeys(phone.name for phone in members))
        if offer.untold:
            yield from (not_told(phone, phone.name, offer.untold) for phone in members)
        elif offer.row == "none":
            yield Outcome(
                status="skipped",
                subject=names,
                message="No shared cipher, so no certificate is shown: see VPNP-123",
                evidence=cipher_evidence(state),
            )
        elif offer.row is None:
            yield Outcome(
                status="error",
                subject=names,
                message=f"UNKNOWN: {offer.unread}",
                expected="the suites the ASA accepts",
                actual="not known",
                evidence=cipher_evidence(state),
                fix=("Gather `show ssl ciphers`.",),
            )
        else:
            for interface in facts.phone_interfaces(context):
                yield _presented(context, interface, offer.row, names)


def _presented(context: Context, interface: str, offer: matrix.Offer, names: str) -> Outcome:
    column = _configured(context, interface)
    subject = f"{interface}: {names}"
    if column is None:
        return Outcome(
            status="error",
            subject=subject,
            message="UNKNOWN: the key type of the bound certificate is not printed",
            expected="RSA or EC",
            actual="not known",
            evidence=_bound_evidence(context, interface),
            fix=("PERSON: read `show crypto ca certificates`.",),
        )
    cells = matrix.possible(offer, column, is_fixed(context))
    locked = {cell.locks_out for cell in cells}
    status: Status = "pass" if locked == {False} else "fail" if locked == {True} else "error"
    shown = " or ".join(sorted(_words(cell) for cell in cells))
    words = {"rsa": "RSA ciphers", "ec": "EC ciphers", "both": "RSA and EC ciphers"}[offer]
    fix: tuple[str, ...] = ()
    if status == "error":
        fix = ("PERSON: show with a TLS probe of these ciphers which certificate they get.", GLOBAL, DOCUMENT_LINE)
    elif status == "fail" and column == "rsa":
        fix = (GLOBAL, DOCUMENT_LINE)
    elif status == "fail":
        fix = (f"PERSON: bind an RSA certificate that the phones know to {interface}.",)
    return Outcome(
        status=status,
        subject=subject,
        message=f"{'UNKNOWN: ' if status == 'error' else ''}phones with {words} are shown {shown}",
        expected="a configured certificate",
        actual=shown,
        evidence=_bound_evidence(context, interface),
        fix=fix,
    )


def _words(cell: matrix.Presented) -> str:
    if not cell.connects:
        return "nothing: the handshake fails"
    kind, _, own = cell.certificate.partition("-")
    return f"a {own} {kind.upper()} certificate" if own else f"the configured {kind.upper()} certificate"


# --- a cipher for TLS and one for DTLS ----------------------------------------------------------------------------


@control(
    "VPNP-123",
    title="Every phone model shares a cipher with the ASA, for TLS and for DTLS",
    severity="critical",
    features=("F-051a",),
    section=CIPHERS,
    rationale="A 7962G offers AES256-SHA and AES128-SHA and nothing else. Where the ASA has neither, the log says `no"
    " shared cipher` and the phone stays out. Where only DTLS lacks them, the phone connects and voice is poor.",
    remediation=(
        GLOBAL,
        "ssl encryption aes256-sha1 aes128-sha1 <the tokens in use>",
        'ssl cipher dtlsv1 custom "AES256-SHA:AES128-SHA"',
    ),
    needs=("version", "ssl"),
)
def ciphers_shared(context: Context) -> Iterator[Outcome]:
    models = phones(context.site)
    if not models:
        yield no_phones()
    for phone in models:
        yield _tls(context.state, phone)
        yield _dtls(context.state, phone)


def _tls(state: AsaState, phone: Phone) -> Outcome:
    subject = f"{phone.name} TLS"
    if phone.row is None or not phone.row.tls_suites:
        return not_told(phone, subject, "the TLS cipher list")
    common = shared_tls(state, phone, phone.row.tls_suites)
    if common is None:
        return _no_version(state, phone, subject, "a TLS version")
    return _verdict(state, subject, common, phone.row.tls_suites)


def _dtls(state: AsaState, phone: Phone) -> Outcome:
    """DTLS takes up the suite that TLS settled on (the log of C15), so each suite TLS may choose must be there too."""
    subject = f"{phone.name} DTLS"
    if phone.row is None or not phone.row.dtls_suites:
        return not_told(phone, subject, "the DTLS cipher list")
    tls = shared_tls(state, phone, phone.row.tls_suites)
    protocol = dtls_protocol(state, phone)
    if tls is None or protocol is None:
        return _no_version(state, phone, subject, "a TLS version" if tls is None else "a DTLS version")
    found = accepted(state, protocol)
    offer = {suites.openssl_name(name) for name in phone.row.dtls_suites if suites.usable(name, protocol)}
    common = Shared(protocol, None if found.suites is None else found.suites & offer, found)
    outcome = _verdict(state, subject, common, phone.row.dtls_suites)
    if outcome.status != "pass" or common.suites is None or not tls.suites or tls.suites <= common.suites:
        return outcome
    lost = " ".join(sorted(tls.suites - common.suites))
    return Outcome(
        status="error",
        subject=subject,
        message=f"UNKNOWN: TLS may settle on {lost}, which {protocol} has not; DTLS then fails after TLS succeeded",
        expected=f"each suite that TLS shares, on {protocol} too",
        actual=" ".join(sorted(common.suites)),
        evidence=cipher_evidence(state, tls.accepted, found),
        fix=_add(state, protocol, phone.row.dtls_suites),
    )


def _no_version(state: AsaState, phone: Phone, subject: str, what: str) -> Outcome:
    """The table has no version of the phone that this release knows, or the release is not known."""
    if phone.row is None or not phone.row.tls_versions or facts.release(state):
        return not_told(phone, subject, f"{what} of this release")
    return Outcome(
        status="error",
        subject=subject,
        message="UNKNOWN: the TLS versions of this release are not known",
        expected="a released ASA train",
        actual=state.version.text if state.version else "",
        evidence=(facts.quote(state, "version"), phone.evidence),
        fix=("PERSON: read the release notes of this build.",),
    )


def _verdict(state: AsaState, subject: str, common: Shared, offer: tuple[str, ...]) -> Outcome:
    status: Status
    fix: tuple[str, ...] = ()
    if common.suites is None:
        status, fix = "error", ("Gather `show ssl ciphers` and `show ssl`.",)
        message = f"UNKNOWN: what the ASA accepts on {common.protocol} is not known: {common.accepted.reason}"
    elif common.suites:
        status, message = "pass", f"{common.protocol} shares {' '.join(sorted(common.suites))}"
    else:
        status, fix = "fail", _add(state, common.protocol, offer)
        message = f"no shared cipher on {common.protocol}: the phone offers {' '.join(offer)}"
    return Outcome(
        status=status,
        subject=subject,
        message=message,
        expected=f"at least one of {' '.join(offer)}",
        actual="not known" if common.accepted.suites is None else " ".join(sorted(common.accepted.suites)) or "none",
        evidence=cipher_evidence(state, common.accepted),
        fix=fix,
    )


def _add(state: AsaState, protocol: str, offer: tuple[str, ...]) -> tuple[str, ...]:
    """The phones' suites before what is in use already: the commands replace the list, so nothing may be left out."""
    if state.ssl is None:
        return ()
    if suites.has("ssl cipher", facts.release(state)) is False:
        wanted = [token for name in offer if (token := suites.old_token(name))]
        existing = state.ssl.encryption or (state.ssl_status.enabled_ciphers if state.ssl_status else ())
        return GLOBAL, f"ssl encryption {' '.join(dict.fromkeys((*wanted, *existing)))}"
    rule = next((row for row in state.ssl.ciphers if row.protocol.lower() == protocol), None)
    shown = next((row for row in state.ssl_suites or () if row.protocol.lower() == protocol), None)
    known = accepted(state, protocol).suites or ()
    ordered = rule.suites if rule and rule.suites else shown.suites if shown else sorted(known)
    names = dict.fromkeys((*(suites.openssl_name(name) for name in offer), *ordered))
    return GLOBAL, f'ssl cipher {protocol} custom "{":".join(names)}"'
