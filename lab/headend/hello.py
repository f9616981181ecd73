"""The handshake messages that travel in the clear: what a ClientHello offers, which chain a server sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import suites

CLIENT_HELLO, CERTIFICATE = 1, 11
# A flight larger than this is none of a phone, a browser or an ASA.
MAX_FLIGHT = 65536
_HANDSHAKE_RECORD = 22
_SERVER_NAME, _GROUPS, _SUPPORTED_VERSIONS = 0, 10, 43
VERSIONS = {0x0301: "tlsv1", 0x0302: "tlsv1.1", 0x0303: "tlsv1.2", 0x0304: "tlsv1.3"}


class NotTls(ValueError):
    """The bytes are no TLS handshake."""


@dataclass(frozen=True)
class ClientHello:
    """versions in the words of the ASA's configuration, lowest first; suites in the client's order.

    curves: numbers of the supported groups, None where the client does not tell (it takes any then).
    """

    versions: tuple[str, ...]
    suites: tuple[str, ...]
    server_name: str = ""
    curves: frozenset[int] | None = None


class _Reader:
    """Bytes read from the front. NotTls where they end early."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise NotTls("the message ends early")
        self._at += count
        return taken

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width))

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def vector(self, width: int) -> _Reader:
        return _Reader(self.take(self.number(width)))

    def numbers(self) -> list[int]:
        """The rest as numbers of two bytes."""
        found = []
        while self:
            found.append(self.number(2))
        return found

    def __bool__(self) -> bool:
        return self._at < len(self._data)


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and body of every handshake message that is whole; stops at the first record of another kind.

    Raises NotTls where the first record is no handshake.
    """
    plain, at = b"", 0
    while len(data) - at >= 5:
        kind, major, length = data[at], data[at + 1], int.from_bytes(data[at + 3 : at + 5])
        if kind != _HANDSHAKE_RECORD or major != 3 or length > 16384 + 2048:
            if at == 0:
                raise NotTls("not a TLS handshake")
            break
        if len(data) - at - 5 < length:
            break
        plain += data[at + 5 : at + 5 + length]
        at += 5 + length
    if at == 0 and data and data[0] != _HANDSHAKE_RECORD:
        raise NotTls("not a TLS handshake")
    at = 0
    while len(plain) - at >= 4:
        length = int.from_bytes(plain[at + 1 : at + 4])
        if len(plain) - at - 4 < length:
            return
        yield plain[at], plain[at + 4 : at + 4 + length]
        at += 4 + length


def client_hello(body: bytes) -> ClientHello:
    """Read the body of a ClientHello. Raises NotTls."""
    reader = _Reader(body)
    highest = reader.number(2)
    reader.take(32)
    reader.vector(1)
    numbers = reader.vector(2).numbers()
    reader.vector(1)
    name, curves = "", None
    versions = tuple(text for number, text in VERSIONS.items() if number <= min(highest, 0x0303))
    extensions = reader.vector(2) if reader else _Reader(b"")
    while extensions:
        kind, content = extensions.number(2), extensions.vector(2)
        if kind == _SERVER_NAME and content:
            name = _server_name(content.vector(2))
        elif kind == _SUPPORTED_VERSIONS:
            said = content.vector(1).numbers()
            versions = tuple(text for number, text in VERSIONS.items() if number in said)
        elif kind == _GROUPS:
            curves = frozenset(content.vector(2).numbers())
    named = tuple(suites.name_of(number) for number in numbers if number not in suites.SIGNALS and not _grease(number))
    return ClientHello(versions, named, name, curves)


def _server_name(names: _Reader) -> str:
    while names:
        kind, text = names.number(1), names.vector(2)
        if kind == 0:
            return text.rest().decode("ascii", "replace")
    return ""


def _grease(number: int) -> bool:
    """Values that browsers throw in to keep servers tolerant (RFC 8701)."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def certificate_chain(body: bytes) -> tuple[bytes, ...]:
    """The DER certificates of a Certificate message up to TLS 1.2, leaf first. Raises NotTls."""
    listed, chain = _Reader(body).vector(3), []
    while listed:
        chain.append(listed.vector(3).rest())
    return tuple(chain)


def alert(code: int) -> bytes:
    """A fatal alert as a record of its own, as it is sent before any key exists."""
    return bytes((21, 3, 1, 0, 2, 2, code))


HANDSHAKE_FAILURE, PROTOCOL_VERSION = 40, 70
