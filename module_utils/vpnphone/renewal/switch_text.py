"""The gate before the switch, as a person reads it: each ASA open or closed, every phone that is not simply good."""

from __future__ import annotations

import textwrap

from ..report.text import fit, one_line, tidy
from .switch_gate import OPEN, PhoneGate, SwitchGate, Word

COLUMNS = 100
MAX_PHONES = 20
WORDS: dict[Word, str] = {
    "connects": "will connect",
    "proven": "will connect with the file that it was proven to hold, and cannot be seen now",
    "person": "will connect once their user types the password",
    "waived": "waived, may be locked out",
    "unproven": "not proven",
    "locked_out": "LOCKED OUT, or not known",
}
# What is not good first.
_ORDER: tuple[Word, ...] = ("locked_out", "unproven", "waived", "person", "proven", "connects")


def render_gate(gate: SwitchGate, *, width: int = COLUMNS) -> str:
    """Without a final newline."""
    gate = tidy(gate)
    lines = [
        fit(f"After `ssl trust-point NEW INTERFACE`, foretold {gate.at:%Y-%m-%d %H:%M} UTC from {gate.run}", width)
    ]
    for name, asa in sorted(gate.asas.items()):
        counts = ", ".join(f"{asa.counts[word]} {WORDS[word]}" for word in _ORDER if asa.counts.get(word))
        lines += ["", fit(f"{name}: {'CLOSED' if asa.closed else 'OPEN'}: {counts or 'no phone'}", width)]
        if asa.closed:
            lines += _wrapped(asa.closed, width)
            # Each command has a line of its own, to be pasted from.
            lines += ["  To do: " + one_line(asa.todo).replace("; or ", "\n  Or ")] if asa.todo else []
        bad = sorted((one for one in gate.of(name) if one.word not in ("connects", "proven")), key=_urgency)
        lines += [fit_row(one, width) for one in bad[:MAX_PHONES]]
        if len(bad) > MAX_PHONES:
            lines.append(f"  and {len(bad) - MAX_PHONES} more in gate-switch.json")
    return "\n".join(lines)


def fit_row(one: PhoneGate, width: int) -> str:
    by = f" by {one.waived_by}" if one.word == "waived" else ""
    return "  " + fit(f"{one.phone} {WORDS[one.word]}{by}: now {one.now}, then {one.after}: {one.reason}", width - 2)


def _urgency(one: PhoneGate) -> tuple[int, str]:
    return _ORDER.index(one.word), one.phone


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(one_line(text), width, initial_indent="  ", subsequent_indent="  ")


def is_open(gate: SwitchGate, asa: str) -> bool:
    """No reason to keep it closed, and no phone that is."""
    found = gate.asas.get(asa)
    return found is not None and not found.closed and all(one.word in OPEN for one in gate.of(asa))
