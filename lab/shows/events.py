"""show event manager, in the layout of Cisco's command reference [K]."""

from __future__ import annotations

import asyncio

from ..applets import AppletRuns, Hits, applets, timers
from .base import Env, Refused, Show, join


def _hits(env: Env, hits: Hits) -> str:
    last = f", last {env.device.stamp(hits.last, '%Y/%m/%d %H:%M:%S')}" if hits.last else ""
    return f"hits {hits.count}{last}"


def _left(runs: AppletRuns, line: str, seconds: int) -> int:
    """Seconds until the timer strikes, 0 once it has; all of them where no lab runs."""
    if line not in runs.due:
        return seconds
    return max(0, round(runs.due[line] - asyncio.get_running_loop().time()))


def event_manager(env: Env) -> str:
    """Every applet with its events and actions, and how often they came about."""
    if env.device.multiple:
        raise Refused("", env.starts[2])
    lines: list[str] = []
    for name, node in applets(env.context.running).items():
        runs = env.context.applets.get(name, AppletRuns())
        lines.append(f"event manager applet {name}, {_hits(env, runs.total)}")
        if runs.file:
            lines.append(f" last file {runs.file}")
        running = timers(node)
        for child in node.children:
            hits = _hits(env, runs.lines.get(child.text, Hits()))
            if child.text in running:
                kind, seconds = running[child.text]
                left = _left(runs, child.text, seconds)
                lines.append(f" event {kind} {seconds} secs, left {left} secs, {hits}")
            elif child.text.startswith(("event ", "action ")):
                lines.append(f" {child.text}, {hits}")
    return join(lines)


SHOWS = {"show event manager {9.2.1-}": Show(event_manager)}
