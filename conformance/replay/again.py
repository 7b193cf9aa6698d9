"""Sends a story again and has the answers judged by the oracle of the contract."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import specs
from conformance.judge.oracle import Oracle
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Signal, Verdict
from conformance.replay.names import anew, renamed
from conformance.replay.outcome import Outcome, Try, several
from conformance.replay.recorded import Secrets
from conformance.replay.story import SAFE, Step, Story
from conformance.replay.words import essence, with_words, word_at
from conformance.session.exchange import Exchange, Request
from conformance.session.session import Session
from conformance.session.wire import UnsendableError
from conformance.target.model import Target

PATIENCE_S = 0.4  # a value may take a moment to be there, even where it was there at once before
CHECK = "replay"


class Again:
    """Sends stories to one target.

    Args:
        contract: of the target.
        target: from the target file.
        session: the way to it.
        oracle: type of the judge.
        then: readings that the target followed in the recorded run.
        now: those that it follows now.
        secrets: of the target file.
    """

    def __init__(
        self,
        contract: specs.Contract,
        target: Target,
        session: Session,
        oracle: type[Oracle],
        then: Mapping[str, str],
        now: Mapping[str, str],
        secrets: Secrets,
    ) -> None:
        self._contract = contract
        self._target = target
        self._session = session
        self._oracle = oracle
        self._then = then
        self._now = now
        self._secrets = secrets

    def accused(self, exchanges: Sequence[Exchange], requirement: str, first: int) -> bool:
        """Whether the oracle, shown recorded exchanges, sees the requirement broken from a number on."""
        oracle = self._judge(self._then)
        try:
            found = [(e.number, j) for e in exchanges for j in oracle.judge(self._secrets.exchange(e))]
        except Exception:  # a recording may be cut where an oracle does not expect it
            return False
        return any(n >= first and j.requirement == requirement and j.verdict is Verdict.FAILED for n, j in found)

    def times(self, story: Story, requirement: str) -> Try:
        """What sending a story several times says."""
        return several(lambda: self._once(story, requirement))

    def _judge(self, learned: Mapping[str, str]) -> Oracle:
        return self._oracle(self._contract, self._target, Readings(self._contract, learned))

    def _once(self, story: Story, requirement: str) -> Try:
        telling = _Telling(story, self._session, self._judge(self._now), self._secrets, requirement)
        try:
            limit = self._target.limits.poll_deadline_s
            for step in story.steps:
                telling.send(step, limit)
        except _LostError as lost:
            telling.lost = str(lost)
        except (Signal, UnsendableError) as signal:
            telling.lost = str(signal)
        except Exception as error:  # an oracle that an answer takes by surprise says nothing about the target
            telling.lost = f"a defect of the suite: {error!r}"
        finally:
            telling.clean_up()
        return telling.told()


class _LostError(Exception):
    """The story cannot go on."""


class _Telling:
    """One time that a story is sent."""

    def __init__(self, story: Story, session: Session, oracle: Oracle, secrets: Secrets, requirement: str) -> None:
        self._story = story
        self._session = session
        self._oracle = oracle
        self._secrets = secrets
        self._requirement = requirement
        self._names = anew(story.names)
        self._words: dict[str, str] = {}
        self._broken = ""
        self._passed = False
        self.lost = ""

    def send(self, step: Step, limit_s: float) -> None:
        """Sends a request with values of this time; asks again where the answer may need a moment."""
        recorded = step.exchange
        request = self._request(recorded.request)
        old = {*self._names, *(word for words in self._story.given.values() for word in words)}
        expected = essence(recorded.answer, old)
        end = time.monotonic() + min(limit_s, max(PATIENCE_S, 3 * step.polled_s))
        pause = 0.01
        self._passed = False  # what an earlier answer showed is not what the counterexample is about
        while True:
            exchange = self._session.send(request, CHECK)
            self._judge(exchange, step)
            new = {*self._names.values(), *self._words.values()}
            same = essence(exchange.answer, new | self._given_now(recorded, exchange)) == expected
            if same or request.method not in SAFE or time.monotonic() + pause > end:
                break
            time.sleep(pause)
            pause = min(pause * 2, 1.0)
        if exchange.answer is None and recorded.answer is not None and not step.in_trail:
            raise _LostError(f"no answer to {recorded.request.operation}: {exchange.trouble}")
        if step.prepares and not same:
            self.lost = self.lost or f"{recorded.request.operation}, which prepares it, is answered in another way"
        self._take_given(recorded, exchange)

    def clean_up(self) -> None:
        """Removes what this time created, as the run did."""
        for exchange in self._story.after:
            try:
                self._session.send(self._request(exchange.request), CHECK)
            except (Signal, UnsendableError):
                return

    def told(self) -> Try:
        """What this time showed."""
        if self._broken:
            return Try(Outcome.FAILING, self._broken)
        if self.lost and not self._passed:
            return Try(Outcome.UNDECIDED, self.lost)
        return Try(Outcome.FIXED, "judged as it should be" if self._passed else "nothing is broken any more")

    def _request(self, request: Request) -> Request:
        return self._secrets.request(with_words(renamed(request, self._names), self._words))

    def _judge(self, exchange: Exchange, step: Step) -> None:
        for judgement in self._oracle.judge(exchange):
            if judgement.requirement != self._requirement:
                continue
            if judgement.verdict is Verdict.FAILED:
                self._broken = self._broken or f"observed {judgement.observed}; allowed: {judgement.allowed}"
            self._passed = self._passed or (step.in_trail and judgement.verdict is Verdict.PASSED)

    def _given_now(self, recorded: Exchange, exchange: Exchange) -> set[str]:
        places = self._story.given.get(recorded.number, {}).values()
        return {word for place in places if exchange.answer and (word := word_at(exchange.answer, place))}

    def _take_given(self, recorded: Exchange, exchange: Exchange) -> None:
        for word, place in self._story.given.get(recorded.number, {}).items():
            new = word_at(exchange.answer, place) if exchange.answer else None
            if new is None:
                raise _LostError(f"the answer to {recorded.request.operation} has no {place[-1]} to go on with")
            self._words[word] = new
