"""What every parser gives back."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from .blocks import Line

T = TypeVar("T")


class Parsed(NamedTuple, Generic[T]):
    """value, and the lines of the section that no template understood."""

    value: T
    unparsed: tuple[Line, ...] = ()


class Unreadable(ValueError):
    """The text is not what this command answers; the message says what was missed."""
