"""Pasting and deleting at the platform's command line, over SSH: one question is answered, and no other."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.change_cucm import NOT_TAKEN
from ansible.module_utils.vpnphone.errors import BadInput, VpnPhoneError
from ansible.module_utils.vpnphone.transport.cucm_os import PlatformCli
from ansible.module_utils.vpnphone.transport.cucm_os_write import delete_trust, import_trust

from tests.unit.renewal_cucm.kit import NEW
from tests.unit.transport.test_cucm_os import Script, login, node

PEM = NEW.note.pem
IMPORT, DELETE = "set cert import trust Phone-VPN", "set cert delete Phone-VPN a.pem"
STORED = "Successfully imported certificate for Phone-VPN.  Please restart services related to Phone-VPN\r\n"


class Node:
    """Says what a node says: at the command, at the empty line behind the pasted text, at a yes."""

    def __init__(self, at_command: str, at_end: str = "", at_yes: str = "") -> None:
        self.at_command, self.at_end, self.at_yes = at_command, at_end, at_yes

    def __call__(self, line: str) -> str:
        if line.startswith("set cert"):
            return f"{line}\r\n{self.at_command}"
        if line in ("", "yes"):
            return f"{line}\r\n{self.at_end if not line else self.at_yes}"
        return f"{line}\r\n{'admin:' if line.startswith('set cli') else ''}"


def session(folder: Path, script: Script, talk: Callable[[PlatformCli], str], **changed: int) -> tuple[str, list[str]]:
    with node(folder, script) as (port, server, lines):
        with PlatformCli(login(folder, port, **changed), name="cucm-1") as cli:
            words = talk(cli)
        assert server.left.wait(20)
        return words, lines


def failing(folder: Path, script: Script, talk: Callable[[PlatformCli], str], **changed: int) -> VpnPhoneError:
    with node(folder, script) as (port, _server, _lines):
        with pytest.raises(VpnPhoneError) as raised, PlatformCli(login(folder, port, **changed), name="cucm-1") as cli:
            talk(cli)
        assert raised.value.todo
        return raised.value


def paste(cli: PlatformCli) -> str:
    return import_trust(cli, "Phone-VPN", PEM)


def delete(cli: PlatformCli) -> str:
    return delete_trust(cli, "Phone-VPN", "a.pem")


@pytest.mark.parametrize(
    "question", ["Paste the Certificate and Hit Enter\r\n", "Paste the Certificate and Hit Enter: "]
)
def test_a_certificate_is_pasted_line_by_line(tmp_path: Path, question: str) -> None:
    words, lines = session(tmp_path, Node(question, f"\r\n{STORED}admin:"), paste)
    assert words == STORED.strip()
    assert lines == ["set cli pagination off", IMPORT, *PEM.splitlines(), "", "exit"]


class Pieces:
    """A channel that gives what it is told to, piece by piece, whatever was typed."""

    def __init__(self, *pieces: str) -> None:
        self.left = list(pieces)
        self.typed = ""

    def sendall(self, data: bytes) -> None:
        self.typed += data.decode()

    def recv(self, _size: int) -> bytes:
        return self.left.pop(0).encode()


def over(tmp_path: Path, *pieces: str) -> tuple[PlatformCli, Pieces]:
    """A session after its login, on such a channel."""
    cli, channel = PlatformCli.__new__(PlatformCli), Pieces(*pieces)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    vars(cli).update(_connection=login(tmp_path, 22), _name="cucm-1", _decoder=decoder, _shell=channel)
    return cli, channel


def test_a_prompt_drawn_before_the_echo_is_not_the_answer(tmp_path: Path) -> None:
    asks = f"{IMPORT}\r\nPaste the Certificate and Hit Enter\r\n"
    cli, channel = over(tmp_path, "\r\nadmin:", asks, f"{PEM}\r\n{STORED}", "admin:")
    assert paste(cli) == STORED.strip()
    assert channel.left == []
    assert channel.typed == f"{IMPORT}\n{PEM}\n"


@pytest.mark.parametrize(
    ("script", "talk", "code"),
    [
        (Node("Phone-VPN: no such unit\r\nExecuted command unsuccessfully\r\nadmin:"), paste, "command_refused"),
        (
            Node("Paste the Certificate and Hit Enter\r\n", "Bad\r\nExecuted command unsuccessfully\r\nadmin:"),
            paste,
            "command_refused",
        ),
        (
            Node("Paste the Certificate and Hit Enter\r\n", "Overwrite the existing one (yes/no)? "),
            paste,
            "question_unknown",
        ),
        (Node("Sure (y/n)? ", at_yes="Really sure (yes/no)? "), delete, "question_unknown"),
        (Node("a.pem: no such file\r\nExecuted command unsuccessfully\r\nadmin:"), delete, "command_refused"),
    ],
)
def test_what_a_node_refuses_or_asks_besides(
    tmp_path: Path, script: Script, talk: Callable[[PlatformCli], str], code: str
) -> None:
    assert failing(tmp_path, script, talk).code == code


@pytest.mark.parametrize("at", ["command", "end"])
def test_a_session_that_ends_in_the_middle_leaves_it_open(tmp_path: Path, at: str) -> None:
    told = Node("Paste the Certificate and Hit Enter\r\n")

    def script(line: str) -> str:
        return "close" if line == (IMPORT if at == "command" else "") else told(line)

    error = failing(tmp_path, script, paste)
    assert error.code == "session_closed"
    assert error.code not in NOT_TAKEN


def test_an_import_that_asks_for_nothing_is_said(tmp_path: Path) -> None:
    words, lines = session(tmp_path, Node("Nothing happened\r\nadmin:"), paste)
    assert "did not ask for the certificate" in words
    assert not any("BEGIN CERTIFICATE" in line for line in lines)


@pytest.mark.parametrize(
    "script",
    [
        Node("Successfully deleted a.pem\r\nadmin:"),
        Node("Do you really want to delete a.pem (yes/no)? ", at_yes="Successfully deleted a.pem\r\nadmin:"),
        Node("Continue [y/n]: ", at_yes="Successfully deleted a.pem\r\nadmin:"),
    ],
    ids=["at once", "asked", "asked otherwise"],
)
def test_a_deletion_with_or_without_a_question(tmp_path: Path, script: Script) -> None:
    words, lines = session(tmp_path, script, delete)
    assert words.endswith("Successfully deleted a.pem")
    assert lines[1] == DELETE
    assert lines[2:-1] in ([], ["yes"])


@pytest.mark.parametrize("unit", ["", "Phone VPN", "Phone-VPN\nset x", "-x", "a" * 90])
def test_a_unit_that_could_be_more_than_a_word_is_never_sent(unit: str) -> None:
    with pytest.raises(BadInput):
        import_trust(None, unit, PEM)  # nothing is dialled


@pytest.mark.parametrize("file", ["", "a b.pem", "a.pem;x", "../a.pem", "a.pem\nreboot", "a.der"])
def test_a_file_that_could_be_more_than_a_word_is_never_sent(file: str) -> None:
    with pytest.raises(BadInput):
        delete_trust(None, "Phone-VPN", file)  # nothing is dialled
