"""The phones of a cluster: each one's file from each node, and its own web pages; many phones at a time.

Joins transport and parse, as gather.py does for an ASA. A node that does not answer is asked a few times and then given
up with its reason: a thousand phones must not wait a thousand time-outs.
"""

from __future__ import annotations

import contextlib
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Literal, NamedTuple, Protocol

from .errors import DeviceRefused, VpnPhoneError
from .gather_web import read_web
from .model import FileStatus, PhoneState, PhoneWeb, ServedFile
from .parse.cnf import Seen, read_cnf
from .transport.node_files import FileAbsent, FileLimits
from .transport.node_http import HttpNode
from .transport.phone_web import PORT, PhonePages, split_address
from .transport.tftp import TftpNode

Way = Literal["http", "tftp"]
Via = Literal["auto", "http", "tftp", "both"]

# `auto` asks every file both ways up to so many phones. Beyond: by HTTP, and by TFTP a sample and what HTTP fails at.
FEW_PHONES = 50
SAMPLE = 10
# Failures in a row after which a node is given up.
PATIENCE = 3
# The names a file may have, in the order of phones: signed, plain; and encrypted, only to know that it is.
ENDINGS = (".cnf.xml.sgn", ".cnf.xml", ".cnf.xml.enc.sgn")
# The node answered: a fact of this phone, no fault of the node.
ANSWERED: frozenset[FileStatus] = frozenset(("ok", "absent", "encrypted", "unreadable"))
_TIMEOUTS = frozenset(("timeout_connect", "timeout_command"))


# What comes first always, and what then may.
_WAYS: Mapping[Via, tuple[Way, ...]] = {
    "auto": ("http", "tftp"),
    "both": ("http", "tftp"),
    "http": ("http",),
    "tftp": ("tftp",),
}


class Node(NamedTuple):
    """One node that serves files: name as CUCM and the phones call it, host where it is reached."""

    name: str
    host: str
    http_port: int = 6970
    tftp_port: int = 69


class Fetcher(Protocol):
    """One node one way: transport's HttpNode and TftpNode."""

    def get(self, name: str) -> bytes: ...

    def close(self) -> None: ...


Open = Callable[[Node, Way, FileLimits], Fetcher]


def open_node(node: Node, way: Way, limits: FileLimits) -> Fetcher:
    """BadInput where host or port are none."""
    if way == "http":
        return HttpNode(node.name, node.host, node.http_port, limits)
    return TftpNode(node.name, node.host, node.tftp_port, limits)


class Door:
    """One node one way, for many threads: a connection each, and what is known of the node.

    counts: answers by status. given_up: why it is asked no more, "" while it is.
    """

    def __init__(self, node: Node, way: Way, limits: FileLimits, opened: Open) -> None:
        self.node = node
        self.way: Way = way
        self.counts: Counter[FileStatus] = Counter()
        self.given_up = ""
        self._given_up_as: FileStatus = "unreachable"
        self._failures = 0
        self._opened: Callable[[], Fetcher] = partial(opened, node, way, limits)
        self._own = threading.local()
        self._lock = threading.Lock()
        # Opened at once: a host that is none must be told before anybody is asked.
        self._spare = [self._opened()]
        self._all = list(self._spare)

    def close(self) -> None:
        for fetcher in self._all:
            fetcher.close()

    def file(self, phone: str, seen: Seen) -> ServedFile:
        """The phone's file, or why there is none."""
        if self.given_up:
            found = self._none(phone + ENDINGS[0], self._given_up_as, f"not asked: {self.given_up}")
        else:
            found = self._ask(phone, seen)
        with self._lock:
            self.counts[found.status] += 1
            self._failures = 0 if found.status in ANSWERED else self._failures + 1
            if self._failures == PATIENCE and not self.given_up:
                self._given_up_as = found.status
                self.given_up = f"the node was given up after {PATIENCE} failures in a row ({found.detail})"
        return found

    def _ask(self, phone: str, seen: Seen) -> ServedFile:
        for ending in ENDINGS:
            name = phone + ending
            try:
                data = self._fetcher().get(name)
            except FileAbsent:
                continue
            except VpnPhoneError as error:
                return self._none(name, _status_of(error), error.what)
            return served_file(self.node.name, self.way, name, data, seen)
        return self._none(phone + ENDINGS[0], "absent", "the node has no file of that phone")

    def _none(self, name: str, status: FileStatus, detail: str) -> ServedFile:
        return ServedFile(node=self.node.name, via=self.way, name=name, status=status, detail=detail)

    def _fetcher(self) -> Fetcher:
        mine: Fetcher | None = getattr(self._own, "fetcher", None)
        if mine is None:
            with self._lock:
                if not self._spare:
                    self._spare.append(self._opened())
                    self._all += self._spare
                mine = self._own.fetcher = self._spare.pop()
        return mine


def served_file(node: str, way: Way, name: str, data: bytes, seen: Seen) -> ServedFile:
    """A file that came, read."""
    try:
        file = read_cnf(data, name, seen)
    # A fault of the reader must cost this file, not the run.
    except Exception as error:
        detail = f"the reader failed ({type(error).__name__})"
        return ServedFile(node=node, via=way, name=name, status="unreadable", detail=detail)
    return ServedFile(
        node=node,
        via=way,
        name=name,
        status=file.status,
        detail=file.detail,
        signed=file.signed,
        built_at=file.built_at,
        sha256=hashlib.sha256(data).hexdigest(),
        vpn=file.vpn,
    )


def _status_of(error: VpnPhoneError) -> FileStatus:
    if error.code == "answer_too_long":
        return "too_large"
    if error.code in _TIMEOUTS:
        return "timeout"
    return "refused" if isinstance(error, DeviceRefused) else "unreachable"


class Asked(NamedTuple):
    """phones in the order they were given; how: which ways were taken, in words; doors: each node's record."""

    phones: tuple[PhoneState, ...]
    how: str
    doors: tuple[Door, ...]


def ask_phones(
    cucm: str,
    phones: Sequence[str],
    nodes: Sequence[Node],
    *,
    via: Via = "auto",
    parallel: int = 16,
    limits: FileLimits | None = None,
    web: Mapping[str, str] | None = None,
    opened: Open = open_node,
) -> Asked:
    """Every phone's file from every node, and the web pages of the phones in `web` (name -> host:port).

    Never an exception for what a node or a phone does; BadInput for an address or a port that is none.
    """
    addresses = web or {}
    for phone, address in addresses.items():
        split_address(address, PORT, phone)
    few = len(phones) <= FEW_PHONES
    with contextlib.ExitStack() as stack:
        doors: dict[tuple[int, Way], Door] = {}
        ways = _WAYS[via]
        for place, node in enumerate(nodes):
            for way in ways:
                door = doors[place, way] = Door(node, way, limits or FileLimits(), opened)
                stack.callback(door.close)

        def files(number: int, phone: str) -> Iterator[ServedFile]:
            seen: Seen = {}
            for place in range(len(nodes)):
                first = doors[place, ways[0]].file(phone, seen)
                yield first
                if len(ways) > 1 and (via == "both" or few or number < SAMPLE or first.status not in ANSWERED):
                    yield doors[place, "tftp"].file(phone, seen)

        def one(number: int) -> PhoneState:
            phone = phones[number]
            return PhoneState(
                name=phone,
                cucm=cucm,
                files=tuple(files(number, phone)),
                web=_web(phone, addresses.get(phone, "")),
                gathered_at=datetime.now(UTC),
            )

        with ThreadPoolExecutor(max_workers=max(1, min(parallel, len(phones))), thread_name_prefix="phones") as pool:
            found = tuple(pool.map(one, range(len(phones))))
    return Asked(found, _how(via, few), tuple(doors.values()))


def _web(phone: str, address: str) -> PhoneWeb | None:
    if not address:
        return None
    with PhonePages(phone, address) as pages:
        return read_web(pages, address)


def _how(via: Via, few: bool) -> str:
    match via:
        case "http":
            return "by HTTP"
        case "tftp":
            return "by TFTP"
        case "auto" if not few:
            return f"by HTTP; by TFTP {SAMPLE} of them as a sample, and where HTTP fails"
    return "by HTTP and by TFTP"
