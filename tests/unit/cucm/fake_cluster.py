"""A publisher of the tests' own: HTTPS on 127.0.0.1, one function that answers each request."""

from __future__ import annotations

import contextlib
import re
import socket
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.vpnphone.errors import VpnPhoneError
from ansible.module_utils.vpnphone.gather_cucm import ask_cluster, live_cluster
from ansible.module_utils.vpnphone.model import CucmState
from ansible.module_utils.vpnphone.transport.cluster import CLUSTER_SPEC, ClusterOptions, ClusterSession
from ansible.module_utils.vpnphone.transport.soap_client import Allowance

from tests.unit.cucm import soap_texts as soap
from tests.unit.cucm.clusters import whole
from tests.unit.transport.servers import answer, certificate, listening, request_of

CANARY = "c4nary-s3cret"
ACTION = re.compile(r'^SOAPAction: "(?:CUCM:DB ver=(?P<version>\S+) )?(?P<operation>\w+)"', re.MULTILINE)
FAULT = "500 Internal Server Error"


@dataclass(frozen=True)
class Asked:
    """One request: the SOAP operation ("" for a GET), the AXL version, and the whole text."""

    operation: str
    version: str
    text: str

    @property
    def name(self) -> str:
        """The <name> that a get... asks for."""
        found = re.search(r"<name>([^<]*)</name>", self.text)
        return found[1] if found else ""

    @property
    def sql(self) -> str:
        found = re.search(r"<sql>([^<]*)</sql>", self.text)
        return found[1].replace("&gt;", ">") if found else ""

    def key(self) -> str:
        """The question that this is."""
        marks = {
            "typecertificatestatus": "phones", "syscolumns": "columns", "d.lsc": "lsc", "subjectname": "trust",
            "c.certificate from": "pem", "processnode": "tftp",
        }  # fmt: skip
        if self.operation != "executeSQLQuery":
            return self.operation or "snapshot_server"
        return "executeSQLQuery." + next(word for mark, word in marks.items() if mark in self.sql)


# What to answer; None: as a cluster that answers everything; b"": hang up. A tuple is (status, body, headers).
Answering = Callable[[Asked], bytes | tuple[str, bytes, tuple[str, ...]] | None]


@dataclass
class Publisher:
    """A running one: what it was asked, and how to reach it."""

    port: int
    pin: str
    asked: list[Asked] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)

    def params(self, **changed: Any) -> dict[str, Any]:
        """Module parameters, as Ansible would validate them."""
        base = {name: option.get("default") for name, option in CLUSTER_SPEC.items()}
        own = {
            "host": "127.0.0.1", "username": "axl", "password": CANARY, "axl_port": self.port, "pin": self.pin,
            "platform_port": self.port,
        }  # fmt: skip
        return base | own | changed

    def session(self, **changed: Any) -> ClusterSession:
        options = ClusterOptions.of(self.params(**changed), "cucm-1")
        allowance = Allowance(connect=options.connect_timeout, read=options.command_timeout, sleep=self.slept.append)
        return ClusterSession(options, name="cucm-1", allowance=allowance)

    def operations(self) -> list[str]:
        return [item.operation for item in self.asked]


def usual(asked: Asked, told: dict[str, list[bytes]]) -> bytes:
    """As whole() tells; a get... by its name."""
    bodies = told[asked.key()]
    if asked.operation.startswith("get") and asked.name:
        return next((body for body in bodies if f"<name>{asked.name}</name>".encode() in body), soap.fault("not found"))
    return bodies[0]


@contextlib.contextmanager
def publisher(folder: Path, answering: Answering = lambda _asked: None) -> Iterator[Publisher]:
    served = certificate(folder, "publisher")
    told = whole()
    running = Publisher(0, served.sha256)

    def talk(connection: socket.socket) -> None:
        while request := request_of(connection):
            text = request.decode()
            action = re.search(
                r'^SOAPAction: "(?:CUCM:DB ver=(?P<version>\S+) )?(?P<operation>\w+)"', text, re.MULTILINE
            )
            asked = Asked(action["operation"] if action else "", (action["version"] if action else "") or "", text)
            running.asked.append(asked)
            reply = answering(asked)
            if reply is None:
                reply = usual(asked, told)
            if reply == b"":
                return
            status, body, headers = ("200 OK", reply, ()) if isinstance(reply, bytes) else reply
            if b"Fault>" in body and status == "200 OK":
                status = FAULT
            connection.sendall(answer(body, status, *headers))

    with listening(talk, served) as port:
        running.port = port
        yield running


def gathered(folder: Path, answering: Answering = lambda _asked: None, **options: Any) -> tuple[CucmState, Publisher]:
    with publisher(folder, answering) as running, running.session(**options) as session:
        found, answers = live_cluster(session, "cucm-1")
    assert CANARY not in repr(found)
    assert CANARY not in repr(answers)
    return found, running


def refused(folder: Path, answering: Answering, **options: Any) -> tuple[VpnPhoneError, Publisher]:
    """The error that ends the gathering; the password is nowhere in it."""
    with publisher(folder, answering) as running, running.session(**options) as session:
        with pytest.raises(VpnPhoneError) as raised:
            ask_cluster(session)
        assert CANARY not in "".join(traceback.format_exception(raised.value)) + repr(raised.value.as_dict())
        assert raised.value.todo
        return raised.value, running


def busy(times: int, reply: Any, operation: str = "") -> Answering:
    left = [times]

    def answering(asked: Asked) -> Any:
        if left[0] and (not operation or asked.operation == operation):
            left[0] -= 1
            return reply
        return None

    return answering
