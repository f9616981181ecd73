"""SOAP answers become plain values; what is none becomes one clear reason."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.vpnphone.soap import (
    MAX_DEPTH,
    MAX_ELEMENTS,
    NotSoap,
    children,
    first,
    read_envelope,
    shown,
    text,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.cucm.soap_texts import ENVELOPE, envelope, fault, gateway, rows


def test_an_answer_as_plain_values() -> None:
    told = read_envelope(gateway("GW", "https://a/b", ("CN=x", "0a"), ("CN=y", "0b")))
    assert told.name == "getVpnGatewayResponse"
    assert told.fault is None
    assert told.content == {
        "return": [
            {
                "vpnGateway": [
                    {
                        "name": ["GW"],
                        "description": [""],
                        "url": ["https://a/b"],
                        "certificates": [
                            {
                                "certificate": [
                                    {"issuerName": ["CN=x"], "serialNumber": ["0a"]},
                                    {"issuerName": ["CN=y"], "serialNumber": ["0b"]},
                                ]
                            }
                        ],
                    }
                ]
            }
        ]
    }


def test_nil_and_empty_are_empty_text() -> None:
    told = read_envelope(rows({"a": None, "b": "", "c": " x "})).content
    row = first(told, "return", "row")
    assert row == {"a": [""], "b": [""], "c": ["x"]}


def test_escapes_and_cdata() -> None:
    told = read_envelope(envelope("<a><b>x &amp;&lt;&#65; y</b><b><![CDATA[<raw>]]></b><!-- no --><?no?></a>"))
    assert told.content == {"b": ["x &<A y", "<raw>"]}


def test_a_fault_with_axl_number() -> None:
    told = read_envelope(fault("Item not valid: The specified VpnGateway was not found", 5007))
    assert told.fault is not None
    assert (told.fault.text, told.fault.axl_code) == ("Item not valid: The specified VpnGateway was not found", "5007")


def test_a_fault_without_details() -> None:
    told = read_envelope(envelope("<soapenv:Fault/>"))
    assert told.fault == ("", "", "")


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    + envelope("<r>&b;</r>")[len(b'<?xml version="1.0" encoding="UTF-8"?>\n') :]
)


NO_SOAP = {
    "nothing": (b"", "empty"),
    "blanks": (b"   ", "empty"),
    "a-page": (b"<html><body>Welcome</body></html>", "no SOAP envelope"),
    "text": (b"not xml", "not well-formed"),
    "cut": (envelope("<a>")[:-10], "not well-formed"),
    "bomb": (BOMB, "document type or entities"),
    "external": (b'<!DOCTYPE a SYSTEM "http://evil.example/x.dtd"><a/>', "document type or entities"),
    "no-body": (f'<e:Envelope xmlns:e="{ENVELOPE}"/>'.encode(), "0 bodies"),
    "empty-body": (envelope(""), "0 elements"),
    "two": (envelope("<a/><b/>"), "2 elements"),
    "deep": (envelope("<a>" * MAX_DEPTH + "</a>" * MAX_DEPTH), "levels"),
    "many": (envelope(f"<a>{'<b/>' * MAX_ELEMENTS}</a>"), "elements"),
    "encoding": (b'<?xml version="1.0" encoding="utf-99"?><a/>', "encoding"),
    "wrong-encoding": (b'<?xml version="1.0" encoding="utf-16"?><a/>', "not well-formed"),
    "utf-16": (b"\xff\xfe<\x00a", "not well-formed"),
}


@pytest.mark.parametrize("case", NO_SOAP)
def test_what_is_no_soap(case: str) -> None:
    data, why = NO_SOAP[case]
    with pytest.raises(NotSoap, match=why):
        read_envelope(data)


def test_the_deepest_that_is_read() -> None:
    depth = MAX_DEPTH - 2
    told = read_envelope(envelope("<a>" * depth + "x" + "</a>" * depth)).content
    for _ in range(depth - 1):
        told = first(told, "a")
    assert told == "x"


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_an_envelope_or_none(data: bytes) -> None:
    for body in (data, envelope("") + data, envelope(data.decode("latin-1"))):
        try:
            read_envelope(body)
        except NotSoap as error:
            assert str(error).isprintable()


NAMES = st.sampled_from(["return", "row", "name", "a"])
VALUES = st.recursive(
    st.text(max_size=5), lambda inner: st.dictionaries(NAMES, st.lists(inner, min_size=1, max_size=3)), max_leaves=10
)


@settings(deadline=None)
@given(VALUES, st.lists(NAMES, max_size=4))
def test_looking_never_fails(value: Any, path: list[str]) -> None:
    assert isinstance(text(value, *path), str)
    assert isinstance(children(value, "row"), list)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("plain", "plain"),
        ("two\nlines\tand  blanks", "two lines and blanks"),
        ("\x1b[31mred\u202egnp.exe\ufeff", "[31mred gnp.exe"),
        ("a" * 500, "a" * 197 + "..."),
    ],
)
def test_words_of_a_server_in_a_message(words: str, expected: str) -> None:
    assert shown(words) == expected
