"""Phones' web pages of both families, in the markups that firmwares use. Self-made after the facts."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.model import StatusMessage
from ansible.module_utils.vpnphone.parse.phone_web import (
    MAX_PAGE,
    Row,
    header_clock,
    page_text,
    parse_clock,
    parse_console_logs,
    parse_network,
    parse_status_messages,
    rows_of,
)
from ansible.module_utils.vpnphone.parse.result import Unreadable
from hypothesis import given, settings
from hypothesis import strategies as st

MENU = (
    "<TABLE><TR><TD><A HREF='/CGI/Java/Serviceability?adapter=device.statistics.device'>Device Information</A></TD>"
    "</TR><TR><TD><A HREF='/CGI/Java/Serviceability?adapter=device.settings.status.messages'>Status Messages</A></TD>"
    "</TR><TR><TD><A HREF=/CGI/Java/Serviceability?adapter=device.statistics.consolelog>Console Logs</A></TD></TR>"
    "</TABLE>"
)


def page(title: str, rows: str) -> str:
    """As a 7962G lays it out: a table with a title, a menu and the table of the page."""
    return (
        "<HTML><HEAD><TITLE>Cisco Systems, Inc.</TITLE><STYLE>.x {a: b} 10:00:00 no message</STYLE></HEAD>"
        f"<BODY><TABLE BORDER=0><TR><TD COLSPAN=2><FONT SIZE=+2><B>{title}</B></FONT></TD></TR>"
        "<TR><TD COLSPAN=2>Cisco Unified IP Phone CP-7962G ( SEP0011223344AA )</TD></TR>"
        f"<TR VALIGN=top><TD>{MENU}</TD><TD><DIV ALIGN=center><TABLE>{rows}</TABLE></DIV></TD></TR></TABLE>"
        "</BODY></HTML>"
    )


def message(text: str, hour: int = -1, minute: int = 0, second: int = 0) -> StatusMessage:
    return StatusMessage(text=text, seconds=None if hour < 0 else hour * 3600 + minute * 60 + second)


LINES = (
    "10:19:27 Trust List Updated",
    "10:19:31 SEP0011223344AA.cnf.xml.sgn",
    "9:54:34p TFTP Timeout : SEP0011223344AA.cnf.xml.sgn",
)
MESSAGES = (
    message("Trust List Updated", 10, 19, 27),
    message("SEP0011223344AA.cnf.xml.sgn", 10, 19, 31),
    message("TFTP Timeout : SEP0011223344AA.cnf.xml.sgn", 21, 54, 34),
)


@pytest.mark.parametrize(
    "text",
    [
        page("Status Messages", "".join(f"<TR><TD><B>{line}</B></TD></TR>\n" for line in LINES)),
        page("Status Messages", "<tr><td>" + "<br>".join(LINES) + "</td></tr>"),
        page("Status Messages", "".join(f"<p>{line}</p>" for line in LINES)),
        page("Status Messages", "".join(f"<tr><td>{line.replace(' ', '</td><td>', 1)}</td></tr>" for line in LINES)),
        page("Status Messages", "<li>" + "<LI>".join(LINES).replace(" ", "&nbsp;")),
        "<html><body>" + "<div>".join(line.replace(" ", "\r\n  ") for line in LINES),
        page("\N{HANGUL SYLLABLE SANG}", "<tr><td>" + "<br/>".join(LINES) + "</td></tr>"),
        "<pre>" + "<br>".join(f"[{line.replace(' ', '] ', 1)}" for line in LINES) + "</pre>",
    ],
    ids=["table", "breaks", "paragraphs", "two cells", "items", "divisions", "another language", "brackets"],
)
def test_status_messages_in_every_markup(text: str) -> None:
    assert parse_status_messages(text) == MESSAGES


@pytest.mark.parametrize(
    ("time", "seconds"),
    [
        ("00:00:00", 0),
        ("23:59:59", 86_399),
        ("9:05:01", 32_701),
        ("12:00:00a", 0),
        ("12:00:00p", 43_200),
        ("1:00:00P", 46_800),
        ("11:59:59pm", 86_399),
        ("11:59:59 PM", 86_399),
        ("24:00:00", None),
        ("13:00:00p", None),
        ("0:30:00a", None),
        ("10:60:00", None),
        ("10:00:60", None),
    ],
)
def test_times_of_both_forms(time: str, seconds: int | None) -> None:
    assert parse_status_messages(f"<p>{time} VPN Authentication Failed</p>") == (
        StatusMessage(text="VPN Authentication Failed", seconds=seconds),
    )
    assert parse_clock(f"<tr><td>Time</td><td></td><td>{time}</td></tr>") == seconds


def test_messages_without_a_time_are_known_by_their_words() -> None:
    rows = "<p>No Trust List Installed</p><p>SEP0011223344AA.cnf.xml</p><p>Some other row</p><p>TFTP Error : x</p>"
    assert parse_status_messages(page("Status Messages", rows)) == (
        message("No Trust List Installed"),
        message("SEP0011223344AA.cnf.xml"),
        message("TFTP Error : x"),
    )


def test_no_message_is_a_fact_of_the_right_page_only() -> None:
    assert parse_status_messages(page("Status Messages", "")) == ()
    for text in (page("Device Information", ""), "", "<html>Login</html>", "Not Found"):
        with pytest.raises(Unreadable, match="no page of status messages"):
            parse_status_messages(text)


def test_messages_are_bounded_and_printable() -> None:
    many = "".join(f"<p>10:00:00 message \x1b[2J\u202e{number} {'x' * 400}</p>" for number in range(300))
    found = parse_status_messages(many)
    assert len(found) == 200
    assert found[0].text.startswith("message [2J0 xxx")
    assert all(len(line.text) <= 300 and line.text.isprintable() for line in found)


SETTINGS = {"DHCP Server": "192.0.2.1", "TFTP Server 1": "cucm-pub", "TFTP Server 2": "10.0.0.2 & more"}


@pytest.mark.parametrize(
    "row",
    [
        "<TR><TD><B>{0}</B></TD><td width=20></TD><TD><B>{1}</B></TD></TR>\n",
        "<tr><th>{0}:</th><td>{1}</td></tr>",
        "<tr><td><p>{0}</td><td>{1}</td>",
        "<dl><dt>{0}<dd>{1}</dl>",
        "<tr>\n<td>&nbsp;{0}&nbsp;</td>\n<td><script>document.write('x')</script>{1}</td>\n</tr>",
    ],
)
def test_network_settings_in_every_markup(row: str) -> None:
    rows = "".join(row.format(label, value.replace("&", "&amp;")) for label, value in SETTINGS.items())
    assert parse_network(page("Network Configuration", rows + row.format("Alternate TFTP", ""))) == SETTINGS


def test_of_two_rows_of_one_label_the_first_counts() -> None:
    rows = "<tr><td>TFTP Server 1</td><td>{}</td></tr>"
    assert parse_network(rows.format("a") + rows.format("b")) == {"TFTP Server 1": "a"}


def test_another_page_has_no_network_settings() -> None:
    with pytest.raises(Unreadable, match="no page of network settings; it begins with: Cisco Systems"):
        parse_network(page("Console Logs", "<tr><td>a</td><td>b</td></tr>"))


@pytest.mark.parametrize(
    "link",
    [
        '<A HREF="/FS/cache/{0}">/FS/cache/{0}</A>',
        "<a href='/FS/cache/{0}'>x</a>",
        "<a class=x href=/FS/cache/{0}>x</a>",
        '<a href = "http://192.0.2.5/FS/cache/{0}?x=1">x</a>',
    ],
)
def test_console_logs_in_the_order_of_the_page(link: str) -> None:
    names = ("log181.log", "log182.log", "log178.log", "fsck.fd0a.log")
    rows = "".join(f"<TR><TD>{link.format(name)}</TD></TR>" for name in (*names, names[0]))
    assert parse_console_logs(page("Console Logs", rows)) == names


def test_console_logs_name_files_and_nothing_else() -> None:
    rows = '<a href="/FS/..">a</a><a href="/FS/a%0Ab">a</a><a href="/FS/">a</a><a href="/FS/good.log">a</a>'
    assert parse_console_logs(rows) == ("good.log",)
    assert parse_console_logs(page("Console Logs", "")) == ()
    with pytest.raises(Unreadable):
        parse_console_logs(page("Device Information", ""))


def test_the_clock_is_that_of_the_row_time() -> None:
    rows = "<tr><td>Time Zone</td><td>UTC</td></tr><tr><td>Time</td><td>10:15:04a</td></tr>"
    assert parse_clock(page("Device Information", rows)) == 36_904
    assert parse_clock(page("Device Information", "<tr><td>Time</td><td>soon</td></tr>")) is None
    assert parse_clock(page("Device Information", "")) is None


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Tue, 24 Nov 2026 02:00:05 GMT", 7_205),
        ("Tue, 24 Nov 2026 02:00:05 +0900", 7_205),
        ("", None),
        ("yesterday", None),
        ("Tue, 24 Nov 2026 99:00:05 GMT", None),
        ("9" * 10_000, None),
    ],
)
def test_the_clock_of_a_header(date: str, seconds: int | None) -> None:
    assert header_clock(date) == seconds


def test_text_of_a_page() -> None:
    assert page_text("ü".encode()) == page_text("ü".encode("latin-1")) == "ü"


def test_rows() -> None:
    text = "a<tr><td>b<td>c<a href='/x?y=1&amp;z'>d</a></tr><!-- <p>no --><p>1 < 2 <b>e</b>f<br><!DOCTYPE x><p hid"
    assert rows_of(text) == [
        Row(("a",), ()),
        Row(("b", "cd"), ("/x?y=1&z",)),
        Row(("1 < 2 ef",), ()),
        Row(("<p hid",), ()),
    ]


PARSERS = (parse_status_messages, parse_network, parse_console_logs, parse_clock)
PIECES = """
<tr> </tr> <td> <b> <br> <script> </script> <!-- --> <a_href=' /FS/cache/log1.log '> < > & &# &#x &nbsp; 10:00:00
9:00:00p_ Time TFTP_Server_1 Status_Messages
"""
pieces = st.one_of(st.text(max_size=10), st.sampled_from([piece.replace("_", " ") for piece in PIECES.split()]))


@given(st.lists(pieces, max_size=30).map("".join))
@settings(deadline=None)
def test_any_text_is_a_page_or_unreadable(text: str) -> None:
    for parser in PARSERS:
        try:
            parser(text)
        except Unreadable as error:
            assert str(error)


HOSTILE = [
    "<a",
    "<a ",
    "<a b",
    "<a b='",
    "<a a=",
    "</",
    "<!",
    "<!--",
    "<a<",
    "<script>",
    "&#",
    "&#9",
    "9",
    "&a",
    "\0",
    " ",
]


@pytest.mark.parametrize("piece", [*HOSTILE, "<tr><td>a", "<td>", "10:00:00 a<br>", "<a href='/FS/a'>", "TFTP", "\n"])
def test_long_runs_come_to_an_end(piece: str) -> None:
    """html.parser takes minutes for some of these."""
    text = piece * (MAX_PAGE // len(piece))
    for parser in PARSERS:
        try:
            parser(text)
        except Unreadable:
            continue


def test_the_longest_page() -> None:
    assert len(rows_of("x" * MAX_PAGE)) == 1
    with pytest.raises(Unreadable, match="longer than 256 KiB"):
        rows_of("x" * (MAX_PAGE + 1))
