"""debug, undebug and show debug: what a session has switched on, and the lines that come to it for that.

As a real ASA does: lines come between two prompts, in the session that switched them on, and end with it; `logging
debug-trace` sends them to the log (711001) instead. Assumed [K]: the words of the answers, that `show debug` tells of
the debugs of every session, that `undebug all` ends those of its own session alone, all lines of `debug webvpn
anyconnect` but the three of document 116162 (F-039). The level makes no difference here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .headend.syslog import Writer

if TYPE_CHECKING:
    from .context import Context
    from .device import Device
    from .grammar import Match
    from .shell import Shell

WEBVPN = ("webvpn anyconnect", "webvpn svc")
_TRACED = "logging debug-trace"
_TO_THE_LOG = (
    "INFO: 'logging debug-trace' is enabled. All debug messages are currently being redirected to syslog:711001 and "
    "will not appear in any monitor session\n"
)


@dataclass
class Debugs:
    """Of one session: name -> level of what it has switched on. show: prints a text there at once."""

    show: Callable[[str], None]
    levels: dict[str, int] = field(default_factory=dict)


def end(shell: Shell) -> None:
    """The session is over, and its debugs with it."""
    shell.debugs.levels.clear()
    for context in shell.device.contexts.values():
        if shell.debugs in context.debugs:
            context.debugs.remove(shell.debugs)


def active(context: Context) -> list[tuple[str, int]]:
    """Name and level of every debug of the context, of whatever session."""
    return sorted({item for debugs in context.debugs for item in debugs.levels.items()})


def tell(device: Device, context: Context, names: tuple[str, ...], *lines: str) -> None:
    """Lines of one of these debugs, to every session that has it on."""
    listening = [debugs for debugs in context.debugs if any(name in debugs.levels for name in names)]
    if not listening:
        return
    if context.lines(_TRACED):
        log = Writer(device, context)
        for line in lines:
            log.line(7, 711001, line)
        return
    for debugs in listening:
        debugs.show("".join(f"{line}\n" for line in lines))


# --- what debug webvpn anyconnect says of a login ---------------------------------------------------------------------


def certificate(device: Device, context: Context, group: str, *, good: bool) -> None:
    """The failure is [K]."""
    word = "Success" if good else "Failure"
    tell(device, context, WEBVPN, f"Tunnel Group: {group}, Client Cert Auth {word}.")


def no_csd(device: Device, context: Context) -> None:
    """The number is the document's own."""
    lines = ("WebVPN: CSD data not sent from client", "http_remove_auth_handle(): handle 24 not found!")
    tell(device, context, WEBVPN, *lines)


def connected(device: Device, context: Context, address: str) -> None:
    """[K]"""
    lines = (
        "http_parse_cstp_method()", "...input: 'CONNECT /CSCOSSLC/tunnel HTTP/1.1'", "CSTP state = HEADER_PROCESSING",
        "CSTP state = WAIT_FOR_ADDRESS", f"webvpn_cstp_accept_address: {address}/255.255.255.0",
        "CSTP state = HAVE_ADDRESS", "CSTP state = CONNECTED",
    )  # fmt: skip
    tell(device, context, WEBVPN, *lines)


# --- commands ---------------------------------------------------------------------------------------------------------


def _named(found: Match) -> tuple[str, int]:
    """("webvpn anyconnect", 255); 1 where no level was typed."""
    words = [word for word in found.values if word not in ("no", "debug", "undebug")]
    level = int(words.pop()) if words[-1].isdecimal() else 1
    return " ".join(words), level


async def _on(shell: Shell, found: Match) -> None:
    name, level = _named(found)
    if shell.debugs not in shell.context.debugs:
        shell.context.debugs.append(shell.debugs)
    shell.debugs.levels[name] = level
    if shell.context.lines(_TRACED):
        shell.terminal.write(_TO_THE_LOG)
    shell.terminal.write(f"INFO: debug {name} enabled at level {level}.\n")


async def _off(shell: Shell, found: Match) -> None:
    name, _level = _named(found)
    if name == "all":
        shell.debugs.levels.clear()
    elif shell.debugs.levels.pop(name, None) is not None:
        shell.terminal.write(f"INFO: debug {name} disabled.\n")


def show(context: Context) -> str:
    return "".join(f"debug {name} enabled at level {level}\n" for name, level in active(context))


_PLACES = ("webvpn anyconnect", "webvpn svc", "crypto ca", "crypto ikev1", "icmp trace", "dap trace")
_RELEASES = {"webvpn anyconnect": "{8.4-}", "webvpn svc": "{-8.3.9}"}
_VERBS: dict[str, Callable[[Shell, Match], Awaitable[None]]] = {"debug": _on, "no debug": _off, "undebug": _off}
# As in tables.py.
TABLE = "\n".join(
    [
        *(f"{verb} {place} [ <1-255> ] {_RELEASES.get(place, '')}" for verb in _VERBS for place in _PLACES),
        "no debug all",
        "undebug all",
    ]
)
HANDLERS = {f"{verb} {place}": handler for verb, handler in _VERBS.items() for place in (*_PLACES, "all")}
