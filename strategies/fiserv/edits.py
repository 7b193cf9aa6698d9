"""Messages that are wrong in exactly one named way: a valid content and one edit."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from strategies.fiserv.schema import Content, Path, members, resolved
from strategies.fiserv.wire import Format

ABSENT = object()
BOTH = (Format.JSON, Format.XML)


@dataclass(frozen=True)
class Edit:
    """One change of a content.

    Attributes:
        what: says what is wrong, in a few words.
        path: the member that is changed.
        value: its new value, or ABSENT to take it out.
        formats: in which it can be expressed.
    """

    what: str
    path: Path
    value: Any = ABSENT
    formats: tuple[Format, ...] = BOTH

    def __call__(self, content: Content) -> Content:
        """The content with this edit; the given one stays as it is."""
        edited = copy.deepcopy(content)
        place: Any = edited
        for step in self.path[:-1]:
            place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
        if self.value is ABSENT:
            del place[self.path[-1]]
        else:
            place[self.path[-1]] = copy.deepcopy(self.value)
        return edited

    def __repr__(self) -> str:
        return f"{dotted(self.path)}: {self.what}"


def dotted(path: Path) -> str:
    """A path for people, without the parts that every path has."""
    return ".".join(str(step) for step in path if step != "UserProfileModRq")


def without_required(content: Content, message: str = "update-request") -> Iterator[Edit]:
    """One edit for each required member that the content has: it is taken out."""
    schema = resolved(message)
    places = [((), schema, content), *members(schema, content)]
    for path, inner, value in places:
        if isinstance(value, dict):
            for name in inner.get("required", ()):
                if name in value:
                    yield Edit("required and missing", (*path, name))


def wrong_types(content: Content, message: str = "update-request") -> Iterator[Edit]:
    """One edit for each member of the content: a value of a type that it cannot have."""
    for path, inner, value in members(resolved(message), content):
        if inner.get("type") == "integer":
            yield Edit("letters instead of an integer", path, "abc")
            yield Edit("letters behind an integer", path, f"{value}abc")
            yield Edit("more bits than its type has", path, inner["maximum"] + 1)
        elif "enum" in inner:
            yield Edit("a word outside the enumeration", path, "Zq7xvj")
        elif inner.get("type") == "string" and value != "":
            yield Edit("an object instead of a string", path, {"value": value}, (Format.JSON,))
            yield Edit("a list instead of a string", path, [value, value], (Format.JSON,))
        elif inner.get("type") == "object":
            yield Edit("text instead of an object", path, "text", (Format.JSON,))
            yield Edit("a list instead of an object", path, [value], (Format.JSON,))
        elif inner.get("type") == "array":
            yield Edit("text instead of a list", path, "text", (Format.JSON,))


def unknown_members(content: Content, message: str = "update-request") -> Iterator[Edit]:
    """One edit for each object of the content: a member that no description names is added at its end."""
    schema = resolved(message)
    places = [((), schema, content), *members(schema, content)]
    for path, _, value in places:
        if isinstance(value, dict):
            yield Edit("an unknown member", (*path, "Zq7Unknown"), "surplus")
