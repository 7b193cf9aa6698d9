"""Messages as bytes: one content, written as JSON or as XML."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

from lxml import etree

from strategies.fiserv.schema import Content, is_attribute, root_name

NAMESPACE = "http://www.cashedge.com/wm"


class Format(StrEnum):
    """The two formats of the API."""

    JSON = "json"
    XML = "xml"

    @property
    def media_type(self) -> str:
        """What Content-Type and Accept say."""
        return f"application/{self}"


def to_json(content: Any) -> bytes:
    """A message in JSON, in UTF-8 without escapes."""
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")


def to_xml(
    content: Content,
    schema: dict[str, Any],
    *,
    namespace: str | None = None,
    reordered: bool = False,
    doctype: bool = False,
    root: str | None = None,
) -> bytes:
    """A message in XML.

    Args:
        content: the message as JSON would have it.
        schema: its resolved JSON Schema; tells attributes, lists and the order of elements.
        namespace: of every element.
        reordered: writes the children of every element in the opposite order.
        doctype: puts a document type declaration that declares nothing before the root.
        root: the name of the root, if not the schema's.

    Raises:
        ValueError: the content has characters that XML 1.0 cannot carry.
    """
    name = root or root_name(schema)
    top = etree.Element(_tag(name, namespace), nsmap={None: namespace} if namespace else None)  # type: ignore[dict-item]
    _fill(top, content, schema, namespace, reordered)
    head = b"<?xml version='1.0' encoding='UTF-8'?>\n" + (f"<!DOCTYPE {name}>\n".encode() if doctype else b"")
    return head + etree.tostring(top, encoding="utf-8", xml_declaration=False)


def _tag(name: str, namespace: str | None) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def _fill(element: etree._Element, value: Any, schema: dict[str, Any], namespace: str | None, reordered: bool) -> None:
    if not isinstance(value, dict):
        element.text = _text(value)
        return
    known = schema.get("properties", {})
    names = [name for name in known if name in value] + [name for name in value if name not in known]
    for name in reversed(names) if reordered else names:
        inner = known.get(name, {})
        if is_attribute(inner):
            element.set(name, _text(value[name]))
            continue
        items = value[name] if isinstance(value[name], list) else [value[name]]
        for item in items:
            child = etree.SubElement(element, _tag(name, namespace))
            _fill(child, item, inner.get("items", inner), namespace, reordered)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
