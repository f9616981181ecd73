"""Waiting for what something else does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable

SECONDS = 180.0


def until(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Back as soon as the condition holds; the time is only there so that what hangs does not hang the test."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "what the test waits for did not come about"
        time.sleep(0.01)
