"""A phone's web server on loopback: read only, one page a connection."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from . import pages

if TYPE_CHECKING:
    from .phone import Phone

_SECONDS = 10.0


class WebPages:
    """Opens and closes as web access in the phone's file says; the port stays the same."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def open(self) -> bool:
        return self._server is not None

    async def switch(self, on: bool) -> None:
        if on and self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]
        elif not on:
            self.close()

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def end(self) -> None:
        """The lab ends: every connection with it."""
        self.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None:
            return
        self._talks.add(task)
        try:
            await self._talk(reader, writer)
        except asyncio.CancelledError:
            # As in the ASAs' listeners: nobody awaits this task.
            pass
        finally:
            self._talks.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
                writer.write(self._answer(words))
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ConnectionError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def _answer(self, words: list[str]) -> bytes:
        if len(words) != 3 or words[0] not in ("GET", "HEAD"):
            return self._render(HTTPStatus.BAD_REQUEST, "text/plain", "")
        found = pages.page(self._phone, words[1])
        if found is None:
            return self._render(HTTPStatus.NOT_FOUND, "text/html", "<HTML><BODY>Not Found</BODY></HTML>\n")
        return self._render(HTTPStatus.OK, found[0], found[1] if words[0] == "GET" else "")

    def _render(self, status: HTTPStatus, kind: str, text: str) -> bytes:
        body = text.encode("utf-8", "replace")
        head = [
            f"HTTP/1.1 {status.value} {status.phrase}",
            f"Date: {format_datetime(datetime.now(UTC), usegmt=True)}",
            "Server: Allegro-Software-RomPager/4.34",
            f"Content-Type: {kind}",
            f"Content-Length: {len(body)}",
            "Connection: close",
        ]
        return "\r\n".join([*head, "", ""]).encode("latin-1") + body
