"""Files of our own: private, written whole or not at all, never through somebody's symbolic link."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from .errors import BadInput


def private_directory(path: Path) -> Path:
    """The directory, made with mode 0700 where it is missing. BadInput where it cannot be made."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"the directory cannot be made: {error.strerror}.",
            where=str(path),
            todo="Choose a directory that this user may write to.",
            code="directory_unwritable",
        ) from error
    return path


def write_private(path: Path, data: bytes) -> Path:
    """Replace the file atomically, mode 0600. BadInput where the directory refuses it."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)  # mkstemp: 0600
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
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


def point_to(link: Path, target: str) -> None:
    """Make `link` a symbolic link to `target`, replacing an older link (never a real file or directory)."""
    if link.exists() and not link.is_symlink():
        return
    temporary = link.with_name(f".{link.name}.{os.getpid()}")
    temporary.symlink_to(target)
    temporary.replace(link)


def file_stem(name: str) -> str:
    """A file name for any inventory name, reversible: everything but letters, digits and `._-` percent-encoded."""
    return quote(name, safe="").replace("~", "%7E") if not name.startswith(".") else "%2E" + quote(name[1:], safe="")
