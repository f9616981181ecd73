"""Steps as lines of a terminal or a configuration."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from ..model import Step


def typed_lines(steps: Iterable[Step]) -> tuple[str, ...]:
    """The lines as a person would type them: a block's own line once, what is typed in it indented by its depth."""
    lines: list[str] = []
    mode: tuple[str, ...] = ()
    for step in steps:
        if step.mode != mode:
            lines += [" " * depth + line for depth, line in enumerate(step.mode)]
        lines.append(" " * len(step.mode) + step.command)
        # A command of the global mode may itself open the block of the next one.
        mode = step.mode or (step.command,)
    return tuple(lines)


def undo_lines(steps: Iterable[Step]) -> tuple[str, ...]:
    """As typed_lines, for the way back: the last step first."""
    backwards = tuple(steps)[::-1]
    return typed_lines(replace(step, command=line) for step in backwards for line in step.inverse)
