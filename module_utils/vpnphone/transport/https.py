"""One HTTP(S) client for everything that is asked by HTTP: CUCM, its TFTP nodes, the phones' pages.

Bounded in time and size, follows nobody to another host, knows no proxy of the environment, and turns every failure
into a VpnPhoneError with a code of its own (docs/errors.md). urllib3 does the talking.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import ssl
from collections.abc import Mapping, Set
from http.cookiejar import CookieJar
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, cast
from urllib.request import Request

from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError
from urllib3.util import Url, parse_url

from .. import VERSION
from ..errors import BadInput, DeviceRefused, VpnPhoneError
from .bounds import CURRENT, POOLS, Bound, bounded
from .http_errors import Throttled, explain_http, explain_status, too_long

__all__ = ["HttpClient", "Limits", "Reply", "Throttled", "Trust", "origin"]

MAX_ANSWER = 32 * 1024 * 1024
# However slowly it trickles, one answer takes no longer than this many read time-outs.
MAX_TRICKLE = 10
OK = frozenset((200,))
_PIECE = 64 * 1024
_CA_TODO = "Name a file with the CA's certificates (or the server's own) in PEM form."
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,253}")


class Trust(NamedTuple):
    """How a server's certificate is judged: by a pin alone, else by the CAs of a file, else by the system's CAs.

    pin: SHA-256 of the server's own certificate, hex, colons allowed; with it the certificate must match exactly, and
    its name and dates do not matter. legacy: TLS 1.0 and SHA-1 too, for servers that speak nothing else.
    """

    ca_file: str = ""
    pin: str = ""
    legacy: bool = False


class Limits(NamedTuple):
    """Seconds and bytes. read: without a byte; total: for one whole answer (0: MAX_TRICKLE times read)."""

    connect: float = 20
    read: float = 60
    total: float = 0
    size: int = MAX_ANSWER


SYSTEM_TRUST = Trust()
DEFAULT_LIMITS = Limits()


class Reply(NamedTuple):
    """An answer that was accepted; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def origin(scheme: str, host: str, port: int) -> str:
    """`https://host:port` of a name or an address. BadInput for what is neither."""
    try:
        bare = f"[{host}]" if ipaddress.ip_address(host).version == 6 else host
    except ValueError:
        if not _HOST.fullmatch(host):
            raise BadInput(
                f"{host[:80]!r} is neither a host name nor an address.",
                todo="Correct the address; it stands without scheme, port and path.",
            ) from None
        bare = host
    if not 0 < port < 65536:
        raise BadInput(f"{port} is no port.", where=host, todo="Give one from 1 to 65535.")
    return f"{scheme}://{bare}:{port}"


class HttpClient:
    """A session whose connections are kept; for one thread at a time. Use as a context manager.

    name    what errors name as the place
    trust   None: for plain HTTP alone, which loads no CAs (a tenth of a second, for each phone of thousands)
    auth    user and password, sent with every request (Basic)
    advice  code -> what to do, where this caller knows better than the general text
    """

    def __init__(
        self,
        name: str,
        *,
        trust: Trust | None = SYSTEM_TRUST,
        limits: Limits = DEFAULT_LIMITS,
        auth: tuple[str, str] | None = None,
        advice: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.limits = limits
        self._advice = advice or {}
        # Said with every request. Nothing of the environment is asked: no proxy, no .netrc, no bundle of CAs.
        self._headers = {
            "User-Agent": f"vpnphone/{VERSION}",
            "Accept-Encoding": "identity",
            "Accept": "*/*",
            "Connection": "keep-alive",
        }
        if auth is not None:
            self._headers["Authorization"] = _basic(*auth)
        # CUCM's Tomcat knows by them that it has seen this user already [?].
        self._cookies = CookieJar()
        self._adapters = {"http": _Adapter(None, name)}
        if trust is not None:
            self._adapters["https"] = _Adapter(trust, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for adapter in self._adapters.values():
            adapter.poolmanager.clear()

    def get(self, url: str, *, accept: Set[int] = OK, limits: Limits | None = None) -> Reply:
        """request("GET", ...)."""
        return self.request("GET", url, accept=accept, limits=limits)

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        accept: Set[int] = OK,
        limits: Limits | None = None,
    ) -> Reply:
        """One request, and its answer whole. A status that is not in `accept` is an error; a redirect always is."""
        limits = limits or self.limits
        bound = Bound(idle=limits.read, total=limits.total or MAX_TRICKLE * limits.read, size=limits.size)
        CURRENT.bound = bound
        try:
            return self._ask(method, url, body, headers, accept, limits)
        # `from None`: on exceptions of urllib3 hangs what was asked, and what was answered.
        except VpnPhoneError as error:
            raise self._advised(error) from None
        except (HTTPError, OSError, ValueError) as error:
            raise self._advised(explain_http(error, bound, url, self.name, limits.connect, limits.size)) from None
        finally:
            CURRENT.bound = None

    def _ask(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        accept: Set[int],
        limits: Limits,
    ) -> Reply:
        address = parse_url(url)
        response = self._pool(address).urlopen(
            method,
            address.request_uri,
            body=body,
            headers={**self._headers, **(headers or {}), **self._cookie(url)},
            timeout=Timeout(connect=limits.connect, read=limits.read),
            # Neither a redirect is followed nor anything asked twice.
            retries=False,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
        )
        try:
            if "set-cookie" in response.headers:
                self._cookies.extract_cookies(cast(Any, response), _named(url))
            told = {name.lower(): value for name, value in response.headers.itermerged()}
            if response.status not in accept or 300 <= response.status < 400:
                raise explain_status(response.status, told, url, self.name)
            return Reply(response.status, told, self._body(response, told, limits.size))
        finally:
            # What was not read to its end must not be taken for the next answer.
            response.close()
            response.release_conn()

    def _pool(self, address: Url) -> HTTPConnectionPool:
        adapter = self._adapters.get(address.scheme or "")
        if adapter is None:
            raise ValueError(f"No connection adapters were found for {address.url!r}")
        return adapter.poolmanager.connection_from_host(address.host, address.port, address.scheme)

    def _cookie(self, url: str) -> dict[str, str]:
        if not len(self._cookies):
            return {}
        request = _named(url)
        self._cookies.add_cookie_header(request)
        return {name: value for name, value in request.header_items() if name == "Cookie"}

    def _body(self, response: BaseHTTPResponse, headers: Mapping[str, str], size: int) -> bytes:
        if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            # A few bytes could become gigabytes.
            raise DeviceRefused(
                "the answer is compressed, though that was not asked for.",
                where=self.name,
                todo="Look at what stands between this controller and the server.",
                code="http_failed",
            )
        length = headers.get("content-length", "")
        if re.fullmatch("[0-9]{1,18}", length) and int(length) > size:
            raise too_long(size, self.name)
        pieces = bytearray()
        for piece in response.stream(_PIECE, decode_content=False):
            pieces += piece
            if len(pieces) > size:
                raise too_long(size, self.name)
        return bytes(pieces)

    def _advised(self, error: VpnPhoneError) -> VpnPhoneError:
        todo = self._advice.get(error.code)
        if todo is None:
            return error
        if isinstance(error, Throttled):
            return Throttled(error.what, where=error.where, todo=todo, code=error.code, retry_after=error.retry_after)
        return type(error)(error.what, where=error.where, todo=todo, code=error.code)


def _named(url: str) -> Request:
    """What the jar of cookies calls a request. urllib never sends it."""
    return Request(url)  # noqa: S310 - nothing is opened


def _basic(user: str, password: str) -> str:
    """As UTF-8, which CUCM's Tomcat expects [?]."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class _Adapter:
    """Connections with our sockets and our idea of trust; None: plain HTTP."""

    def __init__(self, trust: Trust | None, name: str) -> None:
        pin = _pin(trust, name) if trust else ""
        more: dict[str, Any] = {}
        if trust is not None:
            more["ssl_context"] = _context(trust, name)
            # Else urllib3 would set the context to an idea of its own.
            more["cert_reqs"] = "CERT_NONE" if pin else "CERT_REQUIRED"
        if pin:
            more["assert_fingerprint"] = pin
        self.poolmanager = PoolManager(**more)
        self.poolmanager.pool_classes_by_scheme = POOLS


def _context(trust: Trust, name: str) -> ssl.SSLContext:
    context = bounded(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    if trust.legacy:
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if trust.pin:
        # The certificate itself is compared, by urllib3, before anything is sent.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if not trust.ca_file:
        context.load_default_certs(ssl.Purpose.SERVER_AUTH)
        return context
    # So that the file may hold a server's own certificate, or an intermediate CA alone.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        context.load_verify_locations(cafile=Path(trust.ca_file).expanduser())
    except FileNotFoundError as error:
        raise BadInput(
            f"the CA file {trust.ca_file!r} does not exist.", where=name, todo=_CA_TODO, code="file_missing"
        ) from error
    except OSError as error:  # ssl.SSLError is one
        raise BadInput(
            f"the CA file {trust.ca_file!r} holds no certificate in PEM form, or cannot be read.",
            where=name,
            todo=_CA_TODO,
            code="ca_file",
        ) from error
    return context


def _pin(trust: Trust, name: str) -> str:
    pin = trust.pin.replace(":", "").strip().lower()
    if pin and not re.fullmatch("[0-9a-f]{64}", pin):
        raise BadInput(
            "the pin is not the SHA-256 of a certificate (64 hex digits, colons allowed).",
            where=name,
            todo="Take it from `openssl x509 -noout -fingerprint -sha256` of the server's certificate.",
            code="bad_pin",
        )
    return pin
