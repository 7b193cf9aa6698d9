"""XML that bites: a right document rewritten so that a careless reader reads files, asks addresses or wears itself out.

Every case is made from a well-formed document without a document type, in UTF-8, in which a mark stands once as the
text of an element. Section numbers are those of XML 1.0 (Fifth Edition).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

DECLARATION = re.compile(rb"\A<\?xml[^>]*\?>\s*")
ROOT = re.compile(rb"<([A-Za-z_][\w.-]*)")
ATTRIBUTE = re.compile(rb"""\A<[\w.-]+\s+(([\w.-]+)\s*=\s*(?:"[^"]*"|'[^']*'))""")
DEEP = 20_000  # elements inside each other
LONG = 1_000_000  # characters of an attribute
MANY = 5_000  # attributes of one element


class Lure(Protocol):
    """What nobody may read."""

    @property
    def file_uri(self) -> str:
        """Of a file."""

    @property
    def url(self) -> str:
        """Over HTTP."""


class Kind(StrEnum):
    """What a document is out for."""

    OUTSIDE = "names something outside itself"
    EXHAUSTING = "costs much to read"
    MALFORMED = "is not well-formed"
    UNUSUAL = "is well-formed and unusual"


@dataclass(frozen=True, slots=True)
class Hostile:
    """One hostile document.

    Attributes:
        name: what it does, in a few words.
        kind: what it is out for.
        body: its bytes.
        meaning: the text that XML gives to the element with the mark; None where a reader may differ or none is given.
    """

    name: str
    kind: Kind
    body: bytes
    meaning: str | None = None

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Original:
    """The right document of which every case is made.

    Attributes:
        bare: well-formed, in UTF-8, without XML declaration and document type.
        mark: stands in it once, as the text of an element.
        root: name of the root element.
    """

    bare: bytes
    mark: bytes
    root: bytes

    @classmethod
    def of(cls, document: bytes, mark: str) -> Original:
        """A document with a mark of ASCII letters and digits.

        Raises:
            ValueError: the document has no root, or the mark does not stand in it once.
        """
        bare = DECLARATION.sub(b"", document)
        root, wanted = ROOT.search(bare), mark.encode("ascii")
        if root is None or bare.count(wanted) != 1:
            raise ValueError("there must be a root and one mark")
        return cls(bare, wanted, root[1])

    def with_text(self, text: bytes) -> bytes:
        """The document with another text at the mark."""
        return self.bare.replace(self.mark, text)

    def declared(self, declarations: str, text: bytes) -> bytes:
        """The document with a document type and another text at the mark."""
        return b"<!DOCTYPE " + self.root + b" [" + declarations.encode() + b"]>" + self.with_text(text)

    def with_attributes(self, attributes: bytes) -> bytes:
        """The document with more attributes of its root."""
        return ROOT.sub(lambda found: found[0] + b" " + attributes, self.bare, count=1)


def outside(made: Original, lure: Lure) -> Iterator[Hostile]:
    """External entities, document types, inclusions and hints (sections 4.2.2, 4.4.3, 2.8)."""
    for what, uri in (("a file", lure.file_uri), ("an address", lure.url)):
        yield Hostile(
            f"an external entity that is {what}", Kind.OUTSIDE, made.declared(f'<!ENTITY x SYSTEM "{uri}">', b"&x;")
        )
        yield Hostile(
            f"an external entity with a public id that is {what}",
            Kind.OUTSIDE,
            made.declared(f'<!ENTITY x PUBLIC "-//X//Y//EN" "{uri}">', b"a&x;b"),
        )
        yield Hostile(
            f"a parameter entity that is {what}",
            Kind.OUTSIDE,
            made.declared(f'<!ENTITY % p SYSTEM "{uri}"> %p;', b"&canary;"),
        )
        doctype = b"<!DOCTYPE " + made.root + f' SYSTEM "{uri}">'.encode()
        yield Hostile(f"a document type that is {what}", Kind.OUTSIDE, doctype + made.with_text(b"&canary;"))
        yield Hostile(f"a document type that is {what}, unused", Kind.OUTSIDE, doctype + made.bare)
        include = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" parse="text" href="{uri}"/>'
        yield Hostile(f"an inclusion of {what}", Kind.OUTSIDE, made.with_text(include.encode()))
        hint = f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:noNamespaceSchemaLocation="{uri}"'
        yield Hostile(f"a hint that the schema is {what}", Kind.OUTSIDE, made.with_attributes(hint.encode()))
        style = f'<?xml-stylesheet type="text/xsl" href="{uri}"?>'
        yield Hostile(f"a stylesheet that is {what}", Kind.OUTSIDE, style.encode() + made.bare)
    yield Hostile(
        "an external entity in an attribute",
        Kind.OUTSIDE,
        b"<!DOCTYPE "
        + made.root
        + f' [<!ENTITY x SYSTEM "{lure.file_uri}">]>'.encode()
        + made.with_attributes(b'Zq7="&x;"'),
    )


def exhausting(made: Original) -> Iterator[Hostile]:
    """Documents that are small or moderate and cost a careless reader much."""
    laughs = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield Hostile("a billion laughs", Kind.EXHAUSTING, made.declared(laughs, b"&l9;"))
    blow_up = f'<!ENTITY a "{"a" * 50_000}">'
    yield Hostile("a quadratic blow-up", Kind.EXHAUSTING, made.declared(blow_up, b"&a;" * 10_000))
    loop = '<!ENTITY a "&b;"><!ENTITY b "&a;">'
    yield Hostile("entities that contain each other", Kind.EXHAUSTING, made.declared(loop, b"&a;"))
    parameters = '<!ENTITY % a "<!ENTITY b &#39;x&#39;>"> %a; %a; %a;'
    yield Hostile("parameter entities", Kind.EXHAUSTING, made.declared(parameters, b"&b;"))
    for depth in (200, 2_000, DEEP):
        nested = b"<a>" * depth + b"</a>" * depth
        yield Hostile(f"{depth} elements inside each other", Kind.EXHAUSTING, made.with_text(nested))
    yield Hostile("elements inside each other that never end", Kind.EXHAUSTING, made.with_text(b"<a>" * DEEP))
    yield Hostile("a huge attribute", Kind.EXHAUSTING, made.with_attributes(b'Zq7="' + b"a" * LONG + b'"'))
    many = b" ".join(b'z%d="v"' % number for number in range(MANY))
    yield Hostile(f"{MANY} attributes", Kind.EXHAUSTING, made.with_attributes(many))
    spaces = b" ".join(b'xmlns:n%d="urn:n:%d"' % (number, number) for number in range(1_000))
    yield Hostile("a thousand namespaces", Kind.EXHAUSTING, made.with_attributes(spaces))
    yield Hostile("an element with a huge name", Kind.EXHAUSTING, made.with_text(b"<" + b"n" * 100_000 + b"/>"))
    yield Hostile("a huge comment", Kind.EXHAUSTING, b"<!--" + b"c" * LONG + b"-->" + made.bare)


def malformed(made: Original) -> Iterator[Hostile]:
    """Documents with a fatal error that lenient readers overlook (sections 2.1, 2.2, 2.6, 2.8, 3.1, 4.1, 4.3.3)."""

    def case(name: str, body: bytes) -> Hostile:
        return Hostile(name, Kind.MALFORMED, body)

    mark = made.mark
    # An attribute that belongs there: one that nobody knows would be refused for that.
    first = ATTRIBUTE.search(made.bare)
    if first is not None:
        yield case("an attribute twice, the same", made.with_attributes(first[1]))
        yield case("an attribute twice", made.with_attributes(first[2] + b'="0"'))
    yield case("a reference to no entity", made.with_text(mark + b"&zq7;"))
    yield case("a reference to the character 0", made.with_text(mark + b"&#0;"))
    yield case("a reference to a surrogate", made.with_text(mark + b"&#xD800;"))
    yield case("a control character", made.with_text(mark + b"\x01"))
    yield case("an XML declaration inside", made.with_text(b'<?xml version="1.0"?>' + mark))
    yield case("an XML declaration behind a blank", b' <?xml version="1.0"?>' + made.bare)
    yield case("the end of a CDATA section in a text", made.with_text(mark + b"]]>"))
    yield case("a CDATA section that never ends", made.with_text(b"<![CDATA[" + mark))
    yield case("two hyphens in a comment", made.with_text(b"<!-- -- -->" + mark))
    yield case("two roots", made.bare + made.bare)
    yield case("an attribute without quotation marks", made.with_attributes(b"Zq7=1"))
    yield case("a less-than sign in an attribute", made.with_attributes(b'Zq7="<"'))
    yield case("an overlong form of a character", made.with_text(mark + b"\xc0\xbc"))
    yield case(
        "bytes of Latin-1 declared as UTF-8", b'<?xml version="1.0" encoding="UTF-8"?>' + made.with_text(mark + b"\xe9")
    )
    unknown = b'<?xml version="1.0" encoding="x-zq7xvj"?>'
    yield case("an encoding that nobody knows", unknown + made.with_text(mark + "é".encode()))


def unusual(made: Original) -> Iterator[Hostile]:
    """Documents that a reader may refuse, but not misunderstand (sections 2.4, 2.5, 2.6, 2.7, 2.11, 4.3.3, 4.4)."""

    def case(name: str, body: bytes, meaning: str) -> Hostile:
        return Hostile(name, Kind.UNUSUAL, body, meaning)

    mark, text = made.mark, made.mark.decode("ascii")
    accented = made.with_text(mark + "é".encode()).decode("utf-8")
    head = '<?xml version="1.0" encoding="{}"?>'
    yield case("an internal entity", made.declared('<!ENTITY x "middle">', mark + b"&x;end"), f"{text}middleend")
    twice = '<!ENTITY x "first"><!ENTITY x "second">'
    yield case("an internal entity declared twice", made.declared(twice, mark + b"&x;"), f"{text}first")
    yield case("entities in entities", made.declared('<!ENTITY y "z"><!ENTITY x "&y;&y;">', mark + b"&x;"), f"{text}zz")
    escaped = '<!ENTITY x "&#38;lt;">'
    yield case("an internal entity that is markup", made.declared(escaped, mark + b"&x;"), f"{text}<")
    yield case("an instruction inside a text", made.with_text(mark + b"<?php echo 'x'; ?>end"), f"{text}end")
    yield case("a comment inside a text", made.with_text(mark + b"<!-- no --> end"), f"{text} end")
    yield case("CDATA sections", made.with_text(b"<![CDATA[" + mark + b"]]><![CDATA[ & <x>]]>"), f"{text} & <x>")
    yield case("an end of CDATA in two sections", made.with_text(mark + b"<![CDATA[]]]]><![CDATA[>]]>"), f"{text}]]>")
    yield case("line ends of another system", made.with_text(mark + b"\r\nx\ry"), f"{text}\nx\ny")
    yield case("a carriage return by reference", made.with_text(mark + b"&#13;x"), f"{text}\rx")
    yield case("a reference to an astral character", made.with_text(mark + b"&#x1F642;"), f"{text}\U0001f642")
    yield case("a byte order mark", b"\xef\xbb\xbf" + accented.encode(), f"{text}é")
    yield case("UTF-16", (head.format("UTF-16") + accented).encode("utf-16"), f"{text}é")
    yield case("Latin-1", (head.format("ISO-8859-1") + accented).encode("latin-1"), f"{text}é")
    yield case("a namespace that nothing uses", made.with_attributes(b'xmlns:zq7="urn:zq7"'), text)
    if b" xmlns=" not in made.bare:
        yield case("no default namespace, said aloud", made.with_attributes(b'xmlns=""'), text)
    yield case("a blank at the end of a tag", re.sub(rb"</([\w.-]+)>", rb"</\1 \n>", made.bare), text)
    yield case("an instruction before the root", b"<?zq7 xvj?>" + made.bare, text)
