"""What is changed by AXL: a VPN gateway's list of certificates, and the word that makes phones fetch their files.

Each is sent once. SoapFault: the cluster refused it, nothing changed. Every other error leaves open whether it was
taken: read it back before anything else is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from xml.sax.saxutils import escape

from ..errors import DeviceRefused
from ..soap import shown
from .axl import Axl

# Apply Config restarts a phone only where its file needs that, restart always, reset is the cold one.
PhoneAction = Literal["apply", "restart", "reset"]


def gateway_update_body(name: str, members: Sequence[tuple[str, str]]) -> str:
    """updateVpnGateway: (issuer name, serial number) of the whole list, which takes the place of the old one [I]."""
    listed = "".join(
        f"<certificate><issuerName>{escape(issuer)}</issuerName><serialNumber>{escape(serial)}</serialNumber></certificate>"
        for issuer, serial in members
    )
    return f"<name>{escape(name)}</name><certificates>{listed}</certificates>"


def update_gateway(axl: Axl, name: str, members: Sequence[tuple[str, str]], *, where: str) -> None:
    """The gateway's list becomes these members; its other fields stay as they are."""
    _change(axl, "updateVpnGateway", gateway_update_body(name, members), where)


def act_on_phone(axl: Axl, name: str, action: PhoneAction, *, where: str) -> None:
    """applyPhone, restartPhone or resetPhone: the phone's file is built anew, and the phone told so."""
    _change(axl, f"{action}Phone", f"<name>{escape(name)}</name>", where)


def _change(axl: Axl, operation: str, body: str, where: str) -> None:
    told = axl.change(operation, body)
    if told.envelope.name != f"{operation}Response":
        raise DeviceRefused(
            f"this is no answer of {operation}: it holds {shown(told.envelope.name, 60)!r}.",
            where=where,
            todo="Look at what answers there (`curl -v`): is it CUCM, and nothing in between?",
            code="answer_unreadable",
        )
