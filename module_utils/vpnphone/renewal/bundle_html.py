"""renewal.html: one self-contained page for the ticket. It loads nothing and needs no script.

Its content security policy allows exactly the one style in it, by hash; text reaches it by Jinja's autoescape alone.
"""

from __future__ import annotations

import functools

from jinja2 import Template
from markupsafe import Markup

from ..model import Connection, Status
from ..model.renewal import PhoneProof, StageStatus
from ..report.page import policy, spoken, styles, template
from ..report.text import cut
from ..report.words import ENGLISH, Words
from .bundle import RenewalEvidence
from .checks import Word, worst
from .said import said_evidence
from .stages import TITLES
from .switch_gate import Word as GateWord

# The report's own colours and marks.
STAGE_MARKS: dict[StageStatus, Status] = {
    "pending": "skipped",
    "planned": "waived",
    "running": "error",
    "done": "pass",
    "refused": "fail",
    "returned": "fail",
    "rolled_back": "waived",
}
PROOF_MARKS: dict[PhoneProof, Status] = {
    "unproven": "error",
    "applied": "error",
    "proven": "pass",
    "offline": "error",
    "failed": "fail",
    "waived": "waived",
}
CHECK_MARKS: dict[Word, Status] = {"no-go": "fail", "unknown": "error", "warn": "waived", "go": "pass"}
GATE_MARKS: dict[GateWord, Status] = {
    "connects": "pass",
    "proven": "pass",
    "person": "waived",
    "waived": "waived",
    "unproven": "error",
    "locked_out": "fail",
}
CONNECTION_MARKS: dict[Connection, Status] = {"LOCKED OUT": "fail", "UNKNOWN": "error", "CONNECTS": "pass"}
MAX_STORY = 2000
MAX_PHONES = 5000


def render_html(found: RenewalEvidence, words: Words = ENGLISH) -> str:
    """The page; the same evidence always gives the same page."""
    style = styles(words, "report.css", "renewal.css")
    found = said_evidence(found, words)
    return _template().render(
        **spoken(words),
        found=found,
        language=words.language,
        word=words,
        bound={
            "old": words.meant("bound", "old"),
            "new": words.meant("bound", "new"),
            "unknown": words.meant("bound", "unknown"),
        },
        style=Markup(style),  # noqa: S704 - a file of this project
        policy=policy(style, ""),
        titles=TITLES,
        stage_marks=STAGE_MARKS,
        proof_marks=PROOF_MARKS,
        check_marks=CHECK_MARKS,
        gate_marks=GATE_MARKS,
        connection_marks=CONNECTION_MARKS,
        checks=worst(found.preflight.checks) if found.preflight is not None else [],
        gates={(one.phone, one.asa): one for one in found.gate.phones} if found.gate is not None else {},
        limits={"story": MAX_STORY, "phones": MAX_PHONES},
    )


@functools.cache
def _template() -> Template:
    return template("renewal.html.j2", short=lambda text: cut(text, 300))
