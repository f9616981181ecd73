"""A phone gets its configuration file: over HTTP from the nodes of its cluster, one after the other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature

from ..cucm import signing
from ..cucm.cluster import ENCRYPTED, SIGNED, Cluster
from . import held
from .held import HeldFile

SECONDS = 5.0
_MAX_HEAD = 16384


@dataclass(frozen=True)
class Fetched:
    """What one node gave. file: None where it gave nothing that can be used; name: what was asked for."""

    node: str
    name: str
    status: Literal["ok", "absent", "timeout", "refused", "unreadable"]
    file: HeldFile | None = None


async def fetch(cluster: Cluster, phone: str, nodes: tuple[str, ...]) -> list[Fetched]:
    """One entry a node that was asked; the last one is good unless none was."""
    tried = []
    for node in nodes:
        tried.append(await _from_node(cluster, phone, node))
        if tried[-1].status == "ok":
            break
    return tried


async def _from_node(cluster: Cluster, phone: str, node: str) -> Fetched:
    name = f"{phone}{SIGNED}"
    port = cluster.node_http_port(node)
    try:
        async with asyncio.timeout(SECONDS):
            content = await _get(port, name)
            if content is None and await _get(port, f"{phone}{ENCRYPTED}") is not None:
                # Only the phone has the key; the cluster tells the lab's phone what is in it.
                content = cluster.phone_file(phone, node)
        if content is None:
            return Fetched(node, name, "absent")
        signed = signing.unwrap(content, cluster.signer)
        return Fetched(node, name, "ok", held.read(signed.content, signed.built_at))
    except TimeoutError:
        return Fetched(node, name, "timeout")
    except OSError:
        return Fetched(node, name, "refused")
    except (ValueError, InvalidSignature):
        return Fetched(node, name, "unreadable")


async def _get(port: int, name: str) -> bytes | None:
    """The body of a 200, None for a 404. OSError, TimeoutError; ValueError for what is too large or no HTTP."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_MAX_HEAD)
    try:
        writer.write(f"GET /{name} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise ValueError("not an HTTP answer") from None
        status = head.split(b" ", 2)[1:2]
        if status != [b"200"]:
            return None
        body = await _all(reader)
    finally:
        writer.close()
    return body


async def _all(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while more := await reader.read(65536):
        body += more
        if len(body) > held.MAX_FILE:
            raise ValueError("the file is too large")
    return body
