"""The server's side of the terminal: echo, line editing, long lines, the pager."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

MORE = "<--- More --->"
_ERASE_MORE = "\r" + " " * 14 + "\r"
_MAX_LINE = 16384


class Hangup(Exception):
    """The client is gone, or the device closed the session."""


class Terminal:
    """Characters of one session. send takes what goes to the client; feed brings what comes from it."""

    def __init__(self, send: Callable[[bytes], None], width: Callable[[], int]) -> None:
        self._send = send
        self._width = width
        self._input = bytearray()
        self._output: list[str] = []
        self._waiter: asyncio.Future[None] | None = None
        self._closed = False
        self._after_return = False
        # Lines of a page; 0 switches the pager off.
        self.page = 24

    # --- from the client --------------------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        if len(self._input) < 1 << 20:
            self._input += data
        self._wake()

    def close(self) -> None:
        self._closed = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _data(self) -> None:
        """Wait until there is input."""
        while not self._input:
            self.flush()
            if self._closed:
                raise Hangup
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
            self._waiter = None

    async def key(self) -> str:
        """The next single character; what follows a carriage return belongs to it."""
        while True:
            await self._data()
            char = chr(self._input.pop(0))
            if self._after_return and char in "\n\0":
                self._after_return = False
                continue
            self._after_return = char == "\r"
            return char

    # --- to the client ----------------------------------------------------------------------------------------------

    def write(self, text: str) -> None:
        """Queue text; line feeds go out as CR LF. It leaves with the next flush or wait for input."""
        self._output.append(text.replace("\n", "\r\n"))

    def raw(self, data: bytes) -> None:
        self.flush()
        self._send(data)

    def flush(self) -> None:
        if self._output:
            self._send("".join(self._output).encode("utf-8", "replace"))
            self._output.clear()

    def discard(self) -> None:
        """Forget what has not left yet."""
        self._output.clear()

    # --- lines ------------------------------------------------------------------------------------------------------

    async def readline(self, prompt: str, *, echo: str | None = "") -> str:
        """One line, echoed as it comes. echo "*" hides the characters, None shows nothing."""
        self.write(prompt)
        prompt = prompt.rpartition("\n")[2]
        room = self._width() - len(prompt) - 1
        line = ""
        shift = 0
        while True:
            await self._data()
            quick = self._take_plain(max(room - len(line) + shift, 0) if echo == "" else _MAX_LINE - len(line))
            if quick:
                line += quick
                self._echo(quick, echo)
                continue
            char = await self.key()
            if char in "\r\n":
                if shift:
                    # The finished line is shown from its beginning, cut at the right edge.
                    self.write(f"\r{prompt}{line[: room - 1]}$")
                self.write("\n")
                return line
            if char in "\x08\x7f":
                if line:
                    line = line[:-1]
                    if echo is not None:
                        self.write("\x08 \x08")
            elif char == "\x15":
                if echo is not None:
                    self.write("\x08 \x08" * len(line[shift:]))
                line, shift = "", 0
            elif char == "\x17":
                kept = line.rstrip().rpartition(" ")[0]
                gone = len(line) - len(kept)
                self.write("\x08 \x08" * gone if echo is not None else "")
                line = kept
            elif char == "\x03":
                self.write("^C\n" if echo is not None else "\n")
                return ""
            elif char == "\x1a":
                self.write("^Z\n" if echo is not None else "\n")
                return "\x1a"
            elif char == "\x04" and not line:
                self.flush()
                raise Hangup
            elif char >= " " and len(line) < _MAX_LINE:
                line += char
                if echo == "" and len(line) - shift > room:
                    # The line moves left under a `$`, ten characters at a time, as the terminal is not wide enough.
                    shift = max(len(line) - room + 10, 1)
                    self.write(f"\r{prompt}${line[shift + 1 :]}{' ' * 10}" + "\x08" * 10)
                else:
                    self._echo(char, echo)

    def _take_plain(self, limit: int) -> str:
        """Printable characters at the head of the input, up to limit, taken at once: most input is like that."""
        if limit <= 0 or self._after_return:
            return ""
        count = 0
        stop = min(limit, len(self._input))
        while count < stop and 32 <= self._input[count] < 127:
            count += 1
        text = self._input[:count].decode("ascii")
        del self._input[:count]
        return text

    def _echo(self, text: str, echo: str | None) -> None:
        if echo is not None:
            self.write(echo * len(text) if echo else text)

    # --- answers ----------------------------------------------------------------------------------------------------

    async def answer(self, text: str) -> None:
        """Print an answer, through the pager if it is longer than a page."""
        if not self.page or text.count("\n") <= self.page:
            self.write(text)
            return
        lines = text.splitlines(keepends=True)
        shown = 0
        room = self.page
        while shown < len(lines):
            self.write("".join(lines[shown : shown + room]))
            shown += room
            if shown >= len(lines):
                return
            self.write(MORE)
            room = 0
            while not room:
                char = await self.key()
                if char == " ":
                    room = self.page
                elif char in "\r\n":
                    room = 1
                elif char in "qQ\x03":
                    self.write(_ERASE_MORE)
                    return
            self.write(_ERASE_MORE)
