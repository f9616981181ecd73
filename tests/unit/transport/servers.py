"""Small servers of the tests' own: on 127.0.0.1, any port, a thread a connection; and certificates for them."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)
# What one connection says: it gets the socket and talks until it returns.
Talk = Callable[[socket.socket], None]


class Served(NamedTuple):
    """A certificate with its key in one PEM file, and its SHA-256."""

    pem: Path
    sha256: str


def certificate(
    folder: Path, name: str, *, host: str = "127.0.0.1", start: int = -1, days: int = 30, signer: str = ""
) -> Served:
    """A certificate for an address or a host name, self-signed or signed by one made here before."""
    key = generate_private_key(SECP256R1())
    try:
        san: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        san = x509.DNSName(host)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signing = subject, key
    if signer:
        pem = (folder / f"{signer}.pem").read_bytes()
        issuer = x509.load_pem_x509_certificate(pem).subject
        loaded = load_pem_private_key(pem, None)
        assert isinstance(loaded, type(key))
        signing = loaded
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + start * DAY)
        .not_valid_after(NOW + days * DAY)
        .add_extension(x509.SubjectAlternativeName([san]), critical=False)
        .add_extension(x509.BasicConstraints(ca=not signer, path_length=None), critical=True)
        .sign(signing, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return Served(path, made.fingerprint(hashes.SHA256()).hex())


@contextlib.contextmanager
def listening(talk: Talk, served: Served | None = None) -> Iterator[int]:
    """A TCP server, with TLS where a certificate is given; its port. Ends with the block, connections and all."""
    context = None
    if served is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(served.pem)
    listener = socket.create_server(("127.0.0.1", 0))
    open_now: list[socket.socket] = []

    def one(connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ssl.SSLError):
            wrapped = context.wrap_socket(connection, server_side=True) if context else connection
            open_now.append(wrapped)
            with wrapped:
                talk(wrapped)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = listener.accept()
                open_now.append(connection)
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        for sock in [listener, *open_now]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()


def request_of(connection: socket.socket) -> bytes:
    """One request with its body, b"" when the client is gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")),
        0,
    )
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(body: bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def always(*pieces: bytes) -> Talk:
    """A server that answers every request of a connection with the same."""

    def talk(connection: socket.socket) -> None:
        while request_of(connection):
            for piece in pieces:
                connection.sendall(piece)

    return talk


def once(*pieces: bytes) -> Talk:
    """A server that answers the first request, then closes."""

    def talk(connection: socket.socket) -> None:
        request_of(connection)
        for piece in pieces:
            connection.sendall(piece)

    return talk


def endless(head: bytes, piece: bytes) -> Talk:
    """A server that never stops sending."""

    def talk(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(head)
        while True:
            connection.sendall(piece)

    return talk
