"""One plan for one ASA: the areas in their order, what is withheld, and the hashes that bind plan and state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from ..controls.site import PhoneModel
from ..model import NEEDS_APPROVAL, Area, AsaState, DapFile, Desired, ManualStep, Plan, Step, Withheld
from .area import AreaPlan
from .dap_manual import ACTIVATE, file_by_hand
from .dap_record import dap_plan
from .group_policy import group_policy_plan
from .lines import typed_lines
from .names import check_line
from .never import never_plan
from .ssl import ssl_plan
from .tunnel_group import phones_group, tunnel_group_plan

# The inventory variable that approves an area.
APPROVE: dict[Area, str] = {area: f"vpnphone_approve_{area}" for area in NEEDS_APPROVAL}
_NOT_APPROVED = (
    "dap.xml holds the selection of every DAP record and is read whole, so it is replaced by itself only where"
    f" {APPROVE['dap_xml']} says so; until it is there the new record matches nobody"
)
# What a plan is made from. Clock, sessions and the unit's role change by themselves and decide no command.
HASHED_SECTIONS = (
    "ssl",
    "webvpn",
    "group_policies",
    "default_group_policy",
    "tunnel_groups",
    "usernames",
    "dap_records",
    "dap_xml",
    "load_balancing",
)
# The device prints these in an order of its own, which a change and its way back may alter.
_BY_NAME = frozenset(("group_policies", "tunnel_groups", "usernames", "dap_records"))


def make_plan(
    state: AsaState,
    desired: Desired,
    *,
    approved: frozenset[Area],
    dap_text: str | None,
    table: tuple[PhoneModel, ...],
    models_in_use: tuple[str, ...],
) -> Plan:
    """Desired profile and state to the plan. Pure: the same in, the same hash out.

    approved       areas of NEEDS_APPROVAL whose commands may be sent; the others are withheld
    dap_text       dap.xml as the device printed it, None where there is none
    table          the phone table, models_in_use the site's models, for the cipher lists

    BadInput for what is desired and cannot be; DeviceRefused (state_unknown) where a section that is needed was not
    learned. Then there is no plan at all: half of a profile is not what was desired.
    """
    phones_group(state, desired)
    areas = (
        group_policy_plan(state, desired),
        tunnel_group_plan(state, desired),
        dap_plan(state, desired, dap_text),
        ssl_plan(state, desired, table, models_in_use),
        never_plan(state, desired),
    )
    steps = tuple(step for area in areas for step in area.steps)
    file = next((area.dap_file for area in areas if area.dap_file is not None), None)
    for step in steps:
        for line in (step.command, *step.mode, *step.inverse):
            check_line(line, state.device)
    sent = tuple(step for step in steps if _may_send(step.area, approved))
    sends_file = file is not None and _may_send("dap_xml", approved)
    by_hand = () if file is None or sends_file else (file_by_hand(state, file, _NOT_APPROVED),)
    plan = Plan(
        device=state.device,
        desired=desired,
        state_hash=state_hash(state, dap_text),
        steps=sent,
        dap_file=file if sends_file else None,
        withheld=_withheld(steps, None if sends_file else file, approved),
        manual=(*_manual(areas), *by_hand),
        withheld_file=None if sends_file else file,
    )
    return replace(plan, hash=plan_hash(plan))


def state_hash(state: AsaState, dap_text: str | None) -> str:
    """SHA-256 (hex) of the sections that a plan is made from, and of dap.xml byte for byte."""
    sections: dict[str, Any] = {name: _section(state, name) for name in HASHED_SECTIONS}
    sections["release"] = state.version.release if state.version is not None else None
    sections["dap_text"] = None if dap_text is None else hashlib.sha256(_bytes(dap_text)).hexdigest()
    return _digest(sections)


def plan_hash(plan: Plan) -> str:
    """SHA-256 (hex) of the plan with hash ""."""
    return _digest(replace(plan, hash=""))


def _digest(value: object) -> str:
    return hashlib.sha256(msgspec.json.encode(value, order="sorted")).hexdigest()


def _bytes(text: str) -> bytes:
    # A device's answer was decoded leniently: a lone surrogate must not end in a traceback.
    return text.encode("utf-8", "surrogatepass")


def _section(state: AsaState, name: str) -> Any:
    found = getattr(state, name)
    return sorted(found, key=lambda item: item.name) if name in _BY_NAME and found is not None else found


def _may_send(area: Area, approved: frozenset[Area]) -> bool:
    return area not in NEEDS_APPROVAL or area in approved


def _withheld(steps: Iterable[Step], file: DapFile | None, approved: frozenset[Area]) -> tuple[Withheld, ...]:
    """One entry an area; commands as they would be typed, with the lines that lead to their block."""
    found = []
    for area in NEEDS_APPROVAL:
        held = [step for step in steps if step.area == area and not _may_send(area, approved)]
        if held:
            hits = dict.fromkeys(step.hits for step in held if step.hits)
            found.append(Withheld(area=area, commands=typed_lines(held), hits="; ".join(hits), variable=APPROVE[area]))
        if area == "dap_xml" and file is not None:
            commands = (
                f"copy /noconfirm <the new file> {file.path}",
                ACTIVATE,
            )
            found.append(Withheld(area=area, commands=commands, hits=file.hits, variable=APPROVE[area]))
    return tuple(found)


def _manual(areas: Iterable[AreaPlan]) -> tuple[ManualStep, ...]:
    """In the order of the areas; what two areas say alike is said once."""
    return tuple(dict.fromkeys(step for area in areas for step in area.manual))
