"""The envelopes around phones' files: .sgn as CUCM signs them, .enc.sgn that only the phone can read.

Tag, length (two bytes), value; elements 3, 7 and 9 hold others; tag 13 is a single byte. The signature is RSA PKCS#1
v1.5 over the file without the signature's own element. Assumed [?]: the two-byte values of tags 1 and 2 (version 1.0;
length of the whole header), the values of the algorithm tags, and everything about the header of an encrypted file.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ..certs import Cert, build, new_key, parse_name
from .store import name_text

VERSION, LENGTH, SIGNER, SIGNER_NAME, SERIAL, ISSUER, SIGNATURE_INFO, DIGEST = range(1, 9)
ALGORITHM_INFO, ALGORITHM, MODULUS, SIGNATURE, PADDING, FILE_NAME, TIMESTAMP = range(9, 16)
_SHA1 = 1
_AES_128 = 1


@lru_cache(maxsize=8)
def signer(cluster: str) -> Cert:
    """The cluster's own CallManager certificate; its key is made once a process, as all keys of the lab."""
    now = datetime.now(UTC).replace(microsecond=0)
    subject = parse_name(f"CN={cluster},OU=Voice,O=Example Corp,C=US")
    return build(
        subject, new_key("rsa2048"), not_before=now - timedelta(days=400), not_after=now + timedelta(days=1400)
    )


def _element(tag: int, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(value)) + value


def _header(name: str, content: bytes, built_at: datetime, by: Cert, more: bytes) -> bytes:
    if not isinstance(by.key, rsa.RSAPrivateKey):
        raise TypeError("only an RSA key signs files")
    size = by.key.key_size // 8
    # SHA-1 below, as old phones know nothing else; newer clusters may be set to SHA-512.
    algorithm = _element(ALGORITHM, bytes([0])) + _element(MODULUS, bytes([size // 128]))
    info = _element(DIGEST, bytes([_SHA1])) + _element(ALGORITHM_INFO, algorithm)
    identity = _element(SIGNER_NAME, name_text(by.x509.subject).encode() + b"\0")
    identity += _element(SERIAL, bytes.fromhex(by.serial)) + _element(
        ISSUER, name_text(by.x509.issuer).encode() + b"\0"
    )
    before = _element(SIGNER, identity) + _element(SIGNATURE_INFO, info)
    after = bytes([PADDING]) + _element(FILE_NAME, name.encode() + b"\0")
    after += _element(TIMESTAMP, struct.pack(">I", int(built_at.timestamp()))) + more
    total = 5 + 5 + len(before) + 3 + size + len(after)
    start = _element(VERSION, b"\x01\x00") + _element(LENGTH, struct.pack(">H", total)) + before
    signature = by.key.sign(start + after + content, PKCS1v15(), hashes.SHA1())  # noqa: S303 - the format's own
    return start + _element(SIGNATURE, signature) + after


def sign(name: str, content: bytes, built_at: datetime, by: Cert) -> bytes:
    """The .sgn file around content. name is that of the file itself, with .sgn."""
    return _header(name, content, built_at, by, b"") + content


def encrypt(name: str, content: bytes, built_at: datetime, by: Cert) -> bytes:
    """The .enc.sgn file: AES-128-CBC under a key that nobody keeps; the lab's phones read the content elsewhere."""
    vector = os.urandom(16)
    padder = padding.PKCS7(128).padder()
    cipher = Cipher(algorithms.AES(os.urandom(16)), modes.CBC(vector)).encryptor()
    body = cipher.update(padder.update(content) + padder.finalize()) + cipher.finalize()
    more = _element(16, bytes([_AES_128])) + _element(17, vector) + _element(18, struct.pack(">I", len(content)))
    return _header(name, body, built_at, by, more) + body


@dataclass(frozen=True)
class Unwrapped:
    """What a phone takes out of a signed file."""

    name: str
    built_at: datetime
    content: bytes


def unwrap(data: bytes, by: Cert) -> Unwrapped:
    """Open a .sgn file and check its signature, as a phone does with its trust list. ValueError, InvalidSignature."""
    found: dict[int, bytes] = {}
    place = signed_until = signed_from = 0
    while place < len(data) and (LENGTH not in found or place < int.from_bytes(found[LENGTH])):
        tag = data[place]
        if tag == PADDING:
            place += 1
            continue
        (length,) = struct.unpack_from(">H", data.ljust(place + 3, b"\0"), place + 1)
        value = data[place + 3 : place + 3 + length]
        if len(value) != length:
            raise ValueError(f"element {tag} is longer than the file")
        if tag == SIGNATURE:
            signed_until, signed_from = place, place + 3 + length
        found.setdefault(tag, value)
        place += 3 + length
    if not {LENGTH, SIGNATURE, FILE_NAME, TIMESTAMP} <= found.keys():
        raise ValueError("not a signed file")
    public = by.x509.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError("the signer has no RSA key")
    signed = data[:signed_until] + data[signed_from:]
    public.verify(found[SIGNATURE], signed, PKCS1v15(), hashes.SHA1())  # noqa: S303 - the format's own
    moment = datetime.fromtimestamp(int.from_bytes(found[TIMESTAMP]), UTC)
    return Unwrapped(found[FILE_NAME].rstrip(b"\0").decode("ascii", "replace"), moment, data[place:])
