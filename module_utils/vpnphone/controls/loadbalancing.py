"""VPN load balancing is not supported for phones (F-030): it redirects them to a box whose hash they do not have."""

from __future__ import annotations

from collections.abc import Iterator

from ..addresses import is_address
from ..model import Evidence, LoadBalancing, Outcome
from .base import Context, control
from .connection import LOAD_BALANCING, no_profile
from .facts import interface_of_address, phone_tunnel_groups, phone_urls, quote, url_host


def _evidence(context: Context) -> Evidence:
    found = context.state.load_balancing
    lines = ["vpn load-balancing"] if found and (found.participate or found.cluster_addresses) else []
    lines += [f" cluster {address}" for address in (found.cluster_addresses if found else ())]
    if found and found.participate:
        lines.append(" participate")
    return quote(context.state, "load_balancing", *lines)


@control(
    "VPNP-214",
    title="Phones do not dial the load-balancing cluster",
    severity="critical",
    features=("F-030", "F-031"),
    section=LOAD_BALANCING,
    rationale=(
        "VPN load balancing is an HTTP redirect. A phone trusts only certificates whose hashes CUCM gave it and does"
        " not follow one box to another: it alternates between servers, takes very long, and fails."
    ),
    remediation=(
        "Type the address or name of the box itself, not the cluster's, in CUCM's VPN gateway; give it a group-url.",
        "Never switch load balancing off for the phones alone: PC users depend on it.",
    ),
    needs=("load_balancing", "tunnel_groups"),
)
def cluster_url(context: Context) -> Iterator[Outcome]:
    """The host of every URL phones dial, against the cluster's addresses. A name could lead to the cluster address."""
    found = context.state.load_balancing
    evidence = (_evidence(context),)
    if found is None:
        return
    if not found.participate:
        yield Outcome(status="pass", message="the device takes no part in VPN load balancing", evidence=evidence)
        return
    urls = _dialled_here(context, found)
    if not urls and not context.profiles:
        yield no_profile(context)
    elif not urls:
        yield Outcome(
            status="error",
            message="UNKNOWN: the device takes part in load balancing and the URL the phones dial is not known",
            expected="the URL of the box itself",
            actual="no gateway URL given and no enabled group-url",
            evidence=evidence,
            fix=("PERSON: give CUCM's gateway URLs in vpnphone_gateway_urls, and remedy VPNP-211.",),
        )
    for url in urls:
        yield _judge(context, url, evidence)


def _dialled_here(context: Context, found: LoadBalancing) -> tuple[str, ...]:
    """The URLs phones dial to reach this device or its cluster; those of CUCM that lead to other devices do not count.

    Where none of CUCM's URLs is one of this device, all are judged.
    """
    urls = phone_urls(context)
    cluster = {address.lower() for address in found.cluster_addresses}
    enabled = {url.url for group in phone_tunnel_groups(context) for url in group.group_urls if url.enabled}

    def here(url: str) -> bool:
        host = url_host(url)
        return url in enabled or host in cluster or interface_of_address(context.state, host) is not None

    return tuple(url for url in urls if here(url)) or urls


def _judge(context: Context, url: str, evidence: tuple[Evidence, ...]) -> Outcome:
    """One URL of a device that takes part."""
    addresses = context.state.load_balancing.cluster_addresses if context.state.load_balancing else ()
    cluster = {address.lower() for address in addresses}
    host = url_host(url)
    expected = f"the URL of the box itself, not {' or '.join(addresses) or 'that of the cluster'}"
    if host in cluster:
        own = interface_hint(context)
        return Outcome(
            status="fail",
            subject=url,
            message=f"phones dial the load-balancing cluster at {host}: not supported",
            expected=expected,
            actual=f"host {host} is the cluster's",
            evidence=evidence,
            fix=(f"PERSON: in CUCM's VPN gateway use the box's own name or address{own}; leave load balancing on.",),
        )
    own_address = interface_of_address(context.state, host) is not None
    if own_address or (is_address(host) and cluster and all(map(is_address, cluster))):
        return Outcome(
            status="pass",
            subject=url,
            message=f"{host} is not the cluster's address {', '.join(addresses)}",
            evidence=evidence,
        )
    return Outcome(
        status="error",
        subject=url,
        message=f"UNKNOWN: whether {host or url} leads to the load-balancing cluster",
        expected=expected,
        actual=f"host {host or 'not readable'}, cluster {', '.join(addresses) or 'address not printed'}",
        evidence=evidence,
        fix=(f"PERSON: resolve {host or url}; if it is the cluster's address, use the box's own name in CUCM.",),
    )


def interface_hint(context: Context) -> str:
    """The addresses of the interfaces with webvpn, to choose from; "" where none is known."""
    enabled = {name.lower() for name in (context.state.webvpn.enabled_interfaces if context.state.webvpn else ())}
    found = [f"{i.nameif} {i.ip}" for i in context.state.interfaces or () if i.nameif.lower() in enabled and i.ip]
    return f" ({', '.join(found)})" if found else ""


@control(
    "VPNP-215",
    title="The phones' device takes no part in load balancing",
    severity="low",
    features=("F-030", "F-032"),
    section=LOAD_BALANCING,
    rationale=(
        "Even with a URL of its own, a box that takes part may answer a phone with a redirect (HTTP 302) to another box"
        " whose certificate hash the phone may not have."
    ),
    remediation=(
        "Keep the phones on a box outside the cluster, or give CUCM the certificates of every box and watch for 302.",
    ),
    needs=("load_balancing",),
)
def participates(context: Context) -> Iterator[Outcome]:
    """`participate` below `vpn load-balancing`; a warning, never remedied automatically."""
    found = context.state.load_balancing
    evidence = (_evidence(context),)
    if found is None:
        return
    if not found.participate:
        yield Outcome(status="pass", message="the device takes no part in VPN load balancing", evidence=evidence)
        return
    yield Outcome(
        status="fail",
        message="the device takes part in VPN load balancing, which phones do not support",
        expected="no participate",
        actual="participate",
        evidence=evidence,
        fix=(
            "PERSON: decide: move the phones to a device outside the cluster, or waive this while VPNP-214 passes;"
            " load balancing itself must stay for the PC users.",
        ),
    )
