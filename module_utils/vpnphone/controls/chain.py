"""The issuers of a certificate, as far as names can tell.

`show crypto ca certificates` prints no key identifiers and no signature, so a chain found here is a chain of names:
two CAs of one name (a renewed intermediate) cannot be told apart, and `twins` says so.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from ..model import AsaState, Certificate


class Chain(NamedTuple):
    """certificates: the leaf first, then issuer after issuer as far as they were found.

    missing: the issuer's name that no CA certificate on the device has; "" where a self-signed root was reached.
    twins: names that more than one CA certificate has. loop: the names run in a circle without a root.
    """

    certificates: tuple[Certificate, ...]
    missing: str
    twins: tuple[str, ...]
    loop: bool

    @property
    def complete(self) -> bool:
        return not self.missing and not self.loop


def _same_name(left: str, right: str) -> bool:
    return " ".join(left.split()).casefold() == " ".join(right.split()).casefold()


def is_self_signed(certificate: Certificate) -> bool:
    """Subject and issuer are the same name, however they are spaced."""
    return bool(certificate.subject) and _same_name(certificate.subject, certificate.issuer)


def same_name(state: AsaState, certificate: Certificate) -> list[Certificate]:
    """The CA certificates on the device with the name of this one, itself among them; [] where it is no CA."""
    if certificate.kind != "ca":
        return []
    return [ca for ca in state.certificates or () if ca.kind == "ca" and _same_name(ca.subject, certificate.subject)]


def chain_of(state: AsaState, leaf: Certificate) -> Chain:
    """Follow the issuer names from leaf to a self-signed root; where several CAs share a name, all are tried.

    Breadth first, and each CA certificate is taken once: names that run in a circle end.
    """
    authorities = [found for found in state.certificates or () if found.kind == "ca"]
    seen: set[int] = set()
    paths: deque[tuple[Certificate, ...]] = deque([(leaf,)])
    path: tuple[Certificate, ...] = (leaf,)
    stuck: tuple[Certificate, ...] | None = None
    while paths:
        path = paths.popleft()
        if is_self_signed(path[-1]):
            return _chain(path, authorities)
        wanted = path[-1].issuer
        found = [number for number, ca in enumerate(authorities) if wanted and _same_name(wanted, ca.subject)]
        if not found and stuck is None:
            stuck = path
        fresh = [number for number in found if number not in seen]
        seen.update(fresh)
        paths.extend((*path, authorities[number]) for number in fresh)
    if stuck is None:
        return _chain(path, authorities, loop=True)
    return _chain(stuck, authorities, missing=stuck[-1].issuer or "(no issuer name printed)")


def _chain(
    path: tuple[Certificate, ...], authorities: list[Certificate], *, missing: str = "", loop: bool = False
) -> Chain:
    names = dict.fromkeys(found.subject for found in path[1:])
    twins = tuple(name for name in names if sum(_same_name(name, ca.subject) for ca in authorities) > 1)
    return Chain(path, missing, twins, loop)
