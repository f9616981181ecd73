"""When is an answer an answer: only between the echo of its own command and the device's own prompt.

Pure functions over text, so that every rule here can be tested without a device.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PAGER = "<--- More --->"
# Of a cut echo this much at least must be seen.
MIN_CUT_ECHO = 4
# A prompt of 260 characters and a command of as many; anything longer is no echo.
MAX_ECHO_LINE = 600

# A prompt as ASA prints it: host, then /pri, /act, /context ..., then (config...), then > or #, then perhaps a blank.
PROMPT = re.compile(r"(?P<base>[A-Za-z0-9][\w.%/@:+-]{0,200})(?P<mode>\(config[\w-]{0,60}\))?(?P<level>[>#]) ?$")

# Words of `prompt hostname priority state` that change when the unit changes its failover role.
_STATES = ("actNoFailover", "stbyNoFailover", "act", "stby")
_STATE = re.compile(r"/(?:" + "|".join(_STATES) + r")(?=/|$)")

# Lines that the device may print on its own between two commands, without belonging to either.
UNSOLICITED = re.compile(
    r"%ASA-|Beginning configuration replication|End Configuration Replication|Sync Config|"
    r"\s*Switching to (?:Active|Standby)|The certificate has been granted by CA|Broadcast message|\*{3}"
)


# A line typed beyond the terminal's width is shown anew from its beginning, cut with a `$`, when it ends.
_REDRAWN = re.compile(r"^[^\n]*\r(?=[^\r\n]*\$[ \t]*$)", re.MULTILINE)


class Prompt(NamedTuple):
    """base without role words, so that a failover in the middle is seen as a role change and not as a hang."""

    text: str
    base: str
    role: str
    level: str
    mode: str


class Framed(NamedTuple):
    """body: the answer without echo and prompt; strays: lines before the echo that belong to no command."""

    body: str
    prompt: Prompt
    strays: tuple[str, ...]


def clean(text: str) -> str:
    """Line ends to \\n; NUL, the pager's erasures and other CR tricks removed; a redrawn line as it was last drawn."""
    text = text.replace("\0", "").replace("\r\r\n", "\n").replace("\r\n", "\n")
    if "\r" in text and "$" in text:
        text = _REDRAWN.sub("", text)
    return text.replace("\r", "")


def parse_prompt(line: str) -> Prompt | None:
    """The prompt that this text is, or None."""
    match = PROMPT.fullmatch(line.strip())
    if match is None:
        return None
    base = match["base"]
    role = "".join(_STATE.findall(base))
    return Prompt(line.strip(), _STATE.sub("", base), role, match["level"], match["mode"] or "")


def paged(text: str) -> bool:
    """The text stops at the pager's mark: alone on its line, for a log may quote one (a user chooses his name)."""
    return last_line(text[-200:]).strip() == PAGER


def last_line(text: str) -> str:
    return text[text.rfind("\n") + 1 :]


def ends_with_prompt(text: str, known: Prompt | None) -> Prompt | None:
    """The prompt at the very end of the text; where one is known, only one of the same base counts."""
    line = last_line(text[-400:].replace("\r", ""))
    found = parse_prompt(line)
    if found is None or (known is not None and found.base != known.base):
        return None
    return found


def prompt_before_echo(text: str, command: str) -> tuple[Prompt, int] | None:
    """The prompt on the line that echoes the command, and where that line ends; None while it has not come.

    Taking the prompt from the echo's own line keeps a banner that looks like a prompt from being taken for one.
    """
    start = 0
    while (end := text.find("\n", start)) >= 0:
        # Neither prompt nor echo is longer than this; a longer line is no echo, and is not looked through.
        line = text[start:end].strip(" \t") if end - start <= MAX_ECHO_LINE else ""
        start = end + 1
        for mark in (line.find("#"), line.find(">")):
            prompt = parse_prompt(line[: mark + 1]) if mark >= 0 else None
            if prompt is not None and is_echo(line[mark + 1 :].lstrip(" "), command):
                return prompt, start
    return None


def is_echo(line: str, command: str) -> bool:
    """The line is the command, or what a terminal too narrow for prompt and command leaves of it: its head and `$`."""
    bare = line.rstrip(" \t")
    if bare == command:
        return True
    return MIN_CUT_ECHO < len(bare) <= len(command) and bare[-1] == "$" and command.startswith(bare[:-1])


def _prompted_echo(line: str, command: str, known: Prompt) -> bool:
    """The line is a prompt and the echo behind it; a cut echo counts only behind the very prompt it was typed at."""
    bare = line.rstrip()
    if bare.endswith(command):
        return parse_prompt(bare[: -len(command)]) is not None
    return bare.startswith(known.text) and is_echo(bare[len(known.text) :].lstrip(" "), command)


def frame(text: str, command: str, known: Prompt) -> Framed | None:
    """Cut one answer out of what came since the command was sent; None when it is not framed by echo and prompt."""
    prompt = ends_with_prompt(text, known)
    if prompt is None:
        return None
    strays: list[str] = []
    start, last = 0, text.rfind("\n")
    # Line by line, not split: a long answer would be held twice, and in many small pieces.
    while start <= last:
        end = text.index("\n", start)
        line = text[start:end]
        if line.rstrip() == command or _prompted_echo(line, command, known):
            return Framed(text[end + 1 : last], prompt, tuple(strays))
        if line.strip():
            strays.append(line)
        start = end + 1
    return None
