"""What a reload brings back: the binding of the certificate in the startup configuration (F-010)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..model import Outcome, SslTrustPoint
from . import facts
from .base import Context, control

_SAVE = "write memory"
WHICH = "PERSON: find out which one the phones know (CUCM: VPN gateway). If it is what runs, save it:"
# What a binding is for: its interface in lower case, its domain, and whether it serves the cluster's address.
_Place = tuple[str, str, bool]


def _by_place(lines: Iterable[SslTrustPoint]) -> dict[_Place, list[SslTrustPoint]]:
    found: dict[_Place, list[SslTrustPoint]] = {}
    for line in lines:
        found.setdefault((line.interface.lower(), line.domain.lower(), line.vpnlb_ip), []).append(line)
    return found


def _names(lines: Iterable[SslTrustPoint]) -> set[str]:
    return {line.trustpoint.lower() for line in lines}


def _title(place: _Place, lines: list[SslTrustPoint]) -> str:
    """The place as the device spells it."""
    interface, domain, balanced = place
    if domain:
        return f"domain {lines[0].domain}"
    return f"{lines[0].interface if interface else 'every other interface'}{' vpnlb-ip' if balanced else ''}"


@control(
    "VPNP-119",
    title="The certificate binding that runs is the saved one",
    severity="high",
    features=("F-010", "F-011"),
    section="Not in the document: what a reload brings back",
    rationale="A reload or a power cut brings the saved `ssl trust-point` back. Where another certificate runs, every"
    " phone then meets one that it may not know, long after whoever bound it has gone home.",
    remediation=(WHICH, _SAVE),
    needs=("ssl", "startup_trust_points"),
    applies=facts.no_phone_interface,
)
def binding_saved(context: Context) -> Iterator[Outcome]:
    """Every `ssl trust-point` line of the running configuration is in the startup configuration, and no other is.

    The order of lines, and the case of names, do not count. A switch of a renewal that still waits for its proof is
    unsaved on purpose: it saves at its end.
    """
    state = context.state
    running = _by_place(state.ssl.trust_points if state.ssl else ())
    saved = _by_place(state.startup_trust_points or ())
    arriving = {name.lower() for name in facts.phone_interfaces(context)}
    differing = [
        place
        for place in dict.fromkeys((*running, *saved))
        if _names(running.get(place, ())) != _names(saved.get(place, ()))
    ]
    for place in differing:
        here, there = running.get(place, []), saved.get(place, [])
        title = _title(place, here or there)
        phones = "; phones arrive there" if place[0] in arriving and not place[1] and not place[2] else ""
        yield Outcome(
            status="fail",
            subject=title,
            message=f"ssl trust-point of {title}: {_words(here)} runs, {_words(there)} is saved{phones}",
            expected="the same lines in both configurations",
            actual=f"running: {_lines(here)}; startup: {_lines(there)}",
            evidence=(
                facts.quote(state, "ssl", *map(facts.binding_line, here)),
                facts.quote(state, "startup_trust_points", *map(facts.binding_line, there)),
            ),
            fix=(
                WHICH,
                _SAVE,
                "PERSON: if it is the saved one, bring that back:",
                *([facts.binding_line(line) for line in there] or [f"no {facts.binding_line(line)}" for line in here]),
            ),
        )
    if not differing:
        lines = [facts.binding_line(line) for found in running.values() for line in found]
        yield Outcome(
            status="pass",
            message=f"saved as it runs: {', '.join(lines)}"
            if lines
            else "no ssl trust-point, neither running nor saved",
            evidence=(facts.quote(state, "ssl", *lines), facts.quote(state, "startup_trust_points", *lines)),
        )


def _words(lines: list[SslTrustPoint]) -> str:
    return ", ".join(line.trustpoint for line in lines) or "none"


def _lines(lines: list[SslTrustPoint]) -> str:
    return ", ".join(facts.binding_line(line) for line in lines) or "no such line"
