"""What the commands that ask back have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .grammar import Match
    from .shell import Shell


def option(found: Match, word: str, default: str = "") -> str:
    """The argument behind a keyword."""
    values = found.values
    return values[values.index(word) + 1] if word in values[:-1] else default


async def yes(shell: Shell, question: str) -> bool:
    """Asked until the answer is yes or no."""
    answer = ""
    while answer not in ("y", "yes", "n", "no"):
        answer = (await shell.terminal.readline(f"{question} [yes/no]: ")).strip().lower()
    return answer.startswith("y")
