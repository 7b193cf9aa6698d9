"""What a recorded failure comes to when it is tried again several times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

TIMES = 3


class Outcome(StrEnum):
    """What a recorded failure comes to now."""

    FAILING = "still failing"
    FIXED = "fixed"
    FLAKY = "flaky"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Try:
    """One time that it was tried. `outcome` is failing, fixed or undecided; `said` is why."""

    outcome: Outcome
    said: str


_WORST = (Outcome.FAILING, Outcome.UNDECIDED, Outcome.FIXED)


def several(once: Callable[[], Try]) -> Try:
    """What several tries say together; a try that failed and one that did not make it flaky."""
    tries = [once() for _ in range(TIMES)]
    outcomes = {each.outcome for each in tries}
    worst = min(tries, key=lambda each: _WORST.index(each.outcome))
    if {Outcome.FAILING, Outcome.FIXED} <= outcomes:
        failed = sum(each.outcome is Outcome.FAILING for each in tries)
        return Try(Outcome.FLAKY, f"failed {failed} of {TIMES} times; {worst.said}")
    return worst
