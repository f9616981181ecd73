"""Cleaning of device text: exact cases, and laws that hold for any text."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from ansible.module_utils.vpnphone.model import Evidence, Failure, Source, UnparsedLine
from ansible.module_utils.vpnphone.report.text import (
    MAX_NAME,
    MAX_TEXT,
    Step,
    bare,
    clean,
    cut,
    fit,
    natural,
    one_line,
    pieces,
    steps,
    tidy,
    width,
)
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.report.builders import HOSTILE, sample_run, text_run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain `show ssl` text", "plain `show ssl` text"),
        ("tab\tand\nnewline stay", "tab\tand\nnewline stay"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]0;title\x1b\\after", "after"),
        ("\x1b]never ended\nsecret line", "never ended\nsecret line"),
        ("\x1bPdevice control\x1b\\after", "after"),
        ("\x1b(Bcharset", "charset"),
        ("\x1b", ""),
        # Too long for a parameter: the ESC goes, the rest stays readable.
        ("\x1b[" + "0" * 100, "0" * 100),
        ("a\r\nb\rc", "a\nbc"),
        ("nul\0 bell\7 back\b del\x7f nel\x85", "nul bell back del nel"),
        ("exe\u202etxt \u2066x\u2069\u200f", "exetxt x"),
        ("zero\u200bwidth\ufeff soft\u00adhyphen", "zerowidth softhyphen"),
        ("line\u2028para\u2029", "line\npara\n"),
        ("\ud800lone\udfff \ufffe\uffff", "lone "),
        ("tag\U000e0041s", "tags"),
        ("한국어 ünïcode ✓", "한국어 ünïcode ✓"),
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize(("size", "kept"), [(MAX_TEXT - 1, True), (MAX_TEXT, True), (MAX_TEXT + 1, False)])
def test_the_limit_is_exact(size: int, kept: bool) -> None:
    text = "x" * size
    assert (clean(text) == text) is kept
    assert len(clean(text)) <= MAX_TEXT


def test_a_cut_counts_what_is_missing() -> None:
    result = cut("x" * 100_000, 100)
    assert result == "x" * 60 + " … (99940 more characters)"


@given(st.text(st.characters(exclude_categories=())))
def test_clean_text_shows_as_what_it_is(text: str) -> None:
    result = clean(text)
    assert clean(result) == result
    assert len(result) <= MAX_TEXT
    assert not [char for char in result if unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\n"]
    assert not [char for char in result if unicodedata.bidirectional(char) in ("RLO", "LRO", "RLE", "LRE", "RLI")]
    line = one_line(text)
    assert one_line(line) == line
    assert "\n" not in line


@given(st.text())
def test_tidy_twice_is_tidy_once_and_changes_no_object(text: str) -> None:
    once = tidy(text_run(text))
    assert tidy(once) is once


@pytest.mark.parametrize("text", HOSTILE)
def test_tidy_leaves_no_hostile_text_in_any_field(text: str) -> None:
    once = tidy(text_run(text))
    assert tidy(once) is once
    assert all(len(device.name) <= MAX_NAME for device in once.devices)
    assert "\x1b" not in repr(once)


def test_tidy_leaves_a_clean_run_alone() -> None:
    run = sample_run()
    assert tidy(run) is run


def test_names_become_one_line_and_texts_keep_theirs() -> None:
    failure = tidy(Failure(code="two\nlines", what="two\nlines"))
    assert (failure.code, failure.what) == ("two lines", "two\nlines")


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 5, 6, 7, 29),
        datetime(2024, 5, 6, 9, 29, tzinfo=timezone(timedelta(hours=2))),
        datetime(2024, 5, 6, 7, 29, tzinfo=UTC),
    ],
)
def test_times_are_utc(moment: datetime) -> None:
    assert tidy(moment) == datetime(2024, 5, 6, 7, 29, tzinfo=UTC)
    assert tidy(moment).utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("username a password CANARY pbkdf2 privilege 15", "username a password <removed> pbkdf2 privilege 15"),
        (" ikev1 pre-shared-key CANARY", " ikev1 pre-shared-key <removed>"),
        ("pre-shared\x1b[0m-key CANARY", "pre-shared-key <removed>"),
        ("username a nopassword privilege 15", "username a nopassword privilege 15"),
    ],
)
def test_secrets_of_lines_are_masked(line: str, expected: str) -> None:
    assert tidy(Evidence(command="show", lines=(line,))).lines == (expected,)
    assert tidy(UnparsedLine(section="s", line=1, text=line)).text == expected
    assert tidy(Source(command="show", status="refused", detail=line)).detail == expected


@given(st.lists(st.text("asa0123456789-٣"), max_size=8))
def test_natural_order_is_total(names: list[str]) -> None:
    assert len({natural(name) for name in names}) == len(set(names))
    assert sorted(sorted(names), key=natural) == sorted(names, key=natural)


def test_natural_order_counts() -> None:
    names = ["asa10", "asa2", "ASA2", "asa02", "asa" + "9" * 5000, "b"]
    assert sorted(names, key=natural)[:5] == ["ASA2", "asa02", "asa2", "asa10", "asa" + "9" * 5000]


@pytest.mark.parametrize(
    ("text", "columns", "expected"),
    [("short", 5, "short"), ("longer", 5, "long…"), ("한국어", 6, "한국어"), ("한국어", 5, "한국…"), ("a b", 2, "a…")],
)
def test_fit(text: str, columns: int, expected: str) -> None:
    assert fit(text, columns) == expected
    assert width(expected) <= columns


@pytest.mark.parametrize(
    ("fix", "expected"),
    [
        ((), []),
        (("webvpn", " no csd enable"), [Step(False, ("webvpn", " no csd enable"))]),
        (("PERSON: approve.", "webvpn"), [Step(True, ("approve.",)), Step(False, ("webvpn",))]),
        (("Gather again with it.", "a", "Then look:"), [
            Step(True, ("Gather again with it.",)), Step(False, ("a",)), Step(True, ("Then look:",))]),
    ],
)  # fmt: skip
def test_steps(fix: tuple[str, ...], expected: list[Step]) -> None:
    assert steps(fix) == expected


def test_pieces_and_bare() -> None:
    assert pieces("run `show ssl` now") == [(False, "run "), (True, "show ssl"), (False, " now")]
    assert pieces("one ` only") == [(False, "one ` only")]
    assert (bare("UNKNOWN: `x` is missing"), bare("as it was")) == ("`x` is missing", "as it was")
