"""The data about messages holds together."""

from __future__ import annotations

import re

import pytest
from ansible.module_utils.vpnphone.diagnose import asa_log, phone_log
from ansible.module_utils.vpnphone.diagnose.signatures import BY_ID, SIGNATURES, Signature

IDS = [one.id for one in SIGNATURES]


def test_ids_are_unique_and_say_the_side() -> None:
    assert len(BY_ID) == len(SIGNATURES)
    assert {one.id.partition(".")[0] for one in SIGNATURES} == {one.side for one in SIGNATURES}


@pytest.mark.parametrize("one", SIGNATURES, ids=IDS)
def test_each_says_what_it_is_worth(one: Signature) -> None:
    assert one.proves or one.indicates
    assert bool(one.number) == (one.side == "asa")
    assert one.status in ("D", "K")
    # From memory, nothing is proven.
    assert one.status == "D" or not one.proves
    assert one.kind != "bad" or one.proves or one.confirm
    assert all(re.fullmatch(r"F-[0-9]{3}[a-z]?", source) for source in one.sources)
    for sentence in (one.proves, one.indicates, one.confirm):
        assert not sentence or sentence[-1] in ".?"


def sample(pattern: re.Pattern[str]) -> str:
    """A text that begins as the pattern does, up to its first group or class."""
    text = re.split(r"[\[(]\?|\(\?|\[|\\S|\\s", pattern.pattern)[0]
    return re.sub(r"\\(.)", r"\1", text).removesuffix("?").removesuffix(" ")


@pytest.mark.parametrize("one", [one for one in SIGNATURES if one.side == "phone"], ids=lambda one: one.id)
def test_no_fast_way_passes_over_a_phones_record(one: Signature) -> None:
    begins = [sample(one.pattern)]
    if one.id == "phone.cipher_list":
        begins = ["create_dtls_connection: cipher list", "create_ssl_connection: cipher list"]
    elif one.id in ("phone.tls_error", "phone.dtls_old_session"):
        begins = ["SSL: SSL_connect: error:", "DTLS: SSL_connect: error:"]
    for text in begins:
        assert len(text) > 5
        assert not phone_log._NUMBERED.match(f"902: NOT 10:19:27.155936 VPNC: {text} and so on\n".encode())
        assert not phone_log._UNNUMBERED.match(f"VPNC: -{text} and so on\n".encode())


@pytest.mark.parametrize("one", [one for one in SIGNATURES if one.number], ids=lambda one: one.id)
def test_no_fast_way_passes_over_an_asas_message(one: Signature) -> None:
    for head in ("", "Nov 24 2026 10:19:27: ", "<166>Nov 24 10:19:27 asa-1 : "):
        for tag in ("%ASA-6-", "%FTD-6-", "%ASA--6-", "%ASA-session-6-"):
            assert not asa_log._ORDINARY.match(f"{head}{tag}{one.number}: text\n".encode())
            assert asa_log._ORDINARY.match(f"{head}{tag}302013: text\n".encode())
