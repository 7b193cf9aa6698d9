"""Bodies and keys that are wrong in exactly one named way."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from specs.values import value_classes
from strategies import broken_json


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is wrong, and how."""

    how: str
    value: Any

    def __repr__(self) -> str:
        shown = repr(self.value)
        return f"{self.how}: {shown if len(shown) < 160 else shown[:160] + '…'}"


SOME_BREAKS = ("the last brace is missing", "a comma behind the last member", "the same text twice", "single quotes")


def broken_bodies(value: Any, mark: str) -> Iterator[Wrong]:
    """The JSON text of an object, broken in each named way; some of them stand where a string was.

    Ill-formed UTF-8 is not among them: a reader may replace it (freedom ill-formed-utf-8).

    Args:
        value: the object.
        mark: the string; it stands once in the object.
    """
    every = broken_json.broken(broken_json.Original(value, mark))
    yield from (Wrong(each.how, each.body) for each in every if each.how not in broken_json.BYTES)


def broken_strings(value: Any, mark: str) -> Iterator[Wrong]:
    """The same for what stands where the string was alone."""
    elsewhere = {*broken_json.BODIES, *broken_json.WHOLE}
    yield from (each for each in broken_bodies(value, mark) if each.how not in elsewhere)


def some_broken_bodies(body: bytes) -> Iterator[Wrong]:
    """A body that is JSON, broken in a few of the ways."""
    yield from (Wrong(how, broken_json.WHOLE[how](body)) for how in SOME_BREAKS)
    yield from (Wrong(how, text) for how, text in broken_json.BODIES.items())


def cut_bodies(body: bytes) -> SearchStrategy[Wrong]:
    """A body that is JSON, cut at any place before its end; what is left is never JSON."""
    return st.integers(1, len(body) - 1).map(lambda end: Wrong(f"cut after {end} bytes", body[:end]))


WRONG_ROOTS = (
    Wrong("an array", []),
    Wrong("an array of records", [{"customerId": "1", "Attributes": {"name": "x"}}]),
    Wrong("a string", "Records"),
    Wrong("a number", 5),
    Wrong("true", True),
    Wrong("null", None),
)
NO_RECORDS = (
    Wrong("no members", {}),
    Wrong("another member", {"Customers": []}),
    Wrong("a record as the root", {"customerId": "1", "Attributes": {"name": "x"}}),
)
RECORDS_NO_LIST = (
    Wrong("null", None),
    Wrong("an object", {"customerId": "1", "Attributes": {"name": "x"}}),
    Wrong("a string", "x"),
    Wrong("a number", 1),
)
NO_ATTRIBUTES = (
    Wrong("a list", []),
    Wrong("a list of strings", ["name=x"]),
    Wrong("a list of pairs", [{"name": "x"}]),
    Wrong("a string", "name=x"),
    Wrong("an empty string", ""),
    Wrong("the JSON text of an object", '{"name": "x"}'),
    Wrong("a number", 7),
    Wrong("true", True),
    Wrong("false", False),
    Wrong("zero", 0),
)
NO_IDS = (
    Wrong("a boolean", True),
    Wrong("a list", ["1"]),
    Wrong("an object", {"id": "1"}),
)


def wrong_keys(key: str) -> Iterator[Wrong]:
    """Keys that are wrong in one named way, each once."""
    seen = {key}
    for wrong in _wrong_keys(key):
        if wrong.value not in seen:
            seen.add(wrong.value)
            yield wrong


def _wrong_keys(key: str) -> Iterator[Wrong]:
    yield Wrong("cut by one character", key[:-1])
    yield Wrong("its first half", key[: len(key) // 2])
    yield Wrong("its first character", key[:1])
    yield Wrong("one character longer", key + "x")
    yield Wrong("twice", key + key)
    yield Wrong("without its first character", key[1:])
    if key.swapcase() != key:
        yield Wrong("in the other case", key.swapcase())
        yield Wrong("in lower case", key.lower()) if key.lower() != key else Wrong("in upper case", key.upper())
    if key[::-1] != key:
        yield Wrong("backwards", key[::-1])
    half = len(key) // 2
    yield Wrong("with the same beginning", key[:half] + "".join(_other(letter) for letter in key[half:]))
    yield Wrong("with the same beginning of eight characters", key[:8] + "".join(_other(letter) for letter in key[8:]))
    yield Wrong("with the same end", "".join(_other(letter) for letter in key[:half]) + key[half:])
    yield Wrong("with another last character", key[:-1] + _other(key[-1]))
    yield Wrong("with another first character", _other(key[0]) + key[1:])
    yield Wrong("with its first letter in the other case", _first_letter_swapped(key))
    yield Wrong("first in a list", f"{key},x")
    yield Wrong("second in a list", f"{'x' * len(key)}, {key}")
    yield Wrong("before a semicolon", f"{key};x")
    yield Wrong("behind a word", f"Bearer {key}")
    yield Wrong("in quotes", f'"{key}"')
    yield Wrong("with a star for its end", f"{key[:half]}*")
    yield Wrong("with a percent sign for its end", f"{key[:half]}%")
    yield Wrong("in Base64", b64encode(key.encode()).decode())
    yield Wrong("percent-encoded", f"%{ord(key[0]):02X}{key[1:]}")
    yield Wrong("with an accent on its last letter", f"{key[:-1]}\u00e9")
    yield Wrong("with a letter in two bytes of UTF-8 at its end", f"{key[:-1]}\u0142")
    yield Wrong("twenty times", key * 20)
    yield Wrong("with its first two characters the other way round", f"{key[1::-1]}{key[2:]}")
    yield Wrong("a pattern", "%")
    yield Wrong("a star", "*")
    yield Wrong("a word", "null")


def _other(letter: str) -> str:
    return "x" if letter != "x" else "y"


def _first_letter_swapped(key: str) -> str:
    place = next((place for place, letter in enumerate(key) if letter.isalpha()), 0)
    return key[:place] + key[place].swapcase() + key[place + 1 :]


def hostile_keys() -> Iterator[Wrong]:
    """Wrong keys that a firewall may take for an attack."""
    yield from (Wrong(each.what, text) for each in value_classes(hostile=True) for text in each.values[:1])


def other_keys() -> SearchStrategy[Wrong]:
    """Keys that surely are nobody's."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return st.text(letters, min_size=17, max_size=40).map(lambda text: Wrong("an invented key", text))
