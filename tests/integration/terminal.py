"""A playbook at a terminal, with somebody before it who answers its questions; and one that is killed."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.integration.conftest import ROOT

# A playbook that says nothing for so long hangs.
SILENCE = 240
# A process group of its own, whose terminal this is.
_OWN_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
Answer = Callable[[re.Match[str]], str]


class Ended(NamedTuple):
    """code: negative where a signal ended it."""

    code: int
    output: str


def at_a_terminal(
    command: Sequence[str],
    env: dict[str, str],
    answers: Sequence[tuple[str, Answer]],
    *,
    kill_when: str = "",
) -> Ended:
    """Run it on a terminal of its own; each pattern that is asked is answered by its function.

    kill_when: once these words are printed, it and all its workers end by SIGKILL, as when their machine dies.
    """
    master, slave = pty.openpty()
    settings = termios.tcgetattr(slave)
    settings[3] &= ~termios.ECHO
    termios.tcsetattr(slave, termios.TCSANOW, settings)
    process = subprocess.Popen(
        [sys.executable, "-c", _OWN_TERMINAL, *command], cwd=ROOT, env=env, stdin=slave, stdout=slave, stderr=slave
    )
    os.close(slave)
    output, asked, silent_since = "", 0, time.monotonic()
    try:
        while time.monotonic() - silent_since < SILENCE:
            if select.select([master], [], [], 0.1)[0]:
                try:
                    data = os.read(master, 65536)
                except OSError:  # nobody has the other end any more
                    break
                if not data:
                    break
                output += _ESCAPES.sub("", data.decode("utf-8", "replace")).replace("\r\n", "\n").replace("\r", "\n")
                silent_since = time.monotonic()
                if kill_when and kill_when in output:
                    break
            elif _listens(master) and (typed := _typed(output[asked:], answers)) is not None:
                # Once it reads key by key: what comes before is thrown away.
                asked = len(output)
                os.write(master, f"{typed}\r".encode())
            elif process.poll() is not None:
                break
    finally:
        for pid in (process.pid, *_below(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        code = process.wait(60)
        os.close(master)
    return Ended(code, output)


def _below(pid: int) -> list[int]:
    """The processes that it started, and those that they did: Ansible's workers have groups of their own."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found = parents.get(pid, [])
    return [*found, *(one for child in found for one in _below(child))]


def _listens(master: int) -> bool:
    return not termios.tcgetattr(master)[3] & termios.ICANON


def _typed(output: str, answers: Sequence[tuple[str, Answer]]) -> str | None:
    """What is to be typed to what was asked last; None where nothing was."""
    found = ((re.search(pattern, output), answer) for pattern, answer in answers)
    return next((answer(match) for match, answer in found if match is not None), None)
