#!/usr/bin/python
"""Gather one CUCM cluster: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_cucm_info
short_description: Gather what a CUCM cluster tells of its VPN phones
version_added: "0.1.0"
description:
  - Reads from the publisher of one cluster its VPN gateways with their certificates, groups, profiles, Common Phone
    Profiles, phones with the client certificate that each will show, the certificates of Phone-VPN-trust and the CAPF
    stores, the nodes that serve files, the registrations and the export mode.
  - Asks AXL and RisPort70 by HTTPS with the application user. With a platform login (O(os_username),
    O(os_password)) also the platform CLI by SSH and, from release 14 on, the certificate snapshot.
  - Only reads. The AXL version (15.0 down to 11.0) is negotiated.
  - Reads saved answers instead of a cluster when O(saved_output) is given, through the same parsers.
  - What is refused or missing costs its own section; RV(state) says in C(sources) why a section is null. A cluster
    whose AXL cannot be asked at all is reported as unreachable, with a code, the reason and what to do (RV(error)).
  - Runs in Ansible's worker process; the options come from inventory variables unless the task says otherwise.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Reads only, so check mode makes no difference.
  diff_mode:
    support: none
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed.
  platform:
    support: full
    platforms: Cisco Unified Communications Manager 11.0 to 15
    description: The systems whose answers are understood.
extends_documentation_fragment:
  - vpnphone_axl
  - vpnphone_platform
options:
  name:
    description: Name of the cluster in results and reports; the inventory name by default.
    type: str
  saved_output:
    description:
      - Folder with one file a question to read instead of a cluster. See docs/saved-outputs.md. From
        C(vpnphone_saved_output).
    type: path
  save_to:
    description:
      - Folder below which the answers are written, in a folder with the cluster's name, one file a question, secrets
        redacted, mode 0600. It can be read again with O(saved_output). From C(gather_save_to).
    type: path
  run_dir:
    description:
      - Directory of an audit run; the state (or the failure) is kept there for M(vpnphone_assess). From
        C(gather_run_dir).
    type: path
  export_mode:
    description:
      - What you know of the cluster's US export mode, from its licences or its installation medium. From
        C(vpnphone_cucm_export_mode).
      - No interface proves C(restricted); without this it stays unknown unless the platform CLI says more.
    type: str
    choices: [restricted, unrestricted]
  return_state:
    description: Return the state in the result. An audit keeps it in O(run_dir) only.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Gather the state of a cluster
  vpnphone_cucm_info:
  register: cluster

- name: Save the answers for a bug report
  vpnphone_cucm_info:
    save_to: reports/bug
    return_state: false

- name: Read what a colleague saved
  vpnphone_cucm_info:
    name: cucm-hq
    saved_output: captures/cucm-hq
  register: cluster
"""

RETURN = r"""
device:
  description: What was read, in short.
  returned: success
  type: dict
  sample: {name: cucm-hq, version: 14.0.1.13900-155, origin: live, phones: 812, unknown: [trust_files]}
state:
  description: The whole state; null sections were not learned, and C(sources) says why.
  returned: when O(return_state) is true
  type: dict
  sample: {device: cucm-hq, origin: live, gateways: [{name: GW1, url: "https://vpn.example.com/phone"}]}
state_file:
  description: Where the state was kept.
  returned: when O(run_dir) is given
  type: str
  sample: reports/20261124T020000Z/cucm/cucm-hq.json
saved_files:
  description: The files written to O(save_to).
  returned: when O(save_to) is given
  type: list
  elements: str
  sample: [getCCMVersion.xml, listVpnGateway.xml]
error:
  description: Why nothing could be read.
  returned: failure or unreachable
  type: dict
  sample: {code: tls_expired, what: "...", where: cucm-hq, todo: "..."}
"""

from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.files import file_stem
from ansible.module_utils.vpnphone.gather_cucm import live_cluster
from ansible.module_utils.vpnphone.given import target_name
from ansible.module_utils.vpnphone.model import CucmState
from ansible.module_utils.vpnphone.parse.cucm.saved import read_saved_cluster, write_saved_cluster
from ansible.module_utils.vpnphone.parse.cucm.state import build_cluster
from ansible.module_utils.vpnphone.rundir import GatheredCluster, failure_of, forget_gathered, write_gathered
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.cluster import (
    CLUSTER_SPEC,
    CLUSTER_VARIABLES,
    ClusterOptions,
    ClusterSession,
)

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "saved_output": {"type": "path"},
    "save_to": {"type": "path"},
    "run_dir": {"type": "path"},
    "export_mode": {"type": "str", "choices": ["restricted", "unrestricted"]},
    "return_state": {"type": "bool", "default": True},
    **CLUSTER_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    "saved_output": ("vpnphone_saved_output",),
    "run_dir": ("gather_run_dir",),
    "save_to": ("gather_save_to",),
    "export_mode": ("vpnphone_cucm_export_mode",),
    **CLUSTER_VARIABLES,
}
SPEC_RULES: dict[str, Any] = {"mutually_exclusive": [["saved_output", "save_to"]]}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Gather; raises VpnPhoneError, after the failure was kept in run_dir."""
    name = target_name(params)
    run_dir = Path(params["run_dir"]) if params["run_dir"] else None
    if run_dir:
        forget_gathered(run_dir, name, GatheredCluster)
    result: dict[str, Any] = {"changed": False}
    try:
        state = _read(name, params, result)
    except VpnPhoneError as error:
        if run_dir:
            write_gathered(run_dir, GatheredCluster(device=name, failure=failure_of(error)))
        raise
    if run_dir:
        result["state_file"] = str(write_gathered(run_dir, GatheredCluster(device=name, state=state)))
    if params["return_state"]:
        result["state"] = msgspec.to_builtins(state)
    result["device"] = {
        "name": name,
        "version": state.version or "",
        "origin": state.origin,
        "phones": len(state.phones or ()),
        "unknown": sorted(key for key, source in state.sources.items() if not source.known),
    }
    return result


def _read(name: str, params: dict[str, Any], result: dict[str, Any]) -> CucmState:
    given = params["export_mode"] or ""
    if params["saved_output"]:
        answers = read_saved_cluster(Path(params["saved_output"]), name)
        return build_cluster(name, "saved", answers, None, export_mode=given)
    with ClusterSession(ClusterOptions.of(params, name), name=name) as session:
        state, answers = live_cluster(session, name, given)
    if params["save_to"]:
        folder = Path(params["save_to"]) / file_stem(name)
        result["saved_files"] = [path.name for path in write_saved_cluster(folder, answers)]
    return state


def main() -> None:
    run_module(ARGUMENT_SPEC, execute, SPEC_RULES)


if __name__ == "__main__":
    main()
