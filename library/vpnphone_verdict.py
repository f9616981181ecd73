#!/usr/bin/python
"""Fail or not, by what the audit found: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_verdict
short_description: Let a host fail by what the audit found on it
version_added: "0.1.0"
description:
  - Reads C(run.json) of an audit and gives this host's verdict to Ansible, so that the recap and the exit code of
    ansible-playbook say what the reports say (failed for findings, unreachable where nothing could be gathered).
  - To be run after the reports are written.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed.
options:
  run_dir:
    description: Directory of the run.
    type: path
    required: true
  device:
    description: Name of the device in the run.
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Give the verdict
  vpnphone_verdict:
    run_dir: reports/20261124T020000Z
    device: "{{ inventory_hostname }}"
"""

RETURN = r"""
status:
  description: Worst status of the device.
  returned: always
  type: str
  sample: fail
msg:
  description: The verdict in a sentence.
  returned: always
  type: str
  sample: "3 UNKNOWN, 12 failed: ..."
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.assess import display_order
from ansible.module_utils.vpnphone.errors import BadInput, DeviceUnreachable
from ansible.module_utils.vpnphone.model import DeviceResult
from ansible.module_utils.vpnphone.report.write import read_run
from ansible.module_utils.vpnphone.standalone import run_module

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "run_dir": {"type": "path", "required": True},
    "device": {"type": "str", "required": True},
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """The device's verdict; raises DeviceUnreachable where nothing was gathered."""
    run = read_run(Path(params["run_dir"]))
    device = next((item for item in run.devices if item.name == params["device"]), None)
    if device is None:
        raise BadInput(
            f"device {params['device']!r} is not in this run.", where=params["run_dir"], todo="Check device."
        )
    if device.failure is not None:
        raise DeviceUnreachable(
            device.failure.what, where=device.name, todo=device.failure.todo, code=device.failure.code
        )
    return {
        "changed": False,
        "failed": device.status in ("fail", "error"),
        "status": device.status,
        "msg": _sentence(device),
    }


def _sentence(device: DeviceResult) -> str:
    bad = [item for item in display_order(device.findings) if item.status in ("fail", "error")]
    failed = sum(item.status == "fail" for item in bad)
    first = "; ".join(f"{item.control} {item.title}" for item in bad[:3])
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    return f"{failed} failed, {len(bad) - failed} UNKNOWN{': ' if bad else ''}{first}{more}"


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
