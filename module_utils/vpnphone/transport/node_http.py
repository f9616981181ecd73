"""A phone's file from a node by HTTP (port 6970: the same files as by TFTP)."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from .https import HttpClient, Limits, origin
from .node_files import FileLimits, absent, checked_name

DEFAULT_LIMITS = FileLimits()
PORT = 6970


class HttpNode:
    """One node, asked by one thread at a time; its connection is kept. Use as a context manager."""

    def __init__(self, name: str, host: str, port: int = PORT, limits: FileLimits = DEFAULT_LIMITS) -> None:
        self.name = name
        self._origin = origin("http", host, port)
        self._client = HttpClient(
            name,
            trust=None,
            limits=Limits(connect=limits.idle, read=limits.idle, total=limits.total, size=limits.size),
            advice={"connection_refused": "Check that the node serves files (service TFTP) and http_port (6970)."},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def get(self, name: str) -> bytes:
        """The file. FileAbsent where the node has none; VpnPhoneError for what else happens."""
        reply = self._client.get(f"{self._origin}/{checked_name(name)}", accept=frozenset((200, 404)))
        if reply.status == 404:
            raise absent(name, self.name)
        return reply.body
