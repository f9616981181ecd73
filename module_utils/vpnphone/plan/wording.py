"""What the texts for people share: lines that are wrapped, cleaned and marked."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from ..controls.catalogue import all_controls
from ..model import DapFile, ManualStep
from ..report.text import one_line

WIDTH = 110


def one(line: str) -> str:
    """A line of a configuration on one line, its indentation kept."""
    return " " * (len(line) - len(line.lstrip(" "))) + one_line(line)


def heading(text: str) -> list[str]:
    text = one_line(text)
    return [text, "=" * min(len(text), WIDTH), ""]


def said(label: str, texts: Iterable[str], mark: str = "  ! ") -> list[str]:
    """`  ! why   text`, wrapped, each text on lines of its own and the label on the first alone."""
    lines: list[str] = []
    for text in texts:
        lines += _wrapped(text, f"{mark}{'' if lines else label:<6}", f"{mark}{'':<6}")
    return lines


def paragraph(text: str) -> list[str]:
    """A text from the margin on, wrapped; nothing for ""."""
    return _wrapped(text, "", "")


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        one_line(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def listed(texts: Iterable[str]) -> list[str]:
    """`  - text`, wrapped."""
    return [line for text in texts for line in _wrapped(text, "  - ", "    ")]


def why(controls: Iterable[str]) -> list[str]:
    """ "VPNP-242 vpn-simultaneous-logins lets phones in" for each id, in order; an unknown id stands alone."""
    titles = {control.id: control.title for control in all_controls()}
    return [f"{name} {titles.get(name, '')}".rstrip() for name in dict.fromkeys(controls)]


def manual_lines(manual: tuple[ManualStep, ...]) -> list[str]:
    if not manual:
        return []
    lines = [f"LEFT FOR A PERSON ({len(manual)})", ""]
    for number, step in enumerate(manual, 1):
        lines += said(f"{number}.", [step.what], "  ")
        lines += said("", [f"Why: {step.why}"], "  ")
        lines += [f"          {one(line)}" for line in step.steps]
        lines += said("", [f"Looked at by: {text}" for text in why(step.controls)], "  ")
        lines.append("")
    return lines


def file_back(file: DapFile) -> str:
    """The way back of dap.xml; the backup's name is in the result of the run that made it."""
    what = f"copy its backup back over {file.path}" if file.before_sha256 else f"delete {file.path}"
    return f"{what}, then `dynamic-access-policy-config activate`"
