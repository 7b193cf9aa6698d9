"""A plan and somebody who decides become a document."""

from __future__ import annotations

from strategies.xsd.deciding import Decisions
from strategies.xsd.plans import ElementPlan, Particle, Plan, Shape
from strategies.xsd.simple import Named, Values
from strategies.xsd.tape import ZEROS, Source
from strategies.xsd.tree import XSI_NIL, XSI_TYPE, Element, local_of

DEEP = 12  # below this many ancestors only what must be there
MANY = 300  # behind this many elements only what must be there
TEXTS = ("text", " ", "a < b & c", "\n  ", "\u540d\u524d")


class Builder:
    """Builds one document.

    Attributes:
        identifiers: the values of xs:ID so far.
        dangling: whether something must refer to an xs:ID and there is none.
    """

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._elements = 0
        self.identifiers: list[str] = []
        self.dangling = False
        self._references: list[tuple[Element, str | None, Values, Source]] = []

    def document(self, plan: Plan) -> Element:
        """The root of a document."""
        root = self._decisions.root(plan.roots)
        document = self.element(root, 0, self._decisions.inside(root.shapes[0]))
        for element, attribute, values, source in self._references:
            self._refer(element, attribute, values, source)
        return document

    def element(self, plan: ElementPlan, depth: int, around: tuple[Source, Source]) -> Element:
        """An element with all that is in it; what decides it is drawn anew if it has elements inside."""
        self._elements += 1
        enough = depth >= DEEP or self._elements >= MANY
        structure, values = (ZEROS, ZEROS) if enough else around
        declaration = plan.declaration
        # A derived type named by xsi:type is the exception.
        several = len(plan.shapes) > 1 and (plan.shapes[0].named or structure.below(4) == 3)
        shape = structure.pick(plan.shapes) if several else plan.shapes[0]
        if shape.nested and depth and not enough:
            structure, values = self._decisions.inside(shape)
        element = Element(plan.name, {}, [], declaration, shape.type)
        if shape.named:
            element.attributes[XSI_TYPE] = Named(shape.type.name or "")
        self._attributes(element, shape, structure, values)
        if declaration.nillable and declaration.fixed is None and structure.below(8) == 7:
            element.attributes[XSI_NIL] = "true"
        elif declaration.fixed is not None:
            element.content = [] if structure.below(4) == 3 or not declaration.fixed else [declaration.fixed]
        elif declaration.default is not None and structure.below(8) == 7:
            pass  # an empty element has its default value
        elif shape.values is not None:
            self._text(element, None, shape.values, values)
        elif shape.particle is not None:
            self._fill(element, shape.particle, (structure, values), depth, enough=enough)
            if shape.mixed:
                element.content = _mixed(element, structure)
        return element

    def _attributes(self, element: Element, shape: Shape, structure: Source, values: Source) -> None:
        for attribute in shape.attributes:
            if attribute.required or structure.below(2):
                if attribute.fixed is not None:
                    element.attributes[attribute.name] = attribute.fixed
                else:
                    self._text(element, attribute.name, attribute.values, values)
        if shape.strange_attributes and structure.below(4) == 3:
            name, known = structure.pick(shape.strange_attributes)
            if name not in element.attributes:
                element.attributes[name] = known.draw(values) if known else "anything"

    def _text(self, element: Element, attribute: str | None, values: Values, source: Source) -> None:
        text = values.draw(source)
        if values.identity == "ID":
            if text in self.identifiers:
                text = f"{text}{len(self.identifiers)}"
            self.identifiers.append(text)
        elif values.identity:
            self._references.append((element, attribute, values, source))
        if attribute is not None:
            element.attributes[attribute] = text
        elif text:
            element.content = [text]

    def _refer(self, element: Element, attribute: str | None, values: Values, source: Source) -> None:
        if not self.identifiers:
            self.dangling = True
            return
        count = 1 if values.identity == "IDREF" else 1 + source.below(2)
        text = " ".join(source.pick(self.identifiers) for _ in range(count))
        if attribute is not None:
            element.attributes[attribute] = text
        else:
            element.content = [text]

    def _fill(
        self, element: Element, particle: Particle, around: tuple[Source, Source], depth: int, *, enough: bool
    ) -> None:
        if particle.nested and particle.high > particle.low:
            self._decisions.apart(lambda: self._repeat(element, particle, around, depth, enough=enough))
        else:
            self._repeat(element, particle, around, depth, enough=enough)

    def _repeat(
        self, element: Element, particle: Particle, around: tuple[Source, Source], depth: int, *, enough: bool
    ) -> None:
        structure = around[0]
        most = 0 if enough or particle.empty else particle.high - particle.low
        for _ in self._decisions.times(particle.low, most, structure, nested=particle.nested):
            if particle.model == "sequence":
                for part in particle.parts:
                    self._fill(element, part, around, depth, enough=enough)
            elif particle.model == "choice":
                if particle.parts:
                    self._fill(element, structure.pick(particle.parts), around, depth, enough=enough)
            elif particle.model == "all":
                rest = list(particle.parts)
                while rest:
                    part = rest.pop(structure.below(len(rest)))
                    self._fill(element, part, around, depth, enough=enough)
            elif particle.options:
                element.content.append(self.element(structure.pick(particle.options), depth + 1, around))
            else:
                name = structure.pick(particle.names)
                element.content.append(Element(name, {}, [local_of(name)]))


def _mixed(element: Element, source: Source) -> list[Element | str]:
    content: list[Element | str] = []
    for item in [*element.children, None]:
        if source.below(4) == 3:
            content.append(source.pick(TEXTS))
        if item is not None:
            content.append(item)
    return content
