"""show running-config vpn load-balancing, interface, ntp, and show aaa-server to the model."""

from __future__ import annotations

import re

from ..model import AaaServer, Interface, LoadBalancing
from .answer import answer_lines, shown
from .blocks import Line, Unreadable
from .engine import forms
from .result import Parsed
from .sections import config_blocks, read_lines, unquote, without_nested, word_set

# --- vpn load-balancing ---------------------------------------------------------------------------------------------

_LB_HEADER = re.compile(r"vpn\s+load-balancing$")
_LB = forms(
    """
{{ participate | PARTICIPATE }}
cluster ip address {{ address }}
cluster name {{ name | NAME }}
""",
    PARTICIPATE="(?:no )?participate",
)
_LB_KNOWN = word_set("interface nat priority redirect-fqdn")
_LB_CLUSTER = re.compile(r"cluster (?:encryption|key|port)\b")


def parse_load_balancing(text: str) -> Parsed[LoadBalancing]:
    """F-030. Without `participate` the device takes no part [K]; no text at all means the same."""
    blocks, stray = config_blocks(text, "show running-config vpn load-balancing", _LB_HEADER)
    rows, left = read_lines(_LB, (line for block in blocks for line in block.body), _LB_KNOWN)
    participate = False
    addresses: list[str] = []
    for _line, row in rows:
        if "participate" in row:
            participate = row["participate"] == "participate"
        else:
            addresses.append(unquote(row.get("address") or row["name"]))
    unparsed = [*stray, *(line for line in left if not _LB_CLUSTER.match(" ".join(line.words)))]
    value = LoadBalancing(participate=participate, cluster_addresses=tuple(dict.fromkeys(addresses)))
    return Parsed(value, tuple(sorted(unparsed)))


# --- interface ------------------------------------------------------------------------------------------------------

_IF_HEADER = re.compile(r"interface\s")
_IF_NAME = forms("""
interface {{ name | REST }}
""")
_IF = forms(
    """
nameif {{ nameif | NAME }}
ip address {{ method | METHOD }}
ip address {{ method | METHOD }} setroute
ip address {{ ip | IP }} {{ mask | IP }}
ip address {{ ip | IP }} {{ mask | IP }} standby {{ standby | IP }}
ip address {{ ip | IP }} {{ mask | IP }} cluster-pool {{ pool | NAME }}
{{ shutdown | SHUTDOWN }}
{{ none | NONE }}
""",
    METHOD="dhcp|pppoe",
    IP=r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}",
    SHUTDOWN="(?:no )?shutdown",
    NONE="no (?:nameif|ip address)",
)
_IF_KNOWN = word_set("""
    allocate-interface authentication bridge-group channel-group cts delay description dhcp dhcprelay duplex eigrp
    fec flowcontrol forward hello-interval hold-time igmp ipv6 isis lacp mac-address management-only media-type
    member-interface mfib mtu multicast negotiation nve ospf pim poll policy-route port-channel power pppoe
    redundant rip security-level speed split-horizon summary-address switchport traffic-zone tunnel vlan vtep-nic
    zone-member
""")
_IF_NESTED = frozenset(("cts",))


def parse_interfaces(text: str) -> Parsed[tuple[Interface, ...]]:
    """Interfaces with name, IPv4 address and state. An address by DHCP or PPPoE is not in the configuration."""
    blocks, unparsed = config_blocks(text, "show running-config interface", _IF_HEADER)
    headers = {line.number: row["name"] for line, row in read_lines(_IF_NAME, (block.header for block in blocks))[0]}
    bodies = [without_nested(block.body, _IF_NESTED) for block in blocks]
    rows, left = read_lines(_IF, (line for body in bodies for line in body), _IF_KNOWN)
    unparsed += left
    fields = {line.number: row for line, row in rows}
    found: dict[str, Interface] = {}
    for block, body in zip(blocks, bodies, strict=True):
        name = headers.get(block.header.number)
        if name is None:
            unparsed.append(block.header)
            continue
        row = {key: value for line in body for key, value in fields.get(line.number, {}).items()}
        found[name] = Interface(
            name=name,
            nameif=unquote(row.get("nameif", "")),
            ip=row.get("ip", ""),
            mask=row.get("mask", ""),
            standby_ip=row.get("standby", ""),
            method=row.get("method", ""),
            shutdown=row.get("shutdown") == "shutdown",
        )
    return Parsed(tuple(found.values()), tuple(sorted(unparsed)))


# --- ntp ------------------------------------------------------------------------------------------------------------

_NTP = forms(
    """
ntp server {{ server }}
ntp server {{ server }} {{ options | REST }}
ntp {{ other | OTHER }}
ntp {{ other | OTHER }} {{ options | REST }}
""",
    OTHER="authenticate|authentication-key|trusted-key",
)


def parse_ntp_servers(text: str) -> Parsed[tuple[str, ...]]:
    """F-096: addresses of `ntp server`, in order; keys are not kept."""
    lines = answer_lines(text, "show running-config ntp")
    rows, unparsed = read_lines(_NTP, lines)
    if lines and not rows:
        raise Unreadable(f"no line begins with `ntp`; the first one is: {shown(lines[0].text)}")
    servers = (row["server"] for _line, row in rows if "server" in row)
    return Parsed(tuple(dict.fromkeys(servers)), tuple(unparsed))


# --- show aaa-server ------------------------------------------------------------------------------------------------

_AAA = forms(
    """
Server Group: {{ group | REST }}
Server Protocol: {{ protocol | REST }}
Server Address: {{ address | REST }}
Server status: {{ status | REST }}
Server {{ other | OTHER }}: {{ value | REST }}
""",
    OTHER="[Pp]ort|[Hh]ostname",
)
_AAA_KNOWN = frozenset(("Number", "Average"))
_KEY = re.compile(r"^(\s*Server [A-Za-z]{1,10})\s{0,8}:\s*")


def parse_aaa_servers(text: str) -> Parsed[tuple[AaaServer, ...]]:
    """F-019: one item a server; `Server Group:` opens a group, a further `Server Address:` the next server [K].

    status is the word before the comma or full stop: `ACTIVE, Last transaction at 13:39:26 UTC ...`.
    """
    lines = [Line(line.number, _KEY.sub(r"\1: ", line.text)) for line in answer_lines(text, "show aaa-server")]
    rows, unparsed = read_lines(_AAA, lines, _AAA_KNOWN)
    group = protocol = ""
    found: list[dict[str, str]] = []
    for line, row in rows:
        if "group" in row:
            group, protocol = row["group"], ""
            found.append({})
        elif not found:
            unparsed.append(line)
            continue
        elif "address" in row and "address" in found[-1]:
            found.append({})
        protocol = row.get("protocol", protocol)
        found[-1] |= {"group": group, "protocol": protocol} | {
            key: row[key] for key in ("address", "status") if key in row
        }
    if lines and not found:
        raise Unreadable(f"`show aaa-server` has no line `Server Group:`; its first line is: {shown(lines[0].text)}")
    servers = [
        AaaServer(
            group=item["group"],
            protocol=item["protocol"],
            address=item.get("address", ""),
            status=re.split("[,.]", item.get("status", ""), maxsplit=1)[0].strip(),
        )
        for item in found
    ]
    return Parsed(tuple(servers), tuple(sorted(unparsed)))
