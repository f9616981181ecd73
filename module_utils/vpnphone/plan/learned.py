"""What a plan must know of the device before it says anything: a section that was not learned is never guessed."""

from __future__ import annotations

from ..controls.base import unknown_sections
from ..controls.facts import release
from ..errors import DeviceRefused
from ..model import AsaState


def require(state: AsaState, *sections: str) -> None:
    """DeviceRefused (state_unknown), naming the command, where one of these sections was not learned."""
    gaps = unknown_sections(state, sections)
    if gaps:
        raise DeviceRefused(
            f"no change can be planned. {gaps[0].message}.",
            where=state.device,
            todo=gaps[0].fix[0],
            code="state_unknown",
        )


def required_release(state: AsaState) -> tuple[int, int, int, int]:
    """(9, 6, 4, 8). DeviceRefused (state_unknown) where it was not learned or is no released train."""
    require(state, "version")
    known = release(state)
    if known is None:
        text = state.version.text if state.version else ""
        raise DeviceRefused(
            f"no change can be planned: what release {text or '(not printed)'} can do is not known.",
            where=state.device,
            todo="Read `show version`; an engineering build is changed by hand.",
            code="state_unknown",
        )
    return known
