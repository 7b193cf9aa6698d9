"""Batches of any size from a few drawn shapes: what matters is drawn, the rest follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from strategies.imiconnect.profiles import Attributes

Change = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Batch:
    """Attributes for a number of customers.

    Attributes:
        size: how many records.
        shapes: the distinct attributes; they repeat in their order.
        marked: the name of an attribute that tells each record from the others.
        odd: what stands at a place instead, by place.
    """

    size: int
    shapes: tuple[Attributes, ...]
    marked: str
    odd: tuple[tuple[int, Any], ...] = ()

    def changes(self, customers: Sequence[str]) -> list[Change]:
        """The records for these customers, one each, from the first to the last."""
        odd = dict(self.odd)
        return [(customers[i], odd[i] if i in odd else self.attributes(i)) for i in range(self.size)]

    def attributes(self, place: int) -> Attributes:
        """The attributes of the record at a place."""
        shape = self.shapes[place % len(self.shapes)]
        return {**shape, self.marked: f"{shape.get(self.marked, '')}#{place}"}

    def __repr__(self) -> str:
        odd = f", odd={dict(self.odd)!r}" if self.odd else ""
        return f"Batch of {self.size} from {list(self.shapes)!r}{odd}"


@st.composite
def sizes(draw: DrawFn, least: int, most: int) -> int:
    """A size between two bounds, often one of the upper ones; shrinks to the smallest that still fails."""
    size = draw(st.integers(least, most))
    end = draw(st.integers(0, 7))
    return most if end == 7 else max(least, most - 1) if end == 6 else size


@st.composite
def batches(
    draw: DrawFn,
    shape: SearchStrategy[Attributes],
    marked: str,
    size: SearchStrategy[int],
) -> Batch:
    """A batch whose records are all good."""
    number = draw(size)
    shapes = draw(st.lists(shape, min_size=1, max_size=min(4, number)))
    return Batch(number, tuple(shapes), marked)


@st.composite
def mixed_batches(
    draw: DrawFn,
    shape: SearchStrategy[Attributes],
    marked: str,
    size: SearchStrategy[int],
    bad: SearchStrategy[Any],
) -> Batch:
    """A batch with one to three bad records: at the first, the last or any other place."""
    good = draw(batches(shape, marked, size))
    last = good.size - 1
    places = st.one_of(st.just(0), st.just(last), st.integers(0, last))
    found = draw(st.lists(st.tuples(places, bad), min_size=1, max_size=3, unique_by=lambda pair: pair[0]))
    return Batch(good.size, good.shapes, marked, tuple(sorted(found, key=lambda pair: pair[0])))
