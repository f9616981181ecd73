"""Lines of a group-policy or of `username X attributes` as a mapping of attribute to the rest of its line."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .blocks import Line
from .sections import word_set

# Attributes of more than one word. Only those whose first word alone would be ambiguous; longest match counts.
_LONG_NAMES = frozenset(
    (
        "vpn-idle-timeout alert-interval",
        "vpn-session-timeout alert-interval",
        "msie-proxy except-list",
        "msie-proxy local-bypass",
        "msie-proxy lockdown",
        "msie-proxy method",
        "msie-proxy pac-url",
        "msie-proxy server",
        "periodic-authentication certificate",
        "port-forward name",
        "ssh authentication",
        "smart-tunnel auto-signon",
        "smart-tunnel auto-start",
        "smart-tunnel tunnel-policy",
        *(
            f"{client} {rest}"
            for client in ("anyconnect", "svc")
            for rest in (
                "ask",
                "compression",
                "dpd-interval client",
                "dpd-interval gateway",
                "dtls",
                "dtls compression",
                "firewall-rule client-interface private",
                "firewall-rule client-interface public",
                "keep-installer",
                "keepalive",
                "modules",
                "mtu",
                "profiles",
                "rekey method",
                "rekey time",
                "routing-filtering-ignore",
                "ssl compression",
                "ssl df-bit-ignore",
                "ssl dtls",
                "ssl keepalive",
                "ssl rekey method",
                "ssl rekey time",
            )
        ),
    )
)
_LONGEST = max(len(name.split()) for name in _LONG_NAMES)

# First words found in the nested webvpn block alone: how its lines are known where a text has lost its indent.
_WEBVPN_WORDS = word_set("""
    activex-relay always-on-vpn anyconnect anyconnect-custom appl-acl auto-signon customization deny-message
    download-max-size file-browsing file-entry filter functions hidden-shares homepage html-content-filter http-comp
    http-proxy keep-alive-ignore mus port-forward post-max-size smart-tunnel sso-server storage-key storage-objects
    svc unix-auth-gid unix-auth-uid upload-max-size url-entry url-list user-storage
""")
# Attributes that are several lines by nature; they are joined with a newline.
_REPEATED = word_set("anyconnect-custom auto-signon banner client-access-rule split-dns")
# Never kept: what follows identifies a key or is one.
_WITHHELD = frozenset(("password", "encrypted-password", "key", "key-string", "ssh authentication"))

_SHAPE = re.compile(r"(?:no )?[a-z0-9][a-z0-9-]{0,60}(?: |$)")


def read_attributes(body: Iterable[Line]) -> tuple[dict[str, str], list[Line]]:
    """{"vpn-filter": "value ACL", "webvpn anyconnect mtu": "1290"}, and the lines that are no attribute.

    A line of the nested webvpn block carries that word. Blanks are single. Where an attribute that has one value
    stands twice with different ones, the last counts (as on the device) and both lines are reported.
    """
    values: dict[str, str] = {}
    seen: dict[str, Line] = {}
    unparsed: dict[int, Line] = {}
    nested: int | None = None
    for line in body:
        words = line.words
        if words == ["webvpn"]:
            nested = line.indent
            continue
        if nested is not None and line.indent <= nested and words[0] not in _WEBVPN_WORDS:
            nested = None
        if not _SHAPE.match(" ".join(words[:2])):
            unparsed[line.number] = line
            continue
        name, value = _split(words)
        if name in _WITHHELD:
            continue
        key = f"webvpn {name}" if nested is not None else name
        if name in _REPEATED and key in values:
            values[key] = f"{values[key]}\n{value}"
            continue
        if values.get(key, value) != value:
            unparsed |= {line.number: line, seen[key].number: seen[key]}
        values[key] = value
        seen[key] = line
    return values, list(unparsed.values())


def _split(words: list[str]) -> tuple[str, str]:
    """("vpn-idle-timeout alert-interval", "1"); of a `no` line the attribute is all of it."""
    if words[0] == "no":
        return " ".join(words), ""
    for count in range(min(_LONGEST, len(words)), 1, -1):
        name = " ".join(words[:count])
        if name in _LONG_NAMES:
            return name, " ".join(words[count:])
    return words[0], " ".join(words[1:])
