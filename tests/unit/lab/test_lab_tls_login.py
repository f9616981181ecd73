"""Login and tunnel over HTTP as any client may send them, and what an ASA makes of the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from lab import certs
from lab.certs import Cert
from lab.headend.http import MAX_HEAD, Inbox, Message, render
from lab.testing import RunningLab, running_lab
from tests.unit.lab.phone_site import Case, scenario
from tests.unit.lab.tls_client import CLASSIC, connection, port_of

CASES = {"asa": Case(group=("authentication certificate",)), "staff": Case(group=("authentication aaa",))}
AGENT = "Cisco SVC IPPhone Client v1.0 (1.0)"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningLab]:
    data = scenario(CASES)
    data["phones"] = []
    data["devices"][1]["users"] = [{"name": "bob", "password": "typed"}]
    with running_lab(data, tmp_path_factory.mktemp("login") / "lab") as found:
        yield found


class Client:
    """One TLS connection; each request waits for its answer."""

    def __init__(self, site: RunningLab, name: str, own: Cert | None = None) -> None:
        port = port_of(site, name, f"198.51.100.{list(CASES).index(name) + 1}:443")
        self.tls = connection(port, CLASSIC, ("TLSv1", "TLSv1.2"))
        if own is not None and own.key is not None:
            self.tls.use_certificate(own.x509)
            self.tls.use_privatekey(own.key)
        self.tls.do_handshake()
        self.inbox = Inbox(self._read)

    async def _read(self) -> bytes:
        try:
            return self.tls.recv(16384)
        except (SSL.ZeroReturnError, SSL.SysCallError):
            return b""

    def ask(self, first: str, body: bytes = b"", **headers: str) -> Message | None:
        given = {"Host": "asa.example.com", "User-Agent": AGENT, **headers}
        self.tls.sendall(render(first, given, body))
        return asyncio.run(self.inbox.message())


def certificate(site: RunningLab, name: str, **keys: str) -> Cert:
    """A client certificate signed by a CA of the ASA."""
    ca = site.device("asa").contexts[""].trustpoints["CAPF"].ca
    now = datetime.now(UTC)
    subject = certs.parse_name(",".join(f"{key}={value}" for key, value in {"CN": name, **keys}.items()))
    key = certs.pooled_key("ec256", "client")
    return certs.build(subject, key, issuer=ca, not_before=now - timedelta(1), not_after=now + timedelta(1))


def test_login_then_tunnel(site: RunningLab) -> None:
    client = Client(site, "asa", certificate(site, "CP-7962G-SEP0000000000AA"))
    login = client.ask("POST /Phones HTTP/1.1")
    assert login is not None
    assert login.first[1] == "200"
    cookie = login.headers["set-cookie"].partition(";")[0]
    tunnel = client.ask("CONNECT /CSCOSSLC/tunnel HTTP/1.1", Cookie=cookie)
    assert tunnel is not None
    assert (tunnel.first[1], tunnel.headers["x-cstp-address"]) == ("200", "10.10.10.10")
    assert tunnel.headers["x-dtls-port"] == "443"
    assert site.state("asa")["vpn_sessions"] == [
        {"user": "CP-7962G-SEP0000000000AA", "assigned_ip": "10.10.10.10", "tunnel_group": "Phones"}
    ]
    # A cookie opens one tunnel.
    again = client.ask("CONNECT /CSCOSSLC/tunnel HTTP/1.1", Cookie=cookie)
    assert again is not None
    assert again.first[1] == "401"
    shown = site.type("asa", "show vpn-sessiondb detail anyconnect")
    assert f"Client Ver   : {AGENT}" in shown
    site.device("asa").contexts[""].sessions = ()


@pytest.mark.parametrize(
    ("first", "headers", "status", "word"),
    [
        ("POST /Phones HTTP/1.1", {}, "403", "client-certificate"),
        ("POST /phones HTTP/1.1", {}, "403", "group-url"),
        ("POST / HTTP/1.1", {}, "403", "group-url"),
        ("POST /Phones HTTP/1.1", {"Host": "asa.example.com:443"}, "403", "group-url"),
        ("CONNECT /CSCOSSLC/tunnel HTTP/1.1", {"Cookie": "webvpn=guess"}, "401", ""),
        ("CONNECT /elsewhere HTTP/1.1", {}, "405", ""),
        ("PUT /Phones HTTP/1.1", {}, "405", ""),
        ("GET /Phones HTTP/1.1", {}, "200", ""),
        ("HEAD /Phones HTTP/1.1", {}, "200", ""),
    ],
)
def test_what_is_answered(site: RunningLab, first: str, headers: dict[str, str], status: str, word: str) -> None:
    answer = Client(site, "asa").ask(first, **headers)
    assert answer is not None
    assert (answer.first[1], answer.headers.get("x-lab-reason", "")) == (status, word)
    assert site.state("asa")["vpn_sessions"] == []


@pytest.mark.parametrize(
    ("typed", "word"),
    [("username=bob&password=typed", ""), ("username=bob&password=other", "authentication"), ("", "authentication"),
     ("username=nobody&password=typed", "authentication"), ("%%%=&&&", "authentication")],
)  # fmt: skip
def test_passwords_of_local_users(site: RunningLab, typed: str, word: str) -> None:
    answer = Client(site, "staff").ask("POST /Phones HTTP/1.1", typed.encode(), Host="staff.example.com")
    assert answer is not None
    assert answer.headers.get("x-lab-reason", "") == word


def test_the_username_comes_from_the_parts_that_are_configured(site: RunningLab) -> None:
    site.type(
        "asa", "configure terminal", "tunnel-group Phones general-attributes", "username-from-certificate OU CN",
        "logging buffered debugging",
    )  # fmt: skip
    for keys, user in (({"OU": "Floor 3"}, "Floor 3"), ({}, "somebody")):
        answer = Client(site, "asa", certificate(site, "somebody", **keys)).ask("POST /Phones HTTP/1.1")
        assert answer is not None
        assert answer.first[1] == "200"
        assert f"User <{user}> IP <127.0.0.1> Authentication: successful" in site.type("asa", "show logging")
    site.type(
        "asa", "configure terminal", "tunnel-group Phones general-attributes", "no username-from-certificate OU CN"
    )


def test_nonsense_after_the_handshake_is_hung_up_on(site: RunningLab) -> None:
    for noise in (b"\x00" * 40 + b"\r\n\r\n", b"POST\r\n\r\n", b"A" * (MAX_HEAD + 20000)):
        client = Client(site, "asa")
        client.tls.sendall(noise)
        assert asyncio.run(client.inbox.message()) is None
    assert Client(site, "asa").ask("GET / HTTP/1.0") is not None


# --- the little of HTTP -----------------------------------------------------------------------------------------------


def messages(chunks: list[bytes]) -> list[Message]:
    """Everything that an inbox finds in these pieces."""
    rest = iter(chunks)

    async def read() -> bytes:
        return next(rest, b"")

    async def run() -> list[Message]:
        inbox, found = Inbox(read), []
        while (message := await inbox.message()) is not None:
            found.append(message)
        return found

    return asyncio.run(run())


@given(st.lists(st.integers(1, 200), max_size=20))
def test_pieces_make_no_difference(sizes: list[int]) -> None:
    data = render("POST /a HTTP/1.1", {"Host": "h"}, b"x=1") + render("GET /b HTTP/1.1", {})
    chunks, at = [], 0
    for size in sizes:
        chunks.append(data[at : at + size])
        at += size
    whole = [chunk for chunk in [*chunks, data[at:]] if chunk]
    first, second = messages(whole)
    assert (first.first, first.headers["host"], first.body) == (("POST", "/a", "HTTP/1.1"), "h", b"x=1")
    assert second.first == ("GET", "/b", "HTTP/1.1")


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc", b"GET /\r\n\r\n", b"GET / HTTP/1.1\r\n",
    ],
)  # fmt: skip
def test_what_is_no_message_ends_the_talk(data: bytes) -> None:
    assert messages([data]) == []


@given(st.lists(st.binary(min_size=1, max_size=60), max_size=8))
def test_any_bytes_are_survived(chunks: list[bytes]) -> None:
    for message in messages(chunks):
        assert len(message.first) == 3
