"""The SSH port of one device: open, silent, refused, or shut for a while by a fault."""

from __future__ import annotations

import asyncio
import socket

import asyncssh

from . import ssh
from .device import Device


class Port:
    """on_down of the device shuts it; sessions that are open stay."""

    def __init__(self, device: Device, log: ssh.Log) -> None:
        self._device, self._log = device, log
        self._key: asyncssh.SSHKey | None = None
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._silent: asyncio.Server | None = None
        self._reserved: socket.socket | None = None
        self._reopening: asyncio.Task[None] | None = None

    async def open(self, key: asyncssh.SSHKey) -> None:
        """Listen with that host key."""
        self._key = key
        self._acceptor = await ssh.listen(self._device, key, self._log)
        self._device.on_down = self.shut

    async def open_silently(self) -> None:
        """Accept connections and never say a word."""
        self._silent = await ssh.listen_silently(self._device, self._log)

    def reserve(self) -> None:
        """Bound but not listening: the port stays the device's, and connecting to it is refused."""
        self._reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._reserved.bind(("127.0.0.1", self._device.port))
        self._device.port = self._reserved.getsockname()[1]

    def shut(self, seconds: float) -> None:
        """Refuse connections for so long; 0: for good."""
        if self._acceptor is None:
            return
        self._acceptor.close()
        self._acceptor = None
        self.reserve()
        if seconds:
            self._reopening = asyncio.get_running_loop().create_task(self._reopen(seconds))

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        if self._key is not None:
            self._release()
            await self.open(self._key)

    def _release(self) -> None:
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    async def close(self) -> None:
        if self._reopening is not None:
            self._reopening.cancel()
        self._release()
        if self._silent is not None:
            self._silent.close()
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
