"""Which certificate an ASA presents: the matrix of CSCuu02848 as a pure function (F-017, F-018).

Source: Cisco document 116162, "ASA Presents ECDSA Self-signed Certificate Instead of Configured RSA Certificate".
The copy at hand is a translation whose table has shifted lines; its cells are reconstructed: in the row "EC ciphers
only" it prints "uses RSA ciphers, uses EC certificate", which no TLS up to 1.2 can do. The lines before the fix are
the document's text: on 9.4(1) and later, a client with elliptic curves is given an elliptic-curve certificate even on
an interface with an RSA trustpoint. The document tells no other cell from before, they are taken to be the same.

"EC" means EC-authenticated (ECDHE-ECDSA). ECDHE-RSA is signed by the RSA certificate and counts as RSA. Limits set by
`ssl cipher` come first: intersect what the phone offers with what the ASA accepts, then look up. The matrix is one of
releases with elliptic curves, 9.4(1) and later; before, only its row "rsa" exists. Which builds carry the fix is not
told, so `fixed` may be None; a probe of the presented certificate decides then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from .suites import authentication

Offer = Literal["rsa", "ec", "both"]
Configured = Literal["rsa", "ec", "both", "none"]


class Presented(NamedTuple):
    """One cell. cipher is the authentication of the suite in use.

    trusted: False for a self-signed certificate that nobody configured (no phone may pin it: it is made anew at
    reload [M]); None where it depends on the phone's pins, or where nothing is presented at all.
    """

    certificate: Literal["rsa", "ec", "rsa-self-signed", "ec-self-signed", "none"]
    cipher: Literal["rsa", "ec", "none"]
    connects: bool
    trusted: bool | None

    @property
    def locks_out(self) -> bool:
        """A phone that pins the configured certificate cannot get in."""
        return not self.connects or self.trusted is False


_RSA = Presented("rsa", "rsa", True, None)
_EC = Presented("ec", "ec", True, None)
_RSA_SELF = Presented("rsa-self-signed", "rsa", True, False)
_EC_SELF = Presented("ec-self-signed", "ec", True, False)
_FAILS = Presented("none", "none", False, None)

FIXED: dict[tuple[Offer, Configured], Presented] = {
    ("rsa", "rsa"): _RSA,
    ("rsa", "ec"): _RSA_SELF,
    ("rsa", "both"): _RSA,
    ("rsa", "none"): _RSA_SELF,
    ("ec", "rsa"): _FAILS,
    ("ec", "ec"): _EC,
    ("ec", "both"): _EC,
    ("ec", "none"): _EC_SELF,
    ("both", "rsa"): _RSA,
    ("both", "ec"): _EC,
    ("both", "both"): _EC,
    ("both", "none"): _EC_SELF,
}
# Before the fix the configured RSA certificate loses to a self-signed one as soon as EC suites are negotiated.
UNFIXED: dict[tuple[Offer, Configured], Presented] = {**FIXED, ("ec", "rsa"): _EC_SELF, ("both", "rsa"): _EC_SELF}


def presented(offer: Offer, configured: Configured, fixed: bool) -> Presented:
    """The cell for what the client may still use, the key types bound to the interface, and the build."""
    return (FIXED if fixed else UNFIXED)[offer, configured]


def possible(offer: Offer, configured: Configured, fixed: bool | None) -> frozenset[Presented]:
    """Every result that can be: one where the build is known or does not matter, two where it decides (fixed None)."""
    builds = (True, False) if fixed is None else (fixed,)
    return frozenset(presented(offer, configured, build) for build in builds)


def offer_of(suites: Iterable[str]) -> Offer | Literal["none"] | None:
    """The matrix row of suites both sides share; "none" where no certificate suite is left (no shared cipher).

    None where a name does not tell its authentication (TLS 1.3): the row cannot be chosen.
    """
    kinds = {authentication(suite) for suite in suites}
    if None in kinds:
        return None
    if {"rsa", "ec"} <= kinds:
        return "both"
    if "ec" in kinds:
        return "ec"
    return "rsa" if "rsa" in kinds else "none"
