"""The evidence of a renewal for the ticket of the change: what was approved, sent and seen, phone by phone. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from msgspec import field

from .. import VERSION
from ..model import Model
from ..model.renewal import STAGES, CertificateNote, GatewayNote, Journal, PhoneRenewal, StageName, StageStatus
from ..redact import redact
from ..report.text import tidy
from .checks import PreflightPage
from .stages import stage_view
from .switch_gate import SwitchGate

SCHEMA_VERSION = "1.0"
T = TypeVar("T")
VERDICTS = ("renewed", "taken back", "on the way", "switched", "in part")


class StepEvidence(Model, frozen=True, kw_only=True):
    """One approved action; commands as they are sent. done: proven by reading back."""

    id: str
    text: str
    done: bool
    commands: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()


class StageEvidence(Model, frozen=True, kw_only=True):
    """One stage of one target. plan: hash of what was approved, "" where nothing was planned."""

    stage: StageName
    target: str
    status: StageStatus
    plan: str = ""
    at: datetime | None = None
    steps: tuple[StepEvidence, ...] = ()
    facts: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    error: dict[str, str] = field(default_factory=dict)


class AsaEvidence(Model, frozen=True, kw_only=True):
    """What an ASA showed before and after."""

    asa: str
    interface: str
    old_trustpoint: str
    new_trustpoint: str
    before: CertificateNote | None = None
    after: CertificateNote | None = None
    pin: CertificateNote | None = None
    bound: str = ""
    saved: bool = False
    switched_at: datetime | None = None


class ClusterEvidence(Model, frozen=True, kw_only=True):
    """The lists of a cluster's gateways before and after; uploaded: SHA-1 of what went into Phone-VPN-trust."""

    cluster: str
    gateways: tuple[GatewayNote, ...] = ()
    uploaded: tuple[str, ...] = ()


class Signature(Model, frozen=True, kw_only=True):
    """Who approved which stage, by the token of its plans."""

    stage: str
    token: str
    by: str
    at: datetime


class Line(Model, frozen=True, kw_only=True):
    """One line of the story."""

    at: datetime
    by: str
    stage: str
    asa: str
    text: str


class RenewalEvidence(Model, frozen=True, kw_only=True):
    """renewal.json. verdict: one word for all stages; counts: phones by their proof."""

    schema_version: str = SCHEMA_VERSION
    tool_version: str
    renewal: str
    made: datetime
    opened: datetime
    closed: datetime | None
    verdict: str
    pinned_ca: bool
    counts: dict[str, int]
    asas: tuple[AsaEvidence, ...]
    clusters: tuple[ClusterEvidence, ...]
    stages: tuple[StageEvidence, ...]
    approvals: tuple[Signature, ...]
    phones: tuple[PhoneRenewal, ...]
    story: tuple[Line, ...]
    preflight: PreflightPage | None = None
    gate: SwitchGate | None = None


def evidence(
    journal: Journal, *, made: datetime, preflight: PreflightPage | None = None, gate: SwitchGate | None = None
) -> RenewalEvidence:
    """Pure. Every text cleaned of controls and secrets: this is passed around."""
    found = RenewalEvidence(
        tool_version=VERSION,
        renewal=journal.renewal,
        made=made,
        opened=journal.created,
        closed=journal.closed,
        verdict=_verdict(journal),
        pinned_ca=journal.pinned_ca,
        counts=dict(sorted(Counter(phone.proof for phone in journal.phones.values()).items())),
        asas=tuple(
            AsaEvidence(
                asa=name,
                interface=asa.interface,
                old_trustpoint=asa.old_trustpoint,
                new_trustpoint=asa.new_trustpoint,
                before=asa.old,
                after=asa.new,
                pin=asa.pin,
                bound=asa.bound,
                saved=asa.saved,
                switched_at=asa.switched_at,
            )
            for name, asa in sorted(journal.asas.items())
        ),
        clusters=tuple(
            ClusterEvidence(
                cluster=name,
                gateways=tuple(one.gateways[key] for key in sorted(one.gateways)),
                uploaded=one.uploaded,
            )
            for name, one in sorted(journal.clusters.items())
        ),
        stages=_stages(journal),
        approvals=tuple(Signature(stage=one.stage, token=one.token, by=one.by, at=one.at) for one in journal.approvals),
        phones=tuple(journal.phones[name] for name in sorted(journal.phones)),
        story=tuple(
            Line(at=one.at, by=one.by, stage=one.stage, asa=one.target, text=one.what) for one in journal.events
        ),
        preflight=preflight,
        gate=gate if gate is not None and gate.renewal == journal.renewal else None,
    )
    return tidy(_without_secrets(found))


def _verdict(journal: Journal) -> str:
    views = [stage_view(journal, stage) for stage in STAGES]
    left = [view for view in views if not view.falls_away and view.status != "done"]
    if not left:
        return "renewed"
    if all(asa.bound == "old" for asa in journal.asas.values()):
        return "taken back" if journal.closed is not None else "on the way"
    return "switched" if all(asa.bound == "new" for asa in journal.asas.values()) else "in part"


def _stages(journal: Journal) -> tuple[StageEvidence, ...]:
    found = []
    for stage in STAGES:
        for name, one in stage_view(journal, stage).targets:
            if one.status == "pending" and one.plan is None:
                continue
            steps = tuple(
                StepEvidence(
                    id=action.id,
                    text=action.text,
                    done=action.id in one.done,
                    commands=action.commands,
                    undo=action.undo,
                )
                for action in (one.plan.actions if one.plan is not None else ())
            )
            found.append(
                StageEvidence(
                    stage=stage,
                    target=name,
                    status=one.status,
                    plan=one.plan.hash if one.plan is not None else "",
                    at=one.at,
                    steps=steps,
                    facts=one.plan.facts if one.plan is not None else (),
                    warnings=one.plan.warnings if one.plan is not None else (),
                    error=one.error,
                )
            )
    return tuple(found)


def _without_secrets(value: T) -> T:
    """Nothing secret gets into a journal; this is the last door before a file that people pass around."""
    result: Any = _redacted(value)
    return msgspec.convert(result, type(value)) if isinstance(value, msgspec.Struct) else value


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, msgspec.Struct):
        return {name: _redacted(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_redacted(one) for one in value]
    if isinstance(value, dict):
        return {key: _redacted(one) for key, one in value.items()}
    return value
