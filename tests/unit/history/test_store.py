"""What a history keeps: what is read back, any text, several at once, and what is deleted."""

from __future__ import annotations

import multiprocessing
import sqlite3
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.history import database, store
from ansible.module_utils.vpnphone.history.snapshot import read_snapshot
from ansible.module_utils.vpnphone.history.store import Pruned, content, prune, record
from ansible.module_utils.vpnphone.model import Failure, Run
from ansible.module_utils.vpnphone.report.text import MAX_NAME, one_line
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.history.builders import ending, night, result, run_of, seen, snapshot, unread
from tests.unit.history.kit import DRIFT, FAIL, fill, refused

# Text that ends a quoted string, a statement, a comment, and what SQLite would take for its own.
HOSTILE = [
    "'; DROP TABLE runs; --",
    '"',
    "\\",
    "?1",
    ":name",
    "x' OR '1'='1",
    "%_*",
    "\u202e\u0000\x1b[31m",
    "🔥" * 300,
]


# --- what is read back ------------------------------------------------------------------------------------------------


def test_a_run_is_read_back(path: Path) -> None:
    first = snapshot(
        0, seen("asa1", FAIL), unread("asa2"), phones={"CONNECTS": 3}, expiry=(ending(30), ending(60, name="b"))
    )
    fill(path, first)
    found = content(path)
    assert (found.run.site, found.run.run_id, found.run.started, found.run.finished) == (
        "Lab",
        "night-0",
        first.started,
        first.finished,
    )
    assert (found.previous, found.runs, found.first) == (None, 1, night(0))
    assert found.totals == {"open": 1, "undecided": 0, "waived": 0}
    assert found.changed == {"new": 1, "first_seen": 2, "unread": 1}
    assert found.by_severity == {("high", "open"): 1}
    assert found.oldest == {"high": night(0)}
    assert [one.finding.subject for one in found.changes] == ["outside"]
    assert [one.message for one in found.open] == ["fail outside"]
    assert found.records["asa2"].failure == "timeout_connect"
    assert found.expiry == first.expiry
    assert found.run.phones == {"CONNECTS": 3}
    assert [(one.open, one.new, one.devices) for one in found.points] == [(1, 1, 2)]


def test_the_next_run_is_told_against_the_one_before(path: Path) -> None:
    fill(path, snapshot(0, seen("asa1", FAIL, DRIFT)), snapshot(1, seen("asa1", DRIFT, controls=("C1", "VPNP-119"))))
    found = content(path)
    assert found.previous is not None
    assert (found.previous.run_id, found.runs) == ("night-0", 2)
    assert found.changed == {"fixed": 1}
    assert [one.control for one in found.drift] == ["VPNP-119"]
    assert [(one.open, one.new, one.fixed) for one in found.points] == [(2, 2, 0), (1, 0, 1)]


def test_the_same_run_is_taken_in_once(path: Path) -> None:
    run = snapshot(0, seen("asa1", FAIL))
    fill(path, run)
    before = path.read_bytes()
    again = record(path, msgspec.structs.replace(run, devices=(seen("asa1"),)))
    assert (again.new, again.record.run_id) == (False, "night-0")
    assert path.read_bytes() == before
    assert content(path).totals["open"] == 1


def test_runs_of_one_name_are_different_runs_where_they_began_at_different_times(path: Path) -> None:
    fill(path, *(snapshot(number, seen("asa1", FAIL), run_id="nightly") for number in range(3)))
    assert content(path).runs == 3


def test_sites_do_not_mix(path: Path) -> None:
    fill(
        path,
        snapshot(0, seen("asa1", FAIL), site="Seoul", inventory=("asa1",)),
        snapshot(1, seen("asa2"), site="Busan", inventory=("asa2",), expiry=(ending(30, device="asa2"),)),
    )
    assert store.sites(path) == ("Busan", "Seoul")
    assert content(path).run.site == "Busan"
    assert content(path).totals["open"] == 0
    seoul = content(path, "Seoul")
    assert (seoul.totals["open"], seoul.expiry, list(seoul.records)) == (1, (), ["asa1"])
    refused(path, "history_missing", lambda: content(path, "Daegu"))


def test_a_part_of_the_site_leaves_the_rest_as_it_is(path: Path) -> None:
    """--limit: neither its findings nor its calendar are touched."""
    whole = snapshot(0, seen("asa1", FAIL), seen("asa2", FAIL), expiry=(ending(30), ending(40, device="asa2")))
    fill(path, whole, snapshot(1, seen("asa2"), inventory=("asa1", "asa2")))
    found = content(path)
    assert (found.changed, found.run.left_out, found.totals["open"]) == ({"fixed": 1}, 1, 1)
    assert [entry.device for entry in found.expiry] == ["asa1"]


def test_a_device_that_is_gone_counts_no_more_and_is_not_fixed(path: Path) -> None:
    fill(path, snapshot(0, seen("asa1", FAIL), seen("asa2"), expiry=(ending(30),)))
    fill(path, snapshot(1, seen("asa2"), inventory=("asa2",)))
    found = content(path)
    assert found.changed == {"vanished": 1}
    assert (found.totals["open"], found.open, found.expiry, list(found.records)) == (0, (), (), ["asa2"])
    fill(path, snapshot(2, seen("asa1", FAIL), seen("asa2"), inventory=("asa1", "asa2")))
    assert [one.since for one in content(path).open] == [night(0)]


def test_a_renamed_device_moves_with_all_it_has(path: Path) -> None:
    fill(path, snapshot(0, seen("asa1", FAIL, hostname="fw"), inventory=("asa1",), expiry=(ending(30),)))
    new = seen("asa9", FAIL, hostname="fw")
    fill(path, snapshot(1, new, inventory=("asa9",), expiry=(ending(30, device="asa9"),)))
    found = content(path)
    assert found.changed == {"renamed": 1}
    assert [(one.device, one.since) for one in found.open] == [("asa9", night(0))]
    assert [entry.device for entry in found.expiry] == ["asa9"]


def test_an_unread_device_keeps_its_calendar(path: Path) -> None:
    fill(path, snapshot(0, seen("asa1"), expiry=(ending(30),)), snapshot(1, unread("asa1")))
    assert len(content(path).expiry) == 1


def test_lists_are_cut_and_numbers_are_not(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MAX_LINES", 3)
    fill(path, snapshot(0, seen("asa1", *(("C1", f"s{number}", "fail") for number in range(9)))))
    found = content(path)
    assert (len(found.open), len(found.changes), found.totals["open"], found.changed["new"]) == (3, 3, 9, 9)


# --- any text ---------------------------------------------------------------------------------------------------------


def keep(folder: Path, run: Run) -> Path:
    run_dir = folder / "run"
    run_dir.mkdir(exist_ok=True)
    (run_dir / "run.json").write_bytes(msgspec.json.encode(run))
    return run_dir


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(tmp_path: Path, text: str) -> None:
    check_text(tmp_path, text)


# What JSON can carry: a run.json has no lone surrogates.
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_any_text_is_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    check_text(tmp_path_factory.mktemp("any"), text)


def check_text(folder: Path, text: str) -> None:
    """It comes back as reports show it, and the next run finds the same finding again."""
    history = folder / "history.sqlite3"
    for number in (0, 1):
        device = result(text, (text, text, "fail"), hostname=text)
        run = run_of(number, device, site=text, run_id=text, expiry=(ending(30, name=text, device=text),))
        taken = record(history, read_snapshot(keep(folder, run), inventory=(text,)))
        assert (taken.new, taken.late) == (True, ())
    found = content(history)
    shown = one_line(text, MAX_NAME)
    assert (found.run.site, found.runs) == (shown, 2)
    assert [(one.device, one.control, one.subject, one.since) for one in found.open] == [
        (shown, shown, shown, night(0))
    ]
    assert [entry.name for entry in found.expiry] == [shown]


def test_a_run_that_is_none_is_told(tmp_path: Path) -> None:
    for data, words in (
        (None, "no run.json"),
        (b"{", "cannot be read"),
        (b'{"schema_version": "0.9"}', "schema '0.9'"),
    ):
        if data is not None:
            (tmp_path / "run.json").write_bytes(data)
        with pytest.raises(BadInput, match=words):
            read_snapshot(tmp_path)


def test_a_device_that_was_not_read_is_one(tmp_path: Path) -> None:
    gone = result("asa1", failure=Failure(code="timeout_connect", what="x", unreachable=True))
    run = read_snapshot(keep(tmp_path, run_of(0, gone)))
    assert run.devices == (unread("asa1"),)


# --- several at once --------------------------------------------------------------------------------------------------


def _record(arguments: tuple[Path, int]) -> bool:
    path, number = arguments
    return record(path, snapshot(number, seen(f"asa{number}", FAIL))).new


def test_runs_at_the_same_time_are_all_recorded(path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(4) as pool:
        assert pool.map(_record, [(path, number) for number in range(8)], chunksize=1) == [True] * 8
        assert sorted(pool.map(_record, [(path, 3)] * 4, chunksize=1)) == [False] * 4
    found = content(path)
    assert (found.runs, found.totals["open"]) == (8, 8)


def test_a_writer_that_does_not_end_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(path, snapshot(0, seen()))
    monkeypatch.setattr(database, "PATIENCE", 0.01)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused(path, "history_busy")
    other.close()
    fill(path, snapshot(1, seen()))


# --- retention --------------------------------------------------------------------------------------------------------


def test_what_is_older_is_deleted_and_since_when_is_not_forgotten(path: Path) -> None:
    fill(path, *(snapshot(number, seen("asa1", FAIL)) for number in range(10)))
    pruned = prune(path, night(7))
    assert pruned == Pruned(runs=7, devices=0, findings=0)
    found = content(path)
    assert (found.runs, len(found.points), found.open[0].since) == (3, 3, night(0))
    assert prune(path, night(7)) == Pruned()


def test_devices_that_were_not_seen_since_go_with_what_they_had(path: Path) -> None:
    first = snapshot(0, seen("asa1", FAIL), seen("asa2", FAIL), expiry=(ending(30),))
    fill(path, first, snapshot(5, seen("asa2", FAIL)))
    pretended = prune(path, night(3), pretend=True)
    assert pretended == Pruned(runs=1, devices=1, findings=1)
    assert content(path).runs == 2
    assert prune(path, night(3)) == pretended
    found = content(path)
    assert (found.runs, list(found.records), found.expiry, found.totals["open"]) == (1, ["asa2"], (), 1)


def test_the_newest_run_of_a_site_stays(path: Path) -> None:
    fill(path, snapshot(0, seen("asa1"), site="Seoul"), snapshot(1, seen("asa2"), site="Busan"))
    assert prune(path, night(99)).runs == 0
    assert set(store.sites(path)) == {"Seoul", "Busan"}


def test_recording_prunes_by_its_own_time(path: Path) -> None:
    fill(path, *(snapshot(number, seen()) for number in range(3)))
    taken = record(path, snapshot(10, seen()), keep_days=8)
    assert taken.pruned.runs == 2
    assert content(path).first == night(2)
    assert record(path, snapshot(11, seen()), keep_days=0).pruned == Pruned()


def test_times_of_any_zone_sort_alike(path: Path) -> None:
    late = night(1) + timedelta(hours=1)
    fill(path, snapshot(0, seen()), snapshot(1, seen(), started=late.astimezone(), finished=late.astimezone()))
    assert content(path).run.started == late
