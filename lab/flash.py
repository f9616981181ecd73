"""Files on disk0: copy and delete, and the DAP selection file that is in force.

A configuration in a file has of secrets what the lab has of them, hashes and *****; a real ASA writes keys in clear.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from .shows.base import Refused
from .shows.config import whole
from .shows.misc import flash_path

if TYPE_CHECKING:
    from .grammar import Match
    from .shell import Shell

DAP_FILE = "disk0:/dap.xml"
_CONFIGURATIONS = ("running-config", "startup-config")


async def _confirm(shell: Shell, question: str) -> bool:
    """`[confirm]` takes Enter or y; a real ASA takes one key, the lab a line."""
    return (await shell.terminal.readline(f"{question} [confirm]")).strip().lower() in ("", "y", "yes")


async def _copy(shell: Shell, found: Match) -> None:
    """To a file of disk0:. Every question has its default; /noconfirm asks none and overwrites [K]."""
    flash, terminal = shell.device.flash, shell.terminal
    first, second = found.values[-2:]
    asks, kept = "/noconfirm" not in found.values, first not in _CONFIGURATIONS
    source, target = flash_path(first) if kept else first, flash_path(second)
    if asks:
        name = (await terminal.readline(f"\nSource filename [{source.rpartition('/')[2]}]? ")).strip()
        source = flash_path(name) if name and kept else source
        name = (await terminal.readline(f"\nDestination filename [{target.rpartition('/')[2]}]? ")).strip()
        target = flash_path(name) if name else target
    if not target.startswith("disk0:/") or target.endswith("/"):
        raise Refused(f"%Error opening {second} (Invalid argument)")
    if kept and source not in flash:
        raise Refused(f"%Error opening {first} (No such file or directory)")
    if asks and target in flash:
        terminal.write("\n%Warning:There is a file already existing with this name\n")
        if not await _confirm(shell, "Do you want to over write?"):
            return
    if kept:
        data = flash[source]
        terminal.write("Copy in progress...C\n")
    else:
        data = whole(shell.env(found), startup=source == "startup-config").encode()
        digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
        terminal.write(f"Cryptochecksum: {' '.join(digest[i : i + 8] for i in range(0, 32, 8))} \n\n")
    flash[target] = data
    shell.device.touch()
    terminal.write(f"{len(data)} bytes copied in 0.50 secs\n")


async def _delete(shell: Shell, found: Match) -> None:
    flash, terminal, given = shell.device.flash, shell.terminal, found.values[-1]
    path = flash_path(given)
    if "/noconfirm" not in found.values:
        name = (await terminal.readline(f"\nDelete filename [{path.rpartition('/')[2]}]? ")).strip()
        path = flash_path(name) if name else path
        if not await _confirm(shell, f"\nDelete {path}?"):
            return
    if path not in flash:
        raise Refused(f"%Error deleting {given} (No such file or directory)")
    del flash[path]
    shell.device.touch()


async def _activate_dap(shell: Shell, found: Match) -> None:
    """dap.xml as it is now comes into force; one that is not there or not readable changes nothing [K]."""
    device = shell.device
    if DAP_FILE not in device.flash:
        raise Refused(f"ERROR: Unable to open {DAP_FILE}")
    try:
        fromstring(device.flash[DAP_FILE])
    except (ParseError, DefusedXmlException, ValueError):
        raise Refused(f"ERROR: {DAP_FILE} cannot be parsed") from None
    device.dap_file = device.flash[DAP_FILE]
    device.touch()


HANDLERS: dict[str, Callable[[Shell, Match], Awaitable[None]]] = {
    "copy": _copy,
    "delete": _delete,
    "dynamic-access-policy-config activate": _activate_dap,
}
