"""A record as test cases, for the report formats of test tools."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reports.gate import WRONG, waiver_line
from reports.model import Outcome, ReadingRecord, RequirementRecord, RunRecord, TargetRecord, Verdict
from reports.view import Cause, Strength, causes, evidence, source_of, strength
from specs.model import Level

READINGS = "Readings"
OVERALL = "Overall"
WAIVERS = "Waivers"


@dataclass(frozen=True, slots=True)
class Case:
    """One requirement as a test case; or a reading that failed; or that nothing could be decided.

    Attributes:
        id: stable from run to run.
        group: heading.
        title: a sentence.
        level: prescription level.
        facts: labels and texts that say more, such as the source.
        verdict: of the requirement.
        reason: why it is not passed, in a line.
        seconds: its share of the time of its checks.
        causes: evidence.
        strength: what stands behind the verdict, or None.
    """

    id: str
    group: str
    title: str
    level: Level
    facts: tuple[tuple[str, str], ...]
    verdict: Verdict
    reason: str
    seconds: float = 0.0
    causes: tuple[Cause, ...] = ()
    strength: Strength | None = None

    @property
    def headline(self) -> str:
        """The verdict with its reason; begins with the verdict, so that it can be matched."""
        return f"{self.verdict}: {self.reason}" if self.reason else str(self.verdict)

    def details(self) -> str:
        """Requirement, source and all evidence as text."""
        lines = [self.title, *(f"{label}: {text}" for label, text in self.facts)]
        for cause in self.causes:
            lines += ["", *(f"{label}: {text}" for label, text in evidence(cause.failure, 2_000))]
        return "\n".join(lines)


def cases(target: TargetRecord) -> Iterator[Case]:
    """The test cases of a target.

    Every requirement is one. A reading is one only where it failed. Where nothing else would show that the
    target could not be decided, a case of its own says so: what was skipped must not read as green.
    """
    found = [*_requirements(target), *_readings(target)]
    yield from found
    silent = all(case.verdict not in (Verdict.FAILED, Verdict.INCONCLUSIVE) for case in found)
    if silent and target.verdict is not Outcome.CONFORMANT:
        yield overall(target.verdict, target.note)


def loose(record: RunRecord) -> Iterator[tuple[str, Case]]:
    """Test cases that belong to no target, each with the name of its suite: no target at all, and wrong waivers."""
    if not record.targets and record.verdict is not Outcome.CONFORMANT:
        yield record.suite.name, overall(record.verdict, record.reason)
    for waiver in record.gate.waivers if record.gate else ():
        if waiver.state in WRONG:
            title = f"The waiver of {waiver.requirement} may stay."
            facts = (("waiver", waiver_line(waiver)),)
            reason = f"the waiver is {waiver.state}: {waiver.note}"
            name = f"waiver-{waiver.requirement}"
            yield waiver.contract, Case(name, WAIVERS, title, Level.MANDATORY, facts, Verdict.FAILED, reason)


def overall(outcome: Outcome, reason: str) -> Case:
    """A case that stands for a target, or a run, that is not conformant for no single requirement."""
    verdict = Verdict.INCONCLUSIVE if outcome is Outcome.UNDECIDED else Verdict.FAILED
    return Case("overall", OVERALL, "The implementation is conformant.", Level.MANDATORY, (), verdict, reason)


def label(target: TargetRecord) -> str:
    """A target with its version, as a reader knows it."""
    return f"{target.name} {target.version}".strip()


def facts(record: RunRecord) -> dict[str, str]:
    """The circumstances of a run, by name."""
    run = record.run
    return {
        "suite": f"{record.suite.name} {record.suite.version}",
        "run": run.id,
        "seed": str(run.seed),
        "effort": run.effort,
        "level": run.level,
        "verdict": str(record.verdict),
        "complete": "yes" if run.complete else f"no ({', '.join(run.partial)})",
    }


def _requirements(target: TargetRecord) -> Iterator[Case]:
    for requirement in target.requirements:
        behind = strength(target, requirement)
        yield Case(
            requirement.id,
            requirement.group,
            requirement.text,
            requirement.level,
            _facts(requirement),
            requirement.verdict,
            _reason(requirement),
            sum(check.elapsed_s / max(len(check.requirements), 1) for check in behind.checks),
            causes(requirement, target.checks),
            behind,
        )


def _facts(requirement: RequirementRecord) -> tuple[tuple[str, str], ...]:
    observed = requirement.observe or ""
    decided = ", ".join(requirement.readings)
    rows = (("source", source_of(requirement)), ("level", requirement.level.value), ("observed by", observed))
    return tuple((name, text) for name, text in (*rows, ("readings", decided)) if text)


def _reason(requirement: RequirementRecord) -> str:
    if requirement.failures:
        first = requirement.failures[0]
        return f"{first.observed}; allowed: {first.allowed}"
    return requirement.reason


def _readings(target: TargetRecord) -> Iterator[Case]:
    for reading in target.readings:
        if reading.verdict is Verdict.FAILED:
            yield Case(
                f"reading-{reading.id}",
                READINGS,
                reading.question,
                Level.MANDATORY,
                _reading_facts(reading),
                Verdict.FAILED,
                reading.note,
            )


def _reading_facts(reading: ReadingRecord) -> tuple[tuple[str, str], ...]:
    rows = (
        ("dossier", reading.dossier),
        ("follows", reading.option or ""),
        ("claims", reading.claimed or ""),
        ("strict", " or ".join(reading.strict)),
    )
    return tuple((name, text) for name, text in rows if text)
