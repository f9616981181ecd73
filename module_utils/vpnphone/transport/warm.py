"""Work that every session would do once a process, done before the workers are forked.

OpenSSL looks up and keeps each algorithm at its first use: 7 ms and 2 MB that each worker would spend again.
"""

from __future__ import annotations

import hashlib
import hmac

from cryptography.hazmat.primitives.asymmetric.ec import ECDH, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR


def warm_up() -> None:
    """Use each primitive of a modern SSH session once; keys and results are thrown away."""
    X25519PrivateKey.generate().exchange(X25519PrivateKey.generate().public_key())
    curve = generate_private_key(SECP256R1())
    curve.exchange(ECDH(), generate_private_key(SECP256R1()).public_key())
    signer = Ed25519PrivateKey.generate()
    signer.public_key().verify(signer.sign(b"warm"), b"warm")
    Cipher(AES(bytes(16)), CTR(bytes(16))).encryptor().update(b"warm")
    for name in ("sha256", "sha512"):
        hmac.new(b"warm", b"up", getattr(hashlib, name)).digest()
