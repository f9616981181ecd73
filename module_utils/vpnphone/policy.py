"""Which value of a group-policy attribute a phone really gets, and where it comes from (F-046).

Order of precedence on the ASA: username attributes, the user's own group-policy (`vpn-group-policy`), the group-policy
of the connection profile, DfltGrpPolicy. What DAP or an AAA server adds at login is not in the configuration and not
seen here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .model import AsaState, GroupPolicy

DEFAULT_POLICY = "DfltGrpPolicy"

# What DfltGrpPolicy says where no line does. The document's `show run all group-policy` sample shows the first four;
# group-lock is off by default in Cisco's ASA guide. Other defaults differ by release and are not assumed.
DOCUMENTED_DEFAULTS: dict[str, str] = {
    "vpn-simultaneous-logins": "3",
    "vpn-session-timeout": "none",
    "vpn-access-hours": "none",
    "vpn-filter": "none",
    "group-lock": "none",
}

INHERITED = f"inherited from {DEFAULT_POLICY}"


class Effective(NamedTuple):
    """value is the rest of the attribute's line, None where it is not known (reason then says why).

    origin  explicit | inherited from DfltGrpPolicy | from <policy> | username <x> | default | unknown
    via     the policies looked through, in order; the last one holds the line
    spelled the attribute as the device spells it (svc or anyconnect)
    section the part of AsaState the line stands in; "" for a documented default, which no line says

    `from <policy>`: an ASA is said to copy the values when the policy is created [K], so a later change of the source
    does not reach it. The origin says so, and a control treats such a value as not standing in the policy itself.
    """

    value: str | None
    origin: str
    via: tuple[str, ...] = ()
    spelled: str = ""
    section: str = ""
    reason: str = ""

    @property
    def known(self) -> bool:
        return self.value is not None

    @property
    def own(self) -> bool:
        """The line stands in the phones' policy (or the user's attributes) itself."""
        return self.origin == "explicit" or self.origin.startswith("username ")

    def __str__(self) -> str:
        return f"{self.value} ({self.origin})" if self.known else f"UNKNOWN ({self.reason})"


def spellings(attribute: str) -> tuple[str, ...]:
    """The attribute and its other spelling: `svc` was renamed `anyconnect` in 8.4."""
    words = attribute.split(" ")
    other = [{"svc": "anyconnect", "anyconnect": "svc"}.get(word, word) for word in words]
    return (attribute,) if other == words else (attribute, " ".join(other))


def explicit(values: Mapping[str, str], attribute: str) -> tuple[str, str] | None:
    """(spelling, value) of an attribute's own line; None where there is none."""
    return next(((name, values[name]) for name in spellings(attribute) if name in values), None)


def policy(state: AsaState, name: str) -> GroupPolicy | None:
    """The group-policy of that exact name; None where it is not there or policies are unknown."""
    return next((found for found in state.group_policies or () if found.name == name), None)


def user_values(state: AsaState, username: str) -> Mapping[str, str]:
    """`username X attributes` as a mapping; {} where the user has none."""
    return next((user.values for user in state.usernames or () if user.name == username), {})


def effective(state: AsaState, policy_name: str, attribute: str, username: str | None = None) -> Effective:
    """The value of an attribute for sessions of a group-policy, and its origin. Never raises.

    policy_name "" means the default of a tunnel-group without `default-group-policy`: DfltGrpPolicy.
    """
    start = policy_name or DEFAULT_POLICY
    if username is not None:
        if state.usernames is None:
            return _unknown("the attributes of local usernames were not learned")
        values = user_values(state, username)
        line = explicit(values, attribute)
        if line:
            return Effective(line[1], f"username {username}", (), line[0], "usernames")
        own_policy = values.get("vpn-group-policy", "")
        if own_policy and own_policy != start:
            found = _chain(state, own_policy, attribute)
            if found is not None:
                return found._replace(origin=f"from {found.via[-1]}") if found.known else found
            # What the user's policy leaves open comes from the connection profile's, then from DfltGrpPolicy.
    if state.group_policies is None:
        return _unknown("`show running-config group-policy` was not learned")
    found = _chain(state, start, attribute)
    return found if found is not None else _default(state, start, attribute)


def _chain(state: AsaState, start: str, attribute: str) -> Effective | None:
    """The line in a policy or in the chain of its `from OTHER`; None where the chain has none."""
    if state.group_policies is None:
        return _unknown("`show running-config group-policy` was not learned")
    via: list[str] = []
    name = start
    while name and name not in via:
        found = policy(state, name)
        if found is None:
            if name == DEFAULT_POLICY:
                return None
            return _unknown(f"group-policy {name} is not in the configuration", (*via, name))
        via.append(name)
        if found.kind == "external":
            return _unknown(f"group-policy {name} is external: its attributes are on an AAA server", tuple(via))
        if name == DEFAULT_POLICY and name != start:
            return None
        line = explicit(found.values, attribute)
        if line:
            origin = "explicit" if name == start else f"from {name}"
            return Effective(line[1], origin, tuple(via), line[0], "group_policies")
        name = found.inherits_from
    return None


def _default(state: AsaState, start: str, attribute: str) -> Effective:
    """DfltGrpPolicy: its own lines, then the answer that spells out its defaults, then the documented ones."""
    own = start == DEFAULT_POLICY
    via = (DEFAULT_POLICY,) if own else (start, DEFAULT_POLICY)
    standing = policy(state, DEFAULT_POLICY)
    line = explicit(standing.values, attribute) if standing else None
    if line:
        return Effective(line[1], "explicit" if own else INHERITED, via, line[0], "group_policies")
    line = explicit(state.default_group_policy.values, attribute) if state.default_group_policy else None
    if line:
        return Effective(line[1], "default" if own else INHERITED, via, line[0], "default_group_policy")
    for name in spellings(attribute):
        if name in DOCUMENTED_DEFAULTS:
            return Effective(DOCUMENTED_DEFAULTS[name], "default", via, name)
    asked = (
        "prints no such line"
        if state.default_group_policy
        else "was not learned; gather `show running-config all group-policy DfltGrpPolicy`"
    )
    return _unknown(f"{start} has no line for it and {DEFAULT_POLICY} with its defaults {asked}", via)


def _unknown(reason: str, via: tuple[str, ...] = ()) -> Effective:
    return Effective(None, "unknown", via, reason=reason)
