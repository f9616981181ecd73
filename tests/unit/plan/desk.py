"""A simulated ASA in memory, without SSH: what a plan types into it, and what gathering then reads. Self-made."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from ansible.module_utils.vpnphone import gather
from ansible.module_utils.vpnphone.controls.site import PhoneModel
from ansible.module_utils.vpnphone.model import AsaState, Plan, Step
from ansible.module_utils.vpnphone.phone_models import read_phone_models
from ansible.module_utils.vpnphone.plan.desired import desired_of
from ansible.module_utils.vpnphone.plan.make import make_plan

from lab import configtree, scenario
from lab.device import Device
from lab.shell import Shell
from lab.terminal import Terminal

ROOT = Path(__file__).resolve().parents[3]
EVERYTHING = frozenset({"ssl", "dap_xml"})
URL = "https://vpn.example.com/VPNPhone"
# Every option of the tunnel-group and the group-policy.
PROFILE: dict[str, Any] = {
    "tunnel_group": {"name": "VPNPhone", "without_csd": True, "group_url": URL, "authentication": "certificate"},
    "group_policy": {
        "name": "GroupPolicy_VPNPhone",
        "simultaneous_logins": 3,
        "ssl_client": True,
        "group_lock": "VPNPhone",
        "vpn_filter": "none",
        "split_tunnel_policy": "tunnelall",
    },
}
CONFIG = """\
hostname fw
interface GigabitEthernet0/0
 nameif outside
 security-level 0
 ip address 198.51.100.1 255.255.255.0
access-list PHONES extended permit ip any any
webvpn
 enable outside
 csd enable
"""


@cache
def table() -> tuple[PhoneModel, ...]:
    return read_phone_models(ROOT / "roles" / "assess" / "files" / "phone_models.yml")


def device(config: str, version: str = "9.16(4)85", **keys: Any) -> Device:
    """An ASA with these lines behind CONFIG."""
    data = {"name": "fw", "version": version, "config": CONFIG + config, **keys}
    spec = scenario.from_data({"name": "t", "devices": [data]}).devices[0]
    return Device(spec, spec.name, {})


def typed(asa: Device, lines: Iterable[str]) -> str:
    """What one session prints for these lines."""
    out: list[bytes] = []
    start = f"enable\n{asa.enable_secret}\nterminal pager 0\n"

    async def run() -> None:
        terminal = Terminal(out.append, lambda: 511)
        terminal.feed((start + "".join(f"{line}\n" for line in lines)).encode())
        terminal.close()
        await Shell(asa, terminal, next(iter(asa.users.values()))).run()

    asyncio.run(run())
    return b"".join(out).decode().replace("\r\n", "\n")


class Session:
    """What gather needs of a session."""

    privilege = 15

    def __init__(self, asa: Device) -> None:
        self.asa = asa

    def run(self, command: str) -> str:
        answer = typed(self.asa, [command]).rpartition(f"# {command}\n")[2]
        return answer.rpartition("\n")[0] + "\n" if "\n" in answer else ""


def read(asa: Device) -> tuple[AsaState, str | None]:
    """(state, dap.xml as it is printed)."""
    state, answers = gather.live_state(Session(asa), asa.name)
    answer = answers["dap_xml"]
    return state, answer.text if answer.status == "ok" else None


def plan_for(asa: Device, profile: dict[str, Any] | None = None, **settings: Any) -> Plan:
    """The plan of a device as it is; everything approved unless told otherwise."""
    state, dap_text = read(asa)
    return plan_of(state, profile, dap_text=dap_text, **settings)


def plan_of(state: AsaState, profile: dict[str, Any] | None = None, **settings: Any) -> Plan:
    given = {"approved": EVERYTHING, "dap_text": None, "table": table(), "models_in_use": ("7962G",), **settings}
    return make_plan(state, desired_of(PROFILE if profile is None else profile), **given)


def configure(asa: Device, steps: Iterable[Step]) -> None:
    """Type the steps, each in its own block. AssertionError where the device refuses one."""
    for step in steps:
        answer = typed(asa, ["configure terminal", *step.mode, step.command, "end"])
        assert "ERROR" not in answer, answer
        assert "not allowed" not in answer, answer


def undo(asa: Device, steps: tuple[Step, ...]) -> None:
    """Type the inverses, the last step first."""
    configure(asa, [msgspec.structs.replace(s, command=line) for s in reversed(steps) for line in s.inverse])


def running(asa: Device) -> list[str]:
    """The lines of the running configuration; a block without lines, which says nothing, is left out."""
    (context,) = asa.contexts.values()
    empty = ("webvpn-attributes", "general-attributes", " attributes")
    kept = [node for node in context.running if node.children or not node.text.endswith(empty)]
    return configtree.render(kept)
