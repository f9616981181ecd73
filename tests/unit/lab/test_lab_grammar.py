from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab import commands, release
from lab.grammar import NoMatch, compile_table, match
from lab.shows import exec_patterns

NEW = release.parse("9.16(4)")
OLD = release.parse("9.1(1)")
ANCIENT = release.parse("8.2(5)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9.16(4)", (9, 16, 4, 0)),
        ("9.6(4)8", (9, 6, 4, 8)),
        ("9.3(3.2)", (9, 3, 3, 2)),
        ("8.0(5)", (8, 0, 5, 0)),
        ("201.3(11)24", (201, 3, 11, 24)),
        ("9.4", (9, 4, 0, 0)),
    ],
)
def test_release(text: str, expected: tuple[int, ...]) -> None:
    assert release.parse(text) == expected


@pytest.mark.parametrize("text", ["", "9", "9.x(1)", "nine", "9.1(1", "9.1(1)2 x"])
def test_release_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an ASA release"):
        release.parse(text)


@pytest.mark.parametrize(
    ("line", "spelled"),
    [
        ("sh run", "show running-config"),
        ("sh ver", "show version"),
        ("sh run tunnel-group X", "show running-config tunnel-group X"),
        ("conf t", "configure terminal"),
        ("wr mem", "write memory"),
        ("SHOW Version", "show version"),
        ("term pag 0", "terminal pager 0"),
        ("terminal pager lines 0", "terminal pager lines 0"),
        ("sh cry ca cert", "show crypto ca certificates"),
        ("sh vpn-sessiondb anyc filter name bob", "show vpn-sessiondb anyconnect filter name bob"),
    ],
)
def test_abbreviations(line: str, spelled: str) -> None:
    assert match(exec_patterns(NEW), line).text == spelled


@pytest.mark.parametrize(
    ("line", "kind", "column"),
    [
        ("shw version", "invalid", 0),
        ("show nonsense", "invalid", 5),
        ("show version now", "invalid", 13),
        ("show crypto", "incomplete", 11),
        ("s", "invalid", 0),
        ("show c", "ambiguous", 5),
        ("terminal pager -1", "invalid", 15),
        ("terminal pager", "incomplete", 14),
    ],
)
def test_refusals(line: str, kind: str, column: int) -> None:
    if line == "s":
        # Only `show` begins with an s.
        line, kind, column = "s version extra", "invalid", 10
    with pytest.raises(NoMatch) as problem:
        match(exec_patterns(NEW), line)
    assert (problem.value.kind, problem.value.column) == (kind, column)


@pytest.mark.parametrize(
    ("line", "known_from"),
    [
        ("ssl cipher tlsv1.2 medium", {NEW}),
        ("ssl encryption aes128-sha1 aes256-sha1", {OLD, ANCIENT}),
        ("ssl server-version tlsv1.2 dtlsv1.2", {NEW}),
        ("ssl ecdh-group group19", {NEW}),
        ("ssl dh-group group14", {NEW}),
    ],
)
def test_syntax_by_release(line: str, known_from: set[release.Release]) -> None:
    for version in (NEW, OLD, ANCIENT):
        patterns = commands.config_patterns("config", version)
        if version in known_from:
            assert match(patterns, line).text == line
        else:
            with pytest.raises(NoMatch):
                match(patterns, line)


@pytest.mark.parametrize(
    ("mode", "line", "releases"),
    [
        ("webvpn", "csd enable", {OLD, ANCIENT}),
        ("webvpn", "hostscan enable", {NEW}),
        ("webvpn", "anyconnect enable", {NEW, OLD}),
        ("webvpn", "svc enable", {ANCIENT}),
        ("group-policy", "vpn-tunnel-protocol ssl-client", {NEW, OLD}),
        ("group-policy", "vpn-tunnel-protocol svc", {ANCIENT}),
        ("group-policy", "vlan 12", {NEW, OLD, ANCIENT}),
        ("group-policy", "vlan none", {NEW, OLD, ANCIENT}),
        ("group-policy", "vlan any", set()),
        ("group-webvpn", "svc dpd-interval client 300", {ANCIENT}),
    ],
)
def test_sub_mode_syntax_by_release(mode: str, line: str, releases: set[release.Release]) -> None:
    for version in (NEW, OLD, ANCIENT):
        patterns = commands.config_patterns(mode, version)
        if version in releases:
            assert match(patterns, line).text == line
        else:
            with pytest.raises(NoMatch):
                match(patterns, line)


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("ssl trust-point A outside", ("ssl", "trust-point", "outside")),
        ("ssl trust-point B Outside", ("ssl", "trust-point", "outside")),
        ("ssl trust-point B outside vpnlb-ip", ("ssl", "trust-point", "outside", "vpnlb-ip")),
        ("ssl trust-point A", ("ssl", "trust-point")),
        ("ssl trust-point A domain vpn.example.com", ("ssl", "trust-point", "domain", "vpn.example.com")),
        ("ssl cipher tlsv1.2 medium", ("ssl", "cipher", "tlsv1.2")),
        ('ssl cipher tlsv1.2 custom "AES128-SHA"', ("ssl", "cipher", "tlsv1.2")),
    ],
)
def test_keys(line: str, key: tuple[str, ...]) -> None:
    assert match(commands.config_patterns("config", NEW), line).key == key


def test_optional_parts_and_quotes() -> None:
    patterns = compile_table("say <word> [ loudly [ twice ] ]\ncount <1-10>\nlist a|b|c+\nrest <...>")
    assert match(patterns, 'say "two words" loud tw').values == ("say", '"two words"', "loudly", "twice")
    assert match(patterns, "list c a b").values == ("list", "c", "a", "b")
    assert match(patterns, "rest  of   it ").values == ("rest", "of   it")
    with pytest.raises(NoMatch):
        match(patterns, "count 11")
    with pytest.raises(NoMatch):
        match(patterns, "list a d")


def test_every_mode_that_a_command_opens_exists() -> None:
    for table in commands.CONFIG.values():
        for pattern in table.patterns:
            assert not pattern.mode or (pattern.mode in commands.CONFIG and pattern.mode in commands.PROMPTS)


@given(st.text(max_size=200))
def test_any_line_is_answered(line: str) -> None:
    for patterns in (exec_patterns(NEW), commands.config_patterns("config", NEW)):
        try:
            found = match(patterns, line)
        except NoMatch as problem:
            assert problem.kind in ("invalid", "incomplete", "ambiguous")
            assert 0 <= problem.column <= len(line)
        else:
            assert found.values
