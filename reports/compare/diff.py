"""Two run records compared by id: requirements, readings and answer times; pure, whatever order they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from reports.causes import Findings, as_of, findings
from reports.compare.answers import Answers
from reports.compare.latency import OperationChange, operation_changes
from reports.deviation import Deviation
from reports.model import (
    FailureRecord,
    GateState,
    ReadingRecord,
    RequirementRecord,
    RunRecord,
    TargetRecord,
    Verdict,
)
from reports.text import one_line
from reports.view import ways


class Kind(StrEnum):
    """What became of a requirement."""

    NEW_FAILURE = "new failure"
    UNTESTED = "newly untested"
    STILL_FAILING = "still failing"
    FIXED = "fixed"
    TESTED = "newly passed"
    OTHER = "other change"


@dataclass(frozen=True, slots=True)
class RequirementChange:
    """A requirement whose verdict is another now, or that is still broken.

    Attributes:
        kind: what became of it.
        requirement: as the new run has it, or the old one where the new one lacks it.
        before: verdict in the old run, or None where it lacks the requirement.
        after: verdict in the new run, or None.
        reason: in a line.
        failure: the shortest evidence, of the new run where it failed there.
        same_as: id of the requirement before it in the comparison that has the same cause and tells it, or "".
        cause: in words, where the requirement has a cause that it shares, or one that was not served; else "".
        waived: whether a waiver in force covers the new failure.
        regression: whether something got worse that nobody waived.
    """

    kind: Kind
    requirement: RequirementRecord
    before: Verdict | None
    after: Verdict | None
    reason: str
    failure: FailureRecord | None
    same_as: str
    cause: str
    waived: bool
    regression: bool


@dataclass(frozen=True, slots=True)
class ReadingChange:
    """A reading that the target follows otherwise than before. `before` and `after` are options, None not learned."""

    reading: ReadingRecord
    before: str | None
    after: str | None
    regression: bool
    note: str


@dataclass(frozen=True, slots=True)
class TargetDiff:
    """One contract in both runs. `old` or `new` is None where a run lacks it; then `lost` or nothing is said.

    Attributes:
        contract: id.
        title: of the contract.
        old: as it was.
        new: as it is.
        requirements: changes, the worst kind first, in the order of the catalogue.
        readings: changes.
        operations: answer times of every operation of either run.
        answers: what the same requests were answered with, or None where nobody looked.
    """

    contract: str
    title: str
    old: TargetRecord | None
    new: TargetRecord | None
    requirements: tuple[RequirementChange, ...]
    readings: tuple[ReadingChange, ...]
    operations: tuple[OperationChange, ...]
    answers: Answers | None

    def of(self, kind: Kind) -> tuple[RequirementChange, ...]:
        """The requirements of a kind."""
        return tuple(change for change in self.requirements if change.kind is kind)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs between two runs. `notes` say what makes them less alike than their targets are."""

    old: RunRecord
    new: RunRecord
    targets: tuple[TargetDiff, ...]
    notes: tuple[str, ...]

    @property
    def regressions(self) -> int:
        """How many things got worse."""
        requirements = sum(change.regression for t in self.targets for change in t.requirements)
        return requirements + sum(change.regression for t in self.targets for change in t.readings)


Pair = tuple[TargetRecord | None, TargetRecord | None]


def compare(old: RunRecord, new: RunRecord, answers: Sequence[Answers | None] = ()) -> Comparison:
    """What became of everything that the old run saw.

    Args:
        old: the run before.
        new: the run after.
        answers: for each of `pairs(old, new)`, or nothing.
    """
    found = pairs(old, new)
    seen = answers or [None] * len(found)
    waived = _waived(new)
    targets = tuple(_target(pair, each, waived) for pair, each in zip(found, seen, strict=True))
    return Comparison(old, new, targets, tuple(_notes(old, new, found)))


def pairs(old: RunRecord, new: RunRecord) -> tuple[Pair, ...]:
    """Targets that belong together: of one contract, and of one name where a contract has several targets."""
    left = list(old.targets)
    found: dict[int, TargetRecord] = {}
    for same_name in (True, False):
        for place, target in enumerate(new.targets):
            fitting = [o for o in left if o.contract == target.contract and (o.name == target.name or not same_name)]
            if place not in found and fitting:
                found[place] = fitting[0]
                left.remove(fitting[0])
    both = [(found.get(place), target) for place, target in enumerate(new.targets)]
    return tuple(sorted([*both, *((gone, None) for gone in left)], key=_place))


def _place(pair: Pair) -> tuple[str, str]:
    target = pair[1] or pair[0]
    assert target is not None
    return target.contract, target.name


def _waived(record: RunRecord) -> set[tuple[str, str, str]]:
    findings = record.gate.findings if record.gate else ()
    return {(f.contract, f.target, f.id) for f in findings if f.state is GateState.WAIVED}


def _target(pair: Pair, answers: Answers | None, waived: set[tuple[str, str, str]]) -> TargetDiff:
    old, new = pair
    there = new or old
    assert there is not None
    changes = sorted(_requirements(old, new, waived), key=lambda change: list(Kind).index(change.kind))
    return TargetDiff(
        contract=there.contract,
        title=there.title,
        old=old,
        new=new,
        requirements=tuple(_by_cause(changes, findings(new)) if new else changes),
        readings=tuple(_readings(old, new)),
        operations=operation_changes(old.operations if old else (), new.operations if new else ()),
        answers=answers,
    )


def _requirements(
    old: TargetRecord | None, new: TargetRecord | None, waived: set[tuple[str, str, str]]
) -> Iterator[RequirementChange]:
    before = {each.id: each for each in old.requirements} if old else {}
    after = {each.id: each for each in new.requirements} if new else {}
    for name in dict.fromkeys((*after, *before)):
        was, now = before.get(name), after.get(name)
        kind = _kind(was, now, ran=new is not None)
        if kind is None:
            continue
        there = now or was
        assert there is not None
        found = ways(now) if now and now.failures else ways(was) if was else ()
        excused = new is not None and (new.contract, new.name, name) in waived
        yield RequirementChange(
            kind=kind,
            requirement=there,
            before=was.verdict if was else None,
            after=now.verdict if now else None,
            reason=_reason(was, now, kind, ran=new is not None),
            failure=found[0].failure if found else None,
            same_as="",
            cause="",
            waived=excused,
            regression=kind in (Kind.NEW_FAILURE, Kind.UNTESTED) and not excused,
        )


def _by_cause(changes: Sequence[RequirementChange], known: Findings) -> Iterator[RequirementChange]:
    """The changes, each cause told once for each kind of change: the others refer to where it was told."""
    first: dict[tuple[Kind, int], str] = {}
    for change in changes:
        found = known.of.get(change.requirement.id, ())
        if not found or change.kind not in (Kind.NEW_FAILURE, Kind.STILL_FAILING, Kind.UNTESTED):
            yield change
            continue
        told = first.setdefault((change.kind, found[0].number), change.requirement.id)
        same_as = told if told != change.requirement.id else ""
        yield replace(change, same_as=same_as, cause=as_of(found[0], change.requirement.id, len(known.all)))


def _kind(was: RequirementRecord | None, now: RequirementRecord | None, *, ran: bool) -> Kind | None:
    before, after = was.verdict if was else None, now.verdict if now else None
    decided = before in (Verdict.PASSED, Verdict.FAILED)
    if after is Verdict.FAILED:
        return Kind.STILL_FAILING if before is Verdict.FAILED else Kind.NEW_FAILURE
    if after is Verdict.PASSED:
        return {Verdict.FAILED: Kind.FIXED, Verdict.PASSED: None}.get(before, Kind.TESTED) if before else Kind.TESTED
    if decided and (after in (Verdict.INCONCLUSIVE, Verdict.NOT_TESTED) or (after is None and not ran)):
        return Kind.UNTESTED
    return None if before == after or not (decided or (before and after)) else Kind.OTHER


def _reason(was: RequirementRecord | None, now: RequirementRecord | None, kind: Kind, *, ran: bool) -> str:
    if now is None:
        return "the suite has no such requirement any more" if ran else "the contract was not run"
    if now.verdict is Verdict.FAILED:
        if was is None:
            return "the old run does not know this requirement"
        return "in another way than before" if kind is Kind.STILL_FAILING and _ways(was) != _ways(now) else ""
    return now.reason


def _ways(requirement: RequirementRecord) -> set[tuple[Deviation, str | None]]:
    return {(way.deviation, way.failure.reading) for way in ways(requirement)}


def _readings(old: TargetRecord | None, new: TargetRecord | None) -> Iterator[ReadingChange]:
    if old is None or new is None:
        return
    before = {each.id: each for each in old.readings}
    for now in new.readings:
        was = before.get(now.id)
        if was is None or (was.option == now.option and was.verdict == now.verdict):
            continue
        worse = was.option is not None and (
            now.option is None
            or (now.option not in now.strict and was.option in now.strict)
            or (now.verdict is Verdict.FAILED and was.verdict is not Verdict.FAILED)
        )
        yield ReadingChange(now, was.option, now.option, worse, now.note if worse else "")


def _notes(old: RunRecord, new: RunRecord, found: Sequence[Pair]) -> Iterator[str]:
    for name in ("seed", "effort", "level"):
        before, after = getattr(old.run, name), getattr(new.run, name)
        if before != after:
            yield f"{name} {before} then, {after} now"
    if old.suite.version != new.suite.version:
        yield f"suite {old.suite.version} then, {new.suite.version} now"
    for word, record in (("old", old), ("new", new)):
        if not record.run.complete:
            yield f"the {word} run is not complete: {', '.join(record.run.partial)}"
    yield from _not_served("old", old)
    yield from _not_served("new", new)
    for was, now in found:
        if was and now and was.spec_digest != now.spec_digest:
            yield f"the specification of {now.contract} changed between the runs"
        if was is None and now:
            yield f"{now.contract} ({now.name}) was not in the old run"
        if now is None and was:
            yield f"{was.contract} ({was.name}) is not in the new run"


def _not_served(word: str, record: RunRecord) -> Iterator[str]:
    for target in record.targets:
        for finding in findings(target).not_served:
            if finding.grave:
                yield f"the {word} run of {target.contract} was not served: {one_line(finding.record.what)}"
