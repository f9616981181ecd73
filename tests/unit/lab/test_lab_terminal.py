from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from lab.device import Device
from lab.terminal import Hangup, Terminal

Talk = Callable[..., str]
Make = Callable[..., Device]
ERASE = "\r" + " " * 14 + "\r"


def typed(*chunks: bytes, prompt: str = "fw# ", echo: str | None = "", width: int = 80) -> tuple[list[str], str]:
    """The lines read from these chunks of input, and what the client saw."""
    out: list[bytes] = []
    lines: list[str] = []

    async def run() -> None:
        terminal = Terminal(out.append, lambda: width)

        async def feed() -> None:
            for chunk in chunks:
                terminal.feed(chunk)
                await asyncio.sleep(0)
            terminal.close()

        feeder = asyncio.ensure_future(feed())
        try:
            while True:
                lines.append(await terminal.readline(prompt, echo=echo))
        except Hangup:
            await feeder

    asyncio.run(run())
    return lines, b"".join(out).decode("latin-1")


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"show clock\n"], ["show clock"]),
        ([b"show clock\r"], ["show clock"]),
        ([b"show clock\r\nexit\r\n"], ["show clock", "exit"]),
        ([b"show clock\r\0exit\r\0"], ["show clock", "exit"]),
        ([b"show ", b"clo", b"ck\r", b"\n", b"exit\n"], ["show clock", "exit"]),
        ([b"shx\x08ow\n"], ["show"]),
        ([b"shx\x7fow\n"], ["show"]),
        ([b"\x08\x08a\n"], ["a"]),
        ([b"garbage\x15exit\n"], ["exit"]),
        ([b"show clock\x17version\n"], ["showversion"]),
        ([b"half a line\x03exit\n"], ["", "exit"]),
        ([b"conf\x1a"], ["\x1a"]),
        ([b"tab\tbed\n"], ["tabbed"]),
        ([b"a\n\n\nb\n"], ["a", "", "", "b"]),
    ],
)
def test_lines(chunks: list[bytes], lines: list[str]) -> None:
    assert typed(*chunks)[0] == lines


def test_echo_follows_the_prompt() -> None:
    assert typed(b"ab\ncd\n")[1] == "fw# ab\r\nfw# cd\r\nfw# "
    assert typed(b"ab\n", echo="*", prompt="Password: ")[1] == "Password: **\r\nPassword: "
    assert typed(b"ab\n", echo=None, prompt="Password: ")[1] == "Password: \r\nPassword: "
    assert typed(b"ab\x08c\n")[1] == "fw# ab\x08 \x08c\r\nfw# "


def test_long_lines_scroll_under_a_dollar() -> None:
    line = "ssl cipher tlsv1.2 custom " + "A" * 70
    for chunks in ([line.encode() + b"\n"], [bytes([c]) for c in line.encode()] + [b"\n"]):
        lines, seen = typed(*chunks)
        assert lines == [line]
        # 80 columns, 4 of them for the prompt, and the last one stays free.
        assert seen.startswith(f"fw# {line[:75]}\rfw# $")
        assert f"\rfw# {line[:74]}$\r\nfw# " in seen
        assert line not in seen
    assert f"fw# {line}\r\nfw# " in typed(line.encode() + b"\n", width=511)[1]
    # The last length that fits is echoed as it is.
    fits = "x" * 75
    assert typed(fits.encode() + b"\n")[1] == f"fw# {fits}\r\nfw# "


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        (" ", 6),
        ("q", 3),
        ("\r\r\rq", 6),
        ("xyz q", 6),
    ],
)
def test_pager(keys: str, shown: int) -> None:
    out: list[bytes] = []
    text = "".join(f"line {number}\n" for number in range(1, 7 if keys == " " else 9))

    async def run() -> None:
        terminal = Terminal(out.append, lambda: 80)
        terminal.page = 3
        terminal.feed(keys.encode())
        await asyncio.wait_for(terminal.answer(text), 60)
        terminal.flush()

    asyncio.run(run())
    seen = b"".join(out).decode()
    assert seen.count("line ") == shown
    assert seen.startswith(f"line 1\r\nline 2\r\nline 3\r\n<--- More --->{ERASE}")
    if keys == "\r\r\rq":
        assert f"<--- More --->{ERASE}line 4\r\n<--- More --->{ERASE}line 5\r\n<--- More --->" in seen


def test_pager_of_a_session(make_device: Make, talk: Talk) -> None:
    device = make_device()
    text = talk(device, f"enable\n{device.enable_secret}\nshow running-config\nqshow clock", raw=True)
    page = text.split("show running-config\r\n", 1)[1].split("<--- More --->", 1)[0]
    assert page.count("\r\n") == 24
    assert f"<--- More --->{ERASE}fw# show clock\r\n" in text
    unpaged = talk(device, "show running-config")
    assert "More" not in unpaged
    # pager lines of the configuration hold for the next session, terminal pager only for this one.
    talk(device, "conf t", "pager lines 2")
    short = talk(device, f"enable\n{device.enable_secret}\nshow mode\nshow ssl\nq", raw=True)
    assert "Security context mode: single \r\nfw# " in short
    assert short.split("show ssl\r\n", 1)[1].split("<--- More --->")[0].count("\r\n") == 2
