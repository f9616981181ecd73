"""One change at a time on a device: a lock file for each address, which the system frees when its process ends."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ..errors import BadInput, ChangeRefused
from ..files import file_stem, private_directory, secure_directory

DEFAULT_DIRECTORY = "~/.local/state/vpnphone/locks"
_MAX_CONTENT = 4096


@contextmanager
def device_lock(directory: Path, device: str, address: str, *, run: str = "") -> Iterator[Path]:
    """Hold the lock of that address ("host:port", with the context behind it where there is one).

    The file says who holds it: {"who": "user@host", "pid": ..., "run": ..., "since": ISO 8601, UTC}. It stays, empty,
    when it is free. ChangeRefused with code device_locked where another process has it; BadInput where the directory
    cannot be had. Only runs on this controller, of users who share the directory, see each other.
    """
    name = f"{file_stem(address)[:200]}.lock"
    # One directory for the locks of all devices, so others' locks in it are ours, too.
    held = {entry.name for entry in _entries(directory) if entry.suffix == ".lock"}
    path = secure_directory(private_directory(directory), {name, *held}) / name
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise BadInput(
            f"the lock cannot be made: {error.strerror}.",
            where=str(path),
            todo="Correct vpnphone_lock_dir.",
            code="file_unwritable",
        ) from error
    with os.fdopen(handle, "r+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ChangeRefused(
                f"another run is changing this device: {_holder(stream.read(_MAX_CONTENT))}.",
                where=device,
                todo="Wait until it has ended. The lock ends with its process; the file itself may stay.",
                code="device_locked",
            ) from error
        try:
            _write(stream.fileno(), json.dumps(_ourselves(device, run)).encode())
            yield path
        finally:
            _write(stream.fileno(), b"")


def _entries(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError:
        return []


def _write(handle: int, data: bytes) -> None:
    os.ftruncate(handle, 0)
    os.pwrite(handle, data, 0)


def _ourselves(device: str, run: str) -> dict[str, str | int]:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = str(os.geteuid())
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"who": f"{user}@{platform.node()}", "pid": os.getpid(), "run": run, "since": since, "device": device}


def _holder(content: bytes) -> str:
    """Who has it, in words; the holder may be writing just now."""
    try:
        told = json.loads(content)
        words = f"{told['who']}, process {int(told['pid'])}, since {told['since']}"
        words += f", run {told['run']}" if told["run"] else ""
    except (ValueError, KeyError, TypeError):
        return "it does not say who"
    return "".join(letter if letter.isprintable() else "?" for letter in words[:300])
