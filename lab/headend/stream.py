"""TLS over an asyncio connection with pyOpenSSL, for the ASAs' listeners and for the phones.

pyOpenSSL brings cryptography's own OpenSSL: TLS 1.0 and SHA-1 suites work whatever the system's policy forbids, private
keys stay in memory, and a client certificate of an unknown issuer can be let through to the login decision.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from functools import lru_cache

from OpenSSL import SSL

HANDSHAKE_SECONDS = 10.0
_CHUNK = 16384
# info callback: an alert, and its direction (openssl/ssl.h).
_ALERT, _READ = 0x4000, 0x04
_SETTLED = {"TLSv1": "tlsv1", "TLSv1.1": "tlsv1.1", "TLSv1.2": "tlsv1.2"}
NUMBERS = {"tlsv1": SSL.TLS1_VERSION, "tlsv1.1": SSL.TLS1_1_VERSION, "tlsv1.2": SSL.TLS1_2_VERSION}
ALERTS = {
    0: "close notify", 10: "unexpected message", 20: "bad record mac", 40: "handshake failure", 42: "bad certificate",
    43: "unsupported certificate", 44: "certificate revoked", 45: "certificate expired", 46: "certificate unknown",
    47: "illegal parameter", 48: "unknown ca", 50: "decode error", 51: "decrypt error", 70: "protocol version",
    71: "insufficient security", 80: "internal error", 90: "user canceled",
}  # fmt: skip


@dataclass(frozen=True)
class Alert:
    """A TLS alert and who sent it."""

    code: int
    received: bool

    def __str__(self) -> str:
        return ALERTS.get(self.code, f"alert {self.code}")


class TlsFailure(Exception):
    """A handshake that did not come about. alert: the one that ended it, None where there was none."""

    def __init__(self, reason: str, alert: Alert | None = None) -> None:
        super().__init__(reason)
        self.reason, self.alert = reason, alert


class TlsStream:
    """One end of a TLS connection; context and role are settled by who makes it."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: SSL.Connection, early: bytes = b""
    ) -> None:
        """early: what was read from the connection already."""
        self._reader, self._writer, self._tls = reader, writer, connection
        self.alert: Alert | None = None
        # Everything that came in up to the end of the handshake.
        self.flight = early
        connection.set_info_callback(self._noted)
        if early:
            connection.bio_write(early)

    def _noted(self, connection: SSL.Connection, where: int, code: int) -> None:
        if where & _ALERT and code & 0xFF:
            self.alert = Alert(code & 0xFF, bool(where & _READ))

    @property
    def cipher(self) -> str:
        return self._tls.get_cipher_name() or ""

    @property
    def version(self) -> str:
        """In the words of the ASA's configuration."""
        return _SETTLED.get(self._tls.get_protocol_version_name(), self._tls.get_protocol_version_name().lower())

    @property
    def tls(self) -> SSL.Connection:
        return self._tls

    async def handshake(self) -> None:
        """Raises TlsFailure, also where the other side is silent for HANDSHAKE_SECONDS."""
        try:
            async with asyncio.timeout(HANDSHAKE_SECONDS):
                while not await self._step():
                    pass
        except TimeoutError:
            raise TlsFailure("time-out in the handshake") from None
        except (ConnectionError, EOFError):
            raise TlsFailure("the connection was closed in the handshake", self.alert) from None
        except SSL.Error as error:
            with contextlib.suppress(ConnectionError):
                await self._flush()
            raise TlsFailure(_reason(error), self.alert) from None

    async def _step(self) -> bool:
        """True once the handshake is done. More is read only where OpenSSL asks for it."""
        try:
            self._tls.do_handshake()
        except SSL.WantReadError:
            await self._flush()
            data = await self._reader.read(_CHUNK)
            if not data:
                raise EOFError from None
            self.flight += data
            self.arrived()
            self._tls.bio_write(data)
            return False
        await self._flush()
        return True

    def arrived(self) -> None:
        """Called with every flight in the handshake, before OpenSSL sees it."""

    async def _flush(self) -> None:
        with contextlib.suppress(SSL.WantReadError):
            while data := self._tls.bio_read(_CHUNK):
                self._writer.write(data)
        await self._writer.drain()

    async def read(self) -> bytes:
        """Some data; b"" at the end of the connection, however it came."""
        while True:
            try:
                return self._tls.recv(_CHUNK)
            except SSL.WantReadError:
                with contextlib.suppress(ConnectionError):
                    await self._flush()
                data = await self._reader.read(_CHUNK)
                if not data:
                    return b""
                self._tls.bio_write(data)
            except SSL.Error:
                return b""

    async def write(self, data: bytes) -> None:
        """Raises ConnectionError where the other side is gone."""
        self._tls.sendall(data)
        await self._flush()

    async def close(self) -> None:
        """close_notify, then the connection."""
        with contextlib.suppress(SSL.Error, ConnectionError):
            self._tls.shutdown()
            await self._flush()
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


def _reason(error: SSL.Error) -> str:
    """OpenSSL's own words for what went wrong."""
    queue = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return str(queue[0][2]) if queue and len(queue[0]) > 2 else "the handshake failed"


@lru_cache(maxsize=64)
def available(suite: str) -> bool:
    """Whether this OpenSSL has a suite at all; RC4, DES and 3DES are gone from it."""
    try:
        SSL.Context(SSL.TLS_METHOD).set_cipher_list(f"{suite}:@SECLEVEL=0".encode())
    except SSL.Error:
        return False
    return True


def new_context(versions: tuple[str, ...], suites: tuple[str, ...]) -> SSL.Context:
    """A context with exactly these versions (lowest and highest count) and those of the suites that exist."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(min(NUMBERS[version] for version in versions))
    context.set_max_proto_version(max(NUMBERS[version] for version in versions))
    context.set_cipher_list(":".join([*(name for name in suites if available(name)), "@SECLEVEL=0"]).encode())
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    return context
