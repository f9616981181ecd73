"""The journal of a staged certificate renewal: what is in scope, how far each part is, who approved what.

One file, journal.json, in the directory of the renewal. Times are UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import field

from .base import Model

StageName = Literal["preflight", "certificate", "export", "trust", "gateway", "apply", "switch", "cleanup"]
# In the order in which they must be done (F-071 to F-075).
STAGES: tuple[StageName, ...] = (
    "preflight",
    "certificate",
    "export",
    "trust",
    "gateway",
    "apply",
    "switch",
    "cleanup",
)
StageStatus = Literal["pending", "planned", "running", "done", "refused", "returned", "rolled_back"]


class Action(Model, frozen=True, kw_only=True):
    """One thing a stage does to one target, as a person approves it.

    id        stable within the stage: a stage that was cut short goes on with what is left of the approved ids
    text      one line for a person
    commands  what is sent, exactly (CLI lines, or "AXL updateVpnGateway GW1"); never a secret
    undo      what takes it back
    """

    id: str
    text: str
    commands: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()


class StagePlan(Model, frozen=True, kw_only=True):
    """What a stage would do to one target; hash (SHA-256, hex) is over everything else here."""

    stage: StageName
    target: str
    actions: tuple[Action, ...] = ()
    # What the plan was made from: hashes of certificates, lists, bindings; and what an approver must know.
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    hash: str = ""


class Approval(Model, frozen=True, kw_only=True):
    """Who opened the gate of a stage, for exactly which plan."""

    stage: StageName
    token: str
    by: str
    at: datetime


class TargetStage(Model, frozen=True, kw_only=True):
    """How far one target (ASA, cluster) is in one stage.

    plan: the approved plan while it runs and after; planned before. done: ids of actions that are proven done.
    """

    status: StageStatus = "pending"
    plan: StagePlan | None = None
    done: tuple[str, ...] = ()
    error: dict[str, str] = field(default_factory=dict)
    at: datetime | None = None


class CertificateNote(Model, frozen=True, kw_only=True):
    """A certificate by what finds it again: PEM, SHA-1 pin (40 hex), SHA-256 (64 hex), issuer and serial, dates."""

    pem: str
    sha1: str
    sha256: str
    subject: str = ""
    cn: str = ""
    issuer: str = ""
    serial: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None


class SessionNote(Model, frozen=True, kw_only=True):
    """A session in the phones' tunnel-groups before the switch; address: the public one, "" where not printed."""

    username: str
    address: str = ""


class AsaRenewal(Model, frozen=True, kw_only=True):
    """One ASA of the renewal. interface: the phones' (nameif); old/new: trustpoint and what it holds."""

    name: str
    interface: str
    old_trustpoint: str
    new_trustpoint: str
    old: CertificateNote | None = None
    new: CertificateNote | None = None
    # What phones are to pin in place of `new`: the CA that signed it. None: `new` itself.
    pin: CertificateNote | None = None
    # CA certificates that `new` is sent with for sure, the nearest first: what phones may pin in place of it (C13).
    chain: tuple[CertificateNote, ...] = ()
    # The certificate signing request, PEM; "" where none is needed.
    csr: str = ""
    # What this renewal made on the device, or was about to: "key:LABEL", "trustpoint:NAME". Nothing else is removed.
    made: tuple[str, ...] = ()
    # armed: the dead man's return is set on the device; deadline: when it strikes.
    armed: bool = False
    deadline: datetime | None = None
    bound: Literal["old", "new", "unknown"] = "old"
    saved: bool = False
    switched_at: datetime | None = None
    # Before the new one was bound: when, who was connected, and (a hash of) where the log buffer ended.
    bound_at: datetime | None = None
    sessions_before: tuple[SessionNote, ...] = ()
    log_mark: str = ""
    stages: dict[StageName, TargetStage] = field(default_factory=dict)


class GatewayNote(Model, frozen=True, kw_only=True):
    """A VPN gateway's certificate list before and after: (issuer, serial) in CUCM's own spelling.

    asas: who answers the URL; () where that is to be found by the certificates in the list.
    """

    name: str
    url: str
    asas: tuple[str, ...] = ()
    before: tuple[tuple[str, str], ...] = ()
    after: tuple[tuple[str, str], ...] = ()


class ClusterRenewal(Model, frozen=True, kw_only=True):
    """One CUCM cluster of the renewal."""

    name: str
    gateways: dict[str, GatewayNote] = field(default_factory=dict)
    # SHA-1 of certificates that this renewal put into Phone-VPN-trust.
    uploaded: tuple[str, ...] = ()
    # What Phone-VPN-trust held before the first of them: the way back, should one be gone.
    held: tuple[CertificateNote, ...] = ()
    stages: dict[StageName, TargetStage] = field(default_factory=dict)


PhoneProof = Literal["unproven", "applied", "proven", "offline", "failed", "waived"]


class PhoneCleanup(Model, frozen=True, kw_only=True):
    """The apply of the cleanup, as stage apply has it of a PhoneRenewal. proven: its file holds the new pins alone."""

    wave: int | None = None
    proof: PhoneProof = "unproven"
    reason: str = ""
    applied_at: datetime | None = None
    proven_at: datetime | None = None


class PhoneRenewal(Model, frozen=True, kw_only=True):
    """One phone in scope. proven: it fetched, after applied_at, a file that holds both hashes on the node it asked."""

    name: str
    cluster: str
    asas: tuple[str, ...] = ()
    # Logs in by certificate alone; False: an AAA phone, at which a person must type.
    certificate_login: bool = True
    wave: int | None = None
    proof: PhoneProof = "unproven"
    reason: str = ""
    applied_at: datetime | None = None
    proven_at: datetime | None = None
    waived_by: str = ""
    cleanup: PhoneCleanup = PhoneCleanup()


class Event(Model, frozen=True, kw_only=True):
    """One line of the journal's story; what: plain words, no secret."""

    at: datetime
    by: str
    stage: str
    target: str
    what: str


class Journal(Model, frozen=True, kw_only=True):
    """One renewal from preflight to clean-up."""

    schema: Literal["1.0"] = "1.0"
    renewal: str
    created: datetime
    asas: dict[str, AsaRenewal] = field(default_factory=dict)
    clusters: dict[str, ClusterRenewal] = field(default_factory=dict)
    phones: dict[str, PhoneRenewal] = field(default_factory=dict)
    # Phone steps fall away: a pinned CA is in the chain that the new certificate is sent with, proven by hash (C13).
    pinned_ca: bool = False
    preflight: TargetStage = field(default_factory=TargetStage)
    approvals: tuple[Approval, ...] = ()
    events: tuple[Event, ...] = ()
    # Words that every command of this renewal needs: ("-i", "inventories/mine").
    options: tuple[str, ...] = ()
    changed: datetime | None = None
    changed_by: str = ""
    # At its end, or given up: nothing is changed by it any more.
    closed: datetime | None = None
    # SHA-256 (hex) over everything else here: a damaged file is known as one. Set by renewal/journal.py.
    seal: str = ""
