"""Who decides what a document is like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Protocol

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from strategies.xsd.plans import ElementPlan, Shape
from strategies.xsd.tape import Source, Tape

MORE = (0, 1, 1, 2, 2, 3, 5, 8)  # how many more of something than there must be
TEXT = 8  # bytes that decide a text, on average


class Decisions(Protocol):
    """Decides what is there and which values it has."""

    def root(self, roots: list[ElementPlan]) -> ElementPlan:
        """The root of the document."""

    def inside(self, shape: Shape) -> tuple[Source, Source]:
        """What decides an element of this shape: what is in it, and which values that has."""

    def times(self, low: int, most: float, structure: Source, *, nested: bool) -> Iterator[None]:
        """As often as something is there: `low` times and up to `most` more; `nested` if elements have elements."""

    def apart(self, body: Callable[[], None]) -> None:
        """Runs something whose decisions belong together: it can be left out as a whole."""


class Alone:
    """One source decides everything."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def root(self, roots: list[ElementPlan]) -> ElementPlan:
        """See `Decisions`."""
        return self._source.pick(roots)

    def inside(self, shape: Shape) -> tuple[Source, Source]:  # noqa: ARG002 - as the protocol has it
        """See `Decisions`."""
        return self._source, self._source

    def times(self, low: int, most: float, structure: Source, *, nested: bool) -> Iterator[None]:  # noqa: ARG002
        """See `Decisions`."""
        return iter([None] * (low + _more(structure, most)))

    def apart(self, body: Callable[[], None]) -> None:
        """See `Decisions`."""
        body()


class Drawn:
    """Hypothesis decides, with one draw of bytes for each element that has elements inside.

    All that was drawn for such an element stands together, so Hypothesis can leave it out: documents shrink well.
    """

    def __init__(self, draw: Callable[[SearchStrategy[Any]], Any]) -> None:
        self._draw = draw
        self._rich: int = draw(_RICHNESS)
        self._bodies: list[Callable[[], None]] = []
        # What is drawn while one strategy is drawn is a unit to Hypothesis; making one strategy is cheaper than many.
        self._unit = _UNIT.map(self._run)

    def root(self, roots: list[ElementPlan]) -> ElementPlan:
        """See `Decisions`."""
        return roots[0] if len(roots) == 1 else roots[self._draw(st.integers(0, len(roots) - 1))]

    def inside(self, shape: Shape) -> tuple[Source, Source]:
        """See `Decisions`."""
        data: bytes = self._draw(tapes(shape.decisions + shape.texts * TEXT, self._rich))
        # What is there has bytes of its own, so that a value can become simpler without a change to it.
        return Tape(data[: shape.decisions]), Tape(data[shape.decisions :])

    def times(self, low: int, most: float, structure: Source, *, nested: bool) -> Iterator[None]:
        """See `Decisions`."""
        for _ in range(low):
            yield
        if not nested:
            yield from [None] * _more(structure, most)
            return
        while most > 0 and self._draw(_ANOTHER):
            most -= 1
            yield

    def apart(self, body: Callable[[], None]) -> None:
        """See `Decisions`."""
        self._bodies.append(body)
        self._draw(self._unit)

    def _run(self, _: None) -> None:
        self._bodies.pop()()


_RICHNESS = st.integers(0, 2)
_ANOTHER = st.booleans()
_UNIT = st.none()


@cache
def tapes(size: int, rich: int = 0) -> SearchStrategy[bytes]:
    """Up to so many bytes: few, mostly half of them, or all."""
    return st.binary(min_size=(0, size // 2, size)[rich], max_size=size)


def _more(structure: Source, most: float) -> int:
    if most <= 1:
        return structure.below(int(most) + 1)
    return int(min(MORE[structure.below(8)], most))
