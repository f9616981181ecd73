"""Ctrl-C and SIGTERM while a device is being changed: they end the change between two commands, with its way back."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType
from typing import Any, Protocol, Self

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop(Protocol):
    """wished: no further command of the plan is to be sent. Held while a device is being changed."""

    @property
    def wished(self) -> bool: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *trouble: object) -> None: ...


class Never:
    """Nobody can wish it."""

    wished = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *trouble: object) -> None:
        return None


class BySignal:
    """While it is held these signals are only noted; the first one is sent again behind it, to who was to get it.

    Outside of the main thread no signal arrives, and nothing is held back.
    """

    def __init__(self) -> None:
        self.wished = False
        self._came: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in SIGNALS}
        return self

    def __exit__(self, *trouble: object) -> None:
        for number, handler in self._before.items():
            # None: whoever set it was not Python.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if self._came is not None:
            os.kill(os.getpid(), self._came)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.wished = True
        self._came = self._came or number
