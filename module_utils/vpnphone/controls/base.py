"""The shape of a control, the registry, and the roll-up of its outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

import msgspec

from ..commands import BY_SECTION
from ..model import AsaState, Evidence, Finding, Outcome, Profile, Severity, worst_status
from .site import Site


class Context(NamedTuple):
    """All that a control may look at.

    now is UTC by the device's own clock where that is known, else by the controller's.
    profiles are the phones' tunnel-groups on this device (given or detected), possibly none.
    """

    state: AsaState
    site: Site
    profiles: tuple[Profile, ...]
    now: datetime


class Control(NamedTuple):
    """One rule. needs: sections of AsaState without which it cannot be decided (the framework then answers error).

    applies(context) gives "" or the reason why the rule does not concern this device (then: skipped).
    """

    id: str
    title: str
    severity: Severity
    features: tuple[str, ...]
    section: str
    rationale: str
    remediation: tuple[str, ...]
    needs: tuple[str, ...]
    applies: Callable[[Context], str] | None
    evaluate: Callable[[Context], Iterator[Outcome]]


REGISTRY: dict[str, Control] = {}

# What the system context of a multi-context ASA answers for itself; all else lives in the user contexts (F-091).
SYSTEM_CONTEXT_SECTIONS = frozenset({"version", "mode", "clock", "failover", "context_names", "ntp_servers"})


def control(
    id: str,
    *,
    title: str,
    severity: Severity,
    features: tuple[str, ...],
    section: str,
    rationale: str,
    remediation: tuple[str, ...],
    needs: tuple[str, ...],
    applies: Callable[[Context], str] | None = None,
) -> Callable[[Callable[[Context], Iterator[Outcome]]], Callable[[Context], Iterator[Outcome]]]:
    """Register a generator of outcomes as a control; an id is taken once."""

    def register(evaluate: Callable[[Context], Iterator[Outcome]]) -> Callable[[Context], Iterator[Outcome]]:
        if id in REGISTRY:
            raise ValueError(f"control {id} is defined twice: {REGISTRY[id].title!r} and {title!r}")
        REGISTRY[id] = Control(id, title, severity, features, section, rationale, remediation, needs, applies, evaluate)
        return evaluate

    return register


def in_system_context(state: AsaState) -> bool:
    """The system context of a multi-context ASA was read: it has no webvpn, ssl or certificate configuration."""
    return state.mode == "multiple" and state.version is not None and state.version.context.lower() == "system"


def _wrong_context(state: AsaState, needs: tuple[str, ...]) -> Outcome:
    section = next(name for name in needs if name not in SYSTEM_CONTEXT_SECTIONS)
    names = ", ".join(state.context_names or ()) or "see `show context`"
    return Outcome(
        status="error",
        message="UNKNOWN: the system context was read, and phones arrive in a user context",
        expected="the answers of the user context where phones arrive",
        actual="the system context",
        evidence=(Evidence(command=BY_SECTION["mode"].text), Evidence(command=BY_SECTION[section].text)),
        fix=(f"Set vpnphone_context to the phones' context ({names}) and gather again.",),
    )


def unknown_sections(state: AsaState, needs: tuple[str, ...]) -> list[Outcome]:
    """One error outcome for every needed section that was not learned: which command is missing, and why.

    In the system context an empty answer says nothing of the contexts where phones arrive, so it is unknown too.
    """
    outcomes = []
    if in_system_context(state) and not SYSTEM_CONTEXT_SECTIONS.issuperset(needs):
        return [_wrong_context(state, needs)]
    for section in needs:
        source = state.sources.get(section)
        if source is not None and source.known:
            continue
        command = source.command if source else BY_SECTION[section].text
        status = source.status if source else "missing"
        detail = f": {source.detail}" if source and source.detail else ""
        outcomes.append(
            Outcome(
                status="error",
                message=f"UNKNOWN: `{command}` is {status}{detail}",
                expected=f"the answer of `{command}`",
                actual=status,
                evidence=(Evidence(command=command),),
                fix=(f"Gather again with an account that may run `{command}`, or save its output.",),
            )
        )
    return outcomes


def merged(outcomes: list[Outcome]) -> tuple[Outcome, ...]:
    """Passed and skipped outcomes that differ in their subject alone become one ("7942G TLS, 7945G TLS").

    What failed or is unknown keeps an outcome a subject: a person acts on it, and a waiver may name it.
    """
    kept: dict[Outcome, list[str]] = {}
    for outcome in outcomes:
        alike = outcome.status in ("pass", "skipped")
        key = msgspec.structs.replace(outcome, subject="") if alike else outcome
        kept.setdefault(key, []).append(outcome.subject)
    return tuple(
        msgspec.structs.replace(key, subject=", ".join(subjects)) if len(subjects) > 1 or not key.subject else key
        for key, subjects in kept.items()
    )


def judge(rule: Control, context: Context) -> Finding:
    """One control on one device. A rule that gives no outcome at all is a fault of the rule, and says so."""
    reason = rule.applies(context) if rule.applies else ""
    outcomes: list[Outcome]
    if reason:
        outcomes = [Outcome(status="skipped", message=reason)]
    else:
        outcomes = unknown_sections(context.state, rule.needs) or list(rule.evaluate(context))
    if not outcomes:
        outcomes = [Outcome(status="error", message="UNKNOWN: the control came to no verdict")]
    return Finding(
        device=context.state.device,
        control=rule.id,
        title=rule.title,
        severity=rule.severity,
        status=worst_status([outcome.status for outcome in outcomes]),
        features=rule.features,
        section=rule.section,
        outcomes=merged(outcomes),
    )
