"""What the show commands print. Each topic has its file; all of them are gathered in the table here."""

from __future__ import annotations

from ..commands import EXEC, compile_all
from ..grammar import Pattern
from . import certificates, config, failover, misc, sessions, ssl, version
from .base import Env, Refused, Show

SHOWS: dict[str, Show] = {
    line: show
    for module in (version, ssl, config, certificates, failover, sessions, misc)
    for line, show in module.SHOWS.items()
}
SHOW_PATTERNS: tuple[Pattern, ...] = compile_all({line: line for line in SHOWS})
ALL_PATTERNS: tuple[Pattern, ...] = (*EXEC, *SHOW_PATTERNS)

__all__ = ["ALL_PATTERNS", "SHOWS", "SHOW_PATTERNS", "Env", "Refused", "Show"]
