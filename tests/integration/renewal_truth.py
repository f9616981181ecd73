"""The lab's own truth of a renewal's site: what stands on the ASAs, in the cluster and in the phones."""

from __future__ import annotations

from typing import Any

from lab.testing import RunningLab
from tests.integration.renewal_operator import CLUSTER

OLD, NEW = "VPN_TP", "VPN_2027"
STORE = "Phone-VPN-trust"
SIDES = ("north", "south")
# Switched off all the time.
OFF = ("SEP5475D0F3E206", "SEP70E422A1B9C8")


def names(side: str) -> tuple[str, str]:
    """File names of the old and the new certificate of a side in the trust store."""
    return f"vpn-{side}.example.com.pem", f"vpn-{side}-2027.example.com.pem"


def blocks(lines: list[str], *trustpoints: str, others: bool = False) -> list[str]:
    """Lines of a configuration that speak of a trustpoint, its blocks whole; others: all but these."""
    found, inside = [], False
    for line in lines:
        named = bool(set(trustpoints) & set(line.split()))
        inside = named or (inside and line.startswith(" "))
        if inside != others:
            found.append(line)
    return found


def rest(state: dict[str, Any]) -> list[str]:
    """The running configuration without what a renewal is about."""
    return blocks(state["running_config"], OLD, NEW, others=True)


def bound(state: dict[str, Any], which: str = "running_config") -> list[str]:
    return [line for line in state[which] if line.startswith("ssl trust-point ")]


def sha1(state: dict[str, Any], trustpoint: str) -> str:
    """Of the identity certificate; "" where there is none."""
    identity = (state["trustpoints"].get(trustpoint) or {}).get("identity")
    return str(identity["sha1"]) if identity else ""


def store(site: RunningLab) -> dict[str, str]:
    """File name -> SHA-1."""
    return {name: one["sha1"] for name, one in site.state(CLUSTER)["trust"][STORE].items()}


def lists(site: RunningLab) -> dict[str, tuple[str, ...]]:
    """Gateway -> files of its certificates, in order."""
    return {name: tuple(gateway.certificates) for name, gateway in site.cluster(CLUSTER).gateways.items()}


def pins(site: RunningLab, phone: str) -> frozenset[str]:
    """SHA-1 of what the file that the phone holds pins."""
    held = site.phone(phone).held
    return frozenset(pin.hex() for pin in held.vpn.pins) if held is not None and held.vpn is not None else frozenset()


def connected(site: RunningLab) -> set[str]:
    return {name for name, outcome in site.outcomes().items() if outcome.connected}


def nobody_lost(site: RunningLab) -> bool:
    """Nobody was locked out at any moment, and no attempt failed."""
    totals = site.lockouts()["totals"]
    return (totals["lockouts"], totals["failed_connects"]) == (0, 0)


def renewed(site: RunningLab, before: dict[str, dict[str, Any]], *, lost: bool = False) -> None:
    """The one end of every renewal that went to its end. lost: phones were made to fail on the way."""
    held = store(site)
    for side in SIDES:
        name, state = f"asa-{side}", site.state(f"asa-{side}")
        old, new = names(side)
        assert bound(state) == bound(state, "startup_config") == [f"ssl trust-point {NEW} outside"]
        assert state["running_config"] == state["startup_config"]
        assert blocks(state["running_config"], OLD) == []
        assert rest(state) == rest(before[name])
        assert old not in held
        assert held[new] == sha1(state, NEW)
        for gateway, members in lists(site).items():
            if gateway.startswith(f"GW-{side.upper()}"):
                assert members == (new,)
        for phone in connected(site):
            if site.outcomes()[phone].asa == name:
                assert pins(site, phone) == {held[new]}
    # Both units of the pair have it.
    north = site.state("asa-north")
    assert north["mate_trustpoints"][NEW]["identity"]["sha1"] == sha1(north, NEW)
    assert connected(site) == set(site.outcomes()) - set(OFF)
    assert lost or nobody_lost(site)
    assert site.lockouts()["totals"]["locked_out"] == 0
