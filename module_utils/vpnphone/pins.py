"""The hash that pins a certificate: hex as people compare it, base64 as CUCM and the phones write it (F-024)."""

from __future__ import annotations

import base64
import binascii
import re
from types import MappingProxyType

# Digest length in bytes -> its name. A pin whose length is none of these pins nothing.
DIGESTS = MappingProxyType({20: "SHA-1", 32: "SHA-256", 48: "SHA-384", 64: "SHA-512"})
SHA1 = 20

_HEX = re.compile("[0-9A-Fa-f]{2}(?:[: -]?[0-9A-Fa-f]{2})*")


def from_base64(text: str, size: int | None = None) -> bytes:
    """The raw digest of a certHash. ValueError unless it is the base64 of a digest, spelled as an encoder would.

    size: bytes it must have; None takes every length of DIGESTS. Blanks around it are passed over.
    """
    bare = text.strip()
    try:
        raw = base64.b64decode(bare, validate=True) if len(bare) <= 128 else b""
    except (binascii.Error, ValueError):
        raw = b""
    # An encoder has one spelling for a digest: a second one that decodes alike is no proof of anything.
    if not raw or base64.b64encode(raw).decode() != bare:
        raise ValueError(f"{_shown(bare)} is not the base64 of a hash.")
    return _sized(raw, size, bare)


def from_hex(text: str, size: int | None = None) -> bytes:
    """The raw digest of hex digits, in either case, with or without colons, blanks or dashes between the bytes."""
    bare = text.strip()
    if len(bare) > 256 or not _HEX.fullmatch(bare):
        raise ValueError(f"{_shown(bare)} is not a hash in hex digits.")
    return _sized(bytes.fromhex(re.sub("[: -]", "", bare)), size, bare)


def hash_to_hex(text: str, size: int = SHA1) -> str:
    """`5X6B6plUwUSXZnjQ4kGM33mpMXY=` -> `e57e81ea9954c144976678d0e2418cdf79a93176`. ValueError."""
    return from_base64(text, size).hex()


def hash_to_base64(text: str, size: int = SHA1) -> str:
    """`E5:7E:81:...:76` -> `5X6B6plUwUSXZnjQ4kGM33mpMXY=`. ValueError."""
    return base64.b64encode(from_hex(text, size)).decode()


def _sized(raw: bytes, size: int | None, text: str) -> bytes:
    if len(raw) != size if size is not None else len(raw) not in DIGESTS:
        wanted = "20, 32, 48 or 64" if size is None else f"the {size} of a {DIGESTS.get(size, 'hash')}"
        raise ValueError(f"{_shown(text)} has {len(raw)} bytes, not {wanted}.")
    return raw


def _shown(text: str) -> str:
    return repr(text if len(text) <= 100 else text[:97] + "...")
