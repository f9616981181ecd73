"""All TLS listeners of a lab, and the lab's own name service: which of them answers for a URL."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from ..certs import Cert
from ..device import Context, Device
from ..scenario import Scenario, is_address
from .certificates import Certificates
from .listener import Listener, Place
from .settings import HTTPS, address_of, enabled_interfaces, https_port, load_balancing


class Headend:
    """The listeners of one device. They follow its configuration: sync() opens and closes what has changed."""

    def __init__(self, device: Device, folder: Path, addresses: Mapping[int, str]) -> None:
        self.device = device
        self.listeners: dict[Place, Listener] = {}
        self._addresses = addresses
        self._temporary: dict[str, Cert] = {}
        self._certificates = {
            name: Certificates(device, context, self._temporary, folder) for name, context in device.contexts.items()
        }
        self._open: set[Place] = set()
        self._seen: tuple[int, ...] = ()
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def sync(self) -> None:
        """Cheap where nothing has changed."""
        async with self._turn:
            revisions = tuple(context.revision for context in self.device.contexts.values())
            if revisions == self._seen:
                return
            self._seen = revisions
            wanted = set(self._wanted())
            for place in self._open - wanted:
                self.listeners[place].close()
            for place in wanted - self._open:
                # One that was closed keeps its entry, and with it its port.
                if place not in self.listeners:
                    certificates = self._certificates[place.context]
                    self.listeners[place] = Listener(self.device, place, certificates, self._address_of)
                await self.listeners[place].open()
            self._open = wanted

    def follow(self, loop: asyncio.AbstractEventLoop) -> None:
        """sync() from where nothing can be awaited."""
        task = loop.create_task(self.sync())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _address_of(self, port: int) -> str:
        return self._addresses.get(port, "")

    def _wanted(self) -> Iterator[Place]:
        """Interfaces with webvpn of a unit that is active; the addresses of the cluster belong to it as well."""
        device = self.device
        if device.spares_vpn or device.has_fault("refused"):
            return
        for name, context in device.contexts.items():
            for interface in enabled_interfaces(context):
                yield Place(name, interface)
                balancing = load_balancing(context)
                if balancing is not None and balancing.interface.lower() == interface.lower():
                    yield Place(name, interface, virtual=True)

    def restarted(self) -> None:
        """The temporary certificates are made anew (C18)."""
        self._temporary.clear()

    def certificates(self, place: Place) -> Certificates:
        return self._certificates[place.context]

    def places(self) -> set[Place]:
        """Where the configuration of this moment lets clients arrive, whether the listeners have followed it or not."""
        return set(self._wanted())

    def place_of(self, address: str, host: str, places: Collection[Place]) -> Place | None:
        """Which of the places answers at that address, or where there is none for that host."""
        return self._at(address, places) if address else self._named(host, places)

    def _at(self, address: str, places: Collection[Place]) -> Place | None:
        for place in places:
            context = self.device.contexts[place.context]
            balancing = load_balancing(context)
            own = balancing.address if place.virtual and balancing else address_of(context, place.interface)
            if own and own == address:
                return place
        return None

    def _named(self, host: str, places: Collection[Place]) -> Place | None:
        """That of the context whose configuration knows the host: by group-url or by SNI binding."""
        for name, context in self.device.contexts.items():
            if host in _hosts(context):
                here = [Place(name, interface) for interface in enabled_interfaces(context)]
                return next((place for place in here if place in places), None)
        return None

    def listening(self, address: str, host: str) -> Listener | None:
        """The open listener there."""
        place = self.place_of(address, host, self._open)
        return self.listeners[place] if place is not None else None

    def urls(self) -> Iterator[tuple[str, Listener]]:
        """host:port of what this device answers for by its own configuration, and the listener there."""
        for place in sorted(self._open, key=lambda p: (p.context, p.interface, p.virtual)):
            context, listener = self.device.contexts[place.context], self.listeners[place]
            balancing = load_balancing(context)
            own = balancing.address if place.virtual and balancing else address_of(context, place.interface)
            if own:
                yield f"{own}:{https_port(context)}", listener
        for context in self.device.contexts.values():
            for host in sorted(_hosts(context)):
                found = self.listening("", host)
                if found is not None:
                    yield f"{host}:{https_port(context)}", found

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._open.clear()
        for listener in self.listeners.values():
            await listener.end()


def _hosts(context: Context) -> set[str]:
    """Lower-case host names of the group-urls and of the bindings by domain."""
    found = {node.text.split()[4].lower() for node in context.lines("ssl trust-point") if " domain " in node.text}
    for node in context.lines("tunnel-group"):
        for child in node.children:
            if child.text.startswith("group-url "):
                host = split(child.text.split()[1].strip('"')).hostname
                found |= {host} if host else set()
    return {host for host in found if not is_address(host)}


def split(url: str) -> SplitResult:
    """The parts of a URL; those of an empty one where it is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return urlsplit("")
    return parts


class Headends:
    """The whole site's SSL VPN side. addresses: TCP ports of the phones' connections to their public addresses."""

    def __init__(self, scenario: Scenario, devices: Mapping[str, Device], folder: Path) -> None:
        self._names = {name.lower(): address for name, address in scenario.dns.items()}
        self.addresses: dict[int, str] = {}
        self.of = {name: Headend(device, folder, self.addresses) for name, device in devices.items()}

    async def sync(self) -> None:
        for headend in self.of.values():
            await headend.sync()

    async def served(self) -> None:
        """Every client that has come is gone, and what it did is in the logs."""
        for headend in self.of.values():
            for listener in headend.listeners.values():
                await listener.served()

    async def find(self, url: str) -> Listener | None:
        """Who answers for an https URL now; None: nobody."""
        await self.sync()
        parts = split(url)
        if parts.scheme != "https" or not parts.hostname:
            return None
        for headend in self.of.values():
            found = self._answering(headend, parts.hostname)
            if found is not None:
                return found if https_port(found.context) == (parts.port or HTTPS) else None
        return None

    def _answering(self, headend: Headend, host: str) -> Listener | None:
        """An address is an interface's or a cluster's; a name that the scenario does not tell is a group-url's."""
        return headend.listening(self._address(host), host)

    def _address(self, host: str) -> str:
        return host if is_address(host) else self._names.get(host, "")

    def presenting(self, url: str) -> tuple[Headend, Place] | None:
        """Who would answer for an https URL by the configuration of this moment; find() without waiting for anybody."""
        parts = split(url)
        if parts.scheme != "https" or not parts.hostname:
            return None
        for headend in self.of.values():
            place = headend.place_of(self._address(parts.hostname), parts.hostname, headend.places())
            if place is not None:
                here = https_port(headend.device.contexts[place.context])
                return (headend, place) if here == (parts.port or HTTPS) else None
        return None

    def connect_to(self, name: str) -> dict[str, str]:
        """Where to dial for what a device answers for: "host:port" of a URL to "127.0.0.1:port"."""
        headend = self.of[name]
        found = {}
        for where, listener in headend.urls():
            host, _, _ = where.rpartition(":")
            if self._answering(headend, host) is listener:
                found[where] = f"127.0.0.1:{listener.port}"
        for host in self._names:
            named = self._answering(headend, host)
            if named is not None:
                found[f"{host}:{https_port(named.context)}"] = f"127.0.0.1:{named.port}"
        return found

    async def close(self) -> None:
        for headend in self.of.values():
            await headend.close()
