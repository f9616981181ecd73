"""Texts that several tests of the lab look for."""

from __future__ import annotations

import re

INVALID = "ERROR: % Invalid input detected at '^' marker.\n"


def answer(text: str, command: str, prompt: str = "fw# ") -> str:
    """What stands between the echo of a command and the next prompt."""
    start = text.index(f"{prompt}{command}\n") + len(prompt) + len(command) + 1
    rest = text[start:]
    found = re.search(r"^fw\S*[#>] ", rest, re.M)
    return rest[: found.start()] if found else rest
