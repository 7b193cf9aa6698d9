"""What one check saw while it ran."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.judge.verdicts import Judgement, Verdict
from conformance.session.exchange import Exchange

TRAIL = 40  # exchanges of one case that are kept as evidence


@dataclass(frozen=True, slots=True)
class Failure:
    """One broken requirement with its evidence."""

    judgement: Judgement
    counterexample: str
    trail: tuple[Exchange, ...]


@dataclass(slots=True)
class Unserved:
    """One reason for which a target did not serve requests: what was refused first, and how often.

    Attributes:
        what: the reason, in words.
        mend: what would help.
        first: the first exchange that shows it.
        times: how many requests it concerns.
    """

    what: str
    mend: str
    first: Exchange
    times: int = 1


@dataclass(slots=True)
class CheckLog:
    """Counts, failures and the trail of the running case of one check."""

    check: str
    bound: frozenset[str]
    counts: dict[str, Counter[Verdict]] = field(default_factory=dict)
    failures: dict[str, Failure] = field(default_factory=dict)
    boundaries: Counter[str] = field(default_factory=Counter)
    observations: list[str] = field(default_factory=list)
    unserved: dict[str, Unserved] = field(default_factory=dict)
    lost_to: str = ""
    lost_cases: list[str] = field(default_factory=list)
    trail: deque[Exchange] = field(default_factory=lambda: deque(maxlen=TRAIL))
    answer_times: dict[str, list[float]] = field(default_factory=dict)
    case: str = ""
    cases: int = 0
    exchanges: int = 0
    _of_the_case: Counter[str] = field(default_factory=Counter)

    def begin_case(self, case: str) -> None:
        """A new generated case: evidence starts anew."""
        self.settle_case()
        self.case = case
        self.cases += 1
        self.trail.clear()

    def boundary(self, name: str) -> None:
        """Notes that the running case exercises a boundary."""
        self._of_the_case[name] += 1

    def settle_case(self) -> None:
        """The running case was served: what it exercised counts."""
        self.boundaries.update(self._of_the_case)
        self._of_the_case.clear()

    def lose_case(self, refusal: str = "") -> None:
        """The running case was not served: it exercised nothing.

        Args:
            refusal: id of the refusal, where the case was one of a list, so that none is there in its place.
        """
        self.cases -= 1
        self._of_the_case.clear()
        if refusal:
            self.lost_cases.append(refusal)

    def carry(self, before: CheckLog) -> None:
        """Takes over what an earlier run of the same check cost and was refused."""
        self.exchanges += before.exchanges
        for operation, times in before.answer_times.items():
            self.answer_times.setdefault(operation, []).extend(times)
        for name, each in before.unserved.items():
            if name in self.unserved:
                each.times += self.unserved[name].times
            self.unserved[name] = each

    def exchanged(self, exchange: Exchange) -> None:
        """Keeps an exchange as evidence and its time for the latencies."""
        self.exchanges += 1
        self.trail.append(exchange)
        if exchange.answer is not None and exchange.request.operation:
            self.answer_times.setdefault(exchange.request.operation, []).append(exchange.elapsed_s)

    def refused(self, id: str, what: str, mend: str, exchange: Exchange) -> None:
        """Keeps that a request was not served."""
        if id in self.unserved:
            self.unserved[id].times += 1
        else:
            self.unserved[id] = Unserved(what, mend, exchange)

    def count(self, judgements: Iterable[Judgement]) -> None:
        """Counts judgements; failures of requirements that this check is not bound to are kept as they are."""
        for judgement in judgements:
            self.counts.setdefault(judgement.requirement, Counter())[judgement.verdict] += 1

    def fail(self, judgements: Sequence[Judgement], trail: Sequence[Exchange], counterexample: str) -> None:
        """Keeps the evidence of broken requirements, the first for each."""
        for judgement in judgements:
            self.failures.setdefault(judgement.requirement, Failure(judgement, counterexample, tuple(trail)))

    def passed(self) -> Mapping[str, int]:
        """How many judgements passed, by requirement."""
        return {name: counter[Verdict.PASSED] for name, counter in self.counts.items()}
