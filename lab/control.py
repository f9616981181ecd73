"""The control port of a running lab: one question a connection, a line of JSON, answered by JSON.

{"do": "status"} tells of the devices and clusters; {"do": "phones", "how": "show" | "connect" | "apply" | "on" | "off",
"names": [...] | null} of the phones, and makes them act; {"do": "lockouts"} tells who was locked out. {"do": "failover"
| "reload", "device": name} lets a mate take over, or a device start anew. {"do": "sign", "request": PEM, "ca": name,
"changes": {...}} has a request signed, {"do": "chain", "ca": name} asks for a CA certificate and those above it. What
cannot be done is {"error": text}.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from . import authority, pair
from .authority import Authority
from .phone.fleet import NoSuchPhone
from .server import Lab

_SECONDS = 5.0

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def server(lab: Lab, path: Path) -> Accept:
    """For asyncio.start_server."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                question = json.loads(await reader.readline() or b"{}")
            answer = await _answer(lab, path, question if isinstance(question, dict) else {})
            writer.write(json.dumps(answer).encode())
            await writer.drain()
        except (ValueError, TimeoutError, ConnectionError):
            # Not a question, or nobody there to hear the answer.
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    return accept


async def _answer(lab: Lab, path: Path, question: dict[str, Any]) -> dict[str, Any]:
    known = {"pid": os.getpid(), "scenario": str(path)}
    if question.get("do") == "phones":
        return {**known, **await _phones(lab, str(question.get("how")), question.get("names"))}
    if question.get("do") == "lockouts":
        return {**known, **msgspec.to_builtins(lab.phones.lockouts.snapshot())}
    if question.get("do") in ("failover", "reload"):
        return {**known, **await _unit(lab, str(question["do"]), str(question.get("device")))}
    if question.get("do") in ("sign", "chain"):
        return {**known, **_signed(lab.authority, question)}
    sessions = {
        name: {"port": d.port, "sessions": d.connected, "peak_sessions": d.peak, "commands": d.commands}
        for name, d in lab.devices.items()
    }
    clusters = {name: {"port": c.axl_port, "requests": c.requests.total()} for name, c in lab.clusters.items()}
    return {**known, "devices": sessions, "clusters": clusters}


async def _unit(lab: Lab, what: str, name: str) -> dict[str, Any]:
    if name not in lab.devices:
        return {"error": f"no device of this lab is named {name}"}
    try:
        await (lab.failover(name) if what == "failover" else lab.reload(name))
    except pair.NoMate as error:
        return {"error": str(error)}
    unit = lab.devices[name].unit
    return {"unit": unit.priority, "standby": unit.standby}


def _signed(signer: Authority, question: dict[str, Any]) -> dict[str, Any]:
    ca, given = str(question.get("ca")), question.get("changes")
    try:
        if question["do"] == "chain":
            return {"pem": "".join(cert.pem for cert in signer.chain(ca))}
        how = authority.changes(given if isinstance(given, dict) else {})
        return {"pem": signer.sign(str(question.get("request")), ca, how).pem}
    except authority.CannotSign as error:
        return {"error": str(error)}


async def _phones(lab: Lab, how: str, asked: object) -> dict[str, Any]:
    names = [str(name) for name in asked] if isinstance(asked, list) else None
    try:
        match how:
            case "connect":
                outcomes = await lab.phones.connect(names)
            case "apply":
                outcomes = await lab.phones.apply(names)
            case "on" | "off":
                outcomes = await lab.phones.power(names or [], on=how == "on")
            case _:
                outcomes = lab.phones.outcomes(names)
    except NoSuchPhone as error:
        return {"error": str(error)}
    return {
        "phones": {
            name: {
                **msgspec.to_builtins(outcome),
                "connected": lab.phones.phones[name].connected,
                "model": lab.phones.phones[name].spec.model,
            }
            for name, outcome in outcomes.items()
        }
    }
