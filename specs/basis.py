"""What a schema rests on: a statement of a document, or an inference that steers what is sent and accuses nobody.

In a JSON Schema, and inline in an OpenAPI document, each object with keywords that assert something carries `x-basis`:
a text for all of its keywords, or an object from keyword to text, with `*` for the rest. In an XSD the attribute
`basis` of the namespace below says it, for whatever is inside, too. A text is `S1#26, S1#27`, optionally with words
behind it, or `inferred: ` with the ground.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import ValidationError

KEY = "x-basis"
REST = "*"
NAMESPACE = "urn:profile-conformance:basis"
ATTRIBUTE = f"{{{NAMESPACE}}}basis"
INFERRED = "inferred: "
STATEMENT = re.compile(r"S\d#\d+")
DOCUMENTED = re.compile(r"S\d#\d+(, S\d#\d+)*( [^\s,].*)?")
# What asserts something; other keywords describe, or hold schemas that are looked at by themselves.
ASSERTIONS = frozenset(
    {
        *("type", "enum", "const", "format", "required", "dependentRequired", "additionalProperties"),
        *("unevaluatedProperties", "unevaluatedItems", "propertyNames", "contains", "uniqueItems"),
        *("pattern", "minLength", "maxLength", "minItems", "maxItems", "minContains", "maxContains"),
        *("minProperties", "maxProperties", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        *("anyOf", "oneOf", "not", "if"),
    }
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What one keyword rests on; only what is documented may accuse."""

    documented: bool
    text: str


UNMARKED = Basis(False, "nothing is said of it")


def basis(text: str) -> Basis:
    """What a mark says. Raises ValueError where it has neither form."""
    if text.startswith(INFERRED) and len(text) > len(INFERRED):
        return Basis(False, text.removeprefix(INFERRED))
    if DOCUMENTED.fullmatch(text):
        return Basis(True, text)
    raise ValueError(f"{text!r} is neither statements (S1#26) nor `{INFERRED}` with a ground")


def basis_of_keyword(schema: object, keyword: str) -> Basis:
    """What a keyword of a schema object rests on; what is not marked may not accuse."""
    mark = schema.get(KEY) if isinstance(schema, Mapping) else None
    if isinstance(mark, Mapping):
        mark = mark.get(keyword, mark.get(REST))
    return basis(mark) if isinstance(mark, str) else UNMARKED


def basis_of(error: ValidationError) -> Basis:
    """What the keyword rests on that an instance breaks."""
    return basis_of_keyword(error.schema, str(error.validator))


def basis_of_component(component: Any) -> Basis:
    """What a component of an XSD rests on, as `xmlschema` has it: its own mark, or that of what it stands in."""
    while component is not None:
        element = getattr(component, "elem", None)
        mark = element.get(ATTRIBUTE) if element is not None else None
        if mark is not None:
            return basis(mark)
        above = getattr(component, "parent", None)
        component = getattr(component, "schema", None) if above is None else above
    return UNMARKED


def unmarked(node: Any, place: str = "") -> Iterator[str]:
    """Each place in a JSON Schema or an OpenAPI document that asserts something and does not say what it rests on.

    Args:
        node: the document, or a part of it.
        place: JSON pointer to the part.

    Yields:
        Pointers to the schema object with the keyword, or with a mark that has neither form.
    """
    if isinstance(node, Mapping):
        if _is_schema(node, place):
            yield from _unmarked_keywords(node, place)
        for name, value in node.items():
            if name not in (KEY, "enum", "const", "default", "example", "examples"):
                yield from unmarked(value, f"{place}/{name}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from unmarked(value, f"{place}/{index}")


def _is_schema(node: Mapping[str, Any], place: str) -> bool:
    """Whether an object is a schema, not a mapping from names to schemas, nor an OpenAPI object of another kind."""
    named = place.rpartition("/")[2] in ("properties", "patternProperties", "$defs", "dependentSchemas", "responses")
    inside_schema = "/schema" in place or not place.startswith(("/paths", "/components", "/info", "/security"))
    return not named and inside_schema and not ASSERTIONS.isdisjoint(node)


def _unmarked_keywords(node: Mapping[str, Any], place: str) -> Iterator[str]:
    for keyword in sorted(ASSERTIONS & set(node)):
        try:
            if basis_of_keyword(node, keyword) is UNMARKED:
                yield f"{place}: {keyword}"
        except ValueError as error:
            yield f"{place}: {keyword}: {error}"
