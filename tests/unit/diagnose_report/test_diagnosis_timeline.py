"""The rows of the timeline and where they stand: bounded, in order, on one clock, and honest of what is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec
import pytest
from ansible.module_utils.vpnphone.model.diagnosis import Attempt, Cause, ClockOffset, Diagnosis, LogEvent, Pair
from ansible.module_utils.vpnphone.report.diagnosis_drawing import LANE, TOP, Drawing, draw
from ansible.module_utils.vpnphone.report.diagnosis_timeline import MAX_ROWS, Timeline, timeline
from ansible.module_utils.vpnphone.report.diagnosis_view import view
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.diagnose_report.builders import PHONE, Log, fleet, one_cause, past

CIPHER = "%ASA-7-725011: Cipher[{}] : AES128-SHA"


def shown(diagnosis: Diagnosis) -> Timeline:
    return timeline(view(diagnosis))


def drawn(diagnosis: Diagnosis) -> Drawing:
    found = view(diagnosis)
    return draw(found.diagnosis, timeline(found))


def of(log: Log, attempts: Sequence[Attempt] = (), **more: object) -> Diagnosis:
    fields: dict[str, object] = {"verdict": "open", "events": tuple(log.events), "attempts": tuple(attempts)}
    return Diagnosis(**(fields | more))  # type: ignore[arg-type]  # each test names fields of Diagnosis


def test_both_sides_stand_on_the_asas_clock() -> None:
    found = shown(one_cause())
    hashes = next(row for row in found.rows if row.event.signature == "phone.leaf_hash")
    assert hashes.when is not None
    assert (hashes.when.text, hashes.own, hashes.lane, hashes.labels) == ("10:16:15.1", "10:19:27.3", "phone", ("1.1",))
    assert found.intro.startswith("Both sides on one clock, that of the ASA;")
    assert found.clocks == (
        f"The clock of {PHONE} is 3 min 12 s ahead of that of asa-1 (from 1 pair of attempts). Its lines are drawn by "
        "the ASA's clock.",
    )
    assert found.left == ""


def test_the_ciphers_of_a_list_are_one_row_and_no_line_is_lost() -> None:
    found = shown(one_cause())
    lists = [row for row in found.rows if row.event.signature == "asa.cipher"]
    assert [row.words for row in lists] == ["725011 cipher ×4", "725011 cipher ×2"]  # noqa: RUF001 - as it is written
    assert [row.place for row in lists] == ["asa-1.log:9 and 3 more", "asa-1.log:24 and 1 more"]
    assert sorted(index for row in found.rows for index in row.indexes) == list(range(len(one_cause().events)))
    assert not any("not drawn" in row.gap for row in found.rows)


def test_a_cited_line_has_a_row_of_its_own() -> None:
    found = one_cause()
    cited = Cause(id="x", title="x", confidence="likely", evidence=(3,))
    rows = shown(msgspec.structs.replace(found, causes=(cited,))).rows
    assert [row.indexes for row in rows if row.labels] == [(3,)]


def test_a_silence_is_a_gap_and_a_date_is_told_once() -> None:
    gaps = [row.gap for row in shown(past()).rows if row.gap]
    assert gaps == ["2024-05-06", "1 h 13 min"]


@pytest.mark.parametrize(("first", "second", "gap"), [
    ("10:00:00", "10:00:20", ""),
    ("10:00:00", "10:00:21", "21 s"),
    ("23:59:50", "00:01:00", "1 min 10 s"),
    ("10:00:05", "10:00:00", ""),
])  # fmt: skip
def test_gaps_of_a_clock_without_a_date(first: str, second: str, gap: str) -> None:
    log = Log()
    log.phone(first, "protocol_handler: login failed")
    log.phone(second, "protocol_handler: login failed")
    assert [row.gap for row in shown(of(log)).rows] == ["", gap]


def test_a_new_day_is_told() -> None:
    log = Log()
    log.asa("23:59:59", CIPHER.format(1))
    later = msgspec.structs.replace(log.events[0], at=datetime(2024, 5, 7, 0, 0, 1), source="b.log")
    found = shown(Diagnosis(verdict="open", events=(log.events[0], later)))
    assert [row.gap for row in found.rows] == ["2024-05-06", "2024-05-07"]


def test_lines_without_a_time_stand_by_their_order_and_it_is_said() -> None:
    found = shown(fleet(3, dated=False))
    assert all(row.when is None for row in found.rows)
    assert found.intro == "Both sides, in the order of the lines; time runs downwards."
    assert found.clocks == ("18 marks have no time in the log: drawn hollow, in the order of the lines alone.",)
    assert [row.indexes[0] for row in found.rows] == list(range(18))


def test_a_phone_whose_clock_is_not_known_keeps_its_own_and_it_is_said() -> None:
    found = shown(one_cause(offsets=()))
    assert found.clocks[0].startswith(f"How the clock of {PHONE} stands to the ASA's is not known")
    assert "guess" in found.clocks[0]
    assert not found.intro.startswith("Both sides on one clock")
    rows = [row for row in found.rows if row.lane == "phone"]
    assert {row.when.clock for row in rows if row.when} == {PHONE}
    assert not any(row.own for row in rows)
    assert not any("min" in row.gap for row in found.rows), "between two clocks no time is told"


def test_of_several_offsets_the_one_of_most_pairs_counts() -> None:
    offsets = (
        ClockOffset(phone=PHONE, asa="asa-2", seconds=5.0, pairs=1, spread=0.0),
        ClockOffset(phone=PHONE, asa="asa-1", seconds=192.2, pairs=4, spread=0.3),
    )
    assert "3 min 12 s" in shown(one_cause(offsets=offsets)).clocks[0]
    assert "differ by 0.3 s at most" in shown(one_cause(offsets=offsets)).clocks[0]


def test_one_side_alone_is_said_to_be() -> None:
    log = Log()
    log.phone("10:00:00", "protocol_handler: login failed")
    assert shown(of(log)).intro.startswith("The phones' side alone;")
    assert shown(of(log)).clocks == ()


# --- many -----------------------------------------------------------------------------------------------------------


def test_hundreds_of_attempts_are_cut_to_what_the_cause_cites_and_to_the_newest() -> None:
    diagnosis = fleet(300)
    found = shown(diagnosis)
    assert MAX_ROWS - 6 <= len(found.rows) <= MAX_ROWS
    cited = view(diagnosis).labels
    assert cited.keys() <= {index for row in found.rows for index in row.indexes}
    # What a cause cites is drawn whole, with its other side; then the newest.
    numbers = {attempt // 2 for attempt in found.attempts}
    assert {0, 40, 80} <= numbers
    assert numbers - {0, 40, 80} == set(range(283, 300))
    assert found.left == "280 attempts (280 failed) and 1,680 lines are not drawn; diagnosis.json has everything."
    told = [re.search(r"([0-9,]+) lines? not drawn", row.gap) for row in found.rows]
    assert sum(int(one[1].replace(",", "")) for one in told if one) == 1680


def test_one_endless_attempt_is_drawn_by_its_ends() -> None:
    log = Log()
    for number in range(250):
        log.asa("10:00:00", f"%ASA-7-734003: DAP: User bob, Addr 192.0.2.1: Session Attribute aaa.cisco.x{number} = y")
        log.asa("10:00:00", CIPHER.format(1))
    found = shown(of(log, [Attempt(side="asa", device="asa-1", events=tuple(range(500)))]))
    assert 0 < len(found.rows) <= MAX_ROWS
    assert found.attempts == (0,)
    assert "lines are not drawn" in found.left


def test_lines_of_no_attempt_are_drawn_too_the_newest_first() -> None:
    log = Log()
    for port in range(300):
        log.asa("10:00:00", f"%ASA-6-725006: Device failed SSL handshake with client outside:192.0.2.1/{port}")
    found = shown(of(log))
    assert len(found.rows) == MAX_ROWS
    assert found.rows[-1].indexes == (299,)
    assert found.left == "180 lines are not drawn; diagnosis.json has everything."


# --- where things stand -----------------------------------------------------------------------------------------------


def test_marks_bars_and_pairs_stand_where_they_belong() -> None:
    found = drawn(one_cause())
    assert [mark.y for mark in found.marks] == sorted(mark.y for mark in found.marks)
    assert {mark.x for mark in found.marks} == {-LANE, LANE}
    left, right = found.bars
    (band,) = found.bands
    assert band.certain
    assert left.x < -10 < 10 < right.x
    assert band.outline[0][0] > left.x and band.outline[1][0] == right.x
    for bar, side in ((left, -1), (right, 1)):
        own = [mark.y for mark in found.marks if mark.side == side]
        assert (bar.y, bar.y + bar.height) == (own[0] - 6, own[-1] + 6)
    assert found.height > found.marks[-1].y
    assert found.heads == ("asa-1", PHONE)


def test_attempts_at_the_same_time_stand_beside_each_other() -> None:
    log = Log()
    events = [log.asa("10:00:00", f"%ASA-6-725006: Device failed SSL handshake with client outside:192.0.2.1/{port}")
              for port in range(1000, 1016)]  # fmt: skip
    tries = [Attempt(side="asa", device="asa-1", events=(events[number], events[15 - number])) for number in range(8)]
    bars = drawn(of(log, tries)).bars
    assert len({bar.x for bar in bars[:4]}) == 4
    assert all(-LANE < bar.x < 0 for bar in bars)


def test_where_a_lane_has_several_devices_each_mark_names_its_own() -> None:
    found = drawn(fleet(3))
    assert found.heads == ("asa-1", "")
    assert all(mark.words.startswith(mark.row.event.device) for mark in found.marks if mark.side > 0)
    assert not any("asa-1" in mark.words for mark in found.marks if mark.side < 0)


def test_no_row_no_drawing_that_breaks() -> None:
    found = drawn(Diagnosis(verdict="nothing"))
    assert (found.marks, found.bars, found.bands) == ((), (), ())
    assert found.height >= TOP


EVENTS = st.lists(
    st.builds(
        LogEvent,
        signature=st.sampled_from(["asa.cipher", "asa.tls_failed", "phone.login_failed", "status.trust_failed", "?"]),
        side=st.sampled_from(["asa", "debug", "phone", "status"]),
        source=st.sampled_from(["a", "b", "c"]),
        line=st.integers(0, 50),
        order=st.integers(0, 50),
        text=st.text(max_size=5),
        device=st.sampled_from(["", "asa-1", PHONE]),
        at=st.none() | st.datetimes(),
        seconds=st.none() | st.floats(-1e6, 1e6),
    ),
    max_size=40,
)
INDEXES = st.lists(st.integers(-3, 60), max_size=60).map(tuple)


@given(
    EVENTS,
    st.lists(INDEXES, max_size=8),
    st.lists(st.tuples(st.integers(-2, 9), st.integers(-2, 9)), max_size=5),
    INDEXES,
    INDEXES,
    st.floats(-1e12, 1e12),
)
def test_whatever_a_diagnosis_points_to_the_drawing_holds(
    events: list[LogEvent],
    tries: list[tuple[int, ...]],
    pairs: list[tuple[int, int]],
    evidence: tuple[int, ...],
    against: tuple[int, ...],
    shift: float,
) -> None:
    diagnosis = Diagnosis(
        verdict="cause",
        events=tuple(events),
        attempts=tuple(Attempt(side="asa", device="x", events=own) for own in tries),
        pairs=tuple(Pair(asa=one, phone=other, reasons=()) for one, other in pairs),
        causes=(Cause(id="x", title="x", confidence="likely", evidence=evidence, against=against),),
        offsets=(ClockOffset(phone=PHONE, asa="asa-1", seconds=shift, pairs=1, spread=0.0),),
    )
    seen = shown(diagnosis)
    assert len(seen.rows) <= MAX_ROWS
    places = [index for row in seen.rows for index in row.indexes]
    assert len(places) == len(set(places)) <= len(events)
    assert [row.indexes[0] for row in seen.rows] == sorted(row.indexes[0] for row in seen.rows)
    assert view(diagnosis).labels.keys() <= set(places)
    found = drawn(diagnosis)
    assert [mark.y for mark in found.marks] == sorted({mark.y for mark in found.marks})
    assert all(top <= bottom for top, bottom in found.lanes)
    assert all(bar.y >= 0 and bar.y + bar.height <= found.height + 8 for bar in found.bars)
