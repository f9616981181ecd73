"""The little of HTTP that an SSL VPN login needs, on both ends: bounded heads, no bodies beyond a form."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

MAX_HEAD = 16384
MAX_BODY = 65536


@dataclass(frozen=True)
class Message:
    """first: the words of the first line; headers by lower-case name (the last one wins)."""

    first: tuple[str, str, str]
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Inbox:
    """Reads messages one after the other from what `read` gives (b"" at the end)."""

    def __init__(self, read: Callable[[], Awaitable[bytes]]) -> None:
        self._read = read
        self._held = b""

    async def message(self) -> Message | None:
        """None at the end of the connection, or where what comes is no HTTP or too large."""
        while b"\r\n\r\n" not in self._held:
            if len(self._held) > MAX_HEAD or not await self._more():
                return None
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        words = lines[0].split(" ", 2)
        if len(words) != 3:
            return None
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        text = headers.get("content-length", "0")
        length = int(text) if text.isdecimal() and len(text) < 8 else MAX_BODY + 1
        if length > MAX_BODY:
            return None
        while len(self._held) < length:
            if not await self._more():
                return None
        body, self._held = self._held[:length], self._held[length:]
        return Message((words[0], words[1], words[2]), headers, body)

    async def _more(self) -> bool:
        data = await self._read()
        self._held += data
        return bool(data)


def render(first: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of a message; Content-Length is added."""
    lines = [first, *(f"{name}: {value}" for name, value in headers.items()), f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body
