"""Time: is the phones' certificate valid by the device's own clock, how long, and is that clock right (F-093, F-096).

A device prints times in a zone that its administrator named. Two times in one zone are compared as printed; else both
are taken to UTC, and where a zone's offset is not known the rule is decided only if it comes out alike for any zone.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..model import AsaState, Certificate, Clock, DeviceTime, Evidence, Outcome, Status
from ..parse.times import WIDEST_OFFSET, bounds, read_stamp, resolve
from . import facts
from .base import Context, control
from .chain import chain_of, same_name
from .site import Site

RENEWAL = "ASA SSL certificate renewal"
# Zone offsets in use are whole quarters of an hour.
ZONE_STEP = timedelta(minutes=15)
STAGED_RENEWAL = (
    "PERSON: renew in a separate trustpoint, in stages: every phone must have the new hash before it is bound."
)


def zone_offsets(site: Site) -> dict[str, timedelta]:
    """The site's zone names as parse.times wants them: local time minus UTC."""
    return {name: timedelta(minutes=minutes) for name, minutes in site.zone_minutes.items()}


def clock_bounds(clock: Clock, site: Site) -> tuple[datetime, datetime]:
    """The earliest and the latest UTC instant that the device's clock can mean."""
    printed = f"{clock.local:%H:%M:%S.%f} {clock.zone} {clock.local:%b %d %Y}"
    span = bounds(resolve(DeviceTime(text=printed), zone_offsets(site)))
    return span or (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def until(clock: Clock, moment: DeviceTime, site: Site) -> tuple[timedelta, timedelta] | None:
    """The least and the greatest time from the device's now to a printed moment; None where that is no time."""
    stamp = read_stamp(moment.text)
    if stamp and stamp.zone and stamp.zone.upper() == clock.zone.upper():
        return stamp.local - clock.local, stamp.local - clock.local
    span = bounds(resolve(moment, zone_offsets(site)))
    if span is None:
        return None
    earliest, latest = clock_bounds(clock, site)
    return span[0] - latest, span[1] - earliest


def _watched(context: Context) -> list[tuple[str, Certificate]]:
    """Every identity certificate that phones are shown and every issuer on the device, each once, with a subject."""
    found: dict[tuple[str, str], tuple[str, Certificate]] = {}
    for identity in facts.phone_identities(context):
        chain = chain_of(context.state, identity.certificate).certificates if identity.certificate else ()
        for position, certificate in enumerate(chain):
            name = f"CA {certificate.subject_cn or certificate.subject}" if position else identity.subject
            found.setdefault((certificate.issuer, certificate.serial), (name, certificate))
    return list(found.values())


def _evidence(state: AsaState, clock: Clock, certificate: Certificate) -> tuple[Evidence, ...]:
    return facts.quote_certificates(state, certificate), facts.quote(state, "clock", clock.text)


def _no_date(state: AsaState, clock: Clock, subject: str, certificate: Certificate, printed: str) -> Outcome:
    return Outcome(
        status="error",
        subject=subject,
        message=f"UNKNOWN: {printed} cannot be compared with the device's clock {clock.text}",
        expected="two times whose zones are known",
        actual=printed,
        evidence=_evidence(state, clock, certificate),
        fix=("PERSON: give the offset of the device's time zone in zone_minutes.",),
    )


@control(
    "VPNP-114",
    title="The phones' certificate and its chain are valid now",
    severity="critical",
    features=("F-093", "F-012"),
    section=RENEWAL,
    rationale="With an expired certificate, or one that begins tomorrow, phones refuse the ASA. A phone that is out can"
    " no longer be given a new certificate through the tunnel: somebody has to carry it back or set its TFTP by hand.",
    remediation=(STAGED_RENEWAL, "PERSON: already expired: the recovery by public TFTP (see the runbook)."),
    needs=("ssl", "webvpn", "certificates", "tunnel_groups", "clock"),
    applies=facts.no_phone_interface,
)
def valid_now(context: Context) -> Iterator[Outcome]:
    state, clock = context.state, context.state.clock
    watched = _watched(context)
    if not watched:
        yield facts.no_identity(state)
    for subject, certificate in watched:
        if clock:
            yield _with_twins(context, clock, certificate, _validity(context, clock, subject, certificate))


def _with_twins(context: Context, clock: Clock, certificate: Certificate, outcome: Outcome) -> Outcome:
    """A CA that is out of date beside a good one of the same name (a renewed one): which is sent is not shown."""
    others = [found for found in same_name(context.state, certificate) if found.serial != certificate.serial]
    good = [found for found in others if _validity(context, clock, outcome.subject, found).status == "pass"]
    if outcome.status != "fail" or not good:
        return outcome
    return Outcome(
        status="error",
        subject=outcome.subject,
        message=f"UNKNOWN: {len(others) + 1} CA certificates have this name; {certificate.serial} is {outcome.message},"
        f" {good[0].serial} is good, and which one the ASA sends is not shown",
        expected="one CA certificate of this name, in date",
        actual=outcome.actual,
        evidence=(facts.quote_certificates(context.state, certificate, *good), *outcome.evidence[1:]),
        fix=(
            "PERSON: look with a TLS probe which one is sent; take the old one away once no phone and no other service"
            f" needs it (trustpoint {' '.join(certificate.trustpoints) or 'not printed'}).",
        ),
    )


def _validity(context: Context, clock: Clock, subject: str, certificate: Certificate) -> Outcome:
    """Valid from not_before to not_after, both ends included (RFC 5280)."""
    state, begin, end = context.state, certificate.not_before, certificate.not_after
    if begin is None or end is None:
        return _no_date(state, clock, subject, certificate, "a date that is not printed")
    left, since = until(clock, end, context.site), until(clock, begin, context.site)
    if left is None or since is None:
        return _no_date(state, clock, subject, certificate, (end if left is None else begin).text)
    zero = timedelta()
    if left[1] < zero:
        status: Status = "fail"
        message = f"expired at {end.text}"
        fix: tuple[str, ...] = ("PERSON: phones that are out need the recovery by public TFTP.", STAGED_RENEWAL)
    elif since[0] > zero:
        status, message = "fail", f"not valid before {begin.text}"
        fix = ("PERSON: check the ASA's clock first; else bind the former certificate again until then.",)
    elif left[0] < zero:
        return _no_date(state, clock, subject, certificate, end.text)
    elif since[1] > zero:
        return _no_date(state, clock, subject, certificate, begin.text)
    else:
        status, message, fix = "pass", f"valid until {end.text}", ()
    return Outcome(
        status=status,
        subject=subject,
        message=message,
        expected=f"valid at {clock.text} (the device's clock)",
        actual=f"{begin.text} to {end.text}",
        evidence=_evidence(state, clock, certificate),
        fix=fix,
    )


@control(
    "VPNP-115",
    title="The phones' certificate and its chain do not end soon",
    severity="high",
    features=("F-093",),
    section=RENEWAL,
    rationale="A renewal for phones takes weeks: each one must fetch the new hash while its tunnel still works. Phones"
    " that are off at that time need a second round.",
    remediation=(STAGED_RENEWAL,),
    needs=("ssl", "webvpn", "certificates", "tunnel_groups", "clock"),
    applies=facts.no_phone_interface,
)
def ends_late(context: Context) -> Iterator[Outcome]:
    state, clock = context.state, context.state.clock
    threshold = timedelta(days=context.site.expiry_days_warning)
    watched = _watched(context)
    if not watched:
        yield facts.no_identity(state)
    for subject, certificate in watched:
        end = certificate.not_after
        if clock is None:
            continue
        left = until(clock, end, context.site) if end else None
        if end is None or left is None:
            yield _no_date(state, clock, subject, certificate, end.text if end else "a date that is not printed")
            continue
        if left[1] < timedelta():
            yield Outcome(
                status="skipped",
                subject=subject,
                message="Expired already: see VPNP-114",
                evidence=_evidence(state, clock, certificate),
            )
            continue
        late, soon = left[0] > threshold, left[1] <= threshold
        if not late and not soon:
            yield _no_date(state, clock, subject, certificate, end.text)
            continue
        yield Outcome(
            status="pass" if late else "fail",
            subject=subject,
            message=f"ends at {end.text}, in {left[0].days} days"
            if late
            else f"ends at {end.text}, in {max(left[0].days, 0)} days: no later than {threshold.days} days from now",
            expected=f"more than {threshold.days} days left at {clock.text} (the device's clock)",
            actual=f"{max(left[0].days, 0)} days left",
            evidence=_evidence(state, clock, certificate),
            fix=() if late else (STAGED_RENEWAL,),
        )


@control(
    "VPNP-118",
    title="The ASA's clock is right",
    severity="medium",
    features=("F-096",),
    section="Not in the document: clock of the ASA",
    rationale="The ASA judges the phones' certificates by its own clock. After a reload with a dead battery and no NTP"
    " every certificate is not yet valid, and no phone that signs in by certificate gets in.",
    remediation=("ntp server <address>",),
    needs=("clock", "ntp_servers"),
)
def clock_right(context: Context) -> Iterator[Outcome]:
    clock = context.state.clock
    if clock:
        yield _skew(context, clock)
        yield _source(context, clock)
        yield _ntp(context)


def _skew(context: Context, clock: Clock) -> Outcome:
    """The device's clock against the moment it was read, by the controller's clock."""
    state, limit = context.state, timedelta(seconds=context.site.clock_skew_seconds)
    evidence = (facts.quote(state, "clock", clock.text),)
    if state.gathered_at is None:
        return Outcome(
            status="skipped",
            subject="time",
            message="Saved outputs do not say when they were made, so the clock cannot be compared",
            evidence=evidence,
        )
    read = state.gathered_at.astimezone(UTC)
    earliest, latest = clock_bounds(clock, context.site)
    exact = earliest == latest
    apart = earliest - read if exact else clock.local.replace(tzinfo=UTC) - read
    # An unknown zone can explain any whole quarter of an hour up to 14 hours, and nothing else.
    rest = apart - ZONE_STEP * round(apart / ZONE_STEP)
    if exact:
        good = abs(apart) <= limit
    elif abs(rest) > limit or abs(apart) > WIDEST_OFFSET + limit:
        good = False
    else:
        return Outcome(
            status="error",
            subject="time",
            message=f"UNKNOWN: the offset of zone {clock.zone or '(none printed)'} is not known,"
            " so the clock cannot be compared",
            expected="a zone whose offset is known",
            actual=clock.text or f"{clock.local}",
            evidence=evidence,
            fix=(f"PERSON: give the offset of zone {clock.zone or '(none printed)'} in zone_minutes.",),
        )
    seconds = int(abs(apart if exact or abs(apart) > WIDEST_OFFSET + limit else rest).total_seconds())
    return Outcome(
        status="pass" if good else "fail",
        subject="time",
        message=f"the clock is {seconds} seconds off" + ("" if exact else ", whatever its zone means"),
        expected=f"at most {context.site.clock_skew_seconds} seconds from {read:%Y-%m-%d %H:%M:%S} UTC",
        actual=clock.text or f"{clock.local}",
        evidence=evidence,
        fix=() if good else ("PERSON: correct the clock and its zone, then let NTP keep it.",),
    )


def _source(context: Context, clock: Clock) -> Outcome:
    good = clock.authoritative
    return Outcome(
        status="pass" if good else "fail",
        subject="source",
        message="the device trusts its clock" if good else "the device marks its clock as not authoritative",
        expected="no `*` or `.` before the time",
        actual=clock.text or f"{clock.local}",
        evidence=(facts.quote(context.state, "clock", clock.text),),
        fix=() if good else ("PERSON: see with `show ntp status` why the clock is not synchronised.",),
    )


def _ntp(context: Context) -> Outcome:
    state, servers = context.state, context.state.ntp_servers or ()
    evidence = (facts.quote(state, "ntp_servers", *(f"ntp server {server}" for server in servers)),)
    if not servers and state.version and state.version.context:
        return Outcome(
            status="skipped",
            subject="ntp",
            message="NTP is configured in the system context, which was not read",
            evidence=evidence,
        )
    return Outcome(
        status="pass" if servers else "fail",
        subject="ntp",
        message=f"NTP servers: {', '.join(servers)}" if servers else "no NTP server is configured",
        expected="at least one `ntp server` line",
        actual=", ".join(servers) or "none",
        evidence=evidence,
        fix=() if servers else ("PERSON: choose a time source, then: ntp server <address>",),
    )
