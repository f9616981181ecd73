#!/usr/bin/python
"""Write the evidence of a remediation: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_evidence
short_description: Write what a remediation did to the ASAs, what it changed in the verdicts and what is left
version_added: "0.1.0"
description:
  - Reads what M(vpnphone_asa_profile) kept in the run's directory and the verdicts that M(vpnphone_assess) made of the
    states before and after, and writes C(remediation.json) (docs/schema), C(remediation.md), C(plan_hashes.json) and
    C(manifest.sha256) (which C(sha256sum -c) checks).
  - Asks nothing of any device. To be run once, behind the last device of a run.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Changes no device; the run's own files are written in check mode too, since they are the result.
  diff_mode:
    support: none
    description: Nothing on a device is changed.
  idempotent:
    support: full
    description: The same run gives the same evidence, but for the time at which it is written.
options:
  run_dir:
    description: Directory of the run.
    type: path
    required: true
  devices:
    description: Names of every ASA that the run is about.
    type: list
    elements: str
    required: true
  results:
    description:
      - What M(vpnphone_asa_profile) returned, by device. One that is missing or skipped was not touched.
    type: dict
    required: true
  no_profile:
    description: Those of which nothing is desired.
    type: list
    elements: str
    default: []
  site:
    description: Name of the site in the reports.
    type: str
    default: site
  started:
    description: When the run began, ISO 8601 in UTC; now by default.
    type: str
  check:
    description: The devices were planned and not changed.
    type: bool
    default: false
  language:
    description:
      - Language of C(remediation.md) and of RV(text).
      - JSON is English always; no plan hash depends on it.
    type: str
    choices: [en, ko]
    default: en
  width:
    description: Columns of the table in RV(text).
    type: int
    default: 100
"""

EXAMPLES = r"""
- name: Write the evidence
  vpnphone_evidence:
    run_dir: reports/20261124T020000.000Z
    devices: "{{ groups['asa'] }}"
    results: "{{ dict(groups['asa'] | zip(groups['asa'] | map('extract', hostvars, 'profile_result'))) }}"
  register: evidence

- name: Show it
  ansible.builtin.debug:
    msg: "{{ evidence.text }}"
"""

RETURN = r"""
files:
  description: The files written, by name.
  returned: success
  type: dict
  sample: {json: reports/20261124T020000.000Z/remediation.json}
text:
  description: The result as a short text.
  returned: success
  type: str
  sample: "asa-hq: changed as planned, saved to startup-config"
exit_code:
  description: 0 changed, planned or nothing to do, 2 failed, refused or partly done, 4 not reached.
  returned: success
  type: int
  sample: 0
not_ok:
  description: Devices that failed, each with its verdict for M(vpnphone_verdict).
  returned: success
  type: list
  elements: dict
  sample: [{name: asa-branch, unreachable: false, message: "a standby unit is never changed. [standby_unit]"}]
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.evidence.make import make_remediation
from ansible.module_utils.vpnphone.evidence.read import Told, read_found
from ansible.module_utils.vpnphone.evidence.terminal import render_terminal
from ansible.module_utils.vpnphone.evidence.words import OUTCOME_WORDS
from ansible.module_utils.vpnphone.evidence.write import write_evidence
from ansible.module_utils.vpnphone.files import point_to
from ansible.module_utils.vpnphone.given import time_of
from ansible.module_utils.vpnphone.model import Failure
from ansible.module_utils.vpnphone.report.words import LANGUAGE_SPEC, words
from ansible.module_utils.vpnphone.standalone import run_module

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "run_dir": {"type": "path", "required": True},
    "devices": {"type": "list", "elements": "str", "required": True},
    "results": {"type": "dict", "required": True},
    "no_profile": {"type": "list", "elements": "str", "default": []},
    "site": {"type": "str", "default": "site"},
    "started": {"type": "str"},
    "check": {"type": "bool", "default": False},
    "language": LANGUAGE_SPEC,
    "width": {"type": "int", "default": 100},
}
LATEST = "latest-remediation"


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Write the evidence; BadInput where what the run left cannot be read."""
    now = datetime.now(UTC)
    run_dir = Path(params["run_dir"])
    told = [_told(name, params["results"].get(name), name in params["no_profile"]) for name in params["devices"]]
    run = make_remediation(
        read_found(run_dir, told),
        run_id=run_dir.name,
        site=params["site"],
        started=time_of(params["started"], now),
        finished=now,
        check=params["check"],
    )
    paths = write_evidence(run, run_dir, params["language"])
    warnings = []
    try:
        point_to(run_dir.parent / LATEST, run_dir.name)
    except OSError as error:
        # A convenience: the evidence is written, and the verdict must not be lost for it.
        warnings.append(f"{run_dir.parent / LATEST} does not point to this run: {error.strerror}.")
    return {
        "changed": False,
        "warnings": warnings,
        "files": {name: str(path) for name, path in paths.items()},
        "text": render_terminal(run, width=params["width"], run_dir=_shown(run_dir), words=words(params["language"])),
        "exit_code": run.exit_code,
        "not_ok": [
            {
                "name": device.name,
                "unreachable": device.failure.unreachable,
                "message": f"{OUTCOME_WORDS[device.outcome]}: {device.failure.what} [{device.failure.code}]",
            }
            for device in run.devices
            if device.failure is not None
        ],
    }


def _told(name: str, result: Any, no_profile: bool) -> Told:
    """What the result of its task says of a device."""
    if no_profile:
        return Told(name, "no_profile")
    if not isinstance(result, dict) or result.get("skipped"):
        return Told(name, "untouched")
    if not result.get("failed") and not result.get("unreachable"):
        return Told(name)
    error = result.get("error")
    given = {key: str(value) for key, value in error.items()} if isinstance(error, dict) else {}
    failure = Failure(
        # The one failure without a code is that of Ansible's own check of the options.
        code=given.get("code") or "bad_input",
        what=given.get("what") or str(result.get("msg") or "its task failed without a reason."),
        todo=given.get("todo", ""),
        unreachable=bool(result.get("unreachable")),
    )
    return Told(name, failure=failure)


def _shown(path: Path) -> str:
    """The path as one types it from here."""
    resolved = path.resolve()
    here = Path.cwd()
    return str(resolved.relative_to(here)) if resolved.is_relative_to(here) else str(resolved)


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
