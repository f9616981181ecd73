"""What a renewal's written pages show, said in another language; names, commands, ids, tokens and hashes stay.

Pages alone are translated: the journal, the plans, their hashes and tokens, and every JSON file are English.
"""

from __future__ import annotations

import msgspec

from ..report.text import bare, said_fix
from ..report.words import Words
from .bundle import Line, RenewalEvidence, StageEvidence, StepEvidence
from .checks import Check, PreflightPage

_replace = msgspec.structs.replace
# How a line of the story begins; behind it come ids, a text of the code, or a person's own words.
STORY_HEADS = (
    "agreed", "begins", "cut short", "done", "goes on", "next", "refused", "returned", "rolled back", "taken back",
    "taking back", "taking back stopped", "waited for", "waiting", "waived", "waiver taken back",
)  # fmt: skip
# A line as a whole.
STORY_LINES = ("closed", "done", "given up", "goes on, though the old certificate has ended", "opened", "rolled back")
# Behind these stands what a person typed.
_OWN_WORDS = ("agreed", "waived")


def said_evidence(found: RenewalEvidence, words: Words) -> RenewalEvidence:
    """The same evidence for a page in that language; English is the very same object."""
    if words.english:
        return found
    return _replace(
        found,
        stages=tuple(_stage(one, words) for one in found.stages),
        phones=tuple(
            one if one.proof == "waived" else _replace(one, reason=words.changed(one.reason)) for one in found.phones
        ),
        story=tuple(_line(one, words) for one in found.story),
        preflight=said_page(found.preflight, words) if found.preflight is not None else None,
    )


def said_page(page: PreflightPage, words: Words) -> PreflightPage:
    """The page of go or no-go, its verdict as it is."""
    return page if words.english else _replace(page, checks=tuple(_check(one, words) for one in page.checks))


def _check(check: Check, words: Words) -> Check:
    return _replace(
        check,
        title=words.changed(check.title),
        what=words.changed(bare(check.what)),
        todo=said_fix(check.todo, words.changed),
    )


def _stage(stage: StageEvidence, words: Words) -> StageEvidence:
    error = {name: words.changed(text) if name in ("what", "todo") else text for name, text in stage.error.items()}
    return _replace(
        stage,
        steps=tuple(_step(one, words) for one in stage.steps),
        facts=tuple(map(words.changed, stage.facts)),
        warnings=tuple(map(words.changed, stage.warnings)),
        error=error,
    )


def _step(step: StepEvidence, words: Words) -> StepEvidence:
    return _replace(step, text=words.changed(step.text))


def _line(line: Line, words: Words) -> Line:
    return _replace(line, text=story(line.text, words))


def story(text: str, words: Words) -> str:
    """ "next: TEXT", "done: ID", "refused: TEXT [CODE]"; what no head is known of is said as a whole."""
    if text in STORY_LINES:
        return words(text)
    head, found, rest = text.partition(": ")
    if not found or head not in STORY_HEADS:
        return head + found + words.changed(rest) if head in ("GO", "NO-GO") else words.changed(text)
    if head in _OWN_WORDS:
        return f"{words(head)}: {rest}"
    what, mark, code = rest.rpartition(" [")
    rest = f"{words.changed(what)}{mark}{code}" if mark and code.endswith("]") else words.changed(rest)
    return f"{words(head)}: {rest}"
