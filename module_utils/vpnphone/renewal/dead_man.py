"""The dead man's switch: an applet on the ASA that binds the old trustpoint again, unless somebody takes it away. Pure.

The event manager is there from 9.2(1) on, in single mode alone [K]; layout of `show event manager`: Cisco's command
reference. A countdown begins as its line is entered, also where it is entered again [K]: what stands is read back, and
nothing is relied upon that was not read.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import BadInput

APPLET = "VPNPHONE-RETURN"
HEADER = f"event manager applet {APPLET}"
DISARM = f"no {HEADER}"
SHOW = "show event manager"
SINCE = (9, 2, 1)
# The ASA's own limit (seven days).
MAX_SECONDS = 604800

_APPLET = re.compile(r"event manager applet (\S{1,64})(?:,|\s*$)")
_TIMER = re.compile(r" *event countdown (?:time )?(\d{1,9}) secs?, left (\d{1,9}) secs?(?:, hits (\d{1,9}))?")
_ACTION = re.compile(r' *action \d{1,10} cli command "([^"\n]{1,600})"')


class Applet(NamedTuple):
    """What stands on the device. left: seconds until it strikes, None where no countdown is shown; hits: strikes."""

    commands: tuple[str, ...] = ()
    left: int | None = None
    hits: int = 0

    def runs(self, command: str, seconds: int) -> bool:
        """It does exactly this, and not before so many seconds."""
        return self.commands == (command,) and self.left is not None and self.left >= max(seconds, 1)


def bind_line(trustpoint: str, interface: str) -> str:
    """The one command that replaces what is bound to an interface."""
    return f"ssl trust-point {trustpoint} {interface}"


def applet_lines(command: str, seconds: int) -> tuple[str, ...]:
    """As typed. The timer comes last: an applet that is only half there does nothing."""
    return (HEADER, f'action 1 cli command "{command}"', "output none", f"event timer countdown time {seconds}")


def countdown(canary: int, soak: int, margin: int) -> int:
    """Seconds from arming to the strike: all that waits, each to its end, and a margin. BadInput beyond 7 days."""
    seconds = canary + soak + margin
    if seconds > MAX_SECONDS:
        raise BadInput(
            f"canary, soak and margin together are {seconds} seconds; the ASA counts down from at most {MAX_SECONDS}.",
            todo="Make vpnphone_switch_soak or vpnphone_switch_canary_timeout smaller.",
        )
    return seconds


def why_not(release: tuple[int, ...] | None, mode: str | None) -> str:
    """Why nothing can be armed on such a device; "" where it can."""
    if release is None:
        return "its release is not known"
    if release[:3] < SINCE:
        return f"release {'.'.join(str(part) for part in release[:3])} has no event manager (9.2(1) and later have)"
    if mode != "single":
        return "the event manager works in single mode alone"
    return ""


def parse_applet(text: str) -> Applet | None:
    """Ours in the answer of `show event manager`; None where it is not there."""
    mine = False
    found: Applet | None = None
    for line in text.split("\n"):
        header = _APPLET.match(line)
        if header:
            mine = header[1] == APPLET
            found = Applet() if mine and found is None else found
        elif mine and found is not None:
            timer, action = _TIMER.match(line), _ACTION.match(line)
            if timer:
                found = found._replace(left=int(timer[2]), hits=int(timer[3] or 0))
            elif action:
                found = found._replace(commands=(*found.commands, action[1]))
    return found


def stands(running: str) -> bool:
    """It is in this configuration, whatever `show event manager` tells of it."""
    return any(line.rstrip() == HEADER for line in running.split("\n"))


def is_ours(line: str) -> bool:
    """A line of apply.readback.unsaved_lines ("+ ...", "- ...") that is of this applet."""
    bare = line[2:]
    return bare == HEADER or bare.startswith(f"{HEADER} /")
