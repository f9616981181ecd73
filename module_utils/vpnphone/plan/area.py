"""What one area of the profile adds to a plan."""

from __future__ import annotations

from typing import NamedTuple

from ..model import DapFile, ManualStep, Step


class AreaPlan(NamedTuple):
    """Steps in the order in which they are sent, and what is left to a person."""

    steps: tuple[Step, ...] = ()
    manual: tuple[ManualStep, ...] = ()
    dap_file: DapFile | None = None
