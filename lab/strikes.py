"""The faults of a device as they strike a command: before it is taken, in its answer, and after it is taken.

A cut connection may keep the device away from its port for a while (`stay_down`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from .device import Device
from .scenario import FaultSpec

if TYPE_CHECKING:
    from .shell import Shell

Log = Callable[..., None]

REPLICATION = "Beginning configuration replication: Sending to mate."
SWITCH = "\n\tSwitching to Standby\n"
_REFUSAL = "ERROR: The command failed"
_AFTER = ("drop_after", "hang_after", "failover")


class Drop(Exception):
    """Cut the connection without a word."""


@dataclass(frozen=True)
class Struck:
    """One command, as it was typed and spelled out, and the fault that strikes once it is taken."""

    names: tuple[str, ...]
    after: FaultSpec | None = None


async def before(shell: Shell, spelled: str) -> Struck | None:
    """What strikes the command before it is taken; None where it is refused and must not be taken. Raises Drop."""
    device, names = shell.device, (spelled, shell.line)
    if not device.faults:
        return Struck(names)
    if device.fault_on_command("hang", *names):
        shell.terminal.flush()
        await silence(device, shell.log, "hang", names)
    if device.fault("drop_before", *names):
        shell.terminal.flush()
        cut(device, shell.log, "drop_before", names)
    refusal = device.fault("refuse", *names)
    if refusal:
        shell.log("fault", kind="refuse", command=shell.line)
        shell.terminal.write((refusal.text or _REFUSAL) + "\n")
        return None
    for kind in _AFTER:
        after = device.fault(kind, *names)
        if after:
            # What was typed is echoed, of the answer nothing is seen.
            shell.terminal.flush()
            return Struck(names, after)
    return Struck(names)


async def after(shell: Shell, struck: Struck) -> None:
    """What strikes a command that was taken. Raises Drop."""
    if struck.after is None:
        return
    kind = struck.after.kind
    if kind == "failover":
        shell.log("fault", kind=kind, command=shell.line)
        shell.fail_over(struck.after.then)
        return
    shell.terminal.discard()
    if kind == "hang_after":
        await silence(shell.device, shell.log, kind, struck.names)
    cut(shell.device, shell.log, kind, struck.names)


async def silence(device: Device, log: Log, kind: str, names: tuple[str, ...]) -> None:
    """Never answer. names: the command, the last of them as it was typed."""
    log("fault", kind=kind, command=names[-1])
    _stay_down(device, log, names)
    await asyncio.Event().wait()


def cut(device: Device, log: Log, kind: str, names: tuple[str, ...]) -> NoReturn:
    """Raises Drop."""
    log("fault", kind=kind, command=names[-1])
    _stay_down(device, log, names)
    raise Drop


def _stay_down(device: Device, log: Log, names: tuple[str, ...]) -> None:
    down = device.fault("stay_down", *names)
    if down:
        log("fault", kind="stay_down", seconds=down.seconds)
        device.on_down(down.seconds)


def damage(shell: Shell, text: str, spelled: str) -> str:
    """The answer after the faults of the scenario: garbage, lines between, cut off, or a cut connection."""
    device, terminal, names = shell.device, shell.terminal, (spelled, shell.line)
    syslog = device.fault("syslog", *names)
    if syslog and text:
        lines = text.splitlines(keepends=True)
        lines.insert(len(lines) // 2, (syslog.text or REPLICATION) + "\n")
        text = "".join(lines)
    garbage = device.fault("garbage", *names)
    if garbage and text:
        noise = bytes((i * 37 + 11) % 256 for i in range(96)).replace(b"\n", b"").replace(b"\r", b"")
        terminal.write(text[: len(text) // 2])
        terminal.raw(noise + b"\x1b[2J\x07\x00\xff\xfe")
        text = text[len(text) // 2 :]
    truncate = device.fault_on_command("truncate", *names, default=r"^show running-config$|^write terminal$")
    if truncate:
        lines = text.splitlines(keepends=True)
        text = "".join(lines[: max(1, len(lines) * 2 // 3)])
    if device.fault("drop", *names):
        terminal.write(text[: max(1, len(text) // 2)])
        terminal.flush()
        cut(device, shell.log, "drop", names)
    return text
