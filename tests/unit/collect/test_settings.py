"""`show running-config logging` and `show debug`, as printed and as nobody prints them. Made up from F-060."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.collect.settings import KEYS, Settings, is_on, parse_debugs, parse_settings
from ansible.module_utils.vpnphone.parse.result import Unreadable
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("text", "lines", "size", "level"),
    [
        ("", {}, 4096, None),
        ("logging enable\n", {"enable": "logging enable"}, 4096, None),
        ("logging buffered debugging\n", {"buffered": "logging buffered debugging"}, 4096, 7),
        ("logging buffered informational\r\n", {"buffered": "logging buffered informational"}, 4096, 6),
        ("logging buffered 7\n", {"buffered": "logging buffered 7"}, 4096, 7),
        ("logging buffered 8\n", {"buffered": "logging buffered 8"}, 4096, None),
        ("logging buffered VPN_ONLY\n", {"buffered": "logging buffered VPN_ONLY"}, 4096, None),
        ("logging buffer-size 1048576\n", {"buffer-size": "logging buffer-size 1048576"}, 1048576, None),
        ("logging timestamp rfc5424\n", {"timestamp": "logging timestamp rfc5424"}, 4096, None),
        ("logging debug-trace persistent\n", {"debug-trace": "logging debug-trace persistent"}, 4096, None),
    ],
)
def test_settings(text: str, lines: dict[str, str], size: int, level: int | None) -> None:
    found = parse_settings(text)
    assert (found.lines, found.others, found.size, found.level) == (lines, (), size, level)


def test_other_lines_are_kept_as_they_are() -> None:
    text = "logging enable\nlogging host inside 10.0.0.9\nno logging message 725012\nlogging buffered-x 1\n"
    assert parse_settings(text).others == (
        "logging host inside 10.0.0.9", "no logging message 725012", "logging buffered-x 1",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "logging buffered debugging\nlogging buffered errors\n",
        "logging buffered a?b\n",
        "logging buffer-size many\n",
        "logging enable now\n",
        "logging timestamp seconds\n",
        "ERROR: something\n",
        "hostname fw\n",
        "logging host " + "x" * 500 + "\n",
        "logging x\n" * 2001,
    ],
)
def test_what_could_not_be_put_back_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_settings(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        ("debug webvpn anyconnect enabled at level 255\n", ("webvpn anyconnect",)),
        ("debug webvpn anyconnect  enabled at level 255.\n", ("webvpn anyconnect",)),
        ("debug icmp trace enabled at level 1\ndebug webvpn svc enabled at level 1\n", ("icmp trace", "webvpn svc")),
        ("crypto:\n  debug crypto ca enabled at level 1\n", ("crypto ca",)),
        ("debug fover is enabled\n", ("fover",)),
    ],
)
def test_debugs(text: str, names: tuple[str, ...]) -> None:
    assert parse_debugs(text) == names


@pytest.mark.parametrize(
    "text", ["something is on\n", "debug webvpn anyconnect\n", "debug x enabled at level 255 by bob\n"]
)
def test_a_line_that_may_tell_of_a_debug_is_no_silence(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_debugs(text)


def test_whether_one_is_on_is_seen_amid_its_own_lines() -> None:
    text = "Tunnel Group: VPNPhone, Client Cert Auth Success.\ndebug webvpn anyconnect enabled at level 255\nx\n"
    assert is_on(text, "webvpn anyconnect")
    assert not is_on(text, "webvpn")
    assert not is_on(text.replace("enabled", "disabled"), "webvpn anyconnect")


@given(st.text(alphabet=st.sampled_from("logging debuferd-tamps 17\n\r\x00é:"), max_size=300) | st.text(max_size=300))
def test_whatever_is_printed_is_understood_or_unreadable(text: str) -> None:
    for parse in (parse_settings, parse_debugs):
        try:
            found = parse(text)
        except Unreadable:
            continue
        if isinstance(found, Settings):
            assert set(found.lines) <= set(KEYS)
            assert all(line.isascii() for line in found.lines.values())
