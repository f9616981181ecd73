"""One phone's own web pages: whichever family it has, each page that can be read, and why the others cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Generic, Literal, NamedTuple, Protocol, TypeVar

from .errors import DeviceRefused, VpnPhoneError
from .model import PhoneWeb, Source, StatusMessage
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


class _Got(NamedTuple, Generic[T]):
    """A page's value, None where source says why; date: its HTTP header; gone: nobody answers there."""

    value: T | None
    source: Source
    date: str = ""
    gone: bool = False


def read_web(pages: Pages, address: str) -> PhoneWeb:
    """Ask for status messages, network settings and console logs; never an exception for what the phone does.

    The clock is read right behind the status messages: from the device information, whose time is the one that writes
    them; where it has none, from the HTTP Date header, which may be another zone's [?].
    """
    family, status = _status(pages)
    read_at = datetime.now(UTC)
    if status.gone:
        return PhoneWeb(address=address, read_at=read_at, sources=dict.fromkeys(_SECTIONS, status.source))
    clock = _page(pages, family.device, parse_clock).value
    if clock is not None:
        read_at = datetime.now(UTC)
    network = _page(pages, family.network, parse_network)
    logs = _page(pages, family.console, parse_console_logs)
    return PhoneWeb(
        address=address,
        read_at=read_at,
        clock=clock if clock is not None else header_clock(status.date),
        status_messages=status.value,
        network=network.value,
        console_logs=logs.value,
        sources=dict(zip(_SECTIONS, (status.source, network.source, logs.source), strict=True)),
    )


def _status(pages: Pages) -> tuple[Family, _Got[tuple[StatusMessage, ...]]]:
    """The family whose page of status messages can be read; else one that has such a page at all."""
    tried: list[tuple[Family, _Got[tuple[StatusMessage, ...]]]] = []
    for family in FAMILIES:
        for path in family.status:
            got = _page(pages, path, parse_status_messages)
            if got.value is not None or got.gone:
                return family, got
            tried.append((family, got))
    return next((pair for pair in tried if pair[1].source.status != "refused"), tried[0])


def _page(pages: Pages, path: str, parser: Callable[[str], T]) -> _Got[T]:
    command = f"GET {path}"
    try:
        reply = pages.get(path)
        value = parser(page_text(reply.body))
    except VpnPhoneError as error:
        return _Got(None, Source(command=command, status=_why(error), detail=error.what), gone=error.code in _GONE)
    except Unreadable as error:
        return _Got(None, Source(command=command, status="unreadable", detail=str(error)))
    # A fault of a parser must cost its page, not the run.
    except Exception as error:
        detail = f"the parser failed ({type(error).__name__})"
        return _Got(None, Source(command=command, status="unreadable", detail=detail))
    return _Got(value, Source(command=command, status="ok"), reply.headers.get("date", ""))


def _why(error: VpnPhoneError) -> Literal["missing", "refused", "incomplete"]:
    if error.code in _CUT_OFF:
        return "incomplete"
    return "refused" if isinstance(error, DeviceRefused) else "missing"
