"""What an ASA presents in a TLS handshake to the offer of a phone, and to the offer of a browser."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .base import Model
from .x509 import X509


class Handshake(Model, frozen=True, kw_only=True):
    """One handshake; nothing presented is trusted.

    offer     name of the offer: a phone model of the phone table, or "browser"
    suites, versions   what was offered (OpenSSL names; TLSv1, TLSv1.1, TLSv1.2, TLSv1.3)
    status    ok: a certificate was presented (chain: as sent, leaf first)
              alert: the ASA answered with a TLS alert (detail names it), e.g. no shared cipher
              refused, timeout, unreachable, closed: no handshake took place
              impossible: this controller's TLS library cannot make that offer
    """

    offer: str
    suites: tuple[str, ...]
    versions: tuple[str, ...]
    status: Literal["ok", "alert", "refused", "timeout", "unreachable", "closed", "impossible"]
    detail: str = ""
    version: str = ""
    cipher: str = ""
    chain: tuple[X509, ...] = ()


class Probe(Model, frozen=True, kw_only=True):
    """The handshakes made for one gateway URL of one ASA. address: where the connection really went (host:port)."""

    device: str
    url: str
    address: str
    probed_at: datetime
    handshakes: tuple[Handshake, ...] = ()
