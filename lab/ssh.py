"""The SSH side: authentication, the limit of five sessions, legacy algorithms, a shell for each connection."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import asyncssh

from . import secrets
from .certs import new_key, pem_of
from .channel import ShellChannel
from .device import MAX_SSH, Device
from .quiet import without_fillers
from .scp import Scp
from .shell import Shell
from .strikes import Drop
from .terminal import Hangup, Terminal

LEGACY_KEX = ["diffie-hellman-group1-sha1"]
_MODERN_KEX = ["curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256"]
_MODERN_CIPHERS = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr"]
_LEGACY_CIPHERS = ["aes128-cbc", "aes256-cbc", "3des-cbc"]


class Log:
    """JSON lines of what the sessions did. No password goes in."""

    def __init__(self, path: Path | None) -> None:
        self._file: IO[str] | None = path.open("a", encoding="utf-8") if path else None

    def write(self, device: str, session: int, event: str, **details: Any) -> None:
        if self._file is None:
            return
        entry = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "device": device, "session": session}
        self._file.write(json.dumps({**entry, "event": event, **details}) + "\n")
        self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class _Session(ShellChannel):
    """A shell on one device, or one file by SCP."""

    def __init__(self, server: _Server) -> None:
        super().__init__()
        self.terminal = Terminal(self.send, server.device.width)
        self._server = server
        self._scp: Scp | None = None

    def exec_requested(self, command: str) -> bool:
        """SCP alone; what an ASA without it says is a refusal of the channel [K]."""
        scp = Scp(self._server.device, self._log, self.send)
        self._scp = scp if scp.accepts(command, self._server.device.users.get(self._server.user)) else None
        return self._scp is not None

    def _log(self, event: str, **details: Any) -> None:
        if "command" in details:
            details["command"] = secrets.for_log(details["command"])
        self._server.log(event, **details)

    async def talk(self) -> None:
        server = self._server
        device = server.device
        status = 0
        try:
            if self._scp is not None:
                status = await self._scp.run()
            else:
                await Shell(device, self.terminal, device.users[server.user], self._log).run()
        except Drop:
            server.abort()
            return
        except Hangup:
            pass
        except Exception as error:
            # A fault of the lab itself: the session must not just stand still.
            server.log("error", what=repr(error))
            server.abort()
            raise
        self.leave(status)
        if self._scp is None:
            server.close()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if self._scp is not None:
            self._scp.reader.feed_data(data)
        else:
            super().data_received(data, datatype)

    def end_of_input(self) -> None:
        super().end_of_input()
        if self._scp is not None:
            self._scp.reader.feed_eof()


class _Server(asyncssh.SSHServer):
    """One connection to one device."""

    def __init__(self, device: Device, log: Log) -> None:
        self.device = device
        self._log = log
        self._connection: asyncssh.SSHServerConnection | None = None
        self._counted = False
        self.number = 0
        self.user = ""

    def log(self, event: str, **details: Any) -> None:
        self._log.write(self.device.name, self.number, event, **details)

    def abort(self) -> None:
        if self._connection is not None:
            self._connection.abort()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        device = self.device
        without_fillers(conn)
        self._connection = conn
        device.total_sessions += 1
        self.number = device.total_sessions
        peer = conn.get_extra_info("peername")
        if device.connected >= MAX_SSH:
            self.log("refused", reason="too many sessions", peer=f"{peer[0]}:{peer[1]}")
            conn.abort()
            return
        self._counted = True
        device.connections.add(self.abort)
        device.connected += 1
        device.peak = max(device.peak, device.connected)
        self.log("connect", peer=f"{peer[0]}:{peer[1]}")
        device.touch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._counted:
            self._counted = False
            self.device.connected -= 1
            self.device.connections.discard(self.abort)
            self.log("disconnect", reason=str(exc) if exc else "")
            self.device.touch()

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    async def validate_password(self, username: str, password: str) -> bool:
        slow = self.device.fault("slow_login", username)
        if slow:
            await asyncio.sleep(slow.seconds)
        user = self.device.users.get(username)
        good = user is not None and user.password == password
        self._accepted(username, good)
        return good

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        user = self.device.users.get(username)
        if user is None or not user.public_key:
            return False
        good = asyncssh.import_public_key(user.public_key).public_data == key.public_data
        self._accepted(username, good)
        return good

    def _accepted(self, username: str, good: bool) -> None:
        self.user = username if good else ""
        self.log("login", user=username, granted=good)

    def session_requested(self) -> _Session:
        return _Session(self)


def host_key(folder: Path, name: str, kind: str) -> asyncssh.SSHKey:
    """The key kept in that folder under that name, made at first use. kind: ssh-ed25519 or ssh-rsa."""
    path = folder / f"{name}.key"
    if path.exists():
        return asyncssh.read_private_key(str(path))
    if kind == "ssh-rsa":
        # asyncssh would look for primes once more.
        key = asyncssh.import_private_key(pem_of(new_key("rsa2048")))
    else:
        key = asyncssh.generate_private_key(kind)
    path.touch(mode=0o600)
    key.write_private_key(str(path))
    return key


async def listen(device: Device, key: asyncssh.SSHKey, log: Log) -> asyncssh.SSHAcceptor:
    """Listen on loopback for one device; its port is set."""
    legacy = device.spec.ssh == "legacy" or device.has_fault("no_kex")
    pair = asyncssh.load_keypairs([key])[0]
    if legacy:
        # An old release signs with SHA-1 only.
        pair.host_key_algorithms = (b"ssh-rsa",)
    acceptor = await asyncssh.create_server(
        lambda: _Server(device, log),
        "127.0.0.1",
        device.port,
        server_host_keys=[pair],
        server_version="Cisco-1.25" if legacy else "Cisco-2.0",
        kex_algs=LEGACY_KEX if legacy else _MODERN_KEX,
        encryption_algs=_LEGACY_CIPHERS if legacy else _MODERN_CIPHERS,
        mac_algs=["hmac-sha1"] if legacy else ["hmac-sha2-256", "hmac-sha1"],
        compression_algs=None,
        config=None,
        gss_host=None,
        allow_scp=False,
        agent_forwarding=False,
        line_editor=False,
        encoding=None,
        login_timeout=600,
        reuse_address=True,
    )
    device.port = acceptor.get_port()
    return acceptor


async def listen_silently(device: Device, log: Log) -> asyncio.Server:
    """A listener that accepts and never says a word."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        device.total_sessions += 1
        number = device.total_sessions
        log.write(device.name, number, "connect", fault="hang")
        try:
            while await reader.read(4096):
                pass
        except ConnectionError:
            pass
        finally:
            writer.close()
            log.write(device.name, number, "disconnect")

    server = await asyncio.start_server(accept, "127.0.0.1", device.port)
    device.port = server.sockets[0].getsockname()[1]
    return server


def deferred(loop: asyncio.AbstractEventLoop, action: Callable[[], None]) -> Callable[[], None]:
    """Run action soon, once for several calls in one turn of the loop."""
    pending = False

    def run() -> None:
        nonlocal pending
        pending = False
        action()

    def call() -> None:
        nonlocal pending
        if not pending:
            pending = True
            loop.call_soon(run)

    return call
