"""Which certificate an ASA presents to an offer, and which suites go with it (F-017, F-018).

Written from the document's text and its matrix: a configured certificate wins; a temporary self-signed one only stands
in where none is configured for the kind of suite. Before the fix of CSCuu02848, 9.4(1) and later prefer EC suites and
then present an EC certificate even where an RSA one is bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec

from ..certs import Cert
from .suites import wants_ec

# Temporary certificates by kind ("rsa", "ec"); made when they are first asked for.
Temporary = Callable[[str], Cert]


@dataclass(frozen=True)
class Choice:
    """The certificate, and the shared suites that it can authenticate, in the ASA's order."""

    cert: Cert
    suites: tuple[str, ...]
    temporary: bool


def choose(shared: Sequence[str], bound: Iterable[Cert], temporary: Temporary, *, fixed: bool) -> Choice | None:
    """None where no certificate fits what both sides speak. `bound` must hold private keys."""
    own = {_kind(cert): cert for cert in reversed(list(bound)) if cert.key is not None}
    suites = {
        "ec": tuple(name for name in shared if wants_ec(name)),
        "rsa": tuple(name for name in shared if not wants_ec(name)),
    }
    if not shared:
        return None
    if not suites["ec"]:
        kind = "rsa"
    elif "ec" in own or "rsa" not in own or not fixed:
        kind = "ec"
    else:
        kind = "rsa"
    if not suites[kind]:
        return None
    return Choice(own.get(kind) or temporary(kind), suites[kind], kind not in own)


def _kind(cert: Cert) -> str:
    return "ec" if isinstance(cert.x509.public_key(), ec.EllipticCurvePublicKey) else "rsa"


def chain_of(leaf: Cert, held: Iterable[Cert]) -> tuple[Cert, ...]:
    """The leaf and the certificates above it that are held, each the real issuer of the one before."""
    chain, rest = [leaf], list(held)
    while True:
        above = next((cert for cert in rest if is_issuer(cert, chain[-1]) and cert not in chain), None)
        if above is None:
            return tuple(chain)
        chain.append(above)


def is_issuer(issuer: Cert, child: Cert) -> bool:
    """By name and by signature."""
    try:
        child.x509.verify_directly_issued_by(issuer.x509)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
