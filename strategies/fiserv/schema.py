"""The JSON Schemas of the contract with their references put in, and ways to walk them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import specs

CONTRACT = "fiserv-alldata"
Content = dict[str, Any]
Path = tuple[str | int, ...]


@cache
def resolved(name: str) -> dict[str, Any]:
    """A schema of the contract without any `$ref`."""
    home = specs.contract(CONTRACT).schema(name)
    inlined: dict[str, Any] = _inline(home, home)
    return inlined


def _inline(node: Any, home: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, home) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return {key: _inline(value, home) for key, value in node.items()}
    file, _, fragment = reference.partition("#")
    target: Any = specs.contract(CONTRACT).schema(file.removesuffix(".schema.json")) if file else home
    home = target
    for part in fragment.strip("/").split("/"):
        target = target[part] if part else target
    beside = {key: value for key, value in node.items() if key != "$ref"}
    return {**_inline(target, home), **beside}


def at(value: Any, *path: str) -> Any:
    """What stands at a path of member names; None where there is nothing, or no object on the way."""
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def is_attribute(schema: dict[str, Any]) -> bool:
    """Whether XML carries this member as an attribute."""
    return bool(schema.get("xml", {}).get("attribute"))


def root_name(schema: dict[str, Any]) -> str:
    """The name of the XML root element of a message."""
    return str(schema["xml"]["name"])


def members(schema: dict[str, Any], content: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any], Any]]:
    """Every member that a message has and its schema describes: its path, its schema, its value."""
    if isinstance(content, dict) and "properties" in schema:
        for name, inner in schema["properties"].items():
            if name in content:
                yield (*path, name), inner, content[name]
                yield from members(inner, content[name], (*path, name))
    elif isinstance(content, list) and "items" in schema:
        for index, item in enumerate(content):
            yield (*path, index), schema["items"], item
            yield from members(schema["items"], item, (*path, index))
