"""From the bytes of a request to a message, in both formats."""

from __future__ import annotations

import json
import re
from abc import abstractmethod
from functools import cache
from typing import Any, NoReturn

from lxml import etree

import specs
from conformance.reference.core import Call
from conformance.reference.fiserv.model import INVALID, UNSUPPORTED, Finding, Format, Kind, Message, Refused
from conformance.reference.fiserv.shape import CONTRACT, Form, Shape, form
from conformance.reference.fiserv.store import Store

WM = "http://www.cashedge.com/wm"
MEDIA_TYPES = {"application/json": Format.JSON, "application/xml": Format.XML, "text/xml": Format.XML}
ENCODINGS = {"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "iso-8859-1"}
DEPTH = 100
# What an xs:string cannot hold; the XSD governs the format of the request (S0 L45-46), whatever its syntax.
NOT_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
SPACE = " \t\r\n"


@cache
def message_schema() -> etree.XMLSchema:
    """The XSD of all messages."""
    return etree.XMLSchema(etree.parse(str(specs.contract(CONTRACT).path("alldata.xsd"))))


class Formats(Store):
    """The part of the service that reads requests."""

    def request_format(self, call: Call) -> Format:
        """The format that Content-Type names; where it is missing or strange, the one that the body looks like."""
        named = MEDIA_TYPES.get(_media_type(call)[0])
        if named is not None:
            return named
        start = call.body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        return Format.XML if start == b"<" or call.body[:2] in (b"\xff\xfe", b"\xfe\xff") else Format.JSON

    def content_type_accepted(self, call: Call) -> bool:
        """Whether a body of this Content-Type is read at all."""
        name = _media_type(call)[0]
        return name in MEDIA_TYPES or (not name and self.reading("missing-content-type") == "accepted")

    def read(self, call: Call, message: Message) -> None:
        """Fills a message from the body of a call.

        Raises:
            Refused: the body is not well-formed.
        """
        if message.format is Format.XML:
            self.read_xml(call, message)
        else:
            self.read_json(call.body, message)
        request_id = message.tree.get("RqUID") if isinstance(message.tree, dict) else None
        message.request_id = request_id if isinstance(request_id, str) else None

    # JSON

    def read_json(self, body: bytes, message: Message) -> None:
        """Fills a message from a JSON body."""
        try:
            tree = self.parse_json(body)
        except (ValueError, RecursionError):
            raise self.unparsable(Format.JSON) from None
        if _depth(tree) > DEPTH:
            raise self.unparsable(Format.JSON)
        shape = form(message.operation).request
        unknown: list[tuple[str | int, ...]] = []
        message.tree = self.from_json(tree, shape, (), unknown)
        if unknown and self.reading("unknown-json-member") == "4070":
            message.findings += [Finding(INVALID, path) for path in unknown]

    def parse_json(self, body: bytes) -> Any:
        """The value of a JSON body; ValueError where it is not well-formed."""
        hook = _no_repetition if self.freedom("repeated-member-names") == "refused" else dict
        errors = "strict" if self.freedom("ill-formed-utf-8") == "refused" else "replace"
        text = body.decode("utf-8" if self.freedom("byte-order-mark") == "refused" else "utf-8-sig", errors)
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=hook)

    def from_json(self, value: Any, shape: Shape, path: tuple[str | int, ...], unknown: list[Any]) -> Any:
        """A value without unknown members, and integers as Python has them; notes the unknown ones."""
        if shape.kind == "object" and isinstance(value, dict):
            value = self.named(value, shape)
            unknown += [(*path, name) for name in value if name not in shape.members]
            return {
                name: self.from_json(value[name], part, (*path, name), unknown)
                for name, part in shape.members.items()
                if name in value
            }
        if shape.kind == "array" and isinstance(value, list) and shape.items is not None:
            return [self.from_json(item, shape.items, (*path, i), unknown) for i, item in enumerate(value)]
        if shape.kind == "integer":
            return self.json_integer(value)
        if shape.kind == "string" and self.reading("json-number-for-text") == "coerced":
            return _text(value)
        return value

    def named(self, value: dict[str, Any], shape: Shape) -> dict[str, Any]:
        """An object with the names of its members in the letter case that they should have, where that is free."""
        if self.freedom("json-name-case") == "exact":
            return value
        names = {name.lower(): name for name in shape.members if name not in value}
        return {n if n in shape.members else names.get(n.lower(), n): inner for n, inner in value.items()}

    def json_integer(self, value: Any) -> Any:
        """The integer that a JSON value stands for, or the value itself."""
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str) and INTEGER.fullmatch(value) and self.reading("json-scalar-coercion") == "coerced":
            return int(value)
        return value

    # XML

    def read_xml(self, call: Call, message: Message) -> None:
        """Fills a message from an XML body."""
        root = self.parse_xml(call.body, _media_type(call)[1])
        declared = self.document_type_refused(root)
        if declared and self.freedom("document-type-refusal") != "as-invalid":
            unreadable = self.freedom("document-type-refusal") == "as-unreadable"
            raise self.unparsable(Format.XML) if unreadable else Refused(INVALID, Kind.PARSE, bare=400)
        namespaced = self.namespaces_refused(root)
        _unqualify(root)
        expected = form(message.operation)
        named = self.freedom("root-name") == "looked-at" or expected.request_part is None
        named = named or root.find(expected.request_part or "*") is None
        if root.tag != expected.request_root and named:
            message.tree = {"RqUID": root.findtext("RqUID")}
            code = UNSUPPORTED if self.reading("code-table") == "open" else INVALID
            message.findings.append(Finding(code, ()))
            return
        if self.reading("unknown-xml-element") == "ignored":
            _prune(root, expected.request)
        any_order = self.reading("xml-element-order") == "any-order"
        own_order = self.freedom("element-order-in-name") == "other"
        disordered = own_order and any_order and not _names_in_order(root, expected.request)
        if any_order:
            _reorder(root, expected.request)
        elif own_order:
            _names_in_order(root, expected.request, mend=True)
        message.tree = self.from_xml(root, expected.request)
        if disordered:
            message.findings.append(Finding(INVALID, ("PersonName",)))
        if declared or namespaced:
            message.findings.append(Finding(INVALID if declared else self.namespace_code(), ()))
        elif not self.fits_schema(self.narrowed(_renamed(root, expected.request_root)), expected):
            message.findings.append(Finding(INVALID, ("(schema)",)))

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        """The root of an XML body; nothing outside the body is ever read.

        Raises:
            Refused: the body is not well-formed, or in an encoding that is not spoken here.
        """
        options = self.xml_options()
        parser = etree.XMLParser(encoding=charset if charset in ENCODINGS else None, **options)
        try:
            root = etree.fromstring(body, parser)
        except (etree.XMLSyntaxError, ValueError, LookupError):
            raise self.unparsable(Format.XML) from None
        if root is None:
            raise self.unparsable(Format.XML)
        encoding = (root.getroottree().docinfo.encoding or "utf-8").lower()
        if encoding not in ENCODINGS or (charset is not None and charset not in ENCODINGS):
            raise self.unparsable(Format.XML)
        return root

    def xml_options(self) -> dict[str, Any]:
        """How XML is parsed: without entities, files and network; comments and instructions do not count."""
        return {
            "resolve_entities": False,
            "load_dtd": False,
            "no_network": True,
            "huge_tree": False,
            "remove_comments": True,
            "remove_pis": True,
        }

    def document_type_refused(self, root: etree._Element) -> bool:
        """Whether the message has a DOCTYPE that is not taken; one that declares something never is."""
        tree = root.getroottree()
        if tree.docinfo.internalDTD is None:
            return False
        whole = etree.tostring(tree, encoding="unicode")
        head = whole[: len(whole) - len(etree.tostring(root, encoding="unicode", with_tail=False))]
        declares = head.count("<!") > 1 or any(isinstance(node, etree._Entity) for node in root.iter())
        return declares or self.reading("document-type") == "refused"

    def namespaces_refused(self, root: etree._Element) -> bool:
        """Whether the elements stand in a namespace that is not taken, or in several."""
        used = {etree.QName(node).namespace for node in root.iter(etree.Element)}
        taken: dict[str, list[set[str | None]]] = {
            "both": [{None}, {WM}],
            "none-only": [{None}],
            "cashedge-wm-only": [{WM}],
        }
        return used not in taken[self.reading("xml-request-namespace")]

    @abstractmethod
    def namespace_code(self) -> str:
        """The code of a message in a namespace that is not taken."""

    def fits_schema(self, root: etree._Element, expected: Form) -> bool:  # noqa: ARG002 - for overrides
        """Whether a message in no namespace is valid against the XSD."""
        return message_schema().validate(root)

    def narrowed(self, root: etree._Element) -> etree._Element:
        """The message with wide integers made small, where the schema does not bound them."""
        if self.freedom("integer-width") != "unbounded":
            return root
        for node in root.iter("InstallID", "CEInviteClientID", "CEUserID", "PartnerID"):
            if INTEGER.fullmatch((node.text or "").strip(SPACE)):
                node.text = "0"
        return root

    def from_xml(self, element: etree._Element, shape: Shape) -> Any:
        """The value of an element, in the form that JSON has."""
        if shape.kind != "object":
            return self.xml_scalar(self.xml_text(element), shape.kind)
        value: dict[str, Any] = {
            name: self.xml_scalar(str(element.attrib[name]), shape.members[name].kind)
            for name in shape.attributes
            if name in element.attrib
        }
        for child in element.iterchildren(etree.Element):
            part = shape.members.get(child.tag)
            if part is None or child.tag in shape.attributes:
                continue
            if part.items is not None:
                value.setdefault(child.tag, []).append(self.from_xml(child, part.items))
            else:
                value[child.tag] = self.from_xml(child, part)
        return value

    def xml_text(self, element: etree._Element) -> str:
        """The text of an element of a simple type."""
        return element.text or ""

    def xml_scalar(self, text: str, kind: str) -> Any:
        """The value of a text by its type; a text that does not fit the type is kept."""
        collapsed = text.strip(SPACE)
        if kind == "integer" and INTEGER.fullmatch(collapsed):
            return int(collapsed)
        if kind == "boolean":
            return BOOLEANS.get(collapsed, text)
        return text

    def unparsable(self, format: Format) -> Refused:
        """How a body that is not well-formed is refused."""
        option = self.reading(f"unparsable-{format}")
        return Refused(INVALID if option == "http-400" else option, Kind.PARSE)


def _media_type(call: Call) -> tuple[str, str | None]:
    name, *parameters = (call.headers.get("content-type") or "").lower().split(";")
    charset = next((p.partition("=")[2] for p in parameters if p.strip().startswith("charset=")), None)
    return name.strip(), None if charset is None else charset.strip(' \t"')


def _no_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("repeated member names")
    return dict(pairs)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level and depth <= DEPTH:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return depth


def _renamed(root: etree._Element, name: str) -> etree._Element:
    """The root under the name that it should have."""
    root.tag = name
    return root


def _unqualify(root: etree._Element) -> None:
    for node in root.iter(etree.Element):
        node.tag = etree.QName(node).localname


def _prune(element: etree._Element, shape: Shape) -> None:
    for child in list(element.iterchildren(etree.Element)):
        part = shape.members.get(child.tag)
        if part is None:
            element.remove(child)
        else:
            _prune(child, part.items or part)


def _names_in_order(root: etree._Element, shape: Shape, *, mend: bool = False) -> bool:
    """Whether the parts of every PersonName stand in the order of the schema."""
    request = shape.members.get("UserProfileModRq")
    if request is None:
        return True
    person = request.members["UserProfile"].members["PersonInfo"]
    order, found = list(person.members["PersonName"].members), True
    for name in root.iter("PersonName"):
        children = [child for child in name if child.tag in order]
        right = sorted(children, key=lambda child: order.index(child.tag))
        found = found and children == right
        if mend and len(children) == len(name):
            name[:] = right
    return found


def _reorder(element: etree._Element, shape: Shape) -> None:
    places = {name: place for place, name in enumerate(shape.members)}
    children = list(element.iterchildren(etree.Element))
    if shape.kind == "object":
        element[:] = sorted(children, key=lambda child: places.get(child.tag, len(places)))
    for child in children:
        part = shape.members.get(child.tag)
        if part is not None:
            _reorder(child, part.items or part)
