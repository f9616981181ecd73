"""What a device is made of: security contexts, the units of a failover pair, faults and how often they strike."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import configtree
from .applets import AppletRuns
from .certs import PrivateKey, TrustpointStore
from .commands import config_patterns
from .configtree import Node, Nodes, Path
from .grammar import NoMatch, match
from .headend.syslog import LogBuffer
from .release import Release
from .scenario import FailoverSpec, FaultSpec, SessionSpec

if TYPE_CHECKING:
    from .debug import Debugs

# Indexes of sessions, as `show vpn-sessiondb` has them.
_FIRST_INDEX, _INDEX_STEP = 12, 5


@dataclass
class FaultState:
    """A fault and how often it may still strike."""

    spec: FaultSpec
    left: int | None
    skip: int = 0

    @classmethod
    def of(cls, spec: FaultSpec) -> FaultState:
        return cls(spec, spec.count, spec.skip)

    def strikes(self, *commands: str, pattern: str = "") -> bool:
        """True (and one strike used up) where the fault concerns one of these spellings of a command."""
        wanted = pattern or self.spec.command
        if self.left == 0 or not any(re.search(wanted, command) for command in commands):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True


@dataclass
class Unit:
    """One unit of a failover pair and its role now; an ASA alone is a primary that is active."""

    priority: str = "primary"
    standby: bool = False

    @classmethod
    def of(cls, spec: FailoverSpec | None) -> Unit:
        return cls(spec.unit, spec.state == "standby") if spec else cls()


@dataclass
class Holdings:
    """Certificates by trustpoint, and key pairs by label."""

    trustpoints: dict[str, TrustpointStore] = field(default_factory=dict)
    keys: dict[str, PrivateKey] = field(default_factory=dict, repr=False)


@dataclass
class Context:
    """One security context, or the whole device where there is only one (name "")."""

    name: str
    release: Release
    running: Nodes
    startup: Nodes = ()
    admin: bool = False
    interfaces: tuple[str, ...] = ()
    trustpoints: dict[str, TrustpointStore] = field(default_factory=dict)
    keys: dict[str, PrivateKey] = field(default_factory=dict, repr=False)
    # What the mate of a failover pair holds, what of ours it was sent, and what `write memory` has kept (lab/pair.py).
    mate: Holdings = field(default_factory=Holdings)
    sent: Holdings = field(default_factory=Holdings)
    saved: Holdings = field(default_factory=Holdings)
    # AnyConnect sessions; stated: those of the scenario, and in which order it names them.
    sessions: tuple[SessionSpec, ...] = ()
    stated: tuple[SessionSpec, ...] = ()
    logins: int = 0
    log: LogBuffer = field(default_factory=LogBuffer, repr=False)
    # Of the sessions that switched any on (lab/debug.py).
    debugs: list[Debugs] = field(default_factory=list, repr=False)
    revision: int = 0
    # Of the embedded event manager, by the applet's name.
    applets: dict[str, AppletRuns] = field(default_factory=dict, repr=False)
    # Rendered answers, dropped at every change.
    cache: dict[str, str] = field(default_factory=dict, repr=False)

    def new_index(self) -> int:
        """The index of a session that begins now."""
        self.logins += 1
        return _FIRST_INDEX + _INDEX_STEP * (len(self.stated) + self.logins - 1)

    def index_of(self, session: SessionSpec) -> int:
        """A session keeps its index, whoever leaves before it."""
        known = getattr(session, "index", 0)
        return known or _FIRST_INDEX + _INDEX_STEP * self.stated.index(session)

    def changed(self) -> None:
        """To be called after every change of configuration or certificates."""
        self.revision += 1
        self.cache.clear()

    def lines(self, first: str) -> list[Node]:
        """Top-level lines that begin with these words."""
        return [node for node in self.running if node.text == first or node.text.startswith(first + " ")]

    def value(self, first: str, default: str = "") -> str:
        """The rest of the first top-level line that begins with these words."""
        return next((node.text[len(first) + 1 :] for node in self.lines(first)), default)

    def nameifs(self) -> dict[str, Node]:
        """Interfaces that have a name, by that name."""
        found: dict[str, Node] = {}
        for node in self.running:
            if node.text.startswith("interface "):
                for child in node.children:
                    if child.text.startswith("nameif "):
                        found[child.text.removeprefix("nameif ")] = node
        return found

    def key_of(self, mode: str) -> Callable[[str], tuple[str, ...]]:
        """The key of a line in that mode: lines of one key replace each other."""
        patterns = config_patterns(mode, self.release)

        def key(text: str) -> tuple[str, ...]:
            try:
                return match(patterns, text.removeprefix("no ")).key
            except NoMatch:
                return (text,)

        return key

    def edit(self, path: Path, change: Callable[[Nodes], Nodes]) -> bool:
        """Change the lines below path; True if anything is different now."""
        before = self.running
        self.running = configtree.edit(before, path, change)
        if self.running is before:
            return False
        self.changed()
        return True
