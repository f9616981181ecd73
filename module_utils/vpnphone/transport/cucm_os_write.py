"""What is changed at the platform's command line: a certificate comes into a store of trusted ones, or leaves it.

One session a change, closed after it: a node that reads on after the pasted text cannot spoil the next command.
"""

from __future__ import annotations

import re

from ..errors import BadInput
from .cucm_os import ASKS, PlatformCli

UNIT = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,60}")
FILE = re.compile(r"[A-Za-z0-9*][A-Za-z0-9._*-]{0,190}\.pem")
_PASTE = re.compile(r"Paste the Certificate[^\n]{0,80}\s*$", re.IGNORECASE)


def import_command(unit: str) -> str:
    return f"set cert import trust {unit}"


def delete_command(unit: str, file: str) -> str:
    return f"set cert delete {unit} {file}"


def import_trust(cli: PlatformCli, unit: str, pem: str) -> str:
    """Paste a certificate; the node's words. A yes is no proof: read it back."""
    _check(UNIT, unit, "the name of a unit")
    lines = pem.strip().splitlines()
    words, asked = cli.converse(import_command(unit), _PASTE, "".join(f"{line.strip()}\n" for line in lines) + "\n")
    return words if asked else f"it did not ask for the certificate: {words}"


def delete_trust(cli: PlatformCli, unit: str, file: str) -> str:
    """Delete one file of a store; the node's words. A yes is no proof: read it back."""
    _check(UNIT, unit, "the name of a unit")
    _check(FILE, file, "the name of a certificate's file")
    # Whether it asks to be sure is not established [?]; that one question is about nothing but this file.
    words, _asked = cli.converse(delete_command(unit, file), ASKS, "yes\n")
    return words


def _check(form: re.Pattern[str], word: str, what: str) -> None:
    if not form.fullmatch(word):
        raise BadInput(
            f"{word[:80]!r} is not {what}.",
            todo="Do this step by hand: Cisco Unified OS Administration > Security > Certificate Management.",
        )
