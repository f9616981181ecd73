"""What a value of a group-policy attribute means for a phone; the same for a policy, a username and a prediction."""

from __future__ import annotations

from typing import NamedTuple

from ..model import Status

# Tokens that let an AnyConnect client in: ssl-client since 8.4, svc before (F-048; the old word is not proven).
PHONE_PROTOCOLS = ("ssl-client", "svc")
# A phone needs whole packets: F-098.
MTU_RANGE = (256, 1406)


class Verdict(NamedTuple):
    """status, and what to say of the value."""

    status: Status
    text: str


def logins(value: str) -> Verdict:
    """vpn-simultaneous-logins: 0 lets nobody in (F-047)."""
    number = _number(value)
    if number is None:
        return Verdict("error", f"`{value}` is not a number")
    return Verdict("pass", f"{number} at once") if number else Verdict("fail", "0 lets nobody in")


def protocol(value: str) -> Verdict:
    """vpn-tunnel-protocol: phones need ssl-client, or svc in the old syntax (F-048)."""
    tokens = value.lower().split()
    if not tokens:
        return Verdict("error", "no protocol can be read")
    if any(token in PHONE_PROTOCOLS for token in tokens):
        return Verdict("pass", f"`{value}` lets AnyConnect clients in")
    return Verdict("fail", f"`{value}` lacks {' or '.join(PHONE_PROTOCOLS)}")


def group_lock(value: str, tunnel_group: str) -> Verdict:
    """group-lock: none, or the phones' own tunnel-group (F-049)."""
    if value == "none":
        return Verdict("pass", "no lock")
    word, _, name = value.partition(" ")
    name = name.strip().strip('"')
    if word != "value" or not name:
        return Verdict("error", f"`{value}` cannot be read")
    if name == tunnel_group.strip('"'):
        return Verdict("pass", f"locked to {name}, the phones' own")
    return Verdict("fail", f"locked to {name}, not to {tunnel_group}")


def vpn_filter(value: str, reviewed: tuple[str, ...]) -> Verdict:
    """vpn-filter: none, or an ACL that a person has reviewed; any other is not known to let phones work (F-049b)."""
    if value == "none":
        return Verdict("pass", "no filter")
    word, _, name = value.partition(" ")
    name = name.strip().strip('"')
    if word != "value" or not name:
        return Verdict("error", f"`{value}` cannot be read")
    if name in reviewed:
        return Verdict("pass", f"ACL {name}, reviewed for phones")
    return Verdict("error", f"a person must read ACL {name}")


def split_tunnel(value: str) -> Verdict:
    """split-tunnel-policy: all of a phone's traffic goes into the tunnel (F-049d)."""
    word = value.strip().lower()
    if word == "tunnelall":
        return Verdict("pass", "all traffic goes into the tunnel")
    if word in ("tunnelspecified", "excludespecified"):
        return Verdict("fail", f"`{word}` is split tunnelling")
    return Verdict("error", f"`{value}` is not a known policy")


def mtu(value: str) -> Verdict:
    """anyconnect mtu or svc mtu: 256 to 1406 (F-098)."""
    number = _number(value)
    if number is None:
        return Verdict("error", f"`{value}` is not a number")
    low, high = MTU_RANGE
    if low <= number <= high:
        return Verdict("pass", f"{number} is within {low} to {high}")
    return Verdict("fail", f"{number} is outside {low} to {high}")


def session_timeout(value: str) -> Verdict:
    """vpn-session-timeout: minutes after which every session ends, or none."""
    if value == "none":
        return Verdict("pass", "sessions have no end")
    number = _number(value)
    if number is None:
        return Verdict("error", f"`{value}` is not a number of minutes")
    return Verdict("fail", f"every session ends after {number} minutes, calls too")


def access_hours(value: str) -> Verdict:
    """vpn-access-hours: none, or a time-range outside which no phone connects."""
    if value == "none":
        return Verdict("pass", "at any hour")
    return Verdict("fail", f"`{value}`: no phone connects outside that time-range")


def _number(value: str) -> int | None:
    """A number as the ASA prints it; None for anything else and for more digits than it takes."""
    text = value.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 10 else None
