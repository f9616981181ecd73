"""One URL of a phone's file: handshake, trust, login, tunnel, DTLS; with the lines that a real phone logs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from msgspec.structs import replace
from OpenSSL import SSL

from ..certs import Cert
from ..headend import hello, http
from ..headend.http import Inbox, Message
from ..headend.listener import PHONE_CLIENT, TUNNEL, Listener
from ..headend.settings import HTTPS, address_of
from ..headend.site import Headends, split
from ..headend.stream import TlsFailure, TlsStream, available, new_context
from ..scenario import is_address
from . import lines, trust
from .console import Console
from .held import PASSWORD_METHODS, VpnGroup
from .lines import Lines
from .models import Model
from .outcome import PhoneOutcome, Reason
from .trust import Verdict

_SECONDS = 30.0
_SPOKEN = {"tlsv1": "TLSv1", "tlsv1.1": "TLSv1.1", "tlsv1.2": "TLSv1.2"}


@dataclass(frozen=True)
class Caller:
    """Who dials: what a phone brings along. certificate: its own one with the key, None without.

    known: SHA-1 of the only leaf certificates that it takes, None: any.
    """

    name: str
    model: Model
    public_ip: str
    certificate: Cert | None
    user: str
    password: str
    known: frozenset[str] | None = None


class _Ended(Exception):
    """The attempt is over. logged_in: the login was good, the tunnel was not; why: what the phone knows of it."""

    def __init__(
        self, reason: Reason, detail: str, asa: str = "", *, logged_in: bool = False, why: Reason | None = None
    ) -> None:
        super().__init__(detail)
        self.reason, self.detail, self.asa = reason, detail, asa
        self.logged_in, self.why = logged_in, why or reason


class _PhoneStream(TlsStream):
    """Reads the chain out of the server's flight, and has its verdict before OpenSSL asks for it."""

    def expect(self, group: VpnGroup, host: str, known: frozenset[str] | None) -> None:
        self._group, self._host, self._known = group, host, known
        self.verdict: Verdict | None = None

    def arrived(self) -> None:
        if self.verdict is not None:
            return
        with contextlib.suppress(hello.NotTls):
            for kind, body in hello.messages(self.flight):
                if kind == hello.CERTIFICATE:
                    self.verdict = self._judge(body)

    def _judge(self, body: bytes) -> Verdict:
        try:
            chain = trust.read_chain(hello.certificate_chain(body))
        except ValueError as error:
            return Verdict("pin", f"the certificate cannot be read ({error})")
        if not chain:
            return Verdict("pin", "no certificate was sent")
        group = self._group
        return trust.judge(chain, group.pins, self._host, host_id_check=group.host_id_check, known=self._known)


def _trusts(connection: SSL.Connection, *_: object) -> bool:
    stream = connection.get_app_data()
    return isinstance(stream, _PhoneStream) and stream.verdict is not None and not stream.verdict.refusal


class Dialer:
    """Tries URLs for one phone."""

    def __init__(self, headends: Headends, caller: Caller, log: Console) -> None:
        self._headends, self._caller, self._log = headends, caller, log

    async def attempt(self, url: str, group: VpnGroup) -> tuple[PhoneOutcome, Listener | None]:
        """How it ended; the listener that holds the session where it is connected."""
        self._write(lines.begins(url))
        try:
            async with asyncio.timeout(min(_SECONDS, max(5.0, float(group.fail_connect_seconds)))):
                outcome, listener = await self._connect(url, group)
        except _Ended as ended:
            self._write(lines.tunnel_failed() if ended.logged_in else lines.login_failed(ended.why))
            return PhoneOutcome(connected=False, reason=ended.reason, asa=ended.asa, detail=ended.detail, url=url), None
        except (TimeoutError, ConnectionError, EOFError) as error:
            self._write(lines.login_failed("tls"))
            detail = f"the connection was lost ({error or type(error).__name__})"
            return PhoneOutcome(connected=False, reason="tls", detail=detail, url=url), None
        return outcome, listener

    def _write(self, block: Lines) -> None:
        for level, text in block:
            self._log.write(text, level=level)

    async def _connect(self, url: str, group: VpnGroup) -> tuple[PhoneOutcome, Listener]:
        listener = await self._headends.find(url)
        if listener is None:
            self._unanswered(url)
            raise _Ended("no-asa", f"no ASA of the lab answers for {url}")
        asa = listener.device.name
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        except ConnectionError:
            self._unanswered(url)
            raise _Ended("no-asa", f"{asa} does not accept connections for {url}", asa) from None
        with self._known_as(writer):
            try:
                stream = await self._handshake(url, group, asa, reader, writer)
                answer = await self._login(stream, url, group, asa)
                if answer.first[1] == "302":
                    await self._follow(answer.headers.get("location", ""), group, asa)
                return await self._tunnel(stream, answer, listener, url)
            finally:
                writer.close()

    def _unanswered(self, url: str) -> None:
        parts = split(url)
        self._write(lines.unanswered(self._caller.public_ip, parts.hostname or "", parts.port or HTTPS))

    @contextmanager
    def _known_as(self, writer: asyncio.StreamWriter) -> Iterator[None]:
        """While the connection lasts, the ASA sees the phone's public address behind it."""
        port = writer.get_extra_info("sockname")[1]
        self._headends.addresses[port] = self._caller.public_ip
        try:
            yield
        finally:
            self._headends.addresses.pop(port, None)

    # --- TLS ----------------------------------------------------------------------------------------------------------

    async def _handshake(
        self, url: str, group: VpnGroup, asa: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> _PhoneStream:
        log, model = self._log, self._caller.model
        host = split(url).hostname or ""
        spoken = _SPOKEN[model.versions[-1]]
        log.write(f"ssl_state_cb: {spoken}: SSL_connect: before/connect initialization")
        log.write(f"ssl_state_cb: {spoken}: SSL_connect: unknown state")
        if not any(available(suite) for suite in model.suites):
            raise _Ended("tls", "this OpenSSL has none of the phone's suites", asa)
        connection = SSL.Connection(self._context(group))
        connection.set_connect_state()
        if model.sni and not is_address(host):
            connection.set_tlsext_host_name(host.encode("idna"))
        stream = _PhoneStream(reader, writer, connection)
        stream.expect(group, host, self._caller.known)
        connection.set_app_data(stream)
        try:
            await stream.handshake()
        except TlsFailure as failure:
            verdict = stream.verdict
            if verdict is not None:
                log.write(f"ssl_state_cb: {spoken}: SSL_connect: SSLv3 read server hello A")
                log.write_all(verdict.lines)
            if verdict is not None and verdict.refusal:
                self._write(lines.certificate_refused(spoken))
                raise _Ended(verdict.refusal, verdict.detail, asa) from None
            alert = failure.alert
            said, code, received = (str(alert), alert.code, alert.received) if alert else ("", 0, False)
            self._write(lines.handshake_failed(spoken, said, code, received=received))
            heard = f"alert: {alert}" if alert else failure.reason
            raise _Ended("tls", f"no TLS connection with {asa} ({heard})", asa) from None
        log.write(f"ssl_state_cb: {spoken}: SSL_connect: SSLv3 read server hello A")
        if stream.verdict is not None:
            log.write_all(stream.verdict.lines)
        log.write(f"ssl_state_cb: {spoken}: SSL_connect: SSL negotiation finished successfully")
        log.write(f"create_ssl_connection: cipher in use {stream.cipher}")
        return stream

    def _context(self, group: VpnGroup) -> SSL.Context:
        """Exactly the model's offer; its own certificate only where the profile says so."""
        model, own = self._caller.model, self._caller.certificate
        context = new_context(model.versions, model.suites)
        if own is not None and own.key is not None and group.method not in PASSWORD_METHODS:
            context.use_certificate(own.x509)
            context.use_privatekey(own.key)
        context.set_verify(SSL.VERIFY_PEER, _trusts)
        return context

    # --- login --------------------------------------------------------------------------------------------------------

    async def _login(self, stream: TlsStream, url: str, group: VpnGroup, asa: str) -> Message:
        """The answer to the login: 200 or 302. Everything else ends the attempt."""
        parts, caller = split(url), self._caller
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        form = {"group_list": "", "Login": "Login"}
        if group.method in PASSWORD_METHODS:
            form |= {"username": caller.user or caller.name, "password": caller.password}
        headers = {
            "Host": parts.netloc, "User-Agent": PHONE_CLIENT, "Content-Type": "application/x-www-form-urlencoded",
        }  # fmt: skip
        await stream.write(http.render(f"POST {path} HTTP/1.1", headers, urlencode(form).encode()))
        answer = await Inbox(stream.read).message()
        if answer is None:
            raise _Ended("tls", f"{asa} closed the connection at the login", asa)
        log, code = self._log, answer.first[1]
        log.write("do_login: got login response")
        log.write(f"process_login: {' '.join(answer.first)}")
        if code not in ("200", "302"):
            log.write(f"process_login: login code: {code} (refused)", level="ERR")
            raise _Ended(self._reason(answer, group), answer.body.decode("utf-8", "replace").strip(), asa)
        return answer

    def _reason(self, answer: Message, group: VpnGroup) -> Reason:
        """The ASA's word. One that misses a certificate which the profile does not provide for wants another method."""
        word = answer.headers.get("x-lab-reason", "")
        if word == "client-certificate" and group.method in PASSWORD_METHODS:
            return "authentication"
        return next((reason for reason in get_args(Reason) if reason == word), "tls")

    async def _follow(self, location: str, group: VpnGroup, asa: str) -> None:
        """Load balancing: another host with another certificate, which no phone gets through (F-030). Always raises."""
        self._write(lines.redirected(location))
        member = await self._headends.find(location)
        if member is None:
            self._unanswered(location)
            raise _Ended("redirect", f"{asa} redirects to {location}, where nobody answers", asa)
        reader, writer = await asyncio.open_connection("127.0.0.1", member.port)
        with self._known_as(writer):
            try:
                stream = await self._handshake(location, group, member.device.name, reader, writer)
                await self._login(stream, location, group, member.device.name)
            except _Ended as ended:
                raise _Ended("redirect", f"{asa} redirects to {location}: {ended.detail}", asa, why=ended.why) from None
            finally:
                writer.close()
        raise _Ended("redirect", f"{asa} redirects to {location}", asa)

    # --- tunnel -------------------------------------------------------------------------------------------------------

    async def _tunnel(
        self, stream: TlsStream, answer: Message, listener: Listener, url: str
    ) -> tuple[PhoneOutcome, Listener]:
        log, asa = self._log, listener.device.name
        self._write(lines.logged_in())
        cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        headers = {"Host": split(url).netloc, "User-Agent": PHONE_CLIENT, "Cookie": cookie}
        await stream.write(http.render(f"CONNECT {TUNNEL} HTTP/1.1", headers))
        reply = await Inbox(stream.read).message()
        address = reply.headers.get("x-cstp-address", "") if reply is not None else ""
        if reply is None or not address:
            raise _Ended("group-policy", f"{asa} gave no address for the tunnel", asa, logged_in=True)
        user = next((s.user for s in listener.context.sessions if s.assigned_ip == address), "")
        outcome = PhoneOutcome(
            connected=True, reason="ok", asa=asa, detail=f"{stream.cipher}, address {address}", url=url,
            suite=stream.cipher, user=user, address=address,
        )  # fmt: skip
        log.write("protocol_handler: SSL dpd 30 sec from SG (enabled)")
        dtls = reply.headers.get("x-dtls-port", "") == str(HTTPS)
        if dtls:
            self._dtls(stream, listener, user, address)
            outcome = replace(outcome, dtls=True)
        else:
            log.write("protocol_handler: connect: DTLS is not offered, SSL only")
            listener.without_dtls(user, address)
        self._write(lines.connected(dtls=dtls))
        await stream.close()
        return outcome, listener

    def _dtls(self, stream: TlsStream, listener: Listener, user: str, address: str) -> None:
        """The suite of the TLS tunnel is the one of the DTLS session, on the version that both settle on.

        Computed from the configuration: no datagram is sent. The words of a failure are the document's (F-016).
        """
        model = self._caller.model
        allowed = listener.certificates.settings().dtls
        version = next((v for v in reversed(model.dtls_versions) if v in allowed), None)
        good = version is not None and stream.cipher in allowed[version] and stream.cipher in model.dtls_suites
        peer = address_of(listener.context, listener.place.interface)
        self._write(lines.dtls_begins(self._caller.public_ip, peer, model.dtls_suites[:1]))
        listener.datagrams(self._caller.public_ip, stream.cipher, good=good)
        if good:
            self._log.write("dtls_state_cb: DTLS: SSL_connect: SSL negotiation finished successfully")
            return
        self._write(lines.dtls_fails())
        listener.end_session(user, address)
        asa = listener.device.name
        detail = f"{stream.cipher} of the SSL tunnel is no DTLS suite of both {asa} and the phone"
        raise _Ended("dtls", detail, asa, logged_in=True)
