"""Why an HTTP request gave no answer, in words: the network, the certificate, the status, the limits."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

from ..errors import DeviceRefused, DeviceUnreachable, VpnPhoneError
from .bounds import Bound
from .reasons import causes, short

# OpenSSL's X509_V_ERR numbers.
_EXPIRED = frozenset((9, 10))
_WRONG_HOST = frozenset((62, 64))
# The server speaks, but not TLS.
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL")


class Throttled(DeviceRefused):
    """The server asks for patience; retry_after in seconds, None where it does not say."""

    def __init__(
        self, what: str, *, where: str = "", todo: str = "", code: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(what, where=where, todo=todo, code=code)
        self.retry_after = retry_after


def address_of(url: str) -> str:
    """`https://host:port`, without user, path and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def too_long(size: int, name: str) -> VpnPhoneError:
    return DeviceRefused(
        f"the answer is longer than {size // 1024} KiB.",
        where=name,
        todo="Look at what answers there; nothing of the answer was used.",
        code="answer_too_long",
    )


def explain_status(status: int, headers: Mapping[str, str], url: str, name: str) -> VpnPhoneError:
    """An answer whose status is none of those that were asked for."""
    address = address_of(url)
    if 300 <= status < 400:
        return DeviceRefused(
            f"{address} redirects to {_target(headers.get('location', ''), address)}; that is not followed.",
            where=name,
            todo="Name the host that answers itself; a redirect may lead credentials to another host.",
            code="http_redirect",
        )
    if status == 401:
        return DeviceRefused(
            f"{address} refused the user name or the password (401).",
            where=name,
            todo="Check the account and that it is not locked. It was tried once.",
            code="http_unauthorized",
        )
    if status == 403:
        return DeviceRefused(
            f"{address} forbids this account the request (403).",
            where=name,
            todo="Give the account the role that the request needs.",
            code="http_forbidden",
        )
    if status in (429, 503):
        seconds = headers.get("retry-after", "").strip()
        return Throttled(
            f"{address} asks to be left alone for a while ({status}).",
            where=name,
            todo="Run again later, or with fewer questions at a time.",
            code="throttled",
            retry_after=float(seconds) if re.fullmatch("[0-9]{1,4}", seconds) else None,
        )
    return DeviceRefused(
        f"{address} answered with status {status}.",
        where=name,
        todo="Look at the log of that server.",
        code="http_failed",
    )


def explain_http(
    error: Exception, bound: Bound, url: str, name: str, connect_timeout: float, size: int
) -> VpnPhoneError:
    """One clear error for whatever urllib3, ssl or the socket raised."""
    address = address_of(url)
    chain = causes(error)
    if bound.left < 0:
        return too_long(size, name)
    for cause in chain:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(cause, address, name)
        if "Fingerprints did not match" in str(cause):
            return DeviceUnreachable(
                f"{address} presents a certificate that is not the pinned one; its SHA-256 is {bound.presented}.",
                where=name,
                todo="Find out why first (renewed certificate, or somebody in between); then correct the pin.",
                code="tls_pin_differs",
            )
    if bound.over or any(isinstance(cause, TimeoutError) for cause in chain):
        return _timeout(bound, address, name, connect_timeout)
    for cause in chain:
        if isinstance(cause, ssl.SSLError) and not bound.connected:
            return _no_tls(cause, address, name)
        if isinstance(cause, socket.gaierror) or (isinstance(cause, UnicodeError) and "label" in str(cause)):
            return DeviceUnreachable(
                f"the name of {address} does not resolve.",
                where=name,
                todo="Correct the address or the DNS of this controller.",
                code="name_unknown",
            )
        if isinstance(cause, ConnectionRefusedError):
            return DeviceUnreachable(
                f"{address} refuses the connection: nothing listens there for us.",
                where=name,
                todo="Check address and port, and that the service is started.",
                code="connection_refused",
            )
    return _broken(chain, bound, address, name)


def _broken(chain: list[BaseException], bound: Bound, address: str, name: str) -> VpnPhoneError:
    kinds = {type(cause).__name__ for cause in chain}
    if "IncompleteRead" in kinds:
        return DeviceUnreachable(
            f"the answer of {address} is cut off.",
            where=name,
            todo="Run again; if it stays so, look at the server's log and at what stands in between.",
            code="answer_truncated",
        )
    if bound.connected and kinds & {"RemoteDisconnected", "ConnectionResetError", "BrokenPipeError", "SSLEOFError"}:
        return DeviceUnreachable(
            f"{address} closed the connection without an answer.",
            where=name,
            todo="Run again; if it stays so, look at the server's log and at what stands in between.",
            code="session_closed",
        )
    return DeviceUnreachable(
        f"no HTTP answer from {address}: {short(chain[-1])}.",
        where=name,
        todo="Is that the right port, and is the service started? Try `curl -v` from this controller.",
        code="http_failed",
    )


def _untrusted(cause: ssl.SSLCertVerificationError, address: str, name: str) -> VpnPhoneError:
    reason = short(Exception(cause.verify_message or cause.reason or "not verified"))
    if cause.verify_code in _EXPIRED:
        return DeviceUnreachable(
            f"the certificate of {address} is not valid now ({reason}).",
            where=name,
            todo="Renew it, or correct the clock of this controller; a pin accepts this very certificate all the same.",
            code="tls_expired",
        )
    if cause.verify_code in _WRONG_HOST:
        return DeviceUnreachable(
            f"the certificate of {address} is for another name ({reason}).",
            where=name,
            todo="Use the name that stands in the certificate as the address, or pin this certificate.",
            code="tls_wrong_host",
        )
    host, _, port = address.partition("://")[2].rpartition(":")
    return DeviceUnreachable(
        f"the certificate of {address} is not trusted ({reason}).",
        where=name,
        todo="Give the CA that signed it (a PEM file), or pin it by its SHA-256; compare with the server's own what "
        f"`openssl s_client -connect {host}:{port} </dev/null | openssl x509 -noout -fingerprint -sha256` shows.",
        code="tls_untrusted",
    )


def _no_tls(cause: ssl.SSLError, address: str, name: str) -> VpnPhoneError:
    reason = cause.reason or "UNKNOWN"
    if reason in _NO_TLS:
        what, todo = f"{address} does not speak TLS", "Check the port."
    else:
        what = f"no TLS connection with {address} ({short(Exception(reason))})"
        todo = "A server that speaks only TLS 1.0 or SHA-1: set vpnphone_tls_legacy: true for it; else see its log."
    return DeviceUnreachable(f"{what}.", where=name, todo=todo, code="tls_failed")


def _timeout(bound: Bound, address: str, name: str, connect_timeout: float) -> VpnPhoneError:
    if not bound.connected:
        return DeviceUnreachable(
            f"no connection with {address} within {connect_timeout:g} s.",
            where=name,
            todo="Check the route and the firewalls on the way; vpnphone_connect_timeout raises the limit.",
            code="timeout_connect",
        )
    what = "did not end its answer in time" if bound.over else f"sent nothing for {bound.idle:g} s"
    return DeviceUnreachable(
        f"{address} {what}.",
        where=name,
        todo="Look at the load of the server; vpnphone_command_timeout raises the limit.",
        code="timeout_command",
    )


def _target(location: str, address: str) -> str:
    """Where a redirect leads: the host, or the path on the same one."""
    try:
        host = urlsplit(location).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    if not host:
        return "another page of the same host" if location else "nowhere"
    told = short(Exception(host))
    return f"the same host ({told})" if address.endswith(f"//{host}") else told
