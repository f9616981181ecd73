"""A session without SSH: a channel that echoes what is typed and answers by a script."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.vpnphone.transport import silence
from ansible.module_utils.vpnphone.transport.asa_config import ConfigSession
from ansible.module_utils.vpnphone.transport.framing import parse_prompt
from ansible.module_utils.vpnphone.transport.options import Connection

CONNECTION = Connection.of({"host": "asa1", "port": 22, "username": "me", "password": "canary-1",
                            "connect_timeout": 1, "command_timeout": 1})  # fmt: skip
# What a line says and which prompt follows: (text, prompt).
Reply = tuple[str, str]
Script = Mapping[str, Reply] | Callable[[str], Reply]


class FakeShell:
    """A paramiko channel. script maps a line to (text, prompt); a prompt "" leaves the device waiting."""

    def __init__(self, script: Script, prompt: str) -> None:
        self.reply = script if callable(script) else lambda line: script.get(line, ("", self.prompt))
        self.prompt = prompt
        self.typed: list[str] = []
        self._out = b""

    def settimeout(self, seconds: float) -> None:
        """Nothing is waited for here."""

    def sendall(self, data: bytes) -> None:
        line = data.decode().rstrip("\n")
        self.typed.append(line)
        text, prompt = self.reply(line)
        self.prompt = prompt or self.prompt
        self._out += f"{line}\r\n{text}{prompt + ' ' if prompt else ''}".replace("\n", "\r\n").encode()

    def recv(self, size: int) -> bytes:
        if not self._out:
            raise TimeoutError
        out, self._out = self._out, b""
        return out


def session(script: Script, prompt: str = "fw#") -> tuple[ConfigSession, FakeShell]:
    """A privileged session at that prompt, and its shell."""
    shell = FakeShell(script, prompt)
    made = ConfigSession.__new__(ConfigSession)
    values: dict[str, Any] = {
        "name": "fw", "options": CONNECTION, "privilege": 15, "prompt": parse_prompt(prompt), "remote_conn": shell,
        "_decoder": codecs.getincrementaldecoder("utf-8")("replace"), "_pending": "", "_received": 0, "_lines": 0,
        "_waited": 0.0, "_tunnel": None, "_path": None, "_far_end": silence.asa("fw"),
    }  # fmt: skip
    for name, value in values.items():
        setattr(made, name, value)
    return made, shell
