"""One TLS handshake with exactly the offer of a phone, to see which certificate an ASA presents to it (F-013, F-015).

pyOpenSSL brings cryptography's own OpenSSL, so that the system's policy forbids nothing of what phones speak. Nothing
presented is trusted, and nothing is sent but the handshake. What is not the phone's own: the extensions of OpenSSL's
ClientHello, which no source tells of a phone.
"""

from __future__ import annotations

import re
import select
import socket
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from OpenSSL import SSL, crypto

from ..addresses import is_address
from ..errors import BadInput
from .reasons import short

# The lowest security level: MD5, SHA-1, small keys, TLS 1.0. It is looked at, not relied upon.
_LEVEL = "@SECLEVEL=0"
MAX_CHAIN = 20

_VERSIONS = {
    "TLSv1": SSL.TLS1_VERSION,
    "TLSv1.1": SSL.TLS1_1_VERSION,
    "TLSv1.2": SSL.TLS1_2_VERSION,
    "TLSv1.3": SSL.TLS1_3_VERSION,
}
_ORDER = tuple(_VERSIONS)
# Suites that need TLS 1.2: in an older handshake nobody can choose them.
_SINCE_12 = ("GCM", "CCM", "CHACHA20", "SHA256", "SHA384")

Status = Literal["ok", "alert", "refused", "timeout", "unreachable", "closed", "impossible"]


class Offer(NamedTuple):
    """versions: TLSv1, TLSv1.1, TLSv1.2, TLSv1.3; suites by OpenSSL's names, in the client's order."""

    versions: tuple[str, ...]
    suites: tuple[str, ...]


# [K] What browsers of today offer, in short: both key types, TLS 1.2 and 1.3.
BROWSER = Offer(
    ("TLSv1.2", "TLSv1.3"),
    (
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-RSA-AES128-SHA",
        "ECDHE-RSA-AES256-SHA",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
        "AES128-SHA",
        "AES256-SHA",
    ),
)


class Seen(NamedTuple):
    """What one handshake showed; chain: DER, as sent, leaf first. status as in model.Handshake."""

    status: Status
    detail: str = ""
    version: str = ""
    cipher: str = ""
    chain: tuple[bytes, ...] = ()

    @property
    def connected(self) -> bool:
        """There was somebody to talk to: the next offer is worth its while."""
        return self.status not in ("refused", "timeout", "unreachable")


class Target(NamedTuple):
    """host and port to dial; name: what the client asks for (SNI), "" for nothing."""

    host: str
    port: int
    name: str = ""


def target_of(url: str, connect_to: dict[str, str], *, sni: bool = True) -> Target:
    """Where a gateway URL leads. connect_to: `host:port` of the URL -> `host:port` to dial, as curl's --connect-to.

    BadInput for what is no https URL, or no place to dial.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        parts, host, port = urlsplit(""), "", 0
    if parts.scheme.lower() != "https" or not host or parts.username is not None or not url.isprintable():
        raise BadInput(
            f"{url[:200]!r} is no URL that a phone connects to.",
            todo="Expected https://HOST/PATH or https://HOST:PORT/PATH, as typed in CUCM's VPN gateway.",
        )
    name = host if sni and not is_address(host) else ""
    key = f"{host}:{port}"
    dial = next((to for where, to in connect_to.items() if where.strip(" ").lower().translate(_BARE) == key), key)
    to_host, _, to_port = dial.strip().rpartition(":")
    if not to_host or not to_port.isascii() or not to_port.isdecimal() or not 0 < int(to_port[:6]) < 65536:
        raise BadInput(
            f"{dial[:200]!r} is no place to connect to.",
            where=key,
            todo="vpnphone_connect_to maps host:port of a URL to host:port: {'vpn.example.com:443': '192.0.2.1:443'}.",
        )
    return Target(to_host.strip("[]"), int(to_port), name)


# IPv6 addresses stand in brackets in a URL, and in a map of places perhaps.
_BARE = str.maketrans("", "", "[]")


# --- what can be offered --------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def _is_available(suite: str) -> bool:
    """This OpenSSL has the suite, and the name means it alone (`ALL`, `HIGH` would mean many)."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    thirteen = suite.startswith("TLS_")
    try:
        if thirteen:
            context.set_tls13_ciphersuites(suite.encode("ascii"))
        else:
            context.set_cipher_list(f"{suite}:{_LEVEL}".encode("ascii"))
    except (SSL.Error, UnicodeEncodeError, ValueError):
        return False
    listed = SSL.Connection(context, None).get_cipher_list()
    return [name for name in listed if name.startswith("TLS_") is thirteen] == [suite]


def _is_usable(suite: str, versions: Sequence[str]) -> bool:
    """Could anybody choose it in one of the versions."""
    if suite.startswith("TLS_"):
        return "TLSv1.3" in versions
    if any(mark in suite for mark in _SINCE_12):
        return "TLSv1.2" in versions
    return any(version != "TLSv1.3" for version in versions)


def why_impossible(offer: Offer) -> str:
    """Why this controller cannot make the offer, "" where it can.

    A suite that is missing here may be left out only where nobody could choose it: else the ASA, which might choose
    it, would answer something else than it answers the phone.
    """
    strange = [version for version in offer.versions if version not in _VERSIONS]
    if strange or not offer.versions:
        return f"{strange[0][:40]!r} is no TLS version" if strange else "the offer names no TLS version"
    usable = [suite for suite in offer.suites if _is_usable(suite, offer.versions)]
    lacking = [suite for suite in usable if not _is_available(suite)]
    if lacking:
        return f"this controller's OpenSSL lacks {', '.join(suite[:60] for suite in lacking[:10])}"
    for version in offer.versions:
        if not any(_is_usable(suite, (version,)) for suite in usable):
            return f"the offer has no suite for {version}"
    if "TLSv1.3" in offer.versions and _gap(offer):
        return f"this controller's OpenSSL cannot offer TLSv1.3 without {_gap(offer)}"
    return ""


def _gap(offer: Offer) -> str:
    """A version that is missing between two of the offer."""
    places = sorted(_ORDER.index(version) for version in offer.versions)
    return next((_ORDER[place] for place in range(places[0], places[-1]) if place not in places), "")


def _context(offer: Offer) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    # Up to TLS 1.2 a client says its highest version only, so a gap below it changes nothing of the ClientHello.
    numbers = sorted(_VERSIONS[version] for version in offer.versions)
    context.set_min_proto_version(numbers[0])
    context.set_max_proto_version(numbers[-1])
    usable = [suite for suite in offer.suites if _is_usable(suite, offer.versions)]
    old = [suite for suite in usable if not suite.startswith("TLS_")]
    # The level holds for TLS 1.3 as well; without an older suite the list is not sent.
    context.set_cipher_list(":".join([*(old or ["AES128-SHA"]), _LEVEL]).encode("ascii"))
    if "TLSv1.3" in offer.versions:
        context.set_tls13_ciphersuites(":".join(suite for suite in usable if suite.startswith("TLS_")).encode("ascii"))
    # What is presented is what we came to see, trusted or not.
    context.set_verify(SSL.VERIFY_NONE)
    # Once, like a phone that connects anew.
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_options(SSL.OP_NO_TICKET)
    return context


# --- the handshake --------------------------------------------------------------------------------------------------


def shake(target: Target, offer: Offer, *, connect: float = 10, total: float = 20) -> Seen:
    """One handshake, then the connection is closed. Seconds: for the connection, and for all of it.

    A certificate that was presented counts, whatever came after it: an ASA may want a client certificate next.
    """
    impossible = why_impossible(offer)
    if impossible:
        return Seen("impossible", impossible)
    deadline = time.monotonic() + total
    try:
        connection_socket = socket.create_connection((target.host, target.port), timeout=min(connect, total))
    except TimeoutError:
        return Seen("timeout", f"no connection within {min(connect, total):g} s")
    except ConnectionRefusedError:
        return Seen("refused", "nothing listens there for this controller")
    except socket.gaierror:
        return Seen("unreachable", f"the name {target.host[:80]} does not resolve")
    except (OSError, UnicodeError, OverflowError) as error:
        return Seen("unreachable", short(error))
    with connection_socket:
        connection_socket.setblocking(False)
        connection = SSL.Connection(_context(offer), connection_socket)
        if target.name:
            try:
                connection.set_tlsext_host_name(target.name.encode("idna"))
            except (UnicodeError, SSL.Error):
                return Seen("impossible", f"{target.name[:80]} is no name that a client can ask for")
        connection.set_connect_state()
        status, detail = _handshake(connection, connection_socket, deadline)
        seen = _seen(connection, status, detail)
        if seen.version and seen.version not in offer.versions:
            return Seen("closed", f"it chose {seen.version}, which is not in the offer: a phone ends there")
        return seen


def _handshake(connection: SSL.Connection, connection_socket: socket.socket, deadline: float) -> tuple[Status, str]:
    while True:
        try:
            connection.do_handshake()
            return "ok", ""
        except SSL.WantReadError:
            waiting: tuple[list[socket.socket], list[socket.socket]] = ([connection_socket], [])
        except SSL.WantWriteError:
            waiting = ([], [connection_socket])
        except SSL.ZeroReturnError:
            return "closed", "the other side closed the connection"
        except SSL.SysCallError:
            return "closed", "the connection was cut during the handshake"
        except SSL.Error as error:
            return _failed(error)
        left = deadline - time.monotonic()
        if left <= 0 or not any(select.select(*waiting, [], left)):
            return "timeout", "the handshake did not end in time"


# OpenSSL's words for an alert that came in ("tlsv1 unrecognized name", too); its own complaints begin otherwise.
_ALERT = re.compile("(?:(?:ssl/)?tls alert|(?:sslv3|tlsv1|tlsv13)(?: alert)?) (?P<name>.+)")


def _failed(error: SSL.Error) -> tuple[Status, str]:
    """An alert of the other side, or what OpenSSL did not like of its answer."""
    stack = error.args[0] if error.args and isinstance(error.args[0], list) else []
    reasons = [str(entry[-1]) for entry in stack if entry]
    reason = short(Exception(reasons[-1] if reasons else "the handshake failed"))
    alert = _ALERT.fullmatch(reason)
    if alert:
        return "alert", alert["name"]
    if "eof" in reason or "wrong version number" in reason or "packet length" in reason or "record" in reason:
        return "closed", f"no TLS answer ({reason})"
    return "closed", f"the answer was not taken ({reason})"


def _seen(connection: SSL.Connection, status: Status, detail: str) -> Seen:
    chain = connection.get_peer_cert_chain() or []
    if not chain:
        return Seen("closed", "no certificate was presented") if status == "ok" else Seen(status, detail)
    sent = tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, found) for found in chain[:MAX_CHAIN])
    if status == "alert":
        detail = f"the certificate was presented; then the ASA ended the handshake: {detail}"
    elif status != "ok":
        detail = f"the certificate was presented; then: {detail}"
    return Seen("ok", detail, connection.get_protocol_version_name(), connection.get_cipher_name() or "", sent)
