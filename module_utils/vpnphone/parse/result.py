"""What every parser gives back."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from .blocks import Line, Unreadable

__all__ = ["Parsed", "Unreadable"]

T = TypeVar("T")


class Parsed(NamedTuple, Generic[T]):
    """value, and the lines of the section that no template understood."""

    value: T
    unparsed: tuple[Line, ...] = ()
