"""show running-config group-policy, username, tunnel-group to the model (F-025, F-036, F-046 to F-049, F-057)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..model import GroupPolicy, GroupUrl, TunnelGroup, UserAttributes
from .attributes import read_attributes
from .blocks import Line, Unreadable
from .engine import Template, forms
from .result import Parsed
from .sections import Block, Row, config_blocks, read_lines, unquote, word_set, words_of

DEFAULT_POLICY = "DfltGrpPolicy"

# --- group-policy ---------------------------------------------------------------------------------------------------

_POLICY_HEADER = re.compile(r"group-policy\s")
_POLICY = forms(
    """
group-policy {{ name | NAME }} {{ internal | INTERNAL }}
group-policy {{ name | NAME }} {{ internal | INTERNAL }} from {{ parent | NAME }}
group-policy {{ name | NAME }} {{ external | EXTERNAL }} {{ server | REST }}
group-policy {{ name | NAME }} {{ attributes | ATTRIBUTES }}
""",
    INTERNAL="internal",
    EXTERNAL="external",
    ATTRIBUTES="attributes",
)


def parse_group_policies(text: str) -> Parsed[tuple[GroupPolicy, ...]]:
    """Every group-policy, in the order of the text; a policy without attributes has its first line only."""
    return _policies(text, "show running-config group-policy")


def parse_default_group_policy(text: str) -> Parsed[GroupPolicy]:
    """DfltGrpPolicy with its defaults. Unreadable without it: `all` always prints that policy."""
    command = f"show running-config all group-policy {DEFAULT_POLICY}"
    found = _policies(text, command)
    for policy in found.value:
        if policy.name == DEFAULT_POLICY and policy.values:
            return Parsed(policy, found.unparsed)
    raise Unreadable(f"`{command}` has no lines below `group-policy {DEFAULT_POLICY} attributes`")


def _policies(text: str, command: str) -> Parsed[tuple[GroupPolicy, ...]]:
    blocks, unparsed = config_blocks(text, command, _POLICY_HEADER)
    policies: dict[str, GroupPolicy] = {}
    for block, row in _headed(blocks, _POLICY, unparsed):
        name = unquote(row["name"])
        known = policies.get(name, GroupPolicy(name=name))
        values, left = read_attributes(block.body)
        unparsed += left
        policies[name] = GroupPolicy(
            name=name,
            kind="external" if "external" in row else "internal" if "internal" in row else known.kind,
            inherits_from=unquote(row.get("parent", known.inherits_from)),
            values=known.values | values,
        )
    return Parsed(tuple(policies.values()), tuple(sorted(unparsed)))


def _headed(blocks: list[Block], template: Template, unparsed: list[Line]) -> Iterable[tuple[Block, Row]]:
    """Blocks with the fields of their header; one whose header no form takes is unparsed as a whole."""
    rows, _left = read_lines(template, (block.header for block in blocks))
    by_number = {line.number: row for line, row in rows}
    for block in blocks:
        if block.header.number in by_number:
            yield block, by_number[block.header.number]
        else:
            unparsed += [block.header, *block.body]


# --- username -------------------------------------------------------------------------------------------------------

_USER_HEADER = re.compile(r"username\s")
_USER = forms(
    """
username {{ name | NAME }} {{ attributes | ATTRIBUTES }}
username {{ name | NAME }} {{ login | LOGIN }}
username {{ name | NAME }} {{ login | LOGIN }} {{ details | REST }}
""",
    ATTRIBUTES="attributes",
    LOGIN="password|encrypted-password|nopassword",
)
_PRIVILEGE = re.compile(r"(?:^|\s)privilege ([0-9]{1,2})$")


def parse_usernames(text: str) -> Parsed[tuple[UserAttributes, ...]]:
    """Local users with privilege and attributes. No password, no hash, no key of a user is kept or reported."""
    blocks, unparsed = config_blocks(text, "show running-config username", _USER_HEADER)
    users: dict[str, UserAttributes] = {}
    for block, row in _headed(blocks, _USER, unparsed):
        name = unquote(row["name"])
        known = users.get(name, UserAttributes(name=name))
        privilege = _PRIVILEGE.search(row.get("details", ""))
        values, left = read_attributes(block.body)
        unparsed += left
        users[name] = UserAttributes(
            name=name,
            privilege=int(privilege[1]) if privilege else known.privilege,
            values=known.values | values,
        )
    return Parsed(tuple(users.values()), tuple(sorted(_without_details(line) for line in unparsed)))


def _without_details(line: Line) -> Line:
    """A `username` line that no form takes may hold a secret anywhere: only its first words are reported."""
    words = line.words
    if words[0] != "username" or len(words) < 3:
        return line
    return Line(line.number, " ".join(words[:2]) + " ...")


# --- tunnel-group ---------------------------------------------------------------------------------------------------

_GROUP_HEADER = re.compile(r"tunnel-group\s")
_GROUP = forms(
    """
tunnel-group {{ name | NAME }} type {{ kind }}
tunnel-group {{ name | NAME }} {{ part | PART }}-attributes
""",
    PART="general|webvpn|ipsec|ppp",
)
_GENERAL = forms("""
default-group-policy {{ policy | NAME }}
authentication-server-group {{ servers | REST }}
authorization-server-group {{ authorization | REST }}
address-pool {{ pools | REST }}
""")
_GENERAL_KNOWN = word_set("""
    accounting-server-group annotation authentication-attr-from-server authenticated-session-username
    authorization-required dhcp-server ipv6-address-pool nat-assigned-to-public-ip
    override-account-disable password-management scep-enrollment secondary-authentication-server-group
    secondary-username-from-certificate strip-group strip-realm username-from-certificate
    username-from-certificate-choice secondary-username-from-certificate-choice
""")
_WEBVPN = forms(
    """
authentication {{ authentication | REST }}
group-url {{ url | NAME }}
group-url {{ url | NAME }} {{ state | STATE }}
group-alias {{ alias | NAME }}
group-alias {{ alias | NAME }} {{ state | STATE }}
{{ without_csd | WITHOUT_CSD }}
""",
    STATE="enable|disable",
    # Both forms exempt a phone: it is an AnyConnect client [K].
    WITHOUT_CSD="without-csd(?: anyconnect)?",
)
_WEBVPN_KNOWN = word_set("""
    customization dns-group external-browser hic-fail-group-policy nbns-server override-svc-download
    pre-fill-username proxy-auth radius-reject-message saml secondary-pre-fill-username user-message
""")


def parse_tunnel_groups(text: str) -> Parsed[tuple[TunnelGroup, ...]]:
    """Connection profiles. The default groups have no `type` line unless it was changed: kind is then "".

    Lines below ipsec-attributes and ppp-attributes, pre-shared keys among them, decide nothing for a phone and are
    neither kept nor reported.
    """
    blocks, unparsed = config_blocks(text, "show running-config tunnel-group", _GROUP_HEADER)
    kinds: dict[str, str] = {}
    general: dict[str, list[Line]] = {}
    webvpn: dict[str, list[Line]] = {}
    for block, row in _headed(blocks, _GROUP, unparsed):
        name = unquote(row["name"])
        kinds[name] = row.get("kind", kinds.get(name, ""))
        match row.get("part"):
            case "general":
                general.setdefault(name, []).extend(block.body)
            case "webvpn":
                webvpn.setdefault(name, []).extend(block.body)
            case None:
                unparsed += block.body
    groups = [
        _tunnel_group(name, kind, general.get(name, []), webvpn.get(name, []), unparsed) for name, kind in kinds.items()
    ]
    return Parsed(tuple(groups), tuple(sorted(unparsed)))


def _tunnel_group(name: str, kind: str, general: list[Line], webvpn: list[Line], unparsed: list[Line]) -> TunnelGroup:
    rows, left = read_lines(_GENERAL, general, _GENERAL_KNOWN)
    unparsed += left
    policy = ""
    servers: list[str] = []
    authorization: list[str] = []
    pools: list[str] = []
    for _line, row in rows:
        policy = unquote(row.get("policy", policy))
        servers += _behind_interface(row.get("servers", ""))
        authorization += _behind_interface(row.get("authorization", ""))
        pools += _behind_interface(row.get("pools", ""))
    rows, left = read_lines(_WEBVPN, webvpn, _WEBVPN_KNOWN)
    unparsed += left
    authentication: tuple[str, ...] = ()
    urls: list[GroupUrl] = []
    aliases: list[str] = []
    without_csd = ""
    for _line, row in rows:
        enabled = row.get("state", "enable") == "enable"
        if "url" in row:
            urls.append(GroupUrl(url=unquote(row["url"]), enabled=enabled))
        elif "alias" in row:
            # A disabled alias is offered to nobody.
            aliases += [unquote(row["alias"])] if enabled else []
        elif "authentication" in row:
            authentication = tuple(row["authentication"].split())
        else:
            without_csd = row["without_csd"]
    return TunnelGroup(
        name=name,
        kind=kind,
        default_group_policy=policy,
        authentication_server_groups=tuple(dict.fromkeys(servers)),
        authorization_server_groups=tuple(dict.fromkeys(authorization)),
        address_pools=tuple(dict.fromkeys(pools)),
        authentication=authentication,
        group_urls=tuple(urls),
        group_aliases=tuple(aliases),
        without_csd=without_csd,
    )


def _behind_interface(text: str) -> list[str]:
    """`(inside) RADIUS LOCAL` -> [RADIUS, LOCAL]."""
    words = words_of(text)
    return words[1:] if words and words[0].startswith("(") and words[0].endswith(")") else words
