"""show running-config webvpn to the model (F-003, F-035, document sections on CSD)."""

from __future__ import annotations

import re

from ..model import CertificateMap, WebvpnConfig
from .blocks import Line
from .engine import forms
from .result import Parsed
from .sections import Row, config_blocks, read_lines, small_int, unquote, without_nested, word_set

_HEADER = re.compile(r"webvpn$")

_LINES = forms(
    """
enable {{ interface | NAME }}
enable {{ tls_only | NAME }} tls-only
port {{ port | DIGIT }}
dtls port {{ dtls_port | DIGIT }}
{{ csd | CSD }}
{{ client | CLIENT }}
{{ essentials | ESSENTIALS }}
{{ list | LIST }}
certificate-group-map {{ map | NAME }} {{ sequence | DIGIT }} {{ tunnel_group | NAME }}
tunnel-group-preference {{ preference }}
""",
    # From 9.5(2) on the feature is called hostscan [K]; the document's word is csd.
    CSD="(?:csd|hostscan) enable",
    CLIENT="(?:anyconnect|svc) enable",
    ESSENTIALS="(?:no )?anyconnect-essentials",
    LIST="(?:no )?tunnel-group-list enable",
)
_OFF = {"no csd enable", "no hostscan enable", "no anyconnect enable", "no svc enable", "no tunnel-group-list"}

# Lines with lines of their own below them.
_NESTED = word_set("cache csd-profile customization http-headers mus port-forward saml smart-tunnel sso-server")
# First words of lines that decide nothing for a phone. Those of nested lines stand here too: a pasted text has lost
# its indent.
_KNOWN = _NESTED | word_set("""
    anyconnect-custom-attr anyconnect-custom-data apcf application-type auto-signon base-url cache-static-content
    character-encoding clock-skew content-security-policy default-idle-timeout default-language disable
    error-recovery expiry-time file-encoding force hsts-client hsts-server http-comp http-proxy https-proxy import
    include-sub-domains internal internal-password java-trustpoint keepout lmfactor localization logo
    max-age max-object-size memory-size min-object-size mobile-device onscreen-keyboard portal-access-rule preload
    proxy-bypass rewrite signature split-tunnel-all-dns ssl-server-check sso timeout title trustpoint url url-list
    x-content-type-options x-xss-protection
""")
_KNOWN_PAIRS = re.compile(
    # Images and profiles, loaded but not switched on by this; a bare `enable` belongs to an http header.
    r"(?:no )?(?:(?:csd|hostscan|csd hostscan) image|(?:anyconnect|svc) (?!enable\b)[a-z-]+)\b|(?:no )?enable$"
)


def parse_webvpn(text: str) -> Parsed[WebvpnConfig]:
    """The one column-0 webvpn block; no text at all means that there is none.

    Its lines count at any indent: the document's own sample shows `csd enable` at column 0.
    """
    blocks, stray = config_blocks(text, "show running-config webvpn", _HEADER)
    body = [line for block in blocks for line in without_nested(block.body, _NESTED)]
    rows, left = read_lines(_LINES, body, _KNOWN)
    unparsed = [*stray, *(line for line in left if not _is_known(line))]
    values: Row = {}
    interfaces: list[str] = []
    tls_only: list[str] = []
    maps: list[CertificateMap] = []
    ports = {"port": 443, "dtls_port": 443}
    for line, row in rows:
        if "interface" in row:
            interfaces.append(unquote(row["interface"]))
        elif "tls_only" in row:
            interfaces.append(unquote(row["tls_only"]))
            tls_only.append(interfaces[-1])
        elif "map" in row:
            rule = _certificate_map(row)
            if rule is None:
                unparsed.append(line)
            else:
                maps.append(rule)
        elif "port" in row or "dtls_port" in row:
            ((name, digits),) = row.items()
            number = small_int(digits)
            if number is None or not 0 < number < 65536:
                unparsed.append(line)
            else:
                ports[name] = number
        else:
            values |= row
    value = WebvpnConfig(
        configured=bool(blocks),
        enabled_interfaces=tuple(dict.fromkeys(interfaces)),
        tls_only_interfaces=tuple(dict.fromkeys(tls_only)),
        port=ports["port"],
        dtls_port=ports["dtls_port"],
        csd_line=values.get("csd", ""),
        anyconnect_enabled="client" in values,
        anyconnect_essentials=values.get("essentials") == "anyconnect-essentials",
        essentials_refused=values.get("essentials") == "no anyconnect-essentials",
        tunnel_group_list=values.get("list") == "tunnel-group-list enable",
        certificate_maps=tuple(maps),
        group_url_preferred=values.get("preference") == "group-url",
    )
    return Parsed(value, tuple(sorted(unparsed)))


def _certificate_map(row: Row) -> CertificateMap | None:
    sequence = small_int(row["sequence"])
    if sequence is None:
        return None
    return CertificateMap(map_name=unquote(row["map"]), sequence=sequence, tunnel_group=unquote(row["tunnel_group"]))


def _is_known(line: Line) -> bool:
    text = " ".join(line.words)
    return text in _OFF or _KNOWN_PAIRS.match(text) is not None
