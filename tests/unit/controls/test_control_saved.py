"""VPNP-119: the binding that runs against the one that a reload brings back."""

from __future__ import annotations

from ansible.module_utils.vpnphone.controls.base import REGISTRY, judge
from ansible.module_utils.vpnphone.controls.saved import WHICH
from ansible.module_utils.vpnphone.model import AsaState, SslTrustPoint
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import change, context, edit, healthy, without
from tests.unit.controls.table import Case, check, table

OUTSIDE = SslTrustPoint(trustpoint="VPN", interface="outside")
OLD = SslTrustPoint(trustpoint="VPN-OLD", interface="outside")
DMZ = SslTrustPoint(trustpoint="VPN", interface="dmz")
GLOBAL = SslTrustPoint(trustpoint="VPN")
NAMED = SslTrustPoint(trustpoint="SNI", domain="VPN.example.com")
BALANCED = SslTrustPoint(trustpoint="LB", interface="outside", vpnlb_ip=True)


def device(running: tuple[SslTrustPoint, ...], saved: tuple[SslTrustPoint, ...] | None) -> AsaState:
    return change(edit(healthy(), "ssl", trust_points=running), startup_trust_points=saved)


def differs(place: str, here: str, there: str) -> tuple[str, str, str]:
    phones = "; phones arrive there" if place == "outside" else ""
    return ("fail", place, f"ssl trust-point of {place}: {here} runs, {there} is saved{phones}")


def same(*lines: str) -> tuple[tuple[str, str, str]]:
    return (("pass", "", f"saved as it runs: {', '.join(lines)}"),)


def back(line: str) -> tuple[str, ...]:
    return (WHICH, "write memory", "PERSON: if it is the saved one, bring that back:", line)


@table(
    Case("the same", device((OUTSIDE,), (OUTSIDE,)), "pass", same("ssl trust-point VPN outside")),
    Case(
        "case and order do not count",
        device((OUTSIDE, DMZ), (DMZ, SslTrustPoint(trustpoint="vpn", interface="OUTSIDE"))),
        "pass",
        same("ssl trust-point VPN outside", "ssl trust-point VPN dmz"),
    ),
    Case("nothing is bound", device((), ()), "pass", (("pass", "", "no ssl trust-point, neither running nor saved"),)),
    Case(
        "another one is saved",
        device((OUTSIDE,), (OLD,)),
        "fail",
        (differs("outside", "VPN", "VPN-OLD"),),
        fix=back("ssl trust-point VPN-OLD outside"),
    ),
    Case(
        "nothing is saved",
        device((OUTSIDE,), ()),
        "fail",
        (differs("outside", "VPN", "none"),),
        fix=back("no ssl trust-point VPN outside"),
    ),
    Case(
        "each place by itself",
        device((OUTSIDE, NAMED), (OUTSIDE, GLOBAL, DMZ, BALANCED)),
        "fail",
        (
            differs("domain VPN.example.com", "SNI", "none"),
            differs("every other interface", "none", "VPN"),
            differs("dmz", "none", "VPN"),
            differs("outside vpnlb-ip", "none", "LB"),
        ),
    ),
    Case("one of a pair", device((OUTSIDE, OLD), (OUTSIDE,)), "fail", (differs("outside", "VPN, VPN-OLD", "VPN"),)),
    Case(
        "not learned",
        device((OUTSIDE,), None),
        "error",
        (("error", "", "UNKNOWN: `show startup-config | include ^ssl trust-point` is missing"),),
    ),
    Case(
        "no phone arrives",
        edit(device((OUTSIDE,), ()), "webvpn", enabled_interfaces=()),
        "skipped",
        (("skipped", "", "webvpn is enabled on no interface, so no phone arrives here"),),
    ),
    Case(
        "where phones arrive is not known",
        without(device((DMZ,), ()), "webvpn"),
        "fail",
        (differs("dmz", "VPN", "none"),),
    ),
)
def test_binding_saved(case: Case) -> None:
    check("VPNP-119", case)


POINTS = st.lists(
    st.builds(SslTrustPoint, trustpoint=st.text(max_size=3), interface=st.text(max_size=2), vpnlb_ip=st.booleans()),
    max_size=4,
).map(tuple)
Points = tuple[SslTrustPoint, ...]


@given(POINTS, POINTS)
def test_it_passes_exactly_where_no_line_differs(running: Points, saved: Points) -> None:
    def lines(points: Points) -> set[tuple[str, str, bool]]:
        return {(one.trustpoint.lower(), one.interface.lower(), one.vpnlb_ip) for one in points}

    found = judge(REGISTRY["VPNP-119"], context(device(running, saved)))
    assert (found.status == "pass") == (lines(running) == lines(saved))
