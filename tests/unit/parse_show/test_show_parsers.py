"""show version, mode, context, clock and failover: forms, limits and hostile text."""

from __future__ import annotations

from datetime import datetime

import pytest
from ansible.module_utils.vpnphone.model import Clock, Failover, License
from ansible.module_utils.vpnphone.parse import show
from ansible.module_utils.vpnphone.parse.blocks import MAX_TEXT
from ansible.module_utils.vpnphone.parse.result import Parsed, Unreadable
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.texts import answer

BANNER = "Cisco Adaptive Security Appliance Software Version "


# --- show version ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("8.0(5)", (8, 0, 5, 0)),
        ("9.1(1)", (9, 1, 1, 0)),
        ("9.5(2)204", (9, 5, 2, 204)),
        ("9.4(4)5", (9, 4, 4, 5)),
        ("9.3(3.2)", (9, 3, 3, 2)),
        ("201.3(11)24", (201, 3, 11, 24)),
        ("9.16(4)", (9, 16, 4, 0)),
        ("9.20(2)2", (9, 20, 2, 2)),
        # Two releases run together, two interims at once, and other spellings are no release.
        ("9.16(4)9.20(2)2", None),
        ("9.3(3.2)4", None),
        ("9.12.4.72", None),
        ("9.1", None),
        ("9.1(1)x", None),
        ("9.1(99999)", None),
        ("", None),
    ],
)
def test_release_forms(text: str, release: tuple[int, int, int, int] | None) -> None:
    assert show.read_release(text) == release
    if text:
        version = show.parse_version(f"{BANNER}{text} \n").value
        assert (version.text, version.release) == (text, release)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "version-8.0",
            {
                "release": (8, 0, 5, 0),
                "hostname": "branch5505",
                "hardware": "ASA5505, 256 MB RAM, CPU Geode 500 MHz",
                "context": "",
                "license_mode": "",
                "platform_license": "This platform has a Base license.",
                "rows": 14,
                "cluster_rows": 0,
            },
        ),
        (
            "version-9.1-cluster",
            {
                "release": (9, 1, 1, 0),
                "hostname": "hq5520",
                "hardware": "ASA5520, 2048 MB RAM, CPU Pentium 4 Celeron 2000 MHz,",
                "context": "",
                "license_mode": "",
                "platform_license": "This platform has an ASA 5520 VPN Plus license.",
                "rows": 11,
                "cluster_rows": 3,
            },
        ),
        (
            "version-9.6-context",
            {
                "release": (9, 6, 4, 8),
                "hostname": "hq5585/CTX1",
                "hardware": "ASA5585-SSP-20",
                "context": "context",
                "license_mode": "none",
                "platform_license": "",
                "rows": 4,
                "cluster_rows": 2,
            },
        ),
        (
            "version-9.16-asav",
            {
                "release": (9, 16, 4, 0),
                "hostname": "vasa1",
                "hardware": "ASAv, 2048 MB RAM, CPU Xeon 4100/6100/8100 series 2300 MHz,",
                "context": "",
                "license_mode": "smart",
                "platform_license": "",
                "rows": 6,
                "cluster_rows": 0,
            },
        ),
        (
            "version-9.4-aws",
            {
                "release": (9, 4, 4, 5),
                "hostname": "aws1",
                "hardware": "ASAv, 7680 MB RAM, CPU Xeon E5 series 2900 MHz",
                "context": "system",
                "license_mode": "aws",
                "platform_license": "",
                "rows": 2,
                "cluster_rows": 0,
            },
        ),
    ],
)
def test_version_forms(name: str, expected: dict[str, object]) -> None:
    version, unparsed = show.parse_version(answer(name))
    found = {key: getattr(version, key) for key in expected if not key.endswith("rows")}
    assert {**found, "rows": len(version.licenses), "cluster_rows": len(version.cluster_licenses)} == expected
    assert unparsed == ()


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        ("version-8.0", "AnyConnect for Linksys phone", ("Disabled", "")),
        ("version-8.0", "VPN Peers", ("10", "")),
        ("version-8.0", "WebVPN Peers", ("2", "")),
        ("version-8.0", "VLANs", ("3, DMZ Restricted", "")),
        ("version-8.0", "AnyConnect for Cisco VPN Phone", None),
        ("version-9.1-cluster", "anyconnect PREMIUM peers", ("250", "45 days")),
        ("version-9.1-cluster", "Shared AnyConnect Premium Peers", ("12000", "perpetual")),
        ("version-9.1-cluster", "AnyConnect for Cisco VPN Phone", ("Enabled", "perpetual")),
        ("version-9.1-cluster", "Botnet Traffic Filter", ("Enabled", "1 day")),
        ("version-9.1-cluster", "Serial Number", None),
        ("version-9.6-context", "AnyConnect Premium Peers", ("0", "")),
        ("version-9.6-context", "AnyConnect for Cisco VPN Phone", ("Enabled", "")),
        ("version-9.16-asav", "AnyConnect Premium Peers", ("250", "")),
        ("version-9.16-asav", "Image type", None),
        ("version-9.4-aws", "AnyConnect for Cisco VPN Phone", ("Disabled", "")),
    ],
)
def test_license_rows(name: str, row: str, expected: tuple[str, str] | None) -> None:
    found = show.parse_version(answer(name)).value.license(row)
    assert (found and (found.value, found.duration)) == expected


def test_cluster_block_does_not_mix_with_the_unit() -> None:
    version = show.parse_version(answer("version-9.1-cluster")).value
    assert version.cluster_licenses == (
        License(name="Maximum Physical Interfaces", value="Unlimited", duration="perpetual"),
        License(name="AnyConnect Premium Peers", value="500", duration="perpetual"),
        License(name="AnyConnect for Cisco VPN Phone", value="Disabled", duration="perpetual"),
    )


def test_a_broken_licence_row_is_reported() -> None:
    text = f"{BANNER}9.1(1)\nLicensed features for this platform:\nAnyConnect Premium Peers 250\nInside Hosts: 5\n"
    version, unparsed = show.parse_version(text)
    assert version.licenses == (License(name="Inside Hosts", value="5"),)
    assert [(line.number, line.text) for line in unparsed] == [(3, "AnyConnect Premium Peers 250")]


def test_a_second_unit_block_is_reported_not_believed() -> None:
    block = "Licensed features for this platform:\nAnyConnect for Cisco VPN Phone : {}\n"
    version, unparsed = show.parse_version(BANNER + "9.1(1)\n" + block.format("Disabled") + block.format("Enabled"))
    assert version.licenses == (License(name="AnyConnect for Cisco VPN Phone", value="Disabled"),)
    assert [line.number for line in unparsed] == [5]


def test_only_an_uptime_names_the_host() -> None:
    text = f"{BANNER}9.1(1)\nwake up calls\nedge up 3 mins 2 secs\nother up 1 day\n"
    assert show.parse_version(text).value.hostname == "edge"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ERROR: % Invalid input detected at '^' marker.\n",
        "show version\n      ^\n",
        "Licensed features for this platform:\nAnyConnect for Cisco VPN Phone : Enabled\n",
        "Command authorization failed\n",
    ],
)
def test_version_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        show.parse_version(text)


@pytest.mark.parametrize(
    "text",
    [
        "ERROR: % Invalid input detected at '^' marker.\n",
        "        ^\nERROR: % Incomplete command\n",
        "\n% Ambiguous command\n",
        "Command authorization failed\n",
    ],
)
def test_a_refusal_is_called_one(text: str) -> None:
    with pytest.raises(Unreadable, match="`show version` was refused"):
        show.parse_version(text)


# --- show mode, show context ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("Security context mode: single \n", "single"),
        ("Security context mode: multiple\nThe flash mode is the SAME as the running mode.\n", "multiple"),
        ("\r\nSecurity context mode:  multiple \r\n", "multiple"),
    ],
)
def test_mode(text: str, mode: str) -> None:
    assert show.parse_mode(text) == Parsed(mode)


@pytest.mark.parametrize("text", ["", "Security context mode: \n", "Security context mode: noconfirm\n", "multiple\n"])
def test_mode_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        show.parse_mode(text)


@pytest.mark.parametrize(
    ("text", "names", "unparsed"),
    [
        (answer("context"), ("admin", "voice", "empty"), []),
        ("Context Name Class Interfaces URL\n voice default Gi0/2 disk0:/v.cfg\n*adm default Gi0/1 x:/a\n",
         ("adm", "voice"), []),
        ("Context Name Class URL\n*adm default x:/a\n halfrow\n", ("adm",), [3]),
        ("Context Name Class URL\nTotal active Security Contexts: 0\n", (), []),
    ],
)  # fmt: skip
def test_context_names(text: str, names: tuple[str, ...], unparsed: list[int]) -> None:
    value, lines = show.parse_context_names(text)
    assert (value, [line.number for line in lines]) == (names, unparsed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "*admin default Gi0/0 Routed disk0:/admin.cfg\n",
        answer("context").replace("Contexts: 3", "Contexts: 4"),
    ],
)
def test_context_names_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        show.parse_context_names(text)


# --- show clock -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "local", "zone", "authoritative"),
    [
        ("07:29:00.123 UTC Mon May 6 2019\n", datetime(2019, 5, 6, 7, 29, 0, 123000), "UTC", True),
        ("*07:29:00.123 EDT Mon May 6 2019", datetime(2019, 5, 6, 7, 29, 0, 123000), "EDT", False),
        (".07:29:00.5 CEST Mon May 6 2019", datetime(2019, 5, 6, 7, 29, 0, 500000), "CEST", False),
        ("23:59:59 GMT+1 Thu Feb 29 2024\nTime source is NTP\n", datetime(2024, 2, 29, 23, 59, 59), "GMT+1", True),
        ("07:29:00 Mon May 6 2019", datetime(2019, 5, 6, 7, 29), "", True),
    ],
)
def test_clock(text: str, local: datetime, zone: str, authoritative: bool) -> None:
    line = text.split("\n")[0]
    assert show.parse_clock(text).value == Clock(text=line, local=local, zone=zone, authoritative=authoritative)


@pytest.mark.parametrize(
    "text",
    ["", "Time source is NTP", "25:00:00 UTC Mon May 6 2019", "07:29:00 UTC Sat Feb 30 2019", "07:29:00 UTC May 2019"],
)
def test_clock_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        show.parse_clock(text)


# --- show failover --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            answer("failover-active-standby"),
            Failover(enabled=True, unit="Secondary", this_state="Standby Ready", mate_state="Active"),
        ),
        (
            answer("failover-active-active"),
            Failover(
                enabled=True,
                unit="Primary",
                this_state="mixed: group 1 Active, group 2 Standby Ready",
                mate_state="mixed: group 1 Standby Ready, group 2 Active",
                active_active=True,
            ),
        ),
        (
            "Failover On\nThis host: Primary\nGroup 1 State: Active\nOther host: Secondary\nGroup 1 State: Failed\n",
            Failover(enabled=True, unit="Primary", this_state="Active", mate_state="Failed", active_active=True),
        ),
        (
            "Failover On\n  This host: Primary - Active \n  Other host: Secondary - Failed (No link)\n",
            Failover(enabled=True, unit="Primary", this_state="Active", mate_state="Failed (No link)"),
        ),
        ("Failover Off \nFailover unit Secondary\n", Failover(enabled=False, unit="Secondary")),
        ("Failover Off\n", Failover(enabled=False)),
        ("Failover Off (pseudo-Standby)\n", Failover(enabled=False, this_state="pseudo-Standby")),
        (
            "Failover On\n\tThis context: Active\n\tPeer context: Standby Ready\n",
            Failover(enabled=True, this_state="Active", mate_state="Standby Ready"),
        ),
    ],
)
def test_failover(text: str, expected: Failover) -> None:
    assert show.parse_failover(text) == Parsed(expected)


@pytest.mark.parametrize(
    ("text", "active"),
    [
        (answer("failover-active-standby"), False),
        (answer("failover-active-active"), False),
        ("Failover On\nThis host: Primary - Active\n", True),
        ("Failover On\nThis host: Primary - Active Applying Config\n", True),
        ("Failover Off\n", True),
    ],
)
def test_failover_who_is_active(text: str, active: bool) -> None:
    assert show.parse_failover(text).value.this_is_active is active


def test_failover_lines_that_matter_are_reported() -> None:
    value, unparsed = show.parse_failover("Failover Off\nGroup 1 State: Active\nThis host = Primary\n")
    assert value == Failover(enabled=False)
    assert [line.number for line in unparsed] == [2, 3]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Failover unit Primary\n",
        "Failover On\nFailover unit Primary\n",
        "Failover Onn\nThis host: Primary - Active\n",
        "Failover On\nOther host: Secondary - Standby Ready\n",
    ],
)
def test_failover_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        show.parse_failover(text)


# --- any text -------------------------------------------------------------------------------------------------------

PARSERS = [show.parse_version, show.parse_mode, show.parse_context_names, show.parse_clock, show.parse_failover]
PIECES = [
    BANNER, "9.1(1)", "<context>", "\n", "\r\n", "\t", "  ", ":", " : ", "*", ".", "(", "\0", "\x1b[2K", "\u2028", "Ā",
    "Licensed features for this platform:\n", "Failover cluster licensed features for this user context:\n",
    "AnyConnect Premium Peers", "250", "perpetual", "45 days", "This platform has", "Serial Number: X", "h up 3 days",
    "Security context mode: ", "single", "Context Name Class URL\n", "Total active Security Contexts: 1\n", "1| x",
    "07:29:00.123 UTC Mon May 6 2019", "Failover On", "Failover Off", "This host: Primary - Active", "Other host: ",
    "Group 1 State: Active", "This context: Active", "9" * 30, "{{ n }}", "</group>",
]  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS)
@given(text=st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=25).map("".join)))
def test_any_text_gives_a_value_or_unreadable(parser, text: str) -> None:
    try:
        result = parser(text)
    except Unreadable as error:
        assert str(error).isprintable()
    else:
        assert isinstance(result, Parsed)
        assert all(line.number <= text.count("\n") + 1 for line in result.unparsed)


# Characters. What grows with their square takes minutes.
LONG = 100_000


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    "unit",
    [
        "a ", " : ", ":", "a : ", " ", "\t", "9", "Failover ", "This host: ", "This host: P - \n", "Group 1 State: A\n",
        "Licensed features for this platform:\n", f"{BANNER}\n", "x : y\n", "\n", "\r", "h up 3 days\n", "* ", "(" * 9,
    ],
)  # fmt: skip
def test_long_text_finishes(parser, unit: str) -> None:
    line = (unit.replace("\n", " ") * 8000)[:8000] + "\n"
    many, lines = (unit * 20_000)[:LONG], line * (LONG // 8000)
    for text in (
        many,
        f"{BANNER}9.1(1)\nLicensed features for this platform:\n" + many,
        lines,
        BANNER + "9.1(1)\n" + lines,
    ):
        try:
            result = parser(text)
        except Unreadable:
            continue
        assert isinstance(result, Parsed)


def test_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(Unreadable, match="longer than"):
        show.parse_mode("Security context mode: single\n" + " " * MAX_TEXT)


def test_more_lines_than_a_template_may_see_are_refused() -> None:
    with pytest.raises(Unreadable, match="more than 50000 lines"):
        show.parse_mode("Security context mode: single\n" * 50_001)
