"""VPNP-101..107: licences and builds."""

from __future__ import annotations

from typing import Any

import msgspec
from ansible.module_utils.vpnphone.controls import licences
from ansible.module_utils.vpnphone.model import AsaState, License, SessionSummary, WebvpnConfig

from tests.unit.controls.builders import change, edit, healthy, site, version, without
from tests.unit.controls.table import Case, check, table

CISCO, LINKSYS, PREMIUM = licences.CISCO, licences.LINKSYS, licences.PREMIUM


def on(text: str, release: tuple[int, int, int, int] | None, **fields: Any) -> AsaState:
    return change(healthy(), version=version(text, release, **fields))


def rows(*pairs: tuple[str, str] | tuple[str, str, str], **fields: Any) -> AsaState:
    """9.16(4)85 with these licence rows only."""
    return edit(healthy(), "version", licenses=_rows(pairs), **fields)


def _rows(pairs: tuple[tuple[str, ...], ...]) -> tuple[License, ...]:
    return tuple(License(name=pair[0], value=pair[1], duration=(*pair, "")[2]) for pair in pairs)


def one(status: str, message: str) -> tuple[tuple[str, str, str], ...]:
    return ((status, "", message),)


ENGINEERING = "UNKNOWN: release '201.3(11)24' is not a released ASA train, so "


@table(
    Case("current", healthy(), "pass", one("pass", "ASA 9.16(4)85 supports VPN phones")),
    Case("boundary", on("8.0(4)", (8, 0, 4, 0)), "pass", one("pass", "ASA 8.0(4) supports VPN phones")),
    Case(
        "just below",
        on("8.0(3)99", (8, 0, 3, 99)),
        "fail",
        one("fail", "ASA 8.0(3)99 is too old for VPN phones"),
        fix=("PERSON: upgrade the ASA to a supported release.",),
    ),
    Case(
        "engineering build",
        on("201.3(11)24", (201, 3, 11, 24)),
        "error",
        one("error", ENGINEERING + "its support of VPN phones is not known"),
    ),
    Case(
        "no release",
        on("strange", None),
        "error",
        one(
            "error", "UNKNOWN: release 'strange' is not a released ASA train, so its support of VPN phones is not known"
        ),
    ),
    Case(
        "not read",
        without(healthy(), "version"),
        "error",
        one("error", "UNKNOWN: `show version` is missing"),
    ),
)
def test_release(case: Case) -> None:
    check("VPNP-101", case)


BUY = (f"PERSON: buy the licence `{CISCO}` (smart licensing: check the account).", "activation-key <key>")


@table(
    Case("enabled", healthy(), "pass", one("pass", f"{CISCO} is enabled")),
    Case(
        "disabled",
        rows((CISCO, "Disabled")),
        "fail",
        one("fail", f"{CISCO} is disabled: the ASA refuses every phone"),
        fix=BUY,
    ),
    Case("no row", rows((PREMIUM, "250")), "error", one("error", f"UNKNOWN: `show version` prints no row `{CISCO}`")),
    Case(
        "no such value",
        rows((CISCO, "Maybe")),
        "error",
        one("error", f"UNKNOWN: {CISCO} is 'Maybe', neither Enabled nor Disabled"),
    ),
    Case(
        "8.0 has the Linksys row",
        on("8.0(5)", (8, 0, 5, 0), licenses=_rows(((LINKSYS, "Enabled"),))),
        "pass",
        one("pass", f"{LINKSYS} is enabled"),
    ),
    Case(
        "8.0 does not count the Cisco row",
        on("8.0(5)", (8, 0, 5, 0), licenses=_rows(((CISCO, "Enabled"),))),
        "error",
        one("error", f"UNKNOWN: `show version` prints no row `{LINKSYS}`"),
    ),
    Case(
        "8.2 does not count the Linksys row",
        on("8.2(1)", (8, 2, 1, 0), licenses=_rows(((LINKSYS, "Enabled"),))),
        "error",
        one("error", f"UNKNOWN: `show version` prints no row `{CISCO}`"),
    ),
    Case(
        "8.1",
        on("8.1(2)", (8, 1, 2, 0)),
        "error",
        one("error", "UNKNOWN: Cisco document 116162 names no phone licence for ASA 8.1(2)"),
    ),
    Case(
        "7.2",
        on("7.2(4)", (7, 2, 4, 0)),
        "error",
        one("error", "UNKNOWN: Cisco document 116162 names no phone licence for ASA 7.2(4)"),
    ),
    Case(
        "engineering build",
        on("201.3(11)24", (201, 3, 11, 24)),
        "error",
        one("error", ENGINEERING + "the name of its phone licence is not known"),
    ),
    Case(
        "the pair's licence",
        rows((CISCO, "Disabled"), cluster_licenses=_rows(((CISCO, "Enabled"),))),
        "pass",
        one("pass", f"{CISCO} is enabled by the failover pair's licence, not by this unit's own"),
    ),
    Case(
        "disabled in both blocks",
        rows((CISCO, "Disabled"), cluster_licenses=_rows(((CISCO, "Disabled"),))),
        "fail",
        one("fail", f"{CISCO} is disabled: the ASA refuses every phone"),
    ),
    Case(
        "time-based, 60 days",
        rows((CISCO, "Enabled", "60 days")),
        "fail",
        one("fail", f"{CISCO} is time-based and ends in 60 days; then the ASA refuses every phone"),
        fix=(f"PERSON: buy or renew the licence `{CISCO}`.", "activation-key <key>"),
    ),
    Case(
        "the pair's time-based licence",
        rows((CISCO, "Disabled"), cluster_licenses=_rows(((CISCO, "Enabled", "12 days"),))),
        "fail",
        one("fail", f"{CISCO} is time-based and ends in 12 days; then the ASA refuses every phone"),
    ),
    Case("time-based, 61 days", rows((CISCO, "Enabled", "61 days")), "pass", one("pass", f"{CISCO} is enabled")),
    Case(
        "time-based, the site warns later",
        rows((CISCO, "Enabled", "60 days")),
        "pass",
        one("pass", f"{CISCO} is enabled"),
        site=site(expiry_days_warning=59),
    ),
)
def test_phone_licence(case: Case) -> None:
    check("VPNP-102", case)


def peak(number: int | None, device: AsaState | None = None) -> AsaState:
    return change(device or healthy(), session_summary=SessionSummary(peak=number, active=1))


def needed(count: int, limit: int, how: str) -> str:
    return f"{count} sessions needed ({how}), the licence allows {limit}"


NO_PEAK = "UNKNOWN: `show vpn-sessiondb summary` prints no peak of AnyConnect sessions"
NO_ROW = f"UNKNOWN: `show version` prints no row `{PREMIUM}` (8.x: `SSL VPN Peers`)"


@table(
    Case("room", healthy(), "pass", one("pass", needed(60, 250, "peak 60 + 0 phones offline"))),
    Case("boundary", peak(250), "pass", one("pass", needed(250, 250, "peak 250 + 0 phones offline"))),
    Case(
        "one too many",
        peak(251),
        "fail",
        one("fail", needed(251, 250, "peak 251 + 0 phones offline") + ": the phones that come last stay out"),
        fix=(f"PERSON: buy sessions: {PREMIUM} must be at least 251.",),
    ),
    Case(
        "phones offline count",
        peak(200),
        "fail",
        one("fail", needed(251, 250, "peak 200 + 51 phones offline") + ": the phones that come last stay out"),
        site=site(phones_offline=51),
    ),
    Case(
        "SSL VPN Peers",
        rows(("SSL VPN Peers", "100")),
        "pass",
        one("pass", needed(60, 100, "peak 60 + 0 phones offline")),
    ),
    Case(
        "WebVPN Peers",
        rows(("WebVPN Peers", "2")),
        "fail",
        one("fail", needed(60, 2, "peak 60 + 0 phones offline") + ": the phones that come last stay out"),
    ),
    Case("a look-alike row", rows(("Shared AnyConnect Premium Peers", "12000")), "error", one("error", NO_ROW)),
    Case(
        "not a number",
        rows((PREMIUM, "Disabled")),
        "error",
        one("error", f"UNKNOWN: {PREMIUM} is 'Disabled', not a number"),
    ),
    Case(
        "0 of a smart licence",
        rows((PREMIUM, "0"), license_mode="smart"),
        "error",
        one("error", f"UNKNOWN: {PREMIUM} is 0 in license mode smart, where the number is kept elsewhere"),
    ),
    Case(
        "0 in a context",
        rows((PREMIUM, "0"), context="context"),
        "error",
        one(
            "error", f"UNKNOWN: {PREMIUM} is 0 in a context of a multi-context ASA, where the number is kept elsewhere"
        ),
    ),
    Case(
        "0 of a classic licence",
        rows((PREMIUM, "0")),
        "fail",
        one("fail", needed(60, 0, "peak 60 + 0 phones offline") + ": the phones that come last stay out"),
    ),
    Case(
        "the pair's number counts",
        rows((PREMIUM, "40"), cluster_licenses=_rows(((PREMIUM, "80"),))),
        "pass",
        one("pass", needed(60, 80, "peak 60 + 0 phones offline")),
    ),
    Case("no peak", peak(None), "error", one("error", NO_PEAK)),
    Case("neither", peak(None, rows()), "error", (*one("error", NO_ROW), *one("error", NO_PEAK))),
    Case(
        "no sessions read",
        without(healthy(), "session_summary"),
        "error",
        one("error", "UNKNOWN: `show vpn-sessiondb summary` is missing"),
    ),
)
def test_peers(case: Case) -> None:
    check("VPNP-103", case)


@table(
    Case(
        "reserve",
        peak(199),
        "pass",
        one("pass", "199 of 250 sessions needed (peak 199 + 0 phones offline), below 80 %"),
    ),
    Case(
        "boundary",
        peak(200),
        "fail",
        one("fail", "200 of 250 sessions needed (peak 200 + 0 phones offline), not below 80 %"),
        fix=(f"PERSON: plan for more sessions than {PREMIUM} : 250.",),
    ),
    Case(
        "percent of the site",
        peak(200),
        "pass",
        one("pass", "200 of 250 sessions needed (peak 200 + 0 phones offline), below 81 %"),
        site=site(peers_warning_percent=81),
    ),
    Case("no row", rows(), "error", one("error", NO_ROW)),
)
def test_reserve(case: Case) -> None:
    check("VPNP-104", case)


def test_essentials_in_use() -> None:
    device = edit(healthy(), "webvpn", anyconnect_essentials=True)
    message = "AnyConnect Essentials is in use: the Premium licence that phones need is switched off"
    fix = (
        "PERSON: approve first, this changes the licence of all AnyConnect users of this ASA at once.",
        "webvpn",
        " no anyconnect-essentials",
    )
    found = check("VPNP-105", Case("", device, "fail", one("fail", message), fix=fix))
    assert found[0].evidence[0].lines == ("webvpn", " anyconnect-essentials")


ESSENTIALS = rows(("AnyConnect Essentials", "250"))


@table(
    Case("off", healthy(), "pass", one("pass", "AnyConnect Essentials is not in use")),
    Case(
        "no Essentials licence",
        rows(("AnyConnect Essentials", "Disabled")),
        "pass",
        one("pass", "AnyConnect Essentials is not in use"),
    ),
    Case(
        "an Essentials licence, and no line",
        ESSENTIALS,
        "error",
        one("error", "UNKNOWN: the ASA has an Essentials licence, and no line says whether Essentials is in use"),
    ),
    Case(
        "an Essentials licence, refused by its line",
        edit(ESSENTIALS, "webvpn", essentials_refused=True),
        "pass",
        one("pass", "AnyConnect Essentials is not in use"),
    ),
    Case(
        "no webvpn block",
        change(healthy(), webvpn=WebvpnConfig(configured=False)),
        "pass",
        one("pass", "AnyConnect Essentials is not in use"),
    ),
    Case(
        "not read",
        without(healthy(), "webvpn"),
        "error",
        one("error", "UNKNOWN: `show running-config webvpn` is missing"),
    ),
    Case(
        "system context",
        change(healthy(), mode="multiple", version=msgspec.structs.replace(version(), context="system")),
        "error",
        one("error", "UNKNOWN: the system context was read, and phones arrive in a user context"),
        fix=("Set vpnphone_context to the phones' context (see `show context`) and gather again.",),
    ),
)
def test_essentials(case: Case) -> None:
    check("VPNP-105", case)


@table(
    Case("printed", healthy(), "pass", one("pass", "This platform has an ASA 5516 VPN Plus license.")),
    Case(
        "not printed",
        edit(healthy(), "version", platform_license=""),
        "skipped",
        one("skipped", "This release prints no platform licence line"),
    ),
)
def test_platform_licence(case: Case) -> None:
    check("VPNP-106", case)


def build(text: str, *release: int) -> AsaState:
    return on(text, release)  # type: ignore[arg-type]  # four numbers, as each case gives


@table(
    Case(
        "9.12 minimum",
        build("9.12(4)72", 9, 12, 4, 72),
        "pass",
        one("pass", "ASA 9.12(4)72 meets the minimum 9.12(4)72"),
    ),
    Case(
        "9.12 below",
        build("9.12(4)71", 9, 12, 4, 71),
        "fail",
        one("fail", "ASA 9.12(4)71 is below the minimum 9.12(4)72"),
    ),
    Case(
        "9.14 minimum",
        build("9.14(4)28", 9, 14, 4, 28),
        "pass",
        one("pass", "ASA 9.14(4)28 meets the minimum 9.14(4)28"),
    ),
    Case("9.16 minimum", healthy(), "pass", one("pass", "ASA 9.16(4)85 meets the minimum 9.16(4)85")),
    Case("9.16 above", build("9.16(5)", 9, 16, 5, 0), "pass", one("pass", "ASA 9.16(5) meets the minimum 9.16(4)85")),
    Case(
        "9.18 below",
        build("9.18(4)66", 9, 18, 4, 66),
        "fail",
        one("fail", "ASA 9.18(4)66 is below the minimum 9.18(4)67"),
    ),
    Case(
        "9.20 minimum",
        build("9.20(4)10", 9, 20, 4, 10),
        "pass",
        one("pass", "ASA 9.20(4)10 meets the minimum 9.20(4)10"),
    ),
    Case(
        "9.22 below",
        build("9.22(2)13", 9, 22, 2, 13),
        "fail",
        one("fail", "ASA 9.22(2)13 is below the minimum 9.22(2)14"),
    ),
    Case(
        "9.17",
        build("9.17(1)40", 9, 17, 1, 40),
        "fail",
        one("fail", "ASA 9.17(1)40: train 9.17 gets no fixed build, migrate to another train"),
        fix=("PERSON: migrate to a train that has a fixed build.",),
    ),
    Case(
        "9.19",
        build("9.19(1)", 9, 19, 1, 0),
        "fail",
        one("fail", "ASA 9.19(1): train 9.19 gets no fixed build, migrate to another train"),
    ),
    Case(
        "9.8", build("9.8(4)", 9, 8, 4, 0), "error", one("error", "UNKNOWN: no minimum build is recorded for train 9.8")
    ),
    Case(
        "9.23",
        build("9.23(1)", 9, 23, 1, 0),
        "error",
        one("error", "UNKNOWN: no minimum build is recorded for train 9.23"),
    ),
    Case(
        "engineering",
        on("201.3(11)24", (201, 3, 11, 24)),
        "error",
        one("error", ENGINEERING + "its minimum build is not known"),
    ),
)
def test_cisa(case: Case) -> None:
    check("VPNP-107", case)
