"""The cipher lists of the profile and of the device, as lines that may be sent."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .. import suites
from ..errors import BadInput
from ..model import AsaState, SslCipherRule, SslConfig
from .names import shown

OPTION = "profile.ssl.ciphers"
DEFAULT = "default"
# [K] ASDM's help: a custom string has at most 493 characters.
MAX_CUSTOM = 493
# Words of the device that are sent back in an inverse: nothing that a CLI would take for more than a word.
_LEVEL = re.compile(r"[a-z][a-z0-9.-]{0,19}")
_TOKEN = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
# OpenSSL's own language may stand in a list that a person typed (`!NULL`, `@STRENGTH`).
_PIECE = re.compile(r"[A-Za-z0-9!@+=_.-]{1,80}")


def protocol_words(release: suites.Release) -> tuple[str, ...]:
    """What may stand behind `ssl cipher`, DTLS first: what TLS settles on must be there for DTLS already.

    A release with `ssl encryption` takes no such word; there each list is part of the one line, whatever its word. A
    list for TLS 1.3 is not written: which names an ASA takes there no source says.
    """
    old = not suites.has("ssl cipher", release)
    known = [name for name in suites.PROTOCOLS if name != "tlsv1.3" and (old or suites.has(name, release))]
    known.sort(key=lambda name: not name.startswith("dtls"))
    return (*known, DEFAULT)


def wanted_lists(
    state: AsaState, ciphers: dict[str, tuple[str, ...]], release: suites.Release
) -> dict[str, tuple[str, ...]]:
    """The lists of the profile in OpenSSL's names, each in the user's order, by protocol in the order of sending.

    For `ssl encryption`, where they become one line, in the user's order throughout.
    BadInput: cipher_protocol_unknown; cipher_unknown; cipher_list where one is empty, too long, or given twice.
    """
    words = protocol_words(release)
    known = _names_of(state, release)
    lists: dict[str, tuple[str, ...]] = {}
    for key, names in ciphers.items():
        word = key.strip().lower()
        if word not in words:
            raise BadInput(
                f"{shown(key)} is no protocol that a cipher list can be given for on this release.",
                where=OPTION,
                todo=f"Use one of: {', '.join(words)}.",
                code="cipher_protocol_unknown",
            )
        if word in lists:
            raise _bad_list(word, "is given twice", "Keep one of them.")
        lists[word] = _wanted(word, names, known)
    if not suites.has("ssl cipher", release):
        return lists
    return {word: lists[word] for word in words if word in lists}


def _names_of(state: AsaState, release: suites.Release) -> frozenset[str]:
    """OpenSSL names of the suites the device has: by the table for its release, and by its own show commands."""
    if not suites.has("ssl cipher", release):
        status = state.ssl_status
        tokens = (*status.enabled_ciphers, *status.disabled_ciphers) if status else ()
        tokens = (*tokens, *(state.ssl.encryption if state.ssl else ()))
        listed = frozenset(suites.openssl_name(token) for token in tokens if suites.old_token(token))
        both = status is not None and bool(status.enabled_ciphers) and bool(status.disabled_ciphers)
        # Only the enabled and the disabled ones together are all that the device has.
        return listed if both else listed | frozenset(suites.TOKENS.values())
    table = (
        row.name for row in suites.REPERTOIRE if row.since <= release and (row.until is None or release < row.until)
    )
    said = (name.upper() for block in state.ssl_suites or () for name in block.suites if _PIECE.fullmatch(name))
    return frozenset((*table, *said))


def _wanted(word: str, names: tuple[str, ...], known: frozenset[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for name in names:
        suite = suites.openssl_name(name.strip())
        if suite not in known:
            raise BadInput(
                f"{shown(name)} is no suite that is known for this release.",
                where=f"{OPTION}.{word}",
                todo=f"Use OpenSSL names, one an entry: {', '.join(sorted(known))}.",
                code="cipher_unknown",
            )
        found[suite] = None
    if not found:
        raise _bad_list(word, "is empty", "Take the line out, or name the suites.")
    if word != DEFAULT and not any(suites.usable(name, word) for name in found):
        raise _bad_list(word, f"has nothing that can be used on {word}", "Phones need AES256-SHA and AES128-SHA.")
    if len(":".join(found)) > MAX_CUSTOM:
        raise _bad_list(word, f"is longer than the {MAX_CUSTOM} characters that an ASA takes", "Name fewer suites.")
    return tuple(found)


def _bad_list(word: str, why: str, todo: str) -> BadInput:
    return BadInput(f"the list of {word} {why}.", where=f"{OPTION}.{word}", todo=todo, code="cipher_list")


# --- lines ----------------------------------------------------------------------------------------------------------


def custom(word: str, names: Iterable[str]) -> SslCipherRule:
    return SslCipherRule(protocol=word, level="custom", suites=tuple(names))


def cipher_line(rule: SslCipherRule) -> str:
    """`ssl cipher tlsv1 medium`, `ssl cipher tlsv1 custom "A:B"`. BadInput (name_refused) for hostile words."""
    if rule.level.lower() != "custom":
        return f"ssl cipher {rule.protocol.lower()} {_safe(_LEVEL, rule.level.lower())}"
    pieces = ":".join(_safe(_PIECE, name) for name in rule.suites)
    return f'ssl cipher {rule.protocol.lower()} custom "{pieces}"'


def encryption_line(tokens: Iterable[str]) -> str:
    """`ssl encryption aes256-sha1 aes128-sha1`. BadInput (name_refused) for hostile words."""
    return f"ssl encryption {' '.join(_safe(_TOKEN, token) for token in tokens)}"


def _safe(form: re.Pattern[str], word: str) -> str:
    if not form.fullmatch(word):
        raise BadInput(
            f"the device's own cipher configuration holds {shown(word)}, which is not sent back.",
            where="show running-config all ssl",
            todo="Look at that line on the device, and set it by hand first.",
            code="name_refused",
        )
    return word


def standing(ssl: SslConfig, word: str) -> SslCipherRule | None:
    """The device's own line for a protocol."""
    return next((rule for rule in ssl.ciphers if rule.protocol.lower() == word), None)
