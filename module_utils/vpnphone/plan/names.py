"""What may be typed into an ASA: names, URLs and whole lines, whether a person or the device said them.

A command line is text: a newline ends it, `?` asks for help in its middle, a quote swallows what follows. So nothing is
escaped; what does not fit the alphabet is refused, and then nothing is sent (`name_refused`).
"""

from __future__ import annotations

import re
import unicodedata

from ..errors import BadInput

# [K] 64 is what the ASA takes for a tunnel-group and a group-policy.
MAX_NAME = 64
MAX_URL = 1024
# [K] An ASA reads command lines of up to about 500 characters; a custom cipher list alone may have 493.
MAX_LINE = 600
MAX_PATH = 128

# Printable ASCII less blank, ? " ' | ; and backslash.
_NAME = re.compile(r"[!#-&(-:<->@-\[\]-{}~]+")
_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*"
)
_URL_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]*)*")
_FLASH = re.compile(r"(?:disk[0-9]|flash):/?[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
# What a line holds beyond names: blanks between words, and the quotes of a cipher list.
_LINE = re.compile(r"[!#-&(-:<->@-\[\]-{}~]+(?: [!-&(-:<->@-\[\]-{}~]+)*")
# Longest part of a refused text that an error shows.
_SHOWN = 60


def check_name(text: str, kind: str, where: str) -> str:
    """The name as it is. kind: "group-policy", "ACL", ...; where: the option, or the device that said it.

    1 to 64 characters of printable ASCII without blank, ? " ' | ; and backslash, the first one not a hyphen.
    """
    if text and len(text) <= MAX_NAME and not text.startswith("-") and _NAME.fullmatch(text):
        return text
    raise _refused(
        f"{shown(text)} is no name of a {kind} that can be typed safely: {_why(text)}.",
        where,
        f"Use 1 to {MAX_NAME} printable ASCII characters without blank, ? \" ' | ; and backslash, and no hyphen first."
        " A thing that has such a name on the device already must be renamed or changed by hand.",
    )


def check_words(text: str, kind: str, where: str) -> str:
    """Words of the device that are sent back, e.g. the old value of an attribute; each is held to check_name."""
    for word in text.split(" "):
        check_name(word, kind, where)
    return text


def check_url(text: str, where: str) -> str:
    """A group-url as phones need it: https, a host name or IPv4 address, port 443 if any, a plain path."""
    scheme, mark, rest = text.partition("://")
    host, slash, path = rest.partition("/")
    host = host.removesuffix(":443")
    fits = scheme == "https" and mark and _HOST.fullmatch(host) and _URL_PATH.fullmatch(slash + path)
    if fits and len(text) <= MAX_URL:
        return text
    raise _refused(
        f"{shown(text)} is no URL that phones can dial.",
        where,
        "Give https://<name of this device>/<path>: letters, digits and . _ ~ - / in the path, no user, no query, no"
        f" port but 443 (VPNP-213), at most {MAX_URL} characters; the same as in CUCM's VPN gateway, letter by letter.",
    )


def check_flash_path(text: str, where: str) -> str:
    """A file on the device's flash: `disk0:/dap.xml`; no `..`."""
    if len(text) <= MAX_PATH and _FLASH.fullmatch(text) and ".." not in text:
        return text
    raise _refused(
        f"{shown(text)} is no file on the device's flash.",
        where,
        f"Give disk0:/<name>: letters, digits and . _ - in a name, at most {MAX_PATH} characters.",
    )


def check_line(text: str, where: str) -> str:
    """A whole command, the last look before it becomes part of a plan: as check_name, and single blanks and quotes."""
    if len(text) <= MAX_LINE and _LINE.fullmatch(text):
        return text
    raise _refused(
        f"a command that cannot be typed safely would be sent: {shown(text)}.",
        where,
        "A name or value in it does not fit the ASA's command line; change that part by hand.",
    )


def shown(text: str) -> str:
    """A text that nobody vouches for, in an error: ASCII, quoted, cut."""
    cut = text[:_SHOWN] + ("..." if len(text) > _SHOWN else "")
    return ascii(cut)


def _why(text: str) -> str:
    if not text:
        return "it is empty"
    if len(text) > MAX_NAME:
        return f"it has {len(text)} characters"
    if text.startswith("-"):
        return "it begins with a hyphen"
    bad = next(character for character in text if not _NAME.fullmatch(character))
    if bad.isascii() and bad.isprintable():
        return "it holds a blank" if bad == " " else f"it holds {bad}"
    return f"it holds {unicodedata.name(bad, 'a control character')} (U+{ord(bad):04X})"


def _refused(what: str, where: str, todo: str) -> BadInput:
    return BadInput(what, where=where, todo=todo, code="name_refused")
