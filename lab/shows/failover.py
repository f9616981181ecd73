"""show failover, show mode, show context."""

from __future__ import annotations

import time

from ..device import Unit
from .base import Env, Refused, Show, join


def failover(env: Env) -> str:
    """Off, active/standby, or active/active with its two groups."""
    device = env.device
    spec = device.spec.failover
    if spec is None:
        unit = env.device.system.value("failover lan unit", "Secondary").capitalize()
        return join(
            [
                "Failover Off ",
                f"Failover unit {unit}",
                "Failover LAN Interface: not Configured",
                "Reconnect timeout 0:00:00",
                "Unit Poll frequency 1 seconds, holdtime 15 seconds",
                "Interface Poll frequency 5 seconds, holdtime 25 seconds",
                "Interface Policy 1",
                "Monitored Interfaces 0 of 160 maximum",
                "MAC Address Move Notification Interval not set",
            ]
        )
    units = {"primary": ("Primary", "Secondary"), "secondary": ("Secondary", "Primary")}[env.unit.priority]
    # What the scenario says of the mate holds as long as nobody has changed places.
    said = spec.mate_state if env.unit == Unit.of(spec) else ""
    states = ("Standby Ready", said or "Active") if env.unit.standby else ("Active", said or "Standby Ready")
    if env.mate:
        units, states = (units[1], units[0]), (states[1], states[0])
    names = list(env.context.nameifs())
    lines = [
        "Failover On ",
        f"Failover unit {units[0]}",
        "Failover LAN Interface: folink GigabitEthernet0/7 (up)",
        "Reconnect timeout 0:00:00",
        "Unit Poll frequency 1 seconds, holdtime 15 seconds",
        "Interface Poll frequency 5 seconds, holdtime 25 seconds",
        "Interface Policy 1",
        f"Monitored Interfaces {len(names)} of 216 maximum",
        "MAC Address Move Notification Interval not set",
        f"Version: Ours {device.spec.version}, Mate {device.spec.version}",
        f"Serial Number: Ours {device.spec.serial}, Mate FCH99999LAB",
    ]
    stamp = device.stamp(device.now(), "%H:%M:%S {zone} %b {day} %Y")
    if spec.active_active:
        lines += [f"Group 1 last failover at: {stamp}", f"Group 2 last failover at: {stamp}", ""]
    else:
        lines.append(f"Last Failover at: {stamp}")
    active = int(time.time() - device.started) + 86400
    for index, title in enumerate(("This host: ", "Other host:")):
        if spec.active_active:
            lines.append(f"  {title}    {units[index]}")
            for group in (1, 2):
                state = "Active" if (group == 1) == (index == 0) else "Standby Ready"
                lines += [f"  Group {group}       State:          {state}"]
                lines += [f"                Active time:    {active if state == 'Active' else 0} (sec)", ""]
        else:
            state = states[index]
            lines += [f"\t{title.strip()} {units[index]} - {state} "]
            lines += [f"\t\tActive time: {active if state == 'Active' else 0} (sec)"]
        lines.append(f"\t\tslot 0: {device.spec.hardware} hw/sw rev (1.0/{device.spec.version}) status (Up Sys)")
        for name, node in env.context.nameifs().items():
            address = next((c.text.split() for c in node.children if c.text.startswith("ip address ")), [])
            ip = "0.0.0.0"  # noqa: S104 - what an ASA prints for an interface without an address; nothing is bound
            if len(address) > 2:
                own = address[2]
                ip = own if index == 0 or "standby" not in address else address[address.index("standby") + 1]
            lines.append(f"\t\t  Interface {name} ({ip}): Normal (Monitored)")
    lines += [
        "",
        "Stateful Failover Logical Update Statistics",
        "\tLink : folink GigabitEthernet0/7 (up)",
        "\tStateful Obj \txmit       xerr       rcv        rerr      ",
        "\tGeneral\t\t21334      0          21330      0         ",
        "\tsys cmd \t21330      0          21330      0         ",
    ]
    return join(lines)


def mode(env: Env) -> str:
    return f"Security context mode: {'multiple' if env.device.multiple else 'single'} \n"


def contexts(env: Env) -> str:
    """Only in multiple mode; the interfaces of a context wrap over lines."""
    device = env.device
    if not device.multiple:
        raise Refused("", env.starts[1])
    here = [c for c in device.contexts.values() if c.name != "system"]
    if env.context.name != "system" and not env.context.admin:
        here = [env.context]
    lines = ["Context Name      Class      Interfaces           Mode         URL"]
    for context in here:
        first, *more = context.interfaces or ("",)
        mark = "*" if context.admin else " "
        comma = "," if more else ""
        lines.append(f"{mark}{context.name:<17}default    {first + comma:<21}Routed       disk0:/{context.name}.cfg")
        for index, interface in enumerate(more):
            lines.append(" " * 29 + interface + ("," if index < len(more) - 1 else ""))
    return join([*lines, "", f"Total active Security Contexts: {len(here)}"])


SHOWS = {
    "show failover": Show(failover),
    "show mode": Show(mode, level=1),
    "show context": Show(contexts),
}
