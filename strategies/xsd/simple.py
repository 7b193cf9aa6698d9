"""Values of simple types, built in or derived, as the texts that stand in a document."""

from __future__ import annotations

from functools import lru_cache, partial

from xmlschema.validators import XsdSimpleType, XsdUnion

from strategies.xsd.errors import Unsupported
from strategies.xsd.facets import Facets, builtin_name, facets_of, local, steps
from strategies.xsd.numbers import INTEGERS, Draw, decimals, floats
from strategies.xsd.patterns import Part, parse, sample
from strategies.xsd.tape import Dice, Source
from strategies.xsd.texts import NAMES, addresses, names, octets, strings
from strategies.xsd.times import KINDS, durations, moments

TRIES = 3  # draws of a value before one of those found ahead is taken
AHEAD = 1500  # draws that look for values ahead
KEPT = 24
TEXTUAL = {"string", "normalizedString", "token", "anySimpleType", "anyAtomicType", *NAMES}
ITEMS = 3  # items of a list beyond those that it must have


class Named(str):
    """A qualified name as `{namespace}local`; whoever writes the document chooses its prefix."""

    __slots__ = ()


class Prefixed(str):
    """A qualified name with the prefix that the schema gives it, for xmlschema compares names as they are written.

    Attributes:
        namespace: that the prefix stands for.
    """

    namespace: str

    def __new__(cls, text: str, namespace: str) -> Prefixed:
        """A name."""
        new = super().__new__(cls, text)
        new.namespace = namespace
        return new


class Values:
    """Values of one simple type.

    Attributes:
        simple: the type.
        builtin: the local name of the built-in type that it comes from; empty for lists and unions.
        any_script: whether all of it is text; numbers are of ASCII, though xmlschema takes digits of any script.
        identity: "ID", "IDREF" or "IDREFS" where values speak of each other, otherwise empty.

    Raises:
        Unsupported: no value was found, or the type is one for which none is looked for.
    """

    any_script: bool

    def __init__(self, simple: XsdSimpleType) -> None:
        self.simple = simple
        self.builtin = builtin_name(simple)
        self.facets = facets_of(simple)
        self.identity = _identity(simple)
        self.any_script = self.builtin in TEXTUAL if self.builtin else all(one.any_script for one in self.members())
        self._draw = self._drawing()
        self._exact = self._is_exact()
        if self.facets.enumeration is not None:
            self._ahead = [text for text in self._enumerated(self.facets.enumeration) if self.is_valid(text)]
        else:
            self._ahead = [] if self._exact else self._look_ahead()
        if not self._exact and not self._ahead:
            raise Unsupported("a simple type of which no value was found", str(simple))

    def draw(self, source: Source) -> str:
        """A valid value."""
        if self._exact:
            return self._draw(source)
        if self.facets.enumeration is None:
            for _ in range(TRIES):
                value = self._draw(source)
                if self.is_valid(value):
                    return value
        return source.pick(self._ahead)

    def is_valid(self, text: str) -> bool:
        """Whether a text is a value of the type, to xmlschema and, where it takes digits of any script, to us."""
        if isinstance(text, Prefixed):
            return True
        return (text.isascii() or self.any_script) and bool(self.simple.text_is_valid(text))

    def _is_exact(self) -> bool:
        """Whether what is drawn needs no look by the validator."""
        facets = self.facets
        if facets.patterns or facets.other or self.builtin in {"", "duration", "dateTimeStamp"}:
            return False
        return facets.enumeration is None and not ((facets.low or facets.high) and self.builtin not in INTEGERS)

    def _look_ahead(self) -> list[str]:
        dice, found = Dice(), dict[str, None]()
        # A pattern of a date says little about dates: then values of the type are tried against the pattern.
        for draw in (self._draw, self.unpatterned() if self.facets.patterns else self._draw):
            for _ in range(AHEAD):
                value = draw(dice)
                if value not in found and self.is_valid(value):
                    found[value] = None
                    if len(found) == KEPT:
                        break
        return sorted(found, key=lambda value: (len(value), value))

    def _drawing(self) -> Draw:
        facets = self.facets
        if facets.enumeration is not None:
            return partial(_pick, facets.enumeration)
        if facets.patterns:
            parts = [parse(regex) for regex in facets.patterns[0]]
            return partial(_sample, parts, facets)
        return self.unpatterned()

    def unpatterned(self) -> Draw:
        """Draws values of the type that it comes from, of the lengths and in the range that it asks for."""
        facets = self.facets
        if self.builtin:
            return self._atomic(facets)
        members = self.members()
        if self.simple.variety == "list":
            return _list(members[0], facets)
        return lambda source: source.pick(members).draw(source)

    def members(self) -> list[Values]:
        """The items of a list, the members of a union."""
        base = [*steps(self.simple)][-1]
        if isinstance(base, XsdUnion):
            return [values_of(member) for member in base.member_types]
        return [values_of(_items(base))]

    def _enumerated(self, texts: list[str]) -> list[str]:
        if self.builtin not in {"QName", "NOTATION"}:
            return texts
        spaces = self.simple.schema.namespaces
        return [Prefixed(text, spaces.get(text.rpartition(":")[0], "")) for text in map(str.strip, texts)]

    def _atomic(self, facets: Facets) -> Draw:
        name = self.builtin
        if name == "decimal" or name in INTEGERS:
            return decimals(name, facets)
        if name in NAMES:
            return names(name, facets)
        if name in KINDS:
            return moments(name, facets)
        match name:
            case "string" | "normalizedString" | "token" | "anySimpleType" | "anyAtomicType":
                spaces = {"normalizedString": "replace", "token": "collapse"}.get(name, "preserve")
                return strings(facets, self.simple.white_space or spaces)
            case "boolean":
                return partial(_pick, ["false", "true", "0", "1"])
            case "float" | "double":
                return floats(name, facets)
            case "duration" | "dayTimeDuration" | "yearMonthDuration":
                return durations(name, facets)
            case "anyURI":
                return addresses(facets)
            case "hexBinary" | "base64Binary":
                return octets(name, facets)
        raise Unsupported(f"xs:{name or 'anonymous built-in type'}", str(self.simple))


@lru_cache(maxsize=4096)
def values_of(simple: XsdSimpleType) -> Values:
    """The values of a type; made once for each type object.

    Raises:
        Unsupported: see `Values`.
    """
    return Values(simple)


def _pick(texts: list[str], source: Source) -> str:
    return source.pick(texts)


def _sample(parts: list[Part], facets: Facets, source: Source) -> str:
    return sample(source.pick(parts), source, facets.shortest, facets.longest)


def _list(items: Values, facets: Facets) -> Draw:
    most = int(min(facets.longest, facets.shortest + ITEMS))

    def draw(source: Source) -> str:
        size = facets.shortest + source.below(most - facets.shortest + 1)
        return " ".join(_one_word(items, source) for _ in range(size))

    return draw


def _one_word(items: Values, source: Source) -> str:
    """A value without blanks, which would make several of it."""
    for _ in range(TRIES):
        text = items.draw(source)
        if text and not any(letter.isspace() for letter in text):
            return text
    return "".join(text.split()) or "0"


def _items(simple: XsdSimpleType) -> XsdSimpleType:
    items: XsdSimpleType = simple.item_type  # type: ignore[attr-defined]
    return items


def _identity(simple: XsdSimpleType) -> str:
    base = [*steps(simple)][-1]
    if simple.variety == "list":
        return "IDREFS" if _identity(_items(base)) == "IDREF" else ""
    chain = {local(step.name) for step in steps(simple)}
    return "ID" if "ID" in chain else "IDREF" if "IDREF" in chain else ""
