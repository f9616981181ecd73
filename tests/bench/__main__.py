"""`make bench`: the whole audit beside nornir-netmiko merely fetching the same commands, in one run."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from .logs import logs
from .measure import Cost, measure
from .site import ROOT, lab_of

TARGET_RATIO = 0.8
TARGET_MIB = 400
# One pair tells too little: what else the machine does moves either wall by a tenth.
PAIRS = 3
# A fleet waits for its devices most of the time: more of them at once cost memory alone.
FLEET, FLEET_FORKS, FORKS = 1000, 50, 20
FLEET_SECONDS, FLEET_MIB = 60, 2048


def audit(lab: Path, reports: Path, extra: str = "", forks: int = FORKS) -> Cost:
    programs = Path(sys.executable).parent
    environment = os.environ | {
        # As in an activated environment: the lab's inventory is a script that asks PATH for its Python.
        "PATH": f"{programs}:{os.environ['PATH']}",
        "VPNPHONE_LAB_DIR": str(lab),
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_FORKS": str(forks),
    }
    command = [
        str(programs / "ansible-playbook"),
        "playbooks/audit.yml",
        "-i",
        "inventories/lab",
        "-e",
        f"vpnphone_run_id=bench vpnphone_reports_dir={reports} vpnphone_report_show=false {extra}",
    ]
    return measure(command, ROOT, environment)


def check(reports: Path, count: int) -> str:
    """Every device must have been read and judged; a fast wrong audit is no figure."""
    run = json.loads((reports / "bench" / "run.json").read_text())
    unread = [device["name"] for device in run["devices"] if device["failure"] is not None]
    judged = len(run["devices"]) - len(unread)
    return "" if judged == count else f"only {judged} of {count} devices were read"


def phones(count: int, folder: Path) -> None:
    """A site of 10 ASAs and many phones: the whole audit, then its judgement and prediction alone."""
    with lab_of(10, 0, folder, phones=count) as lab:
        cost = audit(lab, folder / "reports")
    run = json.loads((folder / "reports" / "bench" / "run.json").read_text())
    predicted = len({prediction["phone"] for prediction in run["predictions"]})
    fault = "" if predicted == count else f"only {predicted} of {count} phones were predicted"
    show("10 ASAs, audit by phone", count, cost, fault)
    devices = [device["name"] for device in run["devices"] if device["kind"] == "asa"]
    clusters = [device["name"] for device in run["devices"] if device["kind"] == "cucm"]
    command = [sys.executable, "-m", "tests.bench.judge", str(folder / "reports" / "bench"), *devices, "--", *clusters]
    show("  judge and predict", count, measure(command, ROOT, dict(os.environ)), "")
    print(f"\n10 s for {count} phones is the goal of judge and predict")


def fetch(lab: Path, count: int) -> Cost:
    """What nornir-netmiko needs for the mere answers."""
    cost = measure([sys.executable, "-m", "tests.bench.nornir_fetch", str(lab)], ROOT, dict(os.environ))
    show("nornir-netmiko, fetch", count, cost, "" if cost.code == 0 else cost.output[-300:])
    return cost


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="*", default=[10, 100, 300, FLEET])
    parser.add_argument("--rival", type=int, default=100, help="hosts of the comparison with nornir-netmiko, 0: none")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="audits and fetches of the comparison, by turns")
    parser.add_argument("--latency", type=int, default=50, help="milliseconds a command")
    parser.add_argument("--phones", type=int, default=1000, help="phones of the site with a cluster, 0: none")
    parser.add_argument("--logs", type=int, default=1000, help="megabytes of each log to read, 0: none")
    options = parser.parse_args()
    print(f"{'':24}{'hosts':>6}{'wall s':>9}{'ms/host':>9}{'cpu ms/host':>13}{'peak MiB':>10}")
    ratios: list[float] = []
    for count in options.hosts:
        with tempfile.TemporaryDirectory(prefix="vpnphone-bench-") as name:
            folder = Path(name)
            with lab_of(count, options.latency, folder) as lab:
                for _ in range(options.pairs if count == options.rival else 1):
                    cost = audit(lab, folder / "reports", forks=FLEET_FORKS if count >= FLEET else FORKS)
                    fault = check(folder / "reports", count)
                    show("audit, all reports", count, cost, fault)
                    if count == options.rival:
                        ratios.append(cost.wall / fetch(lab, count).wall)
    if ratios:
        told = ", ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
        print(
            f"\nratio {statistics.median(ratios):.2f}, the median of {told} (target {TARGET_RATIO}); "
            f"memory target {TARGET_MIB} MiB; {options.latency} ms a line"
        )
    if FLEET in options.hosts:
        print(f"{FLEET} hosts at {FLEET_FORKS} forks: {FLEET_SECONDS} s and {FLEET_MIB} MiB are the goal on 2 cores")
    if options.phones:
        with tempfile.TemporaryDirectory(prefix="vpnphone-bench-") as name:
            phones(options.phones, Path(name))
    if options.logs:
        print()
        logs(options.logs)
    return 0


def show(what: str, count: int, cost: Cost, fault: str) -> None:
    print(
        f"{what:24}{count:>6}{cost.wall:>9.2f}{1000 * cost.wall / count:>9.1f}"
        f"{1000 * cost.cpu / count:>13.1f}{cost.memory:>10.0f}{'   ' + fault if fault else ''}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
