"""Frozen dataclasses to plain JSON values and back, led by their annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def encode(value: object) -> Any:
    """A value as JSON has it. A field whose default is None is left out while it is None."""
    if is_dataclass(value):
        pairs = ((field, getattr(value, field.name)) for field in fields(value))
        return {field.name: encode(each) for field, each in pairs if each is not None or field.default is not None}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): encode(each) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return [encode(each) for each in value]
    return value


def decode(kind: type[T], data: Any) -> T:
    """The value of a type that JSON values stand for; they must have been validated before."""
    decoded: T = _decode(kind, data)
    return decoded


def _decode(kind: Any, data: Any) -> Any:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if data is None else _decode(next(a for a in arguments if a is not NoneType), data)
    if origin is tuple:
        kinds = (arguments[0],) * len(data) if arguments[-1] is Ellipsis else arguments
        return tuple(_decode(each, item) for each, item in zip(kinds, data, strict=True))
    if origin is not None:  # a mapping with string keys
        return {key: _decode(arguments[1], item) for key, item in data.items()}
    if is_dataclass(kind):
        return _build(kind, data)
    if kind is float or issubclass(kind, Enum):
        return kind(data)
    return data


def _build(kind: Any, data: Mapping[str, Any]) -> Any:
    return kind(**{name: _decode(each, data[name]) for name, each in _hints(kind).items() if name in data})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
