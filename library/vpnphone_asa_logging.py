#!/usr/bin/python
"""Logging and debug of one ASA for a while, and back: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_asa_logging
short_description: Switch logging and debug of a Cisco ASA on for a while, collect, and put everything back
version_added: "0.4.0"
description:
  - Reads what the ASA logs now, and plans only what it lacks (document 116162, F-060) - a buffer of 1 MiB, of level
    debugging, with time stamps, C(logging enable), and C(debug webvpn anyconnect 255).
  - Keeps what stood before in O(run_dir), sends the commands one at a time, reads them back, waits O(seconds) while a
    phone tries to connect, keeps the log and the lines of the debug in C(logs/asa/) of the run (secrets removed, mode
    0600), puts back exactly what stood before, and proves it by reading again. C(write memory) is never sent.
  - Changes nothing without O(approved_by), and of logging and debug only what O(allow_logging) and O(allow_debug) name.
  - The debug prints every client's lines (F-040) - it is left out above O(debug_max_sessions), where the number of
    sessions is not known, and where somebody else has any debug on. It ends with the session in any case.
  - Ctrl-C, SIGTERM, a refused command and a lost session lead back to what stood before. What a killed controller left
    is put right by O(action=restore), and no other collection begins before that.
  - Never changes a standby unit, the system context, or a device that another run is changing.
  - The connection comes from the ordinary inventory variables, as with M(vpnphone_asa_info).
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Nothing is sent but show commands; the commands and those that take them back are shown.
  diff_mode:
    support: full
    description: Shows the logging lines as they are and as they would be meanwhile.
  idempotent:
    support: full
    description: Only what differs is sent; a device that logs all of it already is only read.
  platform:
    support: full
    platforms: Cisco ASA 8.0 to 9.2x
    description: The systems whose output is understood.
extends_documentation_fragment:
  - vpnphone_asa
options:
  name:
    description: Name of the device in results and reports; the inventory name by default.
    type: str
  action:
    description: V(collect), or V(restore) what a collection that was killed left behind.
    type: str
    choices: [collect, restore]
    default: collect
  run_dir:
    description: Directory of the run. The runs beside it are looked through for one that was killed.
    type: path
    required: true
  seconds:
    description: How long is collected, 1 to 900. From C(vpnphone_collect_seconds).
    type: int
    default: 120
  approved_by:
    description: The person who approves. From C(vpnphone_logging_approved_by).
    type: str
    default: ""
  allow_logging:
    description: The logging configuration may be changed meanwhile. From C(vpnphone_allow_logging).
    type: bool
    default: false
  allow_debug:
    description: The debug may be switched on meanwhile. From C(vpnphone_allow_debug).
    type: bool
    default: false
  debug_max_sessions:
    description:
      - VPN sessions, now or at the peak since the ASA's start, up to which the debug may be switched on. From
        C(vpnphone_debug_max_sessions).
    type: int
    default: 20
  lock_dir:
    description: Directory of the locks of devices. From C(vpnphone_lock_dir).
    type: path
    default: ~/.local/state/vpnphone/locks
  recovery_seconds:
    description: How long a device that was lost in the middle is tried again. From C(vpnphone_recovery_seconds).
    type: int
    default: 120
  context:
    description: Security context whose logging is meant, on a device in multiple mode. From C(vpnphone_context).
    type: str
"""

EXAMPLES = r"""
- name: See what would be switched on
  vpnphone_asa_logging:
    run_dir: reports/20261124T020000Z
  check_mode: true
  diff: true

- name: Collect for three minutes
  vpnphone_asa_logging:
    run_dir: reports/20261124T020000Z
    seconds: 180
    approved_by: Jane Doe
    allow_logging: true
    allow_debug: true

- name: Put right what a killed run left
  vpnphone_asa_logging:
    run_dir: reports/20261124T021000Z
    action: restore
"""

RETURN = r"""
outcome:
  description:
    - C(planned) (nothing was sent), C(collected) and C(restored) (everything is as before, proven), C(left) (RV(error)
      and RV(differs) say what is not), C(unknown) (the device could not be read again).
  returned: once the device was read
  type: str
  sample: collected
text:
  description: All of it in words.
  returned: once the device was read
  type: str
  sample: "asa1: collected, and everything is as before (read again)."
commands:
  description: What is switched on, in order.
  returned: once the device was read
  type: list
  elements: str
  sample: [logging buffered debugging, debug webvpn anyconnect 255]
back:
  description: What takes it back, in order.
  returned: once the device was read
  type: list
  elements: str
  sample: [no debug webvpn anyconnect, logging buffered informational]
withheld:
  description: What is not done, and why.
  returned: once the device was read
  type: list
  elements: dict
  sample: [{what: debug, why: "214 VPN sessions, now or at the peak, are more than 20: ...", todo: "..."}]
differs:
  description: Logging lines that are not as before.
  returned: once the device was read
  type: list
  elements: str
  sample: []
sent:
  description: Every command that went to the device, in order, with its verdict and its answer.
  returned: once the device was read
  type: list
  elements: dict
  sample: [{command: logging buffered debugging, purpose: change, verdict: accepted, answer: ""}]
files:
  description: What was collected, below O(run_dir).
  returned: once the device was read
  type: list
  elements: str
  sample: [logs/asa/asa1.log, logs/asa/asa1.debug.log]
kept_file:
  description: What stood before and what was sent.
  returned: once the device was read
  type: str
  sample: reports/20261124T020000Z/logging/asa1.json
diff:
  description: For C(--diff), the logging lines before and meanwhile.
  returned: once the device was read
  type: list
  elements: dict
  sample: [{before: "...", after: "...", before_header: asa1, after_header: asa1}]
error:
  description: What went wrong, what stands now, and what to do.
  returned: failure or unreachable
  type: dict
  sample: {code: collection_not_approved, what: "...", where: asa1, todo: "..."}
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.apply.lock import DEFAULT_DIRECTORY, device_lock
from ansible.module_utils.vpnphone.apply.redial import Clock, Redial
from ansible.module_utils.vpnphone.apply.stop import BySignal, Stop
from ansible.module_utils.vpnphone.collect.kept import CollectFiles, Kept, left_open, read_kept
from ansible.module_utils.vpnphone.collect.outcome import (
    GOOD,
    Collected,
    collected_text,
    planned_settings,
    settings_text,
)
from ansible.module_utils.vpnphone.collect.plan import Wish, differing
from ansible.module_utils.vpnphone.collect.run import Job, Tools, collect, put_back
from ansible.module_utils.vpnphone.diagnose.signatures import SIGNATURES
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused
from ansible.module_utils.vpnphone.given import check_limits, target_name
from ansible.module_utils.vpnphone.model.renewal import Event
from ansible.module_utils.vpnphone.renewal import journal
from ansible.module_utils.vpnphone.renewal.stages import NAME, asked, is_named
from ansible.module_utils.vpnphone.standalone import run_module
from ansible.module_utils.vpnphone.transport.asa_debug import DebugSession
from ansible.module_utils.vpnphone.transport.options import CONNECTION_SPEC, CONNECTION_VARIABLES, Connection

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "name": {"type": "str"},
    "action": {"type": "str", "choices": ["collect", "restore"], "default": "collect"},
    "run_dir": {"type": "path", "required": True},
    "seconds": {"type": "int", "default": 120},
    "approved_by": {"type": "str", "default": ""},
    "allow_logging": {"type": "bool", "default": False},
    "allow_debug": {"type": "bool", "default": False},
    "debug_max_sessions": {"type": "int", "default": 20},
    "lock_dir": {"type": "path", "default": DEFAULT_DIRECTORY},
    "recovery_seconds": {"type": "int", "default": 120},
    **CONNECTION_SPEC,
}
INVENTORY_VARIABLES: dict[str, tuple[str, ...]] = {
    **CONNECTION_VARIABLES,
    "seconds": ("vpnphone_collect_seconds",),
    "approved_by": ("vpnphone_logging_approved_by",),
    "allow_logging": ("vpnphone_allow_logging",),
    "allow_debug": ("vpnphone_allow_debug",),
    "debug_max_sessions": ("vpnphone_debug_max_sessions",),
    "lock_dir": ("vpnphone_lock_dir",),
    "recovery_seconds": ("vpnphone_recovery_seconds",),
}
# Option -> the least and the most it may be.
_LIMITS = {"seconds": (1, 900), "debug_max_sessions": (0, 1000), "recovery_seconds": (0, 86400)}
_NUMBERS = frozenset(signature.number for signature in SIGNATURES if signature.number)


def execute(
    params: dict[str, Any], check_mode: bool = False, *, clock: Clock | None = None, stop: Stop | None = None
) -> dict[str, Any]:
    """Raises VpnPhoneError where nothing was sent; what went wrong later is a result. clock, stop: for tests."""
    name = _checked(params)
    run_dir, clock = Path(params["run_dir"]), clock or Clock()
    connection = Connection.of(params)
    context = params["context"] or ""
    address = f"{connection.host}:{connection.port}" + (f":{context}" if context else "")
    tools = Tools(
        Redial(name, lambda: DebugSession(connection, name=name), float(params["recovery_seconds"]), clock), clock,
        stop or BySignal(), lambda what: _say(name, what),
    )  # fmt: skip
    job = Job(
        device=name, address=address, run=run_dir.name, seconds=float(params["seconds"]), wish=_wish(params),
        context=context, by=params["approved_by"].strip(), missing=_missing(params), check=check_mode,
    )  # fmt: skip
    with device_lock(Path(params["lock_dir"]).expanduser(), name, address, run=run_dir.name):
        open_runs = left_open(run_dir.parent, name)
        if params["action"] == "restore":
            return _restored(job, tools, open_runs)
        if open_runs and not check_mode:
            raise ChangeRefused(
                f"an earlier collection ({open_runs[0].parent.parent.name}) was cut short: what stands now may be its "
                "settings, and would be taken for those that stood before.",
                where=name,
                todo=f"ansible-playbook playbooks/diagnose/collect_asa.yml -e vpnphone_collect=restore --limit {name}",
                code="collection_open",
            )
        made = collect(job, tools, CollectFiles(run_dir, name))
    return _result(made, check=job.check)


def _restored(job: Job, tools: Tools, open_runs: list[Path]) -> dict[str, Any]:
    """The oldest of them: it knows what stood before all of them."""
    kept = _kept(open_runs[0], job.device) if open_runs else None
    if kept is None:
        text = f"{job.device}: no collection of these runs left anything behind."
        return {"changed": False, "outcome": "restored", "text": text, "commands": [], "back": [], "sent": []}
    made = put_back(kept, job, tools, CollectFiles(open_runs[0].parent.parent, job.device))
    if made.outcome == "restored":
        for path in open_runs[1:]:
            CollectFiles(path.parent.parent, job.device).keep(
                msgspec.structs.replace(_kept(path, job.device), state="back")
            )
    return _result(made, check=job.check)


def _kept(path: Path, device: str) -> Kept:
    kept = read_kept(path)
    if kept is None:
        raise BadInput("what the collection kept is gone.", where=device, todo="Run again.", code="collection_kept")
    return kept


def _checked(params: dict[str, Any]) -> str:
    """The ASA's name. BadInput without one, and for numbers that make no sense."""
    name = target_name(params)
    check_limits(params, _LIMITS, INVENTORY_VARIABLES, name)
    return name


def _wish(params: dict[str, Any]) -> Wish:
    """Where nothing is allowed, both are planned: to be looked at."""
    none = not (params["allow_logging"] or params["allow_debug"])
    return Wish(
        logging=none or params["allow_logging"],
        debug=none or params["allow_debug"],
        max_sessions=params["debug_max_sessions"],
        numbers=_NUMBERS,
    )


def _missing(params: dict[str, Any]) -> str:
    """What is to be typed before anything is sent; "" where all of it was."""
    words = []
    if not is_named(params["approved_by"]):
        words.append(f"-e {asked('vpnphone_logging_approved_by', NAME)}")
    if not (params["allow_logging"] or params["allow_debug"]):
        words.append("-e vpnphone_allow_logging=true, and -e vpnphone_allow_debug=true for the debug as well")
    return f"Look at the plan above; then {' '.join(words)}." if words else ""


def _say(name: str, what: str) -> None:
    """Ansible shows a task at its end, and this one takes minutes."""
    if journal.on_event is not None:
        journal.on_event(Event(at=datetime.now(UTC), by="", stage="collect", target=name, what=what))


def _result(made: Collected, *, check: bool) -> dict[str, Any]:
    text = collected_text(made)
    after = made.after or made.before.settings
    result = {
        # Everything is back; a change is what is left of one, or what a check foretells.
        "changed": made.outcome in ("left", "unknown") or (check and bool(made.plan.commands)),
        "outcome": made.outcome,
        "text": text,
        "commands": list(made.plan.commands),
        "back": list(made.back),
        "withheld": list(msgspec.to_builtins(made.plan.withheld)),
        "differs": list(differing(made.before.settings, after)),
        "sent": list(msgspec.to_builtins(made.sent)),
        "files": list(made.files),
        "kept_file": made.kept_file,
        "diff": [
            {
                "before": settings_text(made.before.settings),
                "after": settings_text(planned_settings(made)),
                "before_header": made.device,
                "after_header": f"{made.device}, meanwhile",
            },
        ],
    }
    if made.error:
        error = made.error
        result |= {
            "failed": True,
            "error": error,
            "msg": f"{error['where']}: {error['what']} To do: {error['todo']} [{error['code']}]",
        }
    elif made.outcome not in GOOD:
        result |= {"failed": True, "msg": text}
    return result


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
