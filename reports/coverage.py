"""How much of a contract was tested, and the verdict that says so: little testing never reads like much."""

from __future__ import annotations

from collections.abc import Iterable

from reports.model import CoverageRecord, Outcome, RequirementRecord, RunRecord, TargetRecord, Verdict
from reports.text import plural

TESTED = (Verdict.PASSED, Verdict.FAILED)


def testable(requirement: RequirementRecord) -> bool:
    """Whether a client can observe a requirement, and it applies to the target."""
    return requirement.observe is not None and requirement.verdict is not Verdict.NOT_APPLICABLE


def untested(requirements: Iterable[RequirementRecord]) -> tuple[RequirementRecord, ...]:
    """The requirements that could be tested and were not, or could not be decided."""
    return tuple(each for each in requirements if testable(each) and each.verdict not in TESTED)


def measure(
    requirements: Iterable[RequirementRecord], demanded: str = "", missing: Iterable[str] = ()
) -> CoverageRecord:
    """How many of some requirements were tested.

    Args:
        requirements: of one target.
        demanded: how much must be tested, in words, or "".
        missing: ids of the requirements that fall short of it.
    """
    counted = [each for each in requirements if testable(each)]
    return CoverageRecord(
        passed=sum(each.verdict is Verdict.PASSED for each in counted),
        failed=sum(each.verdict is Verdict.FAILED for each in counted),
        testable=len(counted),
        demanded=demanded,
        missing=tuple(missing),
    )


def coverage(target: TargetRecord) -> CoverageRecord:
    """How much of its contract was tested; counted where the record is older than the numbers."""
    return target.coverage or measure(target.requirements)


def target_verdict(target: TargetRecord) -> str:
    """What a target comes to, and on how much that stands: `conformant in 14 of 55 requirements; 41 not tested`."""
    return _words(target.verdict, coverage(target))


def run_verdict(record: RunRecord) -> str:
    """What a run comes to, and on how much that stands, over all its targets."""
    found = [coverage(target) for target in record.targets]
    whole = CoverageRecord(
        sum(each.passed for each in found), sum(each.failed for each in found), sum(each.testable for each in found)
    )
    return _words(record.verdict, whole)


def _words(outcome: Outcome, found: CoverageRecord) -> str:
    if outcome is not Outcome.CONFORMANT or not found.testable:
        return f"{outcome}; {found.tested} of {plural(found.testable, 'requirement')} tested"
    if found.passed == found.testable:
        return f"{outcome} in all {plural(found.testable, 'requirement')}"
    broken = f"; {found.failed} that this level does not demand broken" if found.failed else ""
    left = found.testable - found.tested
    return f"{outcome} in {found.passed} of {plural(found.testable, 'requirement')}{broken}" + (
        f"; {left} not tested" if left else ""
    )
