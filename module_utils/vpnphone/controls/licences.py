"""Licences and builds: may this ASA serve VPN phones at all, and how many (F-001..F-004, F-095)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import AsaState, License, Outcome
from . import facts
from .base import Context, control

LICENCE_SECTION = "Verify the VPN phone licence on the ASA"

# Cisco documents 115785 and the CUCM VPN guide: VPN phones need ASA 8.0(4).
FIRST_RELEASE = (8, 0, 4)

LINKSYS, CISCO = "AnyConnect for Linksys phone", "AnyConnect for Cisco VPN Phone"
PREMIUM = "AnyConnect Premium Peers"
# Names of the same row on 8.x, in the order they are looked for.
PEER_ROWS = (PREMIUM, "SSL VPN Peers", "WebVPN Peers")

# CISA Emergency Directive 25-03: the lowest build of each train that it accepts.
CISA_MINIMUM: dict[tuple[int, int], tuple[int, int, int, int]] = {
    (9, 12): (9, 12, 4, 72),
    (9, 14): (9, 14, 4, 28),
    (9, 16): (9, 16, 4, 85),
    (9, 18): (9, 18, 4, 67),
    (9, 20): (9, 20, 4, 10),
    (9, 22): (9, 22, 2, 14),
}
# Trains without a fixed build: the directive says to migrate.
CISA_MIGRATE = frozenset({(9, 17), (9, 19)})

_DAYS = re.compile(r"(\d{1,6}) days?", re.IGNORECASE)


def _row(row: License) -> str:
    return f"{row.name} : {row.value}{f'  {row.duration}' if row.duration else ''}"


def _banner(state: AsaState) -> str:
    text = state.version.text if state.version else ""
    return f"{'ASA' if _from_config(state) else 'Cisco Adaptive Security Appliance Software'} Version {text}"


def _from_config(state: AsaState) -> bool:
    """The release was read at the head of a running configuration, which holds no licences."""
    return facts.command_of(state, "version").startswith("show running-config")


def _no_row(state: AsaState, row: str) -> str:
    if _from_config(state):
        return "UNKNOWN: `show version` is missing, and a running configuration holds no licences"
    return f"UNKNOWN: `{facts.command_of(state, 'version')}` prints no row {row}"


def _release_unknown(state: AsaState, needed_for: str) -> Outcome:
    """The one answer of every rule here that depends on the release."""
    text = state.version.text if state.version else ""
    return Outcome(
        status="error",
        message=f"UNKNOWN: release {text!r} is not a released ASA train, so {needed_for} is not known",
        expected="a release such as 9.16(4)",
        actual=text,
        evidence=(facts.quote(state, "version", _banner(state)),),
        fix=("PERSON: read the release notes of this build.",),
    )


@control(
    "VPNP-101",
    title="The ASA release supports VPN phones",
    severity="critical",
    features=("F-001",),
    section="Background information",
    rationale="Phones build their tunnel with the AnyConnect protocol as ASA 8.0(4) brought it. On anything older no"
    " phone ever connects, whatever the configuration says.",
    remediation=("PERSON: upgrade the ASA to a supported release (8.0(4) is the oldest that works).",),
    needs=("version",),
)
def release_supports_phones(context: Context) -> Iterator[Outcome]:
    state = context.state
    version = facts.release(state)
    if version is None:
        yield _release_unknown(state, "its support of VPN phones")
        return
    text = facts.release_text(version)
    good = version >= (*FIRST_RELEASE, 0)
    yield Outcome(
        status="pass" if good else "fail",
        message=f"ASA {text} supports VPN phones" if good else f"ASA {text} is too old for VPN phones",
        expected="8.0(4) or later",
        actual=text,
        evidence=(facts.quote(state, "version", _banner(state)),),
        fix=() if good else ("PERSON: upgrade the ASA to a supported release.",),
    )


@control(
    "VPNP-102",
    title="The VPN phone licence is enabled",
    severity="critical",
    features=("F-001",),
    section=LICENCE_SECTION,
    rationale="Without this licence the ASA refuses every phone, while PCs with AnyConnect go on working: it looks"
    " like a phone fault and is none.",
    remediation=(
        "PERSON: buy the AnyConnect for Cisco VPN Phone licence (or check the smart account).",
        "activation-key <key>",
    ),
    needs=("version",),
)
def phone_licence(context: Context) -> Iterator[Outcome]:
    """8.0.x prints the Linksys row, 8.2 and later the Cisco VPN Phone row; the document is silent on 8.1."""
    state = context.state
    version = facts.release(state)
    if version is None or state.version is None:
        yield _release_unknown(state, "the name of its phone licence")
        return
    if version < (8, 0) or version[:2] == (8, 1):
        yield Outcome(
            status="error",
            message=f"UNKNOWN: Cisco document 116162 names no phone licence for ASA {facts.release_text(version)}",
            expected="release 8.0.x, or 8.2 or later",
            actual=facts.release_text(version),
            evidence=(facts.quote(state, "version", _banner(state)),),
            fix=("PERSON: look for a phone row in `show version`, or upgrade the ASA.",),
        )
        return
    name = LINKSYS if version[:2] == (8, 0) else CISCO
    own, cluster = state.version.license(name), _cluster_row(state, name)
    expected = f"{name} : Enabled"
    if own is None:
        yield Outcome(
            status="error",
            message=_no_row(state, f"`{name}`"),
            expected=expected,
            actual="no such row",
            evidence=(facts.quote(state, "version", _banner(state)),),
            fix=("PERSON: look for it in `show version`; in multiple context mode in the system context.",),
        )
        return
    quoted = tuple(_row(row) for row in (own, cluster) if row)
    evidence = (facts.quote(state, "version", *quoted),)
    values = (own.value.lower(), cluster.value.lower() if cluster else "")
    if "enabled" not in values:
        known = values[0] == "disabled" and values[1] in ("", "disabled")
        yield Outcome(
            status="fail" if known else "error",
            message=f"{name} is disabled: the ASA refuses every phone"
            if known
            else f"UNKNOWN: {name} is {own.value!r}, neither Enabled nor Disabled",
            expected=expected,
            actual=own.value,
            evidence=evidence,
            fix=(f"PERSON: buy the licence `{name}` (smart licensing: check the account).", "activation-key <key>"),
        )
        return
    in_use = own if values[0] == "enabled" or cluster is None else cluster
    days = _DAYS.fullmatch(in_use.duration.strip())
    if days and int(days[1]) <= context.site.expiry_days_warning:
        yield Outcome(
            status="fail",
            message=f"{name} is time-based and ends in {int(days[1])} days; then the ASA refuses every phone",
            expected=f"{expected}, for more than {context.site.expiry_days_warning} days",
            actual=f"{in_use.value}, {in_use.duration}",
            evidence=evidence,
            fix=(f"PERSON: buy or renew the licence `{name}`.", "activation-key <key>"),
        )
        return
    by_pair = values[0] != "enabled"
    yield Outcome(
        status="pass",
        message=f"{name} is enabled" + (" by the failover pair's licence, not by this unit's own" if by_pair else ""),
        expected=expected,
        actual=in_use.value,
        evidence=evidence,
    )


def _cluster_row(state: AsaState, name: str) -> License | None:
    rows = state.version.cluster_licenses if state.version else ()
    return next((row for row in rows if row.name.lower() == name.lower()), None)


def peers(state: AsaState) -> tuple[int, License] | Outcome:
    """The number of sessions the licence allows with its row, or the reason why it is not known.

    In a failover pair the combined licence of the second block is the one that counts.
    """
    version = state.version
    own = next((row for row in map(version.license, PEER_ROWS) if row), None) if version else None
    row = (_cluster_row(state, own.name) or own) if own else None
    if row is None:
        message, actual = _no_row(state, f"`{PREMIUM}` (8.x: `SSL VPN Peers`)"), "no such row"
    elif not row.value.isdecimal():
        message, actual = f"UNKNOWN: {row.name} is {row.value!r}, not a number", row.value
    elif int(row.value) == 0 and version and (version.license_mode or version.context):
        # Seen in real user contexts whose phone licence is enabled: 0 is then no limit of this context.
        where = f"license mode {version.license_mode}" if version.license_mode else "a context of a multi-context ASA"
        message, actual = f"UNKNOWN: {row.name} is 0 in {where}, where the number is kept elsewhere", "0"
    else:
        return int(row.value), row
    return Outcome(
        status="error",
        message=message,
        expected="the number of sessions the licence allows",
        actual=actual,
        evidence=(facts.quote(state, "version", *((_row(row),) if row else ())),),
        fix=(
            "PERSON: read `show vpn-sessiondb license-summary`, in multiple context mode also in the system context.",
        ),
    )


def _peak(context: Context) -> tuple[int, str] | Outcome:
    """Sessions needed at once, and how that number came about; or the reason why it is not known."""
    state = context.state
    peak = state.session_summary.peak if state.session_summary else None
    if peak is None:
        return Outcome(
            status="error",
            message=f"UNKNOWN: `{facts.command_of(state, 'session_summary')}` prints no peak of AnyConnect sessions",
            expected="an AnyConnect row with its peak",
            actual="no such row",
            evidence=(facts.quote(state, "session_summary"),),
            fix=("PERSON: read the peak in `show vpn-sessiondb license-summary`.",),
        )
    offline = context.site.phones_offline
    return peak + offline, f"peak {peak} + {offline} phones offline"


@control(
    "VPNP-103",
    title="The licence has room for every AnyConnect user and phone",
    severity="high",
    features=("F-002",),
    section=LICENCE_SECTION,
    rationale="PCs and phones share one pool of AnyConnect sessions. When it is empty, the phone that reconnects last"
    " stays out, and after an outage all of them reconnect at once.",
    remediation=("PERSON: buy AnyConnect Premium (Apex) sessions for all users and phones together.",),
    needs=("version", "session_summary"),
)
def peers_suffice(context: Context) -> Iterator[Outcome]:
    allowed, needed = peers(context.state), _peak(context)
    unknown = [answer for answer in (allowed, needed) if isinstance(answer, Outcome)]
    yield from unknown
    if isinstance(allowed, Outcome) or isinstance(needed, Outcome):
        return
    (limit, row), (count, how) = allowed, needed
    good = count <= limit
    yield Outcome(
        status="pass" if good else "fail",
        message=f"{count} sessions needed ({how}), the licence allows {limit}"
        + ("" if good else ": the phones that come last stay out"),
        expected=f"at least {count} sessions",
        actual=str(limit),
        evidence=(
            facts.quote(context.state, "version", _row(row)),
            facts.quote(context.state, "session_summary", f"AnyConnect peak concurrent: {count - _offline(context)}"),
        ),
        fix=() if good else (f"PERSON: buy sessions: {row.name} must be at least {count}.",),
    )


def _offline(context: Context) -> int:
    return context.site.phones_offline


@control(
    "VPNP-104",
    title="The licence has a reserve of sessions",
    severity="low",
    features=("F-002",),
    section=LICENCE_SECTION,
    rationale="All users count against the same number. When nearly all of it is used at peak, the next few PCs push"
    " phones out.",
    remediation=("PERSON: plan for more AnyConnect sessions before the peak reaches the limit.",),
    needs=("version", "session_summary"),
)
def peers_reserve(context: Context) -> Iterator[Outcome]:
    allowed, needed = peers(context.state), _peak(context)
    if isinstance(allowed, Outcome) or isinstance(needed, Outcome):
        yield from (answer for answer in (allowed, needed) if isinstance(answer, Outcome))
        return
    (limit, row), (count, how) = allowed, needed
    percent = context.site.peers_warning_percent
    good = count * 100 < limit * percent
    yield Outcome(
        status="pass" if good else "fail",
        message=f"{count} of {limit} sessions needed ({how}), {'below' if good else 'not below'} {percent} %",
        expected=f"less than {percent} % of {limit}",
        actual=str(count),
        evidence=(facts.quote(context.state, "version", _row(row)),),
        fix=() if good else (f"PERSON: plan for more sessions than {row.name} : {limit}.",),
    )


@control(
    "VPNP-105",
    title="AnyConnect Essentials is not in use",
    severity="critical",
    features=("F-003",),
    section=LICENCE_SECTION,
    rationale="`anyconnect-essentials` switches the Premium licence off, and VPN phones need Premium: every phone is"
    " refused while PCs keep working.",
    remediation=(
        "PERSON: approve first, this changes the licence of all AnyConnect users of this ASA at once.",
        "webvpn",
        " no anyconnect-essentials",
    ),
    needs=("webvpn",),
)
def essentials_off(context: Context) -> Iterator[Outcome]:
    state = context.state
    used = bool(state.webvpn and state.webvpn.anyconnect_essentials)
    licence = state.version.license("AnyConnect Essentials") if state.version else None
    if licence and licence.value.lower() not in ("disabled", "0") and not used and not _refused(state):
        # Cisco's licence guide: with that licence installed Essentials is in use until it is switched off [K].
        yield Outcome(
            status="error",
            message="UNKNOWN: the ASA has an Essentials licence, and no line says whether Essentials is in use",
            expected="no anyconnect-essentials",
            actual="no such line",
            evidence=(facts.quote(state, "version", _row(licence)), facts.quote(state, "webvpn", "webvpn")),
            fix=(
                "PERSON: read `show running-config all webvpn | include essentials`; if Essentials is in use, approve"
                " first, this changes the licence of all AnyConnect users of this ASA at once:",
                "webvpn",
                " no anyconnect-essentials",
            ),
        )
        return
    yield Outcome(
        status="fail" if used else "pass",
        message="AnyConnect Essentials is in use: the Premium licence that phones need is switched off"
        if used
        else "AnyConnect Essentials is not in use",
        expected="no anyconnect-essentials",
        actual="anyconnect-essentials" if used else "no such line",
        evidence=(facts.quote(state, "webvpn", *(("webvpn", " anyconnect-essentials") if used else ())),),
        fix=(
            "PERSON: approve first, this changes the licence of all AnyConnect users of this ASA at once.",
            "webvpn",
            " no anyconnect-essentials",
        )
        if used
        else (),
    )


def _refused(state: AsaState) -> bool:
    return state.webvpn is not None and state.webvpn.essentials_refused


@control(
    "VPNP-106",
    title="The platform licence is recorded",
    severity="info",
    features=("F-004",),
    section=LICENCE_SECTION,
    rationale="The base licence is no condition for phones; it is noted because a licence order needs it.",
    remediation=(),
    needs=("version",),
)
def platform_licence(context: Context) -> Iterator[Outcome]:
    state = context.state
    text = state.version.platform_license if state.version else ""
    unknown = not text and _from_config(state)
    yield Outcome(
        status="pass" if text else "error" if unknown else "skipped",
        message=text or (_no_row(state, "") if unknown else "This release prints no platform licence line"),
        evidence=(facts.quote(state, "version", *((text,) if text else ())),),
    )


@control(
    "VPNP-107",
    title="The ASA build meets the minimum of CISA ED 25-03",
    severity="medium",
    features=("F-095",),
    section="Not in the document: CISA Emergency Directive 25-03",
    rationale="Older builds have flaws in the very web VPN service that phones need open to the internet. An ASA taken"
    " over or taken down takes every phone with it.",
    remediation=("PERSON: upgrade within the train, or leave a train that gets no fixed build.",),
    needs=("version",),
)
def cisa_minimum(context: Context) -> Iterator[Outcome]:
    state = context.state
    version = facts.release(state)
    if version is None:
        yield _release_unknown(state, "its minimum build")
        return
    text, train = facts.release_text(version), version[:2]
    name, minimum = f"{train[0]}.{train[1]}", CISA_MINIMUM.get(train)
    evidence = (facts.quote(state, "version", _banner(state)),)
    if train in CISA_MIGRATE:
        yield Outcome(
            status="fail",
            message=f"ASA {text}: train {name} gets no fixed build, migrate to another train",
            expected="a train with a fixed build",
            actual=text,
            evidence=evidence,
            fix=("PERSON: migrate to a train that has a fixed build.",),
        )
    elif minimum is None:
        yield Outcome(
            status="error",
            message=f"UNKNOWN: no minimum build is recorded for train {name}",
            expected="one of the trains " + ", ".join(f"{major}.{minor}" for major, minor in CISA_MINIMUM),
            actual=text,
            evidence=evidence,
            fix=("PERSON: read the directive and Cisco's advisory for this train.",),
        )
    else:
        good = version >= minimum
        yield Outcome(
            status="pass" if good else "fail",
            message=f"ASA {text} {'meets' if good else 'is below'} the minimum {facts.release_text(minimum)}",
            expected=f"{facts.release_text(minimum)} or later",
            actual=text,
            evidence=evidence,
            fix=() if good else (f"PERSON: upgrade to {facts.release_text(minimum)} or later of train {name}.",),
        )
