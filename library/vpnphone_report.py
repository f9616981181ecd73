#!/usr/bin/python
"""Make the reports of a run: see DOCUMENTATION."""

from __future__ import annotations

DOCUMENTATION = r"""
module: vpnphone_report
short_description: Make JUnit, HTML, Markdown and CSV reports from a judged run
version_added: "0.1.0"
description:
  - Reads C(run.json), which M(vpnphone_assess) wrote, and makes the reports beside it.
  - C(summary.json) carries the exact exit code of the audit, which ansible-playbook can express only in part.
  - Where M(vpnphone_history) wrote C(trend.json) for the run, HTML and Markdown show what changed since the run before.
author: VPN phone audit project (@vpnphone)
attributes:
  check_mode:
    support: full
    description: Changes no device; the reports are written in check mode too, since they are the result.
  diff_mode:
    support: none
    description: Nothing on a device is changed.
  idempotent:
    support: full
    description: The same run gives the same reports, byte for byte.
options:
  run_dir:
    description: Directory of the run.
    type: path
    required: true
  formats:
    description:
      - Reports to make besides C(run.json) and C(summary.json).
      - V(csv) is C(findings.csv), and C(phones.csv) where the run predicts whether phones connect.
    type: list
    elements: str
    choices: [junit, html, markdown, csv]
    default: [junit, html, markdown, csv]
  latest:
    description: Let C(latest) beside the run's directory point to it. Not for a part of a run.
    type: bool
    default: true
  language:
    description:
      - Language of the HTML, Markdown and JUnit reports and of RV(text).
      - JSON and CSV are English always, since programs read them.
    type: str
    choices: [en, ko]
    default: en
  width:
    description: Columns of the table in RV(text).
    type: int
    default: 100
"""

EXAMPLES = r"""
- name: Report
  vpnphone_report:
    run_dir: reports/20261124T020000Z
    formats: [junit, html]
  register: report

- name: Show the result
  ansible.builtin.debug:
    msg: "{{ report.text }}"
"""

RETURN = r"""
reports:
  description: Format to path.
  returned: success
  type: dict
  sample: {html: reports/20261124T020000Z/report.html, summary: reports/20261124T020000Z/summary.json}
text:
  description: The result as a short table.
  returned: success
  type: str
  sample: "asa1  PASS ..."
exit_code:
  description: As in summary.json.
  returned: success
  type: int
  sample: 2
"""

from pathlib import Path
from typing import Any

from ansible.module_utils.vpnphone.files import point_to
from ansible.module_utils.vpnphone.report.terminal import render_terminal
from ansible.module_utils.vpnphone.report.view import view
from ansible.module_utils.vpnphone.report.words import LANGUAGE_SPEC
from ansible.module_utils.vpnphone.report.write import read_run, read_trend, write_reports
from ansible.module_utils.vpnphone.standalone import run_module

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    "run_dir": {"type": "path", "required": True},
    "formats": {
        "type": "list",
        "elements": "str",
        "choices": ["junit", "html", "markdown", "csv"],
        "default": ["junit", "html", "markdown", "csv"],
    },
    "latest": {"type": "bool", "default": True},
    "language": LANGUAGE_SPEC,
    "width": {"type": "int", "default": 100},
}


def execute(params: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    """Write the reports; BadInput where run.json is missing or damaged."""
    run_dir = Path(params["run_dir"])
    run = read_run(run_dir)
    shown = view(run, read_trend(run_dir, run))
    paths = write_reports(shown, run_dir, tuple(params["formats"]), params["language"])
    latest = run_dir.parent / "latest"
    warnings = []
    try:
        if params["latest"]:
            point_to(latest, run_dir.name)
    except OSError as error:
        # A convenience: the reports are written, and their verdict must not be lost for it.
        warnings.append(f"{latest} does not point to this run: {error.strerror}.")
    return {
        "changed": False,
        "warnings": warnings,
        "reports": {name: str(path) for name, path in paths.items()},
        "text": render_terminal(shown, width=params["width"], language=params["language"]),
        "exit_code": shown.run.exit_code,
    }


def main() -> None:
    run_module(ARGUMENT_SPEC, execute)


if __name__ == "__main__":
    main()
