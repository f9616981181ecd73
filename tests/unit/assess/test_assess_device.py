"""assess_device: selection, the device's time, faults of a control, and what is handed on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone import assess
from ansible.module_utils.vpnphone.assess import (
    assess_device,
    check_site,
    device_now,
    display_order,
    selected,
)
from ansible.module_utils.vpnphone.controls.base import REGISTRY, Context, Control
from ansible.module_utils.vpnphone.controls.catalogue import all_controls
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import (
    SEVERITY_ORDER,
    Clock,
    Finding,
    Outcome,
    Severity,
    Status,
    UnparsedLine,
    Waiver,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import NOW, change, site, state, without
from tests.unit.controls_access.devices import good, group

ALL = sorted(REGISTRY)
# Those of an ASA alone: what an audit without a cluster and without probes judges.
OF_AN_ASA = [rule.id for rule in all_controls("asa")]


def ids(parameters: Site) -> list[str]:
    return [rule.id for rule in selected(parameters)]


# --- selection --------------------------------------------------------------------------------------------------------


def test_all_by_default_in_the_order_of_their_ids() -> None:
    assert ids(Site()) == ALL
    assert len(ALL) > 40


def test_include_and_exclude() -> None:
    critical = [name for name in ALL if REGISTRY[name].severity == "critical"]
    low = [name for name in ALL if REGISTRY[name].severity == "low"]
    assert ids(Site(include=("VPNP-221",))) == ["VPNP-221"]
    assert ids(Site(include=("critical",))) == critical
    assert ids(Site(include=("critical", "VPNP-247"))) == sorted([*critical, "VPNP-247"])
    assert ids(Site(exclude=("low",))) == [name for name in ALL if name not in low]
    assert ids(Site(include=("critical",), exclude=("VPNP-221",))) == [name for name in critical if name != "VPNP-221"]


@pytest.mark.parametrize(
    ("parameters", "what", "todo"),
    [
        (Site(include=("VPNP-2211",)), "'VPNP-2211' is neither a control nor a severity.", "Did you mean VPNP-221?"),
        (Site(exclude=("vpnp-221",)), "'vpnp-221' is neither a control nor a severity.", "Did you mean VPNP-221?"),
        (Site(include=("hihg",)), "'hihg' is neither a control nor a severity.", "Did you mean high?"),
        (
            Site(exclude=("zzz",)),
            "'zzz' is neither a control nor a severity.",
            "docs/controls/README.md lists the controls; severities are critical, high, medium, low, info.",
        ),
        (
            Site(include=("VPNP-221",), exclude=("critical",)),
            "the selection leaves no control at all.",
            "Take an entry out of the one, or add one to the other.",
        ),
        (Site(exclude=SEVERITY_ORDER), "the selection leaves no control at all.", None),
        (
            Site(waivers=(Waiver(control="VPNP-22", reason="r", approved_by="a", expires="2024-01-01"),)),
            "a waiver cannot be used: there is no control 'VPNP-22'.",
            None,
        ),
        (
            Site(waivers=(Waiver(control="VPNP-221", reason="r", approved_by="a", expires="soon"),)),
            "a waiver cannot be used: expires is no date YYYY-MM-DD: 'soon'.",
            None,
        ),
        (Site(gateway_urls=("https://x/a\nb",)), None, None),
        (Site(gateway_urls=("https://x/a?b",)), None, None),
        (Site(tunnel_groups=(" ",)), None, None),
        (Site(reviewed_vpn_filters=("A\x1b[0m",)), None, None),
    ],
)
def test_parameters_that_make_no_sense(parameters: Site, what: str | None, todo: str | None) -> None:
    for call in (lambda: check_site(parameters), lambda: assess_device(good(), parameters, NOW)):
        with pytest.raises(BadInput) as caught:
            call()
        assert what is None or caught.value.what == what
        assert todo is None or caught.value.todo == todo


# --- time -------------------------------------------------------------------------------------------------------------

CONTROLLER = datetime(2024, 5, 6, 9, 0, tzinfo=UTC)


def clock(zone: str) -> Clock:
    return Clock(text="x", local=datetime(2024, 5, 6, 16, 30), zone=zone)


@pytest.mark.parametrize(
    ("sections", "zones", "expected"),
    [
        ({"clock": clock("UTC")}, {}, datetime(2024, 5, 6, 16, 30, tzinfo=UTC)),
        ({"clock": clock("KST")}, {"KST": 540}, datetime(2024, 5, 6, 7, 30, tzinfo=UTC)),
        ({"clock": clock("KST")}, {}, NOW),
        ({"clock": clock("KST"), "gathered_at": None}, {}, CONTROLLER),
        ({}, {}, NOW),
        ({"gathered_at": None}, {}, CONTROLLER),
    ],
)
def test_device_now(sections: dict[str, Any], zones: dict[str, int], expected: datetime) -> None:
    assert device_now(state(**sections), Site(zone_minutes=zones), CONTROLLER) == expected


def test_waivers_end_by_the_controllers_date_not_the_devices() -> None:
    csd = change(group(good(), without_csd=""), clock=clock("UTC"))
    webvpn = msgspec.structs.replace(csd.webvpn, csd_line="csd enable")
    device = change(csd, webvpn=webvpn)
    waiver = Waiver(control="VPNP-221", reason="r", approved_by="a", expires="2024-05-06")
    parameters = site(tunnel_groups=("VPNPhone",), include=("VPNP-221",), waivers=(waiver,))
    for moment, status in (
        (datetime(2024, 5, 6, 23, 59, 59, tzinfo=UTC), "waived"),
        (datetime(2024, 5, 7, 0, 0, 0, tzinfo=UTC), "fail"),
    ):
        assert assess_device(device, parameters, moment).status == status


# --- a control that breaks --------------------------------------------------------------------------------------------


def breaking(context: Context) -> Iterator[Outcome]:
    yield Outcome(status="pass", message="so far so good")
    raise KeyError("secret of the device")


def broken_at_once(context: Context) -> str:
    raise RecursionError("secret of the device")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [({"evaluate": breaking}, "KeyError"), ({"applies": broken_at_once}, "RecursionError")],
)
def test_a_fault_is_a_finding_and_touches_no_other(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], kind: str
) -> None:
    rule: Control = REGISTRY["VPNP-221"]._replace(**changes)
    monkeypatch.setitem(REGISTRY, "VPNP-221", rule)
    parameters = site(tunnel_groups=("VPNPhone",), include=("VPNP-211", "VPNP-221", "VPNP-231"))
    result = assess_device(good(), parameters, NOW)
    assert [(found.control, found.status, found.fault) for found in result.findings] == [
        ("VPNP-211", "pass", ""),
        ("VPNP-221", "error", kind),
        ("VPNP-231", "pass", ""),
    ]
    assert result.status == "error"
    assert result.findings[1].outcomes[0].message == (
        f"UNKNOWN: a fault of the tool ({kind}); this control was not judged"
    )
    assert b"secret" not in msgspec.json.encode(result)


# --- the result -------------------------------------------------------------------------------------------------------


def test_the_result_of_a_good_device() -> None:
    line = UnparsedLine(section="webvpn", line=3, text="x")
    device = msgspec.structs.replace(good(), unparsed=(line,))
    result = assess_device(device, site(tunnel_groups=("VPNPhone",)), NOW)
    assert (result.name, result.hostname, result.release, result.origin) == ("asa1", "asa1", "9.16(4)85", "live")
    assert (result.gathered_at, result.failure, result.unparsed) == (NOW, None, (line,))
    assert [profile.tunnel_group for profile in result.profiles] == ["VPNPhone"]
    assert result.sources == device.sources
    assert [found.control for found in result.findings] == OF_AN_ASA
    bad = [(found.control, found.outcomes) for found in result.findings if found.status in ("fail", "error")]
    assert bad == []
    assert result.status == "pass"


def test_a_device_of_which_nothing_is_known() -> None:
    result = assess_device(state(), Site(), NOW)
    assert result.status == "error"
    assert {found.status for found in result.findings} <= {"error", "skipped"}
    assert not [found for found in result.findings if found.fault]


@pytest.mark.parametrize("section", sorted(good().sources))
def test_no_section_is_needed_to_get_a_result(section: str) -> None:
    result = assess_device(without(good(), section), site(tunnel_groups=("VPNPhone",)), NOW)
    assert not [found.control for found in result.findings if found.fault]
    needing = [found for found in result.findings if section in REGISTRY[found.control].needs]
    assert all(found.status in ("error", "skipped") for found in needing)


def test_now_is_not_needed() -> None:
    before = datetime.now(UTC) - timedelta(days=1)
    waiver = Waiver(control="VPNP-211", reason="r", approved_by="a", expires=before.date().isoformat())
    device = group(good(), group_urls=())
    result = assess_device(device, site(tunnel_groups=("VPNPhone",), include=("VPNP-211",), waivers=(waiver,)))
    assert "expired" in result.findings[0].outcomes[0].message


def named(control: str, status: Status, severity: Severity) -> Finding:
    return Finding(device="d", control=control, title="t", severity=severity, status=status)


FINDINGS = [
    named("VPNP-3", "fail", "critical"),
    named("VPNP-1", "fail", "high"),
    named("VPNP-2", "fail", "high"),
    named("VPNP-0", "error", "high"),
    named("VPNP-5", "error", "low"),
    named("VPNP-4", "waived", "critical"),
    named("VPNP-6", "pass", "critical"),
    named("VPNP-7", "skipped", "critical"),
]


@given(st.permutations(FINDINGS))
def test_display_order(findings: list[Finding]) -> None:
    assert display_order(findings) == FINDINGS


def test_module_exports_what_others_call() -> None:
    for name in ("assess_device", "unreachable_device", "make_run", "display_order", "exit_code"):
        assert callable(getattr(assess, name))
