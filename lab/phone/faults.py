"""What may be wrong with a phone itself; the `faults` of a phone in a scenario."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..spec import Spec

PhoneFault = Literal["phone_refuses_new", "apply_ignored", "reset_slow"]


class PhoneFaultSpec(Spec, frozen=True, kw_only=True):
    """count: how often it strikes, None without end; seconds: of reset_slow."""

    kind: PhoneFault
    count: int | None = None
    seconds: float = 5.0


@dataclass
class PhoneFaultState:
    """A fault and how often it may still strike.

    known: for phone_refuses_new, the leaf certificates (SHA-1) that were presented when it began; no other is taken.
    """

    spec: PhoneFaultSpec
    left: int | None
    known: frozenset[str] = frozenset()

    def strikes(self) -> bool:
        if self.left == 0:
            return False
        if self.left is not None:
            self.left -= 1
        return True
