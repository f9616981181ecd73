"""The web pages of a phone, in the two families that phones have (cucm.md, chapter 5).

Addresses, titles and the lines within are those of the facts; the markup around them is made up in the manner of such
pages: no real page lies beside it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape as escape_xml

if TYPE_CHECKING:
    from .phone import Phone

_JAVA = "/CGI/Java/Serviceability?adapter="
LOGS = "/FS/cache/"
_LINKS = {
    "Device Information": "device.statistics.device",
    "Network Configuration": "device.statistics.configuration",
    "Console Logs": "device.statistics.consolelog",
    "Core Dumps": "device.statistics.coredumps",
    "Status Messages": "device.settings.status.messages",
    "Debug Display": "device.trace.display.alarm",
}
_DEVICE_LINKS = {
    "Device Information": "/DeviceInformation",
    "Network Configuration": "/NetworkConfiguration",
    "Console Logs": "/DeviceLog?0",
    "Core Dumps": "/DeviceLog?1",
    "Status Messages": "/DeviceLog?2",
}


def device(phone: Phone) -> dict[str, str]:
    mac = phone.name.removeprefix("SEP")
    return {
        "MAC Address": mac,
        "Host Name": phone.name,
        "Phone DN": str(2000 + int(mac[-3:], 16) % 7000),
        "App Load ID": f"{phone.spec.model.lower()}-lab",
        "Hardware Revision": "1.0",
        "Model Number": phone.product,
        "Serial Number": f"FCH{mac[-8:]}",
    }


def network(phone: Phone) -> dict[str, str]:
    """VPN has no place on that page. Labels end in numbers where there may be several."""
    public = phone.spec.public_ip
    gateway = public.rpartition(".")[0] + ".1"
    settings = {
        "DHCP Server": gateway,
        "MAC Address": phone.name.removeprefix("SEP"),
        "Host Name": phone.name,
        "Domain Name": "example.net",
        "IP Address": public,
        "Subnet Mask": "255.255.255.0",
        "Default Router 1": gateway,
        "DNS Server 1": gateway,
        "Operational VLAN ID": "4095",
        "DHCP Enabled": "Yes",
        "Alternate TFTP": "Yes" if phone.spec.tftp else "No",
    }
    for number, node in enumerate(phone.nodes[:2], 1):
        settings[f"TFTP Server {number}"] = node
    for number, node in enumerate(list(phone.cluster.nodes)[:5], 1):
        settings[f"CallManager {number}"] = f"{node} {'Active' if number == 1 else 'Standby'}"
    return settings


def page(phone: Phone, target: str) -> tuple[str, str] | None:
    """(content type, text) for a path with its query; None where there is no such page."""
    if target.startswith(LOGS):
        text = phone.log.files().get(target.removeprefix(LOGS))
        return None if text is None else ("text/plain", text)
    if phone.model.web == "device":
        return _device_page(phone, target)
    if target == "/":
        target = f"{_JAVA}{_LINKS['Device Information']}"
    title = next((title for title, name in _LINKS.items() if target == f"{_JAVA}{name}"), None)
    links = {title: f"{_JAVA}{name}" for title, name in _LINKS.items()}
    return None if title is None else ("text/html", _html(phone, title, links))


def _device_page(phone: Phone, target: str) -> tuple[str, str] | None:
    if target == "/":
        target = "/DeviceInformation"
    title = next((title for title, path in _DEVICE_LINKS.items() if path == target), None)
    if title is not None:
        return "text/html", _html(phone, title, _DEVICE_LINKS)
    path, _, number = target.partition("?")
    if not path.endswith("X"):
        return None
    plain = path.removesuffix("X") + (f"?{number}" if number else "")
    title = next((title for title, known in _DEVICE_LINKS.items() if known == plain), None)
    return None if title is None else ("text/xml", _xml(phone, title))


def _content(phone: Phone, title: str) -> dict[str, str] | list[str]:
    match title:
        case "Device Information":
            return device(phone)
        case "Network Configuration":
            return network(phone)
        case "Console Logs":
            return [f"{LOGS}{name}" for name in phone.log.files()]
        case "Status Messages":
            return list(phone.status.lines())
    return []


def _html(phone: Phone, title: str, links: dict[str, str]) -> str:
    content = _content(phone, title)
    rows = []
    if isinstance(content, dict):
        for label, value in content.items():
            rows.append(
                f"<TR><TD><B>{escape(label)}</B></TD><td width=20></TD><TD><B>{escape(value)}</B></TD></TR>"
            )  # fmt: skip
    elif title == "Console Logs":
        rows = [f'<TR><TD><A HREF="{escape(path)}">{escape(path)}</A></TD></TR>' for path in content]
    else:
        rows = [f"<TR><TD><B>{escape(line)}</B></TD></TR>" for line in content]
    named = f"Cisco Unified IP Phone {phone.product} ( {phone.name} )"
    menu = "".join(f'<TR><TD><A HREF="{escape(path)}">{escape(text)}</A></TD></TR>\n' for text, path in links.items())
    body = "\n".join(rows)
    return (
        f"<HTML>\n<HEAD><TITLE>Cisco Systems, Inc.</TITLE></HEAD>\n<BODY>\n<TABLE BORDER=0>\n<TR><TD COLSPAN=2>"
        f'<FONT SIZE="+2"><B>{escape(title)}</B></FONT></TD></TR>\n<TR><TD COLSPAN=2>{escape(named)}</TD></TR>\n'
        f"<TR VALIGN=top><TD>\n<TABLE>\n{menu}</TABLE>\n</TD><TD>\n<DIV ALIGN=center>\n<TABLE>\n{body}\n</TABLE>\n"
        "</DIV>\n</TD></TR>\n</TABLE>\n</BODY>\n</HTML>\n"
    )


def _xml(phone: Phone, title: str) -> str:
    """The X pages: a label without its blanks is the element's name; lines of a log are <status> elements [K]."""
    content = _content(phone, title)
    if isinstance(content, dict):
        root = title.removesuffix(" Information").replace(" ", "") + "Information"
        named = {label.replace(" ", ""): value for label, value in content.items()}
        rows = [f"<{name}>{escape_xml(value)}</{name}>" for name, value in named.items()]
    else:
        root, rows = "DeviceLog", [f"<status>{escape_xml(line)}</status>" for line in content]
    return '<?xml version="1.0" encoding="iso-8859-1"?>\n' + f"<{root}>\n" + "\n".join(rows) + f"\n</{root}>\n"
