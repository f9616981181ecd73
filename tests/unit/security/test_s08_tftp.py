"""S8: what is asked of a TFTP node is a phone's file and nothing else; no node is ever played."""

from __future__ import annotations

import re
import socket

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.transport import node_files, tftp
from ansible.module_utils.vpnphone.transport.node_http import HttpNode
from ansible.module_utils.vpnphone.transport.tftp import TftpNode
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.security.product import SOURCES, calls, short, words

NAME = re.compile(r"\ASEP[0-9A-F]{12}\.cnf\.xml(\.enc)?(\.sgn)?\Z")
NEAR = st.from_regex(
    r"(\.\./|/|\\\\|disk0:|)SEP[0-9A-Fa-f]{11,13}(\.cnf\.xml)?(\.sgn|\.enc\.sgn|\n|\x00|/\.\.)?", fullmatch=True
)


@given(st.one_of(NEAR, st.text(max_size=40), st.just("SEP001122334455.cnf.xml\n")))
def test_s08_any_name_is_a_phones_file_or_refused(name: str) -> None:
    try:
        assert node_files.checked_name(name) == name
    except BadInput:
        assert not NAME.match(name)
    else:
        assert NAME.match(name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "CTLFile.tlv", "SEP001122334455.cnf.xml\0", "SEP../1122334455"])
@pytest.mark.parametrize("kind", [TftpNode, HttpNode])
def test_s08_both_ways_to_a_node_check_the_name_before_they_dial(
    monkeypatch: pytest.MonkeyPatch, kind: type[TftpNode | HttpNode], name: str
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("something was dialled")

    monkeypatch.setattr(socket.socket, "connect", never)
    monkeypatch.setattr(socket.socket, "sendto", never)
    monkeypatch.setattr(socket, "getaddrinfo", never)
    with pytest.raises(BadInput):
        kind("node", "192.0.2.1").get(name)


def test_s08_whoever_asks_a_node_asks_by_these_two() -> None:
    users = {short(path) for path in SOURCES if any(word.startswith("Tftp") for _, word in words(path))}
    # gather_phones.py chooses which of the two a node is asked by.
    assert {"module_utils/vpnphone/transport/tftp.py"} <= users
    assert users <= {"module_utils/vpnphone/transport/tftp.py", "module_utils/vpnphone/gather_phones.py"}


def test_s08_the_product_serves_nothing() -> None:
    serving = {"TftpServer", "HTTPServer", "TCPServer", "start_server", "create_server", "bind", "listen"}
    for path in SOURCES:
        served = [name for name, _ in calls(path) if name.rpartition(".")[2] in serving]
        # asa_debug listens to a debug: it reads the session it has.
        served = [name for name in served if not name.endswith("session.listen")]
        assert not served, f"{short(path)}: {served}"


def test_s08_size_time_and_partner_of_a_transfer_are_bounded() -> None:
    """By these limits; test_node_files.py proves each against a node that means harm."""
    limits = tftp.DEFAULT_LIMITS
    assert 0 < limits.size <= 2 * 1024 * 1024
    assert 0 < limits.idle <= limits.total <= 60
    pinned = tftp._PinnedSocket("127.0.0.1", 0.2, 0.4)
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        pinned.bind(("127.0.0.1", 0))
        pinned._port = 69  # the transfer has begun with another port
        stranger.sendto(b"\0\3\0\1bad", pinned.getsockname())
        with pytest.raises((TimeoutError, tftp._OverTime)):
            pinned.recvfrom(2048)
    finally:
        pinned.close()
        stranger.close()
