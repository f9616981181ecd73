"""Every message that means something: pure data. A new one is a line in signatures_asa.py or signatures_phone.py."""

from __future__ import annotations

from . import signatures_asa as asa
from . import signatures_phone as phone
from .signature import Kind, Signature, Status

__all__ = ["BY_ID", "BY_NUMBER", "NUMBERED", "SIGNATURES", "Kind", "Signature", "Status", "fields_of"]

SIGNATURES: tuple[Signature, ...] = (
    *asa.TLS, *asa.LOGIN, *asa.DEBUG, *phone.LOGIN, *phone.CERTIFICATE, *phone.CHANNEL, *phone.STATUS,
)  # fmt: skip
BY_ID: dict[str, Signature] = {one.id: one for one in SIGNATURES}
NUMBERED: tuple[Signature, ...] = tuple(one for one in SIGNATURES if one.number)
BY_NUMBER: dict[str, tuple[Signature, ...]] = {
    one.number: tuple(other for other in NUMBERED if other.number == one.number) for one in NUMBERED
}


def fields_of(one: Signature, text: str) -> dict[str, str] | None:
    """What the signature takes out of a message's text; None where it is another message."""
    match = one.pattern.fullmatch(text)
    return {name: value for name, value in match.groupdict().items() if value is not None} if match else None
