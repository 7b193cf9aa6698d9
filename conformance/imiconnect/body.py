"""JSON bodies as a judge reads them: valid, broken, or so odd that RFC 8259 leaves the choice to the reader."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

MISSING: Final = object()
MOST_BYTES: Final = 1_000_000
DEEPEST: Final = 32
MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  # byte order marks
WIDEST: Final = 4  # bytes; a NUL among the first of them tells UTF-16 and UTF-32


class Form(StrEnum):
    """What a body is."""

    JSON = "json"
    BROKEN = "broken"
    ODD = "odd"  # readers legally differ, or limits of a size nobody documents


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number as it was written."""

    text: str

    @property
    def integer(self) -> bool:
        """Whether it has neither fraction nor exponent."""
        return self.text.isdigit()


class _OddError(ValueError):
    pass


def read_body(body: bytes | None) -> tuple[Form, Any]:
    """The form of a body and its value, None unless it is JSON."""
    body = body or b""
    if len(body) > MOST_BYTES or body.startswith(MARKS) or b"\0" in body[:WIDEST]:
        return Form.ODD, None
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        # Who replaces ill-formed bytes by U+FFFD may read it (freedom ill-formed-utf-8).
        return (Form.ODD if _is_json(body.decode("utf-8", "replace")) else Form.BROKEN), None
    try:
        value = _DECODER.decode(text)
    except (_OddError, RecursionError):
        return Form.ODD, None
    except ValueError:
        return Form.BROKEN, None
    if _depth_exceeds(value, DEEPEST) or ("\\u" in text and _lone_surrogate(value)):
        return Form.ODD, None
    return Form.JSON, value


def ids_in(body: bytes | None) -> tuple[str, ...]:
    """Every plain customer id that a body names, however odd or broken it is."""
    return tuple(dict.fromkeys(found.decode() for found in _NAMED.findall(body or b"")))


def _is_json(text: str) -> bool:
    try:
        _DECODER.decode(text)
    except (_OddError, RecursionError):
        return True
    except ValueError:
        return False
    return True


def _no_constant(name: str) -> Any:
    """`NaN` and the infinities are no JSON (RFC 8259, section 6)."""
    raise ValueError(name)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _OddError("a member name stands twice")
    return members


_DECODER = json.JSONDecoder(
    parse_float=Number, parse_int=Number, parse_constant=_no_constant, object_pairs_hook=_members
)
_NAMED = re.compile(rb'"customerId"\s*:\s*"([A-Za-z0-9._-]+)"', re.IGNORECASE)


def _depth_exceeds(value: Any, depth: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    inside = value if isinstance(value, list) else value.values()
    return depth == 0 or any(_depth_exceeds(item, depth - 1) for item in inside)


def _lone_surrogate(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, default=lambda number: number.text).encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
