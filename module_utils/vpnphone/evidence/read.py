"""What a remediation run left in its directory, read again: changes, and the verdicts before and after."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

from ..errors import BadInput
from ..files import Damaged, file_stem, read_json
from ..model import Change, DeviceResult, Failure
from ..report.write import read_run
from ..rundir import CHANGE_ENDS, FILE_NAMES, MAX_STATE

# What the playbook says of a device; only `tried` ones have files.
Course = Literal["tried", "untouched", "no_profile"]


class Told(NamedTuple):
    """One device as the playbook saw it; failure: why its task failed."""

    name: str
    course: Course = "tried"
    failure: Failure | None = None


class Found(NamedTuple):
    """The same with what lies in the run's directory. before, after: its verdicts, None where it was not judged."""

    told: Told
    change: Change | None = None
    before: DeviceResult | None = None
    after: DeviceResult | None = None
    files: tuple[str, ...] = ()


def read_found(directory: Path, devices: list[Told]) -> list[Found]:
    """BadInput for a file that is there and cannot be read: evidence with a hole is none."""
    before, after = (_judged(directory / part) for part in ("before", "after"))
    found = []
    for told in devices:
        if told.course != "tried":
            found.append(Found(told))
            continue
        change = _change(directory, told.name)
        # An after/ that this change did not write is not its own.
        made = change is not None and change.outcome in ("applied", "rolled_back", "partial", "unknown")
        found.append(
            Found(
                told,
                change,
                before.get(told.name),
                after.get(told.name) if made else None,
                _files(directory, told.name),
            )
        )
    return found


def _change(directory: Path, device: str) -> Change | None:
    path = directory / "changes" / f"{file_stem(device)}.json"
    try:
        change = read_json(path, Change, MAX_STATE)
        if change is not None and change.device != device:
            raise Damaged("it is another device's")
    except Damaged as error:
        raise BadInput(
            f"the record of the change cannot be read ({error}).",
            where=str(path),
            todo="Look at the device itself (`show running-config`) and at the task's output: this run proves nothing.",
        ) from error
    return change


def _judged(directory: Path) -> dict[str, DeviceResult]:
    if not (directory / FILE_NAMES["json"]).is_file():
        return {}
    return {device.name: device for device in read_run(directory).devices}


def _files(directory: Path, device: str) -> tuple[str, ...]:
    """The files of this device alone, relative to the run's directory."""
    stem = file_stem(device)
    paths = [
        *(Path("changes") / f"{stem}{end}" for end in CHANGE_ENDS),
        *(Path(part) / "states" / f"{stem}.json" for part in ("before", "after")),
    ]
    return tuple(str(path) for path in paths if (directory / path).is_file())
