"""The state of one simulated ASA: configuration, certificates, sessions, counters."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from cryptography import x509

from . import configtree, pair, secrets
from .certs import Cert, TrustpointStore
from .commands import rank
from .configtree import Node, Nodes
from .context import Context, FaultState, Unit
from .headend.syslog import Writer
from .release import Release
from .scenario import ContextSpec, DeviceSpec, FaultSpec, SessionSpec, UserSpec, duration
from .unsaid import without_defaults

__all__ = ["Context", "Device", "FaultState", "Unit"]

Parsed = dict[tuple[str, Release], Nodes]

MAX_SSH = 5
_CHAIN = re.compile(r"^crypto ca certificate chain (\S+)$")


def _share(parsed: Parsed, text: str, release: Release) -> Nodes:
    """The tree of a text with what is secret hidden; the same tree for every device that has the same text."""
    if (text, release) not in parsed:
        parsed[text, release] = without_defaults(_hide_keys(configtree.parse(text), release), release)
    return parsed[text, release]


class Device:
    """One ASA of the site. on_change is called whenever the file with its state must be rewritten."""

    def __init__(self, spec: DeviceSpec, name: str, certs: dict[str, Cert], parsed: Parsed | None = None) -> None:
        self.spec = spec
        self.name = name
        self.release = spec.release
        self.port = spec.port
        self._from_scenario()
        self.started = time.time()
        self.connected = 0
        self.peak = 0
        self.total_sessions = 0
        self.commands = 0
        self.commands_on_standby = 0
        self.logins = 0
        # Clients that its load balancing cluster has sent on.
        self.redirected = 0
        # True while the file with the state is older than the state.
        self.dirty = False
        self.on_change: Callable[[], None] = lambda: None
        # Called at every change itself, before anything else happens.
        self.followers: list[Callable[[], None]] = [partial(pair.replicate, self)]
        # Every open SSH connection, by what cuts it.
        self.connections: set[Callable[[], None]] = set()
        # These sessions of a context are over, and no client wished it.
        self.on_end: Callable[[Context, tuple[SessionSpec, ...]], None] = lambda context, gone: None
        # `event manager run`.
        self.on_applet: Callable[[Context, str], None] = lambda context, name: None
        # Nobody listens on the SSH port for so many seconds; 0: ever again.
        self.on_down: Callable[[float], None] = lambda seconds: None
        self.contexts: dict[str, Context] = {}
        self._build(certs, {} if parsed is None else parsed)
        pair.begin(self)
        self._first = {name: context.running for name, context in self.contexts.items()}

    def _from_scenario(self) -> None:
        spec = self.spec
        self.users: dict[str, UserSpec] = {user.name: user for user in spec.users}
        self.enable_secret = spec.enable_secret
        self.flash = {name: text.encode() for name, text in spec.flash.items()}
        # disk0:/dap.xml as of the last activation, or of the start.
        self.dap_file = self.flash.get("disk0:/dap.xml", b"")
        self.faults = [FaultState.of(fault) for fault in spec.faults]
        # What a new session reaches.
        self.unit = Unit.of(spec.failover)

    def reset(self) -> None:
        """As at the start, certificates, sessions and counters aside."""
        self._from_scenario()
        for name, context in self.contexts.items():
            context.running = context.startup = self._first[name]
            context.changed()
        self.touch()

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self, certs: dict[str, Cert], parsed: Parsed) -> None:
        base = self._with_site_lines(_share(parsed, self.spec.config, self.release), system=True)
        if not self.spec.contexts:
            self.contexts[""] = self._context(self.spec, "", base, certs)
            return
        self.contexts["system"] = Context("system", self.release, base, base)
        for index, spec in enumerate(self.spec.contexts):
            admin = spec.admin or (index == 0 and not any(c.admin for c in self.spec.contexts))
            tree = self._with_site_lines(_share(parsed, spec.config, self.release), system=False)
            context = self._context(spec, spec.name, tree, certs)
            context.admin, context.interfaces = admin, spec.interfaces
            self.contexts[spec.name] = context

    def _context(self, spec: DeviceSpec | ContextSpec, name: str, tree: Nodes, certs: dict[str, Cert]) -> Context:
        stores = {
            trustpoint: TrustpointStore(
                identity=certs[what.identity] if what.identity else None, ca=certs[what.ca] if what.ca else None
            )
            for trustpoint, what in spec.trustpoints.items()
        }
        for node in tree:
            chain = _CHAIN.match(node.text)
            if chain:
                _read_chain(node, stores.setdefault(chain[1], TrustpointStore()))
            elif node.text.startswith("crypto ca trustpoint "):
                stores.setdefault(node.text.split()[3], TrustpointStore())
        # Rendered from the certificates themselves wherever the configuration is shown.
        tree = configtree.drop(tree, lambda text: _CHAIN.match(text) is not None)
        context = Context(
            name, self.release, tree, tree, trustpoints=stores, sessions=spec.sessions, stated=spec.sessions
        )
        for trustpoint, store in stores.items():
            if store.identity and store.identity.key:
                lines = configtree.below(tree, f"crypto ca trustpoint {trustpoint}")
                context.keys[configtree.rest(lines, "keypair") or trustpoint] = store.identity.key
        return context

    def _with_site_lines(self, tree: Nodes, *, system: bool) -> Nodes:
        """Add what the scenario says outside the text: hostname, prompt, users."""
        first_words = {node.text.split()[0] for node in tree}
        extra: list[str] = []
        if "hostname" not in first_words:
            extra.append(f"hostname {self.name}")
        if "enable" not in first_words:
            extra.append(secrets.stored(f"enable password {self.enable_secret}", self.release))
        known = {n.text.split()[1] for n in tree if n.text.startswith("username ") and " password " in n.text}
        for user in self.users.values():
            if user.name not in known:
                line = f"username {user.name} password {user.password}"
                extra.append(f"{secrets.stored(line, self.release)} privilege {user.privilege}")
        if (not system or not self.multiple) and "dynamic-access-policy-record" not in first_words:
            extra.append("dynamic-access-policy-record DfltAccessPolicy")
        if system and self.spec.prompt and "prompt" not in first_words:
            extra.append(f"prompt {self.spec.prompt}")
        for line in extra:
            tree = configtree.put(tree, line, (line,), lambda text: (text,), lambda text: rank("config", text))
        return tree

    # --- what the CLI and the shows ask ------------------------------------------------------------------------------

    @property
    def multiple(self) -> bool:
        return bool(self.spec.contexts)

    @property
    def system(self) -> Context:
        """Where the settings of the whole device stand."""
        return self.contexts["system" if self.multiple else ""]

    @property
    def login_context(self) -> Context:
        """Where an SSH session lands: the admin context, or the only one."""
        return next((c for c in self.contexts.values() if c.admin), self.system)

    @property
    def hostname(self) -> str:
        return self.system.value("hostname", self.name)

    @property
    def spares_vpn(self) -> bool:
        """No VPN client arrives here: a unit that is standby from the start. A fault moves no client."""
        return Unit.of(self.spec.failover).standby

    def now(self) -> datetime:
        """The device's own idea of UTC."""
        return datetime.now(UTC) + duration(self.spec.clock.offset)

    def zone(self) -> tuple[str, timedelta]:
        """Name and offset of `clock timezone`; UTC without it."""
        words = self.system.value("clock timezone").split()
        try:
            hours = int(words[1])
            minutes = int(words[2]) if len(words) > 2 else 0
        except (IndexError, ValueError):
            return "UTC", timedelta()
        return words[0], timedelta(hours=hours, minutes=minutes if hours >= 0 else -minutes)

    def stamp(self, moment: datetime, form: str = "%H:%M:%S {zone} %b {day} %Y") -> str:
        """A time as the device prints it, in its own zone."""
        zone, offset = self.zone()
        local = moment.astimezone(UTC) + offset
        return local.strftime(form).replace("{zone}", zone).replace("{day}", str(local.day))

    def width(self) -> int:
        """Columns of a terminal: `terminal width`, 80 without it; 0 means as wide as can be."""
        cache = self.system.cache
        if "width" not in cache:
            text = self.system.value("terminal width", "80")
            cache["width"] = text if text.isdecimal() and int(text) else "511"
        return int(cache["width"])

    def prompt(self, context: Context, unit: Unit) -> str:
        """The prompt without the mode and the last character."""
        key = f"prompt {context.name} {unit.priority} {unit.standby}"
        if key not in self.system.cache:
            self.system.cache[key] = self._prompt(context, unit)
        return self.system.cache[key]

    def _prompt(self, context: Context, unit: Unit) -> str:
        words = self.system.value("prompt").split()
        failover = self.spec.failover
        parts = {
            "hostname": self.hostname,
            "domain": self.system.value("domain-name"),
            "context": context.name if self.multiple else "",
            "priority": {"primary": "pri", "secondary": "sec"}[unit.priority] if failover else "",
            "state": ("stby" if unit.standby else "act") if failover else "actNoFailover",
        }
        if not words:
            words = ["hostname", "context"] if self.multiple and context.name != "system" else ["hostname"]
        return "/".join(parts[word] for word in words if parts.get(word))

    def fault(self, kind: str, *commands: str) -> FaultSpec | None:
        """The first fault of that kind that strikes now."""
        return next((f.spec for f in self.faults if f.spec.kind == kind and f.strikes(*commands)), None)

    def fault_on_command(self, kind: str, *commands: str, default: str = "") -> FaultSpec | None:
        """As fault(), for kinds that without a regex concern the whole connection, or only `default`."""
        for fault in self.faults:
            pattern = fault.spec.command or default
            if fault.spec.kind == kind and pattern and fault.strikes(*commands, pattern=pattern):
                return fault.spec
        return None

    def has_fault(self, kind: str) -> bool:
        """Whether the scenario gives this device that fault at all (nothing is used up)."""
        return any(f.spec.kind == kind for f in self.faults)

    def fail_over(self, unit: Unit, *, mate_answers: bool) -> None:
        """That unit and its sessions go to standby; mate_answers: new sessions reach the other one, which is active."""
        unit.standby = True
        if mate_answers:
            self.unit = Unit("secondary" if unit.priority == "primary" else "primary")
        self.touch()

    def cut_connections(self) -> None:
        """Every SSH connection ends, as when the unit restarts."""
        for cut in list(self.connections):
            cut()

    def end_sessions(self, context: Context, concerned: Callable[[SessionSpec], bool], reason: str) -> int:
        """The device ends these sessions, and logs it with that reason. Returns how many there were."""
        gone = tuple(session for session in context.sessions if concerned(session))
        if gone:
            context.sessions = tuple(session for session in context.sessions if session not in gone)
            for session in gone:
                Writer(self, context).disconnected(session, reason)
            self.touch()
            self.on_end(context, gone)
        return len(gone)

    def save(self, context: Context) -> str:
        """write memory: running to startup. Returns the checksum as four words."""
        context.startup, context.saved = context.running, pair.held(context)
        self.touch()
        digest = hashlib.md5("\n".join(configtree.render(context.running)).encode(), usedforsecurity=False).hexdigest()
        return " ".join(digest[i : i + 8] for i in range(0, 32, 8))

    def touch(self) -> None:
        """To be called after every change that a test may want to read."""
        self.dirty = True
        for follower in self.followers:
            follower()
        self.on_change()

    # --- raw truth for tests ----------------------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything a test may want to hold against what a client believes; no password is in it."""
        contexts = {
            context.name: {
                "running_config": configtree.render(context.running),
                "startup_config": configtree.render(context.startup),
                "revision": context.revision,
                "trustpoints": _told(context.trustpoints),
                **({"mate_trustpoints": _told(context.mate.trustpoints)} if self.spec.failover else {}),
                "vpn_sessions": [
                    {"user": s.user, "assigned_ip": s.assigned_ip, "tunnel_group": s.tunnel_group}
                    for s in context.sessions
                ],
            }
            for context in self.contexts.values()
        }
        return {
            "name": self.name,
            "port": self.port,
            "sessions": self.connected,
            "peak_sessions": self.peak,
            "total_sessions": self.total_sessions,
            "commands": self.commands,
            "commands_on_standby": self.commands_on_standby,
            "unit": {"priority": self.unit.priority, "standby": self.unit.standby},
            "flash": {name: _sum(data) for name, data in sorted(self.flash.items())},
            "dap_active": _sum(self.dap_file) if self.dap_file else None,
            **contexts[self.login_context.name],
            "contexts": contexts if self.multiple else {},
        }

    def write_state(self, folder: Path) -> None:
        """Replace state/<device>.json in one step, so that a reader never sees half of it."""
        target = folder / f"{self.name}.json"
        fresh = folder / f".{self.name}.new"
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(self.snapshot()), indent=1))
        fresh.replace(target)
        self.dirty = False


def _told(stores: dict[str, TrustpointStore]) -> dict[str, dict[str, dict[str, str]]]:
    return {
        name: {
            kind: {"serial": cert.serial, "sha1": cert.sha1, "pem": cert.pem}
            for kind, cert in (("identity", store.identity), ("ca", store.ca))
            if cert
        }
        for name, store in stores.items()
    }


def _sum(data: bytes) -> dict[str, Any]:
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _hide_keys(nodes: Nodes, release: Release) -> Nodes:
    """The same tree with every key below a block shown as *****."""
    return tuple(
        Node(secrets.stored(node.text, release), _hide_keys(node.children, release)) if node.children else
        (node if secrets.stored(node.text, release) == node.text else Node(secrets.stored(node.text, release)))
        for node in nodes
    )  # fmt: skip


def _read_chain(node: Node, store: TrustpointStore) -> None:
    """Certificates from the hex dump of a pasted `crypto ca certificate chain` block; an unreadable one is left out."""
    for entry in node.children:
        words = entry.text.split()
        if words[0] != "certificate":
            continue
        digits = "".join(child.text for child in entry.children if child.text != "quit").replace(" ", "")
        try:
            cert = Cert(x509.load_der_x509_certificate(bytes.fromhex(digits)))
        except ValueError:
            continue
        if len(words) > 2 and words[1] == "ca":
            store.ca = cert
        else:
            store.identity = cert


def hex_dump(cert: Cert) -> list[str]:
    """The DER as a running-config shows it."""
    text = cert.der.hex()
    rows = [text[i : i + 64] for i in range(0, len(text), 64)]
    return ["    " + " ".join(row[i : i + 8] for i in range(0, len(row), 8)) for row in rows]


def base64_lines(der: bytes) -> list[str]:
    """DER in base 64, 64 characters a line."""
    text = base64.b64encode(der).decode()
    return [text[i : i + 64] for i in range(0, len(text), 64)]
