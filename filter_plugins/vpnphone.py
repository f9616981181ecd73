"""Small pure filters for playbooks: the two spellings of a certificate's hash, and findings by status.

{{ 'E5:7E:81:...:76' | vpnphone_hash_to_base64 }}        as a phone's <certHash1> holds it
{{ '5X6B6plUwUSXZnjQ4kGM33mpMXY=' | vpnphone_hash_to_hex }}
{{ lookup('file', 'reports/latest/run.json') | from_json | vpnphone_findings('fail', 'error') }}
{{ result_of_a_stage | vpnphone_stage_text(inventory_hostname) }}     as a person reads a renewal's plan, or its outcome
{{ result_of_a_stage | vpnphone_stage_verdict }}                      {ok, message, unreachable}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError
from ansible.plugins.loader import module_utils_loader

for _path in module_utils_loader._get_paths(subdirs=False):
    if _path not in ansible.module_utils.__path__:
        ansible.module_utils.__path__.append(_path)

from ansible.module_utils.vpnphone.model import STATUS_ORDER  # noqa: E402 - the path above must be set first
from ansible.module_utils.vpnphone.pins import SHA1, hash_to_base64, hash_to_hex  # noqa: E402
from ansible.module_utils.vpnphone.renewal.stage_text import render_stage, verdict_of  # noqa: E402


def vpnphone_hash_to_hex(value: str, colons: bool = False, size: int = SHA1) -> str:
    """Base64 to lower-case hex; colons: `E5:7E:...`, as browsers and openssl show a fingerprint. size in bytes."""
    digits = _converted("vpnphone_hash_to_hex", hash_to_hex, value, size)
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2)).upper() if colons else digits


def vpnphone_hash_to_base64(value: str, size: int = SHA1) -> str:
    """Hex, with or without colons, to base64. size in bytes: 20 for the SHA-1 that phones pin."""
    return _converted("vpnphone_hash_to_base64", hash_to_base64, value, size)


def _converted(name: str, convert: Callable[[str, int], str], value: Any, size: int) -> str:
    if not isinstance(value, str):
        raise AnsibleFilterError(f"{name}: the hash is a {type(value).__name__}; expected a string.")
    try:
        return convert(str(value), size)
    except ValueError as error:
        raise AnsibleFilterError(f"{name}: {error}") from error


def vpnphone_findings(run: Mapping[str, Any], *statuses: str) -> list[dict[str, Any]]:
    """The findings of a run (the content of run.json) that have one of the statuses, in the order of the report.

    Without a status: those that need somebody, fail and error.
    """
    wanted = frozenset(statuses or ("fail", "error"))
    unknown = sorted(wanted - set(STATUS_ORDER))
    if unknown:
        raise AnsibleFilterError(
            f"vpnphone_findings: no status {', '.join(map(repr, unknown))}; there are {', '.join(STATUS_ORDER)}."
        )
    devices = run.get("devices") if isinstance(run, Mapping) else None
    if not isinstance(devices, Iterable) or isinstance(devices, str | Mapping):
        raise AnsibleFilterError("vpnphone_findings: expected the content of a run.json, with its list `devices`.")
    return [finding for device in devices for finding in device.get("findings", ()) if finding["status"] in wanted]


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "vpnphone_hash_to_hex": vpnphone_hash_to_hex,
            "vpnphone_hash_to_base64": vpnphone_hash_to_base64,
            "vpnphone_findings": vpnphone_findings,
            "vpnphone_stage_text": render_stage,
            "vpnphone_stage_verdict": verdict_of,
        }
