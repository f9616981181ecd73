"""An instance of any type of the model, with one text wherever a text may stand. Made from the types themselves."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T", bound=msgspec.Struct)
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DEEPEST = 12


def filled(kind: type[T], text: str, choice: int = 0) -> T:
    """Every field set: each text is `text`, each list and mapping has one entry, each optional value is there.

    choice: which word of a closed list is taken, the first one again behind the last.
    """
    made: T = _struct(inspect.type_info(kind), text, choice, 0)
    return made


def _struct(info: inspect.Type, text: str, choice: int, depth: int) -> Any:
    assert isinstance(info, inspect.StructType)
    assert depth < DEEPEST
    return info.cls(**{one.name: _value(one.type, text, choice, depth + 1) for one in info.fields})


def _value(info: inspect.Type, text: str, choice: int, depth: int) -> Any:
    match info:
        case inspect.StrType() | inspect.AnyType():
            return text
        case inspect.LiteralType(values):
            return values[choice % len(values)]
        case inspect.UnionType(types):
            # A value rather than None, and a text rather than a number.
            order = (inspect.NoneType, inspect.BoolType, inspect.IntType, inspect.FloatType, inspect.LiteralType)
            return _value(min(types, key=lambda one: isinstance(one, order)), text, choice, depth)
        case inspect.VarTupleType(item) | inspect.ListType(item) | inspect.CollectionType(item):
            return (_value(item, text, choice, depth),)
        case inspect.TupleType(items):
            return tuple(_value(item, text, choice, depth) for item in items)
        case inspect.FrozenSetType(item) | inspect.SetType(item):
            return frozenset((_value(item, text, choice, depth),))
        case inspect.DictType(key, value):
            return {_value(key, text, choice, depth): _value(value, text, choice, depth)}
        case inspect.StructType():
            return _struct(info, text, choice, depth)
        case inspect.DateTimeType():
            return NOW
        case inspect.BoolType():
            return True
        case inspect.IntType() | inspect.FloatType():
            return 0
        case inspect.BytesType():
            return text.encode("utf-8", "replace")
        case inspect.NoneType():
            return None
    raise AssertionError(f"a kind of field that is not made yet: {info}")
