"""The answer of a show command as numbered lines, and which of them a template understood."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..refusal import refusal_of
from .blocks import Line, lines_of
from .engine import Template
from .result import Unreadable

# No show command read here prints longer lines or more of them; what is beyond is refused, not handed to a template.
MAX_ANSWER_LINE = 1024
MAX_TEMPLATE_LINES = 50_000
# For engine.forms(): what stands before a colon.
LABEL = r"[^:\n]+"


def answer_lines(text: str, command: str) -> list[Line]:
    """Numbered lines without blank ones. Unreadable where the text is too long or opens with a refusal."""
    lines = lines_of(text)
    # A caret line may stand before the refusal, so the first two lines are looked at.
    refusal = refusal_of("\n".join(line.text for line in lines[:2]))
    if refusal is not None:
        raise Unreadable(f"`{command}` was refused: {shown(refusal)}")
    return lines


def shown(text: str) -> str:
    """A line for a message: one line, printable, at most 80 characters."""
    clean = "".join(char if char.isprintable() else "?" for char in " ".join(text[:400].split()))
    return clean if len(clean) <= 80 else clean[:77] + "..."


def understood(template: Template, lines: Iterable[Line]) -> Iterator[tuple[Line, dict[str, str]]]:
    """The lines that a template matches, in order, each with its fields.

    Every line is given to ttp as `<number>| <text>`, runs of blanks made one: so the template (see engine.forms) says
    itself which line a value came from, and the rest is unparsed.
    """
    fit = {line.number: line for line in lines if len(line.text) <= MAX_ANSWER_LINE}
    if len(fit) > MAX_TEMPLATE_LINES:
        raise Unreadable(f"the answer has more than {MAX_TEMPLATE_LINES} lines")
    text = "".join(f"{number}| {' '.join(line.text.split())}\n" for number, line in fit.items())
    rows = sorted(template.parse(text), key=lambda row: int(row["n"])) if text else []
    for row in rows:
        yield fit[int(row["n"])], {name: str(value) for name, value in row.items() if name != "n"}
