"""A phone's configuration file to what matters of it: the envelope's facts and the <vpnGroup> (F-021 to F-025).

The file can hold passwords (sshPassword, userPassword). It is read as a stream that keeps the vpnGroup's own values and
nothing else, and no message quotes it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from ..model import VpnGroupConfig
from .answer import shown
from .result import Unreadable

# A real file has some 10^4 bytes and 10^3 elements.
MAX_FILE = 2 * 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 100_000
# Longer than any URL or hash in a file; what is longer is no value.
MAX_VALUE = 2048

SIGNED = ".sgn"
ENCRYPTED = ".enc.sgn"

# Tags of the envelope (tag, two bytes of length, value); those beyond are an encrypted file's.
_VERSION, _LENGTH, _PADDING, _NAME, _TIME = 1, 2, 13, 14, 15
_LAST_SIGNED, _LAST = 15, 27


class CnfFile(NamedTuple):
    """status ok with vpn None: a whole file without a vpnGroup. signed, built_at: as in model.ServedFile."""

    status: Literal["ok", "encrypted", "unreadable"]
    detail: str = ""
    signed: bool = False
    built_at: datetime | None = None
    vpn: VpnGroupConfig | None = None


class _Content(NamedTuple):
    vpn: VpnGroupConfig | None
    encrypted: bool


# What was read of a content before, by its SHA-256: nodes sign the same content each with a key of its own.
Seen = MutableMapping[bytes, _Content]


def read_cnf(data: bytes, asked: str, seen: Seen | None = None) -> CnfFile:
    """The file that a node served under the name `asked`. Never an exception for what the file holds.

    The envelope's signature is not verified; but an envelope made for another file is refused, as a phone refuses it.
    """
    signed, built_at = False, None
    try:
        if len(data) > MAX_FILE:
            raise Unreadable(f"it is longer than {MAX_FILE // 1024} KiB")
        content = data
        if data[:1] == bytes([_VERSION]):
            envelope = _open(data, asked)
            signed, built_at, content = True, envelope.built_at, data[envelope.end :]
            if envelope.encrypted or asked.endswith(ENCRYPTED):
                return CnfFile("encrypted", "only the phone itself can read it", signed, built_at)
        elif asked.endswith(SIGNED):
            raise Unreadable(f"it has no signature, which the name {asked} promises")
        digest = hashlib.sha256(content).digest()
        found = seen.get(digest) if seen is not None else None
        if found is None:
            found = _read(content)
            if seen is not None:
                seen[digest] = found
    except Unreadable as error:
        return CnfFile("unreadable", str(error), signed, built_at)
    if found.encrypted:
        return CnfFile("encrypted", "it says that the phone's configuration is encrypted", signed, built_at)
    return CnfFile("ok", "", signed, built_at, found.vpn)


# --- envelope -------------------------------------------------------------------------------------------------------


class _Envelope(NamedTuple):
    end: int
    encrypted: bool
    built_at: datetime | None


def _open(data: bytes, asked: str) -> _Envelope:
    """Where the content begins: behind as many bytes as tag 2 says, counted from the first byte or from tag 3 [?]."""
    place = 0
    values: dict[int, bytes] = {}
    ends: tuple[int, ...] = ()
    while place not in ends:
        tag = data[place] if place < len(data) else 0
        if not 0 < tag <= _LAST:
            raise Unreadable("its envelope does not end where it says")
        if tag == _PADDING:  # one byte, no length
            place += 1
            continue
        size = int.from_bytes(data[place + 1 : place + 3], "big")
        value = data[place + 3 : place + 3 + size]
        place += 3 + size
        if place > len(data):
            raise Unreadable("its envelope is cut off")
        if tag in values:
            raise Unreadable("its envelope has an element twice")
        values[tag] = value
        if tag == _LENGTH:
            length = int.from_bytes(value, "big")
            ends = (length, place + length)
    if _NAME not in values:
        raise Unreadable("its envelope names no file")
    name = values[_NAME].rstrip(b"\0").decode("ascii", "replace")
    # With or without the suffix of the envelope itself [?].
    if name not in (asked, asked.removesuffix(SIGNED), asked.removesuffix(ENCRYPTED)):
        raise Unreadable(f"it was signed as another file: {shown(name)}")
    return _Envelope(place, max(values) > _LAST_SIGNED, _time(values.get(_TIME, b"")))


def _time(value: bytes) -> datetime | None:
    """Seconds since 1970, unsigned."""
    return datetime.fromtimestamp(int.from_bytes(value, "big"), UTC) if len(value) == 4 else None


# --- content --------------------------------------------------------------------------------------------------------

_NUMBERED = re.compile("(url|certHash)([1-9][0-9]?)")
_VALUES = frozenset(
    ("mtu", "failConnectTime", "authMethod", "pswdPersistent", "autoNetDetect", "enableHostIDCheck", "hashAlg")
)
_CONTAINERS = frozenset(("addresses", "credentials"))


class _Listener:
    """Hears every element of the file and keeps the values below device/vpnGroup, and device/encrConfig.

    A file has a thousand elements that do not matter, and a site has a thousand files: those are passed over first.
    """

    def __init__(self) -> None:
        self.depth = self.count = self.groups = 0
        self.inside = False
        self.kept: dict[str, list[str]] = {}
        self._container = self._name = ""
        self._into: list[str] | None = None
        self._size = 0

    def start(self, tag: str, attributes: object) -> None:
        self.depth += 1
        self.count += 1
        if self.depth > MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise Unreadable(f"it has more than {MAX_DEPTH} levels or {MAX_ELEMENTS} elements")
        if self._into is not None:
            raise Unreadable(f"its {self._name} holds elements")
        if self.depth > 2 and not self.inside:
            return
        name = tag.rpartition("}")[2]
        if self.depth == 1:
            if name != "device":
                raise Unreadable(f"its root is {shown(name)!r}, not 'device'")
        elif self.depth == 2:
            self._in_device(name)
        elif self.depth == 3 and name in _CONTAINERS:
            self._container = name
        elif (self.depth == 3 or (self.depth == 4 and self._container)) and (
            name in _VALUES or _NUMBERED.fullmatch(name)
        ):
            self._keep(name)

    def _in_device(self, name: str) -> None:
        if name == "encrConfig":
            self._keep(name)
        elif name == "vpnGroup":
            self.inside = True
            self.groups += 1
            if self.groups > 1:
                raise Unreadable("it has two vpnGroup")

    def _keep(self, name: str) -> None:
        if name in self.kept:
            # Which of them a phone takes is not known.
            raise Unreadable(f"it has two {name}")
        self._into = self.kept[name] = []
        self._name = name
        self._size = 0

    def data(self, text: str) -> None:
        if self._into is not None:
            self._size += len(text)
            if self._size > MAX_VALUE:
                raise Unreadable(f"its {self._name} is longer than {MAX_VALUE} characters")
            self._into.append(text)

    def end(self, tag: str) -> None:
        self._into = None
        if self.depth == 3:
            self._container = ""
        elif self.depth == 2:
            self.inside = False
        self.depth -= 1

    def close(self) -> None:
        """The end of the document."""

    def value(self, name: str) -> str:
        return "".join(self.kept.get(name, ()))


def _read(content: bytes) -> _Content:
    listener = _Listener()
    parser = DefusedXMLParser(target=listener, forbid_dtd=True)
    # Straight from expat, as defusedxml itself hears it: through ElementTree's own handlers it takes twice as long.
    parser.parser.StartElementHandler = listener.start
    parser.parser.EndElementHandler = listener.end
    parser.parser.CharacterDataHandler = listener.data
    try:
        parser.feed(content)
        parser.close()
    except ParseError as error:
        line, column = error.position
        raise Unreadable(f"it is not well-formed XML (line {line}, column {column + 1})") from error
    except DefusedXmlException as error:
        raise Unreadable("it has a document type or entities, which it never needs") from error
    except (ValueError, LookupError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("it is in an encoding that cannot be read") from error
    encrypted = listener.value("encrConfig").strip().lower() in ("true", "1")
    return _Content(_group(listener) if listener.groups else None, encrypted)


def _group(listener: _Listener) -> VpnGroupConfig:
    return VpnGroupConfig(
        urls=_numbered(listener, "url"),
        cert_hashes=_numbered(listener, "certHash"),
        hash_alg=_number(listener.value("hashAlg")),
        auth_method=_number(listener.value("authMethod")),
        host_id_check=_switch(listener.value("enableHostIDCheck")),
        auto_net_detect=_switch(listener.value("autoNetDetect")),
        password_persistent=_switch(listener.value("pswdPersistent")),
        mtu=_number(listener.value("mtu")),
        fail_connect_time=_number(listener.value("failConnectTime")),
    )


def _numbered(listener: _Listener, kind: str) -> tuple[str, ...]:
    """url1, url2, ... as printed, in the order of their numbers; empty ones are none."""
    found = sorted(
        (int(match[2]), name) for name in listener.kept if (match := _NUMBERED.fullmatch(name)) and match[1] == kind
    )
    values = [(name, listener.value(name)) for _number, name in found]
    for name, value in values:
        if not value.replace("\n", " ").replace("\t", " ").isprintable():
            raise Unreadable(f"its {name} holds characters that cannot be printed")
    return tuple(value for _name, value in values if value.strip())


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,9}", text := text.strip()) else None


def _switch(text: str) -> bool | None:
    return {"0": False, "1": True}.get(text.strip())
