"""A valid document in which one element is another every time."""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import SearchStrategy
from lxml import etree

from strategies.xsd.documents import trees
from strategies.xsd.reading import read
from strategies.xsd.second import Schema
from strategies.xsd.tree import Element, to_bytes, walk


def variations(schema: Schema, base: bytes, at: str) -> SearchStrategy[bytes]:
    """Valid documents that are a given one but for one element, which is drawn anew with all that is in it.

    For messages of which a part must be what it is, such as credentials.

    Args:
        schema: as xmlschema loads it.
        base: a valid document.
        at: the path of the element, as `NearMiss.where` has it: local names, with positions among siblings of a name.

    Raises:
        ValueError: the base is not a valid document.
        KeyError: there is no declared element at that path.
        Unsupported: the schema uses something, in reach of that element, that no documents are made for.
    """
    root = read(schema, base)
    found = next((element for path, element in walk(root) if path == at), None)
    if found is None or found.declaration is None:
        raise KeyError(at)
    inner = trees(schema, found.declaration)

    def put(element: Element) -> bytes:
        # The tree is the same for all; only what stands in this one element changes while it is written.
        before = found.attributes, found.content
        found.attributes, found.content = element.attributes, element.content
        try:
            return to_bytes(root)
        finally:
            found.attributes, found.content = before

    def valid(document: bytes) -> bool:
        parsed: Any = etree.fromstring(document)
        return bool(schema.is_valid(parsed))

    written = inner.map(put)
    return written.filter(valid) if _speaks_of_others(root) else written


def _speaks_of_others(root: Element) -> bool:
    """Whether what one element has can be wrong because of what another has."""
    declarations = [element.declaration for _, element in walk(root) if element.declaration is not None]
    return any(declaration.identities for declaration in declarations) or bool(_ids(root))


def _ids(root: Element) -> list[str]:
    kinds: list[Any] = [element.type for _, element in walk(root) if element.type is not None]
    attributes = [value for kind in kinds for value in getattr(kind, "attributes", {}).values()]
    types = [kind.simple_type for kind in kinds] + [getattr(attribute, "type", None) for attribute in attributes]
    return [str(kind.name) for kind in types if kind is not None and kind.is_key()]
