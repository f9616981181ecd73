"""A change to think through before it is made: short text to data (what-if)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ..errors import BadInput
from ..model import X509
from ..suites import LEVELS, PROTOCOLS, openssl_name

OPTION = "vpnphone_what_if"
FORMS = (
    "bind <asa> <interface> <trustpoint>",
    "bind <asa> <interface> file:<PEM file>",
    'cipher <asa> <protocol> "<suite>:<suite>" or a level (all, low, medium, fips, high)',
    "host-id on|off <VPN profile>",
    "failover <asa>",
    "reload <asa>",
)
FILE = "file:"
_SUITES = re.compile(r"[A-Z0-9]+(?:[-_][A-Z0-9]+)+(?::[A-Z0-9]+(?:[-_][A-Z0-9]+)+)*")
_PROTOCOLS = (*PROTOCOLS, "default")


class Bind(NamedTuple):
    """`ssl trust-point <trustpoint> <interface>`; path names a PEM file instead, whose content is `certificate`."""

    asa: str
    interface: str
    trustpoint: str = ""
    path: str = ""
    certificate: X509 | None = None


class CipherList(NamedTuple):
    """`ssl cipher <protocol> <level>`; suites (OpenSSL names) only where level is "custom"."""

    asa: str
    protocol: str
    level: str
    suites: tuple[str, ...] = ()


class HostIdCheck(NamedTuple):
    """Host ID check of a VPN profile, switched and given to the phones (Apply Config)."""

    profile: str
    on: bool


class Failover(NamedTuple):
    """The mate of this ASA takes over."""

    asa: str


class Reload(NamedTuple):
    """This ASA is reloaded: its startup configuration rules."""

    asa: str


Step = Bind | CipherList | HostIdCheck | Failover | Reload


class Change(NamedTuple):
    """Steps that are all in force together."""

    steps: tuple[Step, ...]


def parse_step(text: str) -> Step:
    """One step of FORMS; BadInput for anything else."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise _refusal(text, f"it cannot be taken apart ({error})") from error
    match words:
        case ["bind", asa, interface, what] if what.startswith(FILE) and len(what) > len(FILE):
            return Bind(asa, interface, path=what.removeprefix(FILE))
        case ["bind", asa, interface, what] if what and not what.startswith(FILE):
            return Bind(asa, interface, what)
        case ["cipher", asa, protocol, *rest] if rest and protocol.lower() in _PROTOCOLS:
            return _cipher(text, asa, protocol.lower(), rest)
        case ["cipher", _, protocol, _, *_]:
            raise _refusal(text, f"{protocol} is none of {', '.join(_PROTOCOLS)}")
        case ["host-id", "on" | "off" as state, *profile] if profile:
            return HostIdCheck(" ".join(profile), state == "on")
        case ["failover", asa]:
            return Failover(asa)
        case ["reload", asa]:
            return Reload(asa)
    raise _refusal(text, "it is none of these")


def _cipher(text: str, asa: str, protocol: str, rest: list[str]) -> CipherList:
    if len(rest) == 1 and rest[0].lower() in LEVELS:
        return CipherList(asa, protocol, rest[0].lower())
    names = rest[1:] if rest[0].lower() == "custom" else rest
    if len(names) != 1 or not _SUITES.fullmatch(names[0].upper()):
        raise _refusal(text, "its cipher list is neither a level nor suite names joined by colons")
    return CipherList(asa, protocol, "custom", tuple(openssl_name(name) for name in names[0].split(":")))


def _refusal(text: str, why: str) -> BadInput:
    return BadInput(
        f"the change {text!r} is not understood: {why}.",
        where=OPTION,
        todo=f"Write each change as one of: {'; '.join(FORMS)}. Put names with blanks in quotes.",
    )


def parse_change(texts: Iterable[str]) -> Change | None:
    """All steps of one what-if; None where there are none."""
    steps = tuple(parse_step(text) for text in texts)
    return Change(steps) if steps else None


def check_names(change: Change | None, asas: Collection[str], profiles: Collection[str] | None) -> None:
    """BadInput for a step about an ASA or a VPN profile that the run does not have; profiles None: not known."""
    for step in change.steps if change else ():
        if isinstance(step, HostIdCheck):
            if profiles is not None and step.profile not in profiles:
                raise _unknown("VPN profile", step.profile, profiles)
        elif step.asa not in asas:
            raise _unknown("ASA", step.asa, asas)


def _unknown(kind: str, name: str, known: Collection[str]) -> BadInput:
    return BadInput(
        f"the change names {kind} {name!r}, which is not part of this run.",
        where=OPTION,
        todo=f"Use one of: {', '.join(sorted(known)) or 'none is there'}.",
    )
