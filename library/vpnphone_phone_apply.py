#!/usr/bin/python
"""Let the phones of one cluster fetch files with the renewed certificate, and prove each: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_phone_apply
short_description: Apply the configuration to the phones of a cluster in waves, and prove each of them
version_added: "0.2.0"
description:
  - Stage apply of a renewal. First canaries, one of each ASA, then batches; a wave begins once every phone of the one
    before it is proven. Phones that log in with a password prompt their users, so they are left alone unless
    O(include_aaa) names them, and come last.
  - A phone is proven when every node that it asks serves it a file with the old and the new hash, when its own status
    messages and its registration show that it fetched that file after the apply, and when it is foretold to connect now
    and after the new certificate is bound. For everything else there is a reason.
  - One phone of a wave is told first. Where a node still serves it the old file after O(settle_timeout), nobody else is
    told. A failed canary, or more than O(max_failures) failed phones in a wave, ends the stage.
  - Every phone's state stands in the journal in O(renewal_dir). A run that was cut short goes on; phones that are
    proven are not told again, and those that were told are looked at first.
  - A phone that is off-line is set aside, with a card for the person at it in C(files/cards).
  - Runs in Ansible's worker process; the options come from inventory variables unless the task says otherwise.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: The waves are planned from the cluster as it is, and recorded in the renewal; nobody is told anything.
  diff_mode:
    support: full
    description: Shows how the phones stand before and after.
  idempotent:
    support: full
    description: Phones that are proven are left alone.
  platform:
    support: full
    platforms: Cisco Unified Communications Manager 11.0 to 15
    description: The systems whose phones can be told.
extends_documentation_fragment:
  - vpnphone_axl
  - vpnphone_platform
  - vpnphone_approved
options:
  name:
    description: Name of the cluster in the renewal; the inventory name by default.
    type: str
  run_dir:
    description:
      - Directory of a run in which the ASAs, the cluster and its phones were gathered just now. What is foretold of a
        phone rests on it; an ASA that was read more than an hour ago is refused.
    type: path
    required: true
  cleanup:
    description:
      - The apply of the cleanup, once the gateways' lists are without the old certificate. A phone is proven then when
        its files hold the new hash and the old one no more.
    type: bool
    default: false
  mode:
    description:
      - What phones are told. V(apply) restarts them only where their file needs it, V(restart) always, V(reset) is the
        cold one. Each ends the VPN for the moment. From C(vpnphone_apply_mode).
    type: str
    choices: [apply, reset, restart]
    default: apply
  canaries:
    description:
      - Names of the phones of the first wave. From C(vpnphone_apply_canaries); by default, of each ASA, the first phone
        that is registered and logs in by certificate.
    type: list
    elements: str
    default: []
  batch_size:
    description: Phones of a wave. From C(vpnphone_apply_batch_size).
    type: int
    default: 25
  max_failures:
    description: Failed phones that a wave may have; a canary may never fail. From C(vpnphone_apply_max_failures).
    type: int
    default: 0
  include_aaa:
    description:
      - Names of phones that log in with a password and are told all the same. Their users must know, and be there.
        From C(vpnphone_include_aaa).
    type: list
    elements: str
    default: []
  proof_timeout:
    description:
      - Seconds after which a phone that was told and is not proven has failed; more than eight minutes are normal. From
        C(vpnphone_proof_timeout).
    type: int
    default: 900
  settle_timeout:
    description:
      - Seconds after an apply in which a node may still serve the old file. From C(vpnphone_file_settle_timeout).
    type: int
    default: 120
  poll_seconds:
    description: Seconds between two looks. From C(vpnphone_poll_seconds).
    type: float
    default: 10
  offline_after:
    description:
      - Seconds without registration after which a phone is off-line. From C(vpnphone_offline_after). One that went less
        long ago is waited for at the begin of its wave.
    type: int
    default: 120
  grace_days:
    description: With O(cleanup), days that must have passed since the switch. From C(vpnphone_grace_days).
    type: int
    default: 7
  unit:
    description: With O(cleanup), as in M(vpnphone_cucm_trust). From C(vpnphone_trust_unit).
    type: str
    default: ""
  language:
    description:
      - Language of written reports. Here of the recovery cards. From C(vpnphone_language).
      - What phones show, commands and the journal are English always.
    type: str
    choices: [en, ko]
    default: en
  phone_models_file:
    description: The phone table. From C(vpnphone_phone_models_file).
    type: path
    required: true
  zone_minutes:
    description: Zones that devices print, in minutes ahead of UTC. From C(vpnphone_zone_minutes).
    type: dict
    default: {}
  clock_skew_seconds:
    description: Greatest difference of clocks. From C(vpnphone_clock_skew_seconds).
    type: int
    default: 300
  ecdsa_fixed_in:
    description: Releases known to carry the fix of CSCuu02848. From C(vpnphone_ecdsa_fixed_in).
    type: list
    elements: str
    default: []
  tftp_nodes:
    description:
      - The nodes that serve files. From C(vpnphone_tftp_nodes); the nodes that the cluster names by default.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the node, as CUCM and the phones call it.
        type: str
        required: true
      host:
        description: Where it is reached (IPv4 or a name); O(tftp_nodes[].name) by default.
        type: str
      http_port:
        description: Port of its files by HTTP.
        type: int
        default: 6970
      tftp_port:
        description: Port of its files by TFTP (UDP).
        type: int
        default: 69
  via:
    description: How files are fetched, as in M(vpnphone_phone_info). From C(vpnphone_files_via).
    type: str
    choices: [auto, http, tftp, both]
    default: auto
  parallel:
    description: Phones that are asked at a time. From C(vpnphone_phones_parallel).
    type: int
    default: 16
  file_timeout:
    description: Seconds without an answer after which a node is asked again. From C(vpnphone_file_timeout).
    type: int
    default: 3
  phone_web_addresses:
    description:
      - C(host:port) of a phone's web pages, by its name. From C(vpnphone_phone_web_addresses); by default the address
        that the phone is registered with, port 80. Without these pages no phone can be proven.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Plan the waves
  vpnphone_phone_apply:
    renewal_dir: renewals/2027
    run_dir: renewals/2027/runs/apply-20270110T020000Z
  check_mode: true
  register: planned

- name: Do what was approved
  vpnphone_phone_apply:
    renewal_dir: renewals/2027
    run_dir: renewals/2027/runs/apply-20270110T020000Z
    approval: "{{ planned.token }}"
    approved_by: J. Doe

- name: Let the phones forget the old certificate, a week after the switch
  vpnphone_phone_apply:
    renewal_dir: renewals/2027
    run_dir: renewals/2027/runs/cleanup-20270120T020000Z
    cleanup: true
    approval: 90ab12cd34ef
    approved_by: J. Doe
"""

RETURN = r"""
outcome:
  description:
    - V(planned), V(done), V(waiting) where the gateways' lists come first, V(running) while another module has the rest
      of it, V(not_needed) where the stage falls away.
  returned: success
  type: str
  sample: done
message:
  description: The outcome in a sentence, with the command to type next where there is one.
  returned: success
  type: str
  sample: "3 steps are planned on cucm-hq. To do: ansible-playbook playbooks/renewal/apply.yml ..."
token:
  description: What approves the plans of the stage; empty where nothing is to be approved.
  returned: success
  type: str
  sample: 5f0c6f1a9b2e
plan:
  description: What was planned, with the facts it was planned from.
  returned: success
  type: dict
  sample: {stage: apply, target: cucm-hq, hash: 1c9d..., actions: [{id: "wave:1:canary:5f0c6f1a9b2e"}]}
actions:
  description: Ids of the planned actions.
  returned: success
  type: list
  elements: str
  sample: ["wave:1:canary:5f0c6f1a9b2e", "wave:2:batch:0f3c5a7b9d1e"]
waves:
  description: The planned waves with the names of their phones.
  returned: success
  type: list
  elements: dict
  sample: [{number: 1, canary: true, phones: [SEP8CB64F576113]}]
commands:
  description: What was sent, or would be.
  returned: success
  type: list
  elements: str
  sample: ["AXL applyPhone SEP8CB64F576113"]
done:
  description: Ids of the waves that this run did, and whose phones it proved.
  returned: success
  type: list
  elements: str
  sample: ["wave:1:canary:5f0c6f1a9b2e"]
phones:
  description: Phones of this cluster by how they stand.
  returned: success
  type: dict
  sample: {offline: 1, proven: 24}
not_ready:
  description: Every phone that is neither proven nor waived, and why.
  returned: success
  type: list
  elements: dict
  sample: [{name: SEP8CB64F576113, proof: offline, reason: it is not registered}]
cards:
  description: The recovery cards, for the person at each phone that is off-line or failed.
  returned: success
  type: list
  elements: str
  sample: [renewals/2027/files/cards/SEP8CB64F576113.md]
before:
  description: How the phones stood that changed.
  returned: success
  type: list
  elements: str
  sample: ["SEP8CB64F576113: unproven"]
after:
  description: How they stand.
  returned: success
  type: list
  elements: str
  sample: ["SEP8CB64F576113: proven"]
warnings:
  description: What an approver must know.
  returned: success
  type: list
  elements: str
  sample: ["1 phones are not registered, so left as they are: SEP8CB64F576113"]
error:
  description: Why it was refused, or what went wrong; what was done before it is said.
  returned: failure or unreachable
  type: dict
  sample: {code: wave_failed, what: "...", where: cucm-hq, todo: "..."}
"""

from functools import partial
from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.change_cucm import Seen, look
from ansible.module_utils.vpnphone.phone_places import NODES_SPEC
from ansible.module_utils.vpnphone.phone_stages import ApplyWork, with_cards
from ansible.module_utils.vpnphone.renewal.flow import run_stage
from ansible.module_utils.vpnphone.renewal.journal import open_journal
from ansible.module_utils.vpnphone.renewal_cucm import RENEWAL_SPEC, RENEWAL_VARIABLES, target_of
from ansible.module_utils.vpnphone.renewal_phones import check_numbers, gathered, ground_of
from ansible.module_utils.vpnphone.report.words import LANGUAGE_SPEC
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.cluster import ClusterOptions, ClusterSession

_STRINGS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
_OF_THE_STORE = ("state", "certificate")
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **{key: option for key, option in RENEWAL_SPEC.items() if key not in _OF_THE_STORE},
    "run_dir": {"type": "path", "required": True},
    "cleanup": {"type": "bool", "default": False},
    "mode": {"type": "str", "choices": ["apply", "reset", "restart"], "default": "apply"},
    "canaries": _STRINGS,
    "batch_size": {"type": "int", "default": 25},
    "max_failures": {"type": "int", "default": 0},
    "include_aaa": _STRINGS,
    "proof_timeout": {"type": "int", "default": 900},
    "settle_timeout": {"type": "int", "default": 120},
    "poll_seconds": {"type": "float", "default": 10},
    "offline_after": {"type": "int", "default": 120},
    "language": LANGUAGE_SPEC,
    "phone_models_file": {"type": "path", "required": True},
    "zone_minutes": {"type": "dict", "default": {}},
    "clock_skew_seconds": {"type": "int", "default": 300},
    "ecdsa_fixed_in": _STRINGS,
    "tftp_nodes": NODES_SPEC,
    "via": {"type": "str", "choices": ["auto", "http", "tftp", "both"], "default": "auto"},
    "parallel": {"type": "int", "default": 16},
    "file_timeout": {"type": "int", "default": 3},
    "phone_web_addresses": {"type": "dict", "default": {}},
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **RENEWAL_VARIABLES,
    "mode": ("vpnphone_apply_mode",),
    "canaries": ("vpnphone_apply_canaries",),
    "batch_size": ("vpnphone_apply_batch_size",),
    "max_failures": ("vpnphone_apply_max_failures",),
    "include_aaa": ("vpnphone_include_aaa",),
    "proof_timeout": ("vpnphone_proof_timeout",),
    "settle_timeout": ("vpnphone_file_settle_timeout",),
    "poll_seconds": ("vpnphone_poll_seconds",),
    "offline_after": ("vpnphone_offline_after",),
    "language": ("vpnphone_language",),
    "phone_models_file": ("vpnphone_phone_models_file",),
    "zone_minutes": ("vpnphone_zone_minutes",),
    "clock_skew_seconds": ("vpnphone_clock_skew_seconds",),
    "ecdsa_fixed_in": ("vpnphone_ecdsa_fixed_in",),
    "tftp_nodes": ("vpnphone_tftp_nodes",),
    "via": ("vpnphone_files_via",),
    "parallel": ("vpnphone_phones_parallel",),
    "file_timeout": ("vpnphone_file_timeout",),
    "phone_web_addresses": ("vpnphone_phone_web_addresses",),
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Raises VpnPhoneError; what was done before it stands in the journal and in the error."""
    name = target_of({"state": "present", "certificate": "new"} | params)
    check_numbers(name, params, INVENTORY_VARIABLES)
    directory = Path(params["renewal_dir"])
    base = gathered(name, params, open_journal(directory).asas)
    sessions = partial(ClusterSession, ClusterOptions.of(params, name), name=name)

    def cluster() -> Seen:
        with sessions() as session:
            return look(session, name, platform=params["cleanup"])

    work = ApplyWork(ground_of(name, sessions, params, base), base, cluster, directory, params)
    make, stage = (work.cleanup, "cleanup") if params["cleanup"] else (work.apply, "apply")
    how: dict[str, Any] = {
        "approval": params["approval"], "approved_by": params["approved_by"], "check_mode": check_mode
    }  # fmt: skip
    return with_cards(work, lambda: run_stage(directory, make, (stage, name), **how))


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
