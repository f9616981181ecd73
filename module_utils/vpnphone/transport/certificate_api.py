"""The certificate API of a node, release 14 and later: HTTP Basic with the platform account, JSON both ways.

That it takes certificates for Phone-VPN-trust, and under which name, is not established [?]: the name comes from the
node's own snapshot or options. No source tells how to delete by it, so nothing here does.
"""

from __future__ import annotations

import json
from types import TracebackType
from typing import Self

from ..errors import DeviceRefused
from ..questions import BY_KEY
from ..soap import shown
from .https import HttpClient
from .soap_client import Allowance

_SNAPSHOT = BY_KEY["snapshot_server"].text
_BASE = _SNAPSHOT.removesuffix("snapshot/server")
_TAKEN = frozenset((200, 201))
# With a reason in their body [K].
_REFUSED = frozenset((400, 404, 405, 409, 415, 422))
_FAILED = 500
MAX_WORDS = 64 * 1024


class CertificateApi:
    """Use as a context manager: its connection is closed in every case."""

    def __init__(self, http: HttpClient, base: str, name: str, allowance: Allowance) -> None:
        self._http, self._base, self._name, self._allowance = http, base, name, allowance

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def snapshot(self) -> bytes:
        """All certificates of the node."""
        return self._get(_SNAPSHOT)

    def options(self) -> bytes:
        """What the API takes; the form is not established [?]."""
        return self._get(f"{_BASE}snapshot/options")

    def _get(self, path: str) -> bytes:
        return self._http.get(self._base + path, limits=self._allowance.limits(self._name)).body

    def upload(self, service: str, pem: str, description: str) -> str:
        """One certificate into one store; service without "-trust". The node's own words, "" for none.

        DeviceRefused with code certificate_refused where the node says no. Every other error, and a yes, leave open
        whether it is there: an older certificate of the same name is dropped without a word. Read it back.
        """
        body = json.dumps({"service": [service], "certificates": [pem], "description": description}).encode()
        reply = self._http.request(
            "POST",
            f"{self._base}{_BASE}trust/certificates",
            body=body,
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            accept=_TAKEN | _REFUSED | {_FAILED},
            limits=self._allowance.limits(self._name)._replace(size=MAX_WORDS),
        )
        words = words_of(reply.body)
        if reply.status in _TAKEN:
            return words
        if reply.status == _FAILED:
            # It may have stored it first.
            raise DeviceRefused(
                f"the certificate API failed (500): {words or 'no reason is given'}.",
                where=self._name,
                todo="Look at the log of the platform's Tomcat; vpnphone_trust_method: cli takes the other way.",
                code="http_failed",
            )
        raise DeviceRefused(
            f"the certificate was refused ({reply.status}): {words or 'no reason is given'}.",
            where=self._name,
            todo="Try vpnphone_trust_method: cli, or manual; the name of the store is vpnphone_trust_service.",
            code="certificate_refused",
        )


def words_of(body: bytes) -> str:
    """`message`, or the first of `messages`; "" for anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(data, dict):
        return ""
    told = data.get("message")
    several = data.get("messages")
    if not isinstance(told, str) and isinstance(several, list) and several:
        told = several[0]
    return shown(told).rstrip(".") if isinstance(told, str) else ""
