"""The files of a renewal's evidence, private.

<renewal>/evidence/renewal.json   RenewalEvidence (docs/schema), the source of the page
<renewal>/evidence/renewal.html   the page
<renewal>/manifest.sha256         SHA-256 of these, the journal and every file of its runs: `sha256sum -c` checks it
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ..evidence.write import manifest_of
from ..files import private_directory, write_private
from ..report.json_report import json_bytes
from ..report.words import words
from .bundle import evidence
from .bundle_html import render_html
from .checks import PreflightPage
from .journal import JOURNAL, LOCK, OPERATOR, open_journal
from .pages import PREFLIGHT, read_page, read_switch_gate

EVIDENCE, MANIFEST = "evidence", "manifest.sha256"


def write_bundle(directory: Path, *, made: datetime, language: str = "en") -> dict[str, Path]:
    """Name to path; the manifest comes last. language: of the page alone.

    BadInput for an unknown language, and where something cannot be read or written.
    """
    spoken = words(language)
    found = evidence(
        open_journal(directory),
        made=made,
        preflight=read_page(directory, PREFLIGHT, PreflightPage),
        gate=read_switch_gate(directory),
    )
    folder = private_directory(directory / EVIDENCE)
    paths = {
        "json": write_private(folder / "renewal.json", json_bytes(found)),
        "html": write_private(folder / "renewal.html", render_html(found, spoken).encode()),
    }
    # Locks are no evidence, and change with everybody who looks.
    lines = manifest_of(directory).splitlines(keepends=True)
    kept = [line for line in lines if line.rstrip("\n").rpartition("  ")[2] not in (LOCK, OPERATOR)]
    return paths | {
        "journal": directory / JOURNAL,
        "manifest": write_private(directory / MANIFEST, "".join(kept).encode()),
    }
