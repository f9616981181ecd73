"""The certificates that a context's listeners can present, and the TLS contexts that go with them."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from .. import certs
from ..certs import Cert
from ..device import Context, Device
from ..release import EC_SUITES
from . import groups
from .choice import Choice, chain_of, choose
from .hello import ClientHello
from .settings import SslSettings, ssl_settings, trustpoints_for
from .stream import available, new_context

TEMPORARY_NAME = "CN=ASA Temporary Self Signed Certificate"
_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "group19": ec.SECP256R1, "group20": ec.SECP384R1, "group21": ec.SECP521R1,
}  # fmt: skip
# Their numbers in a ClientHello.
_NUMBERS = {"group19": 23, "group20": 24, "group21": 25}


class Certificates:
    """Of one context. Nothing is made before a client asks for it, and nothing outlives a change of the context."""

    def __init__(self, device: Device, context: Context, temporary: dict[str, Cert], folder: Path) -> None:
        """temporary: shared by the contexts of a device; folder: where files with public parameters may lie."""
        self._device, self._context, self._temporary, self._folder = device, context, temporary, folder
        self._revision = -1
        self._settings: SslSettings | None = None
        self._made: dict[tuple[str, ...], SSL.Context] = {}

    def settings(self) -> SslSettings:
        """What the configuration says now."""
        if self._settings is None or self._revision != self._context.revision:
            self._settings, self._revision = ssl_settings(self._context), self._context.revision
            self._made.clear()
        return self._settings

    def temporary(self, kind: str) -> Cert:
        """The self-signed certificate of that kind, made anew at every start of the lab (C18: as an ASA does)."""
        if kind not in self._temporary:
            began = (datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0)
            self._temporary[kind] = certs.build(
                certs.parse_name(TEMPORARY_NAME),
                certs.pooled_key("ec256" if kind == "ec" else "rsa2048", "temporary"),
                not_before=began,
                not_after=began + timedelta(days=3650),
                serial=secrets.randbits(31) + 1,
            )
        return self._temporary[kind]

    def choose(self, version: str, hello: ClientHello, interface: str, *, virtual: bool) -> Choice | None:
        """What is presented to a client that arrives there, and the suites that both sides can use with it."""
        names = trustpoints_for(self._context, interface, virtual=virtual, server_name=hello.server_name)
        stores = [self._context.trustpoints[name] for name in names if name in self._context.trustpoints]
        bound = [store.identity for store in stores if store.identity]
        fixed = self._device.spec.ecdsa_fixed or self._device.release < EC_SUITES
        settings = self.settings()
        shared = [name for name in settings.tls[version] if name in hello.suites and available(name)]
        if settings.curve and hello.curves is not None and _NUMBERS[settings.curve] not in hello.curves:
            shared = [name for name in shared if not name.startswith("ECDHE-")]
        return choose(shared, bound, self.temporary, fixed=fixed)

    def chain(self, choice: Choice) -> tuple[Cert, ...]:
        """As sent: the leaf, then those CA certificates of the trustpoints that lead up from it."""
        held = [store.ca for store in self._context.trustpoints.values() if store.ca]
        return chain_of(choice.cert, held)

    def tls(self, version: str, choice: Choice) -> SSL.Context:
        """A context that can settle on nothing else than that version, that certificate and the first of the suites.

        It is the ASA's order that counts: in the document's log it chose AES128-SHA although the phone named AES256-SHA
        first.
        """
        settings = self.settings()
        key = (version, choice.cert.sha1, choice.suites[0])
        if key not in self._made:
            self._made[key] = self._new(version, choice, settings)
        return self._made[key]

    def _new(self, version: str, choice: Choice, settings: SslSettings) -> SSL.Context:
        suite = choice.suites[0]
        context = new_context((version,), (suite,))
        leaf, *above = self.chain(choice)
        context.use_certificate(leaf.x509)
        if leaf.key is not None:
            context.use_privatekey(leaf.key)
        for cert in above:
            context.add_extra_chain_cert(cert.x509)
        if suite.startswith("DHE-"):
            context.load_tmp_dh(str(groups.parameters(self._folder, settings.group)))
        if suite.startswith("ECDHE-"):
            context.set_tmp_ecdh(_CURVES[settings.curve]())
        for store in self._context.trustpoints.values():
            if store.ca is not None:
                context.add_client_ca(store.ca.x509)
        # The certificate is wished for, never demanded; whether it is good is for the login to say.
        context.set_verify(SSL.VERIFY_PEER, lambda *_: True)
        return context
