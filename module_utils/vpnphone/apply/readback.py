"""Reading a device whole, and what differs between two readings. The comparing part is pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..errors import ChangeRefused, DeviceRefused
from ..gather import Session, live_state
from ..model import AsaState, Plan
from ..redact import redact
from ..refusal import refusal_of
from .judge import told

# Lines of a configuration that say nothing of what is configured.
_NOISE = re.compile(r"\s*$|[:!]|Cryptochecksum:|ntp clock-period ")


class Reading(NamedTuple):
    """One reading: the state, dap.xml as it came (None: absent or not learned), the configurations as they came.

    startup is None where the device does not show it.
    """

    state: AsaState
    dap_text: str | None
    running: str
    startup: str | None


def read_device(session: Session, device: str) -> Reading:
    """Gather, and both configurations. Transport errors pass through; DeviceRefused: the running one is refused."""
    state, answers = live_state(session, device)
    dap = answers.get("dap_xml")
    running = session.run("show running-config")
    refusal = refusal_of(running)
    if refusal is not None:
        raise DeviceRefused(
            f"the device refused `show running-config`: {refusal}.",
            where=device,
            todo="A change needs an account that may see the whole configuration.",
            code="state_unknown",
        )
    startup = session.run("show startup-config")
    whole = re.search(r"^: end\s*$", startup[-200:], re.MULTILINE)
    return Reading(
        state, dap.text if dap is not None and dap.status == "ok" else None, running, startup if whole else None
    )


# --- running and startup --------------------------------------------------------------------------------------------


def unsaved_lines(reading: Reading, device: str) -> tuple[str, ...]:
    """Lines of the running configuration that the startup one lacks ("+ ..."), and the other way round ("- ...").

    Secrets are hidden first: the two may print them differently. ChangeRefused where the startup one is not known.
    """
    if reading.startup is None:
        raise ChangeRefused(
            "whether changes of others are unsaved is not known: `show startup-config` gives no whole configuration.",
            where=device,
            todo="Save by hand (`write memory`) and run again, or set vpnphone_save: never or vpnphone_accept_unsaved.",
            code="state_unknown",
        )
    return _differing(_block_lines(redact(reading.startup)), _block_lines(redact(reading.running)))


def _differing(old: Iterable[tuple[str, str]], new: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    had, has = Counter(old), Counter(new)
    gone = [f"- {_shown(item)}" for item in (had - has).elements()]
    return (*gone, *(f"+ {_shown(item)}" for item in (has - had).elements()))


def _shown(item: tuple[str, str]) -> str:
    """Fit for a report. Each part for itself: what names a secret is looked for where a line begins."""
    return " / ".join(told(part.strip()) for part in item if part)


def _block_lines(text: str) -> Iterator[tuple[str, str]]:
    """(header of its block, line) for each line below one; (line, "") for a line at column 0."""
    header = ""
    for line in text.split("\n"):
        bare = line.rstrip()
        if _NOISE.match(bare):
            continue
        if bare.startswith(" "):
            yield header, bare
        else:
            header = bare
            yield bare, ""


# --- outside of the plan --------------------------------------------------------------------------------------------


def changed_outside(before: Reading, after: Reading, plan: Plan) -> tuple[str, ...]:
    """Lines of the running configuration that changed and that no step of the plan explains, secrets hidden.

    A step explains the lines of its block that begin with the same word; one of the global mode all lines of the
    thing that it names (`group-policy NAME ...`, `ssl cipher ...`).
    """
    words: set[tuple[str, str]] = set()
    things: set[tuple[str, ...]] = set()
    headers: set[str] = set()
    for step in plan.steps:
        if step.mode:
            # Entering a block that was not there makes its header.
            headers.update(step.mode)
            words.update((step.mode[0], _first(text)) for text in (step.command, *step.inverse))
        else:
            things.add(_thing(step.command))

    def explained(item: tuple[str, str]) -> bool:
        header, line = item
        if _thing(header) in things:
            return True
        return (header, _first(line)) in words if line else header in headers

    had, has = Counter(_block_lines(before.running)), Counter(_block_lines(after.running))
    found = [*((item, "-") for item in (had - has)), *((item, "+") for item in (has - had))]
    return tuple(f"{sign} {_shown(item)}" for item, sign in found if not explained(item))


def _first(line: str) -> str:
    """The first word, whether it is switched on or off."""
    bare = line.strip()
    return (bare.removeprefix("no ").split() or [""])[0]


def _thing(line: str) -> tuple[str, ...]:
    return tuple(line.removeprefix("no ").split()[:2])
