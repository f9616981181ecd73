"""A dialogue session without SSH: the other end answers by a script, question after question.

Self-made after asa.md, chapter 6: the words are those of the real outputs quoted there, where there are any.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible.module_utils.vpnphone.transport.asa_dialogue import DialogueSession

from tests.unit.transport import fake_shell

INVITED = 'End with the word "quit" on a line by itself\n\n'


class Scripted:
    """What a line is answered with, in the state the device is in. turns: (text, waits) of each line of a dialogue."""

    def __init__(self, command: str, turns: Sequence[tuple[str, bool]]) -> None:
        self.command, self.turns = command, list(turns)
        self.pasting = self.open = False
        self.pasted: list[str] = []
        self.answers: list[str] = []
        self.prompt = "fw(config)#"

    def __call__(self, line: str) -> tuple[str, str]:
        if self.pasting and line != "quit":
            self.pasted.append(line)
            return "", ""
        if line in ("configure terminal", "end"):
            return "", "fw(config)#" if line != "end" else "fw#"
        if self.open and not self.pasting:
            self.answers.append(line)
        elif not self.pasting and line != self.command:
            return "ERROR: % Invalid input detected at '^' marker.\n", self.prompt
        self.pasting = False
        text, waits = self.turns.pop(0)
        self.open, self.pasting = waits, waits and text.endswith(INVITED)
        return text, "" if waits else self.prompt


def talk(command: str, *turns: tuple[str, bool]) -> tuple[DialogueSession, Scripted, Callable[[], list[str]]]:
    """A session, the device's script, and what was typed so far. A turn that waits leaves no prompt behind it."""
    script = Scripted(command, turns)
    plain, shell = fake_shell.session(script)
    made = DialogueSession.__new__(DialogueSession)
    values: dict[str, Any] = dict(vars(plain))
    for name, value in values.items():
        setattr(made, name, value)
    return made, script, lambda: shell.typed
