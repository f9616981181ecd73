"""What people save and how they name it: files, logs of a terminal, an archive's comments. All texts are made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.assess import assess_device
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.parse.blocks import Unreadable
from ansible.module_utils.vpnphone.parse.captures import SECTIONS, command_meant, commented, transcript
from ansible.module_utils.vpnphone.parse.saved import discover, read_saved
from ansible.module_utils.vpnphone.parse.state import build_state
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.controls.builders import site
from tests.unit.texts import CONFIG, VERSION

CONFIGURATION = "show running-config"


def put(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return folder / name


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("show_version", "show version"),
        ("SHOW VERSION", "show version"),
        ("sh ver", "show version"),
        ("sh-ver", None),
        ("sh_run_webvpn", "show running-config webvpn"),
        ("sh run", CONFIGURATION),
        ("write_terminal", CONFIGURATION),
        ("running-config", CONFIGURATION),
        ("show run ssl", "show running-config ssl"),
        ("show run all ssl", "show running-config all ssl"),
        ("show_ssl", "show ssl"),
        ("more_flash_dap_xml", None),
        ("more disk0:/dap.xml", "more disk0:/dap.xml"),
        ("dap.xml", "more disk0:/dap.xml"),
        ("sh vpn-sessiondb s", None),  # summary or svc
        ("show version | include Serial", None),
        ("show running-config interface outside", None),
        ("notes", None),
        ("", None),
    ],
)
def test_the_command_that_a_name_stands_for(text: str, command: str | None) -> None:
    assert command_meant(text) == command


@pytest.mark.parametrize("command", sorted(SECTIONS))
def test_every_command_stands_for_itself(command: str) -> None:
    assert command_meant(command) == command


def test_files_are_known_by_their_meaning_and_the_others_are_told(tmp_path: Path) -> None:
    put(tmp_path, "Show Version.TXT", VERSION)
    put(tmp_path, "sh run.log", CONFIG)
    put(tmp_path, "dap.xml", "<dapRecordList/>\n")
    put(tmp_path, "sh_clock.txt", "10:00:00.000 UTC Mon May 6 2024\n")
    put(tmp_path, "show_clock.txt", "11:00:00.000 UTC Mon May 6 2024\n")
    put(tmp_path, "todo.md", "Ask for the licence.\n")
    (tmp_path / "old").mkdir()
    saved = read_saved(tmp_path, "fw")
    assert saved.unread == ("sh_clock.txt", "todo.md")
    assert saved.answers["version"].text == VERSION.rstrip() + "\n"
    assert saved.answers["dap_xml"].command == "more disk0:/dap.xml"
    assert saved.answers["clock"].text.startswith("11:")
    assert saved.answers["webvpn"].command == CONFIGURATION


def test_two_files_of_one_command_answer_nothing(tmp_path: Path) -> None:
    put(tmp_path, "sh ver.txt", VERSION)
    put(tmp_path, "sh version.txt", VERSION)
    answer = read_saved(tmp_path, "fw").answers["version"]
    assert answer.status == "unreadable"
    assert "sh ver.txt: there are several files of it, also sh version.txt" in answer.detail


def test_the_plain_ssl_section_leaves_its_defaults_open(tmp_path: Path) -> None:
    put(tmp_path, "sh_run_ssl.txt", "ssl trust-point TP outside\n")
    state = build_state("fw", "saved", read_saved(tmp_path, "fw").answers, None)
    assert state.ssl is not None
    assert not state.ssl.defaults_shown
    put(tmp_path, "sh_run_all_ssl.txt", "ssl server-version any\nssl trust-point TP outside\n")
    state = build_state("fw", "saved", read_saved(tmp_path, "fw").answers, None)
    assert state.ssl is not None
    assert state.ssl.defaults_shown


def test_an_unreadable_folder_names_what_is_in_it(tmp_path: Path) -> None:
    put(tmp_path, "todo.md", "x")
    with pytest.raises(BadInput, match=r"no output of a known command in the folder \(there are: todo.md\)"):
        read_saved(tmp_path, "fw")


# --- logs -----------------------------------------------------------------------------------------------------------

LOG = (
    "Type help or '?' for a list of available commands.\r\n"
    "fw/pri/act> en\r\nPassword: *****\r\n"
    "fw/pri/act# sh clok\r\n              ^\r\nERROR: % Invalid input detected at '^' marker.\r\n"
    "fw/pri/act# sh clock\r\n10:00:00.000 UTC Mon May 6 2024\r\n"
    "fw/pri/act# sh run webvpn\r\nwebvpn\r\n enable outside\r\n"
    "<--- More --->\r\0              \r\0 anyconnect enable\r\n"
    "fw/pri/act# sh run | i ssl\r\nssl trust-point OTHER\r\n"
    "fw/pri/act# conf t\r\nfw/pri/act(config)# show run ssl\r\nssl trust-point TP outside\r\n"
    "fw/pri/act(config)# exit\r\nfw/pri/stby# sh clock\r\n11:00:00.000 UTC Mon May 6 2024\r\nfw/pri/stby# "
)


@pytest.mark.parametrize("name", ["fw/session.log", "fw.txt", "fw.log", "fw"])
def test_a_log_of_many_commands(tmp_path: Path, name: str) -> None:
    put((tmp_path / name).parent, Path(name).name, LOG)
    ((device, path),) = discover(tmp_path).items()
    assert device == "fw"
    answers = read_saved(path, device).answers
    assert {section: (answer.command, answer.text) for section, answer in answers.items()} == {
        "clock": ("show clock", "11:00:00.000 UTC Mon May 6 2024\n"),
        "webvpn": ("show running-config webvpn", "webvpn\n enable outside\n anyconnect enable\n"),
        "ssl": ("show running-config ssl", "ssl trust-point TP outside\n"),
    }


def test_a_configuration_in_a_log_is_a_configuration(tmp_path: Path) -> None:
    put(tmp_path, "fw.txt", f"fw# show version\n{VERSION}\nfw# show running-config\n{CONFIG}\nfw# exit\n")
    state = build_state("fw", "saved", read_saved(tmp_path / "fw.txt", "fw").answers, None)
    alone = build_state("fw", "saved", read_saved(put(tmp_path, "alone.cfg", CONFIG), "fw").answers, None)
    assert state.version is not None
    assert state.version.licenses
    assert (state.webvpn, state.group_policies) == (alone.webvpn, alone.group_policies)


def test_a_page_that_was_not_turned_is_incomplete(tmp_path: Path) -> None:
    put(tmp_path, "fw.txt", "fw# sh run webvpn\nwebvpn\n enable outside\n<--- More --->\nfw# \n")
    assert read_saved(tmp_path / "fw.txt", "fw").answers["webvpn"].status == "incomplete"


@pytest.mark.parametrize("other", ["other# show clock", "fw/admin# show clock"])
def test_a_log_of_two_devices_is_not_guessed(tmp_path: Path, other: str) -> None:
    text = f"fw# show version\n{VERSION}\n{other}\n10:00:00.000 UTC Mon May 6 2024\n"
    with pytest.raises(Unreadable, match="more than one device or context: fw and"):
        transcript(text)
    put(tmp_path, "fw.txt", text)
    with pytest.raises(BadInput, match="more than one device"):
        read_saved(tmp_path / "fw.txt", "fw")
    # In a folder it is told, and what has a file of its own still counts.
    put(tmp_path / "fw", "all.log", text)
    put(tmp_path / "fw", "show_clock.txt", "12:00:00.000 UTC Mon May 6 2024\n")
    saved = read_saved(tmp_path / "fw", "fw")
    assert (set(saved.answers), saved.unread) == ({"clock"}, ("all.log",))


@given(st.text(st.sampled_from("fw# >shover\n\r/act(config)clk ")) | st.text())
def test_any_text_is_a_log_or_not(text: str) -> None:
    try:
        found = transcript(text)
    except Unreadable:
        return
    assert found.keys() <= SECTIONS.keys()
    assert commented(text).keys() <= SECTIONS.keys()


def test_a_long_log_simply_finishes() -> None:
    assert transcript("fw" + "#" * 200_000) == {}
    assert transcript("a/" * 100_000 + "\n" + "fw(config" * 50_000) == {}
    assert len(transcript("fw# show clock\n" * 50_000)) == 1


# --- archives -------------------------------------------------------------------------------------------------------


def oxidized(version: str, dap: str = "") -> str:
    """As its ASA model writes: comments, the configuration without its `:` lines, comments again."""
    kept = [line for line in version.splitlines() if "days" not in line and " up " not in line]
    head = "".join(f"! {line}\n" for line in [*kept, "", 'Name: "Chassis", DESCR: "ASA 5525-X"'])
    body = "\n".join(line for line in CONFIG.splitlines() if not line.startswith(":"))
    return f"{head}!\n{body}\n" + "".join(f"! {line}\n" for line in dap.splitlines())


DAP = "disk0:/corp.xml\n<?xml version='1.0'?>\n<Profile/>\ndisk0:/dap.xml\n<?xml version='1.0'?>\n<dapRecordList/>"


def test_what_oxidized_keeps_in_comments(tmp_path: Path) -> None:
    path = put(tmp_path, "fw", oxidized(VERSION, DAP))
    assert discover(tmp_path) == {"fw": path}
    state = build_state("fw", "saved", read_saved(path, "fw").answers, None)
    folder = put(tmp_path / "folder", "show_version.txt", VERSION).parent
    own = build_state("fw", "saved", read_saved(folder, "fw").answers, None)
    assert state.version is not None
    assert own.version is not None
    assert state.version.licenses == own.version.licenses
    assert state.version.text == own.version.text
    assert state.dap_xml == ()
    assert state.sources["dap_xml"].status == "ok"


def test_comments_that_are_no_output_say_nothing() -> None:
    assert commented("! saved by hand\n! Cisco is a brand\n!\nhostname fw\n! disk0:/corp.xml\n! <x/>\n") == {}


def test_a_configuration_tells_its_release_and_no_licence(tmp_path: Path) -> None:
    path = put(tmp_path, "fw.cfg", "ASA Version 9.12(4)56 <context>\n!\nhostname fw\n: end\n")
    state = build_state("fw", "saved", read_saved(path, "fw").answers, None)
    assert state.version is not None
    assert (state.version.release, state.version.context, state.version.licenses) == ((9, 12, 4, 56), "context", ())
    result = assess_device(state, site(include=("VPNP-101", "VPNP-102", "VPNP-106")))
    supports, licence, platform = (finding.outcomes[0] for finding in result.findings)
    assert supports.status == "pass"
    assert supports.evidence[0].lines == ("ASA Version 9.12(4)56",)
    for outcome in (licence, platform):
        assert outcome.status == "error"
        assert outcome.message == "UNKNOWN: `show version` is missing, and a running configuration holds no licences"
