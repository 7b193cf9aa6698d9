"""The result of a check without secrets, as values that travel from a worker to the controller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.exercise.log import Failure
from conformance.exercise.runner import CheckResult
from conformance.judge.verdicts import Verdict
from conformance.record.evidence import exchange_record, trail_record
from conformance.session.redaction import Redactor
from conformance.target.model import Target
from reports.codec import decode, encode
from reports.exchanges import ExchangeRecord
from reports.model import CheckRecord, FailureRecord


@dataclass(frozen=True, slots=True)
class UnservedRecord:
    """Why some requests of a check were not served: an id, words, how many they were, and the first of them."""

    id: str
    what: str
    mend: str
    times: int
    exchange: ExchangeRecord


@dataclass(frozen=True, slots=True)
class PlacedResult:
    """What one check says of one target.

    Attributes:
        place: index of the target in the run.
        check: as the run record has it.
        verdicts: of the requirements that it says something about.
        counts: judgements by requirement and verdict.
        failures: evidence by requirement.
        answer_times: seconds, by operation.
        budget: the budget that it used up, or None.
        unserved: why requests were not served.
        lost: the requirements that refusals kept from being tested, each with the id of the refusal.
    """

    place: int
    check: CheckRecord
    verdicts: Mapping[str, Verdict]
    counts: Mapping[str, Mapping[str, int]]
    failures: Mapping[str, FailureRecord]
    answer_times: Mapping[str, tuple[float, ...]]
    budget: str | None
    unserved: tuple[UnservedRecord, ...] = ()
    lost: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        encoded: dict[str, Any] = encode(self)
        return encoded

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PlacedResult:
        """Back from plain JSON values."""
        return decode(cls, data)


def place_result(
    result: CheckResult, place: int, target: Target, redactor: Redactor, budget: str | None
) -> PlacedResult:
    """The result of a check on a target, its secrets removed."""
    check = CheckRecord(
        id=result.check,
        summary=result.summary,
        requirements=result.bound,
        verdict=result.verdict,
        reason=redactor.text(result.reason),
        cases=result.cases,
        exchanges=result.exchanges,
        boundaries=result.boundaries,
        elapsed_s=round(result.elapsed_s, 6),
        waited_s=round(result.waited_s, 6),
        left_behind=tuple(redactor.text(left) for left in result.left_behind),
        observations=tuple(redactor.text(each) for each in result.observations),
    )
    failures = {name: _failure(result, f, target, redactor) for name, f in result.failures.items()}
    times = {name: tuple(round(t, 6) for t in found) for name, found in result.answer_times.items()}
    unserved = tuple(
        UnservedRecord(name, each.what, each.mend, each.times, exchange_record(each.first, target, redactor))
        for name, each in result.unserved.items()
    )
    return PlacedResult(place, check, result.verdicts, result.counts, failures, times, budget, unserved, result.lost)


def _failure(result: CheckResult, failure: Failure, target: Target, redactor: Redactor) -> FailureRecord:
    return FailureRecord(
        check=result.check,
        observed=redactor.text(failure.judgement.observed),
        allowed=redactor.text(failure.judgement.allowed),
        reading=failure.judgement.reading,
        counterexample=redactor.text(failure.counterexample),
        trail=trail_record(failure.trail, target, redactor),
    )
