"""Bodies, values and records that are wrong in exactly one named way."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from strategies.genesys.schema import WHOLE, Extension, Field
from strategies.genesys.superset import record


@dataclass(frozen=True)
class Wrong:
    """Something wrong, by the name of what is wrong."""

    name: str
    value: Any

    def __repr__(self) -> str:
        return self.name


# Types that are no JSON; and those that hold, begin or end like application/json and are other types all the same.
MEDIA_TYPES = (
    "text/plain",
    "application/xml",
    "text/xml",
    "application/x-www-form-urlencoded",
    "text/html",
    "application/octet-stream",
    "application/javascript",
    "application/json-seq",
    "application/jsonp",
    "application/json5",
    "application/jsonlines",
    "application/jso",
    "text/plain; charset=utf-8",
    "text/plain; was=application/json",
    'application/xml; note="application/json"',
    "text/application.json",
    "application/vnd.json.zip",
    "image/json",
)


def no_objects(members: dict[str, Any] | None = None) -> list[Wrong]:
    """Bodies that are JSON, but no object: simple ones, and those that hold the object of a valid body."""
    simple = ("null", "true", "0", '"FirstName"', "[]", '["FirstName"]', '[{"FirstName":"Bruce"}]')
    found = [Wrong(f"the body is {text}", text.encode()) for text in simple]
    if members is not None:
        found += [Wrong(f"the object {how}", json.dumps(value).encode()) for how, value in _around(members).items()]
    return found


def _around(members: dict[str, Any]) -> dict[str, Any]:
    """What holds an object and is none, by how it holds it."""
    text = json.dumps(members)
    return {
        "in a text": text,
        "in a text, behind a blank": f" {text}\n",
        "in a text in a text": json.dumps(text),
        "in a text in base64": base64.b64encode(text.encode()).decode(),
        "in an array": [members],
        "in an array, twice": [members, members],
        "in an array in an array": [[members]],
        "in a text in an array": [text],
        "as an array of pairs": [[name, value] for name, value in members.items()],
        "as an array of names and values": [each for pair in members.items() for each in pair],
        "as an array of small objects": [{name: value} for name, value in members.items()],
        "as an array of values": list(members.values()),
        "in a text as a form": urlencode({name: str(value) for name, value in members.items()}),
    }


def wrapped(members: dict[str, Any]) -> list[Wrong]:
    """Objects whose one member holds the object of a valid body: none of it is a member of the body."""
    names = ("profile", "customer", "data", "attributes", "content", "")
    found = [Wrong(f"the object in the member {name!r}", {name: members}) for name in names]
    return [*found, Wrong("the object as text in a member", {"profile": json.dumps(members)})]


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
