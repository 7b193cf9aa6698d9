"""Answer times compared as distributions, not as single figures."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from reports.model import OperationRecord

LARGE = 0.71  # Vargha and Delaney's A: the chance that a new answer is slower than an old one; 0.5 is alike
SURE = 3.29  # standard errors of the Mann-Whitney test, p < 0.001
RATIO = 1.25  # the medians must differ by so much, and by so many seconds, to matter to anybody
NOTICED_S = 0.001
TAIL_RATIO, TAIL_S, TAIL_COUNT = 2.0, 0.005, 100  # the same for the slowest tenth; few answers have no tail to speak of


class Speed(StrEnum):
    """How an operation became."""

    SLOWER = "slower"
    FASTER = "faster"
    ALIKE = "alike"
    UNTOLD = "cannot be told"


@dataclass(frozen=True, slots=True)
class OperationChange:
    """The answer times of an operation in both runs.

    Attributes:
        name: of the operation.
        before: in the old run, or None.
        after: in the new run, or None.
        speed: how it became.
        chance: that an answer of the new run is slower than one of the old run, or None.
        note: why it cannot be told, or what part of the distribution moved.
    """

    name: str
    before: OperationRecord | None
    after: OperationRecord | None
    speed: Speed
    chance: float | None
    note: str

    @property
    def ratio(self) -> float | None:
        """New median by old median."""
        if self.before and self.after and self.before.median_s > 0:
            return self.after.median_s / self.before.median_s
        return None


def operation_changes(old: Iterable[OperationRecord], new: Iterable[OperationRecord]) -> tuple[OperationChange, ...]:
    """Every operation of either run, by name."""
    before, after = {each.name: each for each in old}, {each.name: each for each in new}
    return tuple(_change(name, before.get(name), after.get(name)) for name in sorted({*before, *after}))


def _change(name: str, before: OperationRecord | None, after: OperationRecord | None) -> OperationChange:
    if before is None or after is None:
        note = "not in the old run" if before is None else "not in the new run"
        return OperationChange(name, before, after, Speed.UNTOLD, None, note)
    if not before.quantiles or not after.quantiles:
        return OperationChange(name, before, after, Speed.UNTOLD, None, "a record keeps single figures only")
    chance = slower_chance(before.quantiles, after.quantiles)
    error = sqrt((before.count + after.count + 1) / (12 * before.count * after.count))
    sure = abs(chance - 0.5) > SURE * error
    if sure and chance >= LARGE and _apart(after.median_s, before.median_s):
        return OperationChange(name, before, after, Speed.SLOWER, chance, "")
    if sure and chance <= 1 - LARGE and _apart(before.median_s, after.median_s):
        return OperationChange(name, before, after, Speed.FASTER, chance, "")
    if min(before.count, after.count) >= TAIL_COUNT:
        old, new = _tail(before), _tail(after)
        if _heavier(new, old):
            return OperationChange(name, before, after, Speed.SLOWER, chance, "only the slowest tenth")
        if _heavier(old, new):
            return OperationChange(name, before, after, Speed.FASTER, chance, "only the slowest tenth")
    return OperationChange(name, before, after, Speed.ALIKE, chance, "")


def slower_chance(old: Sequence[float], new: Sequence[float]) -> float:
    """The chance that a time drawn from `new` is longer than one from `old`; ties count half.

    Each takes equally spaced quantiles for the distribution.
    """
    ranked = sorted(old)
    wins = sum(bisect_left(ranked, time) + bisect_right(ranked, time) for time in new)
    return wins / (2 * len(ranked) * len(new))


def _apart(longer: float, shorter: float) -> bool:
    return longer - shorter >= NOTICED_S and longer >= RATIO * shorter


def _tail(operation: OperationRecord) -> Sequence[float]:
    """The inner part of the slowest tenth; the very slowest answer is chance."""
    count = len(operation.quantiles)
    return operation.quantiles[round(0.9 * (count - 1)) : count - 1]


def _heavier(one: Sequence[float], other: Sequence[float]) -> bool:
    return bool(one) and all(a >= TAIL_RATIO * b and a - b >= TAIL_S for a, b in zip(one, other, strict=False))
