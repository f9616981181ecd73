"""What a collection switches on, each with what takes it back; and the way back from whatever stands. Pure."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

import msgspec

from ..model import Model
from .settings import DEBUGGING, KEYS, Key, Present, Settings

# The document's own (F-060).
BUFFER_SIZE = 1048576
DEBUG_LEVEL = 255
What = Literal["logging", "debug"]
# Destinations that an ASA begins to serve with `logging enable`. ASDM asks for itself; `trap` needs a host.
_OUTWARD = re.compile(r"logging (?:host|mail|history|trap|monitor|ftp-server|class)\b.{0,300}")
# A serial line of 9600 baud holds the ASA up; a file is written, or sent, each time the buffer is full.
_HARMFUL = re.compile(r"logging (?:console|flash-bufferwrap|ftp-bufferwrap)\b.{0,300}")
_SILENCED = re.compile(r"no logging message ([0-9]{6})")


class Step(Model, frozen=True, kw_only=True):
    """One line of the configuration. line: how it then stands there; before: how it stood, "" for not at all."""

    key: Key
    command: str
    inverse: str
    before: str
    line: str
    why: str


class Withheld(Model, frozen=True, kw_only=True):
    """Something that is not done, and why."""

    what: What
    why: str
    todo: str


class CollectPlan(Model, frozen=True, kw_only=True):
    """steps, then debug (a command of the EXEC mode, "" for none); undebug takes that back."""

    steps: tuple[Step, ...] = ()
    debug: str = ""
    undebug: str = ""
    warnings: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        return (*(step.command for step in self.steps), *((self.debug,) if self.debug else ()))

    @property
    def inverses(self) -> tuple[str, ...]:
        """In the order in which they are sent."""
        return (*((self.undebug,) if self.undebug else ()), *(step.inverse for step in reversed(self.steps)))


class Wish(NamedTuple):
    """What may be switched on, and within which limits. numbers: messages that are looked for in the log."""

    logging: bool = False
    debug: bool = False
    max_sessions: int = 0
    numbers: frozenset[str] = frozenset()


def plan_collection(present: Present, wish: Wish) -> CollectPlan:
    """Only what differs. What must not be done is withheld with its reason, and the rest is still planned."""
    steps: tuple[Step, ...] = ()
    withheld: list[Withheld] = []
    warnings: list[str] = []
    if wish.logging:
        harm = _harm(present.settings)
        steps = () if harm else _logging_steps(present.settings)
        if harm:
            withheld.append(harm)
        else:
            warnings += _warnings(present.settings, steps, wish.numbers)
    debug = undebug = ""
    if wish.debug:
        no = _why_no_debug(present, wish)
        if no:
            withheld.append(no)
        else:
            # Else its lines would go to the log and not to this session.
            trace = _trace_step(present.settings)
            steps = tuple(sorted((*steps, *trace), key=lambda step: KEYS.index(step.key)))
            debug, undebug = f"debug {present.debug_name} {DEBUG_LEVEL}", f"no debug {present.debug_name}"
            if present.none_now:
                warnings.append(
                    "nobody is connected and no peak is told: how many clients keep trying, and so how much the debug "
                    "prints, is not known"
                )
    return CollectPlan(steps=steps, debug=debug, undebug=undebug, warnings=tuple(warnings), withheld=tuple(withheld))


# --- logging ----------------------------------------------------------------------------------------------------------


def _logging_steps(settings: Settings) -> tuple[Step, ...]:
    wanted: list[tuple[Key, str, str]] = []
    if settings.size < BUFFER_SIZE:
        wanted.append(("buffer-size", str(BUFFER_SIZE), f"the buffer holds {settings.size} bytes only"))
    if settings.level != DEBUGGING:
        word = settings.value("buffered") or "nothing"
        wanted.append(("buffered", "debugging", f"cipher lists and alerts are of that level; the buffer keeps {word}"))
    if not settings.line("timestamp"):
        wanted.append(("timestamp", "", "lines of the ASA and of the phone are put together by their time"))
    if not settings.line("enable"):
        wanted.append(("enable", "", "logging is off"))
    return tuple(_step(settings, key, value, why) for key, value, why in wanted)


def _trace_step(settings: Settings) -> tuple[Step, ...]:
    line = settings.line("debug-trace")
    if not line:
        return ()
    why = "the debug is to come into this session, and not into the log"
    return (Step(key="debug-trace", command="no logging debug-trace", inverse=line, before=line, line="", why=why),)


def _step(settings: Settings, key: Key, value: str, why: str) -> Step:
    line = f"logging {key} {value}".rstrip()
    before = settings.line(key)
    return Step(key=key, command=line, inverse=before or f"no logging {key}", before=before, line=line, why=why)


def _harm(settings: Settings) -> Withheld | None:
    """What would be set going along with the buffer, where that does harm."""
    found = [line for line in settings.others if _HARMFUL.fullmatch(line)]
    consoles = [line for line in found if line.startswith("logging console")]
    wraps = [line for line in found if line not in consoles]
    if wraps and settings.level != DEBUGGING:
        why = f"with `{wraps[0]}` a file is written each time the buffer is full, which is often at that level"
    elif found and not settings.line("enable"):
        why = f"`logging enable` would set `{found[0]}` going, too"
    else:
        return None
    return Withheld(what="logging", why=why, todo=f"`no {found[0]}` by hand first, if that may be; then run again.")


def _warnings(settings: Settings, steps: tuple[Step, ...], numbers: frozenset[str]) -> list[str]:
    found: list[str] = []
    outward = [line for line in settings.others if _OUTWARD.fullmatch(line)]
    if outward and any(step.key == "enable" for step in steps):
        found.append(f"with `logging enable` these begin as well: {', '.join(outward[:5])}")
    silenced = [match[1] for line in settings.others if (match := _SILENCED.fullmatch(line)) and match[1] in numbers]
    if silenced:
        found.append(f"switched off by `no logging message`, and so not in the log: {', '.join(silenced[:10])}")
    if steps and any(step.key == "buffer-size" for step in steps):
        found.append("an ASA may empty its buffer when its size changes: what is in it now is saved first")
    return found


# --- debug ------------------------------------------------------------------------------------------------------------


def _why_no_debug(present: Present, wish: Wish) -> Withheld | None:
    """F-040: it cannot be narrowed to one client, so on a busy ASA it is not switched on."""
    name, sessions = present.debug_name, present.sessions
    if sessions is None:
        return Withheld(
            what="debug",
            why="how many VPN sessions there are is not known, and the debug prints those of all (F-040)",
            todo="Look at `show vpn-sessiondb summary`, and whether the account may use it.",
        )
    if sessions > wish.max_sessions:
        return Withheld(
            what="debug",
            why=f"{sessions} VPN sessions, now or at the peak, are more than {wish.max_sessions}: the debug cannot be "
            "narrowed to one client (F-040)",
            todo="The log alone tells most causes. vpnphone_debug_max_sessions sets the limit.",
        )
    if present.debugs is None:
        return Withheld(
            what="debug",
            why=f"what is being debugged already is not known: {present.untold}",
            todo="Look at `show debug`, and whether the account may use it.",
        )
    if present.debugs:
        return Withheld(
            what="debug",
            why=f"somebody else has debug on ({', '.join(present.debugs[:5])}), which is left alone",
            todo="Ask who it is; run again once `show debug` is empty.",
        )
    if present.settings.line("debug-trace") and not wish.logging:
        return Withheld(
            what="debug",
            why=f"`{present.settings.line('debug-trace')}` sends the lines of `debug {name}` to the log",
            todo="Allow logging as well (vpnphone_allow_logging): that line is then taken away for the time.",
        )
    return None


# --- back -------------------------------------------------------------------------------------------------------------


class Back(NamedTuple):
    """What is left to be sent, and what is not ours to send: settings that somebody else changed meanwhile."""

    steps: tuple[Step, ...]
    foreign: tuple[str, ...]


def plan_back(steps: tuple[Step, ...], now: Settings) -> Back:
    """From what stands now to what stood before; the last step first. A line that is neither ours nor the old one is
    left alone.
    """
    mine = tuple(step for step in reversed(steps) if now.line(step.key) == step.line != step.before)
    foreign = [
        f"{_said(step.key, now.line(step.key))} stands where {_said(step.key, step.before)} was"
        for step in steps
        if now.line(step.key) not in (step.line, step.before)
    ]
    return Back(mine, tuple(foreign))


def _said(key: Key, line: str) -> str:
    return f"`{line or f'no logging {key}'}`"


def as_read(steps: tuple[Step, ...], now: Settings) -> tuple[Step, ...]:
    """The steps with the lines that the device made of them."""
    return tuple(msgspec.structs.replace(step, line=now.line(step.key)) for step in steps)


def unmet(plan: CollectPlan, now: Settings) -> tuple[str, ...]:
    """Commands that were taken and of which the settings say nothing."""
    left = [step for step in _logging_steps(now) if any(step.key == mine.key for mine in plan.steps)]
    left += [step for step in _trace_step(now) if plan.debug]
    return tuple(step.command for step in left)


def differing(before: Settings, now: Settings) -> tuple[str, ...]:
    """Lines of the one and not of the other: "- gone", "+ new"; () where they are equal."""
    old = (*before.lines.values(), *before.others)
    new = (*now.lines.values(), *now.others)
    return (*(f"- {line}" for line in old if line not in new), *(f"+ {line}" for line in new if line not in old))
