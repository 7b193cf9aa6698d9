"""Keeps the rate and the budgets of a run, and waits where the target asks for patience."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from conformance.judge.verdicts import BudgetExhausted
from conformance.session.exchange import Answer
from conformance.target.model import Limits

REPEATS = 3
LONGEST_WAIT_S = 60.0
ALL_WAITS_S = 300.0
UNTOLD_WAIT_S = 0.5
_SECONDS = re.compile(r"\d+", re.ASCII).fullmatch


class Pace:
    """Decides when the next request may go out. One for each session; threads may share it.

    Args:
        limits: of the target.
        clock: seconds, from any beginning.
        sleep: waits.
        sent: requests that were sent before, in another process.

    Attributes:
        sent: requests that were let out.
        waited_s: seconds waited because the target asked for it.
        budget_hit: which budget is used up, in words, or None.
    """

    def __init__(
        self, limits: Limits, clock: Callable[[], float], sleep: Callable[[float], None], sent: int = 0
    ) -> None:
        self.sent = sent
        self.waited_s = 0.0
        self.budget_hit: str | None = None
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._began = self._slot = clock()

    def take(self) -> None:
        """Lets one request out, as soon as the rate allows.

        Raises:
            BudgetExhausted: a budget of the run is used up; nothing may be sent any more.
        """
        limits = self._limits
        with self._lock:
            now = self._clock()
            if limits.max_requests is not None and self.sent >= limits.max_requests:
                self._exhausted(f"the budget of {limits.max_requests} requests is used up")
            wait = max(0.0, self._slot - now) if limits.rate else 0.0
            if limits.max_seconds is not None and now + wait - self._began >= limits.max_seconds:
                self._exhausted(f"the budget of {limits.max_seconds:g} seconds is used up")
            if limits.rate:
                self._slot = now + wait + 1 / limits.rate
            self.sent += 1
        if wait:
            self._sleep(wait)

    def be_patient(self, answer: Answer | None, repeats: int, *, limited: bool = False) -> bool:
        """Waits where an answer asks for it; says whether the request is to be sent again.

        Args:
            answer: what came.
            repeats: how often the request was sent again already.
            limited: whether the body says that there were too many requests, whatever the status.
        """
        if answer is None or repeats >= REPEATS:
            return False
        wait = asked_wait(answer, repeats, limited=limited)
        if wait is None or wait > LONGEST_WAIT_S:
            return False
        with self._lock:
            limit = self._limits.max_seconds
            if self.waited_s + wait > ALL_WAITS_S:
                return False
            if limit is not None and self._clock() + wait - self._began >= limit:
                return False
            self.waited_s += wait
        self._sleep(wait)
        return True

    def _exhausted(self, words: str) -> None:
        self.budget_hit = words
        raise BudgetExhausted(words)


def asked_wait(answer: Answer, repeats: int, *, limited: bool = False) -> float | None:
    """The seconds an answer asks to wait before the request is sent again, or None where it does not ask.

    429 asks even without Retry-After (RFC 6585, section 4), and so does a body that says the same; 503 only with it.
    """
    limited = limited or answer.status == 429
    if answer.status != 503 and not limited:
        return None
    untold = UNTOLD_WAIT_S * float(2**repeats) if limited else None
    told = answer.header("retry-after")
    if told is None:
        return untold
    if _SECONDS(told.strip()):
        return float(told)
    until = _moment(told)
    if until is None:
        return untold
    # The target's own clock, where it shows one: ours may differ.
    now = _moment(answer.header("date") or "") or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def _moment(text: str) -> datetime | None:
    """An HTTP date (RFC 9110, section 5.6.7), or None."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
