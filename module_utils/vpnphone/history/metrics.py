"""What a site's newest run and its history come to, for the textfile collector of Prometheus' node exporter.

The number of series depends on words of ours alone: no device, no phone and no text of a device is a label. The names
are those of prometheus.io/docs/practices/naming.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from .. import VERSION
from ..errors import BadInput
from ..files import write_private
from ..model import EXPIRY_KINDS, SEVERITY_ORDER, STATUS_ORDER
from .store import Content
from .trend import thresholds

_STANDINGS = ("open", "undecided", "waived")
_VERDICTS = {"CONNECTS": "connects", "LOCKED OUT": "locked_out", "UNKNOWN": "unknown"}
_CHANGES = ("new", "fixed", "gone", "waived", "waiver_ended", "undecided", "decided")


def write_metrics(path: Path, content: Content, days: Sequence[int], now: datetime) -> Path:
    """Replace the file as a whole; others may read it, since the exporter is another user. BadInput where it cannot be
    written, or has a name that the collector passes over."""
    if path.suffix != ".prom":
        raise BadInput(
            "the textfile collector reads files that end in .prom alone.",
            where=f"vpnphone_metrics_file: {path}",
            todo="Give it such a name, in the directory of --collector.textfile.directory.",
        )
    return write_private(path, exposition(content, days, now), mode=0o644)


def exposition(content: Content, days: Sequence[int], now: datetime) -> bytes:
    """The text of the metrics."""
    made = _Metrics(content.run.site)
    _of_the_run(made, content)
    _of_findings(made, content)
    _of_certificates(made, content, thresholds(days), now)
    return generate_latest(made.registry)


class _Metrics:
    """Gauges that all have the site as their first label."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.registry = CollectorRegistry(auto_describe=False)

    def one(self, name: str, text: str, value: float) -> None:
        self.many(name, text, (), [((), value)])

    def many(self, name: str, text: str, labels: Sequence[str], values: Iterable[tuple[Sequence[str], float]]) -> None:
        gauge = Gauge(name, text, ("site", *labels), namespace="vpnphone", registry=self.registry)
        for words, value in values:
            gauge.labels(self.site, *words).set(value)


def _of_the_run(made: _Metrics, content: Content) -> None:
    run = content.run
    made.many("build_info", "Release that wrote these metrics.", ("version",), [((VERSION,), 1)])
    made.one("audit_start_timestamp_seconds", "Start of the newest recorded audit.", run.started.timestamp())
    made.one("audit_end_timestamp_seconds", "End of the newest recorded audit.", run.finished.timestamp())
    made.one(
        "audit_exit_code",
        "0 all good, 1 a fault of the tool, 2 findings, 3 not decided or reached.",
        run.point.exit_code,
    )
    made.one("history_audits", "Recorded audits of the site.", content.runs)
    if run.left_out is not None:
        made.one("audit_devices_left_out", "Devices of the inventory that the newest audit left out.", run.left_out)
    devices = Counter((one.kind, one.status) for one in content.records.values())
    made.many(
        "devices",
        "Devices by their verdict when they were audited last.",
        ("kind", "verdict"),
        [((kind, status), devices[kind, status]) for kind in ("asa", "cucm") for status in STATUS_ORDER],
    )
    unread = sum(one.unread_since is not None for one in content.records.values())
    made.one("devices_unread", "Devices that could not be read when they were audited last.", unread)
    if run.phones:
        made.many(
            "phones",
            "Phones by what the newest audit foretells of them now.",
            ("verdict",),
            [((word,), run.phones.get(verdict, 0)) for verdict, word in _VERDICTS.items()],
        )


def _of_findings(made: _Metrics, content: Content) -> None:
    made.many(
        "findings",
        "Findings that stand: open, undecided (failed before, UNKNOWN since) or waived.",
        ("severity", "standing"),
        [
            ((severity, standing), content.by_severity.get((severity, standing), 0))
            for severity in SEVERITY_ORDER
            for standing in _STANDINGS
        ],
    )
    made.many(
        "finding_oldest_start_timestamp_seconds",
        "Since when the oldest open finding of a severity is known.",
        ("severity",),
        [((severity,), moment.timestamp()) for severity, moment in content.oldest.items()],
    )
    made.many(
        "audit_findings_changed",
        "What became of findings in the newest audit.",
        ("change",),
        [((change,), content.changed.get(change, 0)) for change in _CHANGES],
    )
    made.one(
        "binding_drift_devices",
        "ASAs whose ssl trust-point differs between running and startup configuration.",
        len({one.device for one in content.drift}),
    )


def _of_certificates(made: _Metrics, content: Content, limits: Sequence[int], now: datetime) -> None:
    """Cumulative, as a histogram's buckets are: what ends within 7 days also ends within 30. 0: ended already."""
    made.many(
        "certificates_expiring",
        "Certificates (of phones: LSCs) that end within so many days; 0: that have ended.",
        ("kind", "within_days"),
        [
            (
                (kind, str(limit)),
                sum(
                    entry.phones or 1
                    for entry in content.expiry
                    if entry.kind == kind and (entry.ends - now <= timedelta(days=limit) if limit else entry.ends < now)
                ),
            )
            for kind in EXPIRY_KINDS
            for limit in (*limits, 0)
        ],
    )
    made.many(
        "certificate_next_expiry_timestamp_seconds",
        "When the first certificate of a kind ends that has not ended.",
        ("kind",),
        [
            ((kind,), min(ends).timestamp())
            for kind in EXPIRY_KINDS
            if (ends := [entry.ends for entry in content.expiry if entry.kind == kind and entry.ends >= now])
        ],
    )
