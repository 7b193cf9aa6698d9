"""From the results of checks to a verdict for each requirement, each target and the run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import specs
from conformance.judge.verdicts import Verdict, worst
from conformance.record.results import PlacedResult
from conformance.target.demand import EVERY_MANDATORY, Demand
from reports.causes import named
from reports.coverage import measure, untested
from reports.model import Counts, CoverageRecord, Outcome, RequirementRecord
from reports.text import plural

CONFORMANT, NOT_CONFORMANT, UNDECIDED, INTERRUPTED = 0, 1, 3, 130
OUTCOMES = {
    CONFORMANT: Outcome.CONFORMANT,
    NOT_CONFORMANT: Outcome.NOT_CONFORMANT,
    UNDECIDED: Outcome.UNDECIDED,
    INTERRUPTED: Outcome.UNDECIDED,
}


def requirement_record(
    requirement: specs.Requirement, results: Sequence[PlacedResult], missing: str
) -> RequirementRecord:
    """The worst of what the checks say; a requirement that nothing judged is not tested, never passed.

    Args:
        requirement: which one.
        results: of all checks of one target.
        missing: why a requirement that no check speaks of was not tested.
    """
    speaking = [r for r in results if requirement.id in r.verdicts]
    verdict = worst(r.verdicts[requirement.id] for r in speaking)
    if not speaking:
        reason = requirement.not_observable or missing
    elif verdict is Verdict.PASSED:
        reason = ""
    else:
        decisive = [r for r in speaking if r.verdicts[requirement.id] is verdict]
        reason = "; ".join(dict.fromkeys(_reason(requirement, r) for r in decisive))
    failures = tuple(r.failures[requirement.id] for r in speaking if requirement.id in r.failures)
    return RequirementRecord(
        id=requirement.id,
        group=requirement.group,
        text=requirement.text,
        level=requirement.level,
        source=requirement.source,
        readings=requirement.readings,
        observe=requirement.observe,
        verdict=verdict,
        reason=reason,
        checks=tuple(r.check.id for r in speaking),
        counts=_counts(requirement, results),
        failures=failures if verdict is Verdict.FAILED else (),
    )


def demanded(requirement: RequirementRecord, level: str) -> bool:
    """Whether breaking a requirement makes a target not conformant at a level."""
    if requirement.level is specs.Level.MANDATORY:
        return True
    return level == "strict" and requirement.level is specs.Level.PREFERRED


def covered(requirements: Sequence[RequirementRecord], demand: Demand | None) -> CoverageRecord:
    """How much was tested of what can be, and which requirements fall short of what was demanded."""
    found = measure(requirements)
    if demand is None:
        return found
    missing = untested(requirements)
    if demand.percent is None:
        missing = tuple(each for each in missing if each.level is specs.Level.MANDATORY)
    elif 100 * found.tested >= demand.percent * found.testable:
        missing = ()
    return measure(requirements, str(demand), (each.id for each in missing))


def target_code(
    requirements: Sequence[RequirementRecord],
    readings: Iterable[Verdict],
    level: str,
    unreachable: str,
    not_served: Collection[str] = (),
    coverage: CoverageRecord | None = None,
) -> tuple[int, str]:
    """The exit code of one target and the reason in words.

    Args:
        requirements: with their verdicts.
        readings: verdicts of its readings (claims that do not hold; at the strict level, readings not strict).
        level: documented or strict.
        unreachable: why it could not be reached, or "".
        not_served: ids of requirements that were not tested because the target refused to serve.
        coverage: how much was tested, with what falls short of what was demanded.
    """
    if unreachable:
        return UNDECIDED, unreachable
    broken = [r for r in requirements if r.verdict is Verdict.FAILED and demanded(r, level)]
    misread = sum(verdict is Verdict.FAILED for verdict in readings)
    if broken or misread:
        parts = [f"broken: {named([r.id for r in broken])}"] if broken else []
        parts += [f"{misread} of the readings not as claimed or demanded"] if misread else []
        return NOT_CONFORMANT, "; ".join(parts)
    undecided = [r for r in requirements if r.verdict is Verdict.INCONCLUSIVE and demanded(r, level)]
    if undecided:
        return UNDECIDED, f"could not be decided: {named([r.id for r in undecided])}"
    lost = [r for r in requirements if r.id in not_served and demanded(r, level)]
    if lost:
        return UNDECIDED, f"not served by the target, so not tested: {named([r.id for r in lost])}"
    if coverage is not None and coverage.missing:
        wanted = "every mandatory one" if coverage.demanded == EVERY_MANDATORY else coverage.demanded
        told = f"{coverage.tested} of {plural(coverage.testable, 'requirement')} tested, and {wanted} had to be"
        return UNDECIDED, f"{told}; not tested: {named(coverage.missing)}"
    if not any(r.verdict is Verdict.PASSED for r in requirements):
        return UNDECIDED, "nothing was tested"
    return CONFORMANT, "nothing that is demanded is broken"


def run_code(codes: Iterable[int], *, interrupted: bool) -> int:
    """The exit code of a run: not conformant weighs more than undecided."""
    found = set(codes)
    if interrupted:
        return INTERRUPTED
    if NOT_CONFORMANT in found:
        return NOT_CONFORMANT
    return UNDECIDED if not found or UNDECIDED in found else CONFORMANT


def _reason(requirement: specs.Requirement, result: PlacedResult) -> str:
    failure = result.failures.get(requirement.id)
    if failure is not None:
        return f"observed {failure.observed}; allowed: {failure.allowed}"
    return f"{result.check.id}: {result.check.reason}"


def _counts(requirement: specs.Requirement, results: Iterable[PlacedResult]) -> Counts:
    counted = [r.counts.get(requirement.id, {}) for r in results]
    return Counts(*(sum(c.get(verdict, 0) for c in counted) for verdict in ("passed", "failed", "inconclusive")))
