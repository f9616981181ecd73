"""What one more run makes of what was known: new, fixed, still open and since when; and what it cannot tell."""

from __future__ import annotations

from typing import NamedTuple, cast

import pytest
from ansible.module_utils.vpnphone.history.compare import Comparison, Known, compare
from ansible.module_utils.vpnphone.model import Status
from ansible.module_utils.vpnphone.model.history import DeviceRecord, Seen, Snapshot
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.history.builders import Said, item, night, seen, snapshot, unread

FAIL: Said = ("C1", "outside", "fail")
WAIVED: Said = ("C1", "outside", "waived")
ERROR: Said = ("C1", "outside", "error")
ALL_UNKNOWN: Said = ("C1", "", "error")
NOTHING = Known({}, {})
KEY = ("asa1", "C1", "outside")


def after(*runs: Snapshot) -> Comparison:
    """What the last of these runs changed."""
    known = NOTHING
    for run in runs:
        last = compare(known, run)
        known = last.known
    return last


def told(last: Comparison) -> list[tuple[str, str, str]]:
    return [(one.change, one.finding.control, one.finding.subject) for one in last.changes]


def of_devices(last: Comparison) -> list[tuple[str, str, int]]:
    return [(one.change, one.name, one.findings) for one in last.devices]


# --- a finding from night to night ------------------------------------------------------------------------------------


class Course(NamedTuple):
    id: str
    nights: tuple[Seen, ...]
    change: str
    standing: str
    since: int = 0


@pytest.mark.parametrize(
    "course",
    [
        Course("new", (seen(), seen("asa1", FAIL)), "new", "open", 1),
        Course("new on the first night", (seen("asa1", FAIL),), "new", "open"),
        Course("still open", (seen("asa1", FAIL), seen("asa1", FAIL)), "", "open"),
        Course("fixed: nothing is said of it", (seen("asa1", FAIL), seen()), "fixed", ""),
        Course("fixed: it is said to pass", (seen("asa1", FAIL), seen("asa1", ("C1", "outside", "pass"))), "fixed", ""),
        Course("new once more", (seen("asa1", FAIL), seen(), seen("asa1", FAIL)), "new", "open", 2),
        Course("UNKNOWN is no fix", (seen("asa1", FAIL), seen("asa1", ERROR)), "undecided", "undecided"),
        Course("UNKNOWN as a whole is none", (seen("asa1", FAIL), seen("asa1", ALL_UNKNOWN)), "undecided", "undecided"),
        Course(
            "UNKNOWN of another subject is none",
            (seen("asa1", FAIL), seen("asa1", ("C1", "dmz", "error"))),
            "undecided",
            "undecided",
        ),
        Course(
            "but it may be said to pass beside it",
            (seen("asa1", FAIL), seen("asa1", ("C1", "dmz", "error"), ("C1", "inside, outside", "pass"))),
            "fixed",
            "",
        ),
        Course(
            "or not to apply",
            (seen("asa1", FAIL), seen("asa1", ("C1", "dmz", "error"), ("C1", "outside", "skipped"))),
            "gone",
            "",
        ),
        Course(
            "a part of a name is not the name",
            (seen("asa1", FAIL), seen("asa1", ("C1", "", "error"), ("C1", "outside2, in", "pass"))),
            "undecided",
            "undecided",
        ),
        Course(
            "UNKNOWN of another control is nothing",
            (seen("asa1", FAIL), seen("asa1", FAIL, ("C2", "", "error"))),
            "",
            "open",
        ),
        Course(
            "known again after UNKNOWN",
            (seen("asa1", FAIL), seen("asa1", ERROR), seen("asa1", FAIL)),
            "decided",
            "open",
        ),
        Course("fixed after UNKNOWN", (seen("asa1", FAIL), seen("asa1", ERROR), seen()), "fixed", ""),
        Course("UNKNOWN alone is no finding", (seen("asa1", ERROR),), "", ""),
        Course("UNKNOWN, then it fails", (seen("asa1", ERROR), seen("asa1", FAIL)), "new", "open", 1),
        Course("waived", (seen("asa1", FAIL), seen("asa1", WAIVED)), "waived", "waived"),
        Course("waived from the start", (seen(), seen("asa1", WAIVED)), "waived", "waived", 1),
        Course(
            "the waiver ends", (seen("asa1", FAIL), seen("asa1", WAIVED), seen("asa1", FAIL)), "waiver_ended", "open"
        ),
        Course("waived, and fixed", (seen("asa1", WAIVED), seen()), "fixed", ""),
        Course("does not apply any more", (seen("asa1", FAIL), seen("asa1", ("C1", "", "skipped"))), "gone", ""),
        Course("nobody could look", (seen("asa1", FAIL), unread()), "", "open"),
        Course("and it is there after that", (seen("asa1", FAIL), unread(), seen("asa1", FAIL)), "", "open"),
        Course("the control was left out", (seen("asa1", FAIL), seen("asa1", controls=("C2",))), "", "open"),
        Course("the device was left out", (seen("asa1", FAIL), seen("asa2")), "", "open"),
        Course(
            "gaps count",
            (seen("asa1", FAIL), seen("asa2"), unread(), seen("asa1", ERROR), seen("asa1", FAIL)),
            "decided",
            "open",
        ),
        Course("twice, and one of them fails", (seen("asa1", ERROR, FAIL),), "new", "open"),
    ],
    ids=lambda course: course.id,
)
def test_the_course_of_a_finding(course: Course) -> None:
    last = after(*(snapshot(number, device) for number, device in enumerate(course.nights)))
    assert [change for change, _, _ in told(last)] == ([course.change] if course.change else [])
    standing = last.known.episodes.get(KEY)
    assert (standing.standing if standing else "") == course.standing
    if standing:
        assert standing.since == night(course.since)
        assert standing.since_run == f"night-{course.since}"


def test_what_ended_is_told_as_it_stood() -> None:
    last = after(snapshot(0, seen("asa1", FAIL)), snapshot(1, seen("asa1", FAIL)), snapshot(2, seen()))
    assert last.changes[0].finding.since == night(0)
    assert last.changes[0].finding.message == "fail outside"


def test_what_is_said_now_is_what_is_told() -> None:
    changed = seen("asa1", items=(item("C1", "outside", "fail", message="worse", severity="critical"),))
    standing = after(snapshot(0, seen("asa1", FAIL)), snapshot(1, changed)).known.episodes[KEY]
    assert (standing.message, standing.severity, standing.since) == ("worse", "critical", night(0))
    assert standing.seen == snapshot(1).finished


def test_a_finding_that_nobody_saw_again_says_when_it_was_seen() -> None:
    standing = after(snapshot(0, seen("asa1", FAIL)), snapshot(1, seen("asa1", ERROR))).known.episodes[KEY]
    assert standing.seen == snapshot(0).finished
    assert standing.message == "fail outside"


def test_a_control_that_is_no_more_takes_its_findings_along() -> None:
    runs = [snapshot(0, seen("asa1", FAIL)), snapshot(1, seen("asa1", controls=("C2",)), catalogue=("C2", "C3"))]
    assert told(after(*runs)) == [("gone", "C1", "outside")]


# --- runs in any order ------------------------------------------------------------------------------------------------


def test_an_older_run_that_comes_late_changes_nothing() -> None:
    """Two runs at once: the one that was judged first may be recorded last."""
    last = after(snapshot(5, seen("asa1", FAIL)), snapshot(4, seen("asa1"), seen("asa2", FAIL)))
    assert last.late == ("asa1",)
    assert last.known.episodes[KEY].since == night(5)
    assert told(last) == [("new", "C1", "outside")]
    assert last.changes[0].finding.device == "asa2"


def test_an_older_run_cannot_say_that_a_device_is_gone() -> None:
    last = after(snapshot(5, seen("asa1", FAIL)), snapshot(4, seen("asa2"), inventory=("asa2",)))
    assert of_devices(last) == [("first_seen", "asa2", 0)]


# --- devices ----------------------------------------------------------------------------------------------------------

BEFORE = snapshot(0, seen("asa1", FAIL), seen("asa2"), inventory=("asa1", "asa2"))


def test_devices_of_the_first_run() -> None:
    assert of_devices(after(BEFORE)) == [("first_seen", "asa1", 0), ("first_seen", "asa2", 0)]


def test_a_device_that_limit_left_out_is_not_gone() -> None:
    last = after(BEFORE, snapshot(1, seen("asa2"), inventory=("asa1", "asa2")))
    assert (told(last), of_devices(last)) == ([], [])


def test_a_device_is_not_gone_where_nobody_knows_the_inventory() -> None:
    assert of_devices(after(BEFORE, snapshot(1, seen("asa2")))) == []


def test_a_device_that_left_the_inventory_is_gone_and_its_findings_are_not_fixed() -> None:
    gone = snapshot(1, seen("asa2"), inventory=("asa2",))
    last = after(BEFORE, gone)
    assert (told(last), of_devices(last)) == ([], [("vanished", "asa1", 1)])
    assert last.known.devices["asa1"].gone_since == gone.finished
    assert of_devices(after(BEFORE, gone, snapshot(2, seen("asa2"), inventory=("asa2",)))) == []


def test_a_device_that_comes_back_brings_its_findings() -> None:
    back = snapshot(2, seen("asa1", FAIL), seen("asa2"), inventory=("asa1", "asa2"))
    last = after(BEFORE, snapshot(1, seen("asa2"), inventory=("asa2",)), back)
    assert (told(last), of_devices(last)) == ([], [("returned", "asa1", 1)])
    assert last.known.episodes[KEY].since == night(0)
    assert last.known.devices["asa1"].gone_since is None


def renaming(number: int, *names: str, hostname: str = "asa1-calls-itself") -> Snapshot:
    devices = [seen(name, FAIL, hostname=hostname) for name in names]
    return snapshot(number, *devices, seen("asa2"), inventory=(*names, "asa2"))


def test_a_device_of_another_name_keeps_its_findings() -> None:
    last = after(BEFORE, renaming(1, "fw1", hostname="ASA1-Calls-Itself"))
    assert (told(last), of_devices(last)) == ([], [("renamed", "fw1", 1)])
    assert last.devices[0].was == "asa1"
    assert last.known.episodes["fw1", "C1", "outside"].since == night(0)
    assert "asa1" not in last.known.devices
    assert last.known.devices["fw1"].first == night(0)


def test_a_device_that_was_gone_may_come_back_under_another_name() -> None:
    last = after(BEFORE, snapshot(1, seen("asa2"), inventory=("asa2",)), renaming(2, "fw1"))
    assert of_devices(last) == [("renamed", "fw1", 1)]
    assert last.known.devices["fw1"].gone_since is None


@pytest.mark.parametrize(
    "run",
    [renaming(1, "fw1", "fw2"), renaming(1, "fw1", hostname=""), renaming(1, "fw1", hostname="other")],
    ids=["two of one name", "it has no name", "another name"],
)
def test_a_new_device_is_the_old_one_only_where_nothing_else_can_be(run: Snapshot) -> None:
    last = after(BEFORE, run)
    assert ("vanished", "asa1", 1) in of_devices(last)
    assert {change for change, _, _ in of_devices(last)} == {"vanished", "first_seen"}


def test_two_old_devices_of_one_name_are_not_told_apart() -> None:
    both = snapshot(0, seen("asa1", hostname="x"), seen("asa3", hostname="x"), inventory=("asa1", "asa3"))
    last = after(both, snapshot(1, seen("fw", hostname="x"), inventory=("fw",)))
    assert of_devices(last) == [("vanished", "asa1", 0), ("vanished", "asa3", 0), ("first_seen", "fw", 0)]


def test_unread_since_and_read_again() -> None:
    runs = [
        BEFORE,
        snapshot(1, unread()),
        snapshot(2, unread(failure="login_refused")),
        snapshot(3, seen("asa1", FAIL)),
    ]
    assert of_devices(after(*runs[:2])) == [("unread", "asa1", 1)]
    third = after(*runs[:3])
    assert of_devices(third) == []
    record: DeviceRecord = third.known.devices["asa1"]
    assert (record.unread_since, record.failure, record.hostname) == (night(1), "login_refused", "asa1-calls-itself")
    last = after(*runs)
    assert of_devices(last) == [("read_again", "asa1", 1)]
    assert last.devices[0].since == night(1)
    assert last.known.devices["asa1"].unread_since is None


# --- any sequence of runs ---------------------------------------------------------------------------------------------

DEVICES, CONTROLS, SUBJECTS = ("a", "b"), ("C1", "C2"), ("", "x", "y")
# "absent": the control has no outcome on that subject.
STATUSES = st.sampled_from(["fail", "error", "waived", "pass", "skipped", "absent"])
# None: not in the run; "unread"; else what each judged control says of each subject.
LOOK = st.one_of(
    st.none(),
    st.just("unread"),
    st.dictionaries(st.sampled_from(CONTROLS), st.fixed_dictionaries(dict.fromkeys(SUBJECTS, STATUSES))),
)
RUNS = st.lists(st.fixed_dictionaries(dict.fromkeys(DEVICES, LOOK)), max_size=8)
Look = dict[str, dict[str, str]]


def as_snapshot(number: int, looks: dict[str, Look | str | None]) -> Snapshot:
    devices = []
    for name, look in looks.items():
        if isinstance(look, dict):
            said: list[Said] = [
                (control, subject, cast(Status, status))
                for control, subjects in look.items()
                for subject, status in subjects.items()
                if status != "absent"
            ]
            devices.append(seen(name, *said, controls=tuple(look)))
        elif look:
            devices.append(unread(name))
    return snapshot(number, *devices)


def verdict(look: Look | str | None, control: str, subject: str) -> str:
    """What a run says of a finding: fail, waived, ended, or nothing. Written anew, in the words of the manual."""
    if not isinstance(look, dict) or control not in look:
        return "nothing"
    status = look[control][subject]
    if status in ("fail", "waived"):
        return status
    if status in ("pass", "skipped"):
        return "ended"
    if status == "error":
        return "nothing"
    return "nothing" if "error" in look[control].values() else "ended"


@given(RUNS)
def test_every_open_finding_has_the_right_since_and_nothing_is_fixed_that_was_not_seen(
    runs: list[dict[str, Look | str | None]],
) -> None:
    known, since = NOTHING, {}
    for number, looks in enumerate(runs):
        step = compare(known, as_snapshot(number, looks))
        known = step.known
        ended = {
            (one.finding.device, one.finding.control, one.finding.subject)
            for one in step.changes
            if one.change in ("fixed", "gone")
        }
        begun = set()
        for name in DEVICES:
            for control in CONTROLS:
                for subject in SUBJECTS:
                    key, said = (name, control, subject), verdict(looks[name], control, subject)
                    if said in ("fail", "waived") and key not in since:
                        since[key] = night(number)
                        begun.add(key)
                    assert (key in ended) == (said == "ended" and key in since)
                    if said == "ended":
                        since.pop(key, None)
        assert {key: one.since for key, one in known.episodes.items()} == since
        new = {
            (one.finding.device, one.finding.control, one.finding.subject)
            for one in step.changes
            if one.change == "new" or (one.change == "waived" and one.finding.since == night(number))
        }
        assert new == begun


@given(RUNS)
def test_the_same_run_again_changes_nothing(runs: list[dict[str, Look | str | None]]) -> None:
    known = NOTHING
    for number, looks in enumerate(runs):
        run = as_snapshot(number, looks)
        known = compare(known, run).known
        again = compare(known, run)
        assert (again.known, again.changes, again.devices) == (known, (), ())
