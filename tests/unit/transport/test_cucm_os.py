"""The platform CLI: what is an answer, what is an error, and that one password is tried once."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.transport import cucm_os
from ansible.module_utils.vpnphone.transport.cucm_os import PlatformCli
from ansible.module_utils.vpnphone.transport.options import Connection

from tests.unit.transport.servers import listening

CANARY = "c4nary-s3cret"
KEY = paramiko.ECDSAKey.generate()
VERSION = "Active Master Version: 14.0.1.13900-155\r\nNo Installed Software Options Found.\r\n"
WELCOME = (
    "Command Line Interface is starting up, please wait ...\r\n\r\n"
    "   Welcome to the Platform Command Line Interface\r\n\r\nVMware Installation:\r\n\t2 vCPU: Intel\r\n\r\nadmin:"
)
# Command -> what the node sends for it, echo and prompt included.
Script = Callable[[str], str | None]


class Server(paramiko.ServerInterface):
    def __init__(self) -> None:
        self.passwords: list[str] = []
        self.shell = threading.Event()
        self.left = threading.Event()

    def check_auth_password(self, username: str, password: str) -> int:
        self.passwords.append(password)
        return paramiko.AUTH_SUCCESSFUL if password == CANARY else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_channel_pty_request(self, *_args: object, **_more: object) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        self.shell.set()
        return True


@contextlib.contextmanager
def node(folder: Path, script: Script, welcome: str = WELCOME) -> Iterator[tuple[int, Server, list[str]]]:
    """A node whose shell follows the script: (port, server, lines it got). None from the script: it says nothing."""
    server, lines = Server(), []

    def talk(connection: socket.socket) -> None:
        transport = paramiko.Transport(connection)
        transport.add_server_key(KEY)
        with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
            transport.start_server(server=server)
            channel = transport.accept(20)
            if channel is None or not server.shell.wait(20):
                return
            channel.sendall(welcome.encode())
            buffer = b""
            while data := channel.recv(1000):
                buffer += data
                while b"\n" in buffer:
                    line, _, buffer = buffer.partition(b"\n")
                    lines.append(line.decode())
                    if line == b"exit":
                        server.left.set()
                        return
                    reply = script(line.decode())
                    if reply == "close":
                        return
                    channel.sendall((reply or "").encode())
        transport.close()

    with listening(talk) as port:
        (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {KEY.get_name()} {KEY.get_base64()}\n")
        yield port, server, lines


def usual(line: str) -> str:
    answers = {"show version active": VERSION, "show cert list trust": "Phone-VPN-trust/a.pem: x\r\n"}
    return f"{line}\r\n{answers.get(line, '')}\r\nadmin:"


def login(folder: Path, port: int, password: str = CANARY, command_timeout: int = 20, **changed: Any) -> Connection:
    (folder / "ssh_config").touch()  # not the one of whoever runs this
    options = Connection(
        host="127.0.0.1",
        port=port,
        username="osadmin",
        password=password,
        enable_password=None,
        private_key_file=None,
        known_hosts=str(folder / "known_hosts"),
        ssh_config=str(folder / "ssh_config"),
        ssh_legacy=False,
        context=None,
        connect_timeout=20,
        command_timeout=command_timeout,
    )
    return options._replace(**changed)


def failing(folder: Path, script: Script, welcome: str = WELCOME, **changed: Any) -> VpnPhoneError:
    """The error of one session with one command; the password is nowhere in it."""
    with node(folder, script, welcome) as (port, _server, _lines):
        with pytest.raises(VpnPhoneError) as raised, PlatformCli(login(folder, port, **changed), name="cucm-1") as cli:
            cli.run("show version active")
        assert CANARY not in "".join(traceback.format_exception(raised.value)) + repr(raised.value.as_dict())
        assert raised.value.todo
        assert raised.value.where == "cucm-1"
        return raised.value


def test_show_commands_are_answered(tmp_path: Path) -> None:
    with node(tmp_path, usual) as (port, server, lines):
        with PlatformCli(login(tmp_path, port), name="cucm-1") as cli:
            assert cli.run("show version active").split("\n")[0] == "Active Master Version: 14.0.1.13900-155"
            assert cli.run("show cert list trust").strip() == "Phone-VPN-trust/a.pem: x"
        assert server.passwords == [CANARY]
        assert server.left.wait(20)
    assert lines == ["set cli pagination off", "show version active", "show cert list trust", "exit"]


def test_an_echo_drawn_by_a_line_editor_is_an_echo(tmp_path: Path) -> None:
    def script(line: str) -> str:
        return f"\x1b[?2004l{line[:5]}\x1b[K\r\x1b[Cadmin:{line}\r\r\n{VERSION}\x1b[0madmin:"

    with node(tmp_path, script) as (port, _server, _lines), PlatformCli(login(tmp_path, port), name="cucm-1") as cli:
        assert cli.run("show version active").startswith("Active Master Version")


NO_ANSWERS: dict[str, tuple[Callable[[str], str], str]] = {
    "refused": (lambda line: f"{line}\r\nExecuted command unsuccessfully\r\nNo command\r\nadmin:", "command_refused"),
    "other": (lambda line: f"other command\r\n{VERSION}admin:", "answer_not_framed"),
    "empty": (lambda line: "admin:", "answer_not_framed"),
    "pager": (lambda line: f"{line}\r\nx\r\nPress <enter> for 1 line, <space> for one page", "pager_stays_on"),
    "options": (lambda line: f"{line}\r\noptions: q=quit, n=next, p=prev (lines 1 - 20 of 30) :", "pager_stays_on"),
    "closed": (lambda line: "close", "session_closed"),
    "endless": (lambda line: f"{line}\r\n" + "a" * 10_000_000, "answer_too_long"),
}


@pytest.mark.parametrize("case", NO_ANSWERS)
def test_answers_that_are_none(tmp_path: Path, case: str) -> None:
    script, code = NO_ANSWERS[case]
    assert failing(tmp_path, script).code == code


def test_a_node_that_falls_silent(tmp_path: Path) -> None:
    error = failing(tmp_path, lambda line: None if line.startswith("show") else usual(line), command_timeout=1)
    assert error.code == "timeout_command"


def test_a_node_that_trickles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cucm_os, "MAX_TRICKLE", 0)
    # Every piece in time, and never a prompt.
    assert failing(tmp_path, lambda line: f"{line}\r\nmore").code == "timeout_command"


def test_a_node_without_a_prompt(tmp_path: Path) -> None:
    assert failing(tmp_path, usual, "please wait ...\r\n", command_timeout=1).code == "timeout_command"


def test_a_wrong_password_is_tried_once(tmp_path: Path) -> None:
    with node(tmp_path, usual) as (port, server, _lines):
        with pytest.raises(VpnPhoneError) as raised:
            PlatformCli(login(tmp_path, port, "not-the-one"), name="cucm-1")
        assert raised.value.code == "login_refused"
        assert "vpnphone_os_password" in raised.value.todo
        assert server.passwords == ["not-the-one"]
        assert "not-the-one" not in str(raised.value)


def test_an_unknown_host_key_gets_no_password(tmp_path: Path) -> None:
    with node(tmp_path, usual) as (port, server, _lines):
        (tmp_path / "known_hosts").write_text("")
        with pytest.raises(VpnPhoneError) as raised:
            PlatformCli(login(tmp_path, port), name="cucm-1")
        assert raised.value.code == "host_key_unknown"
        assert "SHA256:" in raised.value.what
        assert "show crypto key" not in raised.value.todo  # that would be an ASA's command
        assert server.passwords == []


def test_a_changed_host_key_gets_no_password(tmp_path: Path) -> None:
    with node(tmp_path, usual) as (port, server, _lines):
        other = paramiko.ECDSAKey.generate()
        (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{port} {other.get_name()} {other.get_base64()}\n")
        with pytest.raises(VpnPhoneError) as raised:
            PlatformCli(login(tmp_path, port), name="cucm-1")
        assert raised.value.code == "host_key_changed"
        assert server.passwords == []


def test_known_hosts_that_are_missing(tmp_path: Path) -> None:
    with pytest.raises(VpnPhoneError) as raised:
        PlatformCli(login(tmp_path, 1), name="cucm-1")
    assert raised.value.code == "file_missing"


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    (tmp_path / "known_hosts").write_text("")
    with pytest.raises(VpnPhoneError) as raised:
        PlatformCli(login(tmp_path, port), name="cucm-1")
    assert raised.value.code == "connection_refused"
    assert "vpnphone_os_port" in raised.value.todo


@pytest.mark.parametrize("talk", [lambda sock: None, lambda sock: sock.sendall(b"HTTP/1.1 400 Bad\r\n\r\n")])
def test_what_is_no_ssh_server(tmp_path: Path, talk: Callable[[socket.socket], None]) -> None:
    (tmp_path / "known_hosts").write_text("")
    with listening(talk) as port, pytest.raises(VpnPhoneError) as raised:
        PlatformCli(login(tmp_path, port), name="cucm-1")
    assert raised.value.code in ("session_closed", "ssh_failed")


def test_a_login_that_does_not_end(tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text("")

    def silent(sock: socket.socket) -> None:
        threading.Event().wait(30)

    with listening(silent) as port, pytest.raises(VpnPhoneError) as raised:
        PlatformCli(login(tmp_path, port, connect_timeout=1), name="cucm-1")
    assert raised.value.code == "timeout_connect"


def test_the_way_leads_through_the_ssh_configuration(tmp_path: Path) -> None:
    with node(tmp_path, usual) as (port, _server, _lines):
        connection = login(tmp_path, port, host="cucm-behind")
        script = tmp_path / "jump.py"
        script.write_text(
            f"""import os, socket, threading
sock = socket.create_connection(("127.0.0.1", {port}))
def up():
    while data := os.read(0, 65536):
        sock.sendall(data)
threading.Thread(target=up, daemon=True).start()
while data := sock.recv(65536):
    os.write(1, data)
"""
        )
        config = f"Host cucm-behind\n  HostName 127.0.0.1\n  ProxyCommand {sys.executable} {script}\n"
        (tmp_path / "ssh_config").write_text(config)
        with PlatformCli(connection, name="cucm-1") as cli:
            assert "14.0.1" in cli.run("show version active")


def test_a_jump_host_that_refuses_is_quoted(tmp_path: Path) -> None:
    (tmp_path / "known_hosts").write_text("")
    connection = login(tmp_path, 22, host="cucm-behind")
    (tmp_path / "ssh_config").write_text("Host *\n  ProxyCommand sh -c 'echo no way there >&2'\n")
    with pytest.raises(VpnPhoneError) as raised:
        PlatformCli(connection, name="cucm-1")
    assert raised.value.code == "jump_failed"
    assert "no way there" in raised.value.what
