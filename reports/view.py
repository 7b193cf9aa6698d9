"""What reports have in common: a record counted, grouped and put into words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from reports.deviation import Deviation, deviation
from reports.exchanges import AnswerRecord, Body, ExchangeRecord
from reports.model import CheckRecord, FailureRecord, ReadingRecord, RequirementRecord, TargetRecord, Verdict
from reports.text import natural, one_line, status_line

WORST_FIRST = (
    Verdict.FAILED,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_TESTED,
    Verdict.PASSED,
    Verdict.NOT_APPLICABLE,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Requirements under one heading."""

    name: str
    requirements: tuple[RequirementRecord, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of its requirements."""
        return min((r.verdict for r in self.requirements), key=WORST_FIRST.index)

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """Requirements by verdict."""
        return counts(self.requirements)


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which a requirement was broken, with the shortest evidence and every check that saw it."""

    failure: FailureRecord
    checks: tuple[str, ...]
    deviation: Deviation


@dataclass(frozen=True, slots=True)
class Informational:
    """Something worth knowing that no requirement covers, and the checks that saw it."""

    what: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Strength:
    """How much stands behind the verdict of a requirement."""

    checks: tuple[CheckRecord, ...]
    cases: int
    boundaries: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Readings:
    """The readings of a target, sorted by what there is to say about them.

    Attributes:
        notable: false claims and options that the strict level does not accept.
        strict: learned, and as the strict level demands.
        unknown: not learned, though a probe asks.
        unobservable: no probe can tell.
    """

    notable: tuple[ReadingRecord, ...]
    strict: tuple[ReadingRecord, ...]
    unknown: tuple[ReadingRecord, ...]
    unobservable: tuple[ReadingRecord, ...]

    @property
    def learned(self) -> int:
        """How many options were learned."""
        return len(self.strict) + sum(reading.option is not None for reading in self.notable)


def counts(requirements: Iterable[RequirementRecord]) -> Mapping[Verdict, int]:
    """Requirements by verdict, the worst first, without those that do not occur."""
    counter = Counter(requirement.verdict for requirement in requirements)
    return {verdict: counter[verdict] for verdict in WORST_FIRST if counter[verdict]}


def groups(target: TargetRecord) -> tuple[Group, ...]:
    """The requirements of a target under their headings, in the order of the catalogue."""
    found: dict[str, list[RequirementRecord]] = {}
    for requirement in target.requirements:
        found.setdefault(requirement.group, []).append(requirement)
    return tuple(Group(name, tuple(requirements)) for name, requirements in found.items())


def ways(requirement: RequirementRecord, checks: Iterable[CheckRecord] = ()) -> tuple[Way, ...]:
    """The failures of a requirement, one entry for each way to break it, however many checks hit it.

    What was seen by one of the `checks` that are there to decide the requirement comes first: only such a check goes
    on to look for the smallest counterexample.
    """
    deciding = {check.id for check in checks if requirement.id in check.requirements}
    found: dict[tuple[Deviation, str | None], list[FailureRecord]] = {}
    for failure in requirement.failures:
        found.setdefault((deviation(failure.observed, failure.allowed), failure.reading), []).append(failure)

    def by_the_way(failure: FailureRecord) -> bool:
        return failure.check not in deciding

    told = [
        Way(
            min(same, key=lambda failure: (by_the_way(failure), _effort_to_read(failure))),
            tuple(dict.fromkeys(failure.check for failure in same)),
            key[0],
        )
        for key, same in found.items()
    ]
    return tuple(sorted(told, key=lambda way: by_the_way(way.failure)))


def strength(target: TargetRecord, requirement: RequirementRecord) -> Strength:
    """The checks behind the verdict of a requirement, with their cases and boundaries."""
    checks = tuple(check for check in target.checks if check.id in requirement.checks)
    boundaries: Counter[str] = Counter()
    for check in checks:
        boundaries.update(check.boundaries)
    ordered = {name: boundaries[name] for name in sorted(boundaries, key=natural)}
    return Strength(checks, sum(check.cases for check in checks), ordered)


def readings(target: TargetRecord) -> Readings:
    """The readings of a target, sorted by what there is to say about them."""
    notable, strict, unknown, unobservable = [], [], [], []
    for reading in target.readings:
        if reading.verdict is Verdict.FAILED or (reading.option is not None and reading.option not in reading.strict):
            notable.append(reading)
        elif reading.option is not None:
            strict.append(reading)
        elif reading.observable:
            unknown.append(reading)
        else:
            unobservable.append(reading)
    return Readings(tuple(notable), tuple(strict), tuple(unknown), tuple(unobservable))


def informational(target: TargetRecord) -> tuple[Informational, ...]:
    """What the checks saw beyond the requirements; equal findings are one, with every check that saw them."""
    found: dict[str, list[str]] = {}
    for check in target.checks:
        for what in check.observations:
            found.setdefault(what, []).append(check.id)
    return tuple(Informational(what, tuple(dict.fromkeys(checks))) for what, checks in found.items())


def left_behind(target: TargetRecord) -> tuple[str, ...]:
    """What could not be cleaned up, each with the check that made it."""
    return (
        *(f"{what} (before the checks)" for what in target.left_behind),
        *(f"{what} ({check.id})" for check in target.checks for what in check.left_behind),
    )


def untold(
    target: TargetRecord, verdict: Verdict, told: Collection[str] = ()
) -> Mapping[str, tuple[RequirementRecord, ...]]:
    """Requirements of a verdict by the reason for it, the most frequent first, without those that were told."""
    found: dict[str, list[RequirementRecord]] = {}
    for requirement in target.requirements:
        if requirement.verdict is verdict and requirement.id not in told:
            found.setdefault(requirement.reason or "no reason was given", []).append(requirement)
    return {reason: tuple(same) for reason, same in sorted(found.items(), key=lambda item: -len(item[1]))}


def source_of(requirement: RequirementRecord) -> str:
    """Where the document says it: `S1 lines 57, 64 (S1#30, S1#36)`."""
    source = requirement.source
    word = "lines" if any(mark in source.lines for mark in ",-\N{EN DASH}") else "line"
    lines = f" {word} {source.lines}" if source.lines else ""
    statements = f" ({', '.join(source.statements)})" if source.statements else ""
    return f"{source.document}{lines}{statements}"


def sent(exchange: ExchangeRecord, limit: int = 300) -> str:
    """What was sent, on one line; the target's name is left out where it says nothing."""
    place = re.sub("^https://[^/]*(?=/)", "", exchange.url)
    return one_line(f"{exchange.method} {place} {_shown(exchange.request_body)}", limit)


def came(exchange: ExchangeRecord, limit: int = 300) -> str:
    """What came of it, on one line."""
    if exchange.answer is None:
        return one_line(f"{exchange.trouble}: {exchange.detail}" if exchange.detail else str(exchange.trouble), limit)
    return one_line(f"{status_line(exchange.answer.status)} {_shown(exchange.answer.body)}", limit)


def evidence(failure: FailureRecord, limit: int = 300) -> tuple[tuple[str, str], ...]:
    """The evidence of a failure as labels and texts; the command that sends it again is the last."""
    last = failure.trail[-1] if failure.trail else None
    before = failure.trail[-2] if len(failure.trail) > 1 else None
    decided = f" (reading {failure.reading})" if failure.reading else ""
    rows = (
        ("before", f"{sent(before, limit // 2)} → {came(before, limit // 2)}" if before else ""),
        ("sent", sent(last, limit) if last else ""),
        ("came", came(last, limit) if last else ""),
        ("observed", failure.observed),
        ("allowed", failure.allowed + decided),
        ("smallest", one_line(failure.counterexample, limit)),
        ("check", failure.check),
        ("again", last.curl if last else ""),
    )
    return tuple((label, text) for label, text in rows if text)


def transcript(exchange: ExchangeRecord) -> str:
    """An exchange as a person reads HTTP; control characters are still in it."""
    lines = [f"{exchange.method} {exchange.url}"]
    lines += [f"{name}: {value}" for name, value in exchange.request_headers]
    lines += ["", _shown(exchange.request_body), ""]
    answer = exchange.answer
    if answer is None:
        lines.append(f"no answer after {exchange.elapsed_s:.3f} s: {exchange.trouble} {exchange.detail}".rstrip())
    else:
        lines += _answer_lines(answer, exchange.elapsed_s)
    return "\n".join(lines) + "\n"


def _answer_lines(answer: AnswerRecord, elapsed_s: float) -> list[str]:
    lines = [f"{status_line(answer.status)} after {elapsed_s:.3f} s"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    return [*lines, "", _shown(answer.body)]


def _shown(body: Body | None) -> str:
    if body is None:
        return ""
    text = body.text if body.text is not None else f"[base64] {body.base64}"
    return f"{text} [cut; {body.cut} bytes in all]" if body.cut is not None else text


def _effort_to_read(failure: FailureRecord) -> tuple[int, int]:
    return len(failure.trail), len(failure.counterexample)
