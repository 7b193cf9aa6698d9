"""Strict JSON (RFC 8259) that keeps numbers as they were written."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from conformance.reference.imiconnect.model import JsonNumber


def load(text: str, *, distinct: bool = False) -> Any:
    """The value of a JSON text.

    Args:
        text: to be read.
        distinct: whether a member name that stands twice in an object is an error.

    Raises:
        ValueError: it is not JSON, nests too deeply, or has characters that no Unicode text can have.
    """
    try:
        value = (_DISTINCT if distinct else _DECODER).decode(text)
        if "\\u" in text:
            # A lone surrogate can only come from an escape; nothing could store or send it again.
            dump(value).encode("utf-8")
    except RecursionError:
        raise ValueError("nests too deeply") from None
    return value


def dump(value: Any) -> str:
    """The JSON text of a value that `load` gave; raises RecursionError."""
    return json.dumps(value, ensure_ascii=False, default=lambda number: number.text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_no_constant)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member name stands twice")
    return members


_DISTINCT = json.JSONDecoder(
    parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_no_constant, object_pairs_hook=_members
)
