"""Strict JSON (RFC 8259) that keeps numbers as they were written."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from conformance.reference.imiconnect.model import JsonNumber


def load(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON, nests too deeply, or has characters that no Unicode text can have.
    """
    try:
        value = _DECODER.decode(text)
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
