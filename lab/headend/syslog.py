"""The log buffer of a context, and the lines that a phone's login leaves in it.

Texts: Cisco document 116162 (725006 to 725014, 716038, 734xxx, 722051, 746012, 724002) and 117634 (113040); the others
are from memory [K].
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..device import Context, Device
    from ..scenario import SessionSpec

LEVELS = (
    "emergencies", "alerts", "critical", "errors", "warnings", "notifications", "informational", "debugging",
)  # fmt: skip
_KEPT = 4096
_DEFAULT_BYTES = 4096


@dataclass
class LogBuffer:
    """Lines as the buffer keeps them; total counts those that have fallen out of it too."""

    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT))
    total: int = 0


def buffered_level(context: Context) -> int | None:
    """The level of `logging buffered`; None where nothing is kept."""
    if not context.lines("logging enable"):
        return None
    word = context.value("logging buffered")
    if word.isdecimal() and int(word) < len(LEVELS):
        return int(word)
    return LEVELS.index(word) if word in LEVELS else None


def buffer_size(context: Context) -> int:
    text = context.value("logging buffer-size")
    return int(text) if text.isdecimal() else _DEFAULT_BYTES


@dataclass(frozen=True)
class Client:
    """Where a client comes from, as the log names it. own: address/port of the ASA, "" where the log has none."""

    interface: str
    address: str
    port: int
    own: str = ""

    def __str__(self) -> str:
        return f"{self.interface}:{self.address}/{self.port}" + (f" to {self.own}" if self.own else "")


class Writer:
    """Writes what happens to one client into the context's buffer."""

    def __init__(self, device: Device, context: Context) -> None:
        self._device, self._context = device, context

    def line(self, level: int, number: int, text: str) -> None:
        """Kept where `logging buffered` admits that level."""
        admitted = buffered_level(self._context)
        if admitted is None or level > admitted:
            return
        stamp = ""
        if self._context.lines("logging timestamp"):
            stamp = self._device.stamp(self._device.now(), "%b {day} %Y %H:%M:%S: ")
        buffer = self._context.log
        buffer.lines.append(f"{stamp}%ASA-{level}-{number}: {text}")
        buffer.total += 1

    # --- the handshake ----------------------------------------------------------------------------------------------

    def begins(self, client: Client, protocol: str = "TLS") -> None:
        self.line(6, 725001, f"Starting SSL handshake with client {client} for {protocol} session.")

    def suites(self, client: Client, supported: Sequence[str], proposed: Sequence[str]) -> Iterator[None]:
        """Both lists, one line after the other, as they are asked for."""
        heads = (
            (725010, f"Device supports the following {len(supported)} cipher(s).", supported),
            (725008, f"SSL client {client} proposes the following {len(proposed)} cipher(s).", proposed),
        )
        for number, head, names in heads:
            self.line(7, number, head)
            yield
            for index, name in enumerate(names, 1):
                self.line(7, 725011, f"Cipher[{index}] : {name}")
                yield

    def selects(self, client: Client, trustpoint: str) -> None:
        """[K] A temporary certificate is in no trustpoint, and old releases do not tell."""
        if trustpoint and client.own:
            self.line(6, 725016, f"Device selects trust-point {trustpoint} for client {client}")

    def chooses(self, client: Client, suite: str) -> None:
        self.line(7, 725012, f"Device chooses cipher : {suite} for the SSL session with client {client}")

    def completes(self, client: Client, version: str) -> None:
        """The version stands where the ASA's own address does [K]."""
        spoken = f" for {version.upper().replace('TLSV', 'TLSv')} session" if client.own else ""
        self.line(6, 725002, f"Device completed SSL handshake with client {client}{spoken}")

    def library_error(self, function: str, reason: str) -> None:
        self.line(7, 725014, f"SSL lib error. Function: {function} Reason: {reason}")

    def fails(self, client: Client) -> None:
        self.line(6, 725006, f"Device failed SSL handshake with client {client}")

    def ends(self, client: Client) -> None:
        """[K]"""
        self.line(6, 725007, f"SSL session with client {client} terminated.")

    # --- the login --------------------------------------------------------------------------------------------------

    def certificate_refused(self, subject: str, issuer: str, serial: str, why: str) -> None:
        """[K]"""
        text = f"Certificate validation failed. {why}, serial number: {serial}, subject name: {subject}"
        self.line(3, 717009, f"{text}, issuer name: {issuer}.")

    def authenticated(self, user: str, address: str, *, good: bool) -> None:
        """The group-policy is not chosen yet at that time; the refusal is [K]."""
        text = f"Group <DfltGrpPolicy> User <{user}> IP <{address}> Authentication:"
        if good:
            self.line(6, 716038, f"{text} successful, Session Type: WebVPN.")
        else:
            self.line(6, 716039, f"{text} rejected, Session Type: WebVPN.")

    def no_csd(self, group: str, user: str, address: str) -> None:
        self.line(
            4, 724002,
            f"Group <{group}> User <{user}> IP <{address}> WebVPN session not terminated. Cisco Secure Desktop was not"
            " running on the client's workstation.",
        )  # fmt: skip

    def limit(self, group: str, user: str, peers: int) -> None:
        """[K]"""
        text = f"Group <{group}> User <{user}> Session could not be established: session limit of {peers} reached."
        self.line(4, 716023, text)

    def attributes(self, user: str, address: str, values: dict[str, str]) -> None:
        for name, value in values.items():
            self.line(7, 734003, f"DAP: User {user}, Addr {address}: Session Attribute {name} = {value}")

    def dap_selected(self, user: str, address: str, records: Sequence[str]) -> None:
        self.line(
            6, 734001,
            f"DAP: User {user}, Addr {address}, Connection AnyConnect: The following DAP records were selected for this"
            f" connection: {', '.join(records)}",
        )  # fmt: skip

    def dap_terminated(self, user: str, address: str, records: Sequence[str]) -> None:
        text = f"DAP: User {user}, Addr {address}: Connection terminated by the following DAP records:"
        self.line(5, 734002, f"{text} {', '.join(records)}")

    def locked_to(self, group: str, lock: str) -> None:
        why = f"This connection is group locked to {lock}."
        self.line(4, 113040, f"Terminating the VPN connection attempt from {group}. Reason: {why}")

    def policy_refuses(self, user: str, why: str) -> None:
        """[K]"""
        self.line(6, 113015, f"AAA user authentication Rejected : reason = {why} : local database : user = {user}")

    def no_address(self, group: str, policy: str, user: str, address: str) -> None:
        """[K]"""
        who = f"TunnelGroup <{group}> GroupPolicy <{policy}> User <{user}> IP <{address}>"
        self.line(3, 722020, f"{who} No address available for SVC connection")

    def disconnected(self, session: SessionSpec, reason: str) -> None:
        """[K] but for the number: the byte counts are nought."""
        who = f"Group = {session.tunnel_group}, Username = {session.user}, IP = {session.public_ip}"
        what = "Session Type: SSL, Duration: 0h:00m:00s, Bytes xmt: 0, Bytes rcv: 0"
        self.line(4, 113019, f"{who}, Session disconnected. {what}, Reason: {reason}")

    def assigned(self, policy: str, user: str, address: str, assigned: str) -> None:
        mapping = f"user-identity: Add IP-User mapping {assigned} - LOCAL\\{user} Succeeded - VPN user"
        self.line(7, 746012, mapping)
        self.line(4, 722051, f"Group <{policy}> User <{user}> IP <{address}> Address <{assigned}> assigned to session")
