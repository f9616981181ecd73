"""What an ASA logs now: `show running-config logging` and `show debug` to what a collection may change. Pure."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import field

from ..model import Model
from ..parse.result import Unreadable
from ..parse.show_logging import LEVELS

# In the order in which they are set; `enable` last, so that nothing is written before the rest stands.
Key = Literal["buffer-size", "buffered", "timestamp", "debug-trace", "enable"]
KEYS: tuple[Key, ...] = ("buffer-size", "buffered", "timestamp", "debug-trace", "enable")
DEBUGGING = 7
# What an ASA keeps where no line says so.
DEFAULT_SIZE = 4096
_MAX_LINES = 2000
_MAX_LINE = 400
# Only what fits is ever typed back: a list's name is whatever somebody chose.
_FORMS: dict[Key, re.Pattern[str]] = {
    "buffer-size": re.compile(r"logging buffer-size [0-9]{1,9}"),
    "buffered": re.compile(r"logging buffered [A-Za-z0-9][A-Za-z0-9_.:-]{0,63}"),
    "timestamp": re.compile(r"logging timestamp(?: rfc5424)?"),
    "debug-trace": re.compile(r"logging debug-trace(?: persistent)?"),
    "enable": re.compile(r"logging enable"),
}
_KEY = re.compile(r"logging (buffer-size|buffered|timestamp|debug-trace|enable)(?= |$)")
# `debug webvpn anyconnect enabled at level 255`, `debug webvpn  enabled at level 1.` [K]; headings end with a colon.
_DEBUG = re.compile(
    r"(?:INFO: )?debug (?P<name>[a-z0-9][a-z0-9 /_-]{0,80}?) +(?:is )?enabled(?: at level [0-9]{1,3})?\W*"
)
_HEADING = re.compile(r"[A-Za-z][A-Za-z0-9 /_-]{0,60}:")


class Settings(Model, frozen=True, kw_only=True):
    """The logging part of the running configuration. lines: what a collection may change, by key, as printed; others:
    the rest of it.
    """

    lines: dict[Key, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()

    def line(self, key: Key) -> str:
        """As printed, "" where there is none."""
        return self.lines.get(key, "")

    def value(self, key: Key) -> str:
        """What stands behind the words of the key."""
        return self.line(key).removeprefix(f"logging {key}").strip()

    @property
    def size(self) -> int:
        """Bytes of the buffer."""
        return int(self.value("buffer-size") or DEFAULT_SIZE)

    @property
    def level(self) -> int | None:
        """What the buffer takes, 0 to 7; None where it takes nothing, or what a list says."""
        word = self.value("buffered")
        if word.isdecimal():
            return int(word) if int(word) <= DEBUGGING else None
        return LEVELS.index(word) if word in LEVELS else None


class Present(Model, frozen=True, kw_only=True):
    """All that is read before anything is changed, and again behind it.

    debugs: names of the debugs that are on; None where `show debug` was refused or not understood (untold says why).
    sessions: VPN sessions now, or at the peak since the ASA's start where that is more; None where it is not known.
    none_now: no session at all, so that nobody knows how many clients keep trying.
    saved: logging lines of the startup configuration, None where it cannot be seen.
    """

    settings: Settings
    debugs: tuple[str, ...] | None = ()
    untold: str = ""
    sessions: int | None = None
    none_now: bool = False
    saved: tuple[str, ...] | None = None
    svc: bool = False

    @property
    def debug_name(self) -> str:
        """Below 8.4 it is another word."""
        return "webvpn svc" if self.svc else "webvpn anyconnect"


def parse_settings(answer: str) -> Settings:
    """`show running-config logging`; an empty answer is one without any line. Unreadable for whatever could not be put
    back as it was.
    """
    lines: dict[Key, str] = {}
    others: list[str] = []
    for line in logging_lines(answer):
        match = _KEY.match(line)
        key = next((key for key in KEYS if match is not None and match[1] == key), None)
        if key is None:
            others.append(line)
        elif not _FORMS[key].fullmatch(line):
            raise Unreadable(f"`{line[:80]!a}` has a form that is not known here")
        elif key in lines:
            raise Unreadable(f"`logging {key}` stands there twice")
        else:
            lines[key] = line
    return Settings(lines=lines, others=tuple(others))


def logging_lines(answer: str) -> tuple[str, ...]:
    """The lines, each with single blanks. Unreadable where one is no line of the logging configuration."""
    rows = answer.split("\n", _MAX_LINES)
    if len(rows) > _MAX_LINES:
        raise Unreadable(f"it has more than {_MAX_LINES} lines")
    found = [" ".join(row[: _MAX_LINE + 1].split()) for row in rows]
    for line in found:
        if line and (not line.startswith(("logging ", "no logging ")) or len(line) > _MAX_LINE):
            raise Unreadable(f"{line[:80]!a} is no line of the logging configuration")
    return tuple(line for line in found if line)


def parse_debugs(answer: str) -> tuple[str, ...]:
    """`show debug`: what is on. Unreadable where a line may tell of one and is not understood."""
    found: list[str] = []
    for row in answer.split("\n", _MAX_LINES)[:_MAX_LINES]:
        line = " ".join(row[: _MAX_LINE + 1].split())
        match = _DEBUG.fullmatch(line)
        if match:
            found.append(match["name"])
        elif line and not _HEADING.fullmatch(line):
            raise Unreadable(f"{line[:80]!a} is not understood")
    return tuple(dict.fromkeys(found))


def is_on(answer: str, name: str) -> bool:
    """Whether `show debug` tells of that one, whatever else is printed in between."""
    lines = (" ".join(row[: _MAX_LINE + 1].split()) for row in answer.split("\n", _MAX_LINES))
    return any(match["name"] == name for line in lines if (match := _DEBUG.fullmatch(line)))
