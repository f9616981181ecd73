"""debug, undebug and show debug; logging settings as an ASA keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lab import debug
from lab.device import Device
from lab.shell import Shell
from lab.terminal import Terminal
from tests.unit.lab.lab_texts import INVALID

Talk = Callable[..., str]
Make = Callable[..., Device]
LINES = (
    "Tunnel Group: TG, Client Cert Auth Success.",
    "WebVPN: CSD data not sent from client",
    "http_remove_auth_handle(): handle 24 not found!",
)
TRACED = "will not appear in any monitor session"


def logs_in(device: Device) -> None:
    context = device.contexts[""]
    debug.certificate(device, context, "TG", good=True)
    debug.no_csd(device, context)


def session(device: Device, *steps: str | Callable[[], None]) -> str:
    """What one session prints while other things happen between its commands."""
    out: list[bytes] = []

    async def run() -> None:
        terminal = Terminal(out.append, lambda: 200)
        shell = asyncio.ensure_future(Shell(device, terminal, device.spec.users[0]).run())
        for step in ("enable", device.enable_secret, *steps):
            if isinstance(step, str):
                terminal.feed(f"{step}\n".encode())
            else:
                step()
            for _ in range(20):
                await asyncio.sleep(0)
        terminal.close()
        await asyncio.wait_for(shell, 60)

    asyncio.run(run())
    return b"".join(out).decode().replace("\r\n", "\n")


def test_lines_come_between_prompts_to_the_session_that_wants_them(make_device: Make) -> None:
    device = make_device()
    text = session(device, "debug webvpn anyconnect 255", lambda: logs_in(device), "no debug webvpn anyconnect")
    assert "enabled at level 255.\nfw# " + "\n".join(LINES) + "\nno debug webvpn anyconnect\n" in text
    assert text.count(LINES[0]) == 1


def test_another_session_sees_none(make_device: Make) -> None:
    device = make_device()
    text = session(device, "debug crypto ca", lambda: logs_in(device))
    assert not any(line in text for line in LINES)


@pytest.mark.parametrize("off", ["no debug webvpn anyconnect", "no debug webvpn anyconnect 255", "undebug all",
                                 "undebug webvpn anyconnect", "no debug all"])  # fmt: skip
def test_it_is_switched_off(make_device: Make, off: str) -> None:
    device = make_device()
    text = session(device, "debug webvpn anyconnect 255", "show debug", off, "show debug", lambda: logs_in(device))
    assert text.count("debug webvpn anyconnect enabled at level 255\n") == 1
    assert LINES[0] not in text


def test_it_ends_with_its_session(make_device: Make, talk: Talk) -> None:
    device = make_device()
    talk(device, "debug webvpn anyconnect 255")
    assert debug.active(device.contexts[""]) == []
    assert "enabled at level" not in talk(device, "show debug")


def test_show_debug_tells_of_other_sessions(make_device: Make, talk: Talk) -> None:
    device = make_device()
    seen: list[str] = []

    async def two() -> None:
        terminal = Terminal(lambda data: None, lambda: 200)
        terminal.feed(f"enable\n{device.enable_secret}\ndebug crypto ca 5\n".encode())
        one = asyncio.ensure_future(Shell(device, terminal, device.spec.users[0]).run())
        for _ in range(20):
            await asyncio.sleep(0)
        seen.append(debug.show(device.contexts[""]))
        terminal.close()
        await one

    asyncio.run(two())
    assert seen == ["debug crypto ca enabled at level 5\n"]


def test_debug_trace_sends_them_to_the_log(make_device: Make) -> None:
    device = make_device()
    settings = ("configure terminal", "logging enable", "logging buffered debugging", "logging debug-trace", "end")
    text = session(
        device, *settings, "debug webvpn anyconnect 255", lambda: logs_in(device), "terminal pager 0", "show logging"
    )
    assert TRACED in text
    assert all(f"%ASA-7-711001: {line}\n" in text for line in LINES)
    assert "Debug-trace logging: enabled" in text


@pytest.mark.parametrize(
    ("version", "word", "other"), [("8.2(5)", "svc", "anyconnect"), ("9.16(4)", "anyconnect", "svc")]
)
def test_each_release_has_its_word(make_device: Make, talk: Talk, version: str, word: str, other: str) -> None:
    device = make_device(version=version)
    assert "enabled at level 1." in talk(device, f"debug webvpn {word}")
    assert INVALID in talk(device, f"debug webvpn {other}")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        (("logging buffered 7",), "logging buffered debugging\n"),
        (("logging buffered errors", "logging buffered debugging"), "logging buffered debugging\n"),
        (("logging buffered errors", "no logging buffered"), ""),
        (("logging buffer-size 1048576", "no logging buffer-size"), ""),
        (("logging buffer-size 4096",), ""),
        (("logging debug-trace persistent", "logging debug-trace"), "logging debug-trace\n"),
        (("logging timestamp rfc5424", "no logging timestamp"), ""),
    ],
)
def test_settings_of_the_log(make_device: Make, talk: Talk, typed: tuple[str, ...], shown: str) -> None:
    device = make_device()
    text = talk(device, "configure terminal", *typed, "end", "show running-config logging")
    assert text.split("show running-config logging\n")[1].rpartition("fw#")[0] == shown
