"""show logging: the settings, then the buffer of the context."""

from __future__ import annotations

from .. import debug
from ..headend.syslog import LEVELS, buffer_size, buffered_level
from .base import Env, Show, join


def _state(env: Env, what: str) -> str:
    """The level of `logging console` and its like."""
    word = env.context.value(f"logging {what}")
    return (
        f"level {LEVELS[int(word)] if word.isdecimal() and int(word) < len(LEVELS) else word}" if word else "disabled"
    )


def logging(env: Env) -> str:
    """The header differs from release to release; this is one of them [K]. The buffer shows its last bytes."""
    context = env.context
    level = buffered_level(context)
    buffered = f"level {LEVELS[level]}, {context.log.total} messages logged" if level is not None else "disabled"
    head = [
        f"Syslog logging: {'enabled' if context.lines('logging enable') else 'disabled'}",
        "    Facility: 20",
        f"    Timestamp logging: {'enabled' if context.lines('logging timestamp') else 'disabled'}",
        "    Standby logging: disabled",
        f"    Debug-trace logging: {'enabled' if context.lines('logging debug-trace') else 'disabled'}",
        f"    Console logging: {_state(env, 'console')}",
        f"    Monitor logging: {_state(env, 'monitor')}",
        f"    Buffer logging: {buffered}",
        f"    Trap logging: {_state(env, 'trap')}",
        "    Permit-hostdown logging: disabled",
        "    History logging: disabled",
        "    Device ID: disabled",
        "    Mail logging: disabled",
        f"    ASDM logging: {_state(env, 'asdm')}",
    ]
    left, shown = buffer_size(context), []
    for line in reversed(context.log.lines):
        left -= len(line) + 1
        if left < 0:
            break
        shown.append(line)
    return join([*head, *reversed(shown)])


def debugs(env: Env) -> str:
    """Of every session [K]."""
    return debug.show(env.context)


SHOWS = {"show logging": Show(logging), "show debug": Show(debugs)}
