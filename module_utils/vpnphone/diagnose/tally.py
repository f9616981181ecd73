"""What is known of one file while it is read: counts of everything, and the newest of what means something."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ..model.diagnosis import Side
from .signature import Signature
from .unwrap import printable

# Events kept of all files together, and at most of one while it is read; the newest win.
MAX_EVENTS = 20_000
# Longer lines are cut; no message is so long.
MAX_LINE = 8192
_MAX_NAMES = 64


class Found(NamedTuple):
    """A message that means something. piece: which stretch of the phone's numbers it lies in. host: of its header.

    after_gap: as in LogEvent.
    """

    signature: str
    side: Side
    host: str
    line: int
    text: str
    at: datetime | None
    seconds: float | None
    number: str
    level: str
    fields: dict[str, str]
    piece: int = 0
    after_gap: bool = False


@dataclass
class Tally:
    """forms, hosts, owners: bounded, in the order in which they were met. owners: phones that a page names."""

    lines: int = 0
    size: int = 0
    recognised: int = 0
    foreign: int = 0
    events: deque[Found] = field(default_factory=lambda: deque(maxlen=MAX_EVENTS))
    forms: dict[str, None] = field(default_factory=dict)
    hosts: dict[str, None] = field(default_factory=dict)
    owners: dict[str, None] = field(default_factory=dict)

    def met(self, form: str = "", host: str = "", owner: str = "") -> None:
        for name, names in ((form, self.forms), (host, self.hosts), (owner, self.owners)):
            if name and len(names) < _MAX_NAMES:
                names[name] = None

    def keep(
        self,
        signature: Signature,
        fields: dict[str, str],
        text: str,
        line: int,
        *,
        host: str = "",
        at: datetime | None = None,
        seconds: float | None = None,
        number: str = "",
        level: str = "",
        piece: int = 0,
        after_gap: bool = False,
    ) -> None:
        self.recognised += 1
        fields = {name: printable(value, 1024) for name, value in fields.items()}
        self.events.append(
            Found(
                signature.id, signature.side, host, line, printable(text), at, seconds, number, level, fields, piece,
                after_gap,
            )
        )  # fmt: skip


def line_of(raw: bytes) -> str:
    """A line as text, without its end. Bytes that are no UTF-8 are shown as such."""
    return raw[:MAX_LINE].decode("utf-8", "replace").rstrip("\r\n")
