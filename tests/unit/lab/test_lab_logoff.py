"""vpn-sessiondb logoff on a device, with the sessions that a scenario states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab.device import Device
from lab.scenario import SessionSpec

Talk = Callable[..., str]
Make = Callable[..., Device]

SESSIONS: list[dict[str, Any]] = [
    {"user": "one", "assigned_ip": "10.10.10.1", "tunnel_group": "Phones"},
    {"user": "two", "assigned_ip": "10.10.10.2", "tunnel_group": "Staff", "kind": "pc"},
    {"user": "two", "assigned_ip": "10.10.10.3", "tunnel_group": "Phones"},
]


def users(device: Device) -> list[str]:
    return [session["assigned_ip"][-1] for session in device.snapshot()["vpn_sessions"]]


@pytest.mark.parametrize(
    ("command", "said", "left"),
    [
        ("name two", 'with name "two" logged off : 2', ["1"]),
        ('name "one"', 'with name "one" logged off : 1', ["2", "3"]),
        ("name nobody", 'with name "nobody" logged off : 0', ["1", "2", "3"]),
        ("tunnel-group Phones", 'of TunnelGroup "Phones" logged off : 2', ["2"]),
        ("index 17", "with Index 17 logged off : 1", ["1", "3"]),
        ("all", 'of type "" logged off : 3', []),
        ("anyconnect", 'of type "anyconnect" logged off : 3', []),
    ],
)
def test_who_goes(make_device: Make, talk: Talk, command: str, said: str, left: list[str]) -> None:
    device = make_device(sessions=SESSIONS)
    ended: list[SessionSpec] = []
    device.on_end = lambda context, gone: ended.extend(gone)
    assert f"INFO: Number of sessions {said}\n" in talk(device, f"vpn-sessiondb logoff {command} noconfirm")
    assert users(device) == left
    assert len(ended) == 3 - len(left)


@pytest.mark.parametrize(("key", "left"), [("", ["2", "3"]), ("y", ["2", "3"]), ("n", ["1", "2", "3"])])
def test_the_question(make_device: Make, talk: Talk, key: str, left: list[str]) -> None:
    device = make_device(sessions=SESSIONS)
    text = talk(device, "vpn-sessiondb logoff name one", key)
    assert "Do you want to logoff the VPN session(s)? [confirm]" in text
    assert users(device) == left
    assert ("logged off" in text) == (key != "n")


@pytest.mark.parametrize("command", ["index one", "name", "", "name one later"])
def test_what_is_refused(make_device: Make, talk: Talk, command: str) -> None:
    device = make_device(sessions=SESSIONS)
    assert "ERROR: % " in talk(device, f"vpn-sessiondb logoff {command}")
    assert len(users(device)) == 3


def test_a_session_keeps_its_index(make_device: Make, talk: Talk) -> None:
    device = make_device(sessions=SESSIONS)
    talk(device, "vpn-sessiondb logoff index 12 noconfirm")
    shown = talk(device, "show vpn-sessiondb anyconnect filter tunnel-group Phones")
    assert [line.split()[-1] for line in shown.splitlines() if line.startswith("Username")] == ["22"]
    assert device.system.new_index() == 27


def test_the_log_says_who_did_it(make_device: Make, talk: Talk) -> None:
    device = make_device(sessions=SESSIONS)
    talk(device, "conf t", "logging enable", "logging buffered informational", "end")
    talk(device, "vpn-sessiondb logoff name one noconfirm")
    text = talk(device, "show logging")
    assert "%ASA-4-113019: Group = Phones, Username = one, IP = 198.51.100.10, Session disconnected." in text
    assert "Reason: Administrator Reset" in text
