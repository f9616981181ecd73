"""The lab, and ansible-playbook as a user runs it. A run costs seconds: share it with a fixture of wide scope."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "lab" / "scenarios"
LAB_INVENTORY = str(ROOT / "inventories" / "lab")
# A playbook that hangs is a failed test; no run comes near this.
HANGS = 180

# A worker takes whole files, and one that is begun last is waited for: these take longest, and are begun first.
LONGEST = (
    "test_renewal.py",
    "test_prediction.py",
    "test_remediation_faults.py",
    "test_renewal_killed.py",
    "test_renewal_pkcs12.py",
    "test_renewal_gates.py",
    "test_audit_options.py",
    "test_saved_outputs.py",
    "test_remediation_stopped.py",
    "test_anywhere.py",
    "test_diagnose_guided.py",
    "test_remediation.py",
    "test_module_standalone.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


class Played(NamedTuple):
    """One run of a playbook: its exit code, what it printed, and the directory of its reports."""

    code: int
    output: str
    reports: Path

    def json(self, name: str) -> Any:
        return json.loads((self.reports / name).read_text(encoding="utf-8"))

    @property
    def devices(self) -> dict[str, dict[str, Any]]:
        """run.json's devices by name."""
        return {device["name"]: device for device in self.json("run.json")["devices"]}

    def findings(self, device: str) -> dict[str, dict[str, Any]]:
        """The findings of a device by control."""
        return {finding["control"]: finding for finding in self.devices[device]["findings"]}

    def statuses(self, device: str) -> dict[str, str]:
        return {control: finding["status"] for control, finding in self.findings(device).items()}

    def wrong(self, device: str) -> dict[str, str]:
        """The controls of a device that failed or are UNKNOWN."""
        return {control: status for control, status in self.statuses(device).items() if status in ("fail", "error")}

    def recap(self) -> dict[str, dict[str, int]]:
        """Ansible's own count of each host."""
        lines = re.findall(r"^(\S+)\s+: (ok=.*)$", self.output.partition("PLAY RECAP")[2], re.MULTILINE)
        return {host: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", counts)} for host, counts in lines}

    @property
    def words(self) -> str:
        """The output with every run of blanks made one: Ansible folds long messages."""
        return " ".join(self.output.split())


class Site:
    """A running lab, seen from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names = tuple(json.loads((folder / "inventory.json").read_text())["asa"]["hosts"])
        # What every device held before anybody logged in.
        self.before = {name: self.state(name) for name in self.names}

    def state(self, name: str) -> dict[str, Any]:
        """The simulator's own truth of a device."""
        return json.loads((self.folder / "state" / f"{name}.json").read_text(encoding="utf-8"))

    def log(self) -> list[dict[str, Any]]:
        """What the sessions did, from the first one on."""
        return [json.loads(line) for line in (self.folder / "log").read_text(encoding="utf-8").splitlines()]

    def open_sessions(self) -> dict[str, int]:
        """Sessions that are still open, by device, after those that are just being closed had their time."""
        for _ in range(200):
            still = {name: count for name in self.names if (count := self.state(name)["sessions"])}
            if not still:
                break
            time.sleep(0.05)
        return still

    def variables(self, name: str) -> dict[str, Any]:
        """What the lab's inventory tells of a host."""
        hosts = json.loads((self.folder / "inventory.json").read_text(encoding="utf-8"))["_meta"]["hostvars"]
        return dict(hosts[name])

    def port(self, name: str) -> int:
        return int(self.before[name]["port"])


class Play(Protocol):
    """Run a playbook; words go to ansible-playbook, extra variables are given by name. A value None leaves one out."""

    def __call__(self, *words: str, lab: Site | None = None, playbook: str = ..., **extra: Any) -> Played: ...


def environment(**more: str) -> dict[str, str]:
    """A clean environment: no ANSIBLE_* of the caller."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "VPNPHONE_"))}
    return clean | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"} | more


def program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def run(command: list[str], env: dict[str, str]) -> tuple[int, str]:
    """(exit code, everything printed) of one of Ansible's programs, run from the project's folder."""
    ended = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=HANGS,
    )
    return ended.returncode, ended.stdout


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """No run may ever print a traceback, or write past Ansible's own output."""

    def start(*words: str, lab: Site | None = None, playbook: str = "audit.yml", **extra: Any) -> Played:
        reports = tmp_path_factory.mktemp("run") / "reports"
        variables = {"vpnphone_run_id": "test", "vpnphone_reports_dir": str(reports)} | extra
        given = json.dumps({name: value for name, value in variables.items() if value is not None})
        env = environment(**({"VPNPHONE_LAB_DIR": str(lab.folder)} if lab else {}))
        code, output = run([program("ansible-playbook"), f"playbooks/{playbook}", "-e", given, *words], env)
        assert "Traceback" not in output, output[-4000:]
        assert "errantly sent data" not in output, output[-4000:]
        return Played(code, output, reports / "test")

    return start


# --- sites ----------------------------------------------------------------------------------------------------------


def running_site(folder: Path, scenario: Path | None = None) -> Iterator[Site]:
    """As `python -m lab start` does it, without a process that only asks for another one."""
    from lab import daemon  # not needed where tests are only handed out

    daemon.start(scenario or daemon.DEFAULT_SCENARIO, folder)
    try:
        yield Site(folder)
    finally:
        daemon.stop(folder)


def derived(shipped: str, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A scenario file made from a shipped one: change(data) may add devices and variables."""
    data = yaml.safe_load((SCENARIOS / shipped).read_text(encoding="utf-8"))
    for part in (data.get("defaults", {}), *data["devices"]):
        if "config_file" in part:
            part["config_file"] = str(SCENARIOS / part["config_file"])
    change(data)
    path = folder / shipped
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return path


def inventory(path: Path, hosts: dict[str, dict[str, Any]], **variables: Any) -> str:
    """Write an inventory file with these hosts in the group `asa`; the word for `-i`."""
    path.write_text(yaml.safe_dump({"asa": {"hosts": hosts, "vars": variables}}), encoding="utf-8")
    return str(path)


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A port of 127.0.0.1 where nobody listens: it is taken, so that nobody begins to."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The default site."""
    yield from running_site(tmp_path_factory.mktemp("site") / "lab")


class Audit(NamedTuple):
    """The whole default site, audited once for all tests that only look."""

    played: Played
    # The answers, saved on the way.
    saved: Path
    # What the lab saw of it.
    log: tuple[dict[str, Any], ...]

    def commands(self, device: str) -> list[str]:
        return [item["command"] for item in self.log if item["device"] == device and item["event"] == "command"]


@pytest.fixture(scope="session")
def audited(play: Play, lab: Site, tmp_path_factory: pytest.TempPathFactory) -> Audit:
    saved = tmp_path_factory.mktemp("captures") / "saved"
    seen = len(lab.log())
    played = play(lab=lab, gather_save_to=str(saved))
    assert not lab.open_sessions()
    return Audit(played, saved, tuple(lab.log()[seen:]))


def modes(folder: Path) -> dict[str, int]:
    """Permissions of everything below a directory, and of itself, by path within it."""
    entries = [folder, *folder.rglob("*")]
    return {str(entry.relative_to(folder)): stat.S_IMODE(entry.lstat().st_mode) for entry in entries}
