"""Sockets that read no more and no longer than the request of their thread may.

Limits stand at the socket, below http.client and urllib3: headers, chunk sizes and bodies are bounded alike, however
slowly or endlessly a server sends them.
"""

from __future__ import annotations

import hashlib
import socket
import ssl
import threading
import time
from typing import Any

from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

# What a server may send beside the body: status line, headers, chunk sizes.
OVERHEAD = 256 * 1024


class OverLimit(OSError):
    """A limit of the request was reached: Bound.left is below 0, or Bound.over."""


class Bound:
    """What one request may still cost. idle and total in seconds, size in bytes of the body.

    connected  the connection stood (TCP, and TLS where there is one) before anything failed
    presented  SHA-256 of the certificate that the server presented, lower-case hex, "" before the handshake
    """

    def __init__(self, *, idle: float, total: float, size: int) -> None:
        self.idle = idle
        self.deadline = time.monotonic() + total
        self.left = size + OVERHEAD
        self.connected = False
        self.presented = ""

    @property
    def over(self) -> bool:
        """The time for the whole answer is up."""
        return time.monotonic() >= self.deadline

    def wait(self) -> float:
        """Seconds that the next read may wait. OverLimit when there are none."""
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise OverLimit("the time is up")
        return min(self.idle, remaining)

    def took(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise OverLimit("the answer is too long")


class _Current(threading.local):
    bound: Bound | None = None


# The request that this thread is making: a kept connection serves one request after the other, each with its limits.
CURRENT = _Current()


class _Plain(socket.socket):
    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        bound = CURRENT.bound
        if bound is not None:
            bound.connected = True
            self.settimeout(bound.wait())
        size = super().recv_into(*args, **kwargs)
        if bound is not None:
            bound.took(size)
        return size


class _Tls(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        super().do_handshake(block)
        bound = CURRENT.bound
        if bound is not None:
            bound.connected = True
            bound.presented = hashlib.sha256(self.getpeercert(binary_form=True) or b"").hexdigest()

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        bound = CURRENT.bound
        if bound is not None:
            bound.connected = True
            self.settimeout(bound.wait())
        size = super().recv_into(*args, **kwargs)
        if bound is not None:
            bound.took(size)
        return size


class _HttpConnection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        timeout = sock.gettimeout()
        bounded = _Plain(sock.family, sock.type, sock.proto, fileno=sock.detach())
        bounded.settimeout(timeout)
        return bounded


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpConnection


# Its sockets come from the context: see bounded().
POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _HttpPool, "https": HTTPSConnectionPool}


def bounded(context: ssl.SSLContext) -> ssl.SSLContext:
    """The context, making sockets that keep to the limits."""
    context.sslsocket_class = _Tls
    return context
