"""The files of a diagnosis, private, each whole or not at all.

diagnosis.json   Diagnosis (docs/schema), the source of the others
diagnosis.md     for the ticket
diagnosis.html   with the timeline drawn
"""

from __future__ import annotations

from pathlib import Path

from ..files import write_private
from ..model.diagnosis import Diagnosis
from ..rundir import DIAGNOSIS_FILES, own_directory
from . import diagnosis_html, diagnosis_markdown
from .diagnosis_view import view
from .json_report import json_bytes


def write_diagnosis(directory: Path, diagnosis: Diagnosis) -> dict[str, Path]:
    """Name ("json", "markdown", "html") to path. BadInput where the directory or a file cannot be written safely.

    Everything is rendered before the first file is written, and the page comes last.
    """
    shown = view(diagnosis)
    contents = {
        "json": json_bytes(shown.diagnosis),
        "markdown": diagnosis_markdown.render(shown).encode(),
        "html": diagnosis_html.render(shown).encode(),
    }
    own_directory(directory)
    return {name: write_private(directory / DIAGNOSIS_FILES[name], data) for name, data in contents.items()}
