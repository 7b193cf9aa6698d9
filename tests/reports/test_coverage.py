"""Little testing never reads like much: every verdict says on how many requirements it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports import CoverageRecord, Outcome, RequirementRecord, TargetRecord, Verdict
from reports.coverage import measure, run_verdict, target_verdict
from specs import Level
from tests.reports.records import requirement, run, target


def left(id: str, level: Level = Level.MANDATORY) -> RequirementRecord:
    return replace(requirement(id, Verdict.NOT_TESTED, level=level), observe="Look.")


def made(*requirements: RequirementRecord, verdict: Outcome = Outcome.CONFORMANT) -> TargetRecord:
    return target(requirements=requirements, verdict=verdict)


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (made(requirement("a"), requirement("b")), "conformant in all 2 requirements"),
        (made(requirement("a"), left("b"), left("c")), "conformant in 1 of 3 requirements; 2 not tested"),
        (
            made(requirement("a"), requirement("b", Verdict.FAILED, level=Level.PREFERRED)),
            "conformant in 1 of 2 requirements; 1 that this level does not demand broken",
        ),
        (
            made(requirement("a", Verdict.FAILED), left("b"), verdict=Outcome.NOT_CONFORMANT),
            "not conformant; 1 of 2 requirements tested",
        ),
        (
            made(requirement("a"), requirement("b", Verdict.INCONCLUSIVE), verdict=Outcome.UNDECIDED),
            "undecided; 1 of 2 requirements tested",
        ),
        (made(verdict=Outcome.UNDECIDED), "undecided; 0 of 0 requirements tested"),
    ],
)
def test_a_verdict_says_how_much_was_tested(judged: TargetRecord, said: str) -> None:
    assert target_verdict(judged) == said
    assert run_verdict(run(judged)) == said


def test_what_nobody_can_observe_and_what_does_not_apply_is_not_testable() -> None:
    unobservable = requirement("a", Verdict.NOT_TESTED)
    requirements = (requirement(), unobservable, requirement("b", Verdict.NOT_APPLICABLE))
    assert measure(requirements) == CoverageRecord(passed=1, failed=0, testable=1)


def test_a_run_adds_up_its_targets() -> None:
    record = run(made(requirement("a")), replace(made(requirement("a"), left("b")), contract="imiconnect-app"))
    assert run_verdict(record) == "conformant in 2 of 3 requirements; 1 not tested"
