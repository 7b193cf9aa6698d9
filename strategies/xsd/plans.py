"""What a declaration allows, read once from xmlschema's objects and kept in a form that is fast to follow.

Everything that can be reached from an element is read before anything is drawn, so what is unsupported is told at
once, and each choice is sorted by the number of elements that it needs at least: the first is the simplest, and a
recursive type comes to an end by taking first choices.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any

from xmlschema.names import XML_NAMESPACE, XSD_NAMESPACE, XSI_NAMESPACE
from xmlschema.validators import (
    XsdAnyElement,
    XsdAttribute,
    XsdComplexType,
    XsdElement,
    XsdGroup,
    XsdSimpleType,
)

from strategies.xsd.errors import Unsupported
from strategies.xsd.simple import Values, values_of
from strategies.xsd.tree import namespace_of

STRANGE = "urn:example:strange"  # a namespace that no schema declares


@dataclass(slots=True, eq=False)
class AttributePlan:
    """An attribute that an element may have."""

    name: str
    required: bool
    fixed: str | None
    values: Values


@dataclass(slots=True, eq=False)
class Particle:
    """Something that may stand in a content, and how often.

    Attributes:
        model: "element", "wildcard", "sequence", "choice" or "all".
        options: the elements that can stand here, for an element or a wildcard.
        names: of elements without a declaration that a wildcard lets in.
        parts: of a group.
        weight: how many elements it needs at least.
        nested: whether an element in it has elements itself.
        empty: whether it may not stand more often than it must, for nothing finite can.
    """

    low: int
    high: float
    model: str
    options: list[ElementPlan] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    parts: list[Particle] = field(default_factory=list)
    weight: float = inf
    nested: bool = False
    empty: bool = False

    def heavier(self) -> bool:
        """Works the weight out again; whether it changed."""
        before, self.weight = self.weight, self.low * once(self) if self.low else 0
        return before != self.weight


def once(particle: Particle) -> float:
    """How many elements it needs to stand there once."""
    if particle.model in {"sequence", "all"}:
        return sum(part.weight for part in particle.parts)
    if particle.model == "choice":
        return min((part.weight for part in particle.parts), default=0)
    return min([*(option.weight for option in particle.options), *(1 for _ in particle.names)], default=inf)


@dataclass(slots=True, eq=False)
class Shape:
    """A type that an element may have: its attributes and its content.

    Attributes:
        named: whether `xsi:type` must name it.
        nested: whether there can be elements inside.
        decisions: about how many bytes decide what is inside, but for what has elements itself.
        texts: about how many values are inside, but for what has elements itself.
    """

    type: XsdSimpleType | XsdComplexType
    named: bool
    attributes: list[AttributePlan] = field(default_factory=list)
    strange_attributes: list[tuple[str, Values | None]] = field(default_factory=list)
    values: Values | None = None
    particle: Particle | None = None
    mixed: bool = False
    weight: float = inf
    nested: bool = False
    decisions: int = 0
    texts: int = 0


@dataclass(slots=True, eq=False)
class ElementPlan:
    """An element: the types that it may have, and what else its declaration says."""

    declaration: XsdElement
    shapes: list[Shape] = field(default_factory=list)
    weight: float = inf

    @property
    def name(self) -> str:
        """Its expanded name."""
        return str(self.declaration.name)


@dataclass(slots=True)
class Plan:
    """All that can be reached from some roots.

    Attributes:
        roots: simplest first.
        whole: whether a document must be looked at as a whole: it has identity constraints, IDs or assertions.
    """

    roots: list[ElementPlan]
    whole: bool


def plan(roots: Iterable[XsdElement]) -> Plan:
    """The plan of documents with one of these roots.

    Raises:
        Unsupported: something in reach is of a kind that no documents are made for.
    """
    reader = _Reader()
    plans = [reader.element(root) for root in roots]
    if not plans:
        raise Unsupported("no global element that is not abstract", "the schema")
    reader.read_all()
    reader.weigh()
    finite = [root for root in plans if root.weight < inf]
    if not finite:
        raise Unsupported("an element that no finite document can have", ", ".join(root.name for root in plans))
    return Plan(sorted(finite, key=lambda root: root.weight), reader.whole)


class _Reader:
    def __init__(self) -> None:
        self.elements: dict[XsdElement, ElementPlan] = {}
        self.shapes: dict[tuple[Any, bool], Shape] = {}
        self.particles: list[Particle] = []
        self.unread: list[ElementPlan] = []
        self.whole = False

    def element(self, declaration: XsdElement) -> ElementPlan:
        if isinstance(declaration.ref, XsdElement):
            declaration = declaration.ref
        found = self.elements.get(declaration)
        if found is None:
            found = self.elements[declaration] = ElementPlan(declaration)
            self.unread.append(found)
        return found

    def read_all(self) -> None:
        while self.unread:
            found = self.unread.pop()
            declaration = found.declaration
            if declaration.alternatives:
                raise Unsupported("xs:alternative", str(declaration))
            self.whole = self.whole or bool(declaration.identities)
            found.shapes = [self.shape(kind, named) for kind, named in _types(declaration)]
            if not found.shapes:
                raise Unsupported("an abstract type without a type derived from it", str(declaration))

    def shape(self, kind: XsdSimpleType | XsdComplexType, named: bool) -> Shape:
        found = self.shapes.get((kind, named))
        if found is not None:
            return found
        found = self.shapes[kind, named] = Shape(kind, named)
        if isinstance(kind, XsdSimpleType):
            found.values = self.values(kind)
            return found
        self.whole = self.whole or bool(getattr(kind, "assertions", ()))
        for name, attribute in kind.attributes.items():
            if name is None:
                found.strange_attributes = list(self.strange_attributes(attribute))
            elif isinstance(attribute, XsdAttribute) and attribute.use != "prohibited":
                values = self.values(attribute.type)
                found.attributes.append(AttributePlan(name, attribute.use == "required", attribute.fixed, values))
        found.attributes.sort(key=lambda attribute: not attribute.required)
        if isinstance(kind.content, XsdSimpleType):
            found.values = self.values(kind.content)
        else:
            found.mixed = bool(kind.mixed)
            found.particle = self.group(kind.content)
        return found

    def values(self, simple: XsdSimpleType) -> Values:
        found = values_of(simple)
        self.whole = self.whole or bool(found.identity)
        return found

    def strange_attributes(self, wildcard: Any) -> Iterator[tuple[str, Values | None]]:
        declared = wildcard.maps.attributes
        if wildcard.process_contents != "strict":
            yield from ((name, None) for name in _strange_names(wildcard) if name not in declared)
            return
        for name, attribute in declared.items():
            # xmlschema always knows the attributes of these namespaces, imported or not.
            if namespace_of(name) not in {XSI_NAMESPACE, XML_NAMESPACE} and wildcard.is_matching(name):
                values = self.values(attribute.type)
                if values.identity != "ID":  # an element has at most one
                    yield name, values

    def group(self, group: XsdGroup) -> Particle:
        high = inf if group.max_occurs is None else group.max_occurs
        found = Particle(group.min_occurs, high, group.model)
        if high:
            found.parts = [self.particle(item) for item in group]
        self.particles.append(found)
        return found

    def particle(self, item: Any) -> Particle:
        if isinstance(item, XsdGroup):
            return self.group(item)
        high = inf if item.max_occurs is None else item.max_occurs
        found = Particle(item.min_occurs, high, "wildcard" if isinstance(item, XsdAnyElement) else "element")
        self.particles.append(found)
        if not high:
            return found
        if isinstance(item, XsdAnyElement):
            declared = item.maps.elements
            if item.process_contents == "strict":
                names = sorted(name for name in declared if namespace_of(name) != XSD_NAMESPACE)
                matching = [declared[name] for name in names if item.is_matching(name)]
                found.options = [self.element(one) for one in matching if not one.abstract]
            else:
                found.names = [name for name in _strange_names(item) if name not in declared]
        else:
            found.options = [self.element(one) for one in _substitutes(item)]
        if found.low and not found.options and not found.names:
            what = "xs:any" if found.model == "wildcard" else "an abstract element"
            raise Unsupported(f"{what} that nothing can stand for", str(item))
        return found

    def weigh(self) -> None:
        changed = True
        while changed:
            changed = False
            for shape in self.shapes.values():
                shape.weight = shape.particle.weight if shape.particle else 0
            for element in self.elements.values():
                weight = 1 + min(shape.weight for shape in element.shapes)
                changed, element.weight = changed or weight != element.weight, weight
            for particle in self.particles:
                changed = particle.heavier() or changed
        for element in self.elements.values():
            element.shapes = [shape for shape in element.shapes if shape.weight < inf]
        for particle in self.particles:
            if particle.model == "choice":
                particle.parts = sorted((part for part in particle.parts if part.weight < inf), key=_weight)
            particle.options = sorted((option for option in particle.options if option.weight < inf), key=_weight)
        self.measure()

    def measure(self) -> None:
        """Which shapes have elements inside, and how much there is to decide about them."""
        for shape in self.shapes.values():
            shape.nested = shape.particle is not None and any(True for _ in _leaves(shape.particle))
        for particle in self.particles:
            inside = [*_leaves(particle)]
            shapes = [shape for leaf in inside for option in leaf.options for shape in option.shapes]
            particle.nested = any(shape.nested for shape in shapes)
            particle.empty = once(particle) == inf
        for shape in self.shapes.values():
            leaves = [*_leaves(shape.particle)] if shape.particle else []
            inner = [leaf.options[0].shapes[0] for leaf in leaves if leaf.options and not leaf.nested]
            attributes = len(shape.attributes) + sum(len(one.attributes) for one in inner)
            shape.texts = min(24, attributes + len(inner) + (shape.values is not None) * 3)
            groups = 2 if shape.nested else 0
            shape.decisions = min(64, 2 * len(leaves) + attributes + groups + shape.mixed * 4 + 2)


def _leaves(particle: Particle) -> Iterator[Particle]:
    """The elements and wildcards of a content, without what is in those elements."""
    if particle.model in {"element", "wildcard"}:
        yield particle
    for part in particle.parts:
        yield from _leaves(part)


def _weight(item: Particle | ElementPlan) -> float:
    return item.weight


def _types(declaration: XsdElement) -> Iterator[tuple[Any, bool]]:
    """The types that an element can have, and whether `xsi:type` must name them; the declared one first."""
    declared: Any = declaration.type
    if not getattr(declared, "abstract", False):
        yield declared, False
    elif namespace_of(declared.name or "") == XSD_NAMESPACE:
        return
    if not isinstance(declared, XsdComplexType) or namespace_of(declared.name or "") == XSD_NAMESPACE:
        return
    for name, other in sorted(declaration.maps.types.items()):
        if other is declared or not isinstance(other, XsdComplexType) or namespace_of(name) == XSD_NAMESPACE:
            continue
        if not other.abstract and other.is_derived(declared) and not other.is_blocked(declaration):
            yield other, True


def _substitutes(item: XsdElement) -> list[XsdElement]:
    """The elements that can stand where one is declared: itself, and those of its substitution group."""
    head = item.ref if isinstance(item.ref, XsdElement) else item
    found = [] if head.abstract else [head]
    blocked = set(str(head.block).split())
    if item.ref is None or blocked & {"substitution", "#all"}:
        return found
    others = {str(other.name): other for other in item.iter_substitutes()}
    for _, other in sorted(others.items()):
        if not any(other.type.is_derived(head.type, way) for way in blocked & {"extension", "restriction"}):
            found.append(other)
    return found


def _strange_names(wildcard: Any) -> list[str]:
    """Names that a wildcard lets in and, most likely, no schema declares."""
    spaces = [STRANGE, "", str(wildcard.target_namespace), *sorted(wildcard.namespace)]
    names = [f"{{{space}}}strange" if space else "strange" for space in spaces if not space.startswith("##")]
    return [name for name in dict.fromkeys(names) if wildcard.is_matching(name)]
