#!/usr/bin/python
"""Put the new certificate into a cluster's Phone-VPN-trust, or take one out: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_cucm_trust
short_description: Put the renewed certificate into Phone-VPN-trust of a CUCM cluster, or take one out
version_added: "0.2.0"
description:
  - Stage trust of a renewal. The certificate comes in by the certificate API (release 14 and later), at the platform's
    command line, or by a person, whom the result tells what to do.
  - CUCM keeps one file a common name, so an upload that would overwrite another certificate is refused before anything
    is sent. Afterwards the database is read again until it shows the new hash; where the old one is gone, everything
    stops, and the way back is said.
  - What an error leaves open (a lost connection, a server that fails) is decided by reading the cluster again.
  - With O(state=absent) takes out what the renewal put in (the rollback), or the old certificate (the cleanup). A
    certificate that a gateway lists is not deleted.
  - Every action needs an approval of exactly its plan; the journal in O(renewal_dir) keeps the intent before each.
  - Runs in Ansible's worker process; the options come from inventory variables unless the task says otherwise.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: The plan is made from the cluster as it is, and recorded in the renewal; nothing is sent that changes.
  diff_mode:
    support: full
    description: Shows the certificates of Phone-VPN-trust before and after.
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
  method:
    description:
      - How a certificate comes in. V(auto) takes the certificate API, else the command line, else a person. From
        C(vpnphone_trust_method).
    type: str
    choices: [auto, rest, cli, manual]
    default: auto
  service:
    description:
      - The store's name in the certificate API, without C(-trust). From C(vpnphone_trust_service); found by itself
        where the node tells it.
    type: str
    default: ""
  pin_ca_files:
    description:
      - Files (PEM) of the CA certificates that signed the new certificates, which phones then pin in place of those.
        The way out where the new certificate has the old one's common name. From C(vpnphone_pin_ca_files).
    type: list
    elements: str
    default: []
  settle_timeout:
    description: Seconds after which a change that the database does not show counts as failed.
    type: int
    default: 120
"""

EXAMPLES = r"""
- name: Plan the upload
  vpnphone_cucm_trust:
    renewal_dir: renewals/2027
  check_mode: true
  register: planned

- name: Do what was approved
  vpnphone_cucm_trust:
    renewal_dir: renewals/2027
    approval: "{{ planned.token }}"
    approved_by: J. Doe

- name: Take it back
  vpnphone_cucm_trust:
    renewal_dir: renewals/2027
    state: absent
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
  sample: "Planned on cucm-hq: 1 step. To do: ansible-playbook playbooks/renewal/trust.yml ..."
token:
  description: What approves the plans of the stage; empty where nothing is to be approved.
  returned: success
  type: str
  sample: 5f0c6f1a9b2e
plan:
  description: What was planned, with the facts it was planned from.
  returned: success
  type: dict
  sample: {stage: trust, target: cucm-hq, hash: 1c9d..., actions: [{id: "upload:5f0c6f1a..."}]}
actions:
  description: Ids of the planned actions.
  returned: success
  type: list
  elements: str
  sample: ["upload:5f0c6f1a9b2e77c1d0e3f4a5b6c7d8e9f0a1b2c3"]
commands:
  description: What was sent, or would be.
  returned: success
  type: list
  elements: str
  sample: ["set cert import trust Phone-VPN"]
done:
  description: Ids of the actions that this run did and proved.
  returned: success
  type: list
  elements: str
  sample: ["upload:5f0c6f1a9b2e77c1d0e3f4a5b6c7d8e9f0a1b2c3"]
before:
  description: The certificates of Phone-VPN-trust, as found.
  returned: success
  type: list
  elements: str
  sample: ["vpn.example.com (SHA-1 5f0c6f1a…)"]
after:
  description: The certificates of Phone-VPN-trust, as read afterwards, or as planned.
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

from ansible.module_utils.vpnphone.cucm_stages import TrustWork
from ansible.module_utils.vpnphone.renewal.flow import run_rollback, run_stage
from ansible.module_utils.vpnphone.renewal_cucm import RENEWAL_SPEC, RENEWAL_VARIABLES, target_of
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.cluster import ClusterOptions, ClusterSession

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **RENEWAL_SPEC,
    "method": {"type": "str", "choices": ["auto", "rest", "cli", "manual"], "default": "auto"},
    "service": {"type": "str", "default": ""},
    "pin_ca_files": {"type": "list", "elements": "str", "default": []},
    "settle_timeout": {"type": "int", "default": 120},
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **RENEWAL_VARIABLES,
    "method": ("vpnphone_trust_method",),
    "service": ("vpnphone_trust_service",),
    "pin_ca_files": ("vpnphone_pin_ca_files",),
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Raises VpnPhoneError; what was done before it stands in the journal and in the error."""
    name = target_of(params)
    directory = Path(params["renewal_dir"])
    how: dict[str, Any] = {
        "approval": params["approval"], "approved_by": params["approved_by"], "check_mode": check_mode
    }  # fmt: skip
    with ClusterSession(ClusterOptions.of(params, name), name=name) as session:
        work = TrustWork(session, name, params, directory)
        if params["state"] == "present":
            result = run_stage(directory, work.upload, ("trust", name), **how)
        elif params["certificate"] == "new":
            result = run_rollback(directory, work.rollback, ("trust", name), **how)
        else:
            result = run_stage(directory, work.cleanup, ("cleanup", name), **how)
        return result | work.shown(result)


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
