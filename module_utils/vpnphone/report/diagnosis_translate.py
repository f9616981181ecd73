"""A Diagnosis in another language: what the log doctor says is translated; lines, names and commands stay.

diagnosis.json is made from the Diagnosis as it was.
"""

from __future__ import annotations

import msgspec

from ..model.diagnosis import Cause, Diagnosis, LogSource
from .text import said_fix
from .words import Words

# By its name, how the texts of ours are joined that a fact says; "" where it says what a line says.
FACTS: dict[str, str] = {
    "DAP records": "",
    "DTLS suites that the phone offers": "",
    "Phone-VPN-trust": "; ",
    "address": "",
    "alert": "",
    "answer to the login": "",
    "client": "",
    "clients": ", ",
    "error": "",
    "failures": "",
    "files": "",
    "group-policy": "",
    "host": "",
    "issuer of the phone's certificate": "",
    "leaf certificate": "; ",
    "limit": "",
    "locked to": "",
    "more of the same": "",
    "name in the certificate": "",
    "open findings": "",
    "perhaps of": "",
    "phones": ", ",
    "reason": "",
    "redirected to": "",
    "seen on": "",
    "serial number": "",
    "the ASA admits": "",
    "the client offers": "",
    "the likely reason": "; ",
    "the phone's file": "; ",
    "the same on the ASA": "; ",
    "the same on the phone": "; ",
    "this certificate is": "; ",
    "tunnel-group": "",
    "why": "",
}
# What stands where no line has a value, and what stands behind one.
_ALONE = frozenset({"a client that no line names", "none was logged"})
_BEHIND = frozenset({"sent by the phone", "sent by the ASA"})
_TODO = " To do: "


def translated(found: Diagnosis, words: Words) -> Diagnosis:
    """The same, said in that language; English is the very same object."""
    if words.english:
        return found
    made = _Translation(words)
    return msgspec.structs.replace(
        found,
        causes=tuple(map(made.cause, found.causes)),
        sources=tuple(map(made.source, found.sources)),
        notes=tuple(made.note(note) for note in found.notes),
    )


def told(note: str, words: Words) -> str:
    """A note of a diagnosis: a text, a name with a text, or "name: what. To do: what to do"."""
    said = words.diagnosed(note)
    if words.english or said != note:
        return said
    head, found, todo = note.partition(_TODO)
    names, colon, what = head.partition(": ")
    said = f"{words.diagnosed(names)}{colon}{words.diagnosed(what)}" if colon else words.diagnosed(head)
    return f"{said} {words('To do: {0}', words.diagnosed(todo))}" if found else said


class _Translation:
    def __init__(self, words: Words) -> None:
        self.words = words
        self.say = words.diagnosed

    def note(self, note: str) -> str:
        return told(note, self.words)

    def cause(self, cause: Cause) -> Cause:
        return msgspec.structs.replace(
            cause,
            title=self.say(cause.title),
            meaning=self.say(cause.meaning),
            doubts=tuple(map(self.say, cause.doubts)),
            confirm=tuple(map(self.say, cause.confirm)),
            next_steps=said_fix(cause.next_steps, self.say),
            facts=dict(self._fact(name, text) for name, text in cause.facts.items()),
        )

    def source(self, source: LogSource) -> LogSource:
        return msgspec.structs.replace(source, cut=self._each(source.cut, "; ")) if source.cut else source

    def _fact(self, name: str, text: str) -> tuple[str, str]:
        if name not in FACTS:
            return name, text
        if FACTS[name]:
            return self.words.called("fact", name), self._each(text, FACTS[name])
        if text in _ALONE:
            return self.words.called("fact", name), self.say(text)
        value, joint, behind = text.rpartition(", ")
        if behind in _BEHIND:
            text = f"{value}{joint}{self.say(behind)}"
        return self.words.called("fact", name), text

    def _each(self, text: str, joint: str) -> str:
        """Texts that are joined, each by itself; whole where it is one that has the joint in it."""
        said = self.say(text)
        return said if said != text else joint.join(map(self.say, text.split(joint)))
