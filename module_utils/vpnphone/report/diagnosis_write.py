"""The files of a diagnosis, private, each whole or not at all.

diagnosis.json   Diagnosis (docs/schema), the source of the others
diagnosis.md     for the ticket
diagnosis.html   with the timeline drawn
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ..errors import BadInput
from ..files import write_private
from ..model.diagnosis import Diagnosis
from ..rundir import DIAGNOSIS_FILES, own_directory
from . import diagnosis_html, diagnosis_markdown
from .diagnosis_view import DiagnosisView, view
from .json_report import json_bytes
from .translate import said_cuts
from .words import words

_RENDERERS: dict[str, Callable[[DiagnosisView], str]] = {
    "markdown": diagnosis_markdown.render,
    "html": diagnosis_html.render,
}


def write_diagnosis(
    directory: Path, diagnosis: Diagnosis, formats: Sequence[str] = ("markdown", "html"), language: str = "en"
) -> dict[str, Path]:
    """Write diagnosis.json and the formats asked for. Format ("json", "markdown", "html") to path.

    Everything is rendered before the first file is written; an older file of a format not asked for is taken away, as
    it would tell of another diagnosis. BadInput for an unknown format, and where a file cannot be written safely.
    """
    unknown = [name for name in formats if name not in DIAGNOSIS_FILES]
    if unknown:
        raise BadInput(f"unknown report format {unknown[0]!r}.", todo=f"Choose of {', '.join(DIAGNOSIS_FILES)}.")
    shown = view(diagnosis, words(language))
    contents = {"json": json_bytes(shown.plain)}
    pages = {name: said_cuts(render(shown), shown.words) for name, render in _RENDERERS.items() if name in formats}
    contents |= {name: page.encode() for name, page in pages.items()}
    own_directory(directory)
    for name in DIAGNOSIS_FILES.keys() - contents.keys():
        (directory / DIAGNOSIS_FILES[name]).unlink(missing_ok=True)
    return {name: write_private(directory / DIAGNOSIS_FILES[name], data) for name, data in contents.items()}
