"""The files that a renewal keeps beside its journal: preflight.json, gate-switch.json. Read whole or refused."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

import msgspec

from ..errors import BadInput
from ..files import write_private
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
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            content = file.read(_MAX + 1)
        if len(content) > _MAX:
            raise ValueError(f"larger than {_MAX} bytes")
        return msgspec.json.decode(content, type=kind)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(
            f"the file cannot be read: {reason.rstrip('.')}.",
            where=str(path),
            todo="Remove it and let the same stage write it again.",
            code="page_damaged",
        ) from error


def read_switch_gate(directory: Path) -> SwitchGate | None:
    """What was foretold of the switch last; None where nothing was."""
    return read_page(directory, GATE_SWITCH, SwitchGate)
