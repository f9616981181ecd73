"""run.json: the source of every other report, in one canonical form (keys sorted, indent 2, final newline)."""

from __future__ import annotations

from typing import Any

import msgspec

from .view import View


def render(view: View) -> str:
    """The run as JSON; the same run always gives the same bytes."""
    return text_of(view.run)


def text_of(value: Any) -> str:
    """Canonical JSON of any model value."""
    encoded = msgspec.json.encode(value, order="sorted")
    return msgspec.json.format(encoded, indent=2).decode() + "\n"
