"""An SSH channel with a shell: what the ASAs' command line and CUCM's have in common."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncssh

from .terminal import Terminal


class ShellChannel(asyncssh.SSHServerSession[bytes]):
    """The terminal of one channel, and the task that talks on it. Commands and subsystems are refused."""

    def __init__(self) -> None:
        self.terminal: Terminal
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._task: asyncio.Task[None] | None = None

    async def talk(self) -> None:
        """The whole session; leave() ends it well."""
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        if self._channel is not None and not self._channel.is_closing():
            self._channel.write(data)

    def leave(self, status: int = 0) -> None:
        if self._channel is not None:
            self._channel.exit(status)

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: tuple[int, int, int, int], term_modes: Any) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def session_started(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self.talk())

    def data_received(self, data: bytes, datatype: int | None) -> None:
        self.terminal.feed(data)

    def eof_received(self) -> bool:
        self.end_of_input()
        return True

    def end_of_input(self) -> None:
        self.terminal.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end_of_input()
        if self._task is not None:
            self._task.cancel()
