"""A whole running configuration, as `show running-config`, Oxidized or RANCID leave it, cut into sections."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..commands import COMMANDS
from .blocks import MAX_TEXT, Unreadable

COMMAND = "show running-config"
PAGER = "<--- More --->"

# First word -> (all words, section), longest first.
_HEADERS: dict[str, list[tuple[tuple[str, ...], str]]] = {}
for _command in COMMANDS:
    for _words in (tuple(text.split()) for text in _command.config):
        _HEADERS.setdefault(_words[0], []).append((_words, _command.section))
for _forms in _HEADERS.values():
    _forms.sort(key=lambda form: -len(form[0]))
_LONGEST = max(len(words) for forms in _HEADERS.values() for words, _section in forms)

_END = re.compile(r": end$|Cryptochecksum:\s*[0-9A-Fa-f]{4}")
_VERSION = re.compile(r"(?:ASA|PIX) Version \S")
# Lines that belong to no configuration: comments of the device and of archives (`!RANCID-CONTENT-TYPE`, `# node`).
_COMMENT = ("!", ":", "#")
# An echo, or the prompt after the end, of a capture.
_PROMPT = re.compile(r"[A-Za-z0-9][\w.%/@:+-]{0,200}(?:\(config[\w-]{0,60}\))?[>#]")


class RunningConfig(NamedTuple):
    """sections: section of AsaState -> what `show running-config <section>` would print; only those with a line.

    doubt      "" where the text is proven whole, else why not; a section that is not there may then have been lost
    uncertain  sections that are there and may have lost lines
    """

    sections: dict[str, str]
    hostname: str = ""
    version: str = ""
    doubt: str = ""
    uncertain: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """A section that is not there does not exist on the device."""
        return not self.doubt


def sections_of(config_text: str) -> dict[str, str]:
    """The sections of a whole running configuration; see read_config for how sure they are."""
    return read_config(config_text).sections


def read_config(config_text: str) -> RunningConfig:
    """Cut a configuration at its column-0 lines. Unreadable where it is none, or more than one.

    It is whole when it begins (hostname or ASA Version) and ends. The end is `: end` or `Cryptochecksum:`. Archives
    strip those because they change: then a column-0 `prompt ...` line below every section read here proves it, for
    the ASA prints that line always, and near its end [K]. Of a text that is not whole, a section counts as whole where
    another part follows it: an ASA prints the lines of a section together [K].
    """
    if len(config_text) > MAX_TEXT:
        raise Unreadable(f"the configuration is longer than {MAX_TEXT} characters")
    return _Reader().read(config_text)


class _Reader:
    def __init__(self) -> None:
        self.sections: dict[str, list[str]] = {}
        self.hostnames: list[str] = []
        self.version = ""
        self.current = ""
        # First section, and whether a line of another kind came before it or after the last one.
        self.first = ""
        self.headed = False
        self.ended = False
        self.prompted = False
        self.indented = False
        self.paged = False

    def read(self, text: str) -> RunningConfig:
        lines = [line.rstrip() for line in text.replace("\0", "").replace("\r", "").split("\n")]
        margin = _margin(lines)
        for line in lines:
            self._line(line[margin:])
        if not (self.hostnames or self.version or self.sections):
            raise Unreadable("this is no running configuration: it has neither a hostname nor any known section")
        if len(self.hostnames) > 1:
            raise Unreadable("there is more than one running configuration in this text (several `hostname` lines)")
        doubt, uncertain = self._doubt()
        return RunningConfig(
            sections={name: "\n".join(body) + "\n" for name, body in self.sections.items()},
            hostname=self.hostnames[0] if self.hostnames else "",
            version=self.version,
            doubt=doubt,
            uncertain=frozenset(uncertain),
        )

    def _line(self, line: str) -> None:
        if not line:
            return
        if _END.match(line):
            self.ended = True
            return
        self.paged = self.paged or PAGER in line
        if line.startswith(_COMMENT):
            return
        if line[0] in " \t":
            self.indented = True
            if self.current:
                self.sections[self.current].append(line)
            return
        if _PROMPT.match(line):
            self.current = ""
            return
        words = line.split(maxsplit=_LONGEST)
        self.current = _section(words)
        if self.current:
            self.first = self.first or self.current
            self.sections.setdefault(self.current, []).append(line)
            # What was taken for the end was not.
            self.ended = self.prompted = False
        elif words[0] == "hostname" and len(words) > 1:
            self.hostnames.append(words[1])
            self.headed = self.headed or not self.first
        elif _VERSION.match(line):
            self.version = self.version or line
            self.headed = self.headed or not self.first
        elif words[0] == "prompt" and len(words) > 1:
            self.prompted = True

    def _doubt(self) -> tuple[str, set[str]]:
        everything = set(self.sections)
        if self.paged:
            return f"it was cut by the pager ({PAGER})", everything
        if everything and not self.indented:
            return "its lines have lost their indent", everything
        doubts, uncertain = [], set[str]()
        if not self.headed:
            doubts.append("its beginning is missing (no `hostname` and no `ASA Version` line)")
            uncertain.add(self.first)
        if not (self.ended or self.prompted):
            doubts.append("its end is missing (no `: end`, no `Cryptochecksum:`, no `prompt` line)")
            # Whole only where another part of the configuration follows.
            uncertain.add(self.current)
        return " and ".join(doubts), uncertain & everything


def _margin(lines: list[str]) -> int:
    """Blanks that every line has in common: a capture may be indented as a whole."""
    return min((len(line) - len(line.lstrip(" ")) for line in lines if line), default=0)


def _section(words: list[str]) -> str:
    for form, section in _HEADERS.get(words[0], ()):
        if tuple(words[: len(form)]) == form:
            return section
    return ""
