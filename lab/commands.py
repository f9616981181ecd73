"""The commands the simulator knows, compiled; their sub-modes' prompts; the order of the sections."""

from __future__ import annotations

from functools import lru_cache

from .grammar import Table, compile_table
from .release import Release
from .tables import TABLES

# Prompt word of each sub-mode; not confirmed by real output: username-webvpn, group-webvpn, dap, dap-webvpn,
# load-balancing, ca-map, ca-crl, webvpn-cache, policy-map [K].
PROMPTS = {
    "config": "config", "webvpn": "config-webvpn", "webvpn-cache": "config-webvpn-cache",
    "group-policy": "config-group-policy", "group-webvpn": "config-group-webvpn",
    "username": "config-username", "username-webvpn": "config-username-webvpn",
    "tunnel-general": "config-tunnel-general", "tunnel-webvpn": "config-tunnel-webvpn",
    "tunnel-ipsec": "config-tunnel-ipsec", "tunnel-ppp": "config-ppp",
    "dap": "config-dynamic-access-policy-record", "dap-webvpn": "config-dap-webvpn",
    "load-balancing": "config-load-balancing", "ca-trustpoint": "config-ca-trustpoint", "ca-crl": "config-ca-crl",
    "ca-map": "config-ca-cert-map", "interface": "config-if", "object": "config-network-object",
    "time-range": "config-time-range",
    "aaa-group": "config-aaa-server-group", "aaa-host": "config-aaa-server-host", "policy-map": "config-pmap",
    "applet": "config-applet",
}  # fmt: skip

CONFIG: dict[str, Table] = {mode: compile_table(table) for mode, table in TABLES.items()}
# Commands that need configuration mode although they do not change a line of it.
CONFIG_ONLY = ("crypto ", "clear configure", "dynamic-access-policy-config")


@lru_cache(maxsize=1024)
def config_patterns(mode: str, release: Release) -> Table:
    return CONFIG[mode].for_release(release)


# Where a new top-level line goes: behind the last one of the same or an earlier section.
_ORDER = (
    "hostname", "domain-name", "enable", "passwd", "names", "name", "ip local", "interface", "banner", "boot", "ftp",
    "clock", "dns", "same-security-traffic", "object", "object-group", "access-list", "pager", "logging", "mtu",
    "failover", "icmp", "asdm", "arp", "nat", "access-group", "route", "timeout", "dynamic-access-policy-record",
    "aaa-server", "user-identity", "aaa", "http", "snmp-server", "crypto ipsec", "crypto map", "crypto ca trustpoint",
    "crypto ca certificate", "crypto ikev2", "crypto ikev1", "telnet", "ssh", "console", "vpn load-balancing",
    "vpn-sessiondb", "threat-detection", "ntp", "ssl", "webvpn", "group-policy", "username", "tunnel-group",
    "class-map", "policy-map", "service-policy", "event manager", "prompt", "call-home",
)  # fmt: skip
_RANKS = {words: number for number, words in enumerate(_ORDER)}


@lru_cache(maxsize=8192)
def rank(mode: str, text: str) -> int:
    """The place of a line among its siblings."""
    words = text.split()
    if mode == "config":
        for length in (3, 2, 1):
            number = _RANKS.get(" ".join(words[:length]))
            if number is not None:
                return number
        # The global `terminal width` and the like stand with the pager.
        return _RANKS["pager"]
    first = [p.elements[0].words[0] for p in CONFIG[mode].patterns if p.elements[0].kind == "words"]
    return first.index(words[0]) if words[0] in first else len(first)
