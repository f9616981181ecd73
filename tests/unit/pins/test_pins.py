"""Hex to base64 and back: the document's own values, and nothing but a whole hash."""

from __future__ import annotations

import base64
import hashlib

import pytest
from ansible.module_utils.vpnphone.pins import DIGESTS, from_base64, from_hex, hash_to_base64, hash_to_hex
from hypothesis import given
from hypothesis import strategies as st

# Document 116162: the certificate of its screenshot, the leaf of its phone log; and a published sample.
VECTORS = [
    ("E57E81EA9954C144976678D0E2418CDF79A93176", "5X6B6plUwUSXZnjQ4kGM33mpMXY="),
    ("1289B8A7AA9FFD84865E38939F3466A61B5608FC", "Eom4p6qf/YSGXjiTnzRmphtWCPw="),
    ("d5e0fd97754423d0c659018a94d0461356d18548", "1eD9l3VEI9DGWQGKlNBGE1bRhUg="),
]


@pytest.mark.parametrize(("digits", "coded"), VECTORS)
def test_the_vectors_of_the_document(digits: str, coded: str) -> None:
    assert hash_to_base64(digits) == coded
    assert hash_to_hex(coded) == digits.lower()


@pytest.mark.parametrize("separator", ["", ":", " ", "-"])
def test_the_spellings_of_hex(separator: str) -> None:
    digits, coded = VECTORS[0]
    spelled = separator.join(digits[at : at + 2] for at in range(0, 40, 2))
    assert hash_to_base64(spelled) == hash_to_base64(f" {spelled.lower()}\n") == coded
    assert hash_to_base64("E57E81EA 9954C144 976678D0 E2418CDF 79A93176") == coded


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "5X6B6plUwUSXZnjQ4kGM33mpMXY",  # no padding
        "5X6B6plUwUSXZnjQ4kGM33mpMXZ=",  # decodes to the same bytes, but no encoder writes it
        "5X6B6plUwUSXZnjQ4kGM33mpMXY==",
        "5X6B6plUwUSX ZnjQ4kGM33mpMXY=",
        "5X6B6plUwUSX\nZnjQ4kGM33mpMXY=",
        "Eom4p6qf_YSGXjiTnzRmphtWCPw=",  # URL-safe alphabet
        "5X6B6plUwUSXZnjQ4kGM33mpMQ==",  # 19 bytes
        "5X6B6plUwUSXZnjQ4kGM33mpMXYA",  # 21 bytes
        "E57E81EA9954C144976678D0E2418CDF79A93176",
        "5X6B6plUwUSXZnjQ4kGM33mpMXY\N{FULLWIDTH EQUALS SIGN}",
        "A" * 100_000,
    ],
)
def test_what_is_no_base64_of_a_hash(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        hash_to_hex(text)
    with pytest.raises(ValueError, match=r"\.$"):
        from_base64(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "E57E81EA9954C144976678D0E2418CDF79A931",
        "E57E81EA9954C144976678D0E2418CDF79A9317600",
        "E57E81EA9954C144976678D0E2418CDF79A9317",
        "E5::7E81EA9954C144976678D0E2418CDF79A93176",
        "E5:7E81EA9954C144976678D0E2418CDF79A93176:",
        "0xE57E81EA9954C144976678D0E2418CDF79A93176",
        "G57E81EA9954C144976678D0E2418CDF79A93176",
        "\N{ARABIC-INDIC DIGIT THREE}57E81EA9954C144976678D0E2418CDF79A93176",
        "5X6B6plUwUSXZnjQ4kGM33mpMXY=",
        "a:" * 50_000,
    ],
)
def test_what_is_no_hash_in_hex(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        hash_to_base64(text)


@pytest.mark.parametrize("size", sorted(DIGESTS))
def test_every_digest_has_its_length(size: int) -> None:
    raw = hashlib.new(DIGESTS[size].replace("-", ""), b"x").digest()
    coded = base64.b64encode(raw).decode()
    assert from_base64(coded) == from_base64(coded, size) == from_hex(raw.hex()) == raw
    assert hash_to_base64(hash_to_hex(coded, size), size) == coded
    for other in DIGESTS.keys() - {size}:
        with pytest.raises(ValueError, match=f"not the {other} of a {DIGESTS[other]}"):
            from_base64(coded, other)


def test_an_error_is_one_short_sentence() -> None:
    with pytest.raises(ValueError, match="is not the base64 of a hash") as caught:
        from_base64("?" * 10_000)
    assert len(str(caught.value)) < 200


@given(st.binary(min_size=20, max_size=20))
def test_there_and_back(raw: bytes) -> None:
    assert from_base64(hash_to_base64(raw.hex())) == raw
    assert from_hex(hash_to_hex(base64.b64encode(raw).decode())) == raw


@given(st.one_of(st.text(max_size=80), st.from_regex(r"[0-9A-Fa-f: -]{0,60}", fullmatch=True)))
def test_any_text_is_a_whole_hash_or_an_error(text: str) -> None:
    for read in (from_base64, from_hex):
        try:
            assert len(read(text)) in DIGESTS
        except ValueError as error:
            assert str(error).endswith(".")
