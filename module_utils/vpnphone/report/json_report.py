"""run.json: the source of every other report, in one canonical form (keys sorted, indent 2, final newline)."""

from __future__ import annotations

from typing import Any

import msgspec

from ..model import Run
from .view import canonical


def render_json(run: Run) -> bytes:
    """The cleaned and sorted run as JSON; the same run always gives the same bytes."""
    return json_bytes(canonical(run))


def json_bytes(value: Any) -> bytes:
    """Canonical JSON of any model value."""
    return msgspec.json.format(msgspec.json.encode(value, order="sorted"), indent=2) + b"\n"
