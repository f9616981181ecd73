"""A lab inside the process of a test or a bench."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from . import authority
from . import scenario as scenarios
from .cucm.cluster import Cluster
from .device import Device, FaultState
from .phone.faults import PhoneFaultSpec
from .phone.outcome import PhoneOutcome
from .phone.phone import Phone
from .scenario import FaultSpec, Scenario
from .server import Lab
from .shell import Shell
from .terminal import Terminal

_T = TypeVar("_T")


@dataclass(frozen=True)
class Host:
    """How to reach one device."""

    name: str
    host: str
    port: int
    user: str
    password: str
    enable_secret: str
    ssh_legacy: bool
    known_hosts: Path


class RunningLab:
    """A lab that runs in a thread of its own."""

    def __init__(self, lab: Lab, loop: asyncio.AbstractEventLoop) -> None:
        self.lab = lab
        self._loop = loop
        self.directory = lab.directory
        self.inventory = lab.inventory()
        self.hosts = {
            name: Host(
                name,
                "127.0.0.1",
                device.port,
                device.spec.users[0].name,
                device.spec.users[0].password,
                device.spec.enable_secret,
                device.spec.ssh == "legacy",
                lab.directory / "known_hosts",
            )
            for name, device in lab.devices.items()
        }

    def state(self, name: str) -> dict[str, Any]:
        """The simulator's own view of a device or a cluster, taken now (the keys of state/<name>.json)."""
        held = self.lab.clusters[name] if name in self.lab.clusters else self.lab.devices[name]
        return self.inside(held.snapshot)

    def inside(self, action: Callable[[], _T]) -> _T:
        """Do something in the lab's own loop, where a device or a cluster may be changed."""

        async def act() -> _T:
            return action()

        return self._wait(act())

    def cluster(self, name: str) -> Cluster:
        """The cluster itself; only look at it, or change it by `inside`."""
        return self.lab.clusters[name]

    def device(self, name: str) -> Device:
        """The device itself; only look at it, or change it between two sessions."""
        return self.lab.devices[name]

    def type(self, name: str, *lines: str) -> str:
        """What a session on a device prints for these lines, typed at privilege 15 without a pager."""

        async def session() -> str:
            device = self.lab.devices[name]
            out: list[bytes] = []
            terminal = Terminal(out.append, device.width)
            head = ("enable", device.enable_secret, "terminal pager 0")
            terminal.feed("".join(f"{line}\n" for line in (*head, *lines)).encode())
            terminal.close()
            await Shell(device, terminal, device.spec.users[0]).run()
            # What the change set going (its file, its listeners) comes before what the test does next.
            await self.lab.headends.sync()
            return b"".join(out).decode("utf-8", "replace").replace("\r\n", "\n")

        return self._wait(session())

    def add_fault(self, name: str, **keys: Any) -> FaultState:
        """A fault of a device, with the keys of a scenario, from now on; it strikes before those that are there."""
        fault = FaultState.of(msgspec.convert(keys, FaultSpec))
        self.inside(lambda: self.lab.devices[name].faults.insert(0, fault))
        return fault

    def reset(self, name: str) -> None:
        """Configuration, flash, failover role and faults of a device as the scenario has them."""
        self.inside(self.lab.devices[name].reset)
        self._wait(self.lab.headends.sync())

    def sign(self, request: str, ca: str = "issuing", **changes: Any) -> str:
        """A certificate in PEM for a request in PEM; changes: fields of authority.Changes. Raises CannotSign."""
        return self.lab.authority.sign(request, ca, authority.changes(changes)).pem

    def pkcs12(self, passphrase: str, ca: str = "issuing", **changes: Any) -> bytes:
        """A new key with certificate and chain (DER); `subject` is needed among the changes. Raises CannotSign."""
        return self.lab.authority.pkcs12(passphrase, ca, authority.changes(changes))

    def chain(self, ca: str = "issuing") -> tuple[str, ...]:
        """The PEM of a CA certificate of the scenario, then of those above it."""
        return tuple(cert.pem for cert in self.lab.authority.chain(ca))

    def failover(self, name: str) -> None:
        """The device's mate takes over; phones lose their sessions and come back. Raises NoMate."""
        self._wait(self.lab.failover(name))

    def reload(self, name: str) -> None:
        """The device starts anew with what was saved, or as the standby unit of its pair."""
        self._wait(self.lab.reload(name))

    def lockouts(self) -> dict[str, Any]:
        """Who was locked out, where, from when to when, and why; failed connects; totals (as in state/phones.json)."""
        return self.inside(self.lab.phones.lockouts.snapshot)

    def add_phone_fault(self, name: str, **keys: Any) -> None:
        """A fault of a phone, with the keys of a scenario, from now on."""
        spec = msgspec.convert(keys, PhoneFaultSpec)
        self.inside(lambda: self.lab.phones.add_fault(name, spec))

    def clear_phone_faults(self, name: str) -> None:
        """The phone is in order again."""
        self.inside(lambda: self.lab.phones.clear_faults(name))

    def power(self, names: Iterable[str], *, on: bool) -> dict[str, PhoneOutcome]:
        """Switch phones on or off."""
        return self._wait(self.lab.phones.power(names, on=on))

    def phone(self, name: str) -> Phone:
        """The phone itself; only look at it."""
        return self.lab.phones.phones[name]

    def outcomes(self, names: Iterable[str] | None = None) -> dict[str, PhoneOutcome]:
        """How the phones stand: the end of what each of them did last."""
        return self.lab.phones.outcomes(names)

    def connect_phones(self, names: Iterable[str] | None = None) -> dict[str, PhoneOutcome]:
        """Every phone drops its tunnel and tries anew with the file it holds."""
        return self._wait(self.lab.phones.connect(names))

    def apply_phones(self, names: Iterable[str] | None = None) -> dict[str, PhoneOutcome]:
        """Phones that are connected, or on site, fetch their file and connect anew; the others stay as they are."""
        return self._wait(self.lab.phones.apply(names))

    def settle(self) -> None:
        """Wait for what a cluster's Apply Config, or the end of sessions on an ASA, has set going."""
        self._wait(self.lab.phones.settled())

    def logged(self) -> None:
        """Wait until what phones have done is in the ASAs' logs: a phone knows earlier than they that it has failed."""
        self._wait(self.lab.headends.served())

    def _wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


@contextmanager
def running_lab(scenario: Scenario | Path | str | dict[str, Any], directory: Path | str) -> Iterator[RunningLab]:
    """Start a lab in a background thread and stop it at the end. Raises what Lab.start raises."""
    site = scenarios.from_data(scenario) if isinstance(scenario, dict) else scenario
    lab = Lab(site, directory)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lab", daemon=True)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(lab.start(), loop).result()
        try:
            yield RunningLab(lab, loop)
        finally:
            asyncio.run_coroutine_threadsafe(_stop(lab), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _stop(lab: Lab) -> None:
    await lab.stop()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
