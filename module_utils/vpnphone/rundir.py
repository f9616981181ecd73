"""The directory of one run: what was gathered of each device, then the reports made from it.

<reports>/<run id>/states/<device>.json   one Gathered a device
<reports>/<run id>/run.json ...           the reports (report/write.py)
<reports>/latest                          a link to the newest run
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from .controls.site import Declared
from .files import file_stem, private_directory, secure_directory, write_private
from .model import AsaState, Failure, Model

MAX_STATE = 64 * 1024 * 1024
FILE_NAMES: dict[str, str] = {
    "json": "run.json",
    "junit": "junit.xml",
    "html": "report.html",
    "markdown": "report.md",
    "csv": "findings.csv",
    "summary": "summary.json",
}
# By one of these the directory of a run is known.
_OF_A_RUN = frozenset({"states", "ansible.log", *FILE_NAMES.values()})


class Gathered(Model, frozen=True, kw_only=True):
    """What one device gave: a state, or why there is none; and what the inventory declares of it."""

    device: str
    state: AsaState | None = None
    failure: Failure | None = None
    declared: Declared = Declared()


def own_directory(directory: Path) -> Path:
    """The run's directory, made where it is missing, ours alone. BadInput where that cannot be had."""
    return secure_directory(private_directory(directory), _OF_A_RUN)


def forget_gathered(directory: Path, device: str) -> None:
    """Take away what an older run of the same id left: should this gather die, its state is not this run's."""
    with contextlib.suppress(OSError):
        _state_file(directory, device).unlink()


def write_gathered(directory: Path, gathered: Gathered) -> Path:
    """Keep what a device gave; file and directory are private."""
    private_directory(own_directory(directory) / "states")
    return write_private(_state_file(directory, gathered.device), msgspec.json.encode(gathered))


def _state_file(directory: Path, device: str) -> Path:
    return directory / "states" / f"{file_stem(device)}.json"


def read_gathered(directory: Path, device: str) -> Gathered:
    """What the device gave in this run; a file that is missing or damaged is a failure with its reason."""
    path = _state_file(directory, device)
    try:
        if path.stat().st_size > MAX_STATE:
            raise ValueError(f"larger than {MAX_STATE} bytes")
        gathered = msgspec.json.decode(path.read_bytes(), type=Gathered)
        if gathered.device != device:
            raise ValueError("it is another device's")
        if (gathered.state is None) == (gathered.failure is None):
            raise ValueError("it must hold a state or a failure")
        return gathered
    except FileNotFoundError:
        what = "nothing was gathered in this run: its gather task did not run or did not end."
    except (OSError, ValueError, RecursionError) as error:
        what = f"the gathered state cannot be read ({error})."
    return Gathered(
        device=device,
        failure=Failure(code="not_gathered", what=what, todo="Look at the gather task's output and run again."),
    )


def read_all(directory: Path, devices: Iterable[str]) -> list[Gathered]:
    return [read_gathered(directory, device) for device in devices]
