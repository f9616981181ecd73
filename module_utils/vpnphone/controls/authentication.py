"""How the phones log in: by certificate or AAA, and do the AAA servers answer (F-019, F-057, F-064)?"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Outcome, TunnelGroup
from .base import Context, control
from .connection import (
    CERTIFICATE_METHOD,
    CHANGES,
    EXTERNAL_DATABASE,
    general_evidence,
    groups_or_unknown,
    webvpn_block,
    webvpn_evidence,
)
from .facts import quote

LOCAL = "LOCAL"


def methods(group: TunnelGroup) -> tuple[str, ...]:
    """The words of `authentication ...` below webvpn-attributes; no such line means aaa."""
    return tuple(word.lower() for word in group.authentication) or ("aaa",)


def server_groups(group: TunnelGroup) -> tuple[str, ...]:
    """The AAA server groups of a tunnel-group; no such line means LOCAL."""
    return group.authentication_server_groups or (LOCAL,)


@control(
    "VPNP-251",
    title="The phones' tunnel-group authenticates in a way phones know",
    severity="high",
    features=("F-057",),
    section=CERTIFICATE_METHOD,
    rationale=(
        "CUCM's VPN profile tells the phone to send a certificate, or to ask for a password. The tunnel-group must want"
        " the same: a phone cannot do SAML, and half of a pair does not connect."
    ),
    remediation=(
        "`authentication certificate` below `tunnel-group <TG> webvpn-attributes`, and Client Authentication Method ="
        " Certificate in CUCM's VPN profile.",
    ),
    needs=("tunnel_groups",),
)
def method(context: Context) -> Iterator[Outcome]:
    """certificate or aaa passes and says what CUCM must have; both together is not proven for phones; else fail."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
            continue
        words = methods(group)
        shown = f"authentication {' '.join(words)}"
        evidence = (webvpn_evidence(context, group),)
        if words in (("certificate",), ("aaa",)):
            wanted = "Certificate" if words == ("certificate",) else "User and Password, or Password Only"
            default = "" if group.authentication else " (no line: the default)"
            yield Outcome(
                status="pass",
                subject=group.name,
                message=f"`{shown}`{default}: the VPN profile in CUCM must say Client Authentication Method = {wanted}",
                evidence=evidence,
            )
            continue
        both = set(words) == {"aaa", "certificate"}
        yield Outcome(
            status="error" if both else "fail",
            subject=group.name,
            message=(
                f"UNKNOWN: whether the phones can do `{shown}`: certificate and password together"
                if both
                else f"a phone cannot do `{shown}`"
            ),
            expected="authentication certificate, or authentication aaa",
            actual=shown,
            evidence=evidence,
            fix=(
                "PERSON: choose the method that CUCM's VPN profile has; for certificates (LSC or MIC):",
                *webvpn_block(group, "authentication certificate"),
            ),
        )


@control(
    "VPNP-252",
    title="Phones reconnect without a person",
    severity="low",
    features=("F-064", "F-019"),
    section=CHANGES,
    rationale=(
        "Apply Config, Reset and Restart in CUCM each end the tunnel. With a certificate the phone comes back by"
        " itself; with AAA it asks its user for the password, and stays down until somebody types it."
    ),
    remediation=(
        "Move the phones to `authentication certificate` with LSCs, or tell every user before a change and be there.",
    ),
    needs=("tunnel_groups",),
)
def unattended(context: Context) -> Iterator[Outcome]:
    """A tunnel-group without aaa passes; with aaa every change in CUCM, a renewal too, needs the phones' users."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
            continue
        asks = "aaa" in methods(group)
        evidence = (webvpn_evidence(context, group),)
        if not asks:
            yield Outcome(
                status="pass",
                subject=group.name,
                message=f"tunnel-group {group.name} asks no password of the phones' users",
                evidence=evidence,
            )
            continue
        yield Outcome(
            status="fail",
            subject=group.name,
            message=f"phones of {group.name} ask their users for a password after every change in CUCM",
            expected="authentication certificate",
            actual=f"authentication {' '.join(methods(group))}",
            evidence=evidence,
            fix=(
                "PERSON: before a change or a renewal tell the users of these phones; or, with LSCs on every phone and"
                " Certificate in CUCM's VPN profile:",
                *webvpn_block(group, "authentication certificate"),
            ),
        )


@control(
    "VPNP-253",
    title="The AAA servers of the phones answer",
    severity="medium",
    features=("F-019",),
    section=EXTERNAL_DATABASE,
    rationale=(
        "Phone users may be kept in LDAP or RADIUS. When no server of the group answers, every phone that logs in stays"
        " out, and the tunnels that are up fall at their next login."
    ),
    remediation=("Repair the server or the path to it; `show aaa-server <group>` shows ACTIVE again afterwards.",),
    needs=("tunnel_groups",),
)
def servers(context: Context) -> Iterator[Outcome]:
    """Each server group of a tunnel-group with aaa: LOCAL, or a group with no FAILED server."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
        elif "aaa" not in methods(group):
            yield Outcome(
                status="skipped",
                subject=group.name,
                message=f"tunnel-group {group.name} asks no AAA server: authentication {' '.join(methods(group))}",
                evidence=(webvpn_evidence(context, group),),
            )
        else:
            for name in server_groups(group):
                yield _judge_servers(context, group, name)


def _judge_servers(context: Context, group: TunnelGroup, name: str) -> Outcome:
    subject = f"{group.name}: {name}"
    if name.upper() == LOCAL:
        return Outcome(
            status="pass",
            subject=subject,
            message="the users are in the device's own database",
            evidence=(general_evidence(context, group),),
        )
    found = [server for server in context.state.aaa_servers or () if server.group == name]
    lines = [f"{server.group} {server.protocol} {server.address} {server.status}".strip() for server in found]
    evidence = (general_evidence(context, group), quote(context.state, "aaa_servers", *lines))
    failed = [server.address for server in found if "FAILED" in server.status.upper()]
    silent = not found or not all(server.status for server in found)
    if failed:
        return Outcome(
            status="fail",
            subject=subject,
            message=f"AAA server FAILED: {', '.join(failed)} of group {name}",
            expected="every server ACTIVE",
            actual=f"{len(failed)} of {len(found)} FAILED",
            evidence=evidence,
            fix=(f"PERSON: repair {', '.join(failed)} or the path to it; then `show aaa-server {name}`.",),
        )
    if silent:
        return Outcome(
            status="error",
            subject=subject,
            message=f"UNKNOWN: `show aaa-server` tells no status of group {name}",
            expected="a server group with its status",
            actual="not printed",
            evidence=evidence,
            fix=(f"PERSON: run `show aaa-server {name}` and compare the name in the tunnel-group.",),
        )
    return Outcome(
        status="pass",
        subject=subject,
        message=f"{len(found)} servers of group {name}, none FAILED",
        evidence=evidence,
    )
