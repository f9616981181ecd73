"""From run.json to what a history takes of it. Text is cleaned here: what is kept is what reports show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from ..errors import BadInput
from ..model import SCHEMA_VERSION, Connection, Expiry, Failure, Severity, Status
from ..model.history import Item, Seen, Snapshot
from ..report.text import MAX_NAME, one_line
from ..rundir import FILE_NAMES

MAX_RUN = 512 * 1024 * 1024
MAX_MESSAGE = 500


# The parts of a Run that are taken; evidence, which is most of it, is never decoded.
class _Outcome(msgspec.Struct):
    status: Status
    message: str
    subject: str = ""


class _Finding(msgspec.Struct):
    control: str
    title: str
    severity: Severity
    status: Status
    outcomes: tuple[_Outcome, ...] = ()


class _Device(msgspec.Struct):
    name: str
    status: Status
    kind: Literal["asa", "cucm"] = "asa"
    hostname: str = ""
    failure: Failure | None = None
    findings: tuple[_Finding, ...] = ()


class _Prediction(msgspec.Struct):
    phone: str
    moment: str
    verdict: Connection


class _Run(msgspec.Struct):
    schema_version: str
    run_id: str
    site: str
    started: datetime
    finished: datetime
    exit_code: int
    devices: tuple[_Device, ...]
    predictions: tuple[_Prediction, ...] = ()
    expiry: tuple[Expiry, ...] = ()


class _Head(msgspec.Struct):
    schema_version: str


def read_snapshot(run_dir: Path, inventory: Iterable[str] = (), catalogue: Iterable[str] = ()) -> Snapshot:
    """What a history takes of the run in that directory. BadInput where run.json is missing, damaged or of another
    schema."""
    path = run_dir / FILE_NAMES["json"]
    todo = "Judge the run first, by the audit that gathered it."
    try:
        if path.stat().st_size > MAX_RUN:
            raise ValueError(f"larger than {MAX_RUN} bytes")
        data = path.read_bytes()
        found = msgspec.json.decode(data, type=_Head).schema_version
        if found != SCHEMA_VERSION:
            raise BadInput(
                f"run.json has schema {found!a:.20}, this release takes {SCHEMA_VERSION!r}.",
                where=str(path),
                todo="Record it with the release that wrote it.",
            )
        run = msgspec.json.decode(data, type=_Run)
    except FileNotFoundError as error:
        raise BadInput("there is no run.json.", where=str(run_dir), todo=todo) from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"run.json cannot be read ({error}).", where=str(path), todo=todo) from error
    return _snapshot(run, inventory, catalogue)


def _snapshot(run: _Run, inventory: Iterable[str], catalogue: Iterable[str]) -> Snapshot:
    now = [one for one in run.predictions if one.moment == "now"]
    return Snapshot(
        site=_name(run.site),
        run_id=_name(run.run_id),
        started=run.started,
        finished=run.finished,
        exit_code=run.exit_code,
        devices=tuple(_seen(device) for device in run.devices),
        inventory=tuple(sorted({_name(name) for name in inventory})),
        catalogue=tuple(sorted(catalogue)),
        phones=dict(Counter(one.verdict for one in now)),
        expiry=tuple(
            msgspec.structs.replace(
                entry, name=_name(entry.name), device=_name(entry.device), serial=_name(entry.serial)
            )
            for entry in run.expiry
        ),
    )


def _name(text: str) -> str:
    return one_line(text, MAX_NAME)


def _seen(device: _Device) -> Seen:
    return Seen(
        name=_name(device.name),
        kind=device.kind,
        read=device.failure is None,
        status=device.status,
        hostname=_name(device.hostname),
        failure=_name(device.failure.code) if device.failure else "",
        controls={_name(finding.control): finding.status for finding in device.findings},
        items=tuple(item for finding in device.findings for item in _items(finding)),
    )


def _items(finding: _Finding) -> list[Item]:
    doubtful = finding.status == "error" or any(outcome.status == "error" for outcome in finding.outcomes)
    return [
        Item(
            control=_name(finding.control),
            subject=_name(outcome.subject),
            status=outcome.status,
            severity=finding.severity,
            title=_name(finding.title),
            message=one_line(outcome.message, MAX_MESSAGE),
        )
        for outcome in finding.outcomes
        if doubtful or outcome.status in ("fail", "error", "waived")
    ]
