"""Where the phones of a cluster are asked: the nodes that serve their files, and their own web pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .addresses import is_address
from .errors import BadInput
from .gather_phones import Node
from .model import Registration

NODES_SPEC: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "name": {"type": "str", "required": True},
        "host": {"type": "str"},
        "http_port": {"type": "int", "default": 6970},
        "tftp_port": {"type": "int", "default": 69},
    },
}
MAX_PARALLEL = 64


def serving_nodes(name: str, given: Iterable[Mapping[str, Any]], listed: Iterable[str] | None) -> tuple[Node, ...]:
    """As given, else as the cluster lists them. BadInput: tftp_nodes_unknown, two of one name."""
    nodes = [Node(node["name"], node["host"] or node["name"], node["http_port"], node["tftp_port"]) for node in given]
    nodes = nodes or [Node(host, host) for host in listed or ()]
    if not nodes:
        raise BadInput(
            "which nodes serve the phones' files is not known.",
            where=name,
            todo="Name them in vpnphone_tftp_nodes: [{name: cucm-tftp1, host: 10.0.0.11}].",
            code="tftp_nodes_unknown",
        )
    if len({node.name for node in nodes}) < len(nodes):
        raise BadInput("two nodes have the same name.", where=name, todo="Correct vpnphone_tftp_nodes.")
    return tuple(nodes)


def page_addresses(
    given: Mapping[str, Any], registrations: Iterable[Registration], phones: Sequence[str]
) -> dict[str, str]:
    """Where the web pages are: as given, else the address that a phone is registered with now."""
    found: dict[str, str] = {}
    for registration in registrations:
        if registration.status.lower() == "registered" and _is_address(registration.ip):
            found[registration.name] = f"[{registration.ip}]" if ":" in registration.ip else registration.ip
    found |= {phone: str(address) for phone, address in given.items()}
    return {phone: found[phone] for phone in phones if phone in found}


def check_patience(name: str, params: Mapping[str, Any]) -> None:
    """BadInput for options of asking many phones that make no sense."""
    for option, highest in (("parallel", MAX_PARALLEL), ("file_timeout", 60)):
        if not 1 <= params[option] <= highest:
            raise BadInput(f"{option} is {params[option]}; expected 1 to {highest}.", where=name, todo="Correct it.")


def _is_address(text: str) -> bool:
    """It comes from the network, and becomes part of a URL."""
    return re.fullmatch("[0-9A-Fa-f.:]+", text) is not None and is_address(text)
