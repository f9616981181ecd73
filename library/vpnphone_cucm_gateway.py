#!/usr/bin/python
"""Add the new certificate to the VPN gateways of a cluster, or take one out: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_cucm_gateway
short_description: Add the renewed certificate to the lists of a cluster's VPN gateways, or take one out
version_added: "0.2.0"
description:
  - Stage gateway of a renewal. AXL takes a gateway's list as a whole, so the list is read, the new certificate put
    behind the old ones, written, and read again. Issuer and serial number are those of the row in Phone-VPN-trust whose
    hash is the certificate's.
  - A list that changed since it was planned is not touched. More than 10 certificates in a gateway or in all gateways
    of a group are refused, and so is a list that lacks what an ASA shows today.
  - What an error leaves open (a lost connection, a server that fails) is decided by reading the cluster again.
  - With O(state=absent) takes out what the renewal added (the rollback), or the old certificate (the cleanup). Phones
    learn of either by the next apply alone.
  - Every action needs an approval of exactly its plan; the journal in O(renewal_dir) keeps the lists before each.
  - Runs in Ansible's worker process; the options come from inventory variables unless the task says otherwise.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: The plan is made from the cluster as it is, and recorded in the renewal; nothing is sent that changes.
  diff_mode:
    support: full
    description: Shows the lists of the gateways before and after.
  idempotent:
    support: full
    description: What is there already is not sent again.
  platform:
    support: full
    platforms: Cisco Unified Communications Manager 11.0 to 15
    description: The systems that can be changed.
extends_documentation_fragment:
  - vpnphone_axl
  - vpnphone_platform
  - vpnphone_approved
options:
  name:
    description: Name of the cluster in the renewal; the inventory name by default.
    type: str
  state:
    description:
      - V(present) does the stage; V(absent) takes out what O(certificate) says.
    type: str
    choices: [present, absent]
    default: present
  certificate:
    description:
      - With O(state=absent), V(new) takes the stage back, and V(old) is this module's part of the cleanup.
    type: str
    choices: [new, old]
    default: new
  grace_days:
    description: Days that must have passed since the switch before the old certificate is taken out. From
      C(vpnphone_grace_days).
    type: int
    default: 7
  unit:
    description:
      - The store's unit at the command line. From C(vpnphone_trust_unit); found by itself where C(show cert list trust)
        names a file of the store.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Plan the new lists
  vpnphone_cucm_gateway:
    renewal_dir: renewals/2027
  check_mode: true
  register: planned

- name: Do what was approved
  vpnphone_cucm_gateway:
    renewal_dir: renewals/2027
    approval: "{{ planned.token }}"
    approved_by: J. Doe

- name: Take the old certificate out, a week after the switch
  vpnphone_cucm_gateway:
    renewal_dir: renewals/2027
    state: absent
    certificate: old
    approval: 90ab12cd34ef
    approved_by: J. Doe
"""

RETURN = r"""
outcome:
  description:
    - V(planned), V(done), V(waiting) for a person, V(running) while another module has the rest of it, V(not_needed)
      where the stage falls away, V(rolled_back).
  returned: success
  type: str
  sample: done
message:
  description: The outcome in a sentence, with the command to type next where there is one.
  returned: success
  type: str
  sample: "Planned on cucm-hq: 1 step. To do: ansible-playbook playbooks/renewal/gateway.yml ..."
token:
  description: What approves the plans of the stage; empty where nothing is to be approved.
  returned: success
  type: str
  sample: 5f0c6f1a9b2e
plan:
  description: What was planned, with the facts it was planned from.
  returned: success
  type: dict
  sample: {stage: gateway, target: cucm-hq, hash: 1c9d..., actions: [{id: "gateway:GW1:0f3c5a7b9d1e"}]}
actions:
  description: Ids of the planned actions.
  returned: success
  type: list
  elements: str
  sample: ["gateway:GW1:0f3c5a7b9d1e"]
commands:
  description: What was sent, or would be.
  returned: success
  type: list
  elements: str
  sample: ["AXL updateVpnGateway GW1"]
done:
  description: Ids of the actions that this run did and proved.
  returned: success
  type: list
  elements: str
  sample: ["gateway:GW1:0f3c5a7b9d1e"]
before:
  description: The lists of the gateways as found.
  returned: success
  type: list
  elements: str
  sample: ["vpn.example.com (SHA-1 5f0c6f1a…)"]
after:
  description: The lists of the gateways as read afterwards, or as planned.
  returned: success
  type: list
  elements: str
  sample: ["vpn.example.com (SHA-1 5f0c6f1a…)", "vpn-2027.example.com (SHA-1 90ab12cd…)"]
warnings:
  description: What an approver must know.
  returned: success
  type: list
  elements: str
  sample: ["a person uploads: no platform login is given"]
error:
  description: Why it was refused, or what went wrong; what was done before it is said.
  returned: failure or unreachable
  type: dict
  sample: {code: same_cn_overwrites, what: "...", where: cucm-hq, todo: "..."}
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.cucm_stages import ListWork
from ansible.module_utils.vpnphone.renewal.flow import run_rollback, run_stage
from ansible.module_utils.vpnphone.renewal_cucm import RENEWAL_SPEC, RENEWAL_VARIABLES, target_of
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.cluster import ClusterOptions, ClusterSession

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {**RENEWAL_SPEC}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {**RENEWAL_VARIABLES}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Raises VpnPhoneError; what was done before it stands in the journal and in the error."""
    name = target_of(params)
    directory = Path(params["renewal_dir"])
    how: dict[str, Any] = {
        "approval": params["approval"], "approved_by": params["approved_by"], "check_mode": check_mode
    }  # fmt: skip
    with ClusterSession(ClusterOptions.of(params, name), name=name) as session:
        work = ListWork(session, name, params, directory)
        if params["state"] == "present":
            result = run_stage(directory, work.add, ("gateway", name), **how)
        elif params["certificate"] == "new":
            result = run_rollback(directory, work.rollback, ("gateway", name), **how)
        else:
            result = run_stage(directory, work.cleanup, ("cleanup", name), **how)
        return result | work.shown(result)


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
