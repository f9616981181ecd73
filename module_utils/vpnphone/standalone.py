"""The main() of every module, for a run outside the worker process (AnsiballZ, `python library/x.py`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from .errors import VpnPhoneError


def run_module(
    argument_spec: Mapping[str, Any], execute: Callable[..., dict[str, Any]], rules: Mapping[str, Any] | None = None
) -> None:
    """Parse arguments, call execute(params, check_mode=...), exit or fail as Ansible expects."""
    module = AnsibleModule(argument_spec=dict(argument_spec), supports_check_mode=True, **(rules or {}))
    try:
        result = execute(module.params, check_mode=module.check_mode)
    except VpnPhoneError as error:
        module.fail_json(msg=str(error), error=error.as_dict())
    module.exit_json(**result)
