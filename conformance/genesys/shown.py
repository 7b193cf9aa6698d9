"""What a query may show for one member of a profile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal, Protocol


class Absence(Enum):
    """The member that is not there."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT
NO_VALUE = frozenset({"absent", "null", "empty-array", "empty-text"})


class Expect(Protocol):
    """One state that a member may be in. `str()` of it is for a person."""

    def accepts(self, shown: Any) -> bool:
        """Whether a query of a profile in this state may show this."""


def no_value_form(shown: Any) -> str | None:
    """In which form a member without a value is shown, or None where it has one."""
    if shown is ABSENT:
        return "absent"
    if shown is None:
        return "null"
    return "empty-array" if shown == [] else None


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: `1` is not `true`, but `1` is `1.0`; records have no order."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        if any(isinstance(each, dict) for each in one):
            return matched([Exactly(each) for each in one], other)
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def matched(expected: Sequence[Expect], shown: Sequence[Any]) -> bool:
    """Whether every shown value can be given to one expectation of its own that accepts it, and none is left."""
    if len(expected) != len(shown):
        return False
    giver: dict[int, int] = {}

    def give(index: int, seen: set[int]) -> bool:
        for place, value in enumerate(shown):
            if place not in seen and expected[index].accepts(value):
                seen.add(place)
                if place not in giver or give(giver[place], seen):
                    giver[place] = index
                    return True
        return False

    return all(give(index, set()) for index in range(len(expected)))


@dataclass(frozen=True, slots=True)
class Anything:
    """Not known."""

    def accepts(self, shown: Any) -> bool:
        """Always."""
        return shown is shown  # noqa: PLR0124 - whatever it is

    def __str__(self) -> str:
        return "anything"


@dataclass(frozen=True, slots=True)
class Exactly:
    """As it was shown before."""

    value: Any

    def accepts(self, shown: Any) -> bool:
        """Equal, or without a value like before."""
        if no_value_form(self.value) is not None:
            return no_value_form(shown) is not None
        return same(self.value, shown)

    def __str__(self) -> str:
        return "nothing" if no_value_form(self.value) else f"{self.value!r}"


@dataclass(frozen=True, slots=True)
class Nothing:
    """No value, shown in one of some forms."""

    forms: frozenset[str] = NO_VALUE

    def accepts(self, shown: Any) -> bool:
        """In one of the forms."""
        return ("empty-text" if shown == "" else no_value_form(shown)) in self.forms

    def __str__(self) -> str:
        return f"no value ({' or '.join(sorted(self.forms))})"


@dataclass(frozen=True, slots=True)
class Values:
    """The values of an attribute.

    Attributes:
        items: for each value that was sent, the texts as which it may come back.
        many: it was sent as an array.
        shapes: options of the reading single-value-shape that are possible.
        orders: options of the reading multi-value-order that are possible.
    """

    items: tuple[frozenset[str], ...]
    many: bool
    shapes: frozenset[str]
    orders: frozenset[str]

    def accepts(self, shown: Any) -> bool:
        """In an order and a shape that are possible."""
        if isinstance(shown, str):
            return len(set(self.items)) == 1 and shown in self.items[0] and self._scalar()
        if not isinstance(shown, list) or not shown or not all(isinstance(each, str) for each in shown):
            return False
        return (len(shown) > 1 or self._array()) and any(self._ordered(shown, order) for order in self.orders)

    def _scalar(self) -> bool:
        one = len(self.items) == 1
        collapsed = not one and self.orders != {"order-kept"}
        kept = "preserve" in self.shapes and (collapsed or not self.many)  # several that became one may be either
        return (one or collapsed) and ("scalar" in self.shapes or kept)

    def _array(self) -> bool:
        return "array" in self.shapes or ("preserve" in self.shapes and self.many)

    def _ordered(self, shown: list[str], order: str) -> bool:
        wanted = self.items if order == "order-kept" else tuple(dict.fromkeys(self.items))
        if order != "primary-only-kept":
            return len(shown) == len(wanted) and all(each in item for each, item in zip(shown, wanted, strict=True))
        return (
            shown[0] in wanted[0]
            and len(shown) <= len(self.items)
            and all(any(each in item for item in wanted) for each in shown)
            and all(any(each in item for each in shown) for item in wanted)
        )

    def __str__(self) -> str:
        texts = ["/".join(sorted(item)) for item in self.items]
        return repr(texts) if self.many else repr(texts[0])


SAFE = 2**53 - 1
MIDNIGHT = "T00:00:00.000Z"
CellKind = Literal["exact", "number", "day", "any"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One attribute of a record: the values it may have, and whether it may have none."""

    values: tuple[Any, ...]
    empty: bool = False
    kind: CellKind = "exact"

    def accepts(self, shown: Any) -> bool:
        """One of the values, or none where it may have none."""
        if self.kind == "any":
            return True
        if shown is ABSENT or shown is None:
            return self.empty
        return any(self._equal(value, shown) for value in self.values)

    def _equal(self, value: Any, shown: Any) -> bool:
        if self.kind == "number" and isinstance(shown, str):
            try:
                return abs(float(shown) - float(value)) < 1e-9
            except ValueError:
                return False
        if self.kind == "day" and isinstance(shown, str):
            return shown.removesuffix(MIDNIGHT) == str(value).removesuffix(MIDNIGHT)
        if isinstance(value, int) and isinstance(shown, int | float) and abs(value) > SAFE:
            # Beyond it readers of JSON need not agree on a number (RFC 8259, section 6).
            return not isinstance(shown, bool) and float(shown) == float(value)
        return same(value, shown)

    def __str__(self) -> str:
        if self.kind == "any":
            return "anything"
        return " or ".join([*map(repr, self.values), *(["no value"] if self.empty else [])])


@dataclass(frozen=True, slots=True)
class Record:
    """One record: every attribute that its schema knows.

    Attributes:
        cells: what each may be.
        foreign: names that were sent and that the schema does not know; what else is shown is the server's own.
    """

    cells: tuple[tuple[str, Cell], ...]
    foreign: frozenset[str] = frozenset()

    def accepts(self, shown: Any) -> bool:
        """Every attribute as expected, and none that was sent and is unknown."""
        if not isinstance(shown, dict) or any(shown.get(name) is not None for name in self.foreign):
            return False
        return all(cell.accepts(shown.get(name, ABSENT)) for name, cell in self.cells)

    def __str__(self) -> str:
        return "{" + ", ".join(f"{name}: {cell}" for name, cell in self.cells) + "}"


@dataclass(frozen=True, slots=True)
class Records:
    """All records of an extension: one, or some in any order."""

    records: tuple[Record | Cell, ...]
    several: bool

    def accepts(self, shown: Any) -> bool:
        """The same records."""
        if not self.several:
            return self.records[0].accepts(shown) and shown is not ABSENT and shown is not None
        return isinstance(shown, list) and matched(self.records, shown)

    def __str__(self) -> str:
        told = ", ".join(map(str, self.records))
        return f"[{told}]" if self.several else told


@dataclass(frozen=True, slots=True)
class NoMark:
    """A classifier that is not set."""

    def accepts(self, shown: Any) -> bool:
        """Nothing, or that it is not."""
        return no_value_form(shown) is not None or shown is False

    def __str__(self) -> str:
        return "no mark"


@dataclass(frozen=True, slots=True)
class NoRecords:
    """An extension without records."""

    def accepts(self, shown: Any) -> bool:
        """Nothing, in any form."""
        return no_value_form(shown) is not None or shown == {} or shown is False

    def __str__(self) -> str:
        return "no records"
