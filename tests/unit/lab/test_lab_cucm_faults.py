"""Every fault of a cluster, as a client meets it."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import tftpy
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from lab.testing import RunningLab, running_lab
from tests.unit.lab.cucm_kit import OTHER, PHONE, Client, answered, certificate, site

SIGNED = f"{PHONE}.cnf.xml.sgn"


@contextlib.contextmanager
def faulty(tmp_path: Path, *faults: dict[str, Any], **changes: Any) -> Iterator[tuple[RunningLab, Client]]:
    with running_lab(site(faults=list(faults), **changes), tmp_path / "lab") as lab:
        yield lab, Client(lab)


def test_a_count_is_used_up_by_the_operations_it_is_for(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_503", "count": 2, "operation": "^get(Vpn|CCM)"}) as (_, client):
        asked = ["listVpnGroup", "getVpnGroup", "getPhone", "getCCMVersion", "getVpnGroup"]
        answers = [client.raw(operation) for operation in asked]
        assert [answer.status_code for answer in answers] == [500, 503, 500, 503, 500]
        assert answers[1].headers["Retry-After"] == "1"


def test_every_request_is_unauthorized(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_401"}) as (_, client):
        for _ in range(2):
            response = client.raw("getCCMVersion")
            assert (response.status_code, "WWW-Authenticate" in response.headers) == (401, True)


def test_throttling_by_a_fault(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_throttle", "count": 1}) as (_, client):
        answer = client.axl("getCCMVersion")
        assert (answer.status, answer.fault.startswith("Maximum AXL Memory Allocation Consumed")) == (500, True)
        assert client.axl("getCCMVersion").status == 200


def test_a_refused_version_with_a_status_of_its_own(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_version_599"}) as (_, client):
        response = client.raw("getCCMVersion", version="15.0")
        assert response.status_code == 599
        assert answered(response).fault.startswith("Incorrect axl version")
        assert client.axl("getCCMVersion").status == 200


def test_garbage(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_garbage", "count": 1}) as (_, client):
        response = client.raw("getCCMVersion")
        assert response.status_code == 200
        with pytest.raises(ParseError):
            fromstring(response.content)
        assert client.axl("getCCMVersion").status == 200


def test_an_xml_bomb(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_bomb"}) as (_, client):
        content = client.raw("getCCMVersion").content
    # Ten entities, each ten times the one before: it is small until somebody expands it.
    assert len(content) < 2000
    assert content.count(b"<!ENTITY") == 10
    with pytest.raises(DefusedXmlException):
        fromstring(content)


def test_an_answer_without_end(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_endless", "operation": "^list"}) as (_, client):
        with client.raw("listPhone", stream=True) as response:
            assert "Content-Length" not in response.headers
            pieces = response.iter_content(1 << 20)
            assert next(pieces).startswith(b"<soapenv:Envelope")
            for _ in range(3):
                assert len(next(pieces)) == 1 << 20
        # The client hung up in the middle; the cluster goes on.
        assert client.axl("getCCMVersion").status == 200


def test_a_redirect_to_another_host(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_redirect"}) as (_, client):
        response = client.raw("getCCMVersion")
    assert (response.status_code, response.headers["Location"]) == (302, "https://other-cucm.example.net:8443/axl/")


def test_silence(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_hang", "count": 1}) as (_, client):
        with pytest.raises(requests.exceptions.ReadTimeout):
            client.raw("getCCMVersion", timeout=(60, 0.1))
        assert client.axl("getCCMVersion").status == 200


@pytest.mark.parametrize(
    ("kind", "reason"), [("tls_expired", "certificate has expired"), ("tls_wrong_host", "is not valid for '127.0.0.1'")]
)
def test_bad_certificates(tmp_path: Path, kind: str, reason: str) -> None:
    with faulty(tmp_path, {"kind": kind}) as (_, client):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(client.vars["vpnphone_cucm_ca_file"])
        for port in ("vpnphone_axl_port", "vpnphone_platform_port"):
            with (
                socket.create_connection(("127.0.0.1", client.vars[port]), timeout=60) as plain,
                pytest.raises(ssl.SSLCertVerificationError, match=reason),
            ):
                context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_a_good_certificate_is_trusted_by_the_file_alone(tmp_path: Path) -> None:
    with faulty(tmp_path) as (_, client):
        with pytest.raises(requests.exceptions.SSLError):
            client.raw("getCCMVersion", verify=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(client.vars["vpnphone_cucm_ca_file"])
        for name in ("127.0.0.1", "localhost", "cucm-pub", "cucm-tftp2"):
            with (
                socket.create_connection(("127.0.0.1", client.vars["vpnphone_axl_port"]), timeout=60) as plain,
                context.wrap_socket(plain, server_hostname=name) as secured,
            ):
                assert secured.version() in ("TLSv1.2", "TLSv1.3")


# --- files ----------------------------------------------------------------------------------------------------------


def test_a_transfer_that_stands_still(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "tftp_stall", "node": "cucm-pub", "count": 1}) as (_, client):
        port = client.node("cucm-pub")["tftp_port"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(60)
            sock.sendto(b"\0\1" + SIGNED.encode() + b"\0octet\0", ("127.0.0.1", port))
            block, source = sock.recvfrom(1000)
            assert block[:4] == b"\0\3\0\1"
            sock.sendto(struct.pack(">HH", 4, 1), source)
            sock.settimeout(0.3)
            with pytest.raises(TimeoutError):
                sock.recvfrom(1000)
        # The other node, HTTP, and what comes after the one strike are right.
        for node in ("cucm-tftp2", "cucm-pub"):
            taken = io.BytesIO()
            tftpy.TftpClient("127.0.0.1", client.node(node)["tftp_port"]).download(SIGNED, taken, timeout=60)
            assert taken.getvalue().endswith(b"</device>\n")
        url = f"http://127.0.0.1:{client.node('cucm-pub')['http_port']}/{SIGNED}"
        assert requests.get(url, timeout=60).content == taken.getvalue()


def test_a_file_without_end(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "tftp_oversize", "phone": PHONE}) as (_, client):
        node = client.node("cucm-tftp2")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(60)
            asked = b"\0\1" + SIGNED.encode() + b"\0octet\0tsize\x000\0blksize\x0060000\0"
            sock.sendto(asked, ("127.0.0.1", node["tftp_port"]))
            told, source = sock.recvfrom(1000)
            assert b"tsize\x001073741824\0" in told
            for number in range(200):
                sock.sendto(struct.pack(">HH", 4, number), source)
                block, _ = sock.recvfrom(70_000)
                assert (block[2:4], len(block)) == (struct.pack(">H", number + 1), 60_004)
        with requests.get(f"http://127.0.0.1:{node['http_port']}/{SIGNED}", stream=True, timeout=60) as response:
            pieces = response.iter_content(1 << 20)
            assert sum(len(next(pieces)) for _ in range(3)) == 3 << 20
        other = f"http://127.0.0.1:{node['http_port']}/{OTHER}.cnf.xml.sgn"
        assert len(requests.get(other, timeout=60).content) < 10_000


# --- what is done and not told --------------------------------------------------------------------------------------


def test_an_update_is_taken_and_the_connection_cut(tmp_path: Path) -> None:
    with faulty(tmp_path, {"kind": "axl_cut", "count": 1, "operation": "^update"}) as (lab, client):
        with pytest.raises(requests.ConnectionError):
            client.axl("updateVpnGateway", "<name>GW1</name><description>cut</description>")
        assert lab.cluster("lab-cucm").gateways["GW1"].description == "cut"
        assert client.axl("updateVpnGateway", "<name>GW1</name><description>told</description>").status == 200


@pytest.mark.parametrize(("kind", "stored"), [("upload_cut", True), ("upload_refused", False)])
def test_an_upload_that_is_cut_or_refused(tmp_path: Path, kind: str, stored: bool) -> None:
    fresh = certificate("CN=fresh.example.com")
    body = {"service": ["phone-vpn"], "certificates": [fresh.pem]}
    with faulty(tmp_path, {"kind": kind, "count": 1}) as (lab, client):
        if stored:
            with pytest.raises(requests.ConnectionError):
                client.rest("POST", "trust/certificates", json=body)
        else:
            assert client.rest("POST", "trust/certificates", json=body).status_code == 400
        assert ("fresh.example.com.pem" in lab.cluster("lab-cucm").stores["Phone-VPN-trust"].files) is stored
