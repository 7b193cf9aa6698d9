"""Valid documents of a schema."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from lxml import etree
from xmlschema.validators import XsdElement

from strategies.xsd.building import Builder
from strategies.xsd.deciding import Alone, Drawn, tapes
from strategies.xsd.errors import Unsupported
from strategies.xsd.plans import Plan, plan
from strategies.xsd.second import Schema, of_any_version
from strategies.xsd.simple import values_of
from strategies.xsd.tape import Tape
from strategies.xsd.tree import Element, to_bytes

VALUE = 32  # bytes that decide a value
WHOLE = 512  # bytes that decide a document that must be looked at as a whole


def documents(schema: Schema, element: str | XsdElement | None = None) -> SearchStrategy[bytes]:
    """Valid documents, in UTF-8.

    Args:
        schema: as xmlschema loads it.
        element: the root: the name of a global element, with its namespace (`{namespace}local`) or without one; or
            the declaration of any element, a local one too. Any global element if not given.

    Raises:
        KeyError: no global element has that name.
        Unsupported: the schema uses something, in reach of that root, that no documents are made for.
    """
    return trees(schema, element).map(to_bytes)


def values(simple: Any) -> SearchStrategy[str]:
    """Valid values of a simple type (an `xmlschema.validators.XsdSimpleType`), as they stand in a document.

    Raises:
        Unsupported: no value was found, or the type is one for which none is looked for.
    """
    drawn = values_of(simple)
    return tapes(VALUE).map(lambda tape: drawn.draw(Tape(tape)))


def trees(schema: Schema, element: str | XsdElement | None = None) -> SearchStrategy[Element]:
    """Valid documents as trees; see `documents`."""
    ready = plan(roots(schema, element))
    if not ready.whole:
        return _drawn(ready)
    second = _second(schema, ready)
    _, reason = _judged(ready, second, b"")
    if reason:
        raise Unsupported(f"a constraint that the simplest document breaks ({reason})", ready.roots[0].name)
    return _TAPES.map(lambda tape: _valid_as_a_whole(ready, second, tape))


def roots(schema: Schema, element: str | XsdElement | None) -> list[XsdElement]:
    """The declarations that a root may follow."""
    if isinstance(element, XsdElement):
        return [element]
    if element is None:
        return [found for found in schema.elements.values() if not found.abstract]
    named = element if element in schema.maps.elements else f"{{{schema.target_namespace}}}{element}"
    return [schema.maps.elements[named]]


@st.composite
def _drawn(draw: st.DrawFn, ready: Plan) -> Element:
    return Builder(Drawn(draw)).document(ready)


_TAPES = st.one_of(tapes(WHOLE), tapes(WHOLE, 1), tapes(WHOLE, 2))


def _second(schema: Schema, ready: Plan) -> etree.XMLSchema | None:
    """A second validator, where there is one: xmlschema overlooks some values that are not unique."""
    if not all(root.declaration.is_global() for root in ready.roots):
        return None
    try:
        return of_any_version(schema)
    except Unsupported:
        return None


def _valid_as_a_whole(ready: Plan, second: etree.XMLSchema | None, tape: bytes) -> Element:
    """The document of the longest start of the tape, halved again and again, whose document is valid."""
    while True:
        document, reason = _judged(ready, second, tape)
        if not tape or not reason:
            return document
        tape = tape[: len(tape) // 2]


def _judged(ready: Plan, second: etree.XMLSchema | None, tape: bytes) -> tuple[Element, str]:
    """A document, and why it is not valid; empty if it is."""
    builder = Builder(Alone(Tape(tape)))
    document = builder.document(ready)
    assert document.declaration is not None
    parsed: Any = etree.fromstring(to_bytes(document))
    error = next(document.declaration.iter_errors(parsed), None)
    if error is not None:
        return document, str(error.reason)
    if builder.dangling:
        return document, "a reference to an xs:ID where there is none"
    return document, "" if second is None or second.validate(parsed) else "something that only libxml2 sees"
