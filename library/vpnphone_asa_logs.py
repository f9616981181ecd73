#!/usr/bin/python
"""Fetch the log of one ASA: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_asa_logs
short_description: Fetch the log buffer of a Cisco ASA into the directory of a run
version_added: "0.1.0"
description:
  - Sends C(show logging) over one SSH session and keeps its answer in C(logs/asa/) of the run, secrets redacted,
    mode 0600. It is read there by M(vpnphone_log_diagnosis).
  - Changes nothing on the device; never turns on logging or a debug. playbooks/diagnose/collect_asa.yml does that for a
    while, where a person wants it.
  - A device that cannot be read is reported as unreachable, with a code, the reason and what to do (RV(error)); the
    run keeps it, and the diagnosis tells it.
  - The connection comes from the ordinary inventory variables, as with M(vpnphone_asa_info).
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Only reads the device; the log is kept in check mode too, since it is the result.
  diff_mode:
    support: none
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed.
  platform:
    support: full
    platforms: Cisco ASA 8.0 to 9.2x
    description: The systems whose log is understood.
extends_documentation_fragment:
  - vpnphone_asa
options:
  name:
    description: Name of the device in results and reports; the inventory name by default.
    type: str
  run_dir:
    description: Directory of the run.
    type: path
    required: true
  context:
    description: Security context whose log is meant, on a device in multiple mode. From C(vpnphone_context).
    type: str
"""

EXAMPLES = r"""
- name: Fetch the log of an ASA
  vpnphone_asa_logs:
    run_dir: reports/20261124T020000Z
"""

RETURN = r"""
log:
  description: Where the log was kept.
  returned: success
  type: str
  sample: reports/20261124T020000Z/logs/asa/asa1.log
lines:
  description: How many lines it has.
  returned: success
  type: int
  sample: 8112
facts:
  description: What the buffer cannot hold, by its settings, and what to do about it.
  returned: success
  type: list
  elements: dict
  sample: [{device: asa1, what: "its log buffer is off, so that ...", todo: "..."}]
error:
  description: Why nothing could be read.
  returned: failure or unreachable
  type: dict
  sample: {code: login_refused, what: "...", where: asa1, todo: "..."}
"""

from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.gather_logs import fetch_asa
from ansible.module_utils.vpnphone.given import target_name
from ansible.module_utils.vpnphone.log_files import keep_logs
from ansible.module_utils.vpnphone.rundir import (
    GatheredLogs,
    LogFile,
    failure_of,
    forget_gathered,
    own_directory,
    write_gathered,
)
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.asa import AsaSession
from ansible.module_utils.vpnphone.transport.options import CONNECTION_SPEC, CONNECTION_VARIABLES, Connection

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "run_dir": {"type": "path", "required": True},
    **CONNECTION_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = CONNECTION_VARIABLES


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Fetch; raises VpnPhoneError, after the failure was kept in run_dir."""
    name = target_name(params)
    # First of all: no device is to be asked for a result that cannot be kept.
    run_dir = own_directory(Path(params["run_dir"]))
    forget_gathered(run_dir, name, GatheredLogs)
    try:
        with AsaSession(Connection.of(params), name=name) as session:
            fetched = fetch_asa(session, name)
    except VpnPhoneError as error:
        write_gathered(run_dir, GatheredLogs(device=name, failure=failure_of(error)))
        raise
    text = fetched.files[0][1]
    path = keep_logs(run_dir, "asa", {f"{name}.log": text})[0]
    files = (LogFile(device=name, path=str(path.relative_to(run_dir)), side="asa"),)
    write_gathered(run_dir, GatheredLogs(device=name, files=files, facts=fetched.facts))
    return {
        "changed": False,
        "log": str(path),
        "lines": text.count("\n"),
        "facts": msgspec.to_builtins(fetched.facts),
    }


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
