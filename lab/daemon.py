"""The lab as a background process: start, stop, status, and the loop itself.

The file `pid` is locked by the lab for as long as it lives. A lock that can be taken means that nobody runs there,
whatever number the file holds; a number is only ever signalled while its owner holds the lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import resource
import shlex
import signal
import socket
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any, TextIO

from . import control as control_port
from . import scenario as scenarios
from . import server
from .scenario import Scenario
from .server import Lab

DEFAULT_SCENARIO = Path(__file__).parent / "scenarios" / "default.yml"
_START_SECONDS = 120.0
_TERM_SECONDS = 5.0
_ANSWER_SECONDS = 5.0
_MOST_FILES = 65536


# Locked files; only the end of the process closes them.
_held: list[TextIO] = []


class LabError(Exception):
    """What a user of the command line is told."""


# --- who runs here ------------------------------------------------------------------------------------------------


def _locked(directory: Path) -> bool:
    """Whether a lab lives there."""
    try:
        with (directory / "pid").open("r", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False
    except OSError:
        return False


def running_pid(directory: Path) -> int | None:
    """The lab's process, None where none runs (a stale file counts for nothing)."""
    if not _locked(directory):
        return None
    try:
        return int((directory / "pid").read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None


def info(directory: Path) -> dict[str, Any] | None:
    """What lab.json says of the lab that runs there."""
    try:
        found = json.loads((directory / "lab.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def status(directory: Path) -> dict[str, Any] | None:
    """The answer of the running lab itself; None where it does not answer in time."""
    return ask(directory, {"do": "status"}, _ANSWER_SECONDS)


def ask(directory: Path, question: dict[str, Any], seconds: float) -> dict[str, Any] | None:
    """What the lab that runs there says to a question (see lab/control.py); None where it does not answer in time."""
    known = info(directory)
    if known is None or running_pid(directory) is None:
        return None
    try:
        with socket.create_connection(("127.0.0.1", int(known["control_port"])), timeout=seconds) as connection:
            connection.sendall(json.dumps(question).encode() + b"\n")
            text = b""
            while chunk := connection.recv(65536):
                text += chunk
        answer = json.loads(text)
    except (OSError, ValueError, KeyError):
        return None
    return answer if isinstance(answer, dict) and answer.get("pid") == known.get("pid") else None


# --- the process itself ---------------------------------------------------------------------------------------------


def _own_pid_file(directory: Path) -> TextIO:
    """The locked pid file. It stays open to the end of the process, so that the lock ends with the process itself."""
    path = directory / "pid"
    path.touch(mode=0o600)
    path.chmod(0o600)
    file = path.open("r+", encoding="ascii")
    for attempt in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            # A `status` that looks at this very moment holds the lock for an instant.
            if attempt == 19:
                raise LabError(f"another lab runs in {directory}") from None
            time.sleep(0.02)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


async def _serve(scenario: Scenario, path: Path, directory: Path, ready_fd: int | None) -> None:
    lab = Lab(scenario, directory)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await lab.start()

    control = await asyncio.start_server(control_port.server(lab, path), "127.0.0.1", 0)
    described = {
        "pid": os.getpid(),
        "scenario": str(path),
        "digest": scenario.digest,
        "control_port": control.sockets[0].getsockname()[1],
        "devices": {
            **{name: describe(name, device.port, lab) for name, device in lab.devices.items()},
            **dict(lab.cucm.described()),
        },
    }
    server.write_private(directory / "lab.json", json.dumps(described, indent=2) + "\n")
    if ready_fd is not None:
        os.write(ready_fd, b"ready\n")
        os.close(ready_fd)
    else:
        _print_devices(described)
    await stopping.wait()
    control.close()
    await lab.stop()


def describe(name: str, port: int, lab: Lab) -> str:
    """One line about a device."""
    device = lab.devices[name]
    spec = device.spec
    notes = [f"ASA {spec.version}", spec.hardware]
    if spec.failover:
        notes.append(f"{spec.failover.unit} {spec.failover.state}")
    if device.multiple:
        notes.append(f"{len(device.contexts) - 1} contexts")
    if spec.ssh == "legacy":
        notes.append("legacy SSH")
    if spec.faults:
        notes.append("faults: " + ", ".join(fault.kind for fault in spec.faults))
    return f"{name:<16} 127.0.0.1:{port:<6} {', '.join(notes)}"


def _print_devices(described: dict[str, Any]) -> None:
    for line in described["devices"].values():
        print(line)


def _allow_many_files() -> None:
    """Each device, node and phone has a port of its own, and the soft limit of many systems is 1024 files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def run(path: Path, directory: Path, ready_fd: int | None = None, phones: int = 0) -> None:
    """The lab in the foreground, until SIGTERM or SIGINT. Raises LabError, ScenarioError, NotALab."""
    scenario = scenarios.load(path, phones)
    os.umask(0o077)
    _allow_many_files()
    # The old devices of a site speak old key exchanges; that is their purpose.
    warnings.filterwarnings("ignore", message="Diffie-Hellman over finite fields")
    server.prepare_directory(directory)
    _held.append(_own_pid_file(directory))
    try:
        asyncio.run(_serve(scenario, path.absolute(), directory, ready_fd))
    except OSError as error:
        raise LabError(f"the lab cannot start: {error}") from None
    finally:
        # While the lock is still held, so that no other lab can have begun here.
        server.clean_directory(directory)


# --- from outside ---------------------------------------------------------------------------------------------------


def _stop(directory: Path) -> str:
    """The command to type, from the project's folder."""
    return shlex.join([sys.executable, "-m", "lab", "stop", "--dir", str(directory)])


def start(path: Path, directory: Path, phones: int = 0) -> str:
    """Start in the background and wait until every device listens. Returns the lines to print."""
    scenario = scenarios.load(path, phones)
    if running_pid(directory) is not None:
        known = info(directory)
        if status(directory) is None or known is None:
            raise LabError(f"a lab runs in {directory} but does not answer; stop it with: {_stop(directory)}")
        if known.get("digest") != scenario.digest:
            raise LabError(
                f"a lab with another scenario ({known.get('scenario')}) runs in {directory}; "
                f"stop it first with: {_stop(directory)}"
            )
        return "\n".join([*known["devices"].values(), f"already running (pid {known['pid']}) in {directory}"])
    server.prepare_directory(directory)
    (directory / "lab.json").unlink(missing_ok=True)
    errors = directory / "errors"
    errors.unlink(missing_ok=True)
    errors.touch(mode=0o600)
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "lab", "run", "--scenario", str(path.absolute()), "--dir", str(directory)]
    command += ["--phones", str(phones)] if phones else []
    # Held open: a lab that cannot start takes the file away with the rest of its directory.
    with errors.open("w+", encoding="utf-8") as sink:
        process = subprocess.Popen(
            [*command, "--ready-fd", str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            pass_fds=(writing,),
            start_new_session=True,
            cwd=Path(__file__).parent.parent,
        )
        os.close(writing)
        os.set_blocking(reading, False)
        try:
            ready = _wait_ready(process, reading)
        finally:
            os.close(reading)
        known = info(directory)
        if ready and known is not None:
            return "\n".join([*known["devices"].values(), f"running (pid {known['pid']}) in {directory}"])
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        sink.seek(0)
        reason = sink.read().strip().removeprefix("lab: ")
    if not _locked(directory):
        server.clean_directory(directory)
    raise LabError(f"the lab did not start: {reason or 'see its scenario'}")


def _wait_ready(process: subprocess.Popen[bytes], reading: int) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            return os.read(reading, 16) == b"ready\n"
        except BlockingIOError:
            if process.poll() is not None:
                return False
            time.sleep(0.02)
    return False


def stop(directory: Path) -> str:
    """End the lab for certain and leave nothing of it behind."""
    pid = running_pid(directory)
    if pid is not None:
        _end(directory, pid)
    elif _locked(directory):
        raise LabError(f"{directory}/pid is locked but holds no number; end its process by hand")
    if all((directory / name).is_dir() for name in server.FOLDERS):
        server.clean_directory(directory)
    return f"stopped (pid {pid})" if pid is not None else f"no lab runs in {directory}"


def _gone(pid: int) -> bool:
    """No such process any more, or only its entry waits to be collected."""
    with contextlib.suppress(ChildProcessError):
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except ProcessLookupError:
        return True
    except OSError:
        # Not ours (the number was given away again), or a system without /proc, where the lock has to be enough.
        return True


def _end(directory: Path, pid: int) -> None:
    """SIGTERM, after some seconds SIGKILL; the lock tells each time that the number is still the lab's own."""
    for number, seconds in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _TERM_SECONDS)):
        deadline = time.monotonic() + seconds
        if running_pid(directory) == pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while time.monotonic() < deadline:
            if not _locked(directory) and _gone(pid):
                return
            time.sleep(0.02)
    raise LabError(f"process {pid} cannot be ended")
