"""Folders and files of saved outputs: found, read without trust, and written without secrets."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.commands import BY_SECTION, COMMANDS, file_name
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.parse import saved
from ansible.module_utils.vpnphone.parse.saved import discover, read_saved, write_saved
from ansible.module_utils.vpnphone.parse.state import HOSTNAME, Answer, build_state

from tests.unit.texts import CONFIG, VERSION

CONFIGURED = {command.section for command in COMMANDS if command.config}


def put(folder: Path, name: str, text: str | bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    data = text if isinstance(text, bytes) else text.encode()
    (folder / name).write_bytes(data)
    return folder / name


def read_one(tmp_path: Path, section: str, text: str | bytes) -> Answer:
    put(tmp_path / "fw", file_name(BY_SECTION[section].text), text)
    return read_saved(tmp_path / "fw", "fw").answers[section]


# --- finding --------------------------------------------------------------------------------------------------------


def test_discover(tmp_path: Path) -> None:
    (tmp_path / "fw-1").mkdir()
    put(tmp_path, "fw-2.txt", "anything")
    put(tmp_path, "fw-3.example.com.cfg", "anything")
    put(tmp_path, "fw-4.example.com", "\n: Saved\n: x\n")
    put(tmp_path, "fw-5", "!RANCID-CONTENT-TYPE: cisco\n")
    put(tmp_path, "fw-6", "  ASA Version 9.1(1)\n")
    put(tmp_path, "README.md", "ASA Versions are described here")
    put(tmp_path, ".git", "ASA Version 9.1(1)")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    assert discover(tmp_path) == {
        "fw-1": tmp_path / "fw-1",
        "fw-2": tmp_path / "fw-2.txt",
        "fw-3.example.com": tmp_path / "fw-3.example.com.cfg",
        "fw-4.example.com": tmp_path / "fw-4.example.com",
        "fw-5": tmp_path / "fw-5",
        "fw-6": tmp_path / "fw-6",
    }


@pytest.mark.parametrize("name", ["-fw", "_fw", "f w", "fw\n", "fü", "a" * 64, "x;y"])
def test_a_bad_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    with pytest.raises(BadInput) as caught:
        discover(tmp_path)
    assert caught.value.code == "bad_device_name"


@pytest.mark.parametrize("name", ["a", "9fw", "fw.example-1_x", "a" * 63])
def test_a_good_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    assert list(discover(tmp_path)) == [name]


def test_no_directory_no_device_and_a_device_twice(tmp_path: Path) -> None:
    codes = []
    (tmp_path / "empty").mkdir()
    put(tmp_path / "twice", "fw.txt", "x")
    put(tmp_path / "twice", "fw.cfg", "x")
    for path in (tmp_path / "none", tmp_path / "empty", tmp_path / "twice", tmp_path / "twice" / "fw.txt"):
        with pytest.raises(BadInput) as caught:
            discover(path)
        codes.append(caught.value.code)
    assert codes == ["saved_outputs_missing", "saved_outputs_empty", "saved_outputs_twice", "saved_outputs_missing"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_link_out_of_the_directory(tmp_path: Path, kind: str) -> None:
    put(tmp_path / "outside", "show_version.txt", VERSION)
    (tmp_path / "in").mkdir()
    target = tmp_path / "outside" if kind == "folder" else tmp_path / "outside" / "show_version.txt"
    (tmp_path / "in" / "fw.txt").symlink_to(target)
    with pytest.raises(BadInput) as caught:
        discover(tmp_path / "in")
    assert caught.value.code == ("bad_device_name" if kind == "x" else "saved_outputs_escape")


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_file_a_command(tmp_path: Path) -> None:
    put(tmp_path / "fw", "show_version.txt", VERSION)
    put(tmp_path / "fw", "show_vpn-sessiondb_svc.txt", "INFO: There are presently no active sessions\n")
    put(tmp_path / "fw", "more_disk0_dap_xml.txt", "<dapRecordList/>\n")
    put(tmp_path / "fw", "notes.txt", "unknown files are left alone")
    answers = read_saved(tmp_path / "fw", "fw").answers
    assert {section: answer.command for section, answer in answers.items()} == {
        "version": "show version",
        "sessions": "show vpn-sessiondb svc",
        "dap_xml": "more disk0:/dap.xml",
    }
    state = build_state("fw", "saved", answers, None)
    assert (state.sessions, state.dap_xml, state.origin) == ((), (), "saved")
    assert state.sources["clock"].status == "missing"


def test_the_newer_command_counts_before_the_older(tmp_path: Path) -> None:
    put(tmp_path / "fw", "show_vpn-sessiondb_svc.txt", "old\n")
    put(tmp_path / "fw", "show_vpn-sessiondb_anyconnect.txt", "new\n")
    assert read_saved(tmp_path / "fw", "fw").answers["sessions"].text == "new\n"


@pytest.mark.parametrize("name", ["running-config.txt", "show_running-config.txt"])
def test_sections_without_a_file_come_from_the_configuration(tmp_path: Path, name: str) -> None:
    put(tmp_path / "fw", name, CONFIG)
    put(tmp_path / "fw", "show_running-config_all_ssl.txt", "ssl client-version any\nssl server-version any\n")
    put(tmp_path / "fw", "show_version.txt", VERSION)
    answers = read_saved(tmp_path / "fw", "fw").answers
    assert set(answers) == CONFIGURED | {"version", HOSTNAME}
    assert answers["webvpn"].command == "show running-config"
    state = build_state("fw", "saved", answers, None)
    assert state.ssl is not None and state.webvpn is not None
    # The section's own file counts first, and it says the defaults.
    assert (state.ssl.defaults_shown, state.ssl.trust_points) == (True, ())
    assert state.webvpn.csd_line == "hostscan enable"
    assert {state.sources[section].status for section in CONFIGURED} == {"ok"}


@pytest.mark.parametrize("name", ["fw.txt", "fw.cfg", "fw"])
def test_a_lone_configuration(tmp_path: Path, name: str) -> None:
    state = build_state("fw", "saved", read_saved(put(tmp_path, name, CONFIG), "fw").answers, None)
    assert {section for section, source in state.sources.items() if source.known} == CONFIGURED | {"version"}
    assert state.hostname == "fw-hq"
    assert state.ssl is not None and state.ssl.defaults_shown is False
    assert "CANARY" not in repr(state)


def test_a_lone_configuration_without_a_section(tmp_path: Path) -> None:
    text = "hostname fw\ninterface X\n nameif outside\nprompt hostname\n: end\n"
    state = build_state("fw", "saved", read_saved(put(tmp_path, "fw.txt", text), "fw").answers, None)
    assert state.webvpn is not None and state.webvpn.configured is False
    assert state.dap_records == ()
    assert state.sources["dap_records"].status == "ok"


def test_a_configuration_that_was_cut_off_leaves_no_section_absent(tmp_path: Path) -> None:
    text = CONFIG[: CONFIG.index("tunnel-group VPNPhone webvpn")]
    text = text.replace(text[text.index("\nvpn load-balancing") : text.index("\nthreat-detection")], "")
    state = build_state("fw", "saved", read_saved(put(tmp_path, "fw.txt", text), "fw").answers, None)
    statuses = {section: state.sources[section].status for section in CONFIGURED}
    assert statuses == dict.fromkeys(CONFIGURED, "ok") | {"tunnel_groups": "incomplete", "load_balancing": "incomplete"}
    assert (state.tunnel_groups, state.load_balancing) == (None, None)
    assert "its end is missing" in state.sources["load_balancing"].detail
    assert state.dap_records is not None


@pytest.mark.parametrize("text", ["", "no configuration", CONFIG + CONFIG], ids=["empty", "words", "two"])
def test_a_lone_file_that_is_no_configuration(tmp_path: Path, text: str) -> None:
    answers = read_saved(put(tmp_path, "fw.txt", text), "fw").answers
    assert {answer.status for answer in answers.values()} == {"unreadable"}
    assert set(answers) == CONFIGURED


def test_nothing_to_read(tmp_path: Path) -> None:
    put(tmp_path / "fw", "notes.txt", "x")
    os.mkfifo(tmp_path / "pipe")
    codes = []
    for path in (tmp_path / "fw", tmp_path / "none", tmp_path / "pipe"):
        with pytest.raises(BadInput) as caught:
            read_saved(path, "fw")
        codes.append(caught.value.code)
    assert codes == ["saved_outputs_empty", "saved_outputs_missing", "saved_outputs_missing"]


PLAIN = "ssl trust-point SSL outside\n"


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        f"\ufeff{PLAIN}",
        PLAIN.encode("utf-16"),
        f"asa# show running-config all ssl\n{PLAIN}asa# ",
        f"\r\nASA5510-F# sh run all ssl\r\n{PLAIN}ASA5510-F#\r\n",
        f"asa/pri/act(config)# show running-config all ssl\n{PLAIN}asa/pri/act(config)# exit\n",
        f"Unauthorized access forbidden #1\nType help\nasa> enable\nasa# show run all ssl\n{PLAIN}asa# show ssl\nSSL\n",
        f"show running-config all ssl\n{PLAIN}",
        f"{PLAIN}asa#\n\n",
        f"{PLAIN[:4]}\0{PLAIN[4:]}",
        "<--- More --->\r              \rssl trust-point SSL outside\n",
        "<--- More --->\r\0              \r\0ssl trust-point SSL outside\n",
    ],
)
def test_how_a_capture_may_look(tmp_path: Path, text: str | bytes) -> None:
    answer = read_one(tmp_path, "ssl", text)
    assert answer == Answer("show running-config all ssl", "ok", answer.text)
    assert answer.text.strip() == PLAIN.strip()


def test_the_documents_capture(tmp_path: Path) -> None:
    text = """\
ASA5510-F# show run webvpn
webvpn
enable outside
  csd image disk0:/csd_3.6.6210-k9.pkg
csd enable
anyconnect image disk0:/anyconnect-win-3.1.00495-k9.pkg 1
anyconnect enable
ASA5510-F#
"""
    state = build_state("fw", "saved", {"webvpn": read_one(tmp_path, "webvpn", text)}, None)
    assert state.webvpn is not None and state.webvpn.csd_line == "csd enable"
    assert state.unparsed == ()


@pytest.mark.parametrize("echo", ["show running-config", "write terminal", "wr t", "more system:running-config"])
def test_the_echo_of_a_whole_configuration(tmp_path: Path, echo: str) -> None:
    answers = read_saved(put(tmp_path, "fw.txt", f"fw-hq# {echo}\n{CONFIG}fw-hq# "), "fw").answers
    assert answers["webvpn"].status == "ok"


@pytest.mark.parametrize(
    ("section", "text", "status", "detail"),
    [
        ("ssl", f"asa# show run ssl\n{PLAIN}", "unreadable", "another command: show run ssl"),
        ("ssl", "                ^\nERROR: % Invalid input detected at '^' marker.\n", "refused", "Invalid input"),
        ("ssl", "Command authorization failed\n", "refused", "Command authorization failed"),
        ("ssl", f"{PLAIN}<--- More --->\n", "incomplete", "pager"),
        ("dap_xml", "%Error opening disk0:/dap.xml (No such file or directory)\n", "absent", "No such file"),
        ("dap_xml", "Command authorization failed\n", "refused", "Command authorization failed"),
    ],
)
def test_what_is_no_answer(tmp_path: Path, section: str, text: str, status: str, detail: str) -> None:
    answer = read_one(tmp_path, section, text)
    assert (answer.status, answer.text) == (status, "")
    assert detail in answer.detail


def test_an_empty_file_is_an_empty_answer(tmp_path: Path) -> None:
    answer = read_one(tmp_path, "dap_records", "\n")
    assert answer == Answer(BY_SECTION["dap_records"].text, "ok", "")
    assert build_state("fw", "saved", {"dap_records": answer}, None).dap_records == ()


def test_a_link_is_followed_only_within_the_folder(tmp_path: Path) -> None:
    put(tmp_path, "secret.txt", PLAIN)
    put(tmp_path / "fw", "real.txt", PLAIN)
    (tmp_path / "fw" / "show_running-config_all_ssl.txt").symlink_to("real.txt")
    (tmp_path / "fw" / "show_ssl.txt").symlink_to("../secret.txt")
    (tmp_path / "fw" / "show_clock.txt").symlink_to("show_clock.txt")
    (tmp_path / "fw" / "show_mode.txt").symlink_to("nothing")
    os.mkfifo(tmp_path / "fw" / "show_version.txt")
    (tmp_path / "fw" / "show_failover.txt").mkdir()
    answers = read_saved(tmp_path / "fw", "fw").answers
    assert answers.pop("ssl").text == PLAIN
    assert {answer.status for answer in answers.values()} == {"unreadable"}
    assert set(answers) == {"ssl_status", "clock", "mode", "version", "failover"}
    assert "out of the folder" in answers["ssl_status"].detail
    assert "not a regular file" in answers["version"].detail


def test_a_file_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "MAX_TEXT", 100)
    assert read_one(tmp_path, "ssl", "x" * 100).status == "ok"
    answer = read_one(tmp_path, "ssl", "x" * 101)
    assert (answer.status, answer.text) == ("unreadable", "")
    assert "longer than 100" in answer.detail


# --- writing --------------------------------------------------------------------------------------------------------


def test_what_is_written_reads_the_same_and_holds_no_secret(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    live = read_saved(put(tmp_path / "live", "fw.txt", CONFIG), "fw").answers
    answers = {
        section: Answer(BY_SECTION[section].text, "ok", answer.text)
        for section, answer in live.items()
        if section in CONFIGURED
    }
    answers["dap_xml"] = Answer("more disk0:/dap.xml", "ok", "<dapRecordList/>\n")
    answers["version"] = Answer("show version", "ok", VERSION)
    folder = tmp_path / "new" / "fw"
    written = write_saved(folder, {answer.command: answer.text for answer in answers.values()})
    assert sorted(path.name for path in written) == sorted(path.name for path in folder.iterdir())
    assert len(written) == len(answers)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in written} == {0o600}
    for path in written:
        assert "CANARY" not in path.read_text(encoding="utf-8")
    again = read_saved(folder, "fw").answers
    assert set(again) == set(answers)
    assert build_state("fw", "live", again, None) == build_state("fw", "live", answers, None)
    # It is found, too.
    assert discover(tmp_path / "new") == {"fw": folder}


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    put(tmp_path, "file", "x")
    with pytest.raises(BadInput):
        write_saved(tmp_path / "file" / "fw", {"show clock": "x"})
