"""The judgement of a device, of a cluster and of a run: select, judge, waive, roll up. Pure: no network, no files."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from . import VERSION, waivers
from .controls.base import REGISTRY, Context, Control, Scope, judge
from .controls.catalogue import all_controls
from .controls.site import Site
from .controls.site_context import AsaUnit, SiteContext
from .controls.validity import clock_bounds
from .errors import BadInput
from .model import (
    SEVERITY_ORDER,
    STATUS_ORDER,
    AsaState,
    CucmState,
    DeviceResult,
    Expiry,
    Failure,
    Finding,
    Outcome,
    PhoneState,
    Prediction,
    Probe,
    Run,
    worst_status,
)
from .predict import MOMENTS, Change, predict
from .profiles import detect

ExitCode = Literal[0, 1, 2, 3]
# The control that the predictions are findings of.
CONNECTS = "VPNP-300"


# --- parameters ---------------------------------------------------------------------------------------------------


def check_site(site: Site) -> None:
    """BadInput for a selection, a waiver or a name that makes no sense."""
    selected(site)
    waivers.check(site.waivers, REGISTRY, _nearest)
    for option, values in (
        ("vpnphone_tunnel_groups", site.tunnel_groups),
        ("vpnphone_gateway_urls", site.gateway_urls),
        ("vpnphone_reviewed_vpn_filters", site.reviewed_vpn_filters),
    ):
        for value in values:
            # These are printed as commands to be typed: one line each, and no help key.
            if not value.strip() or not value.isprintable() or "?" in value:
                raise BadInput(
                    f"{value!r} is empty or has a character that an ASA command line cannot hold.",
                    where=option,
                    todo="Give the name or URL exactly as the ASA or CUCM has it.",
                )


def selected(site: Site) -> tuple[Control, ...]:
    """The controls of site.include less site.exclude, by id; each entry is an id or a severity."""
    for option, entries in (
        ("vpnphone_controls_include", site.include),
        ("vpnphone_controls_exclude", site.exclude),
    ):
        known = (*sorted(REGISTRY), *SEVERITY_ORDER)
        for entry in entries:
            if entry not in known:
                raise BadInput(
                    f"{entry!r} is neither a control nor a severity.", where=option, todo=_nearest(entry, known)
                )
    chosen = tuple(
        rule
        for rule in all_controls()
        if (not site.include or {rule.id, rule.severity} & set(site.include))
        and not {rule.id, rule.severity} & set(site.exclude)
    )
    if not chosen:
        raise BadInput(
            "the selection leaves no control at all.",
            where="vpnphone_controls_include, vpnphone_controls_exclude",
            todo="Take an entry out of the one, or add one to the other.",
        )
    return chosen


def _nearest(entry: str, known: Iterable[str]) -> str:
    by_lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(entry.lower(), list(by_lower), n=1, cutoff=0.5)
    if close:
        return f"Did you mean {by_lower[close[0]]}?"
    return "docs/controls/README.md lists the controls; severities are " + ", ".join(SEVERITY_ORDER) + "."


# --- one device ---------------------------------------------------------------------------------------------------


def device_now(state: AsaState, site: Site, controller: datetime) -> datetime:
    """UTC by the device's clock where its zone is known, else the moment of gathering, else the controller's clock."""
    if state.clock is not None:
        earliest, latest = clock_bounds(state.clock, site)
        if earliest == latest:
            return earliest
    return state.gathered_at or controller


def unit_of(state: AsaState, site: Site, now: datetime | None = None, probes: tuple[Probe, ...] = ()) -> AsaUnit:
    """One ASA as a control or a prediction looks at it: site holds its own parameters."""
    controller = (now or datetime.now(UTC)).astimezone(UTC)
    return Context(state, site, detect(state, site), device_now(state, site, controller), probes)


def assess_device(
    state: AsaState, site: Site, now: datetime | None = None, probes: tuple[Probe, ...] = ()
) -> DeviceResult:
    """Judge one ASA by every selected control. now is the controller's clock (UTC); waivers end by its date.

    Raises BadInput for parameters that make no sense; never for what a device said.
    """
    check_site(site)
    controller = (now or datetime.now(UTC)).astimezone(UTC)
    context = unit_of(state, site, controller, probes)
    findings = _findings(context, site, controller, "asa", *(("probe",) if probes else ()))
    return DeviceResult(
        name=state.device,
        status=worst_status([finding.status for finding in findings]),
        release=state.version.text if state.version else "",
        hostname=state.hostname,
        origin=state.origin,
        gathered_at=state.gathered_at,
        profiles=context.profiles,
        sources=state.sources,
        unparsed=state.unparsed,
        findings=findings,
    )


def _findings(context: Context | SiteContext, site: Site, controller: datetime, *scopes: Scope) -> tuple[Finding, ...]:
    """What the selected controls of these scopes say, with the waivers applied."""
    rules = [rule for rule in selected(site) if rule.scope in scopes]
    return tuple(waivers.apply(_judge(rule, context), site.waivers, controller.date()) for rule in rules)


def _judge(rule: Control, context: Context | SiteContext) -> Finding:
    """One control; an exception in it is an error finding of its own and touches no other control.

    The text of the exception may quote the device, so only its class is told.
    """
    try:
        return judge(rule, context)
    except Exception as error:
        return _fault(rule, context.device, type(error).__name__)


def _fault(rule: Control, device: str, kind: str) -> Finding:
    return Finding(
        device=device,
        control=rule.id,
        title=rule.title,
        severity=rule.severity,
        status="error",
        features=rule.features,
        section=rule.section,
        outcomes=(
            Outcome(
                status="error",
                message=f"UNKNOWN: a fault of the tool ({kind}); this control was not judged",
                expected="a verdict",
                actual=kind,
                fix=("PERSON: report this fault with the state file of the device; judge the control by hand.",),
            ),
        ),
        fault=kind,
    )


def unreachable_device(name: str, failure: Failure, kind: Literal["asa", "cucm"] = "asa") -> DeviceResult:
    """A device of which nothing could be learned; it is in every report."""
    return DeviceResult(name=name, status="error", kind=kind, failure=failure)


# --- one cluster --------------------------------------------------------------------------------------------------


def assess_cluster(
    cucm: CucmState,
    phones: tuple[PhoneState, ...],
    asas: Iterable[AsaUnit],
    site: Site,
    now: datetime | None = None,
    change: Change | None = None,
) -> tuple[DeviceResult, tuple[Prediction, ...]]:
    """Judge a cluster with its phones against every ASA that was read, and foretell whether each phone connects.

    Raises BadInput for parameters that make no sense; never for what a device said.
    """
    check_site(site)
    controller = (now or datetime.now(UTC)).astimezone(UTC)
    context = SiteContext(cucm, phones, tuple(asas), site, controller)
    fault = ""
    try:
        context = context._replace(predictions=predict(context, change=change))
    except Exception as error:
        # As for a control: a fault in one part leaves the others standing, and only its class is told.
        fault = type(error).__name__
    findings = _findings(context, site, controller, "site")
    if fault:
        rest = (finding for finding in findings if finding.control != CONNECTS)
        findings = (_fault(REGISTRY[CONNECTS], cucm.device, fault), *rest)
    result = DeviceResult(
        name=cucm.device,
        kind="cucm",
        status=worst_status([finding.status for finding in findings]),
        release=cucm.version or "",
        origin=cucm.origin,
        gathered_at=cucm.gathered_at,
        sources=cucm.sources,
        unparsed=cucm.unparsed,
        findings=findings,
    )
    return result, context.predictions


# --- the run ------------------------------------------------------------------------------------------------------


def display_order(findings: Iterable[Finding]) -> list[Finding]:
    """Findings for people, as in the reports: what must be acted on by severity, a failure before an UNKNOWN; then
    the others by status."""

    def key(finding: Finding) -> tuple[int, int, int, str]:
        failed = any(outcome.status == "fail" for outcome in finding.outcomes) or finding.status == "fail"
        group = 0 if failed or finding.status == "error" else 1 + STATUS_ORDER.index(finding.status)
        return group, SEVERITY_ORDER.index(finding.severity), 0 if failed else 1, finding.control

    return sorted(findings, key=key)


def exit_code(devices: Sequence[DeviceResult]) -> ExitCode:
    """1 a fault of the tool, 3 something could not be decided or reached (or nothing was audited), 2 findings, 0."""
    findings = [finding for device in devices for finding in device.findings]
    if any(finding.fault for finding in findings):
        return 1
    statuses = {device.status for device in devices} | {finding.status for finding in findings}
    if not devices or "error" in statuses or any(device.failure for device in devices):
        return 3
    return 2 if "fail" in statuses else 0


def make_run(
    devices: Iterable[DeviceResult],
    run_id: str,
    site: Site,
    started: datetime,
    finished: datetime,
    predictions: Iterable[Prediction] = (),
    what_if: str = "",
    notes: Iterable[str] = (),
    expiry: tuple[Expiry, ...] = (),
) -> Run:
    """The run of these devices, by name. Waivers that matched nothing are told in its notes, after those given."""
    check_site(site)
    ordered = tuple(sorted(devices, key=lambda device: device.name))
    findings = [finding for device in ordered for finding in device.findings]
    statuses = [finding.status for finding in findings]
    return Run(
        tool_version=VERSION,
        run_id=run_id,
        site=site.name,
        started=started,
        finished=finished,
        exit_code=exit_code(ordered),
        # Nothing audited is not a good result.
        status=worst_status([device.status for device in ordered]) if ordered else "error",
        counts={status: statuses.count(status) for status in STATUS_ORDER},
        devices=ordered,
        notes=(*notes, *_notes(site, findings)),
        predictions=tuple(sorted(predictions, key=lambda one: (one.phone, MOMENTS.index(one.moment)))),
        what_if=what_if,
        expiry=expiry,
    )


def _notes(site: Site, findings: list[Finding]) -> tuple[str, ...]:
    ids = {rule.id for rule in selected(site)}
    idle = waivers.unused([waiver for waiver in site.waivers if waiver.control in ids], findings)
    return tuple(
        f"The {waivers.described(waiver)} (until {waiver.expires}) matches no finding of this run:"
        " remove it, or correct its device and subject."
        for waiver in idle
    )
