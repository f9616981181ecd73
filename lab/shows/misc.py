"""show clock, aaa-server, curpriv, flash files and the rest."""

from __future__ import annotations

import re

from .base import Env, Refused, Show, join


def clock(env: Env) -> str:
    """`*` stands before a time that no source vouches for [K on an ASA]."""
    device = env.device
    zone, offset = device.zone()
    local = device.now() + offset
    mark = "" if device.spec.clock.authoritative else "*"
    text = f"{mark}{local:%H:%M:%S}.{local.microsecond // 1000:03} {zone} {local:%a %b} {local.day} {local.year}"
    if len(env.values) > 2:
        source = "NTP" if env.device.system.lines("ntp server") else "hardware calendar"
        return f"{text}\nTime source is {source}\n"
    return text + "\n"


def curpriv(env: Env) -> str:
    modes = "P_PRIV" if env.privilege > 1 else "P_UNPR"
    return join([f"Username : {env.user}", f"Current privilege level : {env.privilege}", f"Current Mode/s : {modes}"])


def aaa_servers(env: Env) -> str:
    """One block a server of the configuration, LOCAL first; the scenario says which ones failed."""
    stamp = env.device.stamp(env.device.now(), "%H:%M:%S {zone} %a %b {day} %Y")
    servers = [("LOCAL", "Local database", "None", "None")]
    protocols = {
        words[1]: words[3]
        for words in (n.text.split() for n in env.context.lines("aaa-server"))
        if words[2] == "protocol"
    }
    ports = {"radius": "1645(authentication), 1646(accounting)", "tacacs+": "49", "ldap": "389"}
    for node in env.context.lines("aaa-server"):
        words = node.text.split()
        if "host" in words:
            protocol = protocols.get(words[1], "radius")
            servers.append((words[1], protocol, words[words.index("host") + 1], ports.get(protocol, "0")))
    wanted = env.values[2] if len(env.values) > 2 else ""
    if wanted and wanted not in {server[0] for server in servers}:
        raise Refused(f"ERROR: aaa-server group {wanted} does not exist")
    lines: list[str] = []
    for group, protocol, address, port in servers:
        if wanted and wanted != group:
            continue
        status = env.device.spec.aaa_status.get(address, "ACTIVE")
        when = f", Last transaction at {stamp}" if status == "ACTIVE" else f", Server disabled at {stamp}"
        lines += [
            f"Server Group:\t {group}",
            f"Server Protocol: {protocol}",
            f"Server Address:  {address}",
            f"Server port:\t {port}",
            f"Server status:\t {status}{when}",
            "Number of pending requests\t\t0",
            "Average round trip time\t\t\t0ms",
            "Number of authentication requests\t0",
            "Number of authorization requests\t0",
            "Number of accounting requests\t\t0",
            "Number of retransmissions\t\t0",
            "Number of accepts\t\t\t0",
            "Number of rejects\t\t\t0",
            "Number of challenges\t\t\t0",
            "Number of bad authenticators\t\t0",
            "Number of timeouts\t\t\t0",
            "Number of unrecognized responses\t0",
            "",
        ]
    return join(lines)


def flash_path(name: str) -> str:
    """The file's name in the device's flash: `flash:` is `disk0:`, and a slash follows."""
    bare = re.sub(r"^(?:flash|disk0):/?", "disk0:/", name)
    return bare if ":" in bare else f"disk0:/{bare.lstrip('/')}"


def more(env: Env) -> str:
    path = flash_path(env.values[1])
    if path not in env.device.flash:
        raise Refused(f"%Error opening {env.values[1]} (No such file or directory)")
    text = env.device.flash[path].decode("utf-8", "replace")
    return text if text.endswith("\n") else text + "\n"


def directory(env: Env) -> str:
    """dir of disk0: the scenario's files and the image."""
    where = flash_path(env.values[1]) if len(env.values) > 1 else "disk0:/"
    stamp = env.device.stamp(env.device.now(), "%H:%M:%S %b {day} %Y")
    files = {name: len(data) for name, data in env.device.flash.items() if name.startswith(where)}
    lines = ["", f"Directory of {where}", ""]
    for number, (name, size) in enumerate(sorted(files.items())):
        lines.append(f"{120 + number:<7}-rwx  {size:<14}{stamp}  {name.rsplit('/', 1)[-1]}")
    return join([*lines, "", f"8238202880 bytes total ({8238202880 - sum(files.values())} bytes free)"])


def interface_brief(env: Env) -> str:
    lines = [f"{'Interface':<27}{'IP-Address':<16}{'OK? Method Status':<40}Protocol"]
    for node in env.context.lines("interface"):
        texts = [child.text for child in node.children]
        address = next((t.split()[2] for t in texts if t.startswith("ip address ")), "unassigned")
        state = "administratively down" if "shutdown" in texts else "up"
        line = "down" if "shutdown" in texts else "up"
        lines.append(f"{node.text.split(maxsplit=1)[1]:<27}{address:<16}YES manual {state:<29}{line}")
    return join(lines)


def nameif(env: Env) -> str:
    lines = [f"{'Interface':<25}{'Name':<25}Security"]
    for name, node in env.context.nameifs().items():
        level = next((c.text.split()[1] for c in node.children if c.text.startswith("security-level ")), "0")
        lines.append(f"{node.text.split(maxsplit=1)[1]:<25}{name:<25}{level:>8}")
    return join(lines)


SHOWS = {
    "show clock [ detail ]": Show(clock, level=0),
    "show curpriv": Show(curpriv, level=0),
    "show aaa-server [ <word> ]": Show(aaa_servers),
    "show interface ip brief": Show(interface_brief, cached=True),
    "show nameif": Show(nameif, cached=True),
    "more <word>": Show(more),
    "dir [ <word> ]": Show(directory),
}
