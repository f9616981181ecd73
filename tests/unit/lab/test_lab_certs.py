"""The lab's keys: RSA ones share primes, and are whole and unlike one another all the same."""

from __future__ import annotations

import threading

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lab import certs


@pytest.mark.parametrize("bits", [1024, 2048])
def test_rsa_keys_are_whole_and_unlike_one_another(bits: int) -> None:
    keys = [certs.new_key(f"rsa{bits}") for _ in range(12)]
    assert len({certs.pem_of(key) for key in keys}) == 12
    for key in keys:
        # Loading checks primes and exponents, which making does not.
        checked = load_pem_private_key(certs.pem_of(key).encode(), None)
        assert isinstance(checked, rsa.RSAPrivateKey)
        assert checked.key_size == checked.public_key().public_numbers().n.bit_length() == bits
        checked.public_key().verify(checked.sign(b"x", PKCS1v15(), hashes.SHA256()), b"x", PKCS1v15(), hashes.SHA256())


def test_labs_that_start_at_once_share_no_key() -> None:
    made: list[certs.PrivateKey] = []
    threads = [
        threading.Thread(target=lambda: made.extend(certs.new_key("rsa1024") for _ in range(10))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({certs.pem_of(key) for key in made}) == 40


def test_a_slot_keeps_its_key() -> None:
    assert certs.pooled_key("rsa2048", "a slot") is certs.pooled_key("rsa2048", "a slot")
    assert certs.pooled_key("rsa2048", "a slot") is not certs.pooled_key("rsa2048", "another")


@pytest.mark.parametrize(("kind", "name"), [("ec256", "secp256r1"), ("ec384", "secp384r1")])
def test_keys_of_curves(kind: str, name: str) -> None:
    key = certs.new_key(kind)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == name
