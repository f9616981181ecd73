"""Handshakes with real servers: what is presented to which offer, and every way in which there is none."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from ansible.module_utils.vpnphone.errors import BadInput
from ansible.module_utils.vpnphone.transport.tls_probe import (
    BROWSER,
    Offer,
    Seen,
    Target,
    shake,
    target_of,
    why_impossible,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from tests.unit.transport.servers import Talk, listening

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
# As the phone table has the 7962G.
CLASSIC = Offer(("TLSv1",), ("AES256-SHA", "AES128-SHA"))
PATIENT = 30.0


class Held(tuple[x509.Certificate, Key]):
    """A certificate and its key."""

    @property
    def der(self) -> bytes:
        return self[0].public_bytes(Encoding.DER)


def held(name: str, key: Key, issuer: Held | None = None) -> Held:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now - timedelta(days=1))  # expired: nothing presented is trusted, so it does not matter
        .sign(issuer[1] if issuer else key, hashes.SHA256())
    )
    return Held((made, key))


RSA_KEY = rsa.generate_private_key(65537, 2048)
ROOT = held("root", RSA_KEY)
RSA = held("vpn.example.com", RSA_KEY, ROOT)
EC = held("vpn.example.com", ec.generate_private_key(ec.SECP256R1()), ROOT)


@contextlib.contextmanager
def tls(
    *certificates: Held,
    chain: tuple[Held, ...] = (ROOT,),
    ciphers: str = "ALL",
    versions: tuple[int, int] = (SSL.TLS1_VERSION, SSL.TLS1_3_VERSION),
    wants_client: bool = False,
    names: list[bytes | None] | None = None,
) -> Iterator[int]:
    """A TLS server; its port. names: what clients ask for is put there."""
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(versions[0])
    context.set_max_proto_version(versions[1])
    context.set_cipher_list(f"{ciphers}:@SECLEVEL=0".encode())
    for certificate in certificates:
        context.use_certificate(certificate[0])
        context.use_privatekey(certificate[1])
    for extra in chain:
        context.add_extra_chain_cert(extra[0])
    if wants_client:
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_args: True)
    if names is not None:
        context.set_tlsext_servername_callback(lambda connection: names.append(connection.get_servername()))

    def talk(client: socket.socket) -> None:
        client.settimeout(None)
        connection = SSL.Connection(context, client)
        connection.set_accept_state()
        with contextlib.suppress(SSL.Error):
            connection.do_handshake()
            connection.recv(1)

    with listening(talk) as port:
        yield port


def probe(port: int, offer: Offer, name: str = "") -> Seen:
    return shake(Target("127.0.0.1", port, name), offer, connect=PATIENT, total=PATIENT)


# --- what is presented ----------------------------------------------------------------------------------------------


def test_what_a_phone_sees() -> None:
    with tls(RSA) as port:
        seen = probe(port, CLASSIC)
    assert seen == Seen("ok", "", "TLSv1", "AES256-SHA", (RSA.der, ROOT.der))


def test_two_leafs_for_two_offers() -> None:
    """The trap of F-015: a browser is shown another certificate than a phone."""
    with tls(RSA, EC, ciphers="ECDHE-ECDSA-AES128-GCM-SHA256:AES256-SHA") as port:
        phone, browser = probe(port, CLASSIC), probe(port, BROWSER)
    assert phone.chain[0] == RSA.der
    assert browser.chain[0] == EC.der
    assert (phone.version, browser.version) == ("TLSv1", "TLSv1.3")


@pytest.mark.parametrize(
    ("versions", "suites", "version", "cipher"),
    [
        (("TLSv1",), ("AES128-SHA",), "TLSv1", "AES128-SHA"),
        (("TLSv1", "TLSv1.1"), ("AES128-SHA",), "TLSv1.1", "AES128-SHA"),
        (("TLSv1", "TLSv1.2"), ("AES128-SHA", "AES256-SHA"), "TLSv1.2", "AES128-SHA"),
        (("TLSv1.2",), ("AES128-GCM-SHA256",), "TLSv1.2", "AES128-GCM-SHA256"),
        (("TLSv1.2",), ("DHE-RSA-AES256-SHA",), "TLSv1.2", "DHE-RSA-AES256-SHA"),
        (("TLSv1.3",), ("TLS_AES_256_GCM_SHA384",), "TLSv1.3", "TLS_AES_256_GCM_SHA384"),
        (("TLSv1.2", "TLSv1.3"), ("AES128-SHA", "TLS_AES_128_GCM_SHA256"), "TLSv1.3", "TLS_AES_128_GCM_SHA256"),
        # Nobody can choose it in TLS 1.0: it may be left out, for whatever reason it is missing.
        (("TLSv1",), ("AES128-SHA", "NO-SUCH-GCM-SHA999"), "TLSv1", "AES128-SHA"),
    ],
)
def test_the_offer_is_made_exactly(
    versions: tuple[str, ...], suites: tuple[str, ...], version: str, cipher: str
) -> None:
    with tls(RSA) as port:
        seen = probe(port, Offer(versions, suites))
    assert (seen.status, seen.detail, seen.version, seen.cipher) == ("ok", "", version, cipher)


def test_the_hello_holds_the_suites_of_the_offer_and_no_others() -> None:
    hello: list[bytes] = []

    def talk(client: socket.socket) -> None:
        hello.append(client.recv(65536))

    with listening(talk) as port:
        assert probe(port, CLASSIC).status == "closed"
    body = hello[0][9:]  # behind the headers of record and handshake
    assert body[:2] == b"\x03\x01"  # TLS 1.0
    at = 34 + 1 + body[34]
    size = int.from_bytes(body[at : at + 2], "big")
    suites = {body[at + 2 + n : at + 4 + n] for n in range(0, size, 2)}
    # AES256-SHA, AES128-SHA, and the signal of secure renegotiation.
    assert suites == {b"\x00\x35", b"\x00\x2f", b"\x00\xff"}


@pytest.mark.parametrize(("name", "asked"), [("vpn.example.com", b"vpn.example.com"), ("", None)])
def test_the_name_that_is_asked_for(name: str, asked: bytes | None) -> None:
    names: list[bytes | None] = []
    with tls(RSA, names=names) as port:
        assert probe(port, CLASSIC, name).status == "ok"
    assert names == [asked]


@pytest.mark.parametrize("versions", [("TLSv1",), ("TLSv1.2",)])
def test_an_asa_that_wants_a_client_certificate_has_shown_its_own(versions: tuple[str, ...]) -> None:
    with tls(RSA, wants_client=True) as port:
        seen = probe(port, Offer(versions, ("AES128-SHA",)))
    assert (seen.status, seen.chain) == ("ok", (RSA.der, ROOT.der))
    assert "then the ASA ended the handshake: handshake failure" in seen.detail


def test_a_version_between_two_of_the_offer_is_not_the_phones() -> None:
    with tls(RSA, versions=(SSL.TLS1_1_VERSION, SSL.TLS1_1_VERSION)) as port:
        seen = probe(port, Offer(("TLSv1", "TLSv1.2"), ("AES128-SHA",)))
    assert (seen.status, seen.chain) == ("closed", ())
    assert "it chose TLSv1.1" in seen.detail


# --- where nothing is -----------------------------------------------------------------------------------------------


def test_no_shared_cipher_is_an_alert_with_its_name() -> None:
    with tls(RSA, ciphers="AES256-GCM-SHA384") as port:
        assert probe(port, CLASSIC) == Seen("alert", "handshake failure")


def test_a_version_that_is_not_let_in_is_an_alert_with_its_name() -> None:
    with tls(RSA, versions=(SSL.TLS1_2_VERSION, SSL.TLS1_2_VERSION)) as port:
        assert probe(port, CLASSIC) == Seen("alert", "protocol version")


def talks(data: bytes, hold: threading.Event | None = None) -> Talk:
    def talk(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(data)
        if hold is not None:
            hold.wait(60)

    return talk


@pytest.mark.parametrize(
    ("data", "status", "told"),
    [
        (b"", "closed", "cut|closed|eof"),
        (b"SSH-2.0-x\r\n", "closed", "no TLS answer"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "closed", "no TLS answer"),
        (b"\x15\x03\x01\0\x02\x02\x28", "alert", "handshake failure"),
        (b"\x15\x03\x01\0\x02\x02\x70", "alert", "unrecognized name"),
        (b"\x15\x03\x01\0\x02\x02\xfe", "alert|closed", ""),
        (b"\x16\x03\x01\0\x04\x02\0\0\0", "closed", "not taken"),
        (b"\x16\x03\x01\x40\0" + bytes(0x4000), "closed", "cut"),
    ],
)
def test_what_is_no_handshake(data: bytes, status: str, told: str) -> None:
    with listening(talks(data)) as port:
        seen = probe(port, CLASSIC)
    assert seen.status in status.split("|")
    assert any(part in seen.detail for part in told.split("|")), seen.detail
    assert (seen.chain, seen.connected) == ((), True)


@pytest.mark.parametrize("data", [b"", b"\x16\x03\x01\x40\0\x02"])
def test_a_server_that_falls_silent(data: bytes) -> None:
    hold = threading.Event()
    with listening(talks(data, hold)) as port:
        seen = shake(Target("127.0.0.1", port), CLASSIC, connect=PATIENT, total=0.5)
        hold.set()
    assert seen == Seen("timeout", "the handshake did not end in time")


def test_a_server_that_trickles() -> None:
    stop = threading.Event()

    def talk(client: socket.socket) -> None:
        client.sendall(b"\x16\x03\x01\x40\0\x02\0\x3f\xfc")
        while not stop.wait(0.01):
            client.sendall(b"\0")

    with listening(talk) as port:
        seen = shake(Target("127.0.0.1", port), CLASSIC, connect=PATIENT, total=0.5)
        stop.set()
    assert seen.status == "timeout"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    seen = probe(port, CLASSIC)
    assert (seen.status, seen.connected) == ("refused", False)


@pytest.mark.parametrize("host", ["no..name", "x" * 70, "", "no-such-host.invalid"])
def test_a_name_that_leads_nowhere(host: str) -> None:
    seen = shake(Target(host, 1), CLASSIC, connect=PATIENT, total=PATIENT)
    assert seen.status in ("unreachable", "refused")
    assert not seen.chain


@given(
    st.binary(max_size=60),
    st.sampled_from([b"", b"\x16\x03\x01\0\x20", b"\x16\x03\x01\0\x20\x02\0\0\x1c", b"\x15\x03\x01\0\x02"]),
)
@settings(max_examples=40, deadline=None)
def test_any_answer_gives_a_status(noise: bytes, head: bytes) -> None:
    with listening(talks(head + noise)) as port:
        seen = probe(port, CLASSIC)
    assert seen.status in ("closed", "alert")
    assert seen.detail.isprintable()


# --- what cannot be offered -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        (Offer(("TLSv1",), ("RC4-SHA", "AES128-SHA", "DES-CBC3-SHA")), "lacks RC4-SHA, DES-CBC3-SHA"),
        (Offer(("TLSv1",), ("AES128-SHA", "NO-SUCH-SUITE")), "lacks NO-SUCH-SUITE"),
        (Offer(("TLSv1", "TLSv1.2"), ("AES128-SHA", "NO-SUCH-GCM-SHA256")), "lacks NO-SUCH-GCM-SHA256"),
        (Offer(("TLSv1.2",), ("ALL",)), "lacks ALL"),
        (Offer(("TLSv1.2",), ("HIGH:!aNULL",)), "lacks HIGH:!aNULL"),
        (Offer(("TLSv1.2",), ("@SECLEVEL=5",)), "lacks @SECLEVEL=5"),
        (Offer(("TLSv1.2",), ("A\N{GREEK SMALL LETTER ALPHA}",)), "lacks A"),
        (Offer(("SSLv3",), ("AES128-SHA",)), "'SSLv3' is no TLS version"),
        (Offer((), ("AES128-SHA",)), "no TLS version"),
        (Offer(("TLSv1",), ()), "no suite for TLSv1"),
        (Offer(("TLSv1",), ("AES128-GCM-SHA256",)), "no suite for TLSv1"),
        (Offer(("TLSv1.2", "TLSv1.3"), ("AES128-SHA",)), "no suite for TLSv1.3"),
        (Offer(("TLSv1.3",), ("TLS_NO_SUCH",)), "lacks TLS_NO_SUCH"),
        (Offer(("TLSv1.1", "TLSv1.3"), ("AES128-SHA", "TLS_AES_128_GCM_SHA256")), "TLSv1.3 without TLSv1.2"),
    ],
)
def test_an_offer_that_cannot_be_made_is_not_made(offer: Offer, why: str) -> None:
    assert why in why_impossible(offer)
    with tls(RSA) as port:
        seen = probe(port, offer)
    assert seen.status == "impossible"
    assert why in seen.detail


@pytest.mark.parametrize("offer", [CLASSIC, BROWSER])
def test_offers_that_can_be_made(offer: Offer) -> None:
    assert why_impossible(offer) == ""


# --- where a URL leads ----------------------------------------------------------------------------------------------

TO = {"vpn.example.com:443": "127.0.0.1:10443", "VPN2.example.com:8443": "[::1]:1", "[2001:db8::1]:443": "10.0.0.1:2"}


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://vpn.example.com/VPNPhone", Target("127.0.0.1", 10443, "vpn.example.com")),
        ("https://VPN.example.com:443/x?y", Target("127.0.0.1", 10443, "vpn.example.com")),
        ("https://vpn2.example.com:8443", Target("::1", 1, "vpn2.example.com")),
        ("https://vpn2.example.com", Target("vpn2.example.com", 443, "vpn2.example.com")),
        ("https://198.51.100.1/x", Target("198.51.100.1", 443, "")),
        ("https://[2001:db8::1]/x", Target("10.0.0.1", 2, "")),
        ("https://[2001:db8::2]:99/x", Target("2001:db8::2", 99, "")),
    ],
)
def test_where_a_url_leads(url: str, target: Target) -> None:
    assert target_of(url, TO) == target
    assert target_of(url, TO, sni=False) == target._replace(name="")


@pytest.mark.parametrize(
    "url",
    ["", "vpn.example.com", "http://vpn.example.com/x", "https://", "https:///x", "https://u:p@vpn.example.com/x",
     "https://vpn.example.com:0x1/", "https://vpn.example.com:99999/", "https://[::1/x", "ftp://x", "https://a\x1b.b/"],
)  # fmt: skip
def test_what_is_no_url_of_a_phone(url: str) -> None:
    with pytest.raises(BadInput, match="no URL that a phone connects to"):
        target_of(url, TO)


@pytest.mark.parametrize("place", ["", "127.0.0.1", "127.0.0.1:", ":443", "127.0.0.1:x", "127.0.0.1:0", "a:70000"])
def test_what_is_no_place_to_connect_to(place: str) -> None:
    with pytest.raises(BadInput, match="no place to connect to"):
        target_of("https://vpn.example.com/x", {"vpn.example.com:443": place})
