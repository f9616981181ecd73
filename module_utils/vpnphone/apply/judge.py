"""What one configuration command was answered: accepted, refused, and what it warned of."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..redact import redact
from ..refusal import refusal_of

_MAX_TOLD = 2000
_MAX_WARNINGS = 20
# `Removing group-policy X not allowed, it is being used.`, `Removing object-group (X) failed; it does not exist`.
_REMOVING = re.compile(r"Removing .{0,200}(?:failed|not allowed)")
_WARNING = re.compile(r"(?:WARNING|INFO|NOTICE)\b[:!]?")


class Judged(NamedTuple):
    """refusal: the line in which the device says no, None where it took the command; warnings: WARNING, INFO lines."""

    refusal: str | None
    warnings: tuple[str, ...] = ()


def judge(answer: str) -> Judged:
    """The answer of a command that changes something. Every line is looked at: a refusal may follow a warning."""
    refusal: str | None = None
    warnings: list[str] = []
    for line in answer.split("\n"):
        bare = line.strip()
        if refusal is None and (refusal_of(bare) or _REMOVING.match(bare)):
            refusal = told(bare)[:200]
        elif _WARNING.match(bare) and len(warnings) < _MAX_WARNINGS:
            warnings.append(told(bare)[:300])
    return Judged(refusal, tuple(warnings))


def told(text: str) -> str:
    """What the device said, fit for a report: no secret, no control character but the line feed, not long."""
    clean = "".join(char if char.isprintable() or char == "\n" else "?" for char in redact(text[: 2 * _MAX_TOLD]))
    return clean.strip("\n")[:_MAX_TOLD]
