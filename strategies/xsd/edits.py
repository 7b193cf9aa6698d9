"""Every way to break one rule at one place of a valid document."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

from xmlschema.validators import XsdAnyElement, XsdComplexType, XsdElement, XsdGroup, XsdSimpleType

from strategies.xsd.building import Builder
from strategies.xsd.deciding import Alone
from strategies.xsd.errors import Unsupported
from strategies.xsd.plans import Plan, plan
from strategies.xsd.rules import ATTRIBUTES, CHILDREN, VALUES
from strategies.xsd.simple import Values, values_of
from strategies.xsd.tape import ZEROS, Tape
from strategies.xsd.tree import XSI_NIL, XSI_TYPE, Element, child_paths, local_of, namespace_of, to_bytes, walk
from strategies.xsd.wrong_values import wrong_values

UNKNOWN = "Zq7Unknown"  # a name that no schema declares
ELSEWHERE = "urn:example:elsewhere"  # a namespace that no schema declares


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a document that should break one rule.

    Attributes:
        breaks: the rule, in the words of `strategies.xsd.near_misses`.
        where: the path of the element or attribute that is wrong.
        write: the changed document; the tree stays as it was.
    """

    breaks: str
    where: str
    write: Callable[[], bytes]


def edits(root: Element, within: str = "", only: str = "") -> Iterator[Edit]:
    """All edits of a document, or those at a path that starts with `within`, or those that break one rule."""
    identities = any(element.declaration.identities for _, element in walk(root) if element.declaration is not None)
    for path, element in walk(root):
        if element.declaration is None or not _reaches(path, within):
            continue
        changes = chain(_changes(path, element, only), _other_values(path, element) if identities else ())
        for breaks, where, content, attributes in changes:
            if where.startswith(within) and only in {"", breaks}:
                yield Edit(breaks, where, _Writing(root, element, content, attributes))
    if not within and only in {"", "root"}:
        yield Edit("root", f"/{UNKNOWN}", _Renaming(root, root, f"{root.name}{UNKNOWN}"))
    for path, element in walk(root) if only in {"", "namespace", "abstract"} else ():
        if element.declaration is not None and element is not root and path.startswith(within):
            yield from (edit for edit in _renamings(root, path, element) if only in {"", edit.breaks})


def _reaches(path: str, within: str) -> bool:
    return path.startswith(within) or within.startswith(path)


Content = list[Element | str]
Change = tuple[str, str, Content, dict[str, str]]


@dataclass(frozen=True, slots=True)
class _Writing:
    """Writes the document with other content and attributes in one element."""

    root: Element
    element: Element
    content: Content
    attributes: dict[str, str]

    def __call__(self) -> bytes:
        element, content, attributes = self.element, self.element.content, self.element.attributes
        element.content, element.attributes = self.content, self.attributes
        try:
            return to_bytes(self.root)
        finally:
            element.content, element.attributes = content, attributes


@dataclass(frozen=True, slots=True)
class _Renaming:
    """Writes the document with another name for one element."""

    root: Element
    element: Element
    name: str

    def __call__(self) -> bytes:
        name = self.element.name
        self.element.name = self.name
        try:
            return to_bytes(self.root)
        finally:
            self.element.name = name


def _changes(path: str, element: Element, only: str) -> Iterator[Change]:
    if not only or only in ATTRIBUTES:
        yield from _of_attributes(path, element)
    if element.attributes.get(XSI_NIL) == "true":
        yield from _in_nothing(path, element)
        return
    if not element.declaration.nillable:  # type: ignore[union-attr]
        yield "nillable", path, element.content, {**element.attributes, XSI_NIL: "true"}
    kind: Any = element.type
    simple = kind if isinstance(kind, XsdSimpleType) else kind.content
    if isinstance(simple, XsdSimpleType):
        if not only or only in VALUES or only == "children":
            yield from _of_text(path, element, simple)
    elif isinstance(kind, XsdComplexType) and (not only or only in CHILDREN):
        yield from _of_children(path, element, kind)


def _in_nothing(path: str, element: Element) -> Iterator[Change]:
    """Content, a valid one, in an element that says to have none."""
    kind: Any = element.type
    values = _values(kind.simple_type) if kind.simple_type is not None else None
    for text in _others(values, "") if values else ():
        yield "nil", path, [text], element.attributes


# Texts and attributes


def _values(simple: Any) -> Values | None:
    try:
        return values_of(simple)
    except Unsupported:
        return None


def _of_text(path: str, element: Element, simple: XsdSimpleType) -> Iterator[Change]:
    assert element.declaration is not None
    values = _values(simple)
    for breaks, text in _wrongs(values, element.declaration.fixed):
        if text or (element.declaration.default is None and element.declaration.fixed is None):
            yield breaks, path, [text] if text else [], element.attributes
    yield "children", f"{path}/{UNKNOWN}", [*element.content, Element(_sibling(element))], element.attributes


def _wrongs(values: Values | None, fixed: str | None) -> Iterator[tuple[str, str]]:
    if values is None:
        return
    if fixed is not None:
        yield from (("fixed", text) for text in _others(values, fixed))
        return
    for breaks, wrong in wrong_values(values).items():
        yield from ((breaks, text) for text in wrong)


def _others(values: Values, text: str) -> list[str]:
    """Some valid values other than one."""
    drawn = [values.draw(Tape(bytes([step]) * 8)) for step in range(1, 9)]
    return [other for other in dict.fromkeys(drawn) if other not in {text, ""}]


def _other_values(path: str, element: Element) -> Iterator[Change]:
    """Other valid values, text and attributes: break a reference to a key."""
    kind: Any = element.type
    values = _values(kind.simple_type) if kind.simple_type is not None else None
    for text in _others(values, element.text) if values and not element.children else ():
        yield "unique", path, [text], element.attributes
    declared = kind.attributes if isinstance(kind, XsdComplexType) else {}
    for name, old in element.attributes.items():
        known = _values(declared[name].type) if name in declared else None
        for text in _others(known, old) if known else ():
            yield "unique", f"{path}/@{local_of(name)}", element.content, {**element.attributes, name: text}


def _of_attributes(path: str, element: Element) -> Iterator[Change]:
    kind: Any = element.type
    declared = kind.attributes if isinstance(kind, XsdComplexType) else {}
    for name, attribute in declared.items():
        if name is None:
            continue
        where, rest = f"{path}/@{local_of(name)}", {k: v for k, v in element.attributes.items() if k != name}
        if attribute.use == "prohibited":
            values = _values(attribute.type)
            if values:
                yield "prohibited attribute", where, element.content, {**rest, name: values.draw(Tape(b"\1\1"))}
            continue
        if name not in element.attributes:
            continue
        if attribute.use == "required":
            yield "required attribute", where, element.content, rest
        for breaks, text in _wrongs(_values(attribute.type), attribute.fixed):
            yield breaks, where, element.content, {**rest, name: text}
    yield "unknown attribute", f"{path}/@{UNKNOWN}", element.content, {**element.attributes, UNKNOWN: "surplus"}
    if XSI_TYPE in element.attributes and getattr(element.declaration.type, "abstract", False):  # type: ignore[union-attr]
        rest = {name: value for name, value in element.attributes.items() if name != XSI_TYPE}
        yield "abstract", path, element.content, rest


# Children


def _of_children(path: str, element: Element, kind: XsdComplexType) -> Iterator[Change]:
    content, attributes = element.content, element.attributes
    places = [index for index, item in enumerate(content) if isinstance(item, Element)]
    paths = _paths(path, element)
    for index in places:
        child = content[index]
        yield "minOccurs", paths[index], [*content[:index], *content[index + 1 :]], attributes
        yield "maxOccurs", paths[index], [*content[: index + 1], child, *content[index + 1 :]], attributes
    for first, second in pairwise(places):
        one, other = content[first], content[second]
        if isinstance(one, Element) and isinstance(other, Element) and one.name != other.name:
            swapped = [*content[:first], other, *content[first + 1 : second], one, *content[second + 1 :]]
            yield "order", paths[second], swapped, attributes
    unknown = Element(_sibling(element), {}, ["surplus"])
    for index in dict.fromkeys([len(content), *places]):
        yield "unknown element", f"{path}/{UNKNOWN}", [*content[:index], unknown, *content[index:]], attributes
    if not kind.mixed:
        yield "text", path, [*content, "text"], attributes
    for other in _other_branches(element, kind):
        for index in dict.fromkeys([len(content), *places]):
            yield "choice", f"{path}/{local_of(other.name)}", [*content[:index], other, *content[index:]], attributes
    yield from _same_again(element, paths)


def _paths(path: str, element: Element) -> dict[int, str]:
    """The path of each child, by its index in the content."""
    places = [index for index, item in enumerate(element.content) if isinstance(item, Element)]
    return dict(zip(places, child_paths(path, element), strict=True))


def _sibling(element: Element) -> str:
    """An unknown name in the namespace of an element."""
    space = namespace_of(element.name)
    return f"{{{space}}}{UNKNOWN}" if space else UNKNOWN


def _other_branches(element: Element, kind: XsdComplexType) -> Iterator[Element]:
    """The simplest instance of each element of a choice in the content that is not there."""
    present = {child.name for child in element.children}
    yield from (branch for branch in _branches(kind) if branch.name not in present)


@lru_cache(maxsize=1024)
def _branches(kind: XsdComplexType) -> tuple[Element, ...]:
    found = [one for one in _of_choices(kind.content, inside=False) if not one.abstract]
    try:
        ready = plan(found).roots if found else []
    except Unsupported:
        return ()
    return tuple(Builder(Alone(ZEROS)).document(Plan([root], whole=False)) for root in ready)


def _of_choices(group: Any, *, inside: bool) -> Iterator[XsdElement]:
    if not isinstance(group, XsdGroup):
        return
    inside = inside or (group.model == "choice" and group.max_occurs == 1)  # where it repeats, both may stand
    for item in group:
        if isinstance(item, XsdGroup):
            yield from _of_choices(item, inside=inside)
        elif inside and not isinstance(item, XsdAnyElement):
            yield item


def _same_again(element: Element, paths: dict[int, str]) -> Iterator[Change]:
    """The value of an earlier sibling in a later one, text and attributes: breaks what must be unique."""
    earlier: dict[str, Element] = {}
    for index, item in enumerate(element.content):
        if not isinstance(item, Element):
            continue
        first = earlier.setdefault(item.name, item)
        if first is item:
            continue
        if first.text != item.text and not first.children and not item.children:
            same = Element(item.name, item.attributes, first.content, item.declaration, item.type)
            yield "unique", paths[index], _with(element, index, same), element.attributes
        for name, value in item.attributes.items():
            if first.attributes.get(name, value) != value:
                attributes = {**item.attributes, name: first.attributes[name]}
                same = Element(item.name, attributes, item.content, item.declaration, item.type)
                yield "unique", f"{paths[index]}/@{local_of(name)}", _with(element, index, same), element.attributes


def _with(element: Element, index: int, item: Element) -> Content:
    return [*element.content[:index], item, *element.content[index + 1 :]]


def _renamings(root: Element, path: str, element: Element) -> Iterator[Edit]:
    local, space = local_of(element.name), namespace_of(element.name)
    yield Edit("namespace", path, _Renaming(root, element, f"{{{ELSEWHERE}}}{local}"))
    if space:
        yield Edit("namespace", path, _Renaming(root, element, local))
    head = getattr(element.declaration, "substitution_group", None)
    if head and element.declaration is not None and element.declaration.maps.elements[head].abstract:
        yield Edit("abstract", path, _Renaming(root, element, head))
