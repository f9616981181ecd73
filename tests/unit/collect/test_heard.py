"""What comes between two commands, and two readings of one buffer."""

from __future__ import annotations

import pytest
from ansible.module_utils.vpnphone.collect.heard import debug_lines, merged
from hypothesis import given
from hypothesis import strategies as st

TYPED = ("debug webvpn anyconnect 255", "no debug webvpn anyconnect")
LINE = "Tunnel Group: VPNPhone, Client Cert Auth Success."
HEAD = "Syslog logging: enabled\n    Buffer logging: level debugging, 9 messages logged\n"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", ()),
        ("fw# ", ()),
        (
            f"debug webvpn anyconnect 255\r\nINFO: debug webvpn anyconnect enabled at level 255.\r\nfw# {LINE}\r\n",
            (LINE,),
        ),
        (f"fw# \r\nfw# \r\n{LINE}\r\nfw# no debug webvpn anyconnect\r\nfw# ", (LINE,)),
        (f"fw# fw# {LINE}\r\n", (LINE,)),
        ("webvpn#1 state = 3\n", ("webvpn#1 state = 3",)),
        ("other# show clock\n", ("other# show clock",)),
        ("  indented > text\n", ("  indented > text",)),
        ("a\x1b[2Jb\tc\x07\n", ("a?[2Jb\tc?",)),
        ("x" * 3000 + "\n", ("x" * 1000,)),
    ],
)
def test_the_lines_of_a_debug(text: str, lines: tuple[str, ...]) -> None:
    assert debug_lines(text, "fw", TYPED) == lines


@given(st.text(alphabet=st.sampled_from("fw#>( config)\r\n x"), max_size=200) | st.text(max_size=200))
def test_whatever_comes_is_printable(text: str) -> None:
    for line in debug_lines(text, "fw", TYPED):
        assert line.strip()
        assert line.replace("\t", "").isprintable() or any(char.isspace() for char in line)
        assert len(line) <= 1000


def log(*numbers: int) -> str:
    return "".join(f"%ASA-6-725001: {number}\n" for number in numbers)


def stamped(*numbers: int) -> str:
    return "".join(f"Nov 24 2026 10:00:0{number}: %ASA-6-725001: x\n" for number in numbers)


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("", log(1, 2), log(1, 2)),
        (HEAD, HEAD + log(1, 2), HEAD + log(1, 2)),
        (HEAD + log(1, 2), HEAD + log(1, 2, 3), HEAD + log(1, 2, 3)),
        (HEAD + log(1, 2, 3), HEAD + log(2, 3, 4), HEAD + log(1, 2, 3, 4)),
        (HEAD + log(1, 2), HEAD + log(3, 4), HEAD + log(1, 2, 3, 4)),
        (HEAD + log(1, 2), HEAD, HEAD + log(1, 2)),
        (log(7, 7, 8), log(7, 8, 9), log(7, 7, 8, 9)),
        # The buffer's first line is what was left of one: of its time, or of its tag.
        (HEAD + stamped(1, 2, 3), HEAD + stamped(2, 3, 4)[9:], HEAD + stamped(1, 2, 3, 4)),
        (log(1, 2, 3), "6-725001: 2\n" + log(3, 4), "6-725001: 2\n" + log(1, 2, 3, 4)),
        (stamped(1), stamped(1)[9:], stamped(1) + stamped(1)[9:]),
    ],
)
def test_two_readings_of_one_buffer(before: str, after: str, whole: str) -> None:
    assert merged(before, after) == whole


@given(st.lists(st.integers(0, 3), max_size=30), st.integers(0, 30), st.integers(0, 30))
def test_no_line_of_either_reading_is_lost(numbers: list[int], start: int, end: int) -> None:
    before, after = log(*numbers[:end]), log(*numbers[min(start, end) :])
    both = merged(before, after)
    assert both.endswith(after)
    assert both.startswith(before) or len(both) <= len(before) + len(after)
    assert both.count("\n") <= before.count("\n") + after.count("\n")
