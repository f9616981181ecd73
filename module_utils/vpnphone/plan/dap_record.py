"""The DAP record that lets phones in: its lines in the configuration, its selection in dap.xml (F-042, F-043).

A record without a selection never matches, so both halves belong together. The record is never one that others use:
where its name has other criteria, or its criteria cannot be read, nothing at all is changed.
"""

from __future__ import annotations

import hashlib

import msgspec

from ..commands import BY_SECTION
from ..dap import DEFAULT_RECORD
from ..errors import BadInput, DeviceRefused
from ..model import AsaState, DapFile, DapRecord, Desired, DesiredDap, ManualStep, Step
from ..parse.dap import parse_dap_xml
from .area import AreaPlan
from .dap_diff import unified
from .dap_manual import CONTROLS, record_by_hand
from .dap_merge import DIFFERS, UNREADABLE, merge_dap_xml
from .judged import by_hand, judged
from .learned import require
from .names import check_flash_path, check_name

PATH = BY_SECTION["dap_xml"].text.removeprefix("more ")
_FILE_HITS = "every DAP record of this ASA: its criteria are read anew from the whole file"


def dap_plan(state: AsaState, desired: Desired, dap_text: str | None) -> AreaPlan:
    """Steps for the record, the file with its selection, and what only a person can do.

    dap_text is the raw answer of `more disk0:/dap.xml`, None where the device says that there is no such file.
    BadInput: name_refused, dap_record_refused. DeviceRefused: state_unknown.
    """
    wanted = desired.dap
    if wanted is None:
        return AreaPlan()
    record = check_name(wanted.record, "DAP record", "profile.dap.record")
    group = check_name(desired.tunnel_group_name, "tunnel-group", "profile.tunnel_group.name")
    if record.lower() == DEFAULT_RECORD.lower():
        raise BadInput(
            f"{DEFAULT_RECORD} holds for everybody and is never changed.",
            where="profile.dap.record",
            todo="Name a record of the phones' own.",
            code="dap_record_refused",
        )
    require(state, "dap_records")
    try:
        before = _file(state, dap_text)
        merged = merge_dap_xml(before, record, group)
        standing = _standing(state, record)
    except BadInput as error:
        if error.code not in (UNREADABLE, DIFFERS):
            raise
        return AreaPlan(manual=(record_by_hand(PATH, record, group, error.code, error.what),))
    file = None if merged == before else _changed_file(before, merged)
    steps = _steps(standing, wanted, f"everyone who connects through tunnel-group {group}, PC users too")
    return AreaPlan(steps, _still_kept_out(state, wanted, group, merged), file)


def _file(state: AsaState, dap_text: str | None) -> str | None:
    """The file as it stands, None where there is none. BadInput (dap_xml_unreadable); DeviceRefused (state_unknown)."""
    source = state.sources.get("dap_xml")
    if source is not None and source.status == "unreadable":
        raise BadInput(f"{PATH} is not changed: {source.detail}.", where=PATH, code="dap_xml_unreadable")
    require(state, "dap_xml")
    if source is not None and source.status == "absent":
        return None
    if dap_text is None:
        raise DeviceRefused(
            f"the text of {PATH} was not kept.", where=state.device, todo="Gather again.", code="state_unknown"
        )
    return dap_text


def _standing(state: AsaState, record: str) -> DapRecord | None:
    """The record in the configuration; BadInput (dap_record_differs) where only its case differs."""
    alike = [found for found in state.dap_records or () if found.name.lower() == record.lower()]
    exact = next((found for found in alike if found.name == record), None)
    if alike and exact is None:
        # Whether the ASA tells these two names apart is not proven.
        raise BadInput(
            f"the configuration has a DAP record {alike[0].name!a:.80}, whose name differs in case alone.",
            where="profile.dap.record",
            code="dap_record_differs",
        )
    return exact


# --- the record -----------------------------------------------------------------------------------------------------


def _steps(standing: DapRecord | None, wanted: DesiredDap, hits: str) -> tuple[Step, ...]:
    """Only lines that differ. [K] The defaults, which need no line and may not be printed: continue, priority 0."""
    head = f"dynamic-access-policy-record {wanted.record}"
    lines: list[tuple[str, str]] = []
    if standing is None:
        lines.append((f"action {wanted.action}", ""))
        lines += [(f"priority {wanted.priority}", "")] if wanted.priority else []
    else:
        if (standing.action or "continue") != wanted.action:
            lines.append((f"action {wanted.action}", f"action {standing.action}"))
        if wanted.priority is not None and (standing.priority or 0) != wanted.priority:
            old = "no priority" if standing.priority is None else f"priority {standing.priority}"
            lines.append((f"priority {wanted.priority}", old))
    # The lines of a new record go with it: on the way back the last command removes it whole.
    made = (Step(area="dap", command=head, inverse=(f"no {head}",), controls=CONTROLS, hits=hits),)
    return (
        *(made if standing is None else ()),
        *(
            Step(
                area="dap",
                command=command,
                mode=(head,),
                inverse=(inverse,) if inverse else (),
                controls=("VPNP-231",),
                hits=hits,
            )
            for command, inverse in lines
        ),
    )


def _changed_file(before: str | None, merged: str) -> DapFile:
    path = check_flash_path(PATH, PATH)
    return DapFile(
        path=path,
        text=merged,
        before_sha256="" if before is None else _sha256(before),
        sha256=_sha256(merged),
        diff=unified(before or "", merged, path),
        controls=CONTROLS,
        hits=_FILE_HITS,
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# --- what stays -----------------------------------------------------------------------------------------------------


def _still_kept_out(state: AsaState, wanted: DesiredDap, group: str, merged: str) -> tuple[ManualStep, ...]:
    """Other records that would end or restrict a phone's session all the same: the controls, on the state to come."""
    mine = DapRecord(name=wanted.record, action=wanted.action, priority=wanted.priority)
    others = tuple(found for found in state.dap_records or () if found.name != wanted.record)
    after = msgspec.structs.replace(state, dap_records=(*others, mine), dap_xml=parse_dap_xml(merged).value)
    found = tuple(by_hand(judged(control, after, group)) for control in ("VPNP-232", "VPNP-233"))
    # 231 is the sum of the two, and says nothing new beside them.
    found = found if any(found) else (by_hand(judged("VPNP-231", after, group)),)
    return tuple(step for step in found if step is not None)
