"""SCP into and out of the flash, where `ssh scopy enable` stands: the protocol of `scp -t` and `scp -f`, one file each.

Needs a user of privilege 15 [K]. Faults strike the command `scp -t disk0:/NAME` (or -f): `refuse`, `drop_before`,
`drop` (in the middle, nothing is kept), `truncate` (two thirds are kept, and called a success), `drop_after`,
`hang_after`.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Callable

from . import strikes
from .device import Device
from .scenario import UserSpec
from .shows.misc import flash_path

_COPY = re.compile(rb"C[0-7]{4,5} (\d{1,10}) ([^/\n]{1,255})\n")
_MOST = 16 << 20


class Scp:
    """One transfer. send: what goes to the client; feed the reader with what comes from it."""

    def __init__(self, device: Device, log: Callable[..., None], send: Callable[[bytes], None]) -> None:
        self.reader = asyncio.StreamReader()
        self._device, self._log, self._send = device, log, send
        self._uploads = False
        self._path = ""

    def accepts(self, command: str, user: UserSpec | None) -> bool:
        """Whether the device takes that command line at all."""
        try:
            program, *options, path = shlex.split(command)
        except ValueError:
            return False
        letters = set("".join(option.lstrip("-") for option in options))
        good = program == "scp" and len(letters & set("tf")) == 1 and letters <= set("tfvpdq")
        allowed = bool(self._device.login_context.lines("ssh scopy enable"))
        self._uploads, self._path = "t" in letters, flash_path(path)
        good = good and allowed and user is not None and user.privilege == 15
        self._log("scp", command=self._line, granted=good)
        return good

    @property
    def _line(self) -> str:
        return f"scp -{'t' if self._uploads else 'f'} {self._path}"

    async def run(self) -> int:
        """The transfer; returns the exit status. Raises Drop."""
        device, names = self._device, (self._line,)
        device.commands += 1
        if device.fault("drop_before", *names):
            self._cut("drop_before")
        refusal = device.fault("refuse", *names)
        if refusal:
            return self._error(refusal.text or "Permission denied")
        try:
            failure = await (self._take() if self._uploads else self._give())
        except (asyncio.IncompleteReadError, ValueError):
            return 1
        if failure:
            return self._error(failure)
        return 0

    async def _take(self) -> str:
        """The client's file; returns what to refuse it with."""
        self._send(b"\0")
        line = await self.reader.readline()
        if line.startswith(b"T"):
            self._send(b"\0")
            line = await self.reader.readline()
        found = _COPY.fullmatch(line)
        if found is None:
            return "protocol error"
        size = int(found[1])
        path = self._path + found[2].decode("utf-8", "replace") if self._path.endswith("/") else self._path
        if size > _MOST:
            return f"{path}: No space left on device"
        self._send(b"\0")
        if self._device.fault("drop", self._line):
            await self.reader.readexactly(size // 2)
            self._cut("drop")
        data = await self.reader.readexactly(size)
        if await self.reader.readexactly(1) != b"\0":
            return "protocol error"
        if self._device.fault("truncate", self._line):
            data = data[: size * 2 // 3]
        self._device.flash[path] = data
        self._device.touch()
        await self._after()
        self._send(b"\0")
        await self.reader.read(1)
        return ""

    async def _give(self) -> str:
        await self.reader.readexactly(1)
        data = self._device.flash.get(self._path)
        if data is None:
            return f"{self._path}: No such file or directory"
        self._send(f"C0644 {len(data)} {self._path.rpartition('/')[2]}\n".encode())
        await self.reader.readexactly(1)
        self._send(data + b"\0")
        await self.reader.readexactly(1)
        return ""

    async def _after(self) -> None:
        if self._device.fault("hang_after", self._line):
            await strikes.silence(self._device, self._log, "hang_after", (self._line,))
        if self._device.fault("drop_after", self._line):
            self._cut("drop_after")

    def _cut(self, kind: str) -> None:
        strikes.cut(self._device, self._log, kind, (self._line,))

    def _error(self, text: str) -> int:
        self._send(f"\x01scp: {text}\n".encode())
        return 1
