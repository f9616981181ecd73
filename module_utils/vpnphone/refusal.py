"""How an ASA says no to a command."""

from __future__ import annotations

import re

# A refusal is short: text that merely quotes one is not.
MAX_LINES = 8
_REFUSALS = re.compile(
    r"^(?:Command authorization failed.*|ERROR:.*|%\s?Error.*|% ?Invalid.*|% ?Incomplete.*|% ?Ambiguous.*|"
    r"ERROR %.*)$",
    re.MULTILINE,
)


def refusal_of(answer: str) -> str | None:
    """The line in which the device says no, in an answer short enough to be nothing else."""
    if answer.count("\n") > MAX_LINES:
        return None
    match = _REFUSALS.search(answer)
    return match[0].strip()[:200] if match else None
