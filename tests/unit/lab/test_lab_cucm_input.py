"""Whatever comes in from outside is answered or refused, and the cluster lives on."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from lab.cucm import soap, tftp
from lab.cucm.axl import Axl
from lab.cucm.cli import Cli, Paged
from lab.cucm.cluster import Cluster
from lab.cucm.http import Answer, Request
from lab.cucm.rest import BASE, Rest
from lab.cucm.ris import Ris
from tests.unit.lab.cucm_kit import PHONE, SOAP, made

CLUSTER, CERTS = made()
TAGS = ["name", "uuid", "certificates", "certificate", "issuerName", "serialNumber", "mtu", "url", "searchCriteria",
        "returnedTags", "first", "skip", "sql", "CmSelectionCriteria", "MaxReturnedDevices", "SelectItems", "item",
        "Item", "StateInfo", "vendorConfig", "webAccess", "vpnGroupName"]  # fmt: skip
OPERATIONS = ["getVpnGateway", "listPhone", "updateVpnProfile", "updateVpnGateway", "updatePhone", "applyPhone",
              "executeSQLQuery", "getCCMVersion", "selectCmDeviceExt", "x"]  # fmt: skip
WORDS = ["GW1", "P1", "G1", PHONE, "%", "select name from device", "1290", "", "t", 'StateId="9"', "]]&gt;", "&#9;"]
TREES = st.recursive(
    st.sampled_from(WORDS),
    lambda inner: st.lists(st.tuples(st.sampled_from(TAGS), inner), max_size=4).map(
        lambda parts: "".join(f"<{tag}>{content}</{tag}>" for tag, content in parts)
    ),
    max_leaves=8,
)


def post(path: str, body: bytes, account: tuple[str, str]) -> Request:
    word = base64.b64encode(":".join(account).encode()).decode()
    return Request("POST", path, {"authorization": f"Basic {word}"}, body)


def fresh() -> Cluster:
    return made()[0]


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_no_bytes_break_the_reading_of_envelopes(body: bytes) -> None:
    try:
        assert soap.parse(body).operation
    except soap.Fault as fault:
        assert fault.text


@given(st.sampled_from(OPERATIONS), TREES, st.sampled_from(["http://www.cisco.com/AXL/API/14.0", "", "urn:x"]))
def test_every_axl_request_has_an_answer_that_is_an_envelope(operation: str, inner: str, namespace: str) -> None:
    body = (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><n:{operation} xmlns:n="{namespace or "urn:none"}">{inner}'
        f"</n:{operation}></s:Body></s:Envelope>"
    )
    servlet = Axl(fresh())
    answer = asyncio.run(servlet.answer(post("/axl/", body.encode(), ("axl", "rehearse-axl"))))
    servlet.close()
    assert answer.status in (200, 500)
    assert soap.parse(answer.body).operation in (f"{operation}Response", "Fault")


@given(TREES)
def test_every_ris_request_has_an_answer_that_is_an_envelope(inner: str) -> None:
    body = (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><n:selectCmDeviceExt xmlns:n="http://schemas.cisco.com/ast/soap">{inner}'
        f"</n:selectCmDeviceExt></s:Body></s:Envelope>"
    )
    answer = asyncio.run(Ris(CLUSTER).answer(post("/x", body.encode(), ("axl", "rehearse-axl"))))
    assert answer.status in (200, 500)
    assert soap.parse(answer.body).operation in ("selectCmDeviceExtResponse", "Fault")


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.just(CERTS["root"].pem),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["service", "certificates", "description"]), inner, max_size=3)
    ),
)


@given(JSON)
def test_every_upload_is_taken_or_refused(data: Any) -> None:
    request = post(f"{BASE}trust/certificates", json.dumps(data).encode(), ("osadmin", "rehearse-os"))
    answer: Answer = asyncio.run(Rest(fresh()).answer(request))
    assert answer.status in (201, 400)
    assert json.loads(answer.body)["messages"]


@given(st.binary(max_size=80) | st.binary(max_size=60).map(lambda rest: b"\0\1" + rest))
def test_every_datagram_is_a_request_or_refused(data: bytes) -> None:
    try:
        name, options = tftp._request(data)
    except tftp._Refused as refusal:
        assert refusal.text
    else:
        assert struct.unpack(">H", data[:2]) == (1,)
        assert all(key == key.lower() for key in options)
        assert CLUSTER.file("cucm-pub", name) is None


@given(st.lists(st.text(max_size=30) | st.sampled_from(["show cert list trust", "set cert import trust CAPF", "q"])))
@example(lines=["\x04"])
def test_every_line_typed_is_answered(lines: list[str]) -> None:
    out: list[bytes] = []

    async def run() -> None:
        terminal = Paged(out.append, lambda: 10_000)
        terminal.feed("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))
        terminal.close()
        await asyncio.wait_for(Cli(fresh(), terminal).run(), 60)

    asyncio.run(run())
    assert b"admin:" in b"".join(out)
