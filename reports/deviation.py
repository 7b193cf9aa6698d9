"""The kind of difference between what was observed and what is allowed, whatever values were generated."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

Deviation = tuple[str, ...]

EXPECTED = ", expected "
_READ = 4_000  # characters of a text that are looked at
_LONG = 6  # characters from which on a word with digits is a generated value
_TOKEN = re.compile(
    r"""(?P<quoted>(?<!\w)(?:'(?:[^'\\]|\\.)*(?:'|$)|"(?:[^"\\]|\\.)*(?:"|$)))"""
    r"|(?P<number>[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?(?![\w.]*\w))"
    r"|(?P<word>\w[\w.-]*)"
    r"|(?P<mark>[^\w\s])"
)
_WHOLE = re.compile(r"[\[{][^\[\]{}]*[\]}]|\*(?: (?:,|or) \*)+")
_TIME = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class _Value:
    """A value that a text names. `kind` tells a text from a number."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Said:
    """A text read: its words with a star for each value, and the values."""

    words: tuple[str, ...]
    values: tuple[_Value, ...]


def deviation(observed: str, allowed: str) -> Deviation:
    """The same for two failures where they differ in generated values alone.

    Where both texts show the same thing with values, in quotation marks or within brackets, it is told by how the first
    of the values differs: whatever it was the value of, whatever stands around it. Elsewhere it is told by the words.
    Numbers outside brackets are codes and count as words.
    """
    came, may = _read(observed), _read(allowed)
    told, expected, wanted = observed.partition(EXPECTED)
    if expected and not may.values:
        came, may = _read(told), _read(wanted)  # what was observed says itself what was expected
    same_thing = bool(expected) or bool(came.words and may.words and came.words[0] == may.words[0])
    if same_thing and came.values and may.values:
        kind = _difference(came.values, may.values)
        if kind:
            return ("values", kind)
    subject = came.words[0] if same_thing and came.words else ""
    return (_skeleton(came, subject), _skeleton(may, subject))


def _read(text: str) -> _Said:
    """A text up to its first semicolon: what stands behind that is more of the same."""
    words: list[str] = []
    values: list[_Value] = []
    depth = 0
    shown = text[:_READ]
    for found in _TOKEN.finditer(shown):
        kind, piece = str(found.lastgroup), found[0]
        if piece == ";" and words:
            break
        depth += (piece in "[{") - (piece in "]}")
        bare = piece.strip(piece[0]) if kind == "quoted" else piece
        if kind == "quoted" and depth > 0 and shown[found.end() : found.end() + 1] == ":":
            words.append(bare)  # the name of a member
        elif kind == "quoted" or (kind == "word" and len(piece) >= _LONG and any(map(str.isdigit, piece))):
            words.append("*")
            values.append(_Value("text", bare.partition("\N{HORIZONTAL ELLIPSIS}")[0]))
        elif kind == "number" and depth > 0:
            words.append("*")
            values.append(_Value("number", bare))
        elif kind == "word" and "." in piece.rstrip("."):
            words.append("*")  # a path to a member
        else:
            words.append(piece)
    return _Said(tuple(words), tuple(values))


def _skeleton(said: _Said, subject: str) -> str:
    """The words of a text; what stands in brackets is a value, and so are several values beside each other."""
    words = " ".join("_" if word == subject else word for word in said.words)
    while (shorter := _WHOLE.sub("*", words)) != words:
        words = shorter
    return words


def _difference(came: Sequence[_Value], may: Sequence[_Value]) -> str:
    """How the values differ, in a word; "" where that cannot be told."""
    unlike = next(((one, other) for one, other in zip(came, may, strict=False) if one != other), None)
    fewer, more = Counter(came), Counter(may)
    if unlike and unlike[0].kind != unlike[1].kind:
        return f"{unlike[1].kind} as {unlike[0].kind}"
    if fewer == more:
        return "order" if unlike else ""
    if fewer <= more:
        return "fewer"
    if more <= fewer:
        return "more"
    return _unlike(unlike[0].text, unlike[1].text) if unlike else ""


def _unlike(came: str, may: str) -> str:
    if "".join(came.split()) == "".join(may.split()):
        return "blanks"
    if came.casefold() == may.casefold():
        return "case"
    if unicodedata.normalize("NFKC", came) == unicodedata.normalize("NFKC", may):
        return "normalized"
    if came and may.startswith(came):
        return "cut"
    if may and came.startswith(may):
        return "longer"
    if len(came) == len(may) and not may.isascii():
        return "characters"
    return "another time" if _TIME.match(came) and _TIME.match(may) else "another"
