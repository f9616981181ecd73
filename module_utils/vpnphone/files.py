"""Files of our own: private, written whole or not at all, never through somebody's symbolic link."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Set
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

import msgspec

from .errors import BadInput

Told = TypeVar("Told", bound=msgspec.Struct)
Opener = Callable[[str, int], int]


class Damaged(ValueError):
    """A file of ours that cannot be read; the message says why, for whom the caller knows what it holds."""


def private_directory(path: Path) -> Path:
    """The directory, made with mode 0700 where it is missing, as are those above it. BadInput where it cannot be."""
    try:
        # Not parents=True: that makes those above as open as the umask lets it.
        for above in reversed([one for one in path.parents if not one.exists()]):
            above.mkdir(mode=0o700, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"the directory cannot be made: {error.strerror}.",
            where=str(path),
            todo="Choose a directory that this user may write to.",
            code="directory_unwritable",
        ) from error
    return path


def secure_directory(path: Path, ours: Set[str]) -> Path:
    """Make sure that only this user can look into or change the directory, which may hold what is named in `ours`.

    BadInput for a symbolic link, for another user's directory, and for an open one that holds other things: it is
    not tightened, since it is not ours.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _refused(path, "it is a symbolic link or cannot be opened") from error
    try:
        status = os.fstat(handle)
        if status.st_uid != os.geteuid():
            raise _refused(path, "it belongs to another user")
        if stat.S_IMODE(status.st_mode) & 0o077:
            content = {entry.name for entry in path.iterdir()}
            if content and not content & ours:
                raise _refused(path, "others may look into it, and it holds other things than a run")
            os.fchmod(handle, 0o700)
    finally:
        os.close(handle)
    return path


def _refused(path: Path, reason: str) -> BadInput:
    return BadInput(
        f"nothing is written here: {reason}.",
        where=str(path),
        todo="Choose a new directory.",
        code="directory_unwritable",
    )


def write_private(path: Path, data: bytes, *, durable: bool = False, mode: int = 0o600) -> Path:
    """Replace the file atomically, mode 0600; durable: it outlives a power cut. BadInput where it cannot be.

    mode: for a file that others are to read.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)  # mkstemp: 0600
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                if mode != 0o600:
                    os.fchmod(stream.fileno(), mode)
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            Path(temporary).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise BadInput(
            f"the file cannot be written: {error.strerror}.",
            where=str(path),
            todo="Look at the space and the permissions of that directory.",
            code="file_unwritable",
        ) from error
    return path


def read_json(path: Path, kind: type[Told], most: int, *, opener: Opener = os.open) -> Told | None:
    """The file of ours as that type; None where there is none. Damaged, also for one of more than `most` bytes."""
    try:
        # open() rather than Path.open(), which has no opener.
        with open(path, "rb", opener=opener) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise Damaged(f"larger than {most} bytes")
        return msgspec.json.decode(data, type=kind)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise Damaged(str(error)) from error


def point_to(link: Path, target: str) -> None:
    """Make `link` a symbolic link to `target`, replacing an older link (never a real file or directory).

    OSError where the directory of the link is not ours to write to.
    """
    if link.exists() and not link.is_symlink():
        return
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)  # of a process of that number that was killed
    temporary.symlink_to(target)
    temporary.replace(link)


def file_stem(name: str) -> str:
    """A file name for any inventory name, reversible: everything but letters, digits and `._-` percent-encoded."""
    quoted = quote(name, safe="").replace("~", "%7E")
    return "%2E" + quoted[1:] if quoted.startswith(".") else quoted
