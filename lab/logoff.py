"""vpn-sessiondb logoff: an administrator ends sessions. The answers are Cisco's, those of the rarer forms [K]."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from .scenario import SessionSpec
from .shows.base import Refused

if TYPE_CHECKING:
    from .grammar import Match
    from .shell import Shell

_QUESTION = "Do you want to logoff the VPN session(s)? [confirm]"
_REASON = "Administrator Reset"


async def _logoff(shell: Shell, found: Match) -> None:
    """Any other key than return or y keeps the sessions."""
    words = [word for word in found.values[2:] if word != "noconfirm"]
    kind = words[0]
    wanted = words[1].strip('"') if len(words) > 1 else kind
    context = shell.context
    if kind == "index" and not wanted.isdecimal():
        raise Refused("", found.starts[3])
    if found.values[-1] != "noconfirm":
        shell.terminal.write(_QUESTION)
        answer = await shell.terminal.key()
        shell.terminal.write(f"{answer.strip()}\n")
        if answer not in "\r\nyY":
            return
    concerned: dict[str, Callable[[SessionSpec], bool]] = {
        "name": lambda session: session.user == wanted,
        "tunnel-group": lambda session: session.tunnel_group == wanted,
        "index": lambda session: context.index_of(session) == int(wanted),
    }
    count = shell.device.end_sessions(context, concerned.get(kind, lambda session: True), _REASON)
    said = {
        "name": f'with name "{wanted}"', "tunnel-group": f'of TunnelGroup "{wanted}"', "index": f"with Index {wanted}",
    }.get(kind, f'of type "{wanted if kind != "all" else ""}"')  # fmt: skip
    shell.terminal.write(f"INFO: Number of sessions {said} logged off : {count}\n")


HANDLERS: dict[str, Callable[[Shell, Match], Awaitable[None]]] = {"vpn-sessiondb logoff": _logoff}
