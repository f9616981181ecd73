"""show running-config [all] [section [name]], show startup-config: always rendered from the tree."""

from __future__ import annotations

import hashlib

from .. import configtree
from ..configtree import Node, Nodes
from ..context import Holdings
from ..device import hex_dump
from ..grammar import tokens
from ..release import Release
from .base import Env, Refused, Show, join
from .defaults import default_group_policy, default_ssl

# Sections of more than one word; everything else is found by its first word.
_SECTIONS: tuple[tuple[str, ...], ...] = (
    ("crypto", "ca", "trustpoint"), ("crypto", "ca", "certificate", "chain"), ("crypto", "ca", "certificate", "map"),
    ("crypto", "ca"), ("crypto", "map"), ("crypto", "ikev1"), ("crypto", "ikev2"), ("crypto", "ipsec"),
    ("crypto",), ("vpn", "load-balancing"), ("ip", "local", "pool"), ("ip",), ("clock",), ("banner",),
    ("terminal",), ("ssl",), ("webvpn",), ("group-policy",), ("tunnel-group",), ("username",),
    ("dynamic-access-policy-record",), ("interface",), ("ntp",), ("logging",), ("aaa",), ("aaa-server",),
    ("access-list",), ("object",), ("object-group",), ("nat",), ("route",), ("hostname",), ("domain-name",),
    ("enable",), ("failover",), ("http",), ("ssh",), ("telnet",), ("names",), ("name",), ("mtu",), ("pager",),
    ("prompt",), ("policy-map",), ("class-map",), ("service-policy",), ("snmp-server",), ("timeout",), ("dns",),
    ("access-group",), ("tunnel-group-map",), ("vpn-sessiondb",), ("threat-detection",), ("call-home",),
    ("same-security-traffic",), ("management-access",), ("user-identity",), ("passwd",), ("privilege",),
    ("event", "manager"), ("event", "manager", "applet"),
)  # fmt: skip
# Releases before that one print no serial number above the configuration [K].
_SERIAL_SINCE: Release = (9, 3, 0, 0)
# Behind these words of a section comes the name of one thing.
_NAMED = {"tunnel-group", "group-policy", "username", "trustpoint", "dynamic-access-policy-record", "chain"}
_SUB_MODES = ("general-attributes", "webvpn-attributes", "ipsec-attributes", "ppp-attributes", "attributes")


def running(env: Env) -> str:
    """The section that the words behind `show running-config` ask for."""
    rest = env.values[2] if len(env.values) > 2 else ""
    words = [(word, env.starts[2] + column) for word, column in tokens(rest)] if rest else []
    everything = bool(words) and len(words[0][0]) >= 2 and "all".startswith(words[0][0].lower())
    if everything:
        words = words[1:]
    if not words:
        return whole(env, everything=everything)
    section, names = _section(env, words)
    nodes = tuple(node for node in _nodes(env, section) if _is(node, section))
    if everything:
        nodes = _with_defaults(env, section, nodes)
    if names:
        nodes = _named(nodes, section, names)
    lines: list[str] = []
    for node in nodes:
        lines.extend(configtree.render((node,)))
        if section == ("interface",) and not names:
            lines.append("!")
    return join(lines)


def _section(env: Env, words: list[tuple[str, int]]) -> tuple[tuple[str, ...], list[str]]:
    """The longest section that the words begin with (abbreviated or not), and the names behind it."""
    extra = {(node.text.split()[0],) for node in env.context.running}
    options = [*_SECTIONS, *sorted(extra - set(_SECTIONS))]
    path: tuple[str, ...] = ()
    for index, (word, column) in enumerate(words):
        here = {option[index] for option in options if len(option) > index and option[:index] == path}
        exact = {choice for choice in here if choice == word.lower()}
        fitting = exact or {choice for choice in here if choice.startswith(word.lower())}
        if len(fitting) > 1:
            raise Refused(f'ERROR: % Ambiguous command: "{word}"')
        if not fitting:
            if path in options:
                return path, [name for name, _ in words[index:]]
            raise Refused("", column)
        path = (*path, fitting.pop())
    if path not in options:
        raise Refused("ERROR: % Incomplete command")
    return path, []


def _is(node: Node, section: tuple[str, ...]) -> bool:
    return tuple(node.text.split()[: len(section)]) == section


def _nodes(env: Env, section: tuple[str, ...]) -> Nodes:
    """The context's lines; certificate chains are made from the certificates themselves."""
    if section[:2] == ("crypto", "ca")[: len(section)]:
        return (*env.context.running, *certificate_chains(env.holdings))
    return env.context.running


def _named(nodes: Nodes, section: tuple[str, ...], names: list[str]) -> Nodes:
    """Only the things of that name; a name that does not exist is an error where the ASA keeps a table of them [K]."""
    skip = len(section)
    if names[0].lower() == "name" and len(names) > 1:
        names = names[1:]
    wanted = names[0].strip('"').lower()
    found = tuple(
        node
        for node in nodes
        if len(node.text.split()) > skip and "".join(node.text.split()[skip:]).strip('"').lower().startswith(wanted)
        and (section == ("interface",) or node.text.split()[skip].strip('"').lower() == wanted)
    )  # fmt: skip
    if section == ("interface",):
        exact = "".join(names).lower()
        found = tuple(node for node in found if "".join(node.text.split()[1:]).lower() == exact)
    elif len(names) > 1:
        part = names[1].lower()
        found = tuple(n for n in found if any(word.startswith(part) for word in n.text.split()[skip + 1 :]))
    if not found and section[-1] in _NAMED:
        raise Refused(f"ERROR: {section[-1]} {names[0]} does not exist")
    return found


def _with_defaults(env: Env, section: tuple[str, ...], nodes: Nodes) -> Nodes:
    release = env.device.release
    if section == ("ssl",):
        return default_ssl(nodes, release)
    if section == ("group-policy",):
        rest = tuple(node for node in nodes if not node.text.startswith("group-policy DfltGrpPolicy "))
        own = tuple(node for node in nodes if node.text == "group-policy DfltGrpPolicy attributes")
        return (*default_group_policy(own, release), *rest)
    return nodes


def certificate_chains(held: Holdings) -> Nodes:
    """`crypto ca certificate chain` blocks with the real DER."""
    blocks = []
    for name, store in held.trustpoints.items():
        entries = [(f"certificate {store.identity.serial}", store.identity)] if store.identity else []
        entries += [(f"certificate ca {store.ca.serial}", store.ca)] if store.ca else []
        children = tuple(
            Node(title, (*(Node("  " + line.strip()) for line in hex_dump(cert)), Node("quit")))
            for title, cert in entries
        )
        if children:
            blocks.append(Node(f"crypto ca certificate chain {name}", children))
    return tuple(blocks)


def whole(env: Env, *, everything: bool = False, startup: bool = False) -> str:
    """A complete configuration with its frame, `: Saved` to `: end`."""
    device, context = env.device, env.context
    nodes = context.startup if startup else context.running
    if everything:
        ssl = tuple(node for node in nodes if _is(node, ("ssl",)))
        own = tuple(node for node in nodes if node.text == "group-policy DfltGrpPolicy attributes")
        nodes = tuple(n for n in nodes if n not in ssl and not n.text.startswith("group-policy DfltGrpPolicy "))
        extra = (*default_ssl(ssl, device.release), *default_group_policy(own, device.release))
        index = next((i for i, n in enumerate(nodes) if _is(n, ("webvpn",)) or _is(n, ("group-policy",))), len(nodes))
        nodes = (*nodes[:index], *extra, *nodes[index:])
    suffix = "" if not device.multiple else (" <system>" if context.name == "system" else " <context>")
    head = [": Saved"]
    if startup:
        head.append(f": Written by enable_15 at {device.stamp(device.now(), '%H:%M:%S.000 {zone} %a %b {day} %Y')}")
        head.append("!")
    elif device.release < _SERIAL_SINCE:
        head.append(":")
    else:
        head += ["", ": ", f": Serial Number: {device.spec.serial}", f": Hardware:   {device.spec.hardware}", ":"]
    lines = [*head, f"ASA Version {device.spec.version}{suffix} ", "!"]
    chains_due = True
    previous = ""
    for index, node in enumerate(nodes):
        first = node.text.split()[0]
        if first == "interface" and previous != "interface":
            lines.append("!")
        lines.extend(configtree.render((node,)))
        if first == "interface":
            lines.append("!")
        following = nodes[index + 1].text if index + 1 < len(nodes) else ""
        if chains_due and node.text.startswith("crypto ca trustpoint") and not following.startswith("crypto ca trust"):
            held = context.saved if startup and not env.mate else env.holdings
            lines.extend(configtree.render(certificate_chains(held)))
            chains_due = False
        previous = first
    digest = hashlib.md5("\n".join(lines).encode(), usedforsecurity=False).hexdigest()
    return join([*lines, f"Cryptochecksum:{digest}", ": end"])


def startup(env: Env) -> str:
    return whole(env, startup=True)


SHOWS = {
    "show running-config [ <...> ]": Show(running, cached=True),
    "show startup-config": Show(startup),
    "write terminal": Show(whole, cached=True),
}
