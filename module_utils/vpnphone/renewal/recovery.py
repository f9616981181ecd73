"""Recovery of phones whose VPN certificate has ended already (F-074): a person opens the phones' TFTP node to the
Internet for a short time. Pure: what must be typed to agree, the lines to type, and what of it still stands.

The node serves every file that somebody asks for by name, some with secrets; so a person agrees in words to whom and
until when, and the recovery is closed only where the device shows nothing of it any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Literal, NamedTuple

from ..errors import BadInput
from ..model import Model
from .checks import PreflightPage
from .stages import APPROVED_BY, asked
from .stages import NAME as BLANK

# The one name of everything that is made for it, so that all of it is found again.
NAME = "VPNPHONE-RECOVERY"
CONFIRM = "vpnphone_recovery_confirm"
LONGEST = timedelta(hours=24)
MAX_SOURCES, SMALLEST_PREFIX = 50, 24
# TFTP, and the same files by HTTP and HTTPS.
_PORTS = {"69": "udp", "tftp": "udp", "6970": "tcp", "6971": "tcp", "6972": "tcp"}
# As the ASA takes them, whatever language this controller speaks.
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_NAMEIF = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,47}")
_MAX_LINES = 200_000


class Opening(Model, frozen=True, kw_only=True):
    """recovery-<asa>.json: who agreed to what. outside, inside: nameifs; node: the TFTP node; until: UTC."""

    asa: str
    outside: str
    inside: str
    node: str
    sources: tuple[str, ...]
    until: datetime
    by: str = ""
    agreed: datetime | None = None
    # When the device first showed it, and when it showed nothing of it any more.
    seen: datetime | None = None
    closed: datetime | None = None

    def same(self, other: Opening) -> bool:
        """To the same homes, of the same node, until the same time."""
        return sentence(self) == sentence(other) and (self.outside, self.inside) == (other.outside, other.inside)


class Steps(NamedTuple):
    """Lines for a person, in configuration mode, in order."""

    open: tuple[str, ...]
    close: tuple[str, ...]


class Shown(NamedTuple):
    """What the device shows. through: lines that let somebody reach the node; left: lines that only bear our name."""

    through: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def gone(self) -> bool:
        return not self.through and not self.left


def opening(
    asa: str, *, outside: str, inside: str, node: str, sources: Iterable[str], until: str, now: datetime
) -> Opening:
    """From what a person wrote. BadInput bad_recovery."""

    def wrong(what: str, variable: str, todo: str) -> BadInput:
        return BadInput(what, where=f"{asa}: {variable}", todo=todo, code="bad_recovery")

    for variable, name in (("vpnphone_phone_interfaces", outside), ("vpnphone_recovery_inside", inside)):
        if not _NAMEIF.fullmatch(name):
            raise wrong(f"{name[:40]!r} is no interface.", variable, "Give the one nameif, as the ASA spells it.")
    try:
        address = str(ip_address(node.strip()))
    except ValueError:
        raise wrong(
            f"{node[:60]!r} is no address.", "vpnphone_recovery_tftp", "Give the inner address of the TFTP node."
        ) from None
    if ":" in address:
        raise wrong("an IPv6 address is not translated.", "vpnphone_recovery_tftp", "Give an IPv4 address.")
    return Opening(
        asa=asa,
        outside=outside,
        inside=inside,
        node=address,
        sources=_sources(asa, sources),
        until=_until(asa, until, now),
    )


def _sources(asa: str, given: Iterable[str]) -> tuple[str, ...]:
    found: list[str] = []
    where = f"{asa}: vpnphone_recovery_sources"
    for text in given:
        try:
            network = ip_network(text.strip(), strict=True)
        except ValueError as error:
            raise BadInput(
                f"{text[:60]!r} is neither an address nor a network: {error}.",
                where=where,
                todo="Give the public addresses of the homes, e.g. [203.0.113.57, 198.51.100.0/28].",
                code="bad_recovery",
            ) from error
        if not isinstance(network, IPv4Network) or network.prefixlen < SMALLEST_PREFIX:
            raise BadInput(
                f"{network} is too much: a /{SMALLEST_PREFIX} of IPv4 at most.",
                where=where,
                todo="Name the homes; whoever is let in may fetch any file of the node.",
                code="bad_recovery",
            )
        found.append(str(network))
    if not found or len(found) > MAX_SOURCES:
        raise BadInput(
            f"{len(found)} sources are given; from 1 to {MAX_SOURCES} are needed.",
            where=where,
            todo="Give the public addresses of the homes; take others in a second time.",
            code="bad_recovery",
        )
    return tuple(dict.fromkeys(found))


def _until(asa: str, text: str, now: datetime) -> datetime:
    try:
        until = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        until = None
    if until is not None and until.tzinfo is None:
        until = until.replace(tzinfo=now.tzinfo)
    if until is None or not timedelta(0) < until - now <= LONGEST:
        latest = (now + LONGEST).strftime("%Y-%m-%d %H:%M")
        raise BadInput(
            f"{text[:40]!r} is no time between now and {latest} UTC.",
            where=f"{asa}: vpnphone_recovery_until",
            todo=f"Give when it must be gone again, e.g. '{now + timedelta(hours=4):%Y-%m-%d %H:%M}' (UTC).",
            code="bad_recovery",
        )
    return until.astimezone(now.tzinfo).replace(second=0, microsecond=0)


def sentence(one: Opening) -> str:
    """What a person types to agree; it says what will be so."""
    return f"OPEN {one.node} ON {one.asa} TO {' '.join(one.sources)} UNTIL {one.until:%Y-%m-%d %H:%M} UTC"


def agrees(typed: str, one: Opening) -> bool:
    return " ".join(typed.split()) == sentence(one)


# --- what to type -----------------------------------------------------------------------------------------------------


def steps(one: Opening, config: Sequence[str], until_there: datetime) -> Steps:
    """until_there: the same moment on the device's own clock, by which its time-range ends [K].

    Nothing of it is saved, so a reload takes it back too.
    """
    lists = [
        words[1]
        for words in _split(config)
        if words[:1] == ["access-group"] and words[2:5] == ["in", "interface", one.outside] and words[1] != NAME
    ]
    name = lists[0] if lists else NAME
    permits = [f"extended permit udp {_place(it)} host {one.node} eq tftp time-range {NAME}" for it in one.sources]
    # Before what is there: a list mostly ends with a line that denies the rest.
    numbers = range(1, 1 + len(permits))
    places = [f"access-list {name} line {number}" if lists else f"access-list {name}" for number in numbers]
    open_lines = [
        f"time-range {NAME}",
        f" absolute end {until_there:%H:%M %d} {_MONTHS[until_there.month - 1]} {until_there:%Y}",
        f"object network {NAME}",
        f" host {one.node}",
        f" nat ({one.inside},{one.outside}) static interface service udp tftp tftp",
        *(f"{place} {text}" for place, text in zip(places, permits, strict=True)),
    ]
    close_lines = [f"no access-list {name} {text}" for text in permits]
    if not lists:
        open_lines.append(f"access-group {name} in interface {one.outside}")
        close_lines.insert(0, f"no access-group {name} in interface {one.outside}")
    close_lines += [f"no object network {NAME}", f"no time-range {NAME}"]
    return Steps(tuple(open_lines), tuple(close_lines))


def _place(source: str) -> str:
    network = IPv4Network(source)
    if network.prefixlen == 32:
        return f"host {network.network_address}"
    return f"{network.network_address} {network.netmask}"


# --- what stands ------------------------------------------------------------------------------------------------------


def shown(config: Sequence[str], node: str) -> Shown:
    """What of a whole running-config lets somebody from outside reach the node's files, whoever typed it.

    A static translation of the node, of all of it or of its ports (8.3 and later, and the `static` of before).
    """
    config = config[:_MAX_LINES]
    objects = _objects(config, node)
    through, left = [], []
    block = ""
    for line in config:
        words = line.split()
        if not line.startswith(" "):
            block = words[2] if words[:2] == ["object", "network"] and len(words) > 2 else ""
        if _translates(words, objects | {node}, block in objects):
            through.append(f"object network {block}: {line.strip()}" if block else line.strip())
        elif NAME in words:
            left.append(line.strip())
    return Shown(tuple(dict.fromkeys(through)), tuple(dict.fromkeys(left)))


def _objects(config: Sequence[str], node: str) -> frozenset[str]:
    """Names of network objects that are the node."""
    found, block = set(), ""
    for line in config:
        words = line.split()
        if not line.startswith(" "):
            block = words[2] if words[:2] == ["object", "network"] and len(words) > 2 else ""
        elif block and words == ["host", node]:
            found.add(block)
    return frozenset(found)


def _translates(words: list[str], names: frozenset[str], inside: bool) -> bool:
    if words[:1] == ["nat"] and "static" in words:
        at = words.index("static")
        if words[at + 1 : at + 2] == words[at + 2 : at + 3] and "source" in words:
            # Translated to itself, as traffic to VPN clients is: nobody outside sees another address for it.
            return False
        named = inside or bool(names & set(words))
        service = words[words.index("service") + 1 :] if "service" in words else []
        # Twice NAT names service objects, whose ports are not looked up: they count.
        return named and (not service or service[0] not in ("tcp", "udp") or _is_ours(service))
    if words[:1] == ["static"] and names & set(words):
        return not {"tcp", "udp"} & set(words) or _is_ours(words)
    return False


def _is_ours(words: Sequence[str]) -> bool:
    return any(_PORTS.get(word) in words for word in words)


def _split(config: Sequence[str]) -> Iterable[list[str]]:
    return (line.split() for line in config[:_MAX_LINES])


# --- how it goes on ---------------------------------------------------------------------------------------------------

Outcome = Literal["none", "asked", "agreed", "open", "overdue", "closed"]
# Nothing is left to be done now.
GOOD: frozenset[Outcome] = frozenset(("none", "agreed", "closed"))


def outcome(kept: Opening, seen: Shown, now: datetime) -> Outcome:
    """Of what was agreed, by what the device shows. Never seen open, it is closed once its time is over."""
    if kept.closed is not None and seen.gone:
        return "closed"
    if not seen.gone:
        return "open" if now < kept.until else "overdue"
    return "closed" if kept.seen is not None or now >= kept.until else "agreed"


# Of the page of go or no-go: what an ended certificate alone makes of it.
_ENDED = frozenset(("runway", "VPNP-114"))


def only_ended(page: PreflightPage | None) -> bool:
    """The renewal is refused because the old certificate has ended, and because of nothing else."""
    stops = [check.id for check in page.checks if check.stops] if page is not None else []
    return "runway" in stops and set(stops) <= _ENDED


def render(one: Opening, word: Outcome, plan: Steps, seen: Shown, now: datetime, phones: int) -> str:
    """All of it for a person, without a final newline."""
    lines = [f"{one.asa}: {_WORDS[word]}", ""]
    if word == "asked":
        lines += [
            f"Phones of {one.asa} in scope: {phones}. Those that the VPN lets in no more can fetch their file from",
            f"outside, if {one.node} can be reached from there. Whoever is let in may fetch any file of that",
            "node by its name, some with secrets: so only the homes named, and for hours.",
            "",
            "Would be typed on the ASA, and not saved:",
            *(f"  {line}" for line in plan.open),
            "",
            "To agree, type the whole sentence, with your name:",
            f"  -e {asked(CONFIRM, sentence(one))} -e {asked(APPROVED_BY, BLANK)}",
        ]
    elif word == "agreed":
        lines += [
            f"Agreed by {one.by} until {one.until:%Y-%m-%d %H:%M} UTC. Type now on {one.asa}, and do not save:",
            "  configure terminal",
            *(f"  {line}" for line in plan.open),
            "Then each phone: Alternate TFTP: yes, TFTP Server 1: the outside address of the ASA; its card says more.",
            "Set it back afterwards. Run this playbook again to see that it is open, and again when it is not.",
        ]
    elif word in ("open", "overdue"):
        over = f"for {_span(one.until - now)} more" if word == "open" else "PAST ITS TIME: take it away now"
        lines += [f"{one.node} can be reached {over}. By:", *(f"  {line}" for line in (*seen.through, *seen.left))]
        lines += ["To take it away:", "  configure terminal", *(f"  {line}" for line in plan.close)]
    elif word == "closed":
        lines += [
            f"Nothing of it stands any more. See that no phone keeps its alternate TFTP server ({phones} in scope)."
        ]
    if word in ("asked", "agreed", "closed") and seen.through:
        lines += ["", "ATTENTION: it can be reached already, by:", *(f"  {line}" for line in seen.through)]
    return "\n".join(lines)


_WORDS: dict[Outcome, str] = {
    "none": "no recovery was agreed",
    "asked": "RECOVERY: a person must agree first",
    "agreed": "RECOVERY: agreed, and not open yet",
    "open": "RECOVERY: OPEN TO THE INTERNET",
    "overdue": "RECOVERY: OPEN TO THE INTERNET, AND ITS TIME IS OVER",
    "closed": "RECOVERY: closed",
}


def _span(left: timedelta) -> str:
    minutes = max(int(left.total_seconds()) // 60, 0)
    return f"{minutes // 60} h {minutes % 60} min"
