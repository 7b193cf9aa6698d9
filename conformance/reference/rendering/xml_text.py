"""XML documents in every form that XML 1.0 and Namespaces in XML leave open."""

from __future__ import annotations

import codecs
import itertools
from collections.abc import Iterator

from lxml import etree

from conformance.reference.core import Switches

XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"
PREFIX = "n"
EXTRA_ELEMENT = "ServerInfo"
BYTE_ORDER_MARKS = {"utf-8-bom": codecs.BOM_UTF8, "utf-16": codecs.BOM_UTF16_LE}
CODECS = {"utf-8": "utf-8", "utf-8-bom": "utf-8", "utf-16": "utf-16-le", "us-ascii": "ascii"}
NAMES = {"utf-8": "UTF-8", "utf-8-bom": "utf-8", "utf-16": "UTF-16", "us-ascii": "US-ASCII"}


class XmlForm:
    """Rewrites XML documents as the freedoms of one service say."""

    def __init__(self, switches: Switches) -> None:
        self._declaration = switches.freedom("xml-declaration")
        self._encoding = switches.freedom("xml-encoding")
        self._prefixed = switches.freedom("xml-prefixes") == "prefixed"
        self._text = switches.freedom("xml-text")
        self._comments = switches.freedom("xml-comments") == "some"
        self._long = switches.freedom("xml-tags") == "long"
        self._lines = switches.freedom("xml-whitespace") == "lines"
        self._extra = switches.freedom("xml-extra-element") == "one"

    @property
    def _plain(self) -> bool:
        own = self._prefixed or self._comments or self._long or self._lines or self._extra
        return not own and (self._declaration, self._encoding, self._text) == ("present", "utf-8", "plain")

    def rewrite(self, body: bytes) -> bytes:
        """The same document in another form; what is no XML stays as it is."""
        if self._plain:
            return body
        try:
            root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True))
        except (etree.XMLSyntaxError, ValueError):
            return body
        if self._extra:
            etree.SubElement(root, etree.QName(etree.QName(root).namespace, EXTRA_ELEMENT)).text = "n2"
        text = "".join(self._document(root))
        mark = BYTE_ORDER_MARKS.get(self._encoding, b"")
        return mark + text.encode(CODECS[self._encoding], "xmlcharrefreplace")

    def _document(self, root: etree._Element) -> Iterator[str]:
        name = NAMES[self._encoding]
        if self._declaration == "standalone":
            yield f"<?xml version='1.0' encoding='{name}' standalone='yes' ?>"
        elif self._declaration == "present" or self._encoding == "us-ascii":
            yield f'<?xml version="1.0" encoding="{name}"?>'
        if self._comments:
            yield "<!-- made by a server --><?server node=n2?>"
        yield from self._element(root, None, 0)
        if self._lines:
            yield "\n"

    def _element(self, element: etree._Element, outer: str | None, depth: int) -> Iterator[str]:
        qualified = etree.QName(element)
        namespace = qualified.namespace
        prefix = f"{PREFIX}:" if self._prefixed and namespace else ""
        name = prefix + qualified.localname
        blank = "\n " if self._long else " "
        tag = f"<{name}" + "".join(blank + attribute for attribute in self._attributes(element, namespace, outer))
        gap = " " if self._long else ""
        children = [child for child in element if isinstance(child.tag, str)]
        if not children and not element.text:
            yield f"{tag}{gap}></{name}{gap}>" if self._long else f"{tag}/>"
            return
        yield f"{tag}{gap}>"
        if children:
            yield from self._children(children, namespace, depth)
        else:
            yield from self._characters(element.text or "")
        yield f"</{name}{gap}>"

    def _children(self, children: list[etree._Element], namespace: str | None, depth: int) -> Iterator[str]:
        for child in children:
            if self._comments:
                yield "<!-- next -->"
            if self._lines:
                yield "\n" + "\t" * (depth + 1)
            yield from self._element(child, namespace, depth + 1)
        if self._lines:
            yield "\n" + "\t" * depth

    def _attributes(self, element: etree._Element, namespace: str | None, outer: str | None) -> Iterator[str]:
        quote = "'" if self._long else '"'
        written = [
            f"{self._attribute_name(str(name))}={quote}{_escaped(str(value), quote)}{quote}"
            for name, value in element.attrib.items()
        ]
        if namespace != outer:
            # A default namespace is taken away by an empty one; a prefix cannot be.
            if not self._prefixed or namespace is None:
                declared = f"xmlns={quote}{namespace or ''}{quote}"
            else:
                declared = f"xmlns:{PREFIX}={quote}{namespace}{quote}"
            if not (self._prefixed and namespace is None):
                written.append(declared)
        yield from reversed(written) if self._long else written

    def _attribute_name(self, name: str) -> str:
        qualified = etree.QName(name)
        return f"xml:{qualified.localname}" if qualified.namespace == XML_NAMESPACE else qualified.localname

    def _characters(self, text: str) -> Iterator[str]:
        middle = len(text) // 2
        yield from self._run(text[:middle])
        if self._comments:
            yield "<!-- within --><?server here?>"
        yield from self._run(text[middle:])

    def _run(self, text: str) -> Iterator[str]:
        if self._text == "cdata" and (text.isascii() or self._encoding != "us-ascii") and "\r" not in text:
            yield f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"
        elif self._text == "references":
            forms = itertools.cycle(("&#{};", "&#x{:x};", "&#x{:X};"))
            yield from (form.format(ord(character)) for character, form in zip(text, forms, strict=False))
        else:
            yield _escaped(text, "")


def _escaped(text: str, quote: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    if quote:
        escaped = escaped.replace(quote, f"&#{ord(quote)};").replace("\n", "&#10;").replace("\t", "&#9;")
    return escaped
