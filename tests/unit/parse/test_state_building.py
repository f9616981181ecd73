"""Answers to a state: every source told, nothing thrown, nothing secret, nothing endless."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from ansible.module_utils.vpnphone.commands import BY_SECTION, COMMANDS
from ansible.module_utils.vpnphone.model import AsaState
from ansible.module_utils.vpnphone.parse import state as state_module
from ansible.module_utils.vpnphone.parse.config import sections_of
from ansible.module_utils.vpnphone.parse.result import Parsed
from ansible.module_utils.vpnphone.parse.state import HOSTNAME, MAX_UNPARSED, MAX_UNPARSED_TEXT, Answer, build_state
from ansible.module_utils.vpnphone.parse.table import PARSERS

from tests.unit.texts import CONFIG, VERSION

NOW = datetime(2024, 5, 6, tzinfo=UTC)


def ok(section: str, text: str) -> Answer:
    return Answer(command=BY_SECTION[section].text, status="ok", text=text)


def build(**answers: Answer) -> AsaState:
    return build_state("fw", "saved", answers, None)


def test_every_section_has_a_parser_and_an_attribute() -> None:
    sections = [command.section for command in COMMANDS]
    assert sorted(PARSERS) == sorted(sections)
    assert set(sections) <= set(AsaState.__struct_fields__)


def test_nothing_asked_is_missing_everywhere() -> None:
    state = build()
    assert set(state.sources) == set(BY_SECTION)
    assert {source.status for source in state.sources.values()} == {"missing"}
    assert all(getattr(state, section) is None for section in BY_SECTION)
    assert (state.hostname, state.unparsed, state.gathered_at) == ("", (), None)


def test_a_whole_configuration() -> None:
    answers = {
        section: Answer(command="show running-config", status="ok", text=text)
        for section, text in sections_of(CONFIG).items()
    }
    state = build_state("fw", "live", answers | {"version": ok("version", VERSION)}, NOW)
    assert state.unparsed == ()
    assert (state.device, state.origin, state.gathered_at) == ("fw", "live", NOW)
    assert state.hostname == PARSERS["version"](VERSION).value.hostname != ""
    for section in BY_SECTION:
        expected = "ok" if section in answers or section == "version" else "missing"
        assert state.sources[section].status == expected
        assert (getattr(state, section) is not None) is (expected == "ok")
    assert state.sources["webvpn"].command == "show running-config"
    assert state.webvpn is not None and state.webvpn.csd_line == "hostscan enable"
    assert "CANARY" not in repr(state)
    # The state is what travels.
    assert msgspec.json.decode(msgspec.json.encode(state), type=AsaState) == state


@pytest.mark.parametrize(
    ("command", "shown"),
    [("show running-config all ssl", True), ("show running-config ssl", False), ("show running-config", False)],
)
def test_only_all_shows_defaults(command: str, shown: bool) -> None:
    state = build(ssl=Answer(command=command, status="ok", text="ssl trust-point SSL outside\n"))
    assert state.ssl is not None
    assert state.ssl.defaults_shown is shown


@pytest.mark.parametrize("status", ["missing", "refused", "incomplete", "unreadable"])
def test_a_status_that_is_no_answer_passes_through(status: state_module.AnswerStatus) -> None:
    state = build(webvpn=Answer(command="show x", status=status, text="webvpn\n", detail="be\x1b[31mcause\u202e"))
    source = state.sources["webvpn"]
    assert (source.command, source.status, source.detail) == ("show x", status, "be[31mcause")
    assert state.webvpn is None


def test_absent_is_a_value() -> None:
    state = build(dap_xml=Answer("more disk0:/dap.xml", "absent", "", "No such file"))
    assert (state.dap_xml, state.sources["dap_xml"].status) == ((), "absent")
    state = build(trustpoints=Answer("show ...", "absent"))
    assert (state.trustpoints, state.sources["trustpoints"].status) == ((), "absent")
    # Nothing that could be the value of its absence: then it was not learned.
    state = build(clock=Answer("show clock", "absent"))
    assert (state.clock, state.sources["clock"].status) == (None, "unreadable")


def test_unreadable_says_why() -> None:
    source = build(webvpn=ok("webvpn", "quite another text\n")).sources["webvpn"]
    assert source.status == "unreadable"
    assert "quite another text" in source.detail


def test_a_fault_of_a_parser_costs_its_section_only(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(text: str) -> Parsed[object]:
        raise KeyError("secret of the text")

    monkeypatch.setitem(PARSERS, "webvpn", broken)
    state = build(webvpn=ok("webvpn", "webvpn\n"), ntp_servers=ok("ntp_servers", "ntp server 10.0.0.1\n"))
    assert state.webvpn is None
    assert state.sources["webvpn"].status == "unreadable"
    assert state.sources["webvpn"].detail == "the parser failed (KeyError)"
    assert state.ntp_servers == ("10.0.0.1",)


@pytest.mark.parametrize("count", [MAX_UNPARSED, MAX_UNPARSED + 1, MAX_UNPARSED + 5])
def test_unparsed_lines_are_bounded(count: int) -> None:
    line = "novelty \x9b\u202e" + "x" * 400
    state = build(webvpn=ok("webvpn", "webvpn\n" + f" {line}\n" * count))
    more = count - MAX_UNPARSED
    assert len(state.unparsed) == MAX_UNPARSED + (more > 0)
    assert (state.unparsed[0].section, state.unparsed[0].line) == ("webvpn", 2)
    assert state.unparsed[0].text == (" novelty " + "x" * 400)[:MAX_UNPARSED_TEXT]
    if more > 0:
        assert state.unparsed[-1].text == f"(and {more} more lines)"


@pytest.mark.parametrize("noise", ["\x1b[2J", "\x07", "\x08", "\x7f", "\x01"])
def test_a_damaged_answer_is_unreadable(noise: str) -> None:
    """Its damaged line would else count as one that is not there."""
    state = build(webvpn=ok("webvpn", f"webvpn\n enable out{noise}side\n"))
    assert state.webvpn is None
    assert state.sources["webvpn"].status == "unreadable"
    assert state.sources["webvpn"].detail == (
        "line 2 holds control characters that no ASA prints: the answer is damaged"
    )


@pytest.mark.parametrize("harmless", ["\r", "\0", "\t", "\u00e4", "\ufffd"])
def test_what_a_terminal_or_another_encoding_adds_is_no_damage(harmless: str) -> None:
    state = build(interfaces=ok("interfaces", f"interface X\n description Ge{harmless}baude\n nameif a\n"))
    assert state.interfaces is not None
    assert state.sources["interfaces"].status == "ok"


@pytest.mark.parametrize("line", ["password CANARY", "key CANARY", "pre-shared-key CANARY", "x-secret CANARY"])
def test_unparsed_lines_hold_no_secret(line: str) -> None:
    state = build(webvpn=ok("webvpn", f"webvpn\n {line}\n"), interfaces=ok("interfaces", f"interface X\n {line}\n"))
    assert len(state.unparsed) == 2
    assert "CANARY" not in repr(state)


def test_the_host_name_may_come_from_a_configuration() -> None:
    told = Answer("show running-config", "ok", "fw-hq")
    assert build_state("fw", "saved", {HOSTNAME: told}, None).hostname == "fw-hq"
    with_version = {HOSTNAME: told, "version": ok("version", VERSION)}
    assert build_state("fw", "saved", with_version, None).hostname == PARSERS["version"](VERSION).value.hostname


def test_what_fits_no_file_is_replaced() -> None:
    state = build(ntp_servers=ok("ntp_servers", "ntp server \ud800x\n"))
    assert state.ntp_servers == ("?x",)
    assert msgspec.json.encode(state)
