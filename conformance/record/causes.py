"""One failure, one finding: groups what was broken, and what was not served, by its cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.judge.verdicts import Verdict
from conformance.record.evidence import exchange_record
from conformance.record.results import PlacedResult, UnservedRecord
from conformance.session.exchange import Exchange
from conformance.session.redaction import Redactor
from conformance.target.model import Target
from reports.causes import LEVELS, broken
from reports.model import CauseKind, CauseRecord, RequirementRecord
from specs.refusals import refusals

_RIGHT = frozenset(refusal.id for refusal in refusals() if refusal.unknown_method)
"""Refusals that are right answers: worth a word only where something was not tested because of them."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What kept a target from being tested, in whole or in part, before any check: words, a way out, what shows it."""

    what: str
    mend: str
    exchange: Exchange | None


def causes(requirements: Sequence[RequirementRecord], results: Sequence[PlacedResult]) -> tuple[CauseRecord, ...]:
    """The causes of everything that one target broke or did not serve.

    What was not served comes first, as it may be why; then what breaks most of the mandatory requirements. What makes
    failures one cause is told by `reports.causes`, which finds the causes of older records in the same way.

    Args:
        requirements: of the target, with their verdicts.
        results: of all of its checks.
    """
    return (*_not_served(requirements, results), *broken(requirements, [result.check for result in results]))


def not_served(requirements: Sequence[RequirementRecord], results: Sequence[PlacedResult]) -> frozenset[str]:
    """Ids of the requirements that were not tested because the target did not serve what they needed."""
    return frozenset(name for cause in _not_served(requirements, results) for name in cause.requirements)


def obstacle_record(obstacle: Obstacle, target: Target, redactor: Redactor) -> CauseRecord:
    """An obstacle as the run record has it."""
    shown = obstacle.exchange
    return CauseRecord(
        kind=CauseKind.NOT_SERVED,
        what=redactor.text(obstacle.what),
        mend=obstacle.mend,
        requirements=(),
        checks=(),
        times=1,
        exchange=exchange_record(shown, target, redactor) if shown else None,
    )


def _not_served(requirements: Sequence[RequirementRecord], results: Sequence[PlacedResult]) -> Iterator[CauseRecord]:
    untested = [r.id for r in _gravest_first(requirements) if r.verdict is Verdict.NOT_TESTED]
    found: dict[str, list[tuple[PlacedResult, UnservedRecord]]] = {}
    for result in results:
        for each in result.unserved:
            found.setdefault(each.id, []).append((result, each))
    for name, same in found.items():
        first = min((each for _, each in same), key=lambda each: each.exchange.number)
        concerned = [r for r in results if name in r.lost.values() or any(r is one for one, _ in same)]
        lost = {requirement for result in results for requirement, to in result.lost.items() if to == name}
        hit = tuple(requirement for requirement in untested if requirement in lost)
        if not hit and name in _RIGHT:
            continue
        yield CauseRecord(
            kind=CauseKind.NOT_SERVED,
            what=first.what,
            mend=first.mend,
            requirements=hit,
            checks=tuple(result.check.id for result in concerned),
            times=sum(each.times for _, each in same),
            exchange=first.exchange,
        )


def _gravest_first(requirements: Sequence[RequirementRecord]) -> list[RequirementRecord]:
    return sorted(requirements, key=lambda requirement: LEVELS.index(requirement.level))
