"""The address that a session gets."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from ..configtree import below, rest
from ..device import Context
from . import policy

# No pool of an ASA is larger than a class B network.
_LARGEST = 65536
# What the DHCP server behind `dhcp-server` gives out in the lab.
_DHCP = "10.254.0.10-10.254.255.250"


def free_address(context: Context, group: str, chosen: str, user: str = "") -> str | None:
    """The first address of the login's pools that no session has; None where there is none.

    Pools of the group-policy go before those of the tunnel-group; a DHCP server is asked where there are no pools.
    """
    taken = {session.assigned_ip for session in context.sessions}
    for low, high in _spans(context, group, chosen, user):
        for number in range(low, min(high + 1, low + _LARGEST)):
            found = f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
            if found not in taken:
                return found
    return None


def _spans(context: Context, group: str, chosen: str, user: str) -> Iterator[tuple[int, int]]:
    general = below(context.running, f"tunnel-group {group} general-attributes")
    words = policy.attribute(context, chosen, "address-pools", user).split()
    names = words[1:] if words[:1] == ["value"] else rest(general, "address-pool").split()
    ranges = [context.value(f"ip local pool {name}").split() for name in names if not name.startswith("(")]
    spans = [words[0] for words in ranges if words]
    if not spans and rest(general, "dhcp-server"):
        spans = [_DHCP]
    for span in spans:
        first, _, last = span.partition("-")
        try:
            yield int(IPv4Address(first)), int(IPv4Address(last or first))
        except ValueError:
            continue
