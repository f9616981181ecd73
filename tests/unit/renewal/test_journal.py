"""The journal: whole or refused, whatever became of the file and whoever writes at the same time."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput, ChangeRefused, VpnPhoneError
from ansible.module_utils.vpnphone.model.renewal import CertificateNote, Event, Journal
from ansible.module_utils.vpnphone.renewal import journal as subject
from ansible.module_utils.vpnphone.renewal.journal import (
    JOURNAL,
    LOCK,
    OPERATOR,
    create_journal,
    held_by_another,
    holder,
    note,
    open_journal,
    operator_lock,
    update,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.renewal.builders import NOW, asa, journal

ROOT = Path(__file__).resolve().parents[3]
# A second operator: a process of its own, and no fork of this one.
OTHER = f"""
import sys
sys.path.insert(0, {str(ROOT / "module_utils")!r})
from pathlib import Path
from vpnphone.errors import VpnPhoneError
from vpnphone.renewal.journal import holder, note, operator_lock
directory = Path(sys.argv[1])
"""
TAKES = """
try:
    with operator_lock(directory, "switch", by="bob"):
        print("taken", flush=True)
        sys.stdin.readline()
except VpnPhoneError as error:
    print(error.code, error.what, flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    create_journal(tmp_path / "spring", journal())
    return tmp_path / "spring"


def other(directory: Path, code: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", OTHER + code, str(directory)]
    return subprocess.Popen(words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def typed(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def forked(count: int, work: Callable[[int], None]) -> list[int]:
    """work(number) in that many processes at once; their exit codes."""
    pids = []
    for number in range(count):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                work(number)
                code = 0
            finally:
                os._exit(code)
        pids.append(pid)
    return [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- reading and writing ----------------------------------------------------------------------------------------------


def test_what_is_written_is_read(place: Path) -> None:
    found = open_journal(place)
    assert msgspec.structs.replace(found, seal="") == journal()
    assert mode(place) == 0o700
    assert mode(place / JOURNAL) == mode(place / LOCK) == 0o600


def test_a_renewal_is_opened_once(place: Path) -> None:
    with pytest.raises(BadInput, match="opened already") as caught:
        create_journal(place, journal())
    assert caught.value.code == "journal_exists"


@pytest.mark.parametrize("act", [open_journal, holder, lambda place: note(place, "switch", "asa-1", "x", "bob")])
def test_no_journal_is_one_clear_error(tmp_path: Path, act: Callable[[Path], object]) -> None:
    with pytest.raises(BadInput) as caught:
        act(tmp_path / "nowhere")
    assert caught.value.code == "journal_missing"
    assert "vpnphone_renewal" in caught.value.todo


def test_a_change_is_told_with_its_author(place: Path) -> None:
    note(place, "switch", "asa-1", "the intent", "bob", at=NOW)
    found = open_journal(place)
    assert found.events == (Event(at=NOW, by="bob", stage="switch", target="asa-1", what="the intent"),)
    assert (found.changed, found.changed_by) == (NOW, "bob")


def test_no_change_writes_nothing(place: Path) -> None:
    before = (place / JOURNAL).stat().st_ino
    assert update(place, lambda found: found, by="bob") == open_journal(place)
    assert (place / JOURNAL).stat().st_ino == before


def test_an_error_in_a_change_leaves_the_journal_and_the_lock(place: Path) -> None:
    before = (place / JOURNAL).read_bytes()

    def broken(found: Journal) -> Journal:
        raise ChangeRefused("no")

    with pytest.raises(ChangeRefused):
        update(place, broken, by="bob")
    assert (place / JOURNAL).read_bytes() == before
    note(place, "switch", "asa-1", "the lock is free", "bob")


def test_a_change_cannot_make_another_renewal_of_it(place: Path) -> None:
    with pytest.raises(VpnPhoneError, match="another renewal"):
        update(place, lambda found: msgspec.structs.replace(found, renewal="autumn"), by="bob")
    assert open_journal(place).renewal == "spring"


def test_what_could_not_be_read_again_is_not_written(place: Path) -> None:
    with pytest.raises(VpnPhoneError, match="no journal"):
        update(place, lambda found: msgspec.structs.replace(found, pinned_ca="perhaps"), by="bob")
    assert open_journal(place).pinned_ca is False


def test_no_private_key_gets_in(place: Path) -> None:
    # In halves: no scanner should take this file for one that holds a key.
    pem = "-----BEGIN RSA PRIVATE" + " KEY-----\nAAAA\n-----END RSA PRIVATE" + " KEY-----"
    bad = asa("asa-1", new=CertificateNote(pem=pem, sha1="", sha256=""))
    with pytest.raises(VpnPhoneError, match="private key"):
        update(place, lambda found: msgspec.structs.replace(found, asas=found.asas | {"asa-1": bad}), by="bob")
    assert not [path for path in place.iterdir() if b"PRIVATE" in path.read_bytes()]


def test_a_link_in_place_of_the_journal_is_not_followed(place: Path, tmp_path: Path) -> None:
    (place / JOURNAL).rename(tmp_path / "elsewhere.json")
    (place / JOURNAL).symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(BadInput) as caught:
        open_journal(place)
    assert caught.value.code == "journal_damaged"


def test_a_pipe_in_place_of_the_journal_does_not_hang(place: Path) -> None:
    (place / JOURNAL).unlink()
    os.mkfifo(place / JOURNAL)
    with pytest.raises(BadInput, match="no ordinary file"):
        open_journal(place)


def test_a_journal_too_large_is_not_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "MAX_JOURNAL", 100)
    with pytest.raises(BadInput, match="larger than 100 bytes"):
        open_journal(place)


# --- damage -----------------------------------------------------------------------------------------------------------


def _written() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return create_journal(Path(folder) / "spring", journal()).read_bytes()


WRITTEN = _written()


def _read(content: bytes) -> Journal:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / JOURNAL).write_bytes(content)
        return open_journal(Path(folder))


@given(st.integers(0, len(WRITTEN) - 2))
def test_a_truncated_journal_is_one_clear_error(length: int) -> None:
    with pytest.raises(BadInput) as caught:
        _read(WRITTEN[:length])
    assert caught.value.code == "journal_damaged"


@given(st.integers(0, len(WRITTEN) - 1), st.integers(0, 255))
def test_a_byte_that_changed_changes_nothing_or_is_seen(at: int, byte: int) -> None:
    content = WRITTEN[:at] + bytes([byte]) + WRITTEN[at + 1 :]
    try:
        found = _read(content)
    except BadInput as error:
        assert error.code == "journal_damaged"
        return
    # A blank for a line break: what it says is the same.
    assert found == _read(WRITTEN)


@given(st.binary(max_size=400))
def test_any_other_file_is_one_clear_error(content: bytes) -> None:
    with pytest.raises(BadInput) as caught:
        _read(content)
    assert caught.value.code == "journal_damaged"


def test_deep_nesting_is_one_clear_error() -> None:
    with pytest.raises(BadInput) as caught:
        _read(b'{"a":' * 50_000)
    assert caught.value.code == "journal_damaged"


def test_a_hand_that_waives_a_phone_in_the_file_is_seen() -> None:
    changed = WRITTEN.replace(b'"unproven"', b'"waived"', 1)
    assert changed != WRITTEN
    with pytest.raises(BadInput, match="seal"):
        _read(changed)


# --- many workers -----------------------------------------------------------------------------------------------------


def test_many_workers_lose_nothing(place: Path) -> None:
    def work(number: int) -> None:
        for turn in range(10):
            note(place, "apply", "cucm-1", f"{number}.{turn}", "bob")

    assert forked(8, work) == [0] * 8
    found = [event.what for event in open_journal(place).events]
    assert sorted(found) == sorted(f"{number}.{turn}" for number in range(8) for turn in range(10))
    # Each worker's own lines stand in its own order.
    for number in range(8):
        mine = [what for what in found if what.startswith(f"{number}.")]
        assert mine == [f"{number}.{turn}" for turn in range(10)]


def test_killed_before_the_rename_the_journal_is_whole(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_journal(place)

    def killed(self: Path, target: Path) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def work(number: int) -> None:
        Path.replace = killed  # type: ignore[method-assign,assignment]
        note(place, "switch", "asa-1", "never told", "bob")

    assert forked(1, work) == [-signal.SIGKILL]
    assert len(list(place.glob(f".{JOURNAL}.*"))) == 1
    assert open_journal(place) == before
    # The lock went with the process, and so does its half of a file.
    note(place, "switch", "asa-1", "told", "bob")
    assert [event.what for event in open_journal(place).events] == ["told"]
    assert not list(place.glob(f".{JOURNAL}.*"))


def test_a_lock_that_is_never_let_go_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "LOCK_SECONDS", 0.0)
    with subject._locked(place), pytest.raises(BadInput) as caught:
        note(place, "switch", "asa-1", "x", "bob")
    assert caught.value.code == "journal_locked"


# --- one operator -----------------------------------------------------------------------------------------------------


def test_the_workers_of_one_run_share_it(place: Path) -> None:
    def work(number: int) -> None:
        with operator_lock(place, "switch"):
            note(place, "switch", f"asa-{number}", "at work", "bob")

    with operator_lock(place, "switch", by="bob"):
        assert forked(4, work) == [0] * 4
    assert len(open_journal(place).events) == 4


def test_a_second_operator_is_told_who_and_since_when(place: Path) -> None:
    with other(place, TAKES) as bob:
        assert line(bob) == "taken"
        with pytest.raises(ChangeRefused) as caught, operator_lock(place, "switch", by="eve"):
            pass
        assert caught.value.code == "renewal_in_use"
        assert "bob" in caught.value.what and str(bob.pid) in caught.value.what
        assert "stage switch" in caught.value.what and " since 20" in caught.value.what
        held = holder(place)
        assert held is not None and (held.by, held.pid) == ("bob", bob.pid)
        assert held_by_another(place) == held
        # Between two stages of his run it is his still.
        typed(bob)
        with pytest.raises(ChangeRefused), operator_lock(place, "switch", by="eve"):
            pass
        typed(bob)
    with operator_lock(place, "switch", by="eve"):
        found = holder(place)
        assert found is not None and found.by == "eve"
        assert held_by_another(place) is None


def test_an_operator_who_was_killed_holds_nothing(place: Path) -> None:
    with other(place, TAKES) as bob:
        assert line(bob) == "taken"
        bob.kill()
    assert holder(place) is None
    with operator_lock(place, "switch", by="eve"):
        pass


def test_a_worker_that_outlives_its_run_is_waited_for(place: Path) -> None:
    """The controller is killed, a worker of it still changes a device."""
    code = """
import os
read, write = os.pipe()
if os.fork():
    os.close(write)
    os.read(read, 1)
    print("taken", flush=True)
    sys.stdin.readline()
    os.kill(os.getpid(), 9)
os.close(read)
with operator_lock(directory, "switch", by="bob"):
    os.write(write, b"x")
    os.close(write)
    while not (directory / "runs").exists():
        pass
"""
    with other(place, code) as bob:
        assert line(bob) == "taken"
        typed(bob)
        bob.wait()
        with pytest.raises(ChangeRefused), operator_lock(place, "switch", by="eve"):
            pass
        found = holder(place)
        assert found is not None and found.by == "bob"
        (place / "runs").mkdir()
        assert bob.stdout is not None
        assert bob.stdout.read() == ""  # the pipe closes when the worker has ended
    with operator_lock(place, "switch", by="eve"):
        pass


@pytest.mark.parametrize("content", [b"", b"{", b'{"host": 1}', b"\xff\x00"])
def test_a_record_that_cannot_be_read_holds_nobody(place: Path, content: bytes) -> None:
    (place / OPERATOR).write_bytes(content)
    assert holder(place) is None
    with operator_lock(place, "switch", by="eve"):
        found = holder(place)
        assert found is not None and found.by == "eve"


def test_the_number_of_a_process_is_not_enough(place: Path) -> None:
    """Another process has got the number of the one that held it."""
    with operator_lock(place, "switch", by="eve"):
        mine = holder(place)
    assert mine is not None
    (place / OPERATOR).write_bytes(msgspec.json.encode(msgspec.structs.replace(mine, started="1", by="gone")))
    assert holder(place) is None


def test_a_full_disk_keeps_the_operator_out_with_one_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_journal(tmp_path, journal())

    def full(*_given: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        with pytest.raises(BadInput) as caught, operator_lock(tmp_path, "switch"):
            raise AssertionError("nobody gets in")
    assert caught.value.code == "file_unwritable"
    assert "No space left on device" in caught.value.what
    with operator_lock(tmp_path, "switch"):
        pass
