"""Messages as bytes: one content, written as JSON or as XML."""

from __future__ import annotations

import json
from collections.abc import Container
from dataclasses import dataclass
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


class Style(StrEnum):
    """Ways to write the same text in XML."""

    PLAIN = "plain"
    CDATA = "CDATA sections"
    COMMENTS = "comments inside texts"
    REFERENCES = "character references"


def to_json(content: Any) -> bytes:
    """A message in JSON, in UTF-8 without escapes."""
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")


def to_xml(
    content: Content,
    schema: dict[str, Any],
    *,
    namespace: str | None = None,
    reordered: Container[str] = (),
    doctype: bool = False,
    style: Style = Style.PLAIN,
) -> bytes:
    """A message in XML.

    Args:
        content: the message as JSON would have it.
        schema: its resolved JSON Schema; tells attributes, lists and the order of elements.
        namespace: of every element.
        reordered: names of elements whose children are written in the opposite order.
        doctype: puts a document type declaration that declares nothing before the root.
        style: how the texts inside PersonInfo are written.

    Raises:
        ValueError: the content has characters that XML 1.0 cannot carry.
    """
    name = root_name(schema)
    top = etree.Element(_tag(name, namespace), nsmap={None: namespace} if namespace else None)  # type: ignore[dict-item]
    _fill(top, content, schema, _Form(namespace, reordered, style), Style.PLAIN)
    head = b"<?xml version='1.0' encoding='UTF-8'?>\n" + (f"<!DOCTYPE {name}>\n".encode() if doctype else b"")
    # What ASCII cannot hold becomes a character reference; the declaration says UTF-8, of which ASCII is a part.
    encoding: Any = "us-ascii" if style is Style.REFERENCES else "utf-8"
    written: bytes = etree.tostring(top, encoding=encoding, xml_declaration=False)
    return head + written


@dataclass(frozen=True, slots=True)
class _Form:
    namespace: str | None
    reordered: Container[str]
    style: Style


def _tag(name: str, namespace: str | None) -> str:
    return f"{{{namespace}}}{name}" if namespace else name


def _fill(element: etree._Element, value: Any, schema: dict[str, Any], form: _Form, style: Style) -> None:
    if not isinstance(value, dict):
        _write(element, _text(value), style)
        return
    known = schema.get("properties", {})
    names = [name for name in known if name in value] + [name for name in value if name not in known]
    opposite = etree.QName(element).localname in form.reordered
    for name in reversed(names) if opposite else names:
        inner = known.get(name, {})
        if is_attribute(inner):
            element.set(name, _text(value[name]))
            continue
        items = value[name] if isinstance(value[name], list) else [value[name]]
        for item in items:
            child = etree.SubElement(element, _tag(name, form.namespace))
            _fill(child, item, inner.get("items", inner), form, form.style if name == "PersonInfo" else style)


def _write(element: etree._Element, text: str, style: Style) -> None:
    if style is Style.CDATA and text and "]]>" not in text:
        element.text = etree.CDATA(text)
    elif style is Style.COMMENTS and len(text) > 1:
        comment = etree.Comment(" a comment ")
        element.text, comment.tail = text[:1], text[1:]
        element.append(comment)
    else:
        element.text = text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
