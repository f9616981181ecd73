"""Can anybody still manage the ASA over TLS: browsers and ASDM against its cipher lists.

The SSH session that changes the lists does not depend on them. The rows are general knowledge without a confirmed
source [K]; edit them here. A row says less than the client can, so at worst a list is refused that would have done.
"""

from __future__ import annotations

from typing import NamedTuple

from .. import suites
from ..controls import facts
from ..controls.negotiation import accepted
from ..model import AsaState


class Client(NamedTuple):
    """suites: OpenSSL names it offers. until: the first ASA release that nobody manages with it any more."""

    name: str
    versions: tuple[str, ...]
    suites: frozenset[str]
    source: str
    until: suites.Release | None = None


_AES_SHA1 = ("AES128-SHA", "AES256-SHA", "DHE-RSA-AES128-SHA", "DHE-RSA-AES256-SHA")
_AES_SHA2 = ("AES128-SHA256", "AES256-SHA256", "DHE-RSA-AES128-SHA256", "DHE-RSA-AES256-SHA256")
_GCM = ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384")
_ECDHE_GCM = (
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
)
_ECDHE_CBC = (
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
)

CLIENTS: tuple[Client, ...] = (
    Client(
        "ASDM on Java 8",
        ("tlsv1", "tlsv1.1", "tlsv1.2"),
        frozenset((*_AES_SHA1, *_AES_SHA2, *_GCM, *_ECDHE_GCM, *_ECDHE_CBC)),
        "[K] what Java 8 offers by default",
    ),
    Client(
        "a browser of today",
        ("tlsv1.2", "tlsv1.3"),
        frozenset(("AES128-SHA", "AES256-SHA", "AES128-GCM-SHA256", "AES256-GCM-SHA384", *_ECDHE_GCM)),
        "[K] what Firefox and Chrome offer",
    ),
    Client(
        "a browser or Java of the release's own days",
        ("tlsv1",),
        frozenset((*_AES_SHA1, "DES-CBC3-SHA", "RC4-SHA", "RC4-MD5")),
        "[K] Java 6 and browsers before 2014",
        until=suites.FIRST_RELEASE["ssl cipher"].release,
    ),
)


def clients_of(release: suites.Release) -> tuple[Client, ...]:
    """The rows that count for a release."""
    return tuple(row for row in CLIENTS if row.until is None or release < row.until)


def reaches(state: AsaState, client: Client) -> bool | None:
    """Do client and ASA share a suite on the highest TLS version both have; None where that is not known."""
    release = facts.release(state)
    if state.ssl is None or release is None:
        return None
    open_ = suites.accepted_protocols(state.ssl, release)
    if open_ is None:
        # What the minimum lets in is not known; every version of the release may be.
        open_ = frozenset(name for name in suites.PROTOCOLS if suites.has(name, release))
    common = [name for name in suites.PROTOCOLS if name in client.versions and name in open_]
    if not common:
        return False
    found = accepted(state, common[-1])
    if found.suites is None:
        return None
    return any(suites.usable(name, common[-1]) for name in found.suites & client.suites)


def reachable(state: AsaState) -> bool | None:
    """True: one row at least can use it; False: none can; None: none surely can, and of one it is not known."""
    release = facts.release(state)
    if release is None:
        return None
    found = [reaches(state, client) for client in clients_of(release)]
    if True in found:
        return True
    return None if None in found else False
