#!/usr/bin/env python3
"""`make audit`: run playbooks/audit.yml, then show its result as a short table.

Ends with 0 when the audit ran to its end, whatever it found (summary.json has the exact exit code), else with 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "module_utils"))

from vpnphone.errors import VpnPhoneError
from vpnphone.files import private_directory
from vpnphone.report.terminal import render_terminal
from vpnphone.report.write import read_run

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    options = _arguments()
    if options.lab:
        started = subprocess.run([sys.executable, "-m", "lab", "start", "--dir", options.lab], cwd=ROOT, check=False)
        if started.returncode:
            return 1
    run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    run_dir = private_directory(Path(options.reports).resolve() / run_id)
    log = run_dir / "ansible.log"
    command = [
        shutil.which("ansible-playbook") or str(Path(sys.executable).with_name("ansible-playbook")),
        str(ROOT / "playbooks" / "audit.yml"),
        "-i",
        options.inventory,
        "-e",
        f"vpnphone_run_id={run_id} vpnphone_reports_dir={run_dir.parent} vpnphone_report_show=false",
        *options.ansible,
    ]
    print(f"Auditing {options.inventory} ...", flush=True)
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    with log.open("wb") as stream:
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT, check=False
        ).returncode
    try:
        run = read_run(run_dir)
    except VpnPhoneError:
        print(log.read_text(encoding="utf-8", errors="replace")[-4000:], file=sys.stderr)
        print(f"The audit did not run to its end (ansible-playbook: {ended}); the log: {log}", file=sys.stderr)
        return 1
    print()
    print(render_terminal(run, width=shutil.get_terminal_size((110, 40)).columns))
    print()
    print(f"HTML report   {run_dir / 'report.html'}")
    print(f"Everything    {run_dir}")
    return 1 if run.exit_code == 1 else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Audit an inventory and show the result.")
    parser.add_argument("--inventory", default="inventories/lab")
    parser.add_argument("--lab", metavar="DIR", help="start the lab in DIR first")
    parser.add_argument("--reports", default=str(ROOT / "reports"))
    parser.add_argument("ansible", nargs="*", help="further words for ansible-playbook, behind --")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
