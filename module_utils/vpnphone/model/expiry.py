"""What ends when: one entry of the expiry calendar of a run."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from .base import Model

# leaf, chain: what an ASA shows phones; phone-ca: the CAs on an ASA by which it lets phones in; the rest is CUCM's.
ExpiryKind = Literal["leaf", "chain", "phone-ca", "CAPF", "LSC", "Phone-VPN-trust"]
EXPIRY_KINDS: tuple[ExpiryKind, ...] = ("leaf", "chain", "phone-ca", "CAPF", "LSC", "Phone-VPN-trust")


class Expiry(Model, frozen=True, kw_only=True):
    """One certificate that ends, or the LSCs of a cluster that end on one day (phones: of how many).

    device: the ASA or the cluster that told of it. ends in UTC; about: the earliest that it can be, where the zone of
    the device's time is not known. serial: lower-case hex, "" where not known.
    """

    kind: ExpiryKind
    name: str
    device: str
    ends: datetime
    about: bool = False
    phones: int = 0
    serial: str = ""
