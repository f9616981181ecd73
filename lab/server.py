"""A running lab inside an asyncio loop: its devices, its directory, start and stop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import asyncssh

from . import certs, pair, ssh
from . import scenario as scenarios
from .authority import Authority
from .cucm.cluster import Cluster
from .cucm.site import CA_FILE, ClusterSite
from .device import Device, Parsed
from .eem import EventManager
from .headend.site import Headends
from .phone.fleet import Fleet
from .scenario import Scenario
from .sshport import Port

# What a lab puts into its directory; nothing else is ever removed from it.
FILES = ("pid", "known_hosts", "inventory.json", "log", "lab.json", "errors", CA_FILE)
FOLDERS = ("state", "keys")


class NotALab(Exception):
    """The directory holds other things than a lab."""


def prepare_directory(directory: Path) -> None:
    """Create it with mode 0700; an existing one must be empty or a lab's. Raises NotALab."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    ours = {*FILES, *FOLDERS, *(f".{name}.new" for name in FILES)}
    strange = sorted(entry.name for entry in directory.iterdir() if entry.name not in ours)
    if strange:
        raise NotALab(f"{directory} is not a lab directory: it holds {', '.join(strange[:3])}")
    directory.chmod(0o700)
    for name in FOLDERS:
        (directory / name).mkdir(mode=0o700, exist_ok=True)


def clean_directory(directory: Path) -> None:
    """Remove what a lab made there, and the directory itself if it is empty then."""
    for folder in FOLDERS:
        inner = directory / folder
        if inner.is_dir() and not inner.is_symlink():
            for entry in inner.iterdir():
                entry.unlink()
            inner.rmdir()
    for name in FILES:
        (directory / name).unlink(missing_ok=True)
        (directory / f".{name}.new").unlink(missing_ok=True)
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()


def write_private(path: Path, text: str) -> None:
    """A file only its owner can read, replaced in one step."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


class Lab:
    """All devices of a scenario. Start and stop it from within a running loop."""

    def __init__(self, scenario: Scenario | Path | str, directory: Path | str) -> None:
        self.scenario = scenario if isinstance(scenario, Scenario) else scenarios.load(scenario)
        self.directory = Path(directory).absolute()
        self.devices: dict[str, Device] = {}
        self.clusters: dict[str, Cluster] = {}
        self.cucm = ClusterSite(self.clusters, self.directory)
        self.headends: Headends
        self.phones: Fleet
        self.authority: Authority
        self._ports: list[Port] = []
        self._events: list[EventManager] = []
        self._log = ssh.Log(None)

    async def start(self) -> None:
        """Make everything and listen. Raises ScenarioError, NotALab, OSError (a fixed port that is taken)."""
        prepare_directory(self.directory)
        self._build()
        log_file = self.directory / "log"
        log_file.touch(mode=0o600)
        self._log = ssh.Log(log_file)
        known: list[str] = []
        try:
            for device in self.devices.values():
                known.extend(await self._open(device))
            known.extend(await self.cucm.open(self._log))
        except BaseException:
            await self.stop()
            raise
        loop = asyncio.get_running_loop()
        try:
            await self.headends.sync()
            await self.phones.start()
        except BaseException:
            await self.stop()
            raise
        for device in self.devices.values():
            device.on_change = self._writer(loop, device)
            self._events.append(EventManager(device, loop, partial(self._log.write, device.name, 0)))
            device.write_state(self.directory / "state")
        self.cucm.follow(loop)
        lockouts, folder = self.phones.lockouts, self.directory / "state"
        if self.phones.phones:
            lockouts.on_change = ssh.deferred(loop, partial(lockouts.write, folder))
            lockouts.write(folder)
        write_private(self.directory / "known_hosts", "".join(known))
        write_private(self.directory / "inventory.json", json.dumps(self.inventory(), indent=2) + "\n")

    def _build(self) -> None:
        made = certs.make_all(self.scenario.certificates)
        self.authority = Authority(made)
        parsed: Parsed = {}
        for spec in self.scenario.devices:
            for name in scenarios.repeated_names(spec):
                self.devices[name] = Device(spec, name, made, parsed)
        for cluster in self.scenario.cucm:
            self.clusters[cluster.name] = Cluster(cluster, self.scenario.phones, made)
        self.headends = Headends(self.scenario, self.devices, self.directory / "keys")
        self.phones = Fleet(self.scenario, self.clusters, made, self.headends)

    def _writer(self, loop: asyncio.AbstractEventLoop, device: Device) -> Callable[[], None]:
        """The file with the state is written anew, and the TLS listeners follow the configuration."""
        folder, headend = self.directory / "state", self.headends.of[device.name]

        def follow() -> None:
            device.write_state(folder)
            headend.follow(loop)

        return ssh.deferred(loop, follow)

    async def _open(self, device: Device) -> list[str]:
        """Open one device's listener; returns its lines for known_hosts."""
        port = Port(device, self._log)
        self._ports.append(port)
        if device.has_fault("refused"):
            port.reserve()
        elif any(fault.spec.kind == "hang" and not fault.spec.command for fault in device.faults):
            await port.open_silently()
        else:
            legacy = device.spec.ssh == "legacy" or device.has_fault("no_kex")
            # Making RSA keys is slow, so the old devices of one lab share theirs.
            names = ("legacy", "ssh-rsa") if legacy else (device.name, "ssh-ed25519")
            key = ssh.host_key(self.directory / "keys", *names)
            await port.open(key)
            shown = key
            if device.has_fault("host_key"):
                shown = asyncssh.generate_private_key("ssh-ed25519")
            public = shown.export_public_key("openssh").decode().split()
            return [f"[127.0.0.1]:{device.port} {public[0]} {public[1]}\n"]
        return []

    async def failover(self, name: str) -> None:
        """The device's mate takes over. Raises NoMate."""
        device = self.devices[name]
        pair.take_over(device)
        await self._came_up(device, "Failover")

    async def reload(self, name: str) -> None:
        """The device starts anew: with what was saved, or as the standby unit of a pair."""
        device = self.devices[name]
        pair.restart(device)
        await self._came_up(device, "Reload")

    async def _came_up(self, device: Device, why: str) -> None:
        """Sessions of phones and of administrators do not survive it; temporary certificates are others than before."""
        self._log.write(device.name, 0, why.lower(), unit=device.unit.priority)
        self.headends.of[device.name].restarted()
        device.touch()
        for context in device.contexts.values():
            device.end_sessions(context, lambda session: True, why)
        device.cut_connections()
        await self.headends.sync()

    async def stop(self) -> None:
        """Close every listener and session; the directory stays as it is."""
        for events in self._events:
            events.close()
        await self.phones.close()
        await self.headends.close()
        await self.cucm.close()
        for port in self._ports:
            await port.close()
        self._ports = []
        self._log.close()

    def inventory(self) -> dict[str, Any]:
        """Ansible's dynamic-inventory JSON."""
        hostvars = {}
        for name, device in self.devices.items():
            user = device.spec.users[0]
            hostvars[name] = {
                "ansible_host": "127.0.0.1",
                "ansible_port": device.port,
                "ansible_user": user.name,
                "ansible_password": user.password,
                "ansible_become_password": device.spec.enable_secret,
                "vpnphone_known_hosts": str(self.directory / "known_hosts"),
                **({"vpnphone_ssh_legacy": True} if device.spec.ssh == "legacy" else {}),
                **({"vpnphone_connect_to": dialled} if (dialled := self.headends.connect_to(name)) else {}),
                **device.spec.vars,
            }
        groups = {"asa": {"hosts": list(hostvars)}}
        if self.clusters:
            groups["cucm"] = {"hosts": list(self.clusters)}
            hostvars |= self.cucm.hostvars({name: self.phones.web_addresses(name) for name in self.clusters})
        return {**groups, "_meta": {"hostvars": hostvars}}
