"""Phones' files by HTTP and by TFTP, from each node."""

from __future__ import annotations

import io
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import tftpy

from lab.cucm import signing
from lab.testing import RunningLab, running_lab
from tests.unit.lab.cucm_kit import OTHER, PHONE, Client, made, site

NODES = ("cucm-pub", "cucm-tftp2")
SIGNED = f"{PHONE}.cnf.xml.sgn"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    with running_lab(site(), tmp_path_factory.mktemp("files") / "lab") as lab:
        yield lab


def by_http(running: RunningLab, node: str, name: str) -> requests.Response:
    port = Client(running).node(node)["http_port"]
    return requests.get(f"http://127.0.0.1:{port}/{name}", timeout=60)


def by_tftp(running: RunningLab, node: str, name: str, **options: int) -> bytes:
    client = tftpy.TftpClient("127.0.0.1", Client(running).node(node)["tftp_port"], options=options)
    taken = io.BytesIO()
    client.download(name, taken, timeout=60)
    return taken.getvalue()


@pytest.mark.parametrize("node", NODES)
@pytest.mark.parametrize("name", [SIGNED, f"{PHONE}.cnf.xml"])
def test_both_ways_give_the_same_file(running: RunningLab, node: str, name: str) -> None:
    answer = by_http(running, node, name)
    assert answer.status_code == 200
    assert answer.content == running.cluster("lab-cucm").file(node, name)
    assert by_tftp(running, node, name) == answer.content


@pytest.mark.parametrize("size", [8, 512, 1024, 8192, 65464])
def test_block_sizes(running: RunningLab, size: int) -> None:
    assert by_tftp(running, "cucm-pub", SIGNED, blksize=size) == by_http(running, "cucm-pub", SIGNED).content


@pytest.mark.parametrize(
    "name", ["SEP000000000000.cnf.xml.sgn", f"{PHONE}.cnf.xml.enc.sgn", "ITLFile.tlv", "../lab.json"]
)
def test_what_is_not_there(running: RunningLab, name: str) -> None:
    assert by_http(running, "cucm-pub", name).status_code == 404
    with pytest.raises(tftpy.TftpShared.TftpException, match=r"(?i)file not found"):
        by_tftp(running, "cucm-pub", name)


def test_other_methods_and_broken_requests(running: RunningLab) -> None:
    port = Client(running).node("cucm-pub")["http_port"]
    url = f"http://127.0.0.1:{port}/{SIGNED}"
    head = requests.head(url, timeout=60)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(requests.get(url, timeout=60).content)
    assert requests.put(url, b"x", timeout=60).status_code == 405
    for sent, status in ((b"nonsense\r\n\r\n", b"400"), (b"GET / HTTP/1.1\r\nA: " + b"x" * 40_000, b"431"),
                         (b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
                         (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
                         (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"501")):  # fmt: skip
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(sent)
            assert connection.recv(100).startswith(b"HTTP/1.1 " + status)


def test_several_requests_on_one_connection(running: RunningLab) -> None:
    with requests.Session() as session:
        port = Client(running).node("cucm-pub")["http_port"]
        for name in (SIGNED, "none", SIGNED):
            response = session.get(f"http://127.0.0.1:{port}/{name}", timeout=60)
            assert response.status_code == (404 if name == "none" else 200)


def test_a_stale_node_serves_its_own_copy(tmp_path: Path) -> None:
    _, certs = made()
    with running_lab(site(faults=[{"kind": "stale", "node": "cucm-tftp2"}]), tmp_path / "lab") as lab:
        before = by_http(lab, "cucm-tftp2", SIGNED).content
        cluster = lab.cluster("lab-cucm")
        lab.inside(lambda: cluster.upload("Phone-VPN-trust", certs["vpn-new"]))
        Client(lab).axl("applyPhone", f"<name>{PHONE}</name>")
        assert by_http(lab, "cucm-tftp2", SIGNED).content == by_tftp(lab, "cucm-tftp2", SIGNED) == before
        fresh = by_tftp(lab, "cucm-pub", SIGNED)
        assert by_http(lab, "cucm-pub", SIGNED).content == fresh != before
        old, new = (signing.unwrap(data, cluster.signer) for data in (before, fresh))
        assert old.built_at <= new.built_at


def test_encrypted_and_absent_files(tmp_path: Path) -> None:
    faults = [{"kind": "encrypted", "phone": PHONE}, {"kind": "absent", "phone": OTHER}]
    with running_lab(site(faults=faults), tmp_path / "lab") as lab:
        for node in NODES:
            assert by_http(lab, node, SIGNED).status_code == 404
            hidden = by_http(lab, node, f"{PHONE}.cnf.xml.enc.sgn")
            assert (hidden.status_code, b"vpnGroup" in hidden.content) == (200, False)
            assert by_tftp(lab, node, f"{PHONE}.cnf.xml.enc.sgn") == hidden.content
            for ending in (".cnf.xml", ".cnf.xml.sgn", ".cnf.xml.enc.sgn"):
                assert by_http(lab, node, f"{OTHER}{ending}").status_code == 404


# --- TFTP, byte by byte ---------------------------------------------------------------------------------------------


Ask = Callable[[bytes], tuple[bytes, tuple[str, int]]]


@pytest.fixture
def wire(running: RunningLab) -> Iterator[tuple[socket.socket, Ask]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(60)
        sock.bind(("127.0.0.1", 0))
        port = Client(running).node("cucm-pub")["tftp_port"]

        def ask(packet: bytes) -> tuple[bytes, tuple[str, int]]:
            sock.sendto(packet, ("127.0.0.1", port))
            return sock.recvfrom(70_000)

        yield sock, ask


def rrq(name: str, *options: str, mode: str = "octet") -> bytes:
    return b"\0\1" + b"".join(word.encode() + b"\0" for word in (name, mode, *options))


def test_options_are_acknowledged_before_the_first_block(wire: tuple[socket.socket, Ask], running: RunningLab) -> None:
    sock, ask = wire
    size = len(by_http(running, "cucm-pub", SIGNED).content)
    told, source = ask(rrq(SIGNED, "BLKSIZE", "100", "tsize", "0", "timeout", "9", "colour", "red"))
    assert told == b"\0\6blksize\x00100\0timeout\x009\0tsize\0%d\0" % size
    assert source[1] != Client(running).node("cucm-pub")["tftp_port"]
    sock.sendto(struct.pack(">HH", 4, 0), source)
    block, _ = sock.recvfrom(70_000)
    assert (block[:4], len(block)) == (b"\0\3\0\1", 104)
    # An old acknowledgement brings nothing; the right one brings the next block.
    sock.sendto(struct.pack(">HH", 4, 0), source)
    sock.sendto(struct.pack(">HH", 4, 1), source)
    assert sock.recvfrom(70_000)[0][:4] == b"\0\3\0\2"
    sock.sendto(b"\0\5\0\0stop\0", source)


@pytest.mark.parametrize(
    "options", [("blksize", "7"), ("blksize", "65465"), ("blksize", "x"), ("timeout", "0"), ("odd",)]
)
def test_options_that_cannot_be_are_left_out(wire: tuple[socket.socket, Ask], options: tuple[str, ...]) -> None:
    block, _ = wire[1](rrq(SIGNED, *options))
    assert (block[:4], len(block)) == (b"\0\3\0\1", 516)


def test_a_lost_block_is_sent_again(wire: tuple[socket.socket, Ask]) -> None:
    sock, ask = wire
    first, source = ask(rrq(SIGNED))
    assert sock.recvfrom(70_000) == (first, source)


@pytest.mark.parametrize(
    ("packet", "code"),
    [
        (b"\0\2a\0octet\0", 2), (b"\0\3\0\1", 4), (b"", 4), (b"\0", 4), (b"\0\1abc", 4), (b"\0\1a\0octet", 4),
        (rrq(SIGNED, mode="mail"), 4), (rrq("none"), 1), (rrq("\xff\x00"), 4),
    ],
)  # fmt: skip
def test_errors(wire: tuple[socket.socket, Ask], packet: bytes, code: int) -> None:
    answer, _ = wire[1](packet)
    assert struct.unpack(">HH", answer[:4]) == (5, code)
    assert answer.endswith(b"\0")


def test_the_old_text_mode_is_served_as_it_is(wire: tuple[socket.socket, Ask]) -> None:
    assert wire[1](rrq(SIGNED, mode="NetASCII"))[0][:4] == b"\0\3\0\1"
