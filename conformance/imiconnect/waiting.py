"""Follows what was sent to its end: answers, transids, and how long that usually takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from conformance.exercise.bench import Bench
from conformance.exercise.effort import Effort
from conformance.imiconnect.answered import Answered, read_answer
from conformance.imiconnect.calls import Calls
from conformance.imiconnect.codes import ACCEPTED
from conformance.imiconnect.following import Stage, stage_of
from conformance.judge.verdicts import Inconclusive, NotApplicable
from conformance.session.exchange import Exchange, Request

T = TypeVar("T")
IMPATIENCE_S: Final = 0.3
FEW: Final = 3  # times the longest that any request took, after which one more does not end either
STEP_S: Final = 0.004
LONGEST_USUAL_S: Final = 10.0
QUICK_QUEUE_S: Final = 0.25
LEAST_SHARE: Final = 0.2
PROBES: Final = "probe."


class Waiting(Calls):
    """Sends updates and waits for their outcomes; the rest of the driver says whom they are for."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self._unfinished: dict[str, None] = {}  # transids of what was sent to lent customers
        self._stuck = False
        self._judged_stuck = False
        self._longest_s = 0.0  # that any request took to its end
        self._usual_s = 0.0

    @property
    def _slow(self) -> bool:
        return self._usual_s > QUICK_QUEUE_S

    @property
    def hurried(self) -> bool:
        """Whether a first look at a target with a slow queue leaves out what would only wait once more."""
        return self._slow and self.bench.effort is Effort.QUICK

    def take_time(self) -> None:
        """Ends a check that a first look at a target with a slow queue leaves out."""
        if self.hurried:
            raise NotApplicable("left out of a first look at a target with a slow queue")

    def pause(self, seconds: float) -> None:
        """Waits, for what comes late if it comes."""
        self.bench.pause(seconds)

    def answered(self, exchange: Exchange) -> Answered:
        """The answer of an exchange; ends the check where there is none."""
        if exchange.answer is None:
            raise Inconclusive(f"no answer: {exchange.trouble} {exchange.detail}")
        return read_answer(exchange.answer, self.contract)

    def transid(self, exchange: Exchange) -> str:
        """The transid of an accepted update; ends the check where it was not accepted."""
        answered = self.answered(exchange)
        inline = self.readings.may("processing", "inline")
        if answered.transid is None or (answered.code not in ACCEPTED and not inline):
            raise Inconclusive(f"the update was not accepted: {answered.shown()}")
        return answered.transid

    def accepted(self, exchange: Exchange) -> bool:
        """Whether an update was accepted."""
        return self.answered(exchange).code in ACCEPTED

    # The life of a transid

    def ask_status(self, transid: str, *, key: str | None = None) -> Exchange:
        """One status call."""
        path = self.path("status", transid=transid)
        return self.send(Request("status", "GET", path, headers=self.headers(key=key)))

    def final(
        self,
        transid: str,
        *,
        empty: bool = False,
        key: str | None = None,
        preparing: bool = False,
        since: float | None = None,
        closely: bool = False,
    ) -> Answered:
        """Follows a transid to its end.

        Args:
            transid: of an accepted request.
            empty: whether the request had no records.
            key: another key than the usual one.
            preparing: whether it only makes what a check needs.
            since: when it was sent, by `time.monotonic`; now unless given.
            closely: whether to ask often, for what is said before the end.

        An update that is not final at the declared deadline fails the requirement on reaching an outcome.
        """
        last: list[Answered] = []

        def ask() -> Answered | None:
            last.append(self.answered(self.ask_status(transid, key=key)))
            stage = stage_of(last[-1], empty=empty)
            if stage is Stage.REFUSED and not last[-1].limited:
                raise Inconclusive(f"the status call is refused: {last[-1].shown()}")
            return last[-1] if stage is Stage.FINAL else None

        deadline = self.target.limits.poll_deadline_s
        # One transid that never ends is enough to know: probes and preparations need not wait for each of them, and
        # once that was judged in a check, nobody does.
        impatient = self._judged_stuck or (self._stuck and (preparing or self.bench.log.check.startswith(PROBES)))
        began = time.monotonic() if since is None else since
        if impatient:
            waited = time.monotonic() - began
            deadline = max(0.0, min(deadline, max(IMPATIENCE_S, FEW * self._longest_s)) - waited)
        due = self._usual_s - (time.monotonic() - began)  # others that were in flight may have taken that long
        if preparing and due > 0:
            self.bench.pause(due)
        expected = 0.0 if preparing or closely else self._usual_s
        found = self.bench.poll(ask, deadline_s=deadline, expected_s=expected)
        # Asked too late or too early: the next one is asked earlier or later. What was final at the first question was
        # in flight before, and tells nothing.
        if len(last) > (1 if preparing else 2):
            halfway = (self._usual_s + time.monotonic() - began) / 2
            self._usual_s = min(max(self._usual_s + STEP_S, halfway), LONGEST_USUAL_S)
        elif (preparing and due > 0) or len(last) > 1:
            self._usual_s *= 0.9
        if found is None:
            self._stuck = True
            if not impatient and not preparing:
                self._judged_stuck = not self.bench.log.check.startswith(PROBES)
                observed, allowed = (
                    f"after {deadline:g} s still {last[-1].shown()}",
                    f"a final outcome within {deadline:g} s",
                )
                self.bench.expect("outcome-reached", False, observed=observed, allowed=allowed)
            raise Inconclusive(f"no final outcome of {transid} within {deadline:g} s")
        if len(last) > 1:
            self._longest_s = max(self._longest_s, time.monotonic() - began)
        self._unfinished.pop(transid, None)
        self.bench.written()
        return found

    def change(self, changes: Sequence[tuple[str, Any]]) -> Answered | None:
        """Sends an update and follows it to its end; None where it was refused at once."""
        return self.follow(self.update(self.body(changes)), empty=not changes)

    def in_flight(
        self,
        cases: Sequence[T],
        send: Callable[[T], Exchange | None],
        landed: Callable[[T, Exchange, Answered | None], None] | None = None,
    ) -> None:
        """Sends an update for each case, then follows all of them to their ends: one wait instead of many.

        Args:
            cases: in the order in which they are sent.
            send: sends the update of a case; None where it has none.
            landed: gets a case, the exchange of its update and its final outcome, None where it was refused at once.
        """
        flying: list[tuple[T, Exchange]] = []

        def begin(case: T) -> None:
            exchange = send(case)
            if exchange is not None:
                flying.append((case, exchange))

        endless: list[Inconclusive] = []
        sent: list[float] = []

        def land(landing: _Landing[T]) -> None:
            try:
                final = self.follow(landing.exchange, since=sent[0])
            except Inconclusive as signal:
                endless.append(signal)  # the others may have come to their ends
                return
            if landed is not None:
                landed(landing.case, landing.exchange, final)

        self.bench.each(cases, begin)
        sent.append(time.monotonic())
        self.bench.each([_Landing(case, exchange) for case, exchange in flying], land)
        if endless:
            raise endless[0]

    def patient(self, share: float) -> float:
        """A share of the generated cases, fewer of them where the queue is so slow that each is a long wait."""
        return share * min(1.0, max(LEAST_SHARE, QUICK_QUEUE_S / self._usual_s)) if self._usual_s else share

    def follow(self, exchange: Exchange, *, empty: bool = False, since: float | None = None) -> Answered | None:
        """The final outcome of an update that was sent, see `final`; None where it was refused at once."""
        answered = self.answered(exchange)
        inline = self.readings.may("processing", "inline")
        if answered.transid is None or (answered.code not in ACCEPTED and not inline):
            return None
        if answered.code not in ACCEPTED:
            # An error with a transid is a refusal, or the outcome of a request that was worked off at once.
            status = self.answered(self.ask_status(answered.transid))
            return status if stage_of(status) is Stage.FINAL else None
        return self.final(answered.transid, empty=empty, since=since)


@dataclass(frozen=True, slots=True)
class _Landing(Generic[T]):
    """The end of an update that is in flight, for a case."""

    case: T
    exchange: Exchange

    def __repr__(self) -> str:
        return f"{self.case!r}: its outcome"
