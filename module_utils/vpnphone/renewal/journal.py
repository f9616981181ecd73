"""The file of a renewal: read whole or refused, changed under a lock, replaced atomically.

<renewals>/<renewal>/journal.json    the journal (model/renewal.py), mode 0600, sealed with a SHA-256
<renewals>/<renewal>/journal.lock    held while the journal is read and replaced: a run has many workers
<renewals>/<renewal>/operator.lock   held while a stage changes something: one operator at a time (see operator_lock)
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import pwd
import stat
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..errors import BadInput, ChangeRefused, VpnPhoneError
from ..files import private_directory, secure_directory, write_private
from ..model import Model
from ..model.renewal import Event, Journal

JOURNAL = "journal.json"
LOCK = "journal.lock"
OPERATOR = "operator.lock"
# By one of these the directory of a renewal is known.
OURS = frozenset({JOURNAL, LOCK, OPERATOR, "runs", "files", "evidence"})
# A renewal of some ten thousand phones has a tenth of it.
MAX_JOURNAL = 64 * 1024 * 1024
# Nobody holds the lock for longer than it takes to write the file.
LOCK_SECONDS = 60.0
_RETRY_SECONDS = 0.02
_PRIVATE_KEY = b"PRIVATE KEY-----"


# Hears each line of the story once it is written: a switch takes many minutes, and somebody waits for it.
on_event: Callable[[Event], None] | None = None


class Holder(Model, frozen=True, kw_only=True):
    """Who holds the operator's lock. A run is a process; `started` tells it from a later one of its number."""

    host: str
    pid: int
    started: str
    by: str
    stage: str
    since: datetime


# --- the journal ------------------------------------------------------------------------------------------------------


def open_journal(directory: Path) -> Journal:
    """The journal as it stands. BadInput: journal_missing, journal_damaged."""
    path = directory / JOURNAL
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise ValueError("it is no ordinary file")
            if status.st_size > MAX_JOURNAL:
                raise ValueError(f"larger than {MAX_JOURNAL} bytes")
            content = file.read(MAX_JOURNAL + 1)
        journal = msgspec.json.decode(content, type=Journal)
        if journal.seal != _seal(journal):
            raise ValueError("its content does not match its seal: it was changed by something else than a stage")
    except FileNotFoundError as error:
        raise BadInput(
            "no renewal was opened here: there is no journal.",
            where=str(path),
            todo="Check vpnphone_renewal and vpnphone_renewals_dir, or open it with playbooks/renewal/preflight.yml.",
            code="journal_missing",
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(
            f"the journal cannot be trusted: {reason.rstrip('.')}.",
            where=str(path),
            todo="Change nothing by hand. Put journal.json back from your backup; without one open a renewal of another"
            " name with preflight: every stage reads the devices and finds what is done already.",
            code="journal_damaged",
        ) from error
    return journal


def create_journal(directory: Path, journal: Journal) -> Path:
    """Write the first journal of a renewal. BadInput: journal_exists, or the directory cannot be had."""
    secure_directory(private_directory(directory), OURS)
    with _locked(directory):
        path = directory / JOURNAL
        if path.exists() or path.is_symlink():
            raise BadInput(
                "this renewal was opened already.",
                where=str(path),
                todo="Go on with it (playbooks/renewal/status.yml says how), or choose another vpnphone_renewal.",
                code="journal_exists",
            )
        return _write(directory, journal)


def update(directory: Path, change: Callable[[Journal], Journal], *, by: str, at: datetime | None = None) -> Journal:
    """Read, change, replace, under the lock; what comes back is what stands. `change` may be called by many workers.

    BadInput as open_journal, and journal_locked.
    """
    with _locked(directory):
        before = open_journal(directory)
        after = change(before)
        if after == before:
            return before
        if (after.renewal, after.created) != (before.renewal, before.created):
            raise VpnPhoneError(
                "a change must not make another renewal of it.",
                where=str(directory / JOURNAL),
                todo="Report this fault; nothing was written.",
                code="tool_fault",
            )
        after = msgspec.structs.replace(after, changed=at or datetime.now(UTC), changed_by=by)
        _write(directory, after)
    if on_event is not None:
        for event in after.events[len(before.events) :]:
            on_event(event)
    return after


def note(directory: Path, stage: str, target: str, what: str, by: str, *, at: datetime | None = None) -> Journal:
    """One more line of the journal's story; the intent is noted before a thing is done."""
    moment = at or datetime.now(UTC)
    event = Event(at=moment, by=by, stage=stage, target=target, what=what)
    return update(
        directory,
        lambda journal: msgspec.structs.replace(journal, events=(*journal.events, event)),
        by=by,
        at=moment,
    )


def _seal(journal: Journal) -> str:
    return hashlib.sha256(msgspec.json.encode(msgspec.structs.replace(journal, seal=""))).hexdigest()


def _write(directory: Path, journal: Journal) -> Path:
    """Replace journal.json; the caller holds the lock. Nothing is written that could not be read again."""
    sealed = msgspec.structs.replace(journal, seal=_seal(journal))
    content = msgspec.json.encode(sealed)
    if _PRIVATE_KEY in content:
        raise VpnPhoneError(
            "a private key was about to enter the journal.",
            where=str(directory / JOURNAL),
            todo="Report this fault; nothing was written.",
            code="tool_fault",
        )
    try:
        if msgspec.json.decode(content, type=Journal) != sealed:
            raise ValueError("it would come back as another one")
    except (ValueError, RecursionError) as error:
        raise VpnPhoneError(
            f"what was to be written is no journal: {error}.",
            where=str(directory / JOURNAL),
            todo="Report this fault; nothing was written.",
            code="tool_fault",
        ) from error
    # Whoever was killed while it wrote left its half of a file; nobody else writes now.
    for left in directory.glob(f".{JOURNAL}.*"):
        with contextlib.suppress(OSError):
            left.unlink()
    return write_private(directory / JOURNAL, msgspec.json.format(content, indent=1) + b"\n", durable=True)


# --- locks ------------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Hold journal.lock; the kernel lets go of it when the process dies. BadInput journal_missing, journal_locked."""
    handle = _lock_file(directory, LOCK)
    try:
        deadline = time.monotonic() + LOCK_SECONDS
        while not _try(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise BadInput(
                    f"another process keeps the journal locked for more than {LOCK_SECONDS:.0f} seconds.",
                    where=str(directory / LOCK),
                    todo="Look for a stopped ansible-playbook (`fuser` names it) and end it, then run again.",
                    code="journal_locked",
                )
            time.sleep(_RETRY_SECONDS)
        yield
    finally:
        os.close(handle)


def _lock_file(directory: Path, name: str) -> int:
    try:
        return os.open(directory / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileNotFoundError as error:
        raise BadInput(
            "no renewal was opened here: there is no such directory.",
            where=str(directory),
            todo="Check vpnphone_renewal and vpnphone_renewals_dir, or open it with playbooks/renewal/preflight.yml.",
            code="journal_missing",
        ) from error
    except OSError as error:
        raise BadInput(
            f"the lock cannot be opened: {error.strerror}.",
            where=str(directory / name),
            todo="The directory of a renewal belongs to one user; run as that user.",
            code="directory_unwritable",
        ) from error


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def operator_lock(directory: Path, stage: str, *, by: str = "") -> Iterator[None]:
    """One operator at a time; the workers of one ansible-playbook share it, from its first stage to its end.

    It is free again when that process is gone and no worker of it is still at work, however they ended.
    ChangeRefused renewal_in_use says who holds it since when.
    """
    own = Holder(
        host=os.uname().nodename,
        pid=_PID,
        started=_STARTED,
        by=by or _user(),
        stage=stage,
        since=datetime.now(UTC),
    )
    handle = _lock_file(directory, OPERATOR)
    try:
        # Two that come at once are told apart one after the other.
        with _locked(directory):
            _take(handle, own, directory)
        yield
    finally:
        os.close(handle)


def holder(directory: Path) -> Holder | None:
    """Who holds the operator's lock now; None where nobody does. BadInput as update."""
    handle = _lock_file(directory, OPERATOR)
    try:
        with _locked(directory):
            found = _read_holder(handle)
            if found is None or _alive(found):
                return found
            # Its controller is gone; a worker of it may be at work still.
            return None if _try(handle, fcntl.LOCK_EX) else found
    finally:
        os.close(handle)


def held_by_another(directory: Path) -> Holder | None:
    """Who holds it now, where that is another run than this one."""
    found = holder(directory)
    own = (os.uname().nodename, _PID, _STARTED)
    return None if found is None or (found.host, found.pid, found.started) == own else found


def _take(handle: int, own: Holder, directory: Path) -> None:
    alone = _try(handle, fcntl.LOCK_EX)
    found = _read_holder(handle)
    ours = found is not None and _same_run(found, own)
    if not ours and (not alone or (found is not None and _alive(found))):
        raise _in_use(directory, found)
    if not ours:
        try:
            os.ftruncate(handle, 0)
            os.pwrite(handle, msgspec.json.encode(own), 0)
        except OSError as error:
            raise BadInput(
                f"the file cannot be written: {error.strerror}.",
                where=str(directory / OPERATOR),
                todo="Look at the space and the permissions of that directory.",
                code="file_unwritable",
            ) from error
    # Shared from here on, by every worker of this run.
    fcntl.flock(handle, fcntl.LOCK_SH)


def _in_use(directory: Path, found: Holder | None) -> ChangeRefused:
    who = (
        f"{found.by} on {found.host} (process {found.pid}), stage {found.stage},"
        f" since {found.since:%Y-%m-%d %H:%M:%S} UTC"
        if found
        else "somebody"
    )
    return ChangeRefused(
        f"this renewal is in use: {who}.",
        where=str(directory),
        todo="Wait until that run has ended, or end it; then run again. The status playbook may run meanwhile.",
        code="renewal_in_use",
    )


def _read_holder(handle: int) -> Holder | None:
    try:
        return msgspec.json.decode(os.pread(handle, 64 * 1024, 0), type=Holder)
    except (OSError, ValueError, RecursionError):
        # Empty, or whoever wrote it was killed in the middle.
        return None


def _same_run(one: Holder, other: Holder) -> bool:
    return (one.host, one.pid, one.started) == (other.host, other.pid, other.started)


def _alive(found: Holder) -> bool:
    """Its process is there still. Of another host only a lock that is held tells."""
    return found.host == os.uname().nodename and bool(found.started) and _started(found.pid) == found.started


def _started(pid: int) -> str:
    """When the process began, in the kernel's ticks; "" where it is gone or the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # The name, in brackets, may hold anything; state is the first field behind it, the start the twentieth.
    fields = text.rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else ""


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


# The process that imported this first: ansible-playbook, whose forked workers keep it.
_PID = os.getpid()
_STARTED = _started(_PID)
