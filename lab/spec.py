"""What all parts of a scenario have in common."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

# need(good, key, expected): raises ScenarioError for that key where `good` is false.
Need = Callable[[bool, str, str], None]


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of all parts of a scenario."""
