"""Logs of both sides, from files or texts, to the messages that mean something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..model.diagnosis import LogEvent, LogSource, Side

# Events kept of all files together; the newest win.
MAX_EVENTS = 20_000


class Input(NamedTuple):
    """A file to read. device, side: what the caller knows; else taken from the content, then from the path."""

    path: Path
    device: str = ""
    side: Side | None = None


class Reading(NamedTuple):
    """sources: as given. events: by side and device, oldest first, `order` counts them. notes: what was left out."""

    sources: tuple[LogSource, ...]
    events: tuple[LogEvent, ...]
    notes: tuple[str, ...] = ()


def read_logs(inputs: Sequence[Input]) -> Reading:
    """BadInput (logs_missing) for a path that is not there."""
    raise NotImplementedError


def read_texts(texts: Mapping[str, str | bytes], device: str = "", side: Side | None = None) -> Reading:
    """The same of texts by name; device and side as in Input, for all of them."""
    raise NotImplementedError
