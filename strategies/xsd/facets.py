"""What restricts a simple type, gathered along its derivation (XML Schema Part 2, section 4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf

from xmlschema.names import XSD_NAMESPACE
from xmlschema.validators import XsdAtomicBuiltin, XsdComplexType, XsdList, XsdSimpleType, XsdUnion
from xmlschema.validators.facets import XsdEnumerationFacets, XsdFacet, XsdPatternFacets


@dataclass(frozen=True, slots=True)
class Bound:
    """An end of a range, as the schema writes it."""

    text: str
    inclusive: bool


@dataclass(slots=True)
class Facets:
    """The facets in force; of one that several steps of a derivation have, the last step's.

    Attributes:
        shortest, longest: in characters, octets or items.
        patterns: of each step that has any, the last first; a value matches one of each step.
        enumeration: the texts that the schema lists.
        other: names of further facets, such as `assertion` or `explicitTimezone`.
    """

    shortest: int = 0
    longest: float = inf
    low: Bound | None = None
    high: Bound | None = None
    total_digits: int | None = None
    fraction_digits: int | None = None
    patterns: list[list[str]] = field(default_factory=list)
    enumeration: list[str] | None = None
    other: set[str] = field(default_factory=set)


def steps(simple: XsdSimpleType) -> Iterator[XsdSimpleType]:
    """A type, its base and so on, down to a built-in type, a list or a union."""
    current: XsdSimpleType = simple
    while True:
        yield current
        base = current.base_type
        if isinstance(current, XsdAtomicBuiltin) or base is None:
            return
        current = base.content if isinstance(base, XsdComplexType) else base  # type: ignore[assignment]


def local(name: str | None) -> str:
    """A name without its namespace."""
    return (name or "").rpartition("}")[2]


def builtin_name(simple: XsdSimpleType) -> str:
    """The local name of the built-in type that a type comes from; empty for lists and unions."""
    for step in steps(simple):
        if isinstance(step, XsdList | XsdUnion):
            return ""
        if isinstance(step, XsdAtomicBuiltin) or step.base_type is None:
            return local(step.name) if (step.name or "").startswith(f"{{{XSD_NAMESPACE}}}") else ""
    return ""


def facets_of(simple: XsdSimpleType) -> Facets:
    """The facets of a type that is not built in, taken together."""
    found = Facets()
    seen: set[str] = set()
    for step in steps(simple):
        if isinstance(step, XsdAtomicBuiltin):
            break
        for name, facet in step.facets.items():
            kind = local(name)
            if isinstance(facet, XsdPatternFacets):
                found.patterns.append(list(facet.regexps))
            elif kind and kind not in seen:
                seen.add(kind)
                _note(found, kind, facet)
    return found


def _note(found: Facets, kind: str, facet: object) -> None:
    if isinstance(facet, XsdEnumerationFacets):
        found.enumeration = [str(item.get("value", "")) for item in facet]
        return
    text = str(facet.elem.get("value", "")) if isinstance(facet, XsdFacet) and facet.elem is not None else ""
    match kind:
        case "length":
            found.shortest = found.longest = int(text)
        case "minLength":
            found.shortest = max(found.shortest, int(text))
        case "maxLength":
            found.longest = min(found.longest, int(text))
        case "minInclusive" | "minExclusive":
            found.low = found.low or Bound(text, kind == "minInclusive")
        case "maxInclusive" | "maxExclusive":
            found.high = found.high or Bound(text, kind == "maxInclusive")
        case "totalDigits":
            found.total_digits = int(text)
        case "fractionDigits":
            found.fraction_digits = int(text)
        case "whiteSpace":
            pass
        case _:
            found.other.add(kind)
