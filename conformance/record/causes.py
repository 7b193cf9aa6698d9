"""One failure, one finding: groups what was broken, and what was not served, by its cause."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import specs
from conformance.judge.verdicts import Verdict
from conformance.record.evidence import exchange_record
from conformance.record.results import PlacedResult, UnservedRecord
from conformance.session.exchange import Exchange
from conformance.session.redaction import Redactor
from conformance.target.model import Target
from reports.model import CauseKind, CauseRecord, FailureRecord, RequirementRecord
from reports.text import shape

LEVELS = tuple(specs.Level)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What kept a target from being tested, in whole or in part, before any check: words, a way out, what shows it."""

    what: str
    mend: str
    exchange: Exchange | None


def causes(requirements: Sequence[RequirementRecord], results: Sequence[PlacedResult]) -> tuple[CauseRecord, ...]:
    """The causes of everything that one target broke or did not serve.

    Failures have one cause where one answer shows them all, or where answers of one operation show the same but for
    generated values. What breaks most of the mandatory requirements comes first, what was not served before that: it
    may be why.

    Args:
        requirements: of the target, with their verdicts.
        results: of all of its checks.
    """
    return (*_not_served(requirements, results), *_broken(requirements))


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
    for same in found.values():
        lost = {
            name for result, _ in same for name, verdict in result.verdicts.items() if verdict is Verdict.NOT_TESTED
        }
        first = min((each for _, each in same), key=lambda each: each.exchange.number)
        yield CauseRecord(
            kind=CauseKind.NOT_SERVED,
            what=first.what,
            mend=first.mend,
            requirements=tuple(name for name in untested if name in lost),
            checks=tuple(result.check.id for result, _ in same),
            times=sum(each.times for _, each in same),
            exchange=first.exchange,
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    """One failure of one requirement."""

    requirement: RequirementRecord
    failure: FailureRecord

    def keys(self) -> Iterator[Hashable]:
        """What it has in common with other failures of the same cause."""
        last = self.failure.trail[-1] if self.failure.trail else None
        if last is not None:
            yield ("exchange", last.number)
        yield ("shape", last.operation if last else "", shape(self.failure.observed.split(";")[0]))


def _broken(requirements: Sequence[RequirementRecord]) -> Iterator[CauseRecord]:
    seen = [_Seen(r, failure) for r in _gravest_first(requirements) for failure in r.failures]
    groups: list[tuple[set[Hashable], list[_Seen]]] = []
    for each in seen:
        keys, members = set(each.keys()), [each]
        for group in [group for group in groups if group[0] & keys]:
            groups.remove(group)
            keys |= group[0]
            members = group[1] + members
        groups.append((keys, members))
    found = [_cause(members) for _, members in groups]
    mandatory = {r.id for r in requirements if r.level is specs.Level.MANDATORY}
    yield from sorted(found, key=lambda cause: (-len(mandatory.intersection(cause.requirements)), -cause.times))


def _cause(members: Sequence[_Seen]) -> CauseRecord:
    # The gravest requirement tells it; of several ways to see it, the one with the shortest evidence.
    gravest = LEVELS.index(members[0].requirement.level)
    told = min(
        (each for each in members if LEVELS.index(each.requirement.level) == gravest),
        key=lambda each: len(each.failure.trail),
    )
    return CauseRecord(
        kind=CauseKind.BROKEN,
        what=f"{told.failure.observed or 'it does not hold'}; expected: {told.failure.allowed}",
        mend="",
        requirements=tuple(dict.fromkeys(each.requirement.id for each in members)),
        checks=tuple(dict.fromkeys(each.failure.check for each in members)),
        times=len(members),
        exchange=told.failure.trail[-1] if told.failure.trail else None,
    )


def _gravest_first(requirements: Sequence[RequirementRecord]) -> list[RequirementRecord]:
    return sorted(requirements, key=lambda requirement: LEVELS.index(requirement.level))
