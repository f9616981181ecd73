"""A TFTP server for reading (RFC 1350, with blksize, timeout and tsize of RFC 2347 to 2349) in the lab's loop."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass

RRQ, WRQ, DATA, ACK, ERROR, OACK = range(1, 7)
NOT_FOUND, ACCESS, ILLEGAL = 1, 2, 4
_BLOCK = 512
_TRIES = 5
_MOST_TRANSFERS = 500
# Blocks that a stalled transfer still sends.
_BEFORE_STALL = 1
_STALL_SECONDS = 300.0

Address = tuple[str, int]


@dataclass(frozen=True)
class Served:
    """What is sent: a content, or with `endless` that many bytes of nothing; stalls: the blocks stop coming."""

    content: bytes = b""
    endless: int = 0
    stalls: bool = False

    @property
    def size(self) -> int:
        return self.endless or len(self.content)

    def piece(self, start: int, length: int) -> bytes:
        if self.endless:
            return b"x" * max(0, min(length, self.endless - start))
        return self.content[start : start + length]


# None: there is no file of that name.
Find = Callable[[str], Served | None]


class TftpServer(asyncio.DatagramProtocol):
    """Takes the requests; every transfer gets a socket of its own, as the protocol wants it."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._transport: asyncio.DatagramTransport | None = None
        self._transfers: set[_Transfer] = set()
        self._opening: set[asyncio.Task[None]] = set()

    async def open(self, port: int) -> int:
        """Listen on loopback; returns the port. OSError where it is taken."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", port))
        self._transport = transport
        return int(transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        for task in self._opening:
            task.cancel()
        for transfer in list(self._transfers):
            transfer.end()
        if self._transport is not None:
            self._transport.close()
        self._transport = None

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if len(self._transfers) + len(self._opening) < _MOST_TRANSFERS:
            task = asyncio.get_running_loop().create_task(self._answer(data, addr))
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _answer(self, data: bytes, addr: Address) -> None:
        loop = asyncio.get_running_loop()
        transfer = _Transfer(addr, self._transfers)
        transport, _ = await loop.create_datagram_endpoint(lambda: transfer, local_addr=("127.0.0.1", 0))
        transfer.opened(transport)
        try:
            name, options = _request(data)
        except _Refused as refusal:
            transfer.refuse(refusal.code, refusal.text)
            return
        served = self._find(name)
        if served is None:
            transfer.refuse(NOT_FOUND, "File not found")
        else:
            transfer.start(served, options)


class _Refused(Exception):
    def __init__(self, code: int, text: str) -> None:
        self.code, self.text = code, text


def _request(data: bytes) -> tuple[str, dict[str, str]]:
    """(file name, options in lower case) of a read request. Raises _Refused."""
    kind = int.from_bytes(data[:2])
    if kind == WRQ:
        raise _Refused(ACCESS, "Access violation")
    parts = data[2:].split(b"\0")
    if kind != RRQ or len(parts) < 3 or parts[-1]:
        raise _Refused(ILLEGAL, "Illegal TFTP operation")
    name, mode, *rest = (part.decode("latin-1") for part in parts[:-1])
    if mode.lower() not in ("octet", "netascii"):
        raise _Refused(ILLEGAL, "Illegal TFTP operation")
    return name, {key.lower(): value for key, value in zip(rest[::2], rest[1::2], strict=False)}


class _Transfer(asyncio.DatagramProtocol):
    """One file on its way to one client; what is not acknowledged in time is sent again, five times."""

    def __init__(self, client: Address, others: set[_Transfer]) -> None:
        self._client = client
        self._others = others
        self._transport: asyncio.DatagramTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._served = Served()
        self._size = _BLOCK
        self._seconds = 1.0
        # The block that waits for its acknowledgement; 0 is the answer to options.
        self._block = 0
        self._last = b""
        self._tries = 0

    def opened(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport
        self._others.add(self)

    def end(self) -> None:
        self._others.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.close()
        self._transport = None

    def refuse(self, code: int, text: str) -> None:
        if self._transport is not None:
            self._transport.sendto(struct.pack(">HH", ERROR, code) + text.encode() + b"\0", self._client)
        self.end()

    def start(self, served: Served, options: dict[str, str]) -> None:
        self._served = served
        taken: dict[str, int] = {}
        size, seconds = options.get("blksize", ""), options.get("timeout", "")
        if size.isdecimal() and 8 <= int(size[:6]) <= 65464:
            self._size = taken["blksize"] = int(size[:6])
        if seconds.isdecimal() and 1 <= int(seconds[:4]) <= 255:
            taken["timeout"] = int(seconds[:4])
            self._seconds = float(taken["timeout"])
        if "tsize" in options:
            taken["tsize"] = served.size
        if taken:
            told = b"".join(f"{name}\0{value}\0".encode() for name, value in taken.items())
            self._send(struct.pack(">H", OACK) + told)
        else:
            self._next()

    def _next(self) -> None:
        self._block += 1
        if self._served.stalls and self._block > _BEFORE_STALL:
            # Nothing comes any more, not even a repetition.
            if self._timer is not None:
                self._timer.cancel()
            self._timer = asyncio.get_running_loop().call_later(_STALL_SECONDS, self.end)
            return
        piece = self._served.piece((self._block - 1) * self._size, self._size)
        self._send(struct.pack(">HH", DATA, self._block & 0xFFFF) + piece)

    def _send(self, packet: bytes) -> None:
        self._last, self._tries = packet, 0
        self._repeat()

    def _repeat(self) -> None:
        if self._transport is None:
            return
        self._tries += 1
        if self._tries > _TRIES:
            self.end()
            return
        self._transport.sendto(self._last, self._client)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._repeat)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if addr != self._client or len(data) < 4:
            return
        kind, number = struct.unpack_from(">HH", data)
        if kind == ERROR:
            self.end()
        elif kind == ACK and number == self._block & 0xFFFF:
            if self._block and len(self._last) < 4 + self._size:
                self.end()
            else:
                self._next()

    def error_received(self, exc: Exception) -> None:
        """The client's socket is gone."""
        self.end()
