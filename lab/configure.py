"""Configuration commands: what a line changes in the tree, and which lines the ASA refuses.

The texts of refusals that no real output confirms are marked [K].
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from . import configtree, secrets
from .applets import HEADER
from .certs import TrustpointStore
from .commands import config_patterns, rank
from .configtree import Path
from .device import Context
from .grammar import Match, NoMatch, match
from .headend.syslog import LEVELS
from .scenario import UserSpec
from .shows.base import Refused
from .shows.ssl import SUITES
from .unsaid import shown

if TYPE_CHECKING:
    from .shell import Shell

_QUOTED = re.compile(r'"[^"]+"')
_PROTOCOLS = ("IPSec", "ikev1", "ikev2", "l2tp-ipsec", "ssl-client", "ssl-clientless", "svc", "webvpn")
# Lines whose `no` form stays in the configuration, because the opposite is the default.
_KEEP_NO = ("nameif", "security-level", "ip address", "pager", "snmp-server", "call-home")


@dataclass(frozen=True)
class Mode:
    """A configuration mode on the stack: its name, and the path of the block that its lines go to."""

    name: str
    path: Path


def find(context: Context, mode: str, line: str) -> Match:
    """What a line means in that mode, `no` in front of it included. Raises NoMatch with the column in the line."""
    patterns = config_patterns(mode, context.release)
    head = re.match(r"\s*no\s+", line)
    if head is None:
        return match(patterns, line)
    skip = head.end()
    try:
        found = match(patterns, line[skip:], partial=True)
    except NoMatch as problem:
        problem.column += skip
        raise
    return Match(found.pattern, ("no", *found.values), (0, *(s + skip for s in found.starts)), found.complete)


def line_of(context: Context, mode: Mode, found: Match) -> str:
    """The line as it stands in the configuration."""
    values = list(found.values)
    for index, element in enumerate(found.pattern.elements[: len(values)]):
        if element.kind == "if":
            values[index] = _interface(context, values[index], found.starts[index])
    if values[0] == "vpn-tunnel-protocol":
        values[1:] = [name for name in _PROTOCOLS if name in values[1:]]
    if values[0] == "logging" and values[-1].isdecimal() and int(values[-1]) < len(LEVELS):
        values[-1] = LEVELS[int(values[-1])]
    if values[0] in ("group-url", "group-alias") and len(values) == 2:
        values.append("enable")
    return secrets.stored(" ".join(values), context.release)


def _interface(context: Context, name: str, column: int) -> str:
    """The interface name in its configured case; a name that no interface has is refused at the caret."""
    for known in context.nameifs():
        if known.lower() == name.lower():
            return known
    raise Refused("", column)


async def apply(shell: Shell, found: Match, mode: Mode) -> str:
    """Change the configuration; returns what the ASA prints (mostly nothing). Raises Refused."""
    context = shell.context
    if found.values[0] == "no":
        return await _remove(shell, found, mode)
    text = line_of(context, mode, found)
    warning = _check(shell, found, mode, text)
    if shown(mode.name, text, context.release):
        changed = set_line(context, mode.path, mode.name, text)
    else:
        key, key_of = context.key_of(mode.name)(text), context.key_of(mode.name)
        changed = context.edit(mode.path, lambda nodes: configtree.drop(nodes, lambda line: key_of(line) == key))
    _side_effects(shell, found, mode)
    if changed:
        shell.device.touch()
    return warning


async def _remove(shell: Shell, found: Match, mode: Mode) -> str:
    context = shell.context
    values = found.values[1:]
    wanted = Match(found.pattern, values, found.starts[1:], found.complete)
    text = line_of(context, mode, wanted)
    if text.startswith("crypto ca trustpoint "):
        return await _remove_trustpoint(shell, values[3], quiet=values[-1] == "noconfirm")
    _check_in_use(context, mode, values)
    if text in _KEEP_NO or text.startswith(tuple(f"{word} " for word in _KEEP_NO)):
        kept = next(word for word in _KEEP_NO if text == word or text.startswith(word + " "))
        key_of = context.key_of(mode.name)
        changed = context.edit(
            mode.path,
            lambda nodes: configtree.put(nodes, f"no {kept}", key_of(text), key_of, lambda line: rank(mode.name, line)),
        )
    else:
        unwanted = _unwanted(context, mode, wanted, text)
        changed = context.edit(mode.path, lambda nodes: configtree.drop(nodes, unwanted))
    if mode.path == () and values[0] == "username" and len(values) == 2:
        shell.device.users.pop(values[1], None)
    if changed:
        shell.device.touch()
    return ""


def _unwanted(context: Context, mode: Mode, wanted: Match, text: str) -> Callable[[str], bool]:
    """Which lines a `no` line takes away."""
    key_of = context.key_of(mode.name)
    if not wanted.complete and wanted.pattern.key_length > len(wanted.values):
        # Only the beginning was given (`no username bob`): every line that begins so.
        return lambda line: line == text or line.startswith(text + " ")
    if not wanted.complete:
        key = wanted.values[: wanted.pattern.key_length]
        return lambda line: key_of(line)[: len(key)] == key and (line + " ").startswith(text + " ")
    if text.endswith(" internal") or wanted.pattern.name == "tunnel-group type":
        # The thing itself goes with everything that was said of it.
        stem = " ".join(wanted.values[:2])
        return lambda line: line.startswith(stem + " ")
    if wanted.pattern.starred or text.startswith("ssl trust-point "):
        # Another value in the same place is not what was meant.
        return lambda line: line.lower() == text.lower()
    whole_key = key_of(text)
    return lambda line: key_of(line) == whole_key


def _check(shell: Shell, found: Match, mode: Mode, text: str) -> str:
    """Refuse what refers to nothing; returns a warning to print."""
    context = shell.context
    words = text.split()
    if text.startswith("crypto ca trustpoint ") and words[-1] == "noconfirm" and len(words) > 4:
        # A word of the `no` form alone.
        raise Refused("", found.starts[-1])
    if text.startswith("ssl trust-point "):
        store = context.trustpoints.get(words[2])
        if store is None:
            raise Refused(f"ERROR: Trustpoint {words[2]} does not exist.")
        if store.identity is None:
            raise Refused(f"ERROR: Trustpoint not enrolled.  Please enroll trustpoint {words[2]} and try again.")
    elif text.startswith("ssl cipher ") and words[3] == "custom":
        unknown = [name for name in found.values[4].strip('"').split(":") if name not in SUITES]
        if unknown or not found.values[4].startswith('"'):
            raise Refused("", found.starts[4])
    elif text.startswith(HEADER) and shell.device.multiple:
        # Single context mode alone has it [K].
        raise Refused("", found.starts[1])
    elif mode.name == "applet" and words[0] == "action":
        if not _QUOTED.fullmatch(found.values[-1]):
            raise Refused("", found.starts[-1])
    elif words[0] == "group-policy" and words[-1] == "attributes":
        _need(context, f"group-policy {words[1]} internal", words[1], "DfltGrpPolicy", "group-policy")
    elif words[0] == "tunnel-group" and words[-1].endswith("-attributes"):
        defaults = ("DefaultRAGroup", "DefaultWEBVPNGroup", "DefaultL2LGroup")
        _need(context, f"tunnel-group {words[1]} type", words[1], *defaults, "tunnel-group")
    elif words[0] == "username" and words[-1] == "attributes":
        _need(context, f"username {words[1]}", words[1], "username")
    elif words[:2] == ["group-lock", "value"] and mode.name in ("group-policy", "username"):
        if not context.lines(f"tunnel-group {words[2]}") and not words[2].startswith("Default"):
            return f"WARNING: tunnel-group {words[2]} does not exist\n"
    elif words[:2] == ["vpn-filter", "value"] and not context.lines(f"access-list {words[2]}"):
        raise Refused(f"ERROR: access-list {words[2]} does not exist")
    elif text.startswith("default-group-policy "):
        _need(context, f"group-policy {words[1]} internal", words[1], "DfltGrpPolicy", "group-policy")
    return ""


def _need(context: Context, line: str, name: str, *known_and_kind: str) -> None:
    """The thing that line makes must be there. The last of known_and_kind says what it is, the others always exist."""
    *known, kind = known_and_kind
    if name not in known and not any(n.text == line or n.text.startswith(line + " ") for n in context.running):
        raise Refused(f"ERROR: {kind} {name} does not exist")


def _check_in_use(context: Context, mode: Mode, values: tuple[str, ...]) -> None:
    """A group-policy that a tunnel-group uses, or a trustpoint that ssl uses, stays."""
    if mode.path or len(values) < 2:
        return
    if values[0] == "dynamic-access-policy-record" and values[1].strip('"') == "DfltAccessPolicy":
        raise Refused("ERROR: DfltAccessPolicy cannot be removed")
    if values[0] == "group-policy" and values[-1] != "attributes":
        if values[1] == "DfltGrpPolicy":
            raise Refused("ERROR: DfltGrpPolicy cannot be removed")
        users = [n for n in context.running if any(c.text == f"default-group-policy {values[1]}" for c in n.children)]
        if users:
            raise Refused(f"Removing group-policy {values[1]} not allowed, it is being used.")


async def _remove_trustpoint(shell: Shell, name: str, *, quiet: bool) -> str:
    """Asks first where there are certificates; they go with the trustpoint."""
    context = shell.context
    if name not in context.trustpoints:
        return f"ERROR: Trustpoint {name} does not exist\n"
    if any(node.text.split()[2] == name for node in context.lines("ssl trust-point")):
        return f"ERROR: Trustpoint {name} is in use by ssl and cannot be removed.\n"
    store = context.trustpoints[name]
    if (store.identity or store.ca) and not quiet:
        shell.terminal.write(
            "WARNING: Removing an enrolled trustpoint will destroy all\n"
            "certificates received from the related Certificate Authority.\n\n"
        )
        answer = await shell.terminal.readline("Are you sure you want to do this? [yes/no]: ")
        if answer.strip().lower() not in ("y", "yes"):
            return ""
    context.trustpoints.pop(name)
    unwanted = f"crypto ca trustpoint {name}"
    context.edit((), lambda nodes: configtree.drop(nodes, lambda line: line == unwanted))
    context.changed()
    shell.device.touch()
    return "INFO: Be sure to ask the CA administrator to revoke your certificates.\n" if store.identity else ""


def _side_effects(shell: Shell, found: Match, mode: Mode) -> None:
    """What a line does beyond the text of the configuration."""
    values, device = found.values, shell.device
    if mode.name == "applet" and values[:2] == ("event", "timer"):
        # Entered again, a timer begins again [K].
        name = mode.path[0].removeprefix(HEADER)
        if name in shell.context.applets:
            shell.context.applets[name].due.pop(found.text, None)
            device.touch()
    if mode.path:
        return
    if values[:3] == ("crypto", "ca", "trustpoint"):
        shell.context.trustpoints.setdefault(values[3], TrustpointStore())
    elif values[:2] == ("enable", "password"):
        given = values[2].split()
        if len(given) == 1 or given[1] not in ("encrypted", "pbkdf2"):
            device.enable_secret = given[0]
    elif values[0] == "username" and len(values) > 3 and values[2] == "password":
        given = values[3].split()
        privilege = int(given[-1]) if len(given) > 2 and given[-2] == "privilege" and given[-1].isdecimal() else 2
        if "encrypted" not in given and "pbkdf2" not in given:
            old = device.users.get(values[1])
            user = UserSpec(name=values[1], password=given[0], privilege=privilege)
            device.users[values[1]] = replace(old, password=given[0], privilege=privilege) if old else user
    elif values[0] == "pager" and values[1] == "lines":
        shell.terminal.page = int(values[2])


def set_line(context: Context, path: Path, mode: str, text: str) -> bool:
    """Set one line below path; True if anything is different now."""
    key_of = context.key_of(mode)
    return context.edit(
        path, lambda nodes: configtree.put(nodes, text, key_of(text), key_of, lambda line: rank(mode, line))
    )


def clear(context: Context, section: str) -> bool:
    """clear configure SECTION: every top-level line of it."""
    return context.edit(
        (), lambda nodes: configtree.drop(nodes, lambda line: line == section or line.startswith(section + " "))
    )
