"""AXL: the SOAP interface to the cluster's database, and the faults that a scenario gives it.

Of the operations there are those that a client of the VPN feature needs. Texts of faults are CUCM's where they were
found published (`Item not valid`, `Query request too large`); the others, and the HTTP status of a refused version,
are assumed [?].
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from xml.etree.ElementTree import Element

from . import soap
from .axl_operations import OPERATIONS, check_size
from .cluster import Cluster
from .database import Database, Refused
from .http import Answer, Request
from .soap import Call, Fault, node

NAMESPACE = "http://www.cisco.com/AXL/API/"
# Every version that ever had a schema; a cluster takes its own and the five before [?].
VERSIONS = ("8.5", "9.0", "9.1", "10.0", "10.5", "11.0", "11.5", "12.0", "12.5", "14.0", "15.0")
_DISCOVERY = ("getCCMVersion", "1.0")
_OPERATION = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?((?:list|get|update|apply|reset|restart|execute)[A-Za-z]{1,60})")
# An expression is called by its function: count(*) is <count>.
_COLUMN = re.compile(r"^[^A-Za-z_]+|[^A-Za-z0-9_].*$", re.S)
_GIB = 1 << 30
_ELSEWHERE = "https://other-cucm.example.net:8443/axl/"
_THROTTLED = "Maximum AXL Memory Allocation Consumed. Please retry after requests have completed"
_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE bomb [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefghi", "bcdefghij", strict=True))
    + f']><soapenv:Envelope xmlns:soapenv="{soap.ENVELOPE}"><soapenv:Body>&j;</soapenv:Body></soapenv:Envelope>'
)
_REFUSED_PAGE = b"<html><head><title>Error report</title></head><body><h1>HTTP Status %d</h1></body></html>"


def supported(release: tuple[int, int]) -> tuple[str, ...]:
    """The versions that a cluster of that release takes, its own last."""
    known = [name for name in VERSIONS if tuple(map(int, name.split("."))) <= release]
    return tuple(known[-6:])


def page(status: int, **headers: str) -> Answer:
    """A page of the web server itself."""
    return Answer(
        status, _REFUSED_PAGE % status, headers={key.replace("_", "-"): text for key, text in headers.items()}
    )


class Axl:
    """The servlet below /axl/."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._database = Database(cluster)
        self._versions = supported(cluster.spec.release)

    def close(self) -> None:
        self._database.close()

    async def answer(self, request: Request) -> Answer:
        """POST with an envelope; GET is the page that says whether the service runs."""
        found = _OPERATION.search(request.body)
        operation = found[1].decode() if found else ""
        struck = self._struck(operation)
        if struck is not None:
            return struck
        account = self._cluster.spec.axl_user
        if request.account() != (account.name, account.password):
            return page(401, WWW_Authenticate='Basic realm="AXL Realm"')
        if request.method == "GET":
            return Answer(body=b"<html><body>The AXL Web Service is working and accepting requests.</body></html>")
        if request.method != "POST":
            return page(405)
        answer = self._respond(request.body)
        # Done all the same: whoever asked does not learn it.
        return Answer(cut=True) if self._cluster.fault("axl_cut", operation=operation) else answer

    def _struck(self, operation: str) -> Answer | None:
        """The answer of a fault of the scenario."""

        def strikes(kind: str) -> bool:
            return self._cluster.fault(kind, operation=operation) is not None

        if strikes("axl_401"):
            return page(401, WWW_Authenticate='Basic realm="AXL Realm"')
        if strikes("axl_503"):
            return page(503, Retry_After="1")
        if strikes("axl_redirect"):
            return page(302, Location=_ELSEWHERE)
        if strikes("axl_hang"):
            return Answer(hang=True)
        if strikes("axl_throttle"):
            return Answer(500, soap.fault(Fault(_THROTTLED), operation), soap.TYPE)
        if strikes("axl_garbage"):
            noise = bytes((i * 37 + 11) % 256 for i in range(2048))
            return Answer(
                200, f'<soapenv:Envelope xmlns:soapenv="{soap.ENVELOPE}"><soapenv:Bo'.encode() + noise, soap.TYPE
            )
        if strikes("axl_bomb"):
            return Answer(200, _BOMB.encode(), soap.TYPE)
        if strikes("axl_endless"):
            return Answer(200, kind=soap.TYPE, stream=_endless(operation))
        return None

    def _respond(self, body: bytes) -> Answer:
        operation = ""
        try:
            call = soap.parse(body)
            operation = call.operation
            version = self._version(call)
            made = node(f"ns:{operation}Response", node("return", *self._run(call)))
        except Fault as problem:
            return Answer(problem.status, soap.fault(problem, operation), soap.TYPE)
        made.set("xmlns:ns", NAMESPACE + version)
        self._cluster.requests[operation] += 1
        return Answer(200, soap.envelope([made]), soap.TYPE)

    def _version(self, call: Call) -> str:
        if not call.namespace.startswith(NAMESPACE):
            raise Fault(f"The namespace {call.namespace[:100]} is unknown.", client=True)
        version = call.namespace.removeprefix(NAMESPACE)
        if version not in self._versions and (call.operation, version) != _DISCOVERY:
            status = 599 if self._cluster.fault("axl_version_599", operation=call.operation) else 500
            raise Fault(
                f"Incorrect axl version: {version[:20]}. Supported versions: {', '.join(self._versions)}",
                status=status,
                client=True,
            )
        return version

    def _run(self, call: Call) -> list[Element | str]:
        """What stands inside of <return>."""
        operation, element, cluster = call.operation, call.element, self._cluster
        if operation == "getCCMVersion":
            return [node("componentVersion", node("version", cluster.spec.version))]
        if operation == "executeSQLQuery":
            return self._sql(soap.value_of(element, "sql"))
        if cluster.spec.export == "unrestricted" and "Vpn" in operation:
            # What an export-unrestricted node answers is not known [?]; it has no VPN feature.
            raise Fault("The VPN feature is not available in the export unrestricted version.")
        if operation in OPERATIONS:
            return OPERATIONS[operation](cluster, element)
        raise Fault(f"The operation {operation[:60]} is not known here.", client=True)

    def _sql(self, sql: str) -> list[Element | str]:
        try:
            columns, rows = self._database.query(sql)
        except Refused as refusal:
            raise Fault(str(refusal), -201) from None
        check_size(self._cluster, len(rows))
        names = [_COLUMN.sub("", name) or "column" for name in columns]
        return [node("row", *(node(name, value) for name, value in zip(names, row, strict=True))) for row in rows]


async def _endless(operation: str) -> AsyncIterator[bytes]:
    """An answer that is well-formed as far as anybody reads it: 1 GiB of rows."""
    head = f'<soapenv:Envelope xmlns:soapenv="{soap.ENVELOPE}"><soapenv:Body>'
    yield f"{head}<{operation or 'any'}Response><return>".encode()
    piece = b"<row><name>SEP000000000000</name></row>" * 1024
    sent = 0
    while sent < _GIB:
        yield piece
        sent += len(piece)
