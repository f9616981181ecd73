#!/usr/bin/python
"""Lead a person through Span to PC Port of phones, on and off: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_phone_span
short_description: Record that a person switched Span to PC Port of phones on in CUCM, and off again
version_added: "0.4.0"
description:
  - Document 116162, F-063 - a phone copies what it sends and receives to its PC port, where a person captures it. This
    module says what is done in CUCM and what that means for privacy (RV(text)), asks for a sentence that names the
    phones and the end, and keeps who agreed and when it was switched off in C(guide/) of the run.
  - No machine can see this setting of a phone; what is recorded is what a person said.
  - Changes nothing in CUCM and on no phone.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Nothing is kept.
  diff_mode:
    support: none
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed; what was said before is kept.
  platform:
    support: full
    platforms: Cisco Unified Communications Manager 11.0 to 15
    description: The systems in which it is switched on.
options:
  action:
    description: V(look) says what is to be typed, V(on) takes the agreement, V(off) the word that it is off again.
    type: str
    choices: [look, "on", "off"]
    default: look
  run_dir:
    description: Directory of the run.
    type: path
    required: true
  phones:
    description: Names of the phones (C(SEP) and the MAC), at most 50. From C(vpnphone_phones).
    type: list
    elements: str
    required: true
  minutes:
    description: How long it may be on, 1 to 240. From C(vpnphone_span_minutes).
    type: int
    default: 30
  confirm:
    description: The sentence that RV(sentence) says, typed by a person. From C(vpnphone_span_confirm).
    type: str
    default: ""
  off_confirm:
    description: The one for V(off). From C(vpnphone_span_off_confirm).
    type: str
    default: ""
  by:
    description: The person who does it. From C(vpnphone_guided_by).
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: See what is to be done
  vpnphone_phone_span:
    run_dir: reports/20261124T020000Z
    phones: [SEP8CB64F576113]

- name: Take the agreement
  vpnphone_phone_span:
    run_dir: reports/20261124T020000Z
    phones: [SEP8CB64F576113]
    action: "on"
    confirm: SPAN ON SEP8CB64F576113 UNTIL 14:30 UTC
    by: Jane Doe
"""

RETURN = r"""
outcome:
  description: C(asked), C(on), C(off).
  returned: success
  type: str
  sample: "on"
text:
  description: What is to be done in CUCM, and how it stands.
  returned: success
  type: str
  sample: "PRIVACY: Span to PC Port copies all that the phone sends and receives ..."
sentence:
  description: What is to be typed next.
  returned: success
  type: str
  sample: SPAN ON SEP8CB64F576113 UNTIL 14:30 UTC
error:
  description: What is missing; for V(off), that it may still be on.
  returned: failure
  type: dict
  sample: {code: span_on, what: "...", where: span, todo: "..."}
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.apply.redial import Clock
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused
from ansible.module_utils.vpnphone.guide import words
from ansible.module_utils.vpnphone.guide.record import (
    Guided,
    Record,
    phone_names,
    read_record,
    record_file,
    write_record,
)
from ansible.module_utils.vpnphone.renewal.stages import NAME, asked, is_named
from ansible.module_utils.vpnphone.standalone import run_module
from msgspec.structs import replace

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "action": {"type": "str", "choices": ["look", "on", "off"], "default": "look"},
    "run_dir": {"type": "path", "required": True},
    "phones": {"type": "list", "elements": "str", "required": True},
    "minutes": {"type": "int", "default": 30},
    "confirm": {"type": "str", "default": ""},
    "off_confirm": {"type": "str", "default": ""},
    "by": {"type": "str", "default": ""},
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    "phones": ("vpnphone_phones",),
    "minutes": ("vpnphone_span_minutes",),
    "confirm": ("vpnphone_span_confirm",),
    "off_confirm": ("vpnphone_span_off_confirm",),
    "by": ("vpnphone_guided_by",),
}
_WHERE = "span"
_LONGEST = 240


def execute(params: dict[str, Any], check_mode: bool = False, *, clock: Clock | None = None) -> dict[str, Any]:
    """Raises VpnPhoneError. clock: for tests."""
    now = (clock or Clock()).now()
    phones = phone_names(params["phones"], _WHERE)
    if not 1 <= params["minutes"] <= _LONGEST:
        raise BadInput(
            f"minutes is {params['minutes']}; expected 1 to {_LONGEST}.",
            where=_WHERE,
            todo="Correct vpnphone_span_minutes.",
        )
    path = record_file(Path(params["run_dir"]), "span", _WHERE)
    kept = read_record(path)
    record = kept or Record(
        what="span",
        name=_WHERE,
        run=Path(params["run_dir"]).name,
        begun=now,
        phones=tuple(Guided(phone=phone) for phone in phones),
        until=(now + timedelta(minutes=params["minutes"])).replace(second=0, microsecond=0),
    )
    if params["action"] == "on":
        record = _on(record, params, now)
        record = replace(record, phones=tuple(replace(phone, opened=phone.opened or now) for phone in record.phones))
    elif params["action"] == "off":
        record = _off(record, params)
        record = replace(record, phones=tuple(replace(phone, closed=phone.closed or now) for phone in record.phones))
    if not check_mode:
        write_record(path, record)
    return _result(params["action"], record)


def _on(record: Record, params: dict[str, Any], now: datetime) -> Record:
    sentence = words.sentence(record)
    if record.until is not None and now >= record.until and not record.left:
        raise BadInput(
            f"the time that was agreed is over ({record.until:%Y-%m-%d %H:%M} UTC).",
            where=_WHERE,
            todo="Begin again, without vpnphone_run_id.",
        )
    if not words.says(params["confirm"], sentence):
        raise ChangeRefused(
            "what was typed is not what would be on.",
            where=f"{_WHERE}: vpnphone_span_confirm",
            todo=f"Type exactly: -e {asked('vpnphone_span_confirm', sentence)} -e vpnphone_run_id={record.run}",
            code="confirmation_differs",
        )
    if not is_named(params["by"]):
        raise ChangeRefused(
            "whoever switches it on gives a name.",
            where=_WHERE,
            todo=f"-e {asked('vpnphone_guided_by', NAME)}",
            code="approver_missing",
        )
    return replace(record, by=params["by"].strip())


def _off(record: Record, params: dict[str, Any]) -> Record:
    if not record.left:
        return record
    sentence = words.off_sentence(record)
    if not words.says(params["off_confirm"], sentence):
        until = record.until or record.begun
        raise ChangeRefused(
            f"nobody has said that Span to PC Port of {', '.join(phone.phone for phone in record.left)} is off again; "
            f"it was to be off before {until:%Y-%m-%d %H:%M} UTC.",
            where=f"{_WHERE}: vpnphone_span_off_confirm",
            todo=f"Switch it off in CUCM, then -e vpnphone_guide=off -e vpnphone_run_id={record.run} "
            f"-e {asked('vpnphone_span_off_confirm', sentence)}",
            code="span_on",
        )
    return record


def _result(action: str, record: Record) -> dict[str, Any]:
    names = [phone.phone for phone in record.phones]
    lines = words.standing(record)
    sentence = words.off_sentence(record)
    if action == "look" and not record.left:
        lines = words.span_on(names, record.until or record.begun)
        sentence = words.sentence(record)
    elif record.left:
        lines += words.span_off(names)
    return {
        "changed": False,
        "outcome": {"look": "asked"}.get(action, action),
        "text": "\n".join(lines),
        "sentence": sentence,
    }


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
