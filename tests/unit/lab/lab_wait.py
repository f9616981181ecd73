"""Waiting for what a lab does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

_SECONDS = 60.0


def until(condition: Callable[[], object], seconds: float = _SECONDS) -> None:
    """Comes back as soon as the condition holds; the time is only there so that a broken lab does not hang the test."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what the test waits for did not come about"
        time.sleep(0.01)
