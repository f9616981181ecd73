"""A cluster of simulated phones with a clock of its own, and a renewal whose stage apply is next. Self-made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ansible.module_utils.vpnphone.change_cucm import Seen
from ansible.module_utils.vpnphone.controls.site_context import SiteContext
from ansible.module_utils.vpnphone.errors import DeviceUnreachable, VpnPhoneError
from ansible.module_utils.vpnphone.model import X509, CucmState, PhoneState, PhoneWeb, Registration, Source, VpnGateway
from ansible.module_utils.vpnphone.model.renewal import (
    AsaRenewal,
    ClusterRenewal,
    GatewayNote,
    Journal,
    PhoneRenewal,
    TargetStage,
)
from ansible.module_utils.vpnphone.phone_stages import ApplyWork, with_cards
from ansible.module_utils.vpnphone.renewal.flow import run_stage
from ansible.module_utils.vpnphone.renewal.journal import create_journal, open_journal, update
from ansible.module_utils.vpnphone.renewal.stages import needed_before, target_stage, with_target_stage
from ansible.module_utils.vpnphone.renewal.store import note_of
from ansible.module_utils.vpnphone.soap import read_envelope
from ansible.module_utils.vpnphone.transport.soap_client import SoapFault
from msgspec.structs import replace

from tests.unit.cucm import soap_texts as soap
from tests.unit.predict.builders import (
    CLUSTER,
    HOLDS,
    ISSUING,
    LEAF,
    NEW_LEAF,
    NOW,
    URL,
    asa,
    bind,
    cucm,
    hold,
    listed,
    member,
    probe,
    registered,
    seconds,
    served,
    site,
    trusted,
    unit,
    vpn,
    web,
)
from tests.unit.predict.builders import line as message
from tests.unit.renewal import builders

NAMES = tuple(f"SEP0011223344{number:02X}" for number in range(1, 9))
NODES = ("cucm-pub", "cucm-tftp2")
CANARY = "c4nary-s3cret"
OLD, BOTH, NEW = (LEAF.pin,), (LEAF.pin, NEW_LEAF.pin), (NEW_LEAF.pin,)


class Killed(BaseException):
    """The controller is gone; nothing catches it."""


@dataclass
class SimPhone:
    """delay: seconds from the apply until it is back with its new file; None: never. ignores: it does nothing."""

    name: str
    online: bool = True
    delay: float | None = 30
    ignores: bool = False
    pages: bool = True
    method: int = 2
    stale: tuple[str, ...] = ()
    asks: tuple[str, ...] = NODES
    # How long after the apply a node serves the new file.
    node_delay: float = 0
    since: datetime = NOW - timedelta(hours=20)
    fetched: datetime = NOW - timedelta(hours=20, seconds=5)
    files: dict[str, tuple[tuple[str, ...], datetime]] = field(default_factory=dict)


class FakeGround:
    """The other end of stage apply. pins: what the gateways list now; told: every word that was sent, in order.

    looks, read: whose files and whose pages were asked, look by look.
    """

    def __init__(self, *names: str) -> None:
        self.clock = NOW
        self.pins = BOTH
        built = NOW - timedelta(hours=21)
        self.sims = {name: SimPhone(name, files=dict.fromkeys(NODES, (OLD, built))) for name in names}
        self.told: list[tuple[str, str]] = []
        self.looks: list[tuple[str, ...]] = []
        self.read: list[tuple[str, ...]] = []
        self.errors: dict[str, VpnPhoneError] = {}
        self.trouble: list[VpnPhoneError | None] = []
        self.on_tell: Callable[[str], None] = lambda _name: None
        self.on_sleep: Callable[[], None] = lambda: None
        self._events: list[tuple[datetime, Callable[[], None]]] = []

    def __getitem__(self, name: str) -> SimPhone:
        return self.sims[name]

    def now(self) -> datetime:
        return self.clock

    def sleep(self, seconds: float) -> None:
        self.on_sleep()
        self.clock += timedelta(seconds=seconds)
        self._happen()

    def _happen(self) -> None:
        due = sorted((one for one in self._events if one[0] <= self.clock), key=lambda one: one[0])
        self._events = [one for one in self._events if one[0] > self.clock]
        for _, act in due:
            act()

    def later(self, delay: float, act: Callable[[], None]) -> None:
        self._events.append((self.clock + timedelta(seconds=delay), act))

    def registrations(self, names: Sequence[str]) -> dict[str, Registration]:
        error = self.trouble.pop(0) if self.trouble else None
        if error is not None:
            raise error
        return {name: self._registration(self.sims[name]) for name in names if name in self.sims}

    def _registration(self, sim: SimPhone) -> Registration:
        return registered(sim.name, status="Registered" if sim.online else "UnRegistered", since=sim.since)

    def files(self, names: Sequence[str]) -> dict[str, PhoneState]:
        self.looks.append(tuple(names))
        return {name: self._files(self.sims[name]) for name in names}

    def _files(self, sim: SimPhone) -> PhoneState:
        name = f"{sim.name}.cnf.xml.sgn"
        files = tuple(
            served(vpn(cert_hashes=pins, auth_method=sim.method), node=node, name=name, built_at=built)
            for node, (pins, built) in sim.files.items()
        )
        return PhoneState(name=sim.name, cucm=CLUSTER, files=files, gathered_at=self.clock)

    def pages(self, names: Sequence[str], there: Mapping[str, Registration]) -> dict[str, PhoneWeb]:
        self.read.append(tuple(names))
        assert set(names) <= {name for name, found in there.items() if found.status == "Registered"}
        return {name: self._page(self.sims[name]) for name in names if self.sims[name].pages}

    def _page(self, sim: SimPhone) -> PhoneWeb:
        asked = {f"TFTP Server {number}": node for number, node in enumerate(sim.asks, 1)}
        return web(
            message(f"{sim.name}.cnf.xml.sgn", NOW - sim.fetched), read_at=self.clock, clock=seconds(self.clock),
            network=asked,
        )  # fmt: skip

    def act(self, names: Sequence[str], mode: str) -> Iterator[tuple[str, VpnPhoneError | None]]:
        for name in names:
            self.on_tell(name)
            error = self.errors.get(name)
            if error is None or error.code == "session_closed":
                self.told.append((mode, name))
                self._obey(self.sims[name])
            yield name, error

    def _obey(self, sim: SimPhone) -> None:
        built = self.clock
        for node in NODES:
            if node not in sim.stale:
                self.later(sim.node_delay, lambda node=node: sim.files.update({node: (self.pins, built)}))
        if not sim.node_delay:
            self._happen()
        if sim.ignores or not sim.online:
            return
        sim.online, sim.since = False, self.clock
        if sim.delay is not None:
            self.later(sim.delay, lambda: self.come_back(sim))

    def come_back(self, sim: SimPhone) -> None:
        sim.online, sim.fetched, sim.since = True, self.clock, self.clock


def refusal(text: str = "Item not valid") -> SoapFault:
    fault = read_envelope(soap.fault(text)).fault
    assert fault is not None
    return SoapFault(fault, where=CLUSTER)


def lost(code: str) -> VpnPhoneError:
    return DeviceUnreachable("the connection is gone.", where=CLUSTER, todo="Look.", code=code)


def one_asa(**changes: Any) -> AsaRenewal:
    fields = {"old": note_of(LEAF), "new": note_of(NEW_LEAF), "old_trustpoint": "VPN"} | changes
    return builders.asa("asa1", **fields)


def gateway(*members: X509) -> VpnGateway:
    return VpnGateway(name="GW1", url=URL, certificates=tuple(member(one) for one in members))


def cluster_state(*members: X509, held: tuple[X509, ...] = (LEAF, NEW_LEAF), **sections: Any) -> CucmState:
    """What the cluster shows when it is asked again: its gateways, its store."""
    state = cucm(gateways=(gateway(*(members or (LEAF, NEW_LEAF))),), **sections)
    others = tuple(one for one in state.trust or () if one.store != "Phone-VPN-trust")
    sources = state.sources | {"trust": Source(command="executeSQLQuery (certificate)", status="ok")}
    return replace(state, trust=(*(trusted(one) for one in held), *others), sources=sources)


class Bench:
    """A renewal's directory, its cluster, and the stage."""

    def __init__(self, directory: Path, *names: str, **changes: Any) -> None:
        self.directory = directory
        self.ground = FakeGround(*(names or NAMES[:4]))
        self.state = cluster_state()
        self.device = bind(
            hold(asa(), *HOLDS, ("NEW", "identity", NEW_LEAF), ("NEW", "ca", ISSUING)), ("VPN", "outside")
        )
        self.device = msgspec.structs.replace(self.device, gathered_at=NOW)
        self.probes: tuple[Any, ...] = (probe(),)
        create_journal(directory, self._journal(**changes))

    def _journal(self, **changes: Any) -> Journal:
        notes = {"GW1": GatewayNote(name="GW1", url=URL, asas=("asa1",))}
        base: dict[str, Any] = {
            "asas": {"asa1": one_asa()},
            "clusters": {CLUSTER: ClusterRenewal(name=CLUSTER, gateways=notes)},
            "phones": {name: self.phone_of(name) for name in self.ground.sims},
        }
        book = builders.journal(**(base | changes))
        for stage, name in needed_before(book, "apply", CLUSTER):
            book = with_target_stage(book, stage, name, TargetStage(status="done", at=NOW))
        return book

    @staticmethod
    def phone_of(name: str, **changes: Any) -> PhoneRenewal:
        return builders.phone(name, **({"asas": ("asa1",), "cluster": CLUSTER} | changes))

    # --- what is asked of it ------------------------------------------------------------------------------------------

    def base(self) -> SiteContext:
        phones = tuple(listed(name) for name in self.ground.sims)
        whole = cucm(phones=phones, trust=self.state.trust, registrations=())
        # ASAs with a clock of their own follow the controller's.
        return site(unit(self.device, *self.probes), cluster=whole, phones=())

    def run(self, *, check: bool = False, **options: Any) -> dict[str, Any]:
        params: dict[str, Any] = {
            "approval": "", "approved_by": "", "cleanup": False, "mode": "apply", "batch_size": 25, "canaries": [],
            "include_aaa": [], "max_failures": 0, "proof_timeout": 900, "settle_timeout": 120, "offline_after": 120,
            "poll_seconds": 10, "grace_days": 7, "unit": "", "language": "en",
        } | options  # fmt: skip
        work = ApplyWork(self.ground, self.base(), lambda: Seen(self.state, "", ""), self.directory, params)
        make, stage = (work.cleanup, "cleanup") if params["cleanup"] else (work.apply, "apply")
        how: dict[str, Any] = {
            "approval": params["approval"], "approved_by": params["approved_by"], "check_mode": check
        }  # fmt: skip
        return with_cards(work, lambda: run_stage(self.directory, make, (stage, CLUSTER), **how))

    def approved(self, **options: Any) -> dict[str, Any]:
        token = self.run(check=True, **options)["token"]
        return self.run(approval=token, approved_by="J. Doe", **options)

    # --- what stands --------------------------------------------------------------------------------------------------

    @property
    def book(self) -> Journal:
        return open_journal(self.directory)

    def stage(self, name: Any = "apply") -> TargetStage:
        return target_stage(self.book, name, CLUSTER)

    @property
    def proofs(self) -> dict[str, str]:
        return {name: one.proof for name, one in sorted(self.book.phones.items())}

    def change(self, change: Callable[[Journal], Journal]) -> None:
        update(self.directory, change, by="test")

    def change_phone(self, name: str, **fields: Any) -> None:
        self.change(lambda book: replace(book, phones=book.phones | {name: replace(book.phones[name], **fields)}))

    @property
    def told(self) -> list[str]:
        return [name for _, name in self.ground.told]

    @property
    def cards(self) -> list[str]:
        return sorted(path.stem for path in (self.directory / "files" / "cards").glob("*.md"))


def refused(bench: Bench, **options: Any) -> VpnPhoneError:
    with pytest.raises(VpnPhoneError) as raised:
        bench.approved(**options)
    return raised.value
