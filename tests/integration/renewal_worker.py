"""A controller that can be killed: each module runs in a process group of its own, forked from one that has loaded it.

serve(): a line of JSON in, a line of JSON out, until the input ends.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from typing import Any, NamedTuple, NoReturn

from ansible.module_utils.vpnphone.renewal import journal
from paramiko.channel import Channel

from tests.integration.conftest import ROOT
from tests.integration.renewal_operator import STEPS, execute
from tests.plugins import load_module

KILLED = {"failed": True, "killed": True, "msg": "killed", "error": {"code": "killed"}}


class Kill(NamedTuple):
    """The moment: before or after the journal is written for the number-th time by this controller; or, sent, once a
    line with these words was sent to an ASA, before its answer.
    """

    when: str
    number: int = 0
    words: str = ""


class Worker:
    """The loaded process, seen from the test. Use as a context manager."""

    def __init__(self) -> None:
        # The first import lets the modules find their own code.
        program = "import tests.conftest; from tests.integration.renewal_worker import serve; serve()"
        command = [sys.executable, "-c", program]
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)

    def run(self, module: str, params: dict[str, Any], check: bool, kill: Kill | None = None) -> dict[str, Any]:
        """Its result; KILLED where it did not live to give one."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"module": module, "params": params, "check": check, "kill": kill}), file=self._process.stdin)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


# --- within the process -----------------------------------------------------------------------------------------------


def serve() -> None:
    """One request after the other; single-threaded, so that a fork is whole."""
    for module in {module for steps in STEPS.values() for _, module, _ in steps}:
        load_module(module)
    for line in sys.stdin:
        print(json.dumps(_forked(json.loads(line))), flush=True)


def _forked(asked: dict[str, Any]) -> dict[str, Any]:
    read, write = os.pipe()
    child = os.fork()
    if not child:
        _be_killed(asked, read, write)
    os.close(write)
    with os.fdopen(read) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return KILLED
    return dict(json.loads(text))


def _be_killed(asked: dict[str, Any], read: int, write: int) -> NoReturn:
    """The child: in a group of its own, to its end or until it is struck. What it raises ends the test."""
    try:
        os.setsid()
        os.close(read)
        if asked["kill"] is not None:
            _arm(Kill(*asked["kill"]))
        result = execute(asked["module"], asked["params"], asked["check"])
        with os.fdopen(write, "w") as pipe:
            json.dump(result, pipe)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _arm(kill: Kill) -> None:
    """From now on this process group ends at that moment."""
    write, send = journal._write, Channel.sendall
    left = kill.number

    def strike() -> None:
        os.killpg(0, signal.SIGKILL)

    def written(*words: Any) -> Any:
        nonlocal left
        left -= 1
        if kill.when == "before" and not left:
            strike()
        path = write(*words)
        if not left:
            strike()
        return path

    def sent(channel: Channel, data: bytes) -> None:
        send(channel, data)
        if kill.words.encode() in data:
            strike()

    if kill.when == "sent":
        Channel.sendall = sent
    else:
        journal._write = written
