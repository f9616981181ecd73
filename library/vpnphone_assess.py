#!/usr/bin/python
"""Judge what was gathered: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_assess
short_description: Judge gathered ASAs, clusters and phones against the rules of Cisco document 116162
version_added: "0.1.0"
description:
  - Reads what M(vpnphone_asa_info), M(vpnphone_cucm_info), M(vpnphone_phone_info) and M(vpnphone_tls_probe) kept in
    the run's directory, judges every device by every control, applies the waivers and writes C(run.json), from which
    M(vpnphone_report) makes the reports.
  - Pure judgement; nothing is asked of any device. A device without a state is reported with its reason.
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
    description: The same states and parameters give the same findings.
options:
  run_dir:
    description: Directory of the run.
    type: path
    required: true
  devices:
    description: Names of all ASAs that the run should hold, also those that could not be reached.
    type: list
    elements: str
    required: true
  clusters:
    description:
      - Names of the CUCM clusters that the run should hold, also those that could not be reached.
      - With one, each of its VPN phones is followed on its way in; the reports show who connects and who does not.
    type: list
    elements: str
    default: []
  what_if:
    description:
      - Changes to think through, all in force together; the reports then show each phone after them too.
      - C(bind <asa> <interface> <trustpoint>), C(bind <asa> <interface> file:<PEM file>),
        C(cipher <asa> <protocol> "<suite>:<suite>") or a level instead of the suites, C(host-id on <VPN profile>) or
        C(off), C(failover <asa>), C(reload <asa>).
      - Nothing is changed anywhere, and a phone that would be locked out by it is no finding.
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
  phone_models_file:
    description: YAML table of phone models with their cipher offers; see roles/assess/files/phone_models.yml.
    type: path
    required: true
  ecdsa_fixed_in:
    description: ASA releases known to carry the fix of CSCuu02848; the document names none.
    type: list
    elements: str
    default: []
  expiry_days_warning:
    description: A certificate that ends within this many days is a finding.
    type: int
    default: 60
  clock_skew_seconds:
    description: Greatest difference between the device's clock and the controller's.
    type: int
    default: 300
  zone_minutes:
    description: Time zones that the devices print, in minutes ahead of UTC; UTC, GMT and Z are known.
    type: dict
    default: {}
  peers_warning_percent:
    description: Use of the licensed peers from which on it is a finding.
    type: int
    default: 80
  include:
    description: Control ids or severities to judge; all when empty.
    type: list
    elements: str
    default: []
  exclude:
    description: Control ids or severities to leave out.
    type: list
    elements: str
    default: []
  waivers:
    description: Accepted risks. An expired waiver turns its finding into a failure.
    type: list
    elements: dict
    default: []
    suboptions:
      control:
        description: Control id.
        type: str
        required: true
      reason:
        description: Why the risk is accepted.
        type: str
        required: true
      approved_by:
        description: Who accepted it.
        type: str
        required: true
      expires:
        description: Last good day, YYYY-MM-DD.
        type: str
        required: true
      device:
        description: Shell pattern of device names, ASAs and clusters.
        type: str
        default: "*"
      subject:
        description: Shell pattern of the subject (tunnel-group, interface, trustpoint).
        type: str
        default: "*"
"""

EXAMPLES = r"""
- name: Judge the run
  vpnphone_assess:
    run_dir: reports/20261124T020000Z
    devices: "{{ groups['asa'] }}"
    phone_models_file: roles/assess/files/phone_models.yml
    waivers:
      - control: VPNP-242
        device: asa-lab*
        reason: Laboratory without voice traffic.
        approved_by: J. Doe
        expires: "2027-01-31"

- name: Judge a whole site, and think the binding of a new certificate through
  vpnphone_assess:
    run_dir: reports/20261124T020000Z
    devices: "{{ groups['asa'] }}"
    clusters: "{{ groups['cucm'] }}"
    phone_models_file: roles/assess/files/phone_models.yml
    what_if:
      - bind asa-1 outside NEW_TP
"""

RETURN = r"""
exit_code:
  description: 0 all good, 2 findings, 3 could not decide or reach, 1 a fault of the tool.
  returned: success
  type: int
  sample: 2
status:
  description: Worst status of the run.
  returned: success
  type: str
  sample: fail
counts:
  description: Findings by status.
  returned: success
  type: dict
  sample: {error: 3, fail: 12, pass: 60, skipped: 4, waived: 1}
not_ok:
  description: Devices whose worst status is fail or error, each with its verdict for M(vpnphone_verdict).
  returned: success
  type: list
  elements: dict
  sample: [{name: asa-faulty, unreachable: false, message: "12 failed, 3 UNKNOWN: VPNP-102 ..."}]
run_file:
  description: The run, as JSON.
  returned: success
  type: str
  sample: reports/20261124T020000Z/run.json
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.assess import display_order
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.files import private_directory, write_private
from ansible.module_utils.vpnphone.given import time_of
from ansible.module_utils.vpnphone.judge_run import judge_run
from ansible.module_utils.vpnphone.model import DeviceResult, Finding
from ansible.module_utils.vpnphone.phone_models import read_phone_models
from ansible.module_utils.vpnphone.report.json_report import render_json
from ansible.module_utils.vpnphone.standalone import run_module

_STRINGS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "run_dir": {"type": "path", "required": True},
    "devices": {"type": "list", "elements": "str", "required": True},
    "clusters": _STRINGS,
    "what_if": _STRINGS,
    "site": {"type": "str", "default": "site"},
    "started": {"type": "str"},
    "phone_models_file": {"type": "path", "required": True},
    "ecdsa_fixed_in": _STRINGS,
    "expiry_days_warning": {"type": "int", "default": 60},
    "clock_skew_seconds": {"type": "int", "default": 300},
    "zone_minutes": {"type": "dict", "default": {}},
    "peers_warning_percent": {"type": "int", "default": 80},
    "include": _STRINGS,
    "exclude": _STRINGS,
    "waivers": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "control": {"type": "str", "required": True},
            "reason": {"type": "str", "required": True},
            "approved_by": {"type": "str", "required": True},
            "expires": {"type": "str", "required": True},
            "device": {"type": "str", "default": "*"},
            "subject": {"type": "str", "default": "*"},
        },
    },
}
_NOT_SITE = ("run_dir", "devices", "clusters", "what_if", "site", "started", "phone_models_file")


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Judge every device and write run.json. BadInput for parameters that make no sense."""
    now = datetime.now(UTC)
    run_dir = Path(params["run_dir"])
    run = judge_run(
        run_dir,
        params["devices"],
        params["clusters"],
        _site(params),
        started=time_of(params["started"], now),
        now=now,
        what_if=params["what_if"],
    )
    # Missing where no device could even be tried.
    run_file = write_private(private_directory(run_dir) / "run.json", render_json(run))
    return {
        "changed": False,
        "exit_code": run.exit_code,
        "status": run.status,
        "counts": dict(run.counts),
        "not_ok": [
            {
                "name": device.name,
                "unreachable": device.failure is not None and device.failure.unreachable,
                "message": _verdict(device),
            }
            for device in run.devices
            if device.status in ("fail", "error")
        ],
        "run_file": str(run_file),
    }


def _verdict(device: DeviceResult) -> str:
    """One sentence on a device that did not pass."""
    if device.failure is not None:
        return f"{device.failure.what} To do: {device.failure.todo} [{device.failure.code}]"
    bad = [item for item in display_order(device.findings) if item.status in ("fail", "error")]
    failed = sum(item.status == "fail" for item in bad)
    first = "; ".join(f"{item.control} {_worst(item)}" for item in bad[:3])
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    return f"{failed} failed, {len(bad) - failed} UNKNOWN: {first}{more}"


def _worst(finding: Finding) -> str:
    """What is wrong: a failure before what could not be decided. The title only says what should be."""
    by_status = {outcome.status: outcome.message for outcome in reversed(finding.outcomes)}
    return by_status.get("fail") or by_status.get("error") or finding.title


def _site(params: dict[str, Any]) -> Site:
    values = {name: params[name] for name in ARGUMENT_SPEC if name not in _NOT_SITE}
    values |= {"name": params["site"], "phone_models": read_phone_models(Path(params["phone_models_file"]))}
    try:
        return msgspec.convert(values, Site)
    except msgspec.ValidationError as error:
        raise BadInput(f"a parameter of the site makes no sense: {error}.", todo="Correct it.") from error


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
