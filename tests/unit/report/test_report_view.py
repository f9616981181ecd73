"""Words, order and counts that every report shares."""

from __future__ import annotations

import msgspec
import pytest
from ansible.module_utils.vpnphone.model import DeviceResult, Failure, Outcome
from ansible.module_utils.vpnphone.report.topics import OTHER, topic
from ansible.module_utils.vpnphone.report.view import STANDINGS, Standing, verdict, view

from tests.unit.report.builders import device, finding, run_of, sample_run


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        (("F-001",), "Licence"),
        (("F-014",), "Certificate"),
        (("F-015",), "Ciphers"),
        (("F-049b", "F-046"), "Group policy"),
        (("F-097",), "Gateway URL"),
        (("F-999", "F-042"), "DAP"),
        (("F-999",), OTHER),
        (("nonsense",), OTHER),
        ((), OTHER),
    ],
)
def test_topic(features: tuple[str, ...], expected: str) -> None:
    assert topic(features) == expected


def standings(**numbers: int) -> dict[Standing, int]:
    return {name: numbers.get(name, 0) for name in STANDINGS}


@pytest.mark.parametrize(
    ("numbers", "exit_code", "expected"),
    [
        ({}, 3, ("No ASA was audited.", "")),
        ({"ready": 1}, 0, ("The ASA is ready for phones.", "")),
        ({"unread": 1}, 3, ("The ASA could not be read.", "")),
        ({"unread": 2}, 3, ("Neither ASA could be read.", "")),
        ({"undecided": 5}, 3, ("None of the 5 ASAs could be fully judged.", "")),
        ({"lockout": 3}, 2, ("All 3 ASAs would lock phones out.", "")),
        ({"ready": 4}, 0, ("All 4 ASAs are ready for phones.", "")),
        ({"lockout": 2, "ready": 2}, 2, ("2 of 4 ASAs would lock phones out.", "2 are ready for phones.")),
        (
            {"findings": 1, "unread": 2, "accepted": 1},
            3,
            ("1 of 4 ASAs has findings to fix.", "2 could not be read and 1 passes with an accepted risk."),
        ),
        (
            {"lockout": 1, "undecided": 1, "nothing": 1, "ready": 1},
            3,
            (
                "1 of 4 ASAs would lock phones out.",
                "1 could not be fully judged, 1 is ready for phones and 1 had nothing to judge.",
            ),
        ),
        (
            {"ready": 2},
            1,
            ("Both ASAs are ready for phones.", "The tool itself failed on a part, so this report is incomplete."),
        ),
    ],
)
def test_verdict(numbers: dict[str, int], exit_code: int, expected: tuple[str, str]) -> None:
    assert verdict(standings(**numbers), exit_code) == expected


PASS, FAIL, ERROR, WAIVED, SKIPPED = (
    Outcome(status=status, message=status) for status in ("pass", "fail", "error", "waived", "skipped")
)
NO_ANSWER = Failure(code="timeout_connect", what="no answer.", unreachable=True)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (device("a", (finding("a", "VPNP-221", FAIL),)), "lockout"),
        # An error beside a fail hides it in the roll-up; the phones are locked out all the same.
        (device("a", (finding("a", "VPNP-221", FAIL, ERROR),)), "lockout"),
        (device("a", (finding("a", "VPNP-113", FAIL),)), "findings"),
        (device("a", (finding("a", "VPNP-221", ERROR),)), "undecided"),
        (device("a", (finding("a", "VPNP-221", WAIVED),)), "accepted"),
        (device("a", (finding("a", "VPNP-221", PASS, SKIPPED),)), "ready"),
        (device("a", (finding("a", "VPNP-221", SKIPPED),)), "nothing"),
        (DeviceResult(name="a", status="error", failure=NO_ANSWER), "unread"),
        (DeviceResult(name="a", status="error"), "undecided"),
        (DeviceResult(name="a", status="skipped"), "nothing"),
    ],
)
def test_standing(one: DeviceResult, expected: Standing) -> None:
    assert view(run_of(one)).devices[0].standing == expected


def test_what_to_do_first() -> None:
    one = device("a", (
        finding("a", "VPNP-215", FAIL),
        finding("a", "VPNP-101", PASS),
        finding("a", "VPNP-242", ERROR),
        finding("a", "VPNP-221", FAIL),
        finding("a", "VPNP-211", WAIVED),
        finding("a", "VPNP-113", ERROR, FAIL),
        finding("a", "VPNP-103", ERROR),
    ))  # fmt: skip
    order = [item.finding.control for item in view(run_of(one)).devices[0].findings]
    assert order == ["VPNP-221", "VPNP-242", "VPNP-113", "VPNP-103", "VPNP-215", "VPNP-211", "VPNP-101"]


def test_actions_join_devices_by_control() -> None:
    shown = view(sample_run())
    found = {
        action.finding.control: (
            [one.result.name for one in action.failed],
            [one.result.name for one in action.undecided],
        )
        for action in shown.actions
    }
    assert found["VPNP-114"] == (["asa-branch", "asa-classic"], [])
    assert found["VPNP-251"] == ([], ["asa-branch", "asa-classic"])
    assert len(found) == 25
    severities = [action.finding.severity for action in shown.actions]
    assert severities == sorted(severities, key=["critical", "high", "medium", "low", "info"].index)
    assert [(failure.code, [one.result.name for one in devices]) for failure, devices in shown.unread] == [
        ("timeout_connect", ["asa-dr"])
    ]


def test_counts_and_order_do_not_depend_on_the_order_of_the_run() -> None:
    run = sample_run()
    turned = msgspec.structs.replace(
        run,
        devices=tuple(
            msgspec.structs.replace(one, findings=one.findings[::-1], unparsed=one.unparsed[::-1])
            for one in reversed(run.devices)
        ),
    )
    shown = view(run)
    assert view(turned) == shown
    assert [one.result.name for one in shown.devices] == ["asa-branch", "asa-classic", "asa-dr", "asa-hq"]
    assert [one.result.name for one in shown.worst_first] == ["asa-branch", "asa-classic", "asa-dr", "asa-hq"]
    assert shown.finding_counts == {"error": 6, "fail": 22, "waived": 1, "pass": 61, "skipped": 6}
    assert shown.device_counts == {"error": 3, "fail": 0, "waived": 0, "pass": 1, "skipped": 0}


def test_a_topic_counts_its_findings() -> None:
    branch = view(sample_run()).devices[0]
    assert branch.topics["Ciphers"] == {"error": 1, "fail": 2, "waived": 0, "pass": 0, "skipped": 0}
    assert list(branch.topics)[:3] == ["Licence", "Certificate", "Ciphers"]
