"""A phone's file from a node: by TFTP and by HTTP, from servers that fail in every way they can."""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import pytest
from ansible.module_utils.vpnphone.errors import BadInput, VpnPhoneError
from ansible.module_utils.vpnphone.transport.node_files import FileAbsent, FileLimits, checked_name
from ansible.module_utils.vpnphone.transport.node_http import HttpNode
from ansible.module_utils.vpnphone.transport.tftp import TftpNode
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.transport.servers import always, answer, endless, listening

NAME = "SEP0011223344AA.cnf.xml.sgn"
RRQ, DATA, ACK, ERROR, OACK = 1, 3, 4, 5, 6
Peer = tuple[str, int]
# What one request gets: its bytes, who asked, and the socket of this transfer.
Serve = Callable[[bytes, Peer, socket.socket], None]
# Long enough for any machine where an answer is to come; short where none comes.
PATIENT = FileLimits(idle=20, total=60)
HASTY = FileLimits(idle=0.2, total=1, tries=2, size=10_000)


@contextlib.contextmanager
def tftp(serve: Serve) -> Iterator[int]:
    """A TFTP server of the test's own; its port. Each request gets a socket, as the protocol wants it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    done = threading.Event()

    def one(data: bytes, peer: Peer) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own, contextlib.suppress(OSError):
            own.bind(("127.0.0.1", 0))
            own.settimeout(20)
            serve(data, peer, own)

    def run() -> None:
        while True:
            data, peer = listener.recvfrom(65536)
            if done.is_set():
                return
            threading.Thread(target=one, args=(data, peer), daemon=True).start()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        done.set()
        listener.sendto(b"end", ("127.0.0.1", port))
        thread.join()
        listener.close()


def data(number: int, content: bytes) -> bytes:
    return struct.pack(">HH", DATA, number & 0xFFFF) + content


def acknowledged(own: socket.socket, number: int) -> None:
    while True:
        packet, _peer = own.recvfrom(65536)
        if packet == struct.pack(">HH", ACK, number & 0xFFFF):
            return


def whole(content: bytes, size: int = 512, oack: bytes = b"") -> Serve:
    """A server that does it right."""

    def serve(request: bytes, peer: Peer, own: socket.socket) -> None:
        assert request.startswith(struct.pack(">H", RRQ) + NAME.encode() + b"\0octet\0")
        if oack:
            own.sendto(struct.pack(">H", OACK) + oack, peer)
            acknowledged(own, 0)
        for number in range(len(content) // size + 1):
            own.sendto(data(number + 1, content[number * size : (number + 1) * size]), peer)
            acknowledged(own, number + 1)

    return serve


def packets(*sent: bytes) -> Serve:
    """A server that sends these and then nothing."""

    def serve(request: bytes, peer: Peer, own: socket.socket) -> None:
        for packet in sent:
            own.sendto(packet, peer)
        own.recvfrom(65536)

    return serve


@pytest.mark.parametrize("length", [0, 1, 511, 512, 513, 5_000, 1_024 * 20])
@pytest.mark.parametrize(("size", "oack"), [(512, b""), (1_024, b"blksize\0001024\0"), (100, b"blksize\000100\0")])
def test_a_file_by_tftp(length: int, size: int, oack: bytes) -> None:
    content = bytes(at * 7 % 256 for at in range(length))
    with tftp(whole(content, size, oack)) as port:
        assert TftpNode("node", "localhost", port, PATIENT).get(NAME) == content


def test_a_block_that_comes_twice_counts_once() -> None:
    def serve(request: bytes, peer: Peer, own: socket.socket) -> None:
        for number, content in ((1, b"a" * 512), (1, b"a" * 512), (2, b"b")):
            own.sendto(data(number, content), peer)
            acknowledged(own, number)

    with tftp(serve) as port:
        assert TftpNode("node", "127.0.0.1", port, PATIENT).get(NAME) == b"a" * 512 + b"b"


def test_packets_from_elsewhere_are_not_taken() -> None:
    """tftpy alone takes them: it only warns."""

    def serve(request: bytes, peer: Peer, own: socket.socket) -> None:
        own.sendto(data(1, b"a" * 512), peer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            other.sendto(data(2, b"evil"), peer)
            other.sendto(struct.pack(">HH", ERROR, 1) + b"evil\0", peer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as abroad:
            abroad.bind(("127.0.0.2", 0))
            abroad.sendto(data(2, b"evil"), peer)
        acknowledged(own, 1)
        own.sendto(data(2, b"good"), peer)

    with tftp(serve) as port:
        assert TftpNode("node", "127.0.0.1", port, PATIENT).get(NAME) == b"a" * 512 + b"good"


def test_an_answer_from_another_host_is_none() -> None:
    def serve(request: bytes, peer: Peer, own: socket.socket) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as abroad:
            abroad.bind(("127.0.0.2", 0))
            abroad.sendto(data(1, b"evil"), peer)

    with tftp(serve) as port, pytest.raises(VpnPhoneError) as caught:
        TftpNode("node", "127.0.0.1", port, HASTY).get(NAME)
    assert caught.value.code == "timeout_connect"


def _slowly(request: bytes, peer: Peer, own: socket.socket) -> None:
    """A block just before each time-out."""
    own.sendto(struct.pack(">H", OACK) + b"blksize\0008\0", peer)
    own.settimeout(0.05)
    for number in range(1, 1_000):
        own.sendto(data(number, b"a" * 8), peer)
        with contextlib.suppress(TimeoutError):
            while True:
                own.recvfrom(65536)


def _endlessly(request: bytes, peer: Peer, own: socket.socket) -> None:
    for number in range(1, 1 << 20):
        own.sendto(data(number, b"a" * 512), peer)
        acknowledged(own, number)


def _silently(request: bytes, peer: Peer, own: socket.socket) -> None:
    """Nothing."""


def error(code: int) -> bytes:
    return struct.pack(">HH", ERROR, code) + b"CANARY\0"


@pytest.mark.parametrize(
    ("serve", "code", "told"),
    [
        (packets(error(1)), "file_absent", f"there is no file {NAME}"),
        (packets(data(1, b"a" * 512), error(1)), "file_absent", "there is no file"),
        (packets(error(2)), "tftp_failed", f"refused {NAME} (TFTP error 2)"),
        (packets(error(0)), "tftp_failed", "TFTP error 0"),
        (packets(error(8)), "tftp_failed", "TFTP error 8"),
        (packets(error(60_000)), "tftp_failed", "TFTP error 60000"),
        (packets(data(1, b"a" * 512)), "timeout_command", "fell silent in the middle"),
        (_silently, "timeout_connect", "does not answer (UDP, 2 tries of 0.2 s)"),
        (_slowly, "timeout_command", "did not end the transfer"),
        (_endlessly, "answer_too_long", "longer than 9 KiB"),
        (packets(b"\0"), "tftp_failed", "does not keep to the protocol"),
        (packets(b"\0\x03"), "tftp_failed", "does not keep to the protocol"),
        (packets(b"\0\x09ab"), "tftp_failed", "does not keep to the protocol"),
        (packets(b"\0\x04\0\0"), "tftp_failed", "does not keep to the protocol"),
        (packets(b"\0\x01x\0octet\0"), "tftp_failed", "does not keep to the protocol"),
        (packets(b"\0\x06blksize\0x\0"), "tftp_failed", "does not keep to the protocol"),
        (packets(b"\0\x06blksize\0-5\0"), "tftp_failed", "does not keep to the protocol"),
        (packets(b"\0\x06\xff\xff\0\xff\0"), "tftp_failed", "does not keep to the protocol"),
        (packets(data(7, b"a")), "tftp_failed", "does not keep to the protocol"),
        (packets(data(0, b"a")), "tftp_failed", "does not keep to the protocol"),
    ],
)
def test_what_goes_wrong_by_tftp(serve: Serve, code: str, told: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with tftp(serve) as port, pytest.raises(VpnPhoneError) as caught:
        TftpNode("node-1", "127.0.0.1", port, HASTY).get(NAME)
    assert (caught.value.code, caught.value.where) == (code, "node-1")
    assert told in caught.value.what
    assert caught.value.todo
    # Nothing that the node said is repeated.
    assert "CANARY" not in str(caught.value) + caplog.text


def test_nobody_listens() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(VpnPhoneError) as caught:
        TftpNode("node", "127.0.0.1", port, HASTY).get(NAME)
    assert caught.value.code == "connection_refused"
    assert caught.value.unreachable


@pytest.mark.parametrize("host", ["no..name", "x" * 300, "::1", ""])
def test_a_name_that_leads_nowhere(host: str) -> None:
    with pytest.raises(VpnPhoneError) as caught:
        TftpNode("node", host, 69, HASTY).get(NAME)
    assert caught.value.code in ("name_unknown", "bad_input")


@pytest.mark.parametrize("port", [0, -1, 65_536])
def test_what_is_no_port(port: int) -> None:
    with pytest.raises(BadInput):
        TftpNode("node", "127.0.0.1", port)
    with pytest.raises(BadInput):
        HttpNode("node", "127.0.0.1", port)


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.builds(data, st.integers(0, 3), st.binary(max_size=9))), max_size=3)
)
@settings(max_examples=40, deadline=None)
def test_any_packets_give_a_file_or_an_error(sent: list[bytes]) -> None:
    with tftp(packets(*sent)) as port:
        try:
            assert isinstance(TftpNode("n", "127.0.0.1", port, FileLimits(0.02, 0.2, 1, 100)).get(NAME), bytes)
        except VpnPhoneError as error:
            assert error.code in ("tftp_failed", "timeout_connect", "timeout_command", "file_absent", "answer_too_long")


# --- HTTP -----------------------------------------------------------------------------------------------------------


def test_a_file_by_http() -> None:
    asked: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        asked.append(connection.recv(65536))
        connection.sendall(answer(b"content"))

    with listening(talk) as port, HttpNode("node", "127.0.0.1", port, PATIENT) as node:
        assert node.get(NAME) == b"content"
    assert asked[0].startswith(f"GET /{NAME} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (answer(b"no", "404 Not Found"), "file_absent"),
        (answer(b"no", "403 Forbidden"), "http_forbidden"),
        (answer(b"no", "500 Internal Server Error"), "http_failed"),
        (answer(b"", "302 Found", "Location: http://192.0.2.1/x"), "http_redirect"),
        (answer(b"a" * 10_001), "answer_too_long"),
        (b"SSH-2.0-x\r\n\r\n", "http_failed"),
    ],
)
def test_what_goes_wrong_by_http(sent: bytes, code: str) -> None:
    limits = FileLimits(idle=20, total=60, size=10_000)
    with (
        listening(always(sent)) as port,
        HttpNode("node-1", "127.0.0.1", port, limits) as node,
        pytest.raises(VpnPhoneError) as caught,
    ):
        node.get(NAME)
    assert (caught.value.code, caught.value.where) == (code, "node-1")


def test_an_answer_without_end() -> None:
    talk = endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536)
    with (
        listening(talk) as port,
        HttpNode("node", "127.0.0.1", port, PATIENT) as node,
        pytest.raises(VpnPhoneError) as caught,
    ):
        node.get(NAME)
    assert caught.value.code == "answer_too_long"


# --- names ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["", ".sgn", ".enc.sgn", ".enc"])
def test_names_that_are_asked_for(end: str) -> None:
    assert checked_name(f"SEP0011223344AA.cnf.xml{end}") == f"SEP0011223344AA.cnf.xml{end}"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "SEP0011223344aa.cnf.xml",
        "SEP0011223344A.cnf.xml",
        "SEP0011223344AAA.cnf.xml",
        "SEP0011223344AA.cnf.xml\n",
        "SEP0011223344AA.cnf.xml.sgn/../../x",
        "../SEP0011223344AA.cnf.xml",
        "SEP0011223344AA.cnf.xml\0.sgn",
        "SEP0011223344AA.cnf.xml?x",
        "CTLSEP0011223344AA.tlv",
        "SEP\N{FULLWIDTH DIGIT ZERO}011223344AA.cnf.xml",
    ],
)
def test_names_that_never_reach_a_node(name: str) -> None:
    def fail(request: bytes, peer: Peer, own: socket.socket) -> None:
        raise AssertionError("the node was asked")

    with tftp(fail) as port, pytest.raises(BadInput):
        TftpNode("node", "127.0.0.1", port, HASTY).get(name)
    with HttpNode("node", "127.0.0.1", 9) as node, pytest.raises(BadInput):
        node.get(name)


def test_absence_is_an_error_of_its_own() -> None:
    with tftp(packets(error(1))) as port, pytest.raises(FileAbsent):
        TftpNode("node", "127.0.0.1", port, PATIENT).get(NAME)
