"""A phone's web server on loopback: read only, one page a connection."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from ..loopback import Loopback
from . import pages

if TYPE_CHECKING:
    from .phone import Phone

_SECONDS = 10.0


class WebPages:
    """Opens and closes as web access in the phone's file says; the port stays the same."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._loopback = Loopback(self._talk)

    @property
    def port(self) -> int:
        return self._loopback.port

    @property
    def open(self) -> bool:
        return self._loopback.is_open

    async def switch(self, on: bool) -> None:
        if on and not self.open:
            await self._loopback.open()
        elif not on:
            self.close()

    def close(self) -> None:
        self._loopback.close()

    async def end(self) -> None:
        """The lab ends: every connection with it."""
        await self._loopback.end()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_SECONDS):
            head = await reader.readuntil(b"\r\n\r\n")
            words = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
            writer.write(self._answer(words))
            await writer.drain()

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
