"""Reads that lag behind: a cache or a replica in front of the operation that reads."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.exercise.tidying import clean_up
from conformance.judge.refusal import from_cache
from conformance.judge.verdicts import Failed, Signal
from conformance.session.exchange import Answer, Exchange, Request
from conformance.session.leaves import leaves

if TYPE_CHECKING:
    from conformance.exercise.driver import Driver

SECOND_LOOK_S = 0.5
SECOND_LOOKS = 3
CLOCK = re.compile(r"\d:[0-5]\d")


@dataclass(frozen=True, slots=True)
class Lag:
    """A reason for which what a read shows is not judged."""

    id: str
    what: str
    mend: str


STALE = Lag(
    "stale-read",
    "reads lag behind writes, as with a cache or a replica in front of the target",
    "set `settle_s` in [target.limits] to the seconds after which a read shows what was written, or bypass the cache",
)


@dataclass(frozen=True, slots=True)
class Staleness:
    """A read that showed the state before a write that was finished.

    Attributes:
        after_s: seconds until a read showed the new state.
        exchange: the read that showed the old one.
    """

    after_s: float
    exchange: Exchange


def lag_of(driver: Driver) -> tuple[Staleness | None, tuple[str, ...]]:
    """The lag of a target's reads behind its writes, or None where none can be seen; and what was left behind.

    Nothing is looked for where the target file says how long reads take to settle.
    """
    if driver.target.limits.settle_s:
        return None, ()
    log = driver.bench.begin("freshness", ())
    found: Staleness | None = None
    left: tuple[str, ...] = ()
    try:
        with suppress(Signal, Failed):  # then it cannot be known
            found = driver.freshness()
    except Exception as error:
        left = (f"whether reads lag behind is not known: a defect of the suite: {error!r}",)
    return found, (*left, *clean_up(driver, log, last=True))


class Freshness:
    """Waits between a write and the next read where the target file asks for it; recognizes reads that lag behind.

    Args:
        settle_s: seconds after a write in which a read may show the state before it.
        pause: waits.
        second_looks: how often a read that would break a requirement is repeated in vain, in a whole run.
        clock: seconds, from any beginning.
    """

    def __init__(
        self,
        settle_s: float,
        pause: Callable[[float], None],
        *,
        second_looks: int = SECOND_LOOKS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settle_s = settle_s
        self._pause = pause
        self._clock = clock
        self._written: float | None = None
        self._second_looks = second_looks

    def before(self, reads: bool) -> None:
        """Waits, where a request reads profiles and what was written has not settled."""
        if reads and self._written is not None:
            left = self._written + self._settle_s - self._clock()
            if left > 0:
                self._pause(left)
            self._written = None

    def after(self, safe: bool) -> None:
        """Remembers a write."""
        if not safe and self._settle_s:
            self._written = self._clock()

    def stale(
        self, read: Exchange, send: Callable[[Request], Exchange], again: Callable[[Request], Request | None]
    ) -> str | None:
        """Why a read that would break a requirement may lag behind, or None where it does not.

        The answer says itself that a cache gave it, or the same request gives another answer a moment later, with
        nothing written in between. After a few such second looks in vain no more are made in a run.

        Args:
            read: the read.
            send: sends the second look, of which nothing is judged.
            again: makes a request that asks the same once more, or None.

        Raises:
            BudgetExhausted: no more may be sent.
        """
        if read.answer is None:
            return None
        told = from_cache(read.answer)
        looks = [again(read.request) for _ in range(2)] if not told and self._second_looks else []
        if None in looks or not looks:
            return told
        self._pause(SECOND_LOOK_S)
        later, last = (send(look).answer for look in looks if look is not None)
        if later is None or last is None or not _differ(read.answer, later, last):
            self._second_looks -= 1
            return None
        return f"the same read gives another answer {SECOND_LOOK_S:g} s later"


def _differ(first: Answer, second: Answer, third: Answer) -> bool:
    """Whether two reads at once agree, and differ from an earlier one."""
    if second.status != third.status:
        return False
    # What differs between two reads at once is new in each answer, such as the id of the request.
    early, late, latest = (_shown(answer.body) for answer in (first, second, third))
    noise = {path for path, _ in late ^ latest}
    return first.status != second.status or any(path not in noise for path, _ in early ^ late)


def _shown(body: bytes) -> set[tuple[tuple[str, ...], str]]:
    """What a body shows, in whatever order it lists it, but for times of day: clocks go on while nothing is written."""
    shown = {(tuple(part for part in place if isinstance(part, str)), value) for place, value in leaves(body)}
    return {(place, value) for place, value in shown if not CLOCK.search(value)}
