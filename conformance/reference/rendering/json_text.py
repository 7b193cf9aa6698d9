"""JSON texts in every form that RFC 8259 leaves open."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from conformance.reference.core import Switches
from specs import AbsentOrNull

EXTRA_MEMBER = ("serverInfo", {"node": "n2", "build": "7f3a"})
INTEGER = re.compile(r"-?\d+")
SEPARATORS = {"single-blanks": (": ", ", "), "none": (":", ","), "lines": (" :\t", ",\r\n\t ")}


class JsonForm:
    """Rewrites JSON texts as the freedoms of one service say."""

    def __init__(self, switches: Switches) -> None:
        self._order = switches.freedom("json-member-order")
        self._space = switches.freedom("json-whitespace")
        self._escapes = switches.freedom("json-escapes")
        self._numbers = switches.freedom("json-numbers")
        self._extra = switches.freedom("json-extra-member") == "one"
        self._nulls = switches.freedom("json-absent-members")
        self._absent = switches.absent_or_null
        plain = ("as-made", "single-blanks", "few", "digits")
        unchanged = not self._extra and self._nulls == "absent"
        self._plain = unchanged and (self._order, self._space, self._escapes, self._numbers) == plain

    def rewrite(self, body: bytes, number: int) -> bytes:
        """The same JSON value in another form; what is no JSON stays as it is.

        Args:
            body: the text.
            number: of the answer, for what varies from one to the next.
        """
        if self._plain or not body.strip():
            return body
        try:
            text = body.decode("utf-8", "surrogatepass")
            value = json.loads(text, parse_int=_Literal, parse_float=_Literal, parse_constant=_Literal)
        except (ValueError, RecursionError):
            return body
        if self._nulls == "null" or (self._nulls == "alternating" and number % 2 == 0):
            for row in self._absent:
                _fill(value, row)
        if self._extra and isinstance(value, dict):
            value = {**value, EXTRA_MEMBER[0]: EXTRA_MEMBER[1]}
        backwards = self._order == "reversed" or (self._order == "alternating" and number % 2 == 0)
        colon, comma = SEPARATORS[self._space]
        written = _written(value, _Style(colon, comma, backwards, self._string, self._number))
        if self._space == "lines":
            written = f"\r\n {written}\t\n"
        return written.encode("utf-8", "surrogatepass")

    def _string(self, text: str) -> str:
        if self._escapes == "few":
            return json.dumps(text, ensure_ascii=False)
        written = json.dumps(text, ensure_ascii=True).replace("/", r"\/")
        if self._escapes == "letters":
            return re.sub(r"(\\.[0-9a-f]{0,4})|([A-Za-z])", lambda m: m[1] or f"\\u{ord(m[2]):04X}", written)
        return written

    def _number(self, literal: str) -> str:
        if self._numbers == "digits" or not INTEGER.fullmatch(literal):
            return literal
        if self._numbers == "fraction":
            return f"{literal}.0"
        digits = literal.rstrip("0")
        zeros = len(literal) - len(digits)
        return f"{digits}e{zeros}" if digits.strip("-") else literal


def _fill(value: Any, row: AbsentOrNull) -> None:
    """Sets to null what an object of this kind lacks."""
    for place in row.places:
        for found in _at(value, place.split("/")[1:]):
            if isinstance(found, dict) and row.beside in found:
                found.update({name: None for name in row.members if name not in found})


def _at(value: Any, steps: Sequence[str]) -> Iterator[Any]:
    """The values at a pointer, in which `*` is any entry of a list."""
    if not steps:
        yield value
    elif steps[0] == "*" and isinstance(value, list):
        for entry in value:
            yield from _at(entry, steps[1:])
    elif isinstance(value, dict) and steps[0] in value:
        yield from _at(value[steps[0]], steps[1:])


class _Literal(str):
    """A number as it was written."""

    __slots__ = ()


class _Style:
    """How tokens are written."""

    def __init__(
        self, colon: str, comma: str, backwards: bool, string: Callable[[str], str], number: Callable[[str], str]
    ) -> None:
        self.colon = colon
        self.comma = comma
        self.backwards = backwards
        self.string = string
        self.number = number


def _written(value: Any, style: _Style) -> str:
    if isinstance(value, _Literal):
        return style.number(value)
    if isinstance(value, str):
        return style.string(value)
    if isinstance(value, Mapping):
        members = [style.string(name) + style.colon + _written(member, style) for name, member in value.items()]
        return "{" + style.comma.join(reversed(members) if style.backwards else members) + "}"
    if isinstance(value, list):
        return "[" + style.comma.join(_written(item, style) for item in value) + "]"
    return json.dumps(value)
