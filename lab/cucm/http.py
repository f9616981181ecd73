"""A small HTTP/1.1 server for the lab: bounded requests, answers from memory or as a stream, ended with the lab."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

_MAX_HEAD = 32 * 1024
_MAX_BODY = 4 * 1024 * 1024
_IDLE_SECONDS = 300.0


@dataclass(frozen=True)
class Request:
    """Header names in lower case; path without the query."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def account(self) -> tuple[str, str] | None:
        """User and password of Basic authentication; None without or with a broken one."""
        scheme, _, word = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, colon, password = base64.b64decode(word.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (user, password) if colon else None


@dataclass(frozen=True)
class Answer:
    """stream: sent after the body, without a length, until its end; the connection closes then.

    hang: nothing is sent at all, until the client gives up. cut: the connection closes without an answer.
    """

    status: int = 200
    body: bytes = b""
    kind: str = "text/html;charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    stream: AsyncIterator[bytes] | None = None
    hang: bool = False
    cut: bool = False


Handler = Callable[[Request], Awaitable[Answer]]


class _Bad(Exception):
    """What came is no request that is answered; status tells why."""

    def __init__(self, status: int) -> None:
        self.status = status


class HttpServer:
    """One listener on loopback."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def open(self, port: int, context: ssl.SSLContext | None = None) -> int:
        """Listen; returns the port. OSError where it is taken."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", port, ssl=context, limit=_MAX_HEAD)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is not None:
            self._server.close()
        talks = list(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._talks.add(task)
        try:
            while await self._talk(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, TimeoutError, asyncio.CancelledError):
            # The client is gone or said nothing more, or the lab ends.
            pass
        finally:
            self._talks.discard(task)
            # What is answered is sent; a client that does not read must not keep the lab waiting.
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; True where another may follow."""
        try:
            request = await asyncio.wait_for(_read(reader), _IDLE_SECONDS)
        except _Bad as bad:
            await _send(writer, Answer(bad.status), last=True)
            return False
        if request is None:
            return False
        answer = await self._handler(request)
        if answer.cut:
            return False
        if answer.hang:
            while await reader.read(4096):
                pass
            return False
        last = answer.stream is not None or request.headers.get("connection", "").lower() == "close"
        await _send(writer, answer, last=last, head_only=request.method == "HEAD")
        return not last


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """None at the end of the connection. Raises _Bad, OSError, IncompleteReadError."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise _Bad(431) from None
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise _Bad(400)
    fields = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in fields}
    if "transfer-encoding" in headers:
        raise _Bad(501)
    length = headers.get("content-length", "0")
    if not length.isdecimal() or len(length) > 9:
        raise _Bad(400)
    if int(length) > _MAX_BODY:
        raise _Bad(413)
    body = await reader.readexactly(int(length))
    return Request(words[0], words[1].partition("?")[0], headers, body)


async def _send(writer: asyncio.StreamWriter, answer: Answer, *, last: bool, head_only: bool = False) -> None:
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = ""
    lines = [f"HTTP/1.1 {answer.status} {reason}", f"Content-Type: {answer.kind}"]
    if answer.stream is None:
        lines.append(f"Content-Length: {len(answer.body)}")
    if last:
        lines.append("Connection: close")
    lines += [f"{name}: {value}" for name, value in answer.headers.items()]
    writer.write("\r\n".join((*lines, "", "")).encode("latin-1", "replace"))
    if not head_only:
        writer.write(answer.body)
    await writer.drain()
    if answer.stream is not None and not head_only:
        async for piece in answer.stream:
            writer.write(piece)
            await writer.drain()
    if last:
        writer.close()
        with contextlib.suppress(OSError):
            await asyncio.wait_for(writer.wait_closed(), 5)
