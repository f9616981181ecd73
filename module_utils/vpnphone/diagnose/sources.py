"""One file, read to its end in blocks of whole lines: whose side it is shows in its content.

Memory does not depend on the file's size: a block, the line that is open, and a bounded number of events.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from ..errors import BadInput
from ..model.diagnosis import Side
from ..parse.phone_web import page_text, parse_status_lines
from ..parse.result import Unreadable
from .asa_log import AsaLog
from .forms import asa_head, phone_head
from .phone_log import PhoneLog, StatusLog, Stretch
from .signatures import SIGNATURES
from .tally import MAX_LINE, Tally, line_of

_BLOCK = 256 * 1024
# What a gzip file may unpack to; a log of a day is far smaller.
MAX_UNPACKED = 8 * 1024**3
_GZIP = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PHONE_NAME = re.compile(rb"SEP[0-9A-F]{12}")
# Without one of these a block has no line of any side.
_CANDIDATE = re.compile(
    rb"%(?:ASA|FTD)-|^[0-9]{1,10}: [A-Z]{3} [0-9]{2}:|^[A-Z][A-Z0-9_]{1,11}: ?(?:-|$)|Trust List|TFTP |\.cnf\.xml"
    rb"|CSD data|Client Cert Auth|http_remove_auth",
    re.MULTILINE,
)
_HTML = re.compile(rb"(?i)<(?:!doctype html|html|head|body|table)\b")
_SNIFFED = 2000
_UNSTAMPED = tuple(one for one in SIGNATURES if one.side in ("debug", "status"))
_TIME = re.compile(r"^\[?[0-9]{1,2}:[0-9]{2}:[0-9]{2}\s?(?:[aApP][mM]?)?\]?\s+")


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _Reader(Protocol):
    def block(self, data: bytes, line: int) -> None: ...
    def end(self) -> None: ...


@dataclass
class Source:
    """phones: names of phones that its text holds, at most two. stretches: of a phone's numbers."""

    name: str
    side: Side | None
    tally: Tally = field(default_factory=Tally)
    phones: set[str] = field(default_factory=set)
    stretches: list[Stretch] = field(default_factory=list)
    mixed: bool = False
    cut: list[str] = field(default_factory=list)


def read_file(path: Path, side: Side | None) -> Source:
    """BadInput logs_missing where it cannot be opened; what breaks later is told in `cut`."""
    source = Source(str(path), side)
    with _opened(path) as stream:
        try:
            _read(stream, source)
        except (OSError, EOFError, zlib.error) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else "its gzip data is damaged"
            source.cut.append(f"read up to line {source.tally.lines}: {why}")
    return source


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    why = "there is no such file"
    try:
        # A pipe or a device would be waited for without end.
        if not path.is_file():
            raise OSError(0, "it is no file" if path.exists() else why)
        stream = path.open("rb")
    except OSError as error:
        raise BadInput(
            f"the log cannot be read: {error.strerror}.",
            where=str(path),
            todo="Name files that are there and that this user may read.",
            code="logs_missing",
        ) from error
    with stream:
        yield stream


class Text:
    """A text in place of a file."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def read(self, size: int, /) -> bytes:
        self._at += size
        return self._data[self._at - size : self._at]


def read_text(name: str, data: bytes, side: Side | None) -> Source:
    source = Source(name, side)
    try:
        _read(Text(data), source)
    except (OSError, EOFError, zlib.error):
        source.cut.append(f"read up to line {source.tally.lines}: its gzip data is damaged")
    return source


# --- blocks -----------------------------------------------------------------------------------------------------------


class _Joined:
    """What was read to look at it, and the rest."""

    def __init__(self, first: bytes, rest: _Readable) -> None:
        self._first, self._rest = first, rest

    def read(self, size: int = -1, /) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return self._rest.read(size)


class _Packed:
    """gzip, as logrotate leaves it; any number of members."""

    def __init__(self, stream: _Readable, source: Source) -> None:
        self._stream, self._source, self._left = stream, source, MAX_UNPACKED
        self._inflate = zlib.decompressobj(wbits=31)
        self._waiting = b""

    def read(self, size: int, /) -> bytes:
        while self._left > 0:
            if self._inflate.eof:
                self._waiting = self._inflate.unused_data or self._stream.read(size)
                # Behind the last member some tools leave zeros.
                if not self._waiting.startswith(_GZIP):
                    return b""
                self._inflate = zlib.decompressobj(wbits=31)
            given = self._waiting or self._stream.read(size)
            data = self._inflate.decompress(given, size)
            self._waiting = self._inflate.unconsumed_tail
            if data:
                self._left -= len(data)
                return data
            if not given and not self._inflate.eof:
                raise gzip.BadGzipFile("it ends too early")
        self._source.cut.append(f"not read beyond {MAX_UNPACKED // 1024**3} GiB unpacked")
        return b""


class _Recoded:
    """UTF-16, as some terminals on Windows save it."""

    def __init__(self, stream: _Readable) -> None:
        self._stream, self._decoder = stream, codecs.getincrementaldecoder("utf-16")("replace")

    def read(self, size: int, /) -> bytes:
        while given := self._stream.read(size):
            data = self._decoder.decode(given).encode("utf-8", "replace")
            if data:
                return data
        return b""


def _read(stream: _Readable, source: Source) -> None:
    first = stream.read(_BLOCK)
    stream = _Joined(first, stream)
    if first.startswith(_GZIP):
        stream = _Packed(stream, source)
        first = stream.read(_BLOCK)
        stream = _Joined(first, stream)
    if first.startswith(_UTF16):
        stream = _Recoded(stream)
    elif source.side in (None, "status") and _HTML.search(first[:4096]) and _page(first, source):
        return
    tally = source.tally
    reader: _Reader | None = None
    for data in _blocks(stream, tally):
        line = tally.lines + 1
        tally.lines += data.count(b"\n")
        if reader is None:
            reader = _reader_of(data, source)
        if reader is None:
            tally.foreign += data.count(b"\n") - data.count(b"\n\n")
            continue
        if source.side in ("phone", "status") and len(source.phones) < 2:
            source.phones |= {name[0].decode() for name in _PHONE_NAME.finditer(data)}
        reader.block(data, line)
    if reader is not None:
        reader.end()
    if isinstance(reader, PhoneLog):
        source.stretches, source.mixed = reader.stretches, reader.mixed
        if reader.mixed:
            _as_one(source)
    elif isinstance(reader, AsaLog) and source.side == "asa" and set(tally.forms) == {"debug"}:
        source.side = "debug"
    if tally.recognised > len(tally.events):
        source.cut.append(f"of {tally.recognised} known lines the newest {len(tally.events)} were kept")


def _blocks(stream: _Readable, tally: Tally) -> Iterator[bytes]:
    """Whole lines, each block ending with one; a line is cut at MAX_LINE where it does not fit into a block."""
    rest = b""
    skipping = False
    while chunk := stream.read(_BLOCK):
        tally.size += len(chunk)
        if skipping:
            end = chunk.find(b"\n")
            if end < 0:
                continue
            chunk, skipping = chunk[end:], False
        data = rest + chunk
        end = data.rfind(b"\n") + 1
        rest = data[end:]
        if len(rest) > MAX_LINE:
            rest, skipping = rest[:MAX_LINE], True
        if end:
            yield data[:end]
    if rest:
        yield rest + b"\n"


def _as_one(source: Source) -> None:
    """Lines that somebody mixed are one stretch, whose times say nothing."""
    first, last = min(one.first for one in source.stretches), max(one.last for one in source.stretches)
    source.stretches = [Stretch(first, last, None, None)]
    events = [event._replace(piece=0) for event in source.tally.events]
    source.tally.events.clear()
    source.tally.events.extend(events)


# --- whose side -------------------------------------------------------------------------------------------------------


def _reader_of(data: bytes, source: Source) -> _Reader | None:
    """By the side that the caller knows, or the one that the first known lines are of; None where there is none yet."""
    if source.side is None:
        if _CANDIDATE.search(data) is None:
            return None
        source.side = _side_of(data, source)
        if source.side is None:
            return None
    widest = _width(data)
    if source.side == "status":
        return StatusLog(source.tally)
    return PhoneLog(source.tally, widest) if source.side == "phone" else AsaLog(source.tally, widest)


def _width(data: bytes) -> int:
    """The longest line that begins a message: prose round a log says nothing of how the log was wrapped."""
    lines = (raw for raw in data.split(b"\n") if _CANDIDATE.search(raw))
    return max((len(raw) for raw in lines if asa_head(line_of(raw)) or phone_head(line_of(raw))), default=0)


def _side_of(data: bytes, source: Source) -> Side | None:
    seen: dict[Side, int] = {"asa": 0, "phone": 0, "status": 0}
    first = _CANDIDATE.search(data)
    start = data.rfind(b"\n", 0, first.start()) + 1 if first else 0
    for raw in data[start:].split(b"\n", _SNIFFED)[:_SNIFFED]:
        text = line_of(raw)
        if asa_head(text) is not None:
            seen["asa"] += 1
        elif phone_head(text) is not None:
            seen["phone"] += 1
        else:
            said = _TIME.sub("", text.strip())
            known = next((one.side for one in _UNSTAMPED if one.pattern.fullmatch(said)), None)
            if known is not None:
                seen["asa" if known == "debug" else "status"] += 1
    side = max(seen, key=lambda one: seen[one])
    if not seen[side]:
        return None
    others = [one for one, count in seen.items() if count and one != side]
    if others:
        words = {"asa": "an ASA", "phone": "a phone", "status": "status messages"}
        lines = " and of ".join(words[one] for one in others)
        source.cut.append(f"it holds lines of {lines} too, which were not read: give them a file of their own")
    return side


def _page(body: bytes, source: Source) -> bool:
    """A saved page of status messages; its rows are its lines."""
    try:
        lines = parse_status_lines(page_text(body))
    except Unreadable:
        return False
    source.side = "status"
    source.tally.met("web page")
    source.tally.size, source.tally.lines = len(body), len(lines)
    source.phones |= {name[0].decode() for name in _PHONE_NAME.finditer(body)}
    log = StatusLog(source.tally)
    for number, text in enumerate(lines, 1):
        log.message(text, number)
    return True
