"""AnyConnect sessions that real logins made, beside those that a scenario states."""

from __future__ import annotations

from datetime import datetime

from ..scenario import SessionSpec


class LiveSession(SessionSpec, frozen=True, kw_only=True):
    """began: UTC by the machine's clock; suite and dtls: of the SSL tunnel, and whether a DTLS tunnel goes with it.

    index: what `show vpn-sessiondb` calls it by.
    """

    began: datetime
    suite: str
    index: int
    dtls: bool = True


def encryption(suite: str) -> str:
    """AES256-SHA is AES256, ECDHE-RSA-AES256-GCM-SHA384 is AES-GCM-256, as `show vpn-sessiondb` has it."""
    size = next((bits for bits in ("256", "128") if f"AES{bits}" in suite), "")
    if not size:
        return "3DES" if "DES" in suite else "none"
    return f"AES-GCM-{size}" if "GCM" in suite else f"AES{size}"


def hashing(suite: str) -> str:
    return {"SHA": "SHA1"}.get(suite.rsplit("-", 1)[-1], suite.rsplit("-", 1)[-1])
