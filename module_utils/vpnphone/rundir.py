"""The directory of one run: what was gathered of each device, then the reports made from it.

<reports>/<run id>/states/<device>.json   one Gathered a device
<reports>/<run id>/run.json ...           the reports (report/write.py)
<reports>/latest                          a link to the newest run
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from .controls.site import Declared
from .files import file_stem, private_directory, write_private
from .model import AsaState, Failure, Model

MAX_STATE = 64 * 1024 * 1024


class Gathered(Model, frozen=True, kw_only=True):
    """What one device gave: a state, or why there is none; and what the inventory declares of it."""

    device: str
    state: AsaState | None = None
    failure: Failure | None = None
    declared: Declared = Declared()


def write_gathered(directory: Path, gathered: Gathered) -> Path:
    """Keep what a device gave; the file is private."""
    states = private_directory(private_directory(directory) / "states")
    return write_private(states / f"{file_stem(gathered.device)}.json", msgspec.json.encode(gathered))


def read_gathered(directory: Path, device: str) -> Gathered:
    """What the device gave in this run; a file that is missing or damaged is a failure with its reason."""
    path = directory / "states" / f"{file_stem(device)}.json"
    try:
        if path.stat().st_size > MAX_STATE:
            raise ValueError(f"larger than {MAX_STATE} bytes")
        return msgspec.json.decode(path.read_bytes(), type=Gathered)
    except FileNotFoundError:
        what = "nothing was gathered in this run: its gather task did not run or did not end."
    except (OSError, ValueError) as error:
        what = f"the gathered state cannot be read ({error})."
    return Gathered(
        device=device,
        failure=Failure(code="not_gathered", what=what, todo="Look at the gather task's output and run again."),
    )


def read_all(directory: Path, devices: Iterable[str]) -> list[Gathered]:
    return [read_gathered(directory, device) for device in devices]
