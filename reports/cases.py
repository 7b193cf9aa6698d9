"""A record as test cases, for the report formats of test tools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.causes import Finding, Findings, as_of, findings, named
from reports.coverage import run_verdict
from reports.gate import NOT_SERVED, WRONG, waiver_line
from reports.model import Outcome, ReadingRecord, RequirementRecord, RunRecord, TargetRecord, Verdict
from reports.text import one_line
from reports.view import Strength, Way, came, evidence, sent, source_of, strength, ways
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
        ways: evidence.
        strength: what stands behind the verdict, or None.
        findings: the causes that it is hit by.
        hit: each of them in words, with the other requirements that it hits.
    """

    id: str
    group: str
    title: str
    level: Level
    facts: tuple[tuple[str, str], ...]
    verdict: Verdict
    reason: str
    seconds: float = 0.0
    ways: tuple[Way, ...] = ()
    strength: Strength | None = None
    findings: tuple[Finding, ...] = ()
    hit: tuple[str, ...] = ()

    def headline(self, limit: int, before: str = "") -> str:
        """The verdict with its reason and its cause, on one line.

        It begins with the verdict, so that it can be matched; or with `before`, where the gate has a word in it.
        """
        cause = "; ".join(self.hit[:1]) + (f"; and {len(self.hit) - 1} more" if len(self.hit) > 1 else "")
        told = f"{self.verdict}: {self.reason}" if self.reason else str(self.verdict)
        told = f"{before}; {told}" if before else told
        if not cause:
            return one_line(told, limit)
        return f"{one_line(told, max(limit - len(cause) - 2, limit // 2))}; {one_line(cause, limit // 2 - 2)}"

    def details(self) -> str:
        """Requirement, source, causes and all evidence as text."""
        lines = [self.title, *(f"{label}: {text}" for label, text in self.facts)]
        lines += [f"cause: {hit}" for hit in self.hit]
        for way in self.ways:
            lines += ["", *(f"{label}: {text}" for label, text in evidence(way.failure, 2_000))]
        return "\n".join(lines)


def cases(target: TargetRecord) -> Iterator[Case]:
    """The test cases of a target.

    Every requirement is one. A reading is one only where it failed. What was not served is one, the first. Where
    nothing else would show that the target could not be decided, a case of its own says so: what was skipped must not
    read as green.
    """
    known = findings(target)
    found = [*_requirements(target, known), *_readings(target)]
    silent = all(case.verdict not in (Verdict.FAILED, Verdict.INCONCLUSIVE) for case in found)
    refused = [finding for finding in known.not_served if finding.grave]
    if silent and target.verdict is not Outcome.CONFORMANT:
        yield overall(target.verdict, _untested(target, refused), _facts_of(refused))
    elif refused:
        verdict = Verdict.NOT_TESTED if target.verdict is Outcome.CONFORMANT else Verdict.INCONCLUSIVE
        reason, title = _untested(target, refused), "Every request is served."
        yield Case(NOT_SERVED, OVERALL, title, Level.MANDATORY, _facts_of(refused), verdict, reason)
    yield from found


def _untested(target: TargetRecord, refused: Sequence[Finding]) -> str:
    """Why a target could not be decided: what was not served, above all."""
    return "; ".join(f"not served: {each.record.what}" for each in refused) or target.note


def _facts_of(refused: Sequence[Finding]) -> tuple[tuple[str, str], ...]:
    rows: list[tuple[str, str]] = []
    for each in refused:
        rows.append((f"cause {each.number}", f"not served, {each.often}"))
        rows += [("what would help", each.mend)] if each.mend else []
        rows += [("not tested", named(each.record.requirements, 50))] if each.record.requirements else []
        rows += (
            [("first", f"{sent(each.record.exchange)} → {came(each.record.exchange)}")] if each.record.exchange else []
        )
    return tuple(rows)


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


def overall(outcome: Outcome, reason: str, facts: tuple[tuple[str, str], ...] = ()) -> Case:
    """A case that stands for a target, or a run, that is not conformant for no single requirement."""
    verdict = Verdict.INCONCLUSIVE if outcome is Outcome.UNDECIDED else Verdict.FAILED
    return Case("overall", OVERALL, "The implementation is conformant.", Level.MANDATORY, facts, verdict, reason)


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
        "tested": run_verdict(record),
        "complete": "yes" if run.complete else f"no ({', '.join(run.partial)})",
    }


def _requirements(target: TargetRecord, known: Findings) -> Iterator[Case]:
    for requirement in target.requirements:
        behind = strength(target, requirement)
        hit_by = known.of.get(requirement.id, ())
        yield Case(
            requirement.id,
            requirement.group,
            requirement.text,
            requirement.level,
            _facts(requirement),
            requirement.verdict,
            _reason(requirement, known),
            sum(check.elapsed_s / max(len(check.requirements), 1) for check in behind.checks),
            ways(requirement, target.checks),
            behind,
            hit_by,
            tuple(as_of(finding, requirement.id, len(known.all)) for finding in hit_by),
        )


def _facts(requirement: RequirementRecord) -> tuple[tuple[str, str], ...]:
    observed = requirement.observe or ""
    decided = ", ".join(requirement.readings)
    rows = (("source", source_of(requirement)), ("level", requirement.level.value), ("observed by", observed))
    return tuple((name, text) for name, text in (*rows, ("readings", decided)) if text)


def _reason(requirement: RequirementRecord, known: Findings) -> str:
    if requirement.failures:
        first = requirement.failures[0]
        return f"{first.observed}; allowed: {first.allowed}"
    if known.ended and requirement.reason == known.ended.record.what:
        return "the run ended before any check, see `overall`"
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
