"""Phones' files that somebody saved, one folder a node: SAVED/tftp/NODE/SEP<MAC>.cnf.xml.sgn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from .errors import BadInput
from .gather_phones import ENDINGS, served_file
from .model import PhoneState, ServedFile
from .parse.cnf import MAX_FILE, Seen
from .parse.saved import FileError, read_bytes

FOLDER = "tftp"
MAX_NODES = 32
_NODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")


def read_saved_files(saved: Path, cucm: str, phones: Sequence[str]) -> tuple[PhoneState, ...]:
    """What the folder holds of each phone; without such a folder no phone has a file. BadInput where it is unreadable.

    A file that is missing below a node proves nothing of the node: it is there as unreadable, never as absent.
    """
    folder = saved / FOLDER
    try:
        entries = sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []
    except OSError as error:
        raise BadInput(
            f"the folder cannot be read: {error.strerror}.", where=str(folder), code="saved_outputs_unreadable"
        ) from error
    # Of links none: they may lead anywhere.
    nodes = [entry for entry in entries if _NODE.fullmatch(entry.name) and entry.is_dir() and not entry.is_symlink()]
    return tuple(_phone(phone, cucm, nodes) for phone in phones)


def _phone(phone: str, cucm: str, nodes: Sequence[Path]) -> PhoneState:
    seen: Seen = {}
    return PhoneState(name=phone, cucm=cucm, files=tuple(_file(phone, node, seen) for node in nodes[:MAX_NODES]))


def _file(phone: str, node: Path, seen: Seen) -> ServedFile:
    why = "no such file was saved"
    for name in (phone + ending for ending in ENDINGS):
        if not (node / name).exists():
            continue
        try:
            data = read_bytes(node / name, node, MAX_FILE + 1)
        except FileError as error:
            why = str(error)
            break
        return served_file(node.name, "tftp", name, data, seen)
    return ServedFile(node=node.name, via="tftp", name=phone + ENDINGS[0], status="unreadable", detail=why)
