"""The configuration file that a phone holds: of it, the VPN group and whether its web pages are on."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_FILE = 1024 * 1024
PASSWORD_METHODS = (0, 1)


@dataclass(frozen=True)
class VpnGroup:
    """pins: the raw hashes; method: 0 user and password, 1 password, 2 certificate."""

    urls: tuple[str, ...]
    pins: frozenset[bytes]
    method: int
    host_id_check: bool
    fail_connect_seconds: int = 30


@dataclass(frozen=True)
class HeldFile:
    """vpn: None where the file has no vpnGroup. built_at: from the envelope, None without one."""

    vpn: VpnGroup | None
    web: bool
    built_at: datetime | None = None


def read(content: bytes, built_at: datetime | None = None) -> HeldFile:
    """From the XML, out of its envelope. ValueError where it is none."""
    if len(content) > MAX_FILE:
        raise ValueError("the file is too large")
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException) as error:
        raise ValueError(f"not an XML file ({error})") from None
    group = next(root.iter("vpnGroup"), None)
    return HeldFile(None if group is None else _group(group), _text(root, "vendorConfig/webAccess") != "1", built_at)


def with_pins(group: VpnGroup, pins: frozenset[bytes]) -> VpnGroup:
    """The same group with other hashes."""
    return replace(group, pins=pins)


def _group(group: Element) -> VpnGroup:
    urls = [_text(group, f"addresses/url{number}") for number in range(1, 4)]
    hashes = [_text(group, f"credentials/certHash{number}") for number in range(1, 11)]
    return VpnGroup(
        urls=tuple(url for url in urls if url),
        pins=frozenset(_decoded(text) for text in hashes if text),
        method=_number(group, "authMethod", 2),
        host_id_check=_number(group, "enableHostIDCheck", 1) == 1,
        fail_connect_seconds=_number(group, "failConnectTime", 30),
    )


def _decoded(text: str) -> bytes:
    """The raw hash; what is no base 64 matches nothing."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _number(element: Element, path: str, default: int) -> int:
    text = _text(element, path)
    return int(text) if text.isdecimal() and len(text) < 8 else default
