"""VPNP-114, 115 and 118: dates by the device's clock, and the clock itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.controls import validity
from ansible.module_utils.vpnphone.controls.validity import clock_bounds, until
from ansible.module_utils.vpnphone.model import AsaState, Clock, DeviceTime

from tests.unit.controls.bindings import NO_IDENTITY
from tests.unit.controls.builders import (
    IDENTITY_SUBJECT,
    NOW,
    at,
    certificate,
    change,
    edit,
    healthy,
    intermediate,
    root,
    site,
    version,
    without,
)
from tests.unit.controls.table import Case, check, table

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)
STAGED = validity.STAGED_RENEWAL
SUBJECT = "outside: VPN"


def alone(base: AsaState | None = None, **fields: Any) -> AsaState:
    """One self-signed certificate, so that there is one outcome."""
    only = certificate(issuer=IDENTITY_SUBJECT, issuer_cn="vpn.example.com", **fields)
    return change(base or healthy(), certificates=(only,))


def ending(moment: datetime) -> AsaState:
    return alone(not_after=at(moment))


def beginning(moment: datetime) -> AsaState:
    return alone(not_before=at(moment))


def in_zone(zone: str, moment: datetime = NOW) -> DeviceTime:
    """A printed time in a zone whose offset nobody knows."""
    return DeviceTime(text=f"{moment:%H:%M:%S} {zone} {moment:%b} {moment.day} {moment:%Y}")


def clock(
    zone: str = "UTC", local: datetime = NOW, *, authoritative: bool = True, base: AsaState | None = None
) -> AsaState:
    local = local.replace(tzinfo=None)
    mark = "" if authoritative else "*"
    text = f"{mark}{local:%H:%M:%S}.000 {zone} {local:%a %b} {local.day} {local:%Y}"
    return change(base or healthy(), clock=Clock(text=text, local=local, zone=zone, authoritative=authoritative))


def one(status: str, message: str, subject: str = SUBJECT) -> tuple[tuple[str, str, str], ...]:
    return ((status, subject, message),)


def cannot(printed: str, clock_text: str = "07:29:00.000 UTC Mon May 6 2024") -> str:
    return f"UNKNOWN: {printed} cannot be compared with the device's clock {clock_text}"


KST_CLOCK = "07:29:00.000 KST Mon May 6 2024"


@table(
    Case("a year left", alone(), "pass", one("pass", "valid until 07:29:00 UTC May 6 2025")),
    Case("one second left", ending(NOW + SECOND), "pass", one("pass", "valid until 07:29:01 UTC May 6 2024")),
    Case("the last second", ending(NOW), "pass", one("pass", "valid until 07:29:00 UTC May 6 2024")),
    Case(
        "one second over",
        ending(NOW - SECOND),
        "fail",
        one("fail", "expired at 07:28:59 UTC May 6 2024"),
        fix=("PERSON: phones that are out need the recovery by public TFTP.", STAGED),
    ),
    Case("began a second ago", beginning(NOW - SECOND), "pass", one("pass", "valid until 07:29:00 UTC May 6 2025")),
    Case("begins now", beginning(NOW), "pass", one("pass", "valid until 07:29:00 UTC May 6 2025")),
    Case(
        "begins in a second",
        beginning(NOW + SECOND),
        "fail",
        one("fail", "not valid before 07:29:01 UTC May 6 2024"),
        fix=("PERSON: check the ASA's clock first; else bind the former certificate again until then.",),
    ),
    Case("no end printed", alone(not_after=None), "error", one("error", cannot("a date that is not printed"))),
    Case("no begin printed", alone(not_before=None), "error", one("error", cannot("a date that is not printed"))),
    Case(
        "no date at all",
        alone(not_after=DeviceTime(text="some day")),
        "error",
        one("error", cannot("some day")),
        fix=("PERSON: give the offset of the device's time zone in zone_minutes.",),
    ),
    Case(
        "same unknown zone as the clock, last second",
        alone(clock("KST"), not_after=in_zone("KST"), not_before=in_zone("KST", NOW - DAY)),
        "pass",
        one("pass", "valid until 07:29:00 KST May 6 2024"),
    ),
    Case(
        "same unknown zone as the clock, one second over",
        alone(clock("KST"), not_after=in_zone("kst", NOW - SECOND), not_before=in_zone("KST", NOW - DAY)),
        "fail",
        one("fail", "expired at 07:28:59 kst May 6 2024"),
    ),
    Case(
        "unknown zone, 14 hours left at the most unlucky",
        alone(not_after=in_zone("XST", NOW + timedelta(hours=14))),
        "pass",
        one("pass", "valid until 21:29:00 XST May 6 2024"),
    ),
    Case(
        "unknown zone, a second less is not decided",
        alone(not_after=in_zone("XST", NOW + timedelta(hours=14) - SECOND)),
        "error",
        one("error", cannot("21:28:59 XST May 6 2024")),
    ),
    Case(
        "unknown zone, 14 hours over is not decided",
        alone(not_after=in_zone("XST", NOW - timedelta(hours=14))),
        "error",
        one("error", cannot("17:29:00 XST May 5 2024")),
    ),
    Case(
        "unknown zone, over wherever it is",
        alone(not_after=in_zone("XST", NOW - timedelta(hours=14, seconds=1))),
        "fail",
        one("fail", "expired at 17:28:59 XST May 5 2024"),
    ),
    Case(
        "unknown zone, begins soon",
        alone(not_before=in_zone("XST", NOW + SECOND)),
        "error",
        one("error", cannot("07:29:01 XST May 6 2024")),
    ),
    Case(
        "clock of an unknown zone",
        alone(clock("KST"), not_after=at(NOW + timedelta(hours=13))),
        "error",
        one("error", cannot("20:29:00 UTC May 6 2024", KST_CLOCK)),
    ),
    Case(
        "clock of a zone the site gives",
        alone(clock("KST"), not_after=at(NOW - timedelta(hours=9))),
        "pass",
        one("pass", "valid until 22:29:00 UTC May 5 2024"),
        site=site(zone_minutes={"kst": 540}),
    ),
    Case(
        "clock of a zone the site gives, one second over",
        alone(clock("KST"), not_after=at(NOW - timedelta(hours=9, seconds=1))),
        "fail",
        one("fail", "expired at 22:28:59 UTC May 5 2024"),
        site=site(zone_minutes={"KST": 540}),
    ),
    Case(
        "an issuer is over",
        change(healthy(), certificates=(certificate(), intermediate(not_after=at(NOW - SECOND)), root())),
        "fail",
        (
            ("pass", SUBJECT, "valid until 07:29:00 UTC May 6 2025"),
            ("fail", "CA Example Issuing CA", "expired at 07:28:59 UTC May 6 2024"),
            ("pass", "CA Example Root CA", "valid until 07:29:00 UTC Apr 19 2035"),
        ),
    ),
    Case(
        "an issuer is over, and a good one has its name",
        change(
            healthy(),
            certificates=(
                certificate(),
                intermediate(not_after=at(NOW - SECOND)),
                intermediate(serial="0b99"),
                root(),
            ),
        ),
        "error",
        (
            ("pass", SUBJECT, "valid until 07:29:00 UTC May 6 2025"),
            (
                "error",
                "CA Example Issuing CA",
                f"UNKNOWN: 2 CA certificates have this name; {intermediate().serial} is expired at 07:28:59 UTC May 6"
                " 2024, 0b99 is good, and which one the ASA sends is not shown",
            ),
            ("pass", "CA Example Root CA", "valid until 07:29:00 UTC Apr 19 2035"),
        ),
    ),
    Case("nothing bound", edit(healthy(), "ssl", trust_points=()), "skipped", (NO_IDENTITY,)),
    Case(
        "clock not read",
        without(healthy(), "clock"),
        "error",
        one("error", "UNKNOWN: `show clock` is missing", ""),
    ),
)
def test_valid_now(case: Case) -> None:
    check("VPNP-114", case)


def soon(text: str, days: int, threshold: int = 60) -> str:
    return f"ends at {text}, in {days} days: no later than {threshold} days from now"


@table(
    Case("late", alone(), "pass", one("pass", "ends at 07:29:00 UTC May 6 2025, in 365 days")),
    Case(
        "a second more than the threshold",
        ending(NOW + 60 * DAY + SECOND),
        "pass",
        one("pass", "ends at 07:29:01 UTC Jul 5 2024, in 60 days"),
    ),
    Case(
        "the threshold",
        ending(NOW + 60 * DAY),
        "fail",
        one("fail", soon("07:29:00 UTC Jul 5 2024", 60)),
        fix=(STAGED,),
    ),
    Case("a second less", ending(NOW + 60 * DAY - SECOND), "fail", one("fail", soon("07:28:59 UTC Jul 5 2024", 59))),
    Case("this very second", ending(NOW), "fail", one("fail", soon("07:29:00 UTC May 6 2024", 0))),
    Case("over", ending(NOW - SECOND), "skipped", one("skipped", "Expired already: see VPNP-114")),
    Case(
        "threshold of the site",
        ending(NOW + 60 * DAY),
        "pass",
        one("pass", "ends at 07:29:00 UTC Jul 5 2024, in 60 days"),
        site=site(expiry_days_warning=59),
    ),
    Case(
        "threshold 0, one second left",
        ending(NOW + SECOND),
        "pass",
        one("pass", "ends at 07:29:01 UTC May 6 2024, in 0 days"),
        site=site(expiry_days_warning=0),
    ),
    Case(
        "unknown zone at the threshold",
        alone(not_after=in_zone("XST", NOW + 60 * DAY + SECOND)),
        "error",
        one("error", cannot("07:29:01 XST Jul 5 2024")),
    ),
    Case(
        "unknown zone, soon wherever it is",
        alone(not_after=in_zone("XST", NOW + 59 * DAY)),
        "fail",
        one("fail", soon("07:29:00 XST Jul 4 2024", 58)),
    ),
    Case(
        "the year 9999",
        alone(not_after=DeviceTime(text="23:59:59 XST Dec 31 9999")),
        "pass",
        one("pass", "ends at 23:59:59 XST Dec 31 9999, in 2913047 days"),
    ),
    Case("no end printed", alone(not_after=None), "error", one("error", cannot("a date that is not printed"))),
)
def test_ends_late(case: Case) -> None:
    check("VPNP-115", case)


SOURCE = ("pass", "source", "the device trusts its clock")
NTP = ("pass", "ntp", "NTP servers: 198.51.100.123")


def time(status: str, message: str) -> tuple[tuple[str, str, str], ...]:
    return ((status, "time", message), SOURCE, NTP)


def off(seconds: int) -> AsaState:
    return clock(local=NOW + timedelta(seconds=seconds))


def zone_unknown(zone: str) -> str:
    return f"UNKNOWN: the offset of zone {zone} is not known, so the clock cannot be compared"


@table(
    Case("exact", healthy(), "pass", time("pass", "the clock is 0 seconds off")),
    Case("slow, at the limit", off(-300), "pass", time("pass", "the clock is 300 seconds off")),
    Case("fast, at the limit", off(300), "pass", time("pass", "the clock is 300 seconds off")),
    Case(
        "slow, over the limit",
        off(-301),
        "fail",
        time("fail", "the clock is 301 seconds off"),
        fix=("PERSON: correct the clock and its zone, then let NTP keep it.",),
    ),
    Case("fast, over the limit", off(301), "fail", time("fail", "the clock is 301 seconds off")),
    Case(
        "limit of the site",
        off(301),
        "pass",
        time("pass", "the clock is 301 seconds off"),
        site=site(clock_skew_seconds=301),
    ),
    Case(
        "read by a controller elsewhere",
        msgspec.structs.replace(healthy(), gathered_at=NOW.astimezone(timezone(timedelta(hours=9)))),
        "pass",
        time("pass", "the clock is 0 seconds off"),
    ),
    Case(
        "saved outputs",
        msgspec.structs.replace(healthy(), gathered_at=None),
        "pass",
        time("skipped", "Saved outputs do not say when they were made, so the clock cannot be compared"),
    ),
    Case(
        "unknown zone, could be right",
        clock("KST", NOW + timedelta(hours=9)),
        "error",
        time("error", zone_unknown("KST")),
    ),
    Case("no zone printed", clock(""), "error", time("error", zone_unknown("(none printed)"))),
    Case(
        "unknown zone, no zone explains it",
        clock("KST", NOW + timedelta(hours=9, seconds=301)),
        "fail",
        time("fail", "the clock is 301 seconds off, whatever its zone means"),
    ),
    Case(
        "unknown zone, too far for any",
        clock("KST", NOW + timedelta(hours=15)),
        "fail",
        time("fail", "the clock is 54000 seconds off, whatever its zone means"),
    ),
    Case(
        "zone of the site",
        clock("KST", NOW + timedelta(hours=9)),
        "pass",
        time("pass", "the clock is 0 seconds off"),
        site=site(zone_minutes={"KST": 540}),
    ),
    Case(
        "zone of the site, an hour wrong",
        clock("KST", NOW + timedelta(hours=8)),
        "fail",
        time("fail", "the clock is 3600 seconds off"),
        site=site(zone_minutes={"KST": 540}),
    ),
    Case(
        "not authoritative",
        clock(authoritative=False),
        "fail",
        (
            ("pass", "time", "the clock is 0 seconds off"),
            ("fail", "source", "the device marks its clock as not authoritative"),
            NTP,
        ),
    ),
    Case(
        "no NTP",
        change(healthy(), ntp_servers=()),
        "fail",
        (
            ("pass", "time", "the clock is 0 seconds off"),
            SOURCE,
            ("fail", "ntp", "no NTP server is configured"),
        ),
    ),
    Case(
        "no NTP in a user context",
        change(healthy(), ntp_servers=(), version=version(context="context")),
        "pass",
        (
            ("pass", "time", "the clock is 0 seconds off"),
            SOURCE,
            ("skipped", "ntp", "NTP is configured in the system context, which was not read"),
        ),
    ),
    Case(
        "nothing read",
        without(healthy(), "clock", "ntp_servers"),
        "error",
        (
            ("error", "", "UNKNOWN: `show clock` is missing"),
            ("error", "", "UNKNOWN: `show running-config ntp` is missing"),
        ),
    ),
)
def test_clock(case: Case) -> None:
    check("VPNP-118", case)


def test_bounds_of_the_clock() -> None:
    local = datetime(2024, 5, 6, 7, 29)
    assert clock_bounds(Clock(text="", local=local, zone="gmt"), site()) == (NOW, NOW)
    wide = timedelta(hours=14)
    assert clock_bounds(Clock(text="", local=local, zone="EST"), site()) == (NOW - wide, NOW + wide)
    moved = datetime(2024, 5, 6, 12, 29, tzinfo=UTC)
    assert clock_bounds(Clock(text="", local=local, zone="EST"), site(zone_minutes={"EST": -300})) == (moved, moved)


def test_a_zone_that_is_no_word_may_be_any_time() -> None:
    span = clock_bounds(Clock(text="", local=datetime(2024, 5, 6), zone="A B C D"), site())
    assert span == (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def test_bounds_at_the_ends_of_time() -> None:
    first, last = datetime(1, 1, 1), datetime.max
    assert clock_bounds(Clock(text="", local=first, zone="EST"), site())[0] == first.replace(tzinfo=UTC)
    assert clock_bounds(Clock(text="", local=last, zone="EST"), site())[1] == last.replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "tomorrow", "07:29:00 UTC", "25:00:00 UTC May 6 2024"])
def test_until_of_no_time(text: str) -> None:
    assert until(Clock(text="", local=datetime(2024, 5, 6), zone="UTC"), DeviceTime(text=text), site()) is None
