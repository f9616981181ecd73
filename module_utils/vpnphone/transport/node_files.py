"""What both ways to a node's files share: which names may be asked for, how much may come, how a refusal reads."""

from __future__ import annotations

import re
from typing import NamedTuple

from ..errors import BadInput, DeviceRefused

# A phone's file has some 10^4 bytes.
MAX_FILE = 2 * 1024 * 1024
# Letters other than these never reach a node: no path, no other file of it.
_FILE_NAME = re.compile(r"SEP[0-9A-F]{12}\.cnf\.xml(?:\.enc)?(?:\.sgn)?")
PHONE_NAME = re.compile("SEP[0-9A-F]{12}")


class FileLimits(NamedTuple):
    """Seconds and bytes of one transfer. idle: without an answer; total: for the whole file; tries: of one packet."""

    idle: float = 3
    total: float = 30
    tries: int = 3
    size: int = MAX_FILE


class FileAbsent(DeviceRefused):
    """The node answered that it has no such file: a fact, not a fault."""

    code = "file_absent"


def checked_name(name: str) -> str:
    """The name, where it is that of a phone's configuration file. BadInput for every other."""
    if not _FILE_NAME.fullmatch(name):
        raise BadInput(
            f"{name[:80]!r} is not the name of a phone's file.",
            todo="Expected SEP, the twelve hex digits of the MAC in capitals, .cnf.xml, and .sgn or .enc.sgn.",
        )
    return name


def absent(name: str, node: str) -> FileAbsent:
    return FileAbsent(
        f"there is no file {name}.",
        where=node,
        todo="Is the phone a device of this cluster, and does this node serve files?",
    )
