"""Documents as trees that remember which declaration each element follows, and as bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from xmlschema.names import XML_NAMESPACE, XSI_NAMESPACE
from xmlschema.validators import XsdComplexType, XsdElement, XsdSimpleType

from strategies.xsd.simple import Named, Prefixed

XSI_NIL, XSI_TYPE = f"{{{XSI_NAMESPACE}}}nil", f"{{{XSI_NAMESPACE}}}type"


@dataclass(slots=True, eq=False)
class Element:
    """An element of a document.

    Attributes:
        name: expanded, as `{namespace}local`.
        content: texts and elements, in their order.
        declaration: that it follows; None inside of what a wildcard let in.
        type: that it has, after any `xsi:type`.
    """

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    content: list[Element | str] = field(default_factory=list)
    declaration: XsdElement | None = None
    type: XsdSimpleType | XsdComplexType | None = None

    @property
    def children(self) -> list[Element]:
        """The elements inside, in their order."""
        return [item for item in self.content if isinstance(item, Element)]

    @property
    def text(self) -> str:
        """The texts inside, joined."""
        return "".join(item for item in self.content if isinstance(item, str))

    def copy(self) -> Element:
        """A tree of its own, of the same declarations."""
        content = [item if isinstance(item, str) else item.copy() for item in self.content]
        return Element(self.name, dict(self.attributes), content, self.declaration, self.type)


def walk(element: Element, path: str = "") -> Iterator[tuple[str, Element]]:
    """Each element with its path, in document order: local names, and positions among siblings of the same name."""
    path = path or f"/{local_of(element.name)}"
    yield path, element
    for inner, child in zip(child_paths(path, element), element.children, strict=True):
        yield from walk(child, inner)


def child_paths(path: str, element: Element) -> list[str]:
    """The paths of the elements inside of one that has a path itself."""
    names = [local_of(child.name) for child in element.children]
    several = {name for name, count in Counter(names).items() if count > 1}
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(f"{path}/{name}[{seen[name]}]" if name in several else f"{path}/{name}")
    return found


def local_of(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def namespace_of(name: str) -> str:
    """The namespace of an expanded name; empty for none."""
    return name[1:].partition("}")[0] if name.startswith("{") else ""


class _Writer:
    """Gives prefixes while it writes; the namespace of the root is the default one unless something has none."""

    def __init__(self, root: Element) -> None:
        self.out: list[str] = []
        self.prefixes = {XML_NAMESPACE: "xml:", XSI_NAMESPACE: "xsi:"}
        self.used: dict[str, str] = {}
        self.declared: dict[str, str] = {}
        home = namespace_of(root.name)
        self.default = home if home and not _has_bare(root) else ""

    def qualified(self, name: str, *, attribute: bool = False) -> str:
        if not name.startswith("{"):
            return name
        uri, _, local = name[1:].partition("}")
        if not uri or (uri == self.default and not attribute):
            return local
        prefix = self.prefixes.get(uri)
        if prefix is None:
            prefix = self.prefixes[uri] = f"n{len(self.prefixes) - 1}:"
        if uri != XML_NAMESPACE:
            self.used[uri] = prefix
        return prefix + local

    def text(self, value: str) -> str:
        if isinstance(value, Named):
            return self.qualified(value)
        if isinstance(value, Prefixed) and ":" in value:
            self.declared[value.partition(":")[0]] = value.namespace
        return value

    def write(self, element: Element) -> None:
        name = self.qualified(element.name)
        self.out.append(f"<{name}")
        if element.attributes:
            for key, value in element.attributes.items():
                text = _escaped(self.text(value), _IN_ATTRIBUTE)
                self.out.append(f' {self.qualified(key, attribute=True)}="{text}"')
        if not element.content:
            self.out.append("/>")
            return
        self.out.append(">")
        for item in element.content:
            if isinstance(item, Element):
                self.write(item)
            else:
                self.out.append(_escaped(self.text(item), _IN_TEXT))
        self.out.append(f"</{name}>")


_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = {**_IN_TEXT, **str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})}


def _escaped(text: str, table: dict[int, str]) -> str:
    return text if text.isalnum() else text.translate(table)


def _has_bare(element: Element) -> bool:
    """Whether a name in the tree, of an element or in a text, has no namespace."""
    if not element.name.startswith("{"):
        return True
    texts = [*element.attributes.values(), *(item for item in element.content if isinstance(item, str))]
    if any(isinstance(text, Prefixed) and ":" not in text and not text.namespace for text in texts):
        return True
    return any(isinstance(item, Element) and _has_bare(item) for item in element.content)


def to_bytes(root: Element) -> bytes:
    """A document in UTF-8, without a declaration; white space only where it is content."""
    writer = _Writer(root)
    writer.write(root)
    spaces = [f' xmlns="{_escaped(writer.default, _IN_ATTRIBUTE)}"'] if writer.default else []
    prefixed = writer.declared | {prefix[:-1]: uri for uri, prefix in writer.used.items()}
    spaces += [f' xmlns:{prefix}="{_escaped(uri, _IN_ATTRIBUTE)}"' for prefix, uri in prefixed.items()]
    writer.out[0] += "".join(spaces)
    return "".join(writer.out).encode()
