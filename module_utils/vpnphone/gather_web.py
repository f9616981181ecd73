"""One phone's own web pages: whichever family it has, each page that can be read, and why the others cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar

from .errors import DeviceRefused, VpnPhoneError
from .model import PhoneWeb, Source
from .parse.phone_web import (
    header_clock,
    page_text,
    parse_clock,
    parse_console_logs,
    parse_network,
    parse_status_messages,
)
from .parse.result import Unreadable
from .transport.https import Reply
from .transport.phone_web import FAMILIES, Family

T = TypeVar("T")
_SECTIONS = ("status_messages", "network", "console_logs")
# Nobody is there to be asked for another page, or it would take as long again.
_GONE = frozenset(("timeout_connect", "timeout_command", "connection_refused", "name_unknown"))
_CUT_OFF = frozenset(("answer_too_long", "answer_truncated", "timeout_command", "session_closed"))


class Pages(Protocol):
    """One phone's web server (transport.phone_web.PhonePages)."""

    def get(self, path: str) -> Reply: ...


class Got(NamedTuple, Generic[T]):
    """A page's value, None where source says why, and code the error's; date: its HTTP header; gone: nobody answers."""

    value: T | None
    source: Source
    date: str = ""
    gone: bool = False
    code: str = ""
    # The controller's time right before the question.
    asked: datetime = datetime.min.replace(tzinfo=UTC)


def read_web(pages: Pages, address: str) -> PhoneWeb:
    """Ask for status messages, network settings and console logs; never an exception for what the phone does.

    The clock is read right behind the status messages: from the device information, whose time is the one that writes
    them; where it has none, from the HTTP Date header, which may be another zone's [?]. It counts as of the moment
    before the question: a slow answer makes a fetch look older than it is, never newer.
    """
    family, status = status_page(pages, parse_status_messages)
    if status.gone:
        return PhoneWeb(address=address, read_at=status.asked, sources=dict.fromkeys(_SECTIONS, status.source))
    device = page_of(pages, family.device, parse_clock)
    network = page_of(pages, family.network, parse_network)
    logs = page_of(pages, family.console, parse_console_logs)
    return PhoneWeb(
        address=address,
        read_at=device.asked if device.value is not None else status.asked,
        clock=device.value if device.value is not None else header_clock(status.date),
        status_messages=status.value,
        network=network.value,
        console_logs=logs.value,
        sources=dict(zip(_SECTIONS, (status.source, network.source, logs.source), strict=True)),
    )


def status_page(pages: Pages, parser: Callable[[str], T]) -> tuple[Family, Got[T]]:
    """The family whose page of status messages can be read; else one that has such a page at all."""
    tried: list[tuple[Family, Got[T]]] = []
    for family in FAMILIES:
        for path in family.status:
            got = page_of(pages, path, parser)
            if got.value is not None or got.gone:
                return family, got
            tried.append((family, got))
    return next((pair for pair in tried if pair[1].source.status != "refused"), tried[0])


def page_of(pages: Pages, path: str, parser: Callable[[str], T]) -> Got[T]:
    """One page, read; never an exception for what the phone does."""
    command = f"GET {path}"
    asked = datetime.now(UTC)
    try:
        reply = pages.get(path)
        value = parser(page_text(reply.body))
    except VpnPhoneError as error:
        source = Source(command=command, status=_why(error), detail=error.what)
        return Got(None, source, gone=error.code in _GONE, code=error.code, asked=asked)
    except Unreadable as error:
        return Got(None, Source(command=command, status="unreadable", detail=str(error)), asked=asked)
    # A fault of a parser must cost its page, not the run.
    except Exception as error:
        detail = f"the parser failed ({type(error).__name__})"
        return Got(None, Source(command=command, status="unreadable", detail=detail), asked=asked)
    return Got(value, Source(command=command, status="ok"), reply.headers.get("date", ""), asked=asked)


def _why(error: VpnPhoneError) -> Literal["missing", "refused", "incomplete"]:
    if error.code in _CUT_OFF:
        return "incomplete"
    return "refused" if isinstance(error, DeviceRefused) else "missing"
