"""Bodies and keys that are wrong in exactly one named way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that is wrong, and how."""

    how: str
    value: Any

    def __repr__(self) -> str:
        shown = repr(self.value)
        return f"{self.how}: {shown if len(shown) < 160 else shown[:160] + '…'}"


BREAKS: dict[str, Callable[[bytes], bytes]] = {
    "cut before its last brace": lambda body: body[:-1],
    "cut in the middle": lambda body: body[: len(body) // 2],
    "a comma after the last member": lambda body: body[:-1] + b",}",
    "a comma after the last record": lambda body: body.replace(b"]}", b",]}"),
    "two documents": lambda body: body + body,
    "text after the end": lambda body: body + b" x",
    "single quotes": lambda body: body.replace(b'"', b"'"),
    "names without quotes": lambda body: body.replace(b'"Records"', b"Records"),
    "an equals sign for a colon": lambda body: body.replace(b'"Records":', b'"Records"='),
    "a byte that is no UTF-8": lambda body: body.replace(b'": "', b'": "\xff', 1),
    "Latin-1": lambda body: body.replace(b'": "', b'": "\xe9', 1),
    "a comment": lambda body: b"/* update */" + body,
    "a form": lambda _: b"Records=1&customerId=2",
    "XML": lambda _: b"<Records><customerId>1</customerId></Records>",
    "an unfinished escape": lambda body: body.replace(b'": "', b'": "\\u12', 1),
    "an escape that JSON does not have": lambda body: body.replace(b'": "', b'": "\\x41', 1),
}


def broken_bodies(body: bytes) -> Iterator[Wrong]:
    """A body that is JSON, broken in each named way."""
    yield Wrong("empty", b"")
    for how, breaks in BREAKS.items():
        yield Wrong(how, breaks(body))


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
    """Keys that are wrong in one named way."""
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
    yield Wrong("a pattern", "%")
    yield Wrong("a star", "*")
    yield Wrong("a quote", "' OR '1'='1")
    yield Wrong("a word", "null")


def other_keys() -> SearchStrategy[Wrong]:
    """Keys that surely are nobody's."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return st.text(letters, min_size=17, max_size=40).map(lambda text: Wrong("an invented key", text))
