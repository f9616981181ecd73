"""The embedded event manager at work: the applets' timers run in the lab's loop, their commands change the device."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from . import applets, secrets
from .applets import AppletRuns
from .configtree import Node
from .context import Context
from .device import Device
from .scenario import UserSpec
from .shell import Shell
from .strikes import Drop
from .terminal import Terminal

# Applets act at the highest privilege, whoever wrote them down.
_USER = UserSpec(name="eem", password="", auto_enable=True)

Log = Callable[..., None]
_Key = tuple[str, str, str]


class EventManager:
    """Follows the configuration of one device. log takes (event, details)."""

    def __init__(self, device: Device, loop: asyncio.AbstractEventLoop, log: Log) -> None:
        self._device, self._loop, self._log = device, loop, log
        self._running: dict[_Key, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        device.followers.append(self.follow)
        device.on_applet = self._act
        self.follow()

    def follow(self) -> None:
        """A timer begins as its line is entered, also where it is entered again, and ends as the line goes [K]."""
        wanted: dict[_Key, int] = {}
        for name, context in self._device.contexts.items():
            known = applets.applets(context.running)
            for gone in context.applets.keys() - known.keys():
                del context.applets[gone]
            for applet, node in known.items():
                runs = context.applets.setdefault(applet, AppletRuns())
                timers = applets.timers(node)
                wanted |= {(name, applet, line): seconds for line, (_, seconds) in timers.items()}
                runs.due = {line: at for line, at in runs.due.items() if line in timers}
        for key in self._running.keys() - wanted.keys():
            self._stop(key)
        for key, seconds in wanted.items():
            if key[2] not in self._runs(key).due:
                self._stop(key)
                self._start(key, seconds)

    def _runs(self, key: _Key) -> AppletRuns:
        return self._device.contexts[key[0]].applets[key[1]]

    def _start(self, key: _Key, seconds: int) -> None:
        self._runs(key).due[key[2]] = self._loop.time() + seconds
        self._running[key] = self._loop.call_later(seconds, self._strike, key)

    def _stop(self, key: _Key) -> None:
        handle = self._running.pop(key, None)
        if handle is not None:
            handle.cancel()

    def _strike(self, key: _Key) -> None:
        context = self._device.contexts[key[0]]
        node = applets.applets(context.running)[key[1]]
        self._running.pop(key, None)
        kind, seconds = applets.timers(node)[key[2]]
        self._runs(key).line(key[2]).strike(self._device.now())
        self._log("event manager", applet=key[1], timer=key[2])
        if kind == "watchdog":
            self._start(key, seconds)
        self._act(context, key[1])

    def _act(self, context: Context, name: str) -> None:
        applet = applets.applets(context.running)[name]
        task = self._loop.create_task(run(self._device, context, name, applet, self._log))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        for key in list(self._running):
            self._stop(key)
        for task in self._tasks:
            task.cancel()


async def run(device: Device, context: Context, name: str, applet: Node, log: Log) -> None:
    """One run of an applet: each command on its own in global configuration mode; a question is never answered [K]."""
    runs = context.applets.setdefault(name, AppletRuns())
    now = device.now()
    runs.total.strike(now)
    printed: list[str] = []
    for line, command in applets.actions(applet):
        runs.line(line).strike(now)
        log("command", command=secrets.for_log(command), applet=name)
        out: list[bytes] = []
        terminal = Terminal(out.append, device.width)
        terminal.close()
        shell = Shell(device, terminal, _USER, log)
        # A fault that cuts connections has none to cut here.
        with contextlib.suppress(Drop):
            await shell.obey(context, command)
        terminal.flush()
        printed.append(f"{command}\n{b''.join(out).decode('utf-8', 'replace')}".replace("\r\n", "\n"))
    _keep(device, runs, name, applets.output(applet), "\n".join(printed), now)
    device.touch()


def _keep(device: Device, runs: AppletRuns, name: str, where: str, text: str, now: datetime) -> None:
    """`output file ...`; to the console and to nowhere are the same here."""
    how, _, file = where.removeprefix("file ").partition(" ")
    if not where.startswith("file "):
        return
    stamp = f"{now:%Y%m%d-%H%M%S}"
    number = (runs.total.count - 1) % int(file) if how == "rotate" else 0
    path = {
        "append": file, "overwrite": file, "new": f"eem-{name}-{stamp}.log", "rotate": f"eem-{name}-{number}.log",
    }[how]  # fmt: skip
    path = path if ":" in path else f"disk0:/{path}"
    before = device.flash.get(path, b"") if how == "append" else b""
    device.flash[path] = before + text.encode()
    runs.file = path
