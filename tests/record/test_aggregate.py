"""A target passes where nothing demanded is broken, and where as much was tested as is demanded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from conformance.record.aggregate import CONFORMANT, NOT_CONFORMANT, UNDECIDED, covered, target_code
from conformance.target.demand import Demand
from reports import RequirementRecord, Verdict
from specs import Level
from tests.reports.records import requirement

PASSED = requirement("a")
LEFT = replace(requirement("left", Verdict.NOT_TESTED), observe="Look.")
PREFERRED = replace(LEFT, id="preferred", level=Level.PREFERRED)
UNOBSERVABLE = requirement("unobservable", Verdict.NOT_TESTED)
ELSEWHERE = requirement("elsewhere", Verdict.NOT_APPLICABLE)
BROKEN = requirement("broken", Verdict.FAILED)


@pytest.mark.parametrize(
    ("requirements", "demand", "code", "missing"),
    [
        ((PASSED, LEFT), None, CONFORMANT, ()),
        ((PASSED, LEFT), Demand(), UNDECIDED, ("left",)),
        ((PASSED, PREFERRED, UNOBSERVABLE, ELSEWHERE), Demand(), CONFORMANT, ()),
        ((PASSED, PREFERRED), Demand(50), CONFORMANT, ()),
        ((PASSED, PREFERRED), Demand(51), UNDECIDED, ("preferred",)),
        ((PASSED, UNOBSERVABLE, ELSEWHERE), Demand(100), CONFORMANT, ()),
        ((PASSED, LEFT, BROKEN), Demand(100), NOT_CONFORMANT, ("left",)),
    ],
)
def test_a_target_passes_where_enough_was_tested(
    requirements: tuple[RequirementRecord, ...], demand: Demand | None, code: int, missing: tuple[str, ...]
) -> None:
    coverage = covered(requirements, demand)
    found, note = target_code(requirements, (), "documented", "", (), coverage)
    assert (found, coverage.missing) == (code, missing)
    assert code is not UNDECIDED or f"not tested: {missing[0]}" in note
