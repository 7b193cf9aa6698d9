"""Whether what is shown is one whole of those that were written, or a mixture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Generic, TypeVar

W = TypeVar("W")
Accepts = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Mixture(Generic[W]):
    """What is none of the wholes.

    Attributes:
        shares: wholes, each with the members that were shown as it has them; few wholes that explain as much as
            possible, the largest share first.
        unexplained: members that no whole has as they were shown.
        members: as few members as it takes to see that it is none of the wholes: one that no whole has so, or two
            that no whole has so together.
    """

    shares: Mapping[W, tuple[str, ...]]
    unexplained: tuple[str, ...]
    members: tuple[str, ...]


class Wholes(Generic[W]):
    """The wholes that were written.

    Args:
        wholes: for each whole and each of its members whether a shown value is that of the whole. All have the same
            members; one that a whole leaves out accepts the value that stands for nothing.
        absent: stands for a member that is not shown.
    """

    def __init__(self, wholes: Mapping[W, Mapping[str, Accepts]], absent: Any) -> None:
        self._wholes = wholes
        self._absent = absent
        self._members = list(dict.fromkeys(name for members in wholes.values() for name in members))

    def of(self, shown: Mapping[str, Any]) -> W | Mixture[W]:
        """The whole that is shown (the first of several that look the same), or the mixture; other members are free."""
        left = list(self._wholes)
        for name in self._members:
            left = self._having(name, shown, left)
            if not left:
                return self._mixture(shown)
        return left[0]

    def _having(self, name: str, shown: Mapping[str, Any], among: list[W]) -> list[W]:
        value = shown.get(name, self._absent)
        return [whole for whole in among if name not in self._wholes[whole] or self._wholes[whole][name](value)]

    def _mixture(self, shown: Mapping[str, Any]) -> Mixture[W]:
        every = list(self._wholes)
        origins = {name: frozenset(self._having(name, shown, every)) for name in self._members}
        left = {name for name, found in origins.items() if found}
        shares: dict[W, tuple[str, ...]] = {}
        while left:
            share, whole = _largest({whole: [n for n in left if whole in origins[n]] for whole in every})
            shares[whole] = tuple(sorted(share))
            left -= set(share)
        unexplained = tuple(name for name, found in origins.items() if not found)
        return Mixture(shares, unexplained, unexplained[:1] or _disjoint(origins))


def _largest(shares: Mapping[W, list[str]]) -> tuple[list[str], W]:
    whole = max(shares, key=lambda each: len(shares[each]))
    return shares[whole], whole


def _disjoint(origins: Mapping[str, frozenset[W]]) -> tuple[str, ...]:
    """The fewest members that have no whole in common."""
    for size in range(2, len(origins)):
        for names in combinations(origins, size):
            if not frozenset.intersection(*(origins[name] for name in names)):
                return names
    return tuple(origins)
