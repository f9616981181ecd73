"""The report files of a run: written privately, each whole or not at all, beside run.json."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from ..errors import BadInput
from ..files import private_directory, write_private
from ..model import SCHEMA_VERSION, Run
from . import csv_report, html, junit, markdown, summary
from .json_report import json_bytes
from .view import View, view

# Some 200 KB a device of the worst kind; more is not a run of ours.
MAX_RUN = 512 * 1024 * 1024

FILE_NAMES: dict[str, str] = {
    "json": "run.json",
    "junit": "junit.xml",
    "html": "report.html",
    "markdown": "report.md",
    "csv": "findings.csv",
    "summary": "summary.json",
}
_RENDERERS: dict[str, Callable[[View], str]] = {
    "junit": junit.render,
    "html": html.render,
    "markdown": markdown.render,
    "csv": csv_report.render,
}
# What a directory of a run holds before its reports are written.
_OF_A_RUN = frozenset({"states", "ansible.log", *FILE_NAMES.values()})


class _Head(msgspec.Struct):
    """The one field to look at before the others: a newer schema may have fields that are not known here."""

    schema_version: str = SCHEMA_VERSION


def write_reports(run: Run, directory: Path, formats: Sequence[str]) -> dict[str, Path]:
    """Write run.json, the formats asked for ("junit", "html", "markdown", "csv"), then summary.json.

    Everything is rendered before the first file is written, and summary.json comes last: where it lies, the others
    are complete. Returns format to path. Raises BadInput for an unknown format and for a directory or file that
    cannot be written safely.
    """
    unknown = [name for name in formats if name not in FILE_NAMES]
    if unknown:
        raise BadInput(f"unknown report format {unknown[0]!r}.", todo=f"Choose of {', '.join(FILE_NAMES)}.")
    wanted = [name for name in FILE_NAMES if name in formats or name in ("json", "summary")]
    shown = view(run)
    contents: dict[str, bytes] = {}
    for name in wanted:
        if name == "json":
            contents[name] = json_bytes(shown.run)
        elif name == "summary":
            contents[name] = summary.render(shown, {key: FILE_NAMES[key] for key in wanted})
        else:
            contents[name] = _RENDERERS[name](shown).encode()
    _secure(private_directory(directory))
    return {name: write_private(directory / FILE_NAMES[name], data) for name, data in contents.items()}


def read_run(directory: Path) -> Run:
    """run.json of a run's directory. BadInput where it is missing, too large, damaged or of another schema."""
    path = directory / FILE_NAMES["json"]
    try:
        if path.stat().st_size > MAX_RUN:
            raise ValueError(f"larger than {MAX_RUN} bytes")
        data = path.read_bytes()
        found = msgspec.json.decode(data, type=_Head).schema_version
        run = msgspec.json.decode(data, type=Run) if found == SCHEMA_VERSION else None
    except FileNotFoundError as error:
        raise BadInput(
            "there is no run.json.", where=str(directory), todo="Judge the run first, or name another directory."
        ) from error
    except (OSError, ValueError) as error:
        raise BadInput(f"run.json cannot be read ({error}).", where=str(path), todo="Judge the run again.") from error
    if run is None:
        raise BadInput(
            f"run.json has schema {found!r}, this release reads {SCHEMA_VERSION!r}.",
            where=str(path),
            todo="Use the release that wrote it, or judge the run again.",
        )
    return run


def _secure(directory: Path) -> None:
    """Make sure that only this user can look into or change the directory; never tighten one that is not a run's."""
    try:
        handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _refused(directory, "it is a symbolic link or cannot be opened") from error
    try:
        status = os.fstat(handle)
        if status.st_uid != os.geteuid():
            raise _refused(directory, "it belongs to another user")
        if stat.S_IMODE(status.st_mode) & 0o077:
            content = {path.name for path in directory.iterdir()}
            if content and not content & _OF_A_RUN:
                raise _refused(directory, "others may look into it, and it holds other things than a run")
            os.fchmod(handle, 0o700)
    finally:
        os.close(handle)


def _refused(directory: Path, reason: str) -> BadInput:
    return BadInput(
        f"reports are not written here: {reason}.",
        where=str(directory),
        todo="Choose a new directory.",
        code="directory_unwritable",
    )
