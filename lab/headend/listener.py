"""One TLS port of an ASA: the handshake that its configuration stands for, then login and tunnel over HTTP."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from urllib.parse import parse_qs

from msgspec.structs import replace
from OpenSSL import SSL

from .. import debug
from ..certs import Cert
from ..device import Context, Device
from ..loopback import Loopback
from ..release import SSL_CIPHER
from . import hello as tls_hello
from . import http, login, policy, pools
from .certificates import Certificates
from .hello import ClientHello, NotTls
from .http import Inbox, Message
from .session import LiveSession
from .settings import HTTPS, address_of, dtls_port, enabled_interfaces, https_port, load_balancing
from .stream import HANDSHAKE_SECONDS, TlsFailure, TlsStream
from .syslog import Client, Writer

TUNNEL = "/CSCOSSLC/tunnel"
PHONE_CLIENT = "Cisco SVC IPPhone Client v1.0 (1.0)"
_IDLE_SECONDS = 30.0
_BUSY_SECONDS = 0.002
_LONGEST_HELLO = tls_hello.MAX_FLIGHT
_PAGE = b"<html><head><title>SSL VPN Service</title></head><body>SSL VPN Service</body></html>\n"


@dataclass(frozen=True)
class Place:
    """Where clients arrive: an interface of a context, or the address of its load balancing cluster there."""

    context: str
    interface: str
    virtual: bool = False


class Listener:
    """Accepts for one place of a device. public_address says where a client really comes from, by its TCP port."""

    def __init__(
        self,
        device: Device,
        place: Place,
        certificates: Certificates,
        public_address: Callable[[int], str],
    ) -> None:
        self.device, self.place, self.certificates = device, place, certificates
        self._public_address = public_address
        self._granted: dict[str, login.Granted] = {}
        # Datagrams are not sent: the next port that they would come from.
        self._datagram_ports = count(51000)
        # An ASA too hangs up on who speaks something else.
        self._loopback = Loopback(self._talk, NotTls)

    @property
    def port(self) -> int:
        return self._loopback.port

    @property
    def context(self) -> Context:
        return self.device.contexts[self.place.context]

    async def open(self) -> None:
        """Listen on loopback, on the port of the time before if there was one and it is free."""
        try:
            await self._loopback.open()
        except OSError:
            self._loopback.port = 0
            await self._loopback.open()

    def close(self) -> None:
        """Listen no more; who is connected stays."""
        self._loopback.close()

    async def served(self) -> None:
        """Every client that has come is gone, and what it did is in the log."""
        await self._loopback.served()

    async def end(self) -> None:
        """The lab ends: every connection with it."""
        await self._loopback.end()

    # --- the handshake ------------------------------------------------------------------------------------------------

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        early, hello = await _first_flight(reader)
        client = self._client(self._public_address(peer[1]) or peer[0], peer[1])
        log = Writer(self.device, self.context)
        log.begins(client)
        await self._others()
        stream = await self._handshake(reader, writer, early, hello, client, log)
        if stream is not None:
            # No TCP connection stays open, but as far as the log goes that of a tunnel does.
            if not await self._serve(stream, client):
                log.ends(client)
            await stream.close()

    def _client(self, address: str, port: int) -> Client:
        """From the release on that knows `ssl cipher`, the log names the ASA's own end too [K]."""
        context, place = self.context, self.place
        balancing = load_balancing(context) if place.virtual else None
        own = balancing.address if balancing else address_of(context, place.interface)
        tells = context.release >= SSL_CIPHER
        return Client(place.interface, address, port, f"{own}/{https_port(context)}" if tells else "")

    async def _others(self) -> None:
        """On a busy ASA the lines of other handshakes come in between."""
        if self.device.spec.log_interleaves:
            await asyncio.sleep(_BUSY_SECONDS)

    async def _handshake(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        early: bytes,
        hello: ClientHello,
        client: Client,
        log: Writer,
    ) -> TlsStream | None:
        """None where none came about; the log says why."""
        settings = self.certificates.settings()
        version = next((v for v in reversed(settings.tls) if v in hello.versions), None)
        if version is None:
            await _refuse(writer, tls_hello.PROTOCOL_VERSION)
            await self._failed(client, log, "SSL23_GET_CLIENT_HELLO", "unsupported protocol")
            return None
        for _ in log.suites(client, settings.tls[version], hello.suites):
            await self._others()
        place = self.place
        choice = self.certificates.choose(version, hello, place.interface, virtual=place.virtual)
        if choice is None:
            await _refuse(writer, tls_hello.HANDSHAKE_FAILURE)
            await self._failed(client, log, "SSL3_GET_CLIENT_HELLO", "no shared cipher")
            return None
        held = self.context.trustpoints.items()
        log.selects(client, next((name for name, store in held if store.identity is choice.cert), ""))
        connection = SSL.Connection(self.certificates.tls(version, choice))
        connection.set_accept_state()
        stream = TlsStream(reader, writer, connection, early)
        try:
            await stream.handshake()
        except TlsFailure as failure:
            if stream.cipher:
                log.chooses(client, stream.cipher)
            alert = failure.alert
            # OpenSSL named alerts by the protocol that brought them in; that is how the document's log has it.
            said = f"{'sslv3' if alert.code < 48 else 'tlsv1'} alert {alert}" if alert else failure.reason
            await self._failed(client, log, "SSL3_READ_BYTES" if alert else "SSL3_ACCEPT", said)
            return None
        log.chooses(client, stream.cipher)
        await self._others()
        log.completes(client, stream.version)
        return stream

    async def _failed(self, client: Client, log: Writer, function: str, reason: str) -> None:
        log.library_error(function, reason)
        await self._others()
        log.fails(client)

    # --- login and tunnel ---------------------------------------------------------------------------------------------

    async def _serve(self, stream: TlsStream, client: Client) -> bool:
        """Until the client ends it; whether it had a tunnel."""
        inbox, tunnel = Inbox(stream.read), False
        while True:
            async with asyncio.timeout(_IDLE_SECONDS):
                message = await inbox.message()
            if message is None:
                return tunnel
            method, path, _ = message.first
            if method == "POST":
                answer = self._login(message, path, stream, client)
            elif method == "CONNECT" and path == TUNNEL:
                answer = self._tunnel(message, stream, client)
                tunnel = answer.startswith(b"HTTP/1.1 200")
            elif method in ("GET", "HEAD"):
                headers = {"Content-Type": "text/html", "Server": "Cisco AWARE 2.0"}
                answer = http.render("HTTP/1.0 200 OK", headers, _PAGE if method == "GET" else b"")
            else:
                answer = http.render("HTTP/1.0 405 Method Not Allowed", {})
            await stream.write(answer)

    def _login(self, message: Message, path: str, stream: TlsStream, client: Client) -> bytes:
        form = parse_qs(message.body.decode("latin-1"), max_num_fields=16)
        found = stream.tls.get_peer_certificate(as_cryptography=True)
        request = login.Request(
            url=f"https://{message.headers.get('host', '')}{path}",
            interface=self.place.interface,
            address=client.address,
            virtual=self.place.virtual,
            phone="IPPhone" in message.headers.get("user-agent", ""),
            certificate=Cert(found) if found is not None else None,
            username=form.get("username", [""])[0],
            password=form.get("password", [""])[0],
        )
        decision = login.decide(self.device, self.context, request)
        if isinstance(decision, login.Redirect):
            return http.render("HTTP/1.0 302 Temporary moved", {"Location": decision.location})
        if isinstance(decision, login.Refused):
            # No ASA tells a client so plainly; the header is the lab's own.
            headers = {"X-Lab-Reason": decision.reason, "Content-Type": "text/plain"}
            return http.render("HTTP/1.0 403 Forbidden", headers, f"{decision.detail}\n".encode())
        token = secrets.token_hex(16)
        self._granted[token] = decision
        return http.render("HTTP/1.0 200 OK", {"Set-Cookie": f"webvpn={token}; path=/; secure"})

    def _tunnel(self, message: Message, stream: TlsStream, client: Client) -> bytes:
        """The CSTP answer with the address, and the session behind it."""
        cookie = message.headers.get("cookie", "").removeprefix("webvpn=").partition(";")[0]
        granted = self._granted.pop(cookie, None)
        if granted is None:
            return http.render("HTTP/1.0 401 Unauthorized", {})
        context = self.context
        self._make_room(granted)
        address = pools.free_address(context, granted.tunnel_group, granted.group_policy, granted.user)
        if address is None:
            return http.render("HTTP/1.1 503 Service Unavailable", {})
        dtls = granted.dtls and not enabled_interfaces(context).get(self.place.interface, False)
        session = LiveSession(
            user=granted.user,
            kind="phone" if "IPPhone" in message.headers.get("user-agent", "") else "pc",
            assigned_ip=address,
            public_ip=client.address,
            tunnel_group=granted.tunnel_group,
            group_policy=granted.group_policy,
            client=message.headers.get("user-agent", ""),
            began=datetime.now(UTC),
            suite=stream.cipher,
            index=context.new_index(),
            dtls=dtls and dtls_port(context) == HTTPS,
        )
        context.sessions = (*context.sessions, session)
        self.device.touch()
        Writer(self.device, context).assigned(granted.group_policy, granted.user, client.address, address)
        debug.connected(self.device, context, address)
        headers = {"X-CSTP-Address": address, "X-CSTP-DPD": "30", "X-CSTP-Keepalive": "20"}
        if dtls:
            headers["X-DTLS-Port"] = str(dtls_port(context))
        return http.render("HTTP/1.1 200 CONNECTED", headers)

    def _make_room(self, granted: login.Granted) -> None:
        """vpn-simultaneous-logins: the oldest sessions of the user go."""
        limit = policy.simultaneous_logins(self.context, granted.group_policy, granted.user)
        own = [session for session in self.context.sessions if session.user == granted.user]
        gone = own[: max(0, len(own) - limit + 1)]
        self.context.sessions = tuple(session for session in self.context.sessions if session not in gone)

    # --- sessions, as the phone beside it needs them ------------------------------------------------------------------

    def end_session(self, user: str, address: str) -> None:
        """The client ends the tunnel of that user with that address."""
        gone = [s for s in self.context.sessions if (s.user, s.assigned_ip) == (user, address)]
        if gone:
            self.context.sessions = tuple(s for s in self.context.sessions if s not in gone)
            for session in gone:
                Writer(self.device, self.context).disconnected(session, "User Requested")
            self.device.touch()

    def datagrams(self, address: str, suite: str, *, good: bool) -> None:
        """What the DTLS handshake of a client leaves in the log [K]: it has a port of its own."""
        client, log = self._client(address, next(self._datagram_ports)), Writer(self.device, self.context)
        log.begins(client, "DTLSv1")
        if good:
            log.chooses(client, suite)
            log.completes(client, "dtlsv1")
        else:
            log.library_error("DTLS1_READ_BYTES", "sslv3 alert illegal parameter")
            log.fails(client)

    def without_dtls(self, user: str, address: str) -> None:
        """The session goes on with its SSL tunnel alone."""
        self.context.sessions = tuple(
            replace(s, dtls=False) if isinstance(s, LiveSession) and (s.user, s.assigned_ip) == (user, address) else s
            for s in self.context.sessions
        )


async def _first_flight(reader: asyncio.StreamReader) -> tuple[bytes, ClientHello]:
    """What came in up to the end of the ClientHello, and what it says. Raises NotTls, EOFError, TimeoutError."""
    data = b""
    async with asyncio.timeout(HANDSHAKE_SECONDS):
        while len(data) < _LONGEST_HELLO:
            more = await reader.read(16384)
            if not more:
                raise EOFError
            data += more
            for kind, body in tls_hello.messages(data):
                if kind != tls_hello.CLIENT_HELLO:
                    raise NotTls("the client does not say hello")
                return data, tls_hello.client_hello(body)
    raise NotTls("a ClientHello without an end")


async def _refuse(writer: asyncio.StreamWriter, code: int) -> None:
    writer.write(tls_hello.alert(code))
    await writer.drain()
