"""Can a phone reach its tunnel-group: the group-url, and the URL that CUCM has (F-025, F-097)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from ..model import Outcome, TunnelGroup
from .base import Context, control
from .connection import (
    HASH,
    groups_or_unknown,
    quoted,
    webvpn_block,
    webvpn_evidence,
)
from .facts import phone_tunnel_groups

# The only port a phone's DTLS is known to work on, and the one a URL without a port means (F-097).
PHONE_PORT = 443


class Url(NamedTuple):
    """A group-url taken apart; problem says why it is none, "" where it is one. port is the one dialled."""

    scheme: str
    host: str
    port: int
    problem: str


def read_url(text: str) -> Url:
    """Scheme, host and port of a URL; never raises."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        return Url("", "", 0, str(error))
    host = parts.hostname or ""
    if not parts.scheme or not host:
        return Url(parts.scheme, host, 0, "it has no scheme or no host")
    return Url(parts.scheme, host, port or (80 if parts.scheme == "http" else PHONE_PORT), "")


def enabled_urls(group: TunnelGroup) -> tuple[str, ...]:
    """The enabled group-urls, as they must be typed in CUCM."""
    return tuple(url.url for url in group.group_urls if url.enabled)


@control(
    "VPNP-211",
    title="The phones' tunnel-group has an enabled group-url",
    severity="critical",
    features=("F-025", "F-037"),
    section=HASH,
    rationale=(
        "A phone cannot choose a connection profile from a list. It reaches its tunnel-group only by the URL that CUCM"
        " gives it, and that URL must be an enabled group-url."
    ),
    remediation=(
        "`group-url https://<name>/<tunnel-group> enable` below `tunnel-group <TG> webvpn-attributes`.",
        "Type the same URL, letter by letter, in CUCM: Advanced Features > VPN > VPN Gateway.",
    ),
    needs=("tunnel_groups",),
)
def group_url(context: Context) -> Iterator[Outcome]:
    """At least one enabled group-url in each tunnel-group; the message is what to type in CUCM."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
            continue
        urls = enabled_urls(group)
        evidence = (webvpn_evidence(context, group),)
        if urls:
            yield Outcome(
                status="pass",
                subject=group.name,
                message=f"type exactly this as VPN gateway URL in CUCM: {' or '.join(urls)}",
                evidence=evidence,
            )
            continue
        off = [url.url for url in group.group_urls]
        yield Outcome(
            status="fail",
            subject=group.name,
            message=f"tunnel-group {group.name} has no enabled group-url: phones cannot reach it",
            expected="group-url https://<name>/<path> enable",
            actual=f"disabled: {', '.join(off)}" if off else "no group-url",
            evidence=evidence,
            fix=_url_fix(context, group, off),
        )


def _url_fix(context: Context, group: TunnelGroup, off: list[str]) -> tuple[str, ...]:
    """The URL that is there but disabled, else those of CUCM, else a person must choose one."""
    urls = off or list(context.site.gateway_urls)
    if not urls:
        return (
            "PERSON: choose the URL that CUCM's VPN gateway has (or will have), and enable it here:",
            f"tunnel-group {quoted(group.name)} webvpn-attributes",
            "PERSON: ` group-url https://<name of this device>/<path> enable`",
        )
    return (
        *(("PERSON: enable the URL that CUCM's VPN gateway has:",) if len(urls) > 1 else ()),
        *webvpn_block(group, *(f"group-url {url} enable" for url in urls)),
    )


@control(
    "VPNP-212",
    title="CUCM's gateway URL is a group-url of the phones",
    severity="critical",
    features=("F-025",),
    section=HASH,
    rationale=(
        "The URL typed in CUCM must equal the group-url letter by letter: another case, port or final slash sends the"
        " phone to the default tunnel-group, where it fails."
    ),
    remediation=("Correct the VPN gateway URL in CUCM, or add the URL CUCM has as a group-url of the tunnel-group.",),
    needs=("tunnel_groups",),
    applies=lambda context: (
        "" if context.site.gateway_urls else "CUCM's gateway URLs were not given (vpnphone_gateway_urls)"
    ),
)
def gateway_url(context: Context) -> Iterator[Outcome]:
    """One of the site's gateway URLs is, case-exactly, an enabled group-url of the phones; no other one nearly is.

    URLs of other devices may be among them, so one that is like nothing here says nothing.
    """
    groups = [group for group in groups_or_unknown(context) if isinstance(group, TunnelGroup)]
    if not groups:
        yield from (outcome for outcome in groups_or_unknown(context) if isinstance(outcome, Outcome))
        return
    urls = [url for group in groups for url in enabled_urls(group)]
    evidence = tuple(webvpn_evidence(context, group) for group in groups)
    matched = [url for url in context.site.gateway_urls if url in urls]
    missed = {url: [*_near_misses(context, url)] for url in context.site.gateway_urls if url not in urls}
    near = [note for notes in missed.values() for note in notes]
    if matched and not near:
        yield Outcome(
            status="pass",
            message=f"CUCM's gateway URL is an enabled group-url here: {', '.join(matched)}",
            evidence=evidence,
        )
        return
    meant = [url for url, notes in missed.items() if notes] if matched else list(context.site.gateway_urls)
    what = "none of CUCM's gateway URLs is an enabled group-url of the phones here"
    if matched:
        what = f"CUCM's gateway URL is no enabled group-url of the phones here: {', '.join(meant)}"
    yield Outcome(
        status="fail",
        message=what + "".join(f"; {n}" for n in near),
        expected=f"one of: {', '.join(context.site.gateway_urls)}",
        actual=f"enabled group-urls: {', '.join(urls) or 'none'}",
        evidence=evidence,
        fix=(
            "PERSON: type one of the enabled group-urls in CUCM's VPN gateway, or add CUCM's URL here:",
            *webvpn_block(groups[0], *(f"group-url {url} enable" for url in meant)),
        ),
    )


def _near_misses(context: Context, wanted: str) -> Iterator[str]:
    """What is almost the URL that CUCM has, and how it differs."""
    phones = phone_tunnel_groups(context)
    for group in context.state.tunnel_groups or ():
        for url in group.group_urls:
            where = f"{url.url} of tunnel-group {group.name}"
            if url.url == wanted and not url.enabled:
                yield f"{where} is disabled"
            elif url.url == wanted and group not in phones:
                yield f"{where} is not the phones'"
            elif url.url != wanted and _plain(url.url) == _plain(wanted):
                yield f"{where} differs from {wanted} only by case, port or final slash"


def _plain(url: str) -> str:
    return url.lower().rstrip("/").replace(f":{PHONE_PORT}/", "/")


@control(
    "VPNP-213",
    title="The group-url of the phones is https on port 443",
    severity="high",
    features=("F-025", "F-097"),
    section=HASH,
    rationale=(
        "Phones speak SSL VPN only by https. Their DTLS is known to work on port 443 alone, so another port costs the"
        " connection or the quality of the calls."
    ),
    remediation=("Make a group-url of the form `https://<name>/<path>`, without a port, and type it in CUCM.",),
    needs=("tunnel_groups",),
)
def url_form(context: Context) -> Iterator[Outcome]:
    """Each enabled group-url of the phones: readable, https, port 443."""
    for group in groups_or_unknown(context):
        if isinstance(group, Outcome):
            yield group
            continue
        evidence = (webvpn_evidence(context, group),)
        urls = enabled_urls(group)
        if not urls:
            yield Outcome(
                status="skipped", subject=group.name, message="no enabled group-url (see VPNP-211)", evidence=evidence
            )
        for text in urls:
            url = read_url(text)
            wrong = url.problem or ("" if url.scheme == "https" else f"its scheme is {url.scheme}")
            wrong = wrong or ("" if url.port == PHONE_PORT else f"its port is {url.port}")
            if not wrong:
                yield Outcome(status="pass", subject=group.name, message=f"{text} is https on 443", evidence=evidence)
                continue
            yield Outcome(
                status="error" if url.problem else "fail",
                subject=group.name,
                message=f"UNKNOWN: {text} cannot be read as a URL: {wrong}" if url.problem else f"{text}: {wrong}",
                expected="https, port 443",
                actual=wrong,
                evidence=evidence,
                fix=(
                    "PERSON: enable a group-url of the form https://<name>/<path>, put it into CUCM's VPN gateway,"
                    " and take this one away when no phone uses it:",
                    *webvpn_block(group, f"no group-url {text}"),
                ),
            )
