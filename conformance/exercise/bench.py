"""The bench: one target with everything that a check needs to send, judge and remember."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from hypothesis.stateful import RuleBasedStateMachine
from hypothesis.strategies import SearchStrategy

import specs
from conformance.exercise.concurrently import Sent, concurrently
from conformance.exercise.effort import Effort
from conformance.exercise.freshness import SECOND_LOOKS, STALE, Freshness
from conformance.exercise.generation import Shrinking, run_machine, run_property, settings
from conformance.exercise.log import CheckLog
from conformance.exercise.names import fresh_name, number_of
from conformance.exercise.serving import Serving
from conformance.judge.oracle import Oracle
from conformance.judge.readings import Readings
from conformance.judge.refusal import unserved
from conformance.judge.verdicts import BudgetExhausted, Failed, Judgement, NotServed, NotTested, Verdict, failed_type
from conformance.session.exchange import Exchange, Request
from conformance.session.session import Session
from conformance.target.model import Target
from specs.refusals import Refusal

T = TypeVar("T")
SHORTEST_PAUSE_S = 0.004
LONGEST_PAUSE_S = 1.0
TRIES = 3  # of a listed case that a gateway did not pass on


class Bench:
    """One target under test.

    Args:
        contract: the contract it is held to.
        target: where it is.
        session: the way to it.
        readings: what is known of the readings it follows.
        oracle: the judge of its answers.
        seed: decides every generated value.
        effort: how many cases.
        shrink: whether counterexamples are made small (a proof of the checks does not need it).
        withheld: lent profiles that could not be remembered, with the reason; nothing may change them.
        second_looks: how often a read that would break a requirement is repeated, to tell a stale one (a proof of the
            checks knows that there is no cache).
    """

    def __init__(
        self,
        contract: specs.Contract,
        target: Target,
        session: Session,
        readings: Readings,
        oracle: Oracle,
        *,
        seed: int = 0,
        effort: Effort = Effort.STANDARD,
        shrink: bool = True,
        withheld: Mapping[str, str] | None = None,
        second_looks: int = SECOND_LOOKS,
    ) -> None:
        self.contract = contract
        self.target = target
        self.session = session
        self.readings = readings
        self.oracle = oracle
        self.seed = seed
        self.effort = effort
        self.shrink = shrink
        self.withheld = withheld or {}
        self.log = CheckLog("", frozenset())
        self.waited_s = 0.0
        self._serving = Serving(oracle)
        session.limited = oracle.limited
        self._freshness = Freshness(target.limits.settle_s, self.pause, second_looks=second_looks)
        self._fresh = 0
        self._properties = 0
        self._in_property = False
        self._told: set[str] = set()
        self._unjudged: Callable[[], bool] | None = None

    def begin(self, check: str, bound: Iterable[str], *, again: bool = False) -> CheckLog:
        """Starts the log of a check; what is sent from now on belongs to it.

        Args:
            check: its id.
            bound: the requirements that it is there to decide.
            again: it ran before; its names are new all the same.
        """
        self.log = CheckLog(check, frozenset(bound) & frozenset(self.contract.requirements))
        self._fresh = self._fresh if again else 0
        self._properties = 0
        self._told = set()
        return self.log

    def send(self, request: Request) -> Exchange:
        """Sends a request and has its answer judged.

        A failure ends the running case of a property or a machine, so that a small counterexample is looked for;
        elsewhere it is kept, and the check goes on: what can still be judged is judged.

        Raises:
            Failed: in a property or a machine, the answer breaks a requirement that the running check is bound to. What
                breaks other requirements is kept as evidence.
            NotServed: the target refused to serve the request, see `conformance.judge.refusal`.
            Signal: the budget of the run is used up.
        """
        if self._unjudged is not None:
            if not self._unjudged():
                raise NotTested("no more requests may be sent here")
            exchange = self.session.send(request, self.log.check)
            self.log.exchanged(exchange)
            return exchange
        self._serving.ask()
        self._freshness.before(self._shows_profiles(request))
        exchange = self.session.send(request, self.log.check)
        self._freshness.after(self._safe(request))
        refusal = self._serving.refusal(exchange)
        if refusal is not None:
            self._not_served(exchange, refusal)
        self.log.exchanged(exchange)
        self._take(self.oracle.judge(exchange), reading=exchange if self._safe(request) else None)
        return exchange

    @contextmanager
    def unjudged(self, more: Callable[[], bool]) -> Iterator[None]:
        """Within the block nothing is judged and no answer is a refusal, as before the checks.

        Args:
            more: whether another request may be sent; where it may not, NotTested ends the block's work.
        """
        self._unjudged = more
        try:
            yield
        finally:
            self._unjudged = None

    def _safe(self, request: Request) -> bool:
        """Whether a request only reads (RFC 9110, section 9.2.1)."""
        operation = self.contract.operations.get(request.operation)
        return operation.safe if operation else request.method == "GET"

    def _shows_profiles(self, request: Request) -> bool:
        operation = self.contract.operations.get(request.operation)
        return self._safe(request) and (operation is None or operation.shows_profiles)

    def written(self) -> None:
        """What was sent before took effect just now, as a queued request does at its end."""
        self._freshness.after(safe=False)

    def _not_served(self, exchange: Exchange, refusal: Refusal) -> None:
        """Keeps a refusal; whether the request took effect is not known. Raises NotServed."""
        self.log.exchanged(exchange)
        self.log.refused(refusal.id, refusal.what, refusal.mend, exchange)
        if not refusal.unknown_method:
            self._take(self.oracle.judge(unserved(exchange, refusal)))
        raise _not_served(refusal)

    def together(self, scripts: Sequence[Sequence[Request]]) -> tuple[Sent, ...]:
        """Sends the requests of several clients at once; has judged what holds in whatever order they took effect.

        Args:
            scripts: the requests of each client, which it sends one after another.

        Returns:
            What was sent, in the order in which the answers came.

        Raises:
            Failed, NotServed, Signal: as `send`; what was sent until then was judged.
        """
        self._serving.ask()
        talk = concurrently(self.session, self.log.check, scripts)
        judged, refused = [], []
        for each in talk.sent:
            self.log.exchanged(each.exchange)
            refusal = self._serving.refusal(each.exchange)
            judged.append(each.exchange if refusal is None else unserved(each.exchange, refusal))
            if refusal is not None:
                refused.append(refusal)
                self.log.refused(refusal.id, refusal.what, refusal.mend, each.exchange)
        self._freshness.after(safe=False)
        try:
            self._take(self.oracle.judge_overlapping(judged))
        finally:
            if talk.ended_by is not None:
                raise talk.ended_by
        if refused:
            raise _not_served(refused[0])
        return talk.sent

    def observe(self, what: str) -> None:
        """Records an informational finding, which no requirement covers; the report shows it."""
        self.log.observations.append(what)

    def expect(
        self,
        requirement: str,
        holds: bool,
        *,
        observed: str,
        allowed: str,
        reading: str | None = None,
        trail: Sequence[Exchange] | None = None,
    ) -> None:
        """A judgement that a check makes itself, where no single exchange can show it.

        Args:
            requirement: id in the catalogue.
            holds: whether it is fulfilled here.
            observed: what came, in words.
            allowed: what the documents allow here, in words.
            reading: that decided, as `name=option`.
            trail: the exchanges that show it, the last one above all; those of the running case unless given.

        Raises:
            Failed: in a property or a machine, it does not hold, and the running check is bound to the requirement.
            KeyError: the contract has no such requirement.
        """
        if requirement not in self.contract.requirements:
            raise KeyError(f"{self.contract.id} has no requirement {requirement!r}")
        verdict = Verdict.PASSED if holds else Verdict.FAILED
        self._take([Judgement(requirement, verdict, observed, allowed, reading)], trail)

    def borrow(self, profile: str) -> None:
        """Asks for a profile that the target file lends, before it is changed.

        Raises:
            NotTested: it could not be remembered, so it could not be put back.
        """
        if profile in self.withheld:
            raise NotTested(
                f"{profile} could not be read before the run, so it is left alone: {self.withheld[profile]}"
            )

    def boundary(self, name: str) -> None:
        """Notes that a boundary was exercised, such as `records=100`; the report shows it."""
        self.log.boundary(name)

    def for_all(self, strategy: SearchStrategy[T], body: Callable[[T], object], *, share: float = 1.0) -> None:
        """Runs `body` for generated values; the smallest failing one becomes the counterexample.

        Args:
            strategy: what is generated. Values want a short `repr`.
            body: sends requests; must not depend on what earlier cases left behind (use `fresh` ids).
            share: scales the number of cases.
        """
        seed = self.next_seed()
        self._for_each_failure(lambda: self._property(strategy, body, seed, share))

    def _property(
        self, strategy: SearchStrategy[T], body: Callable[[T], object], seed: int, share: float
    ) -> Failed | None:
        shrinking = Shrinking()

        def case(value: T) -> None:
            shown = repr(value)
            if shrinking.skips(shown):
                return
            self.log.begin_case(shown)
            try:
                body(value)
            except NotServed:
                self.log.lose_case()
                self._serving.ask()  # the case is lost, the others may be served
            except Failed:
                shrinking.failed(shown)
                raise

        try:
            run_property(strategy, case, seed=seed, settings=settings(self.effort.examples(share), shrink=self.shrink))
        except Failed as failure:
            return failure
        return None

    def machine(self, factory: type[RuleBasedStateMachine], *, share: float = 1.0, steps: int = 20) -> None:
        """Runs a state machine; the shortest failing sequence of steps becomes the counterexample.

        Args:
            factory: a state machine class; its `__init__` should call `begin_case` of the bench.
            share: scales the number of sequences.
            steps: the most steps in a sequence.
        """
        seed = self.next_seed()

        def run() -> Failed | None:
            failure, told = run_machine(
                factory, seed=seed, settings=settings(self.effort.examples(share), shrink=self.shrink, steps=steps)
            )
            if failure is not None:
                self.log.case = told
            return failure

        self._for_each_failure(run)

    def _for_each_failure(self, run: Callable[[], Failed | None]) -> None:
        """Runs a property until nothing new fails: one failure must not keep the others from being seen.

        What has failed is passed over from then on, in this property alone. Without shrinking the first failure is
        enough.
        """
        outside, told = self._in_property, self._told
        self._in_property, self._told = True, set()
        try:
            while (failure := run()) is not None:
                self.log.fail(failure.judgements, failure.trail, self.log.case)
                self._told |= {judgement.requirement for judgement in failure.judgements}
                if not self.shrink or self._told >= self.log.bound:
                    return
        finally:
            self._in_property, self._told = outside, told

    def begin_case(self, case: str) -> None:
        """Starts a case by hand: evidence begins anew."""
        self.log.begin_case(case)

    def each(self, cases: Iterable[T], body: Callable[[T], object]) -> None:
        """Runs `body` for every one of listed cases, also after one that fails or is not served.

        What the running check is there to decide is not tested where one of the cases was never served: the others do
        not show what it would have shown.
        """
        for value in cases:
            tries = 1
            while not self._served(value, body, last=tries == TRIES):
                tries += 1

    def _served(self, value: T, body: Callable[[T], object], *, last: bool) -> bool:
        """Runs one of listed cases; whether it need not be tried again."""
        self.log.begin_case(repr(value))
        try:
            body(value)
        except NotServed as refused:
            again = refused.passing and not last
            self.log.lose_case("" if again or refused.right else refused.refusal)
            self._serving.ask()
            return not again
        except Failed as failure:
            self.log.fail(failure.judgements, failure.trail, self.log.case)
        return True

    def fresh(self, length: int = 12) -> str:
        """A name that this run has not used before: lower-case letters and digits, the same for the same seed."""
        self._fresh += 1
        return fresh_name(self.seed, self.contract.id, self.log.check, self._fresh, length)

    def poll(
        self, ask: Callable[[], T | None], *, deadline_s: float | None = None, expected_s: float = 0.0
    ) -> T | None:
        """Asks until there is an answer or the declared deadline has passed, with growing pauses.

        Args:
            ask: returns None while there is none.
            deadline_s: seconds; the target's poll deadline unless given.
            expected_s: seconds that an answer usually takes; asking earlier a second time would be in vain.

        Returns:
            The answer, or None when the deadline has passed.
        """
        end = time.monotonic() + (self.target.limits.poll_deadline_s if deadline_s is None else deadline_s)
        pause, later = max(SHORTEST_PAUSE_S, expected_s), max(SHORTEST_PAUSE_S, expected_s / 8)
        while (found := ask()) is None:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.pause(min(pause, left))
            pause, later = later, min(later * 1.5, LONGEST_PAUSE_S)
        return found

    def pause(self, seconds: float) -> None:
        """Waits, and counts it as time spent waiting."""
        time.sleep(seconds)
        self.waited_s += seconds

    def _take(
        self, judgements: list[Judgement], trail: Sequence[Exchange] | None = None, reading: Exchange | None = None
    ) -> None:
        for judgement in judgements:
            if judgement.note:
                self.observe(judgement.note)
        broken = [j for j in judgements if j.verdict is Verdict.FAILED]
        if broken and reading is not None and (stale := self._stale(reading)):
            self.log.refused(STALE.id, STALE.what, STALE.mend, reading)
            raise NotServed(f"{STALE.what} ({stale})", refusal=STALE.id)
        self.log.count(judgements)
        if not broken:
            return
        ours = [j for j in broken if j.requirement in self.log.bound and j.requirement not in self._told]
        shown = tuple(self.log.trail if trail is None else trail)
        ends = self._in_property
        self.log.fail([j for j in broken if not ends or j not in ours], shown, self.log.case)
        if ours and ends:
            raise failed_type(ours[0].requirement)(ours, shown)

    def _stale(self, read: Exchange) -> str | None:
        """Why a read may lag behind, or None where it does not."""
        try:
            return self._freshness.stale(read, self._look, self.oracle.again)
        except BudgetExhausted:
            return None  # what the read shows is judged as it is

    def _look(self, request: Request) -> Exchange:
        """Sends a request of which nothing is judged."""
        exchange = self.session.send(request, self.log.check)
        self.log.exchanges += 1
        return exchange

    def _number(self, purpose: str) -> int:
        return number_of(self.seed, self.contract.id, self.log.check, purpose)

    def next_seed(self) -> int:
        """A seed of its own for each thing that a check generates."""
        self._properties += 1
        return self._number(f"property {self._properties}")


def _not_served(refusal: Refusal) -> NotServed:
    return NotServed(refusal.what, refusal=refusal.id, passing=refusal.passing, right=refusal.right)
