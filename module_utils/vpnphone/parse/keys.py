"""show crypto key mypubkey rsa|ecdsa: the device's key pairs, by their public halves."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from .answer import answer_lines

_NAME = re.compile(r"Key name: *(\S{1,200})")
# `Modulus Size (bits): 2048`; the words of newer releases and of EC keys are assumed [K].
_BITS = re.compile(r"(?:Modulus|Key|Curve) Size \(bits\): *([0-9]{1,5})")
# Blanks wherever they are: groups of a certain length could be told apart in very many ways.
_HEX = re.compile(r"[0-9a-fA-F]{2}[0-9a-fA-F\s]*")
# Further than the key of an RSA certificate of 8192 bits.
MAX_DIGITS = 8192


class KeyPair(NamedTuple):
    """kind "" and bits 0 where they are not told; spki: SubjectPublicKeyInfo in DER, None where it cannot be read."""

    label: str
    kind: Literal["RSA", "EC", ""] = ""
    bits: int = 0
    spki: bytes | None = None


def parse_key_pairs(text: str) -> tuple[KeyPair, ...]:
    """Every key pair that is named, in printed order; () where the device says, or shows, that there is none.

    Unreadable as answer_lines.
    """
    found: list[tuple[str, int, list[str]]] = []
    reading = False
    for line in answer_lines(text, "show crypto key mypubkey"):
        bare = line.text.strip()
        name, bits = _NAME.match(bare), _BITS.match(bare)
        if name is not None:
            found.append((name[1], 0, []))
            reading = False
        elif not found:
            continue
        elif bits is not None:
            found[-1] = (found[-1][0], int(bits[1]), found[-1][2])
        elif bare == "Key Data:":
            reading = True
        elif reading and _HEX.fullmatch(bare):
            found[-1][2].append(re.sub(r"\s", "", bare))
        else:
            reading = False
    return tuple(_pair(label, bits, "".join(digits)) for label, bits, digits in found)


def _pair(label: str, bits: int, digits: str) -> KeyPair:
    if not digits or len(digits) % 2 or len(digits) > MAX_DIGITS:
        return KeyPair(label, "", bits)
    spki = bytes.fromhex(digits)
    try:
        key = load_der_public_key(spki)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return KeyPair(label, "", bits)
    if isinstance(key, rsa.RSAPublicKey):
        return KeyPair(label, "RSA", key.key_size, spki)
    if isinstance(key, ec.EllipticCurvePublicKey):
        return KeyPair(label, "EC", key.key_size, spki)
    return KeyPair(label, "", bits, spki)
