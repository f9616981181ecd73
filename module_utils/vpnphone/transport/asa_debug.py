"""A session that waits for what an ASA prints by itself: the lines of a debug, between the prompts.

While a debug is on, an answer has no frame: its lines may stand before the echo and behind the prompt. So an answer is
what lies between the echo and the next line that begins with the prompt, and everything that came is kept beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ..errors import DeviceRefused
from .asa import MAX_DIALOGUE, MAX_SESSION
from .asa_config import ConfigSession
from .framing import is_echo, parse_prompt
from .options import Connection

# How long a wish to stop is not noticed, and a session that is only listened to is left without a key [K: an ASA ends
# one after five minutes].
_TICK = 0.5
KEY_SECONDS = 60.0
MAX_HEARD = 8 * 1024 * 1024


class DebugSession(ConfigSession):
    """heard(): all that came since the debug was switched on, as it came. full: more came than is kept."""

    def __init__(self, connection: Connection, *, name: str) -> None:
        self._came: list[str] = []
        self._size = 0
        super().__init__(connection, name=name)
        # What every prompt of the device begins with, whatever its role.
        self.base = self._at.base

    def listen(self, seconds: float, stop: Callable[[], bool]) -> None:
        """Keep what comes, until the time is over, stop() holds or enough came. Errors of the session pass through."""
        channel = self._shell
        now = time.monotonic()
        end, key = now + seconds, now + KEY_SECONDS
        while (now := time.monotonic()) < end and not stop() and not self.full:
            if now >= key:
                self._write("")
                key = now + KEY_SECONDS
            channel.settimeout(min(_TICK, end - now))
            try:
                data = channel.recv(65536)
            except TimeoutError:
                continue
            except OSError as error:
                raise self._far_end.closed("the debug was listened to") from error
            if not data:
                raise self._far_end.closed("the debug was listened to")
            self._keep(self._decoder.decode(data))

    def amid(self, command: str) -> str:
        """One command of the EXEC mode while lines come by themselves; its answer, those lines in it."""
        known = self._at
        self.prompt = None
        self._write(command)
        text = self._read_until(
            lambda seen: _answered(seen, command, known.base) is not None, f"the answer of `{command}`",
            limit=MAX_DIALOGUE, could_end=lambda tail: True,
        )  # fmt: skip
        self._pending = ""
        self._keep(text)
        found = _answered(text, command, known.base)
        if found is None:
            raise self._not_framed(command, text)
        answer, role = found
        if role != known.role:
            raise DeviceRefused(
                "the unit changed its failover role in the middle.",
                where=self.name,
                todo="Wait until `show failover` is stable and run again.",
                code="role_changed",
            )
        self.prompt = known
        return answer

    @property
    def full(self) -> bool:
        return self._size >= MAX_HEARD

    def heard(self) -> str:
        return "".join(self._came)

    def _keep(self, piece: str) -> None:
        self._received += len(piece)
        self._came.append(piece[: max(MAX_HEARD - self._size, 0)])
        self._size += len(piece)
        if self._received > MAX_SESSION:
            raise DeviceRefused(
                "the debug prints more than is ever kept.", where=self.name, code="answer_too_long",
                todo="Collect for a shorter time, or without debug.",
            )  # fmt: skip


def _answered(text: str, command: str, base: str) -> tuple[str, str] | None:
    """(what lies between echo and prompt, the prompt's role); None while the prompt has not come."""
    start = 0
    behind = -1
    while start <= len(text):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        prompt = _prompt_of(line, base)
        if behind < 0:
            rest = line if prompt is None else line[line.index(prompt[0]) + len(prompt[0]) :]
            if end >= 0 and is_echo(rest.strip(), command):
                behind = end + 1
        elif prompt is not None:
            return text[behind:start], prompt[1]
        if end < 0:
            return None
        start = end + 1
    return None


def _prompt_of(line: str, base: str) -> tuple[str, str] | None:
    """(text, role) of the prompt that the line begins with."""
    for mark in "#>":
        place = line.find(mark, 0, 300)
        found = parse_prompt(line[: place + 1]) if place >= 0 else None
        if found is not None and found.base == base:
            return found.text, found.role
    return None
