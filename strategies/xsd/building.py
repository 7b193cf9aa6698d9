"""A plan and a source of decisions become a document."""

from __future__ import annotations

from math import inf

from strategies.xsd.plans import ElementPlan, Particle, Plan, Shape
from strategies.xsd.simple import Named, Values
from strategies.xsd.tape import ZEROS, Source
from strategies.xsd.tree import XSI_NIL, XSI_TYPE, Element, local_of

DEEP = 16  # below this many ancestors only what must be there
MANY = 300  # behind this many elements only what must be there
MORE = (0, 1, 1, 2, 2, 3, 5, 8)  # how many more of something than there must be
TEXTS = ("text", " ", "a < b & c", "\n  ", "\u540d\u524d")


class Builder:
    """Builds one document.

    Attributes:
        identifiers: the values of xs:ID so far.
        dangling: whether something must refer to an xs:ID and there is none.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._elements = 0
        self.identifiers: list[str] = []
        self.dangling = False
        self._references: list[tuple[Element, str | None, Values]] = []

    def document(self, plan: Plan) -> Element:
        """The root of a document."""
        root = self.element(self._source.pick(plan.roots), 0)
        for element, attribute, values in self._references:
            self._refer(element, attribute, values)
        return root

    def element(self, plan: ElementPlan, depth: int) -> Element:
        """An element with all that is in it."""
        self._elements += 1
        source = self._source if depth < DEEP and self._elements < MANY else ZEROS
        declaration = plan.declaration
        # A derived type named by xsi:type is the exception.
        shape = source.pick(plan.shapes) if len(plan.shapes) > 1 and not source.below(4) else plan.shapes[0]
        element = Element(plan.name, {}, [], declaration, shape.type)
        if shape.named:
            element.attributes[XSI_TYPE] = Named(shape.type.name or "")
        self._attributes(element, shape, source)
        if declaration.nillable and declaration.fixed is None and source.below(8) == 7:
            element.attributes[XSI_NIL] = "true"
        elif declaration.fixed is not None:
            element.content = [] if source.below(4) == 3 or not declaration.fixed else [declaration.fixed]
        elif declaration.default is not None and source.below(8) == 7:
            pass  # an empty element has its default value
        elif shape.values is not None:
            self._text(element, None, shape.values, source)
        elif shape.particle is not None:
            self._fill(element, shape.particle, source, depth)
            if shape.mixed:
                element.content = _mixed(element, source)
        return element

    def _attributes(self, element: Element, shape: Shape, source: Source) -> None:
        for attribute in shape.attributes:
            if attribute.required or source.below(2):
                if attribute.fixed is not None:
                    element.attributes[attribute.name] = attribute.fixed
                else:
                    self._text(element, attribute.name, attribute.values, source)
        if shape.strange_attributes and source.below(4) == 3:
            name, values = source.pick(shape.strange_attributes)
            if name not in element.attributes:
                element.attributes[name] = values.draw(source) if values else "anything"

    def _text(self, element: Element, attribute: str | None, values: Values, source: Source) -> None:
        text = values.draw(source)
        if values.identity == "ID":
            if text in self.identifiers:
                text = f"{text}{len(self.identifiers)}"
            self.identifiers.append(text)
        elif values.identity:
            self._references.append((element, attribute, values))
        if attribute is not None:
            element.attributes[attribute] = text
        elif text:
            element.content = [text]

    def _refer(self, element: Element, attribute: str | None, values: Values) -> None:
        if not self.identifiers:
            self.dangling = True
            return
        count = 1 if values.identity == "IDREF" else 1 + self._source.below(2)
        text = " ".join(self._source.pick(self.identifiers) for _ in range(count))
        if attribute is not None:
            element.attributes[attribute] = text
        else:
            element.content = [text]

    def _fill(self, element: Element, particle: Particle, source: Source, depth: int) -> None:
        for _ in range(_times(particle, source)):
            if particle.model == "sequence":
                for part in particle.parts:
                    self._fill(element, part, source, depth)
            elif particle.model == "choice":
                if particle.parts:
                    self._fill(element, source.pick(particle.parts), source, depth)
            elif particle.model == "all":
                rest = list(particle.parts)
                while rest:
                    self._fill(element, rest.pop(source.below(len(rest))), source, depth)
            elif particle.options:
                element.content.append(self.element(source.pick(particle.options), depth + 1))
            else:
                element.content.append(_strange(source.pick(particle.names)))


def _times(particle: Particle, source: Source) -> int:
    low, high = particle.low, particle.high
    if low == high or (particle.model in {"element", "wildcard"} and not particle.options and not particle.names):
        return low
    if particle.model == "sequence" and any(part.low and part.weight == inf for part in particle.parts):
        return low  # a branch that no finite document has
    if high - low == 1:
        return low + source.below(2)
    return low + int(min(MORE[source.below(8)], high - low))


def _strange(name: str) -> Element:
    return Element(name, {}, [local_of(name)])


def _mixed(element: Element, source: Source) -> list[Element | str]:
    content: list[Element | str] = []
    for item in [*element.children, None]:
        if source.below(4) == 3:
            content.append(source.pick(TEXTS))
        if item is not None:
            content.append(item)
    return content
