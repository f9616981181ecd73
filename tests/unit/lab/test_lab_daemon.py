"""The command line: a real background process, started and stopped."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lab import daemon, server
from lab.__main__ import main

ROOT = Path(daemon.__file__).parent.parent


def process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line as a shell starts it."""
    return subprocess.run(
        [sys.executable, "-m", "lab", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


def lab(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The same in this process, which has it loaded; what it starts runs in the background all the same."""
    words, out, told = list(map(str, arguments)), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
        code = main(words)
    return subprocess.CompletedProcess(words, code, out.getvalue(), told.getvalue())


@pytest.fixture
def site(tmp_path: Path) -> Path:
    file = tmp_path / "site.yml"
    file.write_text("name: s\ndevices:\n- {name: one, version: '9.1(1)'}\n- {name: two, faults: [{kind: refused}]}\n")
    return file


def alive(pid: int) -> bool:
    """Whether that process still runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_start_status_stop(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    first = process("start", "--scenario", site, "--dir", folder)
    try:
        assert (first.returncode, first.stderr) == (0, "")
        lines = first.stdout.splitlines()
        assert [line.split()[0] for line in lines] == ["one", "two", "running"]
        assert "ASA 9.1(1)" in lines[0]
        assert "faults: refused" in lines[1]
        pid = int((folder / "pid").read_text())
        assert alive(pid)

        again = lab("start", "--scenario", site, "--dir", folder)
        assert again.returncode == 0
        assert f"already running (pid {pid})" in again.stdout

        inventory = json.loads((folder / "inventory.json").read_text())
        assert inventory["asa"]["hosts"] == ["one", "two"]
        variables = inventory["_meta"]["hostvars"]["one"]
        assert variables["ansible_host"] == "127.0.0.1"
        assert variables["vpnphone_known_hosts"] == str(folder / "known_hosts")
        known = (folder / "known_hosts").read_text()
        assert known.startswith(f"[127.0.0.1]:{variables['ansible_port']} ssh-ed25519 ")
        assert known.count("\n") == 1

        shown = process("status", "--dir", folder)
        assert shown.returncode == 0
        assert "0 sessions, peak 0, 0 commands" in shown.stdout

        site.write_text(site.read_text() + "- {name: three}\n")
        other = lab("start", "--scenario", site, "--dir", folder)
        assert other.returncode == 1
        assert "another scenario" in other.stderr
        # A command that can be typed as it stands.
        assert other.stderr.rstrip().endswith(f"-m lab stop --dir {folder}")
        assert alive(pid)
    finally:
        last = process("stop", "--dir", folder)
    assert (last.returncode, last.stdout) == (0, f"stopped (pid {pid})\n")
    assert not alive(pid)
    assert not folder.exists()
    assert lab("status", "--dir", folder).returncode == 3
    assert lab("stop", "--dir", folder).returncode == 0


def test_a_lab_that_cannot_start_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "site.yml"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        file.write_text(f"name: s\ndevices:\n- {{name: one, port: {taken.getsockname()[1]}}}\n")
        started = lab("start", "--scenario", file, "--dir", tmp_path / "lab")
    assert started.returncode == 1
    assert "lab: the lab did not start: the lab cannot start: " in started.stderr
    assert "address already in use" in started.stderr
    assert not (tmp_path / "lab").exists()


def test_a_killed_lab_is_started_anew(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    assert lab("start", "--scenario", site, "--dir", folder).returncode == 0
    try:
        pid = int((folder / "pid").read_text())
        key = (folder / "keys" / "one.key").read_text()
        os.kill(pid, signal.SIGKILL)
        while daemon.running_pid(folder) is not None:
            time.sleep(0.01)
        assert (folder / "pid").exists()
        started = lab("start", "--scenario", site, "--dir", folder)
        assert started.returncode == 0
        assert "already" not in started.stdout
        assert int((folder / "pid").read_text()) != pid
        # The host key stays as long as the directory does.
        assert (folder / "keys" / "one.key").read_text() == key
    finally:
        lab("stop", "--dir", folder)
    assert not folder.exists()


def test_stop_never_touches_a_process_that_is_not_the_lab(tmp_path: Path) -> None:
    folder = tmp_path / "lab"
    server.prepare_directory(folder)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as other:
        (folder / "pid").write_text(f"{other.pid}\n")
        assert lab("stop", "--dir", folder).returncode == 0
        assert other.poll() is None
        other.kill()
    assert not folder.exists()


def test_a_lab_that_ignores_the_polite_signal_is_killed(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lab"
    daemon.start(site, folder)
    pid = daemon.running_pid(folder)
    assert pid is not None
    monkeypatch.setattr(daemon, "_TERM_SECONDS", 0.2)
    monkeypatch.setattr(daemon, "_ANSWER_SECONDS", 0.2)
    # Stopped, it neither answers nor reacts to SIGTERM.
    os.kill(pid, signal.SIGSTOP)
    try:
        assert daemon.status(folder) is None
        with pytest.raises(daemon.LabError, match="does not answer"):
            daemon.start(site, folder)
        assert daemon.stop(folder) == f"stopped (pid {pid})"
    finally:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
    assert not alive(pid)
    assert not folder.exists()


def test_foreign_directories_are_left_alone(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir(mode=0o755)
    (folder / "thesis.txt").write_text("precious")
    (folder / "log").write_text("not the lab's")
    refused = lab("start", "--scenario", site, "--dir", folder)
    assert refused.returncode == 1
    assert "not a lab directory: it holds thesis.txt" in refused.stderr
    assert lab("stop", "--dir", folder).returncode == 0
    assert {path.name for path in folder.iterdir()} == {"thesis.txt", "log"}
    assert folder.stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: s\n", "site.yml: devices: this key is required"),
        ("name: s\ndevices: [{name: a, prot: 1}]\n", "site.yml: devices[0].prot: no such key here"),
    ],
)
def test_a_bad_scenario_is_one_clear_line(site: Path, tmp_path: Path, text: str, message: str) -> None:
    site.write_text(text)
    result = lab("start", "--scenario", site, "--dir", tmp_path / "lab")
    assert result.returncode == 1
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "lab").exists()


def test_a_taken_port_is_a_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = tmp_path / "site.yml"
        file.write_text(f"name: s\ndevices: [{{name: a, port: {port}}}]\n")
        result = lab("start", "--scenario", file, "--dir", tmp_path / "lab")
    assert result.returncode == 1
    assert "the lab did not start" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "lab").exists()
