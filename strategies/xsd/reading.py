"""Documents from elsewhere, read as trees that remember which declaration each element follows."""

from __future__ import annotations

from typing import Any

from lxml import etree
from xmlschema.names import XSD_QNAME
from xmlschema.validators import XsdComplexType, XsdElement, XsdSimpleType

from strategies.xsd.second import Schema
from strategies.xsd.simple import Named, Prefixed
from strategies.xsd.tree import XSI_TYPE, Element


def read(schema: Schema, document: bytes) -> Element:
    """The tree of a valid document. Comments, processing instructions and white space between elements are left out.

    Raises:
        ValueError: it is not well-formed, or not valid.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        parsed = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"no well-formed document: {error}") from error
    problem = next(schema.iter_errors(parsed), None)
    if problem is not None:
        raise ValueError(f"no valid document: {problem.reason} at {problem.path}")
    return _element(parsed, schema.maps.elements[str(parsed.tag)], schema)


def _element(parsed: etree._Element, declaration: XsdElement | None, schema: Schema) -> Element:
    kind = declaration.type if declaration is not None else None
    element = Element(str(parsed.tag), {}, [], declaration, kind)
    for name, value in parsed.attrib.items():
        element.attributes[str(name)] = str(value)
    if XSI_TYPE in element.attributes:
        prefix, _, local = element.attributes[XSI_TYPE].strip().rpartition(":")
        name = f"{{{parsed.nsmap.get(prefix or None, '')}}}{local}".removeprefix("{}")
        element.type = schema.maps.types.get(name, kind)
        element.attributes[XSI_TYPE] = Named(name)
    _content(element, parsed, schema)
    return element


def _content(element: Element, parsed: etree._Element, schema: Schema) -> None:
    only_elements = isinstance(element.type, XsdComplexType) and element.type.is_element_only()
    texts = [parsed.text, *(child.tail for child in parsed)]
    for text, child in zip(texts, [*parsed, None], strict=True):
        if text and not only_elements:
            element.content.append(_text(text, element.type, parsed.nsmap))
        if child is not None:
            element.content.append(_element(child, _declared(element.type, str(child.tag)), schema))


def _text(text: str, kind: Any, spaces: dict[Any, str]) -> str:
    simple = kind.simple_type if kind is not None else None
    if isinstance(simple, XsdSimpleType) and simple.root_type.name == XSD_QNAME:
        return Prefixed(text.strip(), spaces.get(text.strip().rpartition(":")[0] or None, ""))
    return text


def _declared(kind: Any, name: str) -> XsdElement | None:
    if not isinstance(kind, XsdComplexType) or isinstance(kind.content, XsdSimpleType):
        return None
    found = kind.content.match_element(name)
    if not isinstance(found, XsdElement):
        return None
    matched = found.match(name)
    return matched.ref if matched is not None and isinstance(matched.ref, XsdElement) else matched
