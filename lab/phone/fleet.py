"""All phones of a lab."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from ..certs import Cert
from ..cucm.cluster import Cluster
from ..headend.site import Headends
from ..scenario import Scenario, ScenarioError
from .models import models
from .outcome import PhoneOutcome
from .phone import Phone
from .web import WebPages


class NoSuchPhone(Exception):
    """A name that no phone of the lab has."""


class Fleet:
    """Phones connect one after the other, in the order of the scenario: so their addresses are the same every time."""

    def __init__(
        self, scenario: Scenario, clusters: Mapping[str, Cluster], certs: Mapping[str, Cert], headends: Headends
    ) -> None:
        """Raises ScenarioError for a model that the lab does not know, and an issuer that cannot sign."""
        self.phones: dict[str, Phone] = {}
        self.web: dict[str, WebPages] = {}
        self._certs, self._clusters = certs, clusters
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[object]] = set()
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
        for cluster in clusters.values():
            cluster.on_apply.append(self._told)

    async def start(self) -> None:
        """Every phone has its file, then those that are on connect."""
        for phone in self.phones.values():
            await phone.start()
            if phone.spec.holds is not None:
                phone.hold(frozenset(bytes.fromhex(self._certs[name].sha1) for name in phone.spec.holds))
            await self._follow_file(phone)
        await self.connect()

    async def connect(self, names: Iterable[str] | None = None) -> dict[str, PhoneOutcome]:
        """Each drops its tunnel and tries anew with the file it holds. Raises NoSuchPhone."""
        wanted = self._named(names)
        async with self._turn:
            with self._one_report():
                return {phone.name: await phone.connect() for phone in wanted}

    async def apply(self, names: Iterable[str] | None = None) -> dict[str, PhoneOutcome]:
        """Those that the cluster reaches fetch their file and connect anew; the others stay as they are."""
        wanted = self._named(names)
        outcomes = {}
        async with self._turn:
            with self._one_report():
                for phone in wanted:
                    if phone.reachable:
                        await phone.fetch()
                        await self._follow_file(phone)
                        await phone.connect()
                    outcomes[phone.name] = phone.outcome
        return outcomes

    @contextmanager
    def _one_report(self) -> Iterator[None]:
        """The clusters' state files are written once at the end: each holds every phone, and many phones act here."""
        writers = {name: cluster.on_change for name, cluster in self._clusters.items()}
        for cluster in self._clusters.values():
            cluster.on_change = lambda: None
        try:
            yield
        finally:
            for name, cluster in self._clusters.items():
                cluster.on_change = writers[name]
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
        await self.web[phone.name].switch(on and phone.spec.online)

    def _told(self, name: str, action: str) -> None:
        """The cluster applies, resets or restarts: each of them ends the tunnel and makes the phone fetch its file."""
        if name in self.phones:
            task = asyncio.get_running_loop().create_task(self.apply([name]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Everything that a cluster has set going is done."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    def web_addresses(self, cluster: str) -> dict[str, str]:
        """Where the phones of a cluster show their pages, by name."""
        return {
            name: f"127.0.0.1:{self.web[name].port}"
            for name, phone in self.phones.items()
            if phone.spec.cucm == cluster and self.web[name].open
        }

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for server in self.web.values():
            await server.end()
