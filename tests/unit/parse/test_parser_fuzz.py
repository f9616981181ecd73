"""Device text is hostile: any text gives a value or Unreadable, and long runs of anything come to an end."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

import msgspec
import pytest
from ansible.module_utils.vpnphone.commands import COMMANDS
from ansible.module_utils.vpnphone.model import AsaState
from ansible.module_utils.vpnphone.parse import blocks, engine
from ansible.module_utils.vpnphone.parse.blocks import MAX_LINE, MAX_TEXT, lines_of
from ansible.module_utils.vpnphone.parse.config import read_config, sections_of
from ansible.module_utils.vpnphone.parse.engine import Template, forms
from ansible.module_utils.vpnphone.parse.result import Parsed, Unreadable
from ansible.module_utils.vpnphone.parse.state import Answer, build_state
from ansible.module_utils.vpnphone.parse.table import PARSERS
from ansible.module_utils.vpnphone.redact import redact
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.texts import CONFIG

# Words that open blocks or lines somewhere, and what may stand around them.
WORDS = sorted({word for line in CONFIG.splitlines() for word in line.split()})
HEADERS = [
    *sorted({words for command in COMMANDS for words in command.config}),
    "group-policy X attributes",
    "tunnel-group X webvpn-attributes",
    "tunnel-group X general-attributes",
    "username X attributes",
    "dynamic-access-policy-record X",
    "crypto ca trustpoint X",
    "crypto ca certificate chain X",
    "certificate 0a",
    "certificate ca 0b",
    "quit",
    "ssl trust-point X",
    "interface X",
    "Accept connections using",
    "tlsv1.2 (custom):",
    "Server Group: X",
    "hostname X",
    "prompt X",
    ": end",
    "password",
    "-----BEGIN PRIVATE KEY-----",
    "<dapRecordList>",
]
word = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(
        ['"', '""', '"a b"', "<", "&", "{{ x }}", "|", "no", "\t", "\x00", "\r", "9" * 30, "²", "٣", "\u2028"]
    ),
    st.text(max_size=8),
)
line = st.builds(
    lambda indent, head, words: " " * indent + " ".join([*([head] if head else []), *words]),
    st.integers(0, 4),
    st.one_of(st.just(""), st.sampled_from(HEADERS)),
    st.lists(word, max_size=5),
)
cli = st.one_of(st.text(max_size=300), st.lists(line, max_size=15).map("\n".join))


@pytest.mark.parametrize("section", sorted(PARSERS))
@given(text=cli)
def test_any_text_is_a_value_or_unreadable(section: str, text: str) -> None:
    try:
        parsed = PARSERS[section](text)
    except Unreadable as error:
        assert str(error)
        return
    assert isinstance(parsed, Parsed)
    # Lines that are reported are lines of the text.
    assert {found.number for found in parsed.unparsed} <= set(range(1, text.count("\n") + 2))
    assert PARSERS[section](redact(text)) == parsed


@pytest.mark.parametrize(
    "header",
    [
        "webvpn",
        "group-policy X attributes",
        "tunnel-group X webvpn-attributes",
        "tunnel-group X general-attributes",
        "username X attributes",
        "dynamic-access-policy-record X",
        "crypto ca trustpoint X",
        "crypto ca certificate chain X",
        "crypto ca certificate chain X\n certificate ca 0b",
        "vpn load-balancing",
        "interface X",
    ],
)
@given(body=st.lists(line, max_size=12))
def test_any_lines_below_a_header(header: str, body: list[str]) -> None:
    section = next(command.section for command in COMMANDS if header.startswith(command.config or ("\n",)))
    text = "\n".join([header, *body])
    try:
        parsed = PARSERS[section](text)
    except Unreadable:
        return
    assert parsed == PARSERS[section](redact(text))


@given(cli)
@settings(deadline=None)
def test_any_text_as_a_configuration(text: str) -> None:
    try:
        config = read_config(text)
    except Unreadable:
        return
    assert config.uncertain <= set(config.sections)
    assert set(config.sections) <= {command.section for command in COMMANDS if command.config}
    assert config.complete is (config.doubt == "")
    assert sections_of(text) == config.sections


@given(st.sampled_from(["<dapRecordList>", "<dapRecordList><dapRecord>", "<?xml version='1.0'?>"]), cli)
@settings(deadline=None)
def test_any_text_as_dap_xml(start: str, text: str) -> None:
    for whole in (text, start + text, f"{start}{text}</dapRecord></dapRecordList>"):
        try:
            assert isinstance(PARSERS["dap_xml"](whole).value, tuple)
        except Unreadable as error:
            assert str(error)


@given(cli)
def test_redaction_is_done_once_and_keeps_lines(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
    assert once.count("\n") == text.count("\n")


@given(st.dictionaries(st.sampled_from(sorted(PARSERS)), cli, max_size=4))
@settings(deadline=None)
def test_any_answers_give_a_state_that_travels(texts: dict[str, str]) -> None:
    answers = {section: Answer(command="show x", status="ok", text=text) for section, text in texts.items()}
    state = build_state("fw", "live", answers, None)
    assert msgspec.json.decode(msgspec.json.encode(state), type=AsaState) == state
    for section in texts:
        assert state.sources[section].status in ("ok", "unreadable")
        assert (getattr(state, section) is not None) is (state.sources[section].status == "ok")


RUN = 8_000
LONG = 100_000
# Fewer do where every parser works on line after line.
LINES = 8_000
HOSTILE = {
    "blanks": " " * LONG,
    "blanks and a word": " " * RUN + "x",
    "a word and blanks": "password" + " " * RUN + "x",
    "blanks in lines": ("webvpn" + " " * 2_000 + "\n") * 50,
    "quotes": '"' * RUN,
    "quoted lines": ('tunnel-group "' + '" "' * 2_000 + "\n") * 20,
    "open tags": "<" * LONG,
    "nested tags": "<a>" * (LONG // 3),
    "attributes": "<a " + "b='' " * RUN + ">",
    "newlines": "\n" * LINES,
    "carriage returns": "\r" * LONG,
    "digits": "9" * RUN,
    "dashes": "-" * RUN,
    "hyphened words": "a-" * (RUN // 2),
    "colons": "://" * RUN,
    "dollars": "$1$" * RUN,
    "cookies": "webvpn=" * RUN,
    "begin": "-----BEGIN " * RUN,
    "keys": "key " * (RUN // 4),
    "users": "username " * (RUN // 9),
    "proxies": "http-proxy " + "a " * 3_000,
    "activation": "Activation " * (RUN // 11),
    "hosts": "snmp-server host a b " + "poll " * 1_000,
    "privileges": "username a password b" + " privilege 1" * 600,
    "words": "ssl cipher a " + "b " * 3_000,
    "hex": "certificate 0a\n" + "    308201ae 30820155\n" * (LINES // 5),
    "chains": "crypto ca certificate chain X\n certificate 0a\n  quit\n" * (LINES // 20),
    "many headers": "group-policy X attributes\n" * (LINES // 8),
    "many lines": "webvpn\n" + " enable outside\n" * (LINES // 8),
    "ttp": "{{ x | re('a') }}\n" * 500,
    "pager": "<--- More --->\r" * RUN,
    "prompts": "asa# " * (RUN // 5),
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_long_runs_come_to_an_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = HOSTILE[name]
    once = redact(text)
    assert redact(once) == once
    # The one thing that all parsers do alike: of each text it is done once.
    monkeypatch.setattr(blocks, "redact", functools.cache(redact))
    for prefix in ("", "webvpn\n ", "group-policy X attributes\n ", "Server Group: "):
        for parser in (*dict.fromkeys(PARSERS.values()), read_config):
            try:
                assert parser(prefix + text) is not None
            except Unreadable:
                continue


@pytest.mark.parametrize(("length", "readable"), [(MAX_LINE, True), (MAX_LINE + 1, False)])
def test_the_longest_line(length: int, readable: bool) -> None:
    text = "a\n" + "x" * length
    if readable:
        assert [found.number for found in lines_of(text)] == [1, 2]
    else:
        with pytest.raises(Unreadable, match="line 2"):
            lines_of(text)


def test_the_longest_text(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreadable):
        lines_of("\n" * (MAX_TEXT + 1))
    monkeypatch.setattr(blocks, "MAX_TEXT", 10)
    assert lines_of("\n" * 10) == []
    with pytest.raises(Unreadable):
        lines_of("\n" * 11)


def test_comments_and_their_like_are_no_lines() -> None:
    text = "a\n!\n ! b\n: Saved\n : c\n\n \t\n\0d\r\n"
    assert [(found.number, found.text, found.indent) for found in lines_of(text)] == [
        (1, "a", 0),
        (5, " : c", 1),
        (8, "d", 0),
    ]


# --- the engine -----------------------------------------------------------------------------------------------------


def test_a_text_that_is_a_path_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "name").write_text("value 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    template = Template("value {{ x }}")
    assert template.parse("value 2\n") == [{"x": "2"}]
    for text in ("name", str(tmp_path / "name"), str(tmp_path), ".", "ttp://platform/test_platform_show_run.txt"):
        assert template.parse(text) == []


def test_the_table_of_functions_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_cache_folder", functools.cache(engine._cache_folder.__wrapped__))
    built: list[str] = []
    parse = ast.parse

    def counted(source: str) -> ast.AST:
        built.append(source)
        return parse(source)

    with monkeypatch.context() as watched:
        watched.setattr(ast, "parse", counted)
        first = Template("one {{ x | ORPHRASE }}")
        files = len(built)
        second = Template("two {{ x | upper }}")
    assert files > 10
    assert len(built) == files
    assert (first.parse("one 1 2\n"), second.parse("two a\n")) == ([{"x": "1 2"}], [{"x": "A"}])


def test_forms_number_their_rows() -> None:
    template = forms("set {{ name | NAME }} {{ rest | REST }}\nend {{ what | WHAT }}", WHAT="a|b & <c>")
    text = '1| set "x y" a  b\n2| nothing\n3| end b & <c>\n4| end d\n'
    assert template.parse(text) == [{"n": "1", "name": '"x y"', "rest": "a  b"}, {"n": "3", "what": "b & <c>"}]
    # Nothing of a text stays for the next one.
    assert template.parse("nothing\n") == []
