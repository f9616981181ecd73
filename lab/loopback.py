"""A TCP port on loopback that may close and open again, and the connections that came through it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
# A client that goes away, falls silent, or says what nobody understands.
_GONE = (TimeoutError, ConnectionError, EOFError, asyncio.LimitOverrunError)


class Loopback:
    """talk serves one connection, which is closed behind it; quiet: its further ways to end without a word."""

    def __init__(self, talk: Talk, *quiet: type[Exception]) -> None:
        self.port = 0
        self._talk = talk
        self._quiet = (*_GONE, *quiet)
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def is_open(self) -> bool:
        return self._server is not None

    async def open(self) -> None:
        """Listen, on the port of the time before if there was one. OSError where it is taken."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def close(self) -> None:
        """Listen no more; who is connected stays."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def served(self) -> None:
        """No connection is open any more."""
        while self._talks:
            await asyncio.wait(self._talks)

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
        # The lab ends by cancelling: nobody awaits this task, and asyncio would complain of one that was cancelled.
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await self._serve(reader, writer)
        finally:
            self._talks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(*self._quiet):
                await self._talk(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
