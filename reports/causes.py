"""One failure, one finding: what was broken or not served, by its cause, and as reports show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reports.deviation import Deviation, deviation
from reports.model import (
    CauseKind,
    CauseRecord,
    CheckRecord,
    FailureRecord,
    Outcome,
    RequirementRecord,
    TargetRecord,
    Verdict,
)
from reports.text import one_line, plural
from specs.model import Level

EXPECTED = "; expected: "
LEVELS = tuple(Level)
NAMED = 8  # requirements that are named in a line; the others are counted
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
    def evidence(self) -> FailureRecord | None:
        """The failure that tells it, or its exchange as one where nothing was judged."""
        shown = self.record.exchange
        if self.failure is not None or shown is None:
            return self.failure if self.failure and self.failure.trail else None
        return FailureRecord(shown.check, self.record.what, "", None, "", (shown,))

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

    @property
    def line(self) -> str:
        """The cause in a sentence, with its kind."""
        return self.record.what if self.served else f"not served: {self.record.what}"

    @property
    def often(self) -> str:
        """How often it was seen: `46 times`, `600 requests`."""
        return plural(self.record.times, "time" if self.served else "request")


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
    records = target.causes or broken(target.requirements, target.checks)
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
    """The target's note, where it is not conformant and none of its causes explains why; else ""."""
    telling = any(
        each.grave and (not each.served or any(r.level is Level.MANDATORY for r in each.requirements))
        for each in found.all
    )
    return target.note if target.verdict is not Outcome.CONFORMANT and not telling else ""


def named(ids: Sequence[str], most: int = NAMED) -> str:
    """Some ids, and how many more there are."""
    more = len(ids) - most
    return ", ".join(ids[:most]) + (f" and {more} more" if more > 0 else "")


def as_of(finding: Finding, requirement: str, total: int) -> str:
    """Which cause a requirement is hit by, and which others are."""
    others = [each.id for each in finding.requirements if each.id != requirement]
    does = "breaks" if finding.served else "kept the suite from testing"
    also = f"it also {does} {named(others)}" if others else "it hits nothing else"
    seen = "" if finding.served else f" (not served: {one_line(finding.record.what, 120)})"
    return f"cause {finding.number} of {total}{seen}, {also}"


def broken(requirements: Iterable[RequirementRecord], checks: Iterable[CheckRecord] = ()) -> tuple[CauseRecord, ...]:
    """The causes of all failures, the one first that breaks most of the mandatory requirements.

    Failures have one cause where answers of one operation deviate from what is allowed in the same way. What was only
    ever seen together with another deviation, in the very same answers, has the same cause as that one. An answer in
    which two deviations meet that were seen apart elsewhere does not make them one.

    Args:
        requirements: of one target.
        checks: of the target; one that is there to decide a requirement tells it better than another, as only such a
            check goes on to look for the smallest counterexample.
    """
    deciding = {(check.id, name) for check in checks for name in check.requirements}
    ordered = sorted(requirements, key=lambda requirement: LEVELS.index(requirement.level))
    alike: dict[tuple[str, Deviation], list[_Seen]] = {}
    for rank, requirement in enumerate(ordered):
        for failure in requirement.failures:
            last = failure.trail[-1] if failure.trail else None
            place = (last.check, last.number) if last else None
            key = (last.operation if last else "", deviation(failure.observed, failure.allowed))
            by_the_way = (failure.check, requirement.id) not in deciding
            alike.setdefault(key, []).append(_Seen(requirement, failure, place, rank, by_the_way))
    found = [_cause(members) for members in _joined(list(alike.values()))]
    mandatory = {requirement.id for requirement in ordered if requirement.level is Level.MANDATORY}
    found.sort(key=lambda cause: (-len(mandatory.intersection(cause.requirements)), -cause.times))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Seen:
    """One failure of one requirement.

    Attributes:
        requirement: which one.
        failure: of it.
        place: the exchange that shows it.
        rank: how grave it is, 0 the gravest.
        by_the_way: whether it was seen by a check that is not there to decide the requirement.
    """

    requirement: RequirementRecord
    failure: FailureRecord
    place: Place | None
    rank: int
    by_the_way: bool


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
    """The gravest requirement tells it; of several ways to see it, the one that is the easiest to read."""
    ordered = sorted(members, key=lambda each: each.rank)
    gravest = ordered[0].requirement.level
    told = min(
        (each for each in members if each.requirement.level is gravest),
        key=lambda each: (each.by_the_way, *_effort_to_read(each.failure), each.place or ("", 0)),
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


def _effort_to_read(failure: FailureRecord) -> tuple[int, bool, int]:
    """The shortest evidence is the best; of equally long ones, one that a person can read."""
    shown = failure.trail[-1:]
    strange = any(each.answer and each.answer.body and each.answer.body.base64 for each in shown)
    return len(failure.trail), strange or not failure.observed.isascii(), len(failure.observed)


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
