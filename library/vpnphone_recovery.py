#!/usr/bin/python
"""Guide the recovery of phones whose VPN certificate has ended: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_recovery
short_description: Lead a person through the recovery of phones whose VPN certificate has ended, and see it closed again
version_added: "0.3.0"
description:
  - Phones that the VPN lets in no more can only fetch a new file from outside (Cisco document 116162). For that a
    person opens their TFTP node on the ASA, to named homes, for hours, and gives each phone the alternate TFTP server.
  - This module changes nothing. It says what to type, asks a person to agree in words to exactly what will be open and
    until when, and reads the ASA until nothing of it stands any more.
  - Where a renewal is refused because the old certificate has ended, and because of nothing else, the agreement lets it
    go on; the journal says who agreed.
  - Whatever lets somebody reach the node counts as open, whoever typed it and whatever it is called.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: What is agreed is not written down.
  diff_mode:
    support: none
    description: Nothing on a device is changed.
  idempotent:
    support: full
    description: An agreement is kept until the ASA shows that it is closed.
extends_documentation_fragment:
  - vpnphone_asa
options:
  name:
    description: Name of the ASA in the renewal; the inventory name by default.
    type: str
  renewal_dir:
    description: Directory of the renewal, with its journal.
    type: path
    required: true
  tftp:
    description:
      - Inner address of the TFTP node that serves the phones. From C(vpnphone_recovery_tftp). Without it the last
        agreement on this ASA is looked at.
    type: str
    default: ""
  inside:
    description: Interface (nameif) behind which that node is. From C(vpnphone_recovery_inside).
    type: str
    default: inside
  sources:
    description: Public addresses or networks of the homes, /24 at most. From C(vpnphone_recovery_sources).
    type: list
    elements: str
    default: []
  until:
    description: When it must be gone again, UTC, within 24 hours. From C(vpnphone_recovery_until).
    type: str
    default: ""
  confirm:
    description: The sentence that the module asks for, typed by a person. From C(vpnphone_recovery_confirm).
    type: str
    default: ""
  approved_by:
    description: Name of that person. From C(vpnphone_approved_by).
    type: str
    default: ""
  context:
    description: Security context to read, on a device in multiple mode. From C(vpnphone_context).
    type: str
"""

EXAMPLES = r"""
- name: Ask what would be open, and for the sentence to type
  vpnphone_recovery:
    renewal_dir: renewals/2027
    tftp: 10.0.0.11
    sources: [203.0.113.57]
    until: "2027-03-01 23:00"

- name: Agree to it
  vpnphone_recovery:
    renewal_dir: renewals/2027
    tftp: 10.0.0.11
    sources: [203.0.113.57]
    until: "2027-03-01 23:00"
    confirm: OPEN 10.0.0.11 ON asa-hq TO 203.0.113.57/32 UNTIL 2027-03-01 23:00 UTC
    approved_by: J. Doe

- name: Is it gone again
  vpnphone_recovery:
    renewal_dir: renewals/2027
"""

RETURN = r"""
outcome:
  description:
    - V(asked) for the sentence, V(agreed), V(open) on the device, V(overdue) where its time is over, V(closed), V(none)
      where nothing was agreed and nothing is open.
  returned: success
  type: str
  sample: open
message:
  description: The outcome in a sentence.
  returned: success
  type: str
  sample: "asa-hq: open for 2 h 10 min more"
text:
  description: All of it for a person, with the lines to type.
  returned: success
  type: str
  sample: "asa-hq: asked ..."
good:
  description: Nothing is left to be done now.
  returned: success
  type: bool
  sample: false
open:
  description: Lines to type, in configuration mode.
  returned: success
  type: list
  elements: str
  sample: ["object network VPNPHONE-RECOVERY", " host 10.0.0.11"]
close:
  description: Lines that take it away again.
  returned: success
  type: list
  elements: str
  sample: ["no object network VPNPHONE-RECOVERY"]
through:
  description: Lines of the device by which the node can be reached.
  returned: success
  type: list
  elements: str
  sample: ["object network VPNPHONE-RECOVERY: nat (inside,outside) static interface service udp tftp tftp"]
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.errors import ChangeRefused, DeviceRefused
from ansible.module_utils.vpnphone.files import file_stem
from ansible.module_utils.vpnphone.gather import FULL_PRIVILEGE
from ansible.module_utils.vpnphone.given import target_name
from ansible.module_utils.vpnphone.model.renewal import Event, Journal
from ansible.module_utils.vpnphone.parse.show import parse_clock
from ansible.module_utils.vpnphone.refusal import refusal_of
from ansible.module_utils.vpnphone.renewal import recovery
from ansible.module_utils.vpnphone.renewal.checks import PreflightPage
from ansible.module_utils.vpnphone.renewal.journal import open_journal, operator_lock, update
from ansible.module_utils.vpnphone.renewal.pages import PREFLIGHT, read_page, write_page
from ansible.module_utils.vpnphone.renewal.recovery import Opening
from ansible.module_utils.vpnphone.renewal.stages import APPROVED_BY, NAME, SITE, asked, is_named
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.asa import AsaSession
from ansible.module_utils.vpnphone.transport.options import CONNECTION_SPEC, CONNECTION_VARIABLES, Connection

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "renewal_dir": {"type": "path", "required": True},
    "tftp": {"type": "str", "default": ""},
    "inside": {"type": "str", "default": "inside"},
    "sources": {"type": "list", "elements": "str", "default": []},
    "until": {"type": "str", "default": ""},
    "confirm": {"type": "str", "default": ""},
    "approved_by": {"type": "str", "default": ""},
    **CONNECTION_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **CONNECTION_VARIABLES,
    "tftp": ("vpnphone_recovery_tftp",),
    "inside": ("vpnphone_recovery_inside",),
    "sources": ("vpnphone_recovery_sources",),
    "until": ("vpnphone_recovery_until",),
    "confirm": ("vpnphone_recovery_confirm",),
    "approved_by": ("vpnphone_approved_by",),
}
_NONE = recovery.Shown((), ())


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Raises BadInput bad_recovery, ChangeRefused confirmation_differs, and what a session raises."""
    name, directory, now = target_name(params), Path(params["renewal_dir"]), datetime.now(UTC)
    journal = open_journal(directory)
    if name not in journal.asas:
        raise ChangeRefused(
            f"{name} is not part of renewal {journal.renewal}.",
            where=name,
            todo="Run preflight first: it opens the journal, and says that the certificate has ended.",
            code="not_in_renewal",
        )
    file = f"recovery-{file_stem(name)}.json"
    kept = read_page(directory, file, Opening)
    asked = _asked(params, journal, name, now)
    one = asked if asked is not None else kept
    if one is None:
        text = f"{name}: no recovery was agreed. vpnphone_recovery_tftp, _sources and _until say what it would be."
        return _result("none", text, text, recovery.Steps((), ()), _NONE)
    config, there = _read(params, name)
    seen = recovery.shown(config, one.node)
    plan = recovery.steps(one, config, (there + (one.until - now)).replace(second=0, microsecond=0))
    phones = sum(name in phone.asas for phone in journal.phones.values())
    with operator_lock(directory, "recovery", by=params["approved_by"]):
        if kept is None or (asked is not None and (kept.closed is not None or not asked.same(kept))):
            word: recovery.Outcome = "asked"
            if params["confirm"]:
                one, word = _agreed(params, one, now), "agreed"
                if not check_mode:
                    write_page(directory, file, one)
                    _told(directory, one, now)
        else:
            word = recovery.outcome(kept, seen, now)
            one = _looked(kept, word, now)
            if one != kept and not check_mode:
                write_page(directory, file, one)
    text = recovery.render(one, word, plan, seen, now, phones)
    return _result(word, text.splitlines()[0], text, plan, seen)


def _asked(params: dict[str, Any], journal: Journal, name: str, now: datetime) -> Opening | None:
    if not params["tftp"]:
        return None
    return recovery.opening(
        name, outside=journal.asas[name].interface, inside=params["inside"], node=params["tftp"],
        sources=params["sources"], until=params["until"], now=now,
    )  # fmt: skip


def _agreed(params: dict[str, Any], one: Opening, now: datetime) -> Opening:
    if not recovery.agrees(params["confirm"], one):
        raise ChangeRefused(
            "what was typed is not what would be open.",
            where=f"{one.asa}: vpnphone_recovery_confirm",
            todo=f"Type exactly: -e {asked(recovery.CONFIRM, recovery.sentence(one))}",
            code="confirmation_differs",
        )
    if not is_named(params["approved_by"]):
        raise ChangeRefused(
            "whoever agrees gives a name.",
            where=one.asa,
            todo=f"-e {asked(APPROVED_BY, NAME)}",
            code="approver_missing",
        )
    return msgspec.structs.replace(one, by=params["approved_by"].strip(), agreed=now)


def _looked(kept: Opening, word: recovery.Outcome, now: datetime) -> Opening:
    if word in ("open", "overdue"):
        return msgspec.structs.replace(kept, seen=kept.seen or now, closed=None)
    return msgspec.structs.replace(kept, closed=kept.closed or now) if word == "closed" else kept


def _told(directory: Path, one: Opening, now: datetime) -> None:
    """Into the journal; a renewal that only the ended certificate holds up may go on from here."""
    ended = recovery.only_ended(read_page(directory, PREFLIGHT, PreflightPage))
    event = Event(at=now, by=one.by, stage="recovery", target=one.asa, what=f"agreed: {recovery.sentence(one)}")

    def change(journal: Journal) -> Journal:
        journal = msgspec.structs.replace(journal, events=(*journal.events, event))
        if not ended or journal.preflight.status != "refused":
            return journal
        goes_on = Event(
            at=now, by=one.by, stage="preflight", target=SITE, what="goes on, though the old certificate has ended"
        )
        preflight = msgspec.structs.replace(journal.preflight, status="done", error={}, at=now)
        return msgspec.structs.replace(journal, preflight=preflight, events=(*journal.events, goes_on))

    update(directory, change, by=one.by, at=now)


def _read(params: dict[str, Any], name: str) -> tuple[list[str], datetime]:
    """The whole running configuration, and what the device's own clock says."""
    with AsaSession(Connection.of(params), name=name) as session:
        config, clock = session.run("show running-config"), session.run("show clock")
        seen = session.privilege
    refusal = refusal_of(config) or refusal_of(clock)
    if refusal is not None or seen is None or seen < FULL_PRIVILEGE:
        raise DeviceRefused(
            f"the account may not see the whole configuration: {refusal or 'its privilege is below 15'}.",
            where=name,
            todo="An account of privilege 15 is needed: a line that is not shown may let anybody in.",
            code="state_unknown",
        )
    return config.splitlines(), parse_clock(clock).value.local


def _result(
    word: recovery.Outcome, message: str, text: str, plan: recovery.Steps, seen: recovery.Shown
) -> dict[str, Any]:
    return {
        "changed": False,
        "outcome": word,
        "good": word in recovery.GOOD,
        "message": message,
        "text": text,
        "open": list(plan.open),
        "close": list(plan.close),
        "through": list(seen.through),
    }


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
