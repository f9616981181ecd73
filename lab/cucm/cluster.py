"""One simulated CUCM cluster: its database, its certificate stores, its registrations, and the files it has built."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Literal

import msgspec

from ..certs import Cert
from ..phone.spec import PhoneSpec
from ..scenario import ScenarioError, duration
from . import phonefile, signing
from .objects import Built, CommonProfile, Gateway, Group, Node, Phone, Profile, Registration, pkid
from .phonefile import VpnPart
from .spec import OWN_UNITS, TRUST_STORES, VPN_TRUST, CucmFaultSpec, CucmSpec
from .store import Held, Outcome, Store, common_name, name_text

Action = Literal["apply", "reset", "restart"]
# A cluster has its files before phones start: within one second, their whole seconds cannot tell which was first.
_BUILT_BEFORE = timedelta(seconds=10)
# How old the file is that a node kept where a scenario gives it hashes of its own, and a registration of a ghost.
_STALE_AGE = timedelta(days=30)
_GHOST_IP = "192.0.2.99"
SIGNED, ENCRYPTED = ".cnf.xml.sgn", ".cnf.xml.enc.sgn"


@dataclass
class _FaultState:
    """A fault and how often it may still strike."""

    spec: CucmFaultSpec
    left: int | None


class Cluster:
    """All methods belong into the lab's loop. Raises ScenarioError where certificates do not fit into their stores."""

    def __init__(self, spec: CucmSpec, phones: Sequence[PhoneSpec], certs: Mapping[str, Cert]) -> None:
        self.spec = spec
        self.name = spec.name
        self.started = datetime.now(UTC) - _BUILT_BEFORE
        self.signer = signing.signer(spec.name)
        self.axl_port, self.platform_port, self.os_port = spec.axl_port, spec.platform_port, spec.os_port
        # Changes with everything that the database shows.
        self.revision = 0
        # Answered requests by operation, for the status and for tests.
        self.requests: Counter[str] = Counter()
        self.on_change: Callable[[], None] = lambda: None
        # Called as (phone, action) once the phone's files are built anew.
        self.on_apply: list[Callable[[str, Action], None]] = []
        self.dirty = False
        self._faults = [_FaultState(fault, fault.count) for fault in spec.faults]
        self._registrations: dict[tuple[str, str], Registration] = {}
        # Listed beside the true ones, and older than they are; no phone knows of them.
        self._ghosts = [
            Registration(fault.phone, fault.node, _GHOST_IP, "Registered", self.started - _STALE_AGE)
            for fault in spec.faults
            if fault.kind == "ris_ghost"
        ]
        self.stores = _stores(spec, certs, self.signer)
        key = partial(pkid, spec.name)
        self.nodes = {n.name: Node(n.name, n.tftp, n.http_port, n.tftp_port) for n in spec.nodes}
        trusted = self.stores[VPN_TRUST]
        self.gateways = {
            g.name: Gateway(
                key("gateway", g.name), g.name, g.description, g.url,
                tuple(trusted.file_of(certs[name]) for name in g.certificates),
            )
            for g in spec.gateways
        }  # fmt: skip
        self.groups = {g.name: Group(key("group", g.name), g.name, g.description, g.gateways) for g in spec.groups}
        self.profiles = {
            p.name: Profile(
                key("profile", p.name), p.name, p.description, p.client_authentication, p.host_id_check,
                p.auto_network_detection, p.password_persistence, p.mtu, p.fail_to_connect,
            )
            for p in spec.profiles
        }  # fmt: skip
        self.common_profiles = {
            c.name: CommonProfile(key("common", c.name), c.name, c.description, c.vpn_group, c.vpn_profile)
            for c in spec.common_profiles
        }
        self.phones = {
            p.name: _phone(p, key("phone", p.name), certs, self.started) for p in phones if p.cucm == spec.name
        }
        for phone in self.phones:
            self._first_files(phone, certs)

    # --- faults -----------------------------------------------------------------------------------------------------

    def fault(self, kind: str, *, node: str = "", phone: str = "", operation: str = "") -> CucmFaultSpec | None:
        """The first fault of that kind that concerns this place; one strike is used up."""
        for state in self._faults:
            if state.spec.kind == kind and state.left != 0 and _concerns(state.spec, node, phone, operation):
                if state.left is not None:
                    state.left -= 1
                return state.spec
        return None

    def has_fault(self, kind: str, *, node: str = "", phone: str = "") -> bool:
        """Whether the scenario says so at all; nothing is used up."""
        return any(f.spec.kind == kind and _concerns(f.spec, node, phone, "") for f in self._faults)

    # --- phones' files ----------------------------------------------------------------------------------------------

    def vpn_part(self, phone: Phone, pins: Iterable[str] | None = None) -> VpnPart | None:
        """The VPN settings of a phone as they stand now; None unless its profile names a group and a profile (F-050).

        pins: other hashes than those of the gateways' certificates.
        """
        common = self.common_profiles[phone.common_profile]
        if not common.vpn_group or not common.vpn_profile:
            return None
        gateways = [self.gateways[name] for name in self.groups[common.vpn_group].gateways]
        if pins is None:
            pins = (held.pin for gateway in gateways for held in self.certificates_of(gateway))
        hashes = tuple(dict.fromkeys(pins))[: phonefile.MAX_HASHES]
        return VpnPart(tuple(g.url for g in gateways), hashes, self.profiles[common.vpn_profile])

    def certificates_of(self, gateway: Gateway) -> list[Held]:
        files = self.stores[VPN_TRUST].files
        return [files[name] for name in gateway.certificates if name in files]

    def apply(self, phone: str, action: Action = "apply") -> None:
        """What Apply Config, Reset and Restart do alike: build the phone's file; a stale node keeps its own."""
        fresh = self._build(self.phones[phone], datetime.now(UTC))
        for node in self.nodes.values():
            if not self.fault("stale", node=node.name, phone=phone):
                node.files[phone] = fresh
        self.touch()
        for listener in self.on_apply:
            listener(phone, action)

    def _build(self, phone: Phone, at: datetime, pins: Iterable[str] | None = None) -> Built:
        vpn = self.vpn_part(phone, pins)
        content = phonefile.render(phone, self.common_profiles[phone.common_profile], list(self.nodes), vpn)
        return Built(phone.name, content, at, vpn.urls if vpn else (), vpn.pins if vpn else ())

    def _first_files(self, phone: str, certs: Mapping[str, Cert]) -> None:
        fresh = self._build(self.phones[phone], self.started)
        for node in self.nodes.values():
            node.files[phone] = fresh
            stale = next(
                (f.spec for f in self._faults if f.spec.kind == "stale" and _concerns(f.spec, node.name, phone, "")),
                None,
            )
            if stale is not None and stale.certificates is not None:
                old = [Held("", certs[name]).pin for name in stale.certificates]
                node.files[phone] = self._build(self.phones[phone], self.started - _STALE_AGE, old)

    def file(self, node: str, name: str) -> bytes | None:
        """What that node serves under that name (SEP<MAC>.cnf.xml, .sgn, .enc.sgn); None: there is no such file."""
        phone, dot, rest = name.partition(".")
        built = self.nodes[node].files.get(phone)
        if built is None or self.has_fault("absent", phone=phone):
            return None
        kind = dot + rest
        if kind not in ((ENCRYPTED,) if self.has_fault("encrypted", phone=phone) else (SIGNED, ".cnf.xml")):
            return None
        if kind == ".cnf.xml":
            return built.content
        if kind not in built.served:
            make = signing.encrypt if kind == ENCRYPTED else signing.sign
            built.served[kind] = make(name, built.content, built.built_at, self.signer)
        return built.served[kind]

    def phone_file(self, phone: str, node: str) -> bytes | None:
        """What a phone gets from that node: its signed file, deciphered where only an encrypted one is there.

        None: it gets nothing, because there is no file or the node does not end its transfer.
        """
        built = self.nodes[node].files.get(phone)
        if built is None or not self.nodes[node].tftp or self.has_fault("absent", phone=phone):
            return None
        if any(self.fault(kind, node=node, phone=phone) for kind in ("tftp_stall", "tftp_oversize")):
            return None
        return signing.sign(f"{phone}{SIGNED}", built.content, built.built_at, self.signer)

    def node_http_port(self, node: str) -> int:
        return self.nodes[node].http_port

    # --- registrations ----------------------------------------------------------------------------------------------

    def register(self, phone: str, ip: str, at: datetime, node: str = "") -> None:
        """The phone registers with a node (the publisher) under that address; other nodes keep what they knew."""
        self._enter(phone, node or next(iter(self.nodes)), ip, "Registered", at)

    def unregister(self, phone: str, at: datetime | None = None) -> None:
        """Every node that has it registered says UnRegistered from now on, and keeps its address."""
        for known in list(self._registrations.values()):
            if (known.phone, known.status) == (phone, "Registered"):
                self._enter(phone, known.node, known.ip, "UnRegistered", at or datetime.now(UTC))

    def registrations(self, phone: str = "") -> list[Registration]:
        """All that the nodes know, or all of one phone; in the order of nodes and names."""
        order = list(self.nodes)
        found = [r for r in (*self._registrations.values(), *self._ghosts) if phone in ("", r.phone)]
        return sorted(found, key=lambda r: (order.index(r.node), r.phone))

    def registered(self, phone: str) -> str:
        """The address under which the phone is registered now, "" where it is not."""
        known = [r for r in self._registrations.values() if r.phone == phone]
        newest = max(known, key=lambda r: r.at, default=None)
        return newest.ip if newest is not None and newest.status == "Registered" else ""

    def _enter(self, phone: str, node: str, ip: str, status: str, at: datetime) -> None:
        self._registrations[node, phone] = Registration(phone, node, ip, status, at)
        self.touch()

    # --- certificates -----------------------------------------------------------------------------------------------

    def upload(self, store: str, cert: Cert, description: str = "") -> Outcome:
        """A certificate comes into a store of trusted ones. The files that are served stay as they are."""
        outcome = self.stores[store].put(cert, description)
        self.touch()
        return outcome

    def delete(self, store: str, file: str) -> bool:
        """False where there is no such certificate. Gateways that refer to it lose it [?]."""
        if self.stores[store].files.pop(file, None) is None:
            return False
        if store == VPN_TRUST:
            for gateway in self.gateways.values():
                gateway.certificates = tuple(name for name in gateway.certificates if name != file)
        self.touch()
        return True

    # --- the outside ------------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """To be called after every change."""
        self.revision += 1
        self.dirty = True
        self.on_change()

    def snapshot(self) -> dict[str, Any]:
        """The cluster's own truth for tests; no password is in it."""
        return {
            "name": self.name,
            "version": self.spec.version,
            "ports": {"axl": self.axl_port, "platform": self.platform_port, "os": self.os_port},
            "nodes": {
                node.name: {"tftp": node.tftp, "http_port": node.http_port, "tftp_port": node.tftp_port}
                for node in self.nodes.values()
            },
            "trust": {
                store.name: {
                    held.file: {
                        "serial": held.cert.serial,
                        "sha1": held.cert.sha1,
                        "pin": held.pin,
                        "pem": held.cert.pem,
                    }
                    for held in store.files.values()
                }
                for store in self.stores.values()
            },
            "gateways": {
                g.name: {"url": g.url, "pins": [held.pin for held in self.certificates_of(g)]}
                for g in self.gateways.values()
            },
            "groups": {g.name: list(g.gateways) for g in self.groups.values()},
            "profiles": {p.name: msgspec.to_builtins(p) for p in self.profiles.values()},
            "common_profiles": {c.name: [c.vpn_group, c.vpn_profile] for c in self.common_profiles.values()},
            "phones": {
                phone.name: {
                    "common_profile": phone.common_profile,
                    "files": {node.name: _told(node.files.get(phone.name)) for node in self.nodes.values()},
                }
                for phone in self.phones.values()
            },
            "registrations": [msgspec.to_builtins(entry) for entry in self.registrations()],
            "requests": dict(self.requests),
        }

    def write_state(self, folder: Path) -> None:
        """Replace state/<cluster>.json in one step."""
        fresh = folder / f".{self.name}.new"
        fresh.touch(mode=0o600)
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(self.snapshot()), indent=1))
        fresh.replace(folder / f"{self.name}.json")
        self.dirty = False


def _concerns(fault: CucmFaultSpec, node: str, phone: str, operation: str) -> bool:
    return (
        fault.node in ("", node)
        and fault.phone in ("", phone)
        and (not fault.operation or re.search(fault.operation, operation) is not None)
    )


def _stores(spec: CucmSpec, certs: Mapping[str, Cert], signer: Cert) -> dict[str, Store]:
    """The stores of a scenario, empty ones too, and the cluster's own units."""
    stores = {name: Store(name) for name in (*TRUST_STORES, *OWN_UNITS, "CallManager", "tomcat")}
    stores["CallManager"].put(signer)
    for name, held in spec.trust.items():
        for cert in held:
            if stores[name].put(certs[cert]) != "stored":
                raise ScenarioError(
                    "scenario", f"cucm.{spec.name}.trust.{name}",
                    f"certificates with a CN of their own ({cert} would lie in the file of another)",
                )  # fmt: skip
    return stores


def _phone(spec: PhoneSpec, key: str, certs: Mapping[str, Cert], now: datetime) -> Phone:
    phone = Phone(
        key, spec.name, spec.description, spec.model, spec.common_profile, spec.certificate,
        web=spec.web, tftp=spec.tftp,
    )  # fmt: skip
    if spec.certificate == "lsc":
        issuer = certs[spec.issuer]
        phone.lsc_issuer = common_name(issuer) or name_text(issuer.x509.subject)
        phone.lsc_valid_to = now + duration(spec.certificate_valid_to)
        phone.lsc_issuer_valid_to = issuer.x509.not_valid_after_utc
    return phone


def _told(built: Built | None) -> dict[str, Any] | None:
    if built is None:
        return None
    return {"built_at": built.built_at.isoformat(), "urls": list(built.urls), "pins": list(built.pins)}
