"""The base of every type of the model."""

from __future__ import annotations

import msgspec


class Model(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of every type here: immutable, strict on decoding. Keywords are repeated below for type checkers."""
