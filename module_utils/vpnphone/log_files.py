"""Files of logs: those that a run keeps, and those that a person names."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from .errors import BadInput
from .files import file_stem, private_directory, write_private
from .model.diagnosis import Side
from .parse.answer import shown
from .rundir import GatheredLogs, LogFact, read_kept

# A directory with more is no collection of logs that somebody made for this.
MAX_FILES = 2000
MAX_ENTRIES = 20_000
MAX_NOTES = 20
_LOGS = "logs"


class LogPath(NamedTuple):
    """A file to be read. device: whose it is, "" where only its content can tell; side: as in diagnose.read.Input."""

    path: Path
    device: str = ""
    side: Side | None = None


class Named(NamedTuple):
    """What a person named: files in a stable order, and what was passed over, in words."""

    files: tuple[LogPath, ...]
    notes: tuple[str, ...]


# --- of a run -------------------------------------------------------------------------------------------------------


def keep_logs(run_dir: Path, folder: str, texts: Mapping[str, str]) -> list[Path]:
    """Write each text to logs/<folder>/<name> of the run, private. The paths, in order."""
    place = run_dir
    for part in (_LOGS, *folder.split("/")):
        place = private_directory(place / part)
    return [write_private(place / file_stem(name), text.encode("utf-8", "replace")) for name, text in texts.items()]


def forget_logs(run_dir: Path, folder: str) -> None:
    """Take away the files of logs/<folder> that an older run of the same id left."""
    with contextlib.suppress(OSError):
        for path in (run_dir / _LOGS / folder).iterdir():
            path.unlink()


def fetched(run_dir: Path, names: Iterable[str]) -> tuple[list[LogPath], list[LogFact]]:
    """The logs that were fetched in this run from these hosts, and what is to be known of them and of the others.

    Of a phone that one cluster gave logs of it does not count that another one does not know it.
    """
    files: list[LogPath] = []
    facts: list[LogFact] = []
    for name in names:
        kept = read_kept(run_dir, name, GatheredLogs)
        if kept.failure is not None:
            facts.append(LogFact(device=name, what=f"was not read: {kept.failure.what}", todo=kept.failure.todo))
        files += [LogPath(run_dir / file.path, file.device, file.side) for file in kept.files or ()]
        facts += kept.facts
    files = [
        file for file in dict.fromkeys(files) if file.path.is_file()
    ]  # of a phone that two clusters were asked for
    have = {file.device for file in files}
    return files, [fact for fact in facts if not (fact.unknown and fact.device in have)]


# --- of a person ----------------------------------------------------------------------------------------------------


def named_logs(paths: Iterable[Path]) -> Named:
    """Files as they are, directories with all that lies below them. BadInput: logs_missing, logs_empty."""
    found: dict[Path, None] = {}
    notes: list[str] = []
    where = []
    for path in paths:
        where.append(str(path))
        if stat.S_ISDIR(_mode(path)):
            found |= dict.fromkeys(_below(path, notes))
            continue
        why = _unfit(path)
        if why:
            raise BadInput(f"{why}.", where=str(path), todo="Correct vpnphone_logs.", code="logs_missing")
        _open(path)
        found[path] = None
    if len(found) > MAX_FILES:
        raise BadInput(
            f"there are more than {MAX_FILES} files.",
            where=", ".join(where)[:200],
            todo="Name the logs of the outage alone.",
            code="logs_unreadable",
        )
    if not found:
        told = f" ({notes[0]})" if notes else ""
        raise BadInput(
            f"there is no log to be read{told}.",
            where=", ".join(where)[:200],
            todo="Put text files there: the answer of `show logging`, a syslog server's files, the phones' files.",
            code="logs_empty",
        )
    return Named(tuple(LogPath(path, _asa_of(path)) for path in found), tuple(notes))


def _asa_of(path: Path) -> str:
    """The ASA of logs/asa/NAME.log, as a run of our own keeps it."""
    own = path.suffix == ".log" and path.parts[-3:-1] == (_LOGS, "asa")
    return unquote(path.stem) if own else ""


def _below(directory: Path, notes: list[str]) -> Iterator[Path]:
    # A run of our own: its logs, not its reports.
    start = directory / _LOGS if (directory / "fetched").is_dir() and (directory / _LOGS).is_dir() else directory
    waiting = _entries(start)
    count = 0
    while waiting and count <= MAX_ENTRIES:
        entry = waiting.pop()
        count += 1
        if entry.name.startswith("."):
            continue
        why = ""
        if entry.is_symlink():
            why = "is a link, and was not followed."
        elif entry.is_dir():
            with contextlib.suppress(BadInput):
                waiting += _entries(entry)
        elif not _unfit(entry):
            try:
                _open(entry)
                yield entry
            except BadInput as error:
                why = f"was not read: {error.what}"
        if why and len(notes) < MAX_NOTES:
            notes.append(f"{shown(entry.name)} {why}")


def _entries(directory: Path) -> list[Path]:
    """Last to first by name."""
    try:
        return sorted(directory.iterdir(), reverse=True)
    except OSError as error:
        raise BadInput(
            f"the directory cannot be read: {error.strerror}.",
            where=str(directory),
            todo="Look at its permissions.",
            code="logs_unreadable",
        ) from error


def _unfit(path: Path) -> str:
    """Why it is no file that can be read to its end, "" where it is one."""
    mode = _mode(path)
    if not mode:
        return "there is no such file or directory"
    return "" if stat.S_ISREG(mode) else "it is neither a file nor a directory"


def _mode(path: Path) -> int:
    """0 where nothing is there, or no name can be such."""
    try:
        return path.stat().st_mode
    except (OSError, ValueError):
        return 0


def _open(path: Path) -> None:
    """BadInput where this account may not read it."""
    try:
        with path.open("rb"):
            return
    except OSError as error:
        raise BadInput(
            f"the file cannot be read: {error.strerror}.",
            where=str(path),
            todo="Look at its permissions.",
            code="logs_unreadable",
        ) from error
