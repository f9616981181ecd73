"""The expiry calendar: whose certificates are in it, what they are, and when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.history.calendar import calendar
from ansible.module_utils.vpnphone.history.trend import due, thresholds
from ansible.module_utils.vpnphone.model import AsaState, DeviceTime, Expiry

from tests.unit.controls.builders import NOW, at, certificate, change, context, healthy, intermediate, root, site
from tests.unit.history.builders import ending, night
from tests.unit.predict.builders import SITE, asa, cucm, probe, unit

CAPF = certificate(
    kind="ca", serial="0d04", subject="cn=CAPF-1234", subject_cn="CAPF-1234", issuer="cn=CAPF-1234",
    issuer_cn="CAPF-1234", not_after=at(NOW + timedelta(days=100)), trustpoints=("CAPF",),
)  # fmt: skip


def entries(device: AsaState, **parameters: Any) -> list[tuple[str, str, int]]:
    """Kind, name and days left."""
    found = calendar([context(device, site(**parameters))], [])
    assert all(entry.device == "asa1" for entry in found)
    return [(entry.kind, entry.name, (entry.ends - NOW).days) for entry in found]


def holding(*certificates: Any) -> AsaState:
    return change(healthy(), certificates=certificates)


def test_an_asa_tells_of_what_it_shows_and_whom_it_trusts() -> None:
    other = certificate(serial="0e05", subject_cn="other", trustpoints=("OTHER",))
    assert entries(holding(certificate(), intermediate(), root(), CAPF, other)) == [
        ("phone-ca", "CAPF-1234", 100),
        ("leaf", "vpn.example.com", 365),
        ("chain", "Example Issuing CA", 2000),
        ("chain", "Example Root CA", 4000),
    ]


def test_a_ca_that_does_both_is_told_once() -> None:
    both = intermediate(subject_cn="CAPF-9", not_after=at(NOW + timedelta(days=9)))
    assert [entry[:2] for entry in entries(holding(certificate(), both))] == [
        ("chain", "CAPF-9"),
        ("leaf", "vpn.example.com"),
    ]


def test_a_zone_that_is_not_known_gives_the_earliest_end() -> None:
    end = DeviceTime(text="12:00:00 KST May 10 2024")
    device = holding(certificate(not_after=end))
    found = calendar([context(device, site())], [])
    assert (found[0].about, found[0].ends) == (True, datetime(2024, 5, 9, 22, tzinfo=UTC))
    known = calendar([context(device, site(zone_minutes={"KST": 540}))], [])
    assert (known[0].about, known[0].ends) == (False, datetime(2024, 5, 10, 3, tzinfo=UTC))


@pytest.mark.parametrize("end", [None, DeviceTime(text="some day")])
def test_an_end_that_is_no_time_is_not_told(end: DeviceTime | None) -> None:
    assert entries(holding(certificate(not_after=end))) == []


def test_nothing_is_bound_and_nothing_is_known() -> None:
    assert entries(change(healthy(), ssl=None)) == []
    assert entries(change(healthy(), certificates=None)) == []


def test_what_probes_are_shown_counts_too() -> None:
    shown = unit(asa(), probe())
    leaf = next(shake.chain[0] for shake in shown.probes[0].handshakes if shake.chain)
    bare = change(shown.state, certificates=(), certificate_chain=())
    found = calendar([shown._replace(state=bare)], [])
    assert (found[0].kind, found[0].name, found[0].ends) == ("leaf", leaf.subject_cn, leaf.not_after)
    both = [entry.name for entry in calendar([shown], []) if entry.kind == "leaf"]
    assert both == [leaf.subject_cn]


def test_a_cluster_tells_of_its_stores_and_of_lscs_by_their_day() -> None:
    state = cucm()
    phones = tuple(
        msgspec.structs.replace(
            (state.phones or ())[0],
            name=f"SEP00000000000{number}",
            certificate="lsc",
            lsc_valid_until=night(number // 2),
        )
        for number in range(3)
    )
    state = msgspec.structs.replace(state, phones=phones)
    found = calendar([], [SiteContext(state, (), (), SITE, NOW)])
    lscs = [(entry.phones, entry.ends, entry.name) for entry in found if entry.kind == "LSC"]
    assert lscs == [(2, night(0), f"LSC until {night(0):%Y-%m-%d}"), (1, night(1), f"LSC until {night(1):%Y-%m-%d}")]
    stored = {one.x509.serial.lstrip("0") for one in state.trust or () if one.x509 is not None}
    assert {entry.serial for entry in found if entry.kind != "LSC"} == stored
    assert {entry.device for entry in found} == {state.device}
    assert [entry.ends for entry in found] == sorted(entry.ends for entry in found)


# --- thresholds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "left", "within"),
    [(-1, -1, 0), (0, 0, 7), (7, 7, 7), (8, 8, 30), (30, 30, 30), (31, 31, 90), (90, 90, 90), (91, 91, None)],
)
def test_an_entry_falls_under_the_smallest_threshold(days: int, left: int, within: int | None) -> None:
    found = due([ending(days)], (90, 30, 7), night(0))
    assert (found[0].days, found[0].within) == (left, within)


def test_one_second_decides() -> None:
    entry = ending(7)
    assert due([entry], (7,), night(0) - timedelta(seconds=1))[0].within is None
    assert due([entry], (7,), entry.ends)[0].within == 7
    assert due([entry], (7,), entry.ends + timedelta(seconds=1))[0].within == 0


def test_a_certificate_of_several_devices_is_one_line() -> None:
    many: list[Expiry] = [ending(9, device=f"asa{number}") for number in range(9)]
    rest = [ending(9, device="asa1", serial=""), ending(9, device="asa2", serial=""), ending(3, name="first")]
    found = due([*many, *rest], (90,), night(0))
    assert [(one.entry.name, one.number) for one in found] == [
        ("first", 1),
        ("vpn.example.com", 9),
        ("vpn.example.com", 1),
        ("vpn.example.com", 1),
    ]
    assert found[1].places == ("asa0", "asa1", "asa2", "asa3")


def test_thresholds_are_sorted() -> None:
    assert thresholds([7, 90, 30, 7]) == (90, 30, 7)


@pytest.mark.parametrize("values", [[], [0], [-7], [4000], list(range(1, 12))])
def test_thresholds_that_make_no_sense(values: list[int]) -> None:
    with pytest.raises(BadInput, match="are no thresholds"):
        thresholds(values)
