"""One CLI session: login noise, modes, prompts, dispatch of commands, faults in answers."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable
from dataclasses import replace

from . import configure, debug, execmode, strikes
from .commands import CONFIG_ONLY, PROMPTS
from .configure import Mode
from .device import Context, Device
from .grammar import Match, NoMatch, match
from .scenario import UserSpec
from .shows import SHOWS, Env, Refused, exec_patterns
from .strikes import SWITCH
from .terminal import Hangup, Terminal

_PIPE = re.compile(r'((?:[^"|]|"[^"]*")+?)\s\|\s*(\S*)\s*(.*)$')
_FILTERS = ("begin", "exclude", "grep", "include")
_FILTERED = ("show ", "more ", "dir", "write terminal", "failover exec ")
_SPOOF = ("This is asa-mirror# not a prompt", "asa-mirror>", "asa-mirror#", "Authorised use only # 24/7 >")


class Shell:
    """What a user talks to. log takes (event, details) for the lab's log."""

    def __init__(
        self, device: Device, terminal: Terminal, user: UserSpec, log: Callable[..., None] = lambda *a, **k: None
    ) -> None:
        self.device = device
        self.terminal = terminal
        self.user = user
        # What show curpriv says: enable_15 behind `enable`.
        self.name = user.name
        self.log = log
        self.context: Context = device.login_context
        self.home = self.context
        # The unit of the failover pair that this session is on, whatever the pair does.
        self.unit = device.unit
        self.privilege = user.privilege if user.auto_enable else 1
        self.modes: list[Mode] = []
        self.line = ""
        self.debugs = debug.Debugs(self._print_now)

    # --- the session ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Talk until the user leaves. Raises Drop where a fault cuts the connection; Hangup is the normal end."""
        try:
            await self._talk()
        finally:
            debug.end(self)

    def _print_now(self, text: str) -> None:
        self.terminal.write(text)
        self.terminal.flush()

    async def _talk(self) -> None:
        self.terminal.page = int(self.device.system.value("pager lines", "24") or 24)
        if self.device.system.lines("no pager"):
            self.terminal.page = 0
        self._greet()
        while True:
            try:
                line = await self.terminal.readline(self.prompt())
            except Hangup:
                self.terminal.flush()
                return
            self.line = line.strip()
            if line == "\x1a":
                self.modes.clear()
                continue
            if not self.line or self.line.startswith(("!", ":")):
                continue
            self.device.commands += 1
            self.device.commands_on_standby += self.unit.standby
            self.log("command", command=self.line, **({"standby": True} if self.unit.standby else {}))
            if self.device.spec.latency_ms:
                self.terminal.flush()
                await asyncio.sleep(self.device.spec.latency_ms / 1000)
            try:
                await self._execute(line.rstrip())
            except Hangup:
                self.terminal.flush()
                return
            if self.device.dirty:
                # Lets the state be written before the client sees the prompt.
                await asyncio.sleep(0)

    async def obey(self, context: Context, line: str) -> None:
        """One command in global configuration mode, as if it had been typed; a question that it asks ends it."""
        self.context, self.modes = context, [Mode("config", ())]
        self.line = line.strip()
        with contextlib.suppress(Hangup):
            await self._execute(line)

    def _greet(self) -> None:
        device = self.device
        banners = [node.text.split(maxsplit=2) for node in device.system.lines("banner")]
        lines = [b[2] if len(b) > 2 else "" for b in banners if b[1] in ("login", "motd", "exec")]
        if device.fault("prompt_spoof", ""):
            lines.extend(_SPOOF)
        if device.release >= (9, 2, 0, 0):
            device.logins += 1
            lines += [
                f"User {self.user.name} logged in to {device.hostname}",
                f"Logins over the last 1 days: {device.logins}.  ",
                "Failed logins since the last login: 0.  ",
            ]
        lines.append("Type help or '?' for a list of available commands.")
        self.terminal.write("\n".join(lines) + "\n")

    def prompt(self) -> str:
        mode = f"({PROMPTS[self.modes[-1].name]})" if self.modes else ""
        return f"{self.device.prompt(self.context, self.unit)}{mode}{'#' if self.privilege > 1 else '>'} "

    def env(self, found: Match, *, mate: bool = False) -> Env:
        return Env(self.device, self.context, found.values, found.starts, self.name, self.privilege, mate, self.unit)

    # --- one command --------------------------------------------------------------------------------------------------

    async def _execute(self, line: str) -> None:
        pipe: tuple[str, str] | None = None
        piped = _PIPE.match(line)
        try:
            if piped:
                level, found = self._find(piped[1])
                pipe = (piped[2], piped[3])
            if pipe is None or not found.text.startswith(_FILTERED):
                # A `|` that stands in a description or the like filters nothing.
                level, found = self._find(line)
                pipe = None
        except NoMatch as problem:
            self._complain(problem)
            return
        spelled = found.text
        if any(re.search(pattern, spelled) for pattern in self.user.deny):
            self.terminal.write("Command authorization failed\n")
            return
        struck = await strikes.before(self, spelled)
        if struck is None:
            return
        try:
            if level == "exec":
                await self._exec(found, pipe)
            else:
                await self._configure(found, level)
        except Refused as refusal:
            self._refuse(refusal)
        await strikes.after(self, struck)

    def fail_over(self, then: str) -> None:
        """This session's unit goes to standby. then: active where new sessions reach its mate, which took over."""
        self.device.fail_over(self.unit, mate_answers=then == "active")
        if then == "active":
            # What is typed on the old unit from here on never gets to the new one.
            self.context = replace(self.context, cache={})
        self.terminal.write(SWITCH)

    def _find(self, line: str) -> tuple[str, Match]:
        """(mode it belongs to or "exec", what it means). The innermost mode that knows the command has it."""
        problem: NoMatch | None = None
        for level in dict.fromkeys([*(mode.name for mode in self.modes[-1:]), *(("config",) if self.modes else ())]):
            try:
                return level, configure.find(self.context, level, line)
            except NoMatch as error:
                if problem is None or error.column > problem.column:
                    problem = error
        try:
            found = match(exec_patterns(self.device.release), line)
        except NoMatch as error:
            raise error if problem is None or error.column >= problem.column else problem from None
        show = SHOWS.get(found.pattern.name)
        low = self.privilege <= 1
        if low and (show.level > 1 if show else found.pattern.name not in execmode.USER_MODE):
            raise NoMatch("invalid", found.starts[min(1, len(found.starts) - 1)])
        if found.pattern.name.startswith(CONFIG_ONLY) and not self.modes:
            raise NoMatch("invalid", found.starts[0])
        return "exec", found

    def _complain(self, problem: NoMatch) -> None:
        if problem.kind == "ambiguous":
            self.terminal.write(f'ERROR: % Ambiguous command: "{problem.word}"\n')
        elif problem.kind == "incomplete":
            self.terminal.write("ERROR: % Incomplete command\n")
        else:
            self.caret(problem.column)

    def caret(self, column: int) -> None:
        self.terminal.write(f"{' ' * (len(self.prompt()) + column)}^\nERROR: % Invalid input detected at '^' marker.\n")

    def _refuse(self, refusal: Refused) -> None:
        if refusal.column is not None:
            self.caret(refusal.column)
        else:
            self.terminal.write(refusal.message + "\n")

    async def _configure(self, found: Match, level: str) -> None:
        mode = self.modes[-1] if self.modes[-1].name == level else Mode("config", ())
        negated = found.values[0] == "no"
        answer = await configure.apply(self, found, mode)
        if answer:
            self.terminal.write(answer)
        if not mode.path:
            # A global command typed in a sub-mode leaves that mode.
            self.modes = [Mode("config", ())]
        if found.pattern.mode and not negated:
            self.modes = [Mode("config", ())]
            if mode.path:
                self.modes.append(mode)
            self.modes.append(Mode(found.pattern.mode, (*mode.path, configure.line_of(self.context, mode, found))))

    async def _exec(self, found: Match, pipe: tuple[str, str] | None) -> None:
        show = SHOWS.get(found.pattern.name)
        if show is not None:
            await self._print(self._answer(found), found.text, pipe)
            return
        if found.pattern.name.startswith("failover exec"):
            await self._mate(found, pipe)
            return
        handler = execmode.HANDLERS.get(found.pattern.name)
        if handler is None:
            raise Refused("", found.starts[0])
        await handler(self, found)

    def _answer(self, found: Match, *, mate: bool = False) -> str:
        show = SHOWS[found.pattern.name]
        if not show.cached:
            return show.answer(self.env(found, mate=mate))
        key = f"{mate}:{found.text}:{found.starts}"
        cache = self.context.cache
        if key not in cache:
            cache[key] = show.answer(self.env(found, mate=mate))
        return cache[key]

    async def _mate(self, found: Match, pipe: tuple[str, str] | None) -> None:
        """failover exec: only shows are answered; the mate has the same configuration."""
        if self.device.spec.failover is None:
            raise Refused("ERROR: Command requires failover to be enabled")
        inner = found.values[-1]
        column = found.starts[-1]
        try:
            asked = match(exec_patterns(self.device.release), inner)
        except NoMatch as problem:
            problem.column += column
            self._complain(problem)
            return
        if asked.pattern.name not in SHOWS:
            raise Refused("", column)
        where = found.values[2]
        other = where == "mate" or (where == "standby") != self.unit.standby
        await self._print(self._answer(asked, mate=other), found.text, pipe)

    # --- answers and their faults -------------------------------------------------------------------------------------

    async def _print(self, text: str, spelled: str, pipe: tuple[str, str] | None) -> None:
        if pipe is not None:
            text = self._filter(text, *pipe)
        if self.device.faults:
            text = strikes.damage(self, text, spelled)
        await self.terminal.answer(text)

    def _filter(self, text: str, word: str, pattern: str) -> str:
        names = [name for name in _FILTERS if word and name.startswith(word.lower())]
        if len(names) != 1 or not pattern.strip():
            raise Refused(
                "ERROR: % Incomplete command" if len(names) == 1 else "", None if names else self.line.index("|")
            )
        kind, invert = names[0], names[0] == "exclude"
        pattern = pattern.strip()
        if kind == "grep" and pattern.startswith("-v "):
            invert, pattern = True, pattern[3:].strip()
        try:
            wanted = re.compile(pattern)
        except re.error:
            wanted = re.compile(re.escape(pattern))
        lines = text.splitlines(keepends=True)
        if kind == "begin":
            start = next((i for i, line in enumerate(lines) if wanted.search(line)), len(lines))
            return "".join(lines[start:])
        return "".join(line for line in lines if bool(wanted.search(line.rstrip("\n"))) != invert)
