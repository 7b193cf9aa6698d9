"""Which part of two texts differs, so that a reader need not search for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from reports.exchanges import Body, ExchangeRecord

Parts = tuple[tuple[str, bool], ...]
"""A text in pieces; True marks those that differ."""

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_MEMBER = re.compile(
    r'"((?:[^"\\]|\\.){1,80})"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)'
    r"|<([A-Za-z_][\w.:-]*)[^<>]*>([^<>]*)</\3>"
)
_ALIKE = 0.4  # less in common than this, and marks would only confuse
_LONGEST = 1_500  # characters that are compared; the time grows with their square
_SHOWN = 400  # characters of a value
_MOST = 8  # members that are named
_MEMBERS = 2_000  # members of a body that are looked at


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A member that was sent with one value and is shown with another."""

    name: str
    sent: Parts
    shown: Parts


def contrasted(one: str, other: str) -> tuple[Parts, Parts]:
    """Both texts in pieces. Nothing is marked where they have too little in common, or nothing that differs."""
    if not one or not other or one == other or max(len(one), len(other)) > _LONGEST:
        return ((one, False),), ((other, False),)
    left, right = _WORD.findall(one), _WORD.findall(other)
    matcher = SequenceMatcher(None, left, right, autojunk=False)
    common = sum(len("".join(left[m.a : m.a + m.size]).strip()) for m in matcher.get_matching_blocks())
    if common < _ALIKE * min(len(one), len(other)):
        return ((one, False),), ((other, False),)
    codes = matcher.get_opcodes()
    return (
        _joined(("".join(left[a:b]), tag != "equal") for tag, a, b, _, _ in codes),
        _joined(("".join(right[a:b]), tag != "equal") for tag, _, _, a, b in codes),
    )


def shown_otherwise(trail: Sequence[ExchangeRecord]) -> tuple[Otherwise, ...]:
    """Members of the last body that was sent which the last answer shows with other values.

    Nothing is said where they share too few values to be about the same thing.
    """
    if not trail or trail[-1].answer is None:
        return ()
    bodies = (_text(exchange.request_body) for exchange in reversed(trail))
    sent = _members(next((text for text in bodies if text.strip()), ""))
    shown = _members(_text(trail[-1].answer.body))
    both = [name for name in sent if name in shown]
    same = sum(bool(set(sent[name]) & set(shown[name])) for name in both)
    if not same or 2 * same < len(both):
        return ()
    found = (pair for name in both for pair in _unlike(name, sent[name], shown[name]))
    return tuple(each for each, _ in zip(found, range(_MOST), strict=False))


def spotted(text: str, found: Iterable[Otherwise]) -> Parts:
    """A text with every value marked that is shown otherwise than it was sent."""
    values = {_bare("".join(part for part, _ in each.sent)) for each in found}
    wanted = sorted((re.escape(value) for value in values if value), key=len, reverse=True)
    if not wanted:
        return ((text, False),)
    pieces = re.split(rf"(?<!\w)({'|'.join(wanted)})(?!\w)", text)
    return _joined((piece, index % 2 == 1) for index, piece in enumerate(pieces))


def _unlike(name: str, sent: Sequence[str], shown: Sequence[str]) -> Iterator[Otherwise]:
    matcher = SequenceMatcher(None, sent, shown, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "replace":
            for one, other in zip(sent[a:b], shown[c:d], strict=False):
                yield Otherwise(name, *contrasted(one[:_SHOWN], other[:_SHOWN]))


def _members(text: str) -> dict[str, list[str]]:
    """The scalar members of a JSON or XML text by name, as they are written."""
    found: dict[str, list[str]] = {}
    for match, _ in zip(_MEMBER.finditer(text), range(_MEMBERS), strict=False):
        name, value, element, content = match.groups()
        found.setdefault(name or element, []).append(value if name else content)
    return found


def _text(body: Body | None) -> str:
    return (body.text or "") if body is not None else ""


def _bare(value: str) -> str:
    return value[1:-1] if value.startswith('"') else value


def _joined(parts: Iterable[tuple[str, bool]]) -> Parts:
    found: list[tuple[str, bool]] = []
    for text, marked in parts:
        if not text:
            continue
        if found and found[-1][1] == marked:
            found[-1] = (found[-1][0] + text, marked)
        else:
            found.append((text, marked))
    return tuple(found)
