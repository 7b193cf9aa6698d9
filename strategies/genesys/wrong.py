"""Bodies, values and records that are wrong in exactly one named way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from strategies.genesys.schema import WHOLE, Extension, Field
from strategies.genesys.superset import record


@dataclass(frozen=True)
class Wrong:
    """Something wrong, by the name of what is wrong."""

    name: str
    value: Any

    def __repr__(self) -> str:
        return self.name


def no_objects() -> list[Wrong]:
    """Bodies that are JSON, but no object."""
    texts = ("null", "true", "0", '"FirstName"', "[]", '["FirstName"]', '[{"FirstName":"Bruce"}]')
    return [Wrong(f"the body is {text}", text.encode()) for text in texts]


def hostile(name: str) -> list[Wrong]:
    """Bodies that break careless readers; `name` is an attribute of type string."""
    key = json.dumps(name).encode()
    return [
        Wrong("bytes that are no UTF-8", b"{" + key + b': "\xff\xfe\xe9"}'),
        Wrong("a byte order mark", b"\xef\xbb\xbf{" + key + b': "x"}'),
        Wrong("UTF-16", ("{" + key.decode() + ': "x"}').encode("utf-16")),
        Wrong("nested arrays, 100 deep", b"{" + key + b": " + b"[" * 100 + b"]" * 100 + b"}"),
        Wrong("nested arrays, 100000 deep", b"[" * 100_000),
        Wrong("nested objects, 20000 deep", b'{"a":' * 20_000 + b"1" + b"}" * 20_000),
        Wrong("a member that stands twice", b"{" + key + b': "x", ' + key + b': "y"}'),
        Wrong("half a surrogate pair", b"{" + key + b': "\\ud800"}'),
        Wrong("an escaped NUL", b"{" + key + b': "a\\u0000b"}'),
        Wrong("NaN", b"{" + key + b": NaN}"),
        Wrong("a number out of range", b"{" + key + b": 1e999}"),
        Wrong("a number of 5000 digits", b"{" + key + b": " + b"9" * 5000 + b"}"),
        Wrong("a text of a million letters", b"{" + key + b': "' + b"x" * 1_000_000 + b'"}'),
        Wrong("a name of 10000 letters", b'{"' + b"n" * 10_000 + b'": "x"}'),
        Wrong("an empty name", b'{"": "x"}'),
        Wrong("10000 unknown members", json.dumps({f"n{n}": "x" for n in range(10_000)}).encode()),
    ]


def types_for_text() -> list[Wrong]:
    """Values of other JSON types than text."""
    values: list[Any] = [4711, 0, -1, 2.5, True, False, {}, {"value": "x"}, [4711], [["x"]], [{"a": "b"}], ["x", None]]
    return [Wrong(f"the value is {json.dumps(value)}", value) for value in values]


def records(extension: Extension, mark: str) -> Iterator[Wrong]:
    """Records of an extension that its schema does not allow."""
    if extension.bare or not extension.fields:
        return
    valid = record(extension, mark, 0)
    yield Wrong("an unknown attribute", {**valid, "Unheard": "x"})
    for field in extension.fields:
        for wrong in _values(field):
            yield Wrong(f"{field.name} {wrong.name}", {**valid, field.name: wrong.value})
        if field.mandatory:
            yield Wrong(f"{field.name} is missing", {n: v for n, v in valid.items() if n != field.name})


def _values(field: Field) -> Iterator[Wrong]:
    """Wrong values of one attribute of a record."""
    yield Wrong("is an object", {"x": 1})
    yield Wrong("is an array", ["x"])
    if field.type == "string":
        yield Wrong("is a number", 4711)
        if field.length is not None:
            yield Wrong("is one character too long", "x" * (field.length + 1))
            yield Wrong("is twice as long", "y" * (2 * field.length))
        return
    yield Wrong("is a word", "word")
    if field.type in WHOLE:
        limit = 2 ** ((32 if field.type == "integer" else 64) - 1)
        yield Wrong("is just past its upper bound", limit)
        yield Wrong("is just past its lower bound", -limit - 1)
        yield Wrong("has a fraction", 2.5)
        yield Wrong("is a boolean", True)
    if field.type == "boolean":
        yield Wrong("is a number", 4711)
    if field.type in ("date", "datetime"):
        yield Wrong("is an impossible day", "2021-02-30" if field.type == "date" else "2021-02-30T00:00:00.000Z")
        yield Wrong("is a number", 4711)


def lists(extension: Extension, mark: str) -> Iterator[Wrong]:
    """Values of a multi-valued extension with a wrong record at the first, second or last place."""
    valid = [record(extension, mark, number) for number in range(1, 4)]
    for wrong in records(extension, mark):
        yield Wrong(f"the only record: {wrong.name}", [wrong.value])
    for number, wrong in enumerate(records(extension, mark)):
        place = number % 3 + 1
        yield Wrong(f"record {place + 1}: {wrong.name}", [*valid[:place], wrong.value, *valid[place:]])
    if extension.unique and not extension.bare:
        same = {name: valid[0][name] for name in extension.unique}
        yield Wrong("two records with equal unique attributes", [valid[0], {**valid[1], **same}])
        yield Wrong("the third record has the unique attributes of the first", [*valid[:2], {**valid[2], **same}])
