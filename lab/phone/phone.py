"""One phone: what it holds, its tunnel, what it writes down."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from .. import certs
from ..certs import Cert
from ..cucm.cluster import SIGNED, Cluster
from ..device import Context
from ..headend.listener import Listener
from ..headend.site import Headends
from ..scenario import SessionSpec, duration
from . import fetch, held
from .console import Console, StatusMessages
from .dial import Caller, Dialer
from .faults import PhoneFault, PhoneFaultSpec, PhoneFaultState
from .held import HeldFile
from .models import Model
from .outcome import PhoneOutcome
from .spec import PhoneSpec

OFFLINE = PhoneOutcome(connected=False, reason="offline", detail="the phone is switched off")
NO_FILE = PhoneOutcome(connected=False, reason="no-file", detail="the phone has never got its file")
NO_VPN_GROUP = PhoneOutcome(connected=False, reason="no-vpn-group", detail="its file has no vpnGroup")


class Phone:
    """Everything it does happens in the lab's loop, one thing at a time."""

    def __init__(
        self, spec: PhoneSpec, model: Model, cluster: Cluster, headends: Headends, issuer: Cert | None, campus_ip: str
    ) -> None:
        """issuer: signs the phone's own certificate (LSC or MIC); campus_ip: its address where it is on site."""
        self.spec, self.name, self.model, self.cluster = spec, spec.name, model, cluster
        offset = duration(spec.clock_offset)
        self.log = Console(stamped=model.console == "old", seed=spec.name, offset=offset)
        self.status = StatusMessages(offset)
        self.held: HeldFile | None = None
        self.online = spec.online
        self.faults = [PhoneFaultState(fault, fault.count) for fault in spec.faults]
        self.outcome = OFFLINE if not spec.online else NO_FILE
        self._headends, self._issuer, self._campus_ip = headends, issuer, campus_ip
        self._tunnel: tuple[Listener, str, str] | None = None
        self._own: Cert | None = None

    @property
    def product(self) -> str:
        """CP-7962G; with the name behind it, it is the CN of the phone's certificate."""
        return f"CP-{self.spec.model}"

    @property
    def user(self) -> str:
        return f"{self.product}-{self.name}"

    @property
    def connected(self) -> bool:
        """It has a session on an ASA; one that the ASA has ended meanwhile is none."""
        if self._tunnel is None:
            return False
        listener, user, address = self._tunnel
        return any((s.user, s.assigned_ip) == (user, address) for s in listener.context.sessions)

    @property
    def reachable(self) -> bool:
        """The cluster reaches it: over its tunnel, or on the campus."""
        return self.online and (self.connected or self.spec.onsite)

    @property
    def known(self) -> frozenset[str] | None:
        """The only leaf certificates that it takes; None: any."""
        return next((fault.known for fault in self.faults if fault.spec.kind == "phone_refuses_new"), None)

    def fault(self, kind: PhoneFault) -> PhoneFaultSpec | None:
        """One that strikes now."""
        return next((fault.spec for fault in self.faults if fault.spec.kind == kind and fault.strikes()), None)

    def lost(self, context: Context, gone: Collection[SessionSpec]) -> bool:
        """Whether its tunnel is among sessions that an ASA has ended."""
        if self._tunnel is None:
            return False
        listener, user, address = self._tunnel
        return listener.context is context and any((s.user, s.assigned_ip) == (user, address) for s in gone)

    @property
    def address(self) -> str:
        """Where the cluster knows it: the tunnel's address, or the campus one; "" where neither is."""
        if self.connected and self._tunnel is not None:
            return self._tunnel[2]
        return self._campus_ip if self.online and self.spec.onsite else ""

    @property
    def nodes(self) -> tuple[str, ...]:
        """The TFTP servers it asks, in order."""
        return self.spec.tftp or tuple(node.name for node in self.cluster.nodes.values() if node.tftp)

    # --- its file -----------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """What happened before the lab began: it has its file, an older one where the scenario says so."""
        if self.spec.holds is None:
            if self.online:
                await self.fetch()
            return
        built = next((node.files[self.name] for node in self.cluster.nodes.values() if self.name in node.files), None)
        if built is not None:
            self.held = held.read(built.content)

    def hold(self, pins: frozenset[bytes]) -> None:
        """Have these hashes in the file that it holds."""
        if self.held is not None and self.held.vpn is not None:
            vpn = held.with_pins(self.held.vpn, pins)
            self.held = HeldFile(vpn, self.held.web)

    async def fetch(self) -> None:
        """Ask the nodes one after the other; without an answer it keeps what it has."""
        for tried in await fetch.fetch(self.cluster, self.name, self.nodes):
            if tried.file is not None:
                self.status.add("Trust List Updated")
                self.status.add(f"{self.name}{SIGNED}")
                self.held = tried.file
                return
            self.status.add("Trust List Update Failed")
            word = {"timeout": "Timeout", "refused": "Timeout"}.get(tried.status, "Error")
            self.status.add(f"TFTP {word} : {tried.name}")

    # --- its tunnel ---------------------------------------------------------------------------------------------------

    def power(self, on: bool) -> None:
        """Switched on, it has done nothing yet."""
        self.online = on
        if not on:
            self.drop()
            self.outcome = OFFLINE

    async def connect(self) -> PhoneOutcome:
        """Drop the tunnel and try every URL of the file it holds, until one works."""
        self.drop()
        self.outcome = await self._connect()
        self._register()
        return self.outcome

    async def _connect(self) -> PhoneOutcome:
        if not self.online:
            return OFFLINE
        if self.held is None:
            return NO_FILE
        if self.held.vpn is None or not self.held.vpn.urls:
            return NO_VPN_GROUP
        dialer = Dialer(self._headends, self._caller(), self.log)
        first: PhoneOutcome | None = None
        for url in self.held.vpn.urls:
            outcome, listener = await dialer.attempt(url, self.held.vpn)
            if listener is not None:
                self._tunnel = (listener, outcome.user, outcome.address)
                return outcome
            first = first or outcome
        return first or NO_VPN_GROUP

    def drop(self) -> None:
        """The tunnel ends, and with it the session on the ASA."""
        if self._tunnel is not None:
            listener, user, address = self._tunnel
            self._tunnel = None
            listener.end_session(user, address)
            self.log.write("vpn_stop: de-activating vpn")
        if self.cluster.registered(self.name):
            self.cluster.unregister(self.name)

    def _register(self) -> None:
        if self.address:
            self.cluster.register(self.name, self.address, datetime.now(UTC), self.nodes[0] if self.nodes else "")

    def _caller(self) -> Caller:
        spec = self.spec
        return Caller(self.name, self.model, spec.public_ip, self._certificate(), spec.user, spec.password, self.known)

    def _certificate(self) -> Cert | None:
        """The phone's own one, made when it is first shown. All phones of a lab share a key."""
        if self._own is None and self._issuer is not None:
            now = datetime.now(UTC).replace(microsecond=0)
            until = now + duration(self.spec.certificate_valid_to)
            self._own = certs.build(
                certs.parse_name(f"CN={self.user},OU=Phones,O=Example Corp"),
                certs.pooled_key("rsa2048", "phone"),
                issuer=self._issuer,
                not_before=min(now, until) - timedelta(days=30),
                not_after=until,
            )
        return self._own
