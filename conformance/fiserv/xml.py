"""XML that others sent: parsed without entities, network or document types, and turned into content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from strategies.fiserv.schema import Content, Path, is_attribute

DEEPEST = 100
_ERRORS = etree.ErrorTypes
# What our parser refuses and others may take: limits of its own, versions and encodings that it does not have, and
# namespaces, of which a processor of XML 1.0 need not know.
OURS = frozenset(
    {
        _ERRORS.ERR_RESOURCE_LIMIT,
        _ERRORS.ERR_NAME_TOO_LONG,
        _ERRORS.ERR_COMMENT_NOT_FINISHED,
        _ERRORS.ERR_ENTITY_LOOP,
        _ERRORS.ERR_UNKNOWN_VERSION,
        _ERRORS.ERR_NO_MEMORY,
        _ERRORS.NS_ERR_XML_NAMESPACE,
        _ERRORS.NS_ERR_UNDEFINED_NAMESPACE,
        _ERRORS.NS_ERR_QNAME,
        _ERRORS.NS_ERR_ATTRIBUTE_REDEFINED,
    }
)
BIG = 1_000_000  # bytes; an unfinished comment is one that is too long for our parser only in so large a body


class UnsureError(ValueError):
    """Our parser refuses a document that another one may take."""


@dataclass
class Converted:
    """The content of a document, and what content cannot express.

    Attributes:
        content: as JSON would have it; integers only where the text is one.
        namespaces: every namespace of an element ("" for none).
        out_of_order: known elements that stand behind one that the schema puts later.
        interrupted: whether an unknown element stands before a known one.
        remarks: whether there are comments or processing instructions.
        oddities: what is neither right nor surely wrong: repeated elements, stray text, unknown attributes.
    """

    content: Content = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    out_of_order: list[Path] = field(default_factory=list)
    interrupted: bool = False
    remarks: bool = False
    oddities: list[str] = field(default_factory=list)


def parse(body: bytes, *, entities: bool = False) -> etree._Element:
    """The root of a document.

    Args:
        body: the document.
        entities: replaces references to entities that the document itself declares.

    Raises:
        UnsureError: it is too deep or too large to be parsed safely, or uses what our parser does not have.
        ValueError: it is not well-formed.
    """
    resolve: Any = "internal" if entities else False
    parser = etree.XMLParser(resolve_entities=resolve, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        code: int | None = getattr(error, "code", None)
        ours = code in OURS and (code != _ERRORS.ERR_COMMENT_NOT_FINISHED or len(body) > BIG)
        raise (UnsureError if ours else ValueError)(str(error)) from error
    if root is None:
        raise ValueError("the document is empty")
    return root


def larger(root: etree._Element, most: int) -> bool:
    """Whether a document has more than so many elements, attributes, comments and instructions."""
    count = 0
    for element in root.iter():
        count += 1 + len(element.attrib)
        if count > most:
            return True
    return False


def has_doctype(root: etree._Element) -> bool:
    """Whether the document has a document type declaration."""
    return root.getroottree().docinfo.internalDTD is not None


def declares(root: etree._Element) -> bool:
    """Whether the document type declaration says more than the name of the root."""
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is None:
        return False
    return bool(dtd.system_url or dtd.external_id or list(dtd.iterentities()) or list(dtd.iterelements()))


def local(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: etree._Element) -> str:
    """The namespace of an element, "" for none."""
    return str(element.tag)[1:].partition("}")[0] if element.tag[:1] == "{" else ""


def convert(root: etree._Element, schema: dict[str, Any]) -> Converted:
    """The content of a document whose root the schema describes."""
    found = Converted()
    value = _value(root, schema, (), found, 0)
    found.content = value if isinstance(value, dict) else {}
    return found


def _value(element: etree._Element, schema: dict[str, Any], path: Path, found: Converted, depth: int) -> Any:
    found.namespaces.add(namespace(element))
    children = [child for child in element if isinstance(child.tag, str)]
    found.remarks = found.remarks or len(children) != len(element)
    if any(isinstance(child, etree._Entity) for child in element):
        found.oddities.append(f"entities in {_show(path)}")
    if children and schema.get("type") not in (None, "object"):
        found.oddities.append(f"elements in {_show(path)}, which holds text")
    if "properties" in schema or children:
        return _object(element, children, schema, path, found, depth)
    if element.attrib:
        found.oddities.append(f"attributes of {_show(path)}")
    text = (element.text or "") + "".join(child.tail or "" for child in element)
    if schema.get("type") == "integer":
        return _integer(text)
    if schema.get("type") == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.strip(), text)
    return text


def _object(
    element: etree._Element,
    children: list[etree._Element],
    schema: dict[str, Any],
    path: Path,
    found: Converted,
    depth: int,
) -> Content:
    known: dict[str, Any] = schema.get("properties", {})
    content: Content = _attributes(element, known, path, found)
    if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
        found.oddities.append(f"text between the elements of {_show(path)}")
    if depth >= DEEPEST:
        found.oddities.append("nested too deeply")
        return content
    _note_order([local(child) for child in children], list(known), path, found)
    for child in children:
        name = local(child)
        inner = known.get(name, {})
        if inner.get("type") == "array":
            items = content.setdefault(name, [])
            items.append(_value(child, inner.get("items", {}), (*path, name, len(items)), found, depth + 1))
            continue
        if name in content:
            found.oddities.append(f"{name} twice in {_show(path)}")
        content[name] = _value(child, inner, (*path, name), found, depth + 1)
    return content


def _attributes(element: etree._Element, known: dict[str, Any], path: Path, found: Converted) -> Content:
    content: Content = {}
    for key, raw in element.attrib.items():
        name = str(key)
        if is_attribute(known.get(name, {})):
            content[name] = _integer(str(raw)) if known[name].get("type") == "integer" else str(raw)
        else:
            found.oddities.append(f"attribute {name} of {_show(path)}")
    for child in element:
        if isinstance(child.tag, str) and is_attribute(known.get(local(child), {})):
            found.oddities.append(f"{local(child)} as an element")
    return content


def _note_order(names: list[str], order: list[str], path: Path, found: Converted) -> None:
    last, strange = 0, False
    for name in names:
        if name not in order:
            strange = True
            continue
        found.interrupted = found.interrupted or strange
        place = order.index(name)
        if place < last:
            found.out_of_order.append((*path, name))
        last = max(last, place)


def _integer(text: str) -> int | str:
    digits = text.strip(" \t\r\n")
    unsigned = digits[1:] if digits[:1] in ("+", "-") else digits
    if unsigned.isascii() and unsigned.isdigit() and len(unsigned) < 300:
        return int(digits)
    return text


def _show(path: Path) -> str:
    return ".".join(map(str, path)) or "the root"
