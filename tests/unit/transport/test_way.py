"""The user's OpenSSH configuration: where it leads, and what becomes of the command that leads there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, DeviceUnreachable
from ansible.module_utils.vpnphone.transport.way import Tunnel, Way, way_to
from hypothesis import given
from hypothesis import strategies as st

JUMP = ("ssh", "-F", "CONFIG", "-o", "BatchMode=yes")
OTHER = "Host other\n  ProxyJump nowhere\n  Port 99\n  User nobody\n"


def words(path: Path, way: Way) -> tuple[str, ...]:
    return tuple("CONFIG" if word == str(path) else word for word in way.command)


@pytest.mark.parametrize(
    ("text", "given", "expected"),
    [
        pytest.param("", ("asa1", 22, "me"), ("asa1", 22, "me", ()), id="nothing said"),
        pytest.param(OTHER, ("asa1", 22, "me"), ("asa1", 22, "me", ()), id="of another host"),
        pytest.param(
            "Host asa*\n HostName 192.0.2.1\n Port 2022\n User net\n",
            ("asa1", 22, ""),
            ("192.0.2.1", 2022, "net", ()),
            id="all from the file",
        ),
        pytest.param(
            "Host asa*\n HostName 192.0.2.1\n Port 2022\n User net\n",
            ("asa1", 8022, "me"),
            ("192.0.2.1", 8022, "me", ()),
            id="the inventory wins",
        ),
        pytest.param(
            "Host asa1\n ProxyJump jump\n",
            ("asa1", 22, "me"),
            ("asa1", 22, "me", (*JUMP, "-W", "asa1:22", "--", "jump")),
            id="one jump",
        ),
        pytest.param(
            "Host asa1\n ProxyJump a,me@b:2200, c:22\n",
            ("asa1", 8022, "me"),
            ("asa1", 8022, "me", (*JUMP, "-J", "a,me@b:2200", "-W", "asa1:8022", "--", "ssh://c:22")),
            id="three jumps",
        ),
        pytest.param(
            "Host asa1\n HostName 2001:db8::1\n ProxyJump [2001:db8::9]:22\n",
            ("asa1", 22, "me"),
            ("2001:db8::1", 22, "me", (*JUMP, "-W", "[2001:db8::1]:22", "--", "ssh://[2001:db8::9]:22")),
            id="IPv6",
        ),
        pytest.param(
            "Host asa1\n ProxyCommand nc -X 5 -x 'a b' %h %p %r\n",
            ("asa1", 8022, "me"),
            ("asa1", 8022, "me", ("nc", "-X", "5", "-x", "a b", "asa1", "8022", "me")),
            id="a command, with the port and user of the inventory",
        ),
        pytest.param(
            "Host asa1\n ProxyCommand none\nHost *\n ProxyCommand nc %h %p\n ProxyJump jump\n",
            ("asa1", 22, "me"),
            ("asa1", 22, "me", ()),
            id="no command for this one",
        ),
        pytest.param(
            "Host asa1\n ProxyJump none\nHost *\n ProxyJump jump\n",
            ("asa1", 22, "me"),
            ("asa1", 22, "me", ()),
            id="no jump for this one",
        ),
    ],
)
def test_ways(tmp_path: Path, text: str, given: tuple[str, int, str], expected: tuple[object, ...]) -> None:
    path = tmp_path / "a config"
    path.write_text(text, encoding="utf-8")
    way = way_to(path, *given)
    assert (*way[:3], words(path, way)) == expected


def test_includes_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relative to ~/.ssh, by pattern, in order; what follows stays in its block; what is not there is passed over."""
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".ssh" / "config.d"
    folder.mkdir(parents=True)
    (folder / "1").write_text("Host asa1\n HostName 192.0.2.1\n", encoding="utf-8")
    (folder / "2").write_text("Host asa1\n HostName 192.0.2.2\n ProxyJump jump\n", encoding="utf-8")
    path = tmp_path / ".ssh" / "config"
    path.write_text('Host asa2\n Include config.d/* "~/no where"\n User two\nHost *\n User all\n', encoding="utf-8")
    assert way_to(path, "asa1", 22, "")[:3] == ("192.0.2.1", 22, "all")
    assert way_to(path, "asa1", 22, "").command[-1] == "jump"
    assert way_to(path, "asa2", 22, "")[:3] == ("asa2", 22, "two")


def test_a_loop_of_includes_ends(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(f"Include {path}\nHost asa1\n User me\n", encoding="utf-8")
    assert way_to(path, "asa1", 22, "").user == "me"


@pytest.mark.parametrize(
    "text",
    [
        "Host asa1\n Port many\n",
        "Host asa1\n Port\n",
        "Host 'asa1\n",
        "ProxyJump -oProxyCommand=x\n",
        "ProxyJump a,,b\n",
        "ProxyCommand 'nc\n",
        "Include 'x\n",
        "Match sometimes\n User x\n",
    ],
)
def test_what_cannot_be_used_is_one_clear_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        way_to(path, "asa1", 22, "")
    assert refused.value.code == "ssh_config"
    assert refused.value.where == str(path)


KEYS = st.sampled_from(["Host", "Match host", "HostName", "Port", "User", "ProxyJump", "ProxyCommand", "Include", "#"])
LINES = st.tuples(KEYS, st.text(st.characters(exclude_characters="~/"), max_size=20)).map(" ".join)


@given(st.lists(LINES | st.text(max_size=30), max_size=12).filter(lambda lines: "exec" not in " ".join(lines)))
def test_any_text_gives_a_way_or_one_error(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "any-config"
    path.write_text("\n".join(lines), encoding="utf-8", errors="replace")
    try:
        way = way_to(path, "asa1", 22, "me")
    except BadInput as refused:
        assert refused.code == "ssh_config"
    else:
        assert isinstance(way, Way)


# --- the command that leads there -----------------------------------------------------------------------------------


def python(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


def test_bytes_go_both_ways_and_the_end_is_seen() -> None:
    tunnel = Tunnel(python("import os; os.write(1, os.read(0, 9)[::-1])"), "asa1")
    tunnel.socket.sendall(b"ping")
    assert tunnel.socket.recv(9) == b"gnip"
    assert tunnel.socket.recv(9) == b""
    assert tunnel.close() == ""


def test_the_last_complaint_is_told_without_control_characters() -> None:
    tunnel = Tunnel(python("import sys; sys.stderr.write('warned\\nrefused \\x1b[2J\\n\\n')"), "asa1")
    assert tunnel.socket.recv(9) == b""
    assert tunnel.close() == "refused ?[2J"


def test_a_command_that_stays_is_ended() -> None:
    tunnel = Tunnel(python("import os, time; os.write(1, b'here'); time.sleep(600)"), "asa1")
    assert tunnel.socket.recv(9) == b"here"
    assert tunnel.close() == ""
    assert tunnel.socket.fileno() == -1


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DeviceUnreachable, match="cannot be run: /nonexistent/nc: No such file") as refused:
        Tunnel(("/nonexistent/nc", "asa1", "22"), "asa1")
    assert refused.value.code == "jump_failed"
