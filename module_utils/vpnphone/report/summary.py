"""summary.json: the small contract for pipelines. Its exit_code is the exit code of the audit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from ..model import SCHEMA_VERSION, Connection, Model, Severity, Status
from ..model.prediction import Moment
from .json_report import json_bytes
from .view import DeviceView, FindingView, View

# Findings named for each device, and causes for the phones; all of them are in run.json.
WORST = 3


class WorstFinding(Model, frozen=True, kw_only=True):
    """A finding that failed or could not be decided; failed tells the two apart where a roll-up hides it."""

    control: str
    title: str
    severity: Severity
    status: Status
    failed: bool
    message: str


class SummaryDevice(Model, frozen=True, kw_only=True):
    """One device: counts are findings by status. failure is the error code of a device that could not be read."""

    name: str
    kind: Literal["asa", "cucm"]
    status: Status
    standing: Literal["lockout", "findings", "undecided", "unread", "accepted", "ready", "nothing"]
    counts: dict[Status, int]
    failure: str = ""
    unreachable: bool = False
    worst: tuple[WorstFinding, ...] = ()


class SummaryMoment(Model, frozen=True, kw_only=True):
    """Phones by verdict at one moment.

    lost: of those that connect now, the ones that are locked out then; doubtful: the ones that are unknown then.
    regained: connect then and do not, or may not, now.
    """

    locked_out: int
    unknown: int
    connects: int
    lost: int
    doubtful: int
    regained: int


class SummaryCause(Model, frozen=True, kw_only=True):
    """One first reason for which phones are locked out or unknown; phones: how many at each moment."""

    verdict: Connection
    reason: str
    step: str
    phones: dict[Moment, int]
    asas: tuple[str, ...]
    urls: tuple[str, ...]
    fix: tuple[str, ...]


class SummaryPhones(Model, frozen=True, kw_only=True):
    """The prediction. moments: those that were predicted; causes: the most urgent ones (all are in run.json)."""

    total: int = 0
    what_if: str = ""
    moments: dict[Moment, SummaryMoment] = field(default_factory=dict)
    causes: tuple[SummaryCause, ...] = ()


class Summary(Model, frozen=True, kw_only=True):
    """The content of summary.json.

    exit_code    0 all good, 2 findings, 3 could not decide or reach, 1 a fault of the tool
    counts       findings by status; devices_by_status the devices
    reports      format to file name, beside this file
    """

    schema_version: str = SCHEMA_VERSION
    tool_version: str
    run_id: str
    site: str
    started: datetime
    finished: datetime
    exit_code: Literal[0, 1, 2, 3]
    status: Status
    verdict: str
    counts: dict[Status, int]
    devices_by_status: dict[Status, int]
    devices: tuple[SummaryDevice, ...]
    # What a reader should know of the run itself.
    notes: tuple[str, ...]
    phones: SummaryPhones
    reports: dict[str, str]


def summary(view: View, reports: dict[str, str]) -> Summary:
    """The summary of a run; reports as in Summary."""
    run = view.run
    return Summary(
        tool_version=run.tool_version,
        run_id=run.run_id,
        site=run.site,
        started=run.started,
        finished=run.finished,
        exit_code=run.exit_code,
        status=run.status,
        verdict=view.verdict,
        counts=view.finding_counts,
        devices_by_status=view.device_counts,
        devices=tuple(_device(device) for device in view.devices),
        notes=run.notes,
        phones=_phones(view),
        reports=reports,
    )


def render(view: View, reports: dict[str, str]) -> bytes:
    """summary.json as canonical JSON."""
    return json_bytes(summary(view, reports))


def _device(device: DeviceView) -> SummaryDevice:
    failure = device.result.failure
    return SummaryDevice(
        name=device.result.name,
        kind=device.result.kind,
        status=device.result.status,
        standing=device.standing,
        counts=device.counts,
        failure=failure.code if failure else "",
        unreachable=failure.unreachable if failure else False,
        worst=tuple(_worst(item) for item in device.matters[:WORST]),
    )


def _phones(view: View) -> SummaryPhones:
    if view.phones is None:
        return SummaryPhones(what_if=view.run.what_if)
    return SummaryPhones(
        total=view.phones.total,
        what_if=view.run.what_if,
        moments={
            one.moment: SummaryMoment(
                locked_out=one.counts["LOCKED OUT"],
                unknown=one.counts["UNKNOWN"],
                connects=one.counts["CONNECTS"],
                lost=one.lost,
                doubtful=one.doubtful,
                regained=one.regained,
            )
            for one in view.phones.moments
        },
        causes=tuple(
            SummaryCause(
                verdict=cause.verdict,
                reason=cause.text,
                step=cause.step,
                phones=cause.counts,
                asas=cause.asas,
                urls=cause.urls,
                fix=cause.fix,
            )
            for cause in view.phones.urgent[:WORST]
        ),
    )


def _worst(item: FindingView) -> WorstFinding:
    finding = item.finding
    return WorstFinding(
        control=finding.control,
        title=finding.title,
        severity=finding.severity,
        status=finding.status,
        failed=item.failed,
        message=item.message,
    )
