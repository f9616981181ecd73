"""The file of a history: SQLite, private, and never taken for ours where it is not.

Writers wait for one another (BEGIN IMMEDIATE); a run is in the file as a whole or not at all. No write-ahead log: that
would not do on a network's file system.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ..errors import BadInput
from ..files import private_directory

FILE_NAME = "history.sqlite3"
# "VPNH": which program a SQLite file belongs to.
APPLICATION_ID = 0x56504E48
# Seconds that a writer waits for another one.
PATIENCE = 30.0
_MAGIC = b"SQLite format 3\0"
_NAMED = frozenset({FILE_NAME, f"{FILE_NAME}-journal", "latest", "latest-remediation"})

# One step a schema version, in order; a released step is never changed. Times are UTC, ISO 8601, of one width.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE runs (
            number INTEGER PRIMARY KEY, site TEXT NOT NULL, run_id TEXT NOT NULL, started TEXT NOT NULL,
            finished TEXT NOT NULL, exit_code INTEGER NOT NULL, devices INTEGER NOT NULL, left_out INTEGER,
            phones BLOB NOT NULL, open INTEGER NOT NULL, undecided INTEGER NOT NULL, waived INTEGER NOT NULL,
            new INTEGER NOT NULL, fixed INTEGER NOT NULL, UNIQUE (site, run_id, started))""",
        """CREATE TABLE devices (
            site TEXT NOT NULL, name TEXT NOT NULL, last TEXT NOT NULL, gone INTEGER NOT NULL, what BLOB NOT NULL,
            PRIMARY KEY (site, name)) WITHOUT ROWID""",
        """CREATE TABLE findings (
            site TEXT NOT NULL, device TEXT NOT NULL, control TEXT NOT NULL, subject TEXT NOT NULL,
            severity TEXT NOT NULL, standing TEXT NOT NULL, since TEXT NOT NULL, what BLOB NOT NULL,
            PRIMARY KEY (site, device, control, subject)) WITHOUT ROWID""",
        "CREATE INDEX findings_by_standing ON findings (site, standing, severity, since)",
        """CREATE TABLE expiry (
            site TEXT NOT NULL, device TEXT NOT NULL, place INTEGER NOT NULL, what BLOB NOT NULL,
            PRIMARY KEY (site, device, place)) WITHOUT ROWID""",
        """CREATE TABLE changes (
            run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE, place INTEGER NOT NULL,
            device INTEGER NOT NULL, change TEXT NOT NULL, what BLOB NOT NULL,
            PRIMARY KEY (run, place)) WITHOUT ROWID""",
    ),
)
_TABLES = frozenset({"runs", "devices", "findings", "expiry", "changes"})


@contextlib.contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """The history, made where it is missing, in one transaction that this block fills. BadInput where it cannot be."""
    with _told(path):
        _prepare(path)
        with contextlib.closing(_connect(path, "rw")) as connection:
            _begin(connection)
            try:
                _migrate(connection, path)
                broken = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if broken != "ok":
                    raise _damaged(path, broken)
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise


@contextlib.contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """The history as it stands, for reading alone. BadInput history_missing where there is none yet."""
    with _told(path):
        if not path.exists():
            raise BadInput(
                "there is no history yet.",
                where=str(path),
                todo="Run the audit (playbooks/audit.yml): each run is recorded; or name the file in"
                " vpnphone_history_file.",
                code="history_missing",
            )
        with contextlib.closing(_connect(path, "ro")) as connection:
            connection.execute("BEGIN")
            version = _version(connection, path)
            if version != len(MIGRATIONS):
                raise _older(path) if version else _foreign(path, "it is empty")
            yield connection


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}", timeout=PATIENCE, isolation_level=None, uri=True
    )
    # A file that somebody made must not run anything; what is pruned is overwritten.
    for pragma in ("trusted_schema=OFF", "cell_size_check=ON", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _begin(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """The schema version of the file, 0 where it is empty. BadInput where it is not ours or of a later release."""
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    made = {(kind, name) for kind, name in connection.execute("SELECT type, name FROM sqlite_master")}
    if not made and not owner and not version:
        return 0
    if owner != APPLICATION_ID:
        raise _foreign(path, "it is a SQLite file of another program")
    if version > len(MIGRATIONS):
        raise BadInput(
            f"the history has schema {version}, this release knows {len(MIGRATIONS)}.",
            where=str(path),
            todo="Use the release that wrote it, or name another file in vpnphone_history_file.",
            code="history_newer",
        )
    if any(kind in ("trigger", "view") for kind, _ in made) or not {name for _, name in made} >= _TABLES:
        raise _foreign(path, "its tables are not those of a history")
    return version


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the schema up, inside the caller's transaction."""
    version = _version(connection, path)
    for step in MIGRATIONS[version:]:
        for statement in step:
            connection.execute(statement)
    if version < len(MIGRATIONS):
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")


# --- the file -----------------------------------------------------------------------------------------------------


def _prepare(path: Path) -> None:
    """The file there, a plain one, ours, mode 0600; in a directory where nobody else could put another in its place."""
    _guard(private_directory(path.parent))
    try:
        # Non-blocking: a pipe in its place would wait for ever.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        reason = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror or "it cannot be opened"
        raise _unwritable(path, reason) from error
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise _unwritable(path, "it is no plain file")
        if status.st_uid != os.geteuid():
            raise _unwritable(path, "it belongs to another user")
        if stat.S_IMODE(status.st_mode) != 0o600:
            os.fchmod(handle, 0o600)
        if status.st_size and os.read(handle, len(_MAGIC)) != _MAGIC:
            raise _foreign(path, "it is no SQLite file")
    finally:
        os.close(handle)


def _guard(directory: Path) -> None:
    """A directory of runs alone is closed to others; one that everybody may change is refused."""
    status = directory.stat()
    ours = status.st_uid == os.geteuid()
    if ours and stat.S_IMODE(status.st_mode) & 0o077 and _holds_runs_alone(directory):
        directory.chmod(0o700)
        return
    if status.st_mode & stat.S_IWOTH and not status.st_mode & stat.S_ISVTX:
        raise _unwritable(directory, "everybody may write to this directory")


def _holds_runs_alone(directory: Path) -> bool:
    """Nothing but private directories, links to them and the history: the directory is there for that."""
    for entry in os.scandir(directory):
        if entry.name in _NAMED:
            continue
        status = entry.stat(follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode) or stat.S_IMODE(status.st_mode) & 0o077:
            return False
    return True


# --- errors -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """What SQLite says, as one clear error."""
    try:
        yield
    except sqlite3.Error as error:
        raise _in_words(path, error) from error
    except msgspec.MsgspecError as error:
        raise _damaged(path, str(error)) from error


def _in_words(path: Path, error: sqlite3.Error) -> BadInput:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BadInput(
            f"another run is writing to the history, for more than {PATIENCE:.0f} seconds.",
            where=str(path),
            todo="Record the run again (module vpnphone_history, action record) when it has ended.",
            code="history_busy",
        )
    if code == sqlite3.SQLITE_FULL:
        return BadInput(
            "the disk is full: nothing was recorded.",
            where=str(path),
            todo="Make room, then record the run again (module vpnphone_history, action record).",
            code="history_full",
        )
    if code == sqlite3.SQLITE_NOTADB:
        return _foreign(path, "it is no SQLite file")
    if code == sqlite3.SQLITE_CORRUPT:
        return _damaged(path, str(error))
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_IOERR):
        return _unwritable(path, str(error))
    # Of another kind: a table that lacks a column, a value that is none.
    return _damaged(path, str(error))


def _foreign(path: Path, why: str) -> BadInput:
    return BadInput(
        f"this is no history of audits: {why}. It was left as it is.",
        where=str(path),
        todo="Name another file in vpnphone_history_file, or move this one away.",
        code="history_foreign",
    )


def _damaged(path: Path, why: str) -> BadInput:
    return BadInput(
        f"the history is damaged: {why}. It was left as it is.",
        where=str(path),
        todo="Put a backup of it back, or move it away: the next run then begins a new one.",
        code="history_damaged",
    )


def _older(path: Path) -> BadInput:
    return BadInput(
        "the history was written by an older release.",
        where=str(path),
        todo="Run an audit: recording it brings the file up to date.",
        code="history_older",
    )


def _unwritable(path: Path, why: str) -> BadInput:
    return BadInput(
        f"the history cannot be written or read: {why}.",
        where=str(path),
        todo="Look at the permissions of this path and its disk; vpnphone_history_file names another one.",
        code="history_unwritable",
    )
