#!/usr/bin/python
"""Gather one ASA: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_asa_info
short_description: Gather what decides whether VPN phones can connect to a Cisco ASA
version_added: "0.1.0"
description:
  - Reads the state of one ASA over one SSH session and parses it into typed sections (licences, SSL, WebVPN,
    group policies, tunnel-groups, DAP, certificates, failover, sessions).
  - Sends show commands only and changes nothing. The session writes nothing to the configuration, not even the
    terminal width.
  - Reads saved outputs instead of a device when O(saved_output) is given, through the same parsers.
  - Runs in Ansible's worker process; the connection comes from the ordinary inventory variables
    (C(ansible_host), C(ansible_port), C(ansible_user), C(ansible_password), C(ansible_become_password) as the enable
    secret, C(ansible_ssh_private_key_file)) unless an option here says otherwise.
  - A device that cannot be read is reported as unreachable, with a code, the reason and what to do (RV(error)).
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
    platforms: Cisco ASA 8.0 to 9.2x
    description: The systems whose output is understood.
extends_documentation_fragment:
  - vpnphone_asa
options:
  name:
    description: Name of the device in results and reports; the inventory name by default.
    type: str
  saved_output:
    description:
      - Folder with one file a command, or one file that holds a whole running configuration, to read instead of a
        device. See docs/saved-outputs.md. From C(vpnphone_saved_output).
    type: path
  save_to:
    description:
      - Folder below which the answers are written, in a folder with the device's name, one file a command, secrets
        redacted, mode 0600. It can be read again with O(saved_output), or sent with a bug report. From
        C(gather_save_to).
    type: path
  run_dir:
    description:
      - Directory of an audit run; the state (or the failure) is kept there for M(vpnphone_assess). From
        C(gather_run_dir).
    type: path
  declared:
    description: What the inventory says of this device; kept with its state in O(run_dir) for M(vpnphone_assess).
    type: dict
    default: {}
    suboptions:
      tunnel_groups:
        description:
          - The phones' tunnel-groups (connection profiles). From C(vpnphone_tunnel_groups).
          - Detected when empty; the report says how surely.
        type: list
        elements: str
        default: []
      gateway_urls:
        description: The URLs typed in CUCM's VPN gateways; empty when not known. From C(vpnphone_gateway_urls).
        type: list
        elements: str
        default: []
      phone_interfaces:
        description:
          - Interfaces (nameif) where phones arrive. From C(vpnphone_phone_interfaces).
          - Derived from webvpn and the URLs when empty.
        type: list
        elements: str
        default: []
      models_in_use:
        description:
          - Phone models behind this device, each a row of the phone table; all rows when empty.
          - From C(vpnphone_models_in_use).
        type: list
        elements: str
        default: []
      phones_offline:
        description: Phones that exist but are not connected now (licence rule). From C(vpnphone_phones_offline).
        type: int
        default: 0
      reviewed_vpn_filters:
        description:
          - ACLs that a person has read and found to let CUCM, TFTP and media through.
          - From C(vpnphone_reviewed_vpn_filters).
        type: list
        elements: str
        default: []
  return_state:
    description: Return the state in the result. An audit of many devices keeps it in O(run_dir) only.
    type: bool
    default: true
  context:
    description: Security context to read, on a device in multiple mode. From C(vpnphone_context).
    type: str
"""

EXAMPLES = r"""
- name: Gather the state of an ASA
  vpnphone_asa_info:
  register: asa

- name: Turn a live device into a bug report
  vpnphone_asa_info:
    save_to: reports/bug
    return_state: false

- name: Read what a colleague saved
  vpnphone_asa_info:
    name: fw-branch
    saved_output: captures/fw-branch
  register: asa
"""

RETURN = r"""
device:
  description: What was read, in short.
  returned: success
  type: dict
  sample: {name: asa1, release: 9.16(4), origin: live, sections: 22, unknown: [ssl_suites]}
state:
  description: The whole state; null sections were not learned, and C(sources) says why.
  returned: when O(return_state) is true
  type: dict
  sample: {device: asa1, origin: live, tunnel_groups: [{name: VPNPhone, without_csd: without-csd}]}
state_file:
  description: Where the state was kept.
  returned: when O(run_dir) is given
  type: str
  sample: reports/20261124T020000Z/states/asa1.json
saved_files:
  description: The files written to O(save_to).
  returned: when O(save_to) is given
  type: list
  elements: str
  sample: [show_version.txt, show_clock.txt]
error:
  description: Why nothing could be read.
  returned: failure or unreachable
  type: dict
  sample: {code: login_refused, what: "...", where: asa1, todo: "..."}
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.controls.site import Declared
from ansible.module_utils.vpnphone.errors import BadInput, VpnPhoneError
from ansible.module_utils.vpnphone.files import file_stem
from ansible.module_utils.vpnphone.gather import live_state
from ansible.module_utils.vpnphone.given import target_name
from ansible.module_utils.vpnphone.model import AsaState, Failure
from ansible.module_utils.vpnphone.parse.saved import read_saved, write_saved
from ansible.module_utils.vpnphone.parse.state import build_state
from ansible.module_utils.vpnphone.rundir import Gathered, failure_of, forget_gathered, own_directory, write_gathered
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.asa import AsaSession
from ansible.module_utils.vpnphone.transport.options import CONNECTION_SPEC, CONNECTION_VARIABLES, Connection

STRINGS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "saved_output": {"type": "path"},
    "save_to": {"type": "path"},
    "run_dir": {"type": "path"},
    "declared": {
        "type": "dict",
        "default": {},
        "options": {
            "tunnel_groups": STRINGS,
            "gateway_urls": STRINGS,
            "phone_interfaces": STRINGS,
            "models_in_use": STRINGS,
            "phones_offline": {"type": "int", "default": 0},
            "reviewed_vpn_filters": STRINGS,
        },
    },
    "return_state": {"type": "bool", "default": True},
    **CONNECTION_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **CONNECTION_VARIABLES,
    "saved_output": ("vpnphone_saved_output",),
    "run_dir": ("gather_run_dir",),
    "save_to": ("gather_save_to",),
    "declared.tunnel_groups": ("vpnphone_tunnel_groups",),
    "declared.gateway_urls": ("vpnphone_gateway_urls",),
    "declared.phone_interfaces": ("vpnphone_phone_interfaces",),
    "declared.models_in_use": ("vpnphone_models_in_use",),
    "declared.phones_offline": ("vpnphone_phones_offline",),
    "declared.reviewed_vpn_filters": ("vpnphone_reviewed_vpn_filters",),
}
SPEC_RULES: dict[str, Any] = {"mutually_exclusive": [["saved_output", "save_to"]]}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Gather; raises VpnPhoneError, after the failure was kept in run_dir."""
    name = target_name(params)
    run_dir = Path(params["run_dir"]) if params["run_dir"] else None
    if run_dir:
        # First of all: no device is to be asked for a result that cannot be kept.
        own_directory(run_dir)
        forget_gathered(run_dir, name)
    declared = msgspec.convert(params["declared"] or {}, Declared)
    result: dict[str, Any] = {"changed": False}
    try:
        state = _read(name, params, result)
    except VpnPhoneError as error:
        if run_dir:
            write_gathered(run_dir, Gathered(device=name, failure=failure_of(error), declared=declared))
        raise
    if run_dir:
        result["state_file"] = str(write_gathered(run_dir, Gathered(device=name, state=state, declared=declared)))
    if params["return_state"]:
        result["state"] = msgspec.to_builtins(state)
    result["device"] = {
        "name": name,
        "release": state.version.text if state.version else "",
        "origin": state.origin,
        "sections": sum(source.known for source in state.sources.values()),
        "unknown": sorted(key for key, source in state.sources.items() if not source.known),
    }
    return result


def keep_refusal(given: Mapping[str, Any], reason: str) -> None:
    """Keep in the run that the arguments of this device were refused, so that its report says why."""
    name, run_dir = given.get("name") or given.get("host"), given.get("run_dir")
    if not name or not run_dir:
        return
    todo = "Correct the variable that this option is taken from (docs/inventory.md)."
    failure = Failure(code="bad_input", what=f"{reason}.", todo=todo, unreachable=False)
    with contextlib.suppress(VpnPhoneError):  # the task fails in any case
        write_gathered(Path(str(run_dir)).expanduser(), Gathered(device=str(name), failure=failure))


def _read(name: str, params: dict[str, Any], result: dict[str, Any]) -> AsaState:
    if params["saved_output"]:
        saved = read_saved(Path(params["saved_output"]), name)
        if saved.unread:
            result["warnings"] = [f"{name}: nothing was read from {', '.join(saved.unread)} (docs/saved-outputs.md)"]
        return _known(build_state(name, "saved", saved.answers, None), params["saved_output"])
    with AsaSession(Connection.of(params), name=name) as session:
        state, answers = live_state(session, name)
    if params["save_to"]:
        # A refusal is an answer too; read again, it says the same.
        texts = {
            answer.command: answer.text if answer.status == "ok" else f"{answer.detail}\n"
            for answer in answers.values()
            if answer.status in ("ok", "absent", "refused")
        }
        folder = Path(params["save_to"]) / file_stem(name)
        result["saved_files"] = [path.name for path in write_saved(folder, texts)]
    return state


def _known(state: AsaState, path: str) -> AsaState:
    """The state; BadInput where nothing at all was understood: one reason says more than every control's UNKNOWN."""
    sources = [source for source in state.sources.values() if source.status != "missing"]
    if any(source.known or source.status == "refused" for source in sources):
        return state
    reasons = dict.fromkeys(f"`{source.command}` is {source.status}: {source.detail}" for source in sources)
    raise BadInput(
        f"no output could be understood: {'; '.join(list(reasons)[:3])}.",
        where=f"{state.device}: {path}",
        todo="Save the outputs again, or take away what is no output of an ASA.",
        code="saved_outputs_unreadable",
    )


def main() -> None:
    run_module(ARGUMENT_SPEC, execute, SPEC_RULES)


if __name__ == "__main__":
    main()
