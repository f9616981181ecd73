"""One device's answers: from a live session or from saved outputs, through the same door into the same state."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Protocol

from .commands import COMMANDS, Command
from .model import AsaState
from .parse.state import Answer, build_state
from .refusal import refusal_of

# Sections that decide which later commands are sent.
_EARLY = ("version", "mode", "failover")
FULL_PRIVILEGE = 15


class Session(Protocol):
    """What gathering needs of a session (transport.asa.AsaSession)."""

    privilege: int | None

    def run(self, command: str) -> str: ...


def ask_all(session: Session, device: str) -> dict[str, Answer]:
    """Send every wanted command once, in order; section -> answer. Transport errors pass through."""
    answers: dict[str, Answer] = {}
    early: AsaState | None = None
    for command in COMMANDS:
        if (command.wanted or command.older) and early is None:
            early = build_state(device, "live", {key: answers[key] for key in _EARLY if key in answers}, None)
        if command.wanted and early is not None and not command.wanted(early):
            continue
        text = spelling(command, early)
        answers[command.section] = _answer(command, text, session.run(text), session.privilege)
    return answers


def spelling(command: Command, state: AsaState | None) -> str:
    """The command as this release spells it."""
    release = state.version.release if state is not None and state.version is not None else None
    if command.older and release is not None and release[:2] < command.older[0]:
        return command.older[1]
    return command.text


def _answer(command: Command, text: str, answer: str, privilege: int | None) -> Answer:
    refusal = refusal_of(answer)
    if refusal is not None:
        if command.absent and re.search(command.absent, refusal):
            return Answer(command=text, status="absent", text="", detail=refusal)
        return Answer(command=text, status="refused", text="", detail=refusal)
    if (command.config or command.lines) and (privilege is None or privilege < FULL_PRIVILEGE):
        # A missing line proves nothing when the account may not see every line.
        level = (
            f"privilege level {privilege}" if privilege is not None else "a privilege level that `show curpriv` hides"
        )
        detail = f"{level} may hide lines of the configuration"
        return Answer(command=text, status="incomplete", text="", detail=detail)
    return Answer(command=text, status="ok", text=answer, detail="")


def live_state(session: Session, device: str) -> tuple[AsaState, dict[str, Answer]]:
    """Gather and parse; also the raw answers, for a saved-outputs folder."""
    answers = ask_all(session, device)
    return build_state(device, "live", answers, datetime.now(UTC)), answers
