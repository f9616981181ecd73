"""May this unit, in this context, be changed: failover roles and security contexts."""

from __future__ import annotations

from typing import Literal

from ..errors import ChangeRefused
from ..gather import Session
from ..model import AsaState, Failover
from ..parse.result import Unreadable
from ..parse.show import parse_failover
from ..refusal import refusal_of

Role = Literal["active", "standby", "unsure"]
_HOW = "Look at `show failover`; run again when it is stable."


def role_of(failover: Failover | None) -> Role:
    """Unsure is whatever is neither plainly active nor plainly standby: negotiating, syncing, failed, mixed groups."""
    if failover is None:
        return "unsure"
    # A unit whose failover is off is alone, unless it says otherwise: `Failover Off (pseudo-Standby)`.
    state = failover.this_state.lower()
    if failover.enabled:
        return "active" if state.startswith("active") else "standby" if state.startswith("standby") else "unsure"
    return "standby" if "standby" in state else "active"


def role_now(session: Session) -> Role:
    """The role at this moment, asked in whatever mode the session is. Transport errors pass through."""
    answer = session.run("show failover")
    if refusal_of(answer) is not None:
        return "unsure"
    try:
        return role_of(parse_failover(answer).value)
    except Unreadable:
        return "unsure"


def check_role(role: Role, device: str) -> None:
    """ChangeRefused with code standby_unit or role_unsure for a unit that is not surely the active one."""
    if role == "standby":
        raise ChangeRefused(
            "this is the standby unit: what is changed here is not replicated and will be lost.",
            where=device,
            todo="Set ansible_host to the active unit's address (`show failover`).",
            code="standby_unit",
        )
    if role == "unsure":
        raise ChangeRefused(
            "it is not sure that this unit is the active one.", where=device, todo=_HOW, code="role_unsure"
        )


def check_place(state: AsaState, context: str, device: str) -> None:
    """ChangeRefused where the session is in the system context, or, in multiple mode, where no context was chosen."""
    if state.mode is None:
        raise ChangeRefused(
            "whether the device has security contexts is not known.", where=device, code="state_unknown",
            todo="Look at `show mode`, and whether the account may use it.",
        )  # fmt: skip
    if state.mode == "multiple" and not context:
        raise ChangeRefused(
            "the device has security contexts, and none was chosen.",
            where=device,
            todo="Set vpnphone_context to the context that the phones' VPN ends in.",
            code="context_missing",
        )
    if state.mode == "multiple" and context == "system":
        raise ChangeRefused(
            "the system context has no VPN of phones.",
            where=device,
            todo="Set vpnphone_context to the context that the phones' VPN ends in.",
            code="context_system",
        )
