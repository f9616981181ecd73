#!/usr/bin/python
"""Make an ASA's new certificate on a trustpoint of its own, and export it: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_asa_certificate
short_description: Make the new certificate of an ASA on a trustpoint of its own, or take it back
version_added: "0.2.0"
description:
  - Stages certificate and export of a renewal. The bound trustpoint is never touched, and nothing is bound.
  - With O(method=csr) the key is made on the ASA and never leaves it. The first run ends with the request in the
    journal and in C(files/<asa>.csr) of the renewal's directory; the outcome is V(waiting). Once a CA has signed it,
    the certificate goes to C(files/<asa>.pem), the CAs above it behind it or to C(files/<asa>-chain.pem); the next run
    plans the import of exactly that certificate, for an approval of its own.
  - With O(method=self_signed) the ASA signs the certificate itself; with O(method=pkcs12) key and certificate come from
    a file.
  - Before anything is imported the certificate is held against everything that decides whether phones take it. Its key
    must be that of the request, its dates must fit the ASA's own clock too, the hosts of the gateway URLs must be in it
    as the phones' host-ID check wants them, every phone model in use must know its key and signature, its chain must be
    complete with every signature right, and its common name must be free in Phone-VPN-trust.
  - The issuer goes into the new trustpoint; a CA above it gets a trustpoint of its own where no trustpoint of the
    device holds that very certificate.
  - Every action looks first whether it is done already and is proven by reading the device, so a run that was killed
    goes on with what is left of the approved plan.
  - With O(stage=export) reads the certificate back, compares it byte for byte with what was imported, and finds out by
    hash whether the phones pin a CA that it is sent with, so that they need nothing new.
  - With O(state=absent) removes what this renewal made, where nobody else uses it.
  - Every action needs an approval of exactly its plan; the journal in O(renewal_dir) keeps the intent before each.
  - Runs in Ansible's worker process; the options come from inventory variables unless the task says otherwise.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: The plan is made from the ASA as it is, and recorded in the renewal; nothing is sent that changes.
  diff_mode:
    support: full
    description: Shows the trustpoints and keys of the renewal before and after.
  idempotent:
    support: full
    description: What is there already is not made again.
  platform:
    support: full
    platforms: Cisco ASA 9.0 and later
    description: The systems that can be changed.
extends_documentation_fragment:
  - vpnphone_asa
  - vpnphone_approved
options:
  name:
    description: Name of the ASA in the renewal; the inventory name by default.
    type: str
  stage:
    description: Which of the two stages is done.
    type: str
    choices: [certificate, export]
    default: certificate
  state:
    description: V(present) does the stage; V(absent) takes stage certificate back.
    type: str
    choices: [present, absent]
    default: present
  method:
    description:
      - Where the certificate comes from. V(csr) is a CA that signs a request of the ASA, V(self_signed) the ASA itself,
        V(pkcs12) a file with key and certificate. From C(vpnphone_certificate_method).
    type: str
    choices: [csr, self_signed, pkcs12]
    default: csr
  new_certificate:
    description:
      - What the new certificate is to be. From C(vpnphone_new_certificate), which preflight judges as well.
      - C(trustpoint) names the new trustpoint and its key, as the renewal was opened with; C(cn) is the common name;
        C(names) the DNS names, of which the first becomes the FQDN of the request; C(key) is V(RSA) or V(EC); C(bits)
        its size; C(pin) is V(leaf), or V(ca) where phones are to pin the CA.
    type: dict
    default: {}
  subject:
    description:
      - The whole subject, as C(CN=vpn-2027.example.com,O=Example); C(CN=) and the common name by default. From
        C(vpnphone_certificate_subject).
    type: str
    default: ""
  certificate_file:
    description:
      - The certificate that the CA made of the request (PEM, or DER); CAs may stand behind it. Without it
        C(files/<asa>.pem) is looked for. From C(vpnphone_certificate_file).
    type: str
    default: ""
  chain_files:
    description: Files (PEM) with the CA certificates above it, up to the root. From C(vpnphone_chain_files).
    type: list
    elements: str
    default: []
  pkcs12_file:
    description:
      - With O(method=pkcs12) the file with the private key, its certificate and the chain. It is read on the controller
        and pasted into the ASA; it enters neither the journal nor any log. From C(vpnphone_pkcs12_file).
    type: path
  pkcs12_passphrase:
    description:
      - Its passphrase, made for this once. It is a word of a command, so the ASA's own accounting (syslog 111008 and
        111010, AAA) may keep it; the journal says so, without the value. Letters and digits, at most 64. From
        C(vpnphone_pkcs12_passphrase) in a vault, else from the environment variable C(VPNPHONE_PKCS12_PASSPHRASE).
    type: str
  host_id_check:
    description:
      - Phones compare the host of the URL with the names in the certificate. V(false) only where Host ID Check is off
        in every VPN profile; what does not fit is a warning then. From C(vpnphone_host_id_check).
    type: bool
    default: true
  save:
    description:
      - V(after_verify) saves the configuration once what was made is read back; V(never) leaves it unsaved, so that a
        reload loses key and certificate. From C(vpnphone_save).
    type: str
    choices: [after_verify, never]
    default: after_verify
  accept_unsaved:
    description: Save others' unsaved changes along with ours. From C(vpnphone_accept_unsaved).
    type: bool
    default: false
  run_dir:
    description:
      - Directory of a gathered run, for who pins what and for the names in Phone-VPN-trust; that of preflight by
        default.
    type: path
  phone_models_file:
    description: The phone table. From C(vpnphone_phone_models_file).
    type: path
    required: true
  models_in_use:
    description: Phone models of the site. From C(vpnphone_models_in_use); every row of the table by default.
    type: list
    elements: str
    default: []
  zone_minutes:
    description: Time zones that the ASA prints, in minutes ahead of UTC. From C(vpnphone_zone_minutes).
    type: dict
    default: {}
  lock_dir:
    description: Directory of the locks of devices. From C(vpnphone_lock_dir).
    type: path
    default: ~/.local/state/vpnphone/locks
  context:
    description: The security context of the phones' VPN, in multiple mode. From C(vpnphone_context).
    type: str
"""

EXAMPLES = r"""
- name: Plan key, trustpoint and request
  vpnphone_asa_certificate:
    renewal_dir: renewals/2027
    phone_models_file: roles/assess/files/phone_models.yml
  check_mode: true
  register: planned

- name: Do what was approved; it ends waiting for the CA
  vpnphone_asa_certificate:
    renewal_dir: renewals/2027
    phone_models_file: roles/assess/files/phone_models.yml
    approval: "{{ planned.token }}"
    approved_by: J. Doe

- name: Export the new certificate, as approved
  vpnphone_asa_certificate:
    renewal_dir: renewals/2027
    phone_models_file: roles/assess/files/phone_models.yml
    stage: export
    approval: 5f0c6f1a9b2e
    approved_by: J. Doe

- name: Take stage certificate back
  vpnphone_asa_certificate:
    renewal_dir: renewals/2027
    phone_models_file: roles/assess/files/phone_models.yml
    state: absent
    approval: 90ab12cd34ef
    approved_by: J. Doe
"""

RETURN = r"""
outcome:
  description: V(planned), V(waiting) for the CA, V(done), V(rolled_back).
  returned: success
  type: str
  sample: waiting
message:
  description: The outcome in a sentence, with the command to type next where there is one.
  returned: success
  type: str
  sample: "the request renewals/2027/files/asa1.csr is to be signed by your CA. To do: Have it signed, ..."
token:
  description: What approves the plans of the stage; empty where nothing is to be approved.
  returned: success
  type: str
  sample: 5f0c6f1a9b2e
plan:
  description: What was planned, with the facts it was planned from.
  returned: success
  type: dict
  sample: {stage: certificate, target: asa1, hash: 1c9d..., actions: [{id: key}, {id: trustpoint}, {id: csr}]}
actions:
  description: Ids of the planned actions.
  returned: success
  type: list
  elements: str
  sample: [key, trustpoint, csr, save, import]
commands:
  description: What was sent, or would be; never a passphrase.
  returned: success
  type: list
  elements: str
  sample: ["crypto key generate rsa label VPN_2027 modulus 2048", "crypto ca trustpoint VPN_2027"]
done:
  description: Ids of the actions that this run did and proved.
  returned: success
  type: list
  elements: str
  sample: [key, trustpoint, csr, save]
before:
  description: What is bound, and the trustpoints and keys of the renewal, as found.
  returned: success
  type: list
  elements: str
  sample: ["bound: VPN_TP: vpn.example.com (SHA-1 5f0c6f1a…)"]
after:
  description: The same, as read afterwards.
  returned: success
  type: list
  elements: str
  sample: ["trustpoint VPN_2027: certificate vpn-2027.example.com (SHA-1 90ab12cd…), CA Example CA (SHA-1 77c1d0e3…)"]
warnings:
  description: What an approver must know; after the import, what the failover mate lacks.
  returned: success
  type: list
  elements: str
  sample: ["asa1: the failover mate does not hold it. PERSON: type `write standby` on the active unit; ..."]
error:
  description: Why it was refused, or what went wrong; what was done before it is said.
  returned: failure or unreachable
  type: dict
  sample: {code: host_id, what: "...", where: asa1, todo: "..."}
"""

from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.apply.lock import DEFAULT_DIRECTORY, device_lock
from ansible.module_utils.vpnphone.asa_certificate import CertificateWork
from ansible.module_utils.vpnphone.asa_wishes import Wanted
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.given import target_name
from ansible.module_utils.vpnphone.phone_models import read_phone_models
from ansible.module_utils.vpnphone.renewal.flow import run_rollback, run_stage, who
from ansible.module_utils.vpnphone.renewal.journal import open_journal
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.asa_dialogue import DialogueSession
from ansible.module_utils.vpnphone.transport.options import CONNECTION_SPEC, CONNECTION_VARIABLES, Connection

STRINGS: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "renewal_dir": {"type": "path", "required": True},
    "stage": {"type": "str", "choices": ["certificate", "export"], "default": "certificate"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "approval": {"type": "str", "default": ""},
    "approved_by": {"type": "str", "default": ""},
    "method": {"type": "str", "choices": ["csr", "self_signed", "pkcs12"], "default": "csr"},
    "new_certificate": {"type": "dict", "default": {}},
    "subject": {"type": "str", "default": ""},
    "certificate_file": {"type": "str", "default": ""},
    "chain_files": STRINGS,
    "pkcs12_file": {"type": "path"},
    "pkcs12_passphrase": {"type": "str", "no_log": True},
    "host_id_check": {"type": "bool", "default": True},
    "save": {"type": "str", "choices": ["after_verify", "never"], "default": "after_verify"},
    "accept_unsaved": {"type": "bool", "default": False},
    "run_dir": {"type": "path"},
    "phone_models_file": {"type": "path", "required": True},
    "models_in_use": STRINGS,
    "zone_minutes": {"type": "dict", "default": {}},
    "lock_dir": {"type": "path", "default": DEFAULT_DIRECTORY},
    **CONNECTION_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **CONNECTION_VARIABLES,
    "approval": ("vpnphone_approval",),
    "approved_by": ("vpnphone_approved_by",),
    "method": ("vpnphone_certificate_method",),
    "new_certificate": ("vpnphone_new_certificate",),
    "subject": ("vpnphone_certificate_subject",),
    "certificate_file": ("vpnphone_certificate_file",),
    "chain_files": ("vpnphone_chain_files",),
    "pkcs12_file": ("vpnphone_pkcs12_file",),
    "pkcs12_passphrase": ("vpnphone_pkcs12_passphrase",),
    "host_id_check": ("vpnphone_host_id_check",),
    "save": ("vpnphone_save",),
    "accept_unsaved": ("vpnphone_accept_unsaved",),
    "phone_models_file": ("vpnphone_phone_models_file",),
    "models_in_use": ("vpnphone_models_in_use",),
    "zone_minutes": ("vpnphone_zone_minutes",),
    "lock_dir": ("vpnphone_lock_dir",),
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Raises VpnPhoneError; what was done before it stands in the journal and in the error."""
    name = target_name(params)
    if (params["stage"], params["state"]) == ("export", "absent"):
        raise BadInput(
            "an export changes nothing, so there is nothing to take back.",
            where=name,
            todo="state absent goes with stage certificate.",
        )
    directory, connection = Path(params["renewal_dir"]), Connection.of(params)
    address = f"{connection.host}:{connection.port}" + (f":{connection.context}" if connection.context else "")
    how: dict[str, Any] = {
        "approval": params["approval"], "approved_by": params["approved_by"], "check_mode": check_mode
    }  # fmt: skip
    # Before anybody logs in.
    open_journal(directory)
    wanted = Wanted(name, directory, params, _site(params, name))
    with (
        device_lock(Path(params["lock_dir"]).expanduser(), name, address, run=f"renewal {directory.name}"),
        DialogueSession(connection, name=name) as session,
    ):
        work = CertificateWork(session, name, directory, wanted, by=who(params["approved_by"]))
        if params["state"] == "absent":
            result = run_rollback(directory, work.rollback, ("certificate", name), **how)
        elif params["stage"] == "export":
            result = run_stage(directory, work.export, ("export", name), **how)
        else:
            result = run_stage(directory, work.certificate, ("certificate", name), **how)
        return result | work.shown(result)


def _site(params: dict[str, Any], name: str) -> Site:
    given = {"models_in_use": params["models_in_use"], "zone_minutes": params["zone_minutes"]}
    try:
        site = msgspec.convert(given, Site, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(f"{error}.", where=name, todo="Correct vpnphone_zone_minutes: {CET: 60}.") from error
    return msgspec.structs.replace(site, phone_models=read_phone_models(Path(params["phone_models_file"])))


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
