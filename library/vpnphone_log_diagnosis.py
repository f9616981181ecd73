#!/usr/bin/python
"""Find the cause of an outage in logs: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_log_diagnosis
short_description: From the logs of ASAs and phones to the cause for which phones do not connect
version_added: "0.1.0"
description:
  - Reads what M(vpnphone_asa_logs) and M(vpnphone_phone_logs) fetched into the run, and files that a person has
    (O(logs)); brings the lines of both sides onto one clock; and says which cause of Cisco document 116162 they show,
    how certain that is, which lines show it, what speaks against it, and what to type next.
  - Writes C(diagnosis.json) and its reports into O(run_dir). Asks no device anything.
  - Of logs that hold nothing it knows it says just that; a cause that is found is a result, never a failure.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Reads and judges, and writes no file.
  diff_mode:
    support: none
    description: Nothing on a device is changed.
  idempotent:
    support: full
    description: The same logs give the same diagnosis.
options:
  run_dir:
    description: Directory of the run, made where it is missing.
    type: path
    required: true
  logs:
    description:
      - Log files, and directories that are read to their bottom. From C(vpnphone_logs) in the role.
      - The answer of C(show logging), files of a syslog server, C(debug webvpn anyconnect), console logs and status
        messages of phones; which of them a file is, is told by its content. Files of gzip are read, links passed over.
    type: list
    elements: path
    default: []
  devices:
    description: ASAs and clusters whose logs the run was to fetch; what one did not give is told in the diagnosis.
    type: list
    elements: str
    default: []
  phones:
    description:
      - Phones that somebody asks about; RV(phones) has a line for each.
      - Without O(logs), one of whose logs nobody was asked is told in the diagnosis.
    type: list
    elements: str
    default: []
  site_run:
    description:
      - Directory of an audit run. It tells which certificate a hash is, what a phone is, and which findings are open.
      - A run that cannot be read is bad input.
    type: path
  site_latest:
    description: The same where O(site_run) is not given; passed over, with a note, where it is old or cannot be read.
    type: path
  formats:
    description: Reports to make besides C(diagnosis.json).
    type: list
    elements: str
    choices: [html, markdown]
    default: [html, markdown]
  language:
    description:
      - Language of HTML, Markdown, RV(text), RV(phones) and RV(unread). C(diagnosis.json) is English always, and so are
        RV(causes) and RV(notes).
    type: str
    choices: [en, ko]
    default: en
  latest:
    description: Let C(latest-diagnosis) beside the run's directory point to it.
    type: bool
    default: true
  width:
    description: Columns of RV(text).
    type: int
    default: 100
"""

EXAMPLES = r"""
- name: Find the cause in files that a colleague sent
  vpnphone_log_diagnosis:
    run_dir: reports/20261124T020000Z
    logs: [captures/asa-hq.log, captures/SEP8CB64F576113]
  register: diagnosis

- name: Show it
  ansible.builtin.debug:
    msg: "{{ diagnosis.text }}"
"""

RETURN = r"""
verdict:
  description:
    - V(cause), at least one stands; V(healthy), phones connected and nothing was wrong; V(open), lines that were known
      tell neither; V(nothing), no line was known.
  returned: success
  type: str
  sample: cause
causes:
  description: The causes, most certain first.
  returned: success
  type: list
  elements: dict
  sample: [{id: hash_mismatch, title: "...", confidence: certain, phone: SEP8CB64F576113, asa: asa-hq}]
notes:
  description: What to know of the logs that were read, and of those that were not.
  returned: success
  type: list
  elements: str
  sample: ["Names and findings are of the audit 20261124T020000Z, made 4 hours ago."]
unread:
  description: Those of the notes that tell what was not read, or says little, and what to do about it.
  returned: success
  type: list
  elements: str
  sample: ["asa-gone: was not read: 192.0.2.7:22 refuses the connection ... To do: ..."]
reports:
  description: Format to path; empty in check mode.
  returned: success
  type: dict
  sample: {html: reports/20261124T020000Z/diagnosis.html, json: reports/20261124T020000Z/diagnosis.json}
phones:
  description: What becomes of each of O(phones), in a line.
  returned: success
  type: list
  elements: str
  sample: ["SEP8CB64F576113 fails: The phone does not know the certificate that the ASA presents (certain)"]
text:
  description: The diagnosis for a terminal.
  returned: success
  type: str
  sample: "CERTAIN  ..."
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.diagnose.judge import diagnose
from ansible.module_utils.vpnphone.diagnose.read import Input, Reading, read_logs
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.files import point_to
from ansible.module_utils.vpnphone.log_files import Named, fetched, named_logs
from ansible.module_utils.vpnphone.log_site import Known, names_of_latest, names_of_run
from ansible.module_utils.vpnphone.model.diagnosis import Cause, Diagnosis
from ansible.module_utils.vpnphone.report.diagnosis_terminal import terminal_text
from ansible.module_utils.vpnphone.report.diagnosis_told import facts_told, not_asked, phone_lines
from ansible.module_utils.vpnphone.report.diagnosis_translate import told
from ansible.module_utils.vpnphone.report.diagnosis_write import write_diagnosis
from ansible.module_utils.vpnphone.report.words import LANGUAGE_SPEC, words
from ansible.module_utils.vpnphone.standalone import run_module

_STRINGS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "run_dir": {"type": "path", "required": True},
    "logs": {"type": "list", "elements": "path", "default": []},
    "devices": _STRINGS,
    "phones": _STRINGS,
    "site_run": {"type": "path"},
    "site_latest": {"type": "path"},
    "formats": {
        "type": "list",
        "elements": "str",
        "choices": ["html", "markdown"],
        "default": ["html", "markdown"],
    },
    "language": LANGUAGE_SPEC,
    "latest": {"type": "bool", "default": True},
    "width": {"type": "int", "default": 100},
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Read, judge, report. BadInput where there is no log to read."""
    now = datetime.now(UTC)
    language = words(params["language"])
    run_dir = Path(params["run_dir"])
    files, facts = fetched(run_dir, params["devices"])
    named_phones = list(dict.fromkeys(phone.strip().upper() for phone in params["phones"] if phone.strip()))
    if not params["logs"]:
        facts += not_asked(named_phones, {file.device for file in files} | {fact.device for fact in facts})
    named = named_logs(Path(path) for path in params["logs"]) if params["logs"] else Named((), ())
    inputs = [Input(*file) for file in (*files, *named.files)]
    if not inputs:
        raise BadInput(
            f"there is no log to be read. {' '.join(facts_told(facts[:3]))}".rstrip(),
            where=str(run_dir),
            todo="Let one ASA at least be reached, or name files with -e vpnphone_logs=DIR (docs/diagnosis.md).",
            code="logs_empty",
        )
    known = _site(params, now)
    judged = diagnose(_by_short_names(read_logs(inputs), [run_dir / "x", *map(Path, params["logs"])]), known.names)
    unread = (*facts_told(facts), *named.notes)
    notes = (*judged.notes, *([known.note] if known.note else []), *unread)
    found = msgspec.structs.replace(judged, causes=_named_first(judged, named_phones), notes=notes, created=now)
    warnings: list[str] = []
    reports: dict[str, Path] = {}
    if not check_mode:
        reports = write_diagnosis(run_dir, found, tuple(params["formats"]), params["language"])
        try:
            if params["latest"]:
                point_to(run_dir.parent / "latest-diagnosis", run_dir.name)
        except OSError as error:
            # A convenience: the reports are written, and what they say must not be lost for it.
            warnings.append(f"latest-diagnosis does not point to this run: {error.strerror}.")
    return {
        "changed": False,
        "warnings": warnings,
        "verdict": found.verdict,
        "causes": [_short(cause) for cause in found.causes],
        "notes": list(found.notes),
        "unread": [told(note, language) for note in unread],
        "reports": {name: str(path) for name, path in reports.items()},
        "phones": phone_lines(found, named_phones, language),
        "text": terminal_text(
            found, page=reports.get("html", ""), columns=params["width"], language=params["language"]
        ),
    }


def _by_short_names(reading: Reading, roots: Iterable[Path]) -> Reading:
    """Each log by its path from where its root lies: every line that is shown has it before it."""
    starts = sorted((f"{root.parent}/" for root in roots if root.name), key=len, reverse=True)
    short = {
        one.name: next((one.name.removeprefix(start) for start in starts if one.name.startswith(start)), one.name)
        for one in reading.sources
    }
    if len(set(short.values())) < len(short):
        return reading
    return reading._replace(
        sources=tuple(msgspec.structs.replace(one, name=short[one.name]) for one in reading.sources),
        events=tuple(msgspec.structs.replace(one, source=short.get(one.source, one.source)) for one in reading.events),
    )


def _site(params: dict[str, Any], now: datetime) -> Known:
    if params["site_run"]:
        return names_of_run(Path(params["site_run"]), now)
    return names_of_latest(Path(params["site_latest"]), now) if params["site_latest"] else Known()


def _named_first(found: Diagnosis, phones: Iterable[str]) -> tuple[Cause, ...]:
    """Of causes that are equally sure, those of the phones that somebody asks about."""
    wanted = set(phones)
    return tuple(sorted(found.causes, key=lambda cause: cause.phone not in wanted))


def _short(cause: Cause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "title": cause.title,
        "confidence": cause.confidence,
        "phone": cause.phone,
        "asa": cause.asa,
        "count": cause.count,
    }


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
