"""SSH to the platform's command line: one password account, shells only."""

from __future__ import annotations

from collections.abc import Callable

import asyncssh

from ..channel import ShellChannel
from ..quiet import without_fillers
from ..terminal import Hangup
from .cli import Cli, Paged
from .cluster import Cluster

# Wide enough that no line of a certificate moves under a `$`.
_WIDTH = 10_000
_KEX = ["curve25519-sha256", "ecdh-sha2-nistp256", "diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1"]

# (event, details)
Log = Callable[..., None]


class CliServer:
    """One listener on loopback and the connections that came through it."""

    def __init__(self, cluster: Cluster, log: Log) -> None:
        self.cluster = cluster
        self.log = log
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self._acceptor: asyncssh.SSHAcceptor | None = None

    async def open(self, port: int, key: asyncssh.SSHKey) -> int:
        """Listen; returns the port. OSError where it is taken."""
        self._acceptor = await asyncssh.create_server(
            lambda: _Login(self),
            "127.0.0.1",
            port,
            server_host_keys=[key],
            kex_algs=_KEX,
            config=None,
            gss_host=None,
            allow_scp=False,
            agent_forwarding=False,
            line_editor=False,
            encoding=None,
            login_timeout=600,
            reuse_address=True,
        )
        return self._acceptor.get_port()

    async def close(self) -> None:
        if self._acceptor is None:
            return
        self._acceptor.close()
        for connection in list(self.connections):
            connection.abort()
            await connection.wait_closed()
        await self._acceptor.wait_closed()
        self._acceptor = None


class _Login(asyncssh.SSHServer):
    """One connection."""

    def __init__(self, server: CliServer) -> None:
        self._server = server
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        without_fillers(conn)
        self._connection = conn
        self._server.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._server.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        account = self._server.cluster.spec.os_user
        good = (username, password) == (account.name, account.password)
        self._server.log("login", user=username[:60], granted=good)
        return good

    def session_requested(self) -> _Session:
        return _Session(self._server)


class _Session(ShellChannel):
    """One channel with a shell."""

    def __init__(self, server: CliServer) -> None:
        super().__init__()
        self._paged = self.terminal = Paged(self.send, lambda: _WIDTH)
        self._server = server

    async def talk(self) -> None:
        try:
            await Cli(self._server.cluster, self._paged, self._server.log).run()
        except Hangup:
            return
        self.leave()
