"""`make audit`: run playbooks/audit.yml, then show its result as a short table.

Ends with 0 when the audit ran to its end, whatever it found (summary.json has the exact exit code), else with 1; with
128 and the signal's number when it was ended by one, and then ansible-playbook and its sessions end first.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from vpnphone.errors import VpnPhoneError
from vpnphone.files import private_directory
from vpnphone.plain_text import IN_PLAIN_TEXT
from vpnphone.report.terminal import render_terminal
from vpnphone.report.words import LANGUAGES
from vpnphone.report.write import read_run

ROOT = Path(__file__).resolve().parent.parent
# ansible-playbook needs a moment to end its workers.
GRACE = 20
ENDINGS = (signal.SIGINT, signal.SIGTERM)


class Ended(Exception):
    """A signal asked for the end; its number."""


def main() -> int:
    for each in ENDINGS:
        signal.signal(each, _end)
    try:
        return _audit(_arguments())
    except Ended as ended:
        number = int(ended.args[0])
        print(f"\nEnded by signal {number}: nothing was judged.", file=sys.stderr)
        return 128 + number


def _end(number: int, _frame: FrameType | None) -> None:
    for each in ENDINGS:
        signal.signal(each, signal.SIG_IGN)  # once is enough; the end itself is not to be interrupted
    raise Ended(number)


def _audit(options: argparse.Namespace) -> int:
    if options.lab:
        started = subprocess.run([sys.executable, "-m", "lab", "start", "--dir", options.lab], cwd=ROOT, check=False)
        if started.returncode:
            return 1
    run_id = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")[:-3] + "Z"
    run_dir = private_directory(Path(options.reports).resolve() / run_id)
    log = run_dir / "ansible.log"
    # As JSON: a path may hold blanks.
    variables = {
        "vpnphone_run_id": run_id,
        "vpnphone_reports_dir": str(run_dir.parent),
        "vpnphone_report_show": False,
    } | ({"vpnphone_language": options.language} if options.language else {})
    # Ours before any other: only beside it lie the libraries of the lock.
    ours = Path(sys.executable).with_name("ansible-playbook")
    command = [
        str(ours) if ours.exists() else shutil.which("ansible-playbook") or "ansible-playbook",
        str(ROOT / "playbooks" / "audit.yml"),
        "-i",
        options.inventory,
        "-e",
        json.dumps(variables),
        *options.ansible,
    ]
    print(f"Auditing {options.inventory} ...", flush=True)
    environment = os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    ended = _play(command, environment, log)
    try:
        run = read_run(run_dir)
    except VpnPhoneError:
        print(log.read_text(encoding="utf-8", errors="replace")[-4000:], file=sys.stderr)
        print(f"The audit did not run to its end (ansible-playbook: {ended}); the log: {log}", file=sys.stderr)
        return 1
    print()
    columns = shutil.get_terminal_size((110, 40)).columns
    table = render_terminal(run, width=columns, language=options.language or "en")
    print(_typable(table, command[0], options.inventory))
    print()
    print(f"HTML report   {run_dir / 'report.html'}")
    print(f"Everything    {run_dir}")
    # Ansible's own words are in the log; of them this concerns whoever reads the table.
    for warning in re.findall(
        rf"^\[WARNING\]: (\w+ {IN_PLAIN_TEXT} .*)$", log.read_text("utf-8", "replace"), re.MULTILINE
    ):
        print(f"\nWarning: {warning}", file=sys.stderr)
    return 1 if run.exit_code == 1 else 0


def _typable(text: str, program: str, inventory: str) -> str:
    """The table with its next command as it can be typed here, where the virtual environment is not active."""
    path = Path(program)
    here = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    wanted = f"{shlex.quote(str(here))} playbooks/audit.yml -i {shlex.quote(inventory)}"
    return text.replace("ansible-playbook playbooks/audit.yml -i INVENTORY", wanted)


def _play(command: list[str], environment: dict[str, str], log: Path) -> int:
    """The exit code of ansible-playbook, whose output goes to the log. It does not outlive us."""
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=subprocess.STDOUT)
        try:
            return child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(GRACE)
                except subprocess.TimeoutExpired:
                    child.kill()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Audit an inventory and show the result.")
    parser.add_argument("--inventory", default="inventories/lab")
    parser.add_argument("--lab", metavar="DIR", help="start the lab in DIR first")
    parser.add_argument("--reports", default=str(ROOT / "reports"))
    parser.add_argument("--language", choices=LANGUAGES, help="of the table and the reports; else the inventory's")
    parser.add_argument("ansible", nargs="*", help="further words for ansible-playbook, behind --")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
