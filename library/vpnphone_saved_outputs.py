#!/usr/bin/python
"""List the devices of a saved-outputs directory: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_saved_outputs
short_description: List the devices whose outputs were saved in a directory
version_added: "0.1.0"
description:
  - Finds in a directory one folder a device (one file a command, or C(running-config.txt)), and lone files
    C(NAME.txt) or C(NAME.cfg) that hold the running configuration of device C(NAME).
  - A folder with answers of a CUCM cluster (C(getCCMVersion.xml), ...) counts as a cluster.
  - Reads names only; M(vpnphone_asa_info) and M(vpnphone_cucm_info) read the outputs.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Reads only.
  diff_mode:
    support: none
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed.
options:
  path:
    description: The directory.
    type: path
    required: true
"""

EXAMPLES = r"""
- name: See which devices were saved
  vpnphone_saved_outputs:
    path: captures
  register: saved
"""

RETURN = r"""
devices:
  description: One item a device, in the order of their names; C(kind) is C(asa) or C(cucm).
  returned: success
  type: list
  elements: dict
  sample:
    - {name: cucm-hq, path: captures/cucm-hq, kind: cucm}
    - {name: fw-branch, path: captures/fw-branch, kind: asa}
    - {name: fw-hq, path: captures/fw-hq.cfg, kind: asa}
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.parse.cucm.saved import is_cluster
from ansible.module_utils.vpnphone.parse.saved import discover
from ansible.module_utils.vpnphone.standalone import run_module

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {"path": {"type": "path", "required": True}}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Names and paths; BadInput for a directory without outputs."""
    found = discover(Path(params["path"]))
    devices = [
        {"name": name, "path": str(path), "kind": "cucm" if is_cluster(path) else "asa"}
        for name, path in sorted(found.items())
    ]
    return {"changed": False, "devices": devices}


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
