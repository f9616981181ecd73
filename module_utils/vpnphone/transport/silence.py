"""What is told where the far end of a session falls silent or closes it: one text for an ASA and a node of CUCM."""

from __future__ import annotations

from typing import NamedTuple

from ..errors import DeviceUnreachable


class FarEnd(NamedTuple):
    """Whom a session speaks to, in the words of its errors.

    name     of the host in the inventory
    kind     "device" or "node"
    prefix   stands before "session" and "login": "" or "platform "
    load     what makes a login slow there
    ends     what ends a session there
    """

    name: str
    kind: str
    prefix: str
    load: str
    ends: str

    def silent(self, seconds: int, what: str) -> DeviceUnreachable:
        return self.late(f"no data for {seconds} s while waiting for {what}")

    def late(self, what: str) -> DeviceUnreachable:
        """What did not come in time, as half a sentence."""
        return DeviceUnreachable(
            f"{what}.",
            where=self.name,
            todo=f"Look at the load of the {self.kind}; raise vpnphone_command_timeout if it is only slow.",
            code="timeout_command",
        )

    def closed(self, what: str) -> DeviceUnreachable:
        return DeviceUnreachable(
            f"the {self.kind} closed the {self.prefix}session while waiting for {what}.",
            where=self.name,
            todo=f"Look for {self.ends}.",
            code="session_closed",
        )

    def login_late(self, seconds: int) -> DeviceUnreachable:
        return DeviceUnreachable(
            f"the {self.prefix}login did not end within {seconds} s.",
            where=self.name,
            todo=f"Look at the load of {self.load}; vpnphone_connect_timeout raises the limit.",
            code="timeout_connect",
        )


def asa(name: str) -> FarEnd:
    return FarEnd(
        name,
        "device",
        prefix="",
        load="the device and its AAA servers",
        ends="an idle time-out, a reload, or the limit of five SSH sessions (`show ssh sessions`)",
    )


def node(name: str) -> FarEnd:
    return FarEnd(
        name,
        "node",
        prefix="platform ",
        load="the node",
        ends="an idle time-out, a restart, or too many sessions (`show session maxlimit`)",
    )
