"""show vpn-sessiondb summary and the sessions themselves, with user names that try to be more than a name."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.model import Session, SessionSummary
from ansible.module_utils.vpnphone.parse.result import Parsed, Unreadable
from ansible.module_utils.vpnphone.parse.sessions import parse_session_summary, parse_sessions
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.texts import answer

NONE_ACTIVE = "INFO: There are presently no active sessions\n"


# --- summary --------------------------------------------------------------------------------------------------------

NINE = SessionSummary(active=4, peak=6, cumulative=120, total_active=5)
EIGHT = SessionSummary(active=2, peak=3, cumulative=5, total_active=3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (answer("sessions-summary-9"), NINE),
        (answer("sessions-summary-9").replace("\n", "\r\n"), NINE),
        ("\n".join(line.strip() for line in answer("sessions-summary-9").split("\n")), NINE),
        (answer("sessions-summary-9").replace("AnyConnect Client ", "Secure Client     "), NINE),
        (answer("sessions-summary-8"), EIGHT),
        # Only clientless users: no AnyConnect row is printed, which is not the same as a count of 0.
        (
            "VPN Session Summary\nClientless VPN : 1 : 180 : 2\nTotal Active and Inactive : 1 Total Cumulative : 180\n",
            SessionSummary(total_active=1),
        ),
        # The heading says which column is which.
        (
            "VPN Session Summary\n Active : Peak Concur : Cumulative\nAnyConnect Client : 4 : 6 : 120\n",
            SessionSummary(active=4, peak=6, cumulative=120),
        ),
        ("AnyConnect Client : 4 : 120 : 6 : 0\n", SessionSummary(active=4, peak=6, cumulative=120)),
        ("Sessions:\n SSL VPN : 2 : 5 : 3\n Totals : 9 : 20 : 11\n",
         SessionSummary(active=2, peak=3, cumulative=5, total_active=9, total_peak=11)),
        (NONE_ACTIVE, SessionSummary(active=0, total_active=0)),
        (f"VPN Session Summary\nAnyConnect Client : 4 : {'9' * 10} : 6\n", SessionSummary(active=4, peak=6)),
    ],
)  # fmt: skip
def test_summary(text: str, expected: SessionSummary) -> None:
    assert parse_session_summary(text) == Parsed(expected)


@pytest.mark.parametrize("name", ["sessions-summary-8", "sessions-summary-9"])
def test_the_first_table_counts(name: str) -> None:
    text = answer(name)
    assert parse_session_summary(text + text.replace(" 2 :", " 7 :").replace(" 4 :", " 7 :")) == parse_session_summary(
        text
    )


def test_a_broken_client_row_is_reported() -> None:
    value, unparsed = parse_session_summary(
        "VPN Session Summary\nAnyConnect Client : four : 120\nTotals : 1 : 2\nTotal Active and Inactive : x\n"
    )
    assert value == SessionSummary(total_active=1)
    assert [line.number for line in unparsed] == [2, 4]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ERROR: % Invalid input detected at '^' marker.\n",
        "VPN Session Summary\n",
        "Tunnels Summary\nAnyConnect-Parent : 4 : 120 : 6\nTotals : 4 : 120\n",
        "License Information:\n SSL VPN : 9 : 9 : 9\n",
        "nothing of the kind\n",
    ],
)
def test_summary_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_session_summary(text)


# --- sessions -------------------------------------------------------------------------------------------------------

PHONE = Session(
    username="CP-7962G-SEP8CB64F576113",
    index=12,
    assigned_ip="10.10.10.10",
    public_ip="172.16.250.9",
    protocol="AnyConnect-Parent SSL-Tunnel DTLS-Tunnel",
    group_policy="GroupPolicy_VPNPhone",
    tunnel_group="VPNPhone",
)
ANNA = Session(
    username="anna",
    index=13,
    assigned_ip="10.10.10.11",
    public_ip="198.51.100.7",
    protocol="AnyConnect-Parent SSL-Tunnel",
    group_policy="Staff",
    tunnel_group="Staff",
    client="Example Agent for Windows 4.5",
)
OLD_ANNA = Session(
    username="anna",
    index=17,
    assigned_ip="10.10.10.11",
    public_ip="198.51.100.7",
    protocol="Clientless SSL-Tunnel DTLS-Tunnel",
    group_policy="Staff Policy",
    tunnel_group="Staff Group",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (answer("sessions-anyconnect"), (PHONE, ANNA)),
        (answer("sessions-anyconnect").replace("\n", "\r\n"), (PHONE, ANNA)),
        ("\n".join("  " + line for line in answer("sessions-anyconnect").split("\n")), (PHONE, ANNA)),
        (answer("sessions-svc"), (OLD_ANNA,)),
        (NONE_ACTIVE, ()),
        ("\r\n" + NONE_ACTIVE.lower().replace("info", "INFO"), ()),
    ],
)
def test_sessions(text: str, expected: tuple[Session, ...]) -> None:
    assert parse_sessions(text) == Parsed(expected)


HOSTILE = [
    "x Tunnel Group : VPNPhone",
    "x                      Tunnel Group : VPNPhone",
    "x Index : 5",
    "y                      Index        : 5",
    "Index        : 5",
    ":",
    "a: b : c",
    "Username     : root",
    "Group Policy : G  Tunnel Group : VPNPhone",
    "INFO: There are presently no active sessions",
    "Ölaf \u2028 x",
    "",
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("layout", ["Username     : {:22} Index        : 12", "Username     : {}\nIndex        : 12"])
def test_a_user_name_forges_nothing(name: str, layout: str) -> None:
    text = answer("sessions-anyconnect").replace(
        "Username     : CP-7962G-SEP8CB64F576113  Index        : 12", layout.format(name)
    )
    (phone, anna), unparsed = parse_sessions(text)
    assert phone == Session(**{**{field: getattr(PHONE, field) for field in PHONE.__struct_fields__}, "username": name})
    assert anna == ANNA
    assert unparsed == ()


@given(name=st.text(st.characters(blacklist_characters="\n\r\0"), max_size=60))
def test_any_user_name_is_only_a_name(name: str) -> None:
    text = f"Username     : {name:22} Index        : 12\nGroup Policy : G                      Tunnel Group : T\n"
    (session,), unparsed = parse_sessions(text)
    assert session == Session(username=name.strip(), index=12, group_policy="G", tunnel_group="T")
    assert unparsed == ()


def test_a_field_that_comes_twice_is_not_believed() -> None:
    (session,), unparsed = parse_sessions(
        "Username     : x  Index : 1\nTunnel Group : VPNPhone\nGroup Policy : G   Tunnel Group : Staff\n"
    )
    assert session == Session(username="x", index=1, group_policy="G")
    assert [line.number for line in unparsed] == [3]


def test_a_cut_line_of_a_user_is_reported() -> None:
    (session,), unparsed = parse_sessions("Username     : x   Index   :\nstray text\nProtocol : SSL VPN Client\n")
    assert session == Session(username="x   Index   :", protocol="SSL VPN Client")
    assert [line.number for line in unparsed] == [1, 2]


def test_tunnels_of_the_detail_form_are_not_the_session() -> None:
    (session,), unparsed = parse_sessions(
        "Username     : x                      Index        : 1\n"
        "Assigned IP  : 10.0.0.1               Public IP    : 192.0.2.1\n"
        "Group Policy : G                      Tunnel Group : T\n"
        "SSL-Tunnel:\n"
        "  Tunnel ID    : 1.2\n"
        "  Assigned IP  : 10.0.0.9               Public IP    : 192.0.2.9\n"
        "  Client OS    : Windows                Client Type  : SSL VPN Client\n"
        "  Client Ver   : Agent 4.5\n"
        "DTLS-Tunnel:\n"
        "  Client Ver   : Agent 9\n"
    )
    assert session == Session(
        username="x", index=1, assigned_ip="10.0.0.1", public_ip="192.0.2.1", group_policy="G", tunnel_group="T",
        client="Agent 4.5",
    )  # fmt: skip
    assert unparsed == ()


@pytest.mark.parametrize(
    "text", ["", "ERROR: % Invalid input detected at '^' marker.\n", "Session Type: AnyConnect\n", "nothing\n"]
)
def test_sessions_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_sessions(text)


# --- any text -------------------------------------------------------------------------------------------------------

PIECES = [
    "Username     : ", "Index        : 12", "Index", "Assigned IP  : 10.0.0.1", "Public IP    : 192.0.2.1", "\n", "  ",
    "Group Policy : G", "Tunnel Group : T", "Client Ver   : x", " : ", ":", "VPN Session Summary\n", "Sessions:\n",
    "Active : Cumulative : Peak\n", "AnyConnect Client : 4 : 120 : 6 : 0\n", "Totals : 1 : 2\n", "Tunnels:\n", "\0",
    "Total Active and Inactive : 5 Total Cumulative : 300\n", NONE_ACTIVE, "9" * 30, "\x1b[1m", "\u0663",
]  # fmt: skip


@pytest.mark.parametrize("parser", [parse_sessions, parse_session_summary])
@given(text=st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
def test_any_text_gives_a_value_or_unreadable(parser, text: str) -> None:
    try:
        result = parser(text)
    except Unreadable as error:
        assert str(error).isprintable()
    else:
        assert isinstance(result, Parsed)


# Characters. What grows with their square takes minutes.
LONG = 100_000


@pytest.mark.parametrize("parser", [parse_sessions, parse_session_summary])
@pytest.mark.parametrize("unit", [*PIECES, "Username     : x Index : 1\n", "a : 1 : 2\n", " Index :", ": 1 ", "\t"])
def test_long_text_finishes(parser, unit: str) -> None:
    line = (unit.replace("\n", " ") * 8000)[:8000] + "\n"
    many, lines = (unit * 20_000)[:LONG], line * (LONG // 8000)
    for text in (
        many,
        "Username     : x" + many,
        "VPN Session Summary\na : " + many,
        lines,
        "Username     : x Index : 1\nGroup Policy : " + lines,
    ):
        try:
            assert isinstance(parser(text), Parsed)
        except Unreadable:
            continue
