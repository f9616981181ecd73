"""What every show is given and how it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ..context import Context, Holdings, Unit
from ..device import Device


class Refused(Exception):
    """A show that ends in a message, or at a wrong word (column in the command line)."""

    def __init__(self, message: str, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.column = column


@dataclass(frozen=True, slots=True)
class Env:
    """values are the words of the command, spelled out, starts their columns; mate: asked over failover exec mate.

    unit: that of the failover pair which is asked.
    """

    device: Device
    context: Context
    values: tuple[str, ...]
    starts: tuple[int, ...] = ()
    user: str = ""
    privilege: int = 15
    mate: bool = False
    unit: Unit = field(default_factory=Unit)

    @property
    def holdings(self) -> Holdings:
        """Certificates and keys of the unit that is asked."""
        return self.context.mate if self.mate else Holdings(self.context.trustpoints, self.context.keys)


@dataclass(frozen=True, slots=True)
class Show:
    """cached: the answer only depends on the context's configuration and certificates; level: privilege it needs."""

    answer: Callable[[Env], str]
    cached: bool = False
    level: int = 15


def join(lines: list[str]) -> str:
    """Lines to the text of an answer; nothing stays nothing."""
    return "\n".join(lines) + "\n" if lines else ""
