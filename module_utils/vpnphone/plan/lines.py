"""Steps as lines of a terminal or a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from ..model import Step


def typed(steps: Sequence[tuple[tuple[str, ...], str]]) -> list[list[str]]:
    """The lines of each (mode, command) as a person types them: what leads to a block once, its commands indented."""
    shown: list[list[str]] = []
    here: tuple[str, ...] = ()
    for mode, command in steps:
        lines: list[str] = []
        if mode != here:
            # One level deeper goes on from where one is, everything else starts anew.
            known = len(here) if here and mode[: len(here)] == here else 0
            lines = [f"{' ' * depth}{line}" for depth, line in enumerate(mode) if depth >= known]
        # A command of the global mode may itself open the block of the next one.
        here = mode or (command,)
        shown.append([*lines, f"{' ' * len(mode)}{command}"])
    return shown


def typed_lines(steps: Iterable[Step]) -> tuple[str, ...]:
    """The lines of these steps, in their order."""
    return tuple(line for lines in typed([(step.mode, step.command) for step in steps]) for line in lines)


def undo_lines(steps: Iterable[Step]) -> tuple[str, ...]:
    """As typed_lines, for the way back: the last step first."""
    backwards = tuple(steps)[::-1]
    return typed_lines(replace(step, command=line) for step in backwards for line in step.inverse)
