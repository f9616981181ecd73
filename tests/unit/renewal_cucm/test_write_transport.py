"""Changes over real HTTPS: what is sent, that it is sent once, and what each answer means."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.change_cucm import NOT_TAKEN
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.transport.axl_write import act_on_phone, gateway_update_body, update_gateway
from ansible.module_utils.vpnphone.transport.certificate_api import words_of
from ansible.module_utils.vpnphone.transport.cluster import ClusterSession
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cucm import soap_texts as soap
from tests.unit.cucm.fake_cluster import CANARY, Answering, Asked, Publisher, publisher
from tests.unit.renewal_cucm.kit import NEW

MEMBERS = [("CN=A & B <x>,O=Lab", "0a01"), ("CN=Issuing CA 1", "b02")]


def talk(folder: Path, answering: Answering, act: Any, **options: Any) -> Publisher:
    with publisher(folder, answering) as running, running.session(**options) as session:
        session.axl.negotiate()
        running.asked.clear()
        act(session)
        return running


def failing(folder: Path, answering: Answering, act: Any, **options: Any) -> tuple[VpnPhoneError, Publisher]:
    with publisher(folder, answering) as running, running.session(**options) as session:
        session.axl.negotiate()
        running.asked.clear()
        with pytest.raises(VpnPhoneError) as raised:
            act(session)
        assert CANARY not in str(raised.value)
        return raised.value, running


def write(session: ClusterSession) -> None:
    update_gateway(session.axl, "G & W", MEMBERS, where="cucm-1")


def answers(operation: str, reply: Any) -> Answering:
    """That reply to the operation; "" is the certificate API."""
    return lambda asked: reply if asked.operation == operation else None


# --- AXL --------------------------------------------------------------------------------------------------------------


def test_the_whole_list_is_sent_as_xml(tmp_path: Path) -> None:
    running = talk(tmp_path, answers("updateVpnGateway", soap.response("updateVpnGateway", "{1}")), write)
    (asked,) = running.asked
    call = fromstring(asked.text.partition("\r\n\r\n")[2])[0][0]
    assert call.tag == "{http://www.cisco.com/AXL/API/15.0}updateVpnGateway"
    assert call.findtext("name") == "G & W"
    listed = [(item.findtext("issuerName"), item.findtext("serialNumber")) for item in call.find("certificates")]
    assert listed == MEMBERS


@pytest.mark.parametrize("action", ["apply", "restart", "reset"])
def test_phones_are_told(tmp_path: Path, action: Any) -> None:
    operation = f"{action}Phone"
    running = talk(
        tmp_path,
        answers(operation, soap.response(operation, "{1}")),
        lambda session: act_on_phone(session.axl, "SEP001122334455", action, where="cucm-1"),
    )
    assert [(item.operation, item.name) for item in running.asked] == [(operation, "SEP001122334455")]


def test_a_change_is_not_put_again_when_the_connection_is_lost(tmp_path: Path) -> None:
    error, running = failing(tmp_path, answers("updateVpnGateway", b""), write)
    assert error.code == "session_closed"
    assert error.code not in NOT_TAKEN
    assert running.operations() == ["updateVpnGateway"]


def test_a_server_that_asks_for_patience_is_asked_again(tmp_path: Path) -> None:
    left = [2]

    def answering(asked: Asked) -> Any:
        if asked.operation != "updateVpnGateway":
            return None
        if left[0]:
            left[0] -= 1
            return "503 Service Unavailable", b"", ("Retry-After: 1",)
        return soap.response("updateVpnGateway", "{1}")

    running = talk(tmp_path, answering, write)
    assert running.operations() == ["updateVpnGateway"] * 3
    assert running.slept == [1.0, 1.0]


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (soap.fault("Item not valid: The specified VPN Gateway was not found", 5007), "soap_fault"),
        (("403 Forbidden", b"", ()), "http_forbidden"),
        (("503 Service Unavailable", b"", ("Retry-After: 900",)), "throttled"),
        (("500 Internal Server Error", b"<html/>", ()), "http_failed"),
        (b"<html>portal</html>", "answer_unreadable"),
        (soap.response("getVpnGateway", "{1}"), "answer_unreadable"),
    ],
)
def test_what_is_no_yes(tmp_path: Path, reply: Any, code: str) -> None:
    error, running = failing(tmp_path, answers("updateVpnGateway", reply), write)
    assert error.code == code
    assert (code in NOT_TAKEN) is (code in ("soap_fault", "http_forbidden", "throttled"))
    assert running.operations() == ["updateVpnGateway"]


@given(st.text(max_size=40), st.lists(st.tuples(st.text(max_size=40), st.text(max_size=20)), max_size=10))
def test_no_name_breaks_out_of_its_element(name: str, members: list[tuple[str, str]]) -> None:
    body = gateway_update_body(name, members)
    assert body.count("<certificate>") == len(members)
    assert body.count("<name>") == 1
    assert body.count("<issuerName>") == len(members)


# --- the certificate API ----------------------------------------------------------------------------------------------

OS = {"os_username": "osadmin", "os_password": CANARY}


def upload(session: ClusterSession) -> str:
    with session.certificates() as api:
        return api.upload("phone-vpn", NEW.note.pem, "VPN phones")


def test_an_upload(tmp_path: Path) -> None:
    words: list[str] = []
    reply = ("201 Created", b'{"messages": ["Successfully uploaded."]}', ())
    running = talk(tmp_path, answers("", reply), lambda session: words.append(upload(session)), **OS)
    assert words == ["Successfully uploaded"]
    (asked,) = running.asked
    head, _, body = asked.text.partition("\r\n\r\n")
    assert head.startswith("POST /platformcom/api/v1/certmgr/config/trust/certificates HTTP/1.1\r\n")
    assert json.loads(body) == {
        "service": ["phone-vpn"], "certificates": [NEW.note.pem], "description": "VPN phones"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "code", "words"),
    [
        (("400 Bad Request", b'{"messages": ["Invalid service: phone-vpn"]}', ()), "certificate_refused", "Invalid"),
        (("422 X", b'{"message": "Certificate expired"}', ()), "certificate_refused", "expired"),
        (("500 X", b"<html/>", ()), "http_failed", "no reason"),
        (("500 X", b'{"message": "full"}', ()), "http_failed", "full"),
        (("401 X", b"", ()), "http_unauthorized", ""),
        (("403 X", b"", ()), "http_forbidden", ""),
        (("302 X", b"", ("Location: https://elsewhere/",)), "http_redirect", ""),
        (b"", "session_closed", ""),
    ],
)
def test_an_upload_that_is_not_taken(tmp_path: Path, reply: Any, code: str, words: str) -> None:
    error, running = failing(tmp_path, answers("", reply), upload, **OS)
    assert error.code == code
    assert words in error.what
    assert (error.code in NOT_TAKEN) is (code not in ("http_failed", "session_closed"))
    assert len(running.asked) == 1


@given(st.binary(max_size=200))
def test_words_of_anything(body: bytes) -> None:
    assert len(words_of(body)) <= 200


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"message": "a."}, "a"), ({"messages": ["b", "c"]}, "b"), ({"messages": []}, ""), ({"messages": [1]}, ""),
        ({"message": 3, "messages": ["d"]}, "d"), ([], ""), ("text", ""), ({"message": "x\ny\x1b[2J"}, "x y [2J"),
    ],
)  # fmt: skip
def test_words_of_json(data: Any, words: str) -> None:
    assert words_of(json.dumps(data).encode()) == words
