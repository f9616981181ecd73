"""Waivers: whole or refused, applied by pattern and date, told when they expire or match nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ansible.module_utils.vpnphone import waivers
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.model import Finding, Outcome, Status, Waiver, worst_status
from hypothesis import given
from hypothesis import strategies as st

TODAY = date(2024, 5, 6)


def waiver(**fields: Any) -> Waiver:
    defaults = {"control": "VPNP-221", "reason": "lab", "approved_by": "Kim", "expires": "2024-12-31"}
    return Waiver(**(defaults | fields))


def finding(*outcomes: tuple[Status, str], control: str = "VPNP-221", device: str = "asa1", fault: str = "") -> Finding:
    return Finding(
        device=device,
        control=control,
        title="t",
        severity="high",
        status=worst_status([status for status, _ in outcomes]),
        outcomes=tuple(Outcome(status=status, subject=subject, message="m") for status, subject in outcomes),
        fault=fault,
    )


def nearest(entry: str, known: Any) -> str:
    return f"no {entry}"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, ""),
        ({"control": "VPNP-999"}, "there is no control 'VPNP-999'"),
        ({"control": "high"}, "there is no control 'high'"),
        ({"control": ""}, "there is no control ''"),
        ({"approved_by": ""}, "approved_by is empty"),
        ({"approved_by": "  "}, "approved_by is empty"),
        ({"reason": "\n"}, "reason is empty"),
        ({"expires": ""}, "expires is no date YYYY-MM-DD: ''"),
        ({"expires": "2024-02-30"}, "expires is no date YYYY-MM-DD: '2024-02-30'"),
        ({"expires": "2024-02-29"}, ""),
        ({"expires": "2023-02-29"}, "expires is no date YYYY-MM-DD: '2023-02-29'"),
        ({"expires": "20241231"}, "expires is no date YYYY-MM-DD: '20241231'"),
        ({"expires": "2024-W01-1"}, "expires is no date YYYY-MM-DD: '2024-W01-1'"),
        ({"expires": "31.12.2024"}, "expires is no date YYYY-MM-DD: '31.12.2024'"),
        ({"expires": "2024-12-31 "}, "expires is no date YYYY-MM-DD: '2024-12-31 '"),
        ({"expires": "never"}, "expires is no date YYYY-MM-DD: 'never'"),
    ],
)
def test_check(fields: dict[str, str], wrong: str) -> None:
    given_waiver = waiver(**fields)
    if not wrong:
        waivers.check((given_waiver,), {"VPNP-221"}, nearest)
        return
    with pytest.raises(BadInput) as caught:
        waivers.check((waiver(), given_waiver), {"VPNP-221"}, nearest)
    assert caught.value.what == f"a waiver cannot be used: {wrong}."


@pytest.mark.parametrize(
    ("expires", "status", "waived"),
    [
        ("2024-05-07", "waived", True),
        # The last good day is good.
        ("2024-05-06", "waived", True),
        ("2024-05-05", "fail", False),
        ("2023-05-06", "fail", False),
        ("9999-12-31", "waived", True),
    ],
)
@pytest.mark.parametrize("before", ["fail", "error"])
def test_expiry(before: Status, expires: str, status: str, waived: bool) -> None:
    given_waiver = waiver(expires=expires)
    found = waivers.apply(finding((before, "VPNPhone")), (given_waiver,), TODAY)
    assert (found.status, found.outcomes[0].status, found.waiver) == (status, status, given_waiver)
    assert found.outcomes[0].message == (
        f"m (waived by Kim until {expires}: lab)" if waived else f"m (the waiver by Kim expired after {expires})"
    )


@pytest.mark.parametrize(
    ("fields", "covered"),
    [
        ({}, True),
        ({"device": "asa1"}, True),
        ({"device": "asa*"}, True),
        ({"device": "asa[2-9]"}, False),
        ({"device": "ASA1"}, False),
        ({"subject": "VPNPhone"}, True),
        ({"subject": "VPN*"}, True),
        ({"subject": "Other"}, False),
        ({"subject": ""}, False),
        ({"control": "VPNP-222"}, False),
    ],
)
def test_patterns(fields: dict[str, str], covered: bool) -> None:
    before = finding(("fail", "VPNPhone"))
    found = waivers.apply(before, (waiver(**fields),), TODAY)
    assert (found.status == "waived") is covered
    assert covered or found == before
    assert bool(waivers.unused((waiver(**fields),), (found,))) is not covered


@pytest.mark.parametrize(
    ("outcomes", "subject", "status"),
    [
        ((("fail", "A"), ("fail", "B")), "A", "fail"),
        ((("fail", "A"), ("error", "B")), "A", "error"),
        ((("fail", "A"), ("pass", "B")), "A", "waived"),
        ((("fail", "A"), ("skipped", "B")), "*", "waived"),
        ((("fail", "A"), ("error", "B")), "*", "waived"),
        ((("pass", "A"),), "*", "pass"),
        ((("skipped", "A"),), "*", "skipped"),
    ],
)
def test_some_outcomes(outcomes: tuple[tuple[Status, str], ...], subject: str, status: str) -> None:
    assert waivers.apply(finding(*outcomes), (waiver(subject=subject),), TODAY).status == status


def test_a_good_waiver_goes_before_an_expired_one() -> None:
    old, good = waiver(expires="2020-01-01"), waiver(approved_by="Lee")
    for order in ((old, good), (good, old)):
        found = waivers.apply(finding(("fail", "A")), order, TODAY)
        assert (found.status, found.waiver) == ("waived", good)


def test_the_latest_of_expired_ones_is_told() -> None:
    older, newer = waiver(expires="2020-01-01"), waiver(expires="2024-05-05")
    found = waivers.apply(finding(("error", "A")), (older, newer), TODAY)
    assert found.outcomes[0].message.endswith("expired after 2024-05-05)")


def test_a_fault_of_the_tool_cannot_be_waived() -> None:
    before = finding(("error", ""), fault="KeyError")
    assert waivers.apply(before, (waiver(),), TODAY) == before
    assert waivers.unused((waiver(),), (before,)) == (waiver(),)


@pytest.mark.parametrize(
    ("outcomes", "idle"),
    [
        ((("fail", "A"),), False),
        ((("waived", "A"),), False),
        ((("error", "A"),), False),
        ((("pass", "A"),), True),
        ((("skipped", "A"),), True),
    ],
)
def test_unused(outcomes: tuple[tuple[Status, str], ...], idle: bool) -> None:
    assert waivers.unused((waiver(),), (finding(*outcomes),)) == ((waiver(),) if idle else ())


STATUSES = st.sampled_from(["pass", "fail", "error", "skipped"])


@given(
    outcomes=st.lists(st.tuples(STATUSES, st.sampled_from(["A", "B", ""])), min_size=1, max_size=4),
    given_waivers=st.lists(
        st.builds(
            Waiver,
            control=st.sampled_from(["VPNP-221", "VPNP-222"]),
            reason=st.just("r"),
            approved_by=st.just("a"),
            expires=st.sampled_from(["2020-01-01", "2024-05-06", "2030-01-01"]),
            device=st.sampled_from(["*", "asa1", "x"]) | st.text(max_size=4),
            subject=st.sampled_from(["*", "A", "[AB]"]) | st.text(max_size=4),
        ),
        max_size=3,
    ).map(tuple),
)
def test_a_waiver_never_makes_a_pass(outcomes: list[tuple[Status, str]], given_waivers: tuple[Waiver, ...]) -> None:
    before = finding(*outcomes)
    after = waivers.apply(before, given_waivers, TODAY)
    changes = list(zip((o.status for o in before.outcomes), (o.status for o in after.outcomes), strict=True))
    assert set(changes) <= {
        *((status, status) for status in ("pass", "fail", "error", "skipped")),
        ("fail", "waived"),
        ("error", "waived"),
        ("error", "fail"),
    }
    assert after.waiver is not None or after == before
