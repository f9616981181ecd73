"""Whether a secret of the inventory stands in a file as plain text, and the warning about it. Never with its value.

Ansible 2.19 and later tags a value with where it was written (Origin), with its ciphertext where it was decrypted
(VaultedValue), and as its author's own text (TrustedAsTemplate). The Origin of what was written in a file has a path,
that of the environment, of a prompt, of an inventory script has none. What a template made has that of the template.
The tags are no public part of Ansible [K]. Without them the warning names no file, and tells a script from none.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

# How a file begins that ansible-vault has encrypted.
_VAULT = b"$ANSIBLE_VAULT;"
# What SOPS puts in place of a value [K]; a vars plugin hands over what it deciphered with the name of that file.
_SOPS = b"ENC[AES256_GCM,"
_MAX_HEAD = 1 << 20
# Bytes of a line in which a value is looked for.
_MAX_LINE = 65_536
IN_PLAIN_TEXT = "is in plain text in"
_TODO = (
    "Put what `ansible-vault encrypt_string --prompt` prints in its place, or take it from the environment: "
    "{name}: \"{{{{ lookup('ansible.builtin.env', 'NAME') }}}}\". See docs/security.md, S1."
)


def warning(name: str, written: Any, value: Any, extra: Mapping[str, Any]) -> str:
    """What to tell of a secret variable; "" where it is well kept. The same for every host that has it from one file.

    written: as the inventory has it. value: what that gives. extra: the variables of -e, which are no inventory.
    """
    tags = _tags()
    place = _guess(name, written, extra) if tags is None else _place(value, extra, tags)
    return f"{name} {IN_PLAIN_TEXT} {place}. {_TODO.format(name=name)}" if place else ""


@cache
def _tags() -> Any:
    """Ansible's tags. Not imported with this file: a module by itself would load half a controller."""
    try:
        return importlib.import_module("ansible._internal._datatag._tags")
    except ImportError:
        return None


def _place(value: Any, extra: Mapping[str, Any], tags: Any) -> str:
    """The file in which the value stands as plain text, or ""."""
    origin = tags.Origin.get_tag(value)
    if origin is None or not origin.path or tags.VaultedValue.is_tagged_on(value):
        return ""
    if any(given.path == origin.path for one in extra.values() if (given := tags.Origin.get_tag(one))):
        return ""
    shown = origin.path if origin.path.isprintable() else ascii(origin.path)
    try:
        with Path(origin.path).open("rb") as file:
            head = file.read(_MAX_HEAD)
            if head.startswith(_VAULT) or _SOPS in head:
                return ""
            if tags.TrustedAsTemplate.is_tagged_on(value):
                return shown
            # A number, !unsafe, a template's default: these stand in their line. What a lookup found does not.
            file.seek(0)
            line = next(islice(file, (origin.line_num or 1) - 1, None), b"")
    except OSError:
        return shown
    return shown if str(value).encode("utf-8", "surrogateescape") in line[:_MAX_LINE] else ""


def _guess(name: str, written: Any, extra: Mapping[str, Any]) -> str:
    """The same where nothing tells the file."""
    # What is vaulted is no text until it is asked for.
    text = str(written) if isinstance(written, str | int | float) else "{{"
    return "" if name in extra or "{{" in text or "{%" in text else "the inventory"
