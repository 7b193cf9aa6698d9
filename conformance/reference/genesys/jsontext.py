"""Reads JSON that somebody else wrote."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

DEEPEST = 64


def read(body: bytes, *, mark: bool = True, distinct: bool = False, replaced: bool = False) -> Any:
    """The JSON value of a body.

    Args:
        body: as it came.
        mark: whether it may begin with a byte order mark.
        distinct: whether the names of members must differ; else the last of them counts.
        replaced: whether U+FFFD takes the place of bytes that are not UTF-8.

    Raises:
        ValueError: it is not JSON, or not in UTF-8, or holds what cannot be answered again: lone surrogates, numbers
            beyond a double, deeper nesting than any profile has.
    """
    try:
        text = body.decode("utf-8-sig" if mark else "utf-8", "replace" if replaced else "strict")
        pairs = _distinct if distinct else dict
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=pairs)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _scan(value)
    return value


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member stands twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _scan(root: Any) -> None:
    level = [root]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, str):
                value.encode("utf-8")
            elif isinstance(value, float) and not math.isfinite(value):
                raise ValueError("a number is out of range")
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, dict):
                below.extend(value)
                below.extend(value.values())
        if not below:
            return
        level = below
    raise ValueError("nested too deeply")
