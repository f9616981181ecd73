"""show version in the layouts of the releases; scenario rows come on top of the usual ones."""

from __future__ import annotations

import time

from ..device import Device
from ..release import Release, file_suffix
from .base import Env, Show, join

_CPU = {
    "ASA5505": ("512 MB RAM, CPU Geode 500 MHz", "Internal ATA Compact Flash, 128MB"),
    "ASA5510": ("1024 MB RAM, CPU Pentium 4 Celeron 1600 MHz", "Internal ATA Compact Flash, 256MB"),
    "ASA5520": ("2048 MB RAM, CPU Pentium 4 Celeron 2000 MHz", "Internal ATA Compact Flash, 256MB"),
    "ASA5525": ("8192 MB RAM, CPU Lynnfield 2393 MHz, 1 CPU (4 cores)", "ATA Compact Flash, 8192MB"),
    "ASAv": ("2048 MB RAM, CPU Xeon E5 series 2600 MHz,", "Internal ATA Compact Flash, 8192MB"),
}
_PERPETUAL: Release = (8, 3, 0, 0)
_LINKSYS_UNTIL: Release = (8, 2, 0, 0)


def licence_rows(device: Device) -> dict[str, str]:
    """The licence rows of the unit, name to value, in the order of the release."""
    lic, release = device.spec.licences, device.release
    failover = "Active/Active"
    peers = str(lic.premium_peers)
    if release < _LINKSYS_UNTIL:
        rows = {
            "Maximum Physical Interfaces": "8", "VLANs": "20, DMZ Unrestricted", "Inside Hosts": "Unlimited",
            "Failover": "Active/Standby", "VPN-DES": "Enabled", "VPN-3DES-AES": "Enabled", "VPN Peers": "10",
            "WebVPN Peers": peers, "Dual ISPs": "Enabled", "VLAN Trunk Ports": "8",
            "AnyConnect for Mobile": "Disabled", "AnyConnect for Linksys phone": lic.phone,
            "Advanced Endpoint Assessment": "Disabled", "UC Proxy Sessions": "2",
        }  # fmt: skip
    elif release < _PERPETUAL:
        rows = {
            "Maximum Physical Interfaces": "Unlimited", "Maximum VLANs": "150", "Inside Hosts": "Unlimited",
            "Failover": failover, "VPN-DES": "Enabled", "VPN-3DES-AES": "Enabled", "Security Contexts": "2",
            "GTP/GPRS": "Disabled", "SSL VPN Peers": peers, "Total VPN Peers": "750", "Shared License": "Disabled",
            "AnyConnect for Mobile": "Disabled", "AnyConnect for Cisco VPN Phone": lic.phone,
            "AnyConnect Essentials": lic.essentials, "Advanced Endpoint Assessment": "Disabled",
            "UC Phone Proxy Sessions": "2", "Total UC Proxy Sessions": "2", "Botnet Traffic Filter": "Disabled",
        }  # fmt: skip
    else:
        encryption = "Encryption" if lic.mode or release >= (8, 4, 0, 0) else "VPN"
        rows = {
            "Maximum Physical Interfaces": "Unlimited", "Maximum VLANs": "200", "Inside Hosts": "Unlimited",
            "Failover": failover, f"{encryption}-DES": "Enabled", f"{encryption}-3DES-AES": "Enabled",
            "Security Contexts": "2", "Carrier" if release >= (9, 5, 0, 0) else "GTP/GPRS": "Disabled",
            "AnyConnect Premium Peers": peers, "AnyConnect Essentials": lic.essentials, "Other VPN Peers": "750",
            "Total VPN Peers": "750", "Shared License": "Disabled", "AnyConnect for Mobile": "Enabled",
            "AnyConnect for Cisco VPN Phone": lic.phone, "Advanced Endpoint Assessment": "Enabled",
            "Total UC Proxy Sessions": "1000", "Botnet Traffic Filter": "Disabled", "Cluster": "Disabled",
        }  # fmt: skip
        if lic.mode:
            for name in ("Maximum Physical Interfaces", "Security Contexts", "Carrier", "GTP/GPRS"):
                rows.pop(name, None)
    for name, value in lic.rows.items():
        if value:
            rows[name] = value
        else:
            rows.pop(name, None)
    return rows


def _table(rows: dict[str, str], duration: str) -> list[str]:
    """Rows with the colon in one column. A value such as "Enabled 45 days" brings its own duration."""
    width = max(len(name) for name in rows)
    lines = []
    for name, value in rows.items():
        text = f"{name:<{width}} : {value}"
        if duration and " " not in value:
            text = f"{name:<{width}} : {value:<14} {duration}"
        lines.append(text)
    return lines


def _up(device: Device) -> str:
    seconds = int(time.time() - device.started) + 1_987_200
    days, rest = divmod(seconds, 86400)
    return f"{days} days {rest // 3600} hours"


def version(env: Env) -> str:
    """The whole answer; a unit of a failover pair may print a second licence block, with the sums of both units."""
    device = env.device
    spec, release = device.spec, device.release
    memory, flash = next((text for name, text in _CPU.items() if spec.hardware.startswith(name)), _CPU["ASA5525"])
    suffix = "" if not device.multiple else ("<system>" if env.context.name == "system" else "<context>")
    smart = bool(spec.licences.mode)
    lines = [
        "",
        f"Cisco Adaptive Security Appliance Software Version {spec.version} {suffix}",
    ]
    if smart or release >= (9, 16, 0, 0):
        lines.append("SSP Operating System Version 2.10(1.179)" if smart else "")
    lines += [
        f"Device Manager Version 7.{max(release[1], 1)}(1)",
        "",
        "Compiled on Fri 10-Jul-20 11:24 PDT by builders",
        f'System image file is "disk0:/asa{file_suffix(spec.version)}-smp-k8.bin"',
        'Config file at boot was "startup-config"',
        "",
        f"{device.hostname} up {_up(device)}",
    ]
    if spec.failover:
        lines.append(f"failover cluster up {_up(device)}")
    lines += [
        "",
        f"Hardware:   {spec.hardware}, {memory}",
        flash,
        "BIOS Flash MX25L6445E @ 0xffbb0000, 8192KB",
        "",
    ]
    lines += [
        f" {index}: Ext: {name:<20}: address is 0c75.bd08.{index:04x}, irq {11 - index % 3}"
        for index, name in enumerate(n.text.split()[1] for n in env.context.lines("interface"))
    ]
    lines.append("")
    if smart:
        lines += [f"License mode: {spec.licences.mode}", ""]
    rows = licence_rows(device)
    duration = "perpetual" if release >= _PERPETUAL and not smart else ""
    lines += ["Licensed features for this platform:", *_table(rows, duration), ""]
    if spec.licences.cluster_block:
        doubled = {
            name: str(int(value) * 2) if "Premium Peers" in name and value.isdecimal() else value
            for name, value in rows.items()
        }
        where = "user context" if suffix == "<context>" else "platform"
        lines += [f"Failover cluster licensed features for this {where}:", *_table(doubled, duration), ""]
    platform = spec.licences.platform or ("an ASAv VPN Premium" if smart else f"an {spec.hardware} VPN Premium")
    lines += [f"This platform has {platform} license.", ""]
    lines.append(f"Serial Number: {spec.serial}")
    if not smart:
        lines.append("Running Permanent Activation Key: 0x00000000 0x00000000 0x00000000 0x00000000 0x00000000")
    lines += ["Configuration register is 0x1", "Configuration has not been modified since last system restart."]
    return join(lines)


SHOWS = {"show version": Show(version, level=0)}
