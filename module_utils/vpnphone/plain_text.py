"""Whether a secret of the inventory stands in a file as plain text, and the warning about it. Never with its value.

Ansible 2.19 and later tags a value with where it was written (Origin), with its ciphertext where it was decrypted
(VaultedValue), and as its author's own text (TrustedAsTemplate). The Origin of what was written in a file has a path,
that of the environment, of a prompt, of an inventory script has none. What a template made has that of the template.
The tags are no public part of Ansible [K]. Without them the warning names no file, and tells a script from none.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from ansible.parsing.vault import EncryptedString, is_encrypted

try:
    from ansible._internal._datatag import _tags as tags
except ImportError:
    tags = None

# Bytes: of a file, whose head tells that it is encrypted; of a line in which a value is looked for.
_HEAD, _MAX_LINE = 64, 65_536
_TODO = (
    "Put what `ansible-vault encrypt_string --prompt` prints in its place, or take it from the environment: "
    "{name}: \"{{{{ lookup('ansible.builtin.env', 'NAME') }}}}\". See docs/security.md, S1."
)


def warning(name: str, written: Any, value: Any, extra: Mapping[str, Any]) -> str:
    """What to tell of a secret variable; "" where it is well kept. The same for every host that has it from one file.

    written: as the inventory has it. value: what that gives. extra: the variables of -e, which are no inventory.
    """
    place = _place(value, extra) if tags is not None else _guess(name, written, extra)
    return f"{name} is in plain text in {place}. {_TODO.format(name=name)}" if place else ""


def _place(value: Any, extra: Mapping[str, Any]) -> str:
    """The file in which the value stands as plain text, or ""."""
    origin = tags.Origin.get_tag(value)
    if origin is None or not origin.path or tags.VaultedValue.is_tagged_on(value):
        return ""
    if any(given.path == origin.path for one in extra.values() if (given := tags.Origin.get_tag(one))):
        return ""
    shown = origin.path if origin.path.isprintable() else ascii(origin.path)
    try:
        with Path(origin.path).open("rb") as file:
            if is_encrypted(file.read(_HEAD)):
                return ""
            if tags.TrustedAsTemplate.is_tagged_on(value):
                return shown
            # A number, !unsafe, a template's default: these stand in their line. What a lookup found does not.
            file.seek(0)
            line = next(islice(file, (origin.line_num or 1) - 1, None), b"")
    except OSError:
        return shown
    return shown if str(value).encode() in line[:_MAX_LINE] else ""


def _guess(name: str, written: Any, extra: Mapping[str, Any]) -> str:
    """The same where nothing tells the file."""
    elsewhere = name in extra or isinstance(written, EncryptedString) or "{{" in str(written) or "{%" in str(written)
    return "" if elsewhere else "the inventory"
