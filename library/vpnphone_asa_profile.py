#!/usr/bin/python
"""Bring the phones' profile on one ASA to what is desired: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_asa_profile
short_description: Set the VPN phones' profile on a Cisco ASA, prove it, save it, or take it back
version_added: "0.2.0"
description:
  - Reads the device, plans the commands that bring the phones' tunnel-group, group-policy, cipher lists and dynamic
    access policy to O(profile), sends them one at a time, reads everything back, and only then saves.
  - At the first refusal everything that was applied is undone in reverse. Where the session is lost, a new one reads
    what stands and undoes it there. Nothing is ever sent to a standby unit, to the system context, or to a device
    that another run is changing.
  - Whatever other sessions left unsaved stops the change before it begins, since saving would save that too.
  - Lines that O(profile) does not name stay as they are; C(DfltGrpPolicy) and C(DfltAccessPolicy) are never changed.
  - What concerns others than phones is sent only where it is approved (O(approve_ssl), O(approve_dap_xml)).
  - In check mode nothing is sent but show commands; RV(plan) and RV(plan_hash) then say what would be, and
    O(plan_hash) holds a later run to exactly that plan.
  - Evidence is kept in O(run_dir) while the change runs. See docs/remediation.md.
  - Runs in Ansible's worker process; the connection comes from the ordinary inventory variables, as with
    M(vpnphone_asa_info).
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: The plan is made from the device as it is; nothing is sent but show commands.
  diff_mode:
    support: full
    description: Shows the blocks that the plan touches before and after, and the plan itself with what is left to do.
  idempotent:
    support: full
    description: A device that is as desired gets no command, and nothing is saved.
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
  profile:
    description: What the phones' profile must say. From C(vpnphone_profile). What is left out stays as it is.
    type: dict
    required: true
    suboptions:
      tunnel_group:
        description: The connection profile of the phones. It must exist.
        type: dict
        required: true
        suboptions:
          name:
            description: Its name.
            type: str
            required: true
          without_csd:
            description: V(true) for C(without-csd), on releases that know it (8.2 and later).
            type: bool
          group_url:
            description: The URL that CUCM's VPN gateway has; it is added and enabled, others stay.
            type: str
          authentication:
            description: V(certificate) for C(authentication certificate), in place of what stands.
            type: str
            choices: [certificate]
      group_policy:
        description: The group-policy of the phones.
        type: dict
        suboptions:
          name:
            description: Its name, by default that of the tunnel-group. One that is missing is made and assigned.
            type: str
          simultaneous_logins:
            description: C(vpn-simultaneous-logins).
            type: int
          ssl_client:
            description: V(true) adds C(ssl-client) (C(svc) below 8.4) to C(vpn-tunnel-protocol).
            type: bool
          group_lock:
            description: The phones' tunnel-group, or V(none).
            type: str
          vpn_filter:
            description: An ACL, or V(none).
            type: str
          split_tunnel_policy:
            description: V(tunnelall).
            type: str
            choices: [tunnelall]
      ssl:
        description: What all TLS clients of the device may use; sent only with O(approve_ssl).
        type: dict
        suboptions:
          ciphers:
            description:
              - Protocol of C(ssl cipher) to OpenSSL names in their order, C({"tlsv1.2":["AES256-SHA"]}).
              - Refused where a phone model in use, or every browser, would be left without a suite.
            type: dict
      dap:
        description: The dynamic access policy record that lets phones in.
        type: dict
        suboptions:
          record:
            description: Its name.
            type: str
          action:
            description: V(continue).
            type: str
            choices: [continue]
          priority:
            description: Its priority.
            type: int
  approve_ssl:
    description: Send what concerns every TLS client of the device. From C(vpnphone_approve_ssl).
    type: bool
    default: false
  approve_dap_xml:
    description:
      - Change C(dap.xml) on the flash. From C(vpnphone_approve_dap_xml). Needs C(ssh scopy enable) on the device.
    type: bool
    default: false
  plan_hash:
    description:
      - The hash of the plan that was approved, or a dictionary of such hashes by device. From C(vpnphone_plan_hash).
      - A device whose plan has another hash is not changed. Without it any plan is sent.
    type: raw
  save:
    description: V(after_verify) saves once the read-back is right; V(never) leaves that, so that a reload undoes it.
    type: str
    choices: [after_verify, never]
    default: after_verify
  accept_unsaved:
    description: Save others' unsaved changes along with these. From C(vpnphone_accept_unsaved).
    type: bool
    default: false
  run_dir:
    description: Directory of the run; states, the change and its texts are kept there.
    type: path
    required: true
  lock_dir:
    description: Directory of the locks of devices. From C(vpnphone_lock_dir).
    type: path
    default: ~/.local/state/vpnphone/locks
  return_details:
    description:
      - Return the plan, its commands and what was sent too. A change of many devices keeps them in O(run_dir) only, and
        RV(text) says all of it in words.
    type: bool
    default: true
  recovery_seconds:
    description: How long a device that was lost in the middle is tried again. From C(vpnphone_recovery_seconds).
    type: int
    default: 120
  phone_models_file:
    description: The phone table; needed for C(profile.ssl). From C(vpnphone_phone_models_file).
    type: path
  models_in_use:
    description: Phone models behind this device; all rows when empty. From C(vpnphone_models_in_use).
    type: list
    elements: str
    default: []
  declared:
    description: What the inventory says of this device; kept with its states for M(vpnphone_assess).
    type: dict
    default: {}
    suboptions:
      tunnel_groups:
        description: The phones' tunnel-groups. From C(vpnphone_tunnel_groups).
        type: list
        elements: str
        default: []
      gateway_urls:
        description: The URLs typed in CUCM's VPN gateways. From C(vpnphone_gateway_urls).
        type: list
        elements: str
        default: []
      phone_interfaces:
        description: Interfaces where phones arrive. From C(vpnphone_phone_interfaces).
        type: list
        elements: str
        default: []
      phones_offline:
        description: Phones that exist but are not connected now. From C(vpnphone_phones_offline).
        type: int
        default: 0
      reviewed_vpn_filters:
        description: ACLs that a person has found to let phones through. From C(vpnphone_reviewed_vpn_filters).
        type: list
        elements: str
        default: []
  context:
    description: Security context to change, on a device in multiple mode. From C(vpnphone_context).
    type: str
"""

EXAMPLES = r"""
- name: See what would be done
  vpnphone_asa_profile:
    run_dir: reports/20261124T020000Z
    profile:
      tunnel_group: {name: VPNPhone, without_csd: true, authentication: certificate}
      group_policy: {name: GroupPolicy_VPNPhone, simultaneous_logins: 3, ssl_client: true, vpn_filter: none}
  check_mode: true
  register: planned

- name: Do exactly that
  vpnphone_asa_profile:
    run_dir: reports/20261124T020500Z
    plan_hash: "{{ planned.plan_hash }}"
    profile:
      tunnel_group: {name: VPNPhone, without_csd: true, authentication: certificate}
      group_policy: {name: GroupPolicy_VPNPhone, simultaneous_logins: 3, ssl_client: true, vpn_filter: none}

- name: Let the phones' ciphers in, which concerns every TLS client of the device
  vpnphone_asa_profile:
    run_dir: reports/20261124T021000Z
    approve_ssl: true
    phone_models_file: roles/assess/files/phone_models.yml
    profile:
      tunnel_group: {name: VPNPhone}
      ssl: {ciphers: {tlsv1.2: [ECDHE-RSA-AES256-GCM-SHA384, AES256-SHA, AES128-SHA]}}
"""

RETURN = r"""
outcome:
  description:
    - C(nothing_to_do), C(planned) (check mode), C(applied), C(rolled_back) (undone, proven), C(partial) (RV(standing)
      says what stands), C(unknown) (the device could not be read again).
  returned: once a plan was made
  type: str
  sample: applied
text:
  description: What became of the change, in words.
  returned: once a plan was made
  type: str
  sample: "asa1: applied ..."
commands:
  description: The commands of the plan as a person would type them, with the lines that lead to their blocks.
  returned: when O(return_details) is true
  type: list
  elements: str
  sample: [tunnel-group VPNPhone webvpn-attributes, without-csd]
plan:
  description: The whole plan with inverses, reasons, who else is concerned, and what is withheld or left to a person.
  returned: when O(return_details) is true
  type: dict
  sample: {device: asa1, hash: 3b0c..., steps: [{area: tunnel_group, command: without-csd, inverse: [no without-csd]}]}
plan_hash:
  description: SHA-256 of the plan, for O(plan_hash).
  returned: once a plan was made
  type: str
  sample: 3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855a
before:
  description: The blocks that the plan touches, as they were.
  returned: when O(return_details) is true
  type: str
  sample: "tunnel-group VPNPhone webvpn-attributes\n group-url https://vpn.example.com/VPNPhone enable\n"
after:
  description: The same blocks as planned.
  returned: when O(return_details) is true
  type: str
  sample: "tunnel-group VPNPhone webvpn-attributes\n group-url https://vpn.example.com/VPNPhone enable\n without-csd\n"
diff:
  description: Both, for C(--diff), and the plan in words.
  returned: once a plan was made
  type: list
  elements: dict
  sample: [{before: "...", after: "...", before_header: asa1, after_header: asa1}, {prepared: "..."}]
sent:
  description: Every command that went to the device, in order, with its verdict and its answer (secrets removed).
  returned: when O(return_details) is true
  type: list
  elements: dict
  sample: [{command: without-csd, purpose: change, verdict: accepted, answer: ""}]
standing:
  description: After a failure, which planned command stands on the device; null where it could not be told.
  returned: when O(return_details) is true
  type: list
  elements: dict
  sample: [{command: without-csd, stands: true}]
saved:
  description: Whether C(write memory) said [OK]; null where there was nothing to save.
  returned: once a plan was made
  type: bool
  sample: true
save_note:
  description: Why it is not saved.
  returned: once a plan was made
  type: str
  sample: "vpnphone_save is never: a reload undoes the change"
backups:
  description: Copies on the device's own flash, made before the first command.
  returned: once a plan was made
  type: list
  elements: str
  sample: ["disk0:/vpnphone-3b0c4429-running.cfg", "disk0:/vpnphone-3b0c4429-startup.cfg"]
change_file:
  description: The whole change as JSON.
  returned: once a plan was made
  type: str
  sample: reports/20261124T020500Z/changes/asa1.json
error:
  description: What went wrong, what stands now, and what to do.
  returned: failure or unreachable
  type: dict
  sample: {code: configuration_refused, what: "...", where: asa1, todo: "..."}
"""

from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.apply.engine import apply_plan
from ansible.module_utils.vpnphone.apply.keep import RunFiles
from ansible.module_utils.vpnphone.apply.lock import DEFAULT_DIRECTORY, device_lock
from ansible.module_utils.vpnphone.apply.stop import BySignal
from ansible.module_utils.vpnphone.asa_profile import declared_of, keep_refusal, planner_of, result_of, settings_of
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.given import target_name
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.asa_config import ConfigSession
from ansible.module_utils.vpnphone.transport.options import CONNECTION_SPEC, CONNECTION_VARIABLES, Connection

# The action plugin asks the module for keep_refusal.
__all__ = ["ARGUMENT_SPEC", "INVENTORY_VARIABLES", "execute", "keep_refusal", "main"]

STRINGS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "profile": {
        "type": "dict",
        "required": True,
        "options": {
            "tunnel_group": {
                "type": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str", "required": True},
                    "without_csd": {"type": "bool"},
                    "group_url": {"type": "str"},
                    "authentication": {"type": "str", "choices": ["certificate"]},
                },
            },
            "group_policy": {
                "type": "dict",
                "options": {
                    "name": {"type": "str"},
                    "simultaneous_logins": {"type": "int"},
                    "ssl_client": {"type": "bool"},
                    "group_lock": {"type": "str"},
                    "vpn_filter": {"type": "str"},
                    "split_tunnel_policy": {"type": "str", "choices": ["tunnelall"]},
                },
            },
            "ssl": {"type": "dict", "options": {"ciphers": {"type": "dict"}}},
            "dap": {
                "type": "dict",
                "options": {
                    "record": {"type": "str"},
                    "action": {"type": "str", "choices": ["continue"]},
                    "priority": {"type": "int"},
                },
            },
        },
    },
    "approve_ssl": {"type": "bool", "default": False},
    "approve_dap_xml": {"type": "bool", "default": False},
    "plan_hash": {"type": "raw"},
    "save": {"type": "str", "choices": ["after_verify", "never"], "default": "after_verify"},
    "accept_unsaved": {"type": "bool", "default": False},
    "run_dir": {"type": "path", "required": True},
    "lock_dir": {"type": "path", "default": DEFAULT_DIRECTORY},
    "return_details": {"type": "bool", "default": True},
    "recovery_seconds": {"type": "int", "default": 120},
    "phone_models_file": {"type": "path"},
    "models_in_use": STRINGS,
    "declared": {
        "type": "dict",
        "default": {},
        "options": {
            "tunnel_groups": STRINGS,
            "gateway_urls": STRINGS,
            "phone_interfaces": STRINGS,
            "phones_offline": {"type": "int", "default": 0},
            "reviewed_vpn_filters": STRINGS,
        },
    },
    **CONNECTION_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **CONNECTION_VARIABLES,
    "profile": ("vpnphone_profile",),
    "approve_ssl": ("vpnphone_approve_ssl",),
    "approve_dap_xml": ("vpnphone_approve_dap_xml",),
    "plan_hash": ("vpnphone_plan_hash",),
    "save": ("vpnphone_save",),
    "accept_unsaved": ("vpnphone_accept_unsaved",),
    "lock_dir": ("vpnphone_lock_dir",),
    "recovery_seconds": ("vpnphone_recovery_seconds",),
    "phone_models_file": ("vpnphone_phone_models_file",),
    "models_in_use": ("vpnphone_models_in_use",),
    "declared.tunnel_groups": ("vpnphone_tunnel_groups",),
    "declared.gateway_urls": ("vpnphone_gateway_urls",),
    "declared.phone_interfaces": ("vpnphone_phone_interfaces",),
    "declared.phones_offline": ("vpnphone_phones_offline",),
    "declared.reviewed_vpn_filters": ("vpnphone_reviewed_vpn_filters",),
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Change, or plan in check mode. Raises VpnPhoneError where nothing was sent; a failed change is a result."""
    name = target_name(params)
    connection = Connection.of(params)
    context = params["context"] or ""
    address = f"{connection.host}:{connection.port}" + (f":{context}" if context else "")
    run_dir = Path(params["run_dir"])
    with device_lock(Path(params["lock_dir"]).expanduser(), name, address, run=run_dir.name):
        # Behind the lock: what another run of the same id keeps of this device is not ours to take away.
        files = RunFiles(run_dir, name, declared_of(params))
        try:
            dial = partial(ConfigSession, connection, name=name)
            settings = settings_of(name, params, check_mode)
            change = apply_plan(dial, planner_of(params), files, settings, stop=BySignal())
        except VpnPhoneError as error:
            if not files.has_before:
                files.failed(error)
            raise
    return result_of(change, str(files.change_file), details=params["return_details"])


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
