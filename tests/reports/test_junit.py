"""The JUnit file says what the record says, in a form that other tools read."""

from __future__ import annotations

from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from reports import FORMATS, Outcome, RunRecord
from tests.reports.records import calm, nasty, run, target


def cases(record: RunRecord, out: Path) -> dict[str, list[TestCase]]:
    suites = JUnitXml.fromfile(str(FORMATS["junit"](record, out)))
    return {suite.name: list(suite) for suite in suites}


def test_each_verdict_has_the_result_that_tools_know(tmp_path: Path) -> None:
    first, _ = cases(nasty(), tmp_path).values()
    results = {case.name: [type(result) for result in case.result] for case in first}
    assert results == {
        "queued-code": [Failure],
        "kept": [],
        "torn": [Error],
        "absent": [Skipped],
        "beside": [Skipped],
        "reading-queued-code": [Failure],
    }


def test_skipped_says_whether_it_was_not_tested_or_not_applicable(tmp_path: Path) -> None:
    first, _ = cases(nasty(), tmp_path).values()
    messages = [result.message for case in first for result in case.result if isinstance(result, Skipped)]
    assert [message.split(":")[0] for message in messages] == ["not tested", "not applicable"]


def test_a_target_that_could_not_be_decided_is_never_green(tmp_path: Path) -> None:
    undecided = target(verdict=Outcome.UNDECIDED, requirements=(), note="nobody answers")
    (found,) = cases(run(undecided), tmp_path).values()
    assert [type(result) for case in found for result in case.result] == [Error]


def test_a_run_without_targets_is_never_green(tmp_path: Path) -> None:
    (found,) = cases(run(verdict=Outcome.UNDECIDED, exit_code=3), tmp_path).values()
    assert [type(result) for case in found for result in case.result] == [Error]


def test_a_calm_run_has_counts_that_add_up(tmp_path: Path) -> None:
    document = JUnitXml.fromfile(str(FORMATS["junit"](calm(), tmp_path)))
    assert (document.tests, document.failures, document.errors, document.skipped) == (3, 0, 0, 1)
