"""`show logging`: what the buffer is told to keep. Its lines are logs, and are read by diagnose/."""

from __future__ import annotations

import re
from typing import NamedTuple

# The settings stand above the first message; no release prints so many of them.
_HEAD_LINES = 60
_SETTING = re.compile(r"\s{0,8}(?P<name>Syslog|Timestamp|Buffer) logging: ?(?P<value>.{0,80})")
# Of syslog, by their numbers from 0 on.
LEVELS = (
    "emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational", "debugging",
)  # fmt: skip


class LoggingSettings(NamedTuple):
    """None: not said. level: of the buffer, 0 to 7; -1 where nothing is kept in it."""

    enabled: bool | None = None
    stamped: bool | None = None
    level: int | None = None


def parse_logging_settings(text: str) -> LoggingSettings:
    """The head of the answer; the wording of other releases is not proven [K], so what is not understood is None."""
    found: dict[str, str] = {}
    for line in text[: _HEAD_LINES * 200].splitlines()[:_HEAD_LINES]:
        if "%ASA-" in line:
            break
        match = _SETTING.match(line)
        if match:
            found.setdefault(match["name"], match["value"])
    return LoggingSettings(_switch(found.get("Syslog")), _switch(found.get("Timestamp")), _level(found.get("Buffer")))


def _switch(value: str | None) -> bool | None:
    word = (value or "").strip().lower()
    return {"enabled": True, "disabled": False}.get(word)


def _level(value: str | None) -> int | None:
    words = (value or "").replace(",", " ").lower().split()
    if words[:1] == ["disabled"]:
        return -1
    word = words[1] if len(words) > 1 and words[0] == "level" else ""
    return LEVELS.index(word) if word in LEVELS else None
