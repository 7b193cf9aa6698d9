"""Which keywords of a JSON Schema speak of which place of an instance (JSON Schema 2020-12, Core, section 10)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from referencing import Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012, specification_with

Path = tuple[str | int, ...]
IsValid = Callable[[Any, Any, Any], bool]
DEEPEST = 40  # schemas within schemas at one place of an instance


@dataclass(frozen=True, slots=True)
class Place:
    """A schema object that applies to a place of an instance.

    Attributes:
        path: of the place: names and indexes.
        value: what stands there.
        schema: the keywords.
    """

    path: Path
    value: Any
    schema: Mapping[str, Any]


def places(schema: Any, value: Any, resolver: Any) -> Iterator[Place]:
    """Every schema object that applies to a place of an instance; references are followed.

    Of `anyOf`, `oneOf` and `if` all branches are taken, whether the instance is valid against them or not: what comes
    of it is tried, not believed.
    """
    yield from _walk(schema, value, resolver, (), 0)


def _walk(schema: Any, value: Any, resolver: Any, path: Path, depth: int) -> Iterator[Place]:
    if not isinstance(schema, Mapping) or depth > DEEPEST:
        return
    if "$id" in schema:
        resolver = resolver.in_subresource(Resource.from_contents(schema, default_specification=_dialect(schema)))
    yield Place(path, value, schema)
    for keyword in ("$ref", "$dynamicRef"):
        if isinstance(schema.get(keyword), str):
            try:
                found = resolver.lookup(schema[keyword])
            except Unresolvable:
                continue
            yield from _walk(found.contents, value, found.resolver, path, depth + 1)
    for inner in _beside(schema):
        yield from _walk(inner, value, resolver, path, depth + 1)
    for step, inner in _inside(schema, value):
        yield from _walk(inner, value[step], resolver, (*path, step), 0)


def _dialect(schema: Mapping[str, Any]) -> Any:
    return specification_with(str(schema["$schema"])) if "$schema" in schema else DRAFT202012


def _beside(schema: Mapping[str, Any]) -> Iterator[Any]:
    """Schemas that apply to the same place."""
    for keyword in ("allOf", "anyOf", "oneOf"):
        yield from schema.get(keyword, ())
    for keyword in ("if", "then", "else"):
        if keyword in schema:
            yield schema[keyword]
    yield from schema.get("dependentSchemas", {}).values()


def _inside(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[Any, Any]]:
    """Schemas that apply to members and items."""
    if isinstance(value, dict):
        for name in value:
            yield from ((name, inner) for inner in _of_member(schema, name))
    elif isinstance(value, list):
        first = schema.get("prefixItems", ())
        for index in range(len(value)):
            if index < len(first):
                yield index, first[index]
            elif "items" in schema:
                yield index, schema["items"]


def _of_member(schema: Mapping[str, Any], name: str) -> list[Any]:
    found = [schema["properties"][name]] if name in schema.get("properties", {}) else []
    found += [inner for regex, inner in schema.get("patternProperties", {}).items() if re.search(regex, name)]
    if not found and "additionalProperties" in schema:
        found.append(schema["additionalProperties"])
    return found
