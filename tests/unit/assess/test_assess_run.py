"""make_run: exit codes, counts, order and notes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone import VERSION
from ansible.module_utils.vpnphone.assess import assess_device, exit_code, make_run, unreachable_device
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import (
    STATUS_ORDER,
    DeviceResult,
    Failure,
    Finding,
    Outcome,
    Run,
    Status,
    Waiver,
    worst_status,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import NOW, edit, site
from tests.unit.controls_access.devices import good, group

STARTED = datetime(2024, 5, 6, 7, 0, tzinfo=UTC)
GONE = Failure(code="unreachable", what="no answer", unreachable=True)


def device(name: str, *statuses: Status, fault: str = "") -> DeviceResult:
    findings = tuple(
        Finding(
            device=name,
            control=f"VPNP-20{number}",
            title="t",
            severity="high",
            status=status,
            outcomes=(Outcome(status=status, message="m"),),
            fault=fault if status == "error" else "",
        )
        for number, status in enumerate(statuses, 1)
    )
    return DeviceResult(name=name, status=worst_status(statuses), findings=findings, origin="live")


def run(*devices: DeviceResult, parameters: Site | None = None) -> Run:
    return make_run(devices, run_id="R", site=parameters or Site(), started=STARTED, finished=NOW)


@pytest.mark.parametrize(
    ("devices", "code", "status"),
    [
        ((device("a", "pass"),), 0, "pass"),
        ((device("a", "skipped"),), 0, "skipped"),
        ((device("a", "pass", "waived"),), 0, "waived"),
        ((device("a", "pass", "fail"),), 2, "fail"),
        ((device("a", "fail", "error"),), 3, "error"),
        ((device("a", "pass"), device("b", "fail")), 2, "fail"),
        ((device("a", "fail"), device("b", "error")), 3, "error"),
        ((device("a", "pass"), unreachable_device("b", GONE)), 3, "error"),
        ((unreachable_device("b", GONE),), 3, "error"),
        ((device("a", "error", fault="KeyError"),), 1, "error"),
        ((device("a", "error", fault="KeyError"), device("b", "fail"), unreachable_device("c", GONE)), 1, "error"),
        # Nothing audited is no good result.
        ((), 3, "error"),
    ],
)
def test_exit_code(devices: tuple[DeviceResult, ...], code: int, status: str) -> None:
    found = run(*devices)
    assert (found.exit_code, found.status) == (code, status)


def test_counts_are_of_findings_and_have_every_status() -> None:
    found = run(device("b", "pass", "pass", "fail"), device("a", "waived", "error"), unreachable_device("c", GONE))
    assert found.counts == {"error": 1, "fail": 1, "waived": 1, "pass": 2, "skipped": 0}
    assert list(found.counts) == list(STATUS_ORDER)
    assert [item.name for item in found.devices] == ["a", "b", "c"]
    assert (found.tool_version, found.run_id, found.site, found.notes) == (VERSION, "R", "site", ())
    assert (found.started, found.finished) == (STARTED, NOW)


def test_an_unreachable_device() -> None:
    found = unreachable_device("b", GONE)
    assert (found.name, found.status, found.failure, found.origin, found.findings) == ("b", "error", GONE, "none", ())


STATUSES = st.lists(st.sampled_from(list(STATUS_ORDER)), max_size=4)


@given(st.lists(STATUSES, max_size=4))
def test_exit_code_is_that_of_the_worst(devices: list[list[Status]]) -> None:
    results = [device(str(number), *statuses) for number, statuses in enumerate(devices)]
    every = [status for statuses in devices for status in statuses]
    expected = 3 if "error" in every or not devices else 2 if "fail" in every else 0
    assert exit_code(results) == expected
    assert run(*results) == run(*results[::-1])


# --- waivers over the run ---------------------------------------------------------------------------------------------


def waiver(**fields: Any) -> Waiver:
    defaults = {"control": "VPNP-221", "reason": "r", "approved_by": "a", "expires": "2024-12-31"}
    return Waiver(**(defaults | fields))


CSD = edit(group(good(), without_csd=""), "webvpn", csd_line="csd enable")


def audited(*given_waivers: Waiver, **fields: Any) -> Run:
    parameters = site(tunnel_groups=("VPNPhone",), waivers=given_waivers, **fields)
    return run(assess_device(CSD, parameters, NOW), parameters=parameters)


@pytest.mark.parametrize(
    ("given_waivers", "status", "notes"),
    [
        ((), "fail", 0),
        ((waiver(),), "waived", 0),
        ((waiver(expires="2024-05-06"),), "waived", 0),
        ((waiver(expires="2024-05-05"),), "fail", 0),
        ((waiver(device="asa2"),), "fail", 1),
        ((waiver(subject="Other"),), "fail", 1),
        ((waiver(), waiver(control="VPNP-211")), "waived", 1),
        # A control that was not selected says nothing about its waiver.
        ((waiver(control="VPNP-254"),), "fail", 0),
    ],
)
def test_waivers_of_a_run(given_waivers: tuple[Waiver, ...], status: str, notes: int) -> None:
    found = audited(*given_waivers, include=("VPNP-211", "VPNP-221"))
    assert (found.status, len(found.notes)) == (status, notes)
    assert found.exit_code == (0 if status == "waived" else 2)


def test_the_note_names_the_waiver() -> None:
    assert audited(waiver(device="asa2"), include=("VPNP-221",)).notes == (
        "The waiver of VPNP-221 for device asa2, subject * (until 2024-12-31) matches no finding of this run:"
        " remove it, or correct its device and subject.",
    )


def test_bad_waivers_are_refused_even_where_nothing_was_reached() -> None:
    with pytest.raises(BadInput):
        run(unreachable_device("b", GONE), parameters=Site(waivers=(waiver(approved_by=""),)))


def test_a_run_goes_to_json_and_back() -> None:
    found = audited(waiver())
    assert msgspec.json.decode(msgspec.json.encode(found), type=Run) == found
