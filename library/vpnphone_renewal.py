#!/usr/bin/python
"""Open, show, waive, foretell and close a staged certificate renewal: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_renewal
short_description: Open a certificate renewal, say where it stands, foretell its switch, waive phones, close it
version_added: "0.2.0"
description:
  - Keeps the journal of a staged certificate renewal and judges its gates. Asks nothing of any device and changes none.
  - V(open) reads a gathered run and gives GO or NO-GO; with the page it opens the journal with its scope. What a
    control judges is asked of that control, as things stand and with the certificate that is wished for in place.
  - V(status) says where the renewal stands and the one command to type next.
  - V(gate_switch) foretells from a fresh run what becomes of each phone once the new certificate is bound. The stage
    switch acts on an open gate alone, for an hour.
  - V(waive) records that a person answers by name for phones that are not proven.
  - V(rollback_plan) says what can be taken back, in order, with the commands that do it.
  - V(evidence) writes the page, the JSON and the manifest for the ticket of the change; V(close) ends with it.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: V(open) judges and opens nothing; V(waive) and V(close) say what they would do. Pages are written.
  diff_mode:
    support: none
    description: Nothing on a device is changed.
  idempotent:
    support: full
    description: A renewal is opened once; opened again before its first stage it is judged anew.
options:
  action:
    description: What to do.
    type: str
    choices: [open, status, gate_switch, waive, rollback_plan, evidence, close]
    default: status
  renewal_dir:
    description: Directory of the renewal; its last part is the name where O(renewal) gives none.
    type: path
    required: true
  renewal:
    description: Name of the renewal.
    type: str
  run_dir:
    description: Directory of the gathered run, for V(open) and V(gate_switch).
    type: path
  asas:
    description:
      - Every ASA that was gathered, for V(open) and V(gate_switch); those that phones dial beside a renewed one too.
    type: list
    elements: str
    default: []
  clusters:
    description: Every CUCM cluster that was gathered, for V(open) and V(gate_switch).
    type: list
    elements: str
    default: []
  only:
    description: ASAs whose gate must be open, for V(gate_switch); all of the renewal by default.
    type: list
    elements: str
    default: []
  new_certificates:
    description:
      - ASA to the certificate that is wished for, for V(open); an ASA that is missing is not renewed.
      - Keys C(trustpoint) (required), C(cn), C(names), C(key) (RSA, EC), C(bits), C(signature), C(pin) (leaf, ca),
        C(ca_cn), C(interface), C(old_trustpoint); from C(vpnphone_new_certificate) of each ASA.
    type: dict
    default: {}
  site:
    description: Parameters of the judgement by the names of M(vpnphone_assess), e.g. C(waivers).
    type: dict
    default: {}
  phone_models_file:
    description: YAML table of phone models, for V(open) and V(gate_switch); see roles/assess/files/phone_models.yml.
    type: path
  command_options:
    description: Words that each command of this renewal needs, e.g. the inventory.
    type: list
    elements: str
    default: []
  phones:
    description: Phones to waive, each by name. From C(vpnphone_waive_phones).
    type: list
    elements: str
    default: []
  reason:
    description: Why they may be locked out. From C(vpnphone_waive_reason).
    type: str
    default: ""
  take_back:
    description: Take the waivers of O(phones) back. From C(vpnphone_waive_take_back).
    type: bool
    default: false
  give_up:
    description: Close a renewal that is not done, where nothing of it stands. From C(vpnphone_give_up).
    type: bool
    default: false
  approved_by:
    description: Name of the person who waives, or gives up. From C(vpnphone_approved_by).
    type: str
    default: ""
  language:
    description:
      - Language of written reports. Here of C(preflight.md), for V(open), and of C(renewal.html), for V(evidence) and
        V(close). From C(vpnphone_language).
      - The journal, JSON and RV(text) are English always; no plan, hash or token depends on it.
    type: str
    choices: [en, ko]
    default: en
  width:
    description: Columns of RV(text).
    type: int
    default: 100
"""

EXAMPLES = r"""
- name: Go or no-go
  vpnphone_renewal:
    action: open
    renewal_dir: renewals/spring-2027
    run_dir: renewals/spring-2027/runs/preflight-20270301T200000Z
    asas: "{{ groups['asa'] }}"
    clusters: "{{ groups['cucm'] }}"
    new_certificates:
      asa-1: {trustpoint: VPN-2027, cn: vpn-2027.example.com, names: [vpn.example.com]}
    phone_models_file: roles/assess/files/phone_models.yml
    command_options: [-i, inventories/mine]

- name: Where does it stand
  vpnphone_renewal:
    renewal_dir: renewals/spring-2027
  register: renewal

- name: Answer for a phone that is away
  vpnphone_renewal:
    action: waive
    renewal_dir: renewals/spring-2027
    phones: [SEP001122334455]
    reason: Its user is on leave until May and comes to the office first.
    approved_by: J. Doe
"""

RETURN = r"""
text:
  description: One screen for a person.
  returned: always
  type: str
  sample: "GO: nothing stops renewal spring-2027"
verdict:
  description: GO or NO-GO, of V(open); open or closed, of V(gate_switch).
  returned: for those
  type: str
  sample: GO
checks:
  description: Of V(open), everything that is not good, worst first (id, verdict, subject, what, todo, stops).
  returned: for it
  type: list
  elements: dict
  sample: [{id: same-cn, verdict: no-go, subject: cucm-1, what: "...", todo: "...", stops: true}]
gates:
  description: Of V(gate_switch), for each ASA whether it is open, why not, and its phones counted.
  returned: for it
  type: dict
  sample: {asa-1: {open: true, closed: "", todo: "", counts: {connects: 198, waived: 2}}}
stages:
  description: Each stage with its status, over all targets and of each.
  returned: when there is a journal
  type: dict
  sample: {trust: {status: done, falls_away: "", targets: {cucm-1: done}}}
phones:
  description: Phones of the renewal, counted by proof.
  returned: when there is a journal
  type: dict
  sample: {phones: 200, proven: 198, waived: 2}
next:
  description: What to do now, and the command that does it (empty where a person must act first).
  returned: when there is a journal
  type: dict
  sample: {stage: trust, text: "Plan trust, which changes nothing:", command: "ansible-playbook ..."}
take_back:
  description: Of V(rollback_plan), what can be taken back, in order.
  returned: for it
  type: list
  elements: dict
  sample: [{stage: switch, targets: [asa-1], commands: [...], note: "...", command: "...", first: true}]
files:
  description: Files that were written, by name.
  returned: when some were
  type: dict
  sample: {html: renewals/spring-2027/evidence/renewal.html}
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model.renewal import Journal
from ansible.module_utils.vpnphone.phone_models import read_phone_models
from ansible.module_utils.vpnphone.renewal.bundle_write import write_bundle
from ansible.module_utils.vpnphone.renewal.checks import worst
from ansible.module_utils.vpnphone.renewal.flow import who
from ansible.module_utils.vpnphone.renewal.gathered import Seen, foretold, read_site
from ansible.module_utils.vpnphone.renewal.journal import held_by_another, open_journal, update
from ansible.module_utils.vpnphone.renewal.next_step import next_step, take_back
from ansible.module_utils.vpnphone.renewal.opening import close_renewal, open_or_again, standing_of, write_markdown
from ansible.module_utils.vpnphone.renewal.pages import GATE_SWITCH, read_switch_gate, write_page
from ansible.module_utils.vpnphone.renewal.preflight_text import render_terminal
from ansible.module_utils.vpnphone.renewal.status_text import phone_counts, render_status, render_take_back
from ansible.module_utils.vpnphone.renewal.switch_gate import switch_gate
from ansible.module_utils.vpnphone.renewal.switch_text import is_open, render_gate
from ansible.module_utils.vpnphone.renewal.waive import unwaive, waive
from ansible.module_utils.vpnphone.report.words import LANGUAGE_SPEC, words
from ansible.module_utils.vpnphone.standalone import run_module

_STRINGS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
_ACTIONS = ["open", "status", "gate_switch", "waive", "rollback_plan", "evidence", "close"]
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "action": {"type": "str", "choices": _ACTIONS, "default": "status"},
    "renewal_dir": {"type": "path", "required": True},
    "renewal": {"type": "str"},
    "run_dir": {"type": "path"},
    "asas": _STRINGS,
    "clusters": _STRINGS,
    "only": _STRINGS,
    "new_certificates": {"type": "dict", "default": {}},
    "site": {"type": "dict", "default": {}},
    "phone_models_file": {"type": "path"},
    "command_options": _STRINGS,
    "phones": _STRINGS,
    "reason": {"type": "str", "default": ""},
    "take_back": {"type": "bool", "default": False},
    "give_up": {"type": "bool", "default": False},
    "approved_by": {"type": "str", "default": ""},
    "language": LANGUAGE_SPEC,
    "width": {"type": "int", "default": 100},
}
SPEC_RULES: dict[str, Any] = {
    "required_if": [
        ("action", "open", ("run_dir", "phone_models_file", "new_certificates")),
        ("action", "gate_switch", ("run_dir", "phone_models_file")),
    ]
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    "phones": ("vpnphone_waive_phones",),
    "reason": ("vpnphone_waive_reason",),
    "take_back": ("vpnphone_waive_take_back",),
    "give_up": ("vpnphone_give_up",),
    "approved_by": ("vpnphone_approved_by",),
    "language": ("vpnphone_language",),
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """The action's result. BadInput and ChangeRefused as docs/errors.md has them."""
    directory, now = Path(params["renewal_dir"]), datetime.now(UTC)
    match params["action"]:
        case "open":
            return _open(directory, params, now, check_mode)
        case "gate_switch":
            return _gate_switch(directory, params, now)
        case "waive":
            return _waive(directory, params, now, check_mode)
        case "rollback_plan":
            return _rollback_plan(directory, params)
        case "evidence":
            files = write_bundle(directory, made=now, language=params["language"])
            return _shown(directory, open_journal(directory), params, now) | _files(files)
        case "close":
            return _close(directory, params, now, check_mode)
        case _:
            return _shown(directory, open_journal(directory), params, now)


def _open(directory: Path, params: dict[str, Any], now: datetime, check_mode: bool) -> dict[str, Any]:
    # Before anything is opened: without its catalogue there would be no page of it.
    words(params["language"])
    seen, site = _gathered(params, now)
    renewal = params["renewal"] or directory.resolve().name
    journal, page = open_or_again(
        directory,
        renewal,
        foretold(seen),
        site,
        params["new_certificates"],
        run=Path(params["run_dir"]).name,
        options=tuple(params["command_options"]),
        by=who(params["approved_by"]),
        at=now,
        check_mode=check_mode,
    )
    step = next_step(journal)
    stops = page.verdict == "NO-GO"
    result = {
        "changed": not check_mode,
        "failed": stops,
        "verdict": page.verdict,
        "text": render_terminal(page, next_line=step.command, width=params["width"]),
        "checks": [
            {
                "id": one.id,
                "verdict": one.verdict,
                "subject": one.subject,
                "what": one.what,
                "todo": " ".join(one.todo),
                "stops": one.stops,
            }
            for one in worst(page.checks)
            if one.verdict != "go"
        ],
        **_standing(journal),
    }
    if stops:
        result["msg"] = result["text"]
    if check_mode:
        return result
    return result | _files({"page": write_markdown(directory, page, step.command, params["language"])})


def _gate_switch(directory: Path, params: dict[str, Any], now: datetime) -> dict[str, Any]:
    journal = open_journal(directory)
    whole = params | {
        "asas": params["asas"] or list(journal.asas),
        "clusters": params["clusters"] or list(journal.clusters),
    }
    seen, _ = _gathered(whole, now)
    gate = switch_gate(journal, seen, run=Path(params["run_dir"]).name, at=now)
    path = write_page(directory, GATE_SWITCH, gate)
    wanted = params["only"] or list(gate.asas)
    text = render_gate(gate, width=params["width"])
    shut = [name for name in wanted if not is_open(gate, name)]
    result = {
        "changed": False,
        "failed": bool(shut),
        "verdict": "closed" if shut else "open",
        "text": text,
        "gates": {
            name: {"open": is_open(gate, name), "closed": one.closed, "todo": one.todo, "counts": one.counts}
            for name, one in gate.asas.items()
        },
        **_standing(journal),
        **_files({"gate": path}),
    }
    return result | {"msg": text} if shut else result


def _waive(directory: Path, params: dict[str, Any], now: datetime, check_mode: bool) -> dict[str, Any]:
    by, names = params["approved_by"], params["phones"]

    def change(journal: Journal) -> Journal:
        if params["take_back"]:
            return unwaive(journal, names, by=by, at=now)
        return waive(journal, names, reason=params["reason"], by=by, at=now, gate=read_switch_gate(directory))

    before = open_journal(directory)
    after = change(before) if check_mode else update(directory, change, by=by, at=now)
    return _shown(directory, after, params, now) | {"changed": after.phones != before.phones}


def _rollback_plan(directory: Path, params: dict[str, Any]) -> dict[str, Any]:
    journal = open_journal(directory)
    steps = take_back(journal)
    return {
        "changed": False,
        "text": render_take_back(steps, width=params["width"]),
        "take_back": [
            {
                "stage": one.stage,
                "targets": list(one.targets),
                "commands": list(one.commands),
                "note": one.note,
                "command": one.line,
                "first": one.first,
            }
            for one in steps
        ],
        **_standing(journal),
    }


def _close(directory: Path, params: dict[str, Any], now: datetime, check_mode: bool) -> dict[str, Any]:
    if check_mode:
        return _shown(directory, open_journal(directory), params, now)
    # Who merely runs this gives nothing up.
    by = params["approved_by"] if params["give_up"] else who(params["approved_by"])
    # Before anything is closed: without its catalogue there would be no page of it.
    words(params["language"])
    journal, closed = close_renewal(directory, by=by, at=now, give_up=params["give_up"])
    files = write_bundle(directory, made=now, language=params["language"])
    return _shown(directory, journal, params, now) | {"changed": closed} | _files(files)


# --- parts ------------------------------------------------------------------------------------------------------------


def _gathered(params: dict[str, Any], now: datetime) -> tuple[Seen, Site]:
    site = _site(params)
    return read_site(Path(params["run_dir"]), params["asas"], params["clusters"], site, now), site


def _site(params: dict[str, Any]) -> Site:
    values = params["site"] | {"phone_models": read_phone_models(Path(params["phone_models_file"]))}
    try:
        return msgspec.convert(values, Site)
    except msgspec.ValidationError as error:
        raise BadInput(f"a parameter of the site makes no sense: {error}.", where="site", todo="Correct it.") from error


def _shown(directory: Path, journal: Journal, params: dict[str, Any], now: datetime) -> dict[str, Any]:
    text = render_status(journal, now=now, held=held_by_another(directory), width=params["width"])
    return {"changed": False, "text": text, **_standing(journal)}


def _standing(journal: Journal) -> dict[str, Any]:
    return {
        "stages": standing_of(journal),
        "phones": phone_counts(journal),
        "next": dict(next_step(journal)._asdict()),
    }


def _files(files: dict[str, Path]) -> dict[str, Any]:
    return {"files": {name: str(path) for name, path in files.items()}}


def main() -> None:
    run_module(ARGUMENT_SPEC, execute, SPEC_RULES)


if __name__ == "__main__":
    main()
