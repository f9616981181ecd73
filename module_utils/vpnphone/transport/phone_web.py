"""A phone's web pages: which there are, in both families, and how they are asked for (GET only, within limits)."""

from __future__ import annotations

import re
from types import TracebackType
from typing import NamedTuple, Self

from ..errors import BadInput
from .https import HttpClient, Limits, Reply, origin

PORT = 80
_JAVA = "/CGI/Java/Serviceability?adapter="


class Family(NamedTuple):
    """Paths of the pages. status: tried one after the other, for which number has the messages is not certain [K]."""

    name: str
    device: str
    status: tuple[str, ...]
    network: str
    console: str


FAMILIES = (
    Family(
        "serviceability",
        f"{_JAVA}device.statistics.device",
        (f"{_JAVA}device.settings.status.messages",),
        f"{_JAVA}device.statistics.configuration",
        f"{_JAVA}device.statistics.consolelog",
    ),
    Family(
        "device", "/DeviceInformation", ("/DeviceLog?2", "/DeviceLog?1", "/DeviceLog?0"), "/NetworkConfiguration",
        "/DeviceLog?0",
    ),
)  # fmt: skip


class PhonePages:
    """One phone's web server. Use as a context manager."""

    def __init__(self, name: str, address: str, *, connect: float = 3, read: float = 5) -> None:
        """address: `host` or `host:port`, an IPv6 address in brackets. BadInput for what is none."""
        host, port = split_address(address, PORT, name)
        self._origin = origin("http", host, port)
        self._client = HttpClient(
            name,
            trust=None,
            limits=Limits(connect=connect, read=read, total=3 * read, size=256 * 1024),
            advice={"connection_refused": "Is web access on in CUCM (Device > Phone), and by HTTP?"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, limits: Limits | None = None) -> Reply:
        """One page, or a file within limits of its own. VpnPhoneError where there is none."""
        return self._client.get(self.url(path), limits=limits)

    def url(self, path: str) -> str:
        return f"{self._origin}{path}"


_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]{2,45})\]|(?P<host>[^:\[\]/@?#\s]{1,253}))(?::(?P<port>[0-9]{1,5}))?")


def split_address(address: str, port: int, where: str) -> tuple[str, int]:
    """`host:port`, or `host` and the port that holds without one."""
    match = _ADDRESS.fullmatch(address)
    if match is None:
        raise BadInput(
            f"{address[:80]!r} is no address.", where=where, todo="Expected host:port, an IPv6 address in brackets."
        )
    return match["six"] or match["host"], int(match["port"] or port)
