"""findings.csv: one row an outcome, for spreadsheets and scripts (RFC 4180, UTF-8, every cell quoted)."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Sequence

from ..model import Finding, Outcome
from .text import one_line
from .view import STATUS_WORDS, DeviceView, FindingView, View

# fmt: off
COLUMNS = (
    "run_id", "site", "device", "hostname", "release", "control", "title", "topic", "severity", "status", "subject",
    "message", "expected", "actual", "evidence", "fix", "features", "section", "waiver_reason", "waiver_approved_by",
    "waiver_expires",
)
# fmt: on

_BETWEEN = " | "


@functools.lru_cache(maxsize=1 << 14)
def cell(text: str) -> str:
    """One line; a text that a spreadsheet might take for a formula gets an apostrophe before it.

    Wide forms count too (they are folded by some programs), and so does what stands behind leading blanks.
    """
    text = one_line(text)
    first = unicodedata.normalize("NFKC", text[:1]).strip()[:1]
    return f"'{text}" if first and first in "=+-@|%" else text


def render(view: View) -> str:
    """The whole table with its header row; a device that could not be read has one row of status UNKNOWN."""
    return table(view, COLUMNS, (row for device in view.devices for row in _rows(device)))


def table(view: View, columns: Sequence[str], rows: Iterable[dict[str, str]]) -> str:
    """The header and the rows, each with its run and site."""
    shared = {"run_id": view.run.run_id, "site": view.run.site}
    lines = [_line(columns)]
    for row in rows:
        whole = shared | row
        lines.append(_line([cell(whole.get(name, "")) for name in columns]))
    return "".join(lines)


def _line(cells: Iterable[str]) -> str:
    """As csv.writer with QUOTE_ALL has it, which takes three times as long; no cell holds a newline, see cell()."""
    joined = "\n".join(cells).replace('"', '""')
    return '"' + joined.replace("\n", '","') + '"\r\n'


def _rows(device: DeviceView) -> list[dict[str, str]]:
    result = device.result
    base = {"device": result.name, "hostname": result.hostname, "release": result.release}
    rows = []
    if result.failure:
        failure = {"control": result.failure.code, "title": "The device could not be read", "status": "UNKNOWN"}
        rows.append({**base, **failure, "message": result.failure.what, "fix": result.failure.todo})
    for item in device.findings:
        # A finding without outcomes is still a row: nothing that was judged may go missing.
        outcomes = item.finding.outcomes or (Outcome(status=item.finding.status, message=""),)
        shared = base | _finding(item)
        rows.extend(shared | _outcome(outcome) for outcome in outcomes)
    return rows


def _finding(item: FindingView) -> dict[str, str]:
    finding = item.finding
    return {
        "control": finding.control,
        "title": finding.title,
        "topic": item.topic,
        "severity": finding.severity,
        "features": " ".join(finding.features),
        "section": finding.section,
        **_waiver(finding),
    }


def _outcome(outcome: Outcome) -> dict[str, str]:
    return {
        "status": STATUS_WORDS[outcome.status],
        "subject": outcome.subject,
        "message": outcome.message,
        "expected": outcome.expected,
        "actual": outcome.actual,
        "evidence": _BETWEEN.join(
            f"{evidence.command}: {_BETWEEN.join(evidence.lines)}" for evidence in outcome.evidence
        ),
        "fix": _BETWEEN.join(outcome.fix),
    }


def _waiver(finding: Finding) -> dict[str, str]:
    if finding.waiver is None:
        return {}
    return {
        "waiver_reason": finding.waiver.reason,
        "waiver_approved_by": finding.waiver.approved_by,
        "waiver_expires": finding.waiver.expires,
    }
