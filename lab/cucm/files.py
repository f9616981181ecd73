"""How a node serves its files: by HTTP (6970 in life), and what both ways of serving them share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import unquote

from .axl import page
from .cluster import Cluster
from .http import Answer, Request

# What a node with tftp_oversize serves in place of a file.
OVERSIZE = 1 << 30
_PIECE = 64 * 1024


class NodeFiles:
    """One node's files, as they are asked for by name."""

    def __init__(self, cluster: Cluster, node: str) -> None:
        self._cluster = cluster
        self._node = node

    def find(self, name: str) -> tuple[bytes | None, bool]:
        """(content, False); (None, False) without such a file; (None, True) where there is no end of it."""
        cluster = self._cluster
        cluster.requests["file"] += 1
        content = cluster.file(self._node, name)
        endless = content is not None and cluster.fault("tftp_oversize", node=self._node, phone=_phone(name))
        return (None, True) if endless else (content, False)

    def stalls(self, name: str) -> bool:
        """Whether this transfer by TFTP stands still after its first blocks."""
        return self._cluster.fault("tftp_stall", node=self._node, phone=_phone(name)) is not None

    async def answer(self, request: Request) -> Answer:
        """By HTTP."""
        if request.method not in ("GET", "HEAD"):
            return page(405)
        content, endless = self.find(unquote(request.path).removeprefix("/"))
        if endless:
            return Answer(kind="application/octet-stream", stream=_endless())
        return page(404) if content is None else Answer(body=content, kind="application/octet-stream")


def _phone(name: str) -> str:
    return name.partition(".")[0]


async def _endless() -> AsyncIterator[bytes]:
    piece = b"x" * _PIECE
    for _ in range(OVERSIZE // _PIECE):
        yield piece
