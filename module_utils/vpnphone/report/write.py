"""The report files of a run: written privately, each whole or not at all, beside run.json."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from ..errors import BadInput
from ..files import write_private
from ..model import SCHEMA_VERSION, Run
from ..model.history import TREND_SCHEMA_VERSION, Trend
from ..rundir import FILE_NAMES, TREND_FILE, own_directory
from . import csv_report, html, junit, markdown, phones_csv, summary
from .json_report import json_bytes
from .text import one_line
from .translate import said_cuts, translated
from .view import View, view
from .words import words

# Some 200 KB a device of the worst kind; more is not a run of ours.
MAX_RUN = 512 * 1024 * 1024

_RENDERERS: dict[str, Callable[[View], str]] = {
    "junit": junit.render,
    "html": html.render,
    "markdown": markdown.render,
    "csv": csv_report.render,
    "phones": phones_csv.render,
}


# Tables that programs read.
_ENGLISH = frozenset({"csv", "phones"})


class _Head(msgspec.Struct):
    """The one field to look at before the others: a newer schema may have fields that are not known here."""

    schema_version: str = SCHEMA_VERSION


def write_reports(run: Run | View, directory: Path, formats: Sequence[str], language: str = "en") -> dict[str, Path]:
    """Write run.json, the formats asked for ("junit", "html", "markdown", "csv"), then summary.json.

    "csv" is two tables: findings, and phones where any was predicted (an older run's is taken away where none was).
    Everything is rendered before the first file is written, and summary.json comes last: where it lies, the others
    are complete. JSON and CSV are English in every language. Returns format to path. Raises BadInput
    for an unknown format or language and for a directory or file that cannot be written safely.
    """
    unknown = [name for name in formats if name not in FILE_NAMES]
    if unknown:
        raise BadInput(f"unknown report format {unknown[0]!r}.", todo=f"Choose of {', '.join(FILE_NAMES)}.")
    shown = run if isinstance(run, View) else view(run)
    spoken = translated(shown, words(language))
    chosen = {"json", "summary", *formats} | ({"phones"} if "csv" in formats else set())
    wanted = [name for name in FILE_NAMES if name in chosen and (name != "phones" or shown.run.predictions)]
    contents: dict[str, bytes] = {}
    for name in wanted:
        if name == "json":
            contents[name] = json_bytes(shown.run)
        elif name == "summary":
            contents[name] = summary.render(shown, {key: FILE_NAMES[key] for key in wanted})
        elif name in _ENGLISH:
            contents[name] = _RENDERERS[name](shown).encode()
        else:
            contents[name] = said_cuts(_RENDERERS[name](spoken), spoken.words).encode()
    own_directory(directory)
    if not shown.run.predictions:
        (directory / FILE_NAMES["phones"]).unlink(missing_ok=True)
    return {name: write_private(directory / FILE_NAMES[name], data) for name, data in contents.items()}


def read_run(directory: Path) -> Run:
    """run.json of a run's directory. BadInput where it is missing, too large, damaged or of another schema."""
    path = directory / FILE_NAMES["json"]
    try:
        if path.stat().st_size > MAX_RUN:
            raise ValueError(f"larger than {MAX_RUN} bytes")
        data = path.read_bytes()
        found = msgspec.json.decode(data, type=_Head).schema_version
        run = msgspec.json.decode(data, type=Run) if found == SCHEMA_VERSION else None
    except FileNotFoundError as error:
        raise BadInput(
            "there is no run.json.", where=str(directory), todo="Judge the run first, or name another directory."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"run.json cannot be read ({error}).", where=str(path), todo="Judge the run again.") from error
    if run is None:
        raise BadInput(
            f"run.json has schema {found!r}, this release reads {SCHEMA_VERSION!r}.",
            where=str(path),
            todo="Use the release that wrote it, or judge the run again.",
        )
    return run


def read_trend(directory: Path, run: Run) -> Trend | None:
    """What the history told of this very run; None where nobody asked it, or what lies there is another run's."""
    path = directory / TREND_FILE
    try:
        if path.stat().st_size > MAX_RUN:
            return None
        data = path.read_bytes()
        known = msgspec.json.decode(data, type=_Head).schema_version == TREND_SCHEMA_VERSION
        trend = msgspec.json.decode(data, type=Trend) if known else None
    except (OSError, ValueError, RecursionError):
        return None
    return trend if trend is not None and (trend.run_id, trend.started) == (one_line(run.run_id), run.started) else None
