"""A phone's file from a node by TFTP: tftpy does the talking, within limits and with the node alone.

What is added to tftpy: it warns of packets from elsewhere and then uses them all the same, its transfer may last for
ever, and a file may grow without end.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from typing import Any

from tftpy.TftpContexts import TftpContextClientDownload
from tftpy.TftpPacketTypes import TftpPacketERR
from tftpy.TftpShared import TftpErrors, TftpFileNotFoundError, TftpTimeout

from ..errors import BadInput, DeviceRefused, DeviceUnreachable, VpnPhoneError
from .node_files import FileLimits, absent, checked_name
from .reasons import short

DEFAULT_LIMITS = FileLimits()
PORT = 69
# One packet, never a fragment; a node that does not know the option sends 512.
_BLOCK = 1024
# Linux: an unconnected socket then hears that nobody listens. Elsewhere the time-out tells.
_IP_RECVERR = 11

# At lower levels it logs packets, and these hold what the file holds.
logging.getLogger("tftpy").setLevel(logging.CRITICAL + 1)


class _OverTime(Exception):
    """The time for the whole file is up."""


class _TooLong(Exception):
    """The file is longer than it may be."""


class _Refusal(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class TftpNode:
    """One node; its name is looked up once. May be asked by several threads at a time."""

    def __init__(self, name: str, host: str, port: int = PORT, limits: FileLimits = DEFAULT_LIMITS) -> None:
        if not 0 < port < 65536:
            raise BadInput(f"{port} is no port.", where=name, todo="Give one from 1 to 65535.")
        self.name = name
        self._place = f"{host}:{port}"
        self._host = host
        self._port = port
        self._limits = limits
        self._address = ""

    def close(self) -> None:
        """Nothing is kept open between files."""

    def get(self, name: str) -> bytes:
        """The file, in memory. FileAbsent where the node has none; VpnPhoneError for what else happens."""
        checked_name(name)
        self._address = self._address or self._lookup()
        sink = _Sink(self._limits.size)
        socket_ = _PinnedSocket(self._address, self._limits.idle, self._limits.total)
        transfer = TftpContextClientDownload(
            self._address,
            self._port,
            name,
            sink,
            {"blksize": _BLOCK},
            _stop_at_refusal,
            self._limits.idle,
            retries=self._limits.tries,
            flock=False,
        )
        transfer.sock.close()
        transfer.sock = socket_
        try:
            with transfer:
                transfer.start()
            return bytes(sink.content)
        except TftpTimeout:
            raise self._silent(socket_.answered, name) from None
        except _OverTime:
            raise self._unreachable(f"did not end the transfer of {name} within {self._limits.total:g} s") from None
        except _TooLong:
            raise DeviceRefused(
                f"{name} is longer than {self._limits.size // 1024} KiB.",
                where=self.name,
                todo="Look at what answers there; nothing of the answer was used.",
                code="answer_too_long",
            ) from None
        except TftpFileNotFoundError:
            raise absent(name, self.name) from None
        except _Refusal as refusal:
            if refusal.code == TftpErrors.FileNotFound:
                raise absent(name, self.name) from None
            raise self._refused(f"refused {name} (TFTP error {refusal.code})") from None
        except ConnectionRefusedError:
            if socket_.answered:
                raise self._silent(True, name) from None
            raise DeviceUnreachable(
                f"nobody listens at {self._place} (UDP).",
                where=self.name,
                todo="Check that the node serves files (service TFTP) and tftp_port (69).",
                code="connection_refused",
            ) from None
        except OSError as error:
            raise DeviceUnreachable(
                f"{self._place} cannot be asked by TFTP ({short(error)}).",
                where=self.name,
                todo="Check the route from this controller.",
                code="tftp_failed",
            ) from None
        # tftpy lets struct.error, UnicodeDecodeError, AssertionError and their like through for a packet that is none.
        except Exception as error:
            raise self._refused(f"does not keep to the protocol ({type(error).__name__})") from None

    def _lookup(self) -> str:
        """IPv4 only: tftpy knows no other, nor do phones of the document's age."""
        try:
            found = socket.getaddrinfo(self._host, None, socket.AF_INET, socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            raise DeviceUnreachable(
                f"{self._host!r} has no IPv4 address.",
                where=self.name,
                todo="Correct the node's host in vpnphone_tftp_nodes, or the DNS of this controller.",
                code="name_unknown",
            ) from None
        return str(found[0][4][0])

    def _silent(self, answered: bool, name: str) -> VpnPhoneError:
        if answered:
            return self._unreachable(f"fell silent in the middle of {name}")
        return DeviceUnreachable(
            f"{self._place} does not answer (UDP, {self._limits.tries} tries of {self._limits.idle:g} s).",
            where=self.name,
            todo="Check the route and the firewalls on the way: TFTP answers from another port than 69.",
            code="timeout_connect",
        )

    def _unreachable(self, what: str) -> VpnPhoneError:
        return DeviceUnreachable(
            f"{self._place} {what}.",
            where=self.name,
            todo="Look at the load of the node and at what stands in between.",
            code="timeout_command",
        )

    def _refused(self, what: str) -> VpnPhoneError:
        return DeviceRefused(
            f"{self._place} {what}.", where=self.name, todo="Look at the TFTP service of that node.", code="tftp_failed"
        )


class _Sink:
    """Where tftpy writes to."""

    def __init__(self, size: int) -> None:
        self.content = bytearray()
        self._size = size

    def write(self, data: bytes) -> None:
        if len(self.content) + len(data) > self._size:
            raise _TooLong
        self.content += data


class _PinnedSocket(socket.socket):
    """Hears the node alone, and after its first packet only the port that came from: the transfer's identifier."""

    def __init__(self, address: str, idle: float, total: float) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self._address = address
        self._port = 0
        self._idle = idle
        self._deadline = time.monotonic() + total
        with contextlib.suppress(OSError):
            self.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)

    @property
    def answered(self) -> bool:
        return self._port > 0

    def recvfrom(self, size: int, flags: int = 0) -> tuple[bytes, tuple[str, int]]:
        """One packet of the transfer. TimeoutError without one for `idle` seconds; _OverTime."""
        silent_at = time.monotonic() + self._idle
        while True:
            now = time.monotonic()
            if now >= self._deadline:
                raise _OverTime
            if now >= silent_at:
                raise TimeoutError
            self.settimeout(min(silent_at, self._deadline) - now)
            try:
                data, (address, port) = super().recvfrom(size, flags)
            except TimeoutError:
                continue
            if address == self._address and self._port in (0, port):
                self._port = port
                return data, (address, port)


def _stop_at_refusal(packet: Any) -> None:
    """Before tftpy words it: its text has no number."""
    if isinstance(packet, TftpPacketERR):
        raise _Refusal(packet.errorcode)
