"""Does each phone connect, now and after a change: a pure function over what was gathered.

Worse knowledge never gives a better answer: CONNECTS only where every step is proven, LOCKED OUT only where one step
is proven to fail, UNKNOWN for the rest.
"""

from __future__ import annotations

from .change import Change, check_names, parse_change
from .engine import MOMENTS, predict

__all__ = ["MOMENTS", "Change", "check_names", "parse_change", "predict"]
