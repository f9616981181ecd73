"""What the show commands print. Each topic has its file; all of them are gathered in the table here."""

from __future__ import annotations

from functools import lru_cache

from .. import debug
from ..grammar import Table, compile_line, compile_table
from ..release import Release
from ..tables import EXEC_TABLE
from . import certificates, config, events, failover, logging, misc, sessions, ssl, version
from .base import Env, Refused, Show

SHOWS: dict[str, Show] = {
    line: show
    for module in (version, ssl, config, certificates, events, failover, sessions, logging, misc)
    for line, show in module.SHOWS.items()
}
# Every command of the EXEC modes.
EXEC = Table(
    (
        *compile_table(EXEC_TABLE).patterns,
        *compile_table(debug.TABLE).patterns,
        *(pattern for line in SHOWS for pattern in compile_line(line, line)),
    )
)


@lru_cache(maxsize=64)
def exec_patterns(release: Release) -> Table:
    return EXEC.for_release(release)


__all__ = ["SHOWS", "Env", "Refused", "Show", "exec_patterns"]
