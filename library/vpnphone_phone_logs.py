#!/usr/bin/python
"""Fetch the logs of named phones: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_phone_logs
short_description: Fetch console logs and status messages of named phones into the directory of a run
version_added: "0.1.0"
description:
  - Reads the web pages of the phones that O(phones) names, and keeps every console log that they link to, and the
    status messages, in C(logs/phones/SEP<MAC>/) of the run, secrets redacted, mode 0600. They are read there by
    M(vpnphone_log_diagnosis).
  - A phone is asked where O(phone_web_addresses) says; else at the address with which it is registered now, which the
    cluster tells by RisPort70. Nothing is kept of pages that name another phone.
  - Web access must be on in CUCM. It is never switched on here; a phone that does not answer is a fact with what to do
    (RV(facts)), and never a failure of the task.
  - Only reads.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Only reads the phones; their logs are kept in check mode too, since they are the result.
  diff_mode:
    support: none
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed.
  platform:
    support: full
    platforms: Cisco Unified Communications Manager 11.0 to 15
    description: The systems that are asked where a phone is.
extends_documentation_fragment:
  - vpnphone_axl
options:
  name:
    description: Name of the cluster in results and reports; the inventory name by default.
    type: str
  run_dir:
    description: Directory of the run.
    type: path
    required: true
  phones:
    description: Names of the phones (C(SEP) and the MAC), at most 200. From C(vpnphone_phones).
    type: list
    elements: str
    required: true
  phone_web_addresses:
    description:
      - C(host:port) of a phone's web pages, by its name. From C(vpnphone_phone_web_addresses).
      - With an address for each of O(phones) the cluster is not asked.
    type: dict
    default: {}
  parallel:
    description: Phones that are asked at a time. From C(vpnphone_phones_parallel).
    type: int
    default: 16
"""

EXAMPLES = r"""
- name: Fetch the logs of two phones
  vpnphone_phone_logs:
    run_dir: reports/20261124T020000Z
    phones: [SEP8CB64F576113, SEP70E422A1B9C8]

- name: Fetch them where they are known to be, of a cluster that cannot be asked
  vpnphone_phone_logs:
    name: cucm-hq
    run_dir: reports/20261124T020000Z
    phones: [SEP8CB64F576113]
    phone_web_addresses:
      SEP8CB64F576113: 192.0.2.77
"""

RETURN = r"""
logs:
  description: The files that were kept, by phone; phones of which nothing was read are missing.
  returned: success
  type: dict
  sample: {SEP8CB64F576113: [logs/phones/SEP8CB64F576113/log181, logs/phones/SEP8CB64F576113/status_messages.txt]}
facts:
  description: What was not read, why, and what to do about it.
  returned: success
  type: list
  elements: dict
  sample: [{device: SEP70E422A1B9C8, what: "its web access is off, or ...", todo: "In CUCM, ..."}]
error:
  description: Why no phone could be asked.
  returned: failure or unreachable
  type: dict
  sample: {code: http_unauthorized, what: "...", where: cucm-hq, todo: "..."}
"""

from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.errors import BadInput, VpnPhoneError
from ansible.module_utils.vpnphone.gather_logs import STATUS_FILE, Fetched, fetch_phones
from ansible.module_utils.vpnphone.given import target_name
from ansible.module_utils.vpnphone.guide.record import phone_names
from ansible.module_utils.vpnphone.log_files import forget_logs, keep_logs
from ansible.module_utils.vpnphone.model import Registration
from ansible.module_utils.vpnphone.phone_places import MAX_PARALLEL, page_addresses
from ansible.module_utils.vpnphone.phone_registrations import (
    REGISTRATION_SPEC,
    REGISTRATION_VARIABLES,
    registrations,
)
from ansible.module_utils.vpnphone.rundir import (
    GatheredLogs,
    LogFact,
    LogFile,
    failure_of,
    forget_gathered,
    own_directory,
    write_gathered,
)
from ansible.module_utils.vpnphone.standalone import run_module

MAX_PHONES = 200
ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "run_dir": {"type": "path", "required": True},
    "phones": {"type": "list", "elements": "str", "required": True},
    "phone_web_addresses": {"type": "dict", "default": {}},
    "parallel": {"type": "int", "default": 16},
    **REGISTRATION_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **REGISTRATION_VARIABLES,
    "phones": ("vpnphone_phones",),
    "parallel": ("vpnphone_phones_parallel",),
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Fetch; raises VpnPhoneError, after the failure was kept in run_dir."""
    name = target_name(params)
    run_dir = own_directory(Path(params["run_dir"]))
    forget_gathered(run_dir, name, GatheredLogs)
    try:
        phones = _phones(name, params)
        registered, facts = _registered(name, params, phones)
        addresses = page_addresses(params["phone_web_addresses"], registered, phones)
        fetched = fetch_phones(phones, addresses, parallel=params["parallel"])
    except VpnPhoneError as error:
        write_gathered(run_dir, GatheredLogs(device=name, failure=failure_of(error)))
        raise
    logs: dict[str, list[str]] = {}
    files: list[LogFile] = []
    for phone, one in fetched.items():
        found = _kept(run_dir, phone, one)
        files += found
        facts += one.facts
        if found:
            logs[phone] = [file.path for file in found]
    write_gathered(run_dir, GatheredLogs(device=name, files=tuple(files), facts=tuple(facts)))
    return {"changed": False, "logs": logs, "facts": msgspec.to_builtins(facts)}


def _phones(name: str, params: dict[str, Any]) -> tuple[str, ...]:
    """BadInput for what is no phone, for none and for too many."""
    phones = phone_names(params["phones"], name, MAX_PHONES)
    if not 1 <= params["parallel"] <= MAX_PARALLEL:
        raise BadInput(
            f"parallel is {params['parallel']}; expected 1 to {MAX_PARALLEL}.", where=name, todo="Correct it."
        )
    return phones


def _registered(name: str, params: dict[str, Any], phones: tuple[str, ...]) -> tuple[list[Registration], list[LogFact]]:
    """Where the phones without a given address are registered. VpnPhoneError where not one phone could be asked."""
    asked = [phone for phone in phones if phone not in params["phone_web_addresses"]]
    if not asked:
        return [], []
    try:
        return registrations(name, params, asked, parallel=params["parallel"]), []
    except VpnPhoneError as error:
        if len(asked) == len(phones):
            raise
        what = f"was not asked where {', '.join(asked)[:200]} are registered: {error.what}"
        return [], [LogFact(device=name, what=what, todo=error.todo)]


def _kept(run_dir: Path, phone: str, fetched: Fetched) -> list[LogFile]:
    if not fetched.files:
        return []
    folder = f"phones/{phone}"
    forget_logs(run_dir, folder)
    paths = keep_logs(run_dir, folder, dict(fetched.files))
    return [
        LogFile(
            device=phone, path=str(path.relative_to(run_dir)), side="status" if path.name == STATUS_FILE else "phone"
        )
        for path in paths
    ]


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
