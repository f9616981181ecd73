"""Which certificate a phone is shown, and with which issuers behind it: every one that can be (F-011, F-017, F-020)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from .. import matrix
from ..controls import facts
from ..controls.certificates import TEMPORARY
from ..controls.ciphers import EC_RELEASE, is_fixed
from ..model import X509, Certificate, Handshake, Reason, SslTrustPoint
from ..suites import authentication
from ..x509 import issued_by
from .head import Head, held, on_mate
from .identity import is_same, title
from .negotiate import Hello, Settled, place_of

CERTIFICATE = "certificate"


class Shown(NamedTuple):
    """One certificate that may be shown.

    leaf     its content; None where only `named` (a block of show output) or nothing at all is known of it
    issuers  CA certificates sent behind it for sure; perhaps: those that may be sent too
    named    what show output says of it
    temporary  the self-signed one that the ASA makes for itself
    suites   what TLS may settle on with it
    """

    leaf: X509 | None = None
    issuers: tuple[X509, ...] = ()
    perhaps: tuple[X509, ...] = ()
    named: Certificate | None = None
    temporary: bool = False
    suites: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        if self.leaf is not None:
            return title(self.leaf)
        if self.temporary:
            return "a temporary self-signed certificate"
        if self.named is not None:
            return f"{self.named.subject_cn or self.named.subject} (serial {self.named.serial})"
        return "a certificate that is not known"


class Presentation(NamedTuple):
    """Every certificate that may be shown; () where nothing can be told or nothing is shown, reasons say why."""

    shown: tuple[Shown, ...]
    reasons: tuple[Reason, ...] = ()


def is_temporary(certificate: X509) -> bool:
    """The subject an ASA gives the certificate that it makes for itself (C18)."""
    return TEMPORARY in certificate.subject.casefold()


def presentation(head: Head, url: str, hello: Hello, interfaces: tuple[str, ...]) -> Presentation:
    """By the probe with the phone's own offer; without one, by binding and chain; both, and different: UNKNOWN."""
    if hello.settled is None:
        return Presentation(())
    computed = by_configuration(head, url, hello.settled, interfaces)
    if hello.handshake is None or not head.probed or not hello.handshake.chain:
        return computed
    seen = _seen(hello.handshake, hello.settled)
    if head.reloaded and seen.temporary:
        return Presentation((Shown(temporary=True, suites=seen.suites),))
    if not computed.shown:
        # What is shown is seen; only a configuration that is sure of the contrary speaks against it.
        denied = [reason for reason in computed.reasons if reason.verdict == "LOCKED OUT"]
        if denied:
            return _contrary(seen, denied[0].text)
        return Presentation((seen,))
    if any(_agrees(found, seen) for found in computed.shown):
        # Whether a phone names the host (SNI) is not proven, so a binding to that name may count for the probe alone.
        return Presentation((seen, *computed.shown) if _named_here(head, url) else (seen,))
    return _contrary(seen, f"its configuration binds {' or '.join(found.title for found in computed.shown)}")


def _named_here(head: Head, url: str) -> bool:
    """A certificate is bound to the host of the URL by name."""
    place = place_of(url)
    lines = head.state.ssl.trust_points if head.state.ssl else ()
    return place is not None and any(line.domain.lower() == place[0] for line in lines)


def _contrary(seen: Shown, but: str) -> Presentation:
    text = f"the probe was shown {seen.title}, but {but}"
    return Presentation((), (Reason(step=CERTIFICATE, verdict="UNKNOWN", text=text, features=("F-020",)),))


def _seen(shake: Handshake, settled: Settled) -> Shown:
    """Issuers are those of the chain that really signed; what else was sent proves nothing to a phone [K]."""
    leaf = shake.chain[0]
    signed = issuers_of(leaf, shake.chain[1:])
    rest = tuple(found for found in shake.chain[1:] if found not in signed and found != leaf)
    return Shown(leaf, signed, rest, temporary=is_temporary(leaf), suites=settled.suites)


def _agrees(computed: Shown, seen: Shown) -> bool:
    """A certificate of the configuration can be the one that was seen."""
    if computed.leaf is not None and seen.leaf is not None:
        return computed.leaf.sha256 == seen.leaf.sha256
    if computed.named is not None and seen.leaf is not None:
        return is_same(computed.named, seen.leaf)
    if computed.temporary:
        return seen.leaf is not None and seen.leaf.self_issued
    return True


# --- by configuration -----------------------------------------------------------------------------------------------


def by_configuration(head: Head, url: str, settled: Settled, interfaces: tuple[str, ...]) -> Presentation:
    """What is bound where the phone may arrive, by the matrix of F-017; a name binding (SNI) may be met as well."""
    if head.state.ssl is None:
        return Presentation((), (_unknown("`ssl trust-point` of the ASA was not learned"),))
    if head.mate and head.state.mate_certificates is None:
        return Presentation((), (_unknown("the certificates of the mate were not learned"),))
    release = facts.release(head.state)
    if release is None:
        return Presentation((), (_unknown("the release is not known, so which certificate is shown is not either"),))
    shown: list[Shown] = []
    reasons: list[Reason] = []
    for interface in interfaces:
        lines = facts.bound_trustpoints(head.state, interface)
        found = _cells(head, lines, settled, release >= (*EC_RELEASE, 0))
        shown += found.shown
        reasons += found.reasons
    place = place_of(url)
    for line in head.state.ssl.trust_points:
        if place is not None and line.domain.lower() == place[0]:
            shown += _bound(head, line, settled)
    unknown = tuple(dict.fromkeys(reason for reason in reasons if reason.verdict == "UNKNOWN"))
    if unknown:
        return Presentation((), unknown)
    if shown and reasons:
        return Presentation((), (_unknown("at which interface the phone arrives decides what it is shown"),))
    return Presentation(tuple(dict.fromkeys(shown)), tuple(dict.fromkeys(reasons)))


def _cells(head: Head, lines: tuple[SslTrustPoint, ...], settled: Settled, has_ec: bool) -> Presentation:
    """The cells of the matrix that can be: one interface, its bindings, and the suites both sides share."""
    by_kind: dict[str, list[Shown]] = {}
    for line in lines:
        for found in _bound(head, line, settled):
            kind = _kind(found)
            if not kind and not found.temporary:
                why = f"the key type of the certificate of {line.trustpoint} is not known"
                return Presentation((), (_unknown(why),))
            if kind:
                by_kind.setdefault(kind, []).append(found)
            elif line.trustpoint:
                by_kind.setdefault("none", []).append(found)
    offer = matrix.offer_of(settled.suites)
    if offer is None or offer == "none":
        return Presentation((), (_unknown("the suites that are shared do not tell which certificate they need"),))
    real = {"rsa", "ec"} & by_kind.keys()
    column: matrix.Configured = "both" if len(real) == 2 else "rsa" if "rsa" in real else "ec" if real else "none"
    # Before EC suites existed there was one certificate, and the self-signed one where none was bound.
    fixed = is_fixed(head.unit) if has_ec else True
    shown: list[Shown] = []
    reasons: list[Reason] = []
    for cell in sorted(matrix.possible(offer, column, fixed), key=lambda cell: cell.certificate):
        if not cell.connects:
            text = "no certificate fits the suites that are shared: the handshake fails"
            reasons.append(Reason(step=CERTIFICATE, verdict="LOCKED OUT", text=text, features=("F-017",)))
            continue
        usable = frozenset(name for name in settled.suites if authentication(name) == cell.cipher)
        if cell.certificate in ("rsa", "ec"):
            shown += [found._replace(suites=usable) for found in by_kind[cell.certificate]]
        else:
            shown.append(Shown(temporary=True, suites=usable))
    if shown and reasons:
        return Presentation((), (_unknown("whether a certificate is shown depends on the fix of CSCuu02848"),))
    return Presentation(tuple(shown), tuple(reasons))


def _kind(found: Shown) -> str:
    """ "rsa", "ec", or "" where the key is neither or not known."""
    if found.leaf is not None:
        return {"RSA": "rsa", "EC": "ec"}.get(found.leaf.key_type, "")
    return facts.key_kind(found.named).lower() if found.named is not None else ""


def _bound(head: Head, line: SslTrustPoint, settled: Settled) -> list[Shown]:
    """What a binding shows: its certificate, or the temporary one where the trustpoint holds none."""
    known = head.held(line.trustpoint)
    named = facts.identity_certificate(head.state, line.trustpoint)
    if any(name == line.trustpoint for name, _ in head.added):
        named = None
    if head.mate and (known is not None or named is not None) and not head.added:
        return [_of_mate(head, line, known, named, settled)]
    if known is not None:
        if is_temporary(known):
            return [Shown(known, temporary=True, suites=settled.suites)]
        sure, perhaps = _issuers(head, line.trustpoint, known)
        return [Shown(known, sure, perhaps, suites=settled.suites)]
    if named is not None:
        return [Shown(named=named, temporary=TEMPORARY in named.subject.casefold(), suites=settled.suites)]
    if head.state.certificates is None and head.state.certificate_chain is None:
        # A certificate of which nothing is known, not even its key.
        return [Shown(suites=settled.suites)]
    return [Shown(temporary=True, suites=settled.suites)]


def _of_mate(head: Head, line: SslTrustPoint, known: X509 | None, named: Certificate | None, settled: Settled) -> Shown:
    """The same trustpoint on the mate: the same certificate, another one, or none."""
    state = head.state
    there = [
        found
        for found in state.mate_certificates or ()
        if found.kind == "identity" and facts.is_associated(found, line.trustpoint)
    ]
    if not there:
        return Shown(temporary=True, suites=settled.suites)
    own: Certificate | X509 | None = known if known is not None else named
    if own is None or not is_same(there[0], own):
        return Shown(named=there[0], suites=settled.suites)
    if known is None:
        return Shown(named=there[0], suites=settled.suites)
    sure, perhaps = _issuers(head, line.trustpoint, known)
    return Shown(
        known,
        tuple(found for found in sure if on_mate(state, found)),
        tuple(found for found in perhaps if on_mate(state, found)),
        suites=settled.suites,
    )


def _issuers(head: Head, trustpoint: str, leaf: X509) -> tuple[tuple[X509, ...], tuple[X509, ...]]:
    """Issuers by real signature: that of the trustpoint itself is sent, those of other trustpoints may be [K]."""
    authorities = [found.x509 for found in head.state.certificate_chain or () if found.kind == "ca"]
    path = issuers_of(leaf, authorities)
    own = held(head.state, trustpoint, "ca")
    sure = tuple(found for found in path[:1] if own is not None and found.sha256 == own.sha256)
    return sure, tuple(found for found in path if found not in sure)


def issuers_of(leaf: X509, authorities: Iterable[X509]) -> tuple[X509, ...]:
    """Every authority above the leaf, by real signature, the nearest first; a circle ends, twins are both there."""
    found: list[X509] = []
    level = [leaf]
    pool = list(authorities)
    while level:
        level = [
            authority
            for authority in pool
            if authority not in found and any(not child.self_issued and issued_by(child, authority) for child in level)
        ]
        found += level
    return tuple(found)


def _unknown(text: str) -> Reason:
    return Reason(step=CERTIFICATE, verdict="UNKNOWN", text=text, features=("F-011", "F-020"))
