"""The mate of a failover pair, and the context that was read (F-090, F-091)."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import AsaState, Certificate, Failover, Outcome, Status
from . import facts
from .base import Context, control, in_system_context
from .chain import chain_of

WRITE_STANDBY = "write standby"


def _no_pair(context: Context) -> str:
    failover = context.state.failover
    # A unit whose failover was switched off in standby says so (pseudo-Standby) and is no ASA that phones arrive at.
    if failover is not None and not failover.enabled and not failover.this_state:
        return "Failover is off: this ASA has no mate"
    return ""


def _copy(context: Context) -> tuple[str, ...]:
    """The command that copies the configuration to the mate; it works on the active unit only."""
    failover = context.state.failover
    if failover and failover.this_is_active:
        return (WRITE_STANDBY,)
    return ("PERSON: on the active unit, not on this one:", WRITE_STANDBY)


def _failover_lines(failover: Failover) -> tuple[str, ...]:
    return (
        f"Failover {'On' if failover.enabled else 'Off'}",
        f"This host: {failover.unit} - {failover.this_state}",
        f"Other host: {failover.mate_state or '(no state printed)'}",
    )


@control(
    "VPNP-131",
    title="The mate is ready and holds the phones' certificate",
    severity="high",
    features=("F-090",),
    section="Not in the document: failover pairs",
    rationale="After a failover the mate answers the phones. With another certificate, or none, all of them are locked"
    " out at that moment, usually at night and during another fault.",
    remediation=(WRITE_STANDBY, "failover exec mate show crypto ca certificates"),
    needs=("failover", "mate_certificates", "ssl", "webvpn", "certificates", "tunnel_groups"),
    applies=_no_pair,
)
def mate_ready(context: Context) -> Iterator[Outcome]:
    failover = context.state.failover
    if failover is None:
        return
    yield _readiness(context, failover)
    identities = [identity for identity in facts.phone_identities(context) if identity.certificate]
    if not identities:
        yield facts.no_identity(context.state)
    for identity in identities:
        if identity.certificate:
            yield _same(context, identity.subject, identity.binding.trustpoint, identity.certificate)


def _readiness(context: Context, failover: Failover) -> Outcome:
    mate = failover.mate_state.lower()
    status: Status = "pass"
    message, fix = f"the mate is {failover.mate_state}", ""
    if failover.active_active:
        status, fix = "error", "PERSON: read `show failover` of both units for the phones' group."
        message = "UNKNOWN: this pair is active/active, and its certificates were not compared by group"
    elif not mate:
        status, fix = "error", "PERSON: read `show failover`."
        message = "UNKNOWN: `show failover` prints no state of the mate"
    elif not failover.this_is_active and not failover.this_state.lower().startswith("standby ready"):
        status, fix = "fail", "PERSON: bring this unit back to Standby Ready; until then there is no second ASA."
        message = f"this unit is {failover.this_state}: it cannot take over, the mate is {failover.mate_state}"
    elif not mate.startswith(("standby ready", "active")):
        status, fix = "fail", "PERSON: bring the mate back to Standby Ready; until then there is no second ASA."
        message = f"the mate is {failover.mate_state}: it cannot take over"
    if not failover.this_is_active and status != "fail":
        message += f"; this unit is {failover.this_state or 'not active'}: what is changed here is lost"
    return Outcome(
        status=status,
        subject="mate",
        message=message,
        expected="Standby Ready (or Active)",
        actual=failover.mate_state or "no state",
        evidence=(facts.quote(context.state, "failover", *_failover_lines(failover)),),
        fix=(fix,) if fix else (),
    )


def _same(context: Context, subject: str, trustpoint: str, certificate: Certificate) -> Outcome:
    """Same issuer and serial below the same trustpoint, and the issuers too. The private key cannot be seen."""
    state = context.state
    twin = _on_mate(state, certificate)
    chain = chain_of(state, certificate).certificates[1:]
    lost = [issuer for issuer in chain if _on_mate(state, issuer) is None]
    other = next(
        (
            found
            for found in state.mate_certificates or ()
            if found.kind == "identity" and facts.is_associated(found, trustpoint)
        ),
        None,
    )
    status: Status = "fail"
    actual = f"serial {twin.serial}" if twin else f"serial {other.serial}" if other else "none"
    if not certificate.serial:
        status, message = "error", f"UNKNOWN: the certificate of {trustpoint} has no serial number to compare"
    elif twin is None:
        message = f"the mate does not hold certificate {certificate.serial} of {trustpoint}"
        message += f" but {other.serial}" if other else ""
    elif not facts.is_associated(twin, trustpoint):
        message = f"the mate holds certificate {certificate.serial}, but not in trustpoint {trustpoint}"
    elif lost:
        message = f"the mate lacks the issuer {lost[0].subject_cn or lost[0].subject}"
    else:
        status, message = (
            "pass",
            f"the mate holds certificate {certificate.serial} of {trustpoint}; its key is not shown",
        )
    shown = twin or other
    fix = _copy(context) if status == "fail" else ()
    if status == "error":
        fix = (f"PERSON: compare `show crypto ca certificates {trustpoint}` of both units.",)
    return Outcome(
        status=status,
        subject=subject,
        message=message,
        expected=f"serial {certificate.serial} in trustpoint {trustpoint}, with its issuers",
        actual=actual,
        evidence=(
            facts.quote_certificates(state, certificate),
            facts.quote(state, "mate_certificates", *(facts.certificate_lines(shown) if shown else ())),
        ),
        fix=fix,
    )


def _on_mate(state: AsaState, certificate: Certificate) -> Certificate | None:
    """Issuer and serial name a certificate (RFC 5280); the names are compared without case and spacing."""
    wanted = "".join(certificate.issuer.split()).casefold()
    return next(
        (
            found
            for found in state.mate_certificates or ()
            if found.kind == certificate.kind
            and found.serial.casefold() == certificate.serial.casefold()
            and "".join(found.issuer.split()).casefold() == wanted
        ),
        None,
    )


def _single(context: Context) -> str:
    return "Single context mode: there is one SSL configuration" if context.state.mode == "single" else ""


@control(
    "VPNP-132",
    title="The context that phones use was read",
    severity="high",
    features=("F-091",),
    section="Not in the document: multiple context mode",
    rationale="In multiple context mode each context has its own webvpn, certificates and `ssl trust-point`. An audit"
    " of another context says nothing about the phones.",
    remediation=("PERSON: set vpnphone_context to the context where phones arrive and gather again.",),
    needs=("mode", "version"),
    applies=_single,
)
def context_read(context: Context) -> Iterator[Outcome]:
    state = context.state
    suffix = state.version.context if state.version else ""
    names = state.context_names or ()
    evidence = [facts.quote(state, "mode", "Security context mode: multiple")]
    evidence += [facts.quote(state, "context_names", *names)] if names else []
    status: Status = "pass"
    fix: tuple[str, ...] = ()
    if in_system_context(state):
        known = ", ".join(names) or "see `show context`"
        status, fix = "error", (f"Set vpnphone_context to the phones' context ({known}) and gather again.",)
        message = "UNKNOWN: the system context was read; `ssl trust-point` is bound in each user context"
    elif not suffix:
        status, fix = "error", ("PERSON: see in the prompt or by `show context` which context this is.",)
        message = "UNKNOWN: `show version` does not tell which context was read"
    else:
        # A user context lists itself alone [K].
        which = f"context {names[0]}" if len(names) == 1 else "a user context"
        message = f"{which} was read; the verdicts are about its own `ssl trust-point` and no other context's"
    yield Outcome(
        status=status,
        message=message,
        expected="the user context where phones arrive",
        actual=suffix or "not printed",
        evidence=tuple(evidence),
        fix=fix,
    )
