"""What a certificate says, with the hashes that pin it."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Literal

from .base import Model


class X509(Model, frozen=True, kw_only=True):
    """One certificate, read from its DER (x509.read_der). Hashes are lower-case hex over the whole DER.

    serial is lower-case hex of whole bytes; subject and issuer are RFC 4514 text (most specific part first).
    der is base64 on one line, so that signatures can be verified later.
    """

    der: str
    sha1: str
    sha256: str
    subject: str
    subject_cn: str
    issuer: str
    issuer_cn: str
    serial: str
    not_before: datetime
    not_after: datetime
    key_type: Literal["RSA", "EC", "other"]
    key_bits: int
    signature_hash: str
    is_ca: bool
    san_dns: tuple[str, ...] = ()
    san_ip: tuple[str, ...] = ()

    @property
    def pin(self) -> str:
        """SHA-1 as CUCM and the phones write it: base64, 28 characters."""
        return base64.b64encode(bytes.fromhex(self.sha1)).decode()

    @property
    def self_issued(self) -> bool:
        return self.subject == self.issuer
