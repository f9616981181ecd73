"""SSH as devices speak it: without the fillers that asyncssh puts between its packets."""

from __future__ import annotations

from typing import Any

import asyncssh

_MSG_IGNORE = 2


def without_fillers(connection: asyncssh.SSHServerConnection) -> None:
    """asyncssh sends an empty MSG_IGNORE before every packet. No ASA does, and each costs both ends a system call and a
    packet to decrypt, which a bench of the client would measure.
    """
    send = connection.send_packet

    def send_packet(pkttype: int, *args: bytes, **more: Any) -> None:
        if pkttype != _MSG_IGNORE:
            send(pkttype, *args, **more)

    # On this connection alone; asyncssh offers no switch.
    vars(connection)["send_packet"] = send_packet
