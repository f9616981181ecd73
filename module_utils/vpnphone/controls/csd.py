"""CSD and HostScan: phones cannot run them, and are refused where they are on (F-035 to F-037)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Outcome, TunnelGroup
from .base import Context, control
from .connection import CSD, groups_or_unknown, webvpn_block, webvpn_evidence
from .facts import quote, release, release_at_least, release_text

# From this release on a tunnel-group can be left out of CSD.
WITHOUT_CSD_SINCE = (8, 2)
# A line that may be this feature by another name: later releases rename it [K].
_MAYBE = re.compile(r"(?!no )[a-z -]{0,40}\b(?:csd|hostscan|posture)\b[a-z -]{0,40}\benable$", re.IGNORECASE)


def _csd_line(context: Context) -> str:
    return context.state.webvpn.csd_line if context.state.webvpn else ""


def _not_understood(context: Context) -> tuple[str, ...]:
    """Lines below webvpn that no template took and that have a word of this feature."""
    lines = (line.text.strip() for line in context.state.unparsed if line.section == "webvpn")
    return tuple(line for line in lines if _MAYBE.match(line))


@control(
    "VPNP-221",
    title="CSD or HostScan does not stop the phones",
    severity="critical",
    features=("F-035", "F-036"),
    section=CSD,
    rationale=(
        "IP phones do not support Cisco Secure Desktop or HostScan. Where it is on for the device and the phones'"
        " tunnel-group is not left out of it, no phone connects; the ASA logs 724002."
    ),
    remediation=(
        "8.2 and later: `without-csd` below `webvpn-attributes` of the phones' tunnel-group.",
        "Before 8.2: only `no csd enable` for the whole device, which takes the check from every PC user: approval.",
    ),
    needs=("webvpn", "tunnel_groups"),
)
def csd(context: Context) -> Iterator[Outcome]:
    """Neither `csd enable` nor `hostscan enable`, or `without-csd` in every tunnel-group of the phones."""
    if context.state.webvpn is None:
        return
    line, strange = _csd_line(context), _not_understood(context)
    if not line and not strange:
        yield Outcome(
            status="pass",
            message="neither CSD nor HostScan is enabled on the device",
            evidence=(quote(context.state, "webvpn", "webvpn"),),
        )
        return
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
        elif line or group.without_csd:
            yield _judge(context, group, line or strange[0])
        else:
            yield Outcome(
                status="error",
                subject=group.name,
                message=f"UNKNOWN: whether `{strange[0]}` below webvpn is CSD or HostScan by another name",
                expected="neither `csd enable` nor `hostscan enable`, or `without-csd` in the tunnel-group",
                actual=", ".join(strange),
                evidence=(quote(context.state, "webvpn", "webvpn", *(f" {text}" for text in strange)),),
                fix=(
                    "PERSON: read the command reference of this release; if it is, or to be safe:",
                    *webvpn_block(group, "without-csd"),
                ),
            )


def _judge(context: Context, group: TunnelGroup, line: str) -> Outcome:
    evidence = (quote(context.state, "webvpn", "webvpn", f" {line}"), webvpn_evidence(context, group))
    if group.without_csd:
        # That the form with the keyword also exempts a phone follows from its meaning, not from a source [K].
        note = (
            " (this form is taken to exempt phones, which are AnyConnect clients; the document shows the bare word)"
            if "anyconnect" in group.without_csd
            else ""
        )
        return Outcome(
            status="pass",
            subject=group.name,
            message=f"`{line}` is on, and tunnel-group {group.name} has `{group.without_csd.strip()}`{note}",
            evidence=evidence,
        )
    known = release(context.state)
    new_enough = release_at_least(known, WITHOUT_CSD_SINCE)
    without = webvpn_block(group, "without-csd")
    off = ("webvpn", f" no {line}")
    globally = (
        "PERSON: approve first: this takes the check from every PC user of the device, a loss of security.",
        *off,
    )
    if new_enough is None:
        fix = ("PERSON: the release is not known; from 8.2 on this is the remedy:", *without)
    else:
        fix = without if new_enough else globally
    shown = release_text(known) if known else "not known"
    return Outcome(
        status="fail",
        subject=group.name,
        message=f"`{line}` is on and tunnel-group {group.name} has no `without-csd`: phones cannot connect",
        expected=f"no `{line}`" if new_enough is False else "`without-csd` in the tunnel-group",
        actual=f"`{line}`, no `without-csd`, release {shown}",
        evidence=evidence,
        fix=fix,
    )


@control(
    "VPNP-222",
    title="without-csd is reached by a group-url",
    severity="high",
    features=("F-037",),
    section=CSD,
    rationale=(
        "`without-csd` works only for a client that arrives by group-url: with an alias or the default group the ASA"
        " runs CSD before it knows the tunnel-group."
    ),
    remediation=("Enable a group-url in the phones' tunnel-group and type that URL in CUCM's VPN gateway.",),
    needs=("webvpn", "tunnel_groups"),
    applies=lambda context: (
        "" if context.state.webvpn is None or _csd_line(context) else "neither CSD nor HostScan is enabled"
    ),
)
def by_group_url(context: Context) -> Iterator[Outcome]:
    """A tunnel-group with without-csd needs an enabled group-url for it to have an effect."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
            continue
        evidence = (webvpn_evidence(context, group),)
        if not group.without_csd:
            yield Outcome(
                status="skipped",
                subject=group.name,
                message=f"tunnel-group {group.name} has no `without-csd` (see VPNP-221)",
                evidence=evidence,
            )
        elif any(url.enabled for url in group.group_urls):
            yield Outcome(
                status="pass",
                subject=group.name,
                message=f"`{group.without_csd.strip()}` of tunnel-group {group.name} is reached by its group-url",
                evidence=evidence,
            )
        else:
            yield Outcome(
                status="fail",
                subject=group.name,
                message=f"`{group.without_csd.strip()}` has no effect: {group.name} has no enabled group-url",
                expected="an enabled group-url",
                actual="no enabled group-url",
                evidence=evidence,
                fix=("PERSON: remedy VPNP-211 (group-url of this tunnel-group) first.",),
            )
