"""Bytes that decide: Hypothesis draws a few at once, and what they decide is a pure function of them.

One draw of many bytes is far cheaper than many draws, and Hypothesis shrinks bytes well: fewer and smaller. So every
decision reads the next byte, 0 is always the simplest choice, and behind the end there are only zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

T = TypeVar("T")


class Source(Protocol):
    """Where decisions come from."""

    def below(self, bound: int) -> int:
        """A number from 0 to bound - 1; 0 is the simplest."""

    def pick(self, options: Sequence[T]) -> T:
        """One of the options; the first is the simplest."""


class Tape:
    """Decisions read from bytes; zeros behind their end."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes = b"") -> None:
        self._data = data
        self._at = 0

    def below(self, bound: int) -> int:
        """A number from 0 to bound - 1, of as many bytes as the bound needs."""
        if bound <= 256:
            if bound <= 1 or self._at >= len(self._data):
                return 0
            value = self._data[self._at]
            self._at += 1
            return value % bound
        width = (bound.bit_length() + 7) // 8
        value = int.from_bytes(self._data[self._at : self._at + width], "big")
        self._at += width
        return value % bound

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]


class Dice:
    """Decisions of a generator of pseudo-random numbers: for finding examples ahead, always the same ones."""

    __slots__ = ("_random",)

    def __init__(self, seed: int = 0) -> None:
        self._random = Random(seed)

    def below(self, bound: int) -> int:
        """A number from 0 to bound - 1."""
        return self._random.randrange(bound) if bound > 1 else 0

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]


ZEROS = Tape()
