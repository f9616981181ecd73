#!/usr/bin/python
"""Keep a history of audits, and tell what changed: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_history
short_description: Record an audit in a history, tell what changed since the one before, delete old ones
version_added: "0.1.0"
description:
  - The history is one SQLite file of mode 0600, by default beside the runs.
  - V(record) takes the C(run.json) of a run in, writes C(trend.json) beside it for the reports, and deletes what is
    older than O(keep_days). A run is known by its site, its id and its start; the same run is taken in once.
  - V(trend) tells what the newest recorded run of a site changed and what stands; V(prune) deletes what is older than
    O(keep_days).
  - A finding is a device, a control and a subject. It counts as fixed only where the same control came to a verdict
    on it; what was not looked at, or came out UNKNOWN, is neither fixed nor new.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Changes no device. A run is recorded in check mode too, as its reports are written; V(prune) then only
      says what it would delete.
  diff_mode:
    support: none
    description: Nothing on a device is changed.
  idempotent:
    support: full
    description: Recording a run again changes nothing.
options:
  action:
    description: What to do.
    type: str
    choices: [record, trend, prune]
    required: true
  file:
    description: The history. Its directory is made with mode 0700 where it is missing.
    type: path
    required: true
  run_dir:
    description: Directory of the judged run, for V(record).
    type: path
  inventory:
    description:
      - Every device that the inventory has, also those that C(--limit) left out, for V(record).
      - A known device that is not in it is told as gone, or as renamed where exactly one new device calls itself the
        same. Empty where that is not known; then no device is ever gone.
    type: list
    elements: str
    default: []
  site:
    description: Site to tell of, for V(trend); by default that of the newest run.
    type: str
  keep_days:
    description: Days that runs, and devices that were not seen since, are kept; 0 keeps all of them.
    type: int
    default: 400
  expiry_days:
    description: Thresholds of the expiry calendar, in days.
    type: list
    elements: int
    default: [90, 30, 7]
  metrics_file:
    description:
      - Write metrics for the textfile collector of Prometheus' node exporter to this file, with V(record) and V(trend).
      - Its name ends in C(.prom). It is replaced as a whole, and others may read it (mode 0644).
    type: path
  language:
    description: Language of RV(text); what programs read is English always.
    type: str
    choices: [en, ko]
    default: en
  width:
    description: Columns of RV(text).
    type: int
    default: 100
"""

EXAMPLES = r"""
- name: Record the run
  vpnphone_history:
    action: record
    file: reports/history.sqlite3
    run_dir: reports/20261124T020000Z
    inventory: "{{ groups['asa'] + groups['cucm'] }}"
    metrics_file: /var/lib/node_exporter/vpnphone.prom

- name: See what changed
  vpnphone_history:
    action: trend
    file: reports/history.sqlite3
  register: history

- name: Delete what is older than a year
  vpnphone_history:
    action: prune
    file: reports/history.sqlite3
    keep_days: 366
"""

RETURN = r"""
recorded:
  description: The run was taken in now; false where the history had it already.
  returned: record
  type: bool
  sample: true
text:
  description: What changed and what stands, to be shown.
  returned: record, trend
  type: str
  sample: "Lab: 1 new, 2 fixed, 12 still open ..."
trend:
  description: The same as data, as in trend.json.
  returned: trend
  type: dict
  sample: {site: Lab, runs: 12, totals: {open: 13, undecided: 0, waived: 1}}
sites:
  description: The sites of the history, the one with the newest run first.
  returned: trend
  type: list
  elements: str
  sample: [Lab]
pruned:
  description: What was deleted; in check mode with V(prune) what would be.
  returned: record, prune
  type: dict
  sample: {runs: 3, devices: 0, findings: 0}
metrics_file:
  description: The file of metrics that was written.
  returned: where metrics were written
  type: str
  sample: /var/lib/node_exporter/vpnphone.prom
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone.controls.catalogue import all_controls
from ansible.module_utils.vpnphone.errors import BadInput, VpnPhoneError
from ansible.module_utils.vpnphone.files import write_private
from ansible.module_utils.vpnphone.history import store
from ansible.module_utils.vpnphone.history.snapshot import read_snapshot
from ansible.module_utils.vpnphone.history.trend import thresholds, trend
from ansible.module_utils.vpnphone.model import Failure
from ansible.module_utils.vpnphone.model.history import Snapshot, Trend
from ansible.module_utils.vpnphone.report.trend import render_trend
from ansible.module_utils.vpnphone.report.words import LANGUAGE_SPEC
from ansible.module_utils.vpnphone.rundir import TREND_FILE
from ansible.module_utils.vpnphone.standalone import run_module

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "action": {"type": "str", "choices": ["record", "trend", "prune"], "required": True},
    "file": {"type": "path", "required": True},
    "run_dir": {"type": "path"},
    "inventory": {"type": "list", "elements": "str", "default": []},
    "site": {"type": "str"},
    "keep_days": {"type": "int", "default": 400},
    "expiry_days": {"type": "list", "elements": "int", "default": [90, 30, 7]},
    "metrics_file": {"type": "path"},
    "language": LANGUAGE_SPEC,
    "width": {"type": "int", "default": 100},
}
SPEC_RULES: dict[str, Any] = {"required_if": [("action", "record", ("run_dir",))]}
# A century: more is a slip of the finger.
_MOST_DAYS = 36_500


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Record, tell or prune. BadInput where the history cannot be had, is not ours or is damaged."""
    days = params["keep_days"]
    if not 0 <= days <= _MOST_DAYS:
        raise BadInput(f"{days} days cannot be kept.", where="vpnphone_history_keep_days", todo="0 keeps all of them.")
    thresholds(params["expiry_days"])
    if params["action"] == "record":
        return _record(params)
    if params["action"] == "trend":
        return _trend(params)
    return _prune(params, check_mode)


def _record(params: dict[str, Any]) -> dict[str, Any]:
    run_dir = Path(params["run_dir"])
    run = read_snapshot(run_dir, params["inventory"], (rule.id for rule in all_controls()))
    try:
        taken = store.record(Path(params["file"]), run, keep_days=params["keep_days"])
        content = store.content(Path(params["file"]), run.site, taken.record.number)
    except VpnPhoneError as error:
        # The reports of the run say so, too.
        _write(run_dir, _untold(run, error))
        raise
    now = datetime.now(UTC)
    told = trend(content, params["expiry_days"], now)
    _write(run_dir, told)
    warnings = []
    if taken.late:
        warnings.append(
            f"A newer run had told of {len(taken.late)} device{'s' if len(taken.late) > 1 else ''} already"
            f" ({', '.join(taken.late[:3])}): what this run says of them changes nothing."
        )
    metrics = _metrics(params, content, now, warnings)
    return {
        "changed": False,
        "recorded": taken.new,
        "pruned": taken.pruned._asdict(),
        "text": render_trend(told, width=params["width"], language=params["language"]),
        "warnings": warnings,
        **metrics,
    }


def _untold(run: Snapshot, error: VpnPhoneError) -> Trend:
    failure = Failure(code=error.code, what=error.what, todo=error.todo)
    return Trend(site=run.site, run_id=run.run_id, started=run.started, failure=failure)


def _write(run_dir: Path, told: Trend) -> None:
    write_private(run_dir / TREND_FILE, msgspec.json.format(msgspec.json.encode(told), indent=1))


def _metrics(params: dict[str, Any], content: store.Content, now: datetime, warnings: list[str]) -> dict[str, Any]:
    """The metrics, where they are wished for; what goes wrong with them is a warning: the run is recorded."""
    if not params["metrics_file"]:
        return {}
    # Here: an audit without metrics needs none of it.
    from ansible.module_utils.vpnphone.history.metrics import write_metrics

    try:
        return {"metrics_file": str(write_metrics(Path(params["metrics_file"]), content, params["expiry_days"], now))}
    except VpnPhoneError as error:
        warnings.append(f"No metrics were written. {error}")
        return {}


def _trend(params: dict[str, Any]) -> dict[str, Any]:
    path, now = Path(params["file"]), datetime.now(UTC)
    content = store.content(path, params["site"] or "")
    told = trend(content, params["expiry_days"], now)
    warnings: list[str] = []
    return {
        "changed": False,
        "text": render_trend(told, width=params["width"], language=params["language"]),
        "trend": msgspec.to_builtins(told),
        "sites": list(store.sites(path)),
        "warnings": warnings,
        **_metrics(params, content, now, warnings),
    }


def _prune(params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    if not params["keep_days"]:
        return {"changed": False, "pruned": store.Pruned()._asdict()}
    before = datetime.now(UTC) - timedelta(days=params["keep_days"])
    pruned = store.prune(Path(params["file"]), before, pretend=check_mode)
    return {"changed": any(pruned), "pruned": pruned._asdict()}


def main() -> None:
    run_module(ARGUMENT_SPEC, execute, SPEC_RULES)


if __name__ == "__main__":
    main()
