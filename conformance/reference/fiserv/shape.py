"""The shape of a message, read from its JSON Schema: members, their order, lists and types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import specs

CONTRACT = "fiserv-alldata"
ENVELOPE = ("partnerID", "version", "RqUID", "SignonRq", "Status", "SignonRs", "UserProfile")


@dataclass(frozen=True, slots=True)
class Shape:
    """One place of a message. `kind` is the JSON type; `members` are in the order of the schema."""

    kind: str
    members: Mapping[str, Shape] = field(default_factory=dict)
    items: Shape | None = None
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Form:
    """What an operation's messages look like."""

    operation: str
    request: Shape
    request_schema: str
    request_root: str
    request_part: str | None
    answer_root: str
    answer_part: str | None


@cache
def form(operation: str) -> Form:
    """The form of one operation."""
    contract = specs.contract(CONTRACT)
    request = f"{operation}-request"
    asked, answered = contract.schema(request), contract.schema(f"{operation}-response")
    return Form(
        operation,
        _shape(asked, asked),
        request,
        asked["xml"]["name"],
        _part(asked),
        answered["xml"]["name"],
        _part(answered),
    )


@cache
def operation_at(path: str) -> str | None:
    """The operation of a path."""
    operations = specs.contract(CONTRACT).operations.values()
    return next((o.name for o in operations if o.path == path), None)


@cache
def profile_shape() -> Shape:
    """The shape of UserProfile."""
    types = specs.contract(CONTRACT).schema("types")
    return _shape(types["$defs"]["UserProfile"], types)


def in_order(content: Any, shape: Shape) -> Any:
    """The same content with its members in the order of the schema, those that it does not know last."""
    if isinstance(content, dict):
        known = [name for name in shape.members if name in content]
        unknown = [name for name in content if name not in shape.members]
        nothing = Shape("any")
        return {n: in_order(content[n], shape.members.get(n, nothing)) for n in (*known, *unknown)}
    if isinstance(content, list) and shape.items is not None:
        return [in_order(item, shape.items) for item in content]
    return content


def _part(schema: Mapping[str, Any]) -> str | None:
    return next((name for name in schema["properties"] if name not in ENVELOPE), None)


def _shape(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Shape:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        file, _, pointer = reference.partition("#")
        if file:
            document = specs.contract(CONTRACT).schema(file.removesuffix(".schema.json"))
        target: Any = document
        for step in filter(None, pointer.split("/")):
            target = target[step]
        return _shape(target, document)
    if schema.get("type") == "object":
        properties = schema.get("properties", {})
        return Shape(
            "object",
            {name: _shape(part, document) for name, part in properties.items()},
            attributes=frozenset(n for n, part in properties.items() if part.get("xml", {}).get("attribute")),
        )
    if schema.get("type") == "array":
        return Shape("array", items=_shape(schema["items"], document))
    return Shape(str(schema.get("type", "any")))
