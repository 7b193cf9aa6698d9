"""One failure, one finding: what was broken or not served, by its cause, and as reports show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.deviation import Deviation, deviation
from reports.model import (
    CauseKind,
    CauseRecord,
    FailureRecord,
    Outcome,
    RequirementRecord,
    TargetRecord,
    Verdict,
)
from specs.model import Level

EXPECTED = "; expected: "
LEVELS = tuple(Level)
Place = tuple[str, int]
"""An exchange: the check that sent it, and its number in the journal."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause as reports show it.

    Attributes:
        number: among those of its target, from 1 on.
        record: the cause.
        failure: the evidence, or None where there is none.
        requirements: that it hits, the mandatory ones first.
        ended: whether the run of the target ended before any check because of it.
    """

    number: int
    record: CauseRecord
    failure: FailureRecord | None
    requirements: tuple[RequirementRecord, ...]
    ended: bool

    @property
    def served(self) -> bool:
        """Whether the requests that show it were served: then an answer is wrong."""
        return self.record.kind is CauseKind.BROKEN

    @property
    def grave(self) -> bool:
        """Whether it cost anything: a refusal may have hit no requirement at all."""
        return self.served or bool(self.record.requirements) or not self.record.checks

    @property
    def observed(self) -> str:
        """What was seen, without what is expected."""
        return self.failure.observed or "it does not hold" if self.failure else self.record.what

    @property
    def allowed(self) -> str:
        """What is expected, or "" where the words for what was seen say it, or where nothing was served."""
        return self.failure.allowed if self.failure else ""

    @property
    def mend(self) -> str:
        """What would help, or "" where nothing is known or it was said already."""
        return "" if self.record.mend in self.record.what else self.record.mend

    def others(self, requirement: str) -> tuple[str, ...]:
        """Ids of the other requirements that it hits."""
        return tuple(each.id for each in self.requirements if each.id != requirement)


@dataclass(frozen=True, slots=True)
class Findings:
    """The causes of a target, the gravest first, and what became of each requirement through them."""

    all: tuple[Finding, ...]
    of: Mapping[str, tuple[Finding, ...]]

    @property
    def not_served(self) -> tuple[Finding, ...]:
        """What was not served."""
        return tuple(each for each in self.all if not each.served)

    @property
    def broken(self) -> tuple[Finding, ...]:
        """What was answered wrongly."""
        return tuple(each for each in self.all if each.served)

    @property
    def ended(self) -> Finding | None:
        """Why the run of the target ended before any check, or None where it did not."""
        return next((each for each in self.all if each.ended), None)


def findings(target: TargetRecord) -> Findings:
    """The causes of a target. A record that has none, as older ones, has those that its failures show."""
    known = {requirement.id: requirement for requirement in target.requirements}
    records = target.causes or broken(target.requirements)
    told = {name for record in records for name in record.requirements}
    silent = [r for r in target.requirements if r.verdict is Verdict.FAILED and r.id not in told]
    found = tuple(
        Finding(
            number=number,
            record=record,
            failure=_failure(record, known),
            requirements=tuple(known[name] for name in record.requirements if name in known),
            ended=record.kind is CauseKind.NOT_SERVED and not target.checks and record.what == target.note,
        )
        for number, record in enumerate([*records, *map(_unshown, silent)], start=1)
    )
    of: dict[str, list[Finding]] = {}
    for each in found:
        for requirement in each.requirements:
            of.setdefault(requirement.id, []).append(each)
    return Findings(found, {name: tuple(same) for name, same in of.items()})


def first_word(target: TargetRecord, found: Findings) -> str:
    """What a reader must know first of a target that has no cause and is not conformant either; else ""."""
    return target.note if target.verdict is not Outcome.CONFORMANT and not found.all else ""


def broken(requirements: Iterable[RequirementRecord]) -> tuple[CauseRecord, ...]:
    """The causes of all failures, the one first that breaks most of the mandatory requirements.

    Failures have one cause where answers of one operation deviate from what is allowed in the same way. What was only
    ever seen together with another deviation, in the very same answers, has the same cause as that one. An answer in
    which two deviations meet that were seen apart elsewhere does not make them one.
    """
    ordered = sorted(requirements, key=lambda requirement: LEVELS.index(requirement.level))
    alike: dict[tuple[str, Deviation], list[_Seen]] = {}
    for rank, requirement in enumerate(ordered):
        for failure in requirement.failures:
            last = failure.trail[-1] if failure.trail else None
            place = (last.check, last.number) if last else None
            key = (last.operation if last else "", deviation(failure.observed, failure.allowed))
            alike.setdefault(key, []).append(_Seen(requirement, failure, place, rank))
    found = [_cause(members) for members in _joined(list(alike.values()))]
    mandatory = {requirement.id for requirement in ordered if requirement.level is Level.MANDATORY}
    found.sort(key=lambda cause: (-len(mandatory.intersection(cause.requirements)), -cause.times))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One failure of one requirement, the exchange that shows it, and how grave it is (0 the gravest)."""

    requirement: RequirementRecord
    failure: FailureRecord
    place: Place | None
    rank: int


def _joined(groups: Sequence[list[_Seen]]) -> Iterator[list[_Seen]]:
    """Joins a group to the smallest other one that was seen wherever the group was."""
    places = [frozenset(each.place for each in group) for group in groups]
    order = sorted(range(len(groups)), key=lambda index: (len(places[index]), len(groups[index])))
    members = {index: list(groups[index]) for index in order}
    for rank, index in enumerate(order):
        if None in places[index]:
            continue
        host = next((other for other in order[rank + 1 :] if places[index] <= places[other]), None)
        if host is not None:
            members[host] += members.pop(index)
    yield from (members[index] for index in sorted(members))


def _cause(members: Sequence[_Seen]) -> CauseRecord:
    """The gravest requirement tells it; of several ways to see it, the one with the shortest evidence."""
    ordered = sorted(members, key=lambda each: each.rank)
    gravest = ordered[0].requirement.level
    told = min(
        (each for each in members if each.requirement.level is gravest),
        key=lambda each: (len(each.failure.trail), len(each.failure.observed), each.place or ("", 0)),
    ).failure
    places = {each.place for each in members}
    return CauseRecord(
        kind=CauseKind.BROKEN,
        what=_what(told),
        mend="",
        requirements=tuple(dict.fromkeys(each.requirement.id for each in ordered)),
        checks=tuple(dict.fromkeys(each.failure.check for each in members)),
        times=len(places - {None}) + sum(each.place is None for each in members),
        exchange=told.trail[-1] if told.trail else None,
    )


def _what(failure: FailureRecord) -> str:
    return f"{failure.observed or 'it does not hold'}{EXPECTED}{failure.allowed}"


def _failure(cause: CauseRecord, known: Mapping[str, RequirementRecord]) -> FailureRecord | None:
    """The failure that tells a cause."""
    fitting = (f for name in cause.requirements if name in known for f in known[name].failures)
    return next(
        (f for f in fitting if _what(f) == cause.what and (f.trail[-1] if f.trail else None) == cause.exchange), None
    )


def _unshown(requirement: RequirementRecord) -> CauseRecord:
    """A requirement that is broken without evidence, which is a cause of its own."""
    what = requirement.reason or "it does not hold"
    return CauseRecord(CauseKind.BROKEN, what, "", (requirement.id,), requirement.checks, 1, None)
