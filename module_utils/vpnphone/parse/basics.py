"""show running-config vpn load-balancing, interface, ntp, and show aaa-server to the model."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..model import AaaServer, Interface, LoadBalancing
from .answer import answer_lines, shown
from .blocks import Line, Unreadable
from .engine import forms
from .result import Parsed
from .sections import config_blocks, read_lines, unquote

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
_LB_KNOWN = frozenset("interface nat priority redirect-fqdn".split())
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
_IF_KNOWN = frozenset(
    "allocate-interface authentication bridge-group channel-group cts delay description dhcp dhcprelay duplex eigrp "
    "fec flowcontrol forward hello-interval hold-time igmp ipv6 isis lacp mac-address management-only media-type "
    "member-interface mfib mtu multicast negotiation nve ospf pim poll policy-route port-channel power pppoe "
    "redundant rip security-level speed split-horizon summary-address switchport traffic-zone tunnel vlan vtep-nic "
    "zone-member".split()
)
_IF_NESTED = frozenset(("cts",))


def parse_interfaces(text: str) -> Parsed[tuple[Interface, ...]]:
    """Interfaces with name, IPv4 address and state. An address by DHCP or PPPoE is not in the configuration."""
    blocks, unparsed = config_blocks(text, "show running-config interface", _IF_HEADER)
    headers = {line.number: row["name"] for line, row in read_lines(_IF_NAME, (block.header for block in blocks))[0]}
    lines = [line for block in blocks for line in block.body]
    rows, left = read_lines(_IF, lines, _IF_KNOWN)
    # A cts block has lines of its own (policy, propagate), two levels down.
    nested = {line.number for line in lines} - {
        line.number for block in blocks for line in _direct(block.body)
    }
    unparsed += [line for line in left if line.number not in nested]
    fields = {line.number: row for line, row in rows}
    found: dict[str, Interface] = {}
    for block in blocks:
        name = headers.get(block.header.number)
        if name is None:
            unparsed.append(block.header)
            continue
        row = {key: value for line in block.body for key, value in fields.get(line.number, {}).items()}
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


def _direct(body: Iterable[Line]) -> list[Line]:
    return without_nested(body, _IF_NESTED)
