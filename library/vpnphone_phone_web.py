#!/usr/bin/python
"""Lead a person through web access of phones, on and off: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_phone_web
short_description: Watch a person switch web access of phones on in CUCM, and off again
version_added: "0.4.0"
description:
  - Document 116162, F-061 - phones show their logs only where web access is on. A person switches it on in CUCM
    (RV(text) says where), and off again; this module looks at the phones' own pages and says which of them answer.
  - V(look) says what is to be done; V(open) waits until the pages answer, each as the very phone that was named;
    V(close) waits until they refuse, and fails with the names of those that do not.
  - A page that was open at first is nobody's to close. Silence proves nothing, since a phone may be off.
  - Who said that it may be, since when a page is open and when it was closed again is kept in C(guide/) of the run.
  - Changes nothing in CUCM and on no phone.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Looks once, waits for nothing, and keeps nothing.
  diff_mode:
    support: none
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed; what was seen before is kept.
  platform:
    support: full
    platforms: Cisco Unified Communications Manager 11.0 to 15
    description: The systems that are asked where a phone is.
extends_documentation_fragment:
  - vpnphone_axl
options:
  name:
    description: Name of the cluster in results; the inventory name by default.
    type: str
  action:
    description: What is looked for.
    type: str
    choices: [look, open, close]
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
  by:
    description: The person who switches web access on. From C(vpnphone_guided_by).
    type: str
    default: ""
  seconds:
    description: How long V(open) and V(close) wait, at most 3600. From C(vpnphone_guide_seconds).
    type: int
    default: 900
  poll:
    description: Seconds between two looks. From C(vpnphone_poll_seconds).
    type: int
    default: 10
  phone_web_addresses:
    description:
      - C(host:port) of a phone's web pages, by its name. From C(vpnphone_phone_web_addresses).
      - With an address for each of O(phones) the cluster is not asked.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: See which phones show their pages
  vpnphone_phone_web:
    run_dir: reports/20261124T020000Z
    phones: [SEP8CB64F576113]

- name: Wait until they do
  vpnphone_phone_web:
    run_dir: reports/20261124T020000Z
    phones: [SEP8CB64F576113]
    action: open
    by: Jane Doe
"""

RETURN = r"""
outcome:
  description: C(asked), C(nothing_to_do) (all pages were open at first), C(open), C(partly), C(closed), C(left).
  returned: always
  type: str
  sample: open
text:
  description: What is to be done in CUCM, and how each phone stands.
  returned: always
  type: str
  sample: "SEP8CB64F576113: its page is closed (...)"
todo:
  description: Phones whose web access is to be switched on, or off.
  returned: always
  type: list
  elements: str
  sample: [SEP8CB64F576113]
off:
  description: How what was closed at first is put back in CUCM, line by line.
  returned: always
  type: list
  elements: str
  sample: ["For SEP8CB64F576113: Cisco Unified CM Administration > Device > Phone > Find the phone", "..."]
open:
  description: Phones whose pages answer now.
  returned: always
  type: list
  elements: str
  sample: []
error:
  description: What is still open, or why nothing could be looked at.
  returned: failure or unreachable
  type: dict
  sample: {code: page_still_open, what: "...", where: cucm-1, todo: "..."}
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.apply.redial import Clock
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused, VpnPhoneError
from ansible.module_utils.vpnphone.given import target_name
from ansible.module_utils.vpnphone.guide import words
from ansible.module_utils.vpnphone.guide.page import look_at
from ansible.module_utils.vpnphone.guide.record import (
    Guided,
    Record,
    phone_names,
    read_record,
    record_file,
    seen,
    write_record,
)
from ansible.module_utils.vpnphone.model import Registration
from ansible.module_utils.vpnphone.phone_places import page_addresses
from ansible.module_utils.vpnphone.phone_registrations import (
    REGISTRATION_SPEC,
    REGISTRATION_VARIABLES,
    registrations,
)
from ansible.module_utils.vpnphone.renewal.stages import NAME, asked, is_named
from ansible.module_utils.vpnphone.standalone import run_module
from msgspec.structs import replace

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "action": {"type": "str", "choices": ["look", "open", "close"], "default": "look"},
    "run_dir": {"type": "path", "required": True},
    "phones": {"type": "list", "elements": "str", "required": True},
    "by": {"type": "str", "default": ""},
    "seconds": {"type": "int", "default": 900},
    "poll": {"type": "int", "default": 10},
    "phone_web_addresses": {"type": "dict", "default": {}},
    **REGISTRATION_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **REGISTRATION_VARIABLES,
    "phones": ("vpnphone_phones",),
    "by": ("vpnphone_guided_by",),
    "seconds": ("vpnphone_guide_seconds",),
    "poll": ("vpnphone_poll_seconds",),
}
# Option -> the least and the most it may be.
_LIMITS = {"seconds": (0, 3600), "poll": (1, 600)}


def execute(params: dict[str, Any], check_mode: bool = False, *, clock: Clock | None = None) -> dict[str, Any]:
    """Raises VpnPhoneError; pages that are still open in the end are a failed result. clock: for tests."""
    name = target_name(params)
    for option, (least, most) in _LIMITS.items():
        if not least <= params[option] <= most:
            raise BadInput(f"{option} is {params[option]}; expected {least} to {most}.", where=name, todo="Correct it.")
    watch = _Watch(name, phone_names(params["phones"], name), params, clock or Clock(), keeps=not check_mode)
    if check_mode or params["action"] == "look":
        return watch.look()
    return watch.open() if params["action"] == "open" else watch.close()


class _Watch:
    """The pages of the named phones, looked at again and again."""

    def __init__(
        self, name: str, phones: tuple[str, ...], params: dict[str, Any], clock: Clock, *, keeps: bool
    ) -> None:
        self._name, self._params, self._clock, self._keeps = name, params, clock, keeps
        self._path = record_file(Path(params["run_dir"]), "web", name)
        self._new = (kept := read_record(self._path)) is None
        self._record = kept or Record(
            what="web", name=name, run=Path(params["run_dir"]).name, begun=clock.now(),
            phones=tuple(Guided(phone=phone) for phone in phones),
        )  # fmt: skip

    # --- actions ------------------------------------------------------------------------------------------------------

    def look(self) -> dict[str, Any]:
        self._see(strict=True)
        todo = self._todo()
        lines = [*words.standing(self._record), *(words.web_on(todo) if todo else ())]
        return self._result("asked" if todo else "nothing_to_do", lines, todo)

    def open(self) -> dict[str, Any]:
        self._need_record()
        todo = self._todo()
        if todo and not is_named(self._params["by"]):
            raise ChangeRefused(
                "whoever switches web access on gives a name.",
                where=self._name,
                todo=f"-e {asked('vpnphone_guided_by', NAME)}",
                code="approver_missing",
            )
        self._record = replace(self._record, by=self._params["by"].strip() or self._record.by)
        self._wait(lambda: not self._todo())
        closed, found = self._todo(), self._open()
        outcome = "open" if not closed else "partly" if found else "closed"
        return self._result(outcome, words.standing(self._record), closed)

    def close(self) -> dict[str, Any]:
        self._need_record()
        self._wait(lambda: not self._record.left, closing=True)
        left = [phone.phone for phone in self._record.left]
        lines = words.standing(self._record)
        never = [phone.phone for phone in self._record.phones if phone.ours and not phone.opened]
        if never:
            lines.append(f"NOT PROVEN: what CUCM says now of {', '.join(never)}, whose pages were never seen open.")
        if not left:
            return self._result("closed", lines, never)
        error = ChangeRefused(
            f"web access was switched on for {', '.join(left)}, and is not proven to be off again.",
            where=self._name,
            todo="Switch it off as above, then -e vpnphone_guide=close "
            f"-e vpnphone_run_id={self._record.run} looks again.",
            code="page_still_open",
        )
        found = self._result("left", [*lines, *words.web_off(left)], left)
        return found | {"failed": True, "error": error.as_dict(), "msg": str(error)}

    # --- looks --------------------------------------------------------------------------------------------------------

    def _todo(self) -> list[str]:
        """Those whose pages do not answer."""
        return [phone.phone for phone in self._record.phones if phone.ours and phone.now != "open"]

    def _open(self) -> list[str]:
        return [phone.phone for phone in self._record.phones if phone.now == "open"]

    def _need_record(self) -> None:
        if self._new:
            raise BadInput(
                "this run has not looked at these phones yet.",
                where=self._name,
                todo="Begin with action look, or name the run that did (vpnphone_run_id).",
                code="guide_missing",
            )

    def _wait(self, done: Callable[[], bool], *, closing: bool = False) -> None:
        end = self._clock.tick() + self._params["seconds"]
        while True:
            self._see(closing=closing)
            if done() or self._clock.tick() >= end:
                return
            self._clock.pause(min(self._params["poll"], max(end - self._clock.tick(), 0)))

    def _see(self, *, closing: bool = False, strict: bool = False) -> None:
        names = [phone.phone for phone in self._record.phones]
        looked = look_at(names, self._addresses(names, strict=strict))
        now = self._clock.now()
        phones = []
        for phone in self._record.phones:
            page, detail = looked[phone.phone]
            if self._new:
                phone = replace(phone, before=page)
            phones.append(
                replace(phone, now=page, detail=detail)
                if not phone.ours
                else seen(phone, page, detail, now, closing=closing)
            )
        self._record = replace(self._record, phones=tuple(phones))
        self._new = False
        if self._keeps:
            write_record(self._path, self._record)

    def _addresses(self, phones: list[str], *, strict: bool) -> dict[str, str]:
        """Asked anew each time: a phone that registers anew has another address. strict: an error passes through."""
        given = self._params["phone_web_addresses"]
        registered: list[Registration] = []
        unknown = [phone for phone in phones if phone not in given]
        if unknown:
            try:
                registered = registrations(self._name, self._params, unknown)
            except VpnPhoneError:
                if strict and len(unknown) == len(phones):
                    raise
        return page_addresses(given, registered, phones)

    def _result(self, outcome: str, lines: list[str], todo: list[str]) -> dict[str, Any]:
        ours = [phone.phone for phone in self._record.phones if phone.ours]
        return {
            "changed": False,
            "outcome": outcome,
            "text": "\n".join(lines),
            "todo": todo,
            "off": words.web_off(ours) if ours else [],
            "open": self._open(),
        }


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
