"""What people save: an answer with its prompts, a terminal's log of many commands, an archive's comments; and the
names they give to files. Pure: text in, text out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..commands import COMMANDS
from .answer import shown
from .blocks import Unreadable
from .config import COMMAND
from .state import Answer

PROMPT_LINE = re.compile(r"(?P<prompt>[A-Za-z0-9][\w.%/@:+-]{0,200}(?:\(config[\w-]{0,60}\))?[>#]) *(?P<command>.*)")
# Words of a prompt that come and go with its mode and with the failover role.
_MODE = re.compile(r"\(config[\w-]{0,60}\)|/(?:actNoFailover|stbyNoFailover|act|stby)(?=[/>#(])|[>#]$")
# A terminal's log has a banner before the echo; further down no echo is looked for.
_ECHO_LINES = 100
# Other commands that print the running configuration.
_SAME = {COMMAND: (COMMAND, "write terminal", "more system:running-config")}
# What people ask instead of our own commands, though it tells less: state.py knows the difference.
_PLAINER = {"show running-config ssl": "ssl"}

# Command as sent -> section of AsaState, "" for a whole configuration.
SECTIONS: dict[str, str] = {COMMAND: "", **_PLAINER} | {
    text: command.section
    for command in COMMANDS
    for text in (command.text, *(command.older[1:] if command.older else ()))
}
_SEPARATORS = re.compile(r"[^A-Za-z0-9-]+")


def _words(command: str) -> tuple[str, ...]:
    return tuple(_SEPARATORS.sub(" ", command.lower()).split())


_BY_WORDS = {_words(command): command for command in SECTIONS}
_BY_WORDS |= {_words(command): COMMAND for command in _SAME[COMMAND]}
# Names of files that are no command.
_BY_WORDS |= {("running-config",): COMMAND, ("dap", "xml"): "more disk0:/dap.xml"}


def command_meant(text: str) -> str | None:
    """The command that a file's name or a typed line stands for: `sh_ver`, `Show version`; None where none or several.

    Words may be abbreviated, as on the ASA; what stands between them does not matter.
    """
    words = _words(text)
    if words in _BY_WORDS:
        return _BY_WORDS[words]
    found = {command for full, command in _BY_WORDS.items() if _abbreviates(words, full)}
    return found.pop() if len(found) == 1 else None


def _abbreviates(words: tuple[str, ...], full: tuple[str, ...]) -> bool:
    return len(words) == len(full) and all(whole.startswith(word) for word, whole in zip(words, full, strict=True))


# --- one answer -----------------------------------------------------------------------------------------------------


def unframed(text: str, command: str, file: str) -> Answer:
    """The text from behind the echo of the command up to the next prompt, where a capture holds them."""
    lines = text.split("\n")
    prompt = other = ""
    for index, line in enumerate(lines[:_ECHO_LINES]):
        echo = PROMPT_LINE.fullmatch(line.strip())
        typed = echo["command"] if echo else ""
        same = _SAME.get(command, (command,))
        if line.strip() == command or any(_abbreviates(_words(typed), _words(text)) for text in same):
            prompt = echo["prompt"] if echo else ""
            lines = lines[index + 1 :]
            break
        other = other or typed
    else:
        if other:
            told = f"{file}: holds the answer of another command: {shown(other)}"
            return Answer(command, "unreadable", "", told)
    return Answer(command, "ok", _body(lines[: _end(lines, prompt)]))


def _body(lines: Iterable[str]) -> str:
    body = "\n".join(lines).rstrip()
    return f"{body}\n" if body else ""


def _end(lines: list[str], prompt: str) -> int:
    """Where the answer ends: at the next line with the echo's prompt, or at a bare prompt on the last line."""
    if prompt:
        return next((index for index, line in enumerate(lines) if line.startswith(prompt)), len(lines))
    last = next((index for index in range(len(lines) - 1, -1, -1) if lines[index].strip()), 0)
    bare = PROMPT_LINE.fullmatch(lines[last].strip()) if lines else None
    return last if bare and not bare["command"] else len(lines)


# --- a log of many commands -----------------------------------------------------------------------------------------


def transcript(text: str) -> dict[str, str]:
    """Command -> answer of each known command that the log shows typed at a prompt; of two answers the later one.

    Unreadable where it was typed on more than one device or context: whose answers they are must not be guessed.
    """
    found: dict[str, list[str]] = {}
    device = ""
    current: list[str] | None = None
    for line in text.split("\n"):
        typed = PROMPT_LINE.fullmatch(line.rstrip())
        if typed is not None:
            who = _MODE.sub("", typed["prompt"])
            command = command_meant(typed["command"])
            if command is not None:
                if device and who != device:
                    raise Unreadable(f"it holds answers of more than one device or context: {device} and {shown(who)}")
                device = who
                current = found[command] = []
                continue
            if device and who == device:
                current = None
                continue
        if current is not None:
            current.append(line)
    return {command: _body(lines) for command, lines in found.items()}


# --- an archive's comments ------------------------------------------------------------------------------------------

_BANNER = re.compile(r"Cisco (?:Adaptive|PIX) Security Appliance Software Version \S")
_FILE = re.compile(r"(?:disk[0-9]|flash):/\S+")


def commented(text: str) -> dict[str, str]:
    """Command -> answer that Oxidized keeps in comments: `show version` above the configuration, dap.xml below it.

    Oxidized leaves out the lines with an uptime or a number of days, so a time-based licence is not among them.
    """
    found: dict[str, str] = {}
    blocks: list[list[str]] = [[]]
    for line in text.split("\n"):
        if line == "!" or line.startswith("! "):
            blocks[-1].append(line[2:])
        elif blocks[-1]:
            blocks.append([])
    for block in blocks:
        if any(_BANNER.match(line) for line in block):
            found.setdefault("show version", _body(block))
        name = ""
        for line in block:
            if _FILE.fullmatch(line.strip()):
                name = line.strip().rpartition("/")[2]
            elif name == "dap.xml":
                found["more disk0:/dap.xml"] = found.get("more disk0:/dap.xml", "") + line + "\n"
    return found
