"""The file of a history: whom it belongs to, what is said where it cannot be used, its schema."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.history import database
from ansible.module_utils.vpnphone.history.store import content, record

from tests.unit.history.builders import night, seen, snapshot
from tests.unit.history.kit import DRIFT, FAIL, fill, refused

# --- whom it belongs to -----------------------------------------------------------------------------------------------


def test_it_is_private_in_a_private_directory(path: Path) -> None:
    old = os.umask(0)
    try:
        fill(path, snapshot(0, seen()))
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_what_was_opened_to_others_is_closed(path: Path) -> None:
    fill(path, snapshot(0, seen()))
    path.chmod(0o644)
    (path.parent / "run").mkdir(mode=0o700)
    (path.parent / "latest").symlink_to("run")
    path.parent.chmod(0o755)
    fill(path, snapshot(1, seen()))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_directory_of_other_things_keeps_its_mode(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    (path.parent / "README.md").write_text("", encoding="utf-8")
    fill(path, snapshot(0, seen()))
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755


def test_a_directory_that_everybody_may_change_is_refused(path: Path) -> None:
    path.parent.mkdir()
    (path.parent / "README.md").write_text("", encoding="utf-8")
    path.parent.chmod(0o777)
    assert "everybody may write" in refused(path, "history_unwritable").what


@pytest.mark.parametrize("kind", ["link", "directory", "pipe"])
def test_what_is_no_plain_file_is_left_alone(path: Path, kind: str, tmp_path: Path) -> None:
    path.parent.mkdir()
    target = tmp_path / "precious"
    if kind == "link":
        path.symlink_to(target)
    elif kind == "directory":
        path.mkdir()
    else:
        os.mkfifo(path)
    refused(path, "history_unwritable")
    assert not target.exists()


# --- a file that cannot be used ---------------------------------------------------------------------------------------


def test_there_is_none_yet(path: Path) -> None:
    refused(path, "history_missing", lambda: content(path))
    assert not path.parent.exists()


def test_an_empty_file_is_begun_and_says_nothing(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    refused(path, "history_foreign", lambda: content(path))
    fill(path, snapshot(0, seen()))


def foreign(path: Path, *statements: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with sqlite3.connect(path) as other:
        for statement in statements:
            other.execute(statement)
    other.close()


def test_another_program_s_file_is_left_as_it_is(path: Path) -> None:
    foreign(path, "CREATE TABLE bookmarks (url TEXT)", "INSERT INTO bookmarks VALUES ('x')")
    before = path.read_bytes()
    assert "another program" in refused(path, "history_foreign").what
    refused(path, "history_foreign", lambda: content(path))
    assert path.read_bytes() == before


def test_a_file_of_another_kind_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("my notes", encoding="utf-8")
    refused(path, "history_foreign")
    refused(path, "history_foreign", lambda: content(path))
    assert path.read_text(encoding="utf-8") == "my notes"


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER INSERT ON runs BEGIN DELETE FROM findings; END",
        "CREATE VIEW evil AS SELECT 1",
        "DROP TABLE changes",
    ],
)
def test_tables_that_are_not_ours_are_refused(path: Path, statement: str) -> None:
    fill(path, snapshot(0, seen("asa1", FAIL)))
    foreign(path, statement)
    assert "tables are not those" in refused(path, "history_foreign").what


@pytest.mark.parametrize("at", [20, 60, 4096, 8192, 20_000])
def test_a_damaged_file_is_told_and_left(path: Path, at: int) -> None:
    fill(path, *(snapshot(number, seen("asa1", FAIL, DRIFT), seen("asa2", FAIL)) for number in range(5)))
    data = bytearray(path.read_bytes())
    data[at : at + 3000] = b"\xff" * len(data[at : at + 3000])
    path.write_bytes(data)
    with pytest.raises(BadInput) as caught:
        record(path, snapshot(9, seen("asa1", FAIL)))
    assert caught.value.code in ("history_damaged", "history_foreign")
    assert path.read_bytes() == bytes(data)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE devices SET what = '{'", "UPDATE runs SET started = 'soon'", "UPDATE findings SET what = '[]'"],
)
def test_content_that_makes_no_sense_is_told(path: Path, statement: str) -> None:
    fill(path, snapshot(0, seen("asa1", FAIL)))
    foreign(path, statement)
    refused(path, "history_damaged", lambda: content(path))


def _connected(monkeypatch: pytest.MonkeyPatch, *pragmas: str, mode: str = "") -> None:
    connect = database._connect

    def other(path: Path, wanted: str) -> sqlite3.Connection:
        connection = connect(path, mode or wanted)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
        return connection

    monkeypatch.setattr(database, "_connect", other)


def test_a_full_disk_is_told_and_nothing_is_half_recorded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path, snapshot(0, seen("asa1", FAIL)))
    many = snapshot(1, seen("asa1", *(("C1", f"subject {number}", "fail") for number in range(2000))))
    with monkeypatch.context() as patched:
        _connected(patched, "max_page_count=30")
        assert "full" in refused(path, "history_full", lambda: record(path, many)).what
        assert (content(path).runs, content(path).totals["open"]) == (1, 1)
    assert record(path, many).new


def test_a_file_that_may_only_be_read_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path, snapshot(0, seen("asa1", FAIL)))
    _connected(monkeypatch, mode="ro")
    refused(path, "history_unwritable")
    assert content(path).runs == 1


# --- schema -----------------------------------------------------------------------------------------------------------


def test_a_later_release_s_file_is_left_alone(path: Path) -> None:
    fill(path, snapshot(0, seen()))
    foreign(path, "PRAGMA user_version = 99")
    assert "schema 99" in refused(path, "history_newer").what
    refused(path, "history_newer", lambda: content(path))


def test_an_older_file_is_brought_up_to_date_by_the_next_record(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path, snapshot(0, seen("asa1", FAIL)))
    later = (*database.MIGRATIONS, ("CREATE TABLE more (x)", "INSERT INTO more SELECT number FROM runs"))
    monkeypatch.setattr(database, "MIGRATIONS", later)
    refused(path, "history_older", lambda: content(path))
    fill(path, snapshot(1, seen("asa1", FAIL)))
    assert [one.since for one in content(path).open] == [night(0)]
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT x FROM more").fetchall() == [(1,)]
        assert other.execute("PRAGMA user_version").fetchone() == (2,)
    other.close()


def test_a_step_that_fails_leaves_the_older_file_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path, snapshot(0, seen("asa1", FAIL)))
    with monkeypatch.context() as patched:
        patched.setattr(database, "MIGRATIONS", (*database.MIGRATIONS, ("CREATE TABLE more (x)", "no SQL")))
        refused(path, "history_damaged")
    assert content(path).runs == 1
