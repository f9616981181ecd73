"""The shape of a control, the registry, and the roll-up of its outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from ..commands import BY_SECTION
from ..model import AsaState, CucmState, Evidence, Finding, Outcome, Probe, Profile, Severity, worst_status
from .site import Site

if TYPE_CHECKING:
    from .site_context import SiteContext

# asa: an ASA alone; probe: an ASA that was probed by TLS; site: a cluster with its phones and the ASAs they dial.
Scope = Literal["asa", "probe", "site"]


class Context(NamedTuple):
    """All that a control may look at.

    now is UTC by the device's own clock where that is known, else by the controller's.
    profiles are the phones' tunnel-groups on this device (given or detected), possibly none.
    probes are the TLS handshakes made with it, none where it was not probed.
    """

    state: AsaState
    site: Site
    profiles: tuple[Profile, ...]
    now: datetime
    probes: tuple[Probe, ...] = ()

    @property
    def device(self) -> str:
        return self.state.device


class Control(NamedTuple):
    """One rule. needs: sections of its state without which it cannot be decided (the framework then answers error).

    The state is an AsaState, in scope "site" a CucmState; evaluate and applies take a Context or a SiteContext.
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
    applies: Callable[[Any], str] | None
    evaluate: Callable[[Any], Iterator[Outcome]]
    scope: Scope = "asa"


REGISTRY: dict[str, Control] = {}

# What each section of a CucmState is asked by, where its source does not tell.
ASKED_BY: dict[str, str] = {
    "version": "AXL getCCMVersion",
    "export_mode": "show version active",
    "gateways": "AXL getVpnGateway",
    "groups": "AXL getVpnGroup",
    "profiles": "AXL getVpnProfile",
    "common_profiles": "AXL getCommonPhoneConfig",
    "phones": "AXL listPhone",
    "trust": "AXL executeSQLQuery: certificate",
    "registrations": "RisPort70 selectCmDeviceExt",
    "tftp_nodes": "AXL executeSQLQuery: nodes with the TFTP service",
}

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
    scope: Literal["asa", "probe"] = "asa",
) -> Callable[[Callable[[Context], Iterator[Outcome]]], Callable[[Context], Iterator[Outcome]]]:
    """Register a generator of outcomes as a control of an ASA; an id is taken once."""

    def register(evaluate: Callable[[Context], Iterator[Outcome]]) -> Callable[[Context], Iterator[Outcome]]:
        _add(Control(id, title, severity, features, section, rationale, remediation, needs, applies, evaluate, scope))
        return evaluate

    return register


def site_control(
    id: str,
    *,
    title: str,
    severity: Severity,
    features: tuple[str, ...],
    section: str,
    rationale: str,
    remediation: tuple[str, ...],
    needs: tuple[str, ...],
    applies: Callable[[SiteContext], str] | None = None,
) -> Callable[[Callable[[SiteContext], Iterator[Outcome]]], Callable[[SiteContext], Iterator[Outcome]]]:
    """The same for a control of a cluster with its phones; needs are sections of CucmState."""

    def register(evaluate: Callable[[SiteContext], Iterator[Outcome]]) -> Callable[[SiteContext], Iterator[Outcome]]:
        _add(Control(id, title, severity, features, section, rationale, remediation, needs, applies, evaluate, "site"))
        return evaluate

    return register


def _add(rule: Control) -> None:
    if rule.id in REGISTRY:
        raise ValueError(f"control {rule.id} is defined twice: {REGISTRY[rule.id].title!r} and {rule.title!r}")
    REGISTRY[rule.id] = rule


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
    if in_system_context(state) and not SYSTEM_CONTEXT_SECTIONS.issuperset(needs):
        return [_wrong_context(state, needs)]
    return [_not_learned(state, section, BY_SECTION[section].text) for section in needs if not _known(state, section)]


def unknown_questions(state: CucmState, needs: tuple[str, ...]) -> list[Outcome]:
    """The same for a cluster: which question has no answer, and why."""
    return [_not_learned(state, section, ASKED_BY[section]) for section in needs if not _known(state, section)]


def _known(state: AsaState | CucmState, section: str) -> bool:
    source = state.sources.get(section)
    return source is not None and source.known


def _not_learned(state: AsaState | CucmState, section: str, asked: str) -> Outcome:
    source = state.sources.get(section)
    command = source.command if source else asked
    status = source.status if source else "missing"
    detail = f": {source.detail}" if source and source.detail else ""
    return Outcome(
        status="error",
        message=f"UNKNOWN: `{command}` is {status}{detail}",
        expected=f"the answer of `{command}`",
        actual=status,
        evidence=(Evidence(command=command),),
        fix=(f"Gather again with an account that may run `{command}`, or save its output.",),
    )


def merged(outcomes: list[Outcome]) -> tuple[Outcome, ...]:
    """Passed and skipped outcomes that differ in their subject alone become one ("7942G TLS, 7945G TLS").

    What failed or is unknown keeps an outcome a subject: a person acts on it, and a waiver may name it.
    """
    if len(outcomes) == 1:
        return tuple(outcomes)
    kept: dict[Outcome, list[str]] = {}
    for outcome in outcomes:
        alike = outcome.status in ("pass", "skipped")
        key = msgspec.structs.replace(outcome, subject="") if alike else outcome
        kept.setdefault(key, []).append(outcome.subject)
    return tuple(
        msgspec.structs.replace(key, subject=", ".join(dict.fromkeys(subjects))) if not key.subject else key
        for key, subjects in kept.items()
    )


def judge(rule: Control, context: Context | SiteContext) -> Finding:
    """One control on one device. A rule that gives no outcome at all is a fault of the rule, and says so."""
    reason = rule.applies(context) if rule.applies else ""
    outcomes: list[Outcome]
    if reason:
        outcomes = [Outcome(status="skipped", message=reason)]
    else:
        unknown = (
            unknown_sections(context.state, rule.needs)
            if isinstance(context, Context)
            else unknown_questions(context.cucm, rule.needs)
        )
        outcomes = unknown or list(rule.evaluate(context))
    if not outcomes:
        outcomes = [Outcome(status="error", message="UNKNOWN: the control came to no verdict")]
    return Finding(
        device=context.device,
        control=rule.id,
        title=rule.title,
        severity=rule.severity,
        status=worst_status([outcome.status for outcome in outcomes]),
        features=rule.features,
        section=rule.section,
        outcomes=merged(outcomes),
    )
