"""Finds how many records one request may have: first between the documented limits, else by search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Keep = Callable[[int], "Kept"]
MOST: Final = 4000  # a search that meets no refusal up to this many records ends here


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a batch of one size.

    Attributes:
        number: how many of its records were processed.
        code: the code that refused it, or the HTTP status where there was none.
    """

    number: int
    code: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """What batches of several sizes have shown.

    Attributes:
        documented: the limits that the documents name, ascending.
        accepted: the largest size that was processed whole, 0 for none.
        refused: the smallest that was not, None where none was seen.
        last: what became of that one.
    """

    documented: tuple[int, ...]
    accepted: int
    refused: int | None
    last: Kept = Kept(0)

    @property
    def fits(self) -> int | None:
        """The documented limit that it is, None for another one or none at all."""
        return self.accepted if self.refused == self.accepted + 1 and self.accepted in self.documented else None

    @property
    def cut(self) -> bool:
        """Whether what is above it is cut off and the rest processed."""
        return self.refused is not None and self.last.number > 0

    def __str__(self) -> str:
        told = f"documented {' or '.join(map(str, self.documented))}, accepted up to {self.accepted}, "
        if self.refused is None:
            return told + "no refusal up to there"
        if self.cut:
            return told + f"cut to {self.last.number} records at {self.refused}"
        return told + f"first refusal at {self.refused} with {self.last.code}"


def decide(documented: Sequence[int], keep: Keep) -> Limit:
    """Tries both sides of the documented limits, as few of them as decide, smallest first.

    Args:
        documented: the limits that the documents name.
        keep: sends a batch of a size.
    """
    limits = tuple(sorted(documented))
    low = 0
    for limit in limits:
        above = keep(limit + 1)
        if above.number > limit:
            low = limit + 1
            continue
        at = keep(limit)
        return Limit(limits, limit, limit + 1, above) if at.number >= limit else Limit(limits, low, limit, at)
    return Limit(limits, low, None)


def search(found: Limit, keep: Keep, most: int = MOST) -> Limit:
    """The exact limit where only bounds of it are known: gallops from the lower one, then bisects.

    Args:
        found: what is known.
        keep: sends a batch of a size.
        most: the largest size that is sent.
    """
    low, high, last = found.accepted, found.refused, found.last
    while high is None or high - low > 1:
        if high is None and low >= most:
            break
        middle = most if high is None else (low + high) // 2
        size = min(2 * low or 1, middle)
        kept = keep(size)
        if kept.number >= size:
            low = size
        else:
            high, last = size, kept
    return Limit(found.documented, low, high, last)
