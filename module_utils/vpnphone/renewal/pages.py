"""The files that a renewal keeps beside its journal: preflight.json, gate-switch.json. Read whole or refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from ..errors import BadInput
from ..files import Damaged, read_json, write_private
from ..model import Model
from .switch_gate import SwitchGate

GATE_SWITCH = "gate-switch.json"
PREFLIGHT, PREFLIGHT_PAGE = "preflight.json", "preflight.md"
_MAX = 64 * 1024 * 1024

Page = TypeVar("Page", bound=Model)


def write_page(directory: Path, name: str, page: Model) -> Path:
    return write_private(directory / name, msgspec.json.format(msgspec.json.encode(page), indent=1) + b"\n")


def read_page(directory: Path, name: str, kind: type[Page]) -> Page | None:
    """None where it was not written yet. BadInput page_damaged."""
    path = directory / name
    try:
        return read_json(path, kind, _MAX, opener=_plainly)
    except Damaged as error:
        cause = error.__cause__
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(error)
        raise BadInput(
            f"the file cannot be read: {reason.rstrip('.')}.",
            where=str(path),
            todo="Remove it and let the same stage write it again.",
            code="page_damaged",
        ) from error


def _plainly(path: str, flags: int) -> int:
    """Follows no link, and waits for no pipe."""
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def read_switch_gate(directory: Path) -> SwitchGate | None:
    """What was foretold of the switch last; None where nothing was."""
    return read_page(directory, GATE_SWITCH, SwitchGate)
