"""All phones of a lab."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from ..certs import Cert
from ..cucm.cluster import Cluster
from ..device import Context
from ..headend.site import Headends
from ..scenario import Scenario, ScenarioError, SessionSpec
from .faults import PhoneFaultSpec, PhoneFaultState
from .lockouts import Lockouts
from .models import models
from .outcome import PhoneOutcome
from .phone import Phone
from .prospect import presented
from .web import WebPages

# Phones that act at a time; one does one thing after the other.
_AT_ONCE = 32

Act = Callable[[Phone], Awaitable[None]]


class NoSuchPhone(Exception):
    """A name that no phone of the lab has."""


class Fleet:
    """At the start phones connect in the order of the scenario: so their addresses are the same every time."""

    def __init__(
        self, scenario: Scenario, clusters: Mapping[str, Cluster], certs: Mapping[str, Cert], headends: Headends
    ) -> None:
        """Raises ScenarioError for a model that the lab does not know, and an issuer that cannot sign."""
        self.phones: dict[str, Phone] = {}
        self.web: dict[str, WebPages] = {}
        self._certs, self._clusters, self._headends = certs, clusters, headends
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()
        self._returning: dict[str, asyncio.Task[None]] = {}
        self._reports, self._writers = 0, dict[str, Callable[[], None]]()
        known = models()
        for index, spec in enumerate(scenario.phones):
            key = f"phones.{spec.name}"
            if spec.model not in known:
                raise ScenarioError("scenario", f"{key}.model", f"one of {', '.join(known)}, not {spec.model!r}")
            issuer = certs[spec.issuer] if spec.certificate != "none" else None
            if issuer is not None and issuer.key is None:
                raise ScenarioError("scenario", f"{key}.issuer", "a certificate whose key the lab has made")
            campus = f"10.250.{index // 250}.{index % 250 + 1}"
            phone = Phone(spec, known[spec.model], clusters[spec.cucm], headends, issuer, campus)
            self.phones[spec.name] = phone
            self.web[spec.name] = WebPages(phone)
        self._turns = {name: asyncio.Lock() for name in self.phones}
        self.lockouts = Lockouts(self.phones, headends)
        for cluster in clusters.values():
            cluster.on_apply.append(self._told)
        for headend in headends.of.values():
            headend.device.on_end = self._ended

    async def start(self) -> None:
        """Every phone has its file, then those that are on connect, one after the other."""
        with self._one_report():
            for phone in self.phones.values():
                await phone.start()
                if phone.spec.holds is not None:
                    phone.hold(frozenset(bytes.fromhex(self._certs[name].sha1) for name in phone.spec.holds))
                await self._follow_file(phone)
                for fault in phone.faults:
                    self._begin(phone, fault)
            for phone in self.phones.values():
                await self._dial(phone)
        self.lockouts.watch()

    # --- what phones are made to do ---------------------------------------------------------------------------------

    async def connect(self, names: Iterable[str] | None = None) -> dict[str, PhoneOutcome]:
        """Each drops its tunnel and tries anew with the file it holds. Raises NoSuchPhone."""
        return await self._all(names, self._dial)

    async def apply(self, names: Iterable[str] | None = None) -> dict[str, PhoneOutcome]:
        """Those that the cluster reaches fetch their file and connect anew; the others stay as they are."""
        return await self._all(names, self._refetch)

    async def power(self, names: Iterable[str], *, on: bool) -> dict[str, PhoneOutcome]:
        """Switch phones on, which fetch their file on the campus and connect, or off. Raises NoSuchPhone."""

        async def switch(phone: Phone) -> None:
            if phone.online == on:
                return
            phone.power(on)
            if on:
                await self._dial(phone)
                await self._refetch(phone)
            await self._follow_file(phone)
            self.lockouts.look(phone)

        return await self._all(names, switch)

    async def _all(self, names: Iterable[str] | None, act: Act) -> dict[str, PhoneOutcome]:
        """All at the same time, each in its turn."""
        wanted = self._named(names)
        with self._one_report():
            await asyncio.gather(*(self._in_turn(phone, act) for phone in wanted))
        return {phone.name: phone.outcome for phone in wanted}

    async def _in_turn(self, phone: Phone, act: Act) -> None:
        async with self._turns[phone.name], self._room:
            await act(phone)

    async def _dial(self, phone: Phone) -> None:
        self.lockouts.connected(phone, await phone.connect())

    async def _refetch(self, phone: Phone) -> None:
        if phone.reachable:
            await phone.fetch()
            await self._follow_file(phone)
            self.lockouts.look(phone)
            await self._dial(phone)

    @contextmanager
    def _one_report(self) -> Iterator[None]:
        """The clusters' state files are written once at the end: each holds every phone, and many phones act here."""
        self._reports += 1
        if self._reports == 1:
            self._writers = {name: cluster.on_change for name, cluster in self._clusters.items()}
            for cluster in self._clusters.values():
                cluster.on_change = lambda: None
        try:
            yield
        finally:
            self._reports -= 1
            if self._reports == 0:
                for name, cluster in self._clusters.items():
                    cluster.on_change = self._writers[name]
                    if cluster.dirty:
                        cluster.on_change()

    def outcomes(self, names: Iterable[str] | None = None) -> dict[str, PhoneOutcome]:
        """How each stands, without doing anything. Raises NoSuchPhone."""
        return {phone.name: phone.outcome for phone in self._named(names)}

    def _named(self, names: Iterable[str] | None) -> list[Phone]:
        if names is None:
            return list(self.phones.values())
        wanted = list(dict.fromkeys(names))
        unknown = [name for name in wanted if name not in self.phones]
        if unknown:
            raise NoSuchPhone(f"no phone of this lab is named {unknown[0]}")
        return [self.phones[name] for name in wanted]

    async def _follow_file(self, phone: Phone) -> None:
        """Web access counts as the file says; before there is one, as the scenario says."""
        on = phone.held.web if phone.held is not None else phone.spec.web
        await self.web[phone.name].switch(on and phone.online)

    # --- what phones do by themselves -------------------------------------------------------------------------------

    def _told(self, name: str, action: str) -> None:
        """The cluster applies, resets or restarts: each of them ends the tunnel and makes the phone fetch its file."""
        if name in self.phones:
            self._go(self._obey(self.phones[name]))

    async def _obey(self, phone: Phone) -> None:
        async with self._turns[phone.name]:
            if not phone.reachable or phone.fault("apply_ignored"):
                return
            slow = phone.fault("reset_slow")
            if slow is not None:
                # It starts anew: no tunnel meanwhile, and the file it holds brings it back to where its new one lies.
                phone.drop()
                await asyncio.sleep(slow.seconds)
            async with self._room:
                with self._one_report():
                    if slow is not None:
                        await self._dial(phone)
                    await self._refetch(phone)
        self._come_back(phone)

    def _ended(self, context: Context, gone: tuple[SessionSpec, ...]) -> None:
        """An ASA ends sessions. The phones behind them notice, and dial anew."""
        for phone in self.phones.values():
            if phone.lost(context, gone):
                self._go(self._return(phone))

    async def _return(self, phone: Phone) -> None:
        async with self._turns[phone.name]:
            if phone.connected:
                return
            phone.drop()
        await asyncio.sleep(phone.spec.reconnect_after)
        await self._in_turn(phone, self._again)
        self._come_back(phone)

    async def _again(self, phone: Phone) -> None:
        if not phone.connected:
            with self._one_report():
                await self._dial(phone)

    def _come_back(self, phone: Phone) -> None:
        """A phone that has lost its tunnel tries again and again [K]."""
        if phone.connected or not phone.online or phone.name in self._returning:
            return

        async def keep_trying() -> None:
            while phone.online and not phone.connected:
                await asyncio.sleep(phone.spec.retry_after)
                await self._in_turn(phone, self._again)

        task = asyncio.get_running_loop().create_task(keep_trying())
        self._returning[phone.name] = task
        task.add_done_callback(lambda _: self._returning.pop(phone.name, None))

    def _go(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            await work

        task = asyncio.get_running_loop().create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Everything that a cluster or an ASA has set going is done; phones that try again and again aside."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    # --- the outside ------------------------------------------------------------------------------------------------

    def add_fault(self, name: str, spec: PhoneFaultSpec) -> None:
        """From now on. Raises NoSuchPhone."""
        phone = self._named([name])[0]
        fault = PhoneFaultState(spec, spec.count)
        self._begin(phone, fault)
        phone.faults.insert(0, fault)
        self.lockouts.look(phone)

    def clear_faults(self, name: str) -> None:
        """Raises NoSuchPhone."""
        phone = self._named([name])[0]
        phone.faults.clear()
        self.lockouts.look(phone)

    def _begin(self, phone: Phone, fault: PhoneFaultState) -> None:
        group = phone.held.vpn if phone.held is not None else None
        found = [presented(self._headends, url, phone.model) for url in (group.urls if group else ())]
        fault.known = frozenset(chain[0].sha1 for _, chain in (one for one in found if one) if chain)

    def web_addresses(self, cluster: str) -> dict[str, str]:
        """Where the phones of a cluster show their pages, by name."""
        return {
            name: f"127.0.0.1:{self.web[name].port}"
            for name, phone in self.phones.items()
            if phone.spec.cucm == cluster and self.web[name].open
        }

    async def close(self) -> None:
        for task in (*self._tasks, *self._returning.values()):
            task.cancel()
        for server in self.web.values():
            await server.end()
