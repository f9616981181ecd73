"""The certificate management API of release 14 and later, on the platform's own port.

The form of snapshot/server follows a parser that was tried on release 15; that of snapshot/options, the texts of
answers, and the name of the store (`phone-vpn-trust` there, `phone-vpn` in uploads) are assumed [?].
"""

from __future__ import annotations

import json
from typing import Any, TypeGuard

from .axl import page
from .cluster import Cluster
from .http import Answer, Request
from .spec import VPN_TRUST
from .store import Held, Store, read_pem

BASE = "/platformcom/api/v1/certmgr/config/"
_SINCE = (14, 0)
_MOST = 100


class Rest:
    """Below BASE; every other path, and every path before release 14, is not there."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._services = {_service(store): store for store in cluster.stores.values()}

    async def answer(self, request: Request) -> Answer:
        if self._cluster.spec.release < _SINCE or not request.path.startswith(BASE):
            return page(404)
        account = self._cluster.spec.os_user
        if request.account() != (account.name, account.password):
            return page(401, WWW_Authenticate='Basic realm="CMPlatform Realm"')
        asked = (request.method, request.path.removeprefix(BASE))
        self._cluster.requests[f"{asked[0]} {asked[1][:60]}"] += 1
        if asked == ("GET", "snapshot/server"):
            return _json(200, self._snapshot())
        if asked == ("GET", "snapshot/options"):
            return _json(200, self._options())
        if asked == ("GET", "trust/certificates"):
            return _json(200, {"trusts": self._trusts()})
        if asked == ("POST", "trust/certificates"):
            return self._upload(request.body)
        known = asked[1] in ("snapshot/server", "snapshot/options", "trust/certificates")
        return page(405 if known else 404)

    def _snapshot(self) -> dict[str, Any]:
        identities = [
            {"service": name, "certificate": held.cert.pem}
            for name, store in self._services.items()
            if not store.trust
            for held in store.files.values()
        ]
        return {"identities": identities, "trusts": self._trusts()}

    def _trusts(self) -> list[dict[str, Any]]:
        """Stores without a certificate are left out."""
        return [
            {"service": name, "certificate_data": [_described(held) for held in store.files.values()]}
            for name, store in self._services.items()
            if store.trust and store.files
        ]

    def _options(self) -> dict[str, Any]:
        return {
            "identities": {"services": [name for name, store in self._services.items() if not store.trust]},
            "trusts": {"services": [name for name, store in self._services.items() if store.trust]},
        }

    def _upload(self, body: bytes) -> Answer:
        """Names of services come without `-trust`. An older certificate of the same CN is dropped without a word."""
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            return _refused("The request is not JSON.")
        if not isinstance(data, dict):
            return _refused("The request is not an object.")
        services, texts = data.get("service"), data.get("certificates")
        if not _texts(services) or not _texts(texts):
            return _refused("service and certificates are lists of texts.")
        stores = []
        for name in services:
            store = self._services.get(f"{name.lower()}-trust") or self._services.get(f"{name}-trust")
            if store is None:
                return _refused(f"Invalid service: {name[:60]}")
            stores.append(store)
        try:
            certificates = [read_pem(text) for text in texts]
        except ValueError:
            return _refused("Invalid certificate.")
        if self._cluster.fault("upload_refused"):
            return _refused(f"Trust certificates of {services[0][:60]} are not managed here")
        description = data.get("description")
        for store in stores:
            for cert in certificates:
                self._cluster.upload(store.name, cert, description if isinstance(description, str) else "")
        # Stored all the same: whoever uploads does not learn it.
        return (
            Answer(cut=True)
            if self._cluster.fault("upload_cut")
            else _json(201, {"messages": ["Successfully uploaded"]})
        )


def _service(store: Store) -> str:
    return store.name.lower() if store.name == VPN_TRUST else store.name


def _described(held: Held) -> dict[str, str]:
    return {"filename": held.file, "certificate": held.cert.pem, "description": held.description}


def _texts(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and 0 < len(value) <= _MOST and all(isinstance(text, str) for text in value)


def _json(status: int, data: Any) -> Answer:
    return Answer(status, json.dumps(data).encode(), "application/json")


def _refused(text: str) -> Answer:
    return _json(400, {"messages": [text]})
