"""Applets of the embedded event manager as the configuration says them, and what is known of their runs (ASA 9.2(1)).

Words and layout follow Cisco's configuration guide and command reference [K].
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .configtree import Node

HEADER = "event manager applet "
_TIMER = re.compile(r"event timer (countdown|watchdog) time (\d+)")
_ACTION = re.compile(r'action (\d+) cli command "(.*)"')


@dataclass
class Hits:
    """How often something came about, and when last (the device's own UTC)."""

    count: int = 0
    last: datetime | None = None

    def strike(self, now: datetime) -> None:
        self.count += 1
        self.last = now


@dataclass
class AppletRuns:
    """Of one applet. lines: by event and action line; due: when a running timer strikes, by the loop's clock."""

    total: Hits = field(default_factory=Hits)
    lines: dict[str, Hits] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)
    file: str = ""

    def line(self, text: str) -> Hits:
        return self.lines.setdefault(text, Hits())


def applets(nodes: Sequence[Node]) -> dict[str, Node]:
    """The applets of a configuration, by name."""
    return {node.text.removeprefix(HEADER): node for node in nodes if node.text.startswith(HEADER)}


def timers(applet: Node) -> dict[str, tuple[str, int]]:
    """Its timers by their line: (countdown or watchdog, seconds)."""
    found = ((child.text, _TIMER.fullmatch(child.text)) for child in applet.children)
    return {text: (match[1], int(match[2])) for text, match in found if match}


def actions(applet: Node) -> list[tuple[str, str]]:
    """(line, command) in the order of their numbers."""
    found = [match for match in (_ACTION.fullmatch(child.text) for child in applet.children) if match]
    return [(match[0], match[2]) for match in sorted(found, key=lambda match: int(match[1]))]


def output(applet: Node) -> str:
    """What stands behind `output`; none where nothing is said."""
    return next((child.text[7:] for child in applet.children if child.text.startswith("output ")), "none")
