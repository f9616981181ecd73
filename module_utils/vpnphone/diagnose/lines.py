"""A log in blocks of whole lines: stretches that mean nothing are passed over, other lines looked at one by one."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .tally import line_of


class LineLog(ABC):
    """The side says what is passed over, and what a line is."""

    def block(self, data: bytes, line: int) -> None:
        """line: number of the first line, from 1."""
        at, size = 0, len(data)
        while at < size:
            end = self._skipped(data, at)
            if end > at:
                line += data.count(b"\n", at, end)
            else:
                end = data.find(b"\n", at) + 1 or size
                self._line(line_of(data[at:end]), line)
                line += 1
            at = end

    @abstractmethod
    def _skipped(self, data: bytes, at: int) -> int:
        """The end of a stretch that means nothing, from there on; `at` where there is none."""

    @abstractmethod
    def _line(self, text: str, line: int) -> None: ...
