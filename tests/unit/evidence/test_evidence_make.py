"""What a run's evidence says of a device: outcome, exit code, what is right now and what is left."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.evidence.read import Found, Told
from ansible.module_utils.vpnphone.model import (
    Change,
    DeviceOutcome,
    Failure,
    LeftToDo,
    ManualStep,
    Status,
    Withheld,
)

from tests.unit.evidence.builders import LOST, REFUSED, change, judged, plan, run, told


@pytest.mark.parametrize(
    ("device", "changed", "outcome", "code"),
    [
        (told(), change("applied"), "applied", 0),
        (told(), change("planned"), "planned", 0),
        (told(), change("nothing_to_do"), "nothing_to_do", 0),
        (Told("asa1", "no_profile"), None, "no_profile", 0),
        (Told("asa1", "untouched"), None, "untouched", 0),
        # What an older run of that id left says nothing of a device that was not tried.
        (Told("asa1", "untouched"), change("applied"), "untouched", 0),
        (told(failure=REFUSED), None, "refused", 2),
        (told(failure=LOST), None, "unreachable", 4),
        # A plan was made, and then nothing was changed.
        (told(failure=REFUSED), change("planned"), "refused", 2),
        (told(failure=LOST), change("planned"), "unreachable", 4),
        (told(failure=REFUSED), change("rolled_back"), "rolled_back", 2),
        (told(failure=REFUSED), change("partial"), "partial", 2),
        (told(failure=REFUSED), change("unknown"), "unknown", 2),
        # It stands, and it is not saved.
        (told(failure=REFUSED), change("applied", saved=False), "applied", 2),
        # The task says well, and there is no record of it, or it says otherwise.
        (told(), None, "unknown", 2),
        (told(), change("rolled_back", error={"code": "x", "what": "y"}), "rolled_back", 2),
    ],
)
def test_outcome_and_exit_code(device: Told, changed: Change | None, outcome: DeviceOutcome, code: int) -> None:
    made = run(Found(device, changed))
    assert made.devices[0].outcome == outcome
    assert made.counts == {outcome: 1}
    assert made.exit_code == code


def test_unreachable_weighs_more_than_failed() -> None:
    assert run(Found(told("a", REFUSED)), Found(told("b", LOST)), Found(told("c"), change(device="c"))).exit_code == 4


def test_devices_stand_in_natural_order() -> None:
    names = [device.name for device in run(*(Found(told(name)) for name in ("asa10", "asa2", "asa1"))).devices]
    assert names == ["asa1", "asa2", "asa10"]


@pytest.mark.parametrize(
    ("before", "after", "fixed", "worse"),
    [
        ("fail", "pass", True, False),
        ("error", "pass", True, False),
        ("pass", "fail", False, True),
        ("skipped", "error", False, True),
        ("waived", "fail", False, True),
        ("fail", "skipped", False, False),
        ("error", "fail", False, False),
        ("fail", "fail", False, False),
        ("pass", "pass", False, False),
    ],
)
def test_what_became_of_a_control(before: Status, after: Status, fixed: bool, worse: bool) -> None:
    found = Found(told(), change(), judged({"VPNP-211": before}), judged({"VPNP-211": after}))
    device = run(found).devices[0]
    assert [one.control for one in device.fixed] == ["VPNP-211"] * fixed
    assert [one.control for one in device.worse] == ["VPNP-211"] * worse


def test_without_a_verdict_afterwards_nothing_is_said_to_be_right() -> None:
    device = run(Found(told(), change(), judged({"VPNP-211": "fail"}))).devices[0]
    assert device.fixed == ()
    assert device.counts_after == {}
    assert device.counts_before["fail"] == 1
    assert [item.controls for item in device.left] == [("VPNP-211",)]


def left(changed: Change | None, **statuses: Status) -> tuple[LeftToDo, ...]:
    """What is left behind that change, of a device judged so afterwards (VPNP_211="fail")."""
    result = judged({control.replace("_", "-"): status for control, status in statuses.items()})
    return run(Found(told(), changed, result, result)).devices[0].left


def test_findings_are_left_by_severity_with_their_steps() -> None:
    items = left(change(), VPNP_124="fail", VPNP_245="error", VPNP_221="fail", VPNP_211="pass", VPNP_231="waived")
    assert [(item.controls, item.status, item.severity) for item in items] == [
        (("VPNP-221",), "fail", "critical"),
        (("VPNP-245",), "error", "high"),
        (("VPNP-124",), "fail", "low"),
    ]
    assert items[0].steps == ("fix VPNP-221",)


def test_an_approval_and_a_step_by_hand_come_first() -> None:
    manual = ManualStep(what="dap.xml", why="so", steps=("ASA: more disk0:/dap.xml",), controls=("VPNP-231",))
    held = Withheld(area="ssl", commands=("ssl cipher tlsv1 low",), hits="all", variable="vpnphone_approve_ssl")
    items = left(change(plan=plan(manual=(manual,), withheld=(held,))), VPNP_231="fail", VPNP_211="fail")
    assert [item.source for item in items] == ["approval", "manual", "finding"]
    assert items[0].steps[1:] == ("ssl cipher tlsv1 low",)
    assert "vpnphone_approve_ssl" in items[0].steps[0]
    # The finding that the step by hand is for is not told twice.
    assert [item.controls for item in items] == [(), ("VPNP-231",), ("VPNP-211",)]


def test_what_a_plan_is_for_is_not_left_while_it_is_planned() -> None:
    assert left(change("planned"), VPNP_221="fail", VPNP_211="fail")[0].controls == ("VPNP-211",)
    # Sent and still wrong, it is.
    assert [item.controls[0] for item in left(change(), VPNP_221="fail")] == ["VPNP-221"]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain", "plain"),
        ("\x1b[2Jcleared", "cleared"),
        ("key \u202eabc", "key <removed>"),
        ("ERROR\nusername bob password S3cret", "ERROR\nusername bob password <removed>"),
    ],
)
def test_texts_of_a_device_are_cleaned_and_without_secrets(text: str, kept: str) -> None:
    changed = change(sent=change().sent, warnings=(text,), save_note=text)
    failure = Failure(code="x", what=text)
    device = run(Found(told(failure=failure), changed)).devices[0]
    assert device.warnings == (kept,)
    assert device.save_note == kept
    assert device.failure is not None
    assert device.failure.what == kept


def test_commands_stay_as_they_were_sent() -> None:
    long = 'ssl cipher tlsv1.2 custom "' + ":".join(["DHE-RSA-AES256-GCM-SHA384"] * 40) + '"'
    made: Any = change(plan=plan(steps=()))
    sent = type(change().sent[0])(command=long)
    assert run(Found(told(), change(plan=made.plan, sent=(sent,)))).devices[0].sent[0].command == long
