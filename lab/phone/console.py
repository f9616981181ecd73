"""What a phone writes down: its console log in five rotating files, and its status messages."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

FILES = 5
_LINES = 96
_MESSAGES = 40


class Console:
    """The console log. Old phones number and stamp their lines, newer ones do neither (both as in the document)."""

    def __init__(self, *, stamped: bool, seed: str, offset: timedelta = timedelta()) -> None:
        """offset: of the phone's clock from the true time."""
        self._stamped, self._offset = stamped, offset
        # A phone has been up for a while: neither its lines nor its files begin at one.
        self._number = random.Random(seed).randint(100, 900)  # noqa: S311 - looks only
        self._files: deque[tuple[int, list[str]]] = deque([(self._number // 5, [])], maxlen=FILES)

    def write(self, text: str, *, level: str = "NOT", process: str = "VPNC") -> None:
        """level: NOT or ERR. text begins with the name of the function, where one is known."""
        number, lines = self._files[-1]
        if len(lines) >= _LINES:
            number, lines = number + 1, []
            self._files.append((number, lines))
        if self._stamped:
            lines.append(f"{self._number}: {level} {datetime.now(UTC) + self._offset:%H:%M:%S.%f} {process}: {text}")
        else:
            lines.append(f"{process}: -{text}")
        self._number += 1

    def write_all(self, lines: Iterable[tuple[str, str, str]]) -> None:
        """(level, process, text) each."""
        for level, process, text in lines:
            self.write(text, level=level, process=process)

    def files(self) -> dict[str, str]:
        """Names and texts, in the order of the phone's page: the newest two first, then the older ones."""
        logs = {f"log{number}": "".join(f"{line}\n" for line in lines) for number, lines in self._files}
        names = list(logs)
        shown = [*names[-2:], *names[:-2]]
        return {"fsck.fd0a.log": "", "fsck.fd1a.log": "", **{name: logs[name] for name in shown}}

    def text(self) -> str:
        """Every line that is still there, oldest first."""
        return "".join(f"{line}\n" for _, lines in self._files for line in lines)


class StatusMessages:
    """HH:MM:SS and a text; there is no date. The oldest fall out."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._lines: deque[str] = deque(maxlen=_MESSAGES)
        self._offset = offset

    def add(self, text: str) -> None:
        self._lines.append(f"{datetime.now(UTC) + self._offset:%H:%M:%S} {text}")

    def lines(self) -> tuple[str, ...]:
        return tuple(self._lines)
