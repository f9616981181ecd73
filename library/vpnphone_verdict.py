#!/usr/bin/python
"""Fail or not, by what the audit found: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_verdict
short_description: Let a host fail by what the audit found on it
version_added: "0.1.0"
description:
  - Gives an audit's verdict on this host to Ansible, so that the recap and the exit code of ansible-playbook say what
    the reports say (failed for findings, unreachable where nothing could be gathered).
  - To be run after the reports are written; the verdicts come from RV(vpnphone_assess#module:not_ok).
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Changes nothing.
  diff_mode:
    support: none
    description: Nothing is changed.
  idempotent:
    support: full
    description: Nothing is changed.
options:
  message:
    description: The verdict in a sentence.
    type: str
    required: true
  unreachable:
    description: Nothing could be gathered.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Give the verdict
  vpnphone_verdict:
    message: "12 failed, 3 UNKNOWN: VPNP-102 AnyConnect for Cisco VPN Phone is disabled; and 14 more"
"""

RETURN = r"""
msg:
  description: The verdict in a sentence.
  returned: always
  type: str
  sample: "12 failed, 3 UNKNOWN: VPNP-102 AnyConnect for Cisco VPN Phone is disabled; and 14 more"
"""

from typing import Any

from ansible.module_utils.vpnphone.standalone import run_module

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "message": {"type": "str", "required": True},
    "unreachable": {"type": "bool", "default": False},
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Always a failure; which kind is the caller's word."""
    unreachable = params["unreachable"]
    return {"changed": False, "failed": not unreachable, "unreachable": unreachable, "msg": params["message"]}


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
