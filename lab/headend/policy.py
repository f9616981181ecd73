"""Which value of a group-policy attribute a login gets.

In order: username attributes, the username's own policy, that of the connection profile, DfltGrpPolicy.
"""

from __future__ import annotations

from functools import lru_cache

from ..configtree import Nodes
from ..device import Context
from ..release import Release
from ..shows.defaults import default_group_policy

DEFAULT = "DfltGrpPolicy"


def attribute(context: Context, policy: str, name: str, user: str = "") -> str:
    """The rest of the attribute's line ("" where nobody says anything). name may reach into the webvpn block."""
    blocks = [_below(context, f"username {user} attributes")] if user else []
    named = _value(blocks[0], "vpn-group-policy") if blocks else None
    for start in (named, policy):
        if start and start != DEFAULT:
            blocks += [_below(context, f"group-policy {each} attributes") for each in _line(context, start)]
    blocks.append(_default(tuple(context.lines(f"group-policy {DEFAULT} attributes")), context.release))
    return next((value for value in (_value(block, name) for block in blocks) if value is not None), "")


@lru_cache(maxsize=64)
def _default(own: Nodes, release: Release) -> Nodes:
    """DfltGrpPolicy with all that its lines leave to the release."""
    return default_group_policy(own, release)[-1].children


def _line(context: Context, policy: str) -> list[str]:
    """The policy and those it was made `from`."""
    line: list[str] = []
    while policy and policy != DEFAULT and policy not in line:
        line.append(policy)
        words = context.value(f"group-policy {policy} internal").split()
        policy = words[1] if words[:1] == ["from"] and len(words) > 1 else ""
    return line


def _below(context: Context, header: str) -> Nodes:
    return next((node.children for node in context.running if node.text == header), ())


def _value(block: Nodes, name: str) -> str | None:
    nested = next((node.children for node in block if node.text == "webvpn"), ())
    for node in (*block, *nested):
        if node.text.startswith(name + " "):
            return node.text[len(name) + 1 :]
    return None


def exists(context: Context, policy: str) -> bool:
    return policy == DEFAULT or bool(context.lines(f"group-policy {policy}"))


def simultaneous_logins(context: Context, policy: str, user: str) -> int:
    """vpn-simultaneous-logins; the default of three where the line holds no number."""
    text = attribute(context, policy, "vpn-simultaneous-logins", user)
    return int(text) if text.isdecimal() else 3
