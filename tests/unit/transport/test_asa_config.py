"""The session that configures: each command in its own block, and no question answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import DeviceRefused, DeviceUnreachable
from ansible.module_utils.vpnphone.transport.asa_config import ConfigSession, ModeRefused, question_of
from ansible.module_utils.vpnphone.transport.options import Connection
from hypothesis import given
from hypothesis import strategies as st

from lab.testing import RunningLab, running_lab
from tests.unit.transport.fake_shell import session

ROOT = Path(__file__).resolve().parents[3]
GROUP = ("group-policy GroupPolicy_VPNPhone attributes",)
TUNNEL = ("tunnel-group VPNPhone webvpn-attributes",)
LONG = 'ssl cipher tlsv1.2 custom "' + ":".join(
    ["ECDHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-SHA256",
     "ECDHE-RSA-AES256-SHA384", "AES256-SHA256", "AES256-SHA", "AES128-SHA"]
) + '"'  # fmt: skip


def device(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": "9.16(4)", "config_file": str(ROOT / "lab/scenarios/bench.cfg"), **more}


SITE = {
    "name": "configure",
    "defaults": {"users": [{"name": "admin", "password": "rehearse", "privilege": 15}], "enable_secret": "rehearse"},
    "devices": [
        device("plain"),
        device("wordy", prompt="hostname priority state", failover={"unit": "primary", "state": "active"}),
        device("standby", failover={"unit": "secondary", "state": "standby"}),
        device("asks", faults=[{"kind": "ask_later", "count": 1}]),
        device("silent", faults=[{"kind": "hang", "command": "^vpn-simultaneous-logins"}]),
    ],
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(SITE, tmp_path_factory.mktemp("configure") / "lab") as found:
        yield found


def dial(site: RunningLab, name: str, seconds: int = 10) -> ConfigSession:
    host = site.hosts[name]
    given = {"host": host.host, "port": host.port, "username": host.user, "password": host.password,
             "enable_password": host.enable_secret, "known_hosts": str(host.known_hosts),
             "connect_timeout": 10, "command_timeout": seconds}  # fmt: skip
    return ConfigSession(Connection.of(given), name=name)


# --- against the lab ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plain", "wordy", "asks"])
def test_commands_land_in_their_blocks(site: RunningLab, name: str) -> None:
    with dial(site, name) as asa:
        assert asa.configure(GROUP, "vpn-simultaneous-logins 7") == ""
        assert asa.configure(GROUP, "no wins-server") == ""
        # Longer than the terminal: it is redrawn, cut with a `$`.
        assert asa.configure((), LONG) == ""
        assert asa.configure(TUNNEL, "group-url https://vpn.example.com/Other enable") == ""
        assert "does not exist" in asa.configure(GROUP, "vpn-filter value NOBODY")
        assert "Invalid input" in asa.configure((), "no such-command")
        assert asa.configure((), "group-policy FRESH internal") == ""
        asa.end_configuration()
        text = asa.run("show running-config")
        assert asa.prompt is not None
        assert asa.prompt.mode == ""
        assert "[OK]" in asa.save()
    lines = site.state(name)["running_config"]
    assert LONG in lines
    assert " vpn-simultaneous-logins 7" in lines
    assert " wins-server none" not in lines
    assert " group-url https://vpn.example.com/Other enable" in lines
    assert "group-policy FRESH internal" in lines
    assert LONG in text
    assert site.state(name)["startup_config"] == lines


def test_a_block_that_does_not_exist(site: RunningLab) -> None:
    with dial(site, "plain") as asa:
        with pytest.raises(ModeRefused, match="group-policy NOBODY does not exist"):
            asa.configure(("group-policy NOBODY attributes",), "vpn-simultaneous-logins 1")
        # The session goes on where it was.
        assert asa.configure(GROUP, "vpn-simultaneous-logins 5") == ""
    assert " vpn-simultaneous-logins 1" not in site.state("plain")["running_config"]


def test_a_standby_unit_is_seen_on_entering(site: RunningLab) -> None:
    before = site.state("standby")["running_config"]
    with dial(site, "standby") as asa, pytest.raises(DeviceRefused) as caught:
        asa.configure((), "hostname changed")
    assert caught.value.code == "standby_unit"
    assert site.state("standby")["running_config"] == before


def test_after_a_command_without_an_answer_nothing_can_be_sent(site: RunningLab) -> None:
    with dial(site, "silent", seconds=1) as asa:
        with pytest.raises(DeviceUnreachable) as caught:
            asa.configure(GROUP, "vpn-simultaneous-logins 9")
        assert caught.value.code == "timeout_command"
        with pytest.raises(DeviceUnreachable, match="given up"):
            asa.configure(GROUP, "vpn-simultaneous-logins 9")


# --- against a script -----------------------------------------------------------------------------------------------

IN = {"configure terminal": ("", "fw(config)#"), "end": ("", "fw#")}
QUESTIONS = [
    "Proceed? [confirm]",
    "WARNING: all keys go.\nAre you sure you want to do this? [yes/no]: ",
    "Overwrite (y/n)? ",
    "Destination filename [startup-config]? ",
    "Password: ",
    "Would you like to enable anonymous error reporting? [Y]es, [N]o, [A]sk later: ",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_not_answered(question: str) -> None:
    asa, shell = session({**IN, "dangerous": (question, "")})
    with pytest.raises(DeviceRefused) as caught:
        asa.configure((), "dangerous")
    assert caught.value.code == "question_asked"
    with pytest.raises(DeviceUnreachable):
        asa.end_configuration()
    asa.cleanup()
    # Not even the `exit` of a log-off, which would be an answer.
    assert shell.typed == ["configure terminal", "dangerous"]


def test_the_question_of_the_configuration_mode_is_put_off_once() -> None:
    asked = QUESTIONS[-1]
    asa, shell = session({"configure terminal": (asked, ""), "A": ("", "fw(config)#")})
    assert asa.configure((), "hostname fw") == ""
    assert shell.typed == ["configure terminal", "A", "hostname fw"]
    asa, shell = session({"configure terminal": (asked, ""), "A": (asked, "")})
    with pytest.raises(DeviceRefused) as caught:
        asa.configure((), "hostname fw")
    assert caught.value.code == "question_asked"
    assert shell.typed == ["configure terminal", "A"]


@pytest.mark.parametrize(
    ("line", "answer", "prompt"),
    [
        ("group-policy GP attributes", "", "fw(config)#"),
        ("group-policy GP attributes", "", "fw#"),
        ("group-policy GP attributes", "", "fw(config-tunnel-webvpn)#"),
        ("group-policy GP attributes", "ERROR: group-policy GP does not exist\n", "fw(config)#"),
        ("group-policy GP attributes", "Command authorization failed\n", "fw(config)#"),
        ("tunnel-group TG webvpn-attributes", "", "fw(config-group-policy)#"),
        ("dynamic-access-policy-record R", "", "fw(config)#"),
    ],
)
def test_a_line_that_leads_elsewhere(line: str, answer: str, prompt: str) -> None:
    asa, shell = session({**IN, line: (answer, prompt)})
    with pytest.raises(ModeRefused) as caught:
        asa.configure((line,), "action continue")
    assert caught.value.code == "mode_refused"
    assert "action continue" not in shell.typed


def test_a_block_is_entered_once_and_left_before_the_next() -> None:
    def reply(line: str) -> tuple[str, str]:
        prompts = {
            "configure terminal": "fw(config)#",
            "exit": "fw(config)#",
            "end": "fw#",
            GROUP[0]: "fw(config-group-policy)#",
        }
        prompts["dynamic-access-policy-record R"] = "fw(config-dynamic-access-policy-record)#"
        return "", prompts.get(line, shell.prompt)

    asa, shell = session(reply)
    asa.configure(GROUP, "one")
    asa.configure(GROUP, "two")
    asa.configure((), "dynamic-access-policy-record R")
    asa.configure(("dynamic-access-policy-record R",), "action continue")
    asa.configure((), "three")
    asa.save()
    assert shell.typed == [
        "configure terminal", GROUP[0], "one", "two", "exit", "dynamic-access-policy-record R", "exit",
        "dynamic-access-policy-record R", "action continue", "exit", "three", "end", "write memory",
    ]  # fmt: skip


def test_modes_that_never_end() -> None:
    asa, shell = session({"configure terminal": ("", "fw(config)#"), "odd": ("", "fw(config-odd)#"),
                          "exit": ("", "fw(config-odd)#")})  # fmt: skip
    asa.configure((), "odd")
    with pytest.raises(DeviceRefused) as caught:
        asa.configure((), "three")
    assert caught.value.code == "mode_lost"
    assert "three" not in shell.typed


def test_an_account_that_may_not_configure() -> None:
    asa, _shell = session({"configure terminal": ("Command authorization failed\n", "fw#")})
    with pytest.raises(DeviceRefused) as caught:
        asa.configure((), "hostname x")
    assert caught.value.code == "configure_refused"


def test_a_role_that_changes_with_the_command() -> None:
    asa, shell = session(
        {"configure terminal": ("", "fw/pri/act(config)#"), "x": ("", "fw/pri/stby(config)#")}, "fw/pri/act#"
    )
    with pytest.raises(DeviceRefused) as caught:
        asa.configure((), "x")
    assert caught.value.code == "role_changed"
    with pytest.raises(DeviceUnreachable):
        asa.configure((), "y")
    assert "y" not in shell.typed


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_are_known(question: str) -> None:
    assert question_of(f"some text\n{question}")
    # One that stands in the middle has been passed already.
    assert question_of(f"{question}\nfw(config)# ") == ""


@pytest.mark.parametrize("text", ["", "fw# ", "INFO: is it so?\n", "WARNING: [yes/no] was asked.", "access-list a [1]"])
def test_what_is_no_question(text: str) -> None:
    assert question_of(text) == ""


@given(st.text(max_size=600))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert "\n" not in question_of(text)
