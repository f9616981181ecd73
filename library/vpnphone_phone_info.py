#!/usr/bin/python
"""Gather the phones of one cluster: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_phone_info
short_description: Gather what a cluster's TFTP nodes serve its phones, and what the phones themselves show
version_added: "0.1.0"
description:
  - Fetches C(SEP<MAC>.cnf.xml) of every phone of one cluster from every TFTP node, by HTTP and by TFTP, and keeps of
    it the C(vpnGroup) alone (URLs, certificate hashes, host ID check). Nothing else of a file is stored or shown; it
    can hold passwords.
  - Runs once for a cluster; all its phones are asked concurrently (O(parallel)).
  - An encrypted file is reported as such, and what it holds stays UNKNOWN. The signature of a C(.sgn) envelope is not
    verified; the name and the time in it are read.
  - A node that fails three times in a row is given up for the remaining phones, with its reason.
  - With O(phone_web) also reads the phones' own web pages (status messages, network settings, names of console logs);
    web access must be on in CUCM.
  - Only reads. What a node or a phone does is a result (RV(nodes)), never a failure of the task.
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
    description: The systems whose files are understood.
options:
  name:
    description: Name of the cluster in results and reports; the inventory name by default.
    type: str
  run_dir:
    description:
      - Directory of an audit run. The phones, their addresses and the nodes are taken from what
        M(vpnphone_cucm_info) kept there; the result is kept there for M(vpnphone_assess). From C(gather_run_dir).
    type: path
  phones:
    description:
      - Names of the phones to ask (C(SEP) and the MAC in capitals); every phone of the cluster by default.
      - Needed without O(run_dir).
    type: list
    elements: str
    default: []
  tftp_nodes:
    description:
      - The nodes that serve files. From C(vpnphone_tftp_nodes); the nodes that the cluster names by default.
      - Phones ask the nodes of their DHCP option 150, so name exactly these.
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
    description:
      - How files are fetched. From C(vpnphone_files_via).
      - V(auto) asks each file both ways for up to 50 phones; for more, by HTTP, and by TFTP ten phones as a sample and
        those whose file HTTP did not give. V(both) asks each file both ways.
    type: str
    choices: [auto, http, tftp, both]
    default: auto
  parallel:
    description: Phones that are asked at a time. From C(vpnphone_phones_parallel).
    type: int
    default: 16
  file_timeout:
    description:
      - Seconds without an answer after which a node is asked again, or given up. From C(vpnphone_file_timeout).
    type: int
    default: 3
  phone_web:
    description: Read the phones' own web pages too. From C(vpnphone_phone_web).
    type: bool
    default: false
  phone_web_addresses:
    description:
      - C(host:port) of a phone's web pages, by its name. From C(vpnphone_phone_web_addresses).
      - By default the address that the phone is registered with, port 80; a phone without either is not asked.
    type: dict
    default: {}
  saved_output:
    description:
      - Folder of saved answers of the cluster; the files that nodes serve lie below it, in C(tftp/NODE/), under the
        names they were fetched by. No node and no phone is asked then. From C(vpnphone_saved_output).
    type: path
  return_phones:
    description: Return what was learned of each phone in the result. An audit keeps it in O(run_dir) only.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Gather the phones of a cluster, in an audit run
  vpnphone_phone_info:
    run_dir: reports/20261124T020000Z
    return_phones: false

- name: See what two nodes serve one phone
  vpnphone_phone_info:
    name: cucm-hq
    phones: [SEP8CB64F576113]
    tftp_nodes:
      - {name: cucm-pub, host: 10.0.0.11}
      - {name: cucm-tftp2, host: 10.0.0.12}
  register: served
"""

RETURN = r"""
device:
  description: What was asked, in short. skipped are the cluster's devices whose name is no phone's.
  returned: success
  type: dict
  sample: {name: cucm-hq, phones: 812, skipped: 4, pages: 640, files: "by HTTP; by TFTP 10 of them as a sample, ..."}
nodes:
  description: Each node by each way; counts are answers by status, given_up why it was not asked for the rest.
  returned: success
  type: list
  elements: dict
  sample: [{name: cucm-pub, via: http, counts: {ok: 810, absent: 2}, given_up: ""}]
phones:
  description: What was learned of each phone.
  returned: when O(return_phones) is true
  type: list
  elements: dict
  sample: [{name: SEP8CB64F576113, files: [{node: cucm-pub, via: http, status: ok, vpn: {urls: ["https://..."]}}]}]
state_file:
  description: Where it was kept.
  returned: when O(run_dir) is given
  type: str
  sample: reports/20261124T020000Z/phones/cucm-hq.json
error:
  description: Why nobody could be asked.
  returned: failure or unreachable
  type: dict
  sample: {code: not_gathered, what: "...", where: cucm-hq, todo: "..."}
"""

from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.errors import BadInput, DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.gather_phones import Asked, ask_phones
from ansible.module_utils.vpnphone.model import CucmState, PhoneState
from ansible.module_utils.vpnphone.phone_places import NODES_SPEC, check_patience, page_addresses, serving_nodes
from ansible.module_utils.vpnphone.rundir import (
    GatheredCluster,
    GatheredPhones,
    failure_of,
    forget_gathered,
    read_kept,
    write_gathered,
)
from ansible.module_utils.vpnphone.saved_files import read_saved_files
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.node_files import PHONE_NAME, FileLimits

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "run_dir": {"type": "path"},
    "phones": {"type": "list", "elements": "str", "default": []},
    "tftp_nodes": NODES_SPEC,
    "via": {"type": "str", "choices": ["auto", "http", "tftp", "both"], "default": "auto"},
    "parallel": {"type": "int", "default": 16},
    "file_timeout": {"type": "int", "default": 3},
    "phone_web": {"type": "bool", "default": False},
    "phone_web_addresses": {"type": "dict", "default": {}},
    "saved_output": {"type": "path"},
    "return_phones": {"type": "bool", "default": True},
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    "run_dir": ("gather_run_dir",),
    "tftp_nodes": ("vpnphone_tftp_nodes",),
    "via": ("vpnphone_files_via",),
    "parallel": ("vpnphone_phones_parallel",),
    "file_timeout": ("vpnphone_file_timeout",),
    "phone_web": ("vpnphone_phone_web",),
    "phone_web_addresses": ("vpnphone_phone_web_addresses",),
    "saved_output": ("vpnphone_saved_output",),
}
SPEC_RULES: dict[str, Any] = {"required_one_of": [["run_dir", "phones"]]}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Gather; raises VpnPhoneError, after the failure was kept in run_dir."""
    name = params["name"]
    if not name:
        raise BadInput("name is not given.", todo="Set it.", code="host_missing")
    check_patience(name, params)
    run_dir = Path(params["run_dir"]) if params["run_dir"] else None
    if run_dir:
        forget_gathered(run_dir, name, GatheredPhones)
    try:
        phones, result = _gather(name, params, run_dir)
    except VpnPhoneError as error:
        if run_dir:
            write_gathered(run_dir, GatheredPhones(device=name, failure=failure_of(error)))
        raise
    if run_dir:
        result["state_file"] = str(write_gathered(run_dir, GatheredPhones(device=name, phones=phones)))
    if params["return_phones"]:
        result["phones"] = msgspec.to_builtins(phones)
    return result


def _gather(name: str, params: dict[str, Any], run_dir: Path | None) -> tuple[tuple[PhoneState, ...], dict[str, Any]]:
    state = _cluster(name, run_dir)
    phones, skipped = _phones(name, params, state)
    if params["saved_output"]:
        found = read_saved_files(Path(params["saved_output"]), name, phones)
        device = {"name": name, "phones": len(found), "skipped": skipped, "pages": 0, "files": "saved"}
        return found, {"changed": False, "device": device, "nodes": []}
    asked = ask_phones(
        name,
        phones,
        serving_nodes(name, params["tftp_nodes"], state.tftp_nodes if state is not None else None) if phones else (),
        via=params["via"],
        parallel=params["parallel"],
        limits=FileLimits(idle=params["file_timeout"], total=10 * params["file_timeout"]),
        web=_addresses(params, state, phones) if params["phone_web"] else None,
    )
    return asked.phones, {"changed": False, "device": _told(name, asked, skipped), "nodes": _doors(asked)}


def _told(name: str, asked: Asked, skipped: int) -> dict[str, Any]:
    pages = sum(phone.web is not None and phone.web.status_messages is not None for phone in asked.phones)
    return {"name": name, "phones": len(asked.phones), "skipped": skipped, "pages": pages, "files": asked.how}


def _doors(asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "name": door.node.name,
            "via": door.way,
            "counts": dict(sorted(door.counts.items())),
            "given_up": door.given_up,
        }
        for door in asked.doors
    ]


def _cluster(name: str, run_dir: Path | None) -> CucmState | None:
    """What vpnphone_cucm_info kept of the cluster in this run. VpnPhoneError where it could not be read."""
    if run_dir is None:
        return None
    kept = read_kept(run_dir, name, GatheredCluster)
    if kept.state is None:
        why = kept.failure
        raise DeviceUnreachable(
            f"its phones were not asked, since the cluster was not read: {why.what if why else ''}",
            where=name,
            todo=why.todo if why else "",
            code=why.code if why else "not_gathered",
        )
    return kept.state


def _phones(name: str, params: dict[str, Any], state: CucmState | None) -> tuple[tuple[str, ...], int]:
    if params["phones"]:
        for phone in params["phones"]:
            if not PHONE_NAME.fullmatch(phone):
                raise BadInput(
                    f"{phone[:80]!r} is no name of a phone.",
                    where=name,
                    todo="Expected SEP and the twelve hex digits of the MAC in capitals.",
                )
        return tuple(dict.fromkeys(params["phones"])), 0
    if state is None or state.phones is None:
        source = state.sources.get("phones") if state is not None else None
        raise DeviceUnreachable(
            f"which phones the cluster has is not known{f' ({source.detail})' if source and source.detail else ''}.",
            where=name,
            todo="Let the AXL user list phones (docs/cucm-access.md), or name them in the option phones.",
            code="phones_unknown",
        )
    names = list(dict.fromkeys(phone.name for phone in state.phones))
    phones = tuple(phone for phone in names if PHONE_NAME.fullmatch(phone))
    return phones, len(names) - len(phones)


def _addresses(params: dict[str, Any], state: CucmState | None, phones: tuple[str, ...]) -> dict[str, str]:
    registrations = (state.registrations if state is not None else None) or ()
    return page_addresses(params["phone_web_addresses"], registrations, phones)


def main() -> None:
    run_module(ARGUMENT_SPEC, execute, SPEC_RULES)


if __name__ == "__main__":
    main()
