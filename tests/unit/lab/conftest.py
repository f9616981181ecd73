"""Helpers of the lab's own tests: devices made in memory, and a terminal without SSH."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lab import certs, scenario
from lab.device import Device
from lab.shell import Shell
from lab.terminal import Terminal

CONFIG = """\
hostname fw
interface GigabitEthernet0/0
 nameif Outside
 security-level 0
 ip address 198.51.100.1 255.255.255.0
interface GigabitEthernet0/1
 nameif inside
 security-level 100
 ip address 10.0.0.1 255.255.255.0
crypto ca trustpoint TP
 enrollment terminal
 keypair TP
crypto ca trustpoint EMPTY
 enrollment terminal
ssl trust-point TP Outside
webvpn
 enable Outside
group-policy GP internal
group-policy GP attributes
 vpn-simultaneous-logins 3
 vpn-tunnel-protocol ssl-client
 webvpn
  anyconnect mtu 1290
tunnel-group TG type remote-access
tunnel-group TG general-attributes
 default-group-policy GP
tunnel-group TG webvpn-attributes
 authentication certificate
 group-url https://vpn.example.com/TG enable
"""
CERTIFICATES = {
    "root": {"subject": "CN=Root,O=Lab", "ca": True, "key": "ec256"},
    "leaf": {"subject": "CN=vpn.example.com,O=Lab", "issuer": "root", "key": "ec256"},
}
TRUSTPOINTS = {"TP": {"identity": "leaf", "ca": "root"}}


@pytest.fixture(scope="session")
def make_device() -> Callable[..., Device]:
    """A device from scenario keys; version 9.16(4) and the configuration above unless told otherwise."""

    def make(**keys: Any) -> Device:
        keys = {"name": "fw", "config": CONFIG, "trustpoints": TRUSTPOINTS, **keys}
        site = scenario.from_data({"name": "t", "certificates": CERTIFICATES, "devices": [keys]})
        spec = site.devices[0]
        return Device(spec, spec.name, certs.make_all(site.certificates))

    return make


@pytest.fixture(scope="session")
def talk() -> Callable[..., str]:
    """What a session prints for these input lines, login noise left out; enabled and unpaged unless raw is given."""

    def session(device: Device, *lines: str, raw: bool = False, hurry: float = 60.0) -> str:
        out: list[bytes] = []
        start = "" if raw else f"enable\n{device.enable_secret}\nterminal pager 0\n"
        user = next(iter(device.users.values()))

        async def run() -> None:
            terminal = Terminal(out.append, device.width)
            terminal.feed((start + "".join(f"{line}\n" for line in lines)).encode())
            terminal.close()
            await asyncio.wait_for(Shell(device, terminal, user).run(), hurry)

        asyncio.run(run())
        text = b"".join(out).decode("utf-8", "replace")
        if raw:
            return text
        assert "terminal pager 0\r\n" in text
        return text.split("terminal pager 0\r\n", 1)[1].replace("\r\n", "\n")

    return session
