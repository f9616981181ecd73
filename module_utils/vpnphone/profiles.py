"""Which tunnel-groups (connection profiles) of a device are the phones', and how sure that is."""

from __future__ import annotations

import re

from .controls.site import Site
from .model import AsaState, Profile, Session, TunnelGroup

# A phone logs in with this name when it authenticates by certificate: CP-7962G-SEP8CB64F576113.
PHONE_USER = re.compile(r"CP-[A-Za-z0-9+]{1,16}-SEP[0-9A-Fa-f]{12}", re.ASCII)
PHONE_CLIENT = "Cisco SVC IPPhone Client"
_PHONE_WORD = re.compile(
    r"phone|voip|voice|telephon|cp-?[0-9]{4}|(?:^|[^a-z])ipt(?:[^a-z]|$)", re.ASCII | re.IGNORECASE
)
# Kinds that accept AnyConnect sessions; webvpn is the word of old releases.
REMOTE_ACCESS_KINDS = ("remote-access", "webvpn")
# Groups that are always there; their type is not printed unless it was changed.
DEFAULT_REMOTE_ACCESS = ("DefaultRAGroup", "DefaultWEBVPNGroup")
DEFAULT_SITE_TO_SITE = "DefaultL2LGroup"


def is_phone_user(username: str) -> bool:
    """The user name is the one a phone has by its certificate."""
    return PHONE_USER.fullmatch(username) is not None


def is_phone_session(session: Session) -> bool:
    """The session is a phone's, by its user name or by its client."""
    return is_phone_user(session.username) or PHONE_CLIENT.lower() in session.client.lower()


def accepts_clients(group: TunnelGroup) -> bool:
    """The tunnel-group may be one for remote access; a type that was not printed does not exclude it."""
    return group.kind in REMOTE_ACCESS_KINDS or (not group.kind and group.name != DEFAULT_SITE_TO_SITE)


def _looks_like_phones(text: str) -> bool:
    return _PHONE_WORD.search(text) is not None


def _has_enabled_url(group: TunnelGroup) -> bool:
    return any(url.enabled for url in group.group_urls)


def _is_likely(group: TunnelGroup) -> str:
    """Why a tunnel-group's own lines point to phones; "" where they do not."""
    if not (_has_enabled_url(group) and "certificate" in group.authentication):
        return ""
    if group.without_csd:
        return f"it has an enabled group-url, authentication certificate and {group.without_csd}"
    texts = (group.name, *group.group_aliases, *(url.url for url in group.group_urls))
    if any(_looks_like_phones(text) for text in texts):
        return "it has an enabled group-url, authentication certificate and a name of phones"
    return ""


def detect(state: AsaState, site: Site) -> tuple[Profile, ...]:
    """The phones' tunnel-groups of a device, of the surest kind that there is; () where none is known.

    given by the site (those that exist here, in the order given), else those that phones are connected through, else
    those whose lines point to phones, else those with a name of phones; the last three in the order of their names.
    """
    if state.tunnel_groups is None:
        return ()
    groups = {group.name: group for group in state.tunnel_groups}
    if site.tunnel_groups:
        return tuple(
            Profile(tunnel_group=name, confidence="given", reason="named by vpnphone_tunnel_groups")
            for name in dict.fromkeys(site.tunnel_groups)
            if name in groups
        )
    candidates = [groups[name] for name in sorted(groups) if accepts_clients(groups[name])]
    return _by_sessions(state, candidates) or _by_lines(candidates) or _by_name(candidates)


def _by_sessions(state: AsaState, candidates: list[TunnelGroup]) -> tuple[Profile, ...]:
    phones = [session.tunnel_group for session in state.sessions or () if is_phone_session(session)]
    return tuple(
        Profile(
            tunnel_group=group.name,
            confidence="sessions",
            reason=f"{phones.count(group.name)} phones are connected through it",
        )
        for group in candidates
        if group.name in phones
    )


def _by_lines(candidates: list[TunnelGroup]) -> tuple[Profile, ...]:
    reasons = [(group, _is_likely(group)) for group in candidates]
    return tuple(
        Profile(tunnel_group=group.name, confidence="likely", reason=reason) for group, reason in reasons if reason
    )


def _by_name(candidates: list[TunnelGroup]) -> tuple[Profile, ...]:
    return tuple(
        Profile(tunnel_group=group.name, confidence="guess", reason="only its name points to phones")
        for group in candidates
        if any(_looks_like_phones(text) for text in (group.name, group.default_group_policy))
    )
