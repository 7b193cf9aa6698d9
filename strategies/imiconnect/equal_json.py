"""The same JSON value written in other ways (RFC 8259): no reader may tell them apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

USUAL = "usual"
ESCAPES = (USUAL, "all", "all in capitals", "first", "last")  # which letters of a string stand as escapes
SPACES = ("", " ", "\n", "\r\n  ", "\t", " \t\r\n ")  # section 2: what may stand around a token


@dataclass(frozen=True, slots=True)
class Style:
    """How a value is written.

    Attributes:
        names: which letters of member names are escaped, one of `ESCAPES`.
        texts: which letters of texts are.
        space: what stands around each token.
        reversed: whether the members of each object come in the other order.
        solidus: whether each solidus is escaped.
        around: what stands before and behind the whole.
    """

    names: str = USUAL
    texts: str = USUAL
    space: str = ""
    reversed: bool = False
    solidus: bool = False
    around: str = ""

    def __repr__(self) -> str:
        told = [f"{self.names} letters of names escaped"] if self.names != USUAL else []
        told += [f"{self.texts} letters of texts escaped"] if self.texts != USUAL else []
        told += [f"{self.space!r} around tokens"] if self.space else []
        told += ["members in the other order"] if self.reversed else []
        told += ["each solidus escaped"] if self.solidus else []
        told += [f"{self.around!r} around the whole"] if self.around else []
        return ", ".join(told) or "as usual"


# Each thing that varies alone, and each pair of things once.
STYLES = (
    Style(names="all"),
    Style(names="first"),
    Style(names="last", solidus=True),
    Style(texts="all", around="\n"),
    Style(texts="first", reversed=True),
    Style(space=" ", around=" "),
    Style(space="\r\n  "),
    Style(space="\t", around="\r\n", reversed=True),
    Style(space=" \t\r\n ", names="all in capitals", texts="all in capitals"),
    Style(names="first", texts="last", reversed=True, solidus=True, around="\t"),
    Style(solidus=True, space="\n"),
)


def written(value: Any, style: Style) -> bytes:
    """The JSON text of a value in a style; numbers are written as usual."""
    return f"{style.around}{_written(value, style)}{style.around}".encode()


def _written(value: Any, style: Style) -> str:
    gap = style.space
    if isinstance(value, dict):
        pairs = reversed(value.items()) if style.reversed else value.items()
        members = [f"{_string(name, style.names, style)}{gap}:{gap}{_written(each, style)}" for name, each in pairs]
        return "{" + gap + f"{gap},{gap}".join(members) + gap + "}"
    if isinstance(value, list):
        return "[" + gap + f"{gap},{gap}".join(_written(each, style) for each in value) + gap + "]"
    return _string(value, style.texts, style) if isinstance(value, str) else json.dumps(value)


def _string(text: str, escapes: str, style: Style) -> str:
    parts = list(_letters(text, escapes))
    if style.solidus:
        parts = ["\\/" if part == "/" else part for part in parts]
    return '"' + "".join(parts) + '"'


def _letters(text: str, escapes: str) -> Iterator[str]:
    for place, letter in enumerate(text):
        chosen = escapes.startswith("all") or place == {"first": 0, "last": len(text) - 1}.get(escapes)
        yield (
            _escape(letter, capitals="capitals" in escapes) if chosen else json.dumps(letter, ensure_ascii=False)[1:-1]
        )


def _escape(letter: str, *, capitals: bool) -> str:
    units = letter.encode("utf-16-be").hex()
    digits = [units[start : start + 4] for start in range(0, len(units), 4)]
    return "".join(f"\\u{each.upper() if capitals else each}" for each in digits)
